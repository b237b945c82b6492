/*
 * Messages like one before: what they become is what the decoder makes of them, whatever differs;
 * and which of them are kept.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "../same_request.h"
#include "wire/mp.h"
#include "wire/pattern.h"
#include "wire_text.h"

static struct zsnmp_patterns patterns;

static void setup(void)
{
    zsnmp_patterns_init(&patterns);
}

static void teardown(void)
{
    zsnmp_patterns_clear(&patterns);
}

TestSuite(wire_pattern, .init = setup, .fini = teardown);

static uint32_t kept(void)
{
    uint32_t count = 0;
    for (size_t i = 0; i < ZSNMP_PATTERNS_MAX; i++) {
        count += patterns.all[i] != NULL;
    }
    return count;
}

/*
 * Both ways with the same bytes, at the end of their memory and with others behind them. Returns
 * whether they fitted a pattern; if so, what came of them is what the decoder makes of them.
 */
static bool fits(const uint8_t *data, size_t len, size_t behind)
{
    uint8_t *copy = malloc(len + behind + 1);
    cr_assert_not_null(copy);
    memcpy(copy + 1, data, len);
    memset(copy + 1 + len, 0x81, behind);
    struct zsnmp_wire_call fast;
    struct zsnmp_wire_call slow;
    const char *why = NULL;
    bool fitted = zsnmp_patterns_apply(&patterns, copy + 1, len + behind, &fast);
    zsnmp_err_t err = zsnmp_wire_decode(copy + 1, len + behind, false, &slow, &why);
    if (fitted) {
        cr_assert_eq(err, ZSNMP_OK, "it is refused: %s: %s", why, wire_hex(data, len));
        cr_assert_eq(fast.kind, slow.kind);
        cr_assert_eq(fast.size, slow.size);
        cr_assert_eq(fast.id_len, slow.id_len);
        cr_assert_arr_eq(fast.id, slow.id, slow.id_len);
        cr_assert_eq(fast.error_index, 0);
        cr_assert_eq(fast.target_len, 0);
        cr_assert(same_request(fast.request, slow.request), "%s", wire_hex(data, len));
        const char *again = NULL;
        cr_assert_eq(zsnmp_request_check(fast.request, &again), ZSNMP_OK);
        cr_assert(same_request(fast.request, slow.request));
        zsnmp_request_free(fast.request);
    }
    if (err == ZSNMP_OK) {
        zsnmp_request_free(slow.request);
    }
    free(copy);
    return fitted;
}

static struct zsnmp_buf encode(const char *text)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 1 << 20);
    wire_text(&out, text);
    return out;
}

/* Whether a message fits; one that does not is learned, if it is any good. */
static bool send_bytes(const uint8_t *data, size_t len)
{
    if (fits(data, len, 0)) {
        cr_assert(fits(data, len, 40));
        return true;
    }
    struct zsnmp_wire_call call;
    const char *why = NULL;
    if (zsnmp_wire_decode(data, len, false, &call, &why) == ZSNMP_OK) {
        zsnmp_patterns_learn(&patterns, data, &call);
        zsnmp_request_free(call.request);
    }
    return false;
}

static bool fits_text(const char *text)
{
    struct zsnmp_buf body = encode(text);
    bool fitted = send_bytes(body.data, body.len);
    zsnmp_buf_clear(&body);
    return fitted;
}

Test(wire_pattern, id_peer_and_community_may_differ)
{
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}"));
    cr_assert(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}"));
    cr_assert(fits_text("{'id': 70000, 'op': 'get', 'peer': '[2001:db8::1]:16100', 'community': "
                        "'a community of more than thirty-one bytes', 'oids': ['1.3.6']}"));
    cr_assert(fits_text("{'id': 'text', 'op': 'get', 'peer': x'31302e302e302e31', 'community': '', "
                        "'oids': ['1.3.6']}"));
    cr_assert(
        fits_text("{'id': x'0001', 'op': 'get', 'peer': 'tcp:h', 'community': x'00ff', 'oids': "
                  "['1.3.6']}"));
}

