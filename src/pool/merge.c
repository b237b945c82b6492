/*
 * Merging: a read that asks a device for the very same as one that waits or is
 * under way does not go out. It joins that one, and gets a copy of its answer.
 * What it gets is never older than merge_ms, and never from before a SET of the
 * device that was over when it came.
 *
 * A device with a single request costs nothing here: only when a second comes
 * the first is noted in the index.
 */
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

/* ---- what makes two requests the same ---- */

/* A walk of several roots notes with each of them what is left of it, which none could share. */
static bool may_merge(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    bool alone = request->op != ZSNMP_WALK || request->item_count == 1;
    return alone && request->op != ZSNMP_SET && request->stream == 0 &&
           self->pool->options.merge_ms > 0;
}

/* With where a walk begins. */
static uint64_t item_hash(uint64_t hash, const struct zsnmp_item *item)
{
    hash = zsnmp_hash(hash, item->oid, item->oid_len * sizeof *item->oid);
    return item->data_len == 0
               ? hash
               : zsnmp_hash(hash, item->value.subids, item->data_len * sizeof *item->value.subids);
}

static uint64_t hash_of(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    const uint32_t numbers[] = {
        request->op,        request->form,          request->exceptions,
        request->walk_bulk, request->non_repeaters, request->max_repetitions,
        request->limit,     request->timeout_ms,    request->retries};
    uint64_t hash = zsnmp_hash(request->run.device->hash, numbers, sizeof numbers);
    hash ^= zsnmp_creds_hash(self->seed, &request->creds);
    hash = zsnmp_hash(hash, request->context.data, request->context.len);
    hash = zsnmp_hash(hash, request->context_engine_id.data, request->context_engine_id.len);
    for (const struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        hash = item_hash(hash, item);
    }
    return hash;
}

static bool same_item(const struct zsnmp_item *a, const struct zsnmp_item *b)
{
    return a->oid_len == b->oid_len && a->data_len == b->data_len && a->missing == b->missing &&
           memcmp(a->oid, b->oid, a->oid_len * sizeof *a->oid) == 0 &&
           (a->data_len == 0 ||
            memcmp(a->value.subids, b->value.subids, a->data_len * sizeof *a->value.subids) == 0);
}

