/*
 * Requests made from the options. What was not given on the command line is not
 * sent either, so that the broker's defaults hold. Knows no connection.
 */
#ifndef ZSNMP_CLI_REQUEST_H
#define ZSNMP_CLI_REQUEST_H

#include "options.h"
#include "zsnmpc.h"

/* The request of self->command, for any peer: that is put in for each. NULL: no memory. */
zsnmpc_request_t *zsnmp_cli_request_new(const struct zsnmp_cli_options *options);

/* A GET of the OIDs that a walk found nothing under: they may name instances themselves. */
zsnmpc_request_t *zsnmp_cli_request_new_get(const struct zsnmp_cli_options *options);

#endif
