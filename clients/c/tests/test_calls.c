/*
 * Calls against a real broker and simulated devices: operations, walks in parts,
 * batches, ends of calls, limits, errors, event loops.
 */
#include <errno.h>
#include <msgpack.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "harness.h"

#define DEVICE "127.20.201.1"
#define SILENT "127.20.201.2"
#define TABLE "1.3.6.1.2.1.2.2" /* 4 interfaces */

static struct serve serve;
static zsnmpc_t *client;

/* What has come for a call. */
struct seen {
    unsigned parts;
    unsigned last;
    size_t rows;
    uint32_t code; /* of the last */
    bool failed;
    bool complete;
    uint64_t call;
};

static void see(const zsnmpc_reply_t *reply, void *arg)
{
    struct seen *seen = arg;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    check(seen->call == 0 || zsnmpc_reply_call(reply) == seen->call);
    check(seen->last == 0, "it had come to its end");
    seen->rows += zsnmpc_reply_count(reply);
    if (zsnmpc_reply_more(reply)) {
        seen->parts++;
        return;
    }
    seen->last++;
    seen->failed = error != NULL;
    seen->code = error != NULL ? error->code : 0;
    seen->complete = zsnmpc_reply_complete(reply);
}

static zsnmpc_request_t *walk_of(const char *root)
{
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_WALK, serve_peer(&serve, DEVICE));
    require(request != NULL);
    zsnmpc_request_add_oid(request, root);
    return request;
}

static zsnmpc_request_t *endless(void)
{
    serve_say(&serve, "rule " SILENT ": dead");
    zsnmpc_request_t *request = request_get(serve_peer(&serve, SILENT));
    zsnmpc_request_put_uint(request, ZSNMPC_TIMEOUT_MS, 600000);
    return request;
}

static void get_set_and_get(void)
{
    zsnmpc_varbind_t vb;
    char text[64];
    zsnmpc_request_t *request = request_set(serve_peer(&serve, DEVICE), "who");
    zsnmpc_reply_t *reply = client_ask(client, request, -1);
    check(zsnmpc_reply_count(reply) == 1 && zsnmpc_reply_varbind(reply, 0, &vb));
    check(!zsnmpc_reply_varbind(reply, 1, &vb));
    check(strcmp(vb.oid, "1.3.6.1.2.1.1.4.0") == 0 && vb.type == ZSNMPC_OCTET_STRING);
    check(vb.value.bytes.len == 3 && memcmp(vb.value.bytes.data, "who", 3) == 0);
    check(zsnmpc_varbind_print(&vb, text, 3) == 3 && strcmp(text, "wh") == 0);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
    static const uint32_t uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
    request = zsnmpc_request_new(ZSNMPC_GET, serve_peer(&serve, DEVICE));
    require(request != NULL);
    zsnmpc_request_add_oid_numbers(request, uptime, 9);
    zsnmpc_request_add_oid(request, ".1.3.6.1.2.1.1.99.0");
    zsnmpc_request_put_bool(request, ZSNMPC_TIMING, true);
    reply = client_ask(client, request, -1);
    check(zsnmpc_reply_varbind(reply, 0, &vb) && vb.type == ZSNMPC_TIMETICKS);
    check(zsnmpc_reply_varbind(reply, 1, &vb) && vb.type == ZSNMPC_NO_SUCH_OBJECT);
    check(zsnmpc_reply_uint(reply, "tries") == 1 && zsnmpc_reply_uint(reply, "rtt_us") > 0);
    check(zsnmpc_reply_stop(reply) == NULL && zsnmpc_reply_next(reply, 0) == NULL);
    check(strcmp(zsnmpc_reply_text(reply, "peer"), serve_peer(&serve, DEVICE)) == 0);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
}

