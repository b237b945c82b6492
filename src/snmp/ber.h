/*
 * BER as SNMP uses it (X.690, RFC 3417 section 8): a reader that never passes
 * the end it is given, and a writer that goes backwards, so that each length is
 * known when its head is written. Inline, since all of it is the hot path.
 */
#ifndef ZSNMP_SNMP_BER_H
#define ZSNMP_SNMP_BER_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/word.h"
#include "zsnmp.h"

#define ZSNMP_BER_SEQUENCE 0x30u
#define ZSNMP_BER_MORE 0x8080808080808080u /* in each byte: the sub-identifier goes on */

/* ---- reading ---- */

struct zsnmp_ber {
    const uint8_t *at;
    const uint8_t *end;
};

static inline size_t zsnmp_ber_left(const struct zsnmp_ber *self)
{
    return (size_t)(self->end - self->at);
}

/* Contents behind a length of more than one byte, four at the most (X.690 8.1.3), of which `first`
 * tells how many there are. Their `at` is NULL where they are not there. */
static inline struct zsnmp_ber zsnmp_ber_long(const uint8_t *at, const uint8_t *end, uint8_t first)
{
    size_t bytes = first & 0x7f;
    size_t len = 0;
    if (bytes == 0 || bytes > 4 || (size_t)(end - at) < bytes) {
        return (struct zsnmp_ber){NULL, NULL};
    }
    while (bytes-- > 0) {
        len = len << 8 | *at++;
    }
    bool there = len <= (size_t)(end - at);
    return there ? (struct zsnmp_ber){at, at + len} : (struct zsnmp_ber){NULL, NULL};
}

/* Reads tag and length; the contents must be there. */
static inline bool zsnmp_ber_head(struct zsnmp_ber *self, uint8_t *tag, size_t *len)
{
    size_t left = zsnmp_ber_left(self);
    if (left < 2) {
        return false;
    }
    const uint8_t *at = self->at + 2;
    size_t size = self->at[1];
    if (size >= 0x80) {
        struct zsnmp_ber contents = zsnmp_ber_long(at, self->end, (uint8_t)size);
        if (contents.at == NULL) {
            return false;
        }
        at = contents.at;
        size = zsnmp_ber_left(&contents);
    } else if (size > left - 2) {
        return false;
    }
    *tag = self->at[0];
    *len = size;
    self->at = at;
    return true;
}

/* Reads an element of this tag; its contents go into `inside`, and self goes behind it. */
static inline bool zsnmp_ber_enter(struct zsnmp_ber *self, uint8_t want, struct zsnmp_ber *inside)
{
    uint8_t tag;
    size_t len;
    if (!zsnmp_ber_head(self, &tag, &len) || tag != want) {
        return false;
    }
    *inside = (struct zsnmp_ber){self->at, self->at + len};
    self->at += len;
    return true;
}

/* Four bytes, which is what most numbers have that have more than one. */
static inline uint32_t zsnmp_ber_four(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return be32toh(word);
}

/* Contents of an INTEGER of up to 8 bytes; false: none, or more. */
static inline bool zsnmp_ber_signed(const uint8_t *at, size_t len, int64_t *value)
{
    if (len == 0 || len > 8) {
        return false;
    }
    if (len == 4) {
        *value = (int32_t)zsnmp_ber_four(at);
        return true;
    }
    int64_t bits = (int8_t)*at; /* its first bit is the sign */
    for (const uint8_t *end = at + len; ++at < end;) {
        bits = (int64_t)((uint64_t)bits << 8 | *at);
    }
    *value = bits;
    return true;
}

/*
 * Contents of an unsigned number. A byte of zero in front of eight is allowed;
 * without it the first bit counts as well, since agents forget that byte.
 */
static inline bool zsnmp_ber_unsigned(const uint8_t *at, size_t len, uint64_t *value)
{
    if (len == 0 || len > 9 || (len == 9 && *at != 0)) {
        return false;
    }
    if (len == 4) {
        *value = zsnmp_ber_four(at);
        return true;
    }
    uint64_t bits = 0;
    while (len-- > 0) {
        bits = bits << 8 | *at++;
    }
    *value = bits;
    return true;
}

/* Reads an INTEGER of 32 bits; agents put zeros in front of it. */
static inline bool zsnmp_ber_int(struct zsnmp_ber *self, int32_t *value)
{
    uint8_t tag;
    size_t len;
    int64_t number;
    if (!zsnmp_ber_head(self, &tag, &len) || tag != ZSNMP_INTEGER ||
        !zsnmp_ber_signed(self->at, len, &number)) {
        return false;
    }
    self->at += len;
    *value = (int32_t)number;
    return number == *value;
}

/*
 * Contents of an OBJECT IDENTIFIER (X.690 8.19): sub-identifiers, with room for
 * ZSNMP_OID_MAX. 0: one is cut off or over 32 bits, or there are too many. No
 * contents at all are 0.0, as some agents mean it.
 */
