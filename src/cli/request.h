/*
 * Requests in the broker's protocol, made from the options. Pure: writes into
 * buffers, knows no socket.
 */
#ifndef ZSNMP_CLI_REQUEST_H
#define ZSNMP_CLI_REQUEST_H

#include "base/buf.h"
#include "options.h"

/* The request of self->command to a peer; zsnmp_buf.failed tells whether it fitted. */
void zsnmp_cli_request_put(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                           uint64_t id, const char *peer);

/* The head of a body with several requests, which follow. */
void zsnmp_cli_request_put_batch(struct zsnmp_buf *out, uint32_t count);

/* A GET of the OID that a walk found nothing under: it may name an instance itself. */
void zsnmp_cli_request_put_get(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                               uint64_t id, const char *peer);

/* ping, info or devices, whichever op is. */
void zsnmp_cli_request_put_admin(struct zsnmp_buf *out, const struct zsnmp_cli_options *options,
                                 uint64_t id, enum zsnmp_cli_command op);

/* Cancels the request of id target. */
void zsnmp_cli_request_put_cancel(struct zsnmp_buf *out, uint64_t id, uint64_t target);

#endif
