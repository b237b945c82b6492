/*
 * Replies to bytes, compared byte for byte.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "wire/mp.h"
#include "wire/wire.h"
#include "wire_text.h"

#define OUT_MAX (1024u * 1024)

static struct zsnmp_request *request;
static struct zsnmp_buf out;
static struct zsnmp_buf wanted;

static const uint32_t sys_descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};

static void setup(void)
{
    request = zsnmp_request_alloc(256);
    cr_assert_not_null(request);
    request->form = ZSNMP_FORM_MAP;
    cr_assert_eq(zsnmp_request_copy(request, &request->peer, "h", 1), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_copy(request, &request->id, "\x05", 1), ZSNMP_OK);
    zsnmp_buf_init(&out, OUT_MAX);
    zsnmp_buf_init(&wanted, OUT_MAX);
}

static void teardown(void)
{
    zsnmp_request_free(request);
    zsnmp_buf_clear(&out);
    zsnmp_buf_clear(&wanted);
}

TestSuite(wire_encode, .init = setup, .fini = teardown);

/* The value of a varbind of .0.1 as it was encoded, in hexadecimal. */
static const char *value_of(const zsnmp_varbind_t *value)
{
    static const uint32_t oid[] = {0, 1};
    static const uint8_t key[] = {0xa3, '0', '.', '1'};
    zsnmp_varbind_t vb = *value;
    vb.oid = oid;
    vb.oid_len = 2;
    struct zsnmp_buf *varbinds = &request->reply.varbinds;
    varbinds->len = 0;
    zsnmp_wire_add_varbind(request, &vb);
    cr_assert(!varbinds->failed && varbinds->len > sizeof key);
    cr_assert_eq(memcmp(varbinds->data, key, sizeof key), 0);
    return wire_hex(varbinds->data + sizeof key, varbinds->len - sizeof key);
}

#define SIGNED(kind, number) value_of(&(zsnmp_varbind_t){.type = (kind), .value.i = (number)})
#define UNSIGNED(kind, number) value_of(&(zsnmp_varbind_t){.type = (kind), .value.u = (number)})
#define REAL(kind, number) value_of(&(zsnmp_varbind_t){.type = (kind), .value.d = (number)})
#define BYTES(kind, text, n)                                                                       \
    value_of(&(zsnmp_varbind_t){                                                                   \
        .type = (kind), .value.bytes.data = (const uint8_t *)(text), .value.bytes.len = (n)})
#define OID(...)                                                                                   \
    value_of(&(zsnmp_varbind_t){.type = ZSNMP_OBJECT_ID,                                           \
                                .value.oid.subids = (const uint32_t[]){__VA_ARGS__},               \
                                .value.oid.len =                                                   \
                                    sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)})

Test(wire_encode, integers)
{
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, 0), "00");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, 127), "7f");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, 128), "cc 80");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, INT32_MAX), "ce 7f ff ff ff");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -1), "ff");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -32), "e0");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -33), "d0 df");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -128), "d0 80");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -129), "d1 ff 7f");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -32768), "d1 80 00");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -32769), "d2 ff ff 7f ff");
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, INT32_MIN), "d2 80 00 00 00");
    cr_assert_str_eq(SIGNED(ZSNMP_OPAQUE_INT64, INT64_MIN), "d3 80 00 00 00 00 00 00 00");
}

Test(wire_encode, unsigned_numbers)
{
    static const uint8_t kinds[] = {ZSNMP_COUNTER32,    ZSNMP_GAUGE32,    ZSNMP_TIMETICKS,
                                    ZSNMP_COUNTER64,    ZSNMP_UINTEGER32, ZSNMP_OPAQUE_COUNTER64,
                                    ZSNMP_OPAQUE_UINT64};
    for (size_t i = 0; i < sizeof kinds; i++) {
        cr_assert_str_eq(UNSIGNED(kinds[i], 5), "05");
        cr_assert_str_eq(UNSIGNED(kinds[i], 255), "cc ff");
        cr_assert_str_eq(UNSIGNED(kinds[i], 256), "cd 01 00");
        cr_assert_str_eq(UNSIGNED(kinds[i], 65535), "cd ff ff");
        cr_assert_str_eq(UNSIGNED(kinds[i], 65536), "ce 00 01 00 00");
        cr_assert_str_eq(UNSIGNED(kinds[i], UINT32_MAX), "ce ff ff ff ff");
    }
    cr_assert_str_eq(UNSIGNED(ZSNMP_COUNTER64, UINT32_MAX + 1ull), "cf 00 00 00 01 00 00 00 00");
    cr_assert_str_eq(UNSIGNED(ZSNMP_COUNTER64, UINT64_MAX), "cf ff ff ff ff ff ff ff ff");
}

