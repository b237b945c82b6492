/*
 * Messages to calls: every key, every rule, every refusal of docs/PROTOCOL.md.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "wire/wire.h"
#include "wire_text.h"

#define BODY_MAX (16u * 1024 * 1024)
#define BASE "'op': 'get', 'peer': 'h', 'oids': ['1.3.6.1']"

static struct zsnmp_buf body;
static struct zsnmp_wire_call call;
static const char *why;

static zsnmp_err_t decode_body(void)
{
    struct zsnmp_wire_body opened;
    zsnmp_err_t err = zsnmp_wire_open(&opened, NULL, body.data, body.len, 10000, &why);
    if (err != ZSNMP_OK) {
        return err;
    }
    cr_assert(zsnmp_wire_next(&opened, &call, &err, &why));
    cr_assert(err == ZSNMP_OK || call.request == NULL);
    cr_assert(err == ZSNMP_OK || err == ZSNMP_E_INTERNAL || why != NULL);
    return err;
}

static zsnmp_err_t decode(const char *text)
{
    zsnmp_buf_clear(&body);
    zsnmp_buf_init(&body, BODY_MAX);
    wire_text(&body, text);
    return decode_body();
}

/* Decodes what must be a right request. */
static struct zsnmp_request *accepted(const char *text)
{
    zsnmp_err_t err = decode(text);
    cr_assert_eq(err, ZSNMP_OK, "%s: %s", text, why == NULL ? "" : why);
    cr_assert_not_null(call.request);
    return call.request;
}

static void done(void)
{
    zsnmp_request_free(call.request);
    call.request = NULL;
    zsnmp_buf_clear(&body);
}

static bool str_is(const struct zsnmp_str *str, const char *text)
{
    return str->len == strlen(text) && memcmp(str->data, text, str->len) == 0;
}

TestSuite(wire_decode, .fini = done);

Test(wire_decode, defaults)
{
    struct zsnmp_request *request = accepted("{" BASE "}");
    cr_assert_eq(call.kind, ZSNMP_WIRE_SNMP);
    cr_assert_eq(call.id_len, 0);
    cr_assert_eq(request->id.len, 0);
    cr_assert_eq(request->op, ZSNMP_GET);
    cr_assert_eq(request->form, ZSNMP_FORM_MAP);
    cr_assert_eq(request->creds.version, ZSNMP_V2C);
    cr_assert(str_is(&request->creds.community, "public"));
    cr_assert(str_is(&request->peer, "h"));
    cr_assert_eq(request->timeout_ms, 0);
    cr_assert_eq(request->retries, 2);
    cr_assert_eq(request->deadline_ms, 0);
    cr_assert_eq(request->limit, 0);
    cr_assert_eq(request->max_repetitions, 0);
    cr_assert(request->walk_bulk && !request->exceptions && !request->timing);
    cr_assert_eq(request->item_count, 1);
}

Test(wire_decode, every_operation)
{
    static const struct {
        const char *text;
        zsnmp_op_t op;
    } ops[] = {
        {"{'op': 'get', 'peer': 'h', 'oids': ['1.3.6']}", ZSNMP_GET},
        {"{'op': 'get_next', 'peer': 'h', 'oids': ['1.3.6']}", ZSNMP_GET_NEXT},
        {"{'op': 'get_bulk', 'peer': 'h', 'oids': ['1.3.6']}", ZSNMP_GET_BULK},
        {"{'op': 'walk', 'peer': 'h', 'oids': ['1.3.6']}", ZSNMP_WALK},
        {"{'op': 'set', 'peer': 'h', 'set': [['1.3.6', 'i', 1]]}", ZSNMP_SET},
        {"{'op': x'676574', 'peer': x'68', 'oids': [x'312e33']}", ZSNMP_GET},
    };
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        cr_assert_eq(accepted(ops[i].text)->op, ops[i].op);
        done();
    }
    cr_assert_eq(accepted("{'op': 'get_bulk', 'peer': 'h', 'oids': ['1.3']}")->max_repetitions, 10);
}

