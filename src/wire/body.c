/*
 * Bodies: one message or a batch. A body is checked as a whole before any of
 * it is done, so that a broken one has no half-done effects.
 */
#include "mp.h"
#include "wire.h"

static zsnmp_err_t refuse(const char **why, const char *text)
{
    *why = text;
    return ZSNMP_E_BAD_REQUEST;
}

static bool all_maps(const struct zsnmp_mp_token *array, const uint8_t *end)
{
    struct zsnmp_mp_reader reader = {array->data, end};
    for (uint32_t i = 0; i < array->len; i++) {
        struct zsnmp_mp_token token;
        if (!zsnmp_mp_whole(&reader, &token) || token.type != ZSNMP_MP_MAP) {
            return false;
        }
    }
    return true;
}

zsnmp_err_t zsnmp_wire_open(struct zsnmp_wire_body *self, const uint8_t *data, size_t len,
                            uint32_t batch_max, const char **why)
{
    *self = (struct zsnmp_wire_body){0};
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token token;
    if (!zsnmp_mp_whole(&reader, &token)) {
        return refuse(why, "body: not MessagePack, cut off or nested too deeply");
    }
    if (reader.at != reader.end) {
        return refuse(why, "body: more than one object");
    }
    if (token.type == ZSNMP_MP_MAP) {
        *self = (struct zsnmp_wire_body){data, reader.end, 1, 1, false};
        return ZSNMP_OK;
    }
    if (token.type != ZSNMP_MP_ARRAY || token.len == 0) {
        return refuse(why, "body: neither a map nor an array of maps");
    }
    if (token.len > batch_max) {
        *why = "body: too many messages in a batch";
        return ZSNMP_E_TOO_LARGE;
    }
    if (!all_maps(&token, reader.end)) {
        return refuse(why, "body: neither a map nor an array of maps");
    }
    *self = (struct zsnmp_wire_body){token.data, reader.end, token.len, token.len, true};
    return ZSNMP_OK;
}

bool zsnmp_wire_next(struct zsnmp_wire_body *self, const uint8_t **data, size_t *len)
{
    if (self->left == 0) {
        return false;
    }
    *data = self->at;
    struct zsnmp_mp_reader reader = {self->at, self->end};
    if (--self->left == 0) {
        reader.at = self->end; /* the last one reaches to the end */
    } else if (!zsnmp_mp_skip(&reader)) {
        return false;
    }
    *len = (size_t)(reader.at - self->at);
    self->at = reader.at;
    return true;
}
