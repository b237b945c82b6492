/*
 * Brokers that go away, stand still, come back or were never there: every call
 * has an end, nothing that failed is carried out later, and what comes later works.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../src/client.h"
#include "harness.h"

#define MANY 1000u
#define SILENT "127.20.200.1" /* answers nobody, since nobody is there */
#define DEVICE "127.20.200.2"

static struct serve serve;

struct count {
    unsigned last;      /* replies that were the last of their call */
    unsigned lost;      /* with service_lost */
    unsigned retryable; /* of those */
    unsigned good;
};

static void count_reply(const zsnmpc_reply_t *reply, void *arg)
{
    struct count *count = arg;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    count->last += zsnmpc_reply_more(reply) ? 0 : 1;
    count->good += error == NULL ? 1 : 0;
    if (error != NULL && error->code == ZSNMPC_E_SERVICE_LOST) {
        check(error->kind == ZSNMPC_KIND_LOST && strcmp(error->name, "service_lost") == 0);
        check(error->sent == ZSNMPC_SENT_MAYBE && error->message[0] != '\0');
        count->lost++;
        count->retryable += error->retryable ? 1 : 0;
    }
}

/* A request that is under way until somebody ends it. */
static zsnmpc_request_t *endless(void)
{
    serve_say(&serve, "rule " SILENT ": dead");
    zsnmpc_request_t *request = request_get(serve_peer(&serve, SILENT));
    zsnmpc_request_put_uint(request, ZSNMPC_TIMEOUT_MS, 600000);
    return request;
}

static void call_many(zsnmpc_t *client, struct count *count)
{
    zsnmpc_request_t *request = endless();
    for (unsigned i = 0; i < MANY; i++) {
        require(zsnmpc_call(client, request, count_reply, count) != 0);
    }
    zsnmpc_request_destroy(&request);
}

static void ask_device(zsnmpc_t *client)
{
    zsnmpc_request_t *request = request_get(serve_peer(&serve, DEVICE));
    zsnmpc_reply_t *reply = client_ask(client, request, -1);
    check(zsnmpc_reply_count(reply) == 1);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
}

/* Killed with a thousand reads and one SET under way, of which the latter must not be retried. */
static void killed_and_restarted(void)
{
    for (int i = 0; i < 2; i++) {
        zsnmpc_t *client = client_of(i == 0 ? serve.endpoint : serve.ipc, 15000);
        struct count count = {0};
        call_many(client, &count);
        zsnmpc_request_t *set = request_set(serve_peer(&serve, SILENT), "x");
        zsnmpc_request_put_uint(set, ZSNMPC_TIMEOUT_MS, 600000);
        require(zsnmpc_call(client, set, count_reply, &count) != 0);
        zsnmpc_request_destroy(&set);
        ask_device(client); /* so all have come to the broker */
        serve_say(&serve, "kill");
        check(client_drain(client, 0));
        check(count.last == MANY + 1 && count.lost == MANY + 1, "%u, %u", count.last, count.lost);
        check(count.retryable == MANY, "%u", count.retryable);
        serve_say(&serve, "start");
        ask_device(client);
        check(count.last == MANY + 1);
        zsnmpc_destroy(&client);
    }
}

static void stopped_orderly(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 15000);
    struct count count = {0};
    call_many(client, &count);
    ask_device(client);
    serve_say(&serve, "stop");
    check(client_drain(client, 0));
    check(count.last == MANY && count.good == 0, "%u, %u", count.last, count.good);
    serve_say(&serve, "start");
    ask_device(client);
    zsnmpc_destroy(&client);
}

static void paused(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 500);
    struct count count = {0};
    call_many(client, &count);
    serve_say(&serve, "pause");
    check(client_drain(client, 0));
    check(count.lost == MANY, "%u", count.lost);
    serve_say(&serve, "resume");
    ask_device(client);
    zsnmpc_destroy(&client);
}

