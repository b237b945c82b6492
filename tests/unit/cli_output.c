/*
 * Requests as the CLI sends them, and the three forms in which it prints
 * replies.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/buf.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/request.h"
#include "zsnmp.h"

#define BUF_MAX 100000u

static struct zsnmp_buf body;
static const char *const oids[] = {"1.3.6.1", ".1.3.6.2"};
static struct zsnmp_cli_options options;
static char *out_text;
static char *err_text;

static void setup(void)
{
    zsnmp_buf_init(&body, BUF_MAX);
    options = (struct zsnmp_cli_options){
        .command = ZSNMP_CLI_GET,
        .operands = {.items = (const char **)(uintptr_t)oids, .count = 2}};
}

static void teardown(void)
{
    zsnmp_buf_clear(&body);
    free(out_text);
    free(err_text);
    out_text = err_text = NULL;
}

TestSuite(cli_output, .init = setup, .fini = teardown);
TestSuite(cli_request, .init = setup, .fini = teardown);

/* Prints what is in body as the reply of peer "h:1". */
static void print(enum zsnmp_cli_format format, bool several)
{
    size_t out_size = 0;
    size_t err_size = 0;
    free(out_text);
    free(err_text);
    FILE *out = open_memstream(&out_text, &out_size);
    FILE *err = open_memstream(&err_text, &err_size);
    cr_assert(out != NULL && err != NULL);
    struct zsnmp_cli_output output;
    zsnmpc_reply_t *reply = zsnmpc_reply_of(body.data, body.len);
    cr_assert_not_null(reply);
    options.format = format;
    zsnmp_cli_output_init(&output, out, err, &options, several);
    zsnmp_cli_output_begin(&output);
    zsnmp_cli_output_reply(&output, "h:1", reply);
    zsnmp_cli_output_clear(&output);
    zsnmpc_reply_destroy(&reply);
    fclose(out);
    fclose(err);
}

static void put_head(uint32_t keys, uint32_t varbinds)
{
    body.len = 0;
    zsnmp_mp_put_map(&body, keys);
    zsnmp_mp_put_str(&body, "id");
    zsnmp_mp_put_uint(&body, 6);
    zsnmp_mp_put_str(&body, "varbinds");
    zsnmp_mp_put_array(&body, varbinds);
}

static void put_varbind(const char *oid, unsigned type)
{
    zsnmp_mp_put_array(&body, 3);
    zsnmp_mp_put_str(&body, oid);
    zsnmp_mp_put_uint(&body, type);
}

static void put_error(unsigned code, const char *name, unsigned index, const char *sent)
{
    zsnmp_mp_put_str(&body, "error");
    zsnmp_mp_put_map(&body, 6);
    zsnmp_mp_put_str(&body, "code");
    zsnmp_mp_put_uint(&body, code);
    zsnmp_mp_put_str(&body, "name");
    zsnmp_mp_put_str(&body, name);
    zsnmp_mp_put_str(&body, "message");
    zsnmp_mp_put_str(&body, "it went wrong");
    zsnmp_mp_put_str(&body, "index");
    zsnmp_mp_put_uint(&body, index);
    zsnmp_mp_put_str(&body, "retryable");
    zsnmp_mp_put_bool(&body, true);
    zsnmp_mp_put_str(&body, "sent");
    zsnmp_mp_put_str(&body, sent);
}

