/*
 * Calls: makes them, gathers them into messages, and hands out what comes; see
 * client.h.
 *
 * A call's function is called from one place of the loop only, after the call
 * has left the table where it is the last time. What goes wrong on the way is
 * noted (zsnmpc_break) and dealt with at the end of a round, when no reply is
 * being looked at.
 */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "reply.h"
#include "request.h"

#define HEARTBEAT_MS 5000u
#define PATIENCE_MS 15000u
#define WINDOW 100000u              /* client_window of zsnmpd */
#define BODY_MAX (8u * 1024 * 1024) /* bytes: body_max of zsnmpd */
#define BATCH_MESSAGES 1000u        /* of one body; a tenth of batch_max of zsnmpd */
#define BATCH_BYTES (1024u * 1024)  /* of one body, unless one message alone has more */
#define BATCH_HEAD 5u               /* bytes of an array's head */
#define ROUND_MAX 100               /* messages taken before others have their turn */

/*
 * Ids on the wire: those of calls are even, that of what ends a call is the next one, and pings
 * have the highest there is. So replies to what nobody asked for are told by their id alone.
 */
static uint64_t id_of(uint64_t call)
{
    return (call - 1) * 2;
}

static uint64_t call_of(uint64_t id)
{
    return id / 2 + 1;
}

/* ---- sending ---- */

void zsnmpc_ring(zsnmpc_t *self)
{
    uint64_t one = 1;
    if (write(self->doorbell, &one, sizeof(one)) < 0) {
        /* It is as loud as it can be. */
    }
}

static void put_head(struct buf *batch, uint32_t count)
{
    uint8_t head[BATCH_HEAD] = {0xdd, (uint8_t)(count >> 24), (uint8_t)(count >> 16),
                                (uint8_t)(count >> 8), (uint8_t)count};
    memcpy(batch->data, head, sizeof(head));
}

/* Sends the first messages of the batch, which end at `end`; a single one is not put into an array.
 */
static void send_batch(zsnmpc_t *self, size_t end, uint32_t count)
{
    size_t start = count == 1 ? BATCH_HEAD : 0;
    put_head(&self->batch, count);
    if (self->link.socket != NULL &&
        !zsnmpc_link_send(&self->link, self->batch.data + start, end - start)) {
        zsnmpc_break(self, "the broker at %s can not be sent to: %s", self->address.endpoint,
                     zmq_strerror(errno));
    }
}

static void flush(zsnmpc_t *self)
{
    if (self->batch_count == 0) {
        return;
    }
    send_batch(self, self->batch.len, self->batch_count);
    self->batch_count = 0;
    self->batch.len = 0;
    if (self->batch.cap > 2 * BATCH_BYTES) {
        zsnmpc_buf_clear(&self->batch);
    }
    if (!self->busy && self->link.socket != NULL && zsnmpc_link_has_message(&self->link)) {
        zsnmpc_ring(self);
    }
}

/* Where the next message begins; room for the head of an array is kept before the first. */
static size_t begin_message(zsnmpc_t *self)
{
    static const uint8_t head[BATCH_HEAD];
    if (self->batch_count == 0) {
        self->batch.len = 0;
        zsnmpc_buf_append(&self->batch, head, sizeof(head));
    }
    return self->batch.len;
}

static void undo_message(zsnmpc_t *self, size_t start)
{
    self->batch.len = start;
    self->batch.failed = false;
}

/* A message has been packed behind start. What would make the body too large goes out before it. */
static void end_message(zsnmpc_t *self, size_t start)
{
    if (self->batch_count > 0 && self->batch.len > BATCH_BYTES) {
        send_batch(self, start, self->batch_count);
        memmove(self->batch.data + BATCH_HEAD, self->batch.data + start, self->batch.len - start);
        self->batch.len -= start - BATCH_HEAD;
        self->batch_count = 0;
    }
    self->batch_count++;
    if (!self->batching || self->batch_count >= BATCH_MESSAGES) {
        flush(self);
    }
}

