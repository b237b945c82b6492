/*
 * MessagePack, token by token: a reader over bytes that somebody else owns and
 * a writer that appends to a buffer. The reader checks every bound, allocates
 * nothing and never recurses, so a forged length or nesting costs nothing.
 */
#ifndef ZSNMP_WIRE_MP_H
#define ZSNMP_WIRE_MP_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* zsnmp_mp_take() for tokens of any form. */
const uint8_t *zsnmp_mp_take_any(const uint8_t *at, const uint8_t *end,
                                 struct zsnmp_mp_token *token);

/*
 * Reads the token at `at`, and returns what is behind it: for an array or map its first element,
 * which follows as a token. NULL: the end, or malformed (an array is also malformed where fewer
 * bytes are left than it claims elements). What most tokens are is read here.
 */
static inline const uint8_t *zsnmp_mp_take(const uint8_t *at, const uint8_t *end,
                                           struct zsnmp_mp_token *token)
{
    size_t left = (size_t)(end - at);
    if (left > 0 && (*at & 0xe0u) == 0xa0u && (*at & 0x1fu) < left) { /* str of up to 31 bytes */
        token->type = ZSNMP_MP_STR;
        token->len = *at & 0x1fu;
        token->data = at + 1;
        return at + 1 + token->len;
    }
    if (left > 0 && *at < 0x80) { /* 0 to 127 */
        token->type = ZSNMP_MP_UINT;
        token->value.u = *at;
        return at + 1;
    }
    if (left > 8 && *at >= 0xcc && *at <= 0xcf) { /* uint of 1, 2, 4 or 8 bytes */
        uint64_t next8;
        memcpy(&next8, at + 1, sizeof next8);
        size_t size = (size_t)1 << (*at & 3u);
        token->type = ZSNMP_MP_UINT;
        token->value.u = be64toh(next8) >> (64 - 8 * size);
        return at + 1 + size;
    }
    return zsnmp_mp_take_any(at, end, token);
}

/* Behind one whole object. NULL: malformed, cut off or nested deeper than `depth` levels. */
const uint8_t *zsnmp_mp_behind(const uint8_t *at, const uint8_t *end, size_t depth);

/* As take, but passes an array or map with all that is in it. */
static inline const uint8_t *zsnmp_mp_take_whole(const uint8_t *at, const uint8_t *end,
                                                 struct zsnmp_mp_token *token)
{
    const uint8_t *behind = zsnmp_mp_take(at, end, token);
    if (behind != NULL && (token->type == ZSNMP_MP_ARRAY || token->type == ZSNMP_MP_MAP)) {
        return zsnmp_mp_behind(at, end, ZSNMP_MP_DEPTH_MAX);
    }
    return behind;
}

/* zsnmp_mp_take(), and the reader moves on. false: what is NULL there; it has not moved. */
static inline bool zsnmp_mp_next(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token)
{
    const uint8_t *behind = zsnmp_mp_take(self->at, self->end, token);
    self->at = behind != NULL ? behind : self->at;
    return behind != NULL;
}

/* The same with zsnmp_mp_take_whole(). */
static inline bool zsnmp_mp_whole(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token)
{
    const uint8_t *behind = zsnmp_mp_take_whole(self->at, self->end, token);
    self->at = behind != NULL ? behind : self->at;
    return behind != NULL;
}

/* The same with zsnmp_mp_behind(). */
static inline bool zsnmp_mp_skip(struct zsnmp_mp_reader *self)
{
    const uint8_t *behind = zsnmp_mp_behind(self->at, self->end, ZSNMP_MP_DEPTH_MAX);
    self->at = behind != NULL ? behind : self->at;
    return behind != NULL;
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

/* What each of these does where one byte is not enough for the head. */
void zsnmp_mp_put_any_map(struct zsnmp_buf *out, uint32_t pairs);
void zsnmp_mp_put_any_str(struct zsnmp_buf *out, const char *text, size_t len);

static inline void zsnmp_mp_put_raw(struct zsnmp_buf *out, const void *data, size_t len)
{
    (void)zsnmp_buf_append(out, data, len); /* encoded already */
}

static inline void zsnmp_mp_put_map(struct zsnmp_buf *out, uint32_t pairs)
{
    uint8_t *to = pairs < 16 ? zsnmp_buf_reserve(out, 1) : NULL;
    if (to == NULL) {
        zsnmp_mp_put_any_map(out, pairs);
        return;
    }
    *to = (uint8_t)(0x80u | pairs);
    out->len++;
}

static inline void zsnmp_mp_put_strn(struct zsnmp_buf *out, const char *text, size_t len)
{
    uint8_t *to = len > 0 && len < 32 ? zsnmp_buf_reserve(out, 1 + len) : NULL;
    if (to == NULL) {
        zsnmp_mp_put_any_str(out, text, len);
        return;
    }
    *to = (uint8_t)(0xa0u | len);
    memcpy(to + 1, text, len);
    out->len += 1 + len;
}

void zsnmp_mp_put_array(struct zsnmp_buf *out, uint32_t elements);
void zsnmp_mp_put_str(struct zsnmp_buf *out, const char *text); /* NUL-terminated */
/* A key, or another text known when this is compiled, of at most 31 bytes. */
static inline void zsnmp_mp_put_key(struct zsnmp_buf *out, const char *text)
{
    zsnmp_mp_put_strn(out, text, strlen(text));
}
void zsnmp_mp_put_bin(struct zsnmp_buf *out, const void *data, size_t len);
void zsnmp_mp_put_ext(struct zsnmp_buf *out, int8_t type, const void *data, size_t len);
void zsnmp_mp_put_uint(struct zsnmp_buf *out, uint64_t value);
void zsnmp_mp_put_int(struct zsnmp_buf *out, int64_t value);
void zsnmp_mp_put_float(struct zsnmp_buf *out, float value);
void zsnmp_mp_put_double(struct zsnmp_buf *out, double value);
void zsnmp_mp_put_bool(struct zsnmp_buf *out, bool value);
void zsnmp_mp_put_nil(struct zsnmp_buf *out);

#endif