static inline size_t zsnmp_ber_oid(const uint8_t *at, size_t len, uint32_t *oid)
{
    const uint8_t *end = at + len;
    uint32_t *to = oid + 1;
    const uint32_t *last = oid + ZSNMP_OID_MAX;
    oid[1] = 0;
    /* Most have one byte each. */
    for (; end - at >= 8 && last - to >= 8; at += 8, to += 8) {
        uint64_t word = zsnmp_word_load(at);
        if ((word & ZSNMP_BER_MORE) != 0) {
            break;
        }
        zsnmp_word_spread(word, to);
    }
    while (at < end) {
        uint64_t number = *at & 0x7f;
        while ((*at++ & 0x80) != 0) {
            if (at == end) {
                return 0;
            }
            number = number << 7 | (*at & 0x7f);
            if (number > UINT32_MAX) {
                return 0;
            }
        }
        if (to == last) {
            return 0;
        }
        *to++ = (uint32_t)number;
    }
    uint32_t first = oid[1] < 80 ? oid[1] / 40 : 2; /* the first two arcs share a number */
    oid[0] = first;
    oid[1] -= 40 * first;
    return len == 0 ? 2 : (size_t)(to - oid);
}

/* ---- writing, from the end to the beginning ---- */

/*
 * Each of these puts something before `at` and returns where it begins. They do not look whether
 * there is room: their callers do, once for all that they know the most of.
 */
#define ZSNMP_BER_HEAD_MAX 6u    /* tag and length, four bytes of it behind their count */
#define ZSNMP_BER_NUMBER_MAX 11u /* … and number, with a zero in front */
#define ZSNMP_BER_OID_MAX(subids) (5u * (subids) + ZSNMP_BER_HEAD_MAX)
/* Room is asked for before it is known how little is needed: so much more has to be there. */
#define ZSNMP_BER_SLACK (ZSNMP_BER_OID_MAX(ZSNMP_OID_MAX) + ZSNMP_BER_HEAD_MAX)

static inline uint8_t *zsnmp_ber_put_bytes(uint8_t *at, const void *data, size_t len)
{
    if (len > 0) {
        at -= len;
        memcpy(at, data, len);
    }
    return at;
}

static inline uint8_t *zsnmp_ber_put_long_head(uint8_t *at, uint8_t tag, size_t len)
{
    uint8_t bytes = 0;
    for (; len > 0 && bytes < 4; len >>= 8, bytes++) { /* what is longer is no message */
        *--at = (uint8_t)len;
    }
    *--at = (uint8_t)(0x80u | bytes);
    *--at = tag;
    return at;
}

/* The head of what was written since `end` was the place. */
static inline uint8_t *zsnmp_ber_put_head(uint8_t *at, uint8_t tag, const uint8_t *end)
{
    size_t len = (size_t)(end - at);
    if (len >= 0x80) {
        return zsnmp_ber_put_long_head(at, tag, len);
    }
    at[-1] = (uint8_t)len;
    at[-2] = tag;
    return at - 2;
}

/* Two's complement in as few bytes as hold `magnitude` and a sign (X.690 8.3.2). */
static inline uint8_t *zsnmp_ber_put_number(uint8_t *at, uint8_t tag, uint64_t bits,
                                            uint64_t magnitude)
{
    size_t size = (64u - (size_t)__builtin_clzll(magnitude | 1)) / 8 + 1;
    uint64_t word = htobe64(bits);
    memcpy(at - sizeof word, &word, sizeof word); /* what is above size is overwritten */
    at[-9] = 0;                                   /* the sign of what has none, and eight bytes */
    at -= size;
    at[-1] = (uint8_t)size;
    at[-2] = tag;
    return at - 2;
}

static inline uint8_t *zsnmp_ber_put_int(uint8_t *at, uint8_t tag, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    return zsnmp_ber_put_number(at, tag, bits, value < 0 ? ~bits : bits);
}

static inline uint8_t *zsnmp_ber_put_uint(uint8_t *at, uint8_t tag, uint64_t value)
{
    return zsnmp_ber_put_number(at, tag, value, value);
}

static inline uint8_t *zsnmp_ber_put_subid(uint8_t *at, uint64_t subid)
{
    *--at = subid & 0x7f;
    while ((subid >>= 7) != 0) {
        *--at = 0x80 | (subid & 0x7f);
    }
    return at;
}

static inline uint8_t *zsnmp_ber_put_oid(uint8_t *at, const uint32_t *oid, size_t len)
{
    const uint8_t *end = at;
    for (size_t i = len; i > 2; i--) {
        if (oid[i - 1] < 0x80) { /* as most are */
            *--at = (uint8_t)oid[i - 1];
        } else {
            at = zsnmp_ber_put_subid(at, oid[i - 1]);
        }
    }
    if (len >= 2) {
        at = zsnmp_ber_put_subid(at, (uint64_t)oid[0] * 40 + oid[1]);
    } else if (len == 1) {
        at = zsnmp_ber_put_subid(at, oid[0]); /* half of a number: below all that begins with it */
    }
    return zsnmp_ber_put_head(at, ZSNMP_OBJECT_ID, end);
}

#endif
