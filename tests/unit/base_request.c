/*
 * Requests: memory, builder, rules for the whole, and native varbinds.
 */
#include "base/request.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/native.h"

static const uint32_t sys_descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};

static zsnmp_request_t *request;
static const char *why;

static void setup(void)
{
    request = zsnmp_request_new(ZSNMP_GET, "127.0.0.1");
    cr_assert_not_null(request);
}

static void teardown(void)
{
    zsnmp_request_destroy(&request);
    cr_assert_null(request);
}

TestSuite(base_request, .init = setup, .fini = teardown);

static zsnmp_err_t check(void)
{
    why = NULL;
    zsnmp_err_t err = zsnmp_request_check(request, &why);
    cr_assert((err == ZSNMP_OK) == (why == NULL));
    return err;
}

static void ask(void)
{
    cr_assert_eq(zsnmp_request_add_oid(request, sys_descr, 9), ZSNMP_OK);
}

Test(base_request, a_plain_request_is_right)
{
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST, "nothing is asked");
    ask();
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->form, ZSNMP_FORM_NATIVE);
    cr_assert_str_eq(request->creds.community.data, "public");
    cr_assert_str_eq(request->peer.data, "127.0.0.1");
    cr_assert_eq(check(), ZSNMP_OK, "a second look changes nothing");
}

Test(base_request, memory_grows_with_what_is_put_in)
{
    for (uint32_t i = 0; i < ZSNMP_VARBINDS_MAX; i++) {
        const uint32_t oid[] = {1, 3, i};
        cr_assert_eq(zsnmp_request_add_oid(request, oid, 3), ZSNMP_OK);
    }
    cr_assert_eq(zsnmp_request_add_oid(request, sys_descr, 9), ZSNMP_E_TOO_LARGE);
    uint32_t i = 0;
    for (struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        cr_assert(item->oid_len == 3 && item->oid[2] == i);
        i++;
    }
    cr_assert_eq(i, ZSNMP_VARBINDS_MAX);
    cr_assert_eq(request->item_count, ZSNMP_VARBINDS_MAX);
    cr_assert_null(zsnmp_request_alloc(SIZE_MAX / 2));
    zsnmp_request_free(NULL);
    zsnmp_request_destroy(NULL);
}

Test(base_request, oids_are_checked_when_they_are_added)
{
    const uint32_t wrong[] = {3, 1};
    cr_assert_eq(zsnmp_request_add_oid(request, wrong, 2), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_oid(request, sys_descr, 0), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_oid(request, NULL, 3), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_oid_str(request, "1.3.x"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_oid_str(request, NULL), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_oid_str(request, ".1.3.6"), ZSNMP_OK);
    cr_assert_eq(request->item_count, 1);
}

Test(base_request, peers)
{
    static const char *const wrong[] = {"", "a b", "a\nb", "a\xff", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        zsnmp_request_destroy(&request);
        request = zsnmp_request_new(ZSNMP_GET, wrong[i]);
        ask();
        cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
        cr_assert_eq(strncmp(why, "peer:", 5), 0);
    }
    char name[ZSNMP_PEER_MAX + 10];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    zsnmp_request_destroy(&request);
    request = zsnmp_request_new(ZSNMP_GET, name);
    ask();
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
    name[ZSNMP_PEER_MAX] = '\0';
    zsnmp_request_destroy(&request);
    request = zsnmp_request_new(ZSNMP_GET, name);
    ask();
    cr_assert_eq(check(), ZSNMP_OK);
}

Test(base_request, operations)
{
    ask();
    request->op = 0;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
    request->op = ZSNMP_SET + 1;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
    request->op = ZSNMP_SET;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST, "nothing to set");
    request->op = ZSNMP_GET_BULK;
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->max_repetitions, 10);
    cr_assert_eq(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST, "no get_bulk in v1");
    request->op = ZSNMP_WALK;
    cr_assert_eq(check(), ZSNMP_OK);
    ask();
    cr_assert_eq(check(), ZSNMP_OK, "several roots");
}

