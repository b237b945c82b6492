/*
 * Values to set; see setval.h. The letters are those of snmpset(1).
 */
#include "setval.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "oid.h"

#define BIT_MAX 65535u      /* highest bit number of a BITS value: 8 KiB */
#define NUMBER_TEXT_MAX 64u /* characters of a number with a fraction */

static const char wrong_value[] = "set: the value does not fit its type";

static zsnmp_err_t refuse(const char **why)
{
    *why = wrong_value;
    return ZSNMP_E_BAD_REQUEST;
}

/* ---- numbers ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Decimal digits only; false: none, others, or over 2^64-1. */
static bool parse_digits(const char *text, size_t len, uint64_t *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return len > 0;
}

static bool to_unsigned(const struct zsnmp_setval *from, uint64_t max, uint64_t *value)
{
    if (from->kind == ZSNMP_SETVAL_UINT) {
        *value = from->u;
    } else if (from->kind != ZSNMP_SETVAL_TEXT || !parse_digits(from->data, from->len, value)) {
        return false;
    }
    return *value <= max;
}

static bool parse_signed(const char *text, size_t len, int64_t *value)
{
    bool negative = len > 0 && text[0] == '-';
    size_t sign = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    uint64_t size = 0;
    uint64_t max = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    if (!parse_digits(text + sign, len - sign, &size) || size > max) {
        return false;
    }
    /* Negated as unsigned, where it cannot overflow. */
    *value = (int64_t)(negative ? 0 - size : size);
    return true;
}

static bool to_signed(const struct zsnmp_setval *from, int64_t min, int64_t max, int64_t *value)
{
    switch (from->kind) {
    case ZSNMP_SETVAL_UINT:
        if (from->u > INT64_MAX) {
            return false;
        }
        *value = (int64_t)from->u;
        break;
    case ZSNMP_SETVAL_NEGATIVE:
        *value = from->i;
        break;
    case ZSNMP_SETVAL_TEXT:
        if (!parse_signed(from->data, from->len, value)) {
            return false;
        }
        break;
    default:
        return false;
    }
    return *value >= min && *value <= max;
}

/* strtod() with a point, whatever the host's locale says. */
static bool parse_real(const char *text, size_t len, double *value)
{
    char copy[NUMBER_TEXT_MAX + 1];
    if (len == 0 || len > NUMBER_TEXT_MAX || is_blank(text[0])) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0) {
        return false;
    }
    char *end = NULL;
    *value = strtod_l(copy, &end, plain);
    freelocale(plain);
    return end == copy + len;
}

static bool to_real(const struct zsnmp_setval *from, double *value)
{
    switch (from->kind) {
    case ZSNMP_SETVAL_UINT:
        *value = (double)from->u;
        return true;
    case ZSNMP_SETVAL_NEGATIVE:
        *value = (double)from->i;
        return true;
    case ZSNMP_SETVAL_REAL:
        *value = from->d;
        return true;
    case ZSNMP_SETVAL_TEXT:
        return parse_real(from->data, from->len, value);
    default:
        return false;
    }
}

/* ---- bytes ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool zsnmp_hex_parse(const char *text, size_t len, uint8_t *bytes, size_t *count)
{
    size_t at = len >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
    *count = 0;
    while (at < len) {
        if (is_blank(text[at]) || text[at] == ':' || text[at] == '-') {
            at++;
            continue;
        }
        int high = hex_digit(text[at]);
        int low = at + 1 < len ? hex_digit(text[at + 1]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[(*count)++] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}

/* The next number of a list that blanks, dots or commas separate; false: the end, or *ok false. */
static bool next_number(const char **at, const char *end, uint64_t max, uint64_t *value, bool *ok)
{
    while (*at < end && (is_blank(**at) || **at == ',' || **at == '.')) {
        (*at)++;
    }
    const char *start = *at;
    while (*at < end && **at >= '0' && **at <= '9') {
        (*at)++;
    }
    if (start == end) {
        return false;
    }
    *ok = parse_digits(start, (size_t)(*at - start), value) && *value <= max;
    return *ok;
}

static bool parse_decimal(const char *text, size_t len, uint8_t *bytes, size_t *count)
{
    const char *at = text;
    uint64_t value = 0;
    bool ok = true;
    *count = 0;
    while (next_number(&at, text + len, UINT8_MAX, &value, &ok)) {
        bytes[(*count)++] = (uint8_t)value;
    }
    return ok;
}

/* Bit 0 is the highest of the first byte, RFC 2578 section 7.1.4. */
static void set_bit(uint8_t *bytes, size_t *count, uint64_t bit)
{
    bytes[bit / 8] = (uint8_t)(bytes[bit / 8] | 0x80u >> (bit % 8));
    if (bit / 8 + 1 > *count) {
        *count = bit / 8 + 1;
    }
}

