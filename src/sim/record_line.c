/*
 * One entry of what net-snmp's snmpwalk -On prints, which may span lines. Anything may stand in
 * such a file: what makes no sense is told and skipped, and costs no more than its own line.
 */
#include "sim/record.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT_MAX 48

static bool at_end(const struct zsnmp_sim_text *t)
{
    return t->at == t->end;
}

static char peek(const struct zsnmp_sim_text *t)
{
    return at_end(t) ? '\n' : *t->at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    return is_digit(c)              ? c - '0'
           : (c >= 'a' && c <= 'f') ? c - 'a' + 10
           : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                    : -1;
}

static bool skip_word(struct zsnmp_sim_text *t, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(t->end - t->at) < len || memcmp(t->at, word, len) != 0) {
        return false;
    }
    t->at += len;
    return true;
}

static void skip_spaces(struct zsnmp_sim_text *t)
{
    while (!at_end(t) && (*t->at == ' ' || *t->at == '\t')) {
        t->at++;
    }
}

/* To the start of the next line. */
static void skip_line(struct zsnmp_sim_text *t)
{
    const char *nl = memchr(t->at, '\n', (size_t)(t->end - t->at));
    t->at = nl == NULL ? t->end : nl + 1;
}

static bool read_u64(struct zsnmp_sim_text *t, uint64_t *value)
{
    if (!is_digit(peek(t))) {
        return false;
    }
    uint64_t v = 0;
    while (is_digit(peek(t))) {
        uint64_t digit = (uint64_t)(*t->at++ - '0');
        if (v > (UINT64_MAX - digit) / 10) {
            return false;
        }
        v = v * 10 + digit;
    }
    *value = v;
    return true;
}

/* ".1.3.6" or "iso.3.6". Two sub-identifiers at least, as BER cannot say less. */
static bool read_oid(struct zsnmp_sim_text *t, struct zsnmp_sim_oid *oid)
{
    oid->len = 0;
    if (skip_word(t, "iso")) {
        oid->id[oid->len++] = 1;
    } else if (peek(t) != '.') {
        return false;
    }
    while (peek(t) == '.') {
        uint64_t id = 0;
        t->at++;
        if (oid->len == ZSNMP_SIM_OID_IDS_MAX || !read_u64(t, &id) || id > UINT32_MAX) {
            return false;
        }
        oid->id[oid->len++] = (uint32_t)id;
    }
    return oid->len >= 2 && oid->id[0] <= 2 &&
           oid->id[1] <= (oid->id[0] == 2 ? UINT32_MAX - 80 : 39);
}

static bool read_name(struct zsnmp_sim_text *t, struct zsnmp_sim_oid *oid)
{
    return read_oid(t, oid) && skip_word(t, " =") && (peek(t) == ' ' || peek(t) == '\n');
}

/* Does an entry begin here? If not, the line belongs to the value before it. */
static bool starts_entry(struct zsnmp_sim_text t)
{
    struct zsnmp_sim_oid oid;
    return at_end(&t) || read_name(&t, &oid);
}

static bool add_byte(struct zsnmp_sim_line *line, int byte)
{
    if (line->len == sizeof line->value) {
        return false;
    }
    line->value[line->len++] = (uint8_t)byte;
    return true;
}

static bool read_quoted(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    t->at++;
    while (!at_end(t)) {
        char c = *t->at++;
        if (c == '"') {
            return true;
        }
        if (c == '\\' && (peek(t) == '"' || peek(t) == '\\')) {
            c = *t->at++;
        }
        if (!add_byte(line, c)) {
            return false;
        }
    }
    return false;
}

