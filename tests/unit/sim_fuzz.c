/*
 * Damaged messages, from a fixed seed and in buffers of their exact size: whatever comes, the
 * agent answers with a well-formed message within its limit or not at all.
 */
#include "sim_help.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define ROUNDS 60000
#define MESSAGE_MAX 600

static uint64_t state = 0x5eed;

static uint32_t draw(uint32_t below)
{
    state = zsnmp_sim_mix(state);
    return (uint32_t)(state >> 16) % below;
}

static size_t make_seed(struct sim_bed *bed, uint8_t *to)
{
    static const uint8_t types[] = {ZSNMP_SIM_PDU_GET, ZSNMP_SIM_PDU_GETNEXT, ZSNMP_SIM_PDU_GETBULK,
                                    ZSNMP_SIM_PDU_SET};
    static const char *const oids[] = {"1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.2.2.1.7.2",
                                       "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.6.3.10.2.1.1.0",
                                       "2.999.1"};
    sim_begin(bed);
    for (uint32_t i = 0; i <= draw(4); i++) {
        sim_add_int(bed, oids[draw(5)], draw(3));
    }
    (void)sim_send(bed, (int)draw(2), draw(2) ? "public" : "private", types[draw(4)],
                   (int32_t)draw(3), (int32_t)draw(30));
    size_t len = (size_t)(bed->request.tail - bed->request.head);
    cr_assert(len <= MESSAGE_MAX);
    memcpy(to, bed->request.head, len);
    return len;
}

/* GET of sysName.0 by the user noauth: a message of version 3 with all its fields to damage. */
static const uint8_t v3_seed[] = {
    0x30, 0x5f, 0x02, 0x01, 0x03, 0x30, 0x0f, 0x02, 0x02, 0x12, 0x34, 0x02, 0x03, 0x00,
    0xff, 0xe3, 0x04, 0x01, 0x04, 0x02, 0x01, 0x03, 0x04, 0x1f, 0x30, 0x1d, 0x04, 0x09,
    0x80, 0x00, 0x7e, 0xd9, 0x01, 0x7f, 0x01, 0x02, 0x03, 0x02, 0x01, 0x01, 0x02, 0x01,
    0x00, 0x04, 0x06, 0x6e, 0x6f, 0x61, 0x75, 0x74, 0x68, 0x04, 0x00, 0x04, 0x00, 0x30,
    0x28, 0x04, 0x09, 0x80, 0x00, 0x7e, 0xd9, 0x01, 0x7f, 0x01, 0x02, 0x03, 0x04, 0x00,
    0xa0, 0x19, 0x02, 0x01, 0x05, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30,
    0x0c, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x05, 0x00};

static size_t damage(uint8_t *data, size_t len)
{
    for (uint32_t i = 0; i <= draw(4); i++) {
        size_t at = draw((uint32_t)len);
        switch (draw(5)) {
        case 0:
            data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            data[at] = (uint8_t)draw(256);
            break;
        case 2:
            data[at] = draw(2) ? 0xff : 0x80;
            break;
        case 3:
            len = at + 1;
            break;
        default:
            memmove(data + at, data + at + 1, len - at - 1);
            len -= len > 1;
            break;
        }
    }
    return len;
}

Test(sim_fuzz, damaged_messages)
{
    struct sim_bed *bed = sim_bed_new(8);
    cr_assert(sim_send_bytes(bed, v3_seed, sizeof v3_seed), "undamaged, it is answered");
    uint8_t seed[MESSAGE_MAX];
    uint8_t data[MESSAGE_MAX];
    size_t answered = 0;
    for (int i = 0; i < ROUNDS; i++) {
        size_t len = sizeof v3_seed;
        if (draw(3) == 0) {
            memcpy(seed, v3_seed, len);
        } else {
            len = make_seed(bed, seed);
        }
        memcpy(data, seed, len);
        len = damage(data, len);
        zsnmp_sim_out_start(&bed->out, bed->reply_room, ZSNMP_SIM_MESSAGE_MAX);
        uint8_t *exact = malloc(len);
        cr_assert_not_null(exact);
        memcpy(exact, data, len);
        if (zsnmp_sim_agent_answer(bed->agent, SIM_KEY, exact, len, &bed->out)) {
            size_t reply = (size_t)(bed->out.tail - bed->out.head);
            answered++;
            cr_assert(reply <= bed->world->message_max);
            cr_assert_eq(zsnmp_sim_ber_frame(bed->out.head, reply), (long)reply);
        }
        free(exact);
    }
    cr_assert_gt(answered, 100, "some damage leaves a message");
    sim_bed_destroy(&bed);
}

