/*
 * Admission reads the head of a message: right where it is one, and never past the end it is given
 * where it is none. Every block handed in has exactly the size that is told.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"
#include "snmp_help.h"

static bool peek(const uint8_t *data, size_t len, struct zsnmp_peek *out)
{
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    memcpy(copy, data, len);
    bool ok = zsnmp_peek(copy, len, out);
    if (ok && out->community != NULL) { /* touched, so that AddressSanitizer sees where it ends */
        cr_assert(out->community >= copy && out->community + out->community_len <= copy + len);
    }
    free(copy);
    return ok;
}

/* GetResponse, v2c, "public", request-id 0x12345678, sysUpTime.0 = 7. */
static const uint8_t v2c[] = {
    0x30, 0x2b, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',  'u',  'b',  'l',  'i',  'c',  0xa2, 0x1e,
    0x02, 0x04, 0x12, 0x34, 0x56, 0x78, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x10, 0x30,
    0x0e, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x03, 0x00, 0x43, 0x02, 0x00, 0x07};

/* A v3 message with msgID 0x01020304, msgFlags auth + priv + reportable, and no more than heads. */
static const uint8_t v3[] = {0x30, 0x1e, 0x02, 0x01, 0x03, 0x30, 0x11, 0x02, 0x04, 0x01, 0x02,
                             0x03, 0x04, 0x02, 0x03, 0x00, 0xff, 0xe3, 0x04, 0x01, 0x07, 0x02,
                             0x01, 0x03, 0x04, 0x02, 0x30, 0x00, 0x04, 0x02, 0xaa, 0xbb};

Test(snmp_peek, v2c_response)
{
    struct zsnmp_peek out;
    cr_assert(zsnmp_peek(v2c, sizeof v2c, &out));
    cr_assert_eq(out.version, ZSNMP_V2C);
    cr_assert_eq(out.pdu_type, ZSNMP_PDU_RESPONSE);
    cr_assert_eq(out.id, 0x12345678);
    cr_assert_eq(out.community_len, 6);
    cr_assert_arr_eq(out.community, "public", 6);
    cr_assert_not(out.reportable);
}

Test(snmp_peek, v1_response)
{
    uint8_t v1[sizeof v2c];
    struct zsnmp_peek out;
    memcpy(v1, v2c, sizeof v1);
    v1[4] = 0;
    cr_assert(peek(v1, sizeof v1, &out));
    cr_assert_eq(out.version, ZSNMP_V1);
    cr_assert_eq(out.id, 0x12345678);
}

Test(snmp_peek, v3_message)
{
    uint8_t message[sizeof v3];
    struct zsnmp_peek out;
    cr_assert(peek(v3, sizeof v3, &out));
    cr_assert_eq(out.version, ZSNMP_V3);
    cr_assert_eq(out.pdu_type, 0);
    cr_assert_eq(out.id, 0x01020304);
    cr_assert(out.reportable);
    cr_assert_null(out.community);
    memcpy(message, v3, sizeof v3);
    message[20] = 0x03;
    cr_assert(peek(message, sizeof message, &out));
    cr_assert_not(out.reportable);
}

Test(snmp_peek, other_versions_are_none)
{
    uint8_t message[sizeof v2c];
    struct zsnmp_peek out;
    memcpy(message, v2c, sizeof message);
    for (int version = 0; version < 256; version++) {
        message[4] = (uint8_t)version;
        cr_assert_eq(peek(message, sizeof message, &out), version <= 1, "version %d", version);
    }
}

/* Whole or not at all: cut short anywhere, the outer length does not fit any more. */
Test(snmp_peek, cut_short_at_each_byte)
{
    struct zsnmp_peek out;
    for (size_t len = 0; len < sizeof v2c; len++) {
        cr_assert_not(peek(v2c, len, &out), "%zu bytes", len);
    }
    for (size_t len = 0; len < sizeof v3; len++) {
        cr_assert_not(peek(v3, len, &out), "%zu bytes", len);
    }
}

