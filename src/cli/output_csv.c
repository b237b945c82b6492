/*
 * Output as CSV (RFC 4180): peer,oid,type,value,error, a line a varbind and one
 * more for what went wrong. Bytes that are no text come as hexadecimal, their
 * type as Hex-STRING.
 */
#include <inttypes.h>
#include <string.h>

#include "output.h"

/* Quoted where it must be. */
static void put_field(FILE *out, const void *data, size_t len)
{
    const char *bytes = data;
    bool quote = false;
    for (size_t i = 0; i < len; i++) {
        quote = quote || strchr(",\"\r\n", bytes[i]) != NULL;
    }
    if (!quote) {
        (void)fwrite(bytes, 1, len, out);
        return;
    }
    (void)fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '"') {
            (void)fputc('"', out);
        }
        (void)fputc(bytes[i], out);
    }
    (void)fputc('"', out);
}

static void put_text(FILE *out, const char *text)
{
    put_field(out, text, strlen(text));
}

static void put_bytes(FILE *out, const zsnmpc_varbind_t *vb)
{
    const uint8_t *data = vb->value.bytes.data;
    if (!zsnmp_cli_is_binary(vb)) {
        put_field(out, data, vb->value.bytes.len);
        return;
    }
    for (size_t i = 0; i < vb->value.bytes.len; i++) {
        (void)fprintf(out, "%02x", data[i]);
    }
}

static void put_value(FILE *out, const zsnmpc_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMPC_INTEGER:
    case ZSNMPC_OPAQUE_INT64:
        (void)fprintf(out, "%" PRId64, vb->value.i);
        break;
    case ZSNMPC_COUNTER32:
    case ZSNMPC_GAUGE32:
    case ZSNMPC_TIMETICKS:
    case ZSNMPC_UINTEGER32:
    case ZSNMPC_COUNTER64:
    case ZSNMPC_OPAQUE_COUNTER64:
    case ZSNMPC_OPAQUE_UINT64:
        (void)fprintf(out, "%" PRIu64, vb->value.u);
        break;
    case ZSNMPC_OPAQUE_FLOAT:
        (void)fprintf(out, "%.9g", vb->value.d);
        break;
    case ZSNMPC_OPAQUE_DOUBLE:
        (void)fprintf(out, "%.17g", vb->value.d);
        break;
    case ZSNMPC_OBJECT_ID:
        put_text(out, vb->text);
        break;
    case ZSNMPC_IP_ADDRESS:
        if (vb->text[0] != '\0') {
            put_text(out, vb->text);
            break;
        } /* fall through */
    case ZSNMPC_OCTET_STRING:
    case ZSNMPC_OPAQUE:
    case ZSNMPC_NSAP:
        put_bytes(out, vb);
        break;
    default:
        break;
    }
}

static void put_error(struct zsnmp_cli_output *self, const char *peer, const zsnmpc_error_t *error)
{
    char name[ZSNMP_CLI_WORD_MAX];
    char message[ZSNMP_CLI_MESSAGE_MAX];
    char text[ZSNMP_CLI_WORD_MAX + ZSNMP_CLI_MESSAGE_MAX + 4];
    const char *culprit = zsnmp_cli_output_culprit(self, error);
    zsnmp_cli_output_clean(name, sizeof(name), error->name);
    zsnmp_cli_output_clean(message, sizeof(message), error->message);
    (void)snprintf(text, sizeof(text), "%s: %s", name, message);
    put_text(self->out, peer);
    (void)fprintf(self->out, ",%s,,,", culprit != NULL ? culprit : "");
    put_text(self->out, text);
    (void)fputs("\r\n", self->out);
}

/* The OID of this line is where the walk goes on. */
static void put_end(struct zsnmp_cli_output *self, const char *peer, const zsnmpc_reply_t *reply)
{
    char stop[ZSNMP_CLI_WORD_MAX];
    char text[ZSNMP_CLI_WORD_MAX + 20];
    zsnmp_cli_output_clean(stop, sizeof(stop), zsnmpc_reply_stop(reply));
    (void)snprintf(text, sizeof(text), "incomplete: %s", stop);
    put_text(self->out, peer);
    (void)fputc(',', self->out);
    zsnmp_cli_output_next(self, self->out, reply, "");
    (void)fputs(",,,", self->out);
    put_text(self->out, text);
    (void)fputs("\r\n", self->out);
}

void zsnmp_cli_csv_reply(struct zsnmp_cli_output *self, const char *peer,
                         const zsnmpc_reply_t *reply)
{
    zsnmpc_varbind_t vb;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        bool hex = vb.type == ZSNMPC_OCTET_STRING && zsnmp_cli_is_binary(&vb);
        put_text(self->out, peer);
        (void)fprintf(self->out, ",%s,%s,", vb.oid, hex ? "Hex-STRING" : zsnmpc_type_name(vb.type));
        put_value(self->out, &vb);
        (void)fputs(",\r\n", self->out);
    }
    if (error != NULL) {
        put_error(self, peer, error);
    }
    if (zsnmp_cli_reply_cut(reply)) {
        put_end(self, peer, reply);
    }
}
