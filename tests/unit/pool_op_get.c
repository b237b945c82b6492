/*
 * GETs of more names than fit into one PDU, and of names that are not there.
 */
#include "pool_op_help.h"

#define NAME "1.3.6.1.2.1.9."

static struct op_bed *new_get(zsnmp_version_t version, int names)
{
    struct op_bed *bed = new_bed(ZSNMP_GET, version);
    char oid[64];
    for (int i = 1; i <= names; i++) {
        snprintf(oid, sizeof oid, NAME "%d", i);
        add_oid(bed, oid);
    }
    return bed;
}

/* Writes what was asked for, from the first name up to a number of them; returns how many. */
static int answer_names(struct op_bed *bed, int most)
{
    char text[ZSNMP_OID_MAX * 11];
    int count = 0;
    for (const struct zsnmp_item *item = bed->pdu.items; item != bed->pdu.end; item = item->next) {
        if (!item->missing && count++ < most) {
            zsnmp_oid_print(item->oid, item->oid_len, text, sizeof text);
            row(bed, text);
        }
    }
    return count;
}

static void check_all(const struct op_bed *bed, uint32_t names)
{
    const struct zsnmp_reply *reply = &bed->request->reply;
    size_t at = 0;
    zsnmp_varbind_t vb;
    cr_assert_eq(bed->request->run.err, ZSNMP_OK);
    cr_assert_eq(zsnmp_reply_count(reply), names);
    for (uint32_t i = 1; i <= names; i++) {
        cr_assert(zsnmp_reply_varbind(reply, &at, &vb) && vb.oid[vb.oid_len - 1] == i);
    }
}

/* A device that does so many names at a time, and says or does something else about more. */
enum manner { SAYS_TOO_BIG, SAYS_GEN_ERR, CUTS, IS_SILENT };

static int get_all(struct op_bed *bed, int limit, enum manner manner)
{
    for (int pdus = 1; pdus < 1000; pdus++) {
        ask(bed);
        int count = answer_names(bed, manner == SAYS_TOO_BIG || manner == SAYS_GEN_ERR ? 0 : limit);
        bool done = false;
        if (count <= limit || manner == CUTS) {
            snmp_message_start(&bed->answer);
            (void)answer_names(bed, limit);
            done = finish(bed, 0, 0);
        } else if (manner == IS_SILENT) {
            zsnmp_op_shrink(bed->request);
        } else {
            done = finish(bed, manner == SAYS_TOO_BIG ? 1 : 5, 0);
        }
        if (done) {
            return pdus;
        }
    }
    return 0;
}

Test(pool_op, a_get_of_more_than_fits)
{
    for (int i = 0; i < 16; i++) {
        enum manner manner = (enum manner)(i % 4);
        int limit = i < 4 ? 1 : i < 8 ? 10 : i < 12 ? 49 : 50;
        struct op_bed *bed = new_get(ZSNMP_V2C, 50);
        begin(bed);
        int pdus = get_all(bed, limit, manner);
        cr_assert(pdus > 0 && pdus <= 2 * (50 / limit) + 12, "%d of %d: %d", i, limit, pdus);
        check_all(bed, 50);
        bool once = manner == IS_SILENT && limit == 49; /* a packet that was lost, perhaps */
        cr_assert_eq(bed->request->reply.quirks != 0,
                     limit < 50 && manner != SAYS_GEN_ERR && !once);
        destroy(&bed);
    }
}

Test(pool_op, the_next_get_knows_how_many_fit)
{
    struct op_bed *bed = new_get(ZSNMP_V2C, 50);
    begin(bed);
    cr_assert(get_all(bed, 10, SAYS_TOO_BIG) > 0);
    bed->request->reply.count = 0;
    bed->request->reply.varbinds.len = 0;
    begin(bed);
    cr_assert_leq(get_all(bed, 10, SAYS_TOO_BIG), 6);
    destroy(&bed);
}

