/*
 * The worker's thread: where net-snmp would sit in select(), this sits in
 * zmq_poll over its inbox and its few sockets. Each round takes a bounded
 * amount from every side, so that none starves another.
 */
#include "pool/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "pool/inside.h"

#define POLL_ITEMS_MAX (2u + 2u * ZSNMP_SOCKETS_MAX + ZSNMP_GUEST_ITEMS)
#define IDLE_ROUND_US 1000000 /* at least this often, for idle devices */
#define DROPS_US 500000       /* between looks at the kernel's drop counters */
#define STOP_ROUND_US 5000    /* while stopping */

/* ---- inbox ---- */

static void handle_survey(struct zsnmp_worker *self, struct zsnmp_survey *survey)
{
    if (self->stopping) {
        survey->count = 0;
        survey->known = 0;
        zsnmp_mailbox_push(survey->reply_to, &survey->msg);
        zsnmp_pool_release(self->pool, 1);
        return;
    }
    zsnmp_survey_begin(self, survey);
}

static void take_guest_in(struct zsnmp_worker *self, struct zsnmp_guest *guest)
{
    if (self->over) {
        guest->leave(guest);
    } else {
        self->guest = guest;
    }
    zsnmp_pool_release(self->pool, 1);
}

static void handle(struct zsnmp_worker *self, struct zsnmp_msg *msg)
{
    switch (msg->kind) {
    case ZSNMP_MSG_REQUEST:
        zsnmp_run_accept(self, (struct zsnmp_request *)msg);
        break;
    case ZSNMP_MSG_CANCEL: {
        struct zsnmp_cancel *cancel = (struct zsnmp_cancel *)msg;
        zsnmp_run_cancel(self, cancel);
        zsnmp_pool_forward_cancel(self->pool, cancel, (int)self->index);
        break;
    }
    case ZSNMP_MSG_SURVEY:
        handle_survey(self, (struct zsnmp_survey *)msg);
        break;
    case ZSNMP_MSG_MORE:
        zsnmp_stream_more(self, (struct zsnmp_more *)msg);
        break;
    case ZSNMP_MSG_KEYS:
        zsnmp_session_keys(self, (struct zsnmp_key_job *)msg);
        break;
    case ZSNMP_MSG_HOST:
        take_guest_in(self, (struct zsnmp_guest *)msg);
        break;
    case ZSNMP_MSG_STOP:
        self->stopping = true;
        break;
    default:
        break; /* no other kind is ever sent here */
    }
}

static void read_inbox(struct zsnmp_worker *self)
{
    if (self->backlog == NULL) {
        self->backlog = zsnmp_mailbox_take(&self->inbox);
    }
    for (unsigned i = 0; i < ZSNMP_INBOX_MAX && self->backlog != NULL; i++) {
        struct zsnmp_msg *msg = self->backlog;
        self->backlog = msg->next;
        handle(self, msg);
    }
}

/* ---- sockets ---- */

/* The items in the order inbox, TCP, UDP/IPv4, UDP/IPv6, guest. */
static int fill_items(struct zsnmp_worker *self, zmq_pollitem_t *items)
{
    int n = 0;
    items[n++] = (zmq_pollitem_t){.fd = self->inbox.fd, .events = ZMQ_POLLIN};
    items[n++] = (zmq_pollitem_t){.fd = self->epoll, .events = ZMQ_POLLIN};
    struct zsnmp_udp *all[] = {self->udp4, self->udp6};
    uint32_t counts[] = {self->udp4_count, self->udp6_count};
    for (int family = 0; family < 2; family++) {
        for (uint32_t i = 0; i < counts[family]; i++) {
            short events = ZMQ_POLLIN;
            if (!zsnmp_list_empty(&all[family][i].unsent)) {
                events |= ZMQ_POLLOUT;
            }
            items[n++] = (zmq_pollitem_t){.fd = all[family][i].fd, .events = events};
        }
    }
    return self->guest == NULL ? n : n + self->guest->items(self->guest, items + n);
}

static void serve_udp(struct zsnmp_worker *self, struct zsnmp_udp *udp, uint32_t count,
                      const zmq_pollitem_t *items)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((items[i].revents & ZMQ_POLLOUT) != 0) {
            zsnmp_udp_flush(self, &udp[i]);
        }
        if ((items[i].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0) {
            zsnmp_udp_receive(self, &udp[i]);
        }
    }
}

/* Whether there is more to do than the sockets will tell. */
static bool has_work(const struct zsnmp_worker *self)
{
    bool can_start = self->ready.first != NULL && self->young_count < self->window;
    return self->backlog != NULL || self->surveys != NULL || can_start;
}

