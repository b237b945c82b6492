/*
 * Bundles: GETs that wait for a device are asked for together, as many names as
 * fit into one message. A bundle is a GET of our own in the place of the first;
 * those that ride in it get their shares of its answer. Where a name of one of
 * them fails the others go out by themselves.
 */
#include <stdlib.h>

#include "pool/inside.h"
#include "pool/op.h"

#define LOOK_MOST 64u  /* requests that are looked at for one bundle, … */
#define LOOK_LEAST 2u  /* … and where that was in vain lately */
#define NAMES_EACH 16u /* of a GET that rides; those with more gain nothing */

/* ---- who rides together ---- */

static bool may_ride(const struct zsnmp_request *request)
{
    return request->op == ZSNMP_GET && request->creds.version != ZSNMP_V1 &&
           request->item_count <= NAMES_EACH && !request->run.rides_alone;
}

static bool goes_with(const struct zsnmp_request *a, const struct zsnmp_request *b)
{
    return a->timeout_ms == b->timeout_ms && a->retries == b->retries &&
           a->device_window == b->device_window && a->device_interval_ms == b->device_interval_ms &&
           zsnmp_str_equal(&a->context, &b->context) &&
           zsnmp_str_equal(&a->context_engine_id, &b->context_engine_id) &&
           zsnmp_creds_equal(&a->creds, &b->creds);
}

static zsnmp_err_t copy_str(struct zsnmp_request *to, struct zsnmp_str *str)
{
    return str->data == NULL ? ZSNMP_OK : zsnmp_request_copy(to, str, str->data, str->len);
}

/* It outlives each of those that ride in it, so it has all in memory of its own. */
static struct zsnmp_request *new_bundle(const struct zsnmp_request *first)
{
    struct zsnmp_request *bundle = zsnmp_request_alloc(2048);
    if (bundle == NULL) {
        return NULL;
    }
    bundle->priority = first->priority;
    bundle->timeout_ms = first->timeout_ms;
    bundle->retries = first->retries;
    bundle->device_window = first->device_window;
    bundle->device_interval_ms = first->device_interval_ms;
    bundle->context = first->context;
    bundle->context_engine_id = first->context_engine_id;
    bundle->run.device = first->run.device;
    bundle->run.is_bundle = true;
    if (zsnmp_creds_copy(bundle, &first->creds) != ZSNMP_OK ||
        copy_str(bundle, &bundle->context) != ZSNMP_OK ||
        copy_str(bundle, &bundle->context_engine_id) != ZSNMP_OK) {
        zsnmp_request_free(bundle);
        return NULL;
    }
    return bundle;
}

/* false: no memory, and nothing has changed but names that nobody waits for. */
static bool board(struct zsnmp_worker *self, struct zsnmp_request *bundle,
                  struct zsnmp_request *request)
{
    uint32_t seat = bundle->item_count;
    for (const struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        if (zsnmp_request_append(bundle, item->oid, item->oid_len) == NULL) {
            return false;
        }
    }
    request->run.items_done = seat;
    request->run.bundle = bundle;
    request->run.state = ZSNMP_RUN_RIDING;
    request->run.started_us = self->now_us;
    request->run.sets = request->run.device->sets;
    zsnmp_list_push(&bundle->run.followers, &request->run.link);
    zsnmp_counter_add(&self->counters.requests_in_flight, 1);
    return true;
}

/* ---- forming ---- */

/*
 * Where the requests for a device do not go together, looking at many of them each time would cost
 * more than sending them.
 */
static void note_look(struct zsnmp_device *device, uint32_t looked, bool found)
{
    uint32_t next = found ? looked * 2 : looked / 2;
    device->look = (uint8_t)(next > LOOK_MOST ? LOOK_MOST : next < LOOK_LEAST ? LOOK_LEAST : next);
}

