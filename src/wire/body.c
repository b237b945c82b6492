/*
 * Bodies: one message or a batch. A body is checked as a whole before any of
 * it is done, so that a broken one has no half-done effects.
 */
#include "mp.h"
#include "pattern.h"
#include "wire.h"

static zsnmp_err_t refuse(const char **why, const char *text)
{
    *why = text;
    return ZSNMP_E_BAD_REQUEST;
}

static bool is_map(uint8_t head)
{
    return (head & 0xf0u) == 0x80u || head == 0xde || head == 0xdf;
}

/* Behind one whole object in an array, which mostly is like the one before. */
static const uint8_t *behind(const struct zsnmp_patterns *patterns, const uint8_t *at,
                             const uint8_t *end)
{
    const uint8_t *known = patterns == NULL ? NULL : zsnmp_patterns_pass(patterns, at, end);
    return known != NULL ? known : zsnmp_mp_behind(at, end, ZSNMP_MP_DEPTH_MAX - 1);
}

/* Passes the elements of an array. false: malformed. */
static bool pass_all(const struct zsnmp_patterns *patterns, struct zsnmp_mp_reader *reader,
                     uint32_t count, bool *maps)
{
    *maps = true;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *next = behind(patterns, reader->at, reader->end);
        if (next == NULL) {
            return false;
        }
        *maps = *maps && is_map(*reader->at);
        reader->at = next;
    }
    return true;
}

zsnmp_err_t zsnmp_wire_open(struct zsnmp_wire_body *self, struct zsnmp_patterns *patterns,
                            const uint8_t *data, size_t len, uint32_t batch_max, const char **why)
{
    *self = (struct zsnmp_wire_body){.patterns = patterns};
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token token;
    bool maps = true;
    bool sound =
        len > 0 && is_map(*data) ? zsnmp_mp_whole(&reader, &token) : zsnmp_mp_next(&reader, &token);
    if (sound && token.type == ZSNMP_MP_ARRAY) {
        sound = pass_all(patterns, &reader, token.len, &maps);
    }
    if (!sound) {
        return refuse(why, "body: not MessagePack, cut off or nested too deeply");
    }
    if (reader.at != reader.end) {
        return refuse(why, "body: more than one object");
    }
    if (token.type == ZSNMP_MP_MAP) {
        self->at = data;
        self->count = 1;
    } else if (token.type != ZSNMP_MP_ARRAY || token.len == 0) {
        return refuse(why, "body: neither a map nor an array of maps");
    } else if (token.len > batch_max) {
        *why = "body: too many messages in a batch";
        return ZSNMP_E_TOO_LARGE;
    } else if (!maps) {
        return refuse(why, "body: neither a map nor an array of maps");
    } else {
        self->at = token.data;
        self->count = token.len;
        self->batch = true;
    }
    self->end = reader.end;
    self->left = self->count;
    return ZSNMP_OK;
}

bool zsnmp_wire_next(struct zsnmp_wire_body *self, struct zsnmp_wire_call *call, zsnmp_err_t *err,
                     const char **why)
{
    if (self->left == 0) {
        return false;
    }
    self->left--;
    size_t len = (size_t)(self->end - self->at);
    struct zsnmp_patterns *patterns = self->full ? NULL : self->patterns;
    *err = ZSNMP_OK;
    if (patterns == NULL || !zsnmp_patterns_apply(patterns, self->at, len, call)) {
        *err = zsnmp_wire_decode(self->at, len, self->full, call, why);
        if (patterns != NULL && *err == ZSNMP_OK) {
            zsnmp_patterns_learn(patterns, self->at, call);
        }
    }
    /* A message that is not sound has no end: the rest is not looked at again and again. */
    self->at = call->size > 0 ? self->at + call->size : self->end;
    return true;
}
