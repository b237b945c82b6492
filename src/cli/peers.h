/*
 * The devices of one run: those named on the command line, then those of the
 * files. Owns the strings it has read from files.
 */
#ifndef ZSNMP_CLI_PEERS_H
#define ZSNMP_CLI_PEERS_H

#include <stdio.h>

#include "options.h"

#define ZSNMP_CLI_PEERS_MAX 2000000u /* devices of one run */

struct zsnmp_cli_peers {
    struct zsnmp_cli_strings list;
    size_t borrowed; /* the first ones are the options' */
};

/* Collects all; false: *why (size bytes) says what is wrong with which file and line. */
bool zsnmp_cli_peers_load(struct zsnmp_cli_peers *self, const struct zsnmp_cli_options *options,
                          char *why, size_t size);

/* Appends the peers of an open file: one a line, blanks and # comments ignored. */
bool zsnmp_cli_peers_read(struct zsnmp_cli_peers *self, FILE *file, const char *name, char *why,
                          size_t size);

void zsnmp_cli_peers_clear(struct zsnmp_cli_peers *self);

#endif
