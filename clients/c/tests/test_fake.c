/*
 * What no real broker says: bodies that are none, refusals, replies twice and to
 * nobody. And the decoder alone, with values at the edges of their types. The
 * broker is a ROUTER in the test's own thread.
 */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "harness.h"

#define WAIT_MS 30000

static void *context;
static void *router;
static char endpoint[128];
static char identity[256];
static int identity_len;
static msgpack_sbuffer out; /* what the broker says next */
static msgpack_packer pk;

static void open_broker(void)
{
    size_t size = sizeof(endpoint);
    int patience = WAIT_MS;
    context = zmq_ctx_new();
    require(context != NULL && (router = zmq_socket(context, ZMQ_ROUTER)) != NULL);
    require(zmq_setsockopt(router, ZMQ_RCVTIMEO, &patience, sizeof(patience)) == 0);
    require(zmq_bind(router, "tcp://127.0.0.1:*") == 0);
    require(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
}

static void close_broker(void)
{
    int linger = 0;
    (void)zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof(linger));
    (void)zmq_close(router);
    (void)zmq_ctx_term(context);
    msgpack_sbuffer_destroy(&out);
}

/* The next body that comes; its bytes at most. */
static int hear(uint8_t *body, size_t size)
{
    identity_len = zmq_recv(router, identity, sizeof(identity), 0);
    require(identity_len > 0, "nothing came");
    int len = zmq_recv(router, body, size, 0);
    require(len >= 0 && (size_t)len <= size);
    return len;
}

static void say(const void *body, size_t len, bool delimiter)
{
    require(zmq_send(router, identity, (size_t)identity_len, ZMQ_SNDMORE) == identity_len);
    if (delimiter) {
        require(zmq_send(router, "", 0, ZMQ_SNDMORE) == 0);
    }
    require(zmq_send(router, body, len, 0) == (int)len);
    msgpack_sbuffer_clear(&out);
}

static void pack_text(const char *text)
{
    (void)msgpack_pack_str(&pk, strlen(text));
    (void)msgpack_pack_str_body(&pk, text, strlen(text));
}

static void pack_head(unsigned pairs, uint64_t id)
{
    (void)msgpack_pack_map(&pk, pairs);
    pack_text("id");
    (void)msgpack_pack_uint64(&pk, id);
}

static void pack_error(const char *name, const char *message)
{
    pack_text("error");
    (void)msgpack_pack_map(&pk, 3);
    pack_text("code");
    (void)msgpack_pack_uint32(&pk, 400);
    pack_text("name");
    pack_text(name);
    pack_text("message");
    pack_text(message);
}

struct seen {
    unsigned last;
    unsigned lost;
    char message[256];
};

static void see(const zsnmpc_reply_t *reply, void *arg)
{
    struct seen *seen = arg;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    seen->last++;
    if (error != NULL) {
        seen->lost += error->code == ZSNMPC_E_SERVICE_LOST ? 1 : 0;
        (void)snprintf(seen->message, sizeof(seen->message), "%s", error->message);
    }
}

static zsnmpc_t *call_pings(unsigned count, struct seen *seen)
{
    zsnmpc_t *client = client_of(endpoint, WAIT_MS);
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_PING, NULL);
    uint8_t body[256];
    require(request != NULL);
    for (unsigned i = 0; i < count; i++) {
        require(zsnmpc_call(client, request, see, seen) == i + 1);
        (void)hear(body, sizeof(body));
    }
    zsnmpc_request_destroy(&request);
    return client;
}

static void garbage(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bodies[] = {{"", 0},
                  {"\xc1", 1},
                  {"\x80\x80", 2},
                  {"\xc0", 1},
                  {"\x01", 1},
                  {"\xdd\xff\xff\xff\xff", 5},
                  {"\xdc\x00", 2},
                  {"\x91\x01", 2},
                  {"\x92\x80", 2},
                  {"\x81\xa5"
                   "error"
                   "\x01",
                   8},
                  {"\x81\xa8"
                   "varbinds"
                   "\x91\x01",
                   12},
                  {"\x81\xa8"
                   "varbinds"
                   "\x91\x93\x01\x02\x03",
                   15},
                  {"\x81\xa8"
                   "varbinds"
                   "\x91\x93\xa3"
                   "1.x\x02\x03",
                   18},
                  {"\x81\xa8"
                   "varbinds"
                   "\x91\x93\xa3"
                   "1.3\x41\xa1x",
                   19},
                  {"\x81\xa8"
                   "varbinds"
                   "\xc3",
                   11}};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct seen seen = {0};
        zsnmpc_t *client = call_pings(3, &seen);
        say(bodies[i].bytes, bodies[i].len, false);
        check(client_drain(client, 0) && seen.last == 3 && seen.lost == 3, "body %zu", i);
        check(strstr(seen.message, "not of the protocol") != NULL, "%zu: %s", i, seen.message);
        zsnmpc_destroy(&client);
    }
}

