/*
 * Devices and their lanes. A lane (our word) is the queue of requests for one
 * device: so many of them run at a time, the others wait their turn, and the
 * devices take turns too. Must never look at all devices or all requests.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

static bool at_address(const void *value, const void *wanted)
{
    const struct zsnmp_device *device = value;
    return zsnmp_addr_equal(&device->addr, wanted);
}

static void remove_device(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    struct zsnmp_session *session;
    zsnmp_breakers_clear(self, device);
    /* A probe may still be out after all who waited for it were cancelled or ran out of time. */
    if (device->probe != NULL) {
        zsnmp_run_land(self, device->probe);
        zsnmp_request_free(device->probe);
    }
    while ((session = device->sessions) != NULL) {
        device->sessions = session->next;
        zsnmp_session_destroy(self, session);
    }
    zsnmp_tcp_close(self, device);
    zsnmp_list_remove(&device->idle);
    zsnmp_order_remove(&self->ready, &device->ready);
    zsnmp_map_remove(&self->by_addr, device->hash, device);
    struct zsnmp_device *last = self->devices[--self->device_count];
    self->devices[device->place] = last;
    last->place = device->place;
    zsnmp_counter_set(&self->counters.devices, self->device_count);
    free(device);
}

static bool has_job(const struct zsnmp_device *device)
{
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        if (s->job) {
            return true;
        }
    }
    return false;
}

/* Lets the device go that has been idle longest. */
static bool evict(struct zsnmp_worker *self)
{
    if (zsnmp_list_empty(&self->idle)) {
        return false;
    }
    struct zsnmp_device *device = ZSNMP_CONTAINER(self->idle.next, struct zsnmp_device, idle);
    if (has_job(device)) { /* it will be idle again when the keys are there */
        zsnmp_list_remove(&device->idle);
        return false;
    }
    remove_device(self, device);
    return true;
}

static bool reserve(struct zsnmp_worker *self)
{
    if (self->device_count < self->device_cap) {
        return true;
    }
    size_t cap = self->device_cap == 0 ? 64 : self->device_cap * 2;
    struct zsnmp_device **devices = realloc(self->devices, cap * sizeof *devices);
    if (devices == NULL) {
        return false;
    }
    self->devices = devices;
    self->device_cap = cap;
    return true;
}

static uint8_t pick_socket(struct zsnmp_worker *self, uint64_t hash, int family)
{
    uint32_t count = family == AF_INET6 ? self->udp6_count : self->udp4_count;
    return (uint8_t)(count == 0 ? 0 : (hash >> 32) % count);
}

/* Devices that this worker should remember at most. */
static size_t share_of(const struct zsnmp_worker *self)
{
    return self->pool->options.devices_max / self->pool->worker_count;
}

static struct zsnmp_device *new_device(struct zsnmp_worker *self, const struct zsnmp_addr *addr,
                                       uint64_t hash)
{
    if (self->device_count >= share_of(self)) {
        (void)evict(self); /* nothing idle: more than asked for, bounded by the requests */
    }
    struct zsnmp_device *device = reserve(self) ? calloc(1, sizeof *device) : NULL;
    if (device == NULL || !zsnmp_map_put(&self->by_addr, hash, device)) {
        free(device);
        return NULL;
    }
    device->addr = *addr;
    device->hash = hash;
    device->socket = pick_socket(self, hash, addr->sa.sa_family);
    zsnmp_list_init(&device->idle);
    zsnmp_list_init(&device->put_off);
    device->place = self->device_count;
    self->devices[self->device_count++] = device;
    device->idle_since_us = self->now_us;
    zsnmp_list_push(&self->idle, &device->idle);
    zsnmp_counter_set(&self->counters.devices, self->device_count);
    return device;
}

struct zsnmp_device *zsnmp_device_find(const struct zsnmp_worker *self,
                                       const struct zsnmp_addr *addr)
{
    return zsnmp_map_get(&self->by_addr, zsnmp_addr_hash(addr, self->seed), at_address, addr);
}

