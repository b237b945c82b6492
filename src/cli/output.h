/*
 * How replies are printed: as text like net-snmp's tools, as JSON, as CSV.
 * Results go to `out`, what is for people alone to `err`. Nothing here knows
 * where replies come from.
 */
#ifndef ZSNMP_CLI_OUTPUT_H
#define ZSNMP_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"
#include "zsnmpc.h"

#define ZSNMP_CLI_VALUE_TEXT_MAX (1024u * 1024) /* bytes of one printed value */
#define ZSNMP_CLI_WORD_MAX 64u     /* bytes of an error's name or a stop reason, cut where longer */
#define ZSNMP_CLI_MESSAGE_MAX 512u /* bytes of an error's text, cut where longer */

struct zsnmp_cli_output {
    FILE *out;
    FILE *err;
    const struct zsnmp_cli_options *options;
    bool several; /* peers: lines of text name theirs */
    char *text;   /* where a value is printed before it is written */
    size_t size;
};

void zsnmp_cli_output_init(struct zsnmp_cli_output *self, FILE *out, FILE *err,
                           const struct zsnmp_cli_options *options, bool several);
void zsnmp_cli_output_clear(struct zsnmp_cli_output *self);

/* What comes before all replies. */
void zsnmp_cli_output_begin(struct zsnmp_cli_output *self);

void zsnmp_cli_output_reply(struct zsnmp_cli_output *self, const char *peer,
                            const zsnmpc_reply_t *reply);

/* Each of the forms, in a file of its own. */
void zsnmp_cli_text_reply(struct zsnmp_cli_output *self, const char *peer,
                          const zsnmpc_reply_t *reply);
void zsnmp_cli_json_reply(struct zsnmp_cli_output *self, const char *peer,
                          const zsnmpc_reply_t *reply);
void zsnmp_cli_csv_reply(struct zsnmp_cli_output *self, const char *peer,
                         const zsnmpc_reply_t *reply);

/* Nothing went wrong, and a walk ended by itself or at the limit that was asked for. */
bool zsnmp_cli_reply_good(const zsnmpc_reply_t *reply);

/* A walk ended before it had seen all. */
bool zsnmp_cli_reply_cut(const zsnmpc_reply_t *reply);

/* A text of the broker's for people: control characters would reach a terminal. NULL is "". */
void zsnmp_cli_output_clean(char *to, size_t size, const char *text);

/* How many roots a walk says to go on with, or not: as many as it has, 0 where it goes on nowhere.
 */
size_t zsnmp_cli_output_nexts(const struct zsnmp_cli_output *self, const zsnmpc_reply_t *reply);

/* These as --start takes them, blanks between: an OID with `before` in front, or "-". */
void zsnmp_cli_output_next(const struct zsnmp_cli_output *self, FILE *out,
                           const zsnmpc_reply_t *reply, const char *before);

/* The OID that the index of an error names, as it was typed; NULL: none. */
const char *zsnmp_cli_output_culprit(const struct zsnmp_cli_output *self,
                                     const zsnmpc_error_t *error);

/* The value as net-snmp prints it, in self->text. */
const char *zsnmp_cli_output_value(struct zsnmp_cli_output *self, const zsnmpc_varbind_t *vb);

/* Whether a value has bytes that can only be shown in hexadecimal. */
bool zsnmp_cli_is_binary(const zsnmpc_varbind_t *vb);

/* Valid UTF-8 without control characters but tab, line feed and carriage return. */
bool zsnmp_cli_is_text(const uint8_t *data, size_t len);

#endif
