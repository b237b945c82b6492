/*
 * A world: drawn from a seed, run by its own clock, looked at all the while.
 */
#include "world.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_US 1000
#define SECOND_US 1000000
#define BEGINNING_US (1000 * (int64_t)SECOND_US)

struct world world;

/* ---- telling ---- */

void world_note(const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t bytes = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    world.digest = zsnmp_hash(world.digest ^ (uint64_t)world.now_us, text, bytes);
    if (world.trace) {
        printf("%10.3f ms  %s\n", (double)(world.now_us - BEGINNING_US) / MS_US, text);
    }
}

void world_fail(const char *format, ...)
{
    va_list args;
    if (world.failed) {
        return;
    }
    world.failed = true;
    va_start(args, format);
    vsnprintf(world.failure, sizeof world.failure, format, args);
    va_end(args);
    world_note("FAILED: %s", world.failure);
}

/* ---- drawing ---- */

static uint32_t below(uint32_t n)
{
    return chance_below(&world.chance, n);
}

static bool hits(uint32_t percent)
{
    return chance_hits(&world.chance, percent);
}

static void draw_options(zsnmp_pool_options_t *options)
{
    zsnmp_pool_options_init(options);
    options->workers = 1;
    options->sockets = 1 + below(4);
    options->window = hits(80) ? 1000 : 1 + below(6);
    options->queue_max = hits(90) ? 1000 : 1 + below(40);
    options->device_window = hits(50) ? 4 : 1 + below(8);
    options->device_queue_max = hits(80) ? 1000 : 1 + below(10);
    options->device_interval_ms = hits(75) ? 0 : 1 + below(200);
    options->merge_ms = hits(40) ? 1000 : hits(50) ? 0 : 1 + below(5000);
    options->timeout_min_ms = 1 + below(500);
    options->timeout_max_ms = options->timeout_min_ms + below(5000);
    options->breaker_failures = hits(20) ? 0 : 1 + below(4);
    options->breaker_min_ms = 1 + below(5000);
    options->breaker_max_ms = options->breaker_min_ms + below(60000);
    options->devices_max = hits(70) ? 1000 : 1 + below(4);
    options->device_idle_ms = hits(70) ? 600000 : 1 + below(3000);
    options->walk_repetitions = 1 + below(50);
    options->reply_max = hits(95) ? 1u << 20 : 65536;
    options->memory_max = hits(92) ? 0 : 20000 + below(hits(50) ? 100000 : 1000000);
}

static void draw_address(struct device *self)
{
    char text[INET6_ADDRSTRLEN + 16];
    struct zsnmp_peer peer;
    bool tcp = hits(10);
    bool six = hits(15);
    snprintf(text, sizeof text, six ? "%s:[fd00::%u]:%u" : "%s:10.0.0.%u:%u",
             tcp ? (six ? "tcp6" : "tcp") : (six ? "udp6" : "udp"), self->number % 3 + 1,
             161 + self->number);
    if (!zsnmp_peer_parse(text, strlen(text), &peer) || !peer.numeric) {
        abort();
    }
    self->addr = peer.addr;
    snprintf(self->peer, sizeof self->peer, "%s", text);
}

static void draw_way(struct device *self)
{
    self->delay_us = hits(70) ? below(5000) : below(hits(70) ? 100000 : 2000000);
    self->jitter_us = hits(50) ? 0 : below(200000);
    self->loss = hits(65) ? 0 : below(60);
    self->doubles = hits(80) ? 0 : below(60);
    self->refusals = hits(92) ? 0 : below(40);
    self->dies_us = self->returns_us = INT64_MAX;
    if (hits(15)) {
        self->dies_us = 0;
    } else if (hits(20)) {
        self->dies_us = chance_between(&world.chance, BEGINNING_US, world.horizon_us);
        self->returns_us =
            hits(30) ? INT64_MAX : chance_between(&world.chance, self->dies_us, world.horizon_us);
    }
}

static void draw_limits(struct device *self)
{
    self->speaks_v3 = hits(70);
    self->engine_us = hits(70) ? 0 : 1 + below(hits(50) ? SECOND_US : 20 * SECOND_US);
    self->version = hits(25) ? ZSNMP_V1 : hits(20) ? ZSNMP_V3 : ZSNMP_V2C;
    self->names_max = hits(75) ? 0 : 1 + below(8);
    self->names_mute = hits(90) ? 0 : 1 + below(8);
    self->bulk_max = hits(75) ? 0 : 1 + below(30);
    self->bulk_mute = hits(85) ? 0 : 1 + below(30);
    self->bulk_rows = hits(70) ? 0 : 1 + below(20);
    self->cramped = hits(3);
    if (hits(5)) { /* no GETBULK at all: it needs at least one repetition */
        self->bulk_mute = 0;
        self->bulk_max = 0;
        self->no_bulk = true;
    }
}

