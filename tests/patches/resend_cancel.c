// Patch 0002: one outstanding request can be sent again at once, or forgotten without a callback.
#include "util.h"

static void test_resend_keeps_timer_and_retries(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    long reqid = send_get(sessp, count_callback, &seen);
    struct timeval before;
    struct timeval behind;
    u_char first[WIRE_MAX];

    CHECK(reqid && wire.sent == 1);
    memcpy(first, wire.last, wire.length);
    CHECK(netsnmp_sess_next_expiry(sessp, &before) == 1);
    // More often than the session has retries.
    for (int i = 0; i < 10; i++) {
        CHECK(netsnmp_sess_resend(sessp, reqid) == 1);
    }
    CHECK(wire.sent == 11);
    CHECK(memcmp(first, wire.last, wire.length) == 0);
    CHECK(netsnmp_sess_next_expiry(sessp, &behind) == 1);
    CHECK(timercmp(&before, &behind, ==));
    CHECK(seen.resent == 0 && seen.timed_out == 0);
    CHECK(deliver_v2c(sessp, &wire) == 0);
    CHECK(seen.received == 1);
    CHECK(netsnmp_sess_resend(sessp, reqid) == 0);
    CHECK(snmp_sess_close(sessp));
}

static void test_failed_resend_keeps_the_request(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    long reqid = send_get(sessp, count_callback, &seen);
    struct timeval expire;

    wire.broken = true;
    CHECK(netsnmp_sess_resend(sessp, reqid) == -1);
    CHECK(snmp_sess_session(sessp)->s_snmp_errno == SNMPERR_BAD_SENDTO);
    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 1);
    CHECK(seen.send_failed == 0);
    wire.broken = false;
    CHECK(netsnmp_sess_resend(sessp, reqid) == 1);
    CHECK(netsnmp_sess_resend(sessp, reqid + 1) == 0);
    CHECK(netsnmp_sess_resend(NULL, reqid) == 0);
    CHECK(snmp_sess_close(sessp));
}

static void test_cancel_calls_nobody(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    long reqid = send_get(sessp, count_callback, &seen);
    struct timeval expire;

    CHECK(netsnmp_sess_cancel(sessp, reqid) == 1);
    CHECK(netsnmp_sess_cancel(sessp, reqid) == 0);
    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 0);
    CHECK(deliver_v2c(sessp, &wire) == 0);
    CHECK(snmp_sess_close(sessp));
    CHECK(seen.received == 0 && seen.timed_out == 0 && seen.send_failed == 0);
}

struct group {
    void *sessp;
    long reqids[3];
    long self;
    int called;
};

static int cancel_the_others(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                             void *magic)
{
    struct group *group = magic;

    (void)op;
    (void)session;
    (void)reqid;
    group->called++;
    for (int i = 0; i < 3; i++) {
        if (group->reqids[i] != group->self) {
            CHECK(netsnmp_sess_cancel(group->sessp, group->reqids[i]) == 1);
        }
    }
    CHECK(pdu->variables);
    return 1;
}

// Each place in the list in turn: the neighbours that the library remembered are gone afterwards.
static void test_callback_cancels_its_neighbours(bool by_timeout)
{
    for (int which = 0; which < 3; which++) {
        struct wire wire = {0};
        struct group group = {.sessp = open_v2c(&wire)};
        struct wire sent[3];
        struct timeval expire;
        struct seen seen = {0};

        snmp_sess_session(group.sessp)->retries = 0;
        for (int i = 0; i < 3; i++) {
            snmp_sess_session(group.sessp)->timeout = by_timeout && i == which ? -1000 : 1000000;
            group.reqids[i] = send_get(group.sessp, cancel_the_others, &group);
            sent[i] = wire;
        }
        group.self = group.reqids[which];
        if (by_timeout) {
            snmp_sess_timeout(group.sessp);
        } else {
            CHECK(deliver_v2c(group.sessp, &sent[which]) == 0);
        }
        CHECK(group.called == 1);
        CHECK(netsnmp_sess_next_expiry(group.sessp, &expire) == 0);
        // The list is whole: what is sent next is found and answered.
        CHECK(send_get(group.sessp, count_callback, &seen));
        CHECK(deliver_v2c(group.sessp, &wire) == 0);
        CHECK(seen.received == 1);
        CHECK(snmp_sess_close(group.sessp));
    }
}

int main(void)
{
    library_init();
    test_resend_keeps_timer_and_retries();
    test_failed_resend_keeps_the_request();
    test_cancel_calls_nobody();
    test_callback_cancels_its_neighbours(false);
    test_callback_cancels_its_neighbours(true);
    return 0;
}
