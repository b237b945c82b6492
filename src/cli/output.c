/*
 * What the forms of output share; see output.h.
 */
#include "output.h"

#include <stdlib.h>

#define TEXT_FIRST 4096u

void zsnmp_cli_output_init(struct zsnmp_cli_output *self, FILE *out, FILE *err,
                           const struct zsnmp_cli_options *options, bool several)
{
    *self =
        (struct zsnmp_cli_output){.out = out, .err = err, .options = options, .several = several};
}

void zsnmp_cli_output_clear(struct zsnmp_cli_output *self)
{
    free(self->text);
    self->text = NULL;
    self->size = 0;
}

void zsnmp_cli_output_begin(struct zsnmp_cli_output *self)
{
    if (self->options->format == ZSNMP_CLI_CSV) {
        (void)fputs("peer,oid,type,value,error\r\n", self->out);
    }
}

void zsnmp_cli_output_reply(struct zsnmp_cli_output *self, const char *peer,
                            const struct zsnmp_cli_reply *reply)
{
    switch (self->options->format) {
    case ZSNMP_CLI_TEXT:
        zsnmp_cli_text_reply(self, peer, reply);
        break;
    case ZSNMP_CLI_JSON:
        zsnmp_cli_json_reply(self, peer, reply);
        break;
    case ZSNMP_CLI_CSV:
        zsnmp_cli_csv_reply(self, peer, reply);
        break;
    }
}

const char *zsnmp_cli_output_culprit(const struct zsnmp_cli_output *self,
                                     const struct zsnmp_cli_reply *reply)
{
    const struct zsnmp_cli_strings *operands = &self->options->operands;
    size_t step = self->options->command == ZSNMP_CLI_SET ? 3 : 1;
    if (reply->error.index == 0 || reply->error.index > operands->count / step) {
        return NULL;
    }
    const char *oid = operands->items[(reply->error.index - 1) * step];
    return oid[0] == '.' ? oid + 1 : oid;
}

const char *zsnmp_cli_output_value(struct zsnmp_cli_output *self, const zsnmp_varbind_t *vb)
{
    size_t need = zsnmp_varbind_print(vb, self->text, self->size);
    if (need < self->size) {
        return self->text;
    }
    size_t size = need + 1 > TEXT_FIRST ? need + 1 : TEXT_FIRST;
    char *text = size <= ZSNMP_CLI_VALUE_TEXT_MAX ? realloc(self->text, size) : NULL;
    if (text == NULL) {
        return "(too long to print)";
    }
    self->text = text;
    self->size = size;
    (void)zsnmp_varbind_print(vb, text, size);
    return text;
}

const char *zsnmp_cli_type_name(uint8_t type)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {{ZSNMP_INTEGER, "INTEGER"},
                 {ZSNMP_OCTET_STRING, "OCTET STRING"},
                 {ZSNMP_NULL, "NULL"},
                 {ZSNMP_OBJECT_ID, "OBJECT IDENTIFIER"},
                 {ZSNMP_IP_ADDRESS, "IpAddress"},
                 {ZSNMP_COUNTER32, "Counter32"},
                 {ZSNMP_GAUGE32, "Gauge32"},
                 {ZSNMP_TIMETICKS, "TimeTicks"},
                 {ZSNMP_OPAQUE, "Opaque"},
                 {ZSNMP_NSAP, "NsapAddress"},
                 {ZSNMP_COUNTER64, "Counter64"},
                 {ZSNMP_UINTEGER32, "UInteger32"},
                 {ZSNMP_OPAQUE_COUNTER64, "Opaque Counter64"},
                 {ZSNMP_OPAQUE_FLOAT, "Opaque Float"},
                 {ZSNMP_OPAQUE_DOUBLE, "Opaque Double"},
                 {ZSNMP_OPAQUE_INT64, "Opaque Int64"},
                 {ZSNMP_OPAQUE_UINT64, "Opaque UInt64"},
                 {ZSNMP_NO_SUCH_OBJECT, "noSuchObject"},
                 {ZSNMP_NO_SUCH_INSTANCE, "noSuchInstance"},
                 {ZSNMP_END_OF_MIB_VIEW, "endOfMibView"}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == type) {
            return names[i].name;
        }
    }
    return "unknown";
}

/* Bytes of the UTF-8 sequence at data; 0: none, overlong, a surrogate or beyond U+10FFFF. */
static size_t sequence(const uint8_t *data, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t head = data[0];
    size_t size = head < 0x80 ? 1 : head < 0xc0 ? 0 : head < 0xe0 ? 2 : head < 0xf0 ? 3 : 4;
    if (size <= 1 || size > len || head > 0xf4) {
        return size == 1 ? 1 : 0;
    }
    uint32_t point = head & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (data[i] & 0x3fu);
    }
    bool control = point < 0xa0; /* C1: terminals act on some */
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < least[size] || control || surrogate || point > 0x10ffff ? 0 : size;
}

static bool is_control(uint8_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

bool zsnmp_cli_is_text(const uint8_t *data, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t size = sequence(data + at, len - at);
        if (size == 0 || is_control(data[at])) {
            return false;
        }
        at += size;
    }
    return true;
}

bool zsnmp_cli_is_binary(const zsnmp_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMP_OCTET_STRING:
        return !zsnmp_cli_is_text(vb->value.bytes.data, vb->value.bytes.len);
    case ZSNMP_IP_ADDRESS:
        return vb->value.bytes.len != 4;
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
        return true;
    default:
        return false;
    }
}
