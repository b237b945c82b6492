/*
 * Encodes requests; see request.h. What was not given on the command line is
 * not sent either, so that the broker's defaults hold.
 */
#include "request.h"

#include <string.h>

#include "wire/mp.h"

#define ENTRIES_MAX 32u

enum entry_kind { STRING, NUMBER, BYTES, BOOLEAN, OIDS, SETTINGS };

/* One key of a request: the map's size stands before its first entry. */
struct entry {
    const char *key;
    enum entry_kind kind;
    const char *string;
    uint64_t number;
    const struct zsnmp_cli_bytes *bytes;
    const struct zsnmp_cli_strings *strings;
};

struct entries {
    struct entry list[ENTRIES_MAX];
    uint32_t count;
};

static void add(struct entries *self, struct entry entry)
{
    self->list[self->count++] = entry;
}

static void add_string(struct entries *self, const char *key, const char *value)
{
    if (value != NULL) {
        add(self, (struct entry){.key = key, .kind = STRING, .string = value});
    }
}

static void add_number(struct entries *self, const char *key, uint64_t value)
{
    add(self, (struct entry){.key = key, .kind = NUMBER, .number = value});
}

static void add_given(struct entries *self, const char *key, uint64_t value)
{
    if (value != 0) {
        add_number(self, key, value);
    }
}

static void add_bytes(struct entries *self, const char *key, const struct zsnmp_cli_bytes *value)
{
    if (value->len > 0) {
        add(self, (struct entry){.key = key, .kind = BYTES, .bytes = value});
    }
}

static void put_settings(struct zsnmp_buf *out, const struct zsnmp_cli_strings *strings)
{
    zsnmp_mp_put_array(out, (uint32_t)(strings->count / 3));
    for (size_t i = 0; i < strings->count; i++) {
        if (i % 3 == 0) {
            zsnmp_mp_put_array(out, 3);
        }
        zsnmp_mp_put_str(out, strings->items[i]);
    }
}

static void put_oids(struct zsnmp_buf *out, const struct zsnmp_cli_strings *strings)
{
    zsnmp_mp_put_array(out, (uint32_t)strings->count);
    for (size_t i = 0; i < strings->count; i++) {
        zsnmp_mp_put_str(out, strings->items[i]);
    }
}

static void put_entry(struct zsnmp_buf *out, const struct entry *entry)
{
    zsnmp_mp_put_str(out, entry->key);
    switch (entry->kind) {
    case STRING:
        zsnmp_mp_put_str(out, entry->string);
        break;
    case NUMBER:
        zsnmp_mp_put_uint(out, entry->number);
        break;
    case BYTES:
        zsnmp_mp_put_bin(out, entry->bytes->data, entry->bytes->len);
        break;
    case BOOLEAN:
        zsnmp_mp_put_bool(out, entry->number != 0);
        break;
    case OIDS:
        put_oids(out, entry->strings);
        break;
    case SETTINGS:
        put_settings(out, entry->strings);
        break;
    }
}

static void put_entries(struct zsnmp_buf *out, const struct entries *entries)
{
    zsnmp_mp_put_map(out, entries->count);
    for (uint32_t i = 0; i < entries->count; i++) {
        put_entry(out, &entries->list[i]);
    }
}

static void add_credentials(struct entries *self, const struct zsnmp_cli_options *options)
{
    add_string(self, "version", options->version);
    add_string(self, "community", options->community);
    if (options->version == NULL || strcmp(options->version, "3") != 0) {
        return;
    }
    add_string(self, "user", options->user);
    add_string(self, "level", options->level);
    add_string(self, "auth_proto", options->auth_proto);
    add_string(self, "auth_pass", options->auth_pass);
    add_string(self, "priv_proto", options->priv_proto);
    add_string(self, "priv_pass", options->priv_pass);
    add_string(self, "context", options->context);
    add_bytes(self, "auth_key", &options->auth_key);
    add_bytes(self, "priv_key", &options->priv_key);
    add_bytes(self, "engine_id", &options->engine_id);
    add_bytes(self, "context_engine_id", &options->context_engine_id);
}

static void add_operation(struct entries *self, const struct zsnmp_cli_options *options)
{
    static const struct {
        enum zsnmp_cli_command command;
        const char *op;
    } ops[] = {{ZSNMP_CLI_GET, "get"},
               {ZSNMP_CLI_NEXT, "get_next"},
               {ZSNMP_CLI_BULK, "get_bulk"},
               {ZSNMP_CLI_WALK, "walk"},
               {ZSNMP_CLI_SET, "set"}};
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (ops[i].command == options->command) {
            add_string(self, "op", ops[i].op);
        }
    }
    bool set = options->command == ZSNMP_CLI_SET;
    add(self, (struct entry){.key = set ? "set" : "oids",
                             .kind = set ? SETTINGS : OIDS,
                             .strings = &options->operands});
    if (options->command == ZSNMP_CLI_BULK) {
        add_number(self, "non_repeaters", options->non_repeaters);
    }
    add_given(self, "max_repetitions", options->max_repetitions);
    add_given(self, "limit", options->limit);
    if (options->start != NULL) {
        add_string(self, "start", options->start);
    }
    if (options->no_bulk) {
        add(self, (struct entry){.key = "bulk", .kind = BOOLEAN, .number = 0});
    }
}

static void add_common(struct entries *self, const struct zsnmp_cli_options *options, uint64_t id,
                       const char *peer)
{
    add_number(self, "id", id);
    add_string(self, "peer", peer);
    add_credentials(self, options);
    add_given(self, "timeout_ms", options->timeout_ms);
    if (options->has_retries) {
        add_number(self, "retries", options->retries);
    }
    add_given(self, "deadline_ms", options->deadline_ms);
    add_string(self, "form", "list");
}

void zsnmp_cli_request_put(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                           uint64_t id, const char *peer)
{
    struct entries entries = {.count = 0};
    add_common(&entries, options, id, peer);
    add_operation(&entries, options);
    put_entries(out, &entries);
}

void zsnmp_cli_request_put_get(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                               uint64_t id, const char *peer)
{
    struct entries entries = {.count = 0};
    add_common(&entries, options, id, peer);
    add_string(&entries, "op", "get");
    add(&entries, (struct entry){.key = "oids", .kind = OIDS, .strings = &options->operands});
    put_entries(out, &entries);
}

void zsnmp_cli_request_put_admin(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                                 uint64_t id, enum zsnmp_cli_command op)
{
    struct entries entries = {.count = 0};
    add_number(&entries, "id", id);
    add_string(&entries, "op", zsnmp_cli_command_name(op));
    if (op == ZSNMP_CLI_DEVICES) {
        add_string(&entries, "sort", options->sort);
        add_given(&entries, "limit", options->limit);
    }
    put_entries(out, &entries);
}

void zsnmp_cli_request_put_cancel(struct zsnmp_buf *out, uint64_t id, uint64_t target)
{
    struct entries entries = {.count = 0};
    add_number(&entries, "id", id);
    add_string(&entries, "op", "cancel");
    add_number(&entries, "target", target);
    put_entries(out, &entries);
}

void zsnmp_cli_request_put_batch(struct zsnmp_buf *out, uint32_t count)
{
    zsnmp_mp_put_array(out, count);
}