struct zsnmp_device *zsnmp_device_get(struct zsnmp_worker *self, const struct zsnmp_addr *addr)
{
    uint64_t hash = zsnmp_addr_hash(addr, self->seed);
    struct zsnmp_device *device = zsnmp_map_get(&self->by_addr, hash, at_address, addr);
    if (device != NULL) {
        return device;
    }
    /* IPv6 sockets are opened when the first such device is asked for. */
    if (addr->sa.sa_family == AF_INET6 && self->udp6_count == 0 && addr->transport == ZSNMP_UDP &&
        zsnmp_udp_open(self, AF_INET6) != ZSNMP_OK) {
        return NULL;
    }
    return new_device(self, addr, hash);
}

static struct zsnmp_request *first_of(const struct zsnmp_device *device)
{
    struct zsnmp_order_node *first = device->lane.first;
    return first == NULL ? NULL : ZSNMP_CONTAINER(first, struct zsnmp_request, run.turn);
}

/* Whether one more may be under way beside those that are. */
static bool has_room(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                     const struct zsnmp_request *request)
{
    uint32_t window = self->pool->options.device_window;
    uint32_t own = request->device_window;
    return device->running < (own != 0 && own < window ? own : window);
}

/* A device has the place in the line that the first of its lane has, if that can be started. */
static void line_up(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    const struct zsnmp_request *first = first_of(device);
    bool can_start = first != NULL && has_room(self, device, first);
    bool is_there = zsnmp_order_has(&device->ready);
    if (is_there && can_start && device->ready.key == first->run.turn.key) {
        return;
    }
    zsnmp_order_remove(&self->ready, &device->ready);
    if (can_start) {
        zsnmp_order_push(&self->ready, &device->ready, first->run.turn.key);
    }
}

void zsnmp_device_enqueue(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request)
{
    zsnmp_list_remove(&device->idle);
    request->run.state = ZSNMP_RUN_QUEUED;
    zsnmp_order_push(&device->lane, &request->run.turn, zsnmp_turn_take(self, request));
    device->queued++;
    zsnmp_counter_add(&self->counters.requests_queued, 1);
    line_up(self, device);
}

void zsnmp_device_advance(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request, uint64_t turn)
{
    zsnmp_order_remove(&device->lane, &request->run.turn);
    zsnmp_order_push(&device->lane, &request->run.turn, turn);
    line_up(self, device);
}

void zsnmp_device_left_lane(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    device->queued--;
    zsnmp_counter_add(&self->counters.requests_queued, (uint64_t)-1);
}

static void leave_lane(struct zsnmp_worker *self, struct zsnmp_device *device,
                       struct zsnmp_request *request)
{
    zsnmp_order_remove(&device->lane, &request->run.turn);
    zsnmp_device_left_lane(self, device);
}

void zsnmp_device_dequeue(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request)
{
    leave_lane(self, device, request);
    line_up(self, device);
}

void zsnmp_device_touch(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    if (!zsnmp_list_empty(&device->idle)) {
        zsnmp_list_remove(&device->idle);
        zsnmp_list_push(&self->idle, &device->idle);
        device->idle_since_us = self->now_us;
    }
}

void zsnmp_device_settle(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    line_up(self, device);
    if (device->queued == 0 && device->running == 0 && device->paused == 0) {
        zsnmp_list_remove(&device->idle);
        zsnmp_list_push(&self->idle, &device->idle);
        device->idle_since_us = self->now_us;
    }
}

/*
 * What has waited for long is in the cache no more. While one request is started that of the next
 * device but one is fetched, and of the next one what will come behind its first.
 */
static void look_ahead(const struct zsnmp_worker *self)
{
    const struct zsnmp_order_node *next = self->ready.first;
    if (next == NULL) {
        return;
    }
    const struct zsnmp_device *device = ZSNMP_CONTAINER(next, struct zsnmp_device, ready);
    if (device->queued > 1) {
        __builtin_prefetch(device->lane.first->next, 1);
    }
    const struct zsnmp_order_node *second = next->next;
    device = second == NULL ? device : ZSNMP_CONTAINER(second, struct zsnmp_device, ready);
    if (device->queued > 1) {
        zsnmp_run_prefetch(first_of(device));
    }
}

