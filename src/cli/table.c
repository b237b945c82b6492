/*
 * Prints tables; see table.h.
 */
#include "table.h"

#include <inttypes.h>
#include <string.h>

static void copy_bytes(char *text, const struct zsnmp_mp_token *token)
{
    size_t len = token->len < ZSNMP_CLI_CELL_MAX ? token->len : ZSNMP_CLI_CELL_MAX - 1;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = token->data[i];
        text[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    text[len] = '\0';
}

/* 59.9 s, 12 min, 3 h 5 min, 4 d 2 h */
static void format_age(char *text, uint64_t ms)
{
    uint64_t minutes = ms / 60000;
    if (minutes == 0) {
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%.1f s", (double)(ms / 100) / 10);
    } else if (minutes < 60) {
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%" PRIu64 " min", minutes);
    } else if (minutes < 24 * 60) {
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%" PRIu64 " h %" PRIu64 " min", minutes / 60,
                       minutes % 60);
    } else {
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%" PRIu64 " d %" PRIu64 " h", minutes / 1440,
                       minutes / 60 % 24);
    }
}

static void format_uint(char *text, enum zsnmp_cli_cell cell, uint64_t value)
{
    switch (cell) {
    case ZSNMP_CLI_CELL_PLAIN:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%" PRIu64, value);
        break;
    case ZSNMP_CLI_CELL_MICROSECONDS:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%.3f ms", (double)value / 1000);
        break;
    case ZSNMP_CLI_CELL_AGE:
        format_age(text, value);
        break;
    }
}

void zsnmp_cli_cell_format(char *text, enum zsnmp_cli_cell cell, const struct zsnmp_mp_token *token)
{
    switch (token->type) {
    case ZSNMP_MP_UINT:
        format_uint(text, cell, token->value.u);
        break;
    case ZSNMP_MP_INT:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%" PRId64, token->value.i);
        break;
    case ZSNMP_MP_DOUBLE:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%g", token->value.d);
        break;
    case ZSNMP_MP_BOOL:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "%s", token->value.b ? "yes" : "no");
        break;
    case ZSNMP_MP_STR:
    case ZSNMP_MP_BIN:
        copy_bytes(text, token);
        break;
    default:
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "-");
        break;
    }
}

static void print_cell(FILE *out, const struct zsnmp_cli_column *column, size_t width,
                       const char *text, bool last)
{
    if (column->left) {
        (void)fprintf(out, "%-*s%s", (int)width, text, last ? "\n" : "  ");
    } else {
        (void)fprintf(out, "%*s%s", (int)width, text, last ? "\n" : "  ");
    }
}

static void format_cell(char *text, const struct zsnmp_cli_column *column,
                        const struct zsnmp_mp_token *row, const uint8_t *end)
{
    struct zsnmp_mp_token value;
    if (zsnmp_mp_find(row, end, column->key, &value)) {
        zsnmp_cli_cell_format(text, column->cell, &value);
    } else {
        (void)snprintf(text, ZSNMP_CLI_CELL_MAX, "-");
    }
}

/* One pass over the rows: takes their widths, or prints them. */
static void pass(FILE *out, const struct zsnmp_cli_column *columns, size_t count,
                 const struct zsnmp_mp_token *rows, const uint8_t *end, size_t *widths)
{
    struct zsnmp_mp_reader reader = {rows->data, end};
    for (uint32_t i = 0; i < rows->len; i++) {
        struct zsnmp_mp_token row;
        if (!zsnmp_mp_whole(&reader, &row)) {
            return;
        }
        for (size_t j = 0; j < count; j++) {
            char text[ZSNMP_CLI_CELL_MAX];
            format_cell(text, &columns[j], &row, reader.at);
            if (out != NULL) {
                print_cell(out, &columns[j], widths[j], text, j + 1 == count);
            } else {
                widths[j] = strlen(text) > widths[j] ? strlen(text) : widths[j];
            }
        }
    }
}

void zsnmp_cli_table_print(FILE *out, const struct zsnmp_cli_column *columns, size_t count,
                           const struct zsnmp_mp_token *rows, const uint8_t *end)
{
    size_t widths[ZSNMP_CLI_COLUMNS_MAX] = {0};
    if (count > ZSNMP_CLI_COLUMNS_MAX) {
        count = ZSNMP_CLI_COLUMNS_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        widths[i] = strlen(columns[i].title);
    }
    pass(NULL, columns, count, rows, end, widths);
    for (size_t i = 0; i < count; i++) {
        print_cell(out, &columns[i], widths[i], columns[i].title, i + 1 == count);
    }
    pass(out, columns, count, rows, end, widths);
}
