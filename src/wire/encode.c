/*
 * Replies to MessagePack, as docs/PROTOCOL.md orders them. Nothing that a
 * request carries but its id and its peer is ever said again.
 */
#include "base/oid.h"
#include "mp.h"
#include "mp_raw.h"
#include "wire.h"

#define PROTOCOL_NAME "ZSNMP/1"

static void put_id(struct zsnmp_buf *out, const void *id, size_t id_len)
{
    zsnmp_mp_put_key(out, "id");
    if (id_len == 0) {
        zsnmp_mp_put_nil(out);
    } else {
        zsnmp_mp_put_raw(out, id, id_len);
    }
}

static void put_uint_pair(struct zsnmp_buf *out, const char *key, uint64_t value)
{
    zsnmp_mp_put_str(out, key);
    zsnmp_mp_put_uint(out, value);
}

static void put_str_pair(struct zsnmp_buf *out, const char *key, const char *value)
{
    zsnmp_mp_put_str(out, key);
    zsnmp_mp_put_str(out, value);
}

static void put_bool_pair(struct zsnmp_buf *out, const char *key, bool value)
{
    zsnmp_mp_put_str(out, key);
    zsnmp_mp_put_bool(out, value);
}

/* ---- errors ---- */

struct fault {
    zsnmp_err_t err;
    const char *message; /* NULL: the error's own text */
    uint32_t index;
    bool retryable;
    zsnmp_sent_t sent;
};

static void put_fault(struct zsnmp_buf *out, const struct fault *fault)
{
    static const char *const sent[] = {"no", "maybe", "yes"};
    const char *message = fault->message != NULL ? fault->message : zsnmp_error_text(fault->err);
    zsnmp_mp_put_key(out, "error");
    zsnmp_mp_put_map(out, 6);
    put_uint_pair(out, "code", (uint64_t)fault->err);
    put_str_pair(out, "name", zsnmp_error_name(fault->err));
    put_str_pair(out, "message", message);
    put_uint_pair(out, "index", fault->index);
    put_bool_pair(out, "retryable", fault->retryable);
    put_str_pair(out, "sent", sent[fault->sent <= ZSNMP_SENT_YES ? fault->sent : ZSNMP_SENT_MAYBE]);
}

void zsnmp_wire_put_refusal(struct zsnmp_buf *out, const struct zsnmp_wire_call *call,
                            zsnmp_err_t err, const char *why)
{
    bool peer = call->peer.len > 0;
    zsnmp_mp_put_map(out, peer ? 3 : 2);
    put_id(out, call->id, call->id_len);
    if (peer) {
        zsnmp_mp_put_key(out, "peer");
        zsnmp_mp_put_strn(out, call->peer.data, call->peer.len);
    }
    struct fault fault = {err, why, call->error_index, zsnmp_error_retryable(err), ZSNMP_SENT_NO};
    put_fault(out, &fault);
}

void zsnmp_wire_put_error(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, zsnmp_err_t err,
                          const char *why)
{
    zsnmp_mp_put_map(out, 2);
    put_id(out, id, id_len);
    struct fault fault = {err, why, 0, zsnmp_error_retryable(err), ZSNMP_SENT_NO};
    put_fault(out, &fault);
}

/* ---- replies of SNMP operations ---- */

/* Whether the device itself said no: an error-status, or a report of USM. */
static bool device_refused(zsnmp_err_t err)
{
    return (err >= ZSNMP_E_TOO_BIG && err <= ZSNMP_E_INCONSISTENT_NAME) ||
           (err >= ZSNMP_E_UNKNOWN_USER && err <= ZSNMP_E_BAD_KEY);
}

/* A SET that may have been carried out, by an earlier try perhaps, is not to be sent blindly. */
static bool may_retry(const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    bool undone = request->op != ZSNMP_SET || reply->sent == ZSNMP_SENT_NO ||
                  (reply->tries <= 1 && device_refused(reply->error));
    return undone && zsnmp_error_retryable(reply->error);
}

/* Map, id and peer: what each reply begins with. */
static void put_start(struct zsnmp_buf *out, uint32_t pairs, const struct zsnmp_request *request)
{
    size_t id_len = request->id.len;
    size_t peer_len = request->peer.len;
    uint8_t *to = zsnmp_buf_reserve(out, zsnmp_mp_count_size(pairs) + sizeof "id" +
                                             (id_len == 0 ? 1 : id_len) + sizeof "peer" +
                                             zsnmp_mp_text_size(peer_len));
    if (to == NULL) {
        return;
    }
    uint8_t *start = to;
    to = zsnmp_mp_raw_count(to, ZSNMP_MP_FIX_MAP, ZSNMP_MP_MAP16, pairs);
    to = zsnmp_mp_raw_key(to, "id");
    if (id_len == 0) {
        *to++ = ZSNMP_MP_NIL_BYTE;
    } else {
        memcpy(to, request->id.data, id_len); /* encoded already */
        to += id_len;
    }
    to = zsnmp_mp_raw_key(to, "peer");
    to = zsnmp_mp_raw_text(to, request->peer.data, peer_len);
    out->len += (size_t)(to - start);
}

