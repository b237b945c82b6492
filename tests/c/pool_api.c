/*
 * The public C API as a program uses it: every operation, version and way to end, against a
 * simulator. Includes zsnmp.h and nothing else of ours.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "help.h"
#include "zsnmp.h"

#define SYS_DESCR "1.3.6.1.2.1.1.1.0"
#define SYS_NAME "1.3.6.1.2.1.1.5.0"
#define SYS_CONTACT "1.3.6.1.2.1.1.4.0"
#define IF_TABLE "1.3.6.1.2.1.2.2"
#define DEAD "127.0.9.9"
#define INTERFACES 8

static struct sim sim;

/* What a callback saw. */
struct box {
    _Atomic int calls;
    zsnmp_err_t err;
    uint32_t error_index;
    zsnmp_sent_t sent;
    zsnmp_stop_t stop;
    bool complete;
    uint32_t tries;
    size_t count;
    uint32_t next[ZSNMP_OID_MAX];
    size_t next_len;
    char first[300]; /* the first varbind, as text */
};

static void keep(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct box *box = arg;
    const uint32_t *next = NULL;
    zsnmp_varbind_t vb;
    size_t at = 0;
    size_t seen = 0;
    (void)request;
    box->err = zsnmp_reply_error(reply);
    box->error_index = zsnmp_reply_error_index(reply);
    box->sent = zsnmp_reply_sent(reply);
    box->stop = zsnmp_reply_stop(reply);
    box->complete = zsnmp_reply_complete(reply);
    box->tries = zsnmp_reply_tries(reply);
    box->count = zsnmp_reply_count(reply);
    box->next_len = zsnmp_reply_next(reply, &next);
    for (size_t i = 0; i < box->next_len; i++) {
        box->next[i] = next[i];
    }
    CHECK(zsnmp_reply_message(reply) != NULL);
    while (zsnmp_reply_varbind(reply, &at, &vb)) {
        if (seen++ == 0) {
            zsnmp_varbind_print(&vb, box->first, sizeof box->first);
        }
    }
    CHECK_EQ(seen, box->count);
    CHECK((zsnmp_reply_rtt_us(reply) > 0) == (box->sent == ZSNMP_SENT_YES));
    atomic_fetch_add(&box->calls, 1);
}

static zsnmp_pool_t *new_pool(void)
{
    zsnmp_pool_options_t options;
    zsnmp_err_t err = ZSNMP_E_INTERNAL;
    zsnmp_pool_options_init(&options);
    options.workers = 2;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, &err);
    CHECK(pool != NULL);
    CHECK_EQ(err, ZSNMP_OK);
    return pool;
}

static zsnmp_request_t *new_request(zsnmp_op_t op, const char *host, const char *oid)
{
    char peer[80];
    zsnmp_request_t *request = zsnmp_request_new(op, sim_peer(&sim, host, peer));
    CHECK(request != NULL);
    /* Patient: the machine may be slow, and nothing here is about time. */
    CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS / 4, 1), ZSNMP_OK);
    if (oid != NULL) {
        CHECK_EQ(zsnmp_request_add_oid_str(request, oid), ZSNMP_OK);
    }
    return request;
}

static void submit(zsnmp_pool_t *pool, zsnmp_request_t *request, struct box *box)
{
    CHECK_EQ(zsnmp_pool_submit(pool, request, keep, box, NULL), ZSNMP_OK);
}

/* Submits, waits and returns what came. */
static struct box ask(zsnmp_pool_t *pool, zsnmp_request_t *request)
{
    struct box box = {0};
    submit(pool, request, &box);
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    CHECK_EQ(box.calls, 1);
    return box;
}

/* ---- options ---- */

static void check_refused(const zsnmp_pool_options_t *options)
{
    zsnmp_err_t err = ZSNMP_OK;
    CHECK(zsnmp_pool_new(options, &err) == NULL);
    CHECK_EQ(err, ZSNMP_E_BAD_REQUEST);
    CHECK(zsnmp_pool_new(options, NULL) == NULL);
}