Test(wire_decode, calls_to_the_service_itself)
{
    cr_assert_eq(decode("{'op': 'ping', 'id': 7}"), ZSNMP_OK);
    cr_assert_eq(call.kind, ZSNMP_WIRE_PING);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "07");
    cr_assert_eq(decode("{'op': 'info'}"), ZSNMP_OK);
    cr_assert_eq(call.kind, ZSNMP_WIRE_INFO);
    cr_assert_eq(decode("{'op': 'devices'}"), ZSNMP_OK);
    cr_assert_eq(call.kind, ZSNMP_WIRE_DEVICES);
    cr_assert_eq(call.limit, ZSNMP_WIRE_DEVICES_DEFAULT);
    cr_assert_eq(call.sort, ZSNMP_SORT_PEER);
    cr_assert_eq(decode("{'op': 'devices', 'limit': 5, 'sort': 'last_seen'}"), ZSNMP_OK);
    cr_assert_eq(call.limit, 5);
    cr_assert_eq(call.sort, ZSNMP_SORT_LAST_SEEN);
    cr_assert_eq(decode("{'op': 'devices', 'limit': 0}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'op': 'devices', 'limit': 10001}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'op': 'devices', 'sort': 'age'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'op': 'cancel', 'target': 'job'}"), ZSNMP_OK);
    cr_assert_eq(call.kind, ZSNMP_WIRE_CANCEL);
    cr_assert_str_eq(wire_hex(call.target, call.target_len), "a3 6a 6f 62");
    cr_assert_eq(decode("{'op': 'cancel'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'op': 'cancel', 'target': nil}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'op': 'cancel', 'target': [1]}"), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, every_order_of_devices)
{
    static const char *const names[] = {"peer", "requests", "timeouts",
                                        "rtt",  "queued",   "last_seen"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "{'op': 'devices', 'sort': '%s'}", names[i]);
        cr_assert_eq(decode(text), ZSNMP_OK);
        cr_assert_eq((size_t)call.sort, i);
    }
}

Test(wire_decode, ids_are_given_back_in_their_shortest_form)
{
    cr_assert_eq(accepted("{'id': 300, " BASE "}")->id.len, 3);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "cd 01 2c");
    done();
    accepted("{'id': x'0102', " BASE "}");
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "c4 02 01 02");
    done();
    accepted("{'id': nil, " BASE "}");
    cr_assert_eq(call.id_len, 0);
    done();
    accepted("{'id': 18446744073709551615, " BASE "}");
    cr_assert_eq(call.id_len, 9);
    done();
    char text[400];
    snprintf(text, sizeof text, "{'id': '%064d', " BASE "}", 1);
    cr_assert_eq(accepted(text)->id.len, ZSNMP_ID_MAX);
    done();
    snprintf(text, sizeof text, "{'id': '%065d', " BASE "}", 1);
    cr_assert_eq(decode(text), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(call.id_len, 0);
    cr_assert_eq(decode("{'id': -1, " BASE "}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'id': 1.0, " BASE "}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{'id': [1], " BASE "}"), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, a_long_head_of_an_id_makes_no_other_id)
{
    /* {"op": "ping", "id": 5 as uint64}, then "x" with a 32-bit length */
    static const uint8_t wide[] = {0x82, 0xa2, 'o', 'p', 0xa4, 'p', 'i', 'n', 'g', 0xa2, 'i',
                                   'd',  0xcf, 0,   0,   0,    0,   0,   0,   0,   5};
    cr_assert_eq(zsnmp_wire_decode(wide, sizeof wide, false, &call, &why), ZSNMP_OK);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "05");
    static const uint8_t text[] = {0x82, 0xa2, 'o', 'p',  0xa4, 'p', 'i', 'n', 'g',
                                   0xa2, 'i',  'd', 0xdb, 0,    0,   0,   1,   'x'};
    cr_assert_eq(zsnmp_wire_decode(text, sizeof text, false, &call, &why), ZSNMP_OK);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "a1 78");
}