Test(wire_pattern, what_else_differs_does_not_fit)
{
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'retries': 1, 'oids': ['1.3.6']}"));
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'retries': 2, 'oids': ['1.3.6']}"));
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'retries': 1, 'oids': ['1.3.7']}"));
    cr_assert_not(
        fits_text("{'op': 'get', 'id': 1, 'peer': 'a', 'retries': 1, 'oids': ['1.3.6']}"));
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get_next', 'peer': 'a', 'retries': 1, 'oids': ['1.3.6']}"));
    cr_assert_not(fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'retries': 1}"));
}

Test(wire_pattern, values_that_are_refused_do_not_fit)
{
    cr_assert_not(
        fits_text("{'id': 1, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}"));
    static const char *const wrong[] = {
        "{'id': -1, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': nil, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': [1], 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': {}, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1.5, 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': '', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': nil, 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 7, 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 'a b', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 'and so on\x7f', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': x'ff', 'community': 'c', 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 'a', 'community': nil, 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 'a', 'community': 1, 'oids': ['1.3.6']}",
        "{'id': 1, 'op': 'get', 'peer': 'a', 'community': ['c'], 'oids': ['1.3.6']}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct zsnmp_buf body = encode(wrong[i]);
        cr_assert_not(fits(body.data, body.len, 0), "%s", wrong[i]);
        zsnmp_buf_clear(&body);
    }
    char text[600];
    snprintf(text, sizeof text,
             "{'id': 1, 'op': 'get', 'peer': 'a', 'community': '%0256d', 'oids': ['1.3.6']}", 1);
    cr_assert_not(fits_text(text));
    snprintf(text, sizeof text,
             "{'id': '%065d', 'op': 'get', 'peer': 'a', 'community': 'c', 'oids': ['1.3.6']}", 1);
    cr_assert_not(fits_text(text));
    snprintf(text, sizeof text,
             "{'id': 1, 'op': 'get', 'peer': '%0281d', 'community': 'c', 'oids': ['1.3.6']}", 1);
    cr_assert_not(fits_text(text));
    cr_assert_eq(kept(), 1);
}

#define MANY_OPTIONS                                                                               \
    "'op': 'get_bulk', 'version': '2c', 'oids': ['1.3.6.1.2.1.2.2.1.10', [1, 3, 6], "              \
    "'1.3.6.1.4.1.4294967295'], 'form': 'list', 'exceptions': true, 'timing': true, 'priority': "  \
    "6, 'timeout_ms': 1234, 'retries': 0, 'deadline_ms': 99, 'device_window': 3, "                 \
    "'device_queue_max': 17, 'device_interval_ms': 5, 'non_repeaters': 1, 'max_repetitions': 7, "  \
    "'must': ['timing'], 'extra': [{'a': 1}], 'bulk': false"

Test(wire_pattern, every_option_is_copied)
{
    cr_assert_not(fits_text("{'peer': 'h', " MANY_OPTIONS ", 'id': 1}"));
    cr_assert(fits_text("{'peer': '10.1.2.3', " MANY_OPTIONS ", 'id': 4294967295}"));
}

Test(wire_pattern, what_is_not_plain_is_not_kept)
{
    static const char *const others[] = {
        "{'op': 'get', 'peer': 'h', 'oids': ['1.3'], 'user': 'u', 'auth_proto': 'SHA', "
        "'auth_pass': 'not to be kept'}",
        "{'op': 'walk', 'peer': 'h', 'oids': ['1.3']}",
        "{'op': 'walk', 'peer': 'h', 'oids': ['1.3'], 'start': '1.3.6'}",
        "{'op': 'set', 'peer': 'h', 'set': [['1.3.6', 'i', 1]]}",
        "{'op': 'ping', 'id': 1}",
        "{'op': 'cancel', 'target': 1}",
        "{'op': 'get', 'peer': 'h', 'oids': ['1.3'], 'limit': 5}",
    };
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            cr_assert_not(fits_text(others[i]), "%s", others[i]);
        }
    }
    cr_assert_eq(kept(), 0);
}

