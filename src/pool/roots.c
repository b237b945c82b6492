/*
 * Walks of several roots at once: a walk for each root, some of them at a time,
 * in the device's lane like all others. What they bring is put together in the
 * order of the roots. The walk itself never goes out: it waits for its parts.
 */
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

#define ROOTS_AT_A_TIME 8u /* at most; no more than a device may have in flight either */

bool zsnmp_roots_apart(const struct zsnmp_request *request)
{
    /* Rows that are counted or handed on as they come are walked for one after the other. */
    return request->op == ZSNMP_WALK && request->item_count > 1 && request->limit == 0 &&
           request->stream == 0;
}

static struct zsnmp_request *child_of(struct zsnmp_list *node)
{
    return ZSNMP_CONTAINER(node, struct zsnmp_request, run.sibling);
}

/* A walk of one root; credentials and context stay the parent's memory. */
static struct zsnmp_request *new_child(struct zsnmp_request *parent, const struct zsnmp_item *root)
{
    static const size_t room =
        sizeof(struct zsnmp_item) + 2 * ZSNMP_OID_MAX * sizeof(uint32_t) + 64;
    struct zsnmp_request *child = zsnmp_request_alloc(room);
    if (child == NULL) {
        return NULL;
    }
    child->op = ZSNMP_WALK;
    child->form = parent->form;
    child->exceptions = parent->exceptions;
    child->walk_bulk = parent->walk_bulk;
    child->priority = parent->priority;
    child->max_repetitions = parent->max_repetitions;
    child->timeout_ms = parent->timeout_ms;
    child->retries = parent->retries;
    child->deadline_ms = parent->deadline_ms;
    child->accepted_us = parent->accepted_us;
    child->device_window = parent->device_window;
    child->device_interval_ms = parent->device_interval_ms;
    child->creds = parent->creds;
    child->context = parent->context;
    child->context_engine_id = parent->context_engine_id;
    child->owner = parent->owner;
    child->run.parent = parent;
    child->run.device = parent->run.device;
    struct zsnmp_item *item = zsnmp_request_append(child, root->oid, root->oid_len);
    child->reply.next = zsnmp_arena_alloc(&child->arena, ZSNMP_OID_MAX * sizeof(uint32_t));
    if (item == NULL || child->reply.next == NULL) {
        zsnmp_request_free(child);
        return NULL;
    }
    item->value.subids = root->value.subids; /* where it begins */
    item->data_len = root->data_len;
    return child;
}

/* Whether a failure of one root is one of the device, and would be that of the others. */
static bool ends_all(zsnmp_err_t err)
{
    return err > ZSNMP_E_INCONSISTENT_NAME;
}

/* ---- putting together ---- */

static void note_root(struct zsnmp_request *parent, struct zsnmp_item *root,
                      const struct zsnmp_request *child)
{
    const struct zsnmp_reply *reply = &child->reply;
    root->missing = reply->complete; /* nothing is left of it */
    if (parent->reply.complete) {    /* or it stays that of the first which is not */
        parent->reply.stop = reply->stop;
    }
    parent->reply.complete &= reply->complete;
    if (reply->complete) {
        return;
    }
    uint32_t *next = zsnmp_arena_alloc(&parent->arena, reply->next_len * sizeof *next);
    if (next != NULL) { /* else it goes on where it began: rows twice, none lost */
        memcpy(next, reply->next, reply->next_len * sizeof *next);
        root->value.subids = next;
        root->data_len = reply->next_len;
    }
}

/* false: they do not fit, and it goes on where it began. */
static bool take_rows(struct zsnmp_request *parent, const struct zsnmp_request *child)
{
    struct zsnmp_reply *reply = &parent->reply;
    reply->tries += child->reply.tries;
    reply->rtt_us = child->reply.rtt_us != 0 ? child->reply.rtt_us : reply->rtt_us;
    reply->quirks |= child->reply.quirks;
    reply->sent = child->reply.sent > reply->sent ? child->reply.sent : reply->sent;
    if (!zsnmp_buf_append(&reply->varbinds, child->reply.varbinds.data,
                          child->reply.varbinds.len)) {
        reply->varbinds.failed = false;
        return false;
    }
    reply->count += child->reply.count;
    return true;
}

/* The first of the roots under way is over: its rows come next. */
static void gather(struct zsnmp_worker *self, struct zsnmp_request *parent)
{
    struct zsnmp_list *first = zsnmp_list_pop(&parent->run.children);
    struct zsnmp_request *child = child_of(first);
    struct zsnmp_item *root = parent->run.item;
    parent->run.item = root->next;
    parent->run.items_done++;
    bool fits = parent->run.err != ZSNMP_E_TOO_LARGE && take_rows(parent, child);
    if (fits) {
        note_root(parent, root, child);
    } else if (parent->run.err == ZSNMP_OK) {
        parent->run.err = ZSNMP_E_TOO_LARGE;
        parent->reply.message = "the walk is larger than a reply may be; it goes on at next";
        parent->reply.error_index = parent->run.items_done;
    }
    if (parent->run.err == ZSNMP_OK && child->reply.error != ZSNMP_OK) {
        parent->run.err = child->reply.error;
        parent->reply.message = child->reply.message;
        parent->reply.error_index = parent->run.items_done;
    }
    bool was_last = !fits || ends_all(child->reply.error);
    parent->run.children_count--;
    zsnmp_pool_discharge(self->pool, child->run.charged);
    zsnmp_request_free(child);
    bool room = zsnmp_pool_charge(self->pool, parent);
    if (was_last || !room) { /* though another root has failed before, by itself */
        parent->run.end = NULL;
    }
    if (!room && parent->run.err == ZSNMP_OK) {
        parent->run.err = ZSNMP_E_TOO_LARGE;
        parent->reply.message = "there is no memory left for all replies; it goes on at next";
    }
}

