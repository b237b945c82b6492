/*
 * Disorders of requests, replies and walks: what a device with such a rule answers, byte for byte
 * where it matters.
 */
#include "sim_help.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/fleet.h"

#define GET ZSNMP_SIM_PDU_GET
#define NEXT ZSNMP_SIM_PDU_GETNEXT
#define BULK ZSNMP_SIM_PDU_GETBULK
#define SET ZSNMP_SIM_PDU_SET
#define NAME "1.3.6.1.2.1.1.5.0"
#define UPTIME "1.3.6.1.2.1.1.3.0"
#define DESCR "1.3.6.1.2.1.2.2.1.2"
#define IN_OCTETS "1.3.6.1.2.1.2.2.1.10.1"
#define HC_OCTETS "1.3.6.1.2.1.31.1.1.1.6.1"
#define JUMP "1.3.6.1.4.1.32473.99."
#define ROWS 5

static struct sim_bed *bed;

static void setup(void)
{
    bed = sim_bed_new(ROWS);
}

static void teardown(void)
{
    sim_bed_destroy(&bed);
}

TestSuite(sim_spoil, .init = setup, .fini = teardown);

/* A request for so many varbinds, the first ones of the list. */
static void make(int version, uint8_t type, int count, int32_t a, int32_t b)
{
    static const char *const names[] = {NAME, UPTIME, IN_OCTETS, HC_OCTETS};
    sim_begin(bed);
    for (int i = 0; i < count; i++) {
        sim_add(bed, names[i]);
    }
    sim_close(bed, version, type == SET ? "private" : "public", type, a, b);
}

/* Sends what make() made; the reply is taken apart and may carry any id. */
static bool sent(int version, uint8_t type, int count, int32_t a, int32_t b)
{
    make(version, type, count, a, b);
    return sim_send_bytes(bed, bed->request.head, (size_t)(bed->request.tail - bed->request.head));
}

static bool sent_raw(uint8_t type, int count)
{
    make(1, type, count, 0, 0);
    return sim_send_raw(bed, bed->request.head, (size_t)(bed->request.tail - bed->request.head));
}

static size_t raw_len(void)
{
    return (size_t)(bed->out.tail - bed->out.head);
}

static void expect_error(int32_t status, int32_t index)
{
    cr_assert_eq(bed->pdu.error_status, status, "%d", bed->pdu.error_status);
    cr_assert_eq(bed->pdu.error_index, index, "%d", bed->pdu.error_index);
}

/* ---- requests ---- */

Test(sim_spoil, silent_for_some_types)
{
    sim_rule(bed, "silent=getbulk,set");
    cr_assert_not(sent(1, BULK, 1, 0, 5));
    cr_assert_not(sent(1, SET, 1, 0, 0));
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert(sent(1, NEXT, 1, 0, 0));
    cr_assert_eq(bed->agent->stats.getbulk, 1, "it did get it");
    sim_rule(bed, "silent=get");
    cr_assert_not(sent(0, GET, 1, 0, 0));
    cr_assert(sent(1, BULK, 1, 0, 5));
    sim_rule(bed, "silent=off");
    cr_assert(sent(1, GET, 1, 0, 0));
}

Test(sim_spoil, limits_of_repetitions)
{
    sim_rule(bed, "bulk-silent-above=10 bulk-toobig-above=5");
    cr_assert(sent(1, BULK, 1, 0, 5));
    cr_assert_eq(bed->count, 5);
    cr_assert(sent(1, BULK, 1, 0, 6));
    expect_error(ZSNMP_SIM_TOO_BIG, 0);
    cr_assert_not(sent(1, BULK, 1, 0, 11));
    sim_rule(bed, "bulk-silent-above=0 bulk-toobig-above=off");
    cr_assert_not(sent(1, BULK, 1, 0, 1));
    cr_assert(sent(1, BULK, 1, 1, 0));
}

Test(sim_spoil, limits_of_varbinds)
{
    sim_rule(bed, "varbinds-max=1 varbinds-generr-above=off");
    cr_assert(sent(1, GET, 1, 0, 0));
    expect_error(0, 0);
    cr_assert(sent(1, NEXT, 2, 0, 0));
    expect_error(ZSNMP_SIM_TOO_BIG, 0);
    cr_assert(sent(1, BULK, 2, 0, 1));
    expect_error(0, 0);
    sim_rule(bed, "varbinds-max=off varbinds-generr-above=1");
    cr_assert(sent(0, GET, 2, 0, 0));
    expect_error(ZSNMP_SIM_GEN_ERR, 0);
    sim_rule(bed, "varbinds-silent-above=2");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_not(sent(1, GET, 3, 0, 0));
}

