/*
 * The command line of zsnmp as a structure: what to ask, of whom, and how to
 * print it. Parsing touches neither network nor files and never exits; strings
 * stay where argv and the environment have them.
 */
#ifndef ZSNMP_CLI_OPTIONS_H
#define ZSNMP_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/request.h"
#include "zsnmp.h"

#define ZSNMP_CLI_ENDPOINT_DEFAULT "tcp://127.0.0.1:7161"
#define ZSNMP_CLI_WALK_ROOT "1.3.6.1.2.1" /* mib-2, as snmpwalk starts */
#define ZSNMP_CLI_BULK_REPETITIONS 10u    /* of snmpbulkget */
#define ZSNMP_CLI_WINDOW_DEFAULT 1000u    /* requests that wait for their reply at a time */
#define ZSNMP_CLI_WINDOW_MAX 50000u
#define ZSNMP_CLI_MARGIN_MS 2000u    /* what the broker gets beyond the time-outs of a device */
#define ZSNMP_CLI_WAIT_MAX 86400000u /* ms: the longest --broker-timeout and --deadline */
#define ZSNMP_CLI_ROWS_MAX 2000000000u

/* One bit each, so that an option can name the commands that know it. */
enum zsnmp_cli_command {
    ZSNMP_CLI_NONE = 0,
    ZSNMP_CLI_GET = 1 << 0,
    ZSNMP_CLI_NEXT = 1 << 1,
    ZSNMP_CLI_BULK = 1 << 2,
    ZSNMP_CLI_WALK = 1 << 3,
    ZSNMP_CLI_SET = 1 << 4,
    ZSNMP_CLI_PING = 1 << 5,
    ZSNMP_CLI_INFO = 1 << 6,
    ZSNMP_CLI_DEVICES = 1 << 7
};

enum zsnmp_cli_format { ZSNMP_CLI_TEXT = 0, ZSNMP_CLI_JSON, ZSNMP_CLI_CSV };

/* Strings that point into argv, or at constants; grows as needed. */
struct zsnmp_cli_strings {
    const char **items;
    size_t count;
    size_t cap;
};

struct zsnmp_cli_bytes {
    uint8_t data[ZSNMP_KEY_MAX];
    size_t len; /* 0: not given */
};

struct zsnmp_cli_options {
    enum zsnmp_cli_command command;
    enum zsnmp_cli_format format;
    const char *endpoint;
    uint32_t broker_timeout_ms; /* silence of the broker that is too long; never 0 after parsing */
    uint32_t window;
    bool no_progress;
    bool quiet;

    /* who asks; NULL: leave it to the broker */
    const char *version; /* "1", "2c" or "3" */
    const char *community;
    const char *user;
    const char *level;
    const char *auth_proto;
    const char *auth_pass;
    const char *priv_proto;
    const char *priv_pass;
    const char *auth_key_text; /* hexadecimal */
    const char *priv_key_text;
    struct zsnmp_cli_bytes auth_key; /* localised, in place of the pass phrases */
    struct zsnmp_cli_bytes priv_key;
    const char *context;
    struct zsnmp_cli_bytes engine_id;
    struct zsnmp_cli_bytes context_engine_id;

    /* how */
    uint32_t timeout_ms; /* 0: not given */
    uint32_t retries;
    bool has_retries;
    uint32_t deadline_ms; /* 0: none */
    uint32_t non_repeaters;
    uint32_t max_repetitions; /* 0: not given */
    bool no_bulk;
    struct zsnmp_cli_strings starts; /* OIDs behind which a walk begins, one a root; "-": nowhere */
    uint32_t limit;                  /* rows of a walk or of devices, 0: not given */
    uint32_t stream;                 /* rows of a part of a walk, 0: no parts */
    uint32_t priority;
    bool has_priority;
    const char *sort;

    /* whom and what */
    struct zsnmp_cli_strings peers;      /* of --peer, or the first operand */
    struct zsnmp_cli_strings peer_files; /* of --peers */
    struct zsnmp_cli_strings operands;   /* OIDs; for set: OID, type, value, OID, … */

    char error[256]; /* what is wrong, after ZSNMP_CLI_USAGE */
};

enum zsnmp_cli_parsed {
    ZSNMP_CLI_RUN = 0,
    ZSNMP_CLI_HELP,    /* of self->command, or of the program */
    ZSNMP_CLI_VERSION, /* of the program */
    ZSNMP_CLI_USAGE    /* self->error says what is wrong */
};

/* Fills in self in any case; zsnmp_cli_options_clear() frees what it holds. */
enum zsnmp_cli_parsed zsnmp_cli_options_parse(struct zsnmp_cli_options *self, int argc,
                                              char *const *argv);
void zsnmp_cli_options_clear(struct zsnmp_cli_options *self);

/* false: no memory. The string is not copied. */
bool zsnmp_cli_strings_add(struct zsnmp_cli_strings *self, const char *string);

/* "get" and so on; NULL for what is none. */
const char *zsnmp_cli_command_name(enum zsnmp_cli_command command);
enum zsnmp_cli_command zsnmp_cli_command_find(const char *name);

/* Says what is wrong, as printf does; returns false, for the sake of its callers. */
bool zsnmp_cli_options_wrong(struct zsnmp_cli_options *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
