/*
 * Unpredictable numbers: a buffer filled by getrandom(2), so that an id costs a
 * copy and not a system call. One owner each; not shared between threads.
 */
#ifndef ZSNMP_BASE_RNG_H
#define ZSNMP_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

#define ZSNMP_RNG_BUF 1024u

struct zsnmp_rng {
    uint8_t bytes[ZSNMP_RNG_BUF];
    size_t left;
};

void zsnmp_rng_init(struct zsnmp_rng *self);

/* 32 random bits. Blocks only before the kernel's generator is seeded, at boot. */
uint32_t zsnmp_rng_u32(struct zsnmp_rng *self);
uint64_t zsnmp_rng_u64(struct zsnmp_rng *self);

#endif
