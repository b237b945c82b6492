/*
 * Asks the broker about itself; see admin.h.
 */
#include "admin.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "job.h"
#include "json.h"
#include "output.h"
#include "request.h"
#include "signals.h"
#include "table.h"

/* ---- printing ---- */

static void print_ping(const struct zsnmp_mp_token *map, const uint8_t *end, const char *endpoint,
                       int64_t round_trip_us, FILE *out)
{
    static const char *const keys[] = {"version", "protocol"};
    struct zsnmp_mp_token token;
    char texts[2][ZSNMP_CLI_CELL_MAX] = {"?", "?"};
    char uptime[ZSNMP_CLI_CELL_MAX] = "?";
    for (size_t i = 0; i < 2; i++) {
        if (zsnmp_mp_find(map, end, keys[i], &token)) {
            zsnmp_cli_cell_format(texts[i], ZSNMP_CLI_CELL_PLAIN, &token);
        }
    }
    if (zsnmp_mp_find(map, end, "uptime_ms", &token)) {
        zsnmp_cli_cell_format(uptime, ZSNMP_CLI_CELL_AGE, &token);
    }
    (void)fprintf(out, "%s: zsnmpd %s, %s, up %s, answered in %.2f ms\n", endpoint, texts[0],
                  texts[1], uptime, (double)round_trip_us / 1000);
}

static void print_info(const struct zsnmp_mp_token *map, const uint8_t *end, FILE *out)
{
    struct zsnmp_mp_token info;
    if (!zsnmp_mp_find(map, end, "info", &info) || info.type != ZSNMP_MP_MAP) {
        return;
    }
    struct zsnmp_mp_reader reader = {info.data, end};
    size_t width = 0;
    for (int pass = 0; pass < 2; pass++) {
        reader.at = info.data;
        for (uint32_t i = 0; i < info.len; i++) {
            struct zsnmp_mp_token tokens[2];
            char cells[2][ZSNMP_CLI_CELL_MAX];
            for (size_t j = 0; j < 2; j++) {
                if (!zsnmp_mp_whole(&reader, &tokens[j])) {
                    return;
                }
                zsnmp_cli_cell_format(cells[j], ZSNMP_CLI_CELL_PLAIN, &tokens[j]);
            }
            size_t len = strlen(cells[0]);
            width = len > width ? len : width;
            if (pass == 1) {
                (void)fprintf(out, "%-*s  %s\n", (int)width, cells[0], cells[1]);
            }
        }
    }
}

static void print_devices(const struct zsnmp_mp_token *map, const uint8_t *end, FILE *out)
{
    static const struct zsnmp_cli_column columns[] = {
        {"PEER", "peer", ZSNMP_CLI_CELL_PLAIN, true},
        {"STATE", "state", ZSNMP_CLI_CELL_PLAIN, true},
        {"WORKER", "worker", ZSNMP_CLI_CELL_PLAIN, false},
        {"SESSIONS", "sessions", ZSNMP_CLI_CELL_PLAIN, false},
        {"QUEUED", "queued", ZSNMP_CLI_CELL_PLAIN, false},
        {"IN FLIGHT", "in_flight", ZSNMP_CLI_CELL_PLAIN, false},
        {"REQUESTS", "requests", ZSNMP_CLI_CELL_PLAIN, false},
        {"TIMEOUTS", "timeouts", ZSNMP_CLI_CELL_PLAIN, false},
        {"FAILING", "failures", ZSNMP_CLI_CELL_PLAIN, false},
        {"RTT", "rtt_us", ZSNMP_CLI_CELL_MICROSECONDS, false},
        {"SEEN AGO", "seen_ms_ago", ZSNMP_CLI_CELL_AGE, false}};
    struct zsnmp_mp_token rows;
    struct zsnmp_mp_token known;
    if (!zsnmp_mp_find(map, end, "devices", &rows) || rows.type != ZSNMP_MP_ARRAY) {
        return;
    }
    zsnmp_cli_table_print(out, columns, sizeof(columns) / sizeof(columns[0]), &rows, end);
    if (zsnmp_mp_find(map, end, "known", &known) && known.type == ZSNMP_MP_UINT) {
        (void)fprintf(out, "%" PRIu32 " of %" PRIu64 " devices\n", rows.len, known.value.u);
    }
}