Test(wire_encode, bytes_are_bin)
{
    static uint8_t long_value[70000];
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "hi", 2), "c4 02 68 69");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, NULL, 0), "c4 00");
    cr_assert_str_eq(BYTES(ZSNMP_OPAQUE, "\x9f", 1), "c4 01 9f");
    cr_assert_str_eq(BYTES(ZSNMP_NSAP, "\x00", 1), "c4 01 00");
    cr_assert_eq(strncmp(BYTES(ZSNMP_OCTET_STRING, long_value, 255), "c4 ff 00", 8), 0);
    cr_assert_eq(strncmp(BYTES(ZSNMP_OCTET_STRING, long_value, 256), "c5 01 00 00", 11), 0);
    cr_assert_eq(strncmp(BYTES(ZSNMP_OCTET_STRING, long_value, 70000), "c6 00 01 11 70 00", 17), 0);
}

Test(wire_encode, addresses_and_oids_are_text)
{
    cr_assert_str_eq(BYTES(ZSNMP_IP_ADDRESS, "\x7f\0\0\1", 4), "a9 31 32 37 2e 30 2e 30 2e 31");
    cr_assert_str_eq(BYTES(ZSNMP_IP_ADDRESS, "\x7f\0", 2), "c4 02 7f 00", "no IPv4 address");
    cr_assert_str_eq(OID(1, 3, 6), "a5 31 2e 33 2e 36");
    cr_assert_str_eq(OID(0, 0), "a3 30 2e 30");
    /* 31 characters fit into the shortest head, 32 do not. */
    cr_assert_eq(strncmp(OID(1, 3, 6, 1, 4, 1, 4294967295, 9, 90, 2), "bd 31", 5), 0);
    cr_assert_eq(strncmp(OID(1, 3, 6, 1, 4, 1, 4294967295, 99, 99, 22), "bf 31", 5), 0);
    cr_assert_eq(strncmp(OID(1, 3, 6, 1, 4, 1, 4294967295, 999, 99, 22), "d9 20 31 2e", 11), 0);
    uint32_t longest[128];
    for (size_t i = 0; i < 128; i++) {
        longest[i] = i < 2 ? 1 : UINT32_MAX;
    }
    zsnmp_varbind_t vb = {
        .type = ZSNMP_OBJECT_ID, .value.oid.subids = longest, .value.oid.len = 128};
    cr_assert_eq(strncmp(value_of(&vb), "da 05 6d 31 2e 31 2e 34", 23), 0);
}

Test(wire_encode, reals_and_nothing)
{
    cr_assert_str_eq(REAL(ZSNMP_OPAQUE_FLOAT, 1.5), "ca 3f c0 00 00");
    cr_assert_str_eq(REAL(ZSNMP_OPAQUE_DOUBLE, -1.5), "cb bf f8 00 00 00 00 00 00");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NULL, 0), "c0");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_OBJECT, 0), "c0");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_INSTANCE, 0), "c0");
    cr_assert_str_eq(UNSIGNED(ZSNMP_END_OF_MIB_VIEW, 0), "c0");
    request->exceptions = true;
    cr_assert_str_eq(UNSIGNED(ZSNMP_NULL, 0), "c0");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_OBJECT, 0), "d4 01 80");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_INSTANCE, 0), "d4 01 81");
    cr_assert_str_eq(UNSIGNED(ZSNMP_END_OF_MIB_VIEW, 0), "d4 01 82");
}

