/*
 * Values to set: from what a client wrote (text, a number, bytes) and the
 * letter of its type to what a PDU carries. Knows neither MessagePack nor
 * net-snmp; checks every range.
 */
#ifndef ZSNMP_BASE_SETVAL_H
#define ZSNMP_BASE_SETVAL_H

#include "request.h"

enum zsnmp_setval_kind {
    ZSNMP_SETVAL_TEXT = 1, /* data, len: characters */
    ZSNMP_SETVAL_BYTES,    /* data, len: octets as they are to be sent */
    ZSNMP_SETVAL_UINT,     /* u */
    ZSNMP_SETVAL_NEGATIVE, /* i, below 0 */
    ZSNMP_SETVAL_REAL,     /* d */
    ZSNMP_SETVAL_NUMBERS,  /* numbers, len: an OID, or bits */
    ZSNMP_SETVAL_NOTHING
};

struct zsnmp_setval {
    enum zsnmp_setval_kind kind;
    const void *data;
    const uint32_t *numbers;
    size_t len;
    uint64_t u;
    int64_t i;
    double d;
};

/*
 * Gives the item, which is in the request, its type and value. BAD_REQUEST or
 * TOO_LARGE with a static text in *why; INTERNAL: no memory.
 */
zsnmp_err_t zsnmp_setval_put(struct zsnmp_request *request, struct zsnmp_item *item, char letter,
                             const struct zsnmp_setval *value, const char **why);

/*
 * Reads hexadecimal digits, with or without a leading 0x; blanks, ':' and '-'
 * may stand between bytes. Returns false for anything else; bytes has room for
 * (len + 1) / 2.
 */
bool zsnmp_hex_parse(const char *text, size_t len, uint8_t *bytes, size_t *count);

#endif
