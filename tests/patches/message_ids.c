// Patch 0007: ids cannot be guessed, and an answer to any recent try of a v3 request counts.
#include "util.h"

enum { DRAWS = 1000, TRIES = 9 };

static void check_random(long (*next)(void))
{
    int close = 0;
    int high = 0;
    long last = next();

    for (int i = 0; i < DRAWS; i++) {
        long id = next();

        CHECK(id > 0 && id <= 0x7fffffff);
        close += labs(id - last) < 1000;
        high += id > 0x40000000;
        last = id;
    }
    // By chance one in a million; sequential ids are all close. Half of all are high, give or take.
    CHECK(close < 10);
    CHECK(high > DRAWS / 4 && high < DRAWS * 3 / 4);
}

static void *open_plain(struct wire *wire)
{
    struct v3 how = {.name = "u",
                     .level = SNMP_SEC_LEVEL_NOAUTH,
                     .engine = ENGINE_A,
                     .engine_length = sizeof(ENGINE_A),
                     .flags = SNMP_FLAGS_SESSION_USER};

    return open_v3(wire, &how);
}

// All tries in turn, the first one included.
static void test_answer_to_an_earlier_try(void)
{
    for (int which = 0; which < TRIES; which++) {
        struct wire wire = {0};
        struct wire tries[TRIES];
        struct seen seen = {0};
        void *sessp = open_plain(&wire);
        long reqid = send_get(sessp, count_callback, &seen);

        tries[0] = wire;
        for (int i = 1; i < TRIES; i++) {
            CHECK(netsnmp_sess_resend(sessp, reqid) == 1);
            CHECK(message_id(&wire) != message_id(&tries[i - 1]));
            tries[i] = wire;
        }
        CHECK(deliver_v3(sessp, &tries[which], NULL) == 0);
        CHECK(seen.received == 1);
        CHECK(snmp_sess_close(sessp));
        CHECK(seen.timed_out == 0);
    }
}

static void test_report_to_an_earlier_try(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_plain(&wire);
    long reqid = send_get(sessp, count_callback, &seen);
    struct report report = {.msg_id = message_id(&wire),
                            .engine = ENGINE_A,
                            .engine_length = sizeof(ENGINE_A),
                            .user = "u",
                            .boots = 1,
                            .time = 1,
                            .arc = 4};

    CHECK(netsnmp_sess_resend(sessp, reqid) == 1);
    CHECK(deliver_report(sessp, &report) == 0);
    CHECK(seen.sec_error == 1 && seen.received == 1);
    CHECK(snmp_sess_close(sessp));
}

static void test_foreign_ids_match_nothing(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_plain(&wire);
    struct wire forged;

    CHECK(send_get(sessp, count_callback, &seen));
    forged = wire;
    // No try has this id; an unused place in the memory of ids is no match either.
    memset(element_at(dissect(forged.last).msg_id).value, 0,
           element_at(dissect(forged.last).msg_id).length);
    CHECK(deliver_v3(sessp, &forged, NULL) == 0);
    CHECK(seen.received == 0);
    CHECK(deliver_v3(sessp, &wire, NULL) == 0);
    CHECK(seen.received == 1);
    CHECK(snmp_sess_close(sessp));
}

int main(void)
{
    library_init();
    check_random(snmp_get_next_reqid);
    check_random(snmp_get_next_msgid);
    test_answer_to_an_earlier_try();
    test_report_to_an_earlier_try();
    test_foreign_ids_match_nothing();
    return 0;
}