/* The same, with the outer length made to fit: inner fields are cut instead. */
Test(snmp_peek, inner_fields_cut_short_at_each_byte)
{
    uint8_t message[64];
    struct zsnmp_peek out;
    for (size_t len = 2; len < sizeof v2c; len++) {
        memcpy(message, v2c, len);
        message[1] = (uint8_t)(len - 2);
        cr_assert_not(peek(message, len, &out), "%zu bytes", len);
    }
    for (size_t len = 2; len < 24; len++) { /* the end of msgGlobalData */
        memcpy(message, v3, len);
        message[1] = (uint8_t)(len - 2);
        cr_assert_not(peek(message, len, &out), "%zu bytes", len);
    }
}

Test(snmp_peek, what_follows_the_message_does_not_count)
{
    uint8_t message[sizeof v2c + 3] = {0};
    struct zsnmp_peek out;
    memcpy(message, v2c, sizeof v2c);
    cr_assert(peek(message, sizeof message, &out));
    cr_assert_eq(out.id, 0x12345678);
}

/* net-snmp writes lengths in this way, and X.690 8.1.3 allows it to. */
Test(snmp_peek, long_lengths)
{
    struct zsnmp_peek out;
    for (size_t bytes = 1; bytes <= 5; bytes++) {
        uint8_t message[sizeof v2c + 5] = {0x30, (uint8_t)(0x80 | bytes)};
        message[1 + bytes] = sizeof v2c - 2;
        memcpy(message + 2 + bytes, v2c + 2, sizeof v2c - 2);
        cr_assert_eq(peek(message, sizeof v2c + bytes, &out), bytes <= 4, "%zu bytes", bytes);
        if (bytes <= 4) {
            cr_assert_eq(out.id, 0x12345678);
        }
        cr_assert_not(peek(message, sizeof v2c + bytes - 1, &out));
    }
}

Test(snmp_peek, lengths_that_promise_too_much)
{
    static const uint8_t heads[][8] = {
        {0x30, 0x80, 0x02, 0x01, 0x01, 0x04, 0x00}, /* indefinite */
        {0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x02, 0x01},
        {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x02, 0x01},
        {0x30, 0x06, 0x02, 0x84, 0xff, 0xff, 0xff, 0xff},
        {0x30, 0x06, 0x02, 0x01, 0x01, 0x04, 0x81, 0xff},
        {0x30, 0x06, 0x02, 0x01, 0x01, 0x04, 0x02, 0x41},
        {0x30, 0x06, 0x02, 0x00, 0x01, 0x04, 0x00, 0x00}, /* an integer of no bytes */
        {0x30, 0x06, 0x02, 0x01, 0x03, 0x30, 0x7f, 0x00},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct zsnmp_peek out;
        for (size_t len = 0; len <= sizeof heads[i]; len++) {
            cr_assert_not(peek(heads[i], len, &out), "head %zu", i);
        }
    }
}

/* The request-id with other bytes in its place. */
static bool peek_id(const uint8_t *id, size_t id_len, int32_t *value)
{
    uint8_t message[64];
    struct zsnmp_peek out;
    size_t rest = sizeof v2c - 21;
    memcpy(message, v2c, 15);
    message[1] = (uint8_t)(v2c[1] - 4 + id_len);
    message[14] = (uint8_t)(v2c[14] - 4 + id_len);
    message[15] = 0x02;
    message[16] = (uint8_t)id_len;
    memcpy(message + 17, id, id_len);
    memcpy(message + 17 + id_len, v2c + 21, rest);
    bool ok = peek(message, 17 + id_len + rest, &out);
    *value = out.id;
    return ok;
}