Test(wire_pattern, a_long_message_is_not_kept)
{
    struct zsnmp_buf body;
    zsnmp_buf_init(&body, 1 << 20);
    for (uint32_t count = 100; count <= 1000; count += 900) {
        body.len = 0;
        zsnmp_mp_put_map(&body, 3);
        zsnmp_mp_put_str(&body, "op");
        zsnmp_mp_put_str(&body, "get");
        zsnmp_mp_put_str(&body, "peer");
        zsnmp_mp_put_str(&body, "h");
        zsnmp_mp_put_str(&body, "oids");
        zsnmp_mp_put_array(&body, count);
        for (uint32_t i = 0; i < count; i++) {
            zsnmp_mp_put_str(&body, "1.3.6.1.2.1.1");
        }
        send_bytes(body.data, body.len);
        cr_assert_eq(send_bytes(body.data, body.len), count == 100);
    }
    cr_assert_eq(kept(), 1);
    zsnmp_buf_clear(&body);
}

/* What is nested as deeply as a body may be is too deep in an array, known or not. */
Test(wire_pattern, a_body_is_as_deep_as_it_may_be)
{
    for (int depth = 13; depth <= 16; depth++) {
        char text[200];
        int len = snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h', 'oids': ['1.3'], 'x': ");
        for (int i = 1; i < depth; i++) {
            text[len++] = '[';
        }
        text[len++] = '1';
        for (int i = 1; i < depth; i++) {
            text[len++] = ']';
        }
        memcpy(text + len, "}", 2);
        fits_text(text);
        cr_assert_eq(fits_text(text), depth < 16);
        char array[202];
        snprintf(array, sizeof array, "[%s]", text);
        struct zsnmp_buf body = encode(array);
        struct zsnmp_wire_body opened;
        const char *why = NULL;
        zsnmp_err_t err = zsnmp_wire_open(&opened, &patterns, body.data, body.len, 1, &why);
        cr_assert_eq(err, depth < 16 ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST, "%d", depth);
        zsnmp_buf_clear(&body);
    }
}

/* A body that is known but for what is behind it. */
Test(wire_pattern, more_than_one_object)
{
    fits_text("{'op': 'get', 'peer': 'h', 'oids': ['1.3']}");
    struct zsnmp_buf body = encode("{'op': 'get', 'peer': 'x', 'oids': ['1.3']}");
    struct zsnmp_wire_body opened;
    const char *why = NULL;
    cr_assert_eq(zsnmp_wire_open(&opened, &patterns, body.data, body.len, 1, &why), ZSNMP_OK);
    cr_assert_eq(opened.count, 1);
    zsnmp_buf_append(&body, "", 1);
    cr_assert_eq(zsnmp_wire_open(&opened, &patterns, body.data, body.len, 1, &why),
                 ZSNMP_E_BAD_REQUEST);
    for (size_t len = 0; len + 1 < body.len; len++) {
        cr_assert_eq(zsnmp_wire_open(&opened, &patterns, body.data, len, 1, &why),
                     ZSNMP_E_BAD_REQUEST, "%zu", len);
    }
    zsnmp_buf_clear(&body);
}

