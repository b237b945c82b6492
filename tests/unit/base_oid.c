/*
 * Object identifiers: text, order, prefixes.
 */
#include "base/oid.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

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