void zsnmpc_batch_begin(zsnmpc_t *self)
{
    self->batching = true;
}

void zsnmpc_batch_end(zsnmpc_t *self)
{
    self->batching = false;
    flush(self);
}

/* ---- calls ---- */

/* The first call under way: what the monitor says of times when nothing was does not matter. */
static void begin_waiting(zsnmpc_t *self)
{
    if (!zsnmpc_connect(self)) {
        zsnmpc_break(self, "can not connect to %s: %s", self->address.endpoint,
                     zmq_strerror(errno));
        return;
    }
    (void)zsnmpc_link_broke(&self->link);
    self->disconnected = false;
}

/* Packs it, for this number. false: errno says why, and nothing has happened. */
static bool pack_request(zsnmpc_t *self, const zsnmpc_request_t *request, uint64_t number,
                         size_t *start)
{
    *start = begin_message(self);
    bool packed = zsnmpc_request_encode(request, id_of(number), &self->batch);
    if (packed && self->batch.len - *start <= BODY_MAX) {
        return true;
    }
    undo_message(self, *start);
    errno = packed ? EMSGSIZE : ENOMEM;
    return false;
}

uint64_t zsnmpc_call(zsnmpc_t *self, const zsnmpc_request_t *request, zsnmpc_reply_fn *fn,
                     void *arg)
{
    size_t start = 0;
    if (self->closing || self->calls.count >= self->window) {
        errno = self->closing ? ESHUTDOWN : EAGAIN;
        return 0;
    }
    struct call *call = malloc(sizeof(*call));
    if (call == NULL) {
        return 0;
    }
    *call = (struct call){
        .number = self->made + 1, .fn = fn, .arg = arg, .is_set = zsnmpc_request_is_set(request)};
    if (!pack_request(self, request, call->number, &start)) {
        free(call);
        return 0;
    }
    if (!zsnmpc_calls_add(&self->calls, call)) {
        undo_message(self, start);
        free(call);
        errno = ENOMEM;
        return 0;
    }
    self->made = call->number;
    if (self->calls.count == 1 && !self->unsettled) {
        begin_waiting(self);
        zsnmpc_await(self);
    }
    uint64_t number = call->number;
    end_message(self, start);
    return number;
}

bool zsnmpc_stop(zsnmpc_t *self, uint64_t number)
{
    if (zsnmpc_calls_find(&self->calls, number) == NULL) {
        return false;
    }
    size_t start = begin_message(self);
    msgpack_packer pk = zsnmpc_buf_packer(&self->batch);
    (void)msgpack_pack_map(&pk, 3);
    zsnmpc_pack_text(&pk, "id");
    (void)msgpack_pack_uint64(&pk, id_of(number) + 1);
    zsnmpc_pack_text(&pk, "op");
    zsnmpc_pack_text(&pk, "cancel");
    zsnmpc_pack_text(&pk, "target");
    (void)msgpack_pack_uint64(&pk, id_of(number));
    if (self->batch.failed) {
        undo_message(self, start);
        errno = ENOMEM;
        return false;
    }
    end_message(self, start);
    return true;
}

static void end_call(zsnmpc_t *self, struct call *call)
{
    zsnmpc_call_list_add(&self->ended, call);
    self->ended_count++;
}

bool zsnmpc_cancel(zsnmpc_t *self, uint64_t number)
{
    struct call *call = zsnmpc_calls_find(&self->calls, number);
    if (call == NULL) {
        return false;
    }
    (void)zsnmpc_stop(self, number); /* without memory the broker works on for nobody */
    zsnmpc_calls_remove(&self->calls, call);
    call->cancelled = self->unsettled = true;
    end_call(self, call);
    zsnmpc_ring(self);
    return true;
}