/* An array or map in the place of a value would swallow what is behind it. */
Test(wire_pattern, a_container_is_no_value)
{
    fits_text("{'id': 1, 'op': 'get', 'peer': 'h', 'oids': ['1.3']}");
    struct zsnmp_buf body = encode("[{'id': 1, 'op': 'get', 'peer': 'h', 'oids': ['1.3']}, "
                                   "{'id': 1, 'op': 'get', 'peer': 'h', 'oids': ['1.3']}]");
    size_t id = body.len / 2 + 5; /* of the second */
    cr_assert_eq(body.data[id], 1);
    struct zsnmp_wire_body opened;
    const char *why = NULL;
    for (unsigned head = 0x80; head < 0xa0; head++) {
        for (int more = 0; more < 2; more++) {
            body.data[id] = (uint8_t)head;
            zsnmp_err_t plain = zsnmp_wire_open(&opened, NULL, body.data, body.len, 9, &why);
            cr_assert_eq(zsnmp_wire_open(&opened, &patterns, body.data, body.len, 9, &why), plain,
                         "%x", head);
            zsnmp_buf_append(&body, "\xc0", 1);
        }
        body.len -= 2;
    }
    zsnmp_buf_clear(&body);
}

/* What versions 1 and 2c ignore may be a secret all the same. */
Test(wire_pattern, a_pass_phrase_is_not_kept)
{
    static const char *const keys[] = {"auth_pass", "priv_pass", "auth_key", "priv_key"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "{'op': 'get', 'peer': 'h', 'version': '2c', 'oids': ['1.3'], '%s': "
                 "'0123456789abcdef0123456789abcdef'}",
                 keys[i]);
        cr_assert_not(fits_text(text));
        cr_assert_not(fits_text(text));
    }
    cr_assert_eq(kept(), 0);
    for (int i = 0; i < 2000 && kept() == 0;
         i++) { /* what can not be kept is tried less and less */
        fits_text("{'op': 'get', 'peer': 'h', 'version': '2c', 'oids': ['1.3'], 'user': 'u'}");
    }
    cr_assert_eq(kept(), 1, "the others are");
}

/* Each byte of a message that fits, as each other byte; cut off and longer. */
Test(wire_pattern, changed_at_every_byte)
{
    struct zsnmp_buf body = encode("{'id': 300, 'op': 'get', 'peer': '10.0.0.1', 'community': "
                                   "'public', 'oids': ['1.3.6.1', [1, 3, 6]], 'retries': 5}");
    cr_assert_not(send_bytes(body.data, body.len));
    uint32_t fitted = 0;
    for (size_t i = 0; i < body.len; i++) {
        uint8_t was = body.data[i];
        for (unsigned value = 0; value < 256; value++) {
            body.data[i] = (uint8_t)value;
            fitted += fits(body.data, body.len, 0);
            fits(body.data, body.len, 3);
        }
        body.data[i] = was;
        cr_assert_not(fits(body.data, i, 0));
    }
    cr_assert_gt(fitted, body.len); /* it is itself once for each place, and there are others */
    zsnmp_buf_clear(&body);
}

/* A program that asks for something else each time costs nothing but a few comparisons. */
Test(wire_pattern, what_never_comes_again_is_learned_less_and_less)
{
    char text[200];
    uint32_t learned = 0;
    for (int i = 0; i < 5000; i++) {
        struct zsnmp_pattern *before[ZSNMP_PATTERNS_MAX];
        memcpy(before, patterns.all, sizeof before);
        snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h', 'oids': ['1.3.6.%d']}", i);
        cr_assert_not(fits_text(text));
        learned += memcmp(before, patterns.all, sizeof before) != 0;
    }
    cr_assert_leq(learned, 20);
    bool fitted = false;
    for (int i = 0; i < 2000 && !fitted; i++) {
        fitted = fits_text("{'op': 'get', 'peer': 'h', 'oids': ['1.3.7']}");
    }
    cr_assert(fitted, "what comes again and again is never learned");
}

/* What is used stays, whatever else comes in between. */
Test(wire_pattern, what_is_used_is_kept)
{
    char text[200];
    fits_text("{'op': 'get', 'peer': 'h', 'oids': ['1.3.7.1']}");
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h%d', 'oids': ['1.3.7.1']}", i);
        cr_assert(fits_text(text));
        snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h', 'oids': ['1.3.6.%d']}", i);
        cr_assert_not(fits_text(text));
    }
}
