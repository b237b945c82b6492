/*
 * What answers mean for operations of one PDU, and for walks.
 */
#include "pool_op_help.h"

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
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 2, "what nobody asked for is dropped");
    cr_assert_eq(zsnmp_reply_quirks(&bed->request->reply), 1u << ZSNMP_QUIRK_WRONG_COUNT);
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
        {1, 0, ZSNMP_E_TOO_BIG, 1}, /* the first one alone, too */
        {2, 1, ZSNMP_E_NO_SUCH_NAME, 1},
        {5, 2, ZSNMP_E_GEN_ERR, 2},
        {16, 1, ZSNMP_E_AUTHORIZATION_ERROR, 1},
        {18, 2, ZSNMP_E_INCONSISTENT_NAME, 2},
        {18, 3, ZSNMP_E_INCONSISTENT_NAME, 0}, /* there is no third varbind */
        {5, -1, ZSNMP_E_GEN_ERR, 1},           /* likewise */
        {19, 1, ZSNMP_E_GEN_ERR, 1},
        {255, 1, ZSNMP_E_GEN_ERR, 1},
        {INT32_MAX, INT32_MAX, ZSNMP_E_GEN_ERR, 1},
        {-1, 1, ZSNMP_E_GEN_ERR, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct op_bed *bed = new_bed(ZSNMP_GET, ZSNMP_V2C);
        add_oid(bed, "1.3.6.1.9");
        add_oid(bed, "1.3.6.1.8");
        begin(bed);
        ask(bed);
        row(bed, "1.3.6.1.9");
        if (!finish(bed, cases[i].status, cases[i].index)) {
            ask(bed);
            cr_assert_null(bed->pdu.items->next == bed->pdu.end ? NULL : bed, "one by one");
            cr_assert(finish(bed, cases[i].status, cases[i].index));
        }
        cr_assert_eq(bed->request->run.err, cases[i].err, "case %zu", i);
        cr_assert_eq(zsnmp_reply_error_index(&bed->request->reply), cases[i].error_index,
                     "case %zu", i);
        cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 0);
        destroy(&bed);
    }
}

Test(pool_op, an_answer_beyond_the_ceiling_of_a_reply)
{
    struct op_bed *bed = new_bed(ZSNMP_GET_BULK, ZSNMP_V2C);
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

/* Listed, and not to be read: the walk gives it out and goes on. But it has to grow. */
Test(pool_op, a_row_without_an_instance)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    begin(bed);
    ask(bed);
    row(bed, ROOT ".1.5");
    snmp_message_add(&bed->answer, ROOT ".1.6", ZSNMP_SIM_NO_SUCH_INSTANCE, NULL, 0);
    row(bed, ROOT ".1.7");
    cr_assert_not(finish(bed, 0, 0));
    check_stop(bed, ZSNMP_STOP_NONE, false, 3);
    check_next(bed, ROOT ".1.7");
    ask(bed);
    snmp_message_add(&bed->answer, ROOT ".1.7", ZSNMP_SIM_NO_SUCH_OBJECT, NULL, 0);
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    check_stop(bed, ZSNMP_STOP_DEVICE_ERROR, false, 3);
    cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_EXCEPTION);
    destroy(&bed);
}

/* What comes behind the rows that were asked for says nothing about the tree. */
Test(pool_op, more_rows_than_asked_for)
{
    for (int bulk = 0; bulk < 2; bulk++) {
        struct op_bed *bed = new_walk(bulk ? ZSNMP_V2C : ZSNMP_V1);
        uint32_t at = 0;
        begin(bed);
        for (int i = 0; i < 3; i++) {
            ask(bed);
            uint32_t size = bulk ? bed->pdu.max_repetitions : 1;
            cr_assert_eq(size, bulk ? REPETITIONS : 1, "and no more is tried");
            for (uint32_t n = 0; n < size; n++) {
                char oid[64];
                snprintf(oid, sizeof oid, ROOT ".1.%u", ++at);
                row(bed, oid);
            }
            row(bed, "1.3.6.1.4.1.9");
            cr_assert_not(finish(bed, 0, 0));
        }
        check_stop(bed, ZSNMP_STOP_NONE, false, at);
        cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_WRONG_COUNT);
        destroy(&bed);
    }
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
    cr_assert_eq(bed->pdu.max_repetitions, 2);
    cr_assert_not(finish(bed, 1, 0));
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 1);
    cr_assert(finish(bed, 1, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_TOO_BIG);
    check_stop(bed, ZSNMP_STOP_TOO_BIG, false, 1);
    check_next(bed, ROOT ".1.1");
    destroy(&bed);
}