Test(snmp_peek, integers_of_all_lengths)
{
    static const struct {
        uint8_t bytes[9];
        size_t len;
        bool ok;
        int32_t value;
    } cases[] = {
        {{0x00}, 1, true, 0},
        {{0x7f}, 1, true, 127},
        {{0x80}, 1, true, -128},
        {{0xff}, 1, true, -1},
        {{0x00, 0x80}, 2, true, 128},
        {{0xff, 0x7f}, 2, true, -129},
        {{0x7f, 0xff, 0xff, 0xff}, 4, true, INT32_MAX},
        {{0x80, 0x00, 0x00, 0x00}, 4, true, INT32_MIN},
        {{0xff, 0xff, 0xff, 0xff}, 4, true, -1},
        {{0x00, 0x7f, 0xff, 0xff, 0xff}, 5, true, INT32_MAX},
        {{0x00, 0x00, 0x00, 0x00, 0x05}, 5, true, 5},
        {{0xff, 0x80, 0x00, 0x00, 0x00}, 5, true, INT32_MIN},
        {{0x00, 0x80, 0x00, 0x00, 0x00}, 5, false, 0},
        {{0xff, 0x7f, 0xff, 0xff, 0xff}, 5, false, 0},
        {{0x01, 0x00, 0x00, 0x00, 0x00}, 5, false, 0},
        {{0x00, 0x00, 0x00, 0x00, 0x00, 0x05}, 6, true, 5},
        {{0, 0, 0, 0, 0, 0, 0, 5}, 8, true, 5},
        {{0, 0, 0, 0, 0, 0, 0, 0, 5}, 9, false, 0},
        {{0}, 0, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t value;
        cr_assert_eq(peek_id(cases[i].bytes, cases[i].len, &value), cases[i].ok, "case %zu", i);
        if (cases[i].ok) {
            cr_assert_eq(value, cases[i].value, "case %zu", i);
        }
    }
}

Test(snmp_peek, communities_of_any_bytes)
{
    static struct snmp_message message;
    struct zsnmp_peek out;
    snmp_message_start(&message);
    snmp_message_close(&message, 1, "", ZSNMP_PDU_RESPONSE, 9, 0, 0);
    cr_assert(peek(message.out.head, snmp_message_len(&message), &out));
    cr_assert_eq(out.community_len, 0);
    char name[256];
    memset(name, 'x', sizeof name);
    name[255] = '\0';
    snmp_message_start(&message);
    snmp_message_close(&message, 1, name, ZSNMP_PDU_RESPONSE, -9, 0, 0);
    cr_assert(peek(message.out.head, snmp_message_len(&message), &out));
    cr_assert_eq(out.community_len, 255);
    cr_assert_eq(out.id, -9);
}

Test(snmp_peek, damaged_and_random_bytes_are_survived)
{
    struct draw draw = {1};
    struct zsnmp_peek out;
    for (int i = 0; i < 200000; i++) {
        uint8_t message[64];
        size_t len = i % 2 == 0 ? sizeof v2c : sizeof v3;
        memcpy(message, i % 2 == 0 ? v2c : v3, len);
        if (i % 8 == 0) {
            len = draw_below(&draw, sizeof message);
            for (size_t at = 0; at < len; at++) {
                message[at] = (uint8_t)draw_u64(&draw);
            }
        } else {
            for (uint32_t n = draw_below(&draw, 4) + 1; n > 0; n--) {
                message[draw_below(&draw, (uint32_t)len)] = (uint8_t)draw_u64(&draw);
            }
            len -= draw_below(&draw, 3);
        }
        peek(message, len, &out);
    }
}

/* ---- framing of a stream ---- */

static size_t frame(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    memcpy(copy, data, len);
    size_t length = zsnmp_peek_length(copy, len);
    free(copy);
    return length;
}

Test(snmp_peek, length_of_a_message_in_a_stream)
{
    static const uint8_t one[] = {0x30, 0x81, 0xc8, 0x02};
    static const uint8_t two[] = {0x30, 0x82, 0x01, 0x00, 0x02};
    static const uint8_t four[] = {0x30, 0x84, 0x00, 0x01, 0x00, 0x00, 0x02};
    static const uint8_t none[] = {0x30, 0x00};
    cr_assert_eq(frame(v2c, 0), 0);
    cr_assert_eq(frame(v2c, 1), 0);
    cr_assert_eq(frame(v2c, 2), sizeof v2c);
    cr_assert_eq(frame(v2c, sizeof v2c), sizeof v2c);
    cr_assert_eq(frame(none, 2), 2);
    for (size_t len = 0; len < 3; len++) {
        cr_assert_eq(frame(one, len), 0);
    }
    cr_assert_eq(frame(one, 3), 3 + 200);
    for (size_t len = 0; len < 4; len++) {
        cr_assert_eq(frame(two, len), 0);
    }
    cr_assert_eq(frame(two, 4), 4 + 256);
    for (size_t len = 0; len < 6; len++) {
        cr_assert_eq(frame(four, len), 0);
    }
    cr_assert_eq(frame(four, 7), 6 + 65536);
}

Test(snmp_peek, what_no_message_starts_with)
{
    static const uint8_t heads[][6] = {
        {0x31, 0x10}, {0x00, 0x00}, {0x30, 0x80}, {0x30, 0x85, 0, 0, 0, 0}, {0x30, 0xff},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        cr_assert_eq(frame(heads[i], 2), SIZE_MAX, "head %zu", i);
    }
    cr_assert_eq(frame(heads[0], 1), SIZE_MAX, "the first byte says it");
}

/* A report of engine 80 00 00 00 05, boots 7, time 300, without authentication. */
static const uint8_t v3_report[] = {
    0x30, 0x3f, 0x02, 0x01, 0x03, 0x30, 0x11, 0x02, 0x04, 0x01, 0x02, 0x03, 0x04,
    0x02, 0x03, 0x00, 0xff, 0xe3, 0x04, 0x01, 0x00, 0x02, 0x01, 0x03, 0x04, 0x16,
    0x30, 0x14, 0x04, 0x05, 0x80, 0x00, 0x00, 0x00, 0x05, 0x02, 0x01, 0x07, 0x02,
    0x02, 0x01, 0x2c, 0x04, 0x00, 0x04, 0x00, 0x04, 0x00, 0x30, 0x0f, 0x04, 0x00,
    0x04, 0x00, 0xa8, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00};

static bool peek_usm(const uint8_t *data, size_t len, struct zsnmp_usm_head *out)
{
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    memcpy(copy, data, len);
    bool ok = zsnmp_peek_usm(copy, len, out);
    if (ok) {
        cr_assert(out->engine_id >= copy && out->engine_id + out->engine_id_len <= copy + len);
    }
    free(copy);
    return ok;
}

Test(snmp_peek, who_speaks_in_a_v3_message)
{
    struct zsnmp_usm_head out;
    cr_assert(zsnmp_peek_usm(v3_report, sizeof v3_report, &out));
    cr_assert_eq(out.engine_id_len, 5);
    cr_assert_arr_eq(out.engine_id, "\x80\0\0\0\5", 5);
    cr_assert_eq(out.boots, 7);
    cr_assert_eq(out.time, 300);
    cr_assert_not(peek_usm(v2c, sizeof v2c, &out));
    cr_assert_not(peek_usm(v3, sizeof v3, &out), "its security parameters are empty");
}

Test(snmp_peek, every_prefix_and_every_byte_changed_is_read_within_its_bounds)
{
    uint8_t message[sizeof v3_report];
    struct zsnmp_usm_head out;
    for (size_t len = 0; len < sizeof v3_report; len++) {
        cr_assert_not(peek_usm(v3_report, len, &out), "cut to %zu bytes", len);
    }
    for (size_t at = 0; at < sizeof v3_report; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(message, v3_report, sizeof message);
            message[at] = (uint8_t)value;
            (void)peek_usm(message, sizeof message, &out); /* AddressSanitizer watches */
        }
    }
}