static void bad_options(void)
{
    zsnmp_pool_options_t good;
    zsnmp_pool_options_init(&good);
#define REFUSED(field, value)                                                                      \
    do {                                                                                           \
        zsnmp_pool_options_t bad = good;                                                           \
        bad.field = (value);                                                                       \
        check_refused(&bad);                                                                       \
    } while (0)
    REFUSED(workers, 65);
    REFUSED(workers, UINT32_MAX);
    REFUSED(sockets, 0);
    REFUSED(sockets, 33);
    REFUSED(rcvbuf, 0);
    REFUSED(queue_max, 0);
    REFUSED(device_window, 0);
    REFUSED(device_queue_max, 0);
    REFUSED(devices_max, 0);
    REFUSED(walk_repetitions, 0);
    REFUSED(reply_max, 0);
    REFUSED(dns_timeout_ms, 0);
#undef REFUSED
    zsnmp_pool_t *none = NULL;
    zsnmp_pool_destroy(&none);
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, NULL);
    CHECK(pool != NULL);
    zsnmp_pool_destroy(&pool);
    CHECK(pool == NULL);
}

/* ---- requests that are refused stay the caller's ---- */

static void refused(zsnmp_pool_t *pool, zsnmp_request_t *request, zsnmp_err_t want)
{
    struct box box = {0};
    CHECK_EQ(zsnmp_pool_submit(pool, request, keep, &box, NULL), want);
    CHECK_EQ(box.calls, 0);
    zsnmp_request_destroy(&request);
    CHECK(request == NULL);
}

static void bad_requests(void)
{
    static const char *const peers[] = {":", "127.0.0.1:0", "127.0.0.1:65536", "[::1"};
    zsnmp_pool_t *pool = new_pool();
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, peers[i]);
        CHECK(request != NULL);
        CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_NAME), ZSNMP_OK);
        refused(pool, request, ZSNMP_E_BAD_ADDRESS);
    }
    refused(pool, new_request(ZSNMP_GET, "127.0.0.1", NULL), ZSNMP_E_BAD_REQUEST);
    refused(pool, new_request(ZSNMP_GET, "a b", SYS_NAME), ZSNMP_E_BAD_REQUEST);
    refused(pool, new_request(ZSNMP_SET, "127.0.0.1", NULL), ZSNMP_E_BAD_REQUEST);
    zsnmp_request_t *request = new_request(ZSNMP_GET_BULK, "127.0.0.1", SYS_NAME);
    CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    refused(pool, request, ZSNMP_E_BAD_REQUEST);
    request = new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME);
    CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V3), ZSNMP_OK);
    refused(pool, request, ZSNMP_E_BAD_REQUEST);
    request = new_request(ZSNMP_GET, "127.0.0.1", NULL);
    CHECK_EQ(zsnmp_request_add_oid_str(request, "no oid"), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_add_oid(request, NULL, 0), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_set_auth(request, ZSNMP_AUTH_MD5, "short"), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_set_timeout(request, 0, 101), ZSNMP_E_BAD_REQUEST);
    for (unsigned i = 0; i < ZSNMP_VARBINDS_MAX; i++) {
        CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_NAME), ZSNMP_OK);
    }
    CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_NAME), ZSNMP_E_TOO_LARGE);
    zsnmp_request_destroy(&request);
    zsnmp_pool_destroy(&pool);
}

/* ---- operations ---- */

static void gets(void)
{
    static const char *const peers[] = {"127.0.0.1", "udp:127.1.2.3", "tcp:127.0.0.1", "udp6:[::1]",
                                        "[::1]",     "localhost",     "udp:localhost"};
    zsnmp_pool_t *pool = new_pool();
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        struct box box = ask(pool, new_request(ZSNMP_GET, peers[i], SYS_DESCR));
        CHECK_EQ(box.err, ZSNMP_OK);
        CHECK_EQ(box.count, 1);
        CHECK_EQ(box.sent, ZSNMP_SENT_YES);
        CHECK_EQ(box.stop, ZSNMP_STOP_NONE);
        CHECK(strncmp(box.first, "STRING: ", 8) == 0);
    }
    zsnmp_request_t *request = new_request(ZSNMP_GET, "127.0.0.1", SYS_DESCR);
    CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    CHECK_EQ(ask(pool, request).err, ZSNMP_OK);
    request = new_request(ZSNMP_GET, "127.0.0.1", SYS_DESCR);
    CHECK_EQ(zsnmp_request_add_oid_str(request, "1.3.6.1.2.1.1.99.0"), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    struct box box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_OK);
    CHECK_EQ(box.count, 2);
    CHECK(strncmp(box.first, "STRING: ", 8) == 0);
    request = new_request(ZSNMP_GET, "127.0.0.1", "1.3.6.1.2.1.1.99.0");
    CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_E_NO_SUCH_NAME);
    CHECK_EQ(box.error_index, 1);
    box = ask(pool, new_request(ZSNMP_GET_NEXT, "127.0.0.1", "1.3.6.1.2.1.1.4"));
    CHECK_EQ(box.err, ZSNMP_OK);
    request = new_request(ZSNMP_GET_BULK, "127.0.0.1", "1.3.6.1.2.1.2.2.1.1");
    CHECK_EQ(zsnmp_request_set_bulk(request, 0, 5), ZSNMP_OK);
    box = ask(pool, request);
    CHECK_EQ(box.count, 5);
    CHECK(strcmp(box.first, "INTEGER: 1") == 0);
    zsnmp_pool_destroy(&pool);
}