/* ---- life ---- */

static void start_more(struct zsnmp_worker *self, struct zsnmp_request *parent)
{
    struct zsnmp_run *run = &parent->run;
    uint32_t most = self->pool->options.device_window;
    most = most < ROOTS_AT_A_TIME ? most : ROOTS_AT_A_TIME;
    while (run->end != NULL && run->children_count < most && !ends_all(run->err)) {
        struct zsnmp_item *root = run->end;
        struct zsnmp_request *child = new_child(parent, root);
        if (child == NULL) {
            run->err = ZSNMP_E_INTERNAL;
            return;
        }
        (void)zsnmp_pool_charge(self->pool, child);
        run->end = root->next;
        run->children_count++;
        zsnmp_list_push(&run->children, &child->run.sibling);
        if (root->missing) { /* by what the client says it has all of it */
            child->run.over = true;
            child->reply.complete = true;
            child->reply.stop = ZSNMP_STOP_OUT_OF_TREE;
        } else if (!zsnmp_run_watch(self, child)) {
            child->run.over = true;
            child->reply.error = ZSNMP_E_INTERNAL;
        } else if (!zsnmp_merge_join(self, child)) {
            zsnmp_merge_note(self, child);
            zsnmp_device_enqueue(self, run->device, child);
        }
    }
}

static void finish(struct zsnmp_worker *self, struct zsnmp_request *parent)
{
    struct zsnmp_reply *reply = &parent->reply;
    const struct zsnmp_item *left = parent->items;
    while (left != NULL && left->missing) {
        left = left->next;
    }
    reply->complete = left == NULL;
    if (reply->complete) { /* there is no memory left, and none is needed */
        parent->run.err = ZSNMP_OK;
        reply->message = NULL;
    }
    if (parent->run.err != ZSNMP_OK) {
        reply->stop = parent->run.err == ZSNMP_E_TOO_LARGE ? ZSNMP_STOP_LIMIT
                                                           : zsnmp_op_stop(parent->run.err);
    }
    if (left != NULL) { /* the first that is not complete */
        const uint32_t *next = left->data_len > 0 ? left->value.subids : left->oid;
        reply->next_len = left->data_len > 0 ? (uint16_t)left->data_len : left->oid_len;
        memcpy(reply->next, next, reply->next_len * sizeof *next);
    }
    zsnmp_run_finish(self, parent, parent->run.err);
}

static bool first_is_over(const struct zsnmp_request *parent)
{
    struct zsnmp_list *first = parent->run.children.next;
    return first != &parent->run.children && child_of(first)->run.over;
}

static void go_on(struct zsnmp_worker *self, struct zsnmp_request *parent)
{
    struct zsnmp_run *run = &parent->run;
    do {
        while (first_is_over(parent)) {
            gather(self, parent);
        }
        start_more(self, parent);
    } while (first_is_over(parent));
    if (zsnmp_list_empty(&run->children)) {
        finish(self, parent);
    }
}

void zsnmp_roots_begin(struct zsnmp_worker *self, struct zsnmp_request *parent)
{
    zsnmp_buf_limit(&parent->reply.varbinds, self->pool->options.reply_max);
    parent->run.state = ZSNMP_RUN_ROOTS;
    parent->reply.complete = true;    /* so far */
    parent->run.item = parent->items; /* whose rows come next … */
    parent->run.end = parent->items;  /* … and that is started next */
    zsnmp_list_remove(&parent->run.device->idle);
    zsnmp_list_push(&self->roots, &parent->run.link);
    go_on(self, parent);
}

void zsnmp_roots_over(struct zsnmp_worker *self, struct zsnmp_request *child)
{
    child->run.over = true;
    go_on(self, child->run.parent);
}

/* NULL: all that were begun are over. */
static struct zsnmp_request *first_under_way(const struct zsnmp_request *parent)
{
    const struct zsnmp_list *children = &parent->run.children;
    for (struct zsnmp_list *at = children->next; at != children; at = at->next) {
        if (!child_of(at)->run.over) {
            return child_of(at);
        }
    }
    return NULL;
}

bool zsnmp_roots_end(struct zsnmp_worker *self, struct zsnmp_request *parent, zsnmp_err_t err)
{
    struct zsnmp_run *run = &parent->run;
    if (run->state != ZSNMP_RUN_ROOTS || zsnmp_list_empty(&run->children)) {
        return false;
    }
    run->err = err;
    run->end = NULL;              /* no more */
    parent->reply.message = NULL; /* nor is it that of a root that has failed before */
    parent->reply.error_index = 0;
    struct zsnmp_request *child;
    /* With the first those behind it that were over before are gone as well. */
    while (run->state == ZSNMP_RUN_ROOTS && (child = first_under_way(parent)) != NULL) {
        zsnmp_run_finish(self, child, err);
    }
    return true;
}
