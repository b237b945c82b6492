/*
 * Object identifiers; see oid.h. Formatting is on the hot path of every varbind
 * and must not call printf.
 */
#include "oid.h"

#include <endian.h>
#include <string.h>

#include "digit.h"
#include "word.h"
#include "zsnmp.h"

/* X.690 8.19.4: the first two arcs share one sub-identifier, 40 * first + second. */
#define FIRST_ARC_MAX 2u
#define SECOND_ARC_MAX 39u                      /* below 0 and 1 */
#define SECOND_ARC_MAX_2 (UINT32_MAX - 2u * 40) /* below 2: what still fits into 32 bits */

/* Arcs of one digit, several at a time: most OIDs have little else. */
#define FOUR_ZEROS 0x2e302e302e302e30u /* "0.0.0.0." as a word */
#define TWO_ZEROS 0x2e302e30u
#define NOT_DIGITS 0xfff0fff0fff0fff0u /* bits that are none of a digit's, FOUR_ZEROS taken out */
#define PAST_NINE 0x0006000600060006u  /* moves what is over 9 into those */

static bool parse_four(const char *at, uint32_t *arcs)
{
    uint64_t digits = zsnmp_word_load(at) ^ FOUR_ZEROS;
    if (((digits | (digits + PAST_NINE)) & NOT_DIGITS) != 0) {
        return false;
    }
    uint16_t lanes[4];
    zsnmp_word_store(lanes, digits);
    for (unsigned i = 0; i < 4; i++) {
        arcs[i] = le16toh(lanes[i]);
    }
    return true;
}

/* The rest of a number that begins with a digit other than 0, up to a dot or the end; NULL: over
 * 2^32-1, or something else follows. */
static const char *parse_rest(const char *at, const char *end, uint32_t *arc)
{
    uint64_t value = *arc;
    for (unsigned digit; at < end && (digit = zsnmp_digit_of(*at)) <= 9; at++) {
        value = value * 10 + digit;
        if (value > UINT32_MAX) {
            return NULL;
        }
    }
    *arc = (uint32_t)value;
    return at == end || *at == '.' ? at : NULL;
}

size_t zsnmp_oid_parse(const char *text, size_t len, uint32_t *oid, size_t max)
{
    const char *at = text;
    const char *end = text + len;
    /* An arc takes two characters or more, so that before this place there is room for four. */
    const char *fours_end = text + (len / 2 < max ? len : 2 * max);
    size_t count = 0;
    if (len > 0 && *at == '.') {
        at++;
    }
    for (; fours_end - at >= 8 && parse_four(at, oid + count); at += 8) {
        count += 4;
    }
    while (at < end && count < max) {
        uint32_t arc = zsnmp_digit_of(*at++);
        if (arc > 9) {
            return 0;
        }
        if (at < end && *at != '.') { /* behind a leading zero nothing may follow */
            at = arc > 0 ? parse_rest(at, end, &arc) : NULL;
            if (at == NULL) {
                return 0;
            }
        }
        oid[count++] = arc;
        if (at == end) {
            return zsnmp_oid_valid(oid, count) ? count : 0;
        }
        at++; /* the dot */
    }
    return 0;
}

bool zsnmp_oid_valid(const uint32_t *oid, size_t len)
{
    if (len == 0 || len > ZSNMP_OID_MAX || oid[0] > FIRST_ARC_MAX) {
        return false;
    }
    return len == 1 || oid[1] <= SECOND_ARC_MAX ||
           (oid[0] == FIRST_ARC_MAX && oid[1] <= SECOND_ARC_MAX_2);
}

static unsigned count_digits(uint32_t number)
{
    static const uint32_t least[] = {0,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    unsigned bits = 32 - (unsigned)__builtin_clz(number | 1);
    unsigned digits = bits * 1233 >> 12; /* times log10(2): as many, or one less */
    return digits + (number >= least[digits]);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

/* A number of three digits or more. By itself, so that others do without its registers. */
__attribute__((noinline)) static char *put_number(char *to, uint32_t number)
{
    char *end = to + count_digits(number);
    char *at = end;
    for (; number >= 100; number /= 100) {
        at -= 2;
        memcpy(at, &pairs[number % 100 * 2], 2);
    }
    if (number >= 10) {
        memcpy(to, &pairs[number * 2], 2);
    } else {
        *to = (char)('0' + number);
    }
    return end;
}

size_t zsnmp_oid_format(const uint32_t *oid, size_t len, char *text)
{
    const uint32_t *end = oid + len;
    char *to = text;
    if (len == 0) {
        return 0;
    }
    for (; end - oid >= 2 && oid[0] < 10 && oid[1] < 10; oid += 2) {
        uint32_t word = htole32(TWO_ZEROS + oid[0] + (oid[1] << 16));
        memcpy(to, &word, sizeof word);
        to += sizeof word;
    }
    for (; oid < end; oid++) {
        if (*oid < 10) {
            to[0] = (char)('0' + *oid);
            to += 1;
        } else if (*oid < 100) {
            memcpy(to, &pairs[*oid * 2], 2);
            to += 2;
        } else {
            to = put_number(to, *oid);
        }
        *to++ = '.';
    }
    return (size_t)(to - text) - 1; /* without the last dot */
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