/* Takes those that go with the first out of the lane, and leaves the others in their order. */
static uint32_t pick(struct zsnmp_worker *self, struct zsnmp_device *device,
                     const struct zsnmp_request *first, struct zsnmp_list *picked, uint32_t room)
{
    struct zsnmp_list kept; /* the last one first, as which they go back to the head of the lane */
    struct zsnmp_list *link;
    struct zsnmp_order_node *node;
    uint32_t count = 0;
    zsnmp_list_init(&kept);
    uint32_t most = device->look != 0 ? device->look : LOOK_MOST;
    for (uint32_t i = 0; i < most && (node = zsnmp_order_pop(&device->lane)) != NULL; i++) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(node, struct zsnmp_request, run.turn);
        if (may_ride(request) && request->item_count <= room && goes_with(first, request)) {
            room -= request->item_count;
            zsnmp_device_left_lane(self, device);
            zsnmp_list_push(picked, &request->run.link);
            count++;
        } else {
            zsnmp_list_push_front(&kept, &request->run.link);
        }
    }
    while ((link = zsnmp_list_pop(&kept)) != NULL) {
        node = &ZSNMP_CONTAINER(link, struct zsnmp_request, run.link)->run.turn;
        zsnmp_order_put_back(&device->lane, node);
    }
    note_look(device, most, count > 0);
    return count;
}

static uint32_t room_of(const struct zsnmp_worker *self, const struct zsnmp_device *device)
{
    return zsnmp_size_most(&device->get, self->pool->options.combine_max);
}

struct zsnmp_request *zsnmp_bundle_form(struct zsnmp_worker *self, struct zsnmp_device *device,
                                        struct zsnmp_request *first)
{
    struct zsnmp_list picked;
    uint32_t room = room_of(self, device);
    zsnmp_list_init(&picked);
    if (!may_ride(first) || first->item_count >= room ||
        pick(self, device, first, &picked, room - first->item_count) == 0) {
        return first;
    }
    struct zsnmp_request *bundle = new_bundle(first);
    bool full = bundle == NULL || !board(self, bundle, first);
    struct zsnmp_list *link;
    while ((link = zsnmp_list_pop(&picked)) != NULL) {
        struct zsnmp_request *request = ZSNMP_CONTAINER(link, struct zsnmp_request, run.link);
        full = full || !board(self, bundle, request);
        if (full) {
            zsnmp_device_enqueue(self, device, request);
        }
    }
    if (bundle != NULL && zsnmp_list_empty(&bundle->run.followers)) {
        zsnmp_request_free(bundle);
        bundle = NULL;
    }
    if (bundle == NULL) { /* no memory */
        return first;
    }
    (void)zsnmp_pool_charge(self->pool, bundle);
    ZSNMP_COUNT(self, requests_bundled);
    return bundle;
}

/* ---- who gets off ---- */

/* What the packets came to; it may have gone out before. */
static void note_fate(struct zsnmp_request *rider, const struct zsnmp_request *bundle)
{
    const struct zsnmp_reply *reply = &bundle->reply;
    rider->reply.tries += reply->tries;
    rider->reply.rtt_us = reply->rtt_us != 0 ? reply->rtt_us : rider->reply.rtt_us;
    rider->reply.sent = reply->sent > rider->reply.sent ? reply->sent : rider->reply.sent;
    rider->reply.quirks |= reply->quirks;
}

void zsnmp_bundle_leave(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_request *bundle = request->run.bundle;
    zsnmp_counter_add(&self->counters.requests_in_flight, (uint64_t)-1);
    if (bundle != NULL) {
        note_fate(request, bundle);
        bundle->run.was_left = true;
        request->run.bundle = NULL;
    }
}

static bool was_left(struct zsnmp_worker *self, struct zsnmp_request *bundle)
{
    struct zsnmp_list *next;
    for (struct zsnmp_list *at = bundle->run.followers.next; at != &bundle->run.followers;
         at = next) {
        struct zsnmp_request *rider = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        next = at->next;
        if (zsnmp_run_is_late(self, rider)) { /* its timer is about to say so */
            zsnmp_run_finish(self, rider, ZSNMP_E_DEADLINE);
        }
    }
    return bundle->run.was_left;
}