/* The reply without its id, which says nothing to anybody. */
static void print_json(const struct zsnmp_mp_token *map, const uint8_t *end, FILE *out)
{
    struct zsnmp_mp_reader reader = {map->data, end};
    const char *between = "";
    (void)fputc('{', out);
    for (uint32_t i = 0; i < map->len; i++) {
        struct zsnmp_mp_reader key_at = reader;
        struct zsnmp_mp_token key;
        if (!zsnmp_mp_whole(&reader, &key)) {
            break;
        }
        if (zsnmp_mp_is(&key, "id")) {
            (void)zsnmp_mp_skip(&reader);
            continue;
        }
        (void)fputs(between, out);
        zsnmp_cli_json_object(out, &key_at);
        (void)fputc(':', out);
        zsnmp_cli_json_object(out, &reader);
        between = ",";
    }
    (void)fputs("}\n", out);
}

void zsnmp_cli_admin_print(const struct zsnmp_cli_options *options, const uint8_t *data, size_t len,
                           int64_t round_trip_us, FILE *out)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token map;
    if (!zsnmp_mp_next(&reader, &map) || map.type != ZSNMP_MP_MAP) {
        return;
    }
    if (options->format == ZSNMP_CLI_JSON) {
        print_json(&map, reader.end, out);
    } else if (options->command == ZSNMP_CLI_PING) {
        print_ping(&map, reader.end, options->endpoint, round_trip_us, out);
    } else if (options->command == ZSNMP_CLI_INFO) {
        print_info(&map, reader.end, out);
    } else {
        print_devices(&map, reader.end, out);
    }
}

/* ---- asking ---- */

struct question {
    const struct zsnmp_cli_options *options;
    FILE *out;
    FILE *err;
    int64_t asked_us;
    int status; /* -1: no answer yet */
    bool over;  /* nobody waits for it any more */
};

static void complain(struct question *self, const char *before, const zsnmpc_error_t *error)
{
    char name[ZSNMP_CLI_WORD_MAX];
    char message[ZSNMP_CLI_MESSAGE_MAX];
    zsnmp_cli_output_clean(name, sizeof(name), error->name);
    zsnmp_cli_output_clean(message, sizeof(message), error->message);
    (void)fprintf(self->err, "zsnmp: %s%s%s%s\n", before, before[0] != '\0' ? name : "",
                  before[0] != '\0' ? ": " : "", message);
}

static void take_reply(const zsnmpc_reply_t *reply, void *arg)
{
    struct question *self = arg;
    size_t len = 0;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    const void *body = zsnmpc_reply_body(reply, &len);
    if (self->over) {
        return;
    }
    if (error != NULL && error->kind == ZSNMPC_KIND_LOST) {
        complain(self, "", error);
        self->status = ZSNMP_CLI_NO_BROKER;
    } else if (error != NULL) {
        complain(self, "the broker refuses: ", error);
        self->status = ZSNMP_CLI_FAILED;
    } else {
        zsnmp_cli_admin_print(self->options, body, len, zsnmp_clock_us() - self->asked_us,
                              self->out);
        self->status = fflush(self->out) == 0 ? ZSNMP_CLI_OK : ZSNMP_CLI_FAILED;
    }
}

/* A broker that answers pings alone is given up as well. */
static int wait_answer(struct question *self, zsnmpc_t *client)
{
    int64_t patience_us = (int64_t)self->options->broker_timeout_ms * 2000;
    (void)zsnmpc_wait(client, ZSNMP_CLI_TICK_MS);
    if (self->status < 0 && zsnmp_cli_signals_caught() != 0) {
        return ZSNMP_CLI_SIGNALLED + zsnmp_cli_signals_caught();
    }
    if (self->status < 0 && zsnmp_clock_us() - self->asked_us >= patience_us) {
        (void)fprintf(self->err, "zsnmp: no answer from the broker at %s within %g s\n",
                      self->options->endpoint, (double)self->options->broker_timeout_ms / 1000);
        return ZSNMP_CLI_NO_BROKER;
    }
    return self->status;
}

int zsnmp_cli_admin_run(const struct zsnmp_cli_options *options, zsnmpc_t *client, FILE *out,
                        FILE *err)
{
    struct question question = {options, out, err, zsnmp_clock_us(), -1, false};
    zsnmpc_request_t *request = zsnmp_cli_request_new(options);
    int status = -1;
    if (request == NULL || zsnmpc_call(client, request, take_reply, &question) == 0) {
        (void)fprintf(err, "zsnmp: %s\n", strerror(errno));
        status = ZSNMP_CLI_FAILED;
    }
    while (status < 0) {
        status = wait_answer(&question, client);
    }
    question.over = true;
    zsnmpc_destroy(&client);
    zsnmpc_request_destroy(&request);
    return status;
}