static void check_column(zsnmp_pool_t *pool, zsnmp_version_t version, bool bulk, const char *host)
{
    zsnmp_request_t *request = new_request(ZSNMP_WALK, host, "1.3.6.1.2.1.2.2.1.1");
    CHECK_EQ(zsnmp_request_set_version(request, version), ZSNMP_OK);
    zsnmp_request_set_walk_bulk(request, bulk);
    struct box box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_OK);
    CHECK_EQ(box.count, INTERFACES);
    CHECK_EQ(box.stop, ZSNMP_STOP_OUT_OF_TREE);
    CHECK(box.complete);
    CHECK_EQ(box.next_len, 0);
}

struct rows {
    size_t count;
    size_t parts;
    size_t most; /* parts, then it is enough */
};

static bool take_rows(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct box *box = arg; /* of the request, behind which the rows are */
    struct rows *rows = (struct rows *)(box + 1);
    (void)request;
    CHECK_EQ(zsnmp_reply_count(reply), 37);
    CHECK_EQ(zsnmp_reply_error(reply), ZSNMP_OK);
    rows->count += zsnmp_reply_count(reply);
    return ++rows->parts < rows->most;
}

static void walk_in_parts(zsnmp_pool_t *pool, size_t count)
{
    struct {
        struct box box;
        struct rows rows;
    } streamed = {.rows.most = SIZE_MAX};
    zsnmp_request_t *request = new_request(ZSNMP_WALK, "127.0.0.1", "1.3.6.1.2.1");
    CHECK_EQ(zsnmp_request_set_stream(request, 0, take_rows), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_set_stream(request, 37, NULL), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_set_stream(request, 37, take_rows), ZSNMP_OK);
    submit(pool, request, &streamed.box);
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    CHECK(streamed.box.err == ZSNMP_OK && streamed.box.complete);
    CHECK_EQ(streamed.rows.count + streamed.box.count, count);

    streamed.rows = (struct rows){.most = 2};
    streamed.box = (struct box){0};
    request = new_request(ZSNMP_WALK, "127.0.0.1", "1.3.6.1.2.1");
    CHECK_EQ(zsnmp_request_set_stream(request, 37, take_rows), ZSNMP_OK);
    submit(pool, request, &streamed.box);
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    CHECK_EQ(streamed.box.err, ZSNMP_E_CANCELLED);
    CHECK_EQ(streamed.rows.parts, 2);
}

static void walks(void)
{
    zsnmp_pool_t *pool = new_pool();
    check_column(pool, ZSNMP_V1, true, "127.0.0.1");
    check_column(pool, ZSNMP_V2C, true, "127.0.0.1");
    check_column(pool, ZSNMP_V2C, false, "127.0.0.1");
    check_column(pool, ZSNMP_V2C, true, "tcp:127.0.0.1");
    struct box whole = ask(pool, new_request(ZSNMP_WALK, "127.0.0.1", "1.3.6.1.2.1"));
    CHECK_EQ(whole.err, ZSNMP_OK);
    CHECK(whole.complete);
    /* The same in parts, each of which goes on where the one before was cut off. */
    struct box part = {0};
    size_t count = 0;
    for (int parts = 0; !part.complete && parts < 1000; parts++) {
        zsnmp_request_t *request = new_request(ZSNMP_WALK, "127.0.0.1", "1.3.6.1.2.1");
        zsnmp_request_set_limit(request, 37);
        if (part.next_len > 0) {
            CHECK_EQ(zsnmp_request_set_start(request, part.next, part.next_len), ZSNMP_OK);
        }
        part = ask(pool, request);
        CHECK_EQ(part.err, ZSNMP_OK);
        CHECK(part.complete || (part.stop == ZSNMP_STOP_LIMIT && part.count == 37));
        count += part.count;
    }
    CHECK_EQ(count, whole.count);
    walk_in_parts(pool, whole.count);
    zsnmp_pool_destroy(&pool);
}

