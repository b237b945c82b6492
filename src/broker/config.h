/*
 * The broker's configuration: one table of keys serves the file, the command
 * line and --check. Everything is checked when it is set, and a refusal names
 * the key. Knows nothing of files; see config_file.h.
 */
#ifndef ZSNMP_BROKER_CONFIG_H
#define ZSNMP_BROKER_CONFIG_H

#include "log.h"
#include "zsnmp.h"

#include <stdio.h>

#define ZSNMP_CONFIG_BINDS_MAX 32u
#define ZSNMP_CONFIG_TEXT_MAX 1024u  /* bytes of one value */
#define ZSNMP_CONFIG_FAULT_MAX 2048u /* bytes of the text that says what is wrong */
#define ZSNMP_CONFIG_BIND_DEFAULT "tcp://127.0.0.1:7161"

struct zsnmp_config {
    const char *binds[ZSNMP_CONFIG_BINDS_MAX + 1]; /* NULL-terminated; owned */
    size_t bind_count;
    char *dns_servers; /* owned; pool.dns_servers points to it */
    zsnmp_pool_options_t pool;
    zsnmp_server_options_t server;
    uint32_t grace_ms;
    uint32_t linger_ms;
    uint32_t ipc_mode;
    uint32_t log_level; /* enum zsnmp_log_level */
};

/* What is wrong, for people. */
struct zsnmp_fault {
    char text[ZSNMP_CONFIG_FAULT_MAX];
};

void zsnmp_config_init(struct zsnmp_config *self);
void zsnmp_config_clear(struct zsnmp_config *self);

bool zsnmp_config_has_section(const char *section);

/* Sets one key from text; binds add up. false: refused, with the reason in fault. */
bool zsnmp_config_set(struct zsnmp_config *self, const char *section, const char *name,
                      const char *text, struct zsnmp_fault *fault);

/* Forgets the endpoints so far: those of the command line replace those of the file. */
void zsnmp_config_clear_binds(struct zsnmp_config *self);

/* The last look: defaults that need one, and what two keys say together. */
bool zsnmp_config_finish(struct zsnmp_config *self, struct zsnmp_fault *fault);

/* Prints all keys, in the form of the file. */
void zsnmp_config_print(const struct zsnmp_config *self, FILE *to);

__attribute__((format(printf, 2, 3))) bool zsnmp_fault_set(struct zsnmp_fault *self,
                                                           const char *format, ...);

#endif
