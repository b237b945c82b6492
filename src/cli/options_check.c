/*
 * Checks and completes the options; see options_check.h. Pass phrases are never
 * repeated in a message.
 */
#include "options_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/oid.h"
#include "base/setval.h"
#include "option_table.h"
#include "values.h"

#define KEY_TEXT_MAX (3 * ZSNMP_KEY_MAX) /* characters: two a byte, and what stands between */
/* Types of snmpset, and its letters for what hides in an Opaque; not "=", which needs a MIB. */
#define SET_TYPES "iuctaosxdnbCUIFD"

bool zsnmp_cli_oid_valid(const char *text)
{
    uint32_t oid[ZSNMP_OID_MAX];
    return zsnmp_oid_parse(text, strlen(text), oid, ZSNMP_OID_MAX) > 0;
}

bool zsnmp_cli_type_valid(const char *text)
{
    return text[0] != '\0' && text[1] == '\0' && strchr(SET_TYPES, text[0]) != NULL;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool check_oid(struct zsnmp_cli_options *self, const char *text)
{
    return zsnmp_cli_oid_valid(text) ||
           zsnmp_cli_options_wrong(self, "%s: not an OID in numbers, such as 1.3.6.1.2.1.1.1.0",
                                   text);
}

/* Without --peer and --peers the first operand is the peer, as in net-snmp. */
static bool take_peer(struct zsnmp_cli_options *self)
{
    if (self->peers.count == 0 && self->peer_files.count == 0) {
        if (self->operands.count == 0) {
            return zsnmp_cli_options_wrong(self, "no peer given");
        }
        if (!zsnmp_cli_strings_add(&self->peers, self->operands.items[0])) {
            return zsnmp_cli_options_wrong(self, "out of memory");
        }
        self->operands.count--;
        memmove(self->operands.items, self->operands.items + 1,
                self->operands.count * sizeof(*self->operands.items));
    }
    for (size_t i = 0; i < self->peers.count; i++) {
        if (!zsnmp_cli_peer_valid(self->peers.items[i])) {
            return zsnmp_cli_options_wrong(self, "%.100s: not a peer", self->peers.items[i]);
        }
    }
    return true;
}

static bool check_settings(struct zsnmp_cli_options *self)
{
    const struct zsnmp_cli_strings *operands = &self->operands;
    for (size_t i = 0; i + 2 < operands->count; i += 3) {
        if (!check_oid(self, operands->items[i])) {
            return false;
        }
        if (!zsnmp_cli_type_valid(operands->items[i + 1])) {
            return zsnmp_cli_options_wrong(self, "%.40s: not a type; use one of the letters %s",
                                           operands->items[i + 1], SET_TYPES);
        }
        if (strlen(operands->items[i + 2]) > ZSNMP_VALUE_MAX) {
            return zsnmp_cli_options_wrong(self, "the value for %s is too long",
                                           operands->items[i]);
        }
    }
    return (operands->count > 0 && operands->count % 3 == 0) ||
           zsnmp_cli_options_wrong(self, "set wants OID, TYPE and VALUE, once or more");
}

/* One for each root, in their order. */
static bool check_starts(struct zsnmp_cli_options *self)
{
    const struct zsnmp_cli_strings *starts = &self->starts;
    size_t left = 0;
    for (size_t i = 0; i < starts->count; i++) {
        bool none = strcmp(starts->items[i], "-") == 0;
        if (!none && !check_oid(self, starts->items[i])) {
            return false;
        }
        left += none ? 0 : 1;
    }
    if (starts->count > 0 && starts->count != self->operands.count) {
        return zsnmp_cli_options_wrong(self, "--start is wanted once for each of %zu OIDs",
                                       self->operands.count);
    }
    return starts->count == 0 || left > 0 ||
           zsnmp_cli_options_wrong(self, "--start: nothing is left to walk");
}

static bool check_walk(struct zsnmp_cli_options *self)
{
    if (self->operands.count == 0 && !zsnmp_cli_strings_add(&self->operands, ZSNMP_CLI_WALK_ROOT)) {
        return zsnmp_cli_options_wrong(self, "out of memory");
    }
    if (self->non_repeaters != 0) {
        return zsnmp_cli_options_wrong(self, "walk has no non-repeaters (-Cn)");
    }
    return check_starts(self);
}

static bool check_oids(struct zsnmp_cli_options *self)
{
    const struct zsnmp_cli_strings *operands = &self->operands;
    if (self->command == ZSNMP_CLI_WALK && !check_walk(self)) {
        return false;
    }
    if (operands->count == 0) {
        return zsnmp_cli_options_wrong(self, "no OID given");
    }
    for (size_t i = 0; i < operands->count; i++) {
        if (!check_oid(self, operands->items[i])) {
            return false;
        }
    }
    return true;
}

static bool check_operands(struct zsnmp_cli_options *self)
{
    if (!take_peer(self)) {
        return false;
    }
    bool set = self->command == ZSNMP_CLI_SET;
    if (self->operands.count / (set ? 3 : 1) > ZSNMP_VARBINDS_MAX) {
        return zsnmp_cli_options_wrong(self, "more than %u OIDs", ZSNMP_VARBINDS_MAX);
    }
    return set ? check_settings(self) : check_oids(self);
}

static bool check_pass(struct zsnmp_cli_options *self, const char *pass, const char *option)
{
    size_t len = strlen(pass);
    return (len >= ZSNMP_PASS_MIN && len <= ZSNMP_PASS_MAX) ||
           zsnmp_cli_options_wrong(self, "%s: a pass phrase has %u to %u characters", option,
                                   ZSNMP_PASS_MIN, ZSNMP_PASS_MAX);
}

static bool take_key(struct zsnmp_cli_options *self, const char *text, struct zsnmp_cli_bytes *to,
                     const char *option)
{
    uint8_t bytes[KEY_TEXT_MAX];
    size_t len = strlen(text);
    if (len > sizeof bytes || !zsnmp_hex_parse(text, len, bytes, &to->len) ||
        to->len < ZSNMP_KEY_MIN || to->len > ZSNMP_KEY_MAX) {
        return zsnmp_cli_options_wrong(self, "%s: a localised key has %u to %u hexadecimal digits",
                                       option, 2 * ZSNMP_KEY_MIN, 2 * ZSNMP_KEY_MAX);
    }
    memcpy(to->data, bytes, to->len);
    return true;
}

/* A pass phrase or a key, not both; what the command line says hides the environment. */
static bool take_secret(struct zsnmp_cli_options *self, const char **pass, const char **key,
                        struct zsnmp_cli_bytes *bytes, const char *const options[2])
{
    if (*pass != NULL && *key != NULL) {
        return zsnmp_cli_options_wrong(self, "%s and %s exclude each other", options[0],
                                       options[1]);
    }
    if (*pass != NULL) {
        return check_pass(self, *pass, options[0]);
    }
    return *key == NULL || take_key(self, *key, bytes, options[1]);
}

static void read_environment(const char **pass, const char **key, const char *pass_name,
                             const char *key_name)
{
    if (*pass == NULL && *key == NULL) {
        *pass = environment(pass_name);
        *key = *pass == NULL ? environment(key_name) : NULL;
    }
}

/* Drops what the level excludes, wants what it needs; protocols default to net-snmp's. */
static bool check_level(struct zsnmp_cli_options *self)
{
    static const char *const auth_options[] = {"-A", "--auth-key"};
    static const char *const priv_options[] = {"-X", "--priv-key"};
    bool auth = self->level == NULL || strcmp(self->level, "noAuthNoPriv") != 0;
    bool priv = self->level == NULL || strcmp(self->level, "authPriv") == 0;
    self->auth_pass = auth ? self->auth_pass : NULL;
    self->auth_key_text = auth ? self->auth_key_text : NULL;
    self->priv_pass = priv ? self->priv_pass : NULL;
    self->priv_key_text = priv ? self->priv_key_text : NULL;
    bool has_auth = self->auth_pass != NULL || self->auth_key_text != NULL;
    bool has_priv = self->priv_pass != NULL || self->priv_key_text != NULL;
    if (self->level != NULL && auth && !has_auth) {
        return zsnmp_cli_options_wrong(self, "-l %s wants a pass phrase: -A", self->level);
    }
    if (self->level != NULL && priv && !has_priv) {
        return zsnmp_cli_options_wrong(self, "-l %s wants a privacy pass phrase: -X", self->level);
    }
    if (has_priv && !has_auth) {
        return zsnmp_cli_options_wrong(self, "privacy (-X) wants authentication too: -A");
    }
    if (!take_secret(self, &self->auth_pass, &self->auth_key_text, &self->auth_key, auth_options) ||
        !take_secret(self, &self->priv_pass, &self->priv_key_text, &self->priv_key, priv_options)) {
        return false;
    }
    const char *auth_proto = self->auth_proto != NULL ? self->auth_proto : "MD5";
    const char *priv_proto = self->priv_proto != NULL ? self->priv_proto : "DES";
    self->auth_proto = has_auth ? auth_proto : NULL;
    self->priv_proto = has_priv ? priv_proto : NULL;
    return true;
}

static bool check_v3(struct zsnmp_cli_options *self)
{
    if (self->user == NULL || self->user[0] == '\0') {
        return zsnmp_cli_options_wrong(self, "version 3 wants a user: -u");
    }
    if (strlen(self->user) > ZSNMP_USER_MAX) {
        return zsnmp_cli_options_wrong(self, "-u: a user has at most %u characters",
                                       ZSNMP_USER_MAX);
    }
    if (self->context != NULL && strlen(self->context) > ZSNMP_CONTEXT_MAX) {
        return zsnmp_cli_options_wrong(self, "-n: a context has at most %u characters",
                                       ZSNMP_CONTEXT_MAX);
    }
    self->community = NULL;
    read_environment(&self->auth_pass, &self->auth_key_text, "ZSNMP_AUTH_PASS", "ZSNMP_AUTH_KEY");
    read_environment(&self->priv_pass, &self->priv_key_text, "ZSNMP_PRIV_PASS", "ZSNMP_PRIV_KEY");
    return check_level(self);
}

static bool check_credentials(struct zsnmp_cli_options *self)
{
    if (self->version == NULL && self->user != NULL) {
        self->version = "3";
    }
    if (self->version != NULL && strcmp(self->version, "3") == 0) {
        return check_v3(self);
    }
    if (self->user != NULL) {
        return zsnmp_cli_options_wrong(self, "-u wants version 3, not %s", self->version);
    }
    if (self->community == NULL) {
        self->community = environment("ZSNMP_COMMUNITY");
    }
    if (self->community != NULL && strlen(self->community) > ZSNMP_COMMUNITY_MAX) {
        return zsnmp_cli_options_wrong(self, "-c: a community has at most %u characters",
                                       ZSNMP_COMMUNITY_MAX);
    }
    if (self->command == ZSNMP_CLI_BULK && self->version != NULL &&
        strcmp(self->version, "1") == 0) {
        return zsnmp_cli_options_wrong(self, "version 1 has no GETBULK");
    }
    return true;
}

/* A device that does not answer must not look like a broker that does not. */
static void complete_broker(struct zsnmp_cli_options *self)
{
    if (self->endpoint == NULL) {
        self->endpoint = environment("ZSNMP_ENDPOINT");
    }
    if (self->endpoint == NULL) {
        self->endpoint = ZSNMP_CLI_ENDPOINT_DEFAULT;
    }
    if (self->broker_timeout_ms != 0) {
        return;
    }
    uint64_t retries = self->has_retries ? self->retries : ZSNMP_RETRIES_DEFAULT;
    uint64_t timeout_ms = self->timeout_ms != 0 ? self->timeout_ms : ZSNMP_TIMEOUT_MS_DEFAULT;
    uint64_t device_ms = timeout_ms * (retries + 1);
    uint64_t total = device_ms + ZSNMP_CLI_MARGIN_MS;
    self->broker_timeout_ms = (uint32_t)(total < ZSNMP_CLI_WAIT_MAX ? total : ZSNMP_CLI_WAIT_MAX);
}

bool zsnmp_cli_options_check(struct zsnmp_cli_options *self)
{
    complete_broker(self);
    if ((self->command & ZSNMP_CLI_ADMIN) != 0) {
        return self->operands.count == 0 ||
               zsnmp_cli_options_wrong(self, "%s wants no operands",
                                       zsnmp_cli_command_name(self->command));
    }
    if (self->command == ZSNMP_CLI_BULK && self->max_repetitions == 0) {
        self->max_repetitions = ZSNMP_CLI_BULK_REPETITIONS;
    }
    return check_operands(self) && check_credentials(self);
}
