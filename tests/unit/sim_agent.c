/*
 * The agent engine over v1 and v2c: what RFC 1157 and RFC 3416 say an agent answers.
 */
#include "sim_help.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#define GET ZSNMP_SIM_PDU_GET
#define NEXT ZSNMP_SIM_PDU_GETNEXT
#define BULK ZSNMP_SIM_PDU_GETBULK
#define SET ZSNMP_SIM_PDU_SET
#define SYS_DESCR "1.3.6.1.2.1.1.1.0"
#define SYS_NAME "1.3.6.1.2.1.1.5.0"
#define SYS_CONTACT "1.3.6.1.2.1.1.4.0"
#define ADMIN "1.3.6.1.2.1.2.2.1.7."
#define ALIAS "1.3.6.1.2.1.31.1.1.1.18."
#define ROWS 4

static struct sim_bed *bed;

static void setup(void)
{
    bed = sim_bed_new(ROWS);
}

static void teardown(void)
{
    sim_bed_destroy(&bed);
}

TestSuite(sim_agent, .init = setup, .fini = teardown);

Test(sim_agent, answers_known_bytes_with_known_bytes)
{
    /* v2c GET of sysName.0, request-id 1, by hand; and its answer. */
    static const uint8_t request[] = {0x30, 0x26, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',  'u',  'b',
                                      'l',  'i',  'c',  0xa0, 0x19, 0x02, 0x01, 0x01, 0x02, 0x01,
                                      0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30, 0x0c, 0x06, 0x08,
                                      0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x05, 0x00};
    static const uint8_t reply[] = {
        0x30, 0x33, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',  'u',  'b',  'l',  'i',  'c',  0xa2,
        0x26, 0x02, 0x01, 0x01, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x1b, 0x30, 0x19,
        0x06, 0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x05, 0x00, 0x04, 0x0d, 's',  'i',
        'm',  '-',  '1',  '2',  '7',  '-',  '1',  '-',  '2',  '-',  '3'};
    cr_assert(sim_send_bytes(bed, request, sizeof request));
    cr_assert_eq(bed->reply_len, sizeof reply);
    cr_assert_arr_eq(bed->out.head, reply, sizeof reply);
}

Test(sim_agent, get_tells_missing_objects_from_missing_instances)
{
    sim_begin(bed);
    sim_add(bed, SYS_NAME);
    sim_add(bed, "1.3.6.1.2.1.1.99.0");
    sim_add(bed, "1.3.6.1.2.1.1.5.1");
    sim_add(bed, "1.3.6.1.2.1.1.5");
    sim_add(bed, "1.3.6.1.2.1.2.2.1.10.5");
    cr_assert(sim_send(bed, 1, "public", GET, 0, 0));
    cr_assert_eq(bed->count, 5);
    cr_assert(sim_is_text(&bed->vb[0], "sim-127-1-2-3"));
    cr_assert_eq(bed->vb[1].tag, ZSNMP_SIM_NO_SUCH_OBJECT);
    cr_assert_eq(bed->vb[2].tag, ZSNMP_SIM_NO_SUCH_INSTANCE);
    cr_assert_eq(bed->vb[3].tag, ZSNMP_SIM_NO_SUCH_INSTANCE);
    cr_assert_eq(bed->vb[4].tag, ZSNMP_SIM_NO_SUCH_INSTANCE);
    cr_assert(sim_named(&bed->vb[4], "1.3.6.1.2.1.2.2.1.10.5"));
}

Test(sim_agent, v1_says_no_such_name_with_an_index)
{
    sim_begin(bed);
    sim_add(bed, SYS_NAME);
    sim_add(bed, "1.3.6.1.2.1.1.99.0");
    cr_assert(sim_send(bed, 0, "public", GET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, ZSNMP_SIM_NO_SUCH_NAME);
    cr_assert_eq(bed->pdu.error_index, 2);
    cr_assert_eq(bed->count, 2);
    cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_NULL, "the request comes back");
}

