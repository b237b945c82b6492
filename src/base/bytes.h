/*
 * Comparing short strings in place: a call of memcmp() costs more than the
 * comparison where both have the same few bytes.
 */
#ifndef ZSNMP_BASE_BYTES_H
#define ZSNMP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The size bytes there, of which there are at most 8; size is known when this is compiled. */
static inline uint64_t zsnmp_bytes_load(const char *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size);
    return word;
}

/* Whether the first size bytes and the last, which may overlap, are the same. */
static inline bool zsnmp_bytes_ends_equal(const char *a, const char *b, size_t len, size_t size)
{
    return zsnmp_bytes_load(a, size) == zsnmp_bytes_load(b, size) &&
           zsnmp_bytes_load(a + len - size, size) == zsnmp_bytes_load(b + len - size, size);
}

static inline bool zsnmp_bytes_equal(const void *one, const void *other, size_t len)
{
    const char *a = one;
    const char *b = other;
    if (len > 16) {
        return memcmp(a, b, len) == 0;
    }
    if (len >= 8) {
        return zsnmp_bytes_ends_equal(a, b, len, 8);
    }
    if (len >= 4) {
        return zsnmp_bytes_ends_equal(a, b, len, 4);
    }
    if (len >= 2) {
        return zsnmp_bytes_ends_equal(a, b, len, 2);
    }
    return len == 0 || *a == *b;
}

#endif
