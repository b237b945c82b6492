/*
 * Eight bytes at a time, the first of them the lowest, whatever the machine's order: for loops
 * that would go byte by byte. The caller knows that all eight are there.
 */
#ifndef ZSNMP_BASE_WORD_H
#define ZSNMP_BASE_WORD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t zsnmp_word_load(const void *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return le64toh(word);
}

static inline void zsnmp_word_store(void *to, uint64_t word)
{
    word = htole64(word);
    memcpy(to, &word, sizeof word);
}

/* Its eight bytes as numbers; by way of an array, since that is what compilers make one step of. */
static inline void zsnmp_word_spread(uint64_t word, uint32_t *to)
{
    uint8_t bytes[8];
    zsnmp_word_store(bytes, word);
    for (unsigned i = 0; i < 8; i++) {
        to[i] = bytes[i];
    }
}

#endif
