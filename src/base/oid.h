/*
 * Object identifiers as arrays of sub-identifiers: text, order, prefixes. Pure.
 */
#ifndef ZSNMP_BASE_OID_H
#define ZSNMP_BASE_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZSNMP_OID_TEXT_MAX                                                                         \
    (128u * 11u + 1u) /* bytes of the longest text: ten digits and a dot each */

/*
 * Reads "1.3.6.1" or ".1.3.6.1" (len bytes) into at most max sub-identifiers.
 * Returns how many there are; 0: not an OID, out of range, too long, or its
 * first two arcs cannot be encoded (X.690 8.19: 0 to 2, then under 40 below 2).
 */
size_t zsnmp_oid_parse(const char *text, size_t len, uint32_t *oid, size_t max);

/* The same rule for an OID that came as numbers. An OID of one arc (1.) is allowed for walks. */
bool zsnmp_oid_valid(const uint32_t *oid, size_t len);

/* Writes "1.3.6.1" without a NUL; text has room for ten digits and a dot for each sub-identifier,
 * as ZSNMP_OID_TEXT_MAX has for all that an OID can have. Returns the length. */
size_t zsnmp_oid_format(const uint32_t *oid, size_t len, char *text);

/* Lexicographic order: negative, 0, positive. */
int zsnmp_oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len);

/* Whether oid is root or below it. */
bool zsnmp_oid_under(const uint32_t *oid, size_t len, const uint32_t *root, size_t root_len);

#endif