/* Marks the names of which nobody rides any more. */
static void mark(struct zsnmp_request *bundle)
{
    struct zsnmp_item *item = bundle->items;
    uint32_t at = 0;
    for (struct zsnmp_list *link = bundle->run.followers.next;; link = link->next) {
        bool over = link == &bundle->run.followers;
        const struct zsnmp_request *rider = ZSNMP_CONTAINER(link, struct zsnmp_request, run.link);
        uint32_t seat = over ? bundle->item_count : rider->run.items_done;
        for (; at < seat; at++, item = item->next) {
            item->missing = true;
        }
        if (over) {
            return;
        }
        for (; at < seat + rider->item_count; at++) {
            item = item->next;
        }
    }
}

bool zsnmp_bundle_shed(struct zsnmp_worker *self, struct zsnmp_request *bundle)
{
    if (!was_left(self, bundle)) {
        return true;
    }
    bundle->run.was_left = false;
    bundle->run.larger_id = 0; /* the answer to that would have other names than are left */
    zsnmp_ids_drop(self, bundle);
    mark(bundle);
    return zsnmp_op_resume(bundle);
}

/* ---- the answer ---- */

static void take_share(struct zsnmp_worker *self, struct zsnmp_request *rider,
                       const struct zsnmp_request *bundle, size_t *cursor, uint32_t *at)
{
    const struct zsnmp_reply *reply = &bundle->reply;
    zsnmp_varbind_t vb;
    uint32_t seat = rider->run.items_done;
    uint32_t end = seat + rider->item_count;
    /* What came of the last PDU of one that failed is no answer to these names. */
    end = end < bundle->run.items_done ? end : bundle->run.items_done;
    zsnmp_buf_limit(&rider->reply.varbinds, self->pool->options.reply_max);
    while (*at < end && zsnmp_reply_varbind(reply, cursor, &vb)) {
        if (*at >= seat) {
            (void)zsnmp_op_collect(rider, &vb); /* it fitted into the bundle */
        }
        ++*at;
    }
    note_fate(rider, bundle);
}

/* What the end of the bundle is for one that has not got all of its share. */
static zsnmp_err_t fate_of(struct zsnmp_request *rider, const struct zsnmp_request *bundle,
                           zsnmp_err_t err)
{
    uint32_t index = bundle->reply.error_index;
    if (err > ZSNMP_E_INCONSISTENT_NAME && err != ZSNMP_E_TOO_LARGE) {
        return err; /* that of all */
    }
    if (index > rider->run.items_done && index <= rider->run.items_done + rider->item_count) {
        rider->reply.error_index = index - rider->run.items_done;
        rider->reply.message = bundle->reply.message;
        return err;
    }
    return ZSNMP_OK; /* not its own: once more */
}

void zsnmp_bundle_over(struct zsnmp_worker *self, struct zsnmp_request *bundle, zsnmp_err_t err)
{
    struct zsnmp_list *link;
    size_t cursor = 0;
    uint32_t at = 0;
    while ((link = zsnmp_list_pop(&bundle->run.followers)) != NULL) {
        struct zsnmp_request *rider = ZSNMP_CONTAINER(link, struct zsnmp_request, run.link);
        rider->run.bundle = NULL;
        take_share(self, rider, bundle, &cursor, &at);
        bool whole = rider->reply.count == rider->item_count;
        rider->reply.sent = whole ? ZSNMP_SENT_YES : rider->reply.sent;
        zsnmp_err_t fate = whole ? ZSNMP_OK : fate_of(rider, bundle, err);
        if (whole || fate != ZSNMP_OK) {
            zsnmp_run_finish(self, rider, fate);
            continue;
        }
        zsnmp_bundle_leave(self, rider);
        rider->reply.count = 0;
        rider->reply.varbinds.len = 0;
        rider->run.rides_alone = true;
        zsnmp_device_enqueue(self, bundle->run.device, rider);
    }
    zsnmp_pool_discharge(self->pool, bundle->run.charged);
    zsnmp_request_free(bundle);
}