static void put_varbinds(struct zsnmp_buf *out, const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    size_t len = reply->varbinds.len;
    uint8_t *to =
        zsnmp_buf_reserve(out, sizeof "varbinds" + zsnmp_mp_count_size(reply->count) + len);
    if (to == NULL) {
        return;
    }
    uint8_t *start = to;
    bool list = request->form == ZSNMP_FORM_LIST;
    to = zsnmp_mp_raw_key(to, "varbinds");
    to = zsnmp_mp_raw_count(to, list ? ZSNMP_MP_FIX_ARRAY : ZSNMP_MP_FIX_MAP,
                            list ? ZSNMP_MP_ARRAY16 : ZSNMP_MP_MAP16, reply->count);
    if (len > 0) {
        memcpy(to, reply->varbinds.data, len);
    }
    out->len += (size_t)(to - start) + len;
}

static void put_oid(struct zsnmp_buf *out, const uint32_t *oid, size_t len)
{
    char text[ZSNMP_OID_TEXT_MAX];
    zsnmp_mp_put_strn(out, text, zsnmp_oid_format(oid, len, text));
}

static void put_oid_pair(struct zsnmp_buf *out, const char *key, const uint32_t *oid, size_t len)
{
    zsnmp_mp_put_str(out, key);
    put_oid(out, oid, len);
}

/* Several roots: nil where nothing is left. */
static void put_next_of_each(struct zsnmp_buf *out, const struct zsnmp_request *request)
{
    const struct zsnmp_item *now = request->items;
    while (now != NULL && now->missing) {
        now = now->next;
    }
    zsnmp_mp_put_str(out, "next");
    zsnmp_mp_put_array(out, request->item_count);
    for (const struct zsnmp_item *root = request->items; root != NULL; root = root->next) {
        if (root->missing) {
            zsnmp_mp_put_nil(out);
        } else if (root == now) {
            put_oid(out, request->reply.next, request->reply.next_len);
        } else if (root->data_len > 0) {
            put_oid(out, root->value.subids, root->data_len);
        } else {
            put_oid(out, root->oid, root->oid_len);
        }
    }
}

static void put_quirks(struct zsnmp_buf *out, uint32_t quirks)
{
    zsnmp_mp_put_str(out, "quirks");
    zsnmp_mp_put_array(out, (uint32_t)__builtin_popcount(quirks));
    for (; quirks != 0; quirks &= quirks - 1) {
        zsnmp_mp_put_str(out, zsnmp_quirk_name((zsnmp_quirk_t)__builtin_ctz(quirks)));
    }
}

void zsnmp_wire_put_reply(struct zsnmp_buf *out, const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    bool failed = reply->error != ZSNMP_OK;
    bool varbinds = !failed || reply->count > 0;
    bool walk = request->op == ZSNMP_WALK;
    bool stop = walk && reply->stop != ZSNMP_STOP_NONE;
    bool next = walk && !reply->complete && reply->next_len > 0;
    bool quirks = reply->quirks != 0;
    bool stream = request->stream != 0;
    put_start(out,
              2u + failed + varbinds + walk + stop + next + quirks + stream + 2u * request->timing,
              request);
    if (failed) {
        struct fault fault = {reply->error, reply->message, reply->error_index, may_retry(request),
                              reply->sent};
        put_fault(out, &fault);
    }
    if (varbinds) {
        put_varbinds(out, request);
    }
    if (stream) {
        put_bool_pair(out, "more", false);
    }
    if (walk) {
        put_bool_pair(out, "complete", reply->complete);
    }
    if (stop) {
        put_str_pair(out, "stop", zsnmp_stop_name(reply->stop));
    }
    if (next && request->item_count > 1) {
        put_next_of_each(out, request);
    } else if (next) {
        put_oid_pair(out, "next", reply->next, reply->next_len);
    }
    if (quirks) {
        put_quirks(out, reply->quirks);
    }
    if (request->timing) {
        put_uint_pair(out, "rtt_us", reply->rtt_us);
        put_uint_pair(out, "tries", reply->tries);
    }
}

void zsnmp_wire_put_part(struct zsnmp_buf *out, const struct zsnmp_request *request)
{
    put_start(out, 4, request);
    put_varbinds(out, request);
    put_bool_pair(out, "more", true);
}

static void copy_pair(struct zsnmp_buf *out, const struct zsnmp_mp_token *map, const uint8_t *end,
                      const char *key)
{
    struct zsnmp_mp_token value;
    zsnmp_mp_put_str(out, key);
    if (!zsnmp_mp_find(map, end, key, &value)) {
        zsnmp_mp_put_nil(out);
    } else if (value.type == ZSNMP_MP_STR) {
        zsnmp_mp_put_strn(out, (const char *)value.data, value.len);
    } else if (value.type == ZSNMP_MP_BIN) {
        zsnmp_mp_put_bin(out, value.data, value.len);
    } else if (value.type == ZSNMP_MP_UINT) {
        zsnmp_mp_put_uint(out, value.value.u);
    } else {
        zsnmp_mp_put_nil(out);
    }
}

