// Patch 0003: synchronous calls wait through the session's hook, and fail at once when it fails.
#include "util.h"

struct waiter {
    struct wire wire;
    void *sessp;
    int called;
    int result;
    bool timeout_was_set;
};

static int feed(void *sessp, int fd, const struct timeval *timeout, void *magic)
{
    struct waiter *waiter = magic;

    CHECK(sessp == waiter->sessp && fd == 0);
    waiter->called++;
    waiter->timeout_was_set = timeout->tv_sec > 0 || timeout->tv_usec > 0;
    return waiter->result;
}

static int recv_answer(netsnmp_transport *t, void *buf, int size, void **opaque, int *olength)
{
    size_t length;
    u_char *reply = answer_v2c(t->data, &length);

    CHECK((size_t)size >= length);
    memcpy(buf, reply, length);
    free(reply);
    *opaque = NULL;
    *olength = 0;
    return (int)length;
}

static void start(struct waiter *waiter, int result)
{
    memset(waiter, 0, sizeof(*waiter));
    waiter->sessp = open_v2c(&waiter->wire);
    waiter->result = result;
    CHECK(netsnmp_sess_wait(waiter->sessp) == -2);
    netsnmp_sess_set_wait_hook(waiter->sessp, feed, waiter);
    snmp_sess_transport(waiter->sessp)->f_recv = recv_answer;
}

static void test_hook_in_place_of_select(void)
{
    struct waiter waiter;
    netsnmp_pdu *response = NULL;

    start(&waiter, 1);
    CHECK(snmp_sess_synch_response(waiter.sessp, get_pdu(), &response) == STAT_SUCCESS);
    CHECK(waiter.called == 1 && waiter.timeout_was_set);
    CHECK(response && response->command == SNMP_MSG_RESPONSE);
    snmp_free_pdu(response);
    CHECK(snmp_sess_close(waiter.sessp));
}

static void test_failing_hook_ends_the_call(void)
{
    struct waiter waiter;
    netsnmp_pdu *response = NULL;
    struct timeval expire;

    start(&waiter, -1);
    errno = EINTR; // left over from whatever: must not make the library try again
    CHECK(snmp_sess_synch_response(waiter.sessp, get_pdu(), &response) == STAT_ERROR);
    CHECK(waiter.called == 1 && response == NULL);
    CHECK(netsnmp_sess_next_expiry(waiter.sessp, &expire) == 0);
    CHECK(snmp_sess_close(waiter.sessp));
}

static void test_timeout_retries(void)
{
    struct waiter waiter;
    netsnmp_pdu *response = NULL;

    start(&waiter, 0);
    snmp_sess_session(waiter.sessp)->timeout = 0;
    CHECK(snmp_sess_synch_response(waiter.sessp, get_pdu(), &response) == STAT_TIMEOUT);
    CHECK(waiter.wire.sent == 3);
    CHECK(snmp_sess_close(waiter.sessp));
}

// The synchronous engine ID discovery inside an asynchronous send runs into the hook.
static void test_hidden_discovery_trips(void)
{
    struct waiter waiter = {.result = -1};
    struct v3 how = {.name = "u", .level = SNMP_SEC_LEVEL_NOAUTH};
    struct seen seen = {0};

    waiter.sessp = open_v3(&waiter.wire, &how);
    netsnmp_sess_set_wait_hook(waiter.sessp, feed, &waiter);
    snmp_sess_session(waiter.sessp)->flags &= ~(u_long)SNMP_FLAGS_DONT_PROBE;
    CHECK(send_get(waiter.sessp, count_callback, &seen) == 0);
    CHECK(waiter.called == 1);
    CHECK(snmp_sess_close(waiter.sessp));
}

int main(void)
{
    library_init();
    test_hook_in_place_of_select();
    test_failing_hook_ends_the_call();
    test_timeout_retries();
    test_hidden_discovery_trips();
    return 0;
}
