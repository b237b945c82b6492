// Patch 0004: a session with SNMP_FLAGS_SESSION_USER owns its USM user and its engine time.
#include "util.h"

static const u_char KEY_1[KEY_LENGTH] = "first key..........";
static const u_char KEY_2[KEY_LENGTH] = "second key.........";

static void *open_owner(struct wire *wire, const u_char *engine, const u_char *key)
{
    struct v3 how = {.name = "operator",
                     .level = key ? SNMP_SEC_LEVEL_AUTHNOPRIV : SNMP_SEC_LEVEL_NOAUTH,
                     .engine = engine,
                     .engine_length = sizeof(ENGINE_A),
                     .auth_key = key,
                     .flags = SNMP_FLAGS_SESSION_USER};

    return open_v3(wire, &how);
}

static bool is_listed(const char *name)
{
    for (struct usmUser *user = usm_get_userList(); user; user = user->next) {
        if (user->name && strcmp(user->name, name) == 0) {
            return true;
        }
    }
    return false;
}

// Sends a GET, has it answered with boots and time of the engine's choice, says whether it arrived.
static bool exchange(void *sessp, struct wire *wire, const u_char *key, u_char boots, u_char time)
{
    struct seen seen = {0};
    struct timeval expire;
    long reqid = send_get(sessp, count_callback, &seen);
    struct v3_message m;
    size_t size;
    u_char *reply;

    CHECK(reqid);
    reply = answer_v3(wire, &size, key);
    m = dissect(reply);
    CHECK(element_at(m.boots).length == 1 && element_at(m.time).length == 1);
    *element_at(m.boots).value = boots;
    *element_at(m.time).value = time;
    if (key) {
        sign(reply, size, key);
    }
    (void)deliver(sessp, reply, size);
    if (seen.received == 0) {
        CHECK(netsnmp_sess_cancel(sessp, reqid) == 1);
    }
    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 0);
    return seen.received == 1;
}

static void test_clones_with_different_keys(void)
{
    struct wire wire_1 = {0};
    struct wire wire_2 = {0};
    void *one = open_owner(&wire_1, ENGINE_A, KEY_1);
    void *two = open_owner(&wire_2, ENGINE_A, KEY_2);
    u_int boots;
    u_int time;

    // Same engine ID, same user name, nothing else in common.
    CHECK(exchange(one, &wire_1, KEY_1, 50, 100));
    CHECK(exchange(two, &wire_2, KEY_2, 3, 20));
    CHECK(exchange(one, &wire_1, KEY_1, 50, 101));
    CHECK(!exchange(one, &wire_1, KEY_2, 50, 102));
    CHECK(netsnmp_sess_get_enginetime(snmp_sess_session(one), &boots, &time) == SNMPERR_SUCCESS);
    CHECK(boots == 50 && time >= 101 && time < 120);
    CHECK(netsnmp_sess_get_enginetime(snmp_sess_session(two), &boots, &time) == SNMPERR_SUCCESS);
    CHECK(boots == 3 && time >= 20 && time < 40);
    CHECK(snmp_sess_close(one));
    CHECK(exchange(two, &wire_2, KEY_2, 3, 21));
    CHECK(snmp_sess_close(two));
}

static void test_nothing_becomes_global(void)
{
    struct wire wire = {0};
    void *sessp = open_owner(&wire, ENGINE_A, KEY_1);
    u_int boots;
    u_int time;

    CHECK(exchange(sessp, &wire, KEY_1, 7, 9));
    CHECK(!is_listed("operator"));
    CHECK(get_enginetime(ENGINE_A, sizeof(ENGINE_A), &boots, &time, FALSE) != SNMPERR_SUCCESS);
    CHECK(snmp_sess_close(sessp));
    // And without the flag everything is as it was.
    struct v3 how = {.name = "global",
                     .level = SNMP_SEC_LEVEL_AUTHNOPRIV,
                     .engine = ENGINE_B,
                     .engine_length = sizeof(ENGINE_B),
                     .auth_key = KEY_1};
    sessp = open_v3(&wire, &how);
    CHECK(exchange(sessp, &wire, KEY_1, 7, 9));
    CHECK(is_listed("global"));
    CHECK(get_enginetime(ENGINE_B, sizeof(ENGINE_B), &boots, &time, TRUE) == SNMPERR_SUCCESS);
    CHECK(boots == 7);
    CHECK(snmp_sess_close(sessp));
}

