/*
 * Stands in for the engine's clock, random numbers, UDP and TCP: linked in their place, so that the
 * engine has no seams for it. Everything comes from the seed and from nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "world.h"

/* ---- chance: splitmix64 ---- */

uint64_t chance_next(struct chance *self)
{
    uint64_t z = self->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t chance_below(struct chance *self, uint32_t n)
{
    return (uint32_t)((chance_next(self) >> 32) * n >> 32);
}

int64_t chance_between(struct chance *self, int64_t low, int64_t high)
{
    return low + (int64_t)(chance_next(self) % (uint64_t)(high - low + 1));
}

bool chance_hits(struct chance *self, uint32_t percent)
{
    return chance_below(self, 100) < percent;
}

/* ---- clock and random numbers of the engine ---- */

int64_t zsnmp_clock_us(void)
{
    return world.now_us;
}

static struct chance engine_chance;

/* Of each worker, when it is made: from the seed of the world. */
void zsnmp_rng_init(struct zsnmp_rng *self)
{
    self->left = 0;
    engine_chance.state = world.seed ^ UINT64_C(0x5bf03635f0a31e2d);
}

uint64_t zsnmp_rng_u64(struct zsnmp_rng *self)
{
    (void)self;
    return chance_next(&engine_chance);
}

uint32_t zsnmp_rng_u32(struct zsnmp_rng *self)
{
    return (uint32_t)(zsnmp_rng_u64(self) >> 32);
}

/* ---- … and of net-snmp, which draws ids from here, many at a time ---- */

extern long snmp_get_next_msgid(void);
int RAND_bytes(unsigned char *bytes, int count);

static bool drawn;

int RAND_bytes(unsigned char *bytes, int count)
{
    drawn = true;
    for (int i = 0; i < count; i++) {
        bytes[i] = (unsigned char)chance_next(&engine_chance);
    }
    return 1;
}

void network_reset(void)
{
    for (drawn = false; !drawn;) { /* what is left of the world before */
        (void)snmp_get_next_msgid();
    }
}

/* ---- events ---- */

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}

struct event *event_new(int kind, int64_t at_us, const void *data, size_t len)
{
    struct event *event = calloc(1, sizeof *event + len);
    if (event == NULL) {
        abort();
    }
    event->kind = kind;
    event->at_us = at_us;
    event->len = len;
    if (len > 0) {
        memcpy(event->data, data, len);
    }
    return event;
}

void event_add(struct event *event)
{
    if (world.event_count == world.event_cap) {
        world.event_cap = world.event_cap == 0 ? 256 : 2 * world.event_cap;
        world.events = realloc(world.events, world.event_cap * sizeof(struct event *));
        if (world.events == NULL) {
            abort();
        }
    }
    event->order = world.event_order++;
    size_t at = world.event_count++;
    while (at > 0 && is_before(event, world.events[(at - 1) / 2])) {
        world.events[at] = world.events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    world.events[at] = event;
}

int64_t event_first_us(void)
{
    return world.event_count == 0 ? INT64_MAX : world.events[0]->at_us;
}

struct event *event_take(int64_t until_us)
{
    if (world.event_count == 0 || event_first_us() > until_us) {
        return NULL;
    }
    struct event *first = world.events[0];
    struct event *last = world.events[--world.event_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < world.event_count &&
            is_before(world.events[child + 1], world.events[child])) {
            child++;
        }
        if (child >= world.event_count || !is_before(world.events[child], last)) {
            break;
        }
        world.events[at] = world.events[child];
        at = child;
    }
    world.events[at] = last;
    return first;
}

/* ---- packets ---- */

static int64_t arrival_us(const struct device *device)
{
    int64_t delay = device->delay_us;
    if (device->jitter_us > 0) {
        delay += chance_between(&world.chance, 0, device->jitter_us);
    }
    return world.now_us + delay;
}

static bool is_silent(const struct device *device)
{
    return world.now_us >= device->dies_us && world.now_us < device->returns_us;
}

static void carry(struct device *device, size_t socket, const uint8_t *data, size_t len)
{
    bool sure = device->addr.transport == ZSNMP_TCP;
    uint32_t copies = sure || !chance_hits(&world.chance, device->doubles) ? 1 : 2;
    for (uint32_t i = 0; i < copies; i++) {
        if (is_silent(device) || (!sure && chance_hits(&world.chance, device->loss))) {
            world_note("lost on the way to device %u", device->number);
            continue;
        }
        struct event *event = event_new(EVENT_TO_AGENT, arrival_us(device), data, len);
        event->device = device;
        event->socket = socket;
        event_add(event);
    }
}

