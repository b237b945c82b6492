/*
 * The public builder of requests; see zsnmp.h. It checks what can be checked
 * of one setting; zsnmp_request_check() sees the whole when it is submitted.
 */
#include "oid.h"
#include "request.h"
#include "setval.h"

#define ROOM 512u /* memory of a usual request, credentials included */
#define TEXT_MAX (4u * ZSNMP_VALUE_MAX)

zsnmp_request_t *zsnmp_request_new(zsnmp_op_t op, const char *peer)
{
    struct zsnmp_request *self = zsnmp_request_alloc(ROOM);
    if (self == NULL) {
        return NULL;
    }
    self->op = (uint8_t)op;
    size_t len = peer == NULL ? 0 : strnlen(peer, ZSNMP_PEER_MAX + 1);
    if (len > 0 && zsnmp_request_copy(self, &self->peer, peer, len) != ZSNMP_OK) {
        zsnmp_request_free(self);
        return NULL;
    }
    return self;
}

void zsnmp_request_destroy(zsnmp_request_t **self_p)
{
    if (self_p != NULL) {
        zsnmp_request_free(*self_p);
        *self_p = NULL;
    }
}

zsnmp_err_t zsnmp_request_set_version(zsnmp_request_t *self, zsnmp_version_t version)
{
    if (version != ZSNMP_V1 && version != ZSNMP_V2C && version != ZSNMP_V3) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->creds.version = (uint8_t)version;
    return ZSNMP_OK;
}

/* Copies a setting of min to max bytes. */
static zsnmp_err_t set_bytes(struct zsnmp_request *self, struct zsnmp_str *to, const void *data,
                             size_t len, size_t min, size_t max)
{
    if (data == NULL || len < min || len > max) {
        return ZSNMP_E_BAD_REQUEST;
    }
    return zsnmp_request_copy(self, to, data, len);
}

static zsnmp_err_t set_text(struct zsnmp_request *self, struct zsnmp_str *to, const char *text,
                            size_t min, size_t max)
{
    return set_bytes(self, to, text, text == NULL ? 0 : strnlen(text, max + 1), min, max);
}

/* The request becomes a v3 one, with a level that follows from what is there when it is checked. */
static zsnmp_err_t use_v3(struct zsnmp_request *self, zsnmp_err_t err)
{
    if (err == ZSNMP_OK) {
        self->creds.version = ZSNMP_V3;
        self->creds.level = 0;
    }
    return err;
}

zsnmp_err_t zsnmp_request_set_community(zsnmp_request_t *self, const void *data, size_t len)
{
    return set_bytes(self, &self->creds.community, len == 0 ? "" : data, len, 0,
                     ZSNMP_COMMUNITY_MAX);
}

zsnmp_err_t zsnmp_request_set_user(zsnmp_request_t *self, const char *user)
{
    return use_v3(self, set_text(self, &self->creds.user, user, 1, ZSNMP_USER_MAX));
}

zsnmp_err_t zsnmp_request_set_auth(zsnmp_request_t *self, zsnmp_auth_t proto, const char *pass)
{
    if (proto < ZSNMP_AUTH_MD5 || proto > ZSNMP_AUTH_SHA512) {
        return ZSNMP_E_BAD_REQUEST;
    }
    zsnmp_err_t err = set_text(self, &self->creds.auth_pass, pass, ZSNMP_PASS_MIN, ZSNMP_PASS_MAX);
    if (err == ZSNMP_OK) {
        self->creds.auth_proto = (uint8_t)proto;
        self->creds.auth_key = (struct zsnmp_str){NULL, 0};
    }
    return use_v3(self, err);
}

zsnmp_err_t zsnmp_request_set_priv(zsnmp_request_t *self, zsnmp_priv_t proto, const char *pass)
{
    if (proto < ZSNMP_PRIV_DES || proto > ZSNMP_PRIV_AES256C) {
        return ZSNMP_E_BAD_REQUEST;
    }
    zsnmp_err_t err = set_text(self, &self->creds.priv_pass, pass, ZSNMP_PASS_MIN, ZSNMP_PASS_MAX);
    if (err == ZSNMP_OK) {
        self->creds.priv_proto = (uint8_t)proto;
        self->creds.priv_key = (struct zsnmp_str){NULL, 0};
    }
    return use_v3(self, err);
}

zsnmp_err_t zsnmp_request_set_auth_key(zsnmp_request_t *self, zsnmp_auth_t proto, const void *key,
                                       size_t len)
{
    uint32_t want = zsnmp_auth_key_len((uint8_t)proto);
    if (want == 0 || len != want) {
        return ZSNMP_E_BAD_REQUEST;
    }
    zsnmp_err_t err = set_bytes(self, &self->creds.auth_key, key, len, want, want);
    if (err == ZSNMP_OK) {
        self->creds.auth_proto = (uint8_t)proto;
        self->creds.auth_pass = (struct zsnmp_str){NULL, 0};
    }
    return use_v3(self, err);
}