static bool to_bits(const struct zsnmp_setval *from, uint8_t *bytes, size_t *count)
{
    memset(bytes, 0, BIT_MAX / 8 + 1);
    if (from->kind == ZSNMP_SETVAL_NUMBERS) {
        for (size_t i = 0; i < from->len; i++) {
            if (from->numbers[i] > BIT_MAX) {
                return false;
            }
            set_bit(bytes, count, from->numbers[i]);
        }
        return true;
    }
    if (from->kind != ZSNMP_SETVAL_TEXT) {
        return false;
    }
    const char *at = from->data;
    uint64_t bit = 0;
    bool ok = true;
    while (next_number(&at, (const char *)from->data + from->len, BIT_MAX, &bit, &ok)) {
        set_bit(bytes, count, bit);
    }
    return ok;
}

/* Why the request's memory gave nothing: its ceiling, or the machine's. */
static zsnmp_err_t no_room(const struct zsnmp_request *request, size_t wanted, const char **why)
{
    if (request->arena.total + wanted > ZSNMP_ARENA_MAX) {
        *why = "set: the values are too long together";
        return ZSNMP_E_TOO_LARGE;
    }
    return ZSNMP_E_INTERNAL;
}

static void set_octets(struct zsnmp_item *item, const uint8_t *bytes, size_t count)
{
    item->type = ZSNMP_OCTET_STRING;
    item->value.data = bytes;
    item->data_len = (uint32_t)count;
}

static zsnmp_err_t put_raw(struct zsnmp_request *request, struct zsnmp_item *item, const void *data,
                           size_t len, const char **why)
{
    if (len > ZSNMP_VALUE_MAX) {
        *why = "set: the value is too long";
        return ZSNMP_E_TOO_LARGE;
    }
    const char *copy = zsnmp_arena_dup(&request->arena, data, len);
    if (copy == NULL) {
        return no_room(request, len + 1, why);
    }
    set_octets(item, (const uint8_t *)copy, len);
    return ZSNMP_OK;
}

static zsnmp_err_t put_bits(struct zsnmp_request *request, struct zsnmp_item *item,
                            const struct zsnmp_setval *from, const char **why)
{
    uint8_t bytes[BIT_MAX / 8 + 1];
    size_t count = 0;
    if (!to_bits(from, bytes, &count)) {
        return refuse(why);
    }
    return put_raw(request, item, bytes, count, why);
}

/* Hexadecimal takes at most three characters a byte, decimal at most four. */
static zsnmp_err_t put_digits(struct zsnmp_request *request, struct zsnmp_item *item, char letter,
                              const struct zsnmp_setval *from, const char **why)
{
    if (from->len > 4 * ZSNMP_VALUE_MAX) {
        *why = "set: the value is too long";
        return ZSNMP_E_TOO_LARGE;
    }
    size_t room = from->len / 2 + 1;
    uint8_t *bytes = zsnmp_arena_alloc(&request->arena, room);
    if (bytes == NULL) {
        return no_room(request, room, why);
    }
    size_t count = 0;
    bool ok = letter == 'x' ? zsnmp_hex_parse(from->data, from->len, bytes, &count)
                            : parse_decimal(from->data, from->len, bytes, &count);
    if (!ok) {
        return refuse(why);
    }
    if (count > ZSNMP_VALUE_MAX) {
        *why = "set: the value is too long";
        return ZSNMP_E_TOO_LARGE;
    }
    set_octets(item, bytes, count);
    return ZSNMP_OK;
}

/* s, x, d and b: octets as they are, or text that tells them. */
static zsnmp_err_t put_octets(struct zsnmp_request *request, struct zsnmp_item *item, char letter,
                              const struct zsnmp_setval *from, const char **why)
{
    bool text = from->kind == ZSNMP_SETVAL_TEXT;
    if (from->kind == ZSNMP_SETVAL_BYTES || (text && letter == 's')) {
        return put_raw(request, item, from->data, from->len, why);
    }
    if (letter == 'b') {
        return put_bits(request, item, from, why);
    }
    return text ? put_digits(request, item, letter, from, why) : refuse(why);
}

/* ---- the rest ---- */

static bool parse_address(const char *text, size_t len, uint8_t bytes[4])
{
    const char *at = text;
    const char *end = text + len;
    for (size_t i = 0; i < 4; i++) {
        const char *start = at;
        while (at < end && *at != '.') {
            at++;
        }
        uint64_t value = 0;
        if (at - start > 3 || !parse_digits(start, (size_t)(at - start), &value) ||
            value > UINT8_MAX) {
            return false;
        }
        bytes[i] = (uint8_t)value;
        if (i < 3 && at++ == end) {
            return false;
        }
    }
    return at == end;
}

