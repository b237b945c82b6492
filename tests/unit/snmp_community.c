/*
 * Messages of v1 and v2c: what goes out is what was asked for, what comes in is what the device
 * said.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"
#include "snmp_help.h"

#define SYS_UPTIME "1.3.6.1.2.1.1.3.0"
#define SYS_NAME "1.3.6.1.2.1.1.5.0"

static const uint32_t sys_uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const uint32_t sys_name[] = {1, 3, 6, 1, 2, 1, 1, 5, 0};
#define OID(name) .oid = (name), .oid_len = sizeof(name) / sizeof *(name)

static struct snmp_bed *new_bed(zsnmp_version_t version)
{
    struct zsnmp_creds creds = snmp_creds(version, "public");
    return snmp_bed_new(&creds, NULL, NULL);
}

static struct zsnmp_pdu get_uptime(int32_t reqid)
{
    return (struct zsnmp_pdu){.op = ZSNMP_GET, .reqid = reqid, OID(sys_uptime)};
}

/* What the link sent, taken apart by the simulator's reader. */
struct sent {
    int32_t version;
    uint8_t pdu;
    int32_t id;
    int32_t a;
    int32_t b;
    struct zsnmp_sim_span varbinds;
};

static struct sent dissect(const struct snmp_bed *bed)
{
    struct sent sent;
    struct zsnmp_sim_span all = {bed->data, bed->data + bed->len};
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span part;
    cr_assert(zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body) && all.at == all.end);
    cr_assert(zsnmp_sim_ber_int(&body, &sent.version));
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_STRING, &part));
    cr_assert_eq(zsnmp_sim_span_len(&part), 6);
    cr_assert_arr_eq(part.at, "public", 6);
    cr_assert(zsnmp_sim_ber_next(&body, &sent.pdu, &part) && body.at == body.end);
    cr_assert(zsnmp_sim_ber_int(&part, &sent.id) && zsnmp_sim_ber_int(&part, &sent.a) &&
              zsnmp_sim_ber_int(&part, &sent.b));
    cr_assert(zsnmp_sim_ber_enter(&part, ZSNMP_SIM_SEQUENCE, &sent.varbinds));
    cr_assert(part.at == part.end);
    return sent;
}

static void next_varbind(struct sent *sent, const uint32_t *oid, size_t oid_len, uint8_t *tag,
                         struct zsnmp_sim_span *value)
{
    struct zsnmp_sim_span one;
    struct zsnmp_sim_span name;
    struct zsnmp_sim_oid ids;
    cr_assert(zsnmp_sim_ber_enter(&sent->varbinds, ZSNMP_SIM_SEQUENCE, &one));
    cr_assert(zsnmp_sim_ber_enter(&one, ZSNMP_SIM_OID, &name));
    cr_assert(zsnmp_sim_ber_oid_content(&name, &ids));
    cr_assert_eq(zsnmp_sim_oid_cmp(ids.id, ids.len, oid, oid_len), 0);
    cr_assert(zsnmp_sim_ber_next(&one, tag, value) && one.at == one.end);
}

Test(snmp_community, a_get_goes_out_as_asked)
{
    static const zsnmp_version_t versions[] = {ZSNMP_V1, ZSNMP_V2C};
    for (size_t i = 0; i < 2; i++) {
        struct snmp_bed *bed = new_bed(versions[i]);
        struct zsnmp_pdu pdu = get_uptime(0x01020304);
        cr_assert(snmp_bed_send(bed, &pdu));
        struct zsnmp_peek peek;
        cr_assert(zsnmp_peek(bed->data, bed->len, &peek));
        cr_assert_eq(peek.version, versions[i]);
        cr_assert_eq(peek.id, 0x01020304);
        struct sent sent = dissect(bed);
        uint8_t tag;
        struct zsnmp_sim_span value;
        cr_assert_eq(sent.version, (int)versions[i]);
        cr_assert_eq(sent.pdu, ZSNMP_SIM_PDU_GET);
        cr_assert(sent.a == 0 && sent.b == 0);
        next_varbind(&sent, sys_uptime, 9, &tag, &value);
        cr_assert_eq(tag, ZSNMP_SIM_NULL);
        cr_assert(sent.varbinds.at == sent.varbinds.end);
        snmp_bed_destroy(&bed);
    }
}

