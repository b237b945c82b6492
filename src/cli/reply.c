/*
 * Decodes replies; see reply.h.
 */
#include "reply.h"

#include <arpa/inet.h>
#include <string.h>

/* A string of the broker's for people: control characters would reach a terminal. */
static void copy_text(char *to, size_t size, const struct zsnmp_mp_token *token)
{
    size_t len = 0;
    if (token->type == ZSNMP_MP_STR || token->type == ZSNMP_MP_BIN) {
        for (; len < token->len && len + 1 < size; len++) {
            uint8_t c = token->data[len];
            to[len] = c < 0x20 || c == 0x7f ? '?' : (char)c;
        }
    }
    to[len] = '\0';
}

static uint64_t number_of(const struct zsnmp_mp_token *token)
{
    return token->type == ZSNMP_MP_UINT ? token->value.u : 0;
}

static bool is_true(const struct zsnmp_mp_token *token)
{
    return token->type == ZSNMP_MP_BOOL && token->value.b;
}

static bool is_bytes(const struct zsnmp_mp_token *token)
{
    return token->type == ZSNMP_MP_STR || token->type == ZSNMP_MP_BIN;
}

/* ---- values ---- */

static bool take_integer(zsnmp_varbind_t *vb, const struct zsnmp_mp_token *token)
{
    if (token->type == ZSNMP_MP_INT) {
        vb->value.i = token->value.i;
        return true;
    }
    if (token->type != ZSNMP_MP_UINT || token->value.u > INT64_MAX) {
        return false;
    }
    vb->value.i = (int64_t)token->value.u;
    return true;
}

static bool take_unsigned(zsnmp_varbind_t *vb, const struct zsnmp_mp_token *token)
{
    vb->value.u = number_of(token);
    return token->type == ZSNMP_MP_UINT;
}

/* A writer may have turned 1.0 into 1. */
static bool take_real(zsnmp_varbind_t *vb, const struct zsnmp_mp_token *token)
{
    switch (token->type) {
    case ZSNMP_MP_DOUBLE:
        vb->value.d = token->value.d;
        return true;
    case ZSNMP_MP_UINT:
        vb->value.d = (double)token->value.u;
        return true;
    case ZSNMP_MP_INT:
        vb->value.d = (double)token->value.i;
        return true;
    default:
        return false;
    }
}

static bool take_bytes(zsnmp_varbind_t *vb, const struct zsnmp_mp_token *token)
{
    if (!is_bytes(token)) {
        return false;
    }
    vb->value.bytes.data = token->data;
    vb->value.bytes.len = token->len;
    return true;
}

/* Text, or bytes where a device sent an address that is none. */
static bool take_address(struct zsnmp_cli_varbinds *self, zsnmp_varbind_t *vb,
                         const struct zsnmp_mp_token *token)
{
    char text[INET_ADDRSTRLEN] = "";
    if (token->type != ZSNMP_MP_STR || token->len >= sizeof(text)) {
        return take_bytes(vb, token);
    }
    memcpy(text, token->data, token->len);
    vb->value.bytes.data = self->address;
    vb->value.bytes.len = sizeof(self->address);
    return inet_pton(AF_INET, text, self->address) == 1;
}

static bool take_oid(struct zsnmp_cli_varbinds *self, zsnmp_varbind_t *vb,
                     const struct zsnmp_mp_token *token)
{
    if (!is_bytes(token)) {
        return false;
    }
    vb->value.oid.subids = self->value;
    vb->value.oid.len =
        zsnmp_oid_parse((const char *)token->data, token->len, self->value, ZSNMP_OID_MAX);
    return vb->value.oid.len > 0 || token->len == 0;
}

static bool take_value(struct zsnmp_cli_varbinds *self, zsnmp_varbind_t *vb,
                       const struct zsnmp_mp_token *token)
{
    switch (vb->type) {
    case ZSNMP_INTEGER:
    case ZSNMP_OPAQUE_INT64:
        return take_integer(vb, token);
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32:
    case ZSNMP_COUNTER64:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_UINT64:
        return take_unsigned(vb, token);
    case ZSNMP_OPAQUE_FLOAT:
    case ZSNMP_OPAQUE_DOUBLE:
        return take_real(vb, token);
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
        return take_bytes(vb, token);
    case ZSNMP_IP_ADDRESS:
        return take_address(self, vb, token);
    case ZSNMP_OBJECT_ID:
        return take_oid(self, vb, token);
    default: /* without a value, or of a type that nobody knows */
        return true;
    }
}

void zsnmp_cli_varbinds_first(struct zsnmp_cli_varbinds *self, const struct zsnmp_cli_reply *reply)
{
    self->reader = reply->varbinds;
    self->left = reply->count;
}

