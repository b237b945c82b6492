/*
 * The pool: starting and stopping its threads, dealing requests out to them,
 * counting. It decides by a hash of its address which worker owns a device,
 * and that never changes. Every request that comes in is completed exactly
 * once, also those that race with the end.
 */
#include "pool/pool.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "pool/inside.h"

#define WORKERS_AUTO_MAX 4
#define WAIT_STEP_MS 50 /* while waiting for an end: look at least this often */

/* ---- dealing out ---- */

struct zsnmp_worker *zsnmp_pool_owner(struct zsnmp_pool *self, const struct zsnmp_addr *addr)
{
    bool alone = self->worker_count == 1;
    return &self->workers[alone ? 0 : zsnmp_addr_hash(addr, self->seed) % self->worker_count];
}

uint32_t zsnmp_pool_workers(const struct zsnmp_pool *self)
{
    return self->worker_count;
}

uint64_t zsnmp_pool_handle(struct zsnmp_pool *self)
{
    return atomic_fetch_add_explicit(&self->next_handle, 1, memory_order_relaxed) + 1;
}

/*
 * Counts a message in before the state is looked at: a stop that begins after
 * this waits until the message is over.
 */
static bool enter(struct zsnmp_pool *self)
{
    atomic_fetch_add(&self->live, 1);
    if (atomic_load(&self->state) == ZSNMP_POOL_RUNNING) {
        return true;
    }
    zsnmp_pool_release(self, 1);
    return false;
}

void zsnmp_pool_release(struct zsnmp_pool *self, uint64_t n)
{
    int fd = self->idle_fd; /* at zero the pool may be freed by who waits for it */
    bool waited_for =
        atomic_load(&self->drainers) > 0 || atomic_load(&self->state) != ZSNMP_POOL_RUNNING;
    if (atomic_fetch_sub(&self->live, n) == n && waited_for) {
        uint64_t one = 1;
        ssize_t written = write(fd, &one, sizeof one);
        (void)written; /* those who wait look again by themselves */
    }
}

void zsnmp_feed_init(struct zsnmp_feed *self, struct zsnmp_pool *pool)
{
    memset(self, 0, sizeof *self);
    self->pool = pool;
}

size_t zsnmp_pool_memory(const struct zsnmp_pool *self)
{
    return atomic_load_explicit(&self->memory, memory_order_relaxed);
}

bool zsnmp_pool_is_full(const struct zsnmp_pool *self, size_t elsewhere)
{
    size_t max = self->options.memory_max;
    return max != 0 && zsnmp_pool_memory(self) + elsewhere >= max;
}

bool zsnmp_pool_has_room(const struct zsnmp_pool *self, size_t elsewhere)
{
    return atomic_load_explicit(&self->live, memory_order_relaxed) < self->options.queue_max &&
           !zsnmp_pool_is_full(self, elsewhere);
}

/* What a reply that is nearly full takes next, and is counted already: others grow meanwhile. */
static size_t soon(const struct zsnmp_buf *varbinds)
{
    return varbinds->len > varbinds->cap / 4 * 3 ? varbinds->cap : 0;
}

bool zsnmp_pool_charge(struct zsnmp_pool *self, struct zsnmp_request *request)
{
    size_t next = soon(&request->reply.varbinds);
    size_t bytes = zsnmp_request_bytes(request) + next;
    if (bytes <= request->run.charged) {
        return true;
    }
    atomic_fetch_add_explicit(&self->memory, bytes - request->run.charged, memory_order_relaxed);
    request->run.charged = bytes;
    if (!zsnmp_pool_is_full(self, 0)) {
        return true;
    }
    request->run.charged -= next;
    zsnmp_pool_discharge(self, next);
    return false;
}

void zsnmp_pool_discharge(struct zsnmp_pool *self, size_t bytes)
{
    atomic_fetch_sub_explicit(&self->memory, bytes, memory_order_relaxed);
}