Test(snmp_community, operations_and_their_fields)
{
    static const struct {
        zsnmp_op_t op;
        uint8_t tag;
        int32_t a;
        int32_t b;
    } cases[] = {{ZSNMP_GET, ZSNMP_SIM_PDU_GET, 0, 0},
                 {ZSNMP_GET_NEXT, ZSNMP_SIM_PDU_GETNEXT, 0, 0},
                 {ZSNMP_GET_BULK, ZSNMP_SIM_PDU_GETBULK, 1, 65535},
                 {ZSNMP_SET, ZSNMP_SIM_PDU_SET, 0, 0}};
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    struct zsnmp_item second = {OID(sys_name)};
    struct zsnmp_item first = {OID(sys_uptime), .next = &second};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zsnmp_pdu pdu = {.op = cases[i].op,
                                .reqid = (int32_t)i + 1,
                                .items = &first,
                                .non_repeaters = 1,
                                .max_repetitions = 65535};
        uint8_t tag;
        struct zsnmp_sim_span value;
        cr_assert(snmp_bed_send(bed, &pdu));
        struct sent sent = dissect(bed);
        cr_assert_eq(sent.pdu, cases[i].tag);
        cr_assert_eq(sent.id, (int32_t)i + 1);
        cr_assert_eq(sent.a, cases[i].a);
        cr_assert_eq(sent.b, cases[i].b);
        next_varbind(&sent, sys_uptime, 9, &tag, &value);
        next_varbind(&sent, sys_name, 9, &tag, &value);
        cr_assert(sent.varbinds.at == sent.varbinds.end);
    }
    snmp_bed_destroy(&bed);
}

static void check_set(struct snmp_bed *bed, const struct zsnmp_item *item, uint8_t want_tag,
                      const void *want, size_t want_len)
{
    struct zsnmp_pdu pdu = {.op = ZSNMP_SET, .reqid = 77, .items = item};
    uint8_t tag;
    struct zsnmp_sim_span value;
    cr_assert(snmp_bed_send(bed, &pdu));
    struct sent sent = dissect(bed);
    next_varbind(&sent, item->oid, item->oid_len, &tag, &value);
    cr_assert_eq(tag, want_tag, "type %d went out as %d", item->type, tag);
    cr_assert_eq(zsnmp_sim_span_len(&value), want_len, "type %d", item->type);
    cr_assert_arr_eq(value.at, want, want_len, "type %d", item->type);
}