/* A GETNEXT is the least there is: it must not be sent for ever. */
Test(pool_op, errors_where_nothing_less_can_be_asked_for)
{
    for (int i = 0; i < 4; i++) {
        struct op_bed *bed = new_walk(i % 2 != 0 ? ZSNMP_V2C : ZSNMP_V1);
        zsnmp_request_set_walk_bulk(bed->request, false);
        begin(bed);
        ask(bed);
        cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT);
        cr_assert(finish(bed, i < 2 ? 1 : 5, i < 2 ? 0 : 99), "case %d", i);
        check_stop(bed, i < 2 ? ZSNMP_STOP_TOO_BIG : ZSNMP_STOP_DEVICE_ERROR, false, 0);
        cr_assert_eq(bed->request->reply.quirks, i < 2 ? 0 : 1u << ZSNMP_QUIRK_BAD_INDEX);
        destroy(&bed);
    }
}

Test(pool_op, too_big_for_a_single_row_ends_a_walk)
{
    struct op_bed *bed = new_walk(ZSNMP_V1);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT);
    cr_assert(finish(bed, 1, 0), "GETNEXT can not ask for less");
    cr_assert_eq(bed->request->run.err, ZSNMP_E_TOO_BIG);
    check_stop(bed, ZSNMP_STOP_TOO_BIG, false, 0);
    check_next(bed, ROOT);
    destroy(&bed);
}

/* Nor is a GETBULK of one row made a GETNEXT for an error: the same row would fail again. */
Test(pool_op, errors_for_one_row)
{
    for (int status = 1; status <= 5; status += 4) {
        struct op_bed *bed = new_walk(ZSNMP_V2C);
        cr_assert_eq(zsnmp_request_set_bulk(bed->request, 0, 1), ZSNMP_OK);
        begin(bed);
        ask(bed);
        cr_assert_eq(bed->pdu.op, ZSNMP_GET_BULK);
        cr_assert(finish(bed, status, 0));
        check_stop(bed, status == 1 ? ZSNMP_STOP_TOO_BIG : ZSNMP_STOP_DEVICE_ERROR, false, 0);
        destroy(&bed);
    }
}

static void pass(struct op_bed *bed, uint32_t rows, uint32_t *at)
{
    char oid[64];
    for (uint32_t i = 0; i < rows; i++) {
        snprintf(oid, sizeof oid, ROOT ".1.%u", ++*at);
        row(bed, oid);
    }
    cr_assert_not(finish(bed, 0, 0));
}

/* A row that the device fails at: those in front of it come all the same. */
Test(pool_op, a_walk_up_to_a_row_that_fails)
{
    enum { GOOD = 20 };
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    uint32_t at = 0;
    bool done = false;
    begin(bed);
    for (int i = 0; i < 60 && !done; i++) {
        ask(bed);
        if (at + bed->pdu.max_repetitions > GOOD) {
            done = finish(bed, 5, 1);
        } else {
            pass(bed, bed->pdu.max_repetitions, &at);
        }
    }
    cr_assert(done);
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    check_stop(bed, ZSNMP_STOP_DEVICE_ERROR, false, GOOD);
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
    cr_assert_eq(bed->request->run.err, ZSNMP_OK);
    cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_NO_SUCH_NAME);
    check_stop(bed, ZSNMP_STOP_END_OF_VIEW, true, 1);
    destroy(&bed);
}

