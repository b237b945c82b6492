/*
 * MessagePack for tests, from a notation that can be read:
 *
 *     {'op': 'get', 'n': -5, 'r': 1.5, 'b': x'00ff', 'l': [1, true, nil], 'x': e'81'}
 *
 * where x'…' is bin and e'…' is ext of type 1. The whole text must be right:
 * what is not fails the test.
 */
#ifndef ZSNMP_TESTS_WIRE_TEXT_H
#define ZSNMP_TESTS_WIRE_TEXT_H

#include "base/buf.h"

/* Appends what text means to out. */
void wire_text(struct zsnmp_buf *out, const char *text);

/* Hexadecimal digits of bytes, in a static buffer: "81 a2 69 64". */
const char *wire_hex(const void *data, size_t len);

#endif