/* Nothing but poll() on the one descriptor, which outlives every connection. */
static void lost_in_an_event_loop(void)
{
    static const char *const ends[][2] = {{"kill", "start"}, {"pause", "resume"}};
    zsnmpc_t *client = client_of(serve.endpoint, 3000);
    int fd = zsnmpc_fd(client);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    for (size_t i = 0; i < 2; i++) {
        struct count count = {0};
        call_many(client, &count);
        ask_device(client);
        serve_say(&serve, ends[i][0]);
        while (zsnmpc_pending(client) > 0) {
            require(poll(&item, 1, PATIENCE_S * 1000) == 1, "%zu", zsnmpc_pending(client));
            zsnmpc_process(client);
        }
        check(count.lost == MANY && zsnmpc_fd(client) == fd);
        serve_say(&serve, ends[i][1]);
        ask_device(client);
    }
    zsnmpc_destroy(&client);
}

/* The device takes longer than patience, and the broker answers pings meanwhile. */
static void a_slow_device_is_no_lost_broker(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 3000);
    zsnmpc_request_t *request = request_get(serve_peer(&serve, SILENT));
    uint64_t before = client_counter(client, "messages_in");
    serve_say(&serve, "rule " SILENT ": dead");
    zsnmpc_request_put_uint(request, ZSNMPC_TIMEOUT_MS, 8000);
    zsnmpc_request_put_uint(request, ZSNMPC_RETRIES, 0);
    zsnmpc_reply_t *reply = client_ask(client, request, ZSNMPC_E_TIMEOUT);
    check(client_counter(client, "messages_in") > before + 3, "there were no pings");
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
}

/* Whoever did not look for longer than patience has not heard of a broker that is well. */
static void a_busy_program_is_no_lost_broker(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 2000);
    struct count count = {0};
    zsnmpc_request_t *request = endless();
    uint64_t call = zsnmpc_call(client, request, count_reply, &count);
    require(call != 0);
    (void)usleep(3000000);
    ask_device(client);
    check(count.last == 0);
    check(zsnmpc_cancel(client, call));
    check(client_drain(client, 0) && count.last == 1 && count.lost == 0);
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
}

static void never_there(void)
{
    zsnmpc_request_t *ping = zsnmpc_request_new(ZSNMPC_PING, NULL);
    require(ping != NULL);
    serve_say(&serve, "kill");
    zsnmpc_t *client = client_of(serve.endpoint, 300);
    for (int i = 0; i < 2; i++) {
        zsnmpc_reply_t *reply = client_ask(client, ping, ZSNMPC_E_SERVICE_LOST);
        check(!zsnmpc_reply_complete(reply) && zsnmpc_reply_count(reply) == 0);
        check(strstr(zsnmpc_reply_error(reply)->message, serve.endpoint) != NULL);
        zsnmpc_reply_destroy(&reply);
    }
    serve_say(&serve, "start");
    zsnmpc_destroy(&client);
    zsnmpc_request_destroy(&ping);
}

static void check_contact(zsnmpc_t *client, const char *wanted)
{
    zsnmpc_request_t *get = zsnmpc_request_new(ZSNMPC_GET, serve_peer(&serve, DEVICE));
    require(get != NULL);
    zsnmpc_request_add_oid(get, "1.3.6.1.2.1.1.4.0");
    zsnmpc_reply_t *reply = client_ask(client, get, -1);
    zsnmpc_varbind_t vb;
    char text[64] = "";
    check(zsnmpc_reply_varbind(reply, 0, &vb));
    (void)zsnmpc_varbind_print(&vb, text, sizeof(text));
    check(strcmp(text, wanted) == 0, "%s", text);
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&get);
}

/* A SET of which the caller was told that it failed, while there was no broker to take it. */
static void nothing_is_carried_out_later(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 15000);
    zsnmpc_t *hasty = client_of(serve.endpoint, 3000);
    zsnmpc_request_t *set = request_set(serve_peer(&serve, DEVICE), "first");
    zsnmpc_reply_t *reply = client_ask(hasty, set, -1);
    zsnmpc_reply_destroy(&reply);
    serve_say(&serve, "kill");
    zsnmpc_request_put_text(set, "set", NULL);
    zsnmpc_request_add_set(set, "1.3.6.1.2.1.1.4.0", 's', "second");
    reply = client_ask(hasty, set, ZSNMPC_E_SERVICE_LOST);
    check(!zsnmpc_reply_error(reply)->retryable);
    zsnmpc_reply_destroy(&reply);
    serve_say(&serve, "start");
    zsnmpc_request_destroy(&set);
    ask_device(hasty); /* what it still had would have come before this */
    check_contact(client, "first");
    zsnmpc_destroy(&hasty);
    zsnmpc_destroy(&client);
}

