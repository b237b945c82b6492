/*
 * The texts of --help, made from the option table.
 */
#ifndef ZSNMP_CLI_HELP_H
#define ZSNMP_CLI_HELP_H

#include <stdio.h>

#include "options.h"

/* Help for a command, or for the program where command is ZSNMP_CLI_NONE. */
void zsnmp_cli_help_print(FILE *out, enum zsnmp_cli_command command);

#endif