Test(sim_spoil, answers_the_first_varbinds_only)
{
    sim_rule(bed, "varbinds-cut=2");
    cr_assert(sent(1, GET, 3, 0, 0));
    expect_error(0, 0);
    cr_assert_eq(bed->count, 2);
    cr_assert(sim_named(&bed->vb[1], UPTIME));
    sim_rule(bed, "varbinds-cut=0");
    cr_assert(sent(1, NEXT, 3, 0, 0));
    cr_assert_eq(bed->count, 0);
}

Test(sim_spoil, size_of_one_device)
{
    sim_rule(bed, "max-size=484");
    cr_assert(sent(1, BULK, 1, 0, 200));
    cr_assert(bed->reply_len <= 484 && bed->reply_len > 400, "%zu", bed->reply_len);
    cr_assert(sim_get(bed, 1, GET, "1.3.6.1.6.3.10.2.1.4.0"));
    cr_assert_eq(sim_number(&bed->vb[0]), 484);
    sim_rule(bed, "max-size=off");
    cr_assert(sent(1, BULK, 1, 0, 200));
    cr_assert_gt(bed->reply_len, 484);
}

Test(sim_spoil, counts_what_was_asked)
{
    struct zsnmp_sim_tally tally;
    sim_rule(bed, "silent=getbulk");
    cr_assert_not(sent(1, BULK, 2, 0, 40));
    cr_assert_not(sent(1, BULK, 1, 0, 10));
    cr_assert(zsnmp_sim_faults_look(bed->world->faults, SIM_KEY, &tally));
    cr_assert(tally.getbulk == 2 && tally.max_repetitions == 40 && tally.max_varbinds == 2);
}

/* ---- shapes ---- */

Test(sim_spoil, varbinds_too_few_and_too_many)
{
    sim_rule(bed, "empty=1");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 0);
    expect_error(0, 0);
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 2, "the next one only");
    sim_rule(bed, "missing-varbind");
    cr_assert(sent(0, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 1);
    cr_assert(sim_named(&bed->vb[0], NAME));
    sim_rule(bed, "missing-varbind=off extra-varbind");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 3);
    cr_assert(sim_named(&bed->vb[2], "1.3.6.1.4.1.32473.77.0"));
}

Test(sim_spoil, names_that_nobody_asked)
{
    sim_rule(bed, "wrong-name");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.1.5.1"));
    cr_assert(sim_named(&bed->vb[1], "1.3.6.1.2.1.1.3.1"));
    cr_assert(sent(1, NEXT, 1, 0, 0));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.1.6.0"), "walks have disorders of their own");
    sim_begin(bed);
    sim_add_value(bed, NAME, ZSNMP_SIM_STRING, "new", 3);
    cr_assert(sim_send(bed, 1, "private", SET, 0, 0));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.1.5.1"));
}

Test(sim_spoil, types_that_are_others)
{
    sim_rule(bed, "wrong-type");
    cr_assert(sent(1, GET, 4, 0, 0));
    cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_OPAQUE);
    cr_assert_eq(bed->vb[1].tag, ZSNMP_SIM_INTEGER);
    for (int i = 2; i < 4; i++) {
        bool is_long = zsnmp_sim_span_len(&bed->vb[i].value) > 4;
        cr_assert_eq(bed->vb[i].tag, is_long ? ZSNMP_SIM_STRING : ZSNMP_SIM_INTEGER);
    }
    cr_assert(sim_get(bed, 1, GET, "1.3.6.1.2.1.1.99.0"));
    cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_NO_SUCH_OBJECT);
}

Test(sim_spoil, values_of_no_bytes)
{
    sim_rule(bed, "empty-value");
    cr_assert(sent(1, GET, 4, 0, 0));
    cr_assert_eq(bed->count, 4);
    cr_assert_eq(bed->vb[2].tag, ZSNMP_SIM_COUNTER32);
    cr_assert_eq(bed->vb[3].tag, ZSNMP_SIM_COUNTER64);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(zsnmp_sim_span_len(&bed->vb[i].value), 0);
    }
}