size_t zsnmpc_pending(const zsnmpc_t *self)
{
    return self->calls.count + self->ended_count;
}

/* ---- what comes ---- */

/* An error without an id is about a whole body of ours: no reply will come to anything in it. */
static void hand_out(zsnmpc_t *self, struct zsnmpc_reply *reply)
{
    if (reply->failed && zsnmpc_reply_get(reply, "id") == NULL) {
        zsnmpc_break(self, "the broker refuses: %s: %s", reply->error.name, reply->error.message);
        return;
    }
    if (!reply->has_id || reply->id % 2 != 0) {
        return;
    }
    struct call *call = zsnmpc_calls_find(&self->calls, call_of(reply->id));
    if (call == NULL) {
        return; /* it was cancelled, or nobody made it */
    }
    reply->call = call->number;
    if (zsnmpc_reply_more(reply)) {
        call->fn(reply, call->arg);
        return;
    }
    zsnmpc_calls_remove(&self->calls, call);
    call->fn(reply, call->arg);
    free(call);
}

/* How many messages a body has, one or an array of them, and where the first begins. */
static bool read_head(const uint8_t *data, size_t len, uint32_t *count, size_t *at)
{
    *count = 1;
    *at = 0;
    if (len >= 1 && data[0] >= 0x90 && data[0] <= 0x9f) {
        *count = data[0] & 0x0fu;
        *at = 1;
    } else if (len >= 3 && data[0] == 0xdc) {
        *count = (uint32_t)data[1] << 8 | data[2];
        *at = 3;
    } else if (len >= 5 && data[0] == 0xdd) {
        *count =
            (uint32_t)data[1] << 24 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 8 | data[4];
        *at = 5;
    }
    return len > 0;
}

static bool take_message(zsnmpc_t *self, const uint8_t *data, size_t len, size_t *at)
{
    struct zsnmpc_reply reply;
    bool good = zsnmpc_reply_read(&reply, data, len, at);
    if (good) {
        hand_out(self, &reply);
    } else if (errno == ENOMEM) {
        zsnmpc_break(self, "out of memory");
    }
    zsnmpc_reply_clear(&reply);
    return good;
}

static void take_body(zsnmpc_t *self, const uint8_t *data, size_t len)
{
    uint32_t count = 0;
    size_t at = 0;
    bool good = read_head(data, len, &count, &at);
    for (uint32_t i = 0; good && i < count; i++) {
        good = take_message(self, data, len, &at);
    }
    if (!good || at != len) {
        zsnmpc_break(self, "what came from %s is not of the protocol of a broker",
                     self->address.endpoint);
    }
}

/* Takes what is there, up to the end of a round. false: more may be there. */
static bool receive(zsnmpc_t *self)
{
    for (int i = 0; i < ROUND_MAX && !self->broken && self->link.socket != NULL; i++) {
        zmq_msg_t message;
        if (!zsnmpc_link_receive(&self->link, &message)) {
            if (errno != EAGAIN) {
                zsnmpc_break(self, "the broker at %s can not be heard: %s", self->address.endpoint,
                             zmq_strerror(errno));
            }
            return true;
        }
        zsnmpc_heard(self);
        take_body(self, zmq_msg_data(&message), zmq_msg_size(&message));
        (void)zmq_msg_close(&message);
    }
    return self->link.socket == NULL;
}

/* ---- calls that end without the broker ---- */

static void tell(zsnmpc_t *self, struct call *call)
{
    struct zsnmpc_reply reply;
    zsnmpc_error_t error = {.kind = ZSNMPC_KIND_LOST,
                            .code = ZSNMPC_E_SERVICE_LOST,
                            .name = "service_lost",
                            .message = self->lost,
                            .retryable = !call->is_set,
                            .sent = ZSNMPC_SENT_MAYBE};
    if (call->cancelled) {
        error.kind = ZSNMPC_KIND_SERVICE;
        error.code = ZSNMPC_E_CANCELLED;
        error.name = "cancelled";
        error.message = "the request was cancelled";
        error.retryable = false;
    }
    zsnmpc_reply_fail(&reply, call->number, &error);
    call->fn(&reply, call->arg);
    free(call);
}

