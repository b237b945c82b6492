/*
 * The decoder's part for OIDs and settings. Memory grows with what was really
 * sent, never with what a head claims.
 */
#include "base/oid.h"
#include "base/setval.h"
#include "decode.h"

#define NUMBERS_MAX 1024u /* of a list in a setting: an OID, or bit numbers */

/* An array of unsigned 32-bit numbers; false: something else, or more than max. */
static bool read_numbers(const struct zsnmp_mp_token *array, const uint8_t *end, uint32_t *numbers,
                         size_t max)
{
    struct zsnmp_mp_reader reader = {array->data, end};
    if (array->len > max) {
        return false;
    }
    for (uint32_t i = 0; i < array->len; i++) {
        struct zsnmp_mp_token token;
        if (!zsnmp_mp_next(&reader, &token) || token.type != ZSNMP_MP_UINT ||
            token.value.u > UINT32_MAX) {
            return false;
        }
        numbers[i] = (uint32_t)token.value.u;
    }
    return true;
}

/* Sub-identifiers of an OID in text or as an array; 0: not an OID. */
static size_t read_oid(const struct zsnmp_mp_token *token, const uint8_t *end, uint32_t *oid)
{
    if (zsnmp_mp_is_string(token)) {
        return zsnmp_oid_parse((const char *)token->data, token->len, oid, ZSNMP_OID_MAX);
    }
    if (token->type != ZSNMP_MP_ARRAY || !read_numbers(token, end, oid, ZSNMP_OID_MAX)) {
        return 0;
    }
    return zsnmp_oid_valid(oid, token->len) ? token->len : 0;
}

static zsnmp_err_t refuse(struct zsnmp_decode *self, zsnmp_err_t err, const char *text)
{
    *self->why = text;
    return err;
}

/* Reads the OID that comes next and appends an item for it. */
static zsnmp_err_t append(struct zsnmp_decode *self, struct zsnmp_mp_reader *reader,
                          struct zsnmp_item **item)
{
    struct zsnmp_mp_token token;
    uint32_t oid[ZSNMP_OID_MAX];
    if (!zsnmp_mp_whole(reader, &token)) {
        return ZSNMP_E_BAD_REQUEST;
    }
    size_t len = read_oid(&token, self->end, oid);
    if (len == 0) {
        return refuse(self, ZSNMP_E_BAD_REQUEST, "oids: not an object identifier");
    }
    *item = zsnmp_request_append(self->request, oid, len);
    return *item == NULL ? ZSNMP_E_INTERNAL : ZSNMP_OK;
}

zsnmp_err_t zsnmp_decode_oids(struct zsnmp_decode *self, const struct zsnmp_mp_token *token)
{
    if (token->type != ZSNMP_MP_ARRAY || token->len == 0) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (token->len > ZSNMP_VARBINDS_MAX - self->request->item_count) {
        return refuse(self, ZSNMP_E_TOO_LARGE, "oids: more than 1000");
    }
    struct zsnmp_mp_reader reader = {token->data, self->end};
    for (uint32_t i = 0; i < token->len; i++) {
        self->index = i + 1;
        struct zsnmp_item *item = NULL;
        zsnmp_err_t err = append(self, &reader, &item);
        if (err != ZSNMP_OK) {
            return err;
        }
    }
    self->index = 0;
    return ZSNMP_OK;
}

/* nil: nothing is left of this root. */
static zsnmp_err_t add_start(struct zsnmp_decode *self, const struct zsnmp_mp_token *token)
{
    uint32_t oid[ZSNMP_OID_MAX];
    if (token->type == ZSNMP_MP_NIL) {
        return zsnmp_request_add_start(self->request, NULL, 0);
    }
    size_t len = read_oid(token, self->end, oid);
    return len == 0 ? ZSNMP_E_BAD_REQUEST : zsnmp_request_add_start(self->request, oid, len);
}