Test(sim_spoil, values_beyond_the_largest_message)
{
    sim_rule(bed, "long-value=60000");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 2);
    cr_assert_eq(zsnmp_sim_span_len(&bed->vb[0].value), 60000);
    cr_assert(bed->reply_len > 60000 && bed->reply_len <= ZSNMP_SIM_MESSAGE_MAX);
    sim_rule(bed, "long-value=64000");
    cr_assert(sent(1, BULK, 1, 0, 50));
    cr_assert_leq(bed->reply_len, ZSNMP_SIM_MESSAGE_MAX);
    sim_rule(bed, "long-value=3");
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert(sim_is_text(&bed->vb[0], "xxx"));
}

/* Takes the raw reply apart down to its varbinds. */
static struct zsnmp_sim_span raw_varbinds(void)
{
    struct zsnmp_sim_span all = {bed->out.head, bed->out.tail};
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span skip;
    struct zsnmp_sim_pdu pdu;
    cr_assert(zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body));
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_INTEGER, &skip));
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_STRING, &skip));
    cr_assert(zsnmp_sim_pdu_parse(&body, &pdu));
    return pdu.varbinds;
}

Test(sim_spoil, values_longer_than_what_is_left)
{
    struct zsnmp_sim_varbind vb;
    sim_rule(bed, "overlong-value");
    cr_assert(sent_raw(GET, 2));
    struct zsnmp_sim_span list = raw_varbinds();
    cr_assert(zsnmp_sim_varbind_next(&list, &vb));
    cr_assert_not(zsnmp_sim_varbind_next(&list, &vb));
    sim_rule(bed, "long-value=300");
    cr_assert(sent_raw(GET, 1));
    list = raw_varbinds();
    cr_assert_not(zsnmp_sim_varbind_next(&list, &vb));
}

Test(sim_spoil, errors_in_place_of_answers)
{
    sim_rule(bed, "error=genErr:1");
    cr_assert(sent(1, GET, 2, 0, 0));
    expect_error(ZSNMP_SIM_GEN_ERR, 1);
    cr_assert_eq(bed->count, 2);
    cr_assert_eq(bed->vb[0].tag, ZSNMP_SIM_NULL, "the request comes back");
    sim_rule(bed, "error=200:9");
    cr_assert(sent(1, NEXT, 1, 0, 0));
    expect_error(200, 9);
    sim_rule(bed, "error=notWritable");
    cr_assert(sent(0, GET, 1, 0, 0));
    expect_error(ZSNMP_SIM_NOT_WRITABLE, 0);
    sim_rule(bed, "error=noError:2");
    cr_assert(sent(1, GET, 1, 0, 0));
    expect_error(0, 2);
    sim_rule(bed, "error=off");
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert(sim_is_text(&bed->vb[0], "sim-127-1-2-3"));
}

Test(sim_spoil, refused_sets_write_nothing)
{
    sim_rule(bed, "error=commitFailed:1 only=set");
    sim_begin(bed);
    sim_add_value(bed, NAME, ZSNMP_SIM_STRING, "new", 3);
    cr_assert(sim_send(bed, 1, "private", SET, 0, 0));
    expect_error(14, 1);
    cr_assert(sim_get(bed, 1, GET, NAME));
    cr_assert(sim_is_text(&bed->vb[0], "sim-127-1-2-3"));
}

Test(sim_spoil, replies_to_some_types_only)
{
    sim_rule(bed, "only=getbulk,getnext missing-varbind=2");
    cr_assert(sent(1, GET, 2, 0, 0));
    cr_assert_eq(bed->count, 2);
    cr_assert(sent(1, NEXT, 2, 0, 0));
    cr_assert_eq(bed->count, 1);
    cr_assert(sent(1, BULK, 2, 2, 0));
    cr_assert_eq(bed->count, 1, "the GET was not among the next two");
    cr_assert(sent(1, BULK, 2, 2, 0));
    cr_assert_eq(bed->count, 2);
}

/* ---- messages ---- */