static void draw_character(struct device *self)
{
    if (hits(25)) {
        self->lies = 1 + below((1u << LIE_COUNT) - 1);
        self->lies_percent = hits(30) ? 100 : 1 + below(60);
    }
    if (hits(25) && self->addr.transport == ZSNMP_UDP) {
        self->noise = 1 + below((1u << NOISE_COUNT) - 1);
        self->noise_percent = 1 + below(100);
    }
}

bool device_is_healthy(const struct device *self)
{
    return self->lies == 0 && self->loss == 0 && self->refusals == 0 && self->names_mute == 0 &&
           self->bulk_mute == 0 && !self->no_bulk && self->dies_us == INT64_MAX &&
           2 * (self->delay_us + self->jitter_us) < 40 * MS_US;
}

static void draw_device(struct device *self, uint32_t number)
{
    self->number = number;
    if (self->rows == NULL) { /* kept from world to world */
        self->rows = calloc(WORLD_ROWS_MAX, sizeof *self->rows);
    }
    if (self->rows == NULL) {
        abort();
    }
    draw_address(self);
    draw_way(self);
    draw_limits(self);
    draw_character(self);
    mib_draw(self);
    world_note("device %u is %s: delay %lld us, loss %u%%, lies %x, noise %x, names %u/%u, "
               "bulk %u/%u/%u",
               number, self->peer, (long long)self->delay_us, self->loss, self->lies, self->noise,
               self->names_max, self->names_mute, self->bulk_max, self->bulk_mute, self->bulk_rows);
}

static void draw_clients(void)
{
    uint32_t count = 3 + below(hits(80) ? 60 : 250);
    world.to_come = count;
    for (uint32_t i = 0; i < count; i++) {
        int64_t at_us = chance_between(&world.chance, BEGINNING_US, world.horizon_us);
        event_add(event_new(EVENT_SUBMIT, at_us, NULL, 0));
    }
    for (uint32_t i = below(10); i > 0; i--) {
        int64_t at_us = chance_between(&world.chance, BEGINNING_US, world.horizon_us);
        event_add(event_new(hits(70) ? EVENT_CANCEL : EVENT_SURVEY, at_us, NULL, 0));
    }
    if (hits(50)) {
        int64_t at_us =
            chance_between(&world.chance, BEGINNING_US, 2 * world.horizon_us - BEGINNING_US);
        event_add(event_new(EVENT_STOP, at_us, NULL, 0));
    }
    world.grace_ms = hits(50) ? 0 : below(6000);
}

void world_draw(void)
{
    zsnmp_pool_options_t options;
    draw_options(&options);
    world.pool.options = options;
    network_reset();
    world.worker->window = options.window;
    world.horizon_us =
        BEGINNING_US + (hits(50) ? below(SECOND_US) : below(60) * (int64_t)SECOND_US) + 1;
    world.strict_credentials = hits(50);
    world.lag_us = hits(60) ? 100 : below(20000);
    world.stall_us = hits(85) ? 0 : below(600000);
    world.narrow = hits(15);
    world.device_count = 1 + below(world.narrow ? 2 : WORLD_DEVICES_MAX);
    for (uint32_t i = 0; i < world.device_count; i++) {
        draw_device(&world.devices[i], i);
    }
    draw_clients();
}

/* ---- life ---- */

static void open_pool(const zsnmp_pool_options_t *options)
{
    struct zsnmp_pool *pool = &world.pool;
    zsnmp_snmp_init();
    pool->options = *options;
    pool->worker_count = 1;
    pool->idle_fd = -1;
    pool->workers = world.worker = calloc(1, sizeof *pool->workers);
    if (world.worker == NULL || !zsnmp_mailbox_init(&pool->resolver.inbox) ||
        !zsnmp_mailbox_init(&pool->keys.inbox) || !zsnmp_mailbox_init(&world.mail) ||
        zsnmp_worker_init(world.worker, pool, 0) != ZSNMP_OK ||
        zsnmp_udp_open(world.worker, AF_INET) != ZSNMP_OK) {
        abort();
    }
    world.worker->window = options->window != 0 ? options->window : ZSNMP_WINDOW_MAX;
}

