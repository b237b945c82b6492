/*
 * BER of the simulator: known encodings, and all that must be refused.
 */
#include "sim/ber.h"

#include <criterion/criterion.h>

#include <string.h>

static bool read_int(const void *bytes, size_t len, int32_t *value)
{
    struct zsnmp_sim_span s = {bytes, (const uint8_t *)bytes + len};
    return zsnmp_sim_ber_int(&s, value);
}

Test(sim_ber, integers_encode_in_the_shortest_form)
{
    static const struct {
        int64_t value;
        size_t len;
        uint8_t bytes[8];
    } cases[] = {
        {0, 1, {0x00}},
        {127, 1, {0x7f}},
        {128, 2, {0x00, 0x80}},
        {256, 2, {0x01, 0x00}},
        {-1, 1, {0xff}},
        {-128, 1, {0x80}},
        {-129, 2, {0xff, 0x7f}},
        {INT32_MAX, 4, {0x7f, 0xff, 0xff, 0xff}},
        {INT32_MIN, 4, {0x80, 0x00, 0x00, 0x00}},
        {4294967295, 5, {0x00, 0xff, 0xff, 0xff, 0xff}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[9];
        size_t len = zsnmp_sim_ber_put_signed(out, cases[i].value);
        cr_assert_eq(len, cases[i].len, "%lld", (long long)cases[i].value);
        cr_assert_arr_eq(out, cases[i].bytes, len);
    }
}

Test(sim_ber, unsigned_64_bits_keep_the_sign_clear)
{
    static const uint8_t most[9] = {0, 255, 255, 255, 255, 255, 255, 255, 255};
    uint8_t out[9];
    cr_assert_eq(zsnmp_sim_ber_put_unsigned(out, UINT64_MAX), 9);
    cr_assert_arr_eq(out, most, 9);
    cr_assert_eq(zsnmp_sim_ber_put_unsigned(out, INT64_MAX), 8);
    cr_assert_eq(zsnmp_sim_ber_put_unsigned(out, 0), 1);
}

Test(sim_ber, integers_read_back)
{
    int32_t v = 0;
    cr_assert(read_int("\x02\x01\xff", 3, &v));
    cr_assert_eq(v, -1);
    cr_assert(read_int("\x02\x02\x00\x80", 4, &v));
    cr_assert_eq(v, 128);
    cr_assert(read_int("\x02\x81\x01\x05", 4, &v), "a long form of length");
    cr_assert_eq(v, 5);
}

Test(sim_ber, integers_that_are_none_are_refused)
{
    int32_t v = 0;
    cr_assert_not(read_int("\x02\x00", 2, &v), "empty");
    cr_assert_not(read_int("\x02\x05\x00\x01\x01\x01\x01", 7, &v), "more than 32 bits");
    cr_assert_not(read_int("\x04\x01\x01", 3, &v), "another type");
    cr_assert_not(read_int("\x02\x02\x01", 3, &v), "cut off");
    cr_assert_not(read_int("\x02\x80\x01\x00\x00", 5, &v), "indefinite length");
    cr_assert_not(read_int("\x02\x85\x00\x00\x00\x00\x01\x01", 8, &v), "length of five bytes");
    cr_assert_not(read_int("\x02\x84\xff\xff\xff\xff\x01", 7, &v), "length beyond all");
    cr_assert_not(read_int("\x02\x82\x01", 3, &v), "cut in the length");
    cr_assert_not(read_int("\x02", 1, &v));
    cr_assert_not(read_int("", 0, &v));
}

static bool read_oid(const void *bytes, size_t len, struct zsnmp_sim_oid *oid)
{
    struct zsnmp_sim_span s = {bytes, (const uint8_t *)bytes + len};
    return zsnmp_sim_ber_oid_content(&s, oid);
}

Test(sim_ber, oids_encode_and_read_back)
{
    static const uint32_t id[] = {1, 3, 6, 1, 4, 1, 32473, 0, 4294967295};
    static const uint8_t want[] = {0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 0, 0x8f, 255, 255, 255, 127};
    uint8_t out[ZSNMP_SIM_OID_BYTES_MAX];
    struct zsnmp_sim_oid oid;
    cr_assert_eq(zsnmp_sim_ber_put_oid(out, id, 9), sizeof want);
    cr_assert_arr_eq(out, want, sizeof want);
    cr_assert(read_oid(want, sizeof want, &oid));
    cr_assert_eq(oid.len, 9);
    cr_assert_arr_eq(oid.id, id, sizeof id);
}

Test(sim_ber, first_byte_of_an_oid_is_two_sub_identifiers)
{
    struct zsnmp_sim_oid oid;
    cr_assert(read_oid("\x00", 1, &oid));
    cr_assert(oid.len == 2 && oid.id[0] == 0 && oid.id[1] == 0);
    cr_assert(read_oid("\x4f", 1, &oid));
    cr_assert(oid.id[0] == 1 && oid.id[1] == 39);
    cr_assert(read_oid("\x88\x37", 2, &oid));
    cr_assert(oid.id[0] == 2 && oid.id[1] == 999);
}

Test(sim_ber, oids_that_are_none_are_refused)
{
    struct zsnmp_sim_oid oid;
    uint8_t many[ZSNMP_SIM_OID_IDS_MAX];
    memset(many, 1, sizeof many);
    cr_assert(read_oid(many, ZSNMP_SIM_OID_IDS_MAX - 1, &oid));
    cr_assert_eq(oid.len, ZSNMP_SIM_OID_IDS_MAX);
    cr_assert_not(read_oid(many, ZSNMP_SIM_OID_IDS_MAX, &oid), "129 sub-identifiers");
    cr_assert_not(read_oid("", 0, &oid), "empty");
    cr_assert_not(read_oid("\x2b\x86", 2, &oid), "unfinished sub-identifier");
    cr_assert_not(read_oid("\x2b\x90\x80\x80\x80\x00", 6, &oid), "2^32");
}

Test(sim_ber, order_is_that_of_numbers_not_of_bytes)
{
    static const uint32_t a[] = {1, 3, 16383};
    static const uint32_t b[] = {1, 3, 16384};
    cr_assert_lt(zsnmp_sim_oid_cmp(a, 3, b, 3), 0);
    cr_assert_gt(zsnmp_sim_oid_cmp(b, 3, a, 3), 0);
    cr_assert_lt(zsnmp_sim_oid_cmp(a, 2, a, 3), 0);
    cr_assert_eq(zsnmp_sim_oid_cmp(a, 3, a, 3), 0);
}

Test(sim_ber, frames_of_a_stream)
{
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"", 0), 0);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30", 1), 0);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30\x82\x01", 3), 0);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30\x05", 2), 7);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30\x82\x01\x00", 4), 260);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x31\x05", 2), -1);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30\x80", 2), -1);
    cr_assert_eq(zsnmp_sim_ber_frame((const uint8_t *)"\x30\x84\xff\xff\xff\xff", 6), -1);
}