Test(wire_decode, the_id_is_known_whatever_else_is_wrong)
{
    cr_assert_eq(decode("{'op': 'nonsense', 'id': 9}"), ZSNMP_E_UNSUPPORTED);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "09");
    cr_assert_eq(decode("{'op': 'get', 'op': 'get', 'id': 9}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "09");
    cr_assert_eq(decode("{1: 2, 'id': 9, 'op': 'ping'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_str_eq(wire_hex(call.id, call.id_len), "09");
}

Test(wire_decode, the_peer_is_known_for_a_refusal)
{
    cr_assert_eq(decode("{'op': 'get', 'peer': 'h:1'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert(str_is(&call.peer, "h:1"));
    cr_assert_eq(decode("{'op': 'get', 'peer': x'00ff'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(call.peer.len, 0);
}

Test(wire_decode, numbers_and_switches_reach_the_request)
{
    struct zsnmp_request *request = accepted(
        "{'op': 'get_bulk', 'peer': 'udp:h:1', 'oids': ['1.3', '1.4'], 'version': '2c',"
        " 'community': 'secret', 'non_repeaters': 1, 'max_repetitions': 65535, 'timeout_ms': "
        "600000, 'retries': 100, 'deadline_ms': 86400000, 'limit': 4294967295, 'form': 'list',"
        " 'exceptions': true, 'timing': true, 'bulk': false, 'priority': 7, 'device_window': 2,"
        " 'device_queue_max': 3, 'device_interval_ms': 10000, 'must': ['timing']}");
    cr_assert(str_is(&request->peer, "udp:h:1"));
    cr_assert(str_is(&request->creds.community, "secret"));
    cr_assert_eq(request->non_repeaters, 1);
    cr_assert_eq(request->max_repetitions, 65535);
    cr_assert_eq(request->timeout_ms, 600000);
    cr_assert_eq(request->retries, 100);
    cr_assert_eq(request->deadline_ms, 86400000);
    cr_assert_eq(request->priority, 7);
    cr_assert_eq(request->device_window, 2);
    cr_assert_eq(request->device_queue_max, 3);
    cr_assert_eq(request->device_interval_ms, 10000);
    cr_assert_eq(request->limit, UINT32_MAX);
    cr_assert_eq(request->form, ZSNMP_FORM_LIST);
    cr_assert(request->exceptions && request->timing && !request->walk_bulk);
    cr_assert_eq(request->item_count, 2);
}

Test(wire_decode, versions_as_text_and_as_numbers)
{
    static const struct {
        const char *text;
        uint8_t version;
    } versions[] = {{"'1'", ZSNMP_V1}, {"'2c'", ZSNMP_V2C}, {"'2C'", ZSNMP_V2C}, {"1", ZSNMP_V1},
                    {"2", ZSNMP_V2C},  {"'3'", ZSNMP_V3},   {"3", ZSNMP_V3}};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "{" BASE ", 'user': 'u', 'version': %s}", versions[i].text);
        struct zsnmp_request *request = accepted(text);
        cr_assert_eq(request->creds.version, versions[i].version);
        cr_assert_eq(request->creds.user.len, versions[i].version == ZSNMP_V3 ? 1 : 0);
        done();
    }
    cr_assert_eq(accepted("{" BASE ", 'user': 'u'}")->creds.version, ZSNMP_V3);
}

Test(wire_decode, v3_names_of_protocols)
{
    static const struct {
        const char *auth;
        uint8_t auth_proto;
        const char *priv;
        uint8_t priv_proto;
    } names[] = {
        {"MD5", ZSNMP_AUTH_MD5, "DES", ZSNMP_PRIV_DES},
        {"sha", ZSNMP_AUTH_SHA, "aes", ZSNMP_PRIV_AES128},
        {"SHA1", ZSNMP_AUTH_SHA, "AES128", ZSNMP_PRIV_AES128},
        {"SHA-224", ZSNMP_AUTH_SHA224, "AES-128", ZSNMP_PRIV_AES128},
        {"SHA224", ZSNMP_AUTH_SHA224, "AES-192", ZSNMP_PRIV_AES192},
        {"sha-256", ZSNMP_AUTH_SHA256, "AES192", ZSNMP_PRIV_AES192},
        {"SHA256", ZSNMP_AUTH_SHA256, "AES-256", ZSNMP_PRIV_AES256},
        {"SHA-384", ZSNMP_AUTH_SHA384, "aes256", ZSNMP_PRIV_AES256},
        {"SHA384", ZSNMP_AUTH_SHA384, "AES-192-C", ZSNMP_PRIV_AES192C},
        {"SHA-512", ZSNMP_AUTH_SHA512, "AES192C", ZSNMP_PRIV_AES192C},
        {"SHA512", ZSNMP_AUTH_SHA512, "AES-256-C", ZSNMP_PRIV_AES256C},
        {"SHA512", ZSNMP_AUTH_SHA512, "AES256C", ZSNMP_PRIV_AES256C},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "{" BASE ", 'version': 3, 'user': 'u', 'auth_proto': '%s', 'auth_pass': "
                 "'12345678', 'priv_proto': '%s', 'priv_pass': '87654321'}",
                 names[i].auth, names[i].priv);
        struct zsnmp_creds *creds = &accepted(text)->creds;
        cr_assert_eq(creds->auth_proto, names[i].auth_proto);
        cr_assert_eq(creds->priv_proto, names[i].priv_proto);
        cr_assert_eq(creds->level, ZSNMP_AUTH_PRIV);
        cr_assert(str_is(&creds->auth_pass, "12345678") && str_is(&creds->priv_pass, "87654321"));
        done();
    }
}

#define V3 "{" BASE ", 'version': 3, 'user': 'u'"
#define AUTH ", 'auth_proto': 'SHA', 'auth_pass': '12345678'"
#define PRIV ", 'priv_proto': 'AES', 'priv_pass': '12345678'"

Test(wire_decode, the_level_follows_or_agrees)
{
    cr_assert_eq(accepted(V3 "}")->creds.level, ZSNMP_NO_AUTH_NO_PRIV);
    done();
    cr_assert_eq(accepted(V3 AUTH "}")->creds.level, ZSNMP_AUTH_NO_PRIV);
    done();
    cr_assert_eq(accepted(V3 AUTH PRIV "}")->creds.level, ZSNMP_AUTH_PRIV);
    done();
    struct zsnmp_creds *creds = &accepted(V3 AUTH PRIV ", 'level': 'AUTHnopriv'}")->creds;
    cr_assert_eq(creds->level, ZSNMP_AUTH_NO_PRIV);
    cr_assert(creds->priv_proto == ZSNMP_PRIV_NONE && creds->priv_pass.data == NULL);
    done();
    creds = &accepted(V3 AUTH PRIV ", 'level': 'noAuthNoPriv'}")->creds;
    cr_assert_eq(creds->level, ZSNMP_NO_AUTH_NO_PRIV);
    cr_assert(creds->auth_proto == ZSNMP_AUTH_NONE && creds->auth_pass.data == NULL);
    cr_assert_null(creds->community.data);
    done();
    cr_assert_eq(decode(V3 ", 'level': 'authNoPriv'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 AUTH ", 'level': 'authPriv'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 PRIV "}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 ", 'auth_proto': 'SHA'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 ", 'auth_pass': '12345678'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 AUTH ", 'priv_proto': 'AES'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 AUTH ", 'priv_pass': '12345678'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode("{" BASE ", 'version': 3}"), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, contexts_and_engine_ids)
{
    struct zsnmp_request *request =
        accepted(V3 ", 'context': 'c', 'engine_id': x'8000000001', 'context_engine_id': "
                    "'0x80:00:00:00:02'}");
    cr_assert(str_is(&request->context, "c"));
    cr_assert_eq(request->creds.engine_id.len, 5);
    cr_assert_eq(memcmp(request->creds.engine_id.data, "\x80\0\0\0\1", 5), 0);
    cr_assert_eq(request->context_engine_id.len, 5);
    cr_assert_eq(memcmp(request->context_engine_id.data, "\x80\0\0\0\2", 5), 0);
}

#define KEY16 "000102030405060708090a0b0c0d0e0f"
#define KEY20 KEY16 "10111213"

Test(wire_decode, localised_keys)
{
    struct zsnmp_request *request =
        accepted(V3 ", 'auth_proto': 'SHA', 'auth_key': x'" KEY20 "', 'priv_proto': 'AES', "
                    "'priv_key': '0x" KEY20 "'}");
    struct zsnmp_creds *creds = &request->creds;
    cr_assert_eq(creds->level, ZSNMP_AUTH_PRIV);
    cr_assert_eq(creds->auth_key.len, 20);
    cr_assert_eq(creds->auth_key.data[19], 0x13);
    cr_assert_eq(creds->priv_key.len, 16, "the head that AES-128 takes");
    done();
    request = accepted(V3 ", 'auth_proto': 'SHA', 'auth_key': x'" KEY20
                          "', 'priv_proto': 'AES', 'priv_pass': '12345678'}");
    cr_assert_eq(request->creds.level, ZSNMP_AUTH_PRIV);
    done();
    request = accepted(V3 ", 'auth_proto': 'SHA', 'auth_key': x'" KEY20 "', 'level': "
                          "'noAuthNoPriv'}");
    cr_assert_null(request->creds.auth_key.data, "what the level does not use is dropped");
    done();
    cr_assert_eq(decode(V3 ", 'auth_proto': 'MD5', 'auth_key': x'" KEY20 "'}"),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 ", 'auth_key': x'" KEY20 "'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 AUTH ", 'auth_key': x'" KEY20 "'}"), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(decode(V3 AUTH ", 'priv_proto': 'AES-256', 'priv_key': x'" KEY20 "'}"),
                 ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(
        decode(V3 AUTH ", 'priv_proto': 'AES', 'priv_pass': '12345678', 'priv_key': x'" KEY20 "'}"),
        ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, oids_as_text_and_as_numbers)
{
    struct zsnmp_request *request =
        accepted("{'op': 'get', 'peer': 'h', 'oids': ['1.3.6.4294967295', '.1.3.6', [1, 3, 6], "
                 "x'312e33']}");
    static const uint16_t lengths[] = {4, 3, 3, 2};
    size_t i = 0;
    for (struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        cr_assert_eq(item->oid_len, lengths[i++]);
        cr_assert_eq(item->oid[1], 3);
    }
    cr_assert_eq(i, 4);
    cr_assert_eq(request->items->oid[3], UINT32_MAX);
}

static void oids_of(size_t count)
{
    zsnmp_buf_clear(&body);
    zsnmp_buf_init(&body, BODY_MAX);
    char *text = malloc(count * 12 + 100);
    cr_assert_not_null(text);
    char *at = text + sprintf(text, "{'op': 'get', 'peer': 'h', 'oids': [");
    for (size_t i = 0; i < count; i++) {
        at += sprintf(at, "'1.3.6',");
    }
    sprintf(at, "]}");
    wire_text(&body, text);
    free(text);
}

Test(wire_decode, a_thousand_oids_and_no_more)
{
    oids_of(1000);
    cr_assert_eq(decode_body(), ZSNMP_OK);
    cr_assert_eq(call.request->item_count, 1000);
    done();
    oids_of(1001);
    cr_assert_eq(decode_body(), ZSNMP_E_TOO_LARGE);
    oids_of(100000);
    cr_assert_eq(decode_body(), ZSNMP_E_TOO_LARGE);
}

/* What is wrong, the answer, and the text or at least how it starts. */
struct refusal {
    const char *text;
    zsnmp_err_t err;
    const char *why;
    uint32_t index;
};

static void refused(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        zsnmp_err_t err = decode(rows[i].text);
        cr_assert_eq(err, rows[i].err, "%s: %d", rows[i].text, err);
        cr_assert_eq(strncmp(why, rows[i].why, strlen(rows[i].why)), 0, "%s: %s", rows[i].text,
                     why);
        cr_assert_eq(call.error_index, rows[i].index, "%s: index %u", rows[i].text,
                     call.error_index);
    }
}

#define REFUSED(rows) refused(rows, sizeof(rows) / sizeof((rows)[0]))
#define BAD ZSNMP_E_BAD_REQUEST
#define WITH(pair) "{" BASE ", " pair "}"
#define WITHOUT_OIDS(pair) "{'op': 'get', 'peer': 'h', " pair "}"

Test(wire_decode, wrong_types_name_the_key)
{
    static const struct refusal rows[] = {
        {"{'peer': 'h'}", BAD, "op: missing", 0},
        {"{'op': 5}", BAD, "op:", 0},
        {"{'op': 'table'}", ZSNMP_E_UNSUPPORTED, "op:", 0},
        {"{'op': 'get', 'oids': ['1.3']}", BAD, "peer: missing", 0},
        {"{'op': 'get', 'peer': '', 'oids': ['1.3']}", BAD, "peer:", 0},
        {"{'op': 'get', 'peer': 'a b', 'oids': ['1.3']}", BAD, "peer:", 0},
        {"{'op': 'get', 'peer': 5, 'oids': ['1.3']}", BAD, "peer:", 0},
        {WITH("'version': '4'"), BAD, "version:", 0},
        {WITH("'version': 0"), BAD, "version:", 0},
        {WITH("'version': true"), BAD, "version:", 0},
        {WITH("'community': 5"), BAD, "community:", 0},
        {WITH("'user': 5"), BAD, "user:", 0},
        {WITH("'user': ''"), BAD, "user:", 0},
        {WITH("'user': '123456789012345678901234567890123'"), BAD, "user:", 0},
        {WITH("'level': 'auth'"), BAD, "level:", 0},
        {WITH("'level': 2"), BAD, "level:", 0},
        {WITH("'auth_proto': 'SHA-3'"), BAD, "auth_proto:", 0},
        {WITH("'auth_proto': 1"), BAD, "auth_proto:", 0},
        {WITH("'auth_pass': '1234567'"), BAD, "auth_pass:", 0},
        {WITH("'auth_pass': 12345678"), BAD, "auth_pass:", 0},
        {WITH("'priv_proto': '3DES'"), BAD, "priv_proto:", 0},
        {WITH("'priv_pass': '1234567'"), BAD, "priv_pass:", 0},
        {WITH("'context': 1"), BAD, "context:", 0},
        {WITH("'engine_id': x'80000000'"), BAD, "engine_id:", 0},
        {WITH("'engine_id': '8000000'"), BAD, "engine_id:", 0},
        {WITH("'engine_id': 'zz00000000'"), BAD, "engine_id:", 0},
        {WITH("'auth_key': '0001'"), BAD, "auth_key:", 0},
        {WITH("'auth_key': 1"), BAD, "auth_key:", 0},
        {WITH("'priv_key': x'000102030405060708090a0b0c0d0e'"), BAD, "priv_key:", 0},
        {WITH("'priv_key': 'no hexadecimal digits, and of no use'"), BAD, "priv_key:", 0},
        {WITH("'context_engine_id': 5"), BAD, "context_engine_id:", 0},
        {WITH("'non_repeaters': 65536"), BAD, "non_repeaters:", 0},
        {WITH("'max_repetitions': -1"), BAD, "max_repetitions:", 0},
        {WITH("'max_repetitions': 65536"), BAD, "max_repetitions:", 0},
        {WITH("'timeout_ms': 0"), BAD, "timeout_ms: not an unsigned number", 0},
        {WITH("'timeout_ms': 600001"), BAD, "timeout_ms:", 0},
        {WITH("'timeout_ms': '1000'"), BAD, "timeout_ms:", 0},
        {WITH("'timeout_ms': 1000.0"), BAD, "timeout_ms:", 0},
        {WITH("'retries': 101"), BAD, "retries:", 0},
        {WITH("'deadline_ms': 86400001"), BAD, "deadline_ms:", 0},
        {WITH("'limit': 4294967296"), BAD, "limit:", 0},
        {WITH("'form': 'tree'"), BAD, "form:", 0},
        {WITH("'form': 1"), BAD, "form:", 0},
        {WITH("'exceptions': 1"), BAD, "exceptions:", 0},
        {WITH("'timing': 'yes'"), BAD, "timing:", 0},
        {WITH("'bulk': 0"), BAD, "bulk:", 0},
        {WITH("'priority': 8"), BAD, "priority:", 0},
        {WITH("'must': 'timing'"), BAD, "must:", 0},
        {WITH("'must': [1]"), BAD, "must:", 0},
    };
    REFUSED(rows);
}

Test(wire_decode, wrong_oids_are_counted)
{
    static const struct refusal rows[] = {
        {WITHOUT_OIDS("'oids': []"), BAD, "oids:", 0},
        {WITHOUT_OIDS("'oids': '1.3.6'"), BAD, "oids:", 0},
        {WITHOUT_OIDS("'timing': true"), BAD, "oids: missing", 0},
        {WITHOUT_OIDS("'oids': ['1.3', '']"), BAD, "oids:", 2},
        {WITHOUT_OIDS("'oids': ['1.3', '1.3', '1..3']"), BAD, "oids:", 3},
        {WITHOUT_OIDS("'oids': ['1.3.']"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': ['3.3']"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': ['1.40']"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': ['1.3.4294967296']"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': ['sysDescr.0']"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': [5]"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': [[]]"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': [[1, -3]]"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': [[1, 3, 4294967296]]"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': [[1, 3, '6']]"), BAD, "oids:", 1},
        {WITHOUT_OIDS("'oids': ['1.3', '1']"), BAD, "oids:", 2},
        {WITHOUT_OIDS("'set': [['1.3', 'i', 1]]"), BAD, "set:", 0},
        {"{'op': 'set', 'peer': 'h', 'oids': ['1.3']}", BAD, "oids:", 0},
        {"{'op': 'get_bulk', 'version': 1, 'peer': 'h', 'oids': ['1.3']}", BAD, "version:", 0},
    };
    REFUSED(rows);
}

Test(wire_decode, an_oid_has_at_most_128_subidentifiers)
{
    char oid[300] = "1.3";
    for (size_t i = 2; i < 128; i++) {
        strcat(oid, ".1");
    }
    char text[700];
    snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h', 'oids': ['%s']}", oid);
    cr_assert_eq(accepted(text)->items->oid_len, 128);
    done();
    snprintf(text, sizeof text, "{'op': 'get', 'peer': 'h', 'oids': ['%s.1']}", oid);
    cr_assert_eq(decode(text), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, what_comes_later_is_unsupported)
{
    static const struct refusal rows[] = {
        {WITH("'profile': 'core'"), ZSNMP_E_UNSUPPORTED, "profile:", 0},
        {WITH("'must': ['colour']"), ZSNMP_E_UNSUPPORTED, "must:", 0},
        {WITH("'must': ['timing', 'profile']"), ZSNMP_E_UNSUPPORTED, "must:", 0},
        {"{'op': 'ping', 'must': ['colour']}", ZSNMP_E_UNSUPPORTED, "must:", 0},
    };
    REFUSED(rows);
}

Test(wire_decode, must_may_name_every_key_that_is_supported)
{
    cr_assert_eq(
        decode("{'op': 'ping', 'must': ['id', 'op', 'must', 'peer', 'version', 'community', 'user',"
               " 'level', 'auth_proto', 'auth_pass', 'priv_proto', 'priv_pass', 'context', "
               "'engine_id', 'context_engine_id', 'oids', 'set', 'non_repeaters', "
               "'max_repetitions', 'bulk', 'limit', 'form', 'exceptions', 'timing', 'timeout_ms', "
               "'retries', 'deadline_ms', 'priority', 'sort', 'target']}"),
        ZSNMP_OK);
}

Test(wire_decode, keys_that_are_unknown_or_nil_do_not_count)
{
    accepted(WITH("'colour': {'deep': [1, 2, {'x': nil}]}, 'x': 1, 'x': 2"));
    done();
    struct zsnmp_request *request =
        accepted(WITH("'profile': nil, 'timeout_ms': nil, 'user': nil, 'must': nil, 'form': nil"));
    cr_assert_eq(request->timeout_ms, 0);
    cr_assert_eq(request->creds.version, ZSNMP_V2C);
}

Test(wire_decode, maps_that_are_not_quite_maps_of_keys)
{
    static const struct refusal rows[] = {
        {"{'op': 'ping', 'op': 'ping'}", BAD, "body: a key is there twice", 0},
        {"{'op': 'ping', 'op': nil}", BAD, "body: a key is there twice", 0},
        {"{'op': 'ping', 5: 5}", BAD, "body: a key is not a string", 0},
        {"{'op': 'ping', nil: 5}", BAD, "body: a key is not a string", 0},
        {"{}", BAD, "op: missing", 0},
        {"[[]]", BAD, "body: neither", 0},
        {"[]", BAD, "body: neither", 0},
        {"5", BAD, "body: neither", 0},
        {"nil", BAD, "body: neither", 0},
        {"'get'", BAD, "body: neither", 0},
        {"[{'op': 'ping'}, 5]", BAD, "body: neither", 0},
    };
    REFUSED(rows);
}

Test(wire_decode, a_map_has_at_most_64_keys)
{
    char text[1000] = "{'op': 'ping'";
    for (int i = 1; i < 64; i++) {
        sprintf(text + strlen(text), ", 'k%d': 0", i);
    }
    size_t len = strlen(text);
    strcat(text, "}");
    cr_assert_eq(decode(text), ZSNMP_OK);
    strcpy(text + len, ", 'one': 0}");
    cr_assert_eq(decode(text), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, batches_come_message_by_message)
{
    struct zsnmp_wire_body opened;
    zsnmp_err_t err = ZSNMP_OK;
    zsnmp_buf_init(&body, BODY_MAX);
    wire_text(&body, "[{'op': 'ping', 'id': 1}, {'op': 'ping', 'id': 2}, {'op': 'x', 'id': 3}]");
    cr_assert_eq(zsnmp_wire_open(&opened, NULL, body.data, body.len, 3, &why), ZSNMP_OK);
    cr_assert(opened.batch);
    cr_assert_eq(opened.count, 3);
    for (uint8_t i = 1; i <= 3; i++) {
        cr_assert(zsnmp_wire_next(&opened, &call, &err, &why));
        cr_assert_eq(err, i < 3 ? ZSNMP_OK : ZSNMP_E_UNSUPPORTED);
        cr_assert(call.id_len == 1 && call.id[0] == i);
    }
    cr_assert_not(zsnmp_wire_next(&opened, &call, &err, &why));
    cr_assert_eq(opened.at, opened.end);
    cr_assert_eq(zsnmp_wire_open(&opened, NULL, body.data, body.len, 2, &why), ZSNMP_E_TOO_LARGE);
    wire_text(&body, "1");
    cr_assert_eq(zsnmp_wire_open(&opened, NULL, body.data, body.len, 3, &why), ZSNMP_E_BAD_REQUEST);
}

Test(wire_decode, a_full_body_is_refused_with_id_and_peer)
{
    static const zsnmp_err_t errors[] = {ZSNMP_E_QUEUE_FULL, ZSNMP_OK, ZSNMP_E_QUEUE_FULL,
                                         ZSNMP_E_UNSUPPORTED, ZSNMP_E_BAD_REQUEST};
    struct zsnmp_wire_body opened;
    zsnmp_err_t err = ZSNMP_OK;
    zsnmp_buf_init(&body, BODY_MAX);
    wire_text(&body, "[{" BASE ", 'id': 1}, {'op': 'ping', 'id': 2},"
                     " {'op': 'walk', 'peer': 'h', 'oids': 5, 'id': 3}, {'op': 'x', 'id': 4},"
                     " {" BASE ", 'id': 5, 'id': 5}]");
    cr_assert_eq(zsnmp_wire_open(&opened, NULL, body.data, body.len, 10, &why), ZSNMP_OK);
    opened.full = true;
    for (uint8_t i = 0; zsnmp_wire_next(&opened, &call, &err, &why); i++) {
        cr_assert_eq(err, errors[i], "message %u: %d", i + 1, (int)err);
        cr_assert_null(call.request);
        cr_assert(call.id_len == 1 && call.id[0] == i + 1);
        cr_assert_eq(str_is(&call.peer, "h"), i % 2 == 0);
    }
}
