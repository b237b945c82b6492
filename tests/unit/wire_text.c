/*
 * A small notation for MessagePack; see wire_text.h.
 */
#include "wire_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/mp.h"

#define BUF_MAX (64u * 1024 * 1024)

static const char *blanks(const char *at)
{
    return at + strspn(at, " \n,:");
}

static const char *object(struct zsnmp_buf *out, const char *at);

/* Everything up to the closing sign; pairs counts two objects as one. */
static const char *list(struct zsnmp_buf *out, const char *at, char close)
{
    struct zsnmp_buf inner;
    zsnmp_buf_init(&inner, BUF_MAX);
    uint32_t count = 0;
    for (at = blanks(at); *at != close; at = blanks(at)) {
        cr_assert(*at != '\0', "a list without an end");
        at = object(&inner, at);
        count++;
    }
    if (close == '}') {
        cr_assert(count % 2 == 0, "a key without a value");
        zsnmp_mp_put_map(out, count / 2);
    } else {
        zsnmp_mp_put_array(out, count);
    }
    zsnmp_mp_put_raw(out, inner.data, inner.len);
    zsnmp_buf_clear(&inner);
    return at + 1;
}

static const char *string(struct zsnmp_buf *out, const char *at)
{
    size_t len = strcspn(at, "'");
    cr_assert(at[len] == '\'', "a string without an end");
    zsnmp_mp_put_strn(out, at, len);
    return at + len + 1;
}

/* bin, or ext of type 1. */
static const char *bytes(struct zsnmp_buf *out, const char *at, bool ext)
{
    uint8_t data[256];
    size_t len = 0;
    for (; *at != '\''; at += 2) {
        unsigned value = 0;
        cr_assert(sscanf(at, "%2x", &value) == 1 && len < sizeof data);
        data[len++] = (uint8_t)value;
    }
    if (ext) {
        zsnmp_mp_put_ext(out, 1, data, len);
    } else {
        zsnmp_mp_put_bin(out, data, len);
    }
    return at + 1;
}

static const char *number(struct zsnmp_buf *out, const char *at)
{
    size_t len = strspn(at, "+-.0123456789e");
    cr_assert(len > 0, "what is this: %s", at);
    if (memchr(at, '.', len) != NULL) {
        zsnmp_mp_put_double(out, strtod(at, NULL));
    } else if (*at == '-') {
        zsnmp_mp_put_int(out, strtoll(at, NULL, 10));
    } else {
        zsnmp_mp_put_uint(out, strtoull(at, NULL, 10));
    }
    return at + len;
}

static const char *word(struct zsnmp_buf *out, const char *at)
{
    if (strncmp(at, "true", 4) == 0) {
        zsnmp_mp_put_bool(out, true);
        return at + 4;
    }
    if (strncmp(at, "false", 5) == 0) {
        zsnmp_mp_put_bool(out, false);
        return at + 5;
    }
    cr_assert(strncmp(at, "nil", 3) == 0, "what is this: %s", at);
    zsnmp_mp_put_nil(out);
    return at + 3;
}

static const char *object(struct zsnmp_buf *out, const char *at)
{
    switch (*at) {
    case '{':
        return list(out, at + 1, '}');
    case '[':
        return list(out, at + 1, ']');
    case '\'':
        return string(out, at + 1);
    case 'x':
    case 'e':
        cr_assert(at[1] == '\'');
        return bytes(out, at + 2, *at == 'e');
    case 't':
    case 'f':
    case 'n':
        return word(out, at);
    default:
        return number(out, at);
    }
}

void wire_text(struct zsnmp_buf *out, const char *text)
{
    const char *end = blanks(object(out, blanks(text)));
    cr_assert(*end == '\0', "more behind the end: %s", end);
    cr_assert(!out->failed);
}

const char *wire_hex(const void *data, size_t len)
{
    static char text[3 * 4096 + 1];
    const uint8_t *at = data;
    text[0] = '\0';
    for (size_t i = 0; i < len && i < 4096; i++) {
        snprintf(text + 3 * i, 4, i + 1 < len ? "%02x " : "%02x", at[i]);
    }
    return text;
}
