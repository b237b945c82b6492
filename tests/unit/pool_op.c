/*
 * What answers mean: operations driven PDU by PDU, the device's side written by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/oid.h"
#include "pool/inside.h"
#include "snmp_help.h"

#define ROOT "1.3.6.1.2.1.2"
#define REPETITIONS 25

struct op_bed {
    struct zsnmp_pool pool;
    struct zsnmp_worker *worker;
    struct zsnmp_device device;
    struct snmp_bed *link;
    struct zsnmp_request *request;
    struct snmp_message answer;
    struct zsnmp_pdu pdu; /* the last one sent */
    int32_t reqid;
};

static enum zsnmp_run_outcome outcome; /* what the last answer came to */

static void take_answer(void *request, struct zsnmp_answer *answer)
{
    outcome = zsnmp_op_answer(request, answer);
}

static struct op_bed *new_bed(zsnmp_op_t op, zsnmp_version_t version)
{
    struct op_bed *self = calloc(1, sizeof *self);
    cr_assert_not_null(self);
    struct zsnmp_creds creds = snmp_creds(version, "public");
    self->worker = calloc(1, sizeof *self->worker);
    self->link = snmp_bed_new(&creds, NULL, NULL);
    self->link->on_answer = take_answer;
    self->request = zsnmp_request_new(op, "127.0.0.1");
    cr_assert(self->worker != NULL && self->request != NULL);
    cr_assert_eq(zsnmp_request_set_version(self->request, version), ZSNMP_OK);
    zsnmp_pool_options_init(&self->pool.options);
    self->pool.options.walk_repetitions = REPETITIONS;
    self->worker->pool = &self->pool;
    self->request->run.device = &self->device;
    return self;
}

static void add_oid(struct op_bed *self, const char *oid)
{
    cr_assert_eq(zsnmp_request_add_oid_str(self->request, oid), ZSNMP_OK);
}

static void begin(struct op_bed *self)
{
    const char *why = NULL;
    cr_assert_eq(zsnmp_request_check(self->request, &why), ZSNMP_OK, "%s", why);
    zsnmp_op_begin(self->worker, self->request);
}

static struct op_bed *new_walk(zsnmp_version_t version)
{
    struct op_bed *self = new_bed(ZSNMP_WALK, version);
    add_oid(self, ROOT);
    return self;
}

static void destroy(struct op_bed **self)
{
    snmp_bed_destroy(&(*self)->link);
    zsnmp_request_destroy(&(*self)->request);
    free((*self)->worker);
    free(*self);
    *self = NULL;
}

/* Sends the next PDU; the answer is then written, and handed in with finish(). */
static void ask(struct op_bed *self)
{
    zsnmp_op_pdu(self->request, &self->pdu);
    self->pdu.reqid = ++self->reqid;
    cr_assert(snmp_bed_send(self->link, &self->pdu));
    snmp_message_start(&self->answer);
}

static void row(struct op_bed *self, const char *oid)
{
    snmp_message_add_int(&self->answer, oid, 7);
}

static bool finish(struct op_bed *self, int32_t status, int32_t index)
{
    int version = self->request->creds.version;
    snmp_message_close(&self->answer, version, "public", ZSNMP_PDU_RESPONSE, self->reqid, status,
                       index);
    int answers = self->link->answers;
    cr_assert(snmp_bed_receive_message(self->link, self->request, &self->answer));
    cr_assert_eq(self->link->answers, answers + 1);
    return outcome == ZSNMP_OUTCOME_DONE;
}

static void check_stop(const struct op_bed *self, zsnmp_stop_t stop, bool complete, uint32_t count)
{
    const struct zsnmp_reply *reply = &self->request->reply;
    cr_assert_eq(reply->stop, stop, "it stopped with '%s'", zsnmp_stop_name(reply->stop));
    cr_assert_eq(reply->complete, complete);
    cr_assert_eq(zsnmp_reply_count(reply), count);
}

static void check_next(const struct op_bed *self, const char *want)
{
    char text[ZSNMP_OID_MAX * 11];
    zsnmp_oid_print(self->request->reply.next, self->request->reply.next_len, text, sizeof text);
    cr_assert_str_eq(text, want);
}

static void check_asks(const struct op_bed *self, const char *want)
{
    char text[ZSNMP_OID_MAX * 11];
    cr_assert_null(self->pdu.items);
    zsnmp_oid_print(self->pdu.oid, self->pdu.oid_len, text, sizeof text);
    cr_assert_str_eq(text, want);
}