/* One varbind of each kind. */
static void put_all_types(void)
{
    put_head(2, 12);
    put_varbind("1.3.1", ZSNMP_INTEGER);
    zsnmp_mp_put_int(&body, INT32_MIN);
    put_varbind("1.3.2", ZSNMP_OCTET_STRING);
    zsnmp_mp_put_bin(&body, "a \"b\",\n", 7);
    put_varbind("1.3.3", ZSNMP_OCTET_STRING);
    zsnmp_mp_put_bin(&body, "\x00\xff", 2);
    put_varbind("1.3.4", ZSNMP_OBJECT_ID);
    zsnmp_mp_put_str(&body, "1.3.6.1.4");
    put_varbind("1.3.5", ZSNMP_IP_ADDRESS);
    zsnmp_mp_put_str(&body, "192.0.2.1");
    put_varbind("1.3.6", ZSNMP_COUNTER64);
    zsnmp_mp_put_uint(&body, UINT64_MAX);
    put_varbind("1.3.7", ZSNMP_TIMETICKS);
    zsnmp_mp_put_uint(&body, 8640123);
    put_varbind("1.3.8", ZSNMP_OPAQUE_FLOAT);
    zsnmp_mp_put_float(&body, 0.1f);
    put_varbind("1.3.9", ZSNMP_NO_SUCH_INSTANCE);
    zsnmp_mp_put_nil(&body);
    put_varbind("1.3.10", ZSNMP_IP_ADDRESS);
    zsnmp_mp_put_bin(&body, "\x01\x02", 2);
    put_varbind("1.3.11", ZSNMP_OCTET_STRING);
    zsnmp_mp_put_bin(&body, "", 0);
    put_varbind("1.3.12", ZSNMP_OCTET_STRING);
    zsnmp_mp_put_bin(&body, "gr\xc3\xbc\xc3\x9f", 6);
}

Test(cli_output, text_of_all_types)
{
    put_all_types();
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(out_text, ".1.3.1 = INTEGER: -2147483648\n"
                               ".1.3.2 = STRING: \"a \\\"b\\\",\n\"\n"
                               ".1.3.3 = Hex-STRING: 00 FF \n"
                               ".1.3.4 = OID: .1.3.6.1.4\n"
                               ".1.3.5 = IpAddress: 192.0.2.1\n"
                               ".1.3.6 = Counter64: 18446744073709551615\n"
                               ".1.3.7 = Timeticks: (8640123) 1 day, 0:00:01.23\n"
                               ".1.3.8 = Opaque: Float: 0.100000\n"
                               ".1.3.9 = No Such Instance currently exists at this OID\n"
                               ".1.3.10 = IpAddress: 1.2\n"
                               ".1.3.11 = \"\"\n"
                               ".1.3.12 = Hex-STRING: 67 72 C3 BC C3 9F \n");
    cr_expect_str_eq(err_text, "");
}

Test(cli_output, json_of_all_types)
{
    put_all_types();
    print(ZSNMP_CLI_JSON, false);
    cr_expect_str_eq(
        out_text,
        "{\"peer\":\"h:1\",\"ok\":true,\"error\":null,\"varbinds\":["
        "{\"oid\":\"1.3.1\",\"type\":\"INTEGER\",\"value\":-2147483648},"
        "{\"oid\":\"1.3.2\",\"type\":\"OCTET STRING\",\"value\":\"a \\\"b\\\",\\n\"},"
        "{\"oid\":\"1.3.3\",\"type\":\"OCTET STRING\",\"value\":\"00ff\",\"encoding\":\"hex\"},"
        "{\"oid\":\"1.3.4\",\"type\":\"OBJECT IDENTIFIER\",\"value\":\"1.3.6.1.4\"},"
        "{\"oid\":\"1.3.5\",\"type\":\"IpAddress\",\"value\":\"192.0.2.1\"},"
        "{\"oid\":\"1.3.6\",\"type\":\"Counter64\",\"value\":18446744073709551615},"
        "{\"oid\":\"1.3.7\",\"type\":\"TimeTicks\",\"value\":8640123},"
        "{\"oid\":\"1.3.8\",\"type\":\"Opaque Float\",\"value\":0.100000001},"
        "{\"oid\":\"1.3.9\",\"type\":\"noSuchInstance\",\"value\":null},"
        "{\"oid\":\"1.3.10\",\"type\":\"IpAddress\",\"value\":\"0102\",\"encoding\":\"hex\"},"
        "{\"oid\":\"1.3.11\",\"type\":\"OCTET STRING\",\"value\":\"\"},"
        "{\"oid\":\"1.3.12\",\"type\":\"OCTET STRING\",\"value\":\"gr\xc3\xbc\xc3\x9f\"}]}\n");
}

