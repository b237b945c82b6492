/*
 * Output as JSON, one object a device and line:
 * {"peer":…,"ok":…,"error":…,"varbinds":[{"oid":…,"type":…,"value":…},…]}.
 * Values are as exact as the device sent them.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "output.h"

#define FLOAT_DIGITS 9 /* significant ones that bring back the same float, and double */
#define DOUBLE_DIGITS 17

static void put_oid(FILE *out, const uint32_t *oid, size_t oid_len)
{
    char text[ZSNMP_OID_TEXT_MAX];
    size_t len = zsnmp_oid_format(oid, oid_len, text);
    (void)fprintf(out, "\"%.*s\"", (int)len, text);
}

static void put_bytes(FILE *out, const zsnmp_varbind_t *vb)
{
    const uint8_t *data = vb->value.bytes.data;
    char address[INET_ADDRSTRLEN] = "";
    if (zsnmp_cli_is_binary(vb)) {
        zsnmp_cli_json_hex(out, data, vb->value.bytes.len);
        (void)fputs(",\"encoding\":\"hex\"", out);
    } else if (vb->type == ZSNMP_IP_ADDRESS) {
        (void)inet_ntop(AF_INET, data, address, sizeof(address));
        zsnmp_cli_json_text(out, address);
    } else {
        zsnmp_cli_json_string(out, data, vb->value.bytes.len);
    }
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
        zsnmp_cli_json_real(out, vb->value.d, FLOAT_DIGITS);
        break;
    case ZSNMP_OPAQUE_DOUBLE:
        zsnmp_cli_json_real(out, vb->value.d, DOUBLE_DIGITS);
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
        (void)fputs("null", out);
        break;
    }
}

static void put_varbinds(FILE *out, const struct zsnmp_cli_reply *reply)
{
    struct zsnmp_cli_varbinds varbinds;
    zsnmp_varbind_t vb;
    const char *between = "";
    zsnmp_cli_varbinds_first(&varbinds, reply);
    (void)fputs(",\"varbinds\":[", out);
    while (zsnmp_cli_varbinds_next(&varbinds, &vb)) {
        (void)fprintf(out, "%s{\"oid\":", between);
        put_oid(out, vb.oid, vb.oid_len);
        (void)fprintf(out, ",\"type\":\"%s\",\"value\":", zsnmp_cli_type_name(vb.type));
        put_value(out, &vb);
        (void)fputc('}', out);
        between = ",";
    }
    (void)fputc(']', out);
}

static void put_error(FILE *out, const struct zsnmp_cli_error *error, const char *culprit)
{
    (void)fprintf(out, "{\"code\":%" PRIu64 ",\"name\":", error->code);
    zsnmp_cli_json_text(out, error->name);
    (void)fputs(",\"message\":", out);
    zsnmp_cli_json_text(out, error->message);
    (void)fprintf(out, ",\"index\":%" PRIu64, error->index);
    if (culprit != NULL) {
        (void)fputs(",\"oid\":", out);
        zsnmp_cli_json_text(out, culprit);
    }
    (void)fprintf(out, ",\"retryable\":%s,\"sent\":", error->retryable ? "true" : "false");
    zsnmp_cli_json_text(out, error->sent);
    (void)fputc('}', out);
}

static void put_end(FILE *out, const struct zsnmp_cli_reply *reply)
{
    (void)fprintf(out, ",\"complete\":%s,\"stop\":", reply->complete ? "true" : "false");
    zsnmp_cli_json_text(out, reply->stop);
    (void)fputs(",\"next\":", out);
    if (reply->next[0] != '\0') {
        zsnmp_cli_json_text(out, reply->next);
    } else {
        (void)fputs("null", out);
    }
}

void zsnmp_cli_json_reply(struct zsnmp_cli_output *self, const char *peer,
                          const struct zsnmp_cli_reply *reply)
{
    FILE *out = self->out;
    (void)fputs("{\"peer\":", out);
    zsnmp_cli_json_text(out, peer);
    (void)fprintf(out, ",\"ok\":%s,\"error\":", zsnmp_cli_reply_good(reply) ? "true" : "false");
    if (reply->failed) {
        put_error(out, &reply->error, zsnmp_cli_output_culprit(self, reply));
    } else {
        (void)fputs("null", out);
    }
    if (reply->has_complete) {
        put_end(out, reply);
    }
    put_varbinds(out, reply);
    (void)fputs("}\n", out);
}
