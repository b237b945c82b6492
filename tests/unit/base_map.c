/*
 * Hash maps against a naive model: many values under one key, deletion across the end of the
 * table, growth, iterating by slot.
 */
#include "base/map.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base_help.h"

#define VALUES 400

Test(base_map, an_empty_map_knows_nothing)
{
    struct zsnmp_map map;
    int value;
    zsnmp_map_init(&map);
    cr_assert_null(zsnmp_map_get(&map, 0, NULL, NULL));
    cr_assert_not(zsnmp_map_remove(&map, 0, &value));
    zsnmp_map_clear(&map);
}

static bool is_same(const void *value, const void *wanted)
{
    return value == wanted;
}

Test(base_map, values_under_one_key_are_told_apart)
{
    struct zsnmp_map map;
    int values[40];
    zsnmp_map_init(&map);
    for (int i = 0; i < 40; i++) {
        cr_assert(zsnmp_map_put(&map, 77, &values[i]));
    }
    cr_assert_eq(map.len, 40);
    for (int i = 0; i < 40; i++) {
        cr_assert_eq(zsnmp_map_get(&map, 77, is_same, &values[i]), &values[i]);
    }
    cr_assert_null(zsnmp_map_get(&map, 77, is_same, &map));
    cr_assert_null(zsnmp_map_get(&map, 78, NULL, NULL));
    cr_assert(zsnmp_map_remove(&map, 77, &values[20]));
    cr_assert_not(zsnmp_map_remove(&map, 77, &values[20]), "it is gone");
    cr_assert_not(zsnmp_map_remove(&map, 76, &values[21]), "it is under another key");
    cr_assert_null(zsnmp_map_get(&map, 77, is_same, &values[20]));
    cr_assert_eq(zsnmp_map_get(&map, 77, is_same, &values[39]), &values[39]);
    cr_assert_eq(map.len, 39);
    zsnmp_map_clear(&map);
}

/* Keys whose place is the last of the smallest table, so that probing goes on at its start. */
static uint64_t key_at_end(struct draw *draw)
{
    for (;;) {
        struct zsnmp_map map;
        int value;
        uint64_t key = draw_u64(draw);
        zsnmp_map_init(&map);
        cr_assert(zsnmp_map_put(&map, key, &value));
        bool last = map.slots[map.cap - 1].value != NULL;
        zsnmp_map_clear(&map);
        if (last) {
            return key;
        }
    }
}

Test(base_map, deletion_across_the_end_of_the_table)
{
    struct draw draw = {1};
    uint64_t keys[8];
    int values[8];
    for (int i = 0; i < 8; i++) {
        keys[i] = key_at_end(&draw);
    }
    for (int gone = 0; gone < 8; gone++) {
        struct zsnmp_map map;
        zsnmp_map_init(&map);
        for (int i = 0; i < 8; i++) {
            cr_assert(zsnmp_map_put(&map, keys[i], &values[i]));
        }
        cr_assert(zsnmp_map_remove(&map, keys[gone], &values[gone]));
        for (int i = 0; i < 8; i++) {
            cr_assert_eq(zsnmp_map_get(&map, keys[i], NULL, NULL), i == gone ? NULL : &values[i]);
        }
        zsnmp_map_clear(&map);
    }
}

/* Ids and pointers must spread. */
Test(base_map, keys_with_a_pattern_do_not_pile_up)
{
    static const unsigned shifts[] = {0, 4, 12};
    static int values[20000];
    for (size_t s = 0; s < sizeof shifts / sizeof *shifts; s++) {
        struct zsnmp_map map;
        zsnmp_map_init(&map);
        for (uint64_t i = 0; i < 20000; i++) {
            cr_assert(zsnmp_map_put(&map, i << shifts[s], &values[i]));
        }
        size_t run = 0;
        size_t longest = 0;
        for (size_t at = 0; at < map.cap; at++) {
            run = map.slots[at].value != NULL ? run + 1 : 0;
            longest = run > longest ? run : longest;
        }
        cr_assert_lt(longest, 2000, "keys << %u stand in a row of %zu", shifts[s], longest);
        zsnmp_map_clear(&map);
    }
}

static void check_whole(const struct zsnmp_map *map, const int *values, const bool *in, size_t len)
{
    size_t seen = 0;
    cr_assert_eq(map->len, len);
    for (size_t at = 0; at < map->cap; at++) {
        const int *value = map->slots[at].value;
        if (value != NULL) {
            cr_assert(in[value - values]);
            seen++;
        }
    }
    cr_assert_eq(seen, len);
}

static void compare(uint64_t seed)
{
    static int values[VALUES];
    bool in[VALUES] = {false};
    size_t len = 0;
    struct draw draw = {seed};
    struct zsnmp_map map;
    zsnmp_map_init(&map);
    for (int step = 0; step < 30000; step++) {
        uint32_t i = draw_below(&draw, VALUES);
        uint64_t key = i / 4; /* four values share each key */
        if (draw_below(&draw, 2) == 0 && !in[i]) {
            cr_assert(zsnmp_map_put(&map, key, &values[i]));
            in[i] = true;
            len++;
        } else if (draw_below(&draw, 2) == 0) {
            cr_assert_eq(zsnmp_map_remove(&map, key, &values[i]), in[i], "seed %lu",
                         (unsigned long)seed);
            len -= in[i] ? 1 : 0;
            in[i] = false;
        }
        cr_assert_eq(zsnmp_map_get(&map, key, is_same, &values[i]), in[i] ? &values[i] : NULL,
                     "seed %lu", (unsigned long)seed);
        if (step % 100 == 0) {
            check_whole(&map, values, in, len);
        }
    }
    zsnmp_map_clear(&map);
}

Test(base_map, agrees_with_a_naive_model)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        compare(seed);
    }
}

Test(base_map, hashes_depend_on_each_byte_the_length_and_the_seed)
{
    uint8_t data[40] = {0};
    for (size_t len = 0; len <= sizeof data; len++) {
        uint64_t hash = zsnmp_hash(1, data, len);
        cr_assert_eq(zsnmp_hash(1, data, len), hash);
        cr_assert_neq(zsnmp_hash(2, data, len), hash);
        if (len > 0) {
            cr_assert_neq(zsnmp_hash(1, data, len - 1), hash);
        }
        for (size_t i = 0; i < len; i++) {
            data[i] = 1;
            cr_assert_neq(zsnmp_hash(1, data, len), hash);
            data[i] = 0;
        }
    }
}