static void errors_tell_what_they_are(void)
{
    zsnmpc_request_t *request = request_get(serve_peer(&serve, DEVICE));
    zsnmpc_request_add_oid(request, "1.3.x");
    zsnmpc_reply_t *reply = client_ask(client, request, ZSNMPC_E_BAD_REQUEST);
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    check(error->kind == ZSNMPC_KIND_REQUEST && strcmp(error->name, "bad_request") == 0);
    check(error->index == 2 && !error->retryable && error->sent == ZSNMPC_SENT_NO);
    check(strncmp(error->message, "oids", 4) == 0, "%s", error->message);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_put_text(request, "oids", NULL);
    zsnmpc_request_add_oid(request, "1.3.6.1.9.9.0");
    zsnmpc_request_put_text(request, ZSNMPC_SNMP_VERSION, "1");
    reply = client_ask(client, request, ZSNMPC_E_NO_SUCH_NAME);
    check(zsnmpc_reply_error(reply)->kind == ZSNMPC_KIND_DEVICE);
    check(zsnmpc_reply_error(reply)->sent == ZSNMPC_SENT_YES);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_add_must(request, "no_such_key");
    reply = client_ask(client, request, ZSNMPC_E_UNSUPPORTED);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
}

/* The parts and what the last one brings are all that a walk without parts has. */
static void walk_in_parts(void)
{
    struct seen seen = {0};
    zsnmpc_request_t *request = walk_of(TABLE);
    zsnmpc_reply_t *whole = client_ask(client, request, -1);
    check(zsnmpc_reply_complete(whole) && strcmp(zsnmpc_reply_stop(whole), "out_of_tree") == 0);
    zsnmpc_request_put_uint(request, ZSNMPC_STREAM, 7);
    zsnmpc_reply_t *last = zsnmpc_ask(client, request, see, &seen);
    require(last != NULL);
    check(seen.last == 0 && seen.parts == zsnmpc_reply_count(whole) / 7, "%u", seen.parts);
    check(seen.rows + zsnmpc_reply_count(last) == zsnmpc_reply_count(whole));
    zsnmpc_reply_destroy(&last);
    require((seen.call = zsnmpc_call(client, request, see, &seen)) != 0);
    seen.rows = seen.parts = 0;
    check(client_drain(client, 0));
    check(seen.last == 1 && seen.complete && seen.rows == zsnmpc_reply_count(whole));
    zsnmpc_reply_destroy(&whole);
    zsnmpc_request_destroy(&request);
}

/* Ends the walk with its first part. */
static void stop_walking(const zsnmpc_reply_t *reply, void *arg)
{
    struct seen *seen = arg;
    see(reply, arg);
    if (zsnmpc_reply_more(reply)) {
        check(zsnmpc_cancel(client, zsnmpc_reply_call(reply)));
        check(!zsnmpc_cancel(client, zsnmpc_reply_call(reply)));
    }
    check(seen->parts <= 1);
}

static void walk_that_is_cancelled(void)
{
    struct seen seen = {0};
    zsnmpc_request_t *request = walk_of("1.3.6.1.2.1");
    zsnmpc_request_put_uint(request, ZSNMPC_STREAM, 1);
    zsnmpc_reply_t *last = zsnmpc_ask(client, request, stop_walking, &seen);
    require(last != NULL);
    check(zsnmpc_reply_error(last)->code == ZSNMPC_E_CANCELLED);
    check(strcmp(zsnmpc_reply_stop(last), "cancelled") == 0 && !zsnmpc_reply_complete(last));
    check(seen.parts == 1);
    zsnmpc_reply_destroy(&last);
    zsnmpc_request_destroy(&request);
    uint64_t left = 1;
    for (int i = 0; i < 1000 && left > 0; i++) { /* the broker learns of it in its own time */
        left = client_counter(client, "requests_in_flight");
    }
    check(left == 0);
}

static void resumed(void)
{
    zsnmpc_request_t *request = walk_of(TABLE);
    zsnmpc_reply_t *whole = client_ask(client, request, -1);
    check(!zsnmpc_request_resume(request, whole), "there is nothing left");
    size_t rows = 0;
    bool complete = false;
    zsnmpc_request_put_uint(request, ZSNMPC_LIMIT, 10);
    for (int i = 0; i < 100 && !complete; i++) {
        zsnmpc_reply_t *some = client_ask(client, request, -1);
        rows += zsnmpc_reply_count(some);
        complete = zsnmpc_reply_complete(some);
        check(complete || zsnmpc_request_resume(request, some));
        zsnmpc_reply_destroy(&some);
    }
    check(rows == zsnmpc_reply_count(whole), "%zu", rows);
    zsnmpc_reply_destroy(&whole);
    zsnmpc_request_destroy(&request);
}

