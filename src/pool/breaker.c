/*
 * Breakers: a device that has not answered so many requests in a row is held to
 * be down. What waits for it is answered at once, what comes is refused, and
 * one cheap probe at growing intervals finds it again. A wrong community looks
 * like a dead device, so there is a breaker for each set of credentials: nobody's
 * mistake takes a device away from the others. Healthy devices have none.
 */
#include <stdlib.h>

#include "pool/inside.h"
#include "pool/worker.h"

#define BREAKERS_MAX 8u /* of one device; who comes later is believed as long as it takes */

struct zsnmp_breaker {
    struct zsnmp_breaker *next; /* of the device */
    uint64_t creds;
    uint32_t failures; /* in a row */
    uint32_t pause_ms; /* before the next probe */
    int64_t failed_us; /* when a failure was counted last */
    int64_t since_us;  /* when it opened */
    bool open;
    struct zsnmp_request *probe; /* while it is open; NULL: no memory for one */
};

static struct zsnmp_breaker *find(const struct zsnmp_worker *self,
                                  const struct zsnmp_device *device,
                                  const struct zsnmp_creds *creds)
{
    uint64_t hash = zsnmp_creds_hash(self->seed, creds);
    struct zsnmp_breaker *at = device->breakers;
    while (at != NULL && at->creds != hash) {
        at = at->next;
    }
    return at;
}

static struct zsnmp_breaker *new_breaker(struct zsnmp_worker *self, struct zsnmp_device *device,
                                         const struct zsnmp_creds *creds)
{
    uint32_t count = 0;
    for (const struct zsnmp_breaker *at = device->breakers; at != NULL; at = at->next) {
        count++;
    }
    struct zsnmp_breaker *breaker = count < BREAKERS_MAX ? calloc(1, sizeof *breaker) : NULL;
    if (breaker != NULL) {
        breaker->creds = zsnmp_creds_hash(self->seed, creds);
        breaker->next = device->breakers;
        device->breakers = breaker;
    }
    return breaker;
}

static void note_down(struct zsnmp_worker *self, struct zsnmp_device *device, bool down)
{
    device->changes++;
    zsnmp_counter_add(&self->counters.breakers_open, down ? 1 : (uint64_t)-1);
    zsnmp_counter_add(down ? &self->counters.breakers_opened : &self->counters.breakers_closed, 1);
}

static void destroy(struct zsnmp_worker *self, struct zsnmp_device *device,
                    struct zsnmp_breaker *breaker)
{
    struct zsnmp_breaker **at = &device->breakers;
    while (*at != breaker) {
        at = &(*at)->next;
    }
    *at = breaker->next;
    if (breaker->open) {
        note_down(self, device, false);
    }
    if (breaker->probe != NULL) {
        zsnmp_run_detach(self, breaker->probe);
        zsnmp_request_free(breaker->probe);
    }
    free(breaker);
}

/* ---- the probe: one GET of sysUpTime.0, one try ---- */

