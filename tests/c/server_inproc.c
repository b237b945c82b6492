/*
 * The pool served over ZeroMQ inside one process: inproc with the caller's context, a DEALER that
 * speaks MessagePack, the endpoint as bound, and the order of stopping. Exactly one reply each.
 */
#include <zmq.h>

#include "base/buf.h"
#include "help.h"
#include "wire/mp.h"
#include "zsnmp.h"

#define SYS_DESCR "1.3.6.1.2.1.1.1.0"
#define DEAD "127.0.9.9"
#define MANY 500
#define FRAME_MAX (1u << 20)

/*
 * Debian's libzmq is not instrumented: ThreadSanitizer sees none of its locks, and takes what
 * passes through it for a race. Nothing of ours may ever be named here. For the same reason replies
 * are received into a buffer of the test's, not as libzmq's messages.
 */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libzmq.so\nrace:libzmq.so\n";
}

static struct sim sim;
static uint32_t workers;

struct served {
    void *context; /* NULL: the server's own */
    zsnmp_pool_t *pool;
    zsnmp_server_t *server;
};

static struct served serve(void *context, const char *const *endpoints)
{
    struct served self = {.context = context};
    zsnmp_pool_options_t options;
    zsnmp_err_t err = ZSNMP_OK;
    zsnmp_pool_options_init(&options);
    options.workers = workers;
    self.pool = zsnmp_pool_new(&options, &err);
    CHECK(self.pool != NULL);
    self.server = zsnmp_server_new(self.pool, context, endpoints, NULL, &err);
    CHECK(self.server != NULL);
    CHECK_EQ(err, ZSNMP_OK);
    return self;
}

static void *connect_to(void *context, const char *endpoint)
{
    void *socket = zmq_socket(context, ZMQ_DEALER);
    int linger = 0;
    int patience = PATIENCE_MS;
    CHECK(socket != NULL);
    CHECK_EQ(zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger), 0);
    CHECK_EQ(zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience), 0);
    CHECK_EQ(zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience, sizeof patience), 0);
    CHECK_EQ(zmq_connect(socket, endpoint), 0);
    return socket;
}

/* {id, op: get, peer, oids, timeout_ms} */
static void put_get(struct zsnmp_buf *out, uint64_t id, const char *host)
{
    char peer[80];
    zsnmp_mp_put_map(out, 5);
    zsnmp_mp_put_str(out, "id");
    zsnmp_mp_put_uint(out, id);
    zsnmp_mp_put_str(out, "op");
    zsnmp_mp_put_str(out, "get");
    zsnmp_mp_put_str(out, "peer");
    zsnmp_mp_put_str(out, sim_peer(&sim, host, peer));
    zsnmp_mp_put_str(out, "oids");
    zsnmp_mp_put_array(out, 1);
    zsnmp_mp_put_str(out, SYS_DESCR);
    zsnmp_mp_put_str(out, "timeout_ms");
    zsnmp_mp_put_uint(out, PATIENCE_MS / 4);
    CHECK(!out->failed);
}

static void send_buf(void *socket, struct zsnmp_buf *out)
{
    CHECK_EQ(zmq_send(socket, out->data, out->len, 0), out->len);
    out->len = 0;
}

/* What replies were, by id. */
struct replies {
    int count[MANY + 1];
    int ok;
    int shutting_down;
    int other;
};

static void take_reply(struct replies *replies, const struct zsnmp_mp_token *map,
                       const uint8_t *end)
{
    struct zsnmp_mp_token value;
    struct zsnmp_mp_token name;
    CHECK(map->type == ZSNMP_MP_MAP);
    CHECK(zsnmp_mp_find(map, end, "id", &value) && value.type == ZSNMP_MP_UINT);
    CHECK(value.value.u <= MANY);
    replies->count[value.value.u]++;
    if (!zsnmp_mp_find(map, end, "error", &value)) {
        CHECK(zsnmp_mp_find(map, end, "varbinds", &value) && value.len == 1);
        replies->ok++;
        return;
    }
    CHECK(zsnmp_mp_find(&value, end, "name", &name));
    if (zsnmp_mp_is(&name, "shutting_down")) {
        replies->shutting_down++;
    } else {
        replies->other++;
    }
}

/* Takes one frame: a map, or an array of maps. Returns how many replies that was. */
static uint32_t receive(void *socket, struct replies *replies)
{
    static uint8_t frame[FRAME_MAX];
    struct zsnmp_mp_token token;
    int more = 0;
    size_t more_len = sizeof more;
    int len = zmq_recv(socket, frame, sizeof frame, 0);
    CHECK(len > 0 && (size_t)len <= sizeof frame);
    CHECK_EQ(zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_len), 0);
    CHECK_EQ(more, 0);
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(frame, (size_t)len);
    const uint8_t *end = reader.end;
    struct zsnmp_mp_reader first = reader;
    uint32_t n = 1;
    CHECK(zsnmp_mp_next(&first, &token));
    if (token.type == ZSNMP_MP_ARRAY) {
        n = token.len;
        reader = first;
    }
    for (uint32_t i = 0; i < n; i++) {
        CHECK(zsnmp_mp_whole(&reader, &token));
        take_reply(replies, &token, end);
    }
    CHECK(reader.at == end);
    return n;
}

static void receive_all(void *socket, struct replies *replies, uint32_t want)
{
    uint32_t got = 0;
    while (got < want) {
        got += receive(socket, replies);
    }
    CHECK_EQ(got, want);
}

static void check_each_once(const struct replies *replies)
{
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(replies->count[i], 1);
    }
}

static void end(struct served *self)
{
    zsnmp_server_destroy(&self->server);
    CHECK(self->server == NULL);
    zsnmp_pool_destroy(&self->pool);
}

