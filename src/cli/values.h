/*
 * Small readers of what people type: whole numbers, seconds, peers.
 * Pure; anything that is not wholly understood is refused.
 */
#ifndef ZSNMP_CLI_VALUES_H
#define ZSNMP_CLI_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal number of min to max, digits only. */
bool zsnmp_cli_uint_parse(const char *text, uint32_t min, uint32_t max, uint32_t *value);

/* "1", "0.25", ".5": seconds into milliseconds, rounded up, so that only 0 is 0. */
bool zsnmp_cli_seconds_parse(const char *text, uint32_t min_ms, uint32_t max_ms, uint32_t *ms);

/* A peer can be sent to the broker: 1 to ZSNMP_PEER_MAX printable characters without blanks. */
bool zsnmp_cli_peer_valid(const char *text);

#endif