/* Compares what was written with what text means. */
static void equals(const char *text)
{
    wanted.len = 0;
    wire_text(&wanted, text);
    char first[8192];
    snprintf(first, sizeof first, "%s", wire_hex(out.data, out.len));
    cr_assert_str_eq(first, wire_hex(wanted.data, wanted.len), "wanted %s", text);
    cr_assert(!out.failed);
    out.len = 0;
}

static void add(uint8_t type, uint64_t value)
{
    zsnmp_varbind_t vb = {.oid = sys_descr, .oid_len = 9, .type = type, .value.u = value};
    zsnmp_wire_add_varbind(request, &vb);
}

static void reply(const char *text)
{
    zsnmp_wire_put_reply(&out, request);
    equals(text);
}

Test(wire_encode, success_in_map_form)
{
    reply("{'id': 5, 'peer': 'h', 'varbinds': {}}");
    add(ZSNMP_COUNTER32, 7);
    add(ZSNMP_NO_SUCH_INSTANCE, 0);
    reply("{'id': 5, 'peer': 'h', 'varbinds': {'1.3.6.1.2.1.1.1.0': 7, '1.3.6.1.2.1.1.1.0': nil}}");
    request->id.len = 0;
    request->timing = true;
    request->reply.rtt_us = 1234;
    request->reply.tries = 2;
    request->reply.count = 0;
    request->reply.varbinds.len = 0;
    reply("{'id': nil, 'peer': 'h', 'varbinds': {}, 'rtt_us': 1234, 'tries': 2}");
}

Test(wire_encode, success_in_list_form)
{
    request->form = ZSNMP_FORM_LIST;
    request->exceptions = true;
    reply("{'id': 5, 'peer': 'h', 'varbinds': []}");
    add(ZSNMP_COUNTER32, 7);
    add(ZSNMP_END_OF_MIB_VIEW, 0);
    reply("{'id': 5, 'peer': 'h', 'varbinds': [['1.3.6.1.2.1.1.1.0', 65, 7],"
          " ['1.3.6.1.2.1.1.1.0', 130, nil]]}");
}

Test(wire_encode, failures)
{
    request->reply.error = ZSNMP_E_NO_SUCH_NAME;
    request->reply.error_index = 2;
    request->reply.sent = ZSNMP_SENT_YES;
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 2, 'name': 'noSuchName', 'message': "
          "'the device has no such object', 'index': 2, 'retryable': false, 'sent': 'yes'}}");
    request->reply.error = ZSNMP_E_TIMEOUT;
    request->reply.error_index = 0;
    request->reply.message = "three tries";
    request->reply.sent = ZSNMP_SENT_MAYBE;
    add(ZSNMP_GAUGE32, 1);
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 100, 'name': 'timeout', 'message': "
          "'three tries', 'index': 0, 'retryable': true, 'sent': 'maybe'}, "
          "'varbinds': {'1.3.6.1.2.1.1.1.0': 1}}");
}

Test(wire_encode, a_set_that_may_have_happened_is_not_retryable)
{
    request->op = ZSNMP_SET;
    request->reply.error = ZSNMP_E_TIMEOUT;
    request->reply.message = "t";
    request->reply.sent = ZSNMP_SENT_MAYBE;
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 100, 'name': 'timeout', 'message': 't',"
          " 'index': 0, 'retryable': false, 'sent': 'maybe'}}");
    request->reply.sent = ZSNMP_SENT_NO;
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 100, 'name': 'timeout', 'message': 't',"
          " 'index': 0, 'retryable': true, 'sent': 'no'}}");
}

Test(wire_encode, a_set_that_the_device_refused_is_retryable_after_one_try)
{
    request->op = ZSNMP_SET;
    request->reply.error = ZSNMP_E_RESOURCE_UNAVAILABLE;
    request->reply.message = "r";
    request->reply.sent = ZSNMP_SENT_YES;
    request->reply.tries = 1;
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 13, 'name': 'resourceUnavailable', 'message': "
          "'r', 'index': 0, 'retryable': true, 'sent': 'yes'}}");
    request->reply.tries = 2; /* the first may have been carried out, its answer lost */
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 13, 'name': 'resourceUnavailable', 'message': "
          "'r', 'index': 0, 'retryable': false, 'sent': 'yes'}}");
}

