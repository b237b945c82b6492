/*
 * What has to be true of walks, of one root or several, in one reply or in parts: the rows of all
 * roots in their order, each of them once, and where each root goes on. What an honest device has
 * is known, so it is known which row comes next.
 */
#include <string.h>

#include "base/oid.h"
#include "world.h"

static bool agree(zsnmp_err_t err, zsnmp_stop_t stop)
{
    switch (stop) {
    case ZSNMP_STOP_END_OF_VIEW:
    case ZSNMP_STOP_OUT_OF_TREE:
    case ZSNMP_STOP_NON_INCREASING:
    case ZSNMP_STOP_LOOP:
        return err == ZSNMP_OK;
    case ZSNMP_STOP_LIMIT:
        return err == ZSNMP_OK || err == ZSNMP_E_TOO_LARGE;
    case ZSNMP_STOP_DEADLINE:
        return err == ZSNMP_E_DEADLINE;
    case ZSNMP_STOP_CANCELLED:
        return err == ZSNMP_E_CANCELLED || err == ZSNMP_E_SHUTTING_DOWN;
    case ZSNMP_STOP_TIMEOUT:
        return err == ZSNMP_E_TIMEOUT;
    case ZSNMP_STOP_DEVICE_DOWN:
        return err == ZSNMP_E_DEVICE_DOWN;
    case ZSNMP_STOP_TOO_BIG:
        return err == ZSNMP_E_TOO_BIG;
    default:
        return stop == ZSNMP_STOP_DEVICE_ERROR && err != ZSNMP_OK;
    }
}

/* ---- places ---- */

static void move(struct position *self, const uint32_t *ids, size_t len)
{
    memcpy(self->ids, ids, len * sizeof *ids);
    self->len = len;
}

static bool is_at(const struct position *a, const struct position *b)
{
    return zsnmp_oid_compare(a->ids, a->len, b->ids, b->len) == 0;
}

static bool is_below(const struct name *root, const uint32_t *ids, size_t len)
{
    return zsnmp_oid_under(ids, len, root->ids, root->len);
}

static const struct name *begin_of(const struct ticket *self, uint32_t root)
{
    const struct name *start = &self->starts[root].at;
    return self->has_start && start->len > 0 ? start : &self->names[root];
}

static bool is_had(const struct ticket *self, uint32_t root)
{
    return self->has_start && self->starts[root].over;
}

static const struct zsnmp_item *first_left(const struct zsnmp_request *request)
{
    const struct zsnmp_item *root = request->items;
    while (root != NULL && root->missing) {
        root = root->next;
    }
    return root;
}

/* As the reply says it to a client. */
struct position walk_place(const struct zsnmp_request *request, const struct zsnmp_item *root)
{
    struct position place = {.len = 0};
    bool alone = request->item_count == 1;
    if (alone ? request->reply.complete : root->missing) {
        return place;
    }
    if (alone || root == first_left(request)) {
        move(&place, request->reply.next, request->reply.next_len);
    } else if (root->data_len > 0) {
        move(&place, root->value.subids, root->data_len);
    } else {
        move(&place, root->oid, root->oid_len);
    }
    return place;
}

/* ---- rows ---- */

/* Goes to a root, or behind it where the client has all of that. */
static void enter_root(struct ticket *self, uint32_t root)
{
    while (root < self->count && is_had(self, root)) {
        root++;
    }
    self->progress.root = root;
    if (root < self->count) {
        const struct name *begin = begin_of(self, root);
        move(&self->progress.last, begin->ids, begin->len);
    }
}

void walk_begin(struct ticket *self)
{
    self->progress.rows = 0;
    enter_root(self, 0);
}

/* NULL: an honest device has no more below the root. */
static const struct row *next_row(const struct ticket *self)
{
    const struct position *last = &self->progress.last;
    const struct row *row = mib_after(self->device, last->ids, last->len);
    const struct name *root = &self->names[self->progress.root];
    return row != NULL && is_below(root, row->name.ids, row->name.len) ? row : NULL;
}

static bool follows(const struct ticket *self, const zsnmp_varbind_t *vb)
{
    const struct position *last = &self->progress.last;
    return zsnmp_oid_compare(last->ids, last->len, vb->oid, vb->oid_len) < 0 &&
           is_below(&self->names[self->progress.root], vb->oid, vb->oid_len);
}