Test(sim_agent, v1_does_not_know_counter64)
{
    cr_assert(sim_get(bed, 0, GET, "1.3.6.1.2.1.31.1.1.1.6.1"));
    cr_assert_eq(bed->pdu.error_status, ZSNMP_SIM_NO_SUCH_NAME);
    cr_assert(sim_get(bed, 0, NEXT, "1.3.6.1.2.1.31.1.1.1.5.4"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.31.1.1.1.14.1"));
    cr_assert(sim_get(bed, 0, NEXT, "1.3.6.1.2.1.31.1.1.1.7.2"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.31.1.1.1.14.1"));
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.2.1.31.1.1.1.5.4"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.31.1.1.1.6.1"));
}

static void walk(int version, size_t want)
{
    struct zsnmp_sim_oid last = sim_oid("0.0");
    size_t count = 0;
    for (;; count++) {
        uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
        sim_begin(bed);
        size_t len = zsnmp_sim_ber_put_oid(name, last.id, last.len);
        cr_assert(zsnmp_sim_out_varbind(&bed->request, name, len, ZSNMP_SIM_NULL, NULL, 0));
        cr_assert(sim_send(bed, version, "public", NEXT, 0, 0));
        if (bed->pdu.error_status != 0 || bed->vb[0].tag == ZSNMP_SIM_END_OF_MIB_VIEW) {
            break;
        }
        const struct zsnmp_sim_oid *now = &bed->vb[0].oid;
        cr_assert_gt(zsnmp_sim_oid_cmp(now->id, now->len, last.id, last.len), 0);
        last = *now;
    }
    cr_assert_eq(count, want, "%zu", count);
    cr_assert_eq(bed->pdu.error_status, version == 0 ? ZSNMP_SIM_NO_SUCH_NAME : 0);
}

Test(sim_agent, getnext_walks_every_object_in_order)
{
    size_t scalars = 8 + 1 + 1 + 4;
    size_t or_table = 3 * 2;
    walk(1, scalars + or_table + (22 + 19) * ROWS);
    walk(0, scalars + or_table + (22 + 11) * ROWS);
}

Test(sim_agent, tables_may_be_empty)
{
    zsnmp_sim_mib_init(&bed->world->mib, 0);
    walk(1, 8 + 1 + 1 + 4 + 3 * 2);
}

Test(sim_agent, getnext_from_within_and_beyond)
{
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.2.1.2.2.1.2.1.7"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.2.2.1.2.2"), "a name below an instance");
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.2.1.2.2.1.2.0.9"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.2.2.1.2.1"));
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.2.1.2.2.1.2.4294967295"));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.2.2.1.3.1"));
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.9"));
    cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_END_OF_MIB_VIEW);
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.9"));
}

Test(sim_agent, getbulk_has_non_repeaters_then_rows)
{
    sim_begin(bed);
    sim_add(bed, "1.3.6.1.2.1.1.3");
    sim_add(bed, "1.3.6.1.2.1.2.2.1.1");
    sim_add(bed, "1.3.6.1.2.1.2.2.1.2");
    cr_assert(sim_send(bed, 1, "public", BULK, 1, 3));
    static const char *const want[] = {"1.3.6.1.2.1.1.3.0",     "1.3.6.1.2.1.2.2.1.1.1",
                                       "1.3.6.1.2.1.2.2.1.2.1", "1.3.6.1.2.1.2.2.1.1.2",
                                       "1.3.6.1.2.1.2.2.1.2.2", "1.3.6.1.2.1.2.2.1.1.3",
                                       "1.3.6.1.2.1.2.2.1.2.3"};
    cr_assert_eq(bed->count, 7);
    for (size_t i = 0; i < 7; i++) {
        cr_assert(sim_named(&bed->vb[i], want[i]), "%s", want[i]);
    }
}

Test(sim_agent, getbulk_counts_below_zero_are_zero)
{
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert(sim_send(bed, 1, "public", BULK, -5, 1));
    cr_assert_eq(bed->count, 1);
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert(sim_send(bed, 1, "public", BULK, 0, -1));
    cr_assert_eq(bed->count, 0);
    cr_assert_eq(bed->pdu.error_status, 0);
    sim_begin(bed);
    cr_assert(sim_send(bed, 1, "public", BULK, 0, 10));
    cr_assert_eq(bed->count, 0, "nothing asked");
}

