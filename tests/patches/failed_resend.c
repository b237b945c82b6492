// Patch 0005: a request whose resend fails is gone entirely, its memory too.
#include "util.h"

#include <malloc.h>

enum { WARM_UP = 50, ROUNDS = 200 };

static void fail_a_resend(void *sessp, struct wire *wire)
{
    struct seen seen = {0};
    struct timeval expire;

    wire->broken = false;
    CHECK(send_get(sessp, count_callback, &seen));
    wire->broken = true;
    snmp_sess_timeout(sessp);
    CHECK(seen.send_failed == 1 && seen.timed_out == 0);
    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 0);
}

int main(void)
{
    struct wire wire = {0};
    size_t before;
    size_t behind;
    void *sessp;

    library_init();
    sessp = open_v2c(&wire);
    snmp_sess_session(sessp)->timeout = -1000; // expired when it is sent
    for (int i = 0; i < WARM_UP; i++) {
        fail_a_resend(sessp, &wire);
    }
    before = mallinfo2().uordblks;
    for (int i = 0; i < ROUNDS; i++) {
        fail_a_resend(sessp, &wire);
    }
    behind = mallinfo2().uordblks;
    // One lost request is more than 100 octets; the leak checkers say it without counting.
    CHECK(behind < before + ROUNDS * 10);
    CHECK(snmp_sess_close(sessp));
    return 0;
}
