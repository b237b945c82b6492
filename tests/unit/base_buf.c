/*
 * Growable bytes: the ceiling is exact, and a buffer that failed once stays so.
 */
#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base_help.h"

Test(base_buf, up_to_the_ceiling_and_not_further)
{
    struct zsnmp_buf buf;
    zsnmp_buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++) {
        uint8_t byte = (uint8_t)i;
        cr_assert(zsnmp_buf_append(&buf, &byte, 1));
    }
    cr_assert_leq(buf.cap, 1000, "what is reserved keeps to the ceiling too");
    cr_assert_not(buf.failed);
    cr_assert_not(zsnmp_buf_append(&buf, "x", 1));
    cr_assert(buf.failed);
    cr_assert_eq(buf.len, 1000);
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(buf.data[i], (uint8_t)i);
    }
    zsnmp_buf_clear(&buf);
}

Test(base_buf, failed_stays_failed_until_cleared)
{
    struct zsnmp_buf buf;
    zsnmp_buf_init(&buf, 10);
    cr_assert(zsnmp_buf_append(&buf, "abcd", 4));
    cr_assert_not(zsnmp_buf_append(&buf, "0123456", 7));
    cr_assert_not(zsnmp_buf_append(&buf, "e", 1), "also where it would fit");
    cr_assert_null(zsnmp_buf_reserve(&buf, 1));
    cr_assert_eq(buf.len, 4);
    cr_assert_arr_eq(buf.data, "abcd", 4);
    zsnmp_buf_clear(&buf);
    cr_assert_not(buf.failed);
    cr_assert_eq(buf.len, 0);
    cr_assert_eq(buf.max, 10, "the ceiling stays");
    cr_assert(zsnmp_buf_append(&buf, "0123456789", 10));
    zsnmp_buf_clear(&buf);
}

Test(base_buf, appending_nothing_is_no_failure)
{
    struct zsnmp_buf buf;
    zsnmp_buf_init(&buf, 10);
    cr_assert(zsnmp_buf_append(&buf, NULL, 0), "also to an empty buffer");
    cr_assert(zsnmp_buf_append(&buf, "0123456789", 10));
    cr_assert(zsnmp_buf_append(&buf, NULL, 0), "also to a full one");
    cr_assert_not(buf.failed);
    cr_assert_eq(buf.len, 10);
    zsnmp_buf_clear(&buf);
}

Test(base_buf, absurd_sizes_are_refused)
{
    static const size_t sizes[] = {11, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX - 4};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct zsnmp_buf buf;
        zsnmp_buf_init(&buf, 10);
        cr_assert(zsnmp_buf_append(&buf, "abcde", 5));
        cr_assert_null(zsnmp_buf_reserve(&buf, sizes[i]));
        cr_assert(buf.failed);
        zsnmp_buf_clear(&buf);
    }
}

Test(base_buf, reserving_does_not_append)
{
    struct zsnmp_buf buf;
    zsnmp_buf_init(&buf, 1u << 20);
    uint8_t *room = zsnmp_buf_reserve(&buf, 700);
    cr_assert_not_null(room);
    memset(room, 1, 700);
    cr_assert_eq(buf.len, 0);
    buf.len += 300;
    cr_assert_eq(zsnmp_buf_reserve(&buf, 400), room + 300, "what was reserved is still there");
    zsnmp_buf_clear(&buf);
}

Test(base_buf, agrees_with_a_naive_model)
{
    enum { MAX = 60000 };
    static uint8_t model[MAX];
    uint8_t piece[2000];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct draw draw = {seed};
        struct zsnmp_buf buf;
        size_t len = 0;
        bool failed = false;
        zsnmp_buf_init(&buf, MAX);
        for (int step = 0; step < 100; step++) {
            size_t n = draw_below(&draw, sizeof piece);
            memset(piece, (int)draw_below(&draw, 256), n);
            failed = failed || n > MAX - len;
            cr_assert_eq(zsnmp_buf_append(&buf, piece, n), !failed, "seed %lu",
                         (unsigned long)seed);
            if (!failed) {
                memcpy(model + len, piece, n);
                len += n;
            }
        }
        cr_assert_eq(buf.len, len);
        cr_assert_arr_eq(buf.data, model, len);
        zsnmp_buf_clear(&buf);
    }
}