zsnmp_err_t zsnmp_decode_start(struct zsnmp_decode *self, const struct zsnmp_mp_token *token)
{
    struct zsnmp_mp_reader inside = {token->data, self->end};
    struct zsnmp_mp_token one;
    bool is_list = token->type == ZSNMP_MP_ARRAY && token->len > 0 &&
                   zsnmp_mp_whole(&inside, &one) &&
                   one.type != ZSNMP_MP_UINT; /* numbers are one OID */
    if (!is_list) {
        return add_start(self, token);
    }
    if (token->len > ZSNMP_VARBINDS_MAX) {
        return ZSNMP_E_TOO_LARGE;
    }
    inside.at = token->data;
    zsnmp_err_t err = ZSNMP_OK;
    for (uint32_t i = 0; i < token->len && err == ZSNMP_OK; i++) {
        err = zsnmp_mp_whole(&inside, &one) ? add_start(self, &one) : ZSNMP_E_BAD_REQUEST;
    }
    return err;
}

/* Bytes are meant as they are for types that are bytes; else old clients write text so. */
static enum zsnmp_setval_kind kind_of_bin(char letter)
{
    return memchr("sxdba", letter, 5) != NULL ? ZSNMP_SETVAL_BYTES : ZSNMP_SETVAL_TEXT;
}

/* What the token says, with numbers as memory for a list; false: nothing that can be set. */
static bool to_setval(const struct zsnmp_decode *self, const struct zsnmp_mp_token *token,
                      char letter, uint32_t *numbers, struct zsnmp_setval *value)
{
    *value = (struct zsnmp_setval){.data = token->data, .len = token->len};
    switch (token->type) {
    case ZSNMP_MP_STR:
        value->kind = ZSNMP_SETVAL_TEXT;
        return true;
    case ZSNMP_MP_BIN:
        value->kind = kind_of_bin(letter);
        return true;
    case ZSNMP_MP_UINT:
        value->kind = ZSNMP_SETVAL_UINT;
        value->u = token->value.u;
        return true;
    case ZSNMP_MP_INT:
        value->kind = ZSNMP_SETVAL_NEGATIVE;
        value->i = token->value.i;
        return true;
    case ZSNMP_MP_DOUBLE:
        value->kind = ZSNMP_SETVAL_REAL;
        value->d = token->value.d;
        return true;
    case ZSNMP_MP_NIL:
        value->kind = ZSNMP_SETVAL_NOTHING;
        return true;
    case ZSNMP_MP_ARRAY:
        value->kind = ZSNMP_SETVAL_NUMBERS;
        value->numbers = numbers;
        return read_numbers(token, self->end, numbers, NUMBERS_MAX);
    default:
        return false;
    }
}

/* One [oid, type, value]. */
static zsnmp_err_t read_setting(struct zsnmp_decode *self, struct zsnmp_mp_reader *reader)
{
    struct zsnmp_mp_token token;
    if (!zsnmp_mp_next(reader, &token) || token.type != ZSNMP_MP_ARRAY || token.len != 3) {
        return ZSNMP_E_BAD_REQUEST;
    }
    struct zsnmp_item *item = NULL;
    zsnmp_err_t err = append(self, reader, &item);
    if (err != ZSNMP_OK) {
        return err;
    }
    if (!zsnmp_mp_next(reader, &token) || !zsnmp_mp_is_string(&token) || token.len != 1) {
        return refuse(self, ZSNMP_E_BAD_REQUEST, "set: the type is not one letter");
    }
    char letter = (char)token.data[0];
    uint32_t numbers[NUMBERS_MAX];
    struct zsnmp_setval value;
    if (!zsnmp_mp_whole(reader, &token) || !to_setval(self, &token, letter, numbers, &value)) {
        return refuse(self, ZSNMP_E_BAD_REQUEST, "set: the value does not fit its type");
    }
    return zsnmp_setval_put(self->request, item, letter, &value, self->why);
}

zsnmp_err_t zsnmp_decode_set(struct zsnmp_decode *self, const struct zsnmp_mp_token *token)
{
    if (token->type != ZSNMP_MP_ARRAY || token->len == 0) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (token->len > ZSNMP_VARBINDS_MAX - self->request->item_count) {
        return refuse(self, ZSNMP_E_TOO_LARGE, "set: more than 1000");
    }
    struct zsnmp_mp_reader reader = {token->data, self->end};
    for (uint32_t i = 0; i < token->len; i++) {
        self->index = i + 1;
        zsnmp_err_t err = read_setting(self, &reader);
        if (err != ZSNMP_OK) {
            return err;
        }
    }
    self->index = 0;
    return ZSNMP_OK;
}
