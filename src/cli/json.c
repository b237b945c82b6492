/*
 * Writes JSON; see json.h.
 */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "output.h"

#define DOUBLE_DIGITS 17 /* enough to read the same number back */

static void put_char(FILE *out, uint8_t c)
{
    static const char escaped[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = c != '\0' ? strchr(escaped, c) : NULL;
    if (found != NULL) {
        (void)fprintf(out, "\\%c", letters[found - escaped]);
    } else if (c < 0x20 || c == 0x7f) {
        (void)fprintf(out, "\\u%04x", c);
    } else {
        (void)fputc(c, out);
    }
}

void zsnmp_cli_json_string(FILE *out, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    bool text = zsnmp_cli_is_text(bytes, len);
    (void)fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (text || bytes[i] < 0x80) {
            put_char(out, bytes[i]);
        } else {
            (void)fputs("\\ufffd", out);
        }
    }
    (void)fputc('"', out);
}

void zsnmp_cli_json_text(FILE *out, const char *text)
{
    zsnmp_cli_json_string(out, text, strlen(text));
}

void zsnmp_cli_json_real(FILE *out, double value, int digits)
{
    if (isfinite(value)) {
        (void)fprintf(out, "%.*g", digits, value);
    } else {
        (void)fputs("null", out);
    }
}

void zsnmp_cli_json_hex(FILE *out, const uint8_t *data, size_t len)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        (void)fprintf(out, "%02x", data[i]);
    }
    (void)fputc('"', out);
}

static void put_bytes(FILE *out, const uint8_t *data, size_t len)
{
    if (zsnmp_cli_is_text(data, len)) {
        zsnmp_cli_json_string(out, data, len);
    } else {
        zsnmp_cli_json_hex(out, data, len);
    }
}

static void put_scalar(FILE *out, const struct zsnmp_mp_token *token)
{
    switch (token->type) {
    case ZSNMP_MP_BOOL:
        (void)fputs(token->value.b ? "true" : "false", out);
        break;
    case ZSNMP_MP_UINT:
        (void)fprintf(out, "%" PRIu64, token->value.u);
        break;
    case ZSNMP_MP_INT:
        (void)fprintf(out, "%" PRId64, token->value.i);
        break;
    case ZSNMP_MP_DOUBLE:
        zsnmp_cli_json_real(out, token->value.d, DOUBLE_DIGITS);
        break;
    case ZSNMP_MP_STR:
    case ZSNMP_MP_BIN:
        put_bytes(out, token->data, token->len);
        break;
    default:
        (void)fputs("null", out);
        break;
    }
}

/* A key of JSON is a string; other keys are printed as one. */
static void put_key(FILE *out, struct zsnmp_mp_reader *reader)
{
    struct zsnmp_mp_token token;
    if (!zsnmp_mp_whole(reader, &token)) {
        (void)fputs("\"\"", out);
    } else if (token.type == ZSNMP_MP_STR || token.type == ZSNMP_MP_BIN) {
        put_bytes(out, token.data, token.len);
    } else {
        (void)fputc('"', out);
        put_scalar(out, &token);
        (void)fputc('"', out);
    }
}

/* Recursion is bounded: skip refuses what is nested deeper than ZSNMP_MP_DEPTH_MAX. */
void zsnmp_cli_json_object(FILE *out, struct zsnmp_mp_reader *reader)
{
    struct zsnmp_mp_token token;
    if (!zsnmp_mp_next(reader, &token)) {
        (void)fputs("null", out);
        return;
    }
    if (token.type != ZSNMP_MP_ARRAY && token.type != ZSNMP_MP_MAP) {
        put_scalar(out, &token);
        return;
    }
    bool map = token.type == ZSNMP_MP_MAP;
    (void)fputc(map ? '{' : '[', out);
    for (uint32_t i = 0; i < token.len; i++) {
        if (i > 0) {
            (void)fputc(',', out);
        }
        if (map) {
            put_key(out, reader);
            (void)fputc(':', out);
        }
        zsnmp_cli_json_object(out, reader);
    }
    (void)fputc(map ? '}' : ']', out);
}