Test(sim_spoil, headers_of_another_message)
{
    sim_rule(bed, "wrong-id=1");
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert(bed->pdu.request_id != SIM_REQUEST_ID && bed->pdu.request_id > 0);
    sim_rule(bed, "wrong-request-id=1");
    cr_assert(sent(0, GET, 1, 0, 0));
    cr_assert_neq(bed->pdu.request_id, SIM_REQUEST_ID);
    sim_rule(bed, "wrong-version=2");
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert_eq(bed->version, 0);
    cr_assert(sent(0, GET, 1, 0, 0));
    cr_assert_eq(bed->version, 1);
    sim_rule(bed, "wrong-community=1");
    cr_assert(sent(1, GET, 1, 0, 0));
    cr_assert_eq(zsnmp_sim_span_len(&bed->community), strlen("elsewhere"));
    cr_assert_arr_eq(bed->community.at, "elsewhere", strlen("elsewhere"));
    cr_assert(sim_get(bed, 1, GET, NAME), "sound again");
}

Test(sim_spoil, messages_cut_short)
{
    sim_rule(bed, "truncate=20");
    cr_assert(sent_raw(GET, 1));
    cr_assert_eq(raw_len(), 20);
    sim_rule(bed, "truncate=0");
    cr_assert(sent_raw(GET, 1));
    cr_assert_eq(raw_len(), 0);
    sim_rule(bed, "truncate=65507");
    cr_assert(sim_get(bed, 1, GET, NAME));
}

Test(sim_spoil, garbage)
{
    uint8_t first[64];
    cr_assert(sent_raw(GET, 1));
    size_t len = raw_len();
    sim_rule(bed, "garbage=2");
    cr_assert(sent_raw(GET, 1));
    cr_assert_eq(raw_len(), len);
    memcpy(first, bed->out.head, sizeof first < len ? sizeof first : len);
    cr_assert(sent_raw(GET, 1));
    cr_assert_arr_neq(bed->out.head, first, 32);
    sim_rule(bed, "garbage-before");
    cr_assert(sim_get(bed, 1, GET, NAME), "and the reply is right");
    cr_assert_eq(bed->agent->befores, 1);
    cr_assert_eq(bed->agent->before[0].tail - bed->agent->before[0].head, 64);
    sim_rule(bed, "silent=get");
    cr_assert_not(sent_raw(GET, 1));
    cr_assert_eq(bed->agent->befores, 0);
}

Test(sim_spoil, report_of_a_stranger)
{
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span global;
    int32_t n = 0;
    sim_rule(bed, "stranger-report garbage-before");
    cr_assert(sim_get(bed, 1, GET, NAME));
    cr_assert_eq(bed->agent->befores, 2);
    struct zsnmp_sim_span all = {bed->agent->before[0].head, bed->agent->before[0].tail};
    cr_assert(zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body));
    cr_assert(zsnmp_sim_ber_int(&body, &n) && n == 3);
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_SEQUENCE, &global));
    cr_assert(zsnmp_sim_ber_int(&global, &n) && n == SIM_REQUEST_ID);
    cr_assert_eq(bed->agent->stats.forged, 1);
}

Test(sim_spoil, all_at_once_stays_in_the_buffer)
{
    sim_rule(bed, "empty-value long-value=64000 overlong-value extra-varbind missing-varbind");
    sim_rule(bed, "wrong-type wrong-name wrong-id wrong-version wrong-community garbage-before "
                  "stranger-report truncate=65000");
    for (int version = 0; version < 2; version++) {
        for (int count = 0; count < 4; count++) {
            make(version, version == 0 ? NEXT : BULK, count, 0, 200);
            cr_assert(sim_send_raw(bed, bed->request.head,
                                   (size_t)(bed->request.tail - bed->request.head)));
            cr_assert_leq(raw_len(), 65000);
        }
    }
}

/* ---- walks ---- */

#define STEPS_MAX 24

/* Walks ifDescr; the last sub-identifiers of its rows are then in ids, 0 where it was not one of
 * the column's rows. Stops at an error, an exception or the end. */
struct walked {
    size_t count;
    struct zsnmp_sim_oid name[STEPS_MAX];
    int32_t status;
    uint8_t tag; /* of the last value */
};

static struct zsnmp_sim_oid last_name;

static bool step(int version, struct walked *w)
{
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    sim_begin(bed);
    size_t len = zsnmp_sim_ber_put_oid(name, last_name.id, last_name.len);
    cr_assert(zsnmp_sim_out_varbind(&bed->request, name, len, ZSNMP_SIM_NULL, NULL, 0));
    if (!sim_send(bed, version, "public", NEXT, 0, 0)) {
        w->status = -1;
        return false;
    }
    w->status = bed->pdu.error_status;
    w->tag = bed->vb[0].tag;
    return w->status == 0 && w->tag != ZSNMP_SIM_END_OF_MIB_VIEW;
}

