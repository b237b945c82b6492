/*
 * The bump allocator: aligned, apart from each other, never beyond the ceiling.
 */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "base_help.h"

static bool is_aligned(const void *p)
{
    return (uintptr_t)p % ZSNMP_ARENA_ALIGN == 0;
}

Test(base_arena, the_first_chunk_is_the_owners)
{
    alignas(max_align_t) uint8_t first[256];
    struct zsnmp_arena arena;
    zsnmp_arena_init(&arena, first, sizeof first);
    uint8_t *a = zsnmp_arena_alloc(&arena, 10);
    uint8_t *b = zsnmp_arena_alloc(&arena, 10);
    cr_assert(a >= first && b + 10 <= first + sizeof first);
    cr_assert_geq(b, a + 10);
    cr_assert_null(arena.extra);
    uint8_t *c = zsnmp_arena_alloc(&arena, 250);
    cr_assert_not_null(c);
    cr_assert(c < first || c >= first + sizeof first, "does not fit: comes from elsewhere");
    zsnmp_arena_clear(&arena);
    cr_assert_null(arena.extra);
}

Test(base_arena, a_first_chunk_that_is_not_aligned)
{
    alignas(max_align_t) uint8_t first[64];
    for (size_t skew = 0; skew < 17; skew++) {
        for (size_t len = 0; len + skew <= sizeof first; len++) {
            struct zsnmp_arena arena;
            zsnmp_arena_init(&arena, first + skew, len);
            uint8_t *p = zsnmp_arena_alloc(&arena, 16);
            cr_assert_not_null(p);
            cr_assert(is_aligned(p));
            memset(p, 0xAA, 16);
            bool inside = p >= first && p < first + sizeof first;
            cr_assert(!inside || (p >= first + skew && p + 16 <= first + skew + len));
            zsnmp_arena_clear(&arena);
        }
    }
}

Test(base_arena, without_a_first_chunk)
{
    struct zsnmp_arena arena;
    zsnmp_arena_init(&arena, NULL, 0);
    cr_assert_not_null(zsnmp_arena_alloc(&arena, 0));
    cr_assert_not_null(zsnmp_arena_alloc(&arena, 1));
    zsnmp_arena_clear(&arena);
    zsnmp_arena_clear(&arena); /* twice does no harm */
}

Test(base_arena, copies_have_a_nul_behind_them)
{
    struct zsnmp_arena arena;
    zsnmp_arena_init(&arena, NULL, 0);
    char *text = zsnmp_arena_dup(&arena, "ab\0cd", 5);
    cr_assert_arr_eq(text, "ab\0cd", 6);
    char *empty = zsnmp_arena_dup(&arena, NULL, 0);
    cr_assert_eq(empty[0], '\0');
    zsnmp_arena_clear(&arena);
}

Test(base_arena, the_ceiling_holds)
{
    static const size_t sizes[] = {1, 100, 1023, 1024, 1025, 65536, ZSNMP_ARENA_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct zsnmp_arena arena;
        size_t sum = 0;
        zsnmp_arena_init(&arena, NULL, 0);
        while (zsnmp_arena_alloc(&arena, sizes[i]) != NULL) {
            sum += sizes[i];
            cr_assert_leq(sum, ZSNMP_ARENA_MAX);
        }
        cr_assert_gt(sum, 0);
        cr_assert_leq(arena.total, ZSNMP_ARENA_MAX);
        zsnmp_arena_clear(&arena);
    }
}

Test(base_arena, the_whole_ceiling_in_one_piece_and_no_more)
{
    struct zsnmp_arena arena;
    zsnmp_arena_init(&arena, NULL, 0);
    cr_assert_null(zsnmp_arena_alloc(&arena, ZSNMP_ARENA_MAX + 1));
    cr_assert_null(zsnmp_arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(zsnmp_arena_alloc(&arena, SIZE_MAX - 100));
    uint8_t *all = zsnmp_arena_alloc(&arena, ZSNMP_ARENA_MAX);
    cr_assert_not_null(all);
    memset(all, 1, ZSNMP_ARENA_MAX);
    cr_assert_null(zsnmp_arena_alloc(&arena, 1));
    zsnmp_arena_clear(&arena);
}

/* Each piece is filled with its number; if two overlapped, one would not be whole at the end. */
Test(base_arena, pieces_do_not_overlap)
{
    enum { PIECES = 250 };
    static uint8_t *pieces[PIECES];
    static size_t sizes[PIECES];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct draw draw = {seed};
        alignas(max_align_t) uint8_t first[500];
        struct zsnmp_arena arena;
        zsnmp_arena_init(&arena, first, sizeof first);
        for (int i = 0; i < PIECES; i++) {
            sizes[i] = draw_below(&draw, 3000);
            pieces[i] = zsnmp_arena_alloc(&arena, sizes[i]);
            cr_assert_not_null(pieces[i]);
            cr_assert(is_aligned(pieces[i]), "seed %lu", (unsigned long)seed);
            memset(pieces[i], i, sizes[i]);
        }
        for (int i = 0; i < PIECES; i++) {
            for (size_t at = 0; at < sizes[i]; at++) {
                cr_assert_eq(pieces[i][at], (uint8_t)i, "seed %lu", (unsigned long)seed);
            }
        }
        zsnmp_arena_clear(&arena);
    }
}