// A device that lost its boots counter is behind what was authenticated: only a reset helps.
static void test_reset_of_the_engine_time(void)
{
    struct wire wire = {0};
    void *sessp = open_owner(&wire, ENGINE_A, KEY_1);
    netsnmp_session *session = snmp_sess_session(sessp);
    u_int boots = 1;
    u_int time = 1;

    CHECK(netsnmp_sess_get_enginetime(session, &boots, &time) != SNMPERR_SUCCESS);
    CHECK(boots == 0 && time == 0);
    CHECK(exchange(sessp, &wire, KEY_1, 90, 90));
    CHECK(!exchange(sessp, &wire, KEY_1, 2, 5));
    netsnmp_sess_reset_enginetime(session);
    CHECK(exchange(sessp, &wire, KEY_1, 2, 5));
    // What was stored elsewhere can be given back; it goes out with the next message.
    CHECK(netsnmp_sess_set_enginetime(session, 100, 120, FALSE) == SNMPERR_SUCCESS);
    CHECK(netsnmp_sess_get_enginetime(session, &boots, &time) == SNMPERR_SUCCESS && boots == 2);
    CHECK(netsnmp_sess_set_enginetime(session, 100, 120, TRUE) == SNMPERR_SUCCESS);
    CHECK(send_get(sessp, NULL, NULL));
    CHECK(number_at(dissect(wire.last).boots) == 100);
    CHECK(snmp_sess_close(sessp));
}

static void test_new_credentials(void)
{
    struct wire wire = {0};
    void *sessp = open_owner(&wire, ENGINE_A, KEY_1);
    netsnmp_session *session = snmp_sess_session(sessp);

    CHECK(exchange(sessp, &wire, KEY_1, 1, 1));
    session->securityAuthLocalKey = (u_char *)(uintptr_t)KEY_2;
    CHECK(create_user_from_session(session) == SNMPERR_SUCCESS);
    CHECK(exchange(sessp, &wire, KEY_1, 1, 2));
    netsnmp_sess_reset_user(session);
    CHECK(send_get(sessp, NULL, NULL) == 0);
    CHECK(create_user_from_session(session) == SNMPERR_SUCCESS);
    CHECK(exchange(sessp, &wire, KEY_2, 1, 3));
    CHECK(!exchange(sessp, &wire, KEY_1, 1, 4));
    CHECK(snmp_sess_close(sessp));
}

// Discovery: the report names the engine and its time, although no user of that name exists yet.
static void test_discovery(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_owner(&wire, NULL, KEY_1);
    netsnmp_session *session = snmp_sess_session(sessp);
    netsnmp_pdu *probe = snmp_pdu_create(SNMP_MSG_GET);
    struct report report = {.engine = ENGINE_A,
                            .engine_length = sizeof(ENGINE_A),
                            .user = "",
                            .boots = 5,
                            .time = 60,
                            .arc = 4};
    u_int boots;
    u_int time;

    probe->version = SNMP_VERSION_3;
    probe->securityName = strdup("");
    probe->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    probe->securityModel = SNMP_SEC_MODEL_USM;
    CHECK(snmp_sess_async_send(sessp, probe, count_callback, &seen));
    report.msg_id = message_id(&wire);
    CHECK(deliver_report(sessp, &report) == 0);
    CHECK(seen.sec_error == 1 && seen.received == 1);
    CHECK(session->securityEngineIDLen == sizeof(ENGINE_A));
    CHECK(netsnmp_sess_get_enginetime(session, &boots, &time) == SNMPERR_SUCCESS && boots == 5);
    CHECK(create_user_from_session(session) == SNMPERR_SUCCESS);
    CHECK(exchange(sessp, &wire, KEY_1, 5, 61));
    CHECK(snmp_sess_close(sessp));
}

// A replaced device answers with another engine ID and our user name. The report has to arrive, but
// anybody can write one: it does not change what was authenticated.
static void test_report_of_another_engine(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_owner(&wire, ENGINE_A, KEY_1);
    netsnmp_session *session = snmp_sess_session(sessp);
    struct report report = {.engine = ENGINE_B,
                            .engine_length = sizeof(ENGINE_B),
                            .user = "operator",
                            .boots = 77,
                            .time = 70,
                            .arc = 4};
    u_int boots;
    u_int time;

    CHECK(exchange(sessp, &wire, KEY_1, 9, 9));
    CHECK(send_get(sessp, count_callback, &seen));
    report.msg_id = message_id(&wire);
    CHECK(deliver_report(sessp, &report) == 0);
    CHECK(seen.sec_error == 1 && seen.received == 1);
    CHECK(netsnmp_sess_get_enginetime(session, &boots, &time) == SNMPERR_SUCCESS && boots == 9);
    // A response is another matter: from that engine nothing is accepted.
    CHECK(exchange(sessp, &wire, KEY_1, 9, 10));
    CHECK(snmp_sess_close(sessp));
}

int main(void)
{
    library_init();
    test_clones_with_different_keys();
    test_nothing_becomes_global();
    test_reset_of_the_engine_time();
    test_new_credentials();
    test_discovery();
    test_report_of_another_engine();
    return 0;
}
