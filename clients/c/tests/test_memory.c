/*
 * Every allocation of the library fails once: nothing crashes or leaks, what
 * fails says ENOMEM, and whatever was promised a call of its function gets it.
 */
// link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "harness.h"

#define ENDPOINT "inproc://broker"
#define WAIT_MS 30000

/* The linker takes the library's and ours for malloc() and so on; these are the real ones. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);

static unsigned long countdown; /* allocations until the one that fails; 0: none does */
static bool has_failed;

static bool fails(void)
{
    bool now = countdown == 1;
    countdown -= countdown > 0 ? 1 : 0;
    has_failed = has_failed || now;
    errno = now ? ENOMEM : errno;
    return now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

struct seen {
    unsigned last;
    unsigned answered;
};

static void see(const zsnmpc_reply_t *reply, void *arg)
{
    struct seen *seen = arg;
    zsnmpc_reply_t *copy = zsnmpc_reply_copy(reply);
    check(copy != NULL || errno == ENOMEM);
    seen->last++;
    seen->answered += zsnmpc_reply_error(reply) == NULL ? 1 : 0;
    zsnmpc_reply_destroy(&copy);
}

/* A value for everything that a request can hold. */
static zsnmpc_request_t *fill_in(void)
{
    static const uint32_t oid[] = {1, 3, 6};
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_SET, "192.0.2.1");
    if (request == NULL) {
        check(errno == ENOMEM);
        return NULL;
    }
    zsnmpc_request_put_text(request, ZSNMPC_AUTH_PASS, "a pass phrase that is long enough to grow");
    zsnmpc_request_put_bytes(request, ZSNMPC_ENGINE_ID, "\x80\0\0\0\1", 5);
    zsnmpc_request_put_uint(request, ZSNMPC_RETRIES, 0);
    zsnmpc_request_put_bool(request, ZSNMPC_TIMING, true);
    zsnmpc_request_add_oid(request, "1.3");
    zsnmpc_request_add_oid_numbers(request, oid, 3);
    zsnmpc_request_add_start(request, NULL);
    zsnmpc_request_add_start(request, "1.3");
    zsnmpc_request_add_must(request, "set");
    zsnmpc_request_add_set(request, "1.3.1", 's', "x");
    zsnmpc_request_add_set_int(request, "1.3.1", 'i', -1);
    zsnmpc_request_add_set_uint(request, "1.3.1", 'C', UINT64_MAX);
    zsnmpc_request_add_set_double(request, "1.3.1", 'D', 0.5);
    zsnmpc_request_add_set_bytes(request, "1.3.1", 'x', "", 0);
    check(zsnmpc_request_pack(request, "new") != NULL || errno == ENOMEM);
    zsnmpc_request_put_text(request, "new", NULL);
    return request;
}

/* Answers what has come; a message alone, or an array's first. */
static void answer(void *router)
{
    char identity[64];
    uint8_t body[4096];
    int len = zmq_recv(router, identity, sizeof(identity), 0);
    while (len > 0) {
        require(zmq_recv(router, body, sizeof(body), 0) > 0);
        require(zmq_send(router, identity, (size_t)len, ZMQ_SNDMORE) == len);
        require(zmq_send(router, "\x92\x81\xa2id\x00\x81\xa2id\x02", 12, 0) == 12);
        len = zmq_recv(router, identity, sizeof(identity), ZMQ_DONTWAIT);
    }
}

static void run_client(zsnmpc_t *client, void *router, const zsnmpc_request_t *request)
{
    struct seen seen[80] = {{0}};
    uint64_t calls[80];
    unsigned made = 0;
    zsnmpc_batch_begin(client);
    for (size_t i = 0; i < 80; i++) { /* enough for the table to grow */
        calls[i] = zsnmpc_call(client, request, see, &seen[i]);
        check(calls[i] != 0 || errno == ENOMEM);
        made += calls[i] != 0 ? 1 : 0;
    }
    zsnmpc_batch_end(client);
    check(made >= 79 || countdown == 0);
    if (made > 0) {
        answer(router);
        while (zsnmpc_pending(client) == made && zsnmpc_wait(client, WAIT_MS)) {
        }
        (void)zsnmpc_stop(client, calls[70]);
        (void)zsnmpc_cancel(client, calls[71]);
        zsnmpc_process(client);
    }
    zsnmpc_destroy(&client);
    for (size_t i = 0; i < 80; i++) {
        check(seen[i].last == (calls[i] != 0 ? 1 : 0), "call %zu: %u", i, seen[i].last);
    }
}

/* One world in which the allocation at this place fails. */
static void run_world(unsigned long place)
{
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    int linger = 0;
    zsnmpc_options_t options;
    zsnmpc_options_init(&options);
    options.zmq_context = context;
    require(zmq_bind(router, ENDPOINT) == 0);
    (void)zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof(linger));
    countdown = place;
    has_failed = false;
    zsnmpc_t *client = zsnmpc_new(ENDPOINT, &options);
    check(client != NULL || errno == ENOMEM);
    zsnmpc_request_t *request = fill_in();
    zsnmpc_request_t *ready = zsnmpc_request_of("\x81\xa2op\xa4ping", 9);
    check(ready != NULL || errno == ENOMEM);
    if (client != NULL && request != NULL) {
        run_client(client, router, request);
    } else {
        zsnmpc_destroy(&client);
    }
    zsnmpc_request_destroy(&request);
    zsnmpc_request_destroy(&ready);
    countdown = 0;
    (void)zmq_close(router);
    (void)zmq_ctx_term(context);
}

static void every_allocation_fails_once(void)
{
    unsigned long place = 0;
    do {
        place++;
        run_world(place);
    } while (has_failed && place < 10000);
    check(!has_failed && place > 100, "%lu allocations", place - 1);
}

int main(void)
{
    static const struct test tests[] = {
        {"every allocation fails once", every_allocation_fails_once}};
    return harness_run(tests, sizeof(tests) / sizeof(tests[0]));
}