zsnmp_err_t zsnmp_request_set_priv_key(zsnmp_request_t *self, zsnmp_priv_t proto, const void *key,
                                       size_t len)
{
    uint32_t want = zsnmp_priv_key_len((uint8_t)proto);
    if (want == 0 || len < want || len > ZSNMP_KEY_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    zsnmp_err_t err = set_bytes(self, &self->creds.priv_key, key, len, want, ZSNMP_KEY_MAX);
    if (err == ZSNMP_OK) {
        self->creds.priv_proto = (uint8_t)proto;
        self->creds.priv_pass = (struct zsnmp_str){NULL, 0};
    }
    return use_v3(self, err);
}

zsnmp_err_t zsnmp_request_set_engine_id(zsnmp_request_t *self, const void *data, size_t len)
{
    return use_v3(self, set_bytes(self, &self->creds.engine_id, data, len, ZSNMP_ENGINE_ID_MIN,
                                  ZSNMP_ENGINE_ID_MAX));
}

zsnmp_err_t zsnmp_request_set_context(zsnmp_request_t *self, const char *context)
{
    return use_v3(self, set_text(self, &self->context, context, 0, ZSNMP_CONTEXT_MAX));
}

zsnmp_err_t zsnmp_request_set_context_engine_id(zsnmp_request_t *self, const void *data, size_t len)
{
    return use_v3(self, set_bytes(self, &self->context_engine_id, data, len, ZSNMP_ENGINE_ID_MIN,
                                  ZSNMP_ENGINE_ID_MAX));
}

static zsnmp_err_t append(struct zsnmp_request *self, const uint32_t *oid, size_t oid_len,
                          struct zsnmp_item **item)
{
    if (oid == NULL || !zsnmp_oid_valid(oid, oid_len)) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (self->item_count >= ZSNMP_VARBINDS_MAX) {
        return ZSNMP_E_TOO_LARGE;
    }
    *item = zsnmp_request_append(self, oid, oid_len);
    return *item == NULL ? ZSNMP_E_INTERNAL : ZSNMP_OK;
}

zsnmp_err_t zsnmp_request_add_oid(zsnmp_request_t *self, const uint32_t *oid, size_t oid_len)
{
    struct zsnmp_item *item = NULL;
    return append(self, oid, oid_len, &item);
}

static size_t parse_oid(const char *text, uint32_t *oid)
{
    size_t len = text == NULL ? 0 : strnlen(text, ZSNMP_OID_TEXT_MAX + 1);
    return len > ZSNMP_OID_TEXT_MAX ? 0 : zsnmp_oid_parse(text, len, oid, ZSNMP_OID_MAX);
}

zsnmp_err_t zsnmp_request_add_oid_str(zsnmp_request_t *self, const char *oid)
{
    uint32_t subids[ZSNMP_OID_MAX];
    return zsnmp_request_add_oid(self, subids, parse_oid(oid, subids));
}

/* Takes the last item out again; its memory stays the arena's. */
static void drop_last(struct zsnmp_request *self, struct zsnmp_item *before)
{
    self->items_last = before;
    if (before == NULL) {
        self->items = NULL;
    } else {
        before->next = NULL;
    }
    self->item_count--;
}

zsnmp_err_t zsnmp_request_add_set(zsnmp_request_t *self, const char *oid, char type,
                                  const char *value)
{
    uint32_t subids[ZSNMP_OID_MAX];
    struct zsnmp_item *before = self->items_last;
    struct zsnmp_item *item = NULL;
    size_t len = value == NULL ? 0 : strnlen(value, TEXT_MAX + 1);
    if (len > TEXT_MAX) {
        return ZSNMP_E_TOO_LARGE;
    }
    zsnmp_err_t err = append(self, subids, parse_oid(oid, subids), &item);
    if (err != ZSNMP_OK) {
        return err;
    }
    const char *why = NULL;
    struct zsnmp_setval from = {.kind = value == NULL ? ZSNMP_SETVAL_NOTHING : ZSNMP_SETVAL_TEXT,
                                .data = value,
                                .len = len};
    err = zsnmp_setval_put(self, item, type, &from, &why);
    if (err != ZSNMP_OK) {
        drop_last(self, before);
    }
    return err;
}

zsnmp_err_t zsnmp_request_set_bulk(zsnmp_request_t *self, uint32_t non_repeaters,
                                   uint32_t max_repetitions)
{
    if (non_repeaters > ZSNMP_REPETITIONS_MAX || max_repetitions > ZSNMP_REPETITIONS_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->non_repeaters = non_repeaters;
    self->max_repetitions = max_repetitions;
    return ZSNMP_OK;
}

void zsnmp_request_set_walk_bulk(zsnmp_request_t *self, bool bulk)
{
    self->walk_bulk = bulk;
}

zsnmp_err_t zsnmp_request_set_timeout(zsnmp_request_t *self, uint32_t timeout_ms, uint32_t retries)
{
    if (timeout_ms > ZSNMP_TIMEOUT_MS_MAX || retries > ZSNMP_RETRIES_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->timeout_ms = timeout_ms;
    self->retries = retries;
    return ZSNMP_OK;
}

void zsnmp_request_set_deadline(zsnmp_request_t *self, uint32_t deadline_ms)
{
    self->deadline_ms = deadline_ms < ZSNMP_DEADLINE_MS_MAX ? deadline_ms : ZSNMP_DEADLINE_MS_MAX;
}

zsnmp_err_t zsnmp_request_set_priority(zsnmp_request_t *self, uint32_t priority)
{
    if (priority > ZSNMP_PRIORITY_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->priority = (uint8_t)priority;
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_request_set_device_limits(zsnmp_request_t *self, uint32_t window,
                                            uint32_t queue_max, uint32_t interval_ms)
{
    if (interval_ms > ZSNMP_INTERVAL_MS_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->device_window = window;
    self->device_queue_max = queue_max;
    self->device_interval_ms = interval_ms;
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_request_set_start(zsnmp_request_t *self, const uint32_t *oid, size_t oid_len)
{
    return zsnmp_request_begin_at(self, oid, oid_len);
}

zsnmp_err_t zsnmp_request_set_stream(zsnmp_request_t *self, uint32_t count, zsnmp_rows_fn *rows)
{
    if (count == 0 || rows == NULL) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->stream = count;
    self->rows = rows;
    return ZSNMP_OK;
}

void zsnmp_request_set_limit(zsnmp_request_t *self, uint32_t rows)
{
    self->limit = rows;
}
