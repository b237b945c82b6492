/*
 * BER by itself: what is read and written in one step is what a reader and a writer that go byte
 * by byte read and write.
 */
#include "snmp/ber.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"

/* A block of exactly this size, so that AddressSanitizer finds what reads on. */
static uint8_t *copy_of(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    memcpy(copy, data, len);
    return copy;
}

static size_t naive_oid(const uint8_t *data, size_t len, uint32_t *oid)
{
    uint64_t number = 0;
    size_t count = 1;
    oid[1] = 0;
    for (size_t i = 0; i < len; i++) {
        number = number << 7 | (data[i] & 0x7f);
        if (number > UINT32_MAX || (i + 1 == len && data[i] >= 0x80)) {
            return 0;
        }
        if (data[i] < 0x80) {
            if (count == ZSNMP_OID_MAX) {
                return 0;
            }
            oid[count++] = (uint32_t)number;
            number = 0;
        }
    }
    oid[0] = oid[1] < 40 ? 0 : oid[1] < 80 ? 1 : 2;
    oid[1] -= 40 * oid[0];
    return len == 0 ? 2 : count;
}

static void expect_oid(const uint8_t *data, size_t len)
{
    uint32_t want[ZSNMP_OID_MAX];
    uint32_t *oid = malloc(ZSNMP_OID_MAX * sizeof *oid);
    uint8_t *copy = copy_of(data, len);
    cr_assert_not_null(oid);
    size_t count = naive_oid(data, len, want);
    cr_assert_eq(zsnmp_ber_oid(copy, len, oid), count, "%zu bytes", len);
    cr_assert_eq(memcmp(oid, want, count * sizeof *oid), 0, "%zu bytes", len);
    free(copy);
    free(oid);
}

Test(snmp_ber, oids_of_each_length)
{
    uint8_t data[ZSNMP_OID_MAX + 16] = {0};
    for (size_t len = 0; len <= sizeof data; len++) {
        for (size_t i = 0; i < len; i++) {
            data[i] = (uint8_t)(i * 7 % 0x80);
        }
        expect_oid(data, len);
        for (size_t i = 0; i < len; i++) { /* one that goes on, anywhere */
            data[i] |= 0x80;
            expect_oid(data, len);
            data[i] &= 0x7f;
        }
    }
}

Test(snmp_ber, oids_of_any_bytes)
{
    struct draw draw = {1};
    for (int i = 0; i < 200000; i++) {
        uint8_t data[160];
        size_t len = draw_below(&draw, i % 8 == 0 ? sizeof data : 24);
        for (size_t n = 0; n < len; n++) {
            data[n] = (uint8_t)draw_u64(&draw) & (draw_below(&draw, 6) == 0 ? 0xff : 0x7f);
        }
        expect_oid(data, len);
    }
}

Test(snmp_ber, the_largest_sub_identifier)
{
    uint32_t oid[ZSNMP_OID_MAX];
    cr_assert_eq(zsnmp_ber_oid((const uint8_t *)"\x2b\x8f\xff\xff\xff\x7f", 6, oid), 3);
    cr_assert_eq(oid[2], UINT32_MAX);
    cr_assert_eq(zsnmp_ber_oid((const uint8_t *)"\x2b\x90\x80\x80\x80\x00", 6, oid), 0);
    cr_assert_eq(zsnmp_ber_oid((const uint8_t *)"\x2b\x80\x80\x80\x80\x80\x80\x01", 8, oid), 3);
    cr_assert_eq(oid[2], 1);
}