static void set_contact(zsnmp_pool_t *pool, const char *community, const char *oid, char type,
                        const char *value, zsnmp_err_t want)
{
    zsnmp_request_t *request = new_request(ZSNMP_SET, "127.0.0.1", NULL);
    CHECK_EQ(zsnmp_request_set_community(request, community, strlen(community)), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_add_set(request, oid, type, value), ZSNMP_OK);
    struct box box = ask(pool, request);
    CHECK_EQ(box.err, want);
    CHECK_EQ(box.error_index, want == ZSNMP_OK ? 0 : 1);
    CHECK_EQ(box.sent, ZSNMP_SENT_YES);
}

static void sets(void)
{
    zsnmp_pool_t *pool = new_pool();
    set_contact(pool, "private", SYS_CONTACT, 's', "somebody else", ZSNMP_OK);
    struct box box = ask(pool, new_request(ZSNMP_GET, "127.0.0.1", SYS_CONTACT));
    CHECK(strcmp(box.first, "STRING: \"somebody else\"") == 0);
    set_contact(pool, "private", SYS_CONTACT, 'i', "5", ZSNMP_E_WRONG_TYPE);
    set_contact(pool, "private", SYS_DESCR, 's', "x", ZSNMP_E_NOT_WRITABLE);
    set_contact(pool, "public", SYS_CONTACT, 's', "x", ZSNMP_E_NO_ACCESS);
    zsnmp_request_t *request = new_request(ZSNMP_SET, "127.0.0.1", NULL);
    CHECK_EQ(zsnmp_request_add_set(request, SYS_CONTACT, '?', "x"), ZSNMP_E_BAD_REQUEST);
    CHECK_EQ(zsnmp_request_add_set(request, SYS_CONTACT, 'i', "x"), ZSNMP_E_BAD_REQUEST);
    zsnmp_request_destroy(&request);
    zsnmp_pool_destroy(&pool);
}

static zsnmp_request_t *new_v3(const char *user, zsnmp_auth_t auth, const char *auth_pass,
                               zsnmp_priv_t priv, const char *priv_pass)
{
    zsnmp_request_t *request = new_request(ZSNMP_GET, "127.0.0.1", SYS_DESCR);
    CHECK_EQ(zsnmp_request_set_user(request, user), ZSNMP_OK);
    if (auth_pass != NULL) {
        CHECK_EQ(zsnmp_request_set_auth(request, auth, auth_pass), ZSNMP_OK);
    }
    if (priv_pass != NULL) {
        CHECK_EQ(zsnmp_request_set_priv(request, priv, priv_pass), ZSNMP_OK);
    }
    return request;
}

static zsnmp_request_t *impatient(zsnmp_request_t *request)
{
    CHECK_EQ(zsnmp_request_set_timeout(request, 200, 0), ZSNMP_OK);
    return request;
}

static void v3(void)
{
    zsnmp_pool_t *pool = new_pool();
    CHECK_EQ(ask(pool, new_v3("noauth", 0, NULL, 0, NULL)).err, ZSNMP_OK);
    CHECK_EQ(ask(pool, new_v3("md5", ZSNMP_AUTH_MD5, "authpass-md5", 0, NULL)).err, ZSNMP_OK);
    CHECK_EQ(ask(pool, new_v3("sha256-aes256", ZSNMP_AUTH_SHA256, "authpass-sha256",
                              ZSNMP_PRIV_AES256, "privpass-aes256"))
                 .err,
             ZSNMP_OK);
    CHECK_EQ(ask(pool, new_v3("sha512-aes192c", ZSNMP_AUTH_SHA512, "authpass-sha512",
                              ZSNMP_PRIV_AES192C, "privpass-aes192c"))
                 .err,
             ZSNMP_OK);
    CHECK_EQ(ask(pool, impatient(new_v3("nobody", 0, NULL, 0, NULL))).err, ZSNMP_E_UNKNOWN_USER);
    CHECK_EQ(ask(pool, impatient(new_v3("sha", ZSNMP_AUTH_SHA, "not the one", 0, NULL))).err,
             ZSNMP_E_WRONG_DIGEST);
    zsnmp_request_t *request = new_v3("noauth", 0, NULL, 0, NULL);
    CHECK_EQ(zsnmp_request_set_context(request, "other"), ZSNMP_OK);
    struct box box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_OK);
    CHECK(strstr(box.first, "context other") != NULL);
    request = impatient(new_v3("noauth", 0, NULL, 0, NULL));
    CHECK_EQ(zsnmp_request_set_context(request, "nowhere"), ZSNMP_OK);
    CHECK_EQ(ask(pool, request).err, ZSNMP_E_UNKNOWN_CONTEXT);
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    CHECK_EQ(stats.hook_trips, 0);
    CHECK_EQ(stats.v3_probes, 1); /* one device */
    CHECK(stats.v3_keys_derived >= 5);
    zsnmp_pool_destroy(&pool);
}