/* Where GETBULK is known to go unanswered, so many walks go without, then one tries it again. */
Test(pool_op, getnext_where_getbulk_goes_unanswered)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    bed->device.bulk = (struct zsnmp_size){.good = 1, .bad = 2};
    for (unsigned walks = 0; walks <= ZSNMP_SIZE_USES; walks++) {
        begin(bed);
        ask(bed);
        cr_assert_eq(bed->pdu.op, walks < ZSNMP_SIZE_USES ? ZSNMP_GET_NEXT : ZSNMP_GET_BULK);
    }
    destroy(&bed);
}

Test(pool_op, repetitions_grow_while_answers_come_whole)
{
    static const uint32_t sizes[] = {REPETITIONS, 2 * REPETITIONS, 4 * REPETITIONS, 128, 128};
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    uint32_t at = 0;
    begin(bed);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ask(bed);
        cr_assert_eq(bed->pdu.max_repetitions, sizes[i]);
        pass(bed, sizes[i], &at);
    }
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.max_repetitions, 128, "the next walk knows");
    destroy(&bed);
}

Test(pool_op, repetitions_stay_where_answers_are_cut)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    uint32_t at = 0;
    begin(bed);
    ask(bed);
    pass(bed, REPETITIONS, &at);
    for (int i = 0; i < 3; i++) {
        ask(bed);
        cr_assert_eq(bed->pdu.max_repetitions, 2 * REPETITIONS);
        pass(bed, 33, &at);
    }
    destroy(&bed);
}

/* More than so many are tooBig, or go unanswered. Which size is found, and in how many steps. */
static uint32_t find_size(struct op_bed *bed, uint32_t limit, bool silent, int *failed)
{
    uint32_t at = 0;
    for (int i = 0; i < 40; i++) {
        ask(bed);
        uint32_t size = bed->pdu.op == ZSNMP_GET_BULK ? bed->pdu.max_repetitions : 0;
        if (size <= limit) {
            pass(bed, size == 0 ? 1 : size, &at);
        } else if (silent) {
            ++*failed;
            zsnmp_op_shrink(bed->request);
        } else {
            ++*failed;
            cr_assert_not(finish(bed, 1, 0));
        }
    }
    ask(bed);
    return bed->pdu.op == ZSNMP_GET_BULK ? bed->pdu.max_repetitions : 1;
}

Test(pool_op, the_size_that_a_device_can_do_is_found)
{
    static const uint32_t limits[] = {1, 2, 3, 5, 10, 24, 25, 40, 63, 100, 127};
    for (size_t i = 0; i < 2 * sizeof limits / sizeof *limits; i++) {
        struct op_bed *bed = new_walk(ZSNMP_V2C);
        uint32_t limit = limits[i / 2];
        int failed = 0;
        begin(bed);
        uint32_t found = find_size(bed, limit, i % 2 != 0, &failed);
        cr_assert(found <= limit && found + limit / 14 >= limit, "%u: %u", limit, found);
        cr_assert_leq(failed, 9, "%u: %d", limit, failed);
        cr_assert_neq(bed->request->reply.quirks, 0);
        destroy(&bed);
    }
}

Test(pool_op, no_size_at_all)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    int failed = 0;
    begin(bed);
    cr_assert_eq(find_size(bed, 0, true, &failed), 1, "GETNEXT");
    cr_assert_leq(failed, 3);
    cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_SILENT_BULK);
    destroy(&bed);
}

/* Nor where a single row is asked for: GETNEXT is less than that, and stays. */
Test(pool_op, no_size_at_all_for_a_single_row)
{
    struct op_bed *bed = new_walk(ZSNMP_V2C);
    int failed = 0;
    cr_assert_eq(zsnmp_request_set_bulk(bed->request, 0, 1), ZSNMP_OK);
    begin(bed);
    cr_assert_eq(find_size(bed, 0, true, &failed), 1, "GETNEXT");
    cr_assert_leq(failed, 2);
    begin(bed);
    ask(bed);
    cr_assert_eq(bed->pdu.op, ZSNMP_GET_NEXT, "the next walk knows");
    destroy(&bed);
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
    cr_assert_leq(pdus, 11, "it asks for more as it goes");
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