/* How long to wait, in the milliseconds of zmq_poll, rounded up: waking early is waking twice. */
static long wait_ms(const struct zsnmp_worker *self)
{
    int64_t until = self->now_us + IDLE_ROUND_US;
    int64_t first = zsnmp_heap_first(&self->timers);
    if (has_work(self)) {
        return 0;
    }
    until = first < until ? first : until;
    if (!zsnmp_list_empty(&self->young)) {
        /* The oldest try gets its timer then, and leaves room in the window. */
        const struct zsnmp_request *oldest =
            ZSNMP_CONTAINER(self->young.next, struct zsnmp_request, run.young);
        int64_t old = oldest->run.sent_us + ZSNMP_YOUNG_US;
        until = old < until ? old : until;
    }
    if (self->stopping && self->now_us + STOP_ROUND_US < until) {
        until = self->now_us + STOP_ROUND_US; /* the last request may end on another thread */
    }
    long wait = until <= self->now_us ? 0 : (long)((until - self->now_us + 999) / 1000);
    long guest = self->guest == NULL ? wait : self->guest->wait_ms(self->guest);
    return guest < wait ? guest : wait;
}

static void poll_sockets(struct zsnmp_worker *self)
{
    zmq_pollitem_t items[POLL_ITEMS_MAX];
    uint32_t udp4 = self->udp4_count;
    uint32_t udp6 = self->udp6_count; /* may grow while messages are handled */
    int n = fill_items(self, items);
    int ready = zmq_poll(items, n, wait_ms(self));
    self->now_us = self->woke_us = zsnmp_clock_us();
    if (ready < 0 && errno == ETERM && self->guest != NULL) {
        self->guest->lost(self->guest);
    }
    if (ready <= 0) {
        return; /* time, or a signal */
    }
    serve_udp(self, self->udp4, udp4, items + 2);
    serve_udp(self, self->udp6, udp6, items + 2 + udp4);
    zsnmp_udp_push(self);
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
        zsnmp_tcp_poll(self);
    }
}

/* ---- rounds ---- */

static void run_timers(struct zsnmp_worker *self)
{
    for (unsigned i = 0; i < ZSNMP_TIMERS_MAX; i++) {
        struct zsnmp_heap_node *node = zsnmp_heap_due(&self->timers, self->now_us);
        if (node == NULL) {
            return;
        }
        zsnmp_run_timer(self, ZSNMP_CONTAINER(node, struct zsnmp_request, run.timer));
    }
}

/* Inside one round nothing of a request is touched after its completion. */
static void run_round(struct zsnmp_worker *self)
{
    read_inbox(self);
    run_timers(self);
    zsnmp_run_grow_old(self);
    zsnmp_device_dispatch(self);
    zsnmp_udp_push(self);
    zsnmp_survey_step(self);
    zsnmp_device_reap(self);
    zsnmp_pool_complete(self->pool, &self->done);
    if (self->guest != NULL) {
        self->guest->work(self->guest);
    }
}

static bool is_over(const struct zsnmp_worker *self)
{
    return self->stopping && atomic_load_explicit(&self->pool->live, memory_order_acquire) == 0;
}

static void note_round(struct zsnmp_worker *self)
{
    int64_t took = zsnmp_clock_us() - self->woke_us;
    ZSNMP_COUNT(self, loop_rounds);
    if (took > (int64_t)atomic_load_explicit(&self->counters.loop_max_us, memory_order_relaxed)) {
        zsnmp_counter_set(&self->counters.loop_max_us, (uint64_t)took);
    }
    if (self->woke_us - self->drops_us >= DROPS_US) {
        self->drops_us = self->woke_us;
        zsnmp_counter_set(&self->counters.drop_kernel, zsnmp_udp_drops(self));
    }
}

/* Grace is over. */
static void abandon(struct zsnmp_worker *self)
{
    zsnmp_run_abort_all(self);
    while (self->surveys != NULL) {
        zsnmp_survey_step(self);
    }
    zsnmp_pool_complete(self->pool, &self->done);
}