/* "0:1b:2c:3:4:5": what a PhysAddress looks like where the MIB is known. */
static bool read_colon_hex(struct zsnmp_sim_text t, struct zsnmp_sim_line *line)
{
    line->len = 0;
    for (;;) {
        int high = hex_digit(peek(&t));
        if (high < 0) {
            break;
        }
        t.at++;
        int low = hex_digit(peek(&t));
        t.at += low >= 0;
        if (!add_byte(line, low < 0 ? high : high * 16 + low)) {
            break;
        }
        if (peek(&t) == '\n' || peek(&t) == '\r') {
            return line->len >= 6;
        }
        if (peek(&t) != ':') {
            break;
        }
        t.at++;
    }
    line->len = 0;
    return false;
}

/* "2024-5-3,12:0:0.0,+2:0": a DateAndTime (RFC 2579), eight or eleven octets. */
static bool read_date(struct zsnmp_sim_text t, struct zsnmp_sim_line *line)
{
    static const char separators[] = "--,::.,";
    uint64_t part[8] = {0};
    size_t parts = 0;
    line->len = 0;
    for (; parts < 7; parts++) {
        if (!read_u64(&t, &part[parts]) || part[parts] > (parts == 0 ? 65535 : 60)) {
            return false;
        }
        if (peek(&t) != separators[parts]) {
            parts++;
            break;
        }
        t.at++;
    }
    char sign = peek(&t);
    bool zoned = parts == 7 && (sign == '+' || sign == '-');
    if (!zoned && !(parts == 7 && (sign == '\n' || sign == '\r'))) {
        return false;
    }
    (void)add_byte(line, (int)(part[0] >> 8));
    for (size_t i = 0; i < 7; i++) {
        (void)add_byte(line, (int)(part[i] & 0xff));
    }
    if (zoned) {
        uint64_t hours = 0;
        uint64_t minutes = 0;
        t.at++;
        if (!read_u64(&t, &hours) || !skip_word(&t, ":") || !read_u64(&t, &minutes) || hours > 14 ||
            minutes > 59) {
            line->len = 0;
            return false;
        }
        (void)add_byte(line, sign);
        (void)add_byte(line, (int)hours);
        (void)add_byte(line, (int)minutes);
    }
    return true;
}

/* A string without quotes: to the end of the last line that begins no entry. */
static bool read_bare(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    if (read_colon_hex(*t, line) || read_date(*t, line)) {
        return true;
    }
    line->len = 0;
    for (;;) {
        while (peek(t) != '\n') {
            if (!add_byte(line, *t->at++)) {
                return false;
            }
        }
        if (line->len > 0 && line->value[line->len - 1] == '\r') {
            line->len--;
        }
        struct zsnmp_sim_text next = *t;
        skip_line(&next);
        if (starts_entry(next)) {
            return true;
        }
        *t = next;
        if (!add_byte(line, '\n')) {
            return false;
        }
    }
}

static bool read_string(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    return peek(t) == '"' ? read_quoted(t, line) : read_bare(t, line);
}

/* Pairs of hex digits; what follows on a line (text, names of bits) is not ours. */
static bool read_hex_line(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    for (;;) {
        skip_spaces(t);
        if (t->end - t->at < 2 || hex_digit(t->at[0]) < 0 || hex_digit(t->at[1]) < 0 ||
            (t->end - t->at > 2 && strchr(" \t\r\n:", t->at[2]) == NULL)) {
            return true;
        }
        if (!add_byte(line, hex_digit(t->at[0]) * 16 + hex_digit(t->at[1]))) {
            return false;
        }
        t->at += 2;
        if (peek(t) == ':') {
            t->at++;
        }
    }
}

static bool read_hex(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    for (;;) {
        if (!read_hex_line(t, line)) {
            return false;
        }
        struct zsnmp_sim_text next = *t;
        skip_line(&next);
        if (starts_entry(next)) {
            return true;
        }
        size_t before = line->len;
        *t = next;
        if (!read_hex_line(t, line) || line->len == before) {
            return line->len == before;
        }
    }
}

/* One line of hex and names: "80 00 first(0)". */
static bool read_bits(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    return read_hex_line(t, line);
}