Test(sim_agent, getbulk_ends_with_the_view)
{
    sim_begin(bed);
    sim_add(bed, "1.3.6.1.6.3.10.2.1.3");
    sim_add(bed, "1.3.6.1.9");
    cr_assert(sim_send(bed, 1, "public", BULK, 0, 50));
    /* Rows: engine time and end; max message size and end; ends only, and no more of those. */
    cr_assert_eq(bed->count, 6);
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.6.3.10.2.1.3.0"));
    cr_assert(sim_named(&bed->vb[2], "1.3.6.1.6.3.10.2.1.4.0"));
    cr_assert_eq(bed->vb[4].tag, ZSNMP_SIM_END_OF_MIB_VIEW);
    cr_assert(sim_named(&bed->vb[4], "1.3.6.1.6.3.10.2.1.4.0"), "the last name there was");
    cr_assert(sim_named(&bed->vb[5], "1.3.6.1.9"));
}

Test(sim_agent, getbulk_fills_the_message_and_no_more)
{
    sim_bed_destroy(&bed);
    bed = sim_bed_new(1000);
    for (size_t max = ZSNMP_SIM_MESSAGE_MIN; max < 1600; max += 7) {
        bed->world->message_max = max;
        sim_begin(bed);
        sim_add(bed, "1.3.6.1.2.1.2.2.1.2");
        sim_add(bed, "1.3.6.1.2.1.31.1.1.1.6");
        cr_assert(sim_send(bed, 1, "public", BULK, 0, 1000));
        cr_assert(bed->reply_len <= max);
        cr_assert(bed->reply_len + 64 > max, "%zu of %zu", bed->reply_len, max);
    }
}

Test(sim_agent, v1_has_no_getbulk)
{
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert_not(sim_send(bed, 0, "public", BULK, 0, 1));
}