Test(cli_output, csv_of_all_types)
{
    put_all_types();
    print(ZSNMP_CLI_CSV, false);
    cr_expect_str_eq(out_text, "peer,oid,type,value,error\r\n"
                               "h:1,1.3.1,INTEGER,-2147483648,\r\n"
                               "h:1,1.3.2,OCTET STRING,\"a \"\"b\"\",\n\",\r\n"
                               "h:1,1.3.3,Hex-STRING,00ff,\r\n"
                               "h:1,1.3.4,OBJECT IDENTIFIER,1.3.6.1.4,\r\n"
                               "h:1,1.3.5,IpAddress,192.0.2.1,\r\n"
                               "h:1,1.3.6,Counter64,18446744073709551615,\r\n"
                               "h:1,1.3.7,TimeTicks,8640123,\r\n"
                               "h:1,1.3.8,Opaque Float,0.100000001,\r\n"
                               "h:1,1.3.9,noSuchInstance,,\r\n"
                               "h:1,1.3.10,IpAddress,0102,\r\n"
                               "h:1,1.3.11,OCTET STRING,,\r\n"
                               "h:1,1.3.12,OCTET STRING,gr\xc3\xbc\xc3\x9f,\r\n");
}

Test(cli_output, several_peers_are_told_apart)
{
    put_head(2, 1);
    put_varbind("1.3", ZSNMP_GAUGE32);
    zsnmp_mp_put_uint(&body, 5);
    print(ZSNMP_CLI_TEXT, true);
    cr_expect_str_eq(out_text, "h:1: .1.3 = Gauge32: 5\n");
}

Test(cli_output, errors_in_each_form)
{
    put_head(3, 0);
    put_error(2, "noSuchName", 2, "yes");
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(out_text, "");
    cr_expect_str_eq(err_text, "h:1: noSuchName: it went wrong: .1.3.6.2\n");
    print(ZSNMP_CLI_CSV, false);
    cr_expect_str_eq(out_text, "peer,oid,type,value,error\r\n"
                               "h:1,1.3.6.2,,,noSuchName: it went wrong\r\n");
    print(ZSNMP_CLI_JSON, false);
    cr_expect_str_eq(out_text,
                     "{\"peer\":\"h:1\",\"ok\":false,\"error\":{\"code\":2,\"name\":\"noSuchName\","
                     "\"message\":\"it went wrong\",\"index\":2,\"oid\":\"1.3.6.2\","
                     "\"retryable\":true,\"sent\":\"yes\"},\"varbinds\":[]}\n");
}

Test(cli_output, a_doubtful_setting_is_said)
{
    options.command = ZSNMP_CLI_SET;
    put_head(3, 0);
    put_error(100, "timeout", 0, "maybe");
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(err_text, "h:1: timeout: it went wrong "
                               "(the setting may have been carried out)\n");
}

Test(cli_output, an_incomplete_walk_says_where_it_goes_on)
{
    put_head(5, 0);
    zsnmp_mp_put_str(&body, "complete");
    zsnmp_mp_put_bool(&body, false);
    zsnmp_mp_put_str(&body, "stop");
    zsnmp_mp_put_str(&body, "loop");
    zsnmp_mp_put_str(&body, "next");
    zsnmp_mp_put_str(&body, "1.3.7");
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(err_text, "h:1: the walk is not complete: loop; it goes on at .1.3.7\n");
    print(ZSNMP_CLI_CSV, false);
    cr_expect_str_eq(out_text, "peer,oid,type,value,error\r\nh:1,1.3.7,,,incomplete: loop\r\n");
    print(ZSNMP_CLI_JSON, false);
    cr_expect_str_eq(out_text, "{\"peer\":\"h:1\",\"ok\":false,\"error\":null,\"complete\":false,"
                               "\"stop\":\"loop\",\"next\":\"1.3.7\",\"varbinds\":[]}\n");
}

Test(cli_output, long_values_are_printed_whole)
{
    static uint8_t data[60000];
    memset(data, 0xab, sizeof(data));
    put_head(2, 1);
    put_varbind("1.3", ZSNMP_OCTET_STRING);
    zsnmp_mp_put_bin(&body, data, sizeof(data));
    print(ZSNMP_CLI_TEXT, false);
    size_t count = 0;
    for (const char *at = strstr(out_text, "AB"); at != NULL; at = strstr(at + 2, "AB")) {
        count++;
    }
    cr_expect_eq(count, sizeof(data));
}