static struct walked walk(int version, const char *rule)
{
    struct walked w = {0};
    sim_rule(bed, rule);
    last_name = sim_oid(DESCR);
    while (w.count < STEPS_MAX && step(version, &w)) {
        last_name = w.name[w.count++] = bed->vb[0].oid;
    }
    return w;
}

/* The names one after the other: those that begin with a dot stand below ifDescr. */
static void expect_names(const struct zsnmp_sim_oid *got, size_t count, const char *names)
{
    char text[400];
    char name[120];
    char *save = NULL;
    size_t i = 0;
    (void)snprintf(text, sizeof text, "%s", names);
    for (char *n = strtok_r(text, " ", &save); n != NULL; n = strtok_r(NULL, " ", &save)) {
        (void)snprintf(name, sizeof name, "%s%s", n[0] == '.' ? DESCR : "", n);
        struct zsnmp_sim_oid want = sim_oid(name);
        cr_assert(i < count, "%s: only %zu names", names, count);
        cr_assert(zsnmp_sim_oid_cmp(got[i].id, got[i].len, want.id, want.len) == 0,
                  "name %zu is not %s", i, name);
        i++;
    }
}

/* The same by GETBULK, in one answer. */
static void bulk(int32_t repetitions)
{
    sim_begin(bed);
    sim_add(bed, DESCR);
    (void)sim_send(bed, 1, "public", BULK, 0, repetitions);
}

static void expect_both(const char *rule, const char *names, int32_t repetitions)
{
    struct walked w = walk(1, rule);
    struct zsnmp_sim_oid got[SIM_VARBINDS];
    expect_names(w.name, w.count, names);
    bulk(repetitions);
    cr_assert_eq(bed->count, (size_t)repetitions);
    for (size_t i = 0; i < bed->count; i++) {
        got[i] = bed->vb[i].oid;
    }
    expect_names(got, bed->count, names);
}

Test(sim_spoil, walks_that_do_not_move)
{
    expect_both("walk=same", ".1 .2 .2 .2", 4);
    expect_both("walk=same:4", ".1 .2 .3 .4 .4 .4", 6);
}

Test(sim_spoil, walks_in_a_circle)
{
    expect_both("walk=loop:3", ".1 .2 .3 .1 .2 .3 .1", 7);
}

Test(sim_spoil, walks_with_one_step_back)
{
    expect_both("walk=decrease:3", ".1 .2 .3 .0.3 .4 .5 1.3.6.1.2.1.2.2.1.3.1", 7);
}

Test(sim_spoil, walks_with_neighbours_swapped)
{
    expect_both("walk=swap:2", ".1 .3 .2 .4 .5", 5);
    expect_both("walk=swap:1", ".2 .1 .3 .4 .5 1.3.6.1.2.1.2.2.1.3.2 1.3.6.1.2.1.2.2.1.3.1", 7);
    expect_both("walk=swap:4", ".1 .2 .3 .5 .4 1.3.6.1.2.1.2.2.1.3.1", 6);
    expect_both("walk=swap:5", ".1 .2 .3 .4 .5 1.3.6.1.2.1.2.2.1.3.1", 6);
}

Test(sim_spoil, walks_without_end)
{
    expect_both("walk=endless:2", ".1 .2 .2.1 .2.2 .2.3 .2.4", 6);
    struct walked w = walk(0, "walk=endless:2");
    cr_assert_eq(w.count, STEPS_MAX);
}

Test(sim_spoil, walks_that_leave_the_tree_and_come_back)
{
    expect_both("walk=out-of-tree:2", ".1 .2 " JUMP DESCR ".2 .3 .4 .5", 6);
}

Test(sim_spoil, walks_that_stop_with_an_error)
{
    struct walked w = walk(1, "walk=stop:3");
    cr_assert(w.count == 3 && w.status == ZSNMP_SIM_GEN_ERR && bed->pdu.error_index == 1);
    w = walk(0, "walk=stop:3");
    cr_assert(w.count == 3 && w.status == ZSNMP_SIM_NO_SUCH_NAME && bed->pdu.error_index == 1);
    bulk(3);
    cr_assert_eq(bed->count, 3);
    bulk(4);
    expect_error(ZSNMP_SIM_GEN_ERR, 1);
}

