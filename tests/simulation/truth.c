/*
 * What has to be true of a reply. Of an honest device everything is known: which rows it has, and
 * what each can have said since the request was made. Of one that lies there is still what no
 * answer may make the engine say.
 */
#include <string.h>

#include "base/oid.h"
#include "world.h"

#define MS_US 1000

/* ---- errors ---- */

static bool patience_is_over(const struct ticket *self)
{
    int64_t try_ms = self->timeout_ms != 0 ? self->timeout_ms : ZSNMP_TIMEOUT_MS_DEFAULT;
    return world.now_us - self->submitted_us >= try_ms * (self->retries + 1) * MS_US;
}

/* Some message of it may go unanswered. */
static bool may_be_silent(const struct ticket *self)
{
    return !device_is_healthy(self->device) || self->wrong_community ||
           (self->version == ZSNMP_V3 &&
            (!self->device->speaks_v3 || self->device->engine_us != 0));
}

/* Its patience counts while its packets keep the device's interval. */
static bool is_kept_waiting(const struct ticket *self)
{
    return self->device->keeps && (self->timeout_ms == 0 || self->version == ZSNMP_V3);
}

/* The leader of a merged request had its patience before. */
static bool can_time_out(const struct ticket *self)
{
    bool merges = world.pool.options.merge_ms > 0 && self->op != ZSNMP_SET;
    return is_kept_waiting(self) ||
           (may_be_silent(self) && (merges || self->version == ZSNMP_V3 || patience_is_over(self)));
}

/* What reports say, and what keys can not be made of. */
static bool is_of_usm(const struct ticket *self, zsnmp_err_t err)
{
    return self->version == ZSNMP_V3 && err >= ZSNMP_E_UNKNOWN_USER && err <= ZSNMP_E_BAD_KEY;
}

/* What the engine says of its own accord. */
static bool can_end_so(const struct ticket *self, zsnmp_err_t err)
{
    switch (err) {
    case ZSNMP_E_TIMEOUT:
        return can_time_out(self);
    case ZSNMP_E_DEVICE_DOWN:
        return world.pool.options.breaker_failures > 0 &&
               (may_be_silent(self) || is_kept_waiting(self));
    case ZSNMP_E_UNREACHABLE:
        return self->device->refusals > 0;
    case ZSNMP_E_QUEUE_FULL:
        return true; /* counted when it was accepted; see check_lane() */
    case ZSNMP_E_DEADLINE:
        return self->deadline_ms != 0 &&
               world.now_us >= self->submitted_us + (int64_t)self->deadline_ms * MS_US;
    case ZSNMP_E_CANCELLED:
        return self->cancelled;
    case ZSNMP_E_SHUTTING_DOWN:
        return world.stopped;
    case ZSNMP_E_TOO_LARGE:
        return world.pool.options.reply_max < 100000 || world.pool.options.memory_max != 0;
    case ZSNMP_E_INTERNAL:
        return self->part_lost;
    default:
        return is_of_usm(self, err);
    }
}

static bool is_of_device(zsnmp_err_t err)
{
    return err >= ZSNMP_E_TOO_BIG && err <= ZSNMP_E_INCONSISTENT_NAME;
}

/* What an honest device may refuse. */
static bool can_refuse(const struct ticket *self, zsnmp_err_t err)
{
    const struct device *device = self->device;
    bool v1 = self->version == ZSNMP_V1;
    if (device->cramped && err == ZSNMP_E_TOO_BIG) {
        return true;
    }
    switch (self->op) {
    case ZSNMP_SET:
        return err == (v1 ? ZSNMP_E_NO_SUCH_NAME : ZSNMP_E_NOT_WRITABLE) ||
               (err == ZSNMP_E_TOO_BIG && device->names_max != 0);
    case ZSNMP_GET_BULK:
        return err == ZSNMP_E_TOO_BIG && device->bulk_max != 0;
    case ZSNMP_WALK:
        return false;
    default:
        return v1 && err == ZSNMP_E_NO_SUCH_NAME;
    }
}

static void check_error(const struct ticket *self, const zsnmp_reply_t *reply)
{
    zsnmp_err_t err = reply->error;
    if (err == ZSNMP_OK || can_end_so(self, err)) {
        return;
    }
    TRUE_OF(self, is_of_device(err), "it can not have ended so");
    TRUE_OF(self, !device_is_honest(self->device) || can_refuse(self, err),
            "an honest device does not say so");
}

static void check_sent(const struct ticket *self, const zsnmp_reply_t *reply)
{
    TRUE_OF(self, reply->sent != ZSNMP_SENT_NO || self->packets == 0,
            "it was sent, and says it was not");
    TRUE_OF(self, reply->error != ZSNMP_OK || reply->sent == ZSNMP_SENT_YES,
            "it was answered, and says it was not");
    TRUE_OF(self, reply->error_index <= self->count + 3u, "an error-index of nothing");
}