/* ---- ends ---- */

static void timeouts_and_deadlines(void)
{
    zsnmp_pool_t *pool = new_pool();
    zsnmp_request_t *request = new_request(ZSNMP_GET, DEAD, SYS_NAME);
    CHECK_EQ(zsnmp_request_set_timeout(request, 20, 2), ZSNMP_OK);
    struct box box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_E_TIMEOUT);
    CHECK_EQ(box.tries, 3);
    CHECK_EQ(box.sent, ZSNMP_SENT_MAYBE);
    request = new_request(ZSNMP_WALK, DEAD, SYS_NAME);
    CHECK_EQ(zsnmp_request_set_timeout(request, 20, 0), ZSNMP_OK);
    box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_E_TIMEOUT);
    CHECK_EQ(box.stop, ZSNMP_STOP_TIMEOUT);
    CHECK(!box.complete);
    request = new_request(ZSNMP_GET, DEAD, SYS_NAME);
    zsnmp_request_set_deadline(request, 30);
    box = ask(pool, request);
    CHECK_EQ(box.err, ZSNMP_E_DEADLINE);
    zsnmp_pool_destroy(&pool);
}

static void cancels(void)
{
    enum { MANY = 50 };
    zsnmp_pool_t *pool = new_pool();
    static struct box boxes[MANY];
    uint64_t handles[MANY];
    for (int i = 0; i < MANY; i++) { /* some in flight, most in the lane */
        zsnmp_request_t *request = new_request(ZSNMP_GET, DEAD, SYS_NAME);
        CHECK_EQ(zsnmp_pool_submit(pool, request, keep, &boxes[i], &handles[i]), ZSNMP_OK);
        CHECK(handles[i] != 0);
    }
    for (int i = MANY - 1; i >= 0; i--) {
        CHECK_EQ(zsnmp_pool_cancel(pool, handles[i]), ZSNMP_OK);
        CHECK_EQ(zsnmp_pool_cancel(pool, handles[i]), ZSNMP_OK);
    }
    CHECK_EQ(zsnmp_pool_cancel(pool, 0), ZSNMP_OK);
    CHECK_EQ(zsnmp_pool_cancel(pool, UINT64_MAX), ZSNMP_OK);
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, 1);
        CHECK_EQ(boxes[i].err, ZSNMP_E_CANCELLED);
    }
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    CHECK_EQ(stats.requests_cancelled, MANY);
    CHECK_EQ(stats.requests_in_flight, 0);
    CHECK_EQ(stats.requests_queued, 0);
    zsnmp_pool_destroy(&pool);
}