Test(wire_encode, walks)
{
    struct zsnmp_reply *state = &request->reply;
    request->op = ZSNMP_WALK;
    state->complete = true;
    state->stop = ZSNMP_STOP_OUT_OF_TREE;
    uint32_t next[ZSNMP_OID_MAX];
    state->next = next;
    memcpy(state->next, sys_descr, sizeof sys_descr);
    state->next_len = 9;
    reply("{'id': 5, 'peer': 'h', 'varbinds': {}, 'complete': true, 'stop': 'out_of_tree'}");
    state->complete = false;
    state->stop = ZSNMP_STOP_LIMIT;
    request->timing = true;
    reply("{'id': 5, 'peer': 'h', 'varbinds': {}, 'complete': false, 'stop': 'limit', "
          "'next': '1.3.6.1.2.1.1.1.0', 'rtt_us': 0, 'tries': 0}");
    request->timing = false;
    state->stop = ZSNMP_STOP_NONE;
    state->next_len = 0;
    state->error = ZSNMP_E_QUEUE_FULL;
    state->message = "m";
    reply("{'id': 5, 'peer': 'h', 'error': {'code': 300, 'name': 'queue_full', 'message': 'm',"
          " 'index': 0, 'retryable': true, 'sent': 'no'}, 'complete': false}");
}

Test(wire_encode, errors_before_there_is_a_request)
{
    zsnmp_wire_put_error(&out, NULL, 0, ZSNMP_E_BAD_REQUEST, "body: x");
    equals("{'id': nil, 'error': {'code': 400, 'name': 'bad_request', 'message': 'body: x',"
           " 'index': 0, 'retryable': false, 'sent': 'no'}}");
    zsnmp_wire_put_error(&out, (const uint8_t *)"\xa1x", 2, ZSNMP_E_INTERNAL, NULL);
    equals("{'id': 'x', 'error': {'code': 500, 'name': 'internal', 'message': "
           "'the engine failed, out of memory for instance', 'index': 0, 'retryable': true,"
           " 'sent': 'no'}}");
    struct zsnmp_wire_call call = {.id = {9}, .id_len = 1, .error_index = 3, .peer = {"h:1", 3}};
    zsnmp_wire_put_refusal(&out, &call, ZSNMP_E_BAD_REQUEST, "oids: x");
    equals("{'id': 9, 'peer': 'h:1', 'error': {'code': 400, 'name': 'bad_request', 'message': "
           "'oids: x', 'index': 3, 'retryable': false, 'sent': 'no'}}");
    call.peer.len = 0;
    zsnmp_wire_put_refusal(&out, &call, ZSNMP_E_UNSUPPORTED, "op: unknown");
    equals("{'id': 9, 'error': {'code': 401, 'name': 'unsupported', 'message': 'op: unknown',"
           " 'index': 3, 'retryable': false, 'sent': 'no'}}");
}

Test(wire_encode, the_service_itself)
{
    const uint8_t id[] = {1};
    zsnmp_wire_put_pong(&out, id, 1, 5000);
    char text[200];
    snprintf(text, sizeof text,
             "{'id': 1, 'pong': true, 'protocol': 'ZSNMP/1', 'version': '%s', 'uptime_ms': 5000}",
             zsnmp_version());
    equals(text);
    zsnmp_wire_put_cancelled(&out, id, 1, true);
    equals("{'id': 1, 'cancelled': true}");
    zsnmp_wire_put_cancelled(&out, id, 1, false);
    equals("{'id': 1, 'error': {'code': 404, 'name': 'unknown_request', 'message': 'there is no "
           "such request', 'index': 0, 'retryable': false, 'sent': 'no'}}");
    zsnmp_wire_put_info(&out, id, 1, 2);
    zsnmp_wire_put_info_uint(&out, "varbinds", 70000);
    zsnmp_wire_put_info_str(&out, "version", "0");
    equals("{'id': 1, 'info': {'varbinds': 70000, 'version': '0'}}");
    zsnmp_wire_put_batch(&out, 20);
    cr_assert_str_eq(wire_hex(out.data, out.len), "dc 00 14");
}