/* Counts a request in and finds out where it goes: the index of a worker, or of the resolver. */
static zsnmp_err_t admit(struct zsnmp_pool *pool, struct zsnmp_request *request, uint32_t *to)
{
    struct zsnmp_peer peer;
    if (!zsnmp_peer_parse(request->peer.data, request->peer.len, &peer)) {
        return ZSNMP_E_BAD_ADDRESS;
    }
    if (!zsnmp_pool_has_room(pool, 0)) {
        return ZSNMP_E_QUEUE_FULL;
    }
    if (!enter(pool)) {
        return ZSNMP_E_SHUTTING_DOWN;
    }
    (void)zsnmp_pool_charge(pool, request);
    request->msg.kind = ZSNMP_MSG_REQUEST;
    request->run.addr = peer.addr;
    *to = peer.numeric ? zsnmp_pool_owner(pool, &peer.addr)->index : pool->worker_count;
    return ZSNMP_OK;
}

static struct zsnmp_mailbox *mailbox_of(struct zsnmp_pool *pool, uint32_t to)
{
    return to < pool->worker_count ? &pool->workers[to].inbox : &pool->resolver.inbox;
}

zsnmp_err_t zsnmp_feed_add(struct zsnmp_feed *self, struct zsnmp_request *request)
{
    uint32_t to;
    zsnmp_err_t err = admit(self->pool, request, &to);
    if (err == ZSNMP_OK) {
        zsnmp_chain_add(&self->chains[to], &request->msg);
    }
    return err;
}

void zsnmp_feed_flush(struct zsnmp_feed *self)
{
    for (uint32_t i = 0; i <= self->pool->worker_count; i++) {
        zsnmp_mailbox_push_chain(mailbox_of(self->pool, i), &self->chains[i]);
    }
}

/* ---- completing ---- */

void zsnmp_pool_complete(struct zsnmp_pool *self, struct zsnmp_list *done)
{
    struct zsnmp_chain chain = {0};
    struct zsnmp_mailbox *to = NULL;
    struct zsnmp_list *node;
    uint64_t count = 0;
    size_t bytes = 0;
    for (; (node = zsnmp_list_pop(done)) != NULL; count++) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(node, struct zsnmp_request, run.link);
        if (to != request->reply_to && to != NULL) {
            zsnmp_mailbox_push_chain(to, &chain);
        }
        to = request->reply_to;
        bytes += request->run.charged;
        request->complete(request, &chain);
    }
    zsnmp_pool_discharge(self, bytes); /* before anybody hears of it */
    if (to != NULL) {
        zsnmp_mailbox_push_chain(to, &chain);
    }
    if (count > 0) {
        zsnmp_pool_release(self, count);
    }
}

static void complete_native(struct zsnmp_request *request, struct zsnmp_chain *replies)
{
    (void)replies;
    request->done(request, &request->reply, request->arg);
    zsnmp_request_free(request);
}

static enum zsnmp_part_fate part_native(struct zsnmp_request *request, struct zsnmp_mailbox *back,
                                        uint64_t stream)
{
    (void)back;
    (void)stream;
    bool go_on = request->rows(request, &request->reply, request->arg);
    return go_on ? ZSNMP_PART_DONE : ZSNMP_PART_REFUSED;
}

zsnmp_err_t zsnmp_pool_submit(zsnmp_pool_t *self, zsnmp_request_t *request, zsnmp_done_fn *done,
                              void *arg, uint64_t *handle)
{
    const char *why;
    zsnmp_err_t err = zsnmp_request_check(request, &why);
    if (err != ZSNMP_OK) {
        return err;
    }
    request->complete = complete_native;
    request->part = part_native;
    request->done = done;
    request->arg = arg;
    request->handle = handle != NULL ? zsnmp_pool_handle(self) : 0;
    request->accepted_us = zsnmp_clock_us();
    uint64_t number = request->handle;
    uint32_t to;
    err = admit(self, request, &to);
    if (err != ZSNMP_OK) {
        return err;
    }
    if (handle != NULL) {
        *handle = number; /* before a callback can come */
    }
    zsnmp_mailbox_push(mailbox_of(self, to), &request->msg);
    return ZSNMP_OK;
}

/* ---- cancels and surveys ---- */

