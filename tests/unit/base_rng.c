/*
 * Unpredictable numbers: can only be tested for being obviously broken.
 */
#include "base/rng.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SAMPLE 4096

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

Test(base_rng, no_number_comes_twice)
{
    static struct zsnmp_rng rng[2];
    static uint64_t sample[SAMPLE];
    zsnmp_rng_init(&rng[0]);
    zsnmp_rng_init(&rng[1]);
    for (int i = 0; i < SAMPLE; i++) {
        sample[i] = zsnmp_rng_u64(&rng[i % 2]);
    }
    qsort(sample, SAMPLE, sizeof *sample, by_value);
    for (int i = 1; i < SAMPLE; i++) {
        cr_assert_neq(sample[i], sample[i - 1]);
    }
}

/* Each bit is set about half the time: 4096 draws are within 400 of it, or chance is not at work.
 */
Test(base_rng, each_bit_moves)
{
    struct zsnmp_rng rng;
    int set[32] = {0};
    zsnmp_rng_init(&rng);
    for (int i = 0; i < SAMPLE; i++) {
        uint32_t value = zsnmp_rng_u32(&rng);
        for (int bit = 0; bit < 32; bit++) {
            set[bit] += (int)(value >> bit & 1);
        }
    }
    for (int bit = 0; bit < 32; bit++) {
        cr_assert(abs(set[bit] - SAMPLE / 2) < 400, "bit %d was set %d times", bit, set[bit]);
    }
}

Test(base_rng, both_sizes_from_one_buffer)
{
    struct zsnmp_rng rng;
    zsnmp_rng_init(&rng);
    for (int i = 0; i < SAMPLE; i++) {
        zsnmp_rng_u32(&rng);
        zsnmp_rng_u64(&rng);
        cr_assert_leq(rng.left, sizeof rng.bytes);
        for (size_t at = rng.left; at < sizeof rng.bytes; at++) {
            cr_assert_eq(rng.bytes[at], 0, "what was handed out is not kept");
        }
    }
}
