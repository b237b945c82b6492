/*
 * The reader of mp.h. Must stay free of allocation and recursion: what it reads
 * comes from anybody.
 */
#include <string.h>

#include "mp.h"

/* Big-endian numbers of 1, 2, 4 or 8 bytes. */
static uint64_t load(const uint8_t *at, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

static bool set_signed(struct zsnmp_mp_token *token, int64_t value)
{
    token->type = value < 0 ? ZSNMP_MP_INT : ZSNMP_MP_UINT;
    if (value < 0) {
        token->value.i = value;
    } else {
        token->value.u = (uint64_t)value;
    }
    return true;
}

/* The sign of a number that was loaded from size bytes. */
static int64_t extend(uint64_t value, size_t size)
{
    unsigned shift = (unsigned)(64 - 8 * size);
    return (int64_t)(value << shift) >> shift;
}

static double to_double(uint64_t bits, size_t size)
{
    if (size == 4) {
        uint32_t narrow = (uint32_t)bits;
        float value;
        memcpy(&value, &narrow, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A string, bin or ext of len bytes at self->at; ext has its type byte in front. */
static bool take_bytes(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token,
                       enum zsnmp_mp_type type, uint64_t len)
{
    size_t head = type == ZSNMP_MP_EXT ? 1 : 0;
    if ((uint64_t)(self->end - self->at) < len + head) {
        return false;
    }
    token->ext = head != 0 ? (int8_t)*self->at : 0;
    token->type = type;
    token->len = (uint32_t)len;
    token->data = self->at + head;
    self->at += head + len;
    return true;
}

/* An array or map; every element takes a byte at least. */
static bool take_container(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token,
                           enum zsnmp_mp_type type, uint64_t len)
{
    uint64_t least = type == ZSNMP_MP_MAP ? 2 * len : len;
    if ((uint64_t)(self->end - self->at) < least) {
        return false;
    }
    token->type = type;
    token->len = (uint32_t)len;
    token->data = self->at;
    return true;
}

/* What 0xc0 to 0xdf mean: the kind of number behind the head, its size, and what it is for. */
enum use {
    BAD,
    NIL,
    BOOLEAN,
    BYTES_OF_BIN,
    BYTES_OF_EXT,
    BYTES_OF_STR,
    FIXED_EXT,
    REAL,
    UNSIGNED,
    SIGNED,
    LIST,
    PAIRS
};

static const struct {
    uint8_t use;
    uint8_t size; /* bytes of the number; FIXED_EXT: of the data; BOOLEAN: the value */
} heads[32] = {
    {NIL, 0},          {BAD, 0},          {BOOLEAN, 0},      {BOOLEAN, 1},      {BYTES_OF_BIN, 1},
    {BYTES_OF_BIN, 2}, {BYTES_OF_BIN, 4}, {BYTES_OF_EXT, 1}, {BYTES_OF_EXT, 2}, {BYTES_OF_EXT, 4},
    {REAL, 4},         {REAL, 8},         {UNSIGNED, 1},     {UNSIGNED, 2},     {UNSIGNED, 4},
    {UNSIGNED, 8},     {SIGNED, 1},       {SIGNED, 2},       {SIGNED, 4},       {SIGNED, 8},
    {FIXED_EXT, 1},    {FIXED_EXT, 2},    {FIXED_EXT, 4},    {FIXED_EXT, 8},    {FIXED_EXT, 16},
    {BYTES_OF_STR, 1}, {BYTES_OF_STR, 2}, {BYTES_OF_STR, 4}, {LIST, 2},         {LIST, 4},
    {PAIRS, 2},        {PAIRS, 4},
};

/* A token whose head says all about it but a number that follows. */
static bool take_headed(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token, uint8_t head)
{
    enum use use = heads[head - 0xc0].use;
    size_t size = heads[head - 0xc0].size;
    if (use == NIL) {
        token->type = ZSNMP_MP_NIL;
        return true;
    }
    if (use == BOOLEAN) {
        token->type = ZSNMP_MP_BOOL;
        token->value.b = size != 0;
        return true;
    }
    if (use == FIXED_EXT) {
        return take_bytes(self, token, ZSNMP_MP_EXT, size);
    }
    if (use == BAD || (size_t)(self->end - self->at) < size) {
        return false;
    }
    uint64_t number = load(self->at, size);
    self->at += size;
    switch (use) {
    case UNSIGNED:
        token->type = ZSNMP_MP_UINT;
        token->value.u = number;
        return true;
    case SIGNED:
        return set_signed(token, extend(number, size));
    case REAL:
        token->type = ZSNMP_MP_DOUBLE;
        token->value.d = to_double(number, size);
        return true;
    case BYTES_OF_STR:
        return take_bytes(self, token, ZSNMP_MP_STR, number);
    case BYTES_OF_BIN:
        return take_bytes(self, token, ZSNMP_MP_BIN, number);
    case BYTES_OF_EXT:
        return take_bytes(self, token, ZSNMP_MP_EXT, number);
    case LIST:
        return take_container(self, token, ZSNMP_MP_ARRAY, number);
    default:
        return take_container(self, token, ZSNMP_MP_MAP, number);
    }
}

static bool take(struct zsnmp_mp_reader *self, struct zsnmp_mp_token *token)
{
    uint8_t head = *self->at++;
    if (head < 0x80 || head >= 0xe0) {
        return set_signed(token, (int8_t)head);
    }
    if (head < 0x90) {
        return take_container(self, token, ZSNMP_MP_MAP, head & 0x0fu);
    }
    if (head < 0xa0) {
        return take_container(self, token, ZSNMP_MP_ARRAY, head & 0x0fu);
    }
    if (head < 0xc0) {
        return take_bytes(self, token, ZSNMP_MP_STR, head & 0x1fu);
    }
    return take_headed(self, token, head);
}

const uint8_t *zsnmp_mp_take_any(const uint8_t *at, const uint8_t *end,
                                 struct zsnmp_mp_token *token)
{
    struct zsnmp_mp_reader reader = {at, end};
    return at < end && take(&reader, token) ? reader.at : NULL;
}

/*
 * The size of a token whose head says all of it, and which announces no elements. 0: another, or no
 * token at all. Behind short numbers and strings come, from 0xc0 on: nil and booleans; bin and
 * ext; reals; integers; ext of a fixed size; what is longer; short negative numbers.
 */
#define ROW4(f, n) f(n), f((n) + 1), f((n) + 2), f((n) + 3)
#define ROW16(f, n) ROW4(f, n), ROW4(f, (n) + 4), ROW4(f, (n) + 8), ROW4(f, (n) + 12)
#define ROW64(f, n) ROW16(f, n), ROW16(f, (n) + 16), ROW16(f, (n) + 32), ROW16(f, (n) + 48)
#define ALONE(n) 1
#define OTHER(n) 0
#define STRING(n) 1 + (n)

/* clang-format off */
static const uint8_t sizes[256] = {
    ROW64(ALONE, 0), ROW64(ALONE, 64), ROW16(OTHER, 0), ROW16(OTHER, 16),
    ROW16(STRING, 0), ROW16(STRING, 16),
    1, 0, 1, 1,  0, 0, 0, 0, 0, 0,  5, 9,  2, 3, 5, 9,  2, 3, 5, 9,  3, 4, 6, 10, 18,
    0, 0, 0, 0, 0, 0, 0,  ROW16(ALONE, 0), ROW16(ALONE, 16)
};
/* clang-format on */

/* Behind so many tokens of these, or where there is another; *left of them were not passed. */
static inline const uint8_t *pass_plain(const uint8_t *at, const uint8_t *end, uint64_t *left)
{
    while (*left > 0 && at < end) {
        size_t size = sizes[*at];
        if (size == 0 || size > (size_t)(end - at)) {
            break;
        }
        at += size;
        --*left;
    }
    return at;
}

/* Behind any token; *more: the elements that it announces. NULL: malformed or cut off. */
static inline const uint8_t *pass(const uint8_t *at, const uint8_t *end, uint64_t *more)
{
    if (at < end && (*at & 0xe0u) == 0x80u) { /* a short array or map */
        *more = (uint64_t)(*at & 0x0fu) << (*at < 0x90);
        return at + 1;
    }
    struct zsnmp_mp_token token;
    const uint8_t *behind = zsnmp_mp_take_any(at, end, &token);
    if (behind != NULL) {
        *more = token.type == ZSNMP_MP_ARRAY ? token.len
                : token.type == ZSNMP_MP_MAP ? 2 * (uint64_t)token.len
                                             : 0;
    }
    return behind;
}

const uint8_t *zsnmp_mp_behind(const uint8_t *at, const uint8_t *end, size_t depth)
{
    uint64_t outer[ZSNMP_MP_DEPTH_MAX] = {0}; /* elements still to come, by level */
    uint64_t left = 1;                        /* the same of the innermost level */
    size_t level = 0;
    for (;;) {
        at = pass_plain(at, end, &left);
        for (; left == 0; left = outer[--level]) {
            if (level == 0) {
                return at;
            }
        }
        uint64_t more = 0;
        at = pass(at, end, &more);
        if (at == NULL || (more > 0 && level == depth)) {
            return NULL;
        }
        left--;
        if (more > 0) {
            outer[level++] = left;
            left = more;
        }
    }
}

bool zsnmp_mp_is(const struct zsnmp_mp_token *token, const char *text)
{
    if (!zsnmp_mp_is_string(token)) {
        return false;
    }
    size_t len = strlen(text);
    return token->len == len && memcmp(token->data, text, len) == 0;
}

bool zsnmp_mp_find(const struct zsnmp_mp_token *map, const uint8_t *end, const char *key,
                   struct zsnmp_mp_token *value)
{
    if (map->type != ZSNMP_MP_MAP) {
        return false;
    }
    struct zsnmp_mp_reader reader = {map->data, end};
    for (uint32_t i = 0; i < map->len; i++) {
        struct zsnmp_mp_token name;
        if (!zsnmp_mp_whole(&reader, &name) || !zsnmp_mp_whole(&reader, value)) {
            return false;
        }
        if (zsnmp_mp_is(&name, key)) {
            return true;
        }
    }
    return false;
}