Test(sim_spoil, walks_that_fall_silent)
{
    struct walked w = walk(1, "walk=silent:3");
    cr_assert(w.count == 3 && w.status == -1);
    bulk(3);
    cr_assert(bed->answered);
    bulk(4);
    cr_assert_not(bed->answered);
    last_name = sim_oid(DESCR ".4");
    cr_assert_not(step(1, &w), "and the rows behind it");
}

Test(sim_spoil, walks_that_end_early)
{
    struct walked w = walk(1, "walk=early-end:2");
    cr_assert(w.count == 2 && w.status == 0 && w.tag == ZSNMP_SIM_END_OF_MIB_VIEW);
    w = walk(0, "walk=early-end:2");
    cr_assert(w.count == 2 && w.status == ZSNMP_SIM_NO_SUCH_NAME);
    bulk(10);
    cr_assert_eq(bed->count, 3, "once");
    cr_assert_eq(bed->vb[2].tag, ZSNMP_SIM_END_OF_MIB_VIEW);
    cr_assert(sim_named(&bed->vb[2], DESCR ".2"));
}

Test(sim_spoil, ends_that_are_errors)
{
    sim_rule(bed, "walk=no-end");
    cr_assert(sim_get(bed, 1, NEXT, "1.3.6.1.6.3.10.2.1.4.0"));
    expect_error(ZSNMP_SIM_NO_SUCH_NAME, 1);
    cr_assert(sim_get(bed, 1, NEXT, NAME));
    expect_error(0, 0);
    sim_begin(bed);
    sim_add(bed, "1.3.6.1.6.3.10.2.1.3.0");
    cr_assert(sim_send(bed, 1, "public", BULK, 0, 10));
    expect_error(0, 0);
    cr_assert_eq(bed->count, 1);
    sim_begin(bed);
    sim_add(bed, NAME);
    sim_add(bed, "1.3.6.1.6.3.10.2.1.4.0");
    cr_assert(sim_send(bed, 1, "public", BULK, 1, 10));
    expect_error(0, 0);
    cr_assert_eq(bed->count, 1);
}

Test(sim_spoil, walks_with_exceptions_in_them)
{
    struct walked w = walk(1, "walk=exceptions:3");
    cr_assert_gt(w.count, ROWS);
    expect_names(w.name, w.count, ".1 .2 .3 .4 .5 1.3.6.1.2.1.2.2.1.3.1");
    bulk(6);
    for (size_t i = 0; i < 6; i++) {
        bool missing = bed->vb[i].tag == ZSNMP_SIM_NO_SUCH_INSTANCE;
        cr_assert_eq(missing, i == 3 || i == 4, "row %zu", i);
    }
    w = walk(0, "walk=exceptions:3");
    cr_assert(w.count == 3 && w.status == ZSNMP_SIM_NO_SUCH_NAME);
}

/* Rows of a record are counted among names that differ in the last sub-identifier. */
Test(sim_spoil, walks_of_records)
{
    static const char text[] =
        ".1.3.6.1.2.1.2.2.1.2.7 = STRING: a\n.1.3.6.1.2.1.2.2.1.2.9 = STRING: b\n"
        ".1.3.6.1.2.1.2.2.1.2.30 = STRING: c\n.1.3.6.1.2.1.2.2.1.3.7 = INTEGER: 1\n";
    char path[] = "/tmp/zsnmp-walk-XXXXXX";
    char spec[80];
    char error[ZSNMP_SIM_FLEET_ERROR_MAX] = "";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(fd);
    (void)snprintf(spec, sizeof spec, "%s=127.1.2.3", path);
    cr_assert(zsnmp_sim_fleet_add_spec(bed->world->fleet, spec, error), "%s", error);
    unlink(path);
    expect_both("walk=loop:2", ".7 .9 .7 .9", 4);
    expect_both("walk=same:3", ".7 .9 .30 .30 .30", 5);
    expect_both("walk=swap:1", ".9 .7 .30 1.3.6.1.2.1.2.2.1.3.7", 4);
    expect_both("walk=swap:2", ".7 .30 .9 1.3.6.1.2.1.2.2.1.3.7", 4);
    expect_both("walk=decrease:2", ".7 .9 .0.9 .30 1.3.6.1.2.1.2.2.1.3.7", 5);
}