/* Nested more deeply than any decoder should follow. */
static void deep_garbage(void)
{
    struct seen seen = {0};
    uint8_t deep[2000];
    memset(deep, 0x91, sizeof(deep));
    zsnmpc_t *client = call_pings(1, &seen);
    say(deep, sizeof(deep), false);
    check(client_drain(client, 0) && seen.lost == 1);
    zsnmpc_destroy(&client);
    check(zsnmpc_reply_of(deep, sizeof(deep)) == NULL);
    check(zsnmpc_request_of(deep, sizeof(deep)) == NULL && errno == EINVAL);
}

/* It could not read what we sent: no reply will come to anything in that. */
static void a_refusal_without_id(void)
{
    struct seen seen = {0};
    zsnmpc_t *client = call_pings(2, &seen);
    (void)msgpack_pack_map(&pk, 2);
    pack_text("id");
    (void)msgpack_pack_nil(&pk);
    pack_error("bad_request", "body: too large");
    say(out.data, out.size, false);
    check(client_drain(client, 0) && seen.lost == 2);
    check(strcmp(seen.message, "the broker refuses: bad_request: body: too large") == 0, "%s",
          seen.message);
    zsnmpc_destroy(&client);
}

/* Replies twice, to nobody, with ids of other kinds, in arrays, behind a delimiter. */
static void strange_replies(void)
{
    struct seen seen = {0};
    zsnmpc_t *client = call_pings(2, &seen);
    (void)msgpack_pack_array(&pk, 5);
    pack_head(1, 4711);
    pack_head(1, UINT64_MAX);
    (void)msgpack_pack_map(&pk, 1);
    pack_text("id");
    pack_text("0");
    (void)msgpack_pack_map(&pk, 2);
    pack_text("id");
    pack_text("0");
    pack_error("bad_request", "of somebody else");
    pack_head(1, 0);
    say(out.data, out.size, true);
    while (seen.last == 0) {
        require(zsnmpc_wait(client, WAIT_MS));
    }
    (void)msgpack_pack_array(&pk, 3);
    pack_head(1, 0); /* again */
    pack_head(1, 2);
    pack_head(1, 2);
    say(out.data, out.size, false);
    check(client_drain(client, 0) && seen.last == 2 && seen.lost == 0);
    (void)msgpack_pack_array(&pk, 0);
    say(out.data, out.size, false);
    check(zsnmpc_wait(client, WAIT_MS));
    check(seen.last == 2);
    zsnmpc_destroy(&client);
}

/* What comes to a call that was cancelled goes to nobody; the broker is told once. */
static void late_replies(void)
{
    struct seen seen = {0};
    uint8_t body[64];
    zsnmpc_t *client = call_pings(1, &seen);
    check(zsnmpc_cancel(client, 1));
    int len = hear(body, sizeof(body));
    static const char expected[] = "\x83\xa2id\x01\xa2op\xa6"
                                   "cancel\xa6target\x00";
    check(len == (int)sizeof(expected) - 1 && memcmp(body, expected, (size_t)len) == 0);
    pack_head(1, 0);
    say(out.data, out.size, false);
    pack_head(1, 1);
    say(out.data, out.size, false);
    check(client_drain(client, 0) && seen.last == 1);
    check(strcmp(seen.message, "the request was cancelled") == 0);
    zsnmpc_destroy(&client);
    check(seen.last == 1);
}

/* The shapes of what is sent: one message alone, several in an array. */
static void shapes_of_batches(void)
{
    struct seen seen = {0};
    uint8_t body[256];
    zsnmpc_t *client = client_of(endpoint, WAIT_MS);
    zsnmpc_request_t *request = zsnmpc_request_of("\x81\xa2op\xa4ping", 9);
    require(request != NULL);
    zsnmpc_batch_begin(client);
    check(zsnmpc_call(client, request, see, &seen) != 0);
    zsnmpc_batch_end(client);
    check(hear(body, sizeof(body)) == 13 && memcmp(body, "\x82\xa2id\x00\xa2op", 8) == 0);
    zsnmpc_batch_begin(client);
    check(zsnmpc_call(client, request, see, &seen) != 0);
    check(zsnmpc_call(client, request, see, &seen) != 0);
    zsnmpc_batch_end(client);
    check(hear(body, sizeof(body)) == 5 + 26 && memcmp(body, "\xdd\0\0\0\x02\x82", 6) == 0);
    zsnmpc_batch_end(client); /* nothing was gathered, nothing goes out */
    check(zsnmpc_pending(client) == 3);
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
    check(seen.last == 3);
}