void world_open(uint64_t seed, const zsnmp_pool_options_t *options)
{
    static struct ticket tickets[WORLD_TICKETS_MAX];
    struct row *rows[WORLD_DEVICES_MAX];
    bool trace = world.trace;
    for (uint32_t i = 0; i < WORLD_DEVICES_MAX; i++) {
        rows[i] = world.devices[i].rows;
    }
    memset(&world, 0, sizeof world);
    for (uint32_t i = 0; i < WORLD_DEVICES_MAX; i++) {
        world.devices[i].rows = rows[i];
    }
    world.seed = seed;
    world.chance.state = seed * UINT64_C(0x2545f4914f6cdd1d);
    world.trace = trace;
    world.now_us = BEGINNING_US;
    world.tickets = tickets;
    world.agent = agent_receive;
    world.judge = truth_check;
    zsnmp_list_init(&world.refused);
    open_pool(options);
}

void world_close(void)
{
    struct event *event;
    struct zsnmp_list *node;
    zsnmp_worker_clear(world.worker);
    while ((event = event_take(INT64_MAX)) != NULL) {
        free(event->what);
        free(event);
    }
    while ((node = zsnmp_list_pop(&world.refused)) != NULL) {
        free(ZSNMP_CONTAINER(node, struct zsnmp_unsent, link));
    }
    free(world.events);
    free(world.worker);
    zsnmp_mailbox_close(&world.pool.resolver.inbox);
    zsnmp_mailbox_close(&world.pool.keys.inbox);
    zsnmp_mailbox_close(&world.mail);
}

/* ---- other threads of the pool ---- */

static struct zsnmp_msg *take_from(struct zsnmp_mailbox *mailbox)
{
    return atomic_load(&mailbox->head) == NULL ? NULL : zsnmp_mailbox_take(mailbox);
}

/* No name is ever asked for: what comes to the resolver are cancels. */
static void run_resolver(void)
{
    struct zsnmp_msg *msg = take_from(&world.pool.resolver.inbox);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        zsnmp_pool_forward_cancel(&world.pool, (struct zsnmp_cancel *)msg, -1);
        msg = next;
    }
}

static void run_keys(void)
{
    struct zsnmp_msg *msg = take_from(&world.pool.keys.inbox);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        struct event *event = event_new(EVENT_KEYS, world.now_us + below(50000), NULL, 0);
        event->what = msg;
        event_add(event);
        msg = next;
    }
}

static void hand_keys_back(struct zsnmp_key_job *job)
{
    job->err = hits(10) ? ZSNMP_E_BAD_KEY : ZSNMP_OK;
    job->auth.len = (uint8_t)zsnmp_auth_key_len((uint8_t)job->proto);
    memset(job->auth.bytes, 7, job->auth.len);
    zsnmp_mailbox_push(job->reply_to, &job->msg);
}

/* ---- running ---- */

static void stop(void)
{
    if (world.stopped) {
        return;
    }
    world.stopped = true;
    world_note("stop, %u ms of grace", world.grace_ms);
    atomic_store(&world.pool.state, ZSNMP_POOL_STOPPING);
    world.worker->stop.until_us = world.now_us + (int64_t)world.grace_ms * MS_US;
    zsnmp_mailbox_push(&world.worker->inbox, &world.worker->stop.msg);
}

static void arrive(struct event *event)
{
    if (world.arrived_count < sizeof world.arrived / sizeof *world.arrived) {
        world.arrived[world.arrived_count++] = event;
    } else {
        free(event); /* the buffer is full */
    }
}

static void happen(struct event *event)
{
    world.now_us = event->at_us > world.now_us ? event->at_us : world.now_us;
    switch (event->kind) {
    case EVENT_TO_AGENT:
        world.agent(event->device, event->data, event->len, event->socket);
        break;
    case EVENT_SUBMIT:
        world.to_come--;
        client_submit();
        break;
    case EVENT_CANCEL:
        client_cancel();
        break;
    case EVENT_SURVEY:
        client_survey();
        break;
    case EVENT_KEYS:
        hand_keys_back(event->what);
        break;
    case EVENT_MORE:
        parts_give_back(event->what);
        break;
    case EVENT_STOP:
        stop();
        break;
    default:
        arrive(event);
        return;
    }
    free(event);
}

