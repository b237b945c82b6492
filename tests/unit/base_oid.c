/*
 * Object identifiers: text, order, prefixes.
 */
#include "base/oid.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"
#include "zsnmp.h"

static size_t parse(const char *text, uint32_t *oid)
{
    return zsnmp_oid_parse(text, strlen(text), oid, ZSNMP_OID_MAX);
}

Test(base_oid, text_with_and_without_a_leading_dot)
{
    uint32_t oid[ZSNMP_OID_MAX];
    cr_assert_eq(parse("1.3.6.1.4294967295", oid), 5);
    cr_assert(oid[0] == 1 && oid[1] == 3 && oid[2] == 6 && oid[3] == 1 && oid[4] == UINT32_MAX);
    cr_assert_eq(parse(".1.3.6", oid), 3);
    cr_assert_eq(parse("0.0", oid), 2);
    cr_assert_eq(parse("2", oid), 1);
    cr_assert_eq(parse("2.4294967215", oid), 2);
}

Test(base_oid, what_is_no_oid)
{
    static const char *const texts[] = {"",
                                        ".",
                                        "..1",
                                        "1.",
                                        "1..3",
                                        "a",
                                        "1.3.x",
                                        "-1",
                                        "1.-3",
                                        " 1.3",
                                        "1.3 ",
                                        "3.1",
                                        "1.40",
                                        "0.40",
                                        "01.3",
                                        "1.03",
                                        "1.3,6",
                                        "1.3.0x1",
                                        "+1.3",
                                        "4.1.1",
                                        "2.4294967216",
                                        "1.3.4294967296",
                                        "1.3.99999999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint32_t oid[ZSNMP_OID_MAX];
        cr_assert_eq(parse(texts[i], oid), 0, "'%s'", texts[i]);
    }
    uint32_t oid[ZSNMP_OID_MAX];
    cr_assert_eq(zsnmp_oid_parse("1.3\0.6", 6, oid, ZSNMP_OID_MAX), 0, "a NUL inside");
}

Test(base_oid, the_bound_is_kept)
{
    uint32_t oid[4] = {0, 0, 0, 77};
    cr_assert_eq(zsnmp_oid_parse("1.3.6", 5, oid, 3), 3);
    cr_assert_eq(zsnmp_oid_parse("1.3.6.1", 7, oid, 3), 0);
    cr_assert_eq(oid[3], 77);
    cr_assert_not(zsnmp_oid_valid(oid, 0));
    cr_assert_not(zsnmp_oid_valid(oid, ZSNMP_OID_MAX + 1));
}

Test(base_oid, format_and_parse_agree)
{
    uint32_t oid[ZSNMP_OID_MAX];
    uint32_t again[ZSNMP_OID_MAX];
    char text[ZSNMP_OID_TEXT_MAX];
    static const uint32_t edges[] = {0,    1,     9,      10,      99,       100,       999,
                                     1000, 99999, 123456, 9999999, 10000000, 999999999, UINT32_MAX};
    for (size_t len = 1; len <= ZSNMP_OID_MAX; len++) {
        for (size_t i = 0; i < len; i++) {
            oid[i] = i < 2 ? 1 : edges[(i + len) % (sizeof edges / sizeof edges[0])];
        }
        size_t size = zsnmp_oid_format(oid, len, text);
        cr_assert(size <= sizeof text);
        cr_assert_eq(zsnmp_oid_parse(text, size, again, ZSNMP_OID_MAX), len);
        cr_assert_eq(memcmp(oid, again, len * sizeof oid[0]), 0);
    }
    for (size_t i = 0; i < ZSNMP_OID_MAX; i++) {
        oid[i] = UINT32_MAX;
    }
    cr_assert_eq(zsnmp_oid_format(oid, ZSNMP_OID_MAX, text), 128 * 11 - 1, "the longest text");
}

/* Reads an OID as one would who is in no hurry. */
static size_t naive_parse(const char *text, size_t len, uint32_t *oid, size_t max)
{
    size_t count = 0;
    for (size_t at = len > 0 && text[0] == '.';; at++) {
        size_t digits = 0;
        uint64_t value = 0;
        for (; at < len && text[at] >= '0' && text[at] <= '9'; at++, digits++) {
            value = value * 10 + (uint64_t)(text[at] - '0');
            if (value > UINT32_MAX || (digits > 0 && text[at - digits] == '0')) {
                return 0;
            }
        }
        if (digits == 0 || count == max || (at < len && text[at] != '.')) {
            return 0;
        }
        oid[count++] = (uint32_t)value;
        if (at == len) {
            break;
        }
    }
    bool second = count == 1 || oid[1] < 40 || (oid[0] == 2 && oid[1] <= UINT32_MAX - 80);
    return count <= ZSNMP_OID_MAX && oid[0] <= 2 && second ? count : 0;
}

/* text in a block of exactly its size, so that AddressSanitizer finds what reads on. */
static void expect_as_naive(const char *text, size_t len, size_t max)
{
    uint32_t want[ZSNMP_OID_MAX + 8];
    char *copy = malloc(len + (len == 0));
    uint32_t *oid = malloc(max * sizeof *oid + (max == 0));
    cr_assert(copy != NULL && oid != NULL);
    memcpy(copy, text, len);
    size_t count = naive_parse(text, len, want, max);
    cr_assert_eq(zsnmp_oid_parse(copy, len, oid, max), count, "%.*s, %zu", (int)len, text, max);
    cr_assert_eq(memcmp(oid, want, count * sizeof *oid), 0, "%.*s, %zu", (int)len, text, max);
    free(oid);
    free(copy);
}