void zsnmp_pool_forward_cancel(struct zsnmp_pool *self, struct zsnmp_cancel *cancel, int from)
{
    uint32_t next = (uint32_t)(from + 1);
    if (!cancel->found && next < self->worker_count) {
        zsnmp_mailbox_push(&self->workers[next].inbox, &cancel->msg);
        return;
    }
    if (cancel->reply_to != NULL) {
        zsnmp_mailbox_push(cancel->reply_to, &cancel->msg);
    } else {
        free(cancel);
    }
    zsnmp_pool_release(self, 1);
}

void zsnmp_pool_post_cancel(struct zsnmp_pool *self, struct zsnmp_cancel *cancel)
{
    cancel->msg.kind = ZSNMP_MSG_CANCEL;
    cancel->found = false;
    if (enter(self)) {
        zsnmp_mailbox_push(&self->resolver.inbox, &cancel->msg);
    } else if (cancel->reply_to != NULL) {
        zsnmp_mailbox_push(cancel->reply_to, &cancel->msg);
    } else {
        free(cancel);
    }
}

zsnmp_err_t zsnmp_pool_cancel(zsnmp_pool_t *self, uint64_t handle)
{
    struct zsnmp_cancel *cancel = calloc(1, sizeof *cancel);
    if (cancel == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    cancel->handle = handle;
    zsnmp_pool_post_cancel(self, cancel);
    return ZSNMP_OK;
}

bool zsnmp_pool_post_survey(struct zsnmp_pool *self, uint32_t worker, struct zsnmp_survey *survey)
{
    if (!enter(self)) {
        return false;
    }
    survey->msg.kind = ZSNMP_MSG_SURVEY;
    zsnmp_mailbox_push(&self->workers[worker].inbox, &survey->msg);
    return true;
}

bool zsnmp_pool_host(struct zsnmp_pool *self, struct zsnmp_guest *guest)
{
    bool free_place = false;
    if (self->worker_count > 1 || !enter(self)) {
        return false;
    }
    if (!atomic_compare_exchange_strong(&self->hosts, &free_place, true)) {
        zsnmp_pool_release(self, 1);
        return false;
    }
    guest->msg.kind = ZSNMP_MSG_HOST;
    zsnmp_mailbox_push(&self->workers[0].inbox, &guest->msg);
    return true;
}

/* ---- counters ---- */

static void add_counters(zsnmp_stats_t *stats, struct zsnmp_counters *counters)
{
    uint64_t max_us = stats->loop_max_us;
#define ADD(name, text) stats->name += atomic_load_explicit(&counters->name, memory_order_relaxed);
    ZSNMP_STATS(ADD)
#undef ADD
    uint64_t own = stats->loop_max_us - max_us;
    stats->loop_max_us = own > max_us ? own : max_us; /* a maximum, not a sum */
}

void zsnmp_pool_stats(zsnmp_pool_t *self, zsnmp_stats_t *stats)
{
    memset(stats, 0, sizeof *stats);
    for (uint32_t i = 0; i < self->worker_count; i++) {
        add_counters(stats, &self->workers[i].counters);
    }
    add_counters(stats, &self->resolver.counters);
    add_counters(stats, &self->keys.counters);
    stats->memory_bytes = zsnmp_pool_memory(self);
}

/* ---- start ---- */

void zsnmp_pool_options_init(zsnmp_pool_options_t *options)
{
    *options = (zsnmp_pool_options_t){
        .workers = 0,
        .sockets = 4,
        .rcvbuf = 8u * 1024 * 1024,
        .window = 0,
        .queue_max = 500000,
        .device_window = 4,
        .device_queue_max = 10000,
        .device_interval_ms = 0,
        .merge_ms = 1000,
        .combine_max = 24,
        .timeout_min_ms = 250,
        .timeout_max_ms = 3000,
        .breaker_failures = 3,
        .breaker_min_ms = 5000,
        .breaker_max_ms = 300000,
        .devices_max = 1000000,
        .device_idle_ms = 600000,
        .walk_repetitions = 25,
        .reply_max = 64u * 1024 * 1024,
        .memory_max = 2048u * 1024 * 1024,
        .dns_servers = NULL,
        .dns_timeout_ms = 5000,
    };
}

static bool in_range(uint32_t value, uint32_t low, uint32_t high)
{
    return value >= low && value <= high;
}

static bool options_valid(const zsnmp_pool_options_t *o)
{
    return o->workers <= ZSNMP_WORKERS_MAX && in_range(o->sockets, 1, ZSNMP_SOCKETS_MAX) &&
           in_range(o->rcvbuf, 4096, INT32_MAX / 2) && in_range(o->queue_max, 1, 100000000) &&
           in_range(o->device_window, 1, 100000) && in_range(o->device_queue_max, 1, 100000000) &&
           in_range(o->devices_max, 1, 100000000) && in_range(o->device_idle_ms, 1, INT32_MAX) &&
           in_range(o->walk_repetitions, 1, ZSNMP_REPETITIONS_MAX) &&
           o->device_interval_ms <= 3600000 && o->merge_ms <= 3600000 &&
           o->combine_max <= ZSNMP_VARBINDS_MAX &&
           in_range(o->timeout_min_ms, 1, o->timeout_max_ms) &&
           o->timeout_max_ms <= ZSNMP_TIMEOUT_MS_MAX && o->breaker_failures <= 1000000 &&
           in_range(o->breaker_min_ms, 1, o->breaker_max_ms) && o->breaker_max_ms <= 86400000 &&
           in_range(o->reply_max, 65536, INT32_MAX) && in_range(o->dns_timeout_ms, 1, 600000);
}

static uint32_t count_workers(uint32_t asked)
{
    if (asked != 0) {
        return asked;
    }
    /* One core is for who talks to the pool: ZeroMQ's threads, the program. */
    long spare = sysconf(_SC_NPROCESSORS_ONLN) - 1;
    if (spare < 1) {
        return 1;
    }
    return spare > WORKERS_AUTO_MAX ? WORKERS_AUTO_MAX : (uint32_t)spare;
}

static zsnmp_err_t start_each(struct zsnmp_pool *self)
{
    zsnmp_err_t err = zsnmp_keys_start(&self->keys, self);
    if (err == ZSNMP_OK) {
        err = zsnmp_resolver_start(&self->resolver, self);
    }
    for (uint32_t i = 0; i < self->worker_count && err == ZSNMP_OK; i++) {
        err = zsnmp_worker_start(&self->workers[i], self, i);
    }
    return err;
}

/* The program's signals are for the program's own threads. */
static zsnmp_err_t start_threads(struct zsnmp_pool *self)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return ZSNMP_E_INTERNAL;
    }
    zsnmp_err_t err = start_each(self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static struct zsnmp_pool *alloc_pool(const zsnmp_pool_options_t *options)
{
    struct zsnmp_pool *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    struct zsnmp_rng rng;
    zsnmp_rng_init(&rng);
    self->options = *options;
    self->seed = zsnmp_rng_u64(&rng);
    self->worker_count = count_workers(options->workers);
    self->workers = calloc(self->worker_count, sizeof *self->workers);
    self->idle_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    self->keys.inbox.fd = -1;
    self->resolver.inbox.fd = -1;
    for (uint32_t i = 0; self->workers != NULL && i < self->worker_count; i++) {
        self->workers[i].inbox.fd = -1;
        self->workers[i].epoll = -1;
    }
    if (options->dns_servers != NULL) {
        self->dns_servers = strdup(options->dns_servers);
        self->options.dns_servers = self->dns_servers;
    }
    bool ok = self->workers != NULL && self->idle_fd >= 0 &&
              (options->dns_servers == NULL || self->dns_servers != NULL);
    if (!ok) {
        zsnmp_pool_destroy(&self);
    }
    return self;
}

zsnmp_pool_t *zsnmp_pool_new(const zsnmp_pool_options_t *options, zsnmp_err_t *err)
{
    zsnmp_pool_options_t defaults;
    zsnmp_err_t ignored;
    err = err != NULL ? err : &ignored;
    if (options == NULL) {
        zsnmp_pool_options_init(&defaults);
        options = &defaults;
    }
    if (!options_valid(options)) {
        *err = ZSNMP_E_BAD_REQUEST;
        return NULL;
    }
    zsnmp_snmp_init();
    struct zsnmp_pool *self = alloc_pool(options);
    if (self == NULL) {
        *err = ZSNMP_E_INTERNAL;
        return NULL;
    }
    *err = start_threads(self);
    if (*err != ZSNMP_OK) {
        zsnmp_pool_destroy(&self);
    }
    return self;
}

/* ---- end ---- */

/* Sleeps until something is over, or for a step. */
static void wait_a_step(struct zsnmp_pool *self, int64_t until_us)
{
    int64_t left_ms = (until_us - zsnmp_clock_us() + 999) / 1000;
    struct pollfd item = {.fd = self->idle_fd, .events = POLLIN};
    uint64_t count;
    int step = left_ms < 0 ? 0 : left_ms < WAIT_STEP_MS ? (int)left_ms : WAIT_STEP_MS;
    if (poll(&item, 1, step) > 0) {
        ssize_t got = read(self->idle_fd, &count, sizeof count);
        (void)got;
    }
}

bool zsnmp_pool_drain(zsnmp_pool_t *self, uint32_t timeout_ms)
{
    int64_t until_us = zsnmp_clock_us() + (int64_t)timeout_ms * 1000;
    atomic_fetch_add(&self->drainers, 1);
    while (atomic_load(&self->live) > 0 && zsnmp_clock_us() < until_us) {
        wait_a_step(self, until_us);
    }
    atomic_fetch_sub(&self->drainers, 1);
    return atomic_load(&self->live) == 0;
}

static void post_stop(struct zsnmp_mailbox *to, struct zsnmp_stop *stop, int64_t until_us)
{
    stop->msg.kind = ZSNMP_MSG_STOP;
    stop->until_us = until_us;
    zsnmp_mailbox_push(to, &stop->msg);
}

static void join_threads(struct zsnmp_pool *self, int64_t until_us)
{
    if (self->resolver.started) {
        post_stop(&self->resolver.inbox, &self->resolver.stop, until_us);
    }
    for (uint32_t i = 0; i < self->worker_count; i++) {
        if (self->workers[i].started) {
            post_stop(&self->workers[i].inbox, &self->workers[i].stop, until_us);
        }
    }
    if (self->resolver.started) {
        pthread_join(self->resolver.thread, NULL);
    }
    for (uint32_t i = 0; i < self->worker_count; i++) {
        if (self->workers[i].started) {
            pthread_join(self->workers[i].thread, NULL);
        }
    }
    zsnmp_keys_stop(&self->keys);
}

/*
 * What was on its way into a mailbox when its thread ended: submitters count
 * themselves in before they push, so this waits for the last of them.
 */
static void refuse_stragglers(struct zsnmp_pool *self)
{
    do {
        zsnmp_resolver_clear(&self->resolver);
        for (uint32_t i = 0; i < self->worker_count; i++) {
            struct zsnmp_worker *worker = &self->workers[i];
            if (worker->started) {
                struct zsnmp_msg *backlog = worker->backlog;
                worker->backlog = NULL;
                worker->stopping = true;
                zsnmp_worker_refuse(worker, backlog);
                zsnmp_worker_refuse(worker, zsnmp_mailbox_take(&worker->inbox));
            }
        }
        if (atomic_load(&self->live) == 0) {
            return;
        }
        wait_a_step(self, zsnmp_clock_us() + 1000);
    } while (true);
}

void zsnmp_pool_stop(zsnmp_pool_t *self, uint32_t grace_ms)
{
    int running = ZSNMP_POOL_RUNNING;
    if (!atomic_compare_exchange_strong(&self->state, &running, ZSNMP_POOL_STOPPING)) {
        return;
    }
    join_threads(self, zsnmp_clock_us() + (int64_t)grace_ms * 1000);
    refuse_stragglers(self);
    atomic_store(&self->state, ZSNMP_POOL_STOPPED);
}

void zsnmp_pool_destroy(zsnmp_pool_t **self_p)
{
    struct zsnmp_pool *self = *self_p;
    if (self == NULL) {
        return;
    }
    *self_p = NULL;
    if (self->workers != NULL) {
        zsnmp_pool_stop(self, 0);
        for (uint32_t i = 0; i < self->worker_count; i++) {
            zsnmp_worker_clear(&self->workers[i]);
        }
    }
    zsnmp_mailbox_close(&self->resolver.inbox);
    if (self->idle_fd >= 0) {
        close(self->idle_fd);
    }
    free(self->dns_servers);
    free(self->workers);
    free(self);
}