void zsnmp_wire_put_substitute(struct zsnmp_buf *out, const uint8_t *reply, size_t len,
                               struct zsnmp_wire_fate fate, zsnmp_err_t err, const char *why)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(reply, len);
    struct zsnmp_mp_token map;
    bool undone = fate.op != ZSNMP_SET || fate.sent == ZSNMP_SENT_NO;
    bool walk = fate.op == ZSNMP_WALK;
    if (!zsnmp_mp_next(&reader, &map)) {
        map = (struct zsnmp_mp_token){.type = ZSNMP_MP_NIL};
    }
    zsnmp_mp_put_map(out, walk ? 4 : 3);
    copy_pair(out, &map, reply + len, "id");
    copy_pair(out, &map, reply + len, "peer");
    struct fault fault = {err, why, 0, undone && zsnmp_error_retryable(err), fate.sent};
    put_fault(out, &fault);
    if (walk) {
        put_bool_pair(out, "complete", false);
    }
}

/* ---- replies of the service itself ---- */

void zsnmp_wire_put_pong(struct zsnmp_buf *out, const uint8_t *id, size_t id_len,
                         uint64_t uptime_ms)
{
    zsnmp_mp_put_map(out, 5);
    put_id(out, id, id_len);
    put_bool_pair(out, "pong", true);
    put_str_pair(out, "protocol", PROTOCOL_NAME);
    put_str_pair(out, "version", zsnmp_version());
    put_uint_pair(out, "uptime_ms", uptime_ms);
}

void zsnmp_wire_put_cancelled(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, bool found)
{
    if (!found) {
        zsnmp_wire_put_error(out, id, id_len, ZSNMP_E_UNKNOWN_REQUEST, NULL);
        return;
    }
    zsnmp_mp_put_map(out, 2);
    put_id(out, id, id_len);
    put_bool_pair(out, "cancelled", true);
}

void zsnmp_wire_put_info(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, uint32_t entries)
{
    zsnmp_mp_put_map(out, 2);
    put_id(out, id, id_len);
    zsnmp_mp_put_key(out, "info");
    zsnmp_mp_put_map(out, entries);
}

void zsnmp_wire_put_info_uint(struct zsnmp_buf *out, const char *name, uint64_t value)
{
    put_uint_pair(out, name, value);
}

void zsnmp_wire_put_info_str(struct zsnmp_buf *out, const char *name, const char *value)
{
    put_str_pair(out, name, value);
}

static uint64_t age_ms(int64_t now_us, int64_t then_us)
{
    return now_us > then_us ? (uint64_t)(now_us - then_us) / 1000 : 0;
}

/* 0 is what is not known. */
static void put_known_pair(struct zsnmp_buf *out, const char *key, uint32_t value)
{
    zsnmp_mp_put_str(out, key);
    if (value == 0) {
        zsnmp_mp_put_nil(out);
    } else {
        zsnmp_mp_put_uint(out, value);
    }
}

static void put_device(struct zsnmp_buf *out, const struct zsnmp_device_row *row, int64_t now_us)
{
    zsnmp_mp_put_map(out, row->down_since_us == 0 ? 15 : 16);
    put_str_pair(out, "peer", row->peer);
    put_str_pair(out, "state", row->down_since_us == 0 ? "up" : "down");
    put_uint_pair(out, "changes", row->changes);
    if (row->down_since_us != 0) {
        put_uint_pair(out, "down_ms", age_ms(now_us, row->down_since_us));
    }
    put_uint_pair(out, "worker", row->worker);
    put_uint_pair(out, "sessions", row->sessions);
    put_uint_pair(out, "queued", row->queued);
    put_uint_pair(out, "in_flight", row->in_flight);
    put_uint_pair(out, "requests", row->requests);
    put_uint_pair(out, "timeouts", row->timeouts);
    put_uint_pair(out, "failures", row->failures);
    put_known_pair(out, "rtt_us", row->rtt_us);
    zsnmp_mp_put_key(out, "seen_ms_ago");
    if (row->last_seen_us == 0) {
        zsnmp_mp_put_nil(out);
    } else {
        zsnmp_mp_put_uint(out, age_ms(now_us, row->last_seen_us));
    }
    put_known_pair(out, "get_names", row->get_names);
    put_known_pair(out, "repetitions", row->repetitions);
    put_quirks(out, row->quirks);
}

void zsnmp_wire_put_devices(struct zsnmp_buf *out, const uint8_t *id, size_t id_len,
                            const struct zsnmp_device_row *rows, size_t count, uint64_t known,
                            int64_t now_us)
{
    zsnmp_mp_put_map(out, 3);
    put_id(out, id, id_len);
    put_uint_pair(out, "known", known);
    zsnmp_mp_put_key(out, "devices");
    zsnmp_mp_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_device(out, &rows[i], now_us);
    }
}

void zsnmp_wire_put_batch(struct zsnmp_buf *out, uint32_t count)
{
    zsnmp_mp_put_array(out, count);
}