static void stop_with_requests_in_flight(bool by_destroy)
{
    enum { MANY = 60 };
    zsnmp_pool_t *pool = new_pool();
    static struct box boxes[MANY];
    memset(boxes, 0, sizeof boxes);
    for (int i = 0; i < MANY; i++) {
        const char *hosts[] = {DEAD, "tcp:" DEAD, "127.0.9.10"};
        zsnmp_request_t *request = i % 4 == 3 ? new_request(ZSNMP_WALK, DEAD, SYS_NAME)
                                              : new_request(ZSNMP_GET, hosts[i % 3], SYS_NAME);
        if (i % 5 == 0) { /* waits for its engine id, or for its key */
            CHECK_EQ(zsnmp_request_set_user(request, "md5"), ZSNMP_OK);
            CHECK_EQ(zsnmp_request_set_auth(request, ZSNMP_AUTH_MD5, "authpass-md5"), ZSNMP_OK);
        }
        submit(pool, request, &boxes[i]);
    }
    CHECK(!zsnmp_pool_drain(pool, 10));
    if (!by_destroy) {
        zsnmp_pool_stop(pool, 20);
        zsnmp_pool_stop(pool, 20); /* returns at once */
        CHECK(zsnmp_pool_drain(pool, 0));
        refused(pool, new_request(ZSNMP_GET, DEAD, SYS_NAME), ZSNMP_E_SHUTTING_DOWN);
        CHECK_EQ(zsnmp_pool_cancel(pool, 1), ZSNMP_OK);
    }
    zsnmp_pool_destroy(&pool);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, 1);
        CHECK(boxes[i].err == ZSNMP_E_SHUTTING_DOWN || boxes[i].err == ZSNMP_E_UNREACHABLE ||
              boxes[i].err == ZSNMP_E_TIMEOUT);
    }
}

/* What can still be answered within the grace time is answered. */
static void stop_with_grace(void)
{
    enum { MANY = 200 };
    zsnmp_pool_t *pool = new_pool();
    static struct box boxes[MANY];
    for (int i = 0; i < MANY; i++) {
        submit(pool, new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME), &boxes[i]);
    }
    zsnmp_pool_stop(pool, PATIENCE_MS);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, 1);
        CHECK_EQ(boxes[i].err, ZSNMP_OK);
    }
    zsnmp_pool_destroy(&pool);
}

static void queue_full(void)
{
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    options.queue_max = 10;
    options.device_queue_max = 5;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    static struct box boxes[10];
    for (int i = 0; i < 10; i++) {
        submit(pool, new_request(ZSNMP_GET, i < 5 ? DEAD : "127.0.9.10", SYS_NAME), &boxes[i]);
    }
    refused(pool, new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME), ZSNMP_E_QUEUE_FULL);
    zsnmp_pool_destroy(&pool);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(boxes[i].calls, 1);
    }
}

/* ---- threads and callbacks ---- */

#define THREADS 4
#define EACH 500

struct feeder {
    zsnmp_pool_t *pool;
    struct box *boxes;
    int number;
};

static void *feed(void *arg)
{
    struct feeder *self = arg;
    for (int i = 0; i < EACH; i++) {
        char host[40];
        snprintf(host, sizeof host, "127.%d.%d.1", self->number, i % 100);
        submit(self->pool, new_request(ZSNMP_GET, host, SYS_NAME), &self->boxes[i]);
    }
    return NULL;
}

