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

/* Whether the first and the last `size` of len bytes are the same; size is constant. */
#define ZSNMP_BOTH_ENDS(type, a, b, len)                                                           \
    do {                                                                                           \
        type head[2];                                                                              \
        type tail[2];                                                                              \
        memcpy(&head[0], (a), sizeof(type));                                                       \
        memcpy(&head[1], (b), sizeof(type));                                                       \
        memcpy(&tail[0], (a) + (len) - sizeof(type), sizeof(type));                                \
        memcpy(&tail[1], (b) + (len) - sizeof(type), sizeof(type));                                \
        return head[0] == head[1] && tail[0] == tail[1];                                           \
    } while (0)

static inline bool zsnmp_bytes_equal(const void *one, const void *other, size_t len)
{
    const char *a = one;
    const char *b = other;
    if (len > 2 * sizeof(uint64_t)) {
        return memcmp(a, b, len) == 0;
    }
    if (len >= sizeof(uint64_t)) {
        ZSNMP_BOTH_ENDS(uint64_t, a, b, len);
    }
    if (len >= sizeof(uint32_t)) {
        ZSNMP_BOTH_ENDS(uint32_t, a, b, len);
    }
    if (len >= sizeof(uint16_t)) {
        ZSNMP_BOTH_ENDS(uint16_t, a, b, len);
    }
    return len == 0 || *a == *b;
}

#endif
