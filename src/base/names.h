/*
 * Names that people and clients give to things of SNMP: protocols, levels,
 * versions. Case and hyphens do not count: "SHA-256" is "sha256". Pure.
 */
#ifndef ZSNMP_BASE_NAMES_H
#define ZSNMP_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each: true and the number (zsnmp_auth_t and so on) through the pointer, or false: unknown. */
bool zsnmp_auth_parse(const char *name, size_t len, uint8_t *proto);
bool zsnmp_priv_parse(const char *name, size_t len, uint8_t *proto);
bool zsnmp_level_parse(const char *name, size_t len, uint8_t *level);
bool zsnmp_version_parse(const char *name, size_t len, uint8_t *version);

#endif
