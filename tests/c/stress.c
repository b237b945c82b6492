/*
 * Many mixed requests from several threads, among them what fails, what times out and what is
 * cancelled. Each is answered exactly once, the counters agree, and the pool stops in good order.
 * The pool remembers far fewer devices than are asked, so that sessions come and go all the time.
 *
 * usage: stress [requests]; also STRESS_REQUESTS in the environment. The long form is 100000.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "help.h"
#include "zsnmp.h"

#define REQUESTS 20000
#define THREADS 4
#define IN_FLIGHT 1000 /* of all threads: far more than a window, far less than a queue */
#define DEVICES 2000
#define REMEMBERED 400
#define WORKERS 4

/* What a request may come to. */
enum kind {
    GET_V1,
    GET_V2C,
    GET_V3,
    GET_V3_PRIV,
    GET_MANY,
    NEXT,
    BULK,
    WALK,
    WALK_NEXT,
    WALK_LIMITED,
    SET,
    SET_REFUSED,
    NO_SUCH_NAME,
    WRONG_COMMUNITY,
    WRONG_PASS,
    DEAD,
    CANCELLED,
    DEADLINE,
    TCP,
    NAME,
    KINDS
};

struct ticket {
    _Atomic int calls;
    enum kind kind;
    zsnmp_err_t err;
};

static struct sim sim;
static zsnmp_pool_t *pool;
static struct ticket *tickets;
static size_t total = REQUESTS;
static _Atomic size_t taken;
static _Atomic size_t answered;
static _Atomic uint64_t varbinds;

static void check_ok(const struct ticket *ticket, const zsnmp_reply_t *reply)
{
    size_t count = zsnmp_reply_count(reply);
    switch (ticket->kind) {
    case GET_MANY:
        CHECK_EQ(count, 20);
        break;
    case BULK:
        CHECK_EQ(count, 10);
        break;
    case WALK:
    case WALK_NEXT:
        CHECK_EQ(count, 8);
        CHECK(zsnmp_reply_complete(reply));
        break;
    case WALK_LIMITED:
        CHECK_EQ(count, 5);
        CHECK_EQ(zsnmp_reply_stop(reply), ZSNMP_STOP_LIMIT);
        break;
    default:
        CHECK_EQ(count, 1);
    }
}

static void on_done(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct ticket *ticket = arg;
    size_t at = 0;
    size_t seen = 0;
    zsnmp_varbind_t vb;
    char text[200];
    (void)request;
    ticket->err = zsnmp_reply_error(reply);
    while (zsnmp_reply_varbind(reply, &at, &vb)) {
        zsnmp_varbind_print(&vb, text, sizeof text);
        seen++;
    }
    CHECK_EQ(seen, zsnmp_reply_count(reply));
    if (ticket->err == ZSNMP_OK) {
        check_ok(ticket, reply);
    }
    atomic_fetch_add(&varbinds, seen);
    CHECK_EQ(atomic_fetch_add(&ticket->calls, 1), 0);
    atomic_fetch_add(&answered, 1);
}

static zsnmp_request_t *new_request(zsnmp_op_t op, const char *host, const char *oid)
{
    char peer[80];
    zsnmp_request_t *request = zsnmp_request_new(op, sim_peer(&sim, host, peer));
    CHECK(request != NULL);
    CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS / 4, 2), ZSNMP_OK);
    if (oid != NULL) {
        CHECK_EQ(zsnmp_request_add_oid_str(request, oid), ZSNMP_OK);
    }
    return request;
}

static void set_v3(zsnmp_request_t *request, const char *auth_pass, bool priv)
{
    CHECK_EQ(zsnmp_request_set_user(request, priv ? "sha256-aes128" : "sha"), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_set_auth(request, priv ? ZSNMP_AUTH_SHA256 : ZSNMP_AUTH_SHA, auth_pass),
             ZSNMP_OK);
    if (priv) {
        CHECK_EQ(zsnmp_request_set_priv(request, ZSNMP_PRIV_AES128, "privpass-aes128"), ZSNMP_OK);
    }
}