/* A SET that was cancelled while there was no broker, and nothing was awaited after it. */
static void cancelled_is_not_carried_out_later(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 15000);
    zsnmpc_t *hasty = client_of(serve.endpoint, 3000);
    struct count count = {0};
    zsnmpc_request_t *set = request_set(serve_peer(&serve, DEVICE), "third");
    zsnmpc_reply_t *reply = client_ask(client, set, -1);
    zsnmpc_reply_destroy(&reply);
    serve_say(&serve, "kill");
    zsnmpc_request_put_text(set, "set", NULL);
    zsnmpc_request_add_set(set, "1.3.6.1.2.1.1.4.0", 's', "fourth");
    uint64_t call = zsnmpc_call(hasty, set, count_reply, &count);
    check(zsnmpc_cancel(hasty, call) && client_drain(hasty, 0) && count.last == 1);
    while (hasty->lost[0] == '\0' && zsnmpc_wait(hasty, 15000)) {
    }
    check(hasty->lost[0] != '\0', "the socket is kept with the SET in it");
    check(count.last == 1 && count.lost == 0);
    serve_say(&serve, "start");
    zsnmpc_request_destroy(&set);
    ask_device(hasty);
    check_contact(client, "third");
    zsnmpc_destroy(&hasty);
    zsnmpc_destroy(&client);
}

/* What broke while nothing was awaited is nobody's loss. */
static void restarted_while_idle(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 15000);
    ask_device(client);
    serve_say(&serve, "kill");
    serve_say(&serve, "start");
    ask_device(client);
    zsnmpc_destroy(&client);
}

/* A function of a call that makes another when it hears of the loss. */
struct retry {
    zsnmpc_t *client;
    zsnmpc_request_t *request;
    struct count count;
    unsigned lost;
};

static void try_again(const zsnmpc_reply_t *reply, void *arg)
{
    struct retry *retry = arg;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    if (error != NULL && error->code == ZSNMPC_E_SERVICE_LOST) {
        check(zsnmpc_call(retry->client, retry->request, count_reply, &retry->count) != 0);
        retry->lost++;
    }
}

static void tried_again_from_within(void)
{
    zsnmpc_t *client = client_of(serve.endpoint, 15000);
    zsnmpc_request_t *slow = endless();
    struct retry retry = {.client = client, .request = request_get(serve_peer(&serve, DEVICE))};
    for (unsigned i = 0; i < 10; i++) {
        require(zsnmpc_call(client, slow, try_again, &retry) != 0);
    }
    ask_device(client);
    serve_say(&serve, "kill");
    while (retry.lost < 10) {
        require(zsnmpc_wait(client, PATIENCE_S * 1000));
    }
    serve_say(&serve, "start");
    check(client_drain(client, 0));
    check(retry.count.good == 10, "%u", retry.count.good);
    zsnmpc_request_destroy(&slow);
    zsnmpc_request_destroy(&retry.request);
    zsnmpc_destroy(&client);
}

int main(void)
{
    static const struct test tests[] = {
        {"killed and restarted", killed_and_restarted},
        {"stopped orderly", stopped_orderly},
        {"paused", paused},
        {"lost in an event loop", lost_in_an_event_loop},
        {"a slow device is no lost broker", a_slow_device_is_no_lost_broker},
        {"a busy program is no lost broker", a_busy_program_is_no_lost_broker},
        {"never there", never_there},
        {"nothing is carried out later", nothing_is_carried_out_later},
        {"cancelled is not carried out later", cancelled_is_not_carried_out_later},
        {"restarted while idle", restarted_while_idle},
        {"tried again from within", tried_again_from_within}};
    serve_start(&serve, false);
    int status = harness_run(tests, sizeof(tests) / sizeof(tests[0]));
    serve_end(&serve);
    return status;
}