static struct zsnmp_request *new_probe(const struct zsnmp_request *model)
{
    static const uint32_t up_time[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
    struct zsnmp_request *probe = zsnmp_request_alloc(256);
    if (probe == NULL) {
        return NULL;
    }
    if (zsnmp_request_append(probe, up_time, sizeof up_time / sizeof *up_time) == NULL ||
        zsnmp_creds_copy(probe, &model->creds) != ZSNMP_OK) {
        zsnmp_request_free(probe);
        return NULL;
    }
    probe->retries = 0;
    probe->run.device = model->run.device;
    return probe;
}

/* Until the next probe. Never sooner than asked for, and not all devices at the same moment. */
static void rest(struct zsnmp_worker *self, struct zsnmp_breaker *breaker)
{
    struct zsnmp_run *run = &breaker->probe->run;
    int64_t pause_us = (int64_t)breaker->pause_ms * 1000;
    pause_us += (int64_t)(zsnmp_rng_u32(&self->rng) % (uint32_t)(breaker->pause_ms + 1)) * 100;
    uint32_t max = self->pool->options.breaker_max_ms;
    breaker->pause_ms = breaker->pause_ms < max / 2 ? breaker->pause_ms * 2 : max;
    run->state = ZSNMP_RUN_RESTING;
    run->due_us = self->now_us + pause_us;
    if (!zsnmp_heap_set(&self->timers, &run->timer, run->due_us)) {
        /* Without a timer it would rest for ever; so the next request is let through. */
        destroy(self, run->device, breaker);
    }
}

void zsnmp_breaker_probe(struct zsnmp_worker *self, struct zsnmp_request *probe)
{
    probe->reply.count = 0;
    probe->reply.varbinds.len = 0;
    probe->reply.tries = 0;
    probe->run.begun = false;
    int64_t rto_us = zsnmp_device_rto_us(self, probe->run.device);
    probe->timeout_ms = rto_us > 1000000 ? (uint32_t)(rto_us / 1000) : 1000;
    ZSNMP_COUNT(self, breaker_probes);
    zsnmp_run_start(self, probe);
}

void zsnmp_breaker_probed(struct zsnmp_worker *self, struct zsnmp_request *probe, zsnmp_err_t err)
{
    struct zsnmp_breaker *breaker = probe->run.breaker;
    switch (err) {
    case ZSNMP_E_TIMEOUT:
    case ZSNMP_E_UNREACHABLE:
    case ZSNMP_E_SEND_FAILED:
    case ZSNMP_E_QUEUE_FULL:
    case ZSNMP_E_INTERNAL:
        rest(self, breaker);
        break;
    case ZSNMP_E_SHUTTING_DOWN:
        probe->run.state = ZSNMP_RUN_RESTING;
        break;
    default: /* whatever else it says: it is there */
        destroy(self, probe->run.device, breaker);
        break;
    }
}

/* ---- what requests tell ---- */

/* What waits for the device with these credentials is answered at once. */
static void flush(struct zsnmp_worker *self, struct zsnmp_device *device, uint64_t creds)
{
    struct zsnmp_order kept = {0};
    struct zsnmp_list down;
    struct zsnmp_order_node *node;
    struct zsnmp_list *link;
    zsnmp_list_init(&down);
    while ((node = zsnmp_order_pop(&device->lane)) != NULL) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(node, struct zsnmp_request, run.turn);
        if (zsnmp_creds_hash(self->seed, &request->creds) == creds) {
            zsnmp_list_push(&down, &request->run.link);
        } else {
            zsnmp_order_push(&kept, node, node->key);
        }
    }
    device->lane = kept;
    while ((link = zsnmp_list_pop(&down)) != NULL) {
        zsnmp_run_finish(self, ZSNMP_CONTAINER(link, struct zsnmp_request, run.link),
                         ZSNMP_E_DEVICE_DOWN);
    }
}

static void open_breaker(struct zsnmp_worker *self, struct zsnmp_breaker *breaker,
                         const struct zsnmp_request *request)
{
    struct zsnmp_request *probe = new_probe(request);
    if (probe == NULL) { /* it could not be found again: better to go on asking it */
        return;
    }
    breaker->open = true;
    breaker->since_us = self->now_us;
    breaker->pause_ms = self->pool->options.breaker_min_ms;
    breaker->probe = probe;
    probe->run.breaker = breaker;
    note_down(self, request->run.device, true);
    rest(self, breaker);
}

void zsnmp_breaker_failed(struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    uint32_t limit = self->pool->options.breaker_failures;
    /* Who is less patient than the device is slow has learned nothing about it. */
    bool hard = self->now_us - request->run.began_us >= zsnmp_device_rto_us(self, device);
    if (limit == 0 || !hard) {
        return;
    }
    struct zsnmp_breaker *breaker = find(self, device, &request->creds);
    if (breaker == NULL) {
        breaker = new_breaker(self, device, &request->creds);
    }
    /* Those that were under way together are one failure. */
    if (breaker == NULL || breaker->open || request->run.began_us < breaker->failed_us) {
        return;
    }
    breaker->failed_us = self->now_us;
    if (++breaker->failures < limit) {
        return;
    }
    uint64_t creds = breaker->creds;
    open_breaker(self, breaker, request);
    flush(self, device, creds);
}

void zsnmp_breaker_answered(struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    struct zsnmp_breaker *breaker =
        device->breakers == NULL ? NULL : find(self, device, &request->creds);
    if (breaker != NULL) {
        destroy(self, device, breaker);
    }
}

bool zsnmp_breaker_holds(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                         const struct zsnmp_request *request)
{
    const struct zsnmp_breaker *breaker =
        device->breakers == NULL ? NULL : find(self, device, &request->creds);
    return breaker != NULL && breaker->open;
}

void zsnmp_breakers_clear(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    while (device->breakers != NULL) {
        destroy(self, device, device->breakers);
    }
}

int64_t zsnmp_breaker_since_us(const struct zsnmp_device *device)
{
    int64_t since_us = 0;
    for (const struct zsnmp_breaker *at = device->breakers; at != NULL; at = at->next) {
        if (at->open && (since_us == 0 || at->since_us < since_us)) {
            since_us = at->since_us;
        }
    }
    return since_us;
}
