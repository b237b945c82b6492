/*
 * The options themselves, and the setters of those that are more than a string
 * or a number. Letters are net-snmp's, but for -e: there it is the engine id,
 * here the endpoint, and --engine-id takes its place.
 */
#include "option_table.h"

#include <string.h>

#include "base/names.h"
#include "base/setval.h"
#include "values.h"

#define PRIORITY_MAX 7u         /* the last of the protocol's */
#define ENGINE_ID_TEXT_MAX 128u /* characters: two a byte, and what may stand between them */

static bool set_version(struct zsnmp_cli_options *self, const char *value)
{
    static const char *const names[] = {[ZSNMP_V1] = "1", [ZSNMP_V2C] = "2c", [ZSNMP_V3] = "3"};
    uint8_t version = 0;
    if (!zsnmp_version_parse(value, strlen(value), &version)) {
        return zsnmp_cli_options_wrong(self, "-v %s: the version is 1, 2c or 3", value);
    }
    self->version = names[version];
    return true;
}

static bool set_level(struct zsnmp_cli_options *self, const char *value)
{
    static const char *const names[] = {[ZSNMP_NO_AUTH_NO_PRIV] = "noAuthNoPriv",
                                        [ZSNMP_AUTH_NO_PRIV] = "authNoPriv",
                                        [ZSNMP_AUTH_PRIV] = "authPriv"};
    uint8_t level = 0;
    if (!zsnmp_level_parse(value, strlen(value), &level)) {
        return zsnmp_cli_options_wrong(
            self, "-l %s: the level is noAuthNoPriv, authNoPriv or authPriv", value);
    }
    self->level = names[level];
    return true;
}

static bool set_auth_proto(struct zsnmp_cli_options *self, const char *value)
{
    uint8_t proto = 0;
    self->auth_proto = value;
    return zsnmp_auth_parse(value, strlen(value), &proto) ||
           zsnmp_cli_options_wrong(
               self, "-a %s: use MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512", value);
}

static bool set_priv_proto(struct zsnmp_cli_options *self, const char *value)
{
    uint8_t proto = 0;
    self->priv_proto = value;
    return zsnmp_priv_parse(value, strlen(value), &proto) ||
           zsnmp_cli_options_wrong(
               self, "-x %s: use DES, AES, AES-192, AES-256, AES-192-C or AES-256-C", value);
}

static bool set_engine(struct zsnmp_cli_options *self, struct zsnmp_cli_bytes *to,
                       const char *option, const char *value)
{
    uint8_t bytes[ENGINE_ID_TEXT_MAX];
    size_t count = 0;
    size_t len = strlen(value);
    if (len > ENGINE_ID_TEXT_MAX || !zsnmp_hex_parse(value, len, bytes, &count) ||
        count < ZSNMP_ENGINE_ID_MIN || count > ZSNMP_ENGINE_ID_MAX) {
        return zsnmp_cli_options_wrong(self, "%s %s: an engine id has 10 to 64 hexadecimal digits",
                                       option, value);
    }
    memcpy(to->data, bytes, count);
    to->len = count;
    return true;
}

static bool set_engine_id(struct zsnmp_cli_options *self, const char *value)
{
    return set_engine(self, &self->engine_id, "--engine-id", value);
}

static bool set_context_engine_id(struct zsnmp_cli_options *self, const char *value)
{
    return set_engine(self, &self->context_engine_id, "-E", value);
}

static bool set_retries(struct zsnmp_cli_options *self, const char *value)
{
    self->has_retries = true;
    return zsnmp_cli_uint_parse(value, 0, ZSNMP_RETRIES_MAX, &self->retries) ||
           zsnmp_cli_options_wrong(self, "-r %s: the number of retries is 0 to %u", value,
                                   ZSNMP_RETRIES_MAX);
}

static bool set_priority(struct zsnmp_cli_options *self, const char *value)
{
    self->has_priority = true;
    return zsnmp_cli_uint_parse(value, 0, PRIORITY_MAX, &self->priority) ||
           zsnmp_cli_options_wrong(self, "--priority %s: use 0 (first) to %u", value, PRIORITY_MAX);
}

