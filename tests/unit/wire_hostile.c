/*
 * Bodies from somebody who means harm: cut off, forged, nested, random. Run
 * under AddressSanitizer these show reads too far and leaks.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/wire.h"
#include "wire_text.h"

#define ROUNDS 60000
#define SECRET "do-not-tell-anyone"

static const char *const samples[] = {
    "{'id': 'abc', 'op': 'get', 'peer': 'udp:127.0.0.1:161', 'oids': ['1.3.6.1.2.1.1.1.0', [1, 3, "
    "6, 1]], 'timeout_ms': 500, 'must': ['timing'], 'timing': true, 'extra': {'a': [1, {}]}}",
    "{'id': 7, 'op': 'set', 'peer': 'h', 'version': 3, 'user': 'u', 'auth_proto': 'SHA-256', "
    "'auth_pass': '" SECRET "', 'priv_proto': 'AES', 'priv_pass': '" SECRET "', 'context_engine_id'"
    ": x'8000000001', 'set': [['1.3.6.1', 'i', -5], ['1.3', 'x', '00 ff'], ['1.3', 'b', [1, 9]],"
    " ['1.3', 'D', 1.5], ['1.3', 'o', [1, 3, 6]], ['1.3', 'a', '1.2.3.4'], ['1.3', 'n', nil]]}",
    "[{'op': 'ping', 'id': 1}, {'op': 'devices', 'limit': 5, 'sort': 'rtt'}, {'op': 'cancel', "
    "'target': x'0102'}, {'op': 'walk', 'peer': 'h', 'oids': ['1.3'], 'community': '" SECRET "'}]",
};

#define SAMPLES (sizeof samples / sizeof samples[0])

/* Runs a body as a server does; data is copied, so that its end is the end of its memory. */
static zsnmp_err_t run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    cr_assert_not_null(copy);
    memcpy(copy + 1, data, len);
    struct zsnmp_wire_body body;
    struct zsnmp_wire_call call;
    const char *why = NULL;
    zsnmp_err_t err = ZSNMP_OK;
    zsnmp_err_t first = zsnmp_wire_open(&body, NULL, copy + 1, len, 10000, &why);
    if (first == ZSNMP_OK) {
        while (zsnmp_wire_next(&body, &call, &err, &why)) {
            first = first == ZSNMP_OK ? err : first;
            if (err == ZSNMP_OK) {
                zsnmp_request_free(call.request);
            }
        }
    }
    free(copy);
    return first;
}

/* The decoder alone must stand what open would have refused. */
static void run_decoder(const uint8_t *data, size_t len)
{
    struct zsnmp_wire_call call;
    const char *why = NULL;
    uint8_t *copy = malloc(len + 1);
    cr_assert_not_null(copy);
    memcpy(copy + 1, data, len);
    const char *start = (const char *)copy + 1;
    if (zsnmp_wire_decode(copy + 1, len, false, &call, &why) == ZSNMP_OK) {
        zsnmp_request_free(call.request);
    } else if (call.peer.len > 0) { /* of this message, not of one before */
        cr_assert(call.peer.data >= start && call.peer.len <= len &&
                  call.peer.data + call.peer.len <= start + len);
    }
    free(copy);
}

static struct zsnmp_buf sample(size_t i)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 65536);
    wire_text(&out, samples[i]);
    return out;
}

Test(wire_hostile, samples_are_right)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct zsnmp_buf body = sample(i);
        cr_assert_eq(run(body.data, body.len), ZSNMP_OK, "sample %zu", i);
        zsnmp_buf_clear(&body);
    }
}

Test(wire_hostile, cut_off_at_every_byte)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct zsnmp_buf body = sample(i);
        for (size_t len = 0; len < body.len; len++) {
            cr_assert_eq(run(body.data, len), ZSNMP_E_BAD_REQUEST, "sample %zu at %zu", i, len);
            run_decoder(body.data, len);
        }
        zsnmp_buf_clear(&body);
    }
}

/* A key whose value is cut off has none: not that of the message before either. */
Test(wire_hostile, a_value_that_is_cut_off_is_none)
{
    struct zsnmp_buf whole = sample(0);
    struct zsnmp_buf other = sample(0);
    const uint8_t *peer = memmem(whole.data, whole.len, "udp:", 4);
    cr_assert_not_null(peer);
    struct zsnmp_wire_call call;
    const char *why = NULL;
    for (size_t len = (size_t)(peer - whole.data) - 1; len < other.len; len++) {
        cr_assert_eq(zsnmp_wire_decode(whole.data, whole.len, false, &call, &why), ZSNMP_OK);
        zsnmp_request_free(call.request);
        cr_assert_eq(zsnmp_wire_decode(other.data, len, false, &call, &why), ZSNMP_E_BAD_REQUEST);
        cr_assert(call.peer.len == 0 || ((const uint8_t *)call.peer.data >= other.data &&
                                         (const uint8_t *)call.peer.data < other.data + len),
                  "at %zu", len);
    }
    zsnmp_buf_clear(&whole);
    zsnmp_buf_clear(&other);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

Test(wire_hostile, random_bytes)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    uint8_t data[200];
    for (int round = 0; round < ROUNDS; round++) {
        size_t len = next_random(&state) % sizeof data;
        for (size_t i = 0; i < len; i++) {
            data[i] = (uint8_t)(next_random(&state) >> 24);
        }
        run(data, len);
        run_decoder(data, len);
    }
}