static void take_row(struct ticket *self, const zsnmp_reply_t *reply, const zsnmp_varbind_t *vb)
{
    bool honest = device_is_honest(self->device);
    TRUE_OF(self, follows(self, vb), "a row is not behind the last, or not below the root");
    TRUE_OF(self, !honest || truth_is_right(self, next_row(self), vb),
            "a row is left out, or wrong, or old");
    move(&self->progress.last, vb->oid, vb->oid_len);
    self->progress.rows++;
}

/* Rows that come one root after the other. Of a liar a row is of the first root that it can be. */
static uint32_t take_rows(struct ticket *self, const zsnmp_reply_t *reply)
{
    struct progress *at = &self->progress;
    bool honest = device_is_honest(self->device);
    zsnmp_varbind_t vb;
    size_t cursor = 0;
    uint32_t count = 0;
    for (; zsnmp_reply_varbind(reply, &cursor, &vb); count++) {
        while (at->root < self->count && (honest ? next_row(self) == NULL : !follows(self, &vb))) {
            enter_root(self, at->root + 1);
        }
        TRUE_OF(self, at->root < self->count, "a row is below no root, or not behind the last");
        if (at->root == self->count) {
            return count;
        }
        take_row(self, reply, &vb);
    }
    return count;
}

void walk_check_part(struct ticket *self, const zsnmp_reply_t *reply)
{
    TRUE_OF(self, take_rows(self, reply) == reply->count, "not as many rows as it says");
    TRUE_OF(self, self->limit == 0 || self->progress.rows < self->limit,
            "it goes on, and has as many rows as it may");
}

/* ---- the end of an honest device ---- */

/* The rows up to the place where the root goes on, or all of them. */
static void take_root(struct ticket *self, const zsnmp_reply_t *reply, size_t *cursor,
                      const struct position *place)
{
    zsnmp_varbind_t vb;
    bool over = place->len == 0;
    while (over ? next_row(self) != NULL : !is_at(&self->progress.last, place)) {
        if (next_row(self) == NULL || !zsnmp_reply_varbind(reply, cursor, &vb)) {
            TRUE_OF(self, !over, "it is complete, and rows are missing");
            TRUE_OF(self, over, "it goes on behind rows that it does not have");
            return;
        }
        take_row(self, reply, &vb);
    }
}

static void take_roots(struct ticket *self, const zsnmp_reply_t *reply)
{
    const struct zsnmp_item *root = self->request->items;
    zsnmp_varbind_t vb;
    size_t cursor = 0;
    for (uint32_t i = 0; i < self->count; i++, root = root->next) {
        struct position place = walk_place(self->request, root);
        TRUE_OF(self, !is_had(self, i) || place.len == 0, "it goes on where nothing was left");
        if (i < self->progress.root) {
            TRUE_OF(self, place.len == 0, "it goes on at a root that it has left");
        } else if (i == self->progress.root) {
            take_root(self, reply, &cursor, &place);
            enter_root(self, i + 1);
        }
    }
    TRUE_OF(self, !zsnmp_reply_varbind(reply, &cursor, &vb), "rows are there twice, or too many");
}

/* Of the root that came last, if it is the last. */
static void check_stop(const struct ticket *self, const zsnmp_reply_t *reply,
                       const struct position *last)
{
    const struct row *row = mib_after(self->device, last->ids, last->len);
    TRUE_OF(self, reply->stop != ZSNMP_STOP_END_OF_VIEW || row == NULL, "this is not the end");
    TRUE_OF(self, reply->stop != ZSNMP_STOP_OUT_OF_TREE || row != NULL, "nothing is behind it");
}

static void check_honest_end(struct ticket *self, const zsnmp_reply_t *reply)
{
    take_roots(self, reply);
    if (reply->complete && !is_had(self, self->count - 1)) {
        check_stop(self, reply, &self->progress.last);
    }
    TRUE_OF(self, reply->stop != ZSNMP_STOP_LOOP && reply->stop != ZSNMP_STOP_NON_INCREASING,
            "the device does not go in circles");
}

/* ---- … and of a liar ---- */