/* ---- one PDU ---- */

Test(pool_op, get_takes_what_comes_in_the_devices_order)
{
    struct op_bed *bed = new_bed(ZSNMP_GET, ZSNMP_V2C);
    add_oid(bed, "1.3.6.1.9");
    add_oid(bed, "1.3.6.1.8");
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET);
    row(bed, "1.3.6.1.9");
    snmp_message_add(&bed->answer, "1.3.6.1.8", ZSNMP_SIM_NO_SUCH_OBJECT, NULL, 0);
    row(bed, "1.3.6.1.9");
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_OK);
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 3, "duplicates are kept");
    size_t at = 0;
    zsnmp_varbind_t vb;
    cr_assert(zsnmp_reply_varbind(&bed->request->reply, &at, &vb) && vb.oid[4] == 9);
    cr_assert(zsnmp_reply_varbind(&bed->request->reply, &at, &vb) && vb.oid[4] == 8);
    cr_assert_eq(vb.type, ZSNMP_NO_SUCH_OBJECT);
    destroy(&bed);
}

Test(pool_op, errors_of_the_device)
{
    static const struct {
        int32_t status;
        int32_t index;
        zsnmp_err_t err;
        uint32_t error_index;
    } cases[] = {
        {1, 0, ZSNMP_E_TOO_BIG, 0},
        {2, 1, ZSNMP_E_NO_SUCH_NAME, 1},
        {5, 2, ZSNMP_E_GEN_ERR, 2},
        {16, 1, ZSNMP_E_AUTHORIZATION_ERROR, 1},
        {18, 2, ZSNMP_E_INCONSISTENT_NAME, 2},
        {18, 3, ZSNMP_E_INCONSISTENT_NAME, 0}, /* there is no third varbind */
        {5, -1, ZSNMP_E_GEN_ERR, 0},
        {19, 1, ZSNMP_E_GEN_ERR, 1},
        {255, 1, ZSNMP_E_GEN_ERR, 1},
        {INT32_MAX, INT32_MAX, ZSNMP_E_GEN_ERR, 0},
        {-1, 1, ZSNMP_E_GEN_ERR, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_bed *bed = new_bed(ZSNMP_GET, ZSNMP_V2C);
        add_oid(bed, "1.3.6.1.9");
        add_oid(bed, "1.3.6.1.8");
        begin(bed);
        ask(bed);
        row(bed, "1.3.6.1.9");
        cr_assert(finish(bed, cases[i].status, cases[i].index));
        cr_assert_eq(bed->request->run.err, cases[i].err, "case %zu", i);
        cr_assert_eq(zsnmp_reply_error_index(&bed->request->reply), cases[i].error_index,
                     "case %zu", i);
        cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 0);
        destroy(&bed);
    }
}

Test(pool_op, an_answer_beyond_the_ceiling_of_a_reply)
{
    struct op_bed *bed = new_bed(ZSNMP_GET, ZSNMP_V2C);
    char value[1000] = {0};
    bed->pool.options.reply_max = 2500;
    add_oid(bed, "1.3.6.1.9");
    begin(bed);
    ask(bed);
    for (int i = 0; i < 4; i++) {
        snmp_message_add(&bed->answer, "1.3.6.1.9", ZSNMP_SIM_STRING, value, sizeof value);
    }
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_TOO_LARGE);
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 2);
    cr_assert_leq(bed->request->reply.varbinds.len, 2500);
    size_t at = 0;
    zsnmp_varbind_t vb;
    cr_assert(zsnmp_reply_varbind(&bed->request->reply, &at, &vb));
    cr_assert(zsnmp_reply_varbind(&bed->request->reply, &at, &vb));
    cr_assert_not(zsnmp_reply_varbind(&bed->request->reply, &at, &vb));
    destroy(&bed);
}

/* ---- walks ---- */

Test(pool_op, a_walk_goes_on_behind_the_last_row)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_BULK);
    cr_assert_eq(bed->pdu.non_repeaters, 0);
    cr_assert_eq(bed->pdu.max_repetitions, REPETITIONS);
    check_asks(bed, ROOT);
    row(bed, ROOT ".1.0");
    row(bed, ROOT ".2.1.1");
    cr_assert_not(finish(bed, 0, 0));
    ask(bed);
    check_asks(bed, ROOT ".2.1.1");
    row(bed, ROOT ".2.1.2");
    row(bed, "1.3.6.1.2.1.3.1");
    row(bed, "1.3.6.1.2.1.3.2");
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_OK);
    check_stop(bed, ZSNMP_STOP_OUT_OF_TREE, true, 3);
    destroy(&bed);
}

