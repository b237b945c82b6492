// Patch 0012: s_snmp_errno tells why the security model refused a message.
#include "util.h"

static const u_char KEY[KEY_LENGTH] = "the key............";
static const u_char OTHER_KEY[KEY_LENGTH] = "another key........";

// Has a GET answered with boots and time of the engine's choice, under a key; why it was refused.
static int refusal(void *sessp, struct wire *wire, const u_char *key, u_char boots, u_char time)
{
    struct seen seen = {0};
    long reqid = send_get(sessp, count_callback, &seen);
    struct v3_message m;
    size_t size;
    u_char *reply;

    CHECK(reqid);
    reply = answer_v3(wire, &size, key);
    m = dissect(reply);
    *element_at(m.boots).value = boots;
    *element_at(m.time).value = time;
    sign(reply, size, key);
    (void)deliver(sessp, reply, size);
    if (seen.received == 1) {
        return 0;
    }
    CHECK(netsnmp_sess_cancel(sessp, reqid) == 1);
    return snmp_sess_session(sessp)->s_snmp_errno;
}

int main(void)
{
    struct wire wire = {0};
    struct v3 how = {.name = "operator",
                     .level = SNMP_SEC_LEVEL_AUTHNOPRIV,
                     .engine = ENGINE_A,
                     .engine_length = sizeof(ENGINE_A),
                     .auth_key = KEY,
                     .flags = SNMP_FLAGS_SESSION_USER};
    void *sessp;

    library_init();
    sessp = open_v3(&wire, &how);
    CHECK(refusal(sessp, &wire, KEY, 90, 90) == 0);
    CHECK(refusal(sessp, &wire, KEY, 2, 5) == SNMPERR_USM_NOTINTIMEWINDOW);
    CHECK(refusal(sessp, &wire, OTHER_KEY, 2, 5) == SNMPERR_USM_AUTHENTICATIONFAILURE);
    CHECK(refusal(sessp, &wire, KEY, 90, 91) == 0);
    CHECK(snmp_sess_close(sessp));
    return 0;
}