static zsnmp_request_t *make_failing(enum kind kind, const char *host, const char *dead)
{
    bool lives = kind == WRONG_PASS || kind == WRONG_COMMUNITY || kind == NO_SUCH_NAME;
    zsnmp_request_t *request =
        new_request(ZSNMP_GET, lives ? host : dead,
                    kind == NO_SUCH_NAME ? "1.3.6.1.2.1.1.99.0" : "1.3.6.1.2.1.1.1.0");
    if (kind == NO_SUCH_NAME) {
        CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    } else if (kind == WRONG_PASS) {
        set_v3(request, "not the pass phrase", false);
        CHECK_EQ(zsnmp_request_set_timeout(request, 2000, 0), ZSNMP_OK);
    } else if (kind == DEADLINE) {
        zsnmp_request_set_deadline(request, 30);
    } else if (kind == DEAD || kind == WRONG_COMMUNITY) {
        CHECK_EQ(zsnmp_request_set_timeout(request, 10, 1), ZSNMP_OK);
    }
    if (kind == WRONG_COMMUNITY) {
        CHECK_EQ(zsnmp_request_set_community(request, "wrong", 5), ZSNMP_OK);
    }
    return request;
}

static zsnmp_request_t *make_walk(enum kind kind, const char *host)
{
    zsnmp_request_t *request = new_request(ZSNMP_WALK, host, "1.3.6.1.2.1.2.2.1.10");
    zsnmp_request_set_walk_bulk(request, kind != WALK_NEXT);
    zsnmp_request_set_limit(request, kind == WALK_LIMITED ? 5 : 0);
    return request;
}

static zsnmp_request_t *make_set(enum kind kind, const char *host)
{
    zsnmp_request_t *request = new_request(ZSNMP_SET, host, NULL);
    CHECK_EQ(zsnmp_request_set_community(request, "private", 7), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_add_set(request, kind == SET ? "1.3.6.1.2.1.1.6.0" : "1.3.6.1.2.1.1.1.0",
                                   's', "elsewhere"),
             ZSNMP_OK);
    return request;
}

