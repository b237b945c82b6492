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
#include "reply.h"

#define ZSNMP_CLI_VALUE_TEXT_MAX (1024u * 1024) /* bytes of one printed value */

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
                            const struct zsnmp_cli_reply *reply);

/* Each of the forms, in a file of its own. */
void zsnmp_cli_text_reply(struct zsnmp_cli_output *self, const char *peer,
                          const struct zsnmp_cli_reply *reply);
void zsnmp_cli_json_reply(struct zsnmp_cli_output *self, const char *peer,
                          const struct zsnmp_cli_reply *reply);
void zsnmp_cli_csv_reply(struct zsnmp_cli_output *self, const char *peer,
                         const struct zsnmp_cli_reply *reply);

/* The OID that the index of an error names, as it was typed; NULL: none. */
const char *zsnmp_cli_output_culprit(const struct zsnmp_cli_output *self,
                                     const struct zsnmp_cli_reply *reply);

/* The value as net-snmp prints it, in self->text. */
const char *zsnmp_cli_output_value(struct zsnmp_cli_output *self, const zsnmp_varbind_t *vb);

/* "Counter32" and so on, for machines. */
const char *zsnmp_cli_type_name(uint8_t type);

/* Whether a value has bytes that can only be shown in hexadecimal. */
bool zsnmp_cli_is_binary(const zsnmp_varbind_t *vb);

/* Valid UTF-8 without control characters but tab, line feed and carriage return. */
bool zsnmp_cli_is_text(const uint8_t *data, size_t len);

#endif