Test(pool_op, one_name_that_fails_is_found)
{
    struct op_bed *bed = new_get(ZSNMP_V2C, 20);
    bool done = false;
    begin(bed);
    for (int i = 0; i < 100 && !done; i++) {
        bool bad = false;
        ask(bed);
        for (const struct zsnmp_item *item = bed->pdu.items; item != bed->pdu.end;
             item = item->next) {
            bad |= item->oid[item->oid_len - 1] == 13;
        }
        (void)answer_names(bed, bad ? 0 : 20);
        done = finish(bed, bad ? 5 : 0, 0);
    }
    cr_assert(done);
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    cr_assert_eq(zsnmp_reply_error_index(&bed->request->reply), 13);
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 12);
    cr_assert_eq(bed->device.get.bad, 0, "other names are not to blame");
    destroy(&bed);
}

/* Names that version 1 does not have, each named by an error of its own. */
static void get_v1(struct op_bed *bed, uint64_t lacks)
{
    for (int pdus = 0; pdus < 100; pdus++) {
        int place = 0;
        int index = 0;
        ask(bed);
        for (const struct zsnmp_item *item = bed->pdu.items; item != bed->pdu.end;
             item = item->next) {
            place += !item->missing;
            if (index == 0 && !item->missing && (lacks >> item->oid[item->oid_len - 1] & 1) != 0) {
                index = place;
            }
        }
        (void)answer_names(bed, index == 0 ? 100 : 0);
        if (finish(bed, index == 0 ? 0 : 2, index)) {
            return;
        }
    }
    cr_assert_fail("it does not end");
}

Test(pool_op, version_1_without_some_of_the_names)
{
    static const uint64_t lacks[] = {
        0, 1u << 1, 1u << 8, 1u << 3 | 1u << 4, 0x1ffu & ~(1u << 8), 0x1ff & ~(1u << 5)};
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
        struct op_bed *bed = new_get(ZSNMP_V1, 8);
        zsnmp_varbind_t vb;
        size_t at = 0;
        begin(bed);
        get_v1(bed, lacks[i]);
        check_all(bed, 8);
        for (uint32_t n = 1; n <= 8; n++) {
            bool lacking = (lacks[i] >> n & 1) != 0;
            cr_assert(zsnmp_reply_varbind(&bed->request->reply, &at, &vb));
            cr_assert_eq(vb.type, lacking ? ZSNMP_NO_SUCH_INSTANCE : ZSNMP_INTEGER, "%zu: %u", i,
                         n);
        }
        destroy(&bed);
    }
}

Test(pool_op, version_1_without_any_of_the_names)
{
    struct op_bed *bed = new_get(ZSNMP_V1, 8);
    begin(bed);
    get_v1(bed, 0x1ff);
    cr_assert_eq(bed->request->run.err, ZSNMP_E_NO_SUCH_NAME);
    cr_assert_eq(zsnmp_reply_error_index(&bed->request->reply), 1);
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 0);
    destroy(&bed);
}

Test(pool_op, an_answer_to_something_else)
{
    struct op_bed *bed = new_get(ZSNMP_V2C, 3);
    begin(bed);
    ask(bed);
    row(bed, NAME "1");
    row(bed, NAME "7");
    row(bed, NAME "3");
    cr_assert(finish(bed, 0, 0));
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    cr_assert_eq(zsnmp_reply_error_index(&bed->request->reply), 2);
    cr_assert_eq(zsnmp_reply_count(&bed->request->reply), 3, "it is shown all the same");
    cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_WRONG_NAME);
    destroy(&bed);
}

Test(pool_op, no_varbinds_at_all)
{
    struct op_bed *bed = new_get(ZSNMP_V2C, 4);
    bool done = false;
    begin(bed);
    for (int i = 0; i < 4 && !done; i++) {
        ask(bed);
        done = finish(bed, 0, 0);
    }
    cr_assert(done, "or it would never end");
    cr_assert_eq(bed->request->run.err, ZSNMP_E_GEN_ERR);
    cr_assert_eq(bed->request->reply.quirks, 1u << ZSNMP_QUIRK_EMPTY);
    destroy(&bed);
}