Test(pool_op, a_walk_to_the_end_of_the_view)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT ".1.0");
    snmp_message_add(&bed->answer, ROOT ".1.0", ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
    snmp_message_add(&bed->answer, ROOT ".1.0", ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_END_OF_VIEW, true, 1);
    destroy(&bed);
}

Test(pool_op, a_walk_of_nothing)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, "1.3.6.1.2.1.20.1");
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_OUT_OF_TREE, true, 0);
    destroy(&bed);
}

Test(pool_op, the_root_itself_is_no_row)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT);
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_LOOP, false, 0);
    check_next(bed, ROOT);
    destroy(&bed);
}

Test(pool_op, rows_that_do_not_increase)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT ".1.5");
    row(bed, ROOT ".1.4");
    row(bed, ROOT ".1.6");
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_NON_INCREASING, false, 1);
    check_next(bed, ROOT ".1.5");
    destroy(&bed);
}

Test(pool_op, a_row_that_comes_again)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT ".1.5");
    cr_assert_not(finish(bed, 0, 0));
    ask(bed);
    row(bed, ROOT ".1.5");
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_LOOP, false, 1);
    check_next(bed, ROOT ".1.5");
    destroy(&bed);
}

Test(pool_op, a_limit_of_rows)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    zsnmp_request_set_limit(bed->request, 3);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 3, "no more is asked for than is wanted");
    row(bed, ROOT ".1.1");
    row(bed, ROOT ".1.2");
    cr_assert_not(finish(bed, 0, 0));
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 1);
    row(bed, ROOT ".1.3");
    row(bed, ROOT ".1.4"); /* more than was asked for */
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_LIMIT, false, 3);
    check_next(bed, ROOT ".1.3");
    destroy(&bed);
}

Test(pool_op, too_big_halves_the_repetitions)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    for (uint32_t repetitions = REPETITIONS; repetitions > 1; repetitions /= 2) {
        ask(bed);
        cr_assert_eq(bed->pdu.max_repetitions, repetitions);
        cr_assert_not(finish(bed, 1, 0));
    }
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 1);
    row(bed, ROOT ".1.1");
    cr_assert_not(finish(bed, 0, 0), "one row fits: the walk goes on");
    ask(bed);
    check_asks(bed, ROOT ".1.1");
    cr_assert(finish(bed, 1, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_TOO_BIG);
    check_stop(bed, ZSNMP_STOP_TOO_BIG, false, 1);
    check_next(bed, ROOT ".1.1");
    destroy(&bed);
}

Test(pool_op, repetitions_that_were_asked_for)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    cr_assert_eq(zsnmp_request_set_bulk(bed->request, 0, 7), ZSNMP_OK);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 7);
    destroy(&bed);
}

/* Rows in front of a malformed one, an end of the walk, an error: none of it has happened. */
Test(pool_op, a_damaged_answer_changes_nothing)
{
    static const char *const last[] = {ROOT ".1.9", "1.3.6.1.3"};
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT ".1.1");
    cr_assert_not(finish(bed, 0, 0));
    for (int i = 0; i < 4; i++) {
        ask(bed);
        check_asks(bed, ROOT ".1.1");
        row(bed, ROOT ".1.2");
        row(bed, last[i % 2]);
        snmp_message_add(&bed->answer, "1.3.6.1.4", ZSNMP_SIM_IPADDRESS, "abc", 3);
        snmp_message_close(&bed->answer, 1, "public", ZSNMP_PDU_RESPONSE, bed->reqid, i / 2, 1);
        cr_assert_not(snmp_bed_receive_message(bed->link, bed->request, &bed->answer));
        cr_assert_eq(outcome, ZSNMP_OUTCOME_NONE);
        cr_assert_eq(bed->pdu.max_repetitions, REPETITIONS);
        check_stop(bed, ZSNMP_STOP_NONE, false, 1);
        check_next(bed, ROOT ".1.1");
    }
    ask(bed);
    row(bed, "1.3.6.1.3");
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_OUT_OF_TREE, true, 1);
    destroy(&bed);
}

Test(pool_op, v1_walks_with_getnext_to_no_such_name)
{
    struct op_bed *bed = new_walk(ZSNMP_V1);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT);
    row(bed, ROOT ".1.1");
    cr_assert_not(finish(bed, 0, 0));
    ask(bed);
    check_asks(bed, ROOT ".1.1");
    snmp_message_add(&bed->answer, ROOT ".1.1", ZSNMP_SIM_NULL, NULL, 0);
    cr_assert(finish(bed, 2, 1));
    cr_assert_eq(bed->request->run.err, ZSNMP_OK);
    check_stop(bed, ZSNMP_STOP_END_OF_VIEW, true, 1);
    destroy(&bed);
}

