/*
 * Output as net-snmp's tools give it with numeric OIDs. Values on standard
 * output, everything that went wrong on standard error.
 */
#include "output.h"

static void put_varbind(struct zsnmp_cli_output *self, const char *peer, const zsnmpc_varbind_t *vb)
{
    if (self->several) {
        (void)fprintf(self->out, "%s: ", peer);
    }
    (void)fprintf(self->out, ".%s = %s\n", vb->oid, zsnmp_cli_output_value(self, vb));
}

/* What may have been carried out matters where something was to be written. */
static void put_error(struct zsnmp_cli_output *self, const char *peer, const zsnmpc_error_t *error)
{
    char name[ZSNMP_CLI_WORD_MAX];
    char message[ZSNMP_CLI_MESSAGE_MAX];
    const char *culprit = zsnmp_cli_output_culprit(self, error);
    bool doubt = self->options->command == ZSNMP_CLI_SET && error->sent == ZSNMPC_SENT_MAYBE;
    zsnmp_cli_output_clean(name, sizeof(name), error->name);
    zsnmp_cli_output_clean(message, sizeof(message), error->message);
    (void)fprintf(self->err, "%s: %s: %s%s%s%s\n", peer, name, message,
                  culprit != NULL ? ": ." : "", culprit != NULL ? culprit : "",
                  doubt ? " (the setting may have been carried out)" : "");
}

static void put_end(struct zsnmp_cli_output *self, const char *peer, const zsnmpc_reply_t *reply)
{
    char stop[ZSNMP_CLI_WORD_MAX];
    zsnmp_cli_output_clean(stop, sizeof(stop), zsnmpc_reply_stop(reply));
    (void)fprintf(self->err, "%s: the walk is not complete: %s", peer,
                  stop[0] != '\0' ? stop : "unknown reason");
    if (zsnmp_cli_output_nexts(self, reply) > 0) {
        (void)fputs("; it goes on at ", self->err);
        zsnmp_cli_output_next(self, self->err, reply, ".");
    }
    (void)fputc('\n', self->err);
}

void zsnmp_cli_text_reply(struct zsnmp_cli_output *self, const char *peer,
                          const zsnmpc_reply_t *reply)
{
    zsnmpc_varbind_t vb;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        put_varbind(self, peer, &vb);
    }
    if (error != NULL) {
        put_error(self, peer, error);
    }
    if (zsnmp_cli_reply_cut(reply)) {
        put_end(self, peer, reply);
    }
}
