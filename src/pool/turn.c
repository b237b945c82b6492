/*
 * Whose turn it is. Requests that wait have a place in one line, by start-time
 * fair queueing: a client's next request comes one step behind its last, and
 * never before the point that the line has come to. So a client that submits a
 * hundred thousand at once does not delay one that submits a single one. A step
 * is 2^priority: of two that never stop asking, one of priority 0 has sixteen
 * requests started for each of priority 4, and nobody starves.
 */
#include <stdlib.h>

#include "pool/inside.h"
#include "pool/worker.h"

#define FLOWS_MIN 64u /* before those that have caught up are looked for */

/* How far one client is ahead of the line, by priority. */
struct zsnmp_flow {
    const void *owner;
    uint64_t last[ZSNMP_PRIORITY_MAX + 1];
};

static bool is_of(const void *value, const void *owner)
{
    return ((const struct zsnmp_flow *)value)->owner == owner;
}

static uint64_t hash_of(const struct zsnmp_worker *self, const void *owner)
{
    return zsnmp_hash(self->seed, &owner, sizeof owner);
}

/* A flow that the line has come up with says nothing any more. */
static bool is_ahead(const struct zsnmp_worker *self, const struct zsnmp_flow *flow)
{
    for (size_t i = 0; i <= ZSNMP_PRIORITY_MAX; i++) {
        if (flow->last[i] > self->turn) {
            return true;
        }
    }
    return false;
}

/* Forgets flows that are not ahead. Without memory for it all stay. */
static void sweep(struct zsnmp_worker *self)
{
    struct zsnmp_map kept;
    bool ok = true;
    zsnmp_map_init(&kept);
    for (size_t i = 0; i < self->flows.cap && ok; i++) {
        struct zsnmp_flow *flow = self->flows.slots[i].value;
        if (flow != NULL && is_ahead(self, flow)) {
            ok = zsnmp_map_put(&kept, self->flows.slots[i].key, flow);
        }
    }
    if (!ok) {
        zsnmp_map_clear(&kept);
        return;
    }
    for (size_t i = 0; i < self->flows.cap; i++) {
        struct zsnmp_flow *flow = self->flows.slots[i].value;
        if (flow != NULL && !is_ahead(self, flow)) {
            free(flow);
        }
    }
    zsnmp_map_clear(&self->flows);
    self->flows = kept;
    self->flow = NULL;
}

static struct zsnmp_flow *new_flow(struct zsnmp_worker *self, const void *owner, uint64_t hash)
{
    if (self->flows.len >= self->flows_sweep) {
        sweep(self);
        self->flows_sweep = FLOWS_MIN + 2 * self->flows.len;
    }
    struct zsnmp_flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL || !zsnmp_map_put(&self->flows, hash, flow)) {
        free(flow);
        return NULL;
    }
    flow->owner = owner;
    return flow;
}

static struct zsnmp_flow *find(struct zsnmp_worker *self, const void *owner)
{
    if (self->flow == NULL || self->flow->owner != owner) {
        uint64_t hash = hash_of(self, owner);
        struct zsnmp_flow *flow = zsnmp_map_get(&self->flows, hash, is_of, owner);
        self->flow = flow != NULL ? flow : new_flow(self, owner, hash);
    }
    return self->flow;
}

uint64_t zsnmp_turn_take(struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    struct zsnmp_flow *flow = find(self, request->owner);
    uint64_t step = UINT64_C(1) << request->priority;
    if (flow == NULL) { /* no memory: as if it were the client's first */
        return self->turn + step;
    }
    uint64_t *last = &flow->last[request->priority];
    *last = (*last > self->turn ? *last : self->turn) + step;
    return *last;
}

void zsnmp_turns_clear(struct zsnmp_worker *self)
{
    for (size_t i = 0; i < self->flows.cap; i++) {
        free(self->flows.slots[i].value);
    }
    zsnmp_map_clear(&self->flows);
    self->flow = NULL;
}