void zsnmp_device_dispatch(struct zsnmp_worker *self)
{
    for (unsigned i = 0; i < ZSNMP_BURST_MAX && self->young_count < self->window; i++) {
        if (self->ready.first == NULL) {
            return;
        }
        struct zsnmp_device *device =
            ZSNMP_CONTAINER(self->ready.first, struct zsnmp_device, ready);
        struct zsnmp_request *request = first_of(device);
        if (request->run.turn.key > self->turn) {
            self->turn = request->run.turn.key;
        }
        leave_lane(self, device, request);
        device->running++;
        if (device->running + device->queued > self->pool->options.device_window) {
            request = zsnmp_bundle_form(self, device, request); /* not all can go out now */
        }
        line_up(self, device);
        look_ahead(self);
        zsnmp_run_start(self, request);
    }
}

/* ---- time ---- */

static uint32_t gap_of(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    uint32_t gap_ms = self->pool->options.device_interval_ms;
    gap_ms = request->device_interval_ms > gap_ms ? request->device_interval_ms : gap_ms;
    return gap_ms * 1000;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t zsnmp_device_free_us(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                             const struct zsnmp_request *request)
{
    return device->sent_us + later(gap_of(self, request), device->sent_gap_us);
}

void zsnmp_device_note_sent(const struct zsnmp_worker *self, struct zsnmp_device *device,
                            const struct zsnmp_request *request)
{
    device->sent_us = self->now_us;
    device->sent_gap_us = gap_of(self, request);
}

/* RFC 6298 section 2, within the bounds of the options. */
int64_t zsnmp_device_rto_us(const struct zsnmp_worker *self, const struct zsnmp_device *device)
{
    if (device->rtt_us == 0) {
        return (int64_t)ZSNMP_TIMEOUT_MS_DEFAULT * 1000;
    }
    int64_t rto = device->rtt_us + 4 * (int64_t)device->rtt_var_us;
    int64_t min = (int64_t)self->pool->options.timeout_min_ms * 1000;
    int64_t max = (int64_t)self->pool->options.timeout_max_ms * 1000;
    rto = rto > min ? rto : min;
    return rto < max ? rto : max;
}

void zsnmp_device_note_rtt(struct zsnmp_device *device, int64_t rtt_us)
{
    int64_t smoothed = device->rtt_us;
    int64_t var = device->rtt_var_us;
    if (smoothed == 0) {
        device->rtt_us = (uint32_t)rtt_us;
        device->rtt_var_us = (uint32_t)rtt_us / 2;
        return;
    }
    int64_t off = rtt_us > smoothed ? rtt_us - smoothed : smoothed - rtt_us;
    device->rtt_var_us = (uint32_t)(var + (off - var) / 4);
    smoothed += (rtt_us - smoothed) / 8;
    device->rtt_us = smoothed > 0 ? (uint32_t)smoothed : 1;
}

void zsnmp_device_reap(struct zsnmp_worker *self)
{
    int64_t limit = (int64_t)self->pool->options.device_idle_ms * 1000;
    for (unsigned i = 0; i < ZSNMP_REAP_STEP && !zsnmp_list_empty(&self->idle); i++) {
        struct zsnmp_device *device = ZSNMP_CONTAINER(self->idle.next, struct zsnmp_device, idle);
        bool surplus = self->device_count > share_of(self);
        bool fresh = self->now_us - device->idle_since_us < limit;
        if ((fresh && !surplus) || !evict(self)) {
            return;
        }
    }
}

void zsnmp_device_clear(struct zsnmp_worker *self)
{
    while (self->device_count > 0) {
        remove_device(self, self->devices[self->device_count - 1]);
    }
    free(self->devices);
    self->devices = NULL;
    self->device_cap = 0;
}

void zsnmp_device_fill_row(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                           struct zsnmp_device_row *row)
{
    *row = (struct zsnmp_device_row){
        .worker = self->index,
        .queued = device->queued,
        .in_flight = device->running,
        .requests = device->requests,
        .timeouts = device->timeouts,
        .failures = device->failures,
        .rtt_us = device->rtt_us,
        .last_seen_us = device->last_seen_us,
        .down_since_us = zsnmp_breaker_since_us(device),
        .changes = device->changes,
        .quirks = device->quirks,
        .get_names = device->get.bad == 0 ? 0 : zsnmp_size_next(&device->get, 1, UINT16_MAX),
        .repetitions =
            device->bulk.good == 0 ? 0 : zsnmp_size_next(&device->bulk, 1, ZSNMP_REPETITIONS_GROWN),
    };
    zsnmp_addr_format(&device->addr, row->peer);
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        row->sessions++;
    }
}