static void *run_worker(void *arg)
{
    struct zsnmp_worker *self = arg;
    char name[16];
    snprintf(name, sizeof name, "zsnmp-%u", self->index % ZSNMP_WORKERS_MAX);
    pthread_setname_np(pthread_self(), name); /* for top and debuggers; failure harms nobody */
    for (;;) {
        poll_sockets(self);
        run_round(self);
        note_round(self);
        if (is_over(self)) {
            break;
        }
        if (self->stopping && self->now_us >= self->stop.until_us) {
            abandon(self);
            break;
        }
    }
    zsnmp_counter_set(&self->counters.drop_kernel, zsnmp_udp_drops(self));
    self->over = true;
    if (self->guest != NULL) {
        self->guest->leave(self->guest);
    }
    zsnmp_snmp_thread_end();
    return NULL;
}

/* ---- life ---- */

static uint32_t window_of(const struct zsnmp_worker *self)
{
    if (self->pool->options.window != 0) {
        return self->pool->options.window;
    }
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < self->udp4_count; i++) {
        int got = 0;
        socklen_t len = sizeof got;
        if (getsockopt(self->udp4[i].fd, SOL_SOCKET, SO_RCVBUF, &got, &len) == 0 && got > 0) {
            bytes += (uint64_t)got;
        }
    }
    uint64_t window = bytes / ZSNMP_DATAGRAM_COST;
    if (window > ZSNMP_WINDOW_MAX) {
        return ZSNMP_WINDOW_MAX;
    }
    return window < 16 ? 16 : (uint32_t)window;
}

static void init_lists(struct zsnmp_worker *self)
{
    zsnmp_map_init(&self->ids);
    zsnmp_map_init(&self->handles);
    zsnmp_map_init(&self->by_addr);
    zsnmp_map_init(&self->engines);
    zsnmp_map_init(&self->flows);
    zsnmp_map_init(&self->asks);
    zsnmp_map_init(&self->streams);
    zsnmp_heap_init(&self->timers);
    zsnmp_list_init(&self->idle);
    zsnmp_list_init(&self->young);
    zsnmp_list_init(&self->flying);
    zsnmp_list_init(&self->put_off);
    zsnmp_list_init(&self->paused);
    zsnmp_list_init(&self->roots);
    zsnmp_list_init(&self->done);
    zsnmp_list_init(&self->need_keys);
    zsnmp_list_init(&self->engines_recent);
    zsnmp_list_init(&self->refused);
}

zsnmp_err_t zsnmp_worker_start(struct zsnmp_worker *self, struct zsnmp_pool *pool, uint32_t index)
{
    self->pool = pool;
    self->index = index;
    self->epoll = -1;
    self->inbox.fd = -1;
    self->stop.msg.kind = ZSNMP_MSG_STOP;
    init_lists(self);
    zsnmp_rng_init(&self->rng);
    self->seed = zsnmp_rng_u64(&self->rng);
    self->now_us = zsnmp_clock_us();
    self->scratch = malloc(ZSNMP_BUILD_ROOM);
    if (self->scratch == NULL || !zsnmp_mailbox_init(&self->inbox)) {
        return ZSNMP_E_INTERNAL;
    }
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0) {
        return ZSNMP_E_INTERNAL;
    }
    zsnmp_err_t err = zsnmp_udp_open(self, AF_INET);
    if (err != ZSNMP_OK) {
        return err;
    }
    self->window = window_of(self);
    if (pthread_create(&self->thread, NULL, run_worker, self) != 0) {
        return ZSNMP_E_INTERNAL;
    }
    self->started = true;
    return ZSNMP_OK;
}

void zsnmp_worker_refuse(struct zsnmp_worker *self, struct zsnmp_msg *chain)
{
    while (chain != NULL) {
        struct zsnmp_msg *msg = chain;
        chain = chain->next;
        handle(self, msg);
    }
    zsnmp_pool_complete(self->pool, &self->done);
}

void zsnmp_worker_clear(struct zsnmp_worker *self)
{
    if (self->inbox.fd >= 0) {
        zsnmp_worker_refuse(self, zsnmp_mailbox_take(&self->inbox));
    }
    if (self->pool != NULL && self->devices != NULL) {
        zsnmp_device_clear(self);
    }
    if (self->pool != NULL) {
        zsnmp_engine_clear(self);
    }
    zsnmp_udp_close(self);
    if (self->epoll >= 0) {
        close(self->epoll);
    }
    zsnmp_mailbox_close(&self->inbox);
    zsnmp_heap_clear(&self->timers);
    zsnmp_map_clear(&self->ids);
    zsnmp_map_clear(&self->handles);
    zsnmp_map_clear(&self->by_addr);
    zsnmp_map_clear(&self->asks);
    zsnmp_map_clear(&self->streams);
    zsnmp_turns_clear(self);
    free(self->scratch);
    self->scratch = NULL;
}