void network_reply(struct device *device, const struct zsnmp_addr *from, size_t socket,
                   const uint8_t *data, size_t len, bool forged)
{
    bool sure = device->addr.transport == ZSNMP_TCP;
    uint32_t copies = sure || !chance_hits(&world.chance, device->doubles) ? 1 : 2;
    for (uint32_t i = 0; i < copies; i++) {
        if (!sure && chance_hits(&world.chance, device->loss)) {
            world_note("lost on the way from device %u", device->number);
            continue;
        }
        struct event *event = event_new(EVENT_TO_WORKER, arrival_us(device), data, len);
        event->device = device;
        event->from = *from;
        event->socket = socket;
        event->forged = forged;
        event_add(event);
    }
}

/* ---- udp.c ---- */

zsnmp_err_t zsnmp_udp_open(struct zsnmp_worker *self, int family)
{
    uint32_t *count = family == AF_INET6 ? &self->udp6_count : &self->udp4_count;
    *count = self->pool->options.sockets;
    return ZSNMP_OK;
}

void zsnmp_udp_close(struct zsnmp_worker *self)
{
    self->udp4_count = self->udp6_count = 0;
}

struct zsnmp_unsent *zsnmp_unsent_new(const struct zsnmp_addr *to, int32_t id, const uint8_t *data,
                                      size_t len)
{
    struct zsnmp_unsent *unsent = calloc(1, sizeof *unsent + len);
    if (unsent == NULL) {
        abort();
    }
    unsent->to = *to;
    unsent->id = id;
    unsent->len = len;
    if (len > 0) {
        memcpy(unsent->data, data, len);
    }
    zsnmp_list_init(&unsent->link);
    return unsent;
}

void zsnmp_udp_send(struct zsnmp_worker *self, struct zsnmp_device *to, int32_t id,
                    const uint8_t *data, size_t len)
{
    struct device *device = world_device(&to->addr);
    check_memory(to);
    if (chance_hits(&world.chance, device->refusals)) {
        struct zsnmp_unsent *refused = zsnmp_unsent_new(&to->addr, id, NULL, 0);
        refused->err = ZSNMP_E_UNREACHABLE;
        zsnmp_list_push(&world.refused, &refused->link);
        world_note("refused to send to device %u", device->number);
        return;
    }
    check_send(to, id, data, len);
    ZSNMP_COUNT(self, packets_sent);
    carry(device, to->socket, data, len);
}

static bool asks(const void *value, const void *wanted)
{
    const struct zsnmp_request *request = value;
    return zsnmp_addr_equal(&request->run.device->addr, wanted);
}

void zsnmp_udp_push(struct zsnmp_worker *self)
{
    struct zsnmp_list *node;
    while ((node = zsnmp_list_pop(&world.refused)) != NULL) {
        struct zsnmp_unsent *refused = ZSNMP_CONTAINER(node, struct zsnmp_unsent, link);
        struct zsnmp_request *request = zsnmp_ids_find(self, refused->id, asks, &refused->to);
        if (request != NULL) {
            zsnmp_run_unsent(self, request, refused->err);
        }
        free(refused);
    }
}

void zsnmp_udp_receive(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    (void)self;
    (void)udp;
}

void zsnmp_udp_flush(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    (void)self;
    (void)udp;
}

uint64_t zsnmp_udp_drops(const struct zsnmp_worker *self)
{
    (void)self;
    return 0;
}

/* ---- tcp.c ---- */

zsnmp_err_t zsnmp_tcp_send(struct zsnmp_worker *self, struct zsnmp_device *to, int32_t id,
                           const uint8_t *data, size_t len)
{
    struct device *device = world_device(&to->addr);
    check_memory(to);
    to->tcp_refused = chance_hits(&world.chance, device->refusals);
    if (to->tcp_refused) {
        return ZSNMP_E_UNREACHABLE;
    }
    check_send(to, id, data, len);
    ZSNMP_COUNT(self, packets_sent);
    carry(device, to->socket, data, len);
    zsnmp_run_note_out(self, to, id);
    return ZSNMP_OK;
}

void zsnmp_tcp_poll(struct zsnmp_worker *self)
{
    (void)self;
}

void zsnmp_tcp_close(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    (void)self;
    (void)device;
}
