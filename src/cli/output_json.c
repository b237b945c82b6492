/*
 * Output as JSON, one object a device and line:
 * {"peer":…,"ok":…,"error":…,"varbinds":[{"oid":…,"type":…,"value":…},…]}.
 * Values are as exact as the device sent them.
 */
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "output.h"

#define FLOAT_DIGITS 9 /* significant ones that bring back the same float, and double */
#define DOUBLE_DIGITS 17

static void put_bytes(FILE *out, const zsnmpc_varbind_t *vb)
{
    const uint8_t *data = vb->value.bytes.data;
    if (zsnmp_cli_is_binary(vb)) {
        zsnmp_cli_json_hex(out, data, vb->value.bytes.len);
        (void)fputs(",\"encoding\":\"hex\"", out);
    } else {
        zsnmp_cli_json_string(out, data, vb->value.bytes.len);
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
        zsnmp_cli_json_real(out, vb->value.d, FLOAT_DIGITS);
        break;
    case ZSNMPC_OPAQUE_DOUBLE:
        zsnmp_cli_json_real(out, vb->value.d, DOUBLE_DIGITS);
        break;
    case ZSNMPC_OBJECT_ID:
        zsnmp_cli_json_text(out, vb->text);
        break;
    case ZSNMPC_IP_ADDRESS:
        if (vb->text[0] != '\0') {
            zsnmp_cli_json_text(out, vb->text);
            break;
        } /* fall through */
    case ZSNMPC_OCTET_STRING:
    case ZSNMPC_OPAQUE:
    case ZSNMPC_NSAP:
        put_bytes(out, vb);
        break;
    default:
        (void)fputs("null", out);
        break;
    }
}

static void put_varbinds(FILE *out, const zsnmpc_reply_t *reply)
{
    zsnmpc_varbind_t vb;
    (void)fputs(",\"varbinds\":[", out);
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        (void)fprintf(out, "%s{\"oid\":\"%s\",\"type\":\"%s\",\"value\":", i > 0 ? "," : "", vb.oid,
                      zsnmpc_type_name(vb.type));
        put_value(out, &vb);
        (void)fputc('}', out);
    }
    (void)fputc(']', out);
}

static void put_error(FILE *out, const zsnmpc_error_t *error, const char *culprit)
{
    static const char *const sent[] = {"no", "maybe", "yes"};
    (void)fprintf(out, "{\"code\":%" PRIu32 ",\"name\":", error->code);
    zsnmp_cli_json_text(out, error->name);
    (void)fputs(",\"message\":", out);
    zsnmp_cli_json_text(out, error->message);
    (void)fprintf(out, ",\"index\":%" PRIu32, error->index);
    if (culprit != NULL) {
        (void)fputs(",\"oid\":", out);
        zsnmp_cli_json_text(out, culprit);
    }
    (void)fprintf(out, ",\"retryable\":%s,\"sent\":\"%s\"}", error->retryable ? "true" : "false",
                  sent[error->sent]);
}

static void put_text_or_null(FILE *out, const char *text)
{
    if (text != NULL) {
        zsnmp_cli_json_text(out, text);
    } else {
        (void)fputs("null", out);
    }
}

/* With several roots an array of what each of them goes on behind. */
static void put_next(const struct zsnmp_cli_output *self, const zsnmpc_reply_t *reply)
{
    size_t count = zsnmp_cli_output_nexts(self, reply);
    (void)fputs(",\"next\":", self->out);
    if (count <= 1) {
        put_text_or_null(self->out, zsnmpc_reply_next(reply, 0));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        (void)fputc(i > 0 ? ',' : '[', self->out);
        put_text_or_null(self->out, zsnmpc_reply_next(reply, i));
    }
    (void)fputc(']', self->out);
}

static void put_end(const struct zsnmp_cli_output *self, const zsnmpc_reply_t *reply)
{
    const char *stop = zsnmpc_reply_stop(reply);
    (void)fprintf(self->out,
                  ",\"complete\":%s,\"stop\":", zsnmpc_reply_complete(reply) ? "true" : "false");
    zsnmp_cli_json_text(self->out, stop != NULL ? stop : "");
    put_next(self, reply);
}

static void put_quirks(FILE *out, const zsnmpc_reply_t *reply)
{
    const char *quirk = zsnmpc_reply_quirk(reply, 0);
    if (quirk == NULL) {
        return;
    }
    (void)fputs(",\"quirks\":[", out);
    for (size_t i = 1; quirk != NULL; i++) {
        zsnmp_cli_json_text(out, quirk);
        quirk = zsnmpc_reply_quirk(reply, i);
        (void)fputs(quirk != NULL ? "," : "]", out);
    }
}

void zsnmp_cli_json_reply(struct zsnmp_cli_output *self, const char *peer,
                          const zsnmpc_reply_t *reply)
{
    FILE *out = self->out;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    (void)fputs("{\"peer\":", out);
    zsnmp_cli_json_text(out, peer);
    (void)fprintf(out, ",\"ok\":%s,\"error\":", zsnmp_cli_reply_good(reply) ? "true" : "false");
    if (error != NULL) {
        put_error(out, error, zsnmp_cli_output_culprit(self, error));
    } else {
        (void)fputs("null", out);
    }
    if (zsnmpc_reply_more(reply)) {
        (void)fputs(",\"more\":true", out);
    }
    if (zsnmpc_reply_get(reply, "complete") != NULL) {
        put_end(self, reply);
    }
    put_quirks(out, reply);
    put_varbinds(out, reply);
    (void)fputs("}\n", out);
}
