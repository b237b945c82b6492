/*
 * Output as net-snmp's tools give it with numeric OIDs. Values on standard
 * output, everything that went wrong on standard error.
 */
#include "output.h"

#include <string.h>

static void put_varbind(struct zsnmp_cli_output *self, const char *peer, const zsnmp_varbind_t *vb)
{
    char oid[ZSNMP_OID_TEXT_MAX];
    size_t len = zsnmp_oid_format(vb->oid, vb->oid_len, oid);
    if (self->several) {
        (void)fprintf(self->out, "%s: ", peer);
    }
    (void)fprintf(self->out, ".%.*s = %s\n", (int)len, oid, zsnmp_cli_output_value(self, vb));
}

/* What may have been carried out matters where something was to be written. */
static void put_error(struct zsnmp_cli_output *self, const char *peer,
                      const struct zsnmp_cli_reply *reply)
{
    const char *culprit = zsnmp_cli_output_culprit(self, reply);
    bool doubt = self->options->command == ZSNMP_CLI_SET && strcmp(reply->error.sent, "maybe") == 0;
    (void)fprintf(self->err, "%s: %s: %s%s%s%s\n", peer, reply->error.name, reply->error.message,
                  culprit != NULL ? ": ." : "", culprit != NULL ? culprit : "",
                  doubt ? " (the setting may have been carried out)" : "");
}

static void put_end(struct zsnmp_cli_output *self, const char *peer,
                    const struct zsnmp_cli_reply *reply)
{
    (void)fprintf(self->err, "%s: the walk is not complete: %s", peer,
                  reply->stop[0] != '\0' ? reply->stop : "unknown reason");
    if (reply->next[0] != '\0') {
        (void)fprintf(self->err, "; it goes on at .%s",
                      reply->next[0] == '.' ? reply->next + 1 : reply->next);
    }
    (void)fputc('\n', self->err);
}

void zsnmp_cli_text_reply(struct zsnmp_cli_output *self, const char *peer,
                          const struct zsnmp_cli_reply *reply)
{
    struct zsnmp_cli_varbinds varbinds;
    zsnmp_varbind_t vb;
    zsnmp_cli_varbinds_first(&varbinds, reply);
    while (zsnmp_cli_varbinds_next(&varbinds, &vb)) {
        put_varbind(self, peer, &vb);
    }
    if (reply->failed) {
        put_error(self, peer, reply);
    }
    if (reply->has_complete && !reply->complete) {
        put_end(self, peer, reply);
    }
}