Test(wire_encode, devices)
{
    struct zsnmp_device_row rows[2] = {
        {.peer = "udp:127.0.0.1:161",
         .worker = 1,
         .sessions = 2,
         .queued = 3,
         .in_flight = 4,
         .requests = 5,
         .timeouts = 6,
         .failures = 7,
         .rtt_us = 800,
         .last_seen_us = 1000000,
         .down_since_us = 2000000,
         .changes = 3,
         .quirks = 1u << ZSNMP_QUIRK_LOOP | 1u << ZSNMP_QUIRK_TOO_BIG,
         .get_names = 10,
         .repetitions = 50},
        {.peer = "udp:127.0.0.2:161"},
    };
    zsnmp_wire_put_devices(&out, NULL, 0, rows, 2, 99, 3500000);
    equals("{'id': nil, 'known': 99, 'devices': [{'peer': 'udp:127.0.0.1:161', 'state': 'down', "
           "'changes': 3, 'down_ms': 1500, 'worker': 1, "
           "'sessions': 2, 'queued': 3, 'in_flight': 4, 'requests': 5, 'timeouts': 6, 'failures': "
           "7, 'rtt_us': 800, 'seen_ms_ago': 2500, 'get_names': 10, "
           "'repetitions': 50, 'quirks': ['loop', 'too_big']}, {'peer': 'udp:127.0.0.2:161', "
           "'state': 'up', "
           "'changes': 0, 'worker': 0, "
           "'sessions': 0, 'queued': 0, 'in_flight': 0, 'requests': 0, 'timeouts': 0, 'failures': "
           "0, 'rtt_us': nil, 'seen_ms_ago': nil, 'get_names': nil, 'repetitions': nil, "
           "'quirks': []}]}");
}

Test(wire_encode, a_full_reply_keeps_whole_varbinds)
{
    zsnmp_buf_limit(&request->reply.varbinds, 100);
    for (int i = 0; i < 100; i++) {
        add(ZSNMP_COUNTER64, UINT64_MAX);
    }
    cr_assert(request->reply.varbinds.failed);
    cr_assert(request->reply.varbinds.len <= 100);
    cr_assert_eq(request->reply.varbinds.len, 27 * request->reply.count);
}

/* A reply as the functions of mp.h write it, part by part. */
static void put_wanted(void)
{
    const struct zsnmp_reply *got = &request->reply;
    bool stream = request->stream != 0;
    wanted.len = 0;
    zsnmp_mp_put_map(&wanted, 3 + stream);
    zsnmp_mp_put_str(&wanted, "id");
    if (request->id.len == 0) {
        zsnmp_mp_put_nil(&wanted);
    } else {
        zsnmp_mp_put_raw(&wanted, request->id.data, request->id.len);
    }
    zsnmp_mp_put_str(&wanted, "peer");
    zsnmp_mp_put_strn(&wanted, request->peer.data, request->peer.len);
    zsnmp_mp_put_str(&wanted, "varbinds");
    if (request->form == ZSNMP_FORM_LIST) {
        zsnmp_mp_put_array(&wanted, got->count);
    } else {
        zsnmp_mp_put_any_map(&wanted, got->count);
    }
    zsnmp_mp_put_raw(&wanted, got->varbinds.data, got->varbinds.len);
    if (stream) {
        zsnmp_mp_put_str(&wanted, "more");
        zsnmp_mp_put_bool(&wanted, false);
    }
}

/* Its bytes, and that it fits into as many and not into one less. */
static void expect_reply(void)
{
    put_wanted();
    cr_assert_not(wanted.failed);
    for (size_t less = 0; less < 2; less++) {
        struct zsnmp_buf exact;
        zsnmp_buf_init(&exact, wanted.len - less);
        zsnmp_wire_put_reply(&exact, request);
        cr_assert_eq(exact.failed, less > 0);
        cr_assert(less > 0 ||
                  (exact.len == wanted.len && memcmp(exact.data, wanted.data, wanted.len) == 0));
        zsnmp_buf_clear(&exact);
    }
}