static void requests_that_are_none(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bodies[] = {{"", 0},
                  {"\x01", 1},
                  {"\x90", 1},
                  {"\x81\xa2op", 4},
                  {"\x80\x80", 2},
                  {"\x81\xa2id\x01", 5},
                  {"\x81\xc4\x02id\x01", 6}};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        errno = 0;
        check(zsnmpc_request_of(bodies[i].bytes, bodies[i].len) == NULL && errno == EINVAL);
    }
}

/* A context that is shut down leaves a client without a socket, and with nothing to do. */
static void no_socket_to_be_had(void)
{
    struct seen seen = {0};
    zsnmpc_options_t options;
    zsnmpc_options_init(&options);
    options.zmq_context = zmq_ctx_new();
    zsnmpc_t *client = zsnmpc_new(endpoint, &options);
    zsnmpc_request_t *ping = zsnmpc_request_new(ZSNMPC_PING, NULL);
    require(client != NULL && ping != NULL);
    require(zsnmpc_call(client, ping, see, &seen) != 0);
    require(zmq_ctx_shutdown(options.zmq_context) == 0);
    check(client_drain(client, 0) && seen.lost == 1);
    check(zsnmpc_call(client, ping, see, &seen) != 0);
    check(client_drain(client, 0) && seen.lost == 2);
    unsigned rounds = 0;
    while (rounds < 10 && zsnmpc_wait(client, 0)) {
        rounds++;
    }
    check(rounds < 10, "it spins");
    zsnmpc_request_destroy(&ping);
    zsnmpc_destroy(&client);
    require(zmq_ctx_term(options.zmq_context) == 0);
}

/* However a SET is made, it is not to be sent again by itself. */
static void sets_that_are_lost(void)
{
    zsnmpc_request_t *sets[] = {zsnmpc_request_new(ZSNMPC_SET, "x"),
                                zsnmpc_request_new(ZSNMPC_GET, "x"),
                                zsnmpc_request_of("\x80", 1),
                                zsnmpc_request_of("\x81\xa2op\xa3set", 8),
                                zsnmpc_request_of("\x81\xa2op\xc4\x03set", 9),
                                zsnmpc_request_of("\x81\xc4\x02op\xa3set", 9)};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        require(sets[i] != NULL);
        if (i == 1 || i == 2) {
            zsnmpc_request_put_text(sets[i], "op", ZSNMPC_SET);
        }
        zsnmpc_t *client = client_of("tcp://127.0.0.1:1", 100);
        zsnmpc_reply_t *reply = client_ask(client, sets[i], ZSNMPC_E_SERVICE_LOST);
        check(!zsnmpc_reply_error(reply)->retryable, "%zu", i);
        zsnmpc_reply_destroy(&reply);
        zsnmpc_destroy(&client);
        zsnmpc_request_destroy(&sets[i]);
    }
}

/* ---- the decoder ---- */

static zsnmpc_reply_t *decoded(void)
{
    zsnmpc_reply_t *reply = zsnmpc_reply_of(out.data, out.size);
    for (size_t len = 0; len < out.size; len++) {
        check(zsnmpc_reply_of(out.data, len) == NULL, "cut at %zu", len);
    }
    msgpack_sbuffer_clear(&out);
    return reply;
}

static void pack_varbind(const char *oid, unsigned type)
{
    (void)msgpack_pack_array(&pk, 3);
    pack_text(oid);
    (void)msgpack_pack_uint32(&pk, type);
}

static void pack_bytes(const void *data, size_t len)
{
    (void)msgpack_pack_bin(&pk, len);
    (void)msgpack_pack_bin_body(&pk, data, len);
}

static const char *printed(const zsnmpc_reply_t *reply, size_t at, zsnmpc_varbind_t *vb)
{
    static char text[256];
    require(zsnmpc_reply_varbind(reply, at, vb));
    (void)zsnmpc_varbind_print(vb, text, sizeof(text));
    return text;
}