/* At each byte of those that are read at once, with each value that it can have. */
Test(base_oid, any_byte_anywhere_is_taken_as_what_it_is)
{
    static const char whole[] = ".1.3.6.1.2.1.1.3.0.0.1234567890.7.4294967295.1.2.3.4.5";
    char text[sizeof whole];
    for (size_t skip = 0; skip < 2; skip++) {
        size_t len = strlen(whole + skip);
        for (size_t at = 0; at < len; at++) {
            memcpy(text, whole + skip, len);
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                expect_as_naive(text, len, ZSNMP_OID_MAX);
            }
        }
    }
}

Test(base_oid, any_length_into_any_room)
{
    static const char whole[] = "1.3.6.1.2.1.1.3.0.0.1234567890.7.4294967295.1.2.3.4.5.6.7";
    for (size_t len = 0; len < sizeof whole; len++) {
        for (size_t max = 0; max < 24; max++) {
            expect_as_naive(whole, len, max);
        }
    }
    expect_as_naive("1.3.4294967295", 14, 3);
    expect_as_naive("1.3.4294967296", 14, 3);
    expect_as_naive("1.3.42949672950", 15, 3);
    expect_as_naive("1.3.18446744073709551617", 24, 3);
}

Test(base_oid, generated_texts_mean_what_they_say)
{
    static const char others[] = "0123456789..-a \xff";
    struct draw draw = {1};
    for (int i = 0; i < 100000; i++) {
        char text[12 * (ZSNMP_OID_MAX + 8)];
        size_t len = 0;
        uint32_t arcs = 1 + draw_below(&draw, i % 50 == 0 ? ZSNMP_OID_MAX + 4 : 20);
        for (uint32_t n = 0; n < arcs; n++) {
            uint32_t arc = (uint32_t)draw_u64(&draw) >> (draw_below(&draw, 4) < 3 ? 29 : n % 32);
            len += (size_t)sprintf(text + len, n == 0 ? "%u" : ".%u", n == 0 ? arc % 3 : arc);
        }
        if (i % 2 == 0) {
            text[draw_below(&draw, (uint32_t)len)] = others[draw_below(&draw, sizeof others - 1)];
        }
        expect_as_naive(text, len, draw_below(&draw, 4) > 0 ? ZSNMP_OID_MAX : arcs);
    }
}

/* Each number of up to five digits, and those around each power of ten, at either place of two. */
static void expect_text(uint32_t number)
{
    char want[64];
    char text[4 * 11]; /* no more than the header asks for */
    const uint32_t oid[] = {1, number, number, 7};
    size_t len = (size_t)sprintf(want, "1.%u.%u.7", number, number);
    for (size_t arcs = 1; arcs <= 4; arcs++) {
        size_t size = zsnmp_oid_format(oid, arcs, text);
        cr_assert(size <= len && memcmp(text, want, size) == 0, "%u, %zu arcs", number, arcs);
        cr_assert(arcs < 4 ? want[size] == '.' : size == len, "%u, %zu arcs", number, arcs);
    }
}

Test(base_oid, numbers_of_each_length_are_written)
{
    for (uint32_t number = 0; number < 100000; number++) {
        expect_text(number);
    }
    for (uint64_t power = 1; power <= UINT32_MAX; power *= 10) {
        expect_text((uint32_t)power - 1);
        expect_text((uint32_t)power);
        expect_text((uint32_t)power + 1);
    }
    for (unsigned bit = 0; bit < 32; bit++) {
        expect_text((uint32_t)1 << bit);
        expect_text(UINT32_MAX >> bit);
    }
    cr_assert_eq(zsnmp_oid_format(NULL, 0, NULL), 0);
}

Test(base_oid, order_is_lexicographic)
{
    const uint32_t a[] = {1, 3, 6};
    const uint32_t b[] = {1, 3, 7};
    const uint32_t c[] = {1, 3, 6, 0};
    const uint32_t d[] = {1, 3, UINT32_MAX};
    cr_assert_eq(zsnmp_oid_compare(a, 3, a, 3), 0);
    cr_assert_lt(zsnmp_oid_compare(a, 3, b, 3), 0);
    cr_assert_gt(zsnmp_oid_compare(b, 3, a, 3), 0);
    cr_assert_lt(zsnmp_oid_compare(a, 3, c, 4), 0);
    cr_assert_gt(zsnmp_oid_compare(b, 3, c, 4), 0);
    cr_assert_gt(zsnmp_oid_compare(d, 3, b, 3), 0, "sub-identifiers are unsigned");
}

Test(base_oid, under_means_root_or_below)
{
    const uint32_t root[] = {1, 3, 6};
    const uint32_t below[] = {1, 3, 6, 1};
    const uint32_t beside[] = {1, 3, 7, 1};
    cr_assert(zsnmp_oid_under(root, 3, root, 3));
    cr_assert(zsnmp_oid_under(below, 4, root, 3));
    cr_assert_not(zsnmp_oid_under(beside, 4, root, 3));
    cr_assert_not(zsnmp_oid_under(root, 2, root, 3));
}

Test(base_oid, print_behaves_like_snprintf)
{
    const uint32_t oid[] = {1, 3, 6, 1};
    char text[8];
    cr_assert_eq(zsnmp_oid_print(oid, 4, text, sizeof text), 7);
    cr_assert_str_eq(text, "1.3.6.1");
    cr_assert_eq(zsnmp_oid_print(oid, 4, text, 4), 7);
    cr_assert_str_eq(text, "1.3");
    cr_assert_eq(zsnmp_oid_print(oid, 4, NULL, 0), 7);
}