Test(cli_output, what_is_text)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool text;
    } cases[] = {{"", 0, true},
                 {"abc\t\r\n", 6, true},
                 {"a\0b", 3, false},
                 {"\x1b[2J", 4, false},
                 {"\x7f", 1, false},
                 {"\xc3\xa4", 2, true},
                 {"\xe2\x82\xac", 3, true},
                 {"\xf0\x9f\x90\x99", 4, true},
                 {"\xc2\x85", 2, false},         /* a C1 control */
                 {"\xc3", 1, false},             /* cut off */
                 {"\xc0\xaf", 2, false},         /* overlong */
                 {"\xed\xa0\x80", 3, false},     /* a surrogate */
                 {"\xf4\x90\x80\x80", 4, false}, /* beyond U+10FFFF */
                 {"\x80", 1, false}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(zsnmp_cli_is_text((const uint8_t *)cases[i].bytes, cases[i].len),
                     cases[i].text, "case %zu", i);
    }
}

Test(cli_output, json_is_valid_whatever_comes)
{
    zsnmp_mp_put_map(&body, 4);
    zsnmp_mp_put_str(&body, "a\x01\"");
    zsnmp_mp_put_double(&body, NAN);
    zsnmp_mp_put_uint(&body, 5);
    zsnmp_mp_put_bin(&body, "\xff", 1);
    zsnmp_mp_put_str(&body, "list");
    zsnmp_mp_put_array(&body, 3);
    zsnmp_mp_put_bool(&body, true);
    zsnmp_mp_put_nil(&body);
    zsnmp_mp_put_int(&body, INT64_MIN);
    zsnmp_mp_put_str(&body, "empty");
    zsnmp_mp_put_map(&body, 0);
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(body.data, body.len);
    size_t size = 0;
    FILE *out = open_memstream(&out_text, &size);
    cr_assert_not_null(out);
    zsnmp_cli_json_object(out, &reader);
    fclose(out);
    cr_expect_str_eq(out_text, "{\"610122\":null,\"5\":\"ff\",\"list\":[true,null,"
                               "-9223372036854775808],\"empty\":{}}");
}

Test(cli_output, a_limit_that_was_asked_for_is_no_failure)
{
    put_head(4, 0);
    zsnmp_mp_put_str(&body, "complete");
    zsnmp_mp_put_bool(&body, false);
    zsnmp_mp_put_str(&body, "stop");
    zsnmp_mp_put_str(&body, "limit");
    zsnmpc_reply_t *reply = zsnmpc_reply_of(body.data, body.len);
    cr_assert_not_null(reply);
    cr_expect(zsnmp_cli_reply_good(reply));
    cr_expect(zsnmp_cli_reply_cut(reply));
    zsnmpc_reply_destroy(&reply);
}

Test(cli_output, control_characters_of_messages_do_not_reach_the_terminal)
{
    zsnmp_mp_put_map(&body, 1);
    zsnmp_mp_put_str(&body, "error");
    zsnmp_mp_put_map(&body, 3);
    zsnmp_mp_put_str(&body, "code");
    zsnmp_mp_put_uint(&body, 500);
    zsnmp_mp_put_str(&body, "name");
    zsnmp_mp_put_str(&body, "\x1b");
    zsnmp_mp_put_str(&body, "message");
    zsnmp_mp_put_str(&body, "a\x1b[2Jb");
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(err_text, "h:1: ?: a?[2Jb\n");
    print(ZSNMP_CLI_CSV, false);
    cr_expect_str_eq(out_text, "peer,oid,type,value,error\r\nh:1,,,,?: a?[2Jb\r\n");
}

Test(cli_output, where_several_roots_go_on)
{
    options.command = ZSNMP_CLI_WALK;
    put_head(5, 0);
    zsnmp_mp_put_str(&body, "complete");
    zsnmp_mp_put_bool(&body, false);
    zsnmp_mp_put_str(&body, "stop");
    zsnmp_mp_put_str(&body, "limit");
    zsnmp_mp_put_str(&body, "next");
    zsnmp_mp_put_array(&body, 2);
    zsnmp_mp_put_nil(&body);
    zsnmp_mp_put_str(&body, "1.3.6.2.5");
    print(ZSNMP_CLI_TEXT, false);
    cr_expect_str_eq(err_text,
                     "h:1: the walk is not complete: limit; it goes on at - .1.3.6.2.5\n");
    print(ZSNMP_CLI_JSON, false);
    cr_expect_str_eq(out_text, "{\"peer\":\"h:1\",\"ok\":true,\"error\":null,\"complete\":false,"
                               "\"stop\":\"limit\",\"next\":[null,\"1.3.6.2.5\"],"
                               "\"varbinds\":[]}\n");
    print(ZSNMP_CLI_CSV, false);
    cr_expect_str_eq(out_text, "peer,oid,type,value,error\r\n"
                               "h:1,- 1.3.6.2.5,,,incomplete: limit\r\n");
}