static void values_at_their_edges(void)
{
    zsnmpc_varbind_t vb;
    pack_head(2, 0);
    pack_text("varbinds");
    (void)msgpack_pack_array(&pk, 12);
    pack_varbind("1.3.1", ZSNMPC_COUNTER64);
    (void)msgpack_pack_uint64(&pk, UINT64_MAX);
    pack_varbind("1.3.2", ZSNMPC_INTEGER);
    (void)msgpack_pack_int32(&pk, INT32_MIN);
    pack_varbind("1.3.3", ZSNMPC_OPAQUE_INT64);
    (void)msgpack_pack_int64(&pk, INT64_MIN);
    pack_varbind("1.3.4", ZSNMPC_OPAQUE_INT64);
    (void)msgpack_pack_int64(&pk, INT64_MAX);
    pack_varbind("1.3.5", ZSNMPC_OPAQUE_DOUBLE);
    (void)msgpack_pack_double(&pk, -DBL_MAX);
    pack_varbind("1.3.6", ZSNMPC_OPAQUE_FLOAT);
    (void)msgpack_pack_float(&pk, INFINITY);
    pack_varbind("1.3.7", ZSNMPC_OCTET_STRING);
    pack_bytes("\x00\xff", 2);
    pack_varbind("1.3.8", ZSNMPC_IP_ADDRESS);
    pack_bytes("\x0a\x01", 2);
    pack_varbind("1.3.9", ZSNMPC_IP_ADDRESS);
    pack_text("192.0.2.1");
    pack_varbind("1.3.10", ZSNMPC_OBJECT_ID);
    pack_text("1.3.4294967295");
    pack_varbind("1.3.11", ZSNMPC_OCTET_STRING);
    pack_bytes("", 0);
    pack_varbind("1.3.12", ZSNMPC_END_OF_MIB_VIEW);
    (void)msgpack_pack_nil(&pk);
    zsnmpc_reply_t *reply = decoded();
    require(reply != NULL && zsnmpc_reply_count(reply) == 12);
    check(strcmp(printed(reply, 0, &vb), "18446744073709551615") == 0 && vb.value.u == UINT64_MAX);
    check(strcmp(printed(reply, 1, &vb), "-2147483648") == 0 && vb.value.i == INT32_MIN);
    check(strcmp(printed(reply, 2, &vb), "-9223372036854775808") == 0 && vb.value.i == INT64_MIN);
    check(strcmp(printed(reply, 3, &vb), "9223372036854775807") == 0 && vb.value.i == INT64_MAX);
    (void)printed(reply, 4, &vb);
    check(vb.value.d == -DBL_MAX);
    check(strcmp(printed(reply, 5, &vb), "inf") == 0 && isinf(vb.value.d));
    check(strcmp(printed(reply, 6, &vb), "00ff") == 0 && vb.value.bytes.len == 2);
    check(strcmp(printed(reply, 7, &vb), "0a01") == 0 && vb.text[0] == '\0');
    check(strcmp(printed(reply, 8, &vb), "192.0.2.1") == 0 && strcmp(vb.text, "192.0.2.1") == 0);
    check(strcmp(printed(reply, 9, &vb), "1.3.4294967295") == 0);
    check(strcmp(printed(reply, 10, &vb), "") == 0 && vb.value.bytes.len == 0);
    check(strcmp(printed(reply, 11, &vb), "endOfMibView") == 0);
    check(strcmp(vb.oid, "1.3.12") == 0);
    zsnmpc_reply_t *copy = zsnmpc_reply_copy(reply);
    zsnmpc_reply_destroy(&reply);
    require(copy != NULL);
    check(strcmp(printed(copy, 0, &vb), "18446744073709551615") == 0);
    zsnmpc_reply_destroy(&copy);
}

/* What this library does not know yet is passed on. */
static void keys_of_the_future(void)
{
    pack_head(4, 0);
    pack_text("colour");
    pack_text("green");
    pack_text("error");
    (void)msgpack_pack_map(&pk, 2);
    pack_text("code");
    (void)msgpack_pack_uint32(&pk, 777);
    pack_text("shade");
    (void)msgpack_pack_nil(&pk);
    pack_text("varbinds");
    (void)msgpack_pack_array(&pk, 1);
    pack_varbind("1.3", 250);
    pack_text("whatever");
    zsnmpc_varbind_t vb;
    zsnmpc_reply_t *reply = decoded();
    require(reply != NULL);
    check(strcmp(zsnmpc_reply_text(reply, "colour"), "green") == 0);
    check(zsnmpc_reply_error(reply)->code == 777);
    check(zsnmpc_reply_error(reply)->kind == ZSNMPC_KIND_INTERNAL);
    check(zsnmpc_reply_error(reply)->name[0] == '\0');
    check(strcmp(printed(reply, 0, &vb), "unknown") == 0 && vb.type == 250);
    check(zsnmpc_reply_get(reply, "nothing") == NULL && zsnmpc_reply_uint(reply, "colour") == 0);
    zsnmpc_reply_destroy(&reply);
}

