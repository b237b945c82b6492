/*
 * Repeatable randomness for the tests that compare with a naive model: a seed that stands in the
 * failure's message. Not for anything that must be unpredictable.
 */
#ifndef BASE_HELP_H
#define BASE_HELP_H

#include <stdint.h>

struct draw {
    uint64_t state;
};

/* splitmix64: any seed will do. */
static inline uint64_t draw_u64(struct draw *self)
{
    uint64_t z = self->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 to below - 1. */
static inline uint32_t draw_below(struct draw *self, uint32_t below)
{
    return (uint32_t)(draw_u64(self) % below);
}

#endif
