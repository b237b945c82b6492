/*
 * What ends requests from outside, where they wait for other threads than the workers: handles that
 * nobody has while names are looked up, and an end while keys are derived. Includes zsnmp.h and
 * nothing else of ours.
 */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "help.h"
#include "zsnmp.h"

#define SYS_NAME "1.3.6.1.2.1.1.5.0"
#define STEP_MS 5

struct box {
    _Atomic int calls;
    _Atomic int err;
};

static void keep(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct box *box = arg;
    (void)request;
    atomic_store(&box->err, (int)zsnmp_reply_error(reply));
    atomic_fetch_add(&box->calls, 1);
}

static void wait_for(struct box *box)
{
    for (int ms = 0; atomic_load(&box->calls) == 0; ms += STEP_MS) {
        CHECK(ms < PATIENCE_MS);
        CHECK(poll(NULL, 0, STEP_MS) == 0);
    }
}

/* A UDP port that takes all and says nothing; returns its descriptor. */
static int silent_port(int *port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    CHECK(bind(fd, (const struct sockaddr *)&addr, len) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&addr, &len) == 0);
    *port = ntohs(addr.sin_port);
    return fd;
}

/* Without a handle where none is asked for. */
static void get(zsnmp_pool_t *pool, const char *peer, struct box *box, uint64_t *handle)
{
    zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, peer);
    CHECK(request != NULL);
    CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_NAME), ZSNMP_OK);
    CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS, 0), ZSNMP_OK);
    CHECK_EQ(zsnmp_pool_submit(pool, request, keep, box, handle), ZSNMP_OK);
    CHECK(handle == NULL || *handle != 0);
}

/*
 * Requests whose name is not known yet, one that is in the air: 0 is nobody's handle, least of all
 * of those that were given none.
 */
static void no_handle_cancels_nothing(void)
{
    enum { MANY = 4, IN_THE_AIR = MANY - 1, CANCELLED = 1 };
    static struct box boxes[MANY];
    uint64_t handle = 0;
    int port = 0;
    int fd = silent_port(&port);
    char server[80];
    snprintf(server, sizeof server, "127.0.0.1:%d", port);
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    options.dns_servers = server;
    options.dns_timeout_ms = PATIENCE_MS;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    for (int i = 0; i < MANY; i++) {
        get(pool, i == IN_THE_AIR ? server : "some.host.example", &boxes[i],
            i == CANCELLED ? &handle : NULL);
    }
    CHECK_EQ(zsnmp_pool_cancel(pool, 0), ZSNMP_OK);
    CHECK_EQ(zsnmp_pool_cancel(pool, UINT64_MAX), ZSNMP_OK);
    CHECK_EQ(zsnmp_pool_cancel(pool, handle), ZSNMP_OK);
    wait_for(&boxes[CANCELLED]); /* it went the way of those before it */
    CHECK_EQ(boxes[CANCELLED].err, ZSNMP_E_CANCELLED);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, i == CANCELLED ? 1 : 0);
    }
    zsnmp_pool_destroy(&pool);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, 1);
        CHECK_EQ(boxes[i].err, i == CANCELLED ? ZSNMP_E_CANCELLED : ZSNMP_E_SHUTTING_DOWN);
    }
    close(fd);
}

/* Each needs a key of its own, and one takes milliseconds: the end does not wait for them all. */
static void stop_while_keys_are_derived(void)
{
    enum { MANY = 5000 };
    static struct box boxes[MANY];
    int port = 0;
    int steps = 0;
    int fd = silent_port(&port);
    zsnmp_stats_t stats;
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    for (int i = 0; i < MANY; i++) {
        char text[80];
        snprintf(text, sizeof text, "127.8.%d.%d:%d", i >> 8, i & 255, port);
        zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, text);
        CHECK(request != NULL);
        snprintf(text, sizeof text, "pass phrase %d", i);
        CHECK_EQ(zsnmp_request_set_user(request, "somebody"), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA512, text), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_add_oid_str(request, SYS_NAME), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_set_timeout(request, PATIENCE_MS, 0), ZSNMP_OK);
        CHECK_EQ(zsnmp_pool_submit(pool, request, keep, &boxes[i], NULL), ZSNMP_OK);
    }
    do { /* until the worker has them all */
        CHECK(poll(NULL, 0, STEP_MS) == 0);
        zsnmp_pool_stats(pool, &stats);
    } while (stats.sessions < MANY && steps++ < PATIENCE_MS / STEP_MS);
    CHECK_EQ(stats.sessions, MANY);
    zsnmp_pool_stop(pool, 0);
    for (int i = 0; i < MANY; i++) {
        CHECK_EQ(boxes[i].calls, 1);
        CHECK_EQ(boxes[i].err, ZSNMP_E_SHUTTING_DOWN);
    }
    zsnmp_pool_stats(pool, &stats);
    CHECK(stats.v3_keys_derived < MANY);
    CHECK_EQ(stats.requests_queued + stats.requests_in_flight, 0);
    zsnmp_pool_destroy(&pool);
    close(fd);
}

int main(void)
{
    no_handle_cancels_nothing();
    stop_while_keys_are_derived();
    return 0;
}