/* ---- tests ---- */

static void messages_and_batches(void)
{
    static const char *const endpoints[] = {"inproc://snmp", NULL};
    void *context = zmq_ctx_new();
    struct served served = serve(context, endpoints);
    void *socket = connect_to(context, "inproc://snmp");
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 1u << 20);
    CHECK(strcmp(zsnmp_server_endpoint(served.server, 0), "inproc://snmp") == 0);
    CHECK(zsnmp_server_endpoint(served.server, 1) == NULL);
    struct replies replies = {.ok = 0};
    for (uint64_t i = 0; i < MANY; i++) {
        put_get(&out, i, "127.0.0.1");
        send_buf(socket, &out);
    }
    receive_all(socket, &replies, MANY);
    check_each_once(&replies);
    CHECK_EQ(replies.ok, MANY);
    replies = (struct replies){.ok = 0};
    zsnmp_mp_put_array(&out, MANY);
    for (uint64_t i = 0; i < MANY; i++) {
        put_get(&out, i, "127.0.0.2");
    }
    send_buf(socket, &out);
    receive_all(socket, &replies, MANY);
    check_each_once(&replies);
    CHECK_EQ(replies.ok, MANY);
    zsnmp_buf_clear(&out);
    zmq_close(socket);
    end(&served);
    CHECK_EQ(zmq_ctx_term(context), 0);
}

/* The server is stopped while requests run: some answered, the rest told, none forgotten. */
static void stopped_in_the_middle(void)
{
    static const char *const endpoints[] = {"inproc://snmp", NULL};
    void *context = zmq_ctx_new();
    struct served served = serve(context, endpoints);
    void *socket = connect_to(context, "inproc://snmp");
    struct zsnmp_buf out;
    struct replies replies = {.ok = 0};
    zsnmp_buf_init(&out, 1u << 20);
    for (uint64_t i = 0; i < MANY; i++) {
        put_get(&out, i, i % 2 == 0 ? "127.0.0.1" : DEAD);
        send_buf(socket, &out);
    }
    receive_all(socket, &replies, 1); /* they have come in, and some are answered */
    zsnmp_server_stop(served.server, 100, 100);
    zsnmp_server_stop(served.server, 100, 100); /* returns at once */
    receive_all(socket, &replies, MANY - 1);
    check_each_once(&replies);
    CHECK_EQ(replies.other, 0);
    CHECK(replies.ok >= 1 && replies.shutting_down >= MANY / 2);
    zsnmp_buf_clear(&out);
    zmq_close(socket);
    end(&served);
    CHECK_EQ(zmq_ctx_term(context), 0);
}

/* A C program and ZeroMQ clients use one pool at the same time. */
static void on_done(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    (void)request;
    *(zsnmp_err_t *)arg = zsnmp_reply_error(reply);
}

static void endpoints_as_bound(void)
{
    static const char *const endpoints[] = {"tcp://127.0.0.1:*", "inproc://other", NULL};
    struct served served = serve(NULL, endpoints);
    const char *tcp = zsnmp_server_endpoint(served.server, 0);
    int port = 0;
    CHECK(tcp != NULL && sscanf(tcp, "tcp://127.0.0.1:%d", &port) == 1 && port > 0);
    void *context = zmq_ctx_new();
    void *socket = connect_to(context, tcp);
    struct zsnmp_buf out;
    struct replies replies = {.ok = 0};
    zsnmp_buf_init(&out, 1u << 20);
    put_get(&out, 7, "127.0.0.1");
    send_buf(socket, &out);
    char peer[80];
    zsnmp_err_t err = ZSNMP_E_INTERNAL;
    zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, sim_peer(&sim, "127.0.0.1", peer));
    CHECK(request != NULL);
    CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_DESCR), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS / 4, 0), ZSNMP_OK);
    CHECK_EQ(zsnmp_pool_submit(served.pool, request, on_done, &err, NULL), ZSNMP_OK);
    receive_all(socket, &replies, 1);
    CHECK_EQ(replies.count[7], 1);
    CHECK_EQ(replies.ok, 1);
    CHECK(zsnmp_pool_drain(served.pool, PATIENCE_MS));
    CHECK_EQ(err, ZSNMP_OK);
    zsnmp_buf_clear(&out);
    zmq_close(socket);
    CHECK_EQ(zmq_ctx_term(context), 0);
    end(&served);
}

static void endpoints_that_can_not_be_bound(void)
{
    static const char *const bad[][2] = {
        {"", NULL}, {"nothing", NULL}, {"tcp://127.0.0.1:x", NULL}, {"tcp://192.0.2.1:1", NULL}};
    static const char *const none[] = {NULL};
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, NULL);
    CHECK(pool != NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        zsnmp_err_t err = ZSNMP_OK;
        CHECK(zsnmp_server_new(pool, NULL, bad[i], NULL, &err) == NULL);
        CHECK_EQ(err, ZSNMP_E_BAD_ADDRESS);
    }
    CHECK(zsnmp_server_new(pool, NULL, none, NULL, NULL) == NULL);
    zsnmp_server_t *server = NULL;
    zsnmp_server_destroy(&server);
    zsnmp_pool_destroy(&pool);
}

int main(void)
{
    static const char *const arguments[] = {"--dead", "127.0.9.1-127.0.9.254", NULL};
    sim = sim_start(arguments);
    for (workers = 1; workers <= 2; workers++) { /* the front is a guest of one, or has a thread */
        messages_and_batches();
        stopped_in_the_middle();
        endpoints_as_bound();
        endpoints_that_can_not_be_bound();
    }
    sim_stop(&sim);
    return 0;
}