/* With several roots there is a next for each that has one. */
static void resumed_with_several_roots(void)
{
    zsnmpc_request_t *request = walk_of("1.3.6.1.2.1.2.2.1.1");
    zsnmpc_request_add_oid(request, "1.3.6.1.2.1.2.2.1.2");
    zsnmpc_request_put_uint(request, ZSNMPC_LIMIT, 6);
    zsnmpc_reply_t *some = client_ask(client, request, -1);
    check(zsnmpc_reply_count(some) == 6 && !zsnmpc_reply_complete(some));
    check(zsnmpc_reply_next(some, 0) == NULL && zsnmpc_reply_next(some, 2) == NULL);
    check(strcmp(zsnmpc_reply_next(some, 1), "1.3.6.1.2.1.2.2.1.2.2") == 0);
    check(zsnmpc_request_resume(request, some));
    zsnmpc_reply_destroy(&some);
    some = client_ask(client, request, -1);
    check(zsnmpc_reply_count(some) == 2 && zsnmpc_reply_complete(some));
    zsnmpc_reply_destroy(&some);
    zsnmpc_request_destroy(&request);
}

static void cancelled_and_stopped(void)
{
    struct seen seen[3] = {{0}};
    zsnmpc_request_t *request = endless();
    for (size_t i = 0; i < 3; i++) {
        require((seen[i].call = zsnmpc_call(client, request, see, &seen[i])) != 0);
    }
    check(zsnmpc_pending(client) == 3);
    uint64_t before = client_counter(client, "requests_cancelled");
    check(zsnmpc_cancel(client, seen[1].call));
    check(seen[1].last == 0, "it is told when the client is processed");
    check(client_drain(client, 2) && seen[1].last == 1 && seen[1].code == ZSNMPC_E_CANCELLED);
    check(zsnmpc_stop(client, seen[0].call) && zsnmpc_stop(client, seen[2].call));
    check(client_drain(client, 0));
    for (size_t i = 0; i < 3; i++) {
        check(seen[i].last == 1 && seen[i].code == ZSNMPC_E_CANCELLED, "%zu", i);
        check(!zsnmpc_cancel(client, seen[i].call) && !zsnmpc_stop(client, seen[i].call));
    }
    check(client_counter(client, "requests_cancelled") == before + 3);
    check(!zsnmpc_cancel(client, 0) && !zsnmpc_cancel(client, UINT64_MAX));
    zsnmpc_request_destroy(&request);
}

/* Three thousand calls come in a few messages, and each has its answer. */
static void batches(void)
{
    enum { CALLS = 3000 };
    struct seen *seen = calloc(CALLS, sizeof(*seen));
    require(seen != NULL);
    zsnmpc_request_t *request = request_get(serve_peer(&serve, DEVICE));
    uint64_t before = client_counter(client, "messages_in");
    zsnmpc_batch_begin(client);
    for (unsigned i = 0; i < CALLS; i++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "127.20.202.%u", i % 250 + 1);
        zsnmpc_request_put_text(request, ZSNMPC_PEER, serve_peer(&serve, address));
        require((seen[i].call = zsnmpc_call(client, request, see, &seen[i])) != 0);
    }
    zsnmpc_batch_end(client);
    zsnmpc_request_destroy(&request);
    check(client_drain(client, 0));
    for (unsigned i = 0; i < CALLS; i++) {
        check(seen[i].last == 1 && seen[i].rows == 1 && !seen[i].failed, "%u", i);
    }
    check(client_counter(client, "messages_in") - before <= 10);
    free(seen);
}

/* Settings of 64 KiB each: a body holds what a broker takes, however many are gathered. */
static void batches_of_large_requests(void)
{
    enum { CALLS = 40 };
    struct seen seen[CALLS] = {{0}};
    uint8_t *value = calloc(1, 60000);
    require(value != NULL);
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_SET, serve_peer(&serve, DEVICE));
    require(request != NULL);
    zsnmpc_request_add_set_bytes(request, "1.3.6.1.2.1.1.4.0", 'x', value, 60000);
    zsnmpc_batch_begin(client);
    for (size_t i = 0; i < CALLS; i++) {
        require(zsnmpc_call(client, request, see, &seen[i]) != 0);
    }
    zsnmpc_batch_end(client);
    check(client_drain(client, 0));
    for (size_t i = 0; i < CALLS; i++) {
        check(seen[i].last == 1 && seen[i].code != ZSNMPC_E_SERVICE_LOST, "%zu", i);
    }
    for (size_t i = 0; i < 200; i++) {
        zsnmpc_request_add_set_bytes(request, "1.3.6.1.2.1.1.4.0", 'x', value, 60000);
    }
    check(zsnmpc_call(client, request, see, NULL) == 0 && errno == EMSGSIZE);
    check(zsnmpc_pending(client) == 0);
    zsnmpc_request_destroy(&request);
    free(value);
}

