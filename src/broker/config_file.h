/* The configuration file, in ZPL (ZeroMQ RFC 4). */
#ifndef ZSNMP_BROKER_CONFIG_FILE_H
#define ZSNMP_BROKER_CONFIG_FILE_H

#include "config.h"

#define ZSNMP_CONFIG_FILE_MAX (1024u * 1024) /* bytes */

/*
 * Sets what the file says. false: it cannot be read or something in it is
 * refused; fault then names file and line or key. Not safe beside other
 * threads that print: it catches what the ZPL parser writes to stdout.
 */
bool zsnmp_config_load(struct zsnmp_config *self, const char *path, struct zsnmp_fault *fault);

#endif