/* Looks at all of a reply, so that a sanitizer sees what is wrong with it. */
static size_t look_at(const zsnmpc_reply_t *reply)
{
    zsnmpc_varbind_t vb;
    char text[16];
    size_t sum = 0;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        sum += zsnmpc_varbind_print(&vb, text, sizeof(text)) + strlen(vb.oid) + strlen(vb.text);
    }
    for (size_t i = 0; i < 3; i++) {
        const char *next = zsnmpc_reply_next(reply, i);
        const char *quirk = zsnmpc_reply_quirk(reply, i);
        sum += (next != NULL ? strlen(next) : 0) + (quirk != NULL ? strlen(quirk) : 0);
    }
    sum += error != NULL ? strlen(error->name) + strlen(error->message) : 0;
    return sum + (zsnmpc_reply_stop(reply) != NULL ? strlen(zsnmpc_reply_stop(reply)) : 0);
}

/* A reply with everything, of which some bytes are others: it is read, or it is not. */
static void spoilt_replies(void)
{
    pack_head(6, 0);
    pack_error("genErr", "it failed");
    pack_text("stop");
    pack_text("limit");
    pack_text("next");
    (void)msgpack_pack_array(&pk, 2);
    (void)msgpack_pack_nil(&pk);
    pack_text("1.3.6");
    pack_text("quirks");
    (void)msgpack_pack_array(&pk, 1);
    pack_text("stray");
    pack_text("varbinds");
    (void)msgpack_pack_array(&pk, 3);
    pack_varbind("1.3.1", ZSNMPC_OBJECT_ID);
    pack_text("1.3.6.1");
    pack_varbind("1.3.2", ZSNMPC_OCTET_STRING);
    pack_bytes("text", 4);
    pack_varbind("1.3.3", ZSNMPC_IP_ADDRESS);
    pack_text("192.0.2.1");
    unsigned seed = 1;
    unsigned read = 0;
    uint8_t bytes[512];
    require(out.size <= sizeof(bytes));
    for (int i = 0; i < 100000; i++) {
        memcpy(bytes, out.data, out.size);
        for (int j = rand_r(&seed) % 3; j >= 0; j--) {
            bytes[(size_t)rand_r(&seed) % out.size] = (uint8_t)rand_r(&seed);
        }
        zsnmpc_reply_t *reply = zsnmpc_reply_of(bytes, out.size);
        if (reply != NULL) {
            read += look_at(reply) > 0 ? 1 : 0;
            zsnmpc_reply_destroy(&reply);
        }
    }
    check(read > 0 && read < 100000, "%u", read);
    msgpack_sbuffer_clear(&out);
}

static void oids_as_numbers(void)
{
    uint32_t oid[ZSNMPC_OID_MAX];
    check(zsnmpc_oid_parse(".1.3.4294967295", oid, 3) == 3 && oid[2] == UINT32_MAX);
    check(zsnmpc_oid_parse("1.3.6", oid, 2) == 0);
    static const char *const none[] = {
        "",    ".",    "1.",   "1..3",         "1.x",
        "..1", "-1.3", "1.3 ", "1.4294967296", "1.99999999999999999999"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        check(zsnmpc_oid_parse(none[i], oid, ZSNMPC_OID_MAX) == 0, "%s", none[i]);
    }
}

int main(void)
{
    static const struct test tests[] = {{"garbage", garbage},
                                        {"deep garbage", deep_garbage},
                                        {"a refusal without id", a_refusal_without_id},
                                        {"strange replies", strange_replies},
                                        {"late replies", late_replies},
                                        {"shapes of batches", shapes_of_batches},
                                        {"requests that are none", requests_that_are_none},
                                        {"sets that are lost", sets_that_are_lost},
                                        {"no socket to be had", no_socket_to_be_had},
                                        {"values at their edges", values_at_their_edges},
                                        {"keys of the future", keys_of_the_future},
                                        {"spoilt replies", spoilt_replies},
                                        {"OIDs as numbers", oids_as_numbers}};
    open_broker();
    int status = harness_run(tests, sizeof(tests) / sizeof(tests[0]));
    close_broker();
    return status;
}