static zsnmp_err_t put_address(struct zsnmp_request *request, struct zsnmp_item *item,
                               const struct zsnmp_setval *from, const char **why)
{
    uint8_t *bytes = zsnmp_arena_alloc(&request->arena, 4);
    if (bytes == NULL) {
        return no_room(request, 4, why);
    }
    if (from->kind == ZSNMP_SETVAL_BYTES && from->len == 4) {
        memcpy(bytes, from->data, 4);
    } else if (from->kind != ZSNMP_SETVAL_TEXT || !parse_address(from->data, from->len, bytes)) {
        return refuse(why);
    }
    item->type = ZSNMP_IP_ADDRESS;
    item->value.data = bytes;
    item->data_len = 4;
    return ZSNMP_OK;
}

static zsnmp_err_t put_oid(struct zsnmp_request *request, struct zsnmp_item *item,
                           const struct zsnmp_setval *from, const char **why)
{
    uint32_t oid[ZSNMP_OID_MAX];
    size_t len = 0;
    if (from->kind == ZSNMP_SETVAL_TEXT) {
        len = zsnmp_oid_parse(from->data, from->len, oid, ZSNMP_OID_MAX);
    } else if (from->kind == ZSNMP_SETVAL_NUMBERS && zsnmp_oid_valid(from->numbers, from->len)) {
        len = from->len;
        memcpy(oid, from->numbers, len * sizeof oid[0]);
    }
    if (len < 2) { /* one arc alone has no encoding, X.690 8.19 */
        return refuse(why);
    }
    uint32_t *copy = zsnmp_arena_alloc(&request->arena, len * sizeof oid[0]);
    if (copy == NULL) {
        return no_room(request, len * sizeof oid[0], why);
    }
    memcpy(copy, oid, len * sizeof oid[0]);
    item->type = ZSNMP_OBJECT_ID;
    item->value.subids = copy;
    item->data_len = (uint32_t)len;
    return ZSNMP_OK;
}

static zsnmp_err_t put_unsigned(struct zsnmp_item *item, uint8_t type, uint64_t max,
                                const struct zsnmp_setval *from, const char **why)
{
    item->type = type;
    return to_unsigned(from, max, &item->value.u) ? ZSNMP_OK : refuse(why);
}

static zsnmp_err_t put_signed(struct zsnmp_item *item, uint8_t type, int64_t min, int64_t max,
                              const struct zsnmp_setval *from, const char **why)
{
    item->type = type;
    return to_signed(from, min, max, &item->value.i) ? ZSNMP_OK : refuse(why);
}

static zsnmp_err_t put_real(struct zsnmp_item *item, uint8_t type, const struct zsnmp_setval *from,
                            const char **why)
{
    item->type = type;
    if (!to_real(from, &item->value.d)) {
        return refuse(why);
    }
    /* A finite number that a float cannot hold must not become infinite on its way. */
    bool overflow = isfinite(item->value.d) && fabs(item->value.d) > (double)FLT_MAX;
    return type == ZSNMP_OPAQUE_FLOAT && overflow ? refuse(why) : ZSNMP_OK;
}

zsnmp_err_t zsnmp_setval_put(struct zsnmp_request *request, struct zsnmp_item *item, char letter,
                             const struct zsnmp_setval *value, const char **why)
{
    switch (letter) {
    case 'i':
        return put_signed(item, ZSNMP_INTEGER, INT32_MIN, INT32_MAX, value, why);
    case 'u':
        return put_unsigned(item, ZSNMP_GAUGE32, UINT32_MAX, value, why);
    case 'c':
        return put_unsigned(item, ZSNMP_COUNTER32, UINT32_MAX, value, why);
    case 't':
        return put_unsigned(item, ZSNMP_TIMETICKS, UINT32_MAX, value, why);
    case 'C':
        return put_unsigned(item, ZSNMP_COUNTER64, UINT64_MAX, value, why);
    case 'U':
        return put_unsigned(item, ZSNMP_OPAQUE_UINT64, UINT64_MAX, value, why);
    case 'I':
        return put_signed(item, ZSNMP_OPAQUE_INT64, INT64_MIN, INT64_MAX, value, why);
    case 'F':
        return put_real(item, ZSNMP_OPAQUE_FLOAT, value, why);
    case 'D':
        return put_real(item, ZSNMP_OPAQUE_DOUBLE, value, why);
    case 'a':
        return put_address(request, item, value, why);
    case 'o':
        return put_oid(request, item, value, why);
    case 's':
    case 'x':
    case 'd':
    case 'b':
        return put_octets(request, item, letter, value, why);
    case 'n': /* with text, which snmpset ignores, or without */
        item->type = ZSNMP_NULL;
        return value->kind == ZSNMP_SETVAL_NOTHING || value->kind == ZSNMP_SETVAL_TEXT
                   ? ZSNMP_OK
                   : refuse(why);
    default:
        *why = "set: unknown type letter";
        return ZSNMP_E_BAD_REQUEST;
    }
}