Test(sim_ber, a_varbind_goes_in_where_it_fits_to_the_byte)
{
    static const uint8_t name[] = {0x2b, 6, 1};
    uint8_t value[200] = {0};
    for (size_t len = 0; len <= sizeof value; len++) {
        uint8_t room[ZSNMP_SIM_HEADROOM + 300];
        struct zsnmp_sim_out out;
        zsnmp_sim_out_start(&out, room, 300);
        cr_assert(zsnmp_sim_out_varbind(&out, name, 3, ZSNMP_SIM_STRING, value, len));
        size_t took = (size_t)(out.tail - out.head);
        zsnmp_sim_out_start(&out, room, took);
        cr_assert(zsnmp_sim_out_varbind(&out, name, 3, ZSNMP_SIM_STRING, value, len));
        zsnmp_sim_out_start(&out, room, took - 1);
        cr_assert_not(zsnmp_sim_out_varbind(&out, name, 3, ZSNMP_SIM_STRING, value, len));
        cr_assert(out.tail == out.head);
    }
}

Test(sim_ber, headroom_that_does_not_suffice_is_told)
{
    static uint8_t large[ZSNMP_SIM_HEADROOM];
    uint8_t room[ZSNMP_SIM_HEADROOM + 16];
    struct zsnmp_sim_out out;
    zsnmp_sim_out_start(&out, room, 16);
    zsnmp_sim_out_bytes(&out, ZSNMP_SIM_STRING, large, sizeof large);
    cr_assert(out.failed);
}