Test(base_request, an_oid_of_one_arc_can_only_be_walked)
{
    const uint32_t iso[] = {1};
    cr_assert_eq(zsnmp_request_add_oid(request, iso, 1), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
    request->op = ZSNMP_GET_NEXT;
    cr_assert_eq(check(), ZSNMP_OK);
    request->op = ZSNMP_WALK;
    cr_assert_eq(check(), ZSNMP_OK);
}

Test(base_request, settings)
{
    request->op = ZSNMP_SET;
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.1", 'i', "x"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_set(request, "nonsense", 'i', "1"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(request->item_count, 0);
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.1", 'i', "-1"), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.2", 'q', "-1"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.2", 'n', NULL), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.3", 'C', "9"), ZSNMP_OK);
    cr_assert_eq(request->item_count, 3);
    cr_assert_eq(request->items->next->next, request->items_last);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_version(request, ZSNMP_V1), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST, "no Counter64 in v1");
    cr_assert_eq(request->reply.error_index, 3);
    request->op = ZSNMP_GET;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
}

Test(base_request, values_are_bounded_together)
{
    static char value[40001];
    memset(value, 'x', sizeof value - 1);
    request->op = ZSNMP_SET;
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.1", 's', value), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_add_set(request, "1.3.6.1", 's', value), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_E_TOO_LARGE);
}

Test(base_request, numbers_have_ranges)
{
    ask();
    cr_assert_eq(zsnmp_request_set_timeout(request, 0, 0), ZSNMP_OK, "it adapts");
    cr_assert_eq(zsnmp_request_set_timeout(request, 600001, 0), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_timeout(request, 1, 101), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_timeout(request, 600000, 100), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_bulk(request, 65536, 0), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_bulk(request, 0, 65536), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_bulk(request, 65535, 65535), ZSNMP_OK);
    zsnmp_request_set_deadline(request, UINT32_MAX);
    zsnmp_request_set_limit(request, UINT32_MAX);
    zsnmp_request_set_walk_bulk(request, false);
    cr_assert_eq(request->deadline_ms, ZSNMP_DEADLINE_MS_MAX);
    cr_assert_eq(request->limit, UINT32_MAX);
    cr_assert_not(request->walk_bulk);
    cr_assert_eq(check(), ZSNMP_OK);
    request->timeout_ms = 0;
    cr_assert_eq(check(), ZSNMP_OK);
    request->timeout_ms = ZSNMP_TIMEOUT_MS_MAX + 1;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
    request->timeout_ms = 1;
    cr_assert_eq(zsnmp_request_set_priority(request, 8), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_priority(request, 7), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_device_limits(request, 1, 2, 10001), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_device_limits(request, 1, 2, 10000), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    request->device_interval_ms = 10001;
    cr_assert_eq(check(), ZSNMP_E_BAD_REQUEST);
}

Test(base_request, communities)
{
    static char text[ZSNMP_COMMUNITY_MAX + 1];
    ask();
    cr_assert_eq(zsnmp_request_set_community(request, text, sizeof text), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_community(request, text, ZSNMP_COMMUNITY_MAX), ZSNMP_OK);
    cr_assert_eq(request->creds.community.len, ZSNMP_COMMUNITY_MAX);
    cr_assert_eq(zsnmp_request_set_community(request, NULL, 0), ZSNMP_OK);
    cr_assert_eq(request->creds.community.len, 0);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->creds.community.len, 0, "an empty community is one");
    cr_assert_eq(zsnmp_request_set_version(request, (zsnmp_version_t)2), ZSNMP_E_BAD_REQUEST);
}