Test(wire_hostile, samples_with_random_changes)
{
    uint64_t state = 0x2545f4914f6cdd1du;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct zsnmp_buf body = sample(i);
        uint8_t *data = malloc(body.len);
        cr_assert_not_null(data);
        for (int round = 0; round < ROUNDS; round++) {
            memcpy(data, body.data, body.len);
            size_t changes = 1 + next_random(&state) % 4;
            for (size_t change = 0; change < changes; change++) {
                data[next_random(&state) % body.len] = (uint8_t)(next_random(&state) >> 24);
            }
            run(data, body.len);
            run_decoder(data, body.len);
        }
        free(data);
        zsnmp_buf_clear(&body);
    }
}

Test(wire_hostile, nesting_bombs)
{
    enum { SIZE = 1000000 };
    uint8_t *bomb = malloc(SIZE);
    cr_assert_not_null(bomb);
    memset(bomb, 0x91, SIZE);
    cr_assert_eq(run(bomb, SIZE), ZSNMP_E_BAD_REQUEST);
    memset(bomb, 0x81, SIZE);
    cr_assert_eq(run(bomb, SIZE), ZSNMP_E_BAD_REQUEST);
    for (size_t i = 0; i < SIZE; i++) {
        bomb[i] = i % 2 == 0 ? 0x81 : 0xa0; /* {"": {"": … */
    }
    cr_assert_eq(run(bomb, SIZE), ZSNMP_E_BAD_REQUEST);
    run_decoder(bomb, SIZE);
    free(bomb);
}

Test(wire_hostile, forged_lengths)
{
    static const uint8_t bodies[][12] = {
        {0xdd, 0xff, 0xff, 0xff, 0xff},
        {0xdf, 0xff, 0xff, 0xff, 0xff},
        {0xdb, 0xff, 0xff, 0xff, 0xff},
        {0xc6, 0xff, 0xff, 0xff, 0xff},
        {0xc9, 0xff, 0xff, 0xff, 0xff},
        {0xdc, 0xff, 0xff},
        {0xde, 0xff, 0xff},
        {0x91, 0xdd, 0xff, 0xff, 0xff, 0xff},
        {0x8f},
        {0x81, 0xa4, 'o', 'i', 'd', 's', 0xdd, 0x7f, 0xff, 0xff},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        cr_assert_eq(run(bodies[i], sizeof bodies[i]), ZSNMP_E_BAD_REQUEST, "body %zu", i);
        run_decoder(bodies[i], sizeof bodies[i]);
    }
}

Test(wire_hostile, a_large_body_of_nothing_costs_no_memory_of_its_size)
{
    enum { SIZE = 8 * 1024 * 1024 };
    uint8_t *body = malloc(SIZE);
    cr_assert_not_null(body);
    static const uint8_t head[] = {0x84, 0xa2, 'o', 'p',  0xa3, 'g',  'e', 't', 0xa4, 'p',
                                   'e',  'e',  'r', 0xa1, 'h',  0xa4, 'o', 'i', 'd',  's',
                                   0x91, 0xa3, '1', '.',  '3',  0xa1, 'x', 0xc6};
    size_t rest = SIZE - sizeof head - 4;
    memcpy(body, head, sizeof head);
    for (int i = 0; i < 4; i++) {
        body[sizeof head + i] = (uint8_t)(rest >> (24 - 8 * i));
    }
    struct zsnmp_wire_call call;
    const char *why = NULL;
    cr_assert_eq(zsnmp_wire_decode(body, SIZE, false, &call, &why), ZSNMP_OK);
    cr_assert(call.request->room < 128 * 1024);
    cr_assert_null(call.request->arena.extra);
    zsnmp_request_free(call.request);
    free(body);
}

static bool tells(const struct zsnmp_buf *out)
{
    return memmem(out->data, out->len, SECRET, strlen(SECRET)) != NULL;
}

Test(wire_hostile, secrets_are_not_told)
{
    static const char *const faults[] = {
        "'oids': ['" SECRET "']", "'oids': ['1.3'], 'auth_proto': '" SECRET "'",
        "'oids': ['1.3'], 'level': '" SECRET "'", "'oids': ['1.3'], 'must': ['" SECRET "']",
        "'oids': ['1.3']"};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[600];
        snprintf(text, sizeof text,
                 "{'op': 'get', 'peer': 'h', 'community': '" SECRET "', 'user': '" SECRET
                 "', 'auth_pass': '" SECRET "', %s}",
                 faults[i]);
        struct zsnmp_buf body;
        struct zsnmp_buf out;
        zsnmp_buf_init(&body, 65536);
        zsnmp_buf_init(&out, 65536);
        wire_text(&body, text);
        struct zsnmp_wire_call call;
        const char *why = NULL;
        zsnmp_err_t err = zsnmp_wire_decode(body.data, body.len, false, &call, &why);
        cr_assert_neq(err, ZSNMP_OK);
        zsnmp_wire_put_refusal(&out, &call, err, why);
        cr_assert_not(tells(&out));
        zsnmp_buf_clear(&body);
        zsnmp_buf_clear(&out);
    }
}

Test(wire_hostile, secrets_are_not_in_replies)
{
    struct zsnmp_buf body = sample(1);
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 65536);
    struct zsnmp_wire_call call;
    const char *why = NULL;
    cr_assert_eq(zsnmp_wire_decode(body.data, body.len, false, &call, &why), ZSNMP_OK);
    cr_assert(tells(&body));
    call.request->timing = true;
    call.request->reply.error = ZSNMP_E_WRONG_DIGEST;
    zsnmp_wire_put_reply(&out, call.request);
    cr_assert_not(tells(&out));
    zsnmp_request_free(call.request);
    zsnmp_buf_clear(&body);
    zsnmp_buf_clear(&out);
}