/* With disorders, which change each few hundred messages. */
Test(sim_fuzz, damaged_messages_to_disordered_devices)
{
    static const char *const rules[] = {
        "walk=same:1",        "walk=loop:2",       "walk=decrease:2",  "walk=swap:1",
        "walk=endless:3",     "walk=stop:2",       "walk=silent:6",    "walk=early-end:2",
        "walk=no-end",        "walk=exceptions:1", "wrong-type",       "wrong-name",
        "walk=out-of-tree:1", "empty-value",       "overlong-value",   "missing-varbind",
        "extra-varbind",      "varbinds-cut=1",    "stranger-report",  "garbage-before",
        "long-value=64000",   "max-size=65507",    "wrong-id empty=9", "wrong-version"};
    struct sim_bed *bed = sim_bed_new(8);
    uint8_t data[MESSAGE_MAX];
    size_t answered = 0;
    for (int i = 0; i < ROUNDS / 3; i++) {
        if (i % 100 == 0) {
            sim_rule(bed, "clear");
            sim_rule(bed, rules[draw(sizeof rules / sizeof rules[0])]);
            sim_rule(bed, rules[draw(sizeof rules / sizeof rules[0])]);
        }
        sim_begin(bed);
        sim_add(bed, draw(2) ? "1.3.6.1.2.1.2.2.1.2" : "1.3.6.1.4.1.32473.99.1.3");
        sim_add(bed, draw(2) ? "1.3.6.1.2.1.2.2.1.10.2" : "1.3.6.1.2.1.2.2.1.10.0.2");
        sim_close(bed, (int)draw(2), "public",
                  draw(2) ? ZSNMP_SIM_PDU_GETBULK : ZSNMP_SIM_PDU_GETNEXT, (int32_t)draw(3),
                  (int32_t)draw(300));
        size_t len = (size_t)(bed->request.tail - bed->request.head);
        memcpy(data, bed->request.head, len);
        len = draw(3) == 0 ? len : damage(data, len);
        answered += sim_send_raw(bed, data, len);
        cr_assert(bed->out.tail - bed->out.head <= ZSNMP_SIM_MESSAGE_MAX);
    }
    cr_assert_gt(answered, 100);
    sim_bed_destroy(&bed);
}

Test(sim_fuzz, noise)
{
    struct sim_bed *bed = sim_bed_new(8);
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t data[64];
        size_t len = draw(sizeof data);
        for (size_t k = 0; k < len; k++) {
            data[k] = (uint8_t)draw(256);
        }
        if (len > 1) {
            data[0] = ZSNMP_SIM_SEQUENCE;
            data[1] = (uint8_t)(len - 2);
        }
        (void)sim_send_bytes(bed, data, len);
    }
    sim_bed_destroy(&bed);
}

Test(sim_fuzz, damaged_records)
{
    static const char walk[] = ".1.3.6.1.2.1.1.1.0 = STRING: \"a \\\"b\\\" c\nd\"\n"
                               ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.8072\n"
                               ".1.3.6.1.2.1.1.3.0 = Timeticks: (12) 0:00:00.12\n"
                               ".1.3.6.1.2.1.1.4.0 = Hex-STRING: 00 1B \n2C\n"
                               ".1.3.6.1.2.1.1.5.0 = STRING: 0:1:2:3:4:5\n"
                               ".1.3.6.1.2.1.1.6.0 = STRING: 2024-5-3,12:0:7.0,+2:0\n"
                               ".1.3.6.1.2.1.1.7.0 = INTEGER: up(1)\n"
                               ".1.3.6.1.2.1.1.8.0 = Opaque: Float: 0.5\n"
                               ".1.3.6.1.2.1.1.9.0 = Network Address: 7F:00:00:01\n"
                               ".1.3.6.1.2.1.1.10.0 = \"\"\n";
    for (int i = 0; i < ROUNDS / 20; i++) {
        const char *error = NULL;
        uint8_t data[sizeof walk];
        memcpy(data, walk, sizeof walk - 1);
        size_t len = damage(data, sizeof walk - 1);
        char *exact = malloc(len);
        cr_assert_not_null(exact);
        memcpy(exact, data, len);
        struct zsnmp_sim_record *r = zsnmp_sim_record_parse(exact, len, &error);
        cr_assert(r != NULL || error != NULL);
        zsnmp_sim_record_destroy(&r);
        free(exact);
    }
}