/* A ping with arrays in it, so that it is so many levels deep. */
static zsnmpc_request_t *deep_ping(unsigned levels)
{
    static const char head[] = "\x82\xa2op\xa4ping\xa1x";
    char map[64];
    size_t len = sizeof(head) - 1;
    memcpy(map, head, len);
    memset(map + len, 0x91, levels - 2);
    len += levels - 2;
    map[len++] = (char)0x90;
    return zsnmpc_request_of(map, len);
}

/* What the deepest request there may be costs others in its batch: nothing. */
static void deep_request_in_a_batch(void)
{
    struct seen seen[2] = {{0}, {0}};
    zsnmpc_request_t *deep = deep_ping(15);
    require(deep != NULL);
    errno = 0;
    check(deep_ping(16) == NULL && errno == EINVAL);
    zsnmpc_batch_begin(client);
    check(zsnmpc_call(client, deep, see, &seen[0]) != 0);
    check(zsnmpc_call(client, deep, see, &seen[1]) != 0);
    zsnmpc_batch_end(client);
    check(client_drain(client, 0) && !seen[0].failed && !seen[1].failed);
    zsnmpc_request_destroy(&deep);
}

static void no_more_calls_than_the_window(void)
{
    zsnmpc_options_t options;
    struct seen seen[3] = {{0}};
    zsnmpc_options_init(&options);
    options.window = 2;
    zsnmpc_t *small = zsnmpc_new(serve.endpoint, &options);
    zsnmpc_request_t *request = endless();
    require(small != NULL);
    check(zsnmpc_call(small, request, see, &seen[0]) == 1);
    check(zsnmpc_call(small, request, see, &seen[1]) == 2);
    check(zsnmpc_call(small, request, see, &seen[2]) == 0 && errno == EAGAIN);
    check(zsnmpc_cancel(small, 1) && zsnmpc_call(small, request, see, &seen[2]) == 3);
    zsnmpc_destroy(&small); /* each of them hears of it */
    for (size_t i = 0; i < 3; i++) {
        check(seen[i].last == 1 && seen[i].code == ZSNMPC_E_CANCELLED);
    }
    zsnmpc_request_destroy(&request);
}

/* Nothing but poll() and zsnmpc_process(). */
static void in_an_event_loop(void)
{
    enum { CALLS = 500 };
    struct seen seen[CALLS] = {{0}};
    zsnmpc_request_t *request = walk_of("1.3.6.1.2.1.1");
    zsnmpc_request_put_uint(request, ZSNMPC_STREAM, 1);
    struct pollfd item = {.fd = zsnmpc_fd(client), .events = POLLIN};
    for (size_t i = 0; i < CALLS; i++) {
        require(zsnmpc_call(client, request, see, &seen[i]) != 0);
    }
    while (zsnmpc_pending(client) > 0) {
        require(poll(&item, 1, PATIENCE_S * 1000) == 1, "%zu", zsnmpc_pending(client));
        zsnmpc_process(client);
    }
    for (size_t i = 0; i < CALLS; i++) {
        check(seen[i].last == 1 && seen[i].complete && seen[i].parts > 1);
    }
    zsnmpc_process(client);
    check(poll(&item, 1, 0) == 0, "nothing is there to do");
    zsnmpc_request_destroy(&request);
}

struct within {
    zsnmpc_request_t *request;
    unsigned left;
};

/* Makes the next call, and tries what must not be done here. */
static void call_again(const zsnmpc_reply_t *reply, void *arg)
{
    struct within *within = arg;
    check(zsnmpc_reply_error(reply) == NULL);
    check(zsnmpc_ask(client, within->request, NULL, NULL) == NULL && errno == EDEADLK);
    check(!zsnmpc_wait(client, 0));
    zsnmpc_process(client);
    if (--within->left > 0) {
        check(zsnmpc_call(client, within->request, call_again, arg) != 0);
    }
}