/* Those that have ended by now: one that ends meanwhile has its turn in the next round. */
static void tell_ended(zsnmpc_t *self)
{
    for (size_t left = self->ended_count; left > 0; left--) {
        self->ended_count--;
        tell(self, zsnmpc_call_list_take(&self->ended));
    }
    if (self->ended_count > 0) {
        zsnmpc_ring(self);
    }
}

static void end_all(zsnmpc_t *self)
{
    self->ended_count += self->calls.count;
    zsnmpc_calls_move(&self->calls, &self->ended);
}

/* The socket goes with all that waits in it, and with what was never handed to it. */
static void lose(zsnmpc_t *self)
{
    zsnmpc_disconnect(self);
    self->batch_count = 0;
    memcpy(self->lost, self->reason, sizeof(self->lost));
    self->broken = self->disconnected = self->unsettled = false;
    end_all(self);
    (void)zsnmpc_connect(self); /* where this fails the next call tries again, and says so */
}

/* ---- the loop ---- */

/* What came before the connection broke counts, so it is taken first. */
static void notice_break(zsnmpc_t *self)
{
    if (self->disconnected && zsnmpc_awaits(self)) {
        zsnmpc_break(self, "the connection to the broker at %s broke", self->address.endpoint);
    }
    self->disconnected = false;
}

void zsnmpc_process(zsnmpc_t *self)
{
    uint64_t rings;
    if (self->busy) {
        return;
    }
    self->busy = true;
    if (read(self->doorbell, &rings, sizeof(rings)) < 0) {
        /* Nobody rang. */
    }
    flush(self);
    self->disconnected =
        (self->link.socket != NULL && zsnmpc_link_broke(&self->link)) || self->disconnected;
    if (receive(self)) {
        notice_break(self);
        zsnmpc_watch(self);
    } else {
        zsnmpc_ring(self);
    }
    if (self->broken) {
        lose(self);
    }
    tell_ended(self);
    flush(self);
    if (self->link.socket != NULL && zsnmpc_link_has_message(&self->link)) {
        zsnmpc_ring(self);
    }
    self->busy = false;
}

bool zsnmpc_wait(zsnmpc_t *self, int timeout_ms)
{
    struct epoll_event event;
    if (self->busy) {
        return false;
    }
    flush(self);
    if (epoll_wait(self->poller, &event, 1, timeout_ms) <= 0) {
        return false;
    }
    zsnmpc_process(self);
    return true;
}

int zsnmpc_fd(const zsnmpc_t *self)
{
    return self->poller;
}

/* ---- blocking calls ---- */

struct answer {
    zsnmpc_reply_fn *fn;
    void *arg;
    zsnmpc_reply_t *reply;
    int error;
    bool there;
};

static void take_answer(const zsnmpc_reply_t *reply, void *arg)
{
    struct answer *self = arg;
    if (zsnmpc_reply_more(reply)) {
        if (self->fn != NULL) {
            self->fn(reply, self->arg);
        }
        return;
    }
    self->reply = zsnmpc_reply_copy(reply);
    self->error = errno;
    self->there = true;
}

zsnmpc_reply_t *zsnmpc_ask(zsnmpc_t *self, const zsnmpc_request_t *request, zsnmpc_reply_fn *fn,
                           void *arg)
{
    struct answer answer = {.fn = fn, .arg = arg};
    if (self->busy) {
        errno = EDEADLK;
        return NULL;
    }
    if (zsnmpc_call(self, request, take_answer, &answer) == 0) {
        return NULL;
    }
    while (!answer.there) {
        (void)zsnmpc_wait(self, -1);
    }
    if (answer.reply == NULL) {
        errno = answer.error;
    }
    return answer.reply;
}