Test(snmp_ber, numbers_of_each_length)
{
    static const uint8_t firsts[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (size_t len = 0; len <= 10; len++) {
        for (size_t i = 0; i < sizeof firsts; i++) {
            uint8_t data[10] = {firsts[i], 0x81, 0x02, 0xf3, 0x14, 0x95, 0x26, 0xb7, 0x48, 0xd9};
            uint8_t *copy = copy_of(data, len);
            uint64_t bits = data[0] >= 0x80 ? UINT64_MAX : 0;
            uint64_t plain = 0;
            for (size_t n = 0; n < len; n++) {
                bits = bits << 8 | data[n];
                plain = plain << 8 | data[n];
            }
            int64_t number = 0;
            uint64_t natural = 0;
            bool is_signed = len > 0 && len <= 8;
            bool is_unsigned = is_signed || (len == 9 && data[0] == 0);
            cr_assert_eq(zsnmp_ber_signed(copy, len, &number), is_signed);
            cr_assert(!is_signed || number == (int64_t)bits, "%zu bytes", len);
            cr_assert_eq(zsnmp_ber_unsigned(copy, len, &natural), is_unsigned);
            cr_assert(!is_unsigned || natural == plain, "%zu bytes", len);
            free(copy);
        }
    }
}

/* Each head that can be, over contents that are there, cut off, or behind nothing at all. */
Test(snmp_ber, heads_promise_what_is_there)
{
    static uint8_t data[6 + 70000];
    for (unsigned first = 0; first < 256; first++) {
        for (size_t len = 0; len < 260; len++) {
            uint8_t *copy = copy_of(data, len);
            if (len > 0) {
                copy[0] = 0x04;
            }
            if (len > 1) {
                copy[1] = (uint8_t)first;
            }
            if (len > 5) {
                copy[5] = 3; /* the length, where four bytes tell it */
            }
            struct zsnmp_ber in = {copy, copy + len};
            size_t bytes = first < 0x80 ? 0 : first & 0x7f;
            size_t want = first < 0x80 ? first : bytes == 4 && len > 5 ? 3 : 0;
            bool good = len >= 2 + bytes + want && bytes <= 4 && first != 0x80;
            uint8_t tag = 0;
            size_t got = 0;
            cr_assert_eq(zsnmp_ber_head(&in, &tag, &got), good, "%02x, %zu bytes", first, len);
            cr_assert(good ? tag == 0x04 && got == want && in.at == copy + 2 + bytes
                           : in.at == copy);
            free(copy);
        }
    }
}

/* ---- writing ---- */

static void expect_written(const uint8_t *at, const uint8_t *end, const uint8_t *want, size_t len)
{
    cr_assert_eq((size_t)(end - at), len);
    cr_assert_arr_eq(at, want, len);
}

/* As many bytes as it takes so that no more than a sign is in front (X.690 8.3.2). */
static void expect_number(uint64_t bits, bool is_signed)
{
    uint8_t room[ZSNMP_BER_NUMBER_MAX];
    uint8_t want[2 + 9] = {0x02};
    uint8_t full[9];
    uint8_t *end = room + sizeof room;
    size_t skip = 0;
    full[0] = is_signed && bits >> 63 != 0 ? 0xff : 0;
    for (unsigned i = 0; i < 8; i++) {
        full[1 + i] = (uint8_t)(bits >> (56 - 8 * i));
    }
    while (skip < 8 && full[skip] == full[0] && ((full[skip + 1] ^ full[0]) & 0x80) == 0) {
        skip++;
    }
    want[1] = (uint8_t)(9 - skip);
    memcpy(want + 2, full + skip, 9 - skip);
    uint8_t *at = is_signed ? zsnmp_ber_put_int(end, 0x02, (int64_t)bits)
                            : zsnmp_ber_put_uint(end, 0x02, bits);
    expect_written(at, end, want, 2 + 9 - skip);
}

Test(snmp_ber, numbers_are_as_short_as_can_be)
{
    struct draw draw = {1};
    for (unsigned bit = 0; bit < 64; bit++) {
        for (uint64_t beside = 0; beside < 3; beside++) {
            uint64_t bits = ((uint64_t)1 << bit) + beside - 1;
            expect_number(bits, true);
            expect_number(bits, false);
            expect_number(~bits, true);
            expect_number(~bits, false);
        }
    }
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = draw_u64(&draw) >> draw_below(&draw, 64);
        expect_number(i % 2 == 0 ? bits : ~bits, true);
        expect_number(bits, false);
    }
}

Test(snmp_ber, lengths_at_which_a_head_grows)
{
    static const struct {
        size_t len;
        uint8_t head[ZSNMP_BER_HEAD_MAX];
        size_t size;
    } cases[] = {{0, {0x30, 0}, 2},
                 {0x7f, {0x30, 0x7f}, 2},
                 {0x80, {0x30, 0x81, 0x80}, 3},
                 {0xff, {0x30, 0x81, 0xff}, 3},
                 {0x100, {0x30, 0x82, 1, 0}, 4},
                 {0xffff, {0x30, 0x82, 0xff, 0xff}, 4},
                 {0x10000, {0x30, 0x83, 1, 0, 0}, 5}};
    static uint8_t room[ZSNMP_BER_HEAD_MAX + 0x10000];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *end = room + ZSNMP_BER_HEAD_MAX;
        uint8_t *at = zsnmp_ber_put_head(end, 0x30, end + cases[i].len);
        expect_written(at, end, cases[i].head, cases[i].size);
    }
}

Test(snmp_ber, oids_are_written_as_they_are_read)
{
    struct draw draw = {1};
    for (int i = 0; i < 100000; i++) {
        uint32_t oid[ZSNMP_OID_MAX];
        uint32_t again[ZSNMP_OID_MAX];
        size_t len = 2 + draw_below(&draw, i % 8 == 0 ? ZSNMP_OID_MAX - 1 : 14);
        for (size_t n = 0; n < len; n++) {
            uint64_t number = draw_u64(&draw);
            oid[n] = (uint32_t)number >> (draw_below(&draw, 4) > 0 ? 25 : number >> 59);
        }
        oid[0] %= 3;
        oid[1] = oid[0] == 2 ? oid[1] % (UINT32_MAX - 80) : oid[1] % 40;
        size_t size = ZSNMP_BER_OID_MAX(len);
        uint8_t *room = malloc(size);
        cr_assert_not_null(room);
        uint8_t *at = zsnmp_ber_put_oid(room + size, oid, len);
        struct zsnmp_ber in = {at, room + size};
        struct zsnmp_ber name;
        cr_assert(at >= room && zsnmp_ber_enter(&in, ZSNMP_OBJECT_ID, &name) && in.at == in.end);
        cr_assert_eq(zsnmp_ber_oid(name.at, zsnmp_ber_left(&name), again), len);
        cr_assert_eq(memcmp(oid, again, len * sizeof *oid), 0);
        free(room);
    }
}