Test(sim_agent, what_does_not_fit_is_too_big)
{
    bed->world->message_max = ZSNMP_SIM_MESSAGE_MIN;
    sim_begin(bed);
    for (int i = 0; i < 20; i++) {
        sim_add(bed, SYS_DESCR);
    }
    cr_assert(sim_send(bed, 1, "public", GET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, ZSNMP_SIM_TOO_BIG);
    cr_assert_eq(bed->pdu.error_index, 0);
    cr_assert_eq(bed->count, 0);
}

Test(sim_agent, v1_too_big_brings_the_request_back)
{
    bed->world->message_max = ZSNMP_SIM_MESSAGE_MIN;
    sim_begin(bed);
    for (int i = 0; i < 20; i++) {
        sim_add(bed, SYS_DESCR);
    }
    cr_assert(sim_send(bed, 0, "public", GET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, ZSNMP_SIM_TOO_BIG);
    cr_assert_eq(bed->count, 20);
}

Test(sim_agent, counters_move_with_time_and_agree)
{
    uint64_t before[2];
    uint64_t after[2];
    for (uint32_t i = 0; i < 2; i++) {
        bed->agent->uptime_cs = i * 100;
        sim_begin(bed);
        sim_add(bed, "1.3.6.1.2.1.2.2.1.10.2");
        sim_add(bed, "1.3.6.1.2.1.31.1.1.1.6.2");
        cr_assert(sim_send(bed, 1, "public", GET, 0, 0));
        cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_COUNTER32);
        cr_assert_eq(bed->vb[1].tag, ZSNMP_SIM_COUNTER64);
        uint64_t *to = i == 0 ? before : after;
        to[0] = sim_number(&bed->vb[0]);
        to[1] = sim_number(&bed->vb[1]);
        cr_assert_eq(to[0], (uint32_t)to[1]);
    }
    cr_assert_gt(after[1], before[1]);
}

Test(sim_agent, wrong_communities_and_versions_get_silence)
{
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert_not(sim_send(bed, 1, "publi", GET, 0, 0));
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert_not(sim_send(bed, 1, "publicx", GET, 0, 0));
    sim_begin(bed);
    sim_add(bed, SYS_DESCR);
    cr_assert_not(sim_send(bed, 2, "public", GET, 0, 0));
    cr_assert_eq(atomic_load(&bed->agent->stats.dropped_community), 2);
    cr_assert_eq(atomic_load(&bed->agent->stats.dropped_version), 1);
}

Test(sim_agent, a_response_is_never_answered)
{
    static const uint8_t types[] = {ZSNMP_SIM_PDU_RESPONSE, ZSNMP_SIM_PDU_REPORT, 0xa4, 0xa6, 0xa7};
    for (size_t i = 0; i < sizeof types; i++) {
        sim_begin(bed);
        sim_add(bed, SYS_DESCR);
        cr_assert_not(sim_send(bed, 1, "private", types[i], 0, 0));
    }
}

Test(sim_agent, dead_and_absent_devices_are_silent)
{
    cr_assert(sim_get(bed, 1, GET, SYS_DESCR));
    cr_assert(zsnmp_sim_addresses_parse(&bed->world->dead, "127.1.2.0/24", false));
    cr_assert_not(sim_get(bed, 1, GET, SYS_DESCR));
    bed->world->dead.count = 0;
    cr_assert(zsnmp_sim_addresses_parse(&bed->world->exist, "10", true));
    cr_assert_not(sim_get(bed, 1, GET, SYS_DESCR));
    cr_assert_eq(atomic_load(&bed->agent->stats.dropped_dead), 1);
    cr_assert_eq(atomic_load(&bed->agent->stats.dropped_no_device), 1);
}

Test(sim_agent, set_writes_and_get_reads)
{
    sim_begin(bed);
    sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "new", 3);
    sim_add_int(bed, ADMIN "2", 2);
    sim_add_value(bed, ALIAS "3", ZSNMP_SIM_STRING, "uplink", 6);
    cr_assert(sim_send(bed, 1, "private", SET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, 0);
    cr_assert_eq(bed->count, 3);
    sim_begin(bed);
    sim_add(bed, SYS_NAME);
    sim_add(bed, ADMIN "2");
    sim_add(bed, "1.3.6.1.2.1.2.2.1.8.2");
    sim_add(bed, ALIAS "3");
    sim_add(bed, ADMIN "3");
    cr_assert(sim_send(bed, 1, "public", GET, 0, 0));
    cr_assert(sim_is_text(&bed->vb[0], "new"));
    cr_assert_eq(sim_number(&bed->vb[1]), 2);
    cr_assert_eq(sim_number(&bed->vb[2]), 2, "ifOperStatus follows");
    cr_assert(sim_is_text(&bed->vb[3], "uplink"));
    cr_assert_eq(sim_number(&bed->vb[4]), 1, "another row");
}

Test(sim_agent, set_again_replaces)
{
    for (int i = 0; i < 3; i++) {
        sim_begin(bed);
        sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "abc" + i, (size_t)(3 - i));
        cr_assert(sim_send(bed, 1, "private", SET, 0, 0));
    }
    cr_assert(sim_get(bed, 1, GET, SYS_NAME));
    cr_assert(sim_is_text(&bed->vb[0], "c"));
    cr_assert_eq(zsnmp_sim_writes_count(bed->world->writes), 1);
}

static void refuse(int version, const char *community, int32_t status, int32_t index)
{
    cr_assert(sim_send(bed, version, community, SET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, status, "%d", bed->pdu.error_status);
    cr_assert_eq(bed->pdu.error_index, index);
    cr_assert_eq(zsnmp_sim_writes_count(bed->world->writes), 0);
}

Test(sim_agent, set_is_all_or_nothing)
{
    sim_begin(bed);
    sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "x", 1);
    sim_add_value(bed, SYS_CONTACT, ZSNMP_SIM_STRING, "y", 1);
    sim_add_int(bed, ADMIN "2", 4);
    refuse(1, "private", ZSNMP_SIM_WRONG_VALUE, 3);
    cr_assert(sim_get(bed, 1, GET, SYS_NAME));
    cr_assert(sim_is_text(&bed->vb[0], "sim-127-1-2-3"));
}

