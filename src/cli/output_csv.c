/*
 * Output as CSV (RFC 4180): peer,oid,type,value,error, a line a varbind and one
 * more for what went wrong. Bytes that are no text come as hexadecimal, their
 * type as Hex-STRING.
 */
#include <arpa/inet.h>
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

static void put_bytes(FILE *out, const zsnmp_varbind_t *vb)
{
    const uint8_t *data = vb->value.bytes.data;
    char address[INET_ADDRSTRLEN] = "";
    if (zsnmp_cli_is_binary(vb)) {
        for (size_t i = 0; i < vb->value.bytes.len; i++) {
            (void)fprintf(out, "%02x", data[i]);
        }
    } else if (vb->type == ZSNMP_IP_ADDRESS) {
        (void)inet_ntop(AF_INET, data, address, sizeof(address));
        put_text(out, address);
    } else {
        put_field(out, data, vb->value.bytes.len);
    }
}

static void put_oid(FILE *out, const uint32_t *oid, size_t oid_len)
{
    char text[ZSNMP_OID_TEXT_MAX];
    size_t len = zsnmp_oid_format(oid, oid_len, text);
    (void)fwrite(text, 1, len, out);
}

static void put_value(FILE *out, const zsnmp_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMP_INTEGER:
    case ZSNMP_OPAQUE_INT64:
        (void)fprintf(out, "%" PRId64, vb->value.i);
        break;
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32:
    case ZSNMP_COUNTER64:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_UINT64:
        (void)fprintf(out, "%" PRIu64, vb->value.u);
        break;
    case ZSNMP_OPAQUE_FLOAT:
        (void)fprintf(out, "%.9g", vb->value.d);
        break;
    case ZSNMP_OPAQUE_DOUBLE:
        (void)fprintf(out, "%.17g", vb->value.d);
        break;
    case ZSNMP_OBJECT_ID:
        put_oid(out, vb->value.oid.subids, vb->value.oid.len);
        break;
    case ZSNMP_IP_ADDRESS:
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
        put_bytes(out, vb);
        break;
    default:
        break;
    }
}

static void put_error(struct zsnmp_cli_output *self, const char *peer,
                      const struct zsnmp_cli_reply *reply)
{
    char text[ZSNMP_CLI_WORD_MAX + ZSNMP_CLI_MESSAGE_MAX + 4];
    const char *culprit = zsnmp_cli_output_culprit(self, reply);
    (void)snprintf(text, sizeof(text), "%s: %s", reply->error.name, reply->error.message);
    put_text(self->out, peer);
    (void)fprintf(self->out, ",%s,,,", culprit != NULL ? culprit : "");
    put_text(self->out, text);
    (void)fputs("\r\n", self->out);
}

/* The OID of this line is where the walk goes on. */
static void put_end(struct zsnmp_cli_output *self, const char *peer,
                    const struct zsnmp_cli_reply *reply)
{
    char text[ZSNMP_CLI_WORD_MAX + 20];
    (void)snprintf(text, sizeof(text), "incomplete: %s", reply->stop);
    put_text(self->out, peer);
    (void)fputc(',', self->out);
    put_text(self->out, reply->next);
    (void)fputs(",,,", self->out);
    put_text(self->out, text);
    (void)fputs("\r\n", self->out);
}

void zsnmp_cli_csv_reply(struct zsnmp_cli_output *self, const char *peer,
                         const struct zsnmp_cli_reply *reply)
{
    struct zsnmp_cli_varbinds varbinds;
    zsnmp_varbind_t vb;
    zsnmp_cli_varbinds_first(&varbinds, reply);
    while (zsnmp_cli_varbinds_next(&varbinds, &vb)) {
        put_text(self->out, peer);
        (void)fputc(',', self->out);
        put_oid(self->out, vb.oid, vb.oid_len);
        (void)fprintf(self->out, ",%s,",
                      vb.type == ZSNMP_OCTET_STRING && zsnmp_cli_is_binary(&vb)
                          ? "Hex-STRING"
                          : zsnmp_cli_type_name(vb.type));
        put_value(self->out, &vb);
        (void)fputs(",\r\n", self->out);
    }
    if (reply->failed) {
        put_error(self, peer, reply);
    }
    if (reply->has_complete && !reply->complete) {
        put_end(self, peer, reply);
    }
}
