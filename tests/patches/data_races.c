// Patch 0006: threads that own their sessions share nothing that breaks. Says most when it is built
// with gcc's ThreadSanitizer; what it checks by itself are lost updates and duplicates.
#include "util.h"

#include <pthread.h>

// Of a later patch.
extern void sc_thread_cleanup(void) __attribute__((weak));

enum { THREADS = 4, ROUNDS = 400, COUNTS = 300000, SALT = 8 };

static const u_char KEY[KEY_LENGTH] = "the key of everybody";

struct worker {
    pthread_t thread;
    const char *text;
    long sessids[ROUNDS];
    u_char salts[ROUNDS][SALT];
};

static pthread_barrier_t start;

static void use_v2c(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);

    CHECK(send_get(sessp, count_callback, &seen));
    CHECK(deliver_v2c(sessp, &wire) == 0);
    CHECK(seen.received == 1);
    CHECK(snmp_sess_close(sessp));
}

static void *open_private(struct wire *wire)
{
    static const oid aes[] = {1, 3, 6, 1, 6, 3, 10, 1, 2, 4};
    struct v3 how = {.name = "u",
                     .level = SNMP_SEC_LEVEL_AUTHPRIV,
                     .engine = ENGINE_A,
                     .engine_length = sizeof(ENGINE_A),
                     .auth_key = KEY,
                     .flags = SNMP_FLAGS_SESSION_USER | SNMP_FLAGS_USER_CREATED};
    void *sessp = open_v3(wire, &how);
    netsnmp_session *session = snmp_sess_session(sessp);

    // Privacy comes after opening: the shared helper knows authentication only.
    netsnmp_sess_reset_user(session);
    SNMP_FREE(session->securityPrivProto);
    session->securityPrivProto = snmp_duplicate_objid(aes, OID_LENGTH(aes));
    session->securityPrivProtoLen = OID_LENGTH(aes);
    session->securityPrivLocalKey = (u_char *)(uintptr_t)KEY;
    session->securityPrivLocalKeyLen = 16;
    CHECK(create_user_from_session(session) == SNMPERR_SUCCESS);
    return sessp;
}

static void use_v3(struct worker *worker, int round)
{
    struct wire wire = {0};
    void *sessp = open_private(&wire);
    struct element salt;

    CHECK(send_get(sessp, NULL, NULL));
    salt = element_at(after(dissect(wire.last).digest));
    CHECK(salt.length == SALT);
    memcpy(worker->salts[round], salt.value, SALT);
    // A broken copy: error paths count and keep texts.
    wire.last[wire.length - 20] ^= 1;
    CHECK(netsnmp_sess_process_packet(sessp, wire.last, wire.length, NULL, 0) < 0);
    CHECK(snmp_api_errstring(SNMPERR_USM_AUTHENTICATIONFAILURE));
    CHECK(snmp_sess_close(sessp));
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    // All at once, and none gone before the others have begun.
    (void)pthread_barrier_wait(&start);
    worker->text = snmp_api_errstring(SNMPERR_TIMEOUT);
    for (int i = 0; i < COUNTS; i++) {
        (void)snmp_increment_statistic(STAT_SNMPSILENTDROPS);
    }

    for (int i = 0; i < ROUNDS; i++) {
        u_int boots;
        u_int time;

        worker->sessids[i] = snmp_get_next_sessid();
        (void)set_enginetime(ENGINE_B, sizeof(ENGINE_B), 1, (u_int)i, TRUE);
        (void)get_enginetime(ENGINE_B, sizeof(ENGINE_B), &boots, &time, TRUE);
        use_v2c();
        use_v3(worker, i);
    }
    (void)pthread_barrier_wait(&start);
    if (sc_thread_cleanup) {
        sc_thread_cleanup();
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    const long *x = a;
    const long *y = b;

    return (*x > *y) - (*x < *y);
}

static int compare_salts(const void *a, const void *b)
{
    return memcmp(a, b, SALT);
}

static void check_unique(struct worker *workers)
{
    static long ids[THREADS * ROUNDS];
    static u_char salts[THREADS * ROUNDS][SALT];

    for (int i = 0; i < THREADS; i++) {
        memcpy(ids + i * ROUNDS, workers[i].sessids, sizeof(workers[i].sessids));
        memcpy(salts[i * ROUNDS], workers[i].salts, sizeof(workers[i].salts));
    }
    qsort(ids, THREADS * ROUNDS, sizeof(ids[0]), compare_ids);
    qsort(salts, THREADS * ROUNDS, sizeof(salts[0]), compare_salts);
    for (int i = 1; i < THREADS * ROUNDS; i++) {
        CHECK(ids[i] != ids[i - 1]);
        CHECK(memcmp(salts[i], salts[i - 1], SALT) != 0);
    }
}

int main(void)
{
    static struct worker workers[THREADS];

    library_init();
    CHECK(pthread_barrier_init(&start, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
    }
    CHECK(snmp_get_statistic(STAT_SNMPSILENTDROPS) == THREADS * COUNTS);
    check_unique(workers);
    // An error text belongs to the thread that asked for it.
    for (int i = 1; i < THREADS; i++) {
        CHECK(workers[i].text != workers[0].text);
    }
    return 0;
}