Test(pool_op, getnext_on_demand)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    zsnmp_request_set_walk_bulk(bed->request, false);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT);
    row(bed, ROOT ".1.1");
    cr_assert_not(finish(bed, 0, 0));
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT);
    cr_assert(finish(bed, 2, 1));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_NO_SUCH_NAME, "on v2c it is an error");
    check_stop(bed, ZSNMP_STOP_DEVICE_ERROR, false, 1);
    destroy(&bed);
}

/* Where GETBULK is known to go unanswered, so many walks go without, then one tries it again. */
Test(pool_op, getnext_where_getbulk_goes_unanswered)
{
    for (uint8_t walks = 0; walks < 3; walks++) {
        struct op_bed *bed = new_walk(ZSNMP_V2C);
        bed->device.no_bulk_walks = walks;
        begin(bed);
        ask(bed);
        cr_assert_eq(bed->pdu.op, walks > 0 ? ZSNMP_GET_NEXT : ZSNMP_GET_BULK);
        cr_assert_eq(bed->device.no_bulk_walks, walks > 0 ? walks - 1 : 0);
        row(bed, ROOT ".1.1");
        cr_assert_not(finish(bed, 0, 0));
        destroy(&bed);
    }
}

Test(pool_op, a_walk_that_begins_further_on)
{
    static const uint32_t start[] = {1, 3, 6, 1, 2, 1, 2, 5};
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    cr_assert_eq(zsnmp_request_set_start(bed->request, start, 8), ZSNMP_OK);
    begin(bed);
    ask(bed);
    check_asks(bed, ROOT ".5");
    row(bed, ROOT ".5.1");
    row(bed, "1.3.6.1.2.1.3.1");
    cr_assert(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_OUT_OF_TREE, true, 1);
    destroy(&bed);
}

Test(pool_op, a_device_that_answers_without_varbinds)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    cr_assert(finish(bed, 0, 0), "or the walk would never end");
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    check_stop(bed, ZSNMP_STOP_DEVICE_ERROR, false, 0);
    destroy(&bed);
}

Test(pool_op, a_walk_beyond_the_ceiling_of_a_reply_can_go_on)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    char value[1000] = {0};
    bed->pool.options.reply_max = 2500;
    begin(bed);
    ask(bed);
    snmp_message_add(&bed->answer, ROOT ".1", ZSNMP_SIM_STRING, value, sizeof value);
    snmp_message_add(&bed->answer, ROOT ".2", ZSNMP_SIM_STRING, value, sizeof value);
    snmp_message_add(&bed->answer, ROOT ".3", ZSNMP_SIM_STRING, value, sizeof value);
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_TOO_LARGE);
    check_stop(bed, ZSNMP_STOP_LIMIT, false, 2);
    check_next(bed, ROOT ".2");
    destroy(&bed);
}

Test(pool_op, a_table_walked_in_full)
{
    enum { ROWS = 1000 };
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    char oid[64];
    uint32_t at = 0;
    int pdus = 0;
    begin(bed);
    do {
        ask(bed);
        pdus++;
        for (uint32_t i = 0; i < bed->pdu.max_repetitions; i++) {
            at++;
            snprintf(oid, sizeof oid, at <= ROWS ? ROOT ".1.%u" : "1.3.6.1.2.1.3.%u", at);
            row(bed, oid);
        }
    } while (!finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_OUT_OF_TREE, true, ROWS);
    cr_assert_eq(pdus, ROWS / REPETITIONS + 1);
    destroy(&bed);
}

Test(pool_op, how_a_walk_ends_that_is_ended)
{
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_TIMEOUT), ZSNMP_STOP_TIMEOUT);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_DEADLINE), ZSNMP_STOP_DEADLINE);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_CANCELLED), ZSNMP_STOP_CANCELLED);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_SHUTTING_DOWN), ZSNMP_STOP_CANCELLED);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_DEVICE_DOWN), ZSNMP_STOP_DEVICE_DOWN);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_TOO_BIG), ZSNMP_STOP_TOO_BIG);
    cr_assert_eq(zsnmp_op_stop(ZSNMP_E_NO_SUCH_NAME), ZSNMP_STOP_DEVICE_ERROR);
}
