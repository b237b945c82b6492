/*
 * OIDs and values as text, in the numeric form of net-snmp's tools without
 * MIBs, so that scripts that read one can read the other. Pure; independent of
 * the locale.
 */
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "oid.h"
#include "zsnmp.h"

#define HEX_LINE 16u    /* bytes of a line of hexadecimal digits, as snmpget has it */
#define NUMBER_MAX 400u /* characters: the largest double has 309 digits before its point */

/* Text that may not fit: counts on where it stopped writing, as snprintf() does. */
struct text {
    char *at;
    size_t size;
    size_t len;
};

static void put(struct text *self, const char *data, size_t len)
{
    if (self->len < self->size) {
        size_t room = self->size - self->len;
        memcpy(self->at + self->len, data, len < room ? len : room);
    }
    self->len += len;
}

static void put_str(struct text *self, const char *text)
{
    put(self, text, strlen(text));
}

static void put_char(struct text *self, char c)
{
    put(self, &c, 1);
}

__attribute__((format(printf, 2, 3))) static void put_format(struct text *self, const char *format,
                                                             ...)
{
    char buffer[NUMBER_MAX];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    if (len > 0) {
        put(self, buffer, (size_t)len < sizeof buffer ? (size_t)len : sizeof buffer - 1);
    }
}

static size_t finish(struct text *self)
{
    if (self->size > 0) {
        self->at[self->len < self->size ? self->len : self->size - 1] = '\0';
    }
    return self->len;
}

size_t zsnmp_oid_print(const uint32_t *oid, size_t oid_len, char *text, size_t size)
{
    char whole[ZSNMP_OID_TEXT_MAX];
    struct text out = {text, size, 0};
    put(&out, whole,
        zsnmp_oid_format(oid, oid_len <= ZSNMP_OID_MAX ? oid_len : ZSNMP_OID_MAX, whole));
    return finish(&out);
}

static void put_oid(struct text *out, const uint32_t *oid, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        put_format(out, ".%u", oid[i]);
    }
}

/* isprint() and isspace() of the C locale. */
static bool is_plain(uint8_t c)
{
    return (c >= ' ' && c <= '~') || (c >= '\t' && c <= '\r');
}

static void put_hex(struct text *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && i % HEX_LINE == 0) {
            put_char(out, '\n');
        }
        put_format(out, "%02X ", data[i]);
    }
}

static void put_octets(struct text *out, const uint8_t *data, size_t len)
{
    bool plain = true;
    for (size_t i = 0; i < len && plain; i++) {
        plain = is_plain(data[i]);
    }
    if (!plain) {
        put_str(out, "Hex-STRING: ");
        put_hex(out, data, len);
        return;
    }
    put_str(out, len > 0 ? "STRING: \"" : "\"");
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '"' || data[i] == '\\') {
            put_char(out, '\\');
        }
        put_char(out, (char)data[i]);
    }
    put_char(out, '"');
}

static void put_ticks(struct text *out, uint64_t ticks)
{
    unsigned centi = (unsigned)(ticks % 100);
    uint64_t seconds = ticks / 100;
    uint64_t days = seconds / 86400;
    unsigned rest = (unsigned)(seconds % 86400);
    put_format(out, "Timeticks: (%llu) ", (unsigned long long)ticks);
    if (days > 0) {
        put_format(out, "%llu day%s, ", (unsigned long long)days, days == 1 ? "" : "s");
    }
    put_format(out, "%u:%02u:%02u.%02u", rest / 3600, rest / 60 % 60, rest % 60, centi);
}

/* With a point, whatever the host's locale says. */
static void put_real(struct text *out, const char *head, double value)
{
    put_str(out, head);
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    put_format(out, "%f", value);
    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
}

static void put_unsigned(struct text *out, const char *head, uint64_t value)
{
    put_format(out, "%s%llu", head, (unsigned long long)value);
}

static void put_signed(struct text *out, const char *head, int64_t value)
{
    put_format(out, "%s%lld", head, (long long)value);
}

static void put_address(struct text *out, const uint8_t *data, size_t len)
{
    put_str(out, "IpAddress: ");
    for (size_t i = 0; i < len; i++) {
        put_format(out, i == 0 ? "%u" : ".%u", data[i]);
    }
}

static void put_bytes_value(struct text *out, const zsnmp_varbind_t *vb)
{
    const uint8_t *data = vb->value.bytes.data;
    size_t len = vb->value.bytes.len;
    switch (vb->type) {
    case ZSNMP_OCTET_STRING:
        put_octets(out, data, len);
        break;
    case ZSNMP_IP_ADDRESS:
        put_address(out, data, len);
        break;
    default:
        put_str(out, vb->type == ZSNMP_OPAQUE ? "OPAQUE: " : "NsapAddress: ");
        put_hex(out, data, len);
        break;
    }
}

static void put_number(struct text *out, const zsnmp_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMP_INTEGER:
        put_signed(out, "INTEGER: ", vb->value.i);
        break;
    case ZSNMP_OPAQUE_INT64:
        put_signed(out, "Opaque: Int64: ", vb->value.i);
        break;
    case ZSNMP_COUNTER32:
        put_unsigned(out, "Counter32: ", vb->value.u);
        break;
    case ZSNMP_GAUGE32:
        put_unsigned(out, "Gauge32: ", vb->value.u);
        break;
    case ZSNMP_UINTEGER32: /* snmpget gives this one no name */
        put_unsigned(out, "", vb->value.u);
        break;
    case ZSNMP_COUNTER64:
        put_unsigned(out, "Counter64: ", vb->value.u);
        break;
    case ZSNMP_OPAQUE_COUNTER64:
        put_unsigned(out, "Opaque: Counter64: ", vb->value.u);
        break;
    case ZSNMP_OPAQUE_UINT64:
        put_unsigned(out, "Opaque: UInt64: ", vb->value.u);
        break;
    case ZSNMP_TIMETICKS:
        put_ticks(out, vb->value.u);
        break;
    default: /* a double is called so too */
        put_real(out, "Opaque: Float: ", vb->value.d);
        break;
    }
}

size_t zsnmp_varbind_print(const zsnmp_varbind_t *vb, char *text, size_t size)
{
    struct text out = {text, size, 0};
    switch (vb->type) {
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
    case ZSNMP_IP_ADDRESS:
        put_bytes_value(&out, vb);
        break;
    case ZSNMP_OBJECT_ID:
        put_str(&out, "OID: ");
        put_oid(&out, vb->value.oid.subids, vb->value.oid.len);
        break;
    case ZSNMP_NULL:
        put_str(&out, "NULL");
        break;
    case ZSNMP_NO_SUCH_OBJECT:
        put_str(&out, "No Such Object available on this agent at this OID");
        break;
    case ZSNMP_NO_SUCH_INSTANCE:
        put_str(&out, "No Such Instance currently exists at this OID");
        break;
    case ZSNMP_END_OF_MIB_VIEW:
        put_str(&out, "No more variables left in this MIB View "
                      "(It is past the end of the MIB tree)");
        break;
    case ZSNMP_INTEGER:
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_COUNTER64:
    case ZSNMP_UINTEGER32:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_FLOAT:
    case ZSNMP_OPAQUE_DOUBLE:
    case ZSNMP_OPAQUE_INT64:
    case ZSNMP_OPAQUE_UINT64:
        put_number(&out, vb);
        break;
    default:
        put_str(&out, "Variable has bad type");
        break;
    }
    return finish(&out);
}
