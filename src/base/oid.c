/*
 * Object identifiers; see oid.h. Formatting is on the hot path of every varbind
 * and must not call printf.
 */
#include "oid.h"

#include "zsnmp.h"

/* X.690 8.19.4: the first two arcs share one sub-identifier, 40 * first + second. */
#define FIRST_ARC_MAX 2u
#define SECOND_ARC_MAX 39u                      /* below 0 and 1 */
#define SECOND_ARC_MAX_2 (UINT32_MAX - 2u * 40) /* below 2: what still fits into 32 bits */

static unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0'; /* over 9: it is none */
}

/* The rest of a number that begins with a digit other than 0; NULL: over 2^32-1. */
static const char *parse_rest(const char *at, const char *end, uint32_t *arc)
{
    uint64_t value = *arc;
    for (; at < end && digit_of(*at) <= 9; at++) {
        value = value * 10 + digit_of(*at);
        if (value > UINT32_MAX) {
            return NULL;
        }
    }
    *arc = (uint32_t)value;
    return at;
}

size_t zsnmp_oid_parse(const char *text, size_t len, uint32_t *oid, size_t max)
{
    const char *at = text;
    const char *end = text + len;
    if (len > 0 && *at == '.') {
        at++;
    }
    for (size_t count = 0; count < max && at < end;) {
        uint32_t arc = digit_of(*at++);
        if (arc > 9) {
            return 0;
        }
        if (arc > 0 && at < end && *at != '.') {
            at = parse_rest(at, end, &arc);
            if (at == NULL) {
                return 0;
            }
        }
        oid[count++] = arc;
        if (at == end) {
            return zsnmp_oid_valid(oid, count) ? count : 0;
        }
        if (*at++ != '.') { /* a digit behind a leading zero, too */
            return 0;
        }
    }
    return 0;
}

bool zsnmp_oid_valid(const uint32_t *oid, size_t len)
{
    if (len == 0 || len > ZSNMP_OID_MAX || oid[0] > FIRST_ARC_MAX) {
        return false;
    }
    return len == 1 || oid[1] <= (oid[0] < FIRST_ARC_MAX ? SECOND_ARC_MAX : SECOND_ARC_MAX_2);
}

static char *put_arc(char *to, uint32_t arc)
{
    if (arc < 10) {
        *to = (char)('0' + arc);
        return to + 1;
    }
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + arc % 10);
        arc /= 10;
    } while (arc > 0);
    do {
        *to++ = digits[at++];
    } while (at < sizeof digits);
    return to;
}

size_t zsnmp_oid_format(const uint32_t *oid, size_t len, char *text)
{
    char *to = text;
    for (size_t i = 0; i < len; i++) {
        if (i > 0) {
            *to++ = '.';
        }
        to = put_arc(to, oid[i]);
    }
    return (size_t)(to - text);
}

int zsnmp_oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    for (size_t i = 0; i < common; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return a_len == b_len ? 0 : (a_len < b_len ? -1 : 1);
}

bool zsnmp_oid_under(const uint32_t *oid, size_t len, const uint32_t *root, size_t root_len)
{
    return len >= root_len && zsnmp_oid_compare(oid, root_len, root, root_len) == 0;
}
