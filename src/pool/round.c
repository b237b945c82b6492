/*
 * One round of a worker: messages from the inbox, timers, what lanes and window
 * allow, completions. Each round takes a bounded amount from every side, so that
 * none starves another. A round neither waits nor asks for the time: now_us is set by
 * whoever calls, a thread or a simulation.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "pool/inside.h"
#include "pool/worker.h"

#define IDLE_ROUND_US 1000000 /* at least this often, for idle devices */
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

/* ---- rounds ---- */

/* Whether there is more to do than the sockets will tell. */
static bool has_work(const struct zsnmp_worker *self)
{
    bool can_start = self->ready.first != NULL && self->young_count < self->window;
    return self->backlog != NULL || self->surveys != NULL || can_start;
}

int64_t zsnmp_round_next_us(const struct zsnmp_worker *self)
{
    int64_t until = self->now_us + IDLE_ROUND_US;
    int64_t first = zsnmp_heap_first(&self->timers);
    if (has_work(self)) {
        return self->now_us;
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
    return until;
}

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

/* Nothing of a request is touched after its completion. */
void zsnmp_round_run(struct zsnmp_worker *self)
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

/* Grace is over. */
static void abandon(struct zsnmp_worker *self)
{
    zsnmp_run_abort_all(self);
    while (self->surveys != NULL) {
        zsnmp_survey_step(self);
    }
    zsnmp_pool_complete(self->pool, &self->done);
}

bool zsnmp_round_was_last(struct zsnmp_worker *self)
{
    bool over = is_over(self) || (self->stopping && self->now_us >= self->stop.until_us);
    if (over) { /* what is in the air for nobody ends as well */
        abandon(self);
    }
    return over;
}

/* ---- life ---- */

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

zsnmp_err_t zsnmp_worker_init(struct zsnmp_worker *self, struct zsnmp_pool *pool, uint32_t index)
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
