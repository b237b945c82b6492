/*
 * MessagePack straight into room that is there: each of these writes at `to`, in the shortest
 * form, and returns the place behind it. What they need at the most, or exactly, is reserved
 * before. For what is written most often; for all else there is mp.h.
 */
#ifndef ZSNMP_WIRE_MP_RAW_H
#define ZSNMP_WIRE_MP_RAW_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZSNMP_MP_HEAD_MAX 9u /* the longest head, or number with its head */

enum zsnmp_mp_head {
    ZSNMP_MP_FIX_MAP = 0x80,
    ZSNMP_MP_FIX_ARRAY = 0x90,
    ZSNMP_MP_FIX_STR = 0xa0,
    ZSNMP_MP_NIL_BYTE = 0xc0,
    ZSNMP_MP_BIN8 = 0xc4, /* … 16, 32 */
    ZSNMP_MP_FLOAT32 = 0xca,
    ZSNMP_MP_FLOAT64 = 0xcb,
    ZSNMP_MP_UINT8 = 0xcc,
    ZSNMP_MP_UINT16 = 0xcd,
    ZSNMP_MP_UINT32 = 0xce,
    ZSNMP_MP_UINT64 = 0xcf,
    ZSNMP_MP_INT8 = 0xd0,
    ZSNMP_MP_INT16 = 0xd1,
    ZSNMP_MP_INT32 = 0xd2,
    ZSNMP_MP_INT64 = 0xd3,
    ZSNMP_MP_FIX_EXT1 = 0xd4,
    ZSNMP_MP_STR8 = 0xd9,    /* … 16, 32 */
    ZSNMP_MP_ARRAY16 = 0xdc, /* … 32 */
    ZSNMP_MP_MAP16 = 0xde    /* … 32 */
};

/* A head and a big-endian number of 1, 2, 4 or 8 bytes behind it. */
static inline uint8_t *zsnmp_mp_raw_headed(uint8_t *to, unsigned head, uint64_t value,
                                           unsigned size)
{
    *to++ = (uint8_t)head;
    for (unsigned i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    }
    return to + size;
}

static inline uint8_t *zsnmp_mp_raw_unsigned(uint8_t *to, uint64_t value)
{
    if (value < 0x80) {
        *to = (uint8_t)value;
        return to + 1;
    }
    if (value <= UINT8_MAX) {
        return zsnmp_mp_raw_headed(to, ZSNMP_MP_UINT8, value, 1);
    }
    if (value <= UINT16_MAX) {
        return zsnmp_mp_raw_headed(to, ZSNMP_MP_UINT16, value, 2);
    }
    return value <= UINT32_MAX ? zsnmp_mp_raw_headed(to, ZSNMP_MP_UINT32, value, 4)
                               : zsnmp_mp_raw_headed(to, ZSNMP_MP_UINT64, value, 8);
}

/* The head of a string or of bytes, where one byte does not hold it; head8 is the first of three.
 */
static inline uint8_t *zsnmp_mp_raw_length(uint8_t *to, unsigned head8, size_t len)
{
    if (len <= UINT8_MAX) {
        return zsnmp_mp_raw_headed(to, head8, len, 1);
    }
    return len <= UINT16_MAX ? zsnmp_mp_raw_headed(to, head8 + 1, len, 2)
                             : zsnmp_mp_raw_headed(to, head8 + 2, len, 4);
}

static inline uint8_t *zsnmp_mp_raw_text(uint8_t *to, const char *text, size_t len)
{
    if (len < 32) {
        *to++ = (uint8_t)(ZSNMP_MP_FIX_STR | len);
    } else {
        to = zsnmp_mp_raw_length(to, ZSNMP_MP_STR8, len);
    }
    if (len > 0) {
        memcpy(to, text, len);
    }
    return to + len;
}

/* A key, or another text known when this is compiled. */
static inline uint8_t *zsnmp_mp_raw_key(uint8_t *to, const char *text)
{
    return zsnmp_mp_raw_text(to, text, strlen(text));
}

/* The head of an array or map; head16 is the first of two. */
static inline uint8_t *zsnmp_mp_raw_count(uint8_t *to, unsigned fix, unsigned head16,
                                          uint32_t count)
{
    if (count < 16) {
        *to = (uint8_t)(fix | count);
        return to + 1;
    }
    return count <= UINT16_MAX ? zsnmp_mp_raw_headed(to, head16, count, 2)
                               : zsnmp_mp_raw_headed(to, head16 + 1, count, 4);
}

/* Bytes that zsnmp_mp_raw_text() and zsnmp_mp_raw_count() take. */
static inline size_t zsnmp_mp_text_size(size_t len)
{
    return (len < 32 ? 1u : len <= UINT8_MAX ? 2u : len <= UINT16_MAX ? 3u : 5u) + len;
}

static inline size_t zsnmp_mp_count_size(uint32_t count)
{
    return count < 16 ? 1 : count <= UINT16_MAX ? 3 : 5;
}

#endif