Test(snmp_community, values_to_set)
{
    static const uint32_t subids[] = {1, 3, 6, 1, 4294967295};
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    struct zsnmp_item item = {OID(sys_name)};
    item.type = ZSNMP_INTEGER;
    item.value.i = INT32_MIN;
    check_set(bed, &item, 0x02, "\x80\x00\x00\x00", 4);
    item.value.i = -1;
    check_set(bed, &item, 0x02, "\xff", 1);
    item.type = ZSNMP_GAUGE32;
    item.value.u = UINT32_MAX;
    check_set(bed, &item, 0x42, "\x00\xff\xff\xff\xff", 5);
    item.type = ZSNMP_COUNTER32;
    check_set(bed, &item, 0x41, "\x00\xff\xff\xff\xff", 5);
    item.type = ZSNMP_TIMETICKS;
    item.value.u = 128;
    check_set(bed, &item, 0x43, "\x00\x80", 2);
    item.type = ZSNMP_COUNTER64;
    item.value.u = UINT64_MAX;
    check_set(bed, &item, 0x46, "\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    item.type = ZSNMP_OCTET_STRING;
    item.value.data = (const uint8_t *)"a\0b";
    item.data_len = 3;
    check_set(bed, &item, 0x04, "a\0b", 3);
    item.data_len = 0;
    check_set(bed, &item, 0x04, "", 0);
    item.type = ZSNMP_IP_ADDRESS;
    item.value.data = (const uint8_t *)"\x0a\x01\x02\x03";
    item.data_len = 4;
    check_set(bed, &item, 0x40, "\x0a\x01\x02\x03", 4);
    item.type = ZSNMP_OBJECT_ID;
    item.value.subids = subids;
    item.data_len = 5;
    check_set(bed, &item, 0x06, "\x2b\x06\x01\x8f\xff\xff\xff\x7f", 8);
    item.type = ZSNMP_NULL;
    item.data_len = 0;
    check_set(bed, &item, 0x05, "", 0);
    snmp_bed_destroy(&bed);
}

static void add_each_type(struct snmp_message *message)
{
    snmp_message_start(message);
    snmp_message_add_int(message, "1.3.6.1.1", -5);
    snmp_message_add(message, "1.3.6.1.2", ZSNMP_SIM_STRING, "a\0b", 3);
    snmp_message_add(message, "1.3.6.1.3", ZSNMP_SIM_NULL, NULL, 0);
    snmp_message_add(message, "1.3.6.1.4", ZSNMP_SIM_OID, "\x2b\x06\x01", 3);
    snmp_message_add(message, "1.3.6.1.5", ZSNMP_SIM_IPADDRESS, "\x0a\x01\x02\x03", 4);
    snmp_message_add(message, "1.3.6.1.6", ZSNMP_SIM_COUNTER32, "\x00\xff\xff\xff\xff", 5);
    snmp_message_add(message, "1.3.6.1.7", ZSNMP_SIM_GAUGE32, "\x07", 1);
    snmp_message_add(message, "1.3.6.1.8", ZSNMP_SIM_TIMETICKS, "\x00\x80", 2);
    snmp_message_add(message, "1.3.6.1.9", ZSNMP_SIM_OPAQUE, "\x9f\x78\x04\x3f\x80\x00\x00", 7);
    snmp_message_add(message, "1.3.6.1.10", ZSNMP_SIM_COUNTER64,
                     "\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    snmp_message_add(message, "1.3.6.1.11", ZSNMP_SIM_NO_SUCH_OBJECT, NULL, 0);
    snmp_message_add(message, "1.3.6.1.12", ZSNMP_SIM_NO_SUCH_INSTANCE, NULL, 0);
    snmp_message_add(message, "1.3.6.1.13", ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
}

Test(snmp_community, an_answer_with_each_type)
{
    static struct snmp_message message;
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    struct zsnmp_pdu pdu = get_uptime(5);
    cr_assert(snmp_bed_send(bed, &pdu));
    add_each_type(&message);
    snmp_message_close(&message, 1, "public", ZSNMP_PDU_RESPONSE, 5, 0, 0);
    cr_assert(snmp_bed_receive_message(bed, NULL, &message));
    cr_assert_eq(bed->answers, 1);
    cr_assert_eq(bed->error_status, 0);
    cr_assert_eq(bed->got->reply.count, 13);
    static const uint8_t types[] = {
        ZSNMP_INTEGER,        ZSNMP_OCTET_STRING, ZSNMP_NULL,           ZSNMP_OBJECT_ID,
        ZSNMP_IP_ADDRESS,     ZSNMP_COUNTER32,    ZSNMP_GAUGE32,        ZSNMP_TIMETICKS,
        ZSNMP_OPAQUE_FLOAT,   ZSNMP_COUNTER64,    ZSNMP_NO_SUCH_OBJECT, ZSNMP_NO_SUCH_INSTANCE,
        ZSNMP_END_OF_MIB_VIEW};
    for (size_t i = 0; i < sizeof types; i++) {
        zsnmp_varbind_t vb = snmp_bed_varbind(bed, i);
        cr_assert_eq(vb.type, types[i], "varbind %zu has type %d", i, vb.type);
        cr_assert_eq(vb.oid_len, 5);
        cr_assert_eq(vb.oid[4], i + 1);
    }
    cr_assert_eq(snmp_bed_varbind(bed, 0).value.i, -5);
    cr_assert_eq(snmp_bed_varbind(bed, 1).value.bytes.len, 3);
    cr_assert_arr_eq(snmp_bed_varbind(bed, 1).value.bytes.data, "a\0b", 3);
    cr_assert_eq(snmp_bed_varbind(bed, 3).value.oid.len, 4);
    cr_assert_arr_eq(snmp_bed_varbind(bed, 4).value.bytes.data, "\x0a\x01\x02\x03", 4);
    cr_assert_eq(snmp_bed_varbind(bed, 5).value.u, UINT32_MAX);
    cr_assert_eq(snmp_bed_varbind(bed, 6).value.u, 7);
    cr_assert_eq(snmp_bed_varbind(bed, 7).value.u, 128);
    cr_assert_eq(snmp_bed_varbind(bed, 8).value.d, 1.0);
    cr_assert_eq(snmp_bed_varbind(bed, 9).value.u, UINT64_MAX);
    snmp_bed_destroy(&bed);
}

Test(snmp_community, the_longest_oid)
{
    static struct snmp_message message;
    char text[ZSNMP_OID_MAX * 11 + 1] = "1.3";
    for (unsigned i = 2; i < ZSNMP_OID_MAX; i++) {
        strcat(text, ".4294967295");
    }
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    struct zsnmp_pdu pdu = get_uptime(5);
    cr_assert(snmp_bed_send(bed, &pdu));
    snmp_message_start(&message);
    snmp_message_add_int(&message, text, 1);
    snmp_message_close(&message, 1, "public", ZSNMP_PDU_RESPONSE, 5, 0, 0);
    cr_assert(snmp_bed_receive_message(bed, NULL, &message));
    zsnmp_varbind_t vb = snmp_bed_varbind(bed, 0);
    cr_assert_eq(vb.oid_len, ZSNMP_OID_MAX);
    cr_assert_str_eq(snmp_oid_text(&vb), text);
    snmp_bed_destroy(&bed);
}

Test(snmp_community, what_the_device_refuses)
{
    static struct snmp_message message;
    struct snmp_bed *bed = new_bed(ZSNMP_V1);
    struct zsnmp_pdu pdu = get_uptime(5);
    cr_assert(snmp_bed_send(bed, &pdu));
    snmp_message_start(&message);
    snmp_message_add(&message, SYS_UPTIME, ZSNMP_SIM_NULL, NULL, 0);
    snmp_message_close(&message, 0, "public", ZSNMP_PDU_RESPONSE, 5, 2, 1);
    cr_assert(snmp_bed_receive_message(bed, NULL, &message));
    cr_assert_eq(bed->answers, 1);
    cr_assert_eq(bed->error_status, ZSNMP_E_NO_SUCH_NAME);
    cr_assert_eq(bed->error_index, 1);
    snmp_bed_destroy(&bed);
}

/* Damaged answers may be refused or understood, but nothing worse. */
Test(snmp_community, damaged_answers_are_survived)
{
    static struct snmp_message message;
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    struct draw draw = {1};
    for (int32_t i = 1; i <= 30000; i++) {
        uint8_t bytes[512];
        struct zsnmp_pdu pdu = get_uptime(i);
        cr_assert(snmp_bed_send(bed, &pdu));
        add_each_type(&message);
        snmp_message_close(&message, 1, "public", ZSNMP_PDU_RESPONSE, i, 0, 0);
        size_t len = snmp_message_len(&message);
        cr_assert_leq(len, sizeof bytes);
        memcpy(bytes, message.out.head, len);
        for (uint32_t n = draw_below(&draw, 3) + 1; n > 0; n--) {
            bytes[draw_below(&draw, (uint32_t)len)] = (uint8_t)draw_u64(&draw);
        }
        len -= i % 4 == 0 ? draw_below(&draw, (uint32_t)len) : 0;
        int answers = bed->answers;
        bool heard = snmp_bed_receive(bed, NULL, bytes, len);
        cr_assert(bed->answers <= answers + 1);
        cr_assert(heard || bed->answers == answers);
    }
    snmp_bed_destroy(&bed);
}

/* Built in each room up to 1 kB, between guards. */
static void check_rooms(const struct zsnmp_creds *creds, const struct zsnmp_pdu *pdu)
{
    static uint8_t want[ZSNMP_BUILD_ROOM];
    uint8_t room[3 * 1024];
    size_t len = zsnmp_community_build(creds, pdu, want, sizeof want);
    cr_assert(len > 0 && len < 300);
    for (size_t size = 0; size < 1024; size++) {
        memset(room, 0xaa, sizeof room);
        size_t got = zsnmp_community_build(creds, pdu, room + 1024, size);
        cr_assert(got == 0 || got == len, "%zu bytes", size);
        cr_assert(size < len + 700 || got == len, "%zu bytes", size);
        cr_assert(memcmp(room + 1024 + size - got, want + sizeof want - len, got) == 0);
        for (size_t i = 0; i < sizeof room; i++) {
            cr_assert((i >= 1024 && i < 1024 + size) || room[i] == 0xaa, "byte %zu of %zu", i,
                      size);
        }
    }
}

/* Nothing is written outside the room, however small it is, and large enough is large enough. */
Test(snmp_community, a_message_that_does_not_fit_is_not_built)
{
    static const uint8_t types[] = {ZSNMP_INTEGER,          ZSNMP_OCTET_STRING, ZSNMP_NULL,
                                    ZSNMP_OBJECT_ID,        ZSNMP_COUNTER64,    ZSNMP_TIMETICKS,
                                    ZSNMP_OPAQUE_COUNTER64, ZSNMP_OPAQUE_FLOAT, ZSNMP_OPAQUE_DOUBLE,
                                    ZSNMP_OPAQUE_INT64,     ZSNMP_OPAQUE_UINT64};
    static const uint8_t octets[40] = {1};
    struct zsnmp_creds creds = snmp_creds(ZSNMP_V2C, "public");
    struct zsnmp_pdu pdu = get_uptime(5);
    check_rooms(&creds, &pdu);
    for (size_t i = 0; i < sizeof types; i++) {
        struct zsnmp_item second = {OID(sys_name), .type = types[i], .value.u = UINT64_MAX};
        struct zsnmp_item first = {OID(sys_uptime), .type = types[i], .next = &second};
        if (types[i] == ZSNMP_OBJECT_ID) {
            first.value.subids = second.value.subids = sys_name;
            first.data_len = second.data_len = 9;
        } else if (types[i] == ZSNMP_OCTET_STRING) {
            first.value.data = second.value.data = octets;
            first.data_len = second.data_len = sizeof octets;
        }
        struct zsnmp_pdu set = {.op = ZSNMP_SET, .reqid = INT32_MIN, .items = &first};
        check_rooms(&creds, &set);
    }
}

Test(snmp_community, requests_as_large_as_a_datagram)
{
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    uint8_t *data = calloc(1, 65000);
    cr_assert_not_null(data);
    struct zsnmp_item second = {OID(sys_name), .type = ZSNMP_OCTET_STRING, .data_len = 65000};
    struct zsnmp_item first = {OID(sys_name), .type = ZSNMP_OCTET_STRING, .data_len = 65000};
    first.value.data = second.value.data = data;
    struct zsnmp_pdu pdu = {.op = ZSNMP_SET, .reqid = 5, .items = &first};
    cr_assert(snmp_bed_send(bed, &pdu));
    cr_assert_gt(bed->len, 65000);
    struct sent sent = dissect(bed);
    cr_assert_eq(sent.id, 5);
    first.next = &second;
    cr_assert_not(snmp_bed_send(bed, &pdu));
    free(data);
    snmp_bed_destroy(&bed);
}

/* The reader stops at what is malformed, and says so, wherever the caller stopped. */
Test(snmp_community, a_damaged_varbind_is_told)
{
    static struct snmp_message message;
    struct zsnmp_peek peek;
    struct zsnmp_answer answer;
    zsnmp_varbind_t vb;
    snmp_message_start(&message);
    snmp_message_add_int(&message, "1.3.6.1.1", 1);
    snmp_message_add(&message, "1.3.6.1.2", ZSNMP_SIM_IPADDRESS, "\x0a\x01\x02", 3);
    snmp_message_close(&message, 1, "public", ZSNMP_PDU_RESPONSE, 5, 0, 0);
    cr_assert(zsnmp_peek(message.out.head, snmp_message_len(&message), &peek));
    cr_assert(zsnmp_community_open(&answer, &peek));
    cr_assert(zsnmp_answer_next(&answer, &vb));
    cr_assert_not(zsnmp_answer_whole(&answer));
    cr_assert_not(zsnmp_answer_next(&answer, &vb));
    cr_assert(zsnmp_community_open(&answer, &peek));
    cr_assert_not(zsnmp_answer_whole(&answer), "also where none was read");
}

Test(snmp_community, types_that_nobody_knows_are_refused)
{
    static struct snmp_message message;
    struct snmp_bed *bed = new_bed(ZSNMP_V2C);
    for (unsigned tag = 0; tag < 256; tag++) {
        static const char known[] =
            "\x02\x03\x04\x05\x06\x40\x41\x42\x43\x44\x45\x46\x47\x80\x81\x82";
        snmp_message_start(&message);
        snmp_message_add(&message, SYS_UPTIME, (uint8_t)tag, "\x01\x02\x03\x04", 4);
        snmp_message_close(&message, 1, "public", ZSNMP_PDU_RESPONSE, 5, 0, 0);
        bool heard = snmp_bed_receive_message(bed, NULL, &message);
        bool opaque = tag >= 0x76 && tag <= 0x7b; /* net-snmp takes these without their wrapping */
        if (!opaque && (tag == 0 || strchr(known, (int)tag) == NULL)) {
            cr_assert_not(heard, "type 0x%02x", tag);
        }
    }
    snmp_bed_destroy(&bed);
}
