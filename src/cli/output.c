/*
 * What the forms of output share; see output.h.
 */
#include "output.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "zsnmp.h"

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
                            const zsnmpc_reply_t *reply)
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

bool zsnmp_cli_reply_cut(const zsnmpc_reply_t *reply)
{
    return zsnmpc_reply_get(reply, "complete") != NULL && !zsnmpc_reply_complete(reply);
}

bool zsnmp_cli_reply_good(const zsnmpc_reply_t *reply)
{
    const char *stop = zsnmpc_reply_stop(reply);
    bool limit = stop != NULL && strcmp(stop, "limit") == 0;
    return zsnmpc_reply_error(reply) == NULL && (limit || !zsnmp_cli_reply_cut(reply));
}

void zsnmp_cli_output_clean(char *to, size_t size, const char *text)
{
    size_t len = 0;
    for (; text != NULL && text[len] != '\0' && len + 1 < size; len++) {
        uint8_t c = (uint8_t)text[len];
        to[len] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    to[len] = '\0';
}

/* Of one root a text, of several an array. */
size_t zsnmp_cli_output_nexts(const struct zsnmp_cli_output *self, const zsnmpc_reply_t *reply)
{
    size_t roots = zsnmpc_reply_text(reply, "next") != NULL ? 1 : self->options->operands.count;
    return zsnmpc_reply_get(reply, "next") != NULL ? roots : 0;
}

void zsnmp_cli_output_next(const struct zsnmp_cli_output *self, FILE *out,
                           const zsnmpc_reply_t *reply, const char *before)
{
    size_t count = zsnmp_cli_output_nexts(self, reply);
    for (size_t i = 0; i < count; i++) {
        char text[ZSNMPC_OID_TEXT_MAX];
        const char *next = zsnmpc_reply_next(reply, i);
        zsnmp_cli_output_clean(text, sizeof(text), next);
        (void)fprintf(out, "%s%s%s", i > 0 ? " " : "", next != NULL ? before : "-",
                      text[0] == '.' ? text + 1 : text);
    }
}

const char *zsnmp_cli_output_culprit(const struct zsnmp_cli_output *self,
                                     const zsnmpc_error_t *error)
{
    const struct zsnmp_cli_strings *operands = &self->options->operands;
    size_t step = self->options->command == ZSNMP_CLI_SET ? 3 : 1;
    if (error->index == 0 || error->index > operands->count / step) {
        return NULL;
    }
    const char *oid = operands->items[(error->index - 1) * step];
    return oid[0] == '.' ? oid + 1 : oid;
}

/* The engine's own view of a varbind, with room for what it points to. */
struct view {
    zsnmp_varbind_t vb;
    uint32_t oid[ZSNMP_OID_MAX];
    uint32_t value[ZSNMP_OID_MAX];
    uint8_t address[4];
};

static void look(struct view *view, const zsnmpc_varbind_t *vb)
{
    view->vb = (zsnmp_varbind_t){.oid = view->oid,
                                 .oid_len = zsnmpc_oid_parse(vb->oid, view->oid, ZSNMP_OID_MAX),
                                 .type = vb->type};
    switch (vb->type) {
    case ZSNMP_INTEGER:
    case ZSNMP_OPAQUE_INT64:
        view->vb.value.i = vb->value.i;
        break;
    case ZSNMP_OPAQUE_FLOAT:
    case ZSNMP_OPAQUE_DOUBLE:
        view->vb.value.d = vb->value.d;
        break;
    case ZSNMP_OBJECT_ID:
        view->vb.value.oid.subids = view->value;
        view->vb.value.oid.len = zsnmpc_oid_parse(vb->text, view->value, ZSNMP_OID_MAX);
        break;
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
    case ZSNMP_IP_ADDRESS:
        view->vb.value.bytes.data = vb->value.bytes.data;
        view->vb.value.bytes.len = vb->value.bytes.len;
        if (inet_pton(AF_INET, vb->text, view->address) == 1) {
            view->vb.value.bytes.data = view->address;
            view->vb.value.bytes.len = sizeof(view->address);
        }
        break;
    default:
        view->vb.value.u = vb->value.u;
        break;
    }
}

const char *zsnmp_cli_output_value(struct zsnmp_cli_output *self, const zsnmpc_varbind_t *vb)
{
    struct view view;
    look(&view, vb);
    size_t need = zsnmp_varbind_print(&view.vb, self->text, self->size);
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
    (void)zsnmp_varbind_print(&view.vb, text, size);
    return text;
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

bool zsnmp_cli_is_binary(const zsnmpc_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMPC_OCTET_STRING:
        return !zsnmp_cli_is_text(vb->value.bytes.data, vb->value.bytes.len);
    case ZSNMPC_IP_ADDRESS:
        return vb->text[0] == '\0';
    case ZSNMPC_OPAQUE:
    case ZSNMPC_NSAP:
        return true;
    default:
        return false;
    }
}