/* What nobody asked for changes nothing, and causes no packet. */
static void receive(struct event *event)
{
    struct zsnmp_worker *worker = world.worker;
    const struct zsnmp_list *last = worker->done.prev;
    uint64_t sent = atomic_load(&worker->counters.packets_sent);
    world_note("from device %u: %zu bytes%s", event->device->number, event->len,
               event->forged ? ", forged" : "");
    struct zsnmp_datagram datagram = {
        .from = &event->from, .socket = event->socket, .data = event->data, .len = event->len};
    zsnmp_run_look(worker, &datagram);
    zsnmp_run_receive(worker, &datagram);
    MUST(!event->forged ||
             (last == worker->done.prev && sent == atomic_load(&worker->counters.packets_sent)),
         "a message that was forged, cut or malformed was taken");
    free(event);
}

static void receive_all(void)
{
    size_t count = world.arrived_count;
    for (size_t i = 0; i < count; i++) {
        receive(world.arrived[i]);
    }
    world.arrived_count = 0;
}

static int64_t lag(void)
{
    bool stalls = world.stall_us > 0 && hits(2);
    int64_t most_us = stalls ? world.stall_us : world.lag_us;
    return most_us == 0 ? 0 : chance_between(&world.chance, 0, most_us);
}

/* As the thread's poll would: whole milliseconds, or until something comes. */
static int64_t next_wake_us(void)
{
    const struct zsnmp_worker *worker = world.worker;
    int64_t due_us = zsnmp_round_next_us(worker);
    int64_t wait_us = due_us <= worker->now_us ? 0 : (due_us - worker->now_us + 999) / 1000 * 1000;
    int64_t wake_us = worker->now_us + wait_us;
    int64_t first_us = event_first_us();
    if (atomic_load(&world.worker->inbox.head) != NULL || world.arrived_count > 0) {
        wake_us = world.now_us;
    }
    wake_us = first_us < wake_us ? first_us : wake_us;
    return (wake_us > world.now_us ? wake_us : world.now_us) + lag();
}

/* false: the worker has come to its end. */
static bool turn(void)
{
    struct zsnmp_worker *worker = world.worker;
    int64_t wake_us = next_wake_us();
    struct event *event;
    while ((event = event_take(wake_us)) != NULL) {
        happen(event);
    }
    run_resolver();
    run_keys();
    world.now_us = worker->now_us = worker->woke_us = wake_us;
    receive_all();
    zsnmp_udp_push(worker);
    zsnmp_round_run(worker);
    check_round();
    client_read_mail();
    return !zsnmp_round_was_last(worker);
}

static bool is_quiet(void)
{
    return world.to_come == 0 && world.live_count == 0 && world.cancels == 0 &&
           world.surveys == 0 && world.now_us >= world.horizon_us;
}

/* What the pool does when its threads have ended. */
static void refuse_stragglers(void)
{
    struct event *event;
    atomic_store(&world.pool.state, ZSNMP_POOL_STOPPED);
    while ((event = event_take(INT64_MAX)) != NULL) {
        if (event->kind == EVENT_KEYS) {
            hand_keys_back(event->what);
        } else if (event->kind == EVENT_MORE) {
            parts_give_back(event->what);
        }
        free(event);
    }
    for (size_t i = 0; i < world.arrived_count; i++) {
        free(world.arrived[i]);
    }
    world.arrived_count = 0;
    struct zsnmp_msg *keys = take_from(&world.pool.keys.inbox);
    while (keys != NULL) {
        struct zsnmp_msg *next = keys->next;
        hand_keys_back((struct zsnmp_key_job *)keys);
        keys = next;
    }
    run_resolver();
    struct zsnmp_msg *backlog = world.worker->backlog;
    world.worker->backlog = NULL;
    zsnmp_worker_refuse(world.worker, backlog);
    zsnmp_worker_refuse(world.worker, take_from(&world.worker->inbox));
    client_read_mail();
}

void world_run(void)
{
    bool goes_on = true;
    while (goes_on && world.rounds < WORLD_ROUNDS_MAX && !world.failed) {
        world.rounds++;
        goes_on = turn();
        if (is_quiet()) {
            stop();
        }
        MUST(world.now_us - BEGINNING_US < WORLD_HOURS_MAX * INT64_C(3600) * SECOND_US,
             "it does not end: %u requests after %d hours", world.live_count, WORLD_HOURS_MAX);
    }
    MUST(world.rounds < WORLD_ROUNDS_MAX, "it does not end: %u requests after %u rounds",
         world.live_count, world.rounds);
    if (world.failed) { /* it may be in any state: only so that nothing leaks */
        zsnmp_run_abort_all(world.worker);
        zsnmp_pool_complete(&world.pool, &world.worker->done);
        world.worker->stopping = true;
    }
    refuse_stragglers();
    check_end();
}
