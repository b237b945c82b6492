/*
 * Builds requests; see request.h.
 */
#include "request.h"

#include <string.h>

#include "option_table.h"

#define NOTHING_LEFT "-" /* in place of the OID that a root is walked on behind */

static void put_given(zsnmpc_request_t *request, const char *key, uint32_t value)
{
    if (value != 0) {
        zsnmpc_request_put_uint(request, key, value);
    }
}

static void put_bytes(zsnmpc_request_t *request, const char *key,
                      const struct zsnmp_cli_bytes *value)
{
    if (value->len > 0) {
        zsnmpc_request_put_bytes(request, key, value->data, value->len);
    }
}

static void put_credentials(zsnmpc_request_t *request, const struct zsnmp_cli_options *options)
{
    zsnmpc_request_put_text(request, ZSNMPC_SNMP_VERSION, options->version);
    zsnmpc_request_put_text(request, ZSNMPC_COMMUNITY, options->community);
    if (options->version == NULL || strcmp(options->version, "3") != 0) {
        return;
    }
    zsnmpc_request_put_text(request, ZSNMPC_USER, options->user);
    zsnmpc_request_put_text(request, ZSNMPC_LEVEL, options->level);
    zsnmpc_request_put_text(request, ZSNMPC_AUTH_PROTO, options->auth_proto);
    zsnmpc_request_put_text(request, ZSNMPC_AUTH_PASS, options->auth_pass);
    zsnmpc_request_put_text(request, ZSNMPC_PRIV_PROTO, options->priv_proto);
    zsnmpc_request_put_text(request, ZSNMPC_PRIV_PASS, options->priv_pass);
    zsnmpc_request_put_text(request, ZSNMPC_CONTEXT, options->context);
    put_bytes(request, ZSNMPC_AUTH_KEY, &options->auth_key);
    put_bytes(request, ZSNMPC_PRIV_KEY, &options->priv_key);
    put_bytes(request, ZSNMPC_ENGINE_ID, &options->engine_id);
    put_bytes(request, ZSNMPC_CONTEXT_ENGINE_ID, &options->context_engine_id);
}

/* What requests of every operation on a device have. */
static zsnmpc_request_t *new_request(const struct zsnmp_cli_options *options, const char *op)
{
    zsnmpc_request_t *request = zsnmpc_request_new(op, NULL);
    if (request == NULL) {
        return NULL;
    }
    put_credentials(request, options);
    put_given(request, ZSNMPC_TIMEOUT_MS, options->timeout_ms);
    if (options->has_retries) {
        zsnmpc_request_put_uint(request, ZSNMPC_RETRIES, options->retries);
    }
    put_given(request, ZSNMPC_DEADLINE_MS, options->deadline_ms);
    if (options->has_priority) {
        zsnmpc_request_put_uint(request, ZSNMPC_PRIORITY, options->priority);
    }
    return request;
}

static void add_operands(zsnmpc_request_t *request, const struct zsnmp_cli_options *options)
{
    const struct zsnmp_cli_strings *operands = &options->operands;
    if (options->command != ZSNMP_CLI_SET) {
        for (size_t i = 0; i < operands->count; i++) {
            zsnmpc_request_add_oid(request, operands->items[i]);
        }
        return;
    }
    for (size_t i = 0; i + 2 < operands->count; i += 3) {
        zsnmpc_request_add_set(request, operands->items[i], operands->items[i + 1][0],
                               operands->items[i + 2]);
    }
}

static void put_start(zsnmpc_request_t *request, const struct zsnmp_cli_strings *starts)
{
    if (starts->count == 1) {
        zsnmpc_request_put_text(request, ZSNMPC_START, starts->items[0]);
        return;
    }
    for (size_t i = 0; i < starts->count; i++) {
        bool left = strcmp(starts->items[i], NOTHING_LEFT) != 0;
        zsnmpc_request_add_start(request, left ? starts->items[i] : NULL);
    }
}

static void put_walk(zsnmpc_request_t *request, const struct zsnmp_cli_options *options)
{
    put_given(request, ZSNMPC_LIMIT, options->limit);
    put_given(request, ZSNMPC_STREAM, options->stream);
    put_start(request, &options->starts);
    if (options->no_bulk) {
        zsnmpc_request_put_bool(request, ZSNMPC_BULK, false);
    }
}

static const char *op_of(enum zsnmp_cli_command command)
{
    switch (command) {
    case ZSNMP_CLI_NEXT:
        return ZSNMPC_GET_NEXT;
    case ZSNMP_CLI_BULK:
        return ZSNMPC_GET_BULK;
    default: /* the command has the operation's name */
        return zsnmp_cli_command_name(command);
    }
}

static zsnmpc_request_t *new_admin(const struct zsnmp_cli_options *options)
{
    zsnmpc_request_t *request = zsnmpc_request_new(op_of(options->command), NULL);
    if (request != NULL && options->command == ZSNMP_CLI_DEVICES) {
        zsnmpc_request_put_text(request, ZSNMPC_SORT, options->sort);
        put_given(request, ZSNMPC_LIMIT, options->limit);
    }
    return request;
}

zsnmpc_request_t *zsnmp_cli_request_new(const struct zsnmp_cli_options *options)
{
    if ((options->command & ZSNMP_CLI_ADMIN) != 0) {
        return new_admin(options);
    }
    zsnmpc_request_t *request = new_request(options, op_of(options->command));
    if (request == NULL) {
        return NULL;
    }
    add_operands(request, options);
    if (options->command == ZSNMP_CLI_BULK) {
        zsnmpc_request_put_uint(request, ZSNMPC_NON_REPEATERS, options->non_repeaters);
    }
    put_given(request, ZSNMPC_MAX_REPETITIONS, options->max_repetitions);
    if (options->command == ZSNMP_CLI_WALK) {
        put_walk(request, options);
    }
    return request;
}

zsnmpc_request_t *zsnmp_cli_request_new_get(const struct zsnmp_cli_options *options)
{
    zsnmpc_request_t *request = new_request(options, ZSNMPC_GET);
    if (request != NULL) {
        add_operands(request, options);
    }
    return request;
}