Test(base_request, localised_keys_by_the_builder)
{
    uint8_t key[ZSNMP_KEY_MAX] = {1, 2, 3};
    ask();
    cr_assert_eq(zsnmp_request_set_user(request, "u"), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_auth_key(request, ZSNMP_AUTH_NONE, key, 16),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth_key(request, 99, key, 16), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth_key(request, ZSNMP_AUTH_SHA, key, 16), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth_key(request, ZSNMP_AUTH_SHA, NULL, 20),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth(request, ZSNMP_AUTH_MD5, "12345678"), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_auth_key(request, ZSNMP_AUTH_SHA, key, 20), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK, "the last one counts");
    cr_assert_eq(request->creds.auth_proto, ZSNMP_AUTH_SHA);
    cr_assert_null(request->creds.auth_pass.data);
    cr_assert_eq(zsnmp_request_set_priv_key(request, ZSNMP_PRIV_AES256, key, 31),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_priv_key(request, ZSNMP_PRIV_AES256, key, 64), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->creds.level, ZSNMP_AUTH_PRIV);
    cr_assert_eq(request->creds.priv_key.len, 32);
    cr_assert_eq(zsnmp_request_set_priv(request, ZSNMP_PRIV_DES, "12345678"), ZSNMP_OK);
    cr_assert_null(request->creds.priv_key.data);
    cr_assert_eq(zsnmp_request_set_engine_id(request, key, 4), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_engine_id(request, key, 5), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
}

Test(base_request, v3_by_the_builder)
{
    ask();
    cr_assert_eq(zsnmp_request_set_auth(request, ZSNMP_AUTH_NONE, "12345678"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth(request, 99, "12345678"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA, "1234567"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA, NULL), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_priv(request, ZSNMP_PRIV_NONE, "12345678"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_user(request, ""), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(request->creds.version, ZSNMP_V2C, "refused settings change nothing");
    cr_assert_eq(zsnmp_request_set_user(request, "u"), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->creds.level, ZSNMP_NO_AUTH_NO_PRIV);
    cr_assert_eq(zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA512, "12345678"), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->creds.level, ZSNMP_AUTH_NO_PRIV);
    cr_assert_eq(zsnmp_request_set_priv(request, ZSNMP_PRIV_AES256C, "12345678"), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_context(request, "c"), ZSNMP_OK);
    cr_assert_eq(zsnmp_request_set_context_engine_id(request, "\x80\0\0\0", 4),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(zsnmp_request_set_context_engine_id(request, "\x80\0\0\0\1", 5), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_eq(request->creds.version, ZSNMP_V3);
    cr_assert_eq(request->creds.level, ZSNMP_AUTH_PRIV);
    cr_assert_null(request->creds.community.data);
    cr_assert_eq(zsnmp_request_set_version(request, ZSNMP_V2C), ZSNMP_OK);
    cr_assert_eq(check(), ZSNMP_OK);
    cr_assert_str_eq(request->creds.community.data, "public");
    cr_assert_null(request->creds.user.data);
    cr_assert_null(request->context.data);
}

/* ---- native varbinds ---- */

Test(base_request, varbinds_come_back_as_they_went_in)
{
    const uint32_t oid_value[] = {1, 3, 6, 1, 4};
    const zsnmp_varbind_t rows[] = {
        {.oid = sys_descr, .oid_len = 9, .type = ZSNMP_INTEGER, .value.i = -5},
        {.oid = sys_descr, .oid_len = 8, .type = ZSNMP_COUNTER64, .value.u = UINT64_MAX},
        {.oid = sys_descr, .oid_len = 3, .type = ZSNMP_OPAQUE_DOUBLE, .value.d = 1.5},
        {.oid = sys_descr,
         .oid_len = 9,
         .type = ZSNMP_OCTET_STRING,
         .value.bytes = {(const uint8_t *)"hello", 5}},
        {.oid = sys_descr, .oid_len = 1, .type = ZSNMP_OCTET_STRING, .value.bytes = {NULL, 0}},
        {.oid = sys_descr, .oid_len = 9, .type = ZSNMP_OBJECT_ID, .value.oid = {oid_value, 5}},
        {.oid = sys_descr, .oid_len = 9, .type = ZSNMP_END_OF_MIB_VIEW},
    };
    size_t count = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < count; i++) {
        zsnmp_native_add_varbind(request, &rows[i]);
    }
    cr_assert_eq(zsnmp_reply_count(&request->reply), count);
    size_t at = 0;
    zsnmp_varbind_t vb;
    for (size_t i = 0; i < count; i++) {
        cr_assert(zsnmp_reply_varbind(&request->reply, &at, &vb));
        char got[100];
        char wanted[100];
        zsnmp_varbind_print(&vb, got, sizeof got);
        zsnmp_varbind_print(&rows[i], wanted, sizeof wanted);
        cr_assert_str_eq(got, wanted);
        cr_assert_eq(vb.oid_len, rows[i].oid_len);
        cr_assert_eq(memcmp(vb.oid, rows[i].oid, vb.oid_len * sizeof(uint32_t)), 0);
    }
    cr_assert_not(zsnmp_reply_varbind(&request->reply, &at, &vb));
    at = 4;
    cr_assert_not(zsnmp_reply_varbind(&request->reply, &at, &vb), "a cursor of nobody");
    at = SIZE_MAX - 7;
    cr_assert_not(zsnmp_reply_varbind(&request->reply, &at, &vb));
}

Test(base_request, a_full_reply_says_so)
{
    zsnmp_varbind_t vb = {.oid = sys_descr, .oid_len = 9, .type = ZSNMP_COUNTER32, .value.u = 1};
    request->reply.varbinds.max = 200;
    for (int i = 0; i < 10; i++) {
        zsnmp_native_add_varbind(request, &vb);
    }
    cr_assert(request->reply.varbinds.failed);
    size_t at = 0;
    size_t count = 0;
    while (zsnmp_reply_varbind(&request->reply, &at, &vb)) {
        count++;
    }
    cr_assert(count > 0 && count == zsnmp_reply_count(&request->reply));
}

Test(base_request, replies_are_read_through_functions)
{
    struct zsnmp_reply *reply = &request->reply;
    const uint32_t *oid = NULL;
    reply->error = ZSNMP_E_TIMEOUT;
    reply->error_index = 3;
    reply->sent = ZSNMP_SENT_MAYBE;
    reply->stop = ZSNMP_STOP_TIMEOUT;
    reply->tries = 4;
    reply->rtt_us = 5;
    uint32_t next[ZSNMP_OID_MAX] = {1};
    reply->next = next;
    reply->next_len = 1;
    cr_assert_eq(zsnmp_reply_error(reply), ZSNMP_E_TIMEOUT);
    cr_assert_eq(zsnmp_reply_error_index(reply), 3);
    cr_assert_str_eq(zsnmp_reply_message(reply), zsnmp_error_text(ZSNMP_E_TIMEOUT));
    reply->message = "other";
    cr_assert_str_eq(zsnmp_reply_message(reply), "other");
    cr_assert_eq(zsnmp_reply_sent(reply), ZSNMP_SENT_MAYBE);
    cr_assert_eq(zsnmp_reply_stop(reply), ZSNMP_STOP_TIMEOUT);
    cr_assert_not(zsnmp_reply_complete(reply));
    cr_assert_eq(zsnmp_reply_tries(reply), 4);
    cr_assert_eq(zsnmp_reply_rtt_us(reply), 5);
    cr_assert_eq(zsnmp_reply_next(reply, &oid), 1);
    cr_assert_eq(oid[0], 1);
    reply->complete = true;
    cr_assert_eq(zsnmp_reply_next(reply, &oid), 0);
}

/* ---- errors ---- */

Test(base_request, errors_have_names_and_texts)
{
    static const struct {
        zsnmp_err_t err;
        const char *name;
    } rows[] = {
#define ROW(symbol, code, name, retryable, text) {ZSNMP_E_##symbol, name},
        ZSNMP_ERRORS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_str_eq(zsnmp_error_name(rows[i].err), rows[i].name);
        cr_assert(strlen(zsnmp_error_text(rows[i].err)) > 0);
        for (size_t other = 0; other < i; other++) {
            cr_assert_str_neq(rows[other].name, rows[i].name);
        }
    }
    cr_assert_str_eq(zsnmp_error_name((zsnmp_err_t)12345), "internal");
    cr_assert_str_eq(zsnmp_error_text((zsnmp_err_t)-1), zsnmp_error_text(ZSNMP_E_INTERNAL));
    cr_assert(zsnmp_error_retryable(ZSNMP_E_TIMEOUT));
    cr_assert_not(zsnmp_error_retryable(ZSNMP_E_BAD_REQUEST));
    cr_assert_str_eq(zsnmp_stop_name(ZSNMP_STOP_END_OF_VIEW), "end_of_view");
    cr_assert_str_eq(zsnmp_stop_name(ZSNMP_STOP_NONE), "");
    cr_assert_str_eq(zsnmp_stop_name(ZSNMP_STOP_COUNT), "");
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", ZSNMP_VERSION_MAJOR, ZSNMP_VERSION_MINOR,
             ZSNMP_VERSION_PATCH);
    cr_assert_str_eq(zsnmp_version(), version);
}

/* OIDs of a reply are read where they lie, so that must be where a uint32_t may lie. */
Test(base_request, oids_of_a_reply_are_aligned)
{
    for (size_t room = 0; room < 20; room++) {
        struct zsnmp_request *one = zsnmp_request_alloc(room);
        zsnmp_varbind_t vb = {
            .oid = sys_descr, .oid_len = 9, .type = ZSNMP_COUNTER32, .value.u = room};
        size_t at = 0;
        cr_assert_not_null(one);
        zsnmp_native_add_varbind(one, &vb);
        cr_assert(zsnmp_reply_varbind(&one->reply, &at, &vb));
        cr_assert_eq((uintptr_t)vb.oid % sizeof *vb.oid, 0, "%zu bytes", room);
        cr_assert_eq(vb.value.u, room);
        zsnmp_request_free(one);
    }
}
