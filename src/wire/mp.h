/*
 * MessagePack, token by token: a reader over bytes that somebody else owns and
 * a writer that appends to a buffer. The reader checks every bound, allocates
 * nothing and never recurses, so a forged length or nesting costs nothing.
 */
#ifndef ZSNMP_WIRE_MP_H
#define ZSNMP_WIRE_MP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define ZSNMP_MP_DEPTH_MAX 16u /* nesting that a skip follows; deeper is refused */

/* ---- reading ---- */

enum zsnmp_mp_type {
    ZSNMP_MP_NIL = 1,
    ZSNMP_MP_BOOL,
    ZSNMP_MP_UINT, /* any integer that is not negative, however it was encoded */
    ZSNMP_MP_INT,  /* negative */
    ZSNMP_MP_DOUBLE,
    ZSNMP_MP_STR,
    ZSNMP_MP_BIN,
    ZSNMP_MP_EXT,
    ZSNMP_MP_ARRAY,
    ZSNMP_MP_MAP
};

struct zsnmp_mp_token {
    enum zsnmp_mp_type type;
    int8_t ext;          /* EXT: its type */
    uint32_t len;        /* STR, BIN, EXT: bytes; ARRAY: elements; MAP: pairs */
    const uint8_t *data; /* STR, BIN, EXT: the bytes; ARRAY, MAP: where the first element starts */
    union {
        bool b;
        uint64_t u;
        int64_t i;
        double d;
    } value;
};

struct zsnmp_mp_reader {
    const uint8_t *at;
    const uint8_t *end;
};

static inline struct zsnmp_mp_reader zsnmp_mp_reader(const void *data, size_t len)
{
    const uint8_t *at = data;
    return (struct zsnmp_mp_reader){at, len == 0 ? at : at + len};
}

/* zsnmp_mp_next() for tokens of any form. */
bool zsnmp_mp_next_any(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token);

/*
 * Reads one token; the elements of an array or map follow as tokens. false: the
 * end, or malformed (an array is also malformed where fewer bytes are left than
 * it claims elements); the reader has not moved then. Short strings, which most
 * tokens are, are read here.
 */
static inline bool zsnmp_mp_next(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token)
{
    size_t left = (size_t)(self->end - self->at);
    if (left > 0 && (*self->at & 0xe0u) == 0xa0u) {
        size_t len = *self->at & 0x1fu;
        if (len >= left) {
            return false;
        }
        token->type = ZSNMP_MP_STR;
        token->len = (uint32_t)len;
        token->data = self->at + 1;
        self->at += 1 + len;
        return true;
    }
    return zsnmp_mp_next_any(self, token);
}

/* Passes one whole object. false: malformed, cut off or nested deeper than `depth` levels. */
bool zsnmp_mp_skip_within(struct zsnmp_mp_reader *self, size_t depth);

static inline bool zsnmp_mp_skip(struct zsnmp_mp_reader *self)
{
    return zsnmp_mp_skip_within(self, ZSNMP_MP_DEPTH_MAX);
}

/* As next, but passes an array or map with all that is in it. */
static inline bool zsnmp_mp_whole(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token)
{
    struct zsnmp_mp_reader start = *self;
    if (!zsnmp_mp_next(self, token)) {
        return false;
    }
    if (token->type != ZSNMP_MP_ARRAY && token->type != ZSNMP_MP_MAP) {
        return true;
    }
    *self = start;
    return zsnmp_mp_skip(self);
}

/* str and bin: to the protocol both are strings. */
static inline bool zsnmp_mp_is_string(const struct zsnmp_mp_token *token)
{
    return token->type == ZSNMP_MP_STR || token->type == ZSNMP_MP_BIN;
}

/* Whether a token is a string of exactly this text. */
bool zsnmp_mp_is(const struct zsnmp_mp_token *token, const char *text);

/*
 * Finds a key in a map and reads its value (as whole does); `map` is a token of
 * a map whose object was checked by skip or whole, `end` the end of its bytes.
 * false: not there, or not well-formed.
 */
bool zsnmp_mp_find(const struct zsnmp_mp_token *map, const uint8_t *end, const char *key,
                   struct zsnmp_mp_token *value);

/* ---- writing: each appends to out; out->failed tells at the end whether all fitted ---- */

void zsnmp_mp_put_map(struct zsnmp_buf *out, uint32_t pairs);
void zsnmp_mp_put_array(struct zsnmp_buf *out, uint32_t elements);
void zsnmp_mp_put_str(struct zsnmp_buf *out, const char *text); /* NUL-terminated */
void zsnmp_mp_put_strn(struct zsnmp_buf *out, const char *text, size_t len);
/* A key, or another text known when this is compiled, of at most 31 bytes: its head is one. */
static inline void zsnmp_mp_put_key(struct zsnmp_buf *out, const char *text)
{
    size_t len = strlen(text);
    uint8_t *to = zsnmp_buf_reserve(out, 1 + len);
    if (to != NULL) {
        *to = (uint8_t)(0xa0u | len);
        memcpy(to + 1, text, len);
        out->len += 1 + len;
    }
}
void zsnmp_mp_put_bin(struct zsnmp_buf *out, const void *data, size_t len);
void zsnmp_mp_put_ext(struct zsnmp_buf *out, int8_t type, const void *data, size_t len);
void zsnmp_mp_put_uint(struct zsnmp_buf *out, uint64_t value);
void zsnmp_mp_put_int(struct zsnmp_buf *out, int64_t value);
void zsnmp_mp_put_float(struct zsnmp_buf *out, float value);
void zsnmp_mp_put_double(struct zsnmp_buf *out, double value);
void zsnmp_mp_put_bool(struct zsnmp_buf *out, bool value);
void zsnmp_mp_put_nil(struct zsnmp_buf *out);
void zsnmp_mp_put_raw(struct zsnmp_buf *out, const void *data, size_t len); /* encoded already */

#endif