/* ---- rows ---- */

bool truth_is_right(const struct ticket *self, const struct row *row, const zsnmp_varbind_t *vb)
{
    return row != NULL && mib_compare(&row->name, vb->oid, vb->oid_len) == 0 &&
           mib_could_be(self->device, row, vb, self);
}

static bool is_missing(const zsnmp_varbind_t *vb)
{
    return vb->type == ZSNMP_NO_SUCH_OBJECT || vb->type == ZSNMP_NO_SUCH_INSTANCE;
}

/* GET and GETNEXT: each name in its place. */
static void check_names(const struct ticket *self, const zsnmp_reply_t *reply)
{
    zsnmp_varbind_t vb;
    size_t at = 0;
    bool next = self->op == ZSNMP_GET_NEXT;
    TRUE_OF(self, reply->count == self->count, "not as many varbinds as names");
    for (uint32_t i = 0; i < self->count && zsnmp_reply_varbind(reply, &at, &vb); i++) {
        const struct name *name = &self->names[i];
        const struct row *row = next ? mib_after(self->device, name->ids, name->len)
                                     : mib_find(self->device, name->ids, name->len);
        if (row == NULL) {
            TRUE_OF(self, mib_compare(name, vb.oid, vb.oid_len) == 0, "another name than asked");
            TRUE_OF(self, next ? vb.type == ZSNMP_END_OF_MIB_VIEW : is_missing(&vb),
                    "a value of nothing");
        } else {
            TRUE_OF(self, truth_is_right(self, row, &vb), "a wrong or an old value");
        }
    }
}

static void check_bulk(const struct ticket *self, const zsnmp_reply_t *reply)
{
    struct name at[WORLD_ITEMS_MAX];
    zsnmp_varbind_t vb;
    size_t cursor = 0;
    uint32_t single = self->non_repeaters < self->count ? self->non_repeaters : self->count;
    TRUE_OF(self, reply->count <= single + (self->count - single) * self->repetitions,
            "more varbinds than repetitions");
    for (uint32_t i = 0; i < self->count; i++) {
        at[i] = self->names[i];
    }
    for (uint32_t n = 0; zsnmp_reply_varbind(reply, &cursor, &vb); n++) {
        uint32_t i = n < self->count ? n : single + (n - self->count) % (self->count - single);
        const struct row *row = mib_after(self->device, at[i].ids, at[i].len);
        if (row == NULL) {
            TRUE_OF(self, vb.type == ZSNMP_END_OF_MIB_VIEW, "a value behind the end");
        } else {
            TRUE_OF(self, truth_is_right(self, row, &vb), "a wrong or an old value");
            at[i] = row->name;
        }
    }
}

/* A SET that was answered is in the device, and whoever asks from now on sees it. */
static void check_set(const struct ticket *self, const zsnmp_reply_t *reply)
{
    TRUE_OF(self, reply->count == self->count, "not as many varbinds as settings");
    TRUE_OF(self, self->applied != 0, "the device never did it");
    if (self->applied > self->device->floor) {
        self->device->floor = self->applied;
    }
}

/* ---- all of it ---- */

/* Whoever answers a GET with other names has not answered it. */
static void check_asked(const struct ticket *self, const zsnmp_reply_t *reply)
{
    zsnmp_varbind_t vb;
    size_t at = 0;
    for (uint32_t i = 0; i < self->count && zsnmp_reply_varbind(reply, &at, &vb); i++) {
        TRUE_OF(self, mib_compare(&self->names[i], vb.oid, vb.oid_len) == 0,
                "another name than asked");
    }
}

static void check_content(struct ticket *self, const zsnmp_reply_t *reply)
{
    if (reply->error == ZSNMP_OK && self->op == ZSNMP_GET) {
        check_asked(self, reply);
    }
    if (reply->error != ZSNMP_OK || !device_is_honest(self->device)) {
        return;
    }
    switch (self->op) {
    case ZSNMP_GET:
    case ZSNMP_GET_NEXT:
        check_names(self, reply);
        break;
    case ZSNMP_GET_BULK:
        check_bulk(self, reply);
        break;
    case ZSNMP_SET:
        check_set(self, reply);
        break;
    default:
        break;
    }
}

void truth_check(struct ticket *self, const zsnmp_reply_t *reply)
{
    check_error(self, reply);
    check_sent(self, reply);
    if (self->op == ZSNMP_WALK) {
        walk_check_end(self, reply);
    } else {
        TRUE_OF(self, reply->stop == ZSNMP_STOP_NONE && !reply->complete, "no walk, and it stops");
    }
    check_content(self, reply);
}