/* At each length at which a head grows. */
Test(wire_encode, heads_of_a_reply_are_the_shortest)
{
    static const size_t peers[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    static const uint32_t counts[] = {0, 1, 15, 16, 65535, 65536, UINT32_MAX};
    static char text[65536];
    memset(text, 'x', sizeof text);
    add(ZSNMP_COUNTER32, 7);
    for (int form = 0; form < 2; form++) {
        request->form = form == 0 ? ZSNMP_FORM_MAP : ZSNMP_FORM_LIST;
        request->stream = (uint8_t)form;
        request->id.len = form == 0;
        for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
            request->peer.data = peers[i] == 0 ? NULL : text;
            request->peer.len = peers[i];
            for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
                request->reply.count = counts[n];
                expect_reply();
            }
        }
    }
}

/* The longest text with each head, and the first that needs the next one; as name and as value. */
Test(wire_encode, an_oid_has_the_shortest_head_before_its_text)
{
    struct zsnmp_buf *varbinds = &request->reply.varbinds;
    for (uint32_t last = 1; last <= 1000000; last *= 10) {
        for (size_t len = 1; len <= 128; len++) {
            uint32_t oid[128] = {1};
            char text[128 * 11 + 1] = "1";
            size_t text_len = 1;
            for (size_t i = 1; i < len; i++) {
                oid[i] = i + 1 == len ? last : i % 10;
                text_len += (size_t)sprintf(text + text_len, ".%u", oid[i]);
            }
            zsnmp_varbind_t vb = {.oid = oid,
                                  .oid_len = len,
                                  .type = ZSNMP_OBJECT_ID,
                                  .value.oid.subids = oid,
                                  .value.oid.len = len};
            varbinds->len = 0;
            zsnmp_wire_add_varbind(request, &vb);
            wanted.len = 0;
            zsnmp_mp_put_strn(&wanted, text, text_len);
            zsnmp_mp_put_strn(&wanted, text, text_len);
            cr_assert_eq(varbinds->len, wanted.len);
            cr_assert_arr_eq(varbinds->data, wanted.data, wanted.len);
        }
    }
}

/* An error in place of a reply that could not be passed on: what it says must still be true. */
static void substitute(zsnmp_op_t op, zsnmp_sent_t sent, const char *text)
{
    struct zsnmp_buf whole;
    zsnmp_buf_init(&whole, OUT_MAX);
    zsnmp_wire_put_reply(&whole, request);
    zsnmp_wire_put_substitute(&out, whole.data, whole.len,
                              (struct zsnmp_wire_fate){(uint8_t)op, (uint8_t)sent},
                              ZSNMP_E_QUEUE_FULL, "m");
    zsnmp_buf_clear(&whole);
    equals(text);
}

Test(wire_encode, an_error_in_place_of_a_reply)
{
    add(ZSNMP_COUNTER32, 7);
    substitute(ZSNMP_GET, ZSNMP_SENT_YES,
               "{'id': 5, 'peer': 'h', 'error': {'code': 300, 'name': 'queue_full', 'message': 'm',"
               " 'index': 0, 'retryable': true, 'sent': 'yes'}}");
    substitute(ZSNMP_SET, ZSNMP_SENT_YES,
               "{'id': 5, 'peer': 'h', 'error': {'code': 300, 'name': 'queue_full', 'message': 'm',"
               " 'index': 0, 'retryable': false, 'sent': 'yes'}}");
    substitute(ZSNMP_SET, ZSNMP_SENT_NO,
               "{'id': 5, 'peer': 'h', 'error': {'code': 300, 'name': 'queue_full', 'message': 'm',"
               " 'index': 0, 'retryable': true, 'sent': 'no'}}");
    request->id.len = 0;
    substitute(ZSNMP_WALK, ZSNMP_SENT_MAYBE,
               "{'id': nil, 'peer': 'h', 'error': {'code': 300, 'name': 'queue_full', 'message': "
               "'m', 'index': 0, 'retryable': true, 'sent': 'maybe'}, 'complete': false}");
}