Test(sim_agent, set_says_what_is_wrong)
{
    static const char long_text[256];
    static const struct {
        const char *oid;
        uint8_t tag;
        size_t len;
        int32_t v2c;
        int32_t v1;
    } cases[] = {
        {SYS_DESCR, ZSNMP_SIM_STRING, 1, ZSNMP_SIM_NOT_WRITABLE, ZSNMP_SIM_NO_SUCH_NAME},
        {"1.3.6.1.9.9", ZSNMP_SIM_STRING, 1, ZSNMP_SIM_NOT_WRITABLE, ZSNMP_SIM_NO_SUCH_NAME},
        {SYS_NAME, ZSNMP_SIM_INTEGER, 1, ZSNMP_SIM_WRONG_TYPE, ZSNMP_SIM_BAD_VALUE},
        {SYS_NAME, ZSNMP_SIM_STRING, 256, ZSNMP_SIM_WRONG_LENGTH, ZSNMP_SIM_BAD_VALUE},
        {ALIAS "1", ZSNMP_SIM_STRING, 65, ZSNMP_SIM_WRONG_LENGTH, ZSNMP_SIM_BAD_VALUE},
        {ADMIN "1", ZSNMP_SIM_GAUGE32, 1, ZSNMP_SIM_WRONG_TYPE, ZSNMP_SIM_BAD_VALUE},
        {ADMIN "1", ZSNMP_SIM_INTEGER, 1, ZSNMP_SIM_WRONG_VALUE, ZSNMP_SIM_BAD_VALUE},
        {ADMIN "1", ZSNMP_SIM_INTEGER, 5, ZSNMP_SIM_WRONG_ENCODING, ZSNMP_SIM_BAD_VALUE},
        {ALIAS "5", ZSNMP_SIM_STRING, 1, ZSNMP_SIM_NO_CREATION, ZSNMP_SIM_NO_SUCH_NAME},
        {"1.3.6.1.2.1.1.5.1", ZSNMP_SIM_STRING, 1, ZSNMP_SIM_NO_CREATION, ZSNMP_SIM_NO_SUCH_NAME},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int version = 0; version <= 1; version++) {
            sim_begin(bed);
            sim_add_value(bed, SYS_CONTACT, ZSNMP_SIM_STRING, "z", 1);
            sim_add_value(bed, cases[i].oid, cases[i].tag, long_text, cases[i].len);
            refuse(version, "private", version == 0 ? cases[i].v1 : cases[i].v2c, 2);
        }
    }
}

Test(sim_agent, reading_communities_may_not_write)
{
    sim_begin(bed);
    sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "x", 1);
    refuse(1, "public", ZSNMP_SIM_NO_ACCESS, 1);
    sim_begin(bed);
    sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "x", 1);
    refuse(0, "public", ZSNMP_SIM_NO_SUCH_NAME, 1);
}

Test(sim_agent, writes_have_a_ceiling)
{
    struct zsnmp_sim_pos pos = {.object = 4};
    for (uint32_t i = 0; i < ZSNMP_SIM_WRITES_MAX; i++) {
        struct zsnmp_sim_write *w = calloc(1, sizeof *w);
        cr_assert_not_null(w);
        w->device = 1;
        w->row = i;
        cr_assert(zsnmp_sim_writes_commit(bed->world->writes, w));
    }
    sim_begin(bed);
    sim_add_value(bed, SYS_NAME, ZSNMP_SIM_STRING, "x", 1);
    cr_assert(sim_send(bed, 1, "private", SET, 0, 0));
    cr_assert_eq(bed->pdu.error_status, ZSNMP_SIM_RESOURCE_UNAVAILABLE);
    struct zsnmp_sim_write copy;
    cr_assert_not(zsnmp_sim_writes_get(bed->world->writes, SIM_KEY, pos, &copy));
}

Test(sim_agent, devices_differ_and_seeds_too)
{
    struct zsnmp_sim_device a = {.key = 1, .hash = zsnmp_sim_mix(1)};
    struct zsnmp_sim_device b = {.key = 2, .hash = zsnmp_sim_mix(2)};
    struct zsnmp_sim_now now = {.context = ""};
    cr_assert_neq(zsnmp_sim_device_uptime(&a, &now), zsnmp_sim_device_uptime(&b, &now));
    cr_assert(sim_get(bed, 1, GET, "1.3.6.1.2.1.1.3.0"));
    uint64_t first = sim_number(&bed->vb[0]);
    bed->world->seed = 99;
    cr_assert(sim_get(bed, 1, GET, "1.3.6.1.2.1.1.3.0"));
    cr_assert_neq(sim_number(&bed->vb[0]), first);
}