/* net-snmp's options of one program: -Cn<NUM> and -Cr<NUM>, which may stand together: -Cn1r20. */
static bool set_bulk_option(struct zsnmp_cli_options *self, const char *value)
{
    const char *at = value;
    while (*at == 'n' || *at == 'r') {
        uint32_t *to = *at == 'n' ? &self->non_repeaters : &self->max_repetitions;
        uint32_t min = *at == 'n' ? 0 : 1;
        char digits[12] = "";
        size_t len = strspn(at + 1, "0123456789");
        if (len == 0 || len >= sizeof(digits)) {
            break;
        }
        memcpy(digits, at + 1, len);
        if (!zsnmp_cli_uint_parse(digits, min, ZSNMP_REPETITIONS_MAX, to)) {
            break;
        }
        at += 1 + len;
    }
    return (*at == '\0' && at != value) ||
           zsnmp_cli_options_wrong(
               self, "-C%s: use -Cn<NUM> (non-repeaters) and -Cr<NUM> (max-repetitions)", value);
}

static bool set_output_option(struct zsnmp_cli_options *self, const char *value)
{
    return strcmp(value, "n") == 0 ||
           zsnmp_cli_options_wrong(self, "-O%s: OIDs are always numeric, there is only -On", value);
}

static bool set_json(struct zsnmp_cli_options *self, const char *value)
{
    (void)value;
    self->format = ZSNMP_CLI_JSON;
    return true;
}

static bool set_csv(struct zsnmp_cli_options *self, const char *value)
{
    (void)value;
    self->format = ZSNMP_CLI_CSV;
    return true;
}

static bool set_sort(struct zsnmp_cli_options *self, const char *value)
{
    static const char *const orders[] = {"peer", "requests", "timeouts",
                                         "rtt",  "queued",   "last_seen"};
    self->sort = value;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (strcmp(value, orders[i]) == 0) {
            return true;
        }
    }
    return zsnmp_cli_options_wrong(
        self, "--sort %s: use peer, requests, timeouts, rtt, queued or last_seen", value);
}

#define AT(member) offsetof(struct zsnmp_cli_options, member)
#define FLAG(letter, name, commands, member, help)                                                 \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_FLAG, NULL, commands, AT(member), 0, 0, NULL, help             \
    }
#define STRING(letter, name, value, commands, member, help)                                        \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_STRING, value, commands, AT(member), 0, 0, NULL, help          \
    }
#define UINT(letter, name, value, commands, member, min, max, help)                                \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_UINT, value, commands, AT(member), min, max, NULL, help        \
    }
#define SECONDS(letter, name, commands, member, max, help)                                         \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_MS, "SECONDS", commands, AT(member), 1, max, NULL, help        \
    }
#define LIST(letter, name, value, commands, member, help)                                          \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_LIST, value, commands, AT(member), 0, 0, NULL, help            \
    }
#define CALL(letter, name, value, commands, function, help)                                        \
    {                                                                                              \
        letter, name, ZSNMP_CLI_OPT_CALL, value, commands, 0, 0, 0, function, help                 \
    }

#define REQUESTS ZSNMP_CLI_REQUESTS
#define BULKS (ZSNMP_CLI_BULK | ZSNMP_CLI_WALK)
#define ROWS (ZSNMP_CLI_WALK | ZSNMP_CLI_DEVICES)

