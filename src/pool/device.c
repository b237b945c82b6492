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
    zsnmp_list_remove(&device->ready);
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
    zsnmp_list_init(&device->ready);
    zsnmp_list_init(&device->lane);
    device->place = self->device_count;
    self->devices[self->device_count++] = device;
    device->idle_since_us = self->now_us;
    zsnmp_list_push(&self->idle, &device->idle);
    zsnmp_counter_set(&self->counters.devices, self->device_count);
    return device;
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

static void make_ready(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    bool can_send = device->queued > 0 && device->running < self->pool->options.device_window;
    if (can_send && zsnmp_list_empty(&device->ready)) {
        zsnmp_list_push(&self->ready, &device->ready);
    }
}

void zsnmp_device_enqueue(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request)
{
    zsnmp_list_remove(&device->idle);
    request->run.device = device;
    request->run.state = ZSNMP_RUN_QUEUED;
    zsnmp_list_push(&device->lane, &request->run.link);
    device->queued++;
    device->requests++;
    make_ready(self, device);
}

void zsnmp_device_settle(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    if (device->queued > 0) {
        make_ready(self, device);
    } else if (device->running == 0) {
        zsnmp_list_remove(&device->ready);
        zsnmp_list_remove(&device->idle);
        zsnmp_list_push(&self->idle, &device->idle);
        device->idle_since_us = self->now_us;
    }
}

void zsnmp_device_dispatch(struct zsnmp_worker *self)
{
    for (unsigned i = 0; i < ZSNMP_BURST_MAX && self->young_count < self->window; i++) {
        struct zsnmp_list *node = zsnmp_list_pop(&self->ready);
        if (node == NULL) {
            return;
        }
        struct zsnmp_device *device = ZSNMP_CONTAINER(node, struct zsnmp_device, ready);
        struct zsnmp_list *first = zsnmp_list_pop(&device->lane);
        if (first == NULL) { /* what waited was cancelled or ran into its deadline */
            continue;
        }
        device->queued--;
        device->running++;
        make_ready(self, device); /* behind the others */
        zsnmp_run_start(self, ZSNMP_CONTAINER(first, struct zsnmp_request, run.link));
    }
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
    };
    zsnmp_addr_format(&device->addr, row->peer);
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        row->sessions++;
    }
}
