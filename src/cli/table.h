/*
 * Aligned tables of what a broker tells about itself: rows are maps, columns
 * their keys. Two passes over the bytes, no copy of the rows.
 */
#ifndef ZSNMP_CLI_TABLE_H
#define ZSNMP_CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "wire/mp.h"

#define ZSNMP_CLI_CELL_MAX 80u    /* bytes of a cell, cut where longer */
#define ZSNMP_CLI_COLUMNS_MAX 16u /* of a table */

enum zsnmp_cli_cell {
    ZSNMP_CLI_CELL_PLAIN,
    ZSNMP_CLI_CELL_MICROSECONDS, /* printed as milliseconds */
    ZSNMP_CLI_CELL_AGE           /* milliseconds, printed in the units that fit */
};

struct zsnmp_cli_column {
    const char *title;
    const char *key;
    enum zsnmp_cli_cell cell;
    bool left; /* aligned; else right */
};

/* A value as a cell of ZSNMP_CLI_CELL_MAX bytes; "-" for what is nil. */
void zsnmp_cli_cell_format(char *text, enum zsnmp_cli_cell cell,
                           const struct zsnmp_mp_token *token);

/* Prints an array of maps that was checked; `end` is the end of its bytes. */
void zsnmp_cli_table_print(FILE *out, const struct zsnmp_cli_column *columns, size_t count,
                           const struct zsnmp_mp_token *rows, const uint8_t *end);

#endif
