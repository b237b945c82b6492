/*
 * JSON to a stream: strings, numbers, and whatever a MessagePack object holds.
 * Output is always valid JSON in UTF-8; 64-bit numbers are exact.
 */
#ifndef ZSNMP_CLI_JSON_H
#define ZSNMP_CLI_JSON_H

#include <stdio.h>

#include "wire/mp.h"

/* A string of valid UTF-8; what is not becomes U+FFFD. */
void zsnmp_cli_json_string(FILE *out, const void *data, size_t len);
void zsnmp_cli_json_text(FILE *out, const char *text);

/* A number, or null for what JSON has no number for. `digits` are significant. */
void zsnmp_cli_json_real(FILE *out, double value, int digits);

void zsnmp_cli_json_hex(FILE *out, const uint8_t *data, size_t len);

/* One whole object that was checked by skip; bytes that are no text become hexadecimal. */
void zsnmp_cli_json_object(FILE *out, struct zsnmp_mp_reader *reader);

#endif