static bool same_items(const struct zsnmp_item *a, const struct zsnmp_item *b)
{
    while (a != NULL && b != NULL && same_item(a, b)) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

static bool same_numbers(const struct zsnmp_request *a, const struct zsnmp_request *b)
{
    return a->op == b->op && a->form == b->form && a->exceptions == b->exceptions &&
           a->walk_bulk == b->walk_bulk && a->non_repeaters == b->non_repeaters &&
           a->max_repetitions == b->max_repetitions && a->limit == b->limit &&
           a->timeout_ms == b->timeout_ms && a->retries == b->retries;
}

struct wanted {
    const struct zsnmp_worker *worker;
    const struct zsnmp_request *request;
};

/* A read that was sent before a SET was over may have seen what was there before it. */
static bool is_fresh(const struct zsnmp_worker *self, const struct zsnmp_request *leader)
{
    const struct zsnmp_run *run = &leader->run;
    int64_t age_us = self->now_us - run->started_us;
    return run->state == ZSNMP_RUN_QUEUED ||
           (run->sets == run->device->sets &&
            age_us <= (int64_t)self->pool->options.merge_ms * 1000);
}

static bool can_lead(const void *value, const void *wanted)
{
    const struct zsnmp_request *leader = value;
    const struct wanted *want = wanted;
    const struct zsnmp_request *request = want->request;
    return leader->run.device == request->run.device && same_numbers(leader, request) &&
           zsnmp_str_equal(&leader->context, &request->context) &&
           zsnmp_str_equal(&leader->context_engine_id, &request->context_engine_id) &&
           zsnmp_creds_equal(&leader->creds, &request->creds) &&
           same_items(leader->items, request->items) && is_fresh(want->worker, leader);
}

/* ---- the index ---- */

/* Its hash is known. */
static void note(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    /* Without memory it is not found, and nothing is merged with it. */
    request->run.in_asks = zsnmp_map_put(&self->asks, request->run.asks, request);
}

void zsnmp_merge_forget(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    if (device != NULL && device->alone == request) {
        device->alone = NULL;
    }
    if (request->run.in_asks) {
        zsnmp_map_remove(&self->asks, request->run.asks, request);
        request->run.in_asks = false;
    }
}

/* ---- joining ---- */

static void follow(struct zsnmp_worker *self, struct zsnmp_request *leader,
                   struct zsnmp_request *request)
{
    struct zsnmp_device *device = leader->run.device;
    if (leader->run.state == ZSNMP_RUN_QUEUED) {
        uint64_t turn = zsnmp_turn_take(self, request);
        if (turn < leader->run.turn.key) {
            zsnmp_device_advance(self, device, leader, turn);
        }
    }
    request->run.state = ZSNMP_RUN_MERGED;
    zsnmp_list_push(&leader->run.followers, &request->run.link);
    ZSNMP_COUNT(self, requests_merged);
}

bool zsnmp_merge_join(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    if (!may_merge(self, request)) {
        return false;
    }
    if (device->queued + device->running == 0) {
        device->alone = request;
        return false;
    }
    if (device->alone != NULL) {
        device->alone->run.asks = hash_of(self, device->alone);
        note(self, device->alone);
        device->alone = NULL;
    }
    struct wanted wanted = {.worker = self, .request = request};
    request->run.asks = hash_of(self, request);
    struct zsnmp_request *leader = zsnmp_map_get(&self->asks, request->run.asks, can_lead, &wanted);
    if (leader != NULL) {
        follow(self, leader, request);
    }
    return leader != NULL;
}

void zsnmp_merge_note(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (may_merge(self, request) && request->run.device->alone != request) {
        note(self, request);
    }
}

/* ---- the end ---- */

static zsnmp_err_t copy_reply(const struct zsnmp_worker *self, struct zsnmp_request *to,
                              const struct zsnmp_request *from)
{
    struct zsnmp_reply *reply = &to->reply;
    uint32_t *next = reply->next;
    struct zsnmp_buf varbinds = reply->varbinds;
    if (zsnmp_pool_is_full(self->pool, from->reply.varbinds.len)) {
        return ZSNMP_E_QUEUE_FULL; /* for one more copy */
    }
    zsnmp_buf_limit(&varbinds, self->pool->options.reply_max);
    if (!zsnmp_buf_append(&varbinds, from->reply.varbinds.data, from->reply.varbinds.len)) {
        varbinds.failed = false;
        reply->varbinds = varbinds;
        return ZSNMP_E_INTERNAL;
    }
    *reply = from->reply;
    reply->varbinds = varbinds;
    reply->next = next;
    if (reply->next_len > 0) {
        memcpy(next, from->reply.next, reply->next_len * sizeof *next);
    }
    (void)zsnmp_pool_charge(self->pool, to);
    return reply->error;
}

/* Its first follower takes its place, the others follow that one. */
static void hand_on(struct zsnmp_worker *self, struct zsnmp_request *leader)
{
    struct zsnmp_device *device = leader->run.device;
    struct zsnmp_list *node = zsnmp_list_pop(&leader->run.followers);
    struct zsnmp_request *heir = ZSNMP_CONTAINER(node, struct zsnmp_request, run.link);
    zsnmp_list_take(&heir->run.followers, &leader->run.followers);
    note(self, heir);
    zsnmp_device_enqueue(self, device, heir);
}

/* What happened to the leader alone, and would not have happened to the others. */
static bool is_its_own(zsnmp_err_t err)
{
    return err == ZSNMP_E_CANCELLED || err == ZSNMP_E_DEADLINE || err == ZSNMP_E_QUEUE_FULL;
}

/* Why none of its followers may take the leader's place, were it new; OK: one may. */
static zsnmp_err_t refusal(const struct zsnmp_worker *self, const struct zsnmp_request *leader)
{
    if (self->stopping) {
        return ZSNMP_E_SHUTTING_DOWN;
    }
    bool down = zsnmp_breaker_holds(self, leader->run.device, leader);
    return down ? ZSNMP_E_DEVICE_DOWN : ZSNMP_OK;
}

void zsnmp_merge_end(struct zsnmp_worker *self, struct zsnmp_request *leader)
{
    struct zsnmp_list *node;
    if (zsnmp_list_empty(&leader->run.followers)) {
        return;
    }
    bool own = is_its_own(leader->reply.error);
    zsnmp_err_t refused = refusal(self, leader);
    if (own && refused == ZSNMP_OK) {
        hand_on(self, leader);
        return;
    }
    while ((node = zsnmp_list_pop(&leader->run.followers)) != NULL) {
        struct zsnmp_request *follower = ZSNMP_CONTAINER(node, struct zsnmp_request, run.link);
        zsnmp_run_finish(self, follower, own ? refused : copy_reply(self, follower, leader));
    }
}