Test(cli_output, json_of_parts_and_quirks)
{
    put_head(4, 0);
    zsnmp_mp_put_str(&body, "more");
    zsnmp_mp_put_bool(&body, true);
    zsnmp_mp_put_str(&body, "quirks");
    zsnmp_mp_put_array(&body, 2);
    zsnmp_mp_put_str(&body, "stray");
    zsnmp_mp_put_str(&body, "too_big");
    print(ZSNMP_CLI_JSON, false);
    cr_expect_str_eq(out_text, "{\"peer\":\"h:1\",\"ok\":true,\"error\":null,\"more\":true,"
                               "\"quirks\":[\"stray\",\"too_big\"],\"varbinds\":[]}\n");
}

static void ignore(const zsnmpc_reply_t *reply, void *arg)
{
    (void)reply;
    (void)arg;
}

/* Has a request of the options sent to a broker that is the test's own, and takes its bytes. */
static void encode(zsnmpc_request_t *request)
{
    static uint8_t bytes[BUF_MAX];
    void *context = zmq_ctx_new();
    void *broker = zmq_socket(context, ZMQ_ROUTER);
    zsnmpc_options_t settings;
    zsnmpc_options_init(&settings);
    settings.zmq_context = context;
    cr_assert_eq(zmq_bind(broker, "inproc://broker"), 0);
    zsnmpc_t *client = zsnmpc_new("inproc://broker", &settings);
    cr_assert(client != NULL && request != NULL);
    cr_assert_neq(zsnmpc_call(client, request, ignore, NULL), 0);
    cr_assert_gt(zmq_recv(broker, bytes, sizeof(bytes), 0), 0);
    int len = zmq_recv(broker, bytes, sizeof(bytes), 0);
    cr_assert(len > 0 && (size_t)len <= sizeof(bytes));
    body.len = 0;
    cr_assert(zsnmp_buf_append(&body, bytes, (size_t)len));
    zsnmpc_request_destroy(&request);
    zsnmpc_destroy(&client);
    zmq_close(broker);
    zmq_ctx_term(context);
}

/* The value of a key of the request in body. */
static bool find(const char *key, struct zsnmp_mp_token *value)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(body.data, body.len);
    struct zsnmp_mp_token map;
    cr_assert_not(body.failed);
    cr_assert(zsnmp_mp_next(&reader, &map));
    return zsnmp_mp_find(&map, reader.end, key, value);
}

static bool has_text(const char *key, const char *text)
{
    struct zsnmp_mp_token value;
    return find(key, &value) && zsnmp_mp_is(&value, text);
}

static bool has_number(const char *key, uint64_t number)
{
    struct zsnmp_mp_token value;
    return find(key, &value) && value.type == ZSNMP_MP_UINT && value.value.u == number;
}

Test(cli_request, sends_only_what_was_given)
{
    struct zsnmp_mp_token value;
    zsnmpc_request_t *request = zsnmp_cli_request_new(&options);
    zsnmpc_request_put_text(request, "peer", "h:1");
    encode(request);
    cr_expect(has_number("id", 0));
    cr_expect(has_text("op", "get"));
    cr_expect(has_text("peer", "h:1"));
    cr_expect(has_text("form", "list"));
    static const char *const absent[] = {"version",     "community", "timeout_ms",
                                         "retries",     "limit",     "max_repetitions",
                                         "deadline_ms", "bulk",      "non_repeaters"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        cr_expect_not(find(absent[i], &value), "%s", absent[i]);
    }
    cr_assert(find("oids", &value));
    cr_expect_eq(value.len, 2);
}