static zsnmp_request_t *make_get(enum kind kind, const char *host)
{
    char tcp[60];
    snprintf(tcp, sizeof tcp, "tcp:127.0.0.%d", (int)strlen(host) % 4 + 1); /* few connections */
    zsnmp_request_t *request = new_request(ZSNMP_GET,
                                           kind == TCP    ? tcp
                                           : kind == NAME ? "localhost"
                                                          : host,
                                           "1.3.6.1.2.1.1.1.0");
    for (int i = 1; kind == GET_MANY && i < 20; i++) {
        CHECK_EQ(zsnmp_request_add_oid_str(request, "1.3.6.1.2.1.1.3.0"), ZSNMP_OK);
    }
    if (kind == GET_V1) {
        CHECK_EQ(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    } else if (kind == GET_V3) {
        set_v3(request, "authpass-sha", false);
    } else if (kind == GET_V3_PRIV) {
        set_v3(request, "authpass-sha256", true);
    }
    return request;
}

static zsnmp_request_t *make(enum kind kind, size_t number)
{
    char host[40];
    char dead[40];
    zsnmp_request_t *request;
    snprintf(host, sizeof host, "127.1.%zu.%zu", number % DEVICES / 200, number % 200 + 1);
    snprintf(dead, sizeof dead, "127.9.0.%zu", number % 200 + 1);
    switch (kind) {
    case NEXT:
        return new_request(ZSNMP_GET_NEXT, host, "1.3.6.1.2.1.1");
    case BULK:
        request = new_request(ZSNMP_GET_BULK, host, "1.3.6.1.2.1.2.2");
        CHECK_EQ(zsnmp_request_set_bulk(request, 0, 10), ZSNMP_OK);
        return request;
    case WALK:
    case WALK_NEXT:
    case WALK_LIMITED:
        return make_walk(kind, host);
    case SET:
    case SET_REFUSED:
        return make_set(kind, host);
    case NO_SUCH_NAME:
    case WRONG_COMMUNITY:
    case WRONG_PASS:
    case DEAD:
    case CANCELLED:
    case DEADLINE:
        return make_failing(kind, host, dead);
    default:
        return make_get(kind, host);
    }
}

/* Cancels may come too late only for what ends by itself: dead devices with patient requests do
 * not. */
static zsnmp_err_t expected(enum kind kind)
{
    switch (kind) {
    case SET_REFUSED:
        return ZSNMP_E_NOT_WRITABLE;
    case NO_SUCH_NAME:
        return ZSNMP_E_NO_SUCH_NAME;
    case WRONG_PASS:
        return ZSNMP_E_WRONG_DIGEST;
    case WRONG_COMMUNITY:
    case DEAD:
        return ZSNMP_E_TIMEOUT;
    case CANCELLED:
        return ZSNMP_E_CANCELLED;
    case DEADLINE:
        return ZSNMP_E_DEADLINE;
    default:
        return ZSNMP_OK;
    }
}

static void *work(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (size_t i = atomic_fetch_add(&taken, 1); i < total; i = atomic_fetch_add(&taken, 1)) {
        struct ticket *ticket = &tickets[i];
        uint64_t handle;
        ticket->kind = (enum kind)(rand_r(&seed) % KINDS);
        zsnmp_request_t *request = make(ticket->kind, i);
        CHECK_EQ(zsnmp_pool_submit(pool, request, on_done, ticket, &handle), ZSNMP_OK);
        if (ticket->kind == CANCELLED) {
            CHECK_EQ(zsnmp_pool_cancel(pool, handle), ZSNMP_OK);
        }
        while (i > atomic_load(&answered) + IN_FLIGHT) {
            zsnmp_pool_drain(pool, 1); /* as a wait for something to happen */
        }
    }
    return NULL;
}

static void check_all(void)
{
    size_t failed = 0;
    for (size_t i = 0; i < total; i++) {
        zsnmp_err_t want = expected(tickets[i].kind);
        CHECK_EQ(tickets[i].calls, 1);
        if (tickets[i].err != want) {
            fprintf(stderr, "request %zu of kind %d: %s, not %s\n", i, (int)tickets[i].kind,
                    zsnmp_error_name(tickets[i].err), zsnmp_error_name(want));
            CHECK(tickets[i].err == want);
        }
        failed += want != ZSNMP_OK;
    }
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    CHECK_EQ(stats.requests_accepted, total);
    CHECK_EQ(stats.requests_failed, failed);
    CHECK_EQ(stats.requests_ok, total - failed);
    CHECK_EQ(stats.requests_queued, 0);
    CHECK_EQ(stats.requests_in_flight, 0);
    CHECK_EQ(stats.varbinds, atomic_load(&varbinds));
    CHECK_EQ(stats.hook_trips, 0);
    CHECK_EQ(stats.drop_malformed, 0);
    CHECK_EQ(stats.drop_wrong_source, 0);
    /* With all of them remembered it would be one a device. */
    CHECK(total < 50 * DEVICES || stats.v3_probes > 2 * DEVICES);
    printf("%llu probes of engines, %llu keys derived\n", (unsigned long long)stats.v3_probes,
           (unsigned long long)stats.v3_keys_derived);
}

static void on_late(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct ticket *ticket = arg;
    (void)request;
    ticket->err = zsnmp_reply_error(reply);
    CHECK_EQ(atomic_fetch_add(&ticket->calls, 1), 0);
}

/* Stops in the middle of work: what ran is answered, one way or the other. */
static void stop_in_the_middle(void)
{
    enum { LATE = 2000 };
    static struct ticket late[LATE];
    for (size_t i = 0; i < LATE; i++) {
        zsnmp_request_t *request = make((enum kind)(i % KINDS), i);
        CHECK_EQ(zsnmp_pool_submit(pool, request, on_late, &late[i], NULL), ZSNMP_OK);
    }
    zsnmp_pool_stop(pool, 5);
    for (size_t i = 0; i < LATE; i++) {
        CHECK_EQ(late[i].calls, 1);
    }
}

int main(int argc, char **argv)
{
    static const char *const arguments[] = {"--dead", "127.9.0.0/16", NULL};
    const char *count = argc > 1 ? argv[1] : getenv("STRESS_REQUESTS");
    pthread_t threads[THREADS];
    total = count != NULL ? strtoul(count, NULL, 10) : REQUESTS;
    CHECK(total > 0 && total <= 100000000);
    sim = sim_start(arguments);
    tickets = calloc(total, sizeof *tickets);
    CHECK(tickets != NULL);
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = WORKERS;
    options.devices_max = REMEMBERED;
    pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)(i + 1)), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(zsnmp_pool_drain(pool, 10 * PATIENCE_MS));
    check_all();
    stop_in_the_middle();
    zsnmp_pool_destroy(&pool);
    free(tickets);
    sim_stop(&sim);
    printf("%zu requests, each answered once\n", total);
    return 0;
}
