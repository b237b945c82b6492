/*
 * ping, info and devices: one question to the broker itself, its answer as a
 * table for people or as it is in JSON.
 */
#ifndef ZSNMP_CLI_ADMIN_H
#define ZSNMP_CLI_ADMIN_H

#include <stdint.h>
#include <stdio.h>

#include "options.h"
#include "zsnmpc.h"

/*
 * Asks, prints to out and complaints to err, and destroys the client; returns the status that the
 * process ends with.
 */
int zsnmp_cli_admin_run(const struct zsnmp_cli_options *options, zsnmpc_t *client, FILE *out,
                        FILE *err);

/* Prints a reply (one whole map that was checked) to the command that options say. */
void zsnmp_cli_admin_print(const struct zsnmp_cli_options *options, const uint8_t *data, size_t len,
                           int64_t round_trip_us, FILE *out);

#endif
