/*
 * What must hold between options and operands, and the defaults that depend on
 * them. A mistake is found here rather than by the broker, so that it costs no
 * round trip and is named in the words of the command line.
 */
#ifndef ZSNMP_CLI_OPTIONS_CHECK_H
#define ZSNMP_CLI_OPTIONS_CHECK_H

#include "options.h"

/* Reads the environment, completes self; false: self->error says why. */
bool zsnmp_cli_options_check(struct zsnmp_cli_options *self);

bool zsnmp_cli_oid_valid(const char *text);

/* One of snmpset's letters. */
bool zsnmp_cli_type_valid(const char *text);

#endif