static void check_places(const struct ticket *self, const zsnmp_reply_t *reply)
{
    const struct zsnmp_item *root = self->request->items;
    for (uint32_t i = 0; i < self->count; i++, root = root->next) {
        struct position place = walk_place(self->request, root);
        const struct name *begin = begin_of(self, i);
        TRUE_OF(self, !is_had(self, i) || place.len == 0, "it goes on where nothing was left");
        TRUE_OF(self,
                place.len == 0 || (is_below(&self->names[i], place.ids, place.len) &&
                                   mib_compare(begin, place.ids, place.len) <= 0),
                "it goes on outside of the root, or before its beginning");
    }
}

static void check_false_end(struct ticket *self, const zsnmp_reply_t *reply)
{
    TRUE_OF(self, take_rows(self, reply) == reply->count, "not as many rows as it says");
    check_places(self, reply);
    if (self->count == 1 && !reply->complete) {
        struct position place = walk_place(self->request, self->request->items);
        TRUE_OF(self, is_at(&place, &self->progress.last), "next is not the last row");
    }
}

/* ---- the end of both ---- */

static uint32_t count_rows(const zsnmp_reply_t *reply)
{
    zsnmp_varbind_t vb;
    size_t cursor = 0;
    uint32_t count = 0;
    while (zsnmp_reply_varbind(reply, &cursor, &vb)) {
        count++;
    }
    return count;
}

static void check_limits(const struct ticket *self, const zsnmp_reply_t *reply)
{
    uint32_t rows = self->progress.rows;
    TRUE_OF(self, self->limit == 0 || rows <= self->limit, "more rows than the limit");
    TRUE_OF(self,
            reply->stop != ZSNMP_STOP_LIMIT || reply->error != ZSNMP_OK ||
                (self->limit != 0 && rows == self->limit),
            "it ends at a limit that is none");
    TRUE_OF(self, self->part_rows == 0 || reply->count <= self->part_rows,
            "more rows are left than a part has");
}

/* Of roots that are walked at the same time: which of them has failed. */
static void check_index(const struct ticket *self, const zsnmp_reply_t *reply)
{
    const struct zsnmp_item *root = self->request->items;
    bool apart = self->count > 1 && self->limit == 0 && self->part_rows == 0;
    for (uint32_t i = 1; root != NULL && i < reply->error_index; i++) {
        root = root->next;
    }
    TRUE_OF(self, !apart || reply->error != ZSNMP_E_CANCELLED || reply->error_index == 0,
            "it was cancelled, and blames a root");
    TRUE_OF(self, !apart || reply->error_index == 0 || (root != NULL && !root->missing),
            "it blames a root that is complete");
    TRUE_OF(self,
            !apart || reply->error > ZSNMP_E_INCONSISTENT_NAME ||
                (reply->error == ZSNMP_OK) == (reply->error_index == 0),
            "error and index do not agree");
}

static void check_next(const struct ticket *self, const zsnmp_reply_t *reply)
{
    const uint32_t *next = NULL;
    size_t len = zsnmp_reply_next(reply, &next);
    bool whole = reply->stop == ZSNMP_STOP_END_OF_VIEW || reply->stop == ZSNMP_STOP_OUT_OF_TREE;
    bool left = self->count > 1 && first_left(self->request) != NULL;
    TRUE_OF(self, agree(reply->error, reply->stop), "error and stop do not agree");
    TRUE_OF(self, reply->complete == whole, "complete and stop do not agree");
    TRUE_OF(self, (len == 0) == reply->complete, "complete and next do not agree");
    TRUE_OF(self, self->count == 1 || left != reply->complete,
            "complete and the roots do not agree");
}

void walk_check_end(struct ticket *self, const zsnmp_reply_t *reply)
{
    check_next(self, reply);
    check_index(self, reply);
    if (reply->error == ZSNMP_E_QUEUE_FULL && self->part_refused) {
        self->progress = self->lost; /* what came in that part and behind it counts as not had */
    }
    TRUE_OF(self, count_rows(reply) == reply->count, "not as many rows as it says");
    if (world.failed) {
        return;
    }
    if (device_is_honest(self->device)) {
        check_honest_end(self, reply);
    } else {
        check_false_end(self, reply);
    }
    check_limits(self, reply);
}