/* "5", "-5", "up(1)", "(5) 0:00:00.05", "1500 octets"; "1.50" with a DISPLAY-HINT of d-2. */
static bool read_number(struct zsnmp_sim_text *t, bool *negative, uint64_t *value)
{
    struct zsnmp_sim_text line = *t;
    const char *nl = memchr(line.at, '\n', (size_t)(line.end - line.at));
    line.end = nl == NULL ? line.end : nl;
    const char *paren = memchr(line.at, '(', (size_t)(line.end - line.at));
    if (paren != NULL && !is_digit(*line.at) && *line.at != '-') {
        line.at = paren + 1;
    }
    *negative = skip_word(&line, "-");
    if (!read_u64(&line, value)) {
        return false;
    }
    if (peek(&line) == '.') {
        for (line.at++; is_digit(peek(&line)) && *value < UINT32_MAX; line.at++) {
            *value = *value * 10 + (uint64_t)(*line.at - '0');
        }
    }
    return true;
}

static bool read_int(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    bool negative = false;
    uint64_t v = 0;
    if (!read_number(t, &negative, &v) || v > (negative ? UINT64_C(1) << 31 : INT32_MAX)) {
        return false;
    }
    line->len = zsnmp_sim_ber_put_signed(line->value, negative ? -(int64_t)v : (int64_t)v);
    return true;
}

static bool read_unsigned(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    bool negative = false;
    uint64_t v = 0;
    if (!read_number(t, &negative, &v) || negative ||
        (v > UINT32_MAX && line->tag != ZSNMP_SIM_COUNTER64)) {
        return false;
    }
    line->len = zsnmp_sim_ber_put_unsigned(line->value, v);
    return true;
}

static bool read_oid_value(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    struct zsnmp_sim_oid oid;
    if (!read_oid(t, &oid)) {
        return false;
    }
    line->len = zsnmp_sim_ber_put_oid(line->value, oid.id, oid.len);
    return true;
}

static bool read_ip(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    for (int i = 0; i < 4; i++) {
        uint64_t part = 0;
        if ((i > 0 && !skip_word(t, ".")) || !read_u64(t, &part) || part > 255) {
            return false;
        }
        (void)add_byte(line, (int)part);
    }
    return true;
}

static bool read_network(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    return read_hex_line(t, line) && line->len == 4;
}

static bool read_null(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    (void)t;
    line->len = 0;
    return true;
}

static void put_big_endian(struct zsnmp_sim_line *line, uint64_t bits, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
        (void)add_byte(line, (int)(bits >> shift & 0xff));
    }
}

/* Opaque with the types net-snmp wraps into it: 0x9f, a type, a length. */
static bool read_float(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    bool wide = skip_word(t, "Double: ");
    if (!wide && !skip_word(t, "Float: ")) {
        return false;
    }
    char text[NUMBER_TEXT_MAX];
    size_t len = 0;
    while (peek(t) != '\n' && len + 1 < sizeof text) {
        text[len++] = *t->at++;
    }
    text[len] = '\0';
    char *end = NULL;
    double d = strtod(text, &end);
    if (end == text) {
        return false;
    }
    float f = (float)d;
    uint32_t narrow_bits = 0;
    uint64_t wide_bits = 0;
    memcpy(&narrow_bits, &f, sizeof narrow_bits);
    memcpy(&wide_bits, &d, sizeof wide_bits);
    put_big_endian(line, wide ? 0x9f7908 : 0x9f7804, 3);
    put_big_endian(line, wide ? wide_bits : narrow_bits, wide ? 8 : 4);
    return true;
}