Test(cli_request, sends_all_that_was_given)
{
    options.command = ZSNMP_CLI_BULK;
    options.version = "3";
    options.user = "me";
    options.level = "authNoPriv";
    options.auth_proto = "SHA";
    options.auth_pass = "12345678";
    options.context = "ctx";
    options.context_engine_id = (struct zsnmp_cli_bytes){.data = {0x80, 0, 0, 0, 1}, .len = 5};
    options.timeout_ms = 250;
    options.has_retries = true;
    options.non_repeaters = 1;
    options.max_repetitions = 20;
    options.deadline_ms = 5000;
    encode(zsnmp_cli_request_new(&options));
    cr_expect(has_text("op", "get_bulk"));
    cr_expect(has_text("version", "3"));
    cr_expect(has_text("user", "me"));
    cr_expect(has_text("level", "authNoPriv"));
    cr_expect(has_text("auth_proto", "SHA"));
    cr_expect(has_text("auth_pass", "12345678"));
    cr_expect(has_text("context", "ctx"));
    cr_expect(has_number("timeout_ms", 250));
    cr_expect(has_number("retries", 0));
    cr_expect(has_number("non_repeaters", 1));
    cr_expect(has_number("max_repetitions", 20));
    cr_expect(has_number("deadline_ms", 5000));
    struct zsnmp_mp_token value;
    cr_expect_not(find("priv_pass", &value));
    cr_assert(find("context_engine_id", &value));
    cr_expect_eq(value.type, ZSNMP_MP_BIN);
    cr_expect_eq(value.len, 5);
}

Test(cli_request, settings_come_in_threes)
{
    static const char *const settings[] = {"1.3.1", "i", "-5", "1.3.2", "s", ""};
    options.command = ZSNMP_CLI_SET;
    options.operands.items = (const char **)(uintptr_t)settings;
    options.operands.count = 6;
    encode(zsnmp_cli_request_new(&options));
    struct zsnmp_mp_token value;
    cr_expect_not(find("oids", &value));
    cr_assert(find("set", &value));
    cr_expect_eq(value.type, ZSNMP_MP_ARRAY);
    cr_expect_eq(value.len, 2);
}

Test(cli_request, walk_without_bulk)
{
    options.command = ZSNMP_CLI_WALK;
    options.no_bulk = true;
    options.limit = 3;
    encode(zsnmp_cli_request_new(&options));
    struct zsnmp_mp_token value;
    cr_expect(has_text("op", "walk"));
    cr_expect(has_number("limit", 3));
    cr_assert(find("bulk", &value));
    cr_expect(value.type == ZSNMP_MP_BOOL && !value.value.b);
    encode(zsnmp_cli_request_new_get(&options));
    cr_expect(has_text("op", "get"));
    cr_expect_not(find("limit", &value));
}

Test(cli_request, priority_and_parts)
{
    options.command = ZSNMP_CLI_WALK;
    options.has_priority = true;
    options.stream = 50;
    encode(zsnmp_cli_request_new(&options));
    cr_expect(has_number("priority", 0));
    cr_expect(has_number("stream", 50));
}

Test(cli_request, a_start_for_each_root)
{
    static const char *const starts[] = {"-", "1.3.6.2.1"};
    struct zsnmp_mp_token value;
    options.command = ZSNMP_CLI_WALK;
    options.starts =
        (struct zsnmp_cli_strings){.items = (const char **)(uintptr_t)starts, .count = 2};
    encode(zsnmp_cli_request_new(&options));
    cr_assert(find("start", &value));
    cr_expect(value.type == ZSNMP_MP_ARRAY && value.len == 2 && value.data[0] == 0xc0);
    options.starts.items++;
    options.starts.count = 1;
    encode(zsnmp_cli_request_new(&options));
    cr_expect(has_text("start", "1.3.6.2.1"));
}

Test(cli_request, of_the_broker_itself)
{
    options.command = ZSNMP_CLI_DEVICES;
    options.sort = "rtt";
    options.limit = 7;
    encode(zsnmp_cli_request_new(&options));
    cr_expect(has_text("op", "devices"));
    cr_expect(has_text("sort", "rtt"));
    cr_expect(has_number("limit", 7));
    struct zsnmp_mp_token value;
    cr_expect_not(find("oids", &value));
    cr_expect_not(find("form", &value));
}