Test(sim_spoil, swapped_rows_of_columns_that_have_no_others)
{
    sim_rule(bed, "walk=swap:1");
    sim_begin(bed);
    sim_add(bed, "1.3.6.1.2.1.1.9.1.2");
    cr_assert(sim_send(bed, 1, "public", BULK, 0, 4));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.1.9.1.2.2"));
    cr_assert(sim_named(&bed->vb[1], "1.3.6.1.2.1.1.9.1.2.1"));
    cr_assert(sim_named(&bed->vb[2], "1.3.6.1.2.1.1.9.1.3.2"));
    cr_assert(sim_named(&bed->vb[3], "1.3.6.1.2.1.1.9.1.3.1"));
}

Test(sim_spoil, odd_walks_of_v1_hide_what_it_cannot_say)
{
    sim_rule(bed, "walk=same:1");
    cr_assert(sim_get(bed, 0, NEXT, HC_OCTETS));
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.31.1.1.1.14.1"));
    cr_assert(sim_get(bed, 1, NEXT, HC_OCTETS));
    cr_assert(sim_named(&bed->vb[0], HC_OCTETS));
}

Test(sim_spoil, walks_are_sound_again)
{
    (void)walk(1, "walk=same");
    struct walked w = walk(1, "walk=off");
    expect_names(w.name, w.count, ".1 .2 .3 .4 .5 1.3.6.1.2.1.2.2.1.3.1");
}

Test(sim_spoil, walks_of_several_columns_with_non_repeaters)
{
    sim_rule(bed, "walk=loop:2");
    sim_begin(bed);
    sim_add(bed, NAME);
    sim_add(bed, DESCR);
    sim_add(bed, "1.3.6.1.2.1.2.2.1.10");
    cr_assert(sim_send(bed, 1, "public", BULK, 1, 3));
    cr_assert_eq(bed->count, 7);
    cr_assert(sim_named(&bed->vb[0], "1.3.6.1.2.1.1.6.0"));
    cr_assert(sim_named(&bed->vb[5], DESCR ".1"));
    cr_assert(sim_named(&bed->vb[6], "1.3.6.1.2.1.2.2.1.10.1"));
    cr_assert(
        sim_send_bytes(bed, bed->request.head, (size_t)(bed->request.tail - bed->request.head)));
}

/* Whatever the kind, long answers stay within the size, and malformed lists are none. */
Test(sim_spoil, odd_walks_fill_messages)
{
    static const char *const kinds[] = {"same",    "loop",   "decrease",   "swap",
                                        "endless", "no-end", "exceptions", "out-of-tree"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char rule[40];
        (void)snprintf(rule, sizeof rule, "walk=%s max-size=484", kinds[i]);
        sim_rule(bed, rule);
        bulk(1000);
        cr_assert(bed->answered && bed->reply_len <= 484 && bed->count > 5, "%s", kinds[i]);
    }
}

/* ---- rules ---- */

Test(sim_spoil, wrong_values)
{
    static const char *const wrong[] = {
        "reorder",
        "reorder=0",
        "reorder=x",
        "source",
        "source=elsewhere",
        "silent",
        "silent=",
        "silent=get,",
        "silent=report",
        "bulk-silent-above",
        "bulk-toobig-above=-1",
        "varbinds-max=",
        "varbinds-cut=x",
        "max-size=483",
        "max-size=65508",
        "walk",
        "walk=",
        "walk=sideways",
        "walk=same:",
        "walk=same:0",
        "walk=off:1",
        "walk=no-end:3",
        "only=all",
        "error",
        "error=",
        "error=someErr",
        "error=genErr:",
        "error=genErr:-1",
        "error=99999999999",
        "empty=0",
        "empty=yes",
        "long-value",
        "long-value=0",
        "long-value=64001",
        "truncate",
        "truncate=-1",
        "garbage=",
        "duplicate=0",
        "duplicate=1001",
        "wrong-id=x",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[80];
        char error[ZSNMP_SIM_RULE_ERROR_MAX] = "";
        (void)snprintf(line, sizeof line, "127.1.2.3: %s", wrong[i]);
        cr_assert_not(zsnmp_sim_faults_add(bed->world->faults, line, 0, error), "%s", line);
        cr_assert_eq(strncmp(error, "wrong value: ", 13), 0, "%s: %s", line, error);
    }
    cr_assert_not(zsnmp_sim_faults_active(bed->world->faults));
}