/* ---- making and ending ---- */

const char *zsnmpc_version(void)
{
    return ZSNMPC_LIBRARY_VERSION;
}

const char *zsnmpc_strerror(int error)
{
    return zmq_strerror(error);
}

void zsnmpc_options_init(zsnmpc_options_t *options)
{
    *options = (zsnmpc_options_t){
        .heartbeat_ms = HEARTBEAT_MS, .patience_ms = PATIENCE_MS, .window = WINDOW};
}

static bool copy_key(char *to, const char *key)
{
    if (key == NULL || strlen(key) != KEY_SIZE - 1) {
        return false;
    }
    memcpy(to, key, KEY_SIZE);
    return true;
}

/* false: errno says what is wrong. */
static bool take_options(zsnmpc_t *self, const char *endpoint, const zsnmpc_options_t *options)
{
    struct address *address = &self->address;
    uint32_t half = options->patience_ms / 2 + options->patience_ms % 2;
    self->heartbeat_ms = options->heartbeat_ms < half ? options->heartbeat_ms : half;
    self->patience_ms = options->patience_ms;
    self->window = options->window;
    address->curve =
        options->server_key != NULL || options->public_key != NULL || options->secret_key != NULL;
    bool keys = !address->curve || (copy_key(address->server_key, options->server_key) &&
                                    copy_key(address->public_key, options->public_key) &&
                                    copy_key(address->secret_key, options->secret_key));
    if (!keys || self->heartbeat_ms == 0 || self->window == 0) {
        errno = EINVAL;
        return false;
    }
    address->endpoint = strdup(endpoint);
    self->own_context = options->zmq_context == NULL;
    address->context = self->own_context ? zmq_ctx_new() : options->zmq_context;
    return address->endpoint != NULL && address->context != NULL;
}

static bool open_poller(zsnmpc_t *self)
{
    struct epoll_event event = {.events = EPOLLIN};
    self->poller = epoll_create1(EPOLL_CLOEXEC);
    self->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    self->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return self->poller >= 0 && self->timer >= 0 && self->doorbell >= 0 &&
           epoll_ctl(self->poller, EPOLL_CTL_ADD, self->timer, &event) == 0 &&
           epoll_ctl(self->poller, EPOLL_CTL_ADD, self->doorbell, &event) == 0;
}

static void close_poller(zsnmpc_t *self)
{
    const int fds[] = {self->doorbell, self->timer, self->poller};
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

zsnmpc_t *zsnmpc_new(const char *endpoint, const zsnmpc_options_t *options)
{
    zsnmpc_options_t defaults;
    zsnmpc_options_init(&defaults);
    zsnmpc_t *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    self->poller = self->timer = self->doorbell = -1;
    zsnmpc_call_list_init(&self->ended);
    if (take_options(self, endpoint, options != NULL ? options : &defaults) && open_poller(self) &&
        zsnmpc_connect(self)) {
        return self;
    }
    int why = errno;
    zsnmpc_destroy(&self);
    errno = why;
    return NULL;
}

void zsnmpc_destroy(zsnmpc_t **self_p)
{
    zsnmpc_t *self = *self_p;
    if (self == NULL) {
        return;
    }
    self->closing = self->busy = true;
    end_all(self);
    for (struct call *call = self->ended.first; call != NULL; call = call->next) {
        call->cancelled = true;
    }
    tell_ended(self);
    zsnmpc_disconnect(self);
    while (self->own_context && self->address.context != NULL &&
           zmq_ctx_term(self->address.context) != 0 && errno == EINTR) {
    }
    close_poller(self);
    zsnmpc_calls_clear(&self->calls);
    zsnmpc_buf_clear(&self->batch);
    free(self->address.endpoint);
    explicit_bzero(&self->address, sizeof(self->address));
    free(self);
    *self_p = NULL;
}