static void calls_from_within(void)
{
    struct within within = {request_get(serve_peer(&serve, DEVICE)), 50};
    require(zsnmpc_call(client, within.request, call_again, &within) != 0);
    check(client_drain(client, 0) && within.left == 0);
    zsnmpc_request_destroy(&within.request);
}

struct worker {
    pthread_t thread;
    void *context;
    const char *peer;
    unsigned answered;
};

static void *work(void *arg)
{
    struct worker *self = arg;
    zsnmpc_options_t options;
    zsnmpc_options_init(&options);
    options.zmq_context = self->context;
    zsnmpc_t *own = zsnmpc_new(serve.endpoint, &options);
    zsnmpc_request_t *request = request_get(self->peer);
    for (int i = 0; own != NULL && i < 200; i++) {
        zsnmpc_reply_t *reply = zsnmpc_ask(own, request, NULL, NULL);
        self->answered += reply != NULL && zsnmpc_reply_count(reply) == 1 ? 1 : 0;
        zsnmpc_reply_destroy(&reply);
    }
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&own);
    return NULL;
}

/* Each with a client of its own, on one context. */
static void several_threads(void)
{
    struct worker workers[4];
    void *context = zmq_ctx_new();
    require(context != NULL);
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (struct worker){.context = context, .peer = serve_peer(&serve, DEVICE)};
        require(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    for (size_t i = 0; i < 4; i++) {
        require(pthread_join(workers[i].thread, NULL) == 0);
        check(workers[i].answered == 200, "%u", workers[i].answered);
    }
    check(zmq_ctx_term(context) == 0);
}

static void the_broker_itself(void)
{
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_DEVICES, NULL);
    require(request != NULL);
    zsnmpc_request_put_uint(request, ZSNMPC_LIMIT, 1);
    zsnmpc_request_put_text(request, ZSNMPC_SORT, "requests");
    zsnmpc_reply_t *reply = client_ask(client, request, -1);
    const msgpack_object *devices = zsnmpc_reply_get(reply, "devices");
    check(zsnmpc_reply_uint(reply, "known") > 1);
    check(devices != NULL && devices->type == MSGPACK_OBJECT_ARRAY && devices->via.array.size == 1);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_put_text(request, ZSNMPC_SORT, "nothing");
    reply = client_ask(client, request, ZSNMPC_E_BAD_REQUEST);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
    check(client_counter(client, "requests_ok") > 0);
}

static void endpoints_that_are_none(void)
{
    static const char *const endpoints[] = {"nonsense", "tcp://", "carrier://pigeon", ""};
    zsnmpc_options_t options;
    zsnmpc_options_init(&options);
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        errno = 0;
        check(zsnmpc_new(endpoints[i], NULL) == NULL && errno != 0, "%s", endpoints[i]);
    }
    options.patience_ms = 0;
    check(zsnmpc_new(serve.endpoint, &options) == NULL && errno == EINVAL);
    zsnmpc_t *none = NULL;
    zsnmpc_destroy(&none);
}

int main(void)
{
    static const struct test tests[] = {
        {"get, set and get", get_set_and_get},
        {"errors tell what they are", errors_tell_what_they_are},
        {"walk in parts", walk_in_parts},
        {"walk that is cancelled", walk_that_is_cancelled},
        {"resumed", resumed},
        {"resumed with several roots", resumed_with_several_roots},
        {"cancelled and stopped", cancelled_and_stopped},
        {"batches", batches},
        {"batches of large requests", batches_of_large_requests},
        {"deep request in a batch", deep_request_in_a_batch},
        {"no more calls than the window", no_more_calls_than_the_window},
        {"in an event loop", in_an_event_loop},
        {"calls from within", calls_from_within},
        {"several threads", several_threads},
        {"the broker itself", the_broker_itself},
        {"endpoints that are none", endpoints_that_are_none}};
    serve_start(&serve, false);
    client = client_of(serve.endpoint, 15000);
    int status = harness_run(tests, sizeof(tests) / sizeof(tests[0]));
    zsnmpc_destroy(&client);
    serve_end(&serve);
    return status;
}