static bool read_wrapped(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    static const struct {
        const char *word;
        uint8_t type;
    } kinds[] = {{"Int64: ", 0x7a}, {"UInt64: ", 0x7b}, {"Counter64: ", 0x76}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        bool negative = false;
        uint64_t v = 0;
        if (!skip_word(t, kinds[i].word)) {
            continue;
        }
        if (!read_number(t, &negative, &v) || v > INT64_MAX) {
            return false;
        }
        uint8_t content[9];
        size_t len = zsnmp_sim_ber_put_signed(content, negative ? -(int64_t)v : (int64_t)v);
        put_big_endian(line, (uint64_t)0x9f0000 | (uint64_t)kinds[i].type << 8 | len, 3);
        memcpy(line->value + line->len, content, len);
        line->len += len;
        return true;
    }
    return read_float(t, line);
}

struct kind {
    const char *word;
    uint8_t tag;
    bool (*read)(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line);
};

static const struct kind kinds[] = {
    {"STRING:", ZSNMP_SIM_STRING, read_string},
    {"Hex-STRING:", ZSNMP_SIM_STRING, read_hex},
    {"INTEGER:", ZSNMP_SIM_INTEGER, read_int},
    {"Integer32:", ZSNMP_SIM_INTEGER, read_int},
    {"Counter32:", ZSNMP_SIM_COUNTER32, read_unsigned},
    {"Gauge32:", ZSNMP_SIM_GAUGE32, read_unsigned},
    {"Unsigned32:", ZSNMP_SIM_GAUGE32, read_unsigned},
    {"UInteger32:", ZSNMP_SIM_GAUGE32, read_unsigned},
    {"Counter64:", ZSNMP_SIM_COUNTER64, read_unsigned},
    {"Timeticks:", ZSNMP_SIM_TIMETICKS, read_unsigned},
    {"OID:", ZSNMP_SIM_OID, read_oid_value},
    {"IpAddress:", ZSNMP_SIM_IPADDRESS, read_ip},
    {"Network Address:", ZSNMP_SIM_IPADDRESS, read_network},
    {"BITS:", ZSNMP_SIM_STRING, read_bits},
    {"Opaque:", ZSNMP_SIM_OPAQUE, read_wrapped},
    {"OPAQUE:", ZSNMP_SIM_OPAQUE, read_hex},
    {"NULL", ZSNMP_SIM_NULL, read_null},
    {"\"", ZSNMP_SIM_STRING, NULL}, /* an empty string has no type in front */
};

static enum zsnmp_sim_line_result read_value(struct zsnmp_sim_text *t, struct zsnmp_sim_line *line)
{
    skip_spaces(t);
    if (skip_word(t, "No Such ") || skip_word(t, "No more variables ")) {
        return ZSNMP_SIM_LINE_NOTHING;
    }
    if (skip_word(t, "Wrong Type (should be ")) {
        while (peek(t) != '\n' && peek(t) != ')') {
            t->at++;
        }
        (void)skip_word(t, "): ");
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!skip_word(t, kinds[i].word)) {
            continue;
        }
        line->tag = kinds[i].tag;
        if (kinds[i].read == NULL) {
            t->at--;
            return read_quoted(t, line) ? ZSNMP_SIM_LINE_VALUE : ZSNMP_SIM_LINE_BAD;
        }
        (void)skip_word(t, " ");
        return kinds[i].read(t, line) ? ZSNMP_SIM_LINE_VALUE : ZSNMP_SIM_LINE_BAD;
    }
    return ZSNMP_SIM_LINE_BAD;
}

enum zsnmp_sim_line_result zsnmp_sim_line_read(struct zsnmp_sim_text *text,
                                               struct zsnmp_sim_line *line)
{
    line->len = 0;
    struct zsnmp_sim_text t = *text;
    enum zsnmp_sim_line_result result = ZSNMP_SIM_LINE_BAD;
    if (peek(&t) == '\n' || peek(&t) == '\r' || peek(&t) == '#') {
        result = ZSNMP_SIM_LINE_NOTHING;
    } else if (read_name(&t, &line->name)) {
        result = read_value(&t, line);
    }
    if (result != ZSNMP_SIM_LINE_VALUE) {
        t = *text; /* whatever it was, the next line may make sense */
    }
    skip_line(&t);
    *text = t;
    return result;
}