static void several_threads(void)
{
    static struct box boxes[THREADS][EACH];
    struct feeder feeders[THREADS];
    pthread_t threads[THREADS];
    zsnmp_pool_t *pool = new_pool();
    for (int i = 0; i < THREADS; i++) {
        feeders[i] = (struct feeder){.pool = pool, .boxes = boxes[i], .number = i + 1};
        CHECK_EQ(pthread_create(&threads[i], NULL, feed, &feeders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(zsnmp_pool_drain(pool, PATIENCE_MS));
    for (int i = 0; i < THREADS * EACH; i++) {
        CHECK_EQ(boxes[i / EACH][i % EACH].calls, 1);
        CHECK_EQ(boxes[i / EACH][i % EACH].err, ZSNMP_OK);
    }
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    CHECK_EQ(stats.requests_accepted, THREADS * EACH);
    CHECK_EQ(stats.requests_ok, THREADS * EACH);
    CHECK_EQ(stats.requests_failed, 0);
    CHECK_EQ(stats.varbinds, THREADS * EACH);
    CHECK_EQ(stats.devices, THREADS * 100);
    CHECK(stats.packets_sent + stats.requests_merged >= THREADS * EACH);
    CHECK(stats.packets_received + stats.requests_merged >= THREADS * EACH);
    zsnmp_pool_destroy(&pool);
}

struct relay {
    zsnmp_pool_t *pool;
    _Atomic int left;
    _Atomic int calls;
    _Atomic int refused;
    uint64_t dead; /* a request to a dead device, to be cancelled by the last callback */
};

static void pass_on(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct relay *relay = arg;
    (void)request;
    CHECK_EQ(zsnmp_reply_error(reply), ZSNMP_OK);
    atomic_fetch_add(&relay->calls, 1);
    if (atomic_fetch_sub(&relay->left, 1) <= 0) {
        CHECK_EQ(zsnmp_pool_cancel(relay->pool, relay->dead), ZSNMP_OK);
        return;
    }
    zsnmp_request_t *next = new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME);
    CHECK_EQ(zsnmp_pool_submit(relay->pool, next, pass_on, relay, NULL), ZSNMP_OK);
}

static void from_callbacks(void)
{
    struct relay relay = {.pool = new_pool(), .left = 300};
    static struct box box;
    zsnmp_request_t *dead = new_request(ZSNMP_GET, DEAD, SYS_NAME);
    CHECK_EQ(zsnmp_pool_submit(relay.pool, dead, keep, &box, &relay.dead), ZSNMP_OK);
    zsnmp_request_t *first = new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME);
    CHECK_EQ(zsnmp_pool_submit(relay.pool, first, pass_on, &relay, NULL), ZSNMP_OK);
    CHECK(zsnmp_pool_drain(relay.pool, PATIENCE_MS));
    CHECK_EQ(relay.calls, 301);
    CHECK_EQ(box.calls, 1);
    CHECK_EQ(box.err, ZSNMP_E_CANCELLED);
    zsnmp_pool_destroy(&relay.pool);
}

static void try_again(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct relay *relay = arg;
    (void)request;
    (void)reply;
    atomic_fetch_add(&relay->calls, 1);
    zsnmp_request_t *next = new_request(ZSNMP_GET, DEAD, SYS_NAME);
    zsnmp_err_t err = zsnmp_pool_submit(relay->pool, next, try_again, relay, NULL);
    if (err != ZSNMP_OK) {
        CHECK_EQ(err, ZSNMP_E_SHUTTING_DOWN);
        zsnmp_request_destroy(&next);
        atomic_fetch_add(&relay->refused, 1);
    }
}

/* A callback that always tries again does not keep a pool from stopping. */
static void callbacks_that_race_with_the_end(void)
{
    struct relay relay = {.pool = new_pool()};
    for (int i = 0; i < 20; i++) {
        zsnmp_request_t *request = new_request(ZSNMP_GET, DEAD, SYS_NAME);
        CHECK_EQ(zsnmp_request_set_timeout(request, 1, 0), ZSNMP_OK);
        CHECK_EQ(zsnmp_pool_submit(relay.pool, request, try_again, &relay, NULL), ZSNMP_OK);
    }
    zsnmp_pool_stop(relay.pool, 30);
    CHECK_EQ(relay.refused, 20);
    CHECK(relay.calls >= 20);
    zsnmp_pool_destroy(&relay.pool);
}

/* ---- names ---- */

static void names(void)
{
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    options.dns_servers = "127.0.9.9:9"; /* nobody answers there */
    options.dns_timeout_ms = 200;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    struct box box = ask(pool, new_request(ZSNMP_GET, "no-such-host.invalid", SYS_NAME));
    CHECK(box.err == ZSNMP_E_BAD_ADDRESS || box.err == ZSNMP_E_UNREACHABLE);
    CHECK_EQ(box.sent, ZSNMP_SENT_NO);
    box = ask(pool, new_request(ZSNMP_GET, "127.0.0.1", SYS_NAME));
    CHECK_EQ(box.err, ZSNMP_OK);
    static struct box waiting;
    memset(&waiting, 0, sizeof waiting);
    submit(pool, new_request(ZSNMP_GET, "another-host.invalid", SYS_NAME), &waiting);
    zsnmp_pool_destroy(&pool);
    CHECK_EQ(waiting.calls, 1);
    CHECK(waiting.err != ZSNMP_OK);
}

int main(void)
{
    static const char *const arguments[] = {"--dead", "127.0.9.1-127.0.9.254", "--context", "other",
                                            NULL};
    sim = sim_start(arguments);
    bad_options();
    bad_requests();
    gets();
    walks();
    sets();
    v3();
    timeouts_and_deadlines();
    cancels();
    stop_with_requests_in_flight(false);
    stop_with_requests_in_flight(true);
    stop_with_grace();
    queue_full();
    several_threads();
    from_callbacks();
    callbacks_that_race_with_the_end();
    names();
    sim_stop(&sim);
    return 0;
}