/* [oid, type, value] */
bool zsnmp_cli_varbinds_next(struct zsnmp_cli_varbinds *self, zsnmp_varbind_t *vb)
{
    struct zsnmp_mp_token token;
    *vb = (zsnmp_varbind_t){.oid = self->oid};
    if (self->left == 0 || !zsnmp_mp_next(&self->reader, &token) || token.type != ZSNMP_MP_ARRAY ||
        token.len != 3) {
        return false;
    }
    if (!zsnmp_mp_whole(&self->reader, &token) || !is_bytes(&token)) {
        return false;
    }
    vb->oid_len = zsnmp_oid_parse((const char *)token.data, token.len, self->oid, ZSNMP_OID_MAX);
    if (vb->oid_len == 0 || !zsnmp_mp_whole(&self->reader, &token) || token.type != ZSNMP_MP_UINT ||
        token.value.u > UINT8_MAX) {
        return false;
    }
    vb->type = (uint8_t)token.value.u;
    if (!zsnmp_mp_whole(&self->reader, &token) || !take_value(self, vb, &token)) {
        return false;
    }
    self->left--;
    return true;
}

/* ---- replies ---- */

static bool take_varbinds(struct zsnmp_cli_reply *self, const struct zsnmp_mp_token *token,
                          const uint8_t *end)
{
    if (token->type != ZSNMP_MP_ARRAY) {
        return false;
    }
    self->count = token->len;
    self->varbinds = (struct zsnmp_mp_reader){token->data, end};
    struct zsnmp_cli_varbinds varbinds;
    zsnmp_varbind_t vb;
    zsnmp_cli_varbinds_first(&varbinds, self);
    while (zsnmp_cli_varbinds_next(&varbinds, &vb)) {
    }
    return varbinds.left == 0;
}

static bool take_error(struct zsnmp_cli_reply *self, const struct zsnmp_mp_token *map,
                       const uint8_t *end)
{
    struct zsnmp_cli_error *error = &self->error;
    struct zsnmp_mp_token token;
    if (map->type != ZSNMP_MP_MAP) {
        return false;
    }
    self->failed = true;
    if (zsnmp_mp_find(map, end, "code", &token)) {
        error->code = number_of(&token);
    }
    if (zsnmp_mp_find(map, end, "index", &token)) {
        error->index = number_of(&token);
    }
    error->retryable = zsnmp_mp_find(map, end, "retryable", &token) && is_true(&token);
    if (zsnmp_mp_find(map, end, "name", &token)) {
        copy_text(error->name, sizeof(error->name), &token);
    }
    if (zsnmp_mp_find(map, end, "message", &token)) {
        copy_text(error->message, sizeof(error->message), &token);
    }
    if (zsnmp_mp_find(map, end, "sent", &token)) {
        copy_text(error->sent, sizeof(error->sent), &token);
    }
    return true;
}

/* `end` is the end of the value's bytes. */
static bool take_key(struct zsnmp_cli_reply *self, const struct zsnmp_mp_token *key,
                     const struct zsnmp_mp_token *value, const uint8_t *end)
{
    if (zsnmp_mp_is(key, "id")) {
        self->has_id = value->type == ZSNMP_MP_UINT;
        self->id = number_of(value);
    } else if (zsnmp_mp_is(key, "varbinds")) {
        return take_varbinds(self, value, end);
    } else if (zsnmp_mp_is(key, "error")) {
        return take_error(self, value, end);
    } else if (zsnmp_mp_is(key, "more")) {
        self->more = is_true(value);
    } else if (zsnmp_mp_is(key, "complete")) {
        self->has_complete = true;
        self->complete = is_true(value);
    } else if (zsnmp_mp_is(key, "stop")) {
        copy_text(self->stop, sizeof(self->stop), value);
    } else if (zsnmp_mp_is(key, "next")) {
        copy_text(self->next, sizeof(self->next), value);
    }
    return true;
}

bool zsnmp_cli_reply_decode(struct zsnmp_cli_reply *self, const uint8_t *data, size_t len)
{
    memset(self, 0, sizeof(*self));
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token map;
    if (!zsnmp_mp_next(&reader, &map) || map.type != ZSNMP_MP_MAP) {
        return false;
    }
    for (uint32_t i = 0; i < map.len; i++) {
        struct zsnmp_mp_token key;
        struct zsnmp_mp_token value;
        if (!zsnmp_mp_whole(&reader, &key) || !zsnmp_mp_whole(&reader, &value) ||
            !take_key(self, &key, &value, reader.at)) {
            return false;
        }
    }
    return reader.at == reader.end;
}

bool zsnmp_cli_reply_good(const struct zsnmp_cli_reply *self)
{
    return !self->failed &&
           (!self->has_complete || self->complete || strcmp(self->stop, "limit") == 0);
}

bool zsnmp_cli_body_split(const uint8_t *data, size_t len, zsnmp_cli_map_fn *handle, void *arg)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_reader check = reader;
    struct zsnmp_mp_token token;
    if (!zsnmp_mp_skip(&check) || check.at != check.end || !zsnmp_mp_next(&reader, &token)) {
        return false;
    }
    if (token.type == ZSNMP_MP_MAP) {
        return handle(arg, data, len);
    }
    if (token.type != ZSNMP_MP_ARRAY) {
        return false;
    }
    for (uint32_t i = 0; i < token.len; i++) {
        const uint8_t *start = reader.at;
        if (!zsnmp_mp_skip(&reader) || !handle(arg, start, (size_t)(reader.at - start))) {
            return false;
        }
    }
    return true;
}