/* clang-format off */
const struct zsnmp_cli_option zsnmp_cli_option_table[] = {
    STRING('e', "endpoint", "ENDPOINT", ZSNMP_CLI_ALL, endpoint, "the broker [$ZSNMP_ENDPOINT, " ZSNMP_CLI_ENDPOINT_DEFAULT "]"),
    SECONDS(0, "broker-timeout", ZSNMP_CLI_ALL, broker_timeout_ms, ZSNMP_CLI_WAIT_MAX, "give up when the broker is silent so long [derived from -t, -r]"),
    CALL('v', NULL, " 1|2c|3", REQUESTS, set_version, "SNMP version [2c; 3 with -u]"),
    STRING('c', "community", "COMMUNITY", REQUESTS, community, "community of versions 1 and 2c [$ZSNMP_COMMUNITY, public]"),
    STRING('u', "user", "NAME", REQUESTS, user, "user of version 3"),
    CALL('l', "level", "LEVEL", REQUESTS, set_level, "noAuthNoPriv, authNoPriv or authPriv [from what is given]"),
    CALL('a', "auth-protocol", "PROTOCOL", REQUESTS, set_auth_proto, "MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512 [MD5]"),
    STRING('A', "auth-pass", "PHRASE", REQUESTS, auth_pass, "authentication pass phrase [$ZSNMP_AUTH_PASS]"),
    CALL('x', "priv-protocol", "PROTOCOL", REQUESTS, set_priv_proto, "DES, AES, AES-192, AES-256, AES-192-C or AES-256-C [DES]"),
    STRING('X', "priv-pass", "PHRASE", REQUESTS, priv_pass, "privacy pass phrase [$ZSNMP_PRIV_PASS]"),
    STRING(0, "auth-key", "HEX", REQUESTS, auth_key_text, "localised key in place of -A [$ZSNMP_AUTH_KEY]"),
    STRING(0, "priv-key", "HEX", REQUESTS, priv_key_text, "localised key in place of -X [$ZSNMP_PRIV_KEY]"),
    STRING('n', "context", "NAME", REQUESTS, context, "context name of version 3"),
    CALL('E', "context-engine-id", "HEX", REQUESTS, set_context_engine_id, "context engine id of version 3"),
    CALL(0, "engine-id", "HEX", REQUESTS, set_engine_id, "security engine id of version 3 [discovered]"),
    SECONDS('t', "timeout", REQUESTS, timeout_ms, ZSNMP_TIMEOUT_MS_MAX, "time-out of each try, fractions allowed [1]"),
    CALL('r', "retries", "COUNT", REQUESTS, set_retries, "further tries [2]"),
    SECONDS(0, "deadline", REQUESTS, deadline_ms, ZSNMP_DEADLINE_MS_MAX, "end each operation after this long, whatever came"),
    CALL(0, "priority", "0-7", REQUESTS, set_priority, "among requests that wait at the broker; 0 is first [4]"),
    CALL('C', NULL, "n<NUM>|r<NUM>", BULKS, set_bulk_option, "non-repeaters (bulk alone) [0], max-repetitions [bulk: 10]"),
    FLAG(0, "no-bulk", ZSNMP_CLI_WALK, no_bulk, "walk with GETNEXT where GETBULK would be used"),
    LIST(0, "start", "OID", ZSNMP_CLI_WALK, starts, "walk on behind this OID; one for each root, - for none"),
    UINT(0, "limit", "ROWS", ROWS, limit, 1, ZSNMP_CLI_ROWS_MAX, "at most so many rows"),
    UINT(0, "stream", "ROWS", ZSNMP_CLI_WALK, stream, 1, ZSNMP_CLI_ROWS_MAX, "print a walk while it runs, so many rows at a time"),
    CALL(0, "sort", "COLUMN", ZSNMP_CLI_DEVICES, set_sort, "peer, requests, timeouts, rtt, queued or last_seen [peer]"),
    LIST('p', "peer", "PEER", REQUESTS, peers, "a device, repeatable; all operands are OIDs then"),
    LIST(0, "peers", "FILE", REQUESTS, peer_files, "devices from a file, one a line, - is standard input"),
    UINT(0, "window", "COUNT", REQUESTS, window, 1, ZSNMP_CLI_WINDOW_MAX, "requests that wait for a reply at a time [1000]"),
    CALL(0, "json", NULL, ZSNMP_CLI_ALL, set_json, "print JSON, one object a line"),
    CALL(0, "csv", NULL, REQUESTS, set_csv, "print CSV (RFC 4180): peer,oid,type,value,error"),
    CALL('O', NULL, "n", REQUESTS, set_output_option, "accepted for net-snmp's sake: -On is how OIDs are printed"),
    FLAG(0, "no-progress", REQUESTS, no_progress, "no progress bar"),
    FLAG('q', "quiet", REQUESTS, quiet, "no progress bar and no summary"),
    {'h', "help", ZSNMP_CLI_OPT_HELP, NULL, ZSNMP_CLI_ALL, 0, 0, 0, NULL, "this text"},
    {'V', "version", ZSNMP_CLI_OPT_VERSION, NULL, ZSNMP_CLI_ALL, 0, 0, 0, NULL, "the version of zsnmp"},
};
/* clang-format on */

const size_t zsnmp_cli_option_count =
    sizeof(zsnmp_cli_option_table) / sizeof(zsnmp_cli_option_table[0]);
