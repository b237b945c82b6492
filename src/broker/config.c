/* The table of keys and what can be done with it; see config.h. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1024u * 1024u)
#define GIB (1024u * MIB)

enum kind { COUNT, MILLISECONDS, BYTES, MODE, LEVEL, TEXT, ENDPOINT };

struct key {
    const char *section;
    const char *name;
    enum kind kind;
    size_t offset; /* of a uint32_t in the configuration; 0 for texts */
    uint32_t min;
    uint32_t max;
};

#define AT(member) offsetof(struct zsnmp_config, member)
#define SERVER(name, kind, min, max)                                                               \
    {                                                                                              \
        "server", #name, kind, AT(server.name), min, max                                           \
    }
#define POOL(name, kind, min, max)                                                                 \
    {                                                                                              \
        "pool", #name, kind, AT(pool.name), min, max                                               \
    }

static const struct key keys[] = {
    {"server", "bind", ENDPOINT, 0, 0, 0},
    SERVER(body_max, BYTES, 1024, GIB),
    SERVER(message_max, BYTES, 1024, GIB),
    SERVER(batch_max, COUNT, 1, 1000000),
    SERVER(client_window, COUNT, 1, 10000000),
    SERVER(client_backlog, BYTES, 1024, GIB),
    SERVER(backlog_total, BYTES, 1024, UINT32_MAX),
    SERVER(hwm, COUNT, 1, 1000000),
    SERVER(handshake_ms, MILLISECONDS, 10, 3600000),
    SERVER(io_threads, COUNT, 1, 16),
    {"server", "grace_ms", MILLISECONDS, AT(grace_ms), 0, 3600000},
    {"server", "linger_ms", MILLISECONDS, AT(linger_ms), 0, 3600000},
    {"server", "ipc_mode", MODE, AT(ipc_mode), 0, 0777},
    POOL(workers, COUNT, 0, 64),
    POOL(sockets, COUNT, 1, 32),
    POOL(rcvbuf, BYTES, 4096, GIB - 1),
    POOL(window, COUNT, 0, 10000000),
    POOL(queue_max, COUNT, 1, 100000000),
    POOL(device_window, COUNT, 1, 10000),
    POOL(device_queue_max, COUNT, 1, 10000000),
    POOL(device_interval_ms, MILLISECONDS, 0, 3600000),
    POOL(merge_ms, MILLISECONDS, 0, 3600000),
    POOL(combine_max, COUNT, 0, 1000),
    POOL(timeout_min_ms, MILLISECONDS, 1, 600000),
    POOL(timeout_max_ms, MILLISECONDS, 1, 600000),
    POOL(breaker_failures, COUNT, 0, 1000000),
    POOL(breaker_min_ms, MILLISECONDS, 1, 86400000),
    POOL(breaker_max_ms, MILLISECONDS, 1, 86400000),
    POOL(devices_max, COUNT, 1, 100000000),
    POOL(device_idle_ms, MILLISECONDS, 1000, 86400000),
    POOL(walk_repetitions, COUNT, 1, 10000),
    POOL(reply_max, BYTES, 65536, GIB),
    POOL(memory_max, BYTES, 0, UINT32_MAX),
    {"pool", "dns_servers", TEXT, 0, 0, 0},
    POOL(dns_timeout_ms, MILLISECONDS, 10, 600000),
    {"log", "level", LEVEL, AT(log_level), 0, 0},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

bool zsnmp_fault_set(struct zsnmp_fault *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(self->text, sizeof self->text, format, args);
    va_end(args);
    return false;
}

void zsnmp_config_init(struct zsnmp_config *self)
{
    *self = (struct zsnmp_config){
        .grace_ms = 5000, .linger_ms = 1000, .ipc_mode = 0660, .log_level = ZSNMP_LOG_NOTICE};
    zsnmp_pool_options_init(&self->pool);
    zsnmp_server_options_init(&self->server);
}

void zsnmp_config_clear_binds(struct zsnmp_config *self)
{
    for (size_t i = 0; i < self->bind_count; i++) {
        free((void *)(uintptr_t)self->binds[i]);
        self->binds[i] = NULL;
    }
    self->bind_count = 0;
}

void zsnmp_config_clear(struct zsnmp_config *self)
{
    zsnmp_config_clear_binds(self);
    free(self->dns_servers);
    self->dns_servers = NULL;
}

bool zsnmp_config_has_section(const char *section)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) == 0) {
            return true;
        }
    }
    return false;
}

static const struct key *find(const char *section, const char *name)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0) {
            return &keys[i];
        }
    }
    return NULL;
}

/* ---- values ---- */

static uint64_t unit(const char *text)
{
    static const struct {
        const char *suffix;
        uint64_t factor;
    } units[] = {{"", 1}, {"K", 1024}, {"M", MIB}, {"G", GIB}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text, units[i].suffix) == 0) {
            return units[i].factor;
        }
    }
    return 0;
}

/* A plain number; sizes may end in K, M or G; modes are octal. */
static bool read_number(const struct key *key, const char *text, uint64_t *number)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end;
    errno = 0;
    *number = strtoull(text, &end, key->kind == MODE ? 8 : 10);
    uint64_t factor = key->kind == BYTES || *end == '\0' ? unit(end) : 0;
    if (errno != 0 || factor == 0 || *number > UINT64_MAX / factor) {
        return false;
    }
    *number *= factor;
    return true;
}

static bool refuse_number(const struct key *key, const char *text, struct zsnmp_fault *fault)
{
    const char *format = "%s/%s: \"%.64s\" is not a number of %u to %u";
    if (key->kind == MILLISECONDS) {
        format = "%s/%s: \"%.64s\" is not a time of %u to %u ms";
    } else if (key->kind == BYTES) {
        format = "%s/%s: \"%.64s\" is not a size of %u to %u bytes (K, M, G may follow)";
    } else if (key->kind == MODE) {
        format = "%s/%s: \"%.64s\" is not a file mode of %o to %o (octal)";
    }
    char line[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, key->section, key->name, text, key->min, key->max);
#pragma GCC diagnostic pop
    return zsnmp_fault_set(fault, "%s", line);
}

static uint32_t *slot(struct zsnmp_config *self, const struct key *key)
{
    return (uint32_t *)(void *)((char *)self + key->offset);
}

static bool set_number(struct zsnmp_config *self, const struct key *key, const char *text,
                       struct zsnmp_fault *fault)
{
    uint64_t number;
    if (!read_number(key, text, &number) || number < key->min || number > key->max) {
        return refuse_number(key, text, fault);
    }
    *slot(self, key) = (uint32_t)number;
    return true;
}

static bool set_level(struct zsnmp_config *self, const struct key *key, const char *text,
                      struct zsnmp_fault *fault)
{
    enum zsnmp_log_level level;
    if (!zsnmp_log_level_parse(text, &level)) {
        return zsnmp_fault_set(fault,
                               "%s/%s: \"%.64s\" is none of error, warning, notice, info, "
                               "debug",
                               key->section, key->name, text);
    }
    self->log_level = level;
    return true;
}

static bool add_bind(struct zsnmp_config *self, const char *text, struct zsnmp_fault *fault)
{
    if (strncmp(text, "tcp://", 6) != 0 && strncmp(text, "ipc://", 6) != 0) {
        return zsnmp_fault_set(
            fault, "server/bind: \"%.256s\" starts with neither tcp:// nor ipc://", text);
    }
    if (self->bind_count == ZSNMP_CONFIG_BINDS_MAX) {
        return zsnmp_fault_set(fault, "server/bind: more than %u endpoints",
                               ZSNMP_CONFIG_BINDS_MAX);
    }
    char *copy = strdup(text);
    if (copy == NULL) {
        return zsnmp_fault_set(fault, "server/bind: out of memory");
    }
    self->binds[self->bind_count++] = copy;
    return true;
}

static bool set_dns(struct zsnmp_config *self, const char *text, struct zsnmp_fault *fault)
{
    char *copy = strdup(text);
    if (copy == NULL) {
        return zsnmp_fault_set(fault, "pool/dns_servers: out of memory");
    }
    free(self->dns_servers);
    self->dns_servers = copy;
    self->pool.dns_servers = copy[0] != '\0' ? copy : NULL;
    return true;
}

bool zsnmp_config_set(struct zsnmp_config *self, const char *section, const char *name,
                      const char *text, struct zsnmp_fault *fault)
{
    const struct key *key = find(section, name);
    if (key == NULL) {
        return zsnmp_fault_set(fault, "%.64s/%.64s: unknown key", section, name);
    }
    if (strlen(text) > ZSNMP_CONFIG_TEXT_MAX) {
        return zsnmp_fault_set(fault, "%s/%s: longer than %u bytes", section, name,
                               ZSNMP_CONFIG_TEXT_MAX);
    }
    switch (key->kind) {
    case ENDPOINT:
        return add_bind(self, text, fault);
    case TEXT:
        return set_dns(self, text, fault);
    case LEVEL:
        return set_level(self, key, text, fault);
    case COUNT:
    case MILLISECONDS:
    case BYTES:
    case MODE:
    default:
        return set_number(self, key, text, fault);
    }
}

bool zsnmp_config_finish(struct zsnmp_config *self, struct zsnmp_fault *fault)
{
    if (self->bind_count == 0 && !add_bind(self, ZSNMP_CONFIG_BIND_DEFAULT, fault)) {
        return false;
    }
    if (self->server.message_max < self->server.body_max) {
        return zsnmp_fault_set(fault, "server/message_max: %u is less than server/body_max, %u",
                               self->server.message_max, self->server.body_max);
    }
    if (self->pool.timeout_min_ms > self->pool.timeout_max_ms) {
        return zsnmp_fault_set(fault,
                               "pool/timeout_min_ms: %u is more than pool/timeout_max_ms, %u",
                               self->pool.timeout_min_ms, self->pool.timeout_max_ms);
    }
    if (self->pool.breaker_min_ms > self->pool.breaker_max_ms) {
        return zsnmp_fault_set(fault,
                               "pool/breaker_min_ms: %u is more than pool/breaker_max_ms, %u",
                               self->pool.breaker_min_ms, self->pool.breaker_max_ms);
    }
    if (self->server.backlog_total < self->server.client_backlog) {
        return zsnmp_fault_set(fault,
                               "server/backlog_total: %u is less than server/client_backlog, %u",
                               self->server.backlog_total, self->server.client_backlog);
    }
    return true;
}

/* ---- printing ---- */

static void print_key(const struct zsnmp_config *self, const struct key *key, FILE *to)
{
    uint32_t value = key->offset == 0 ? 0 : *slot((struct zsnmp_config *)(uintptr_t)self, key);
    switch (key->kind) {
    case ENDPOINT:
        for (size_t i = 0; i < self->bind_count; i++) {
            fprintf(to, "    %s = \"%s\"\n", key->name, self->binds[i]);
        }
        break;
    case TEXT:
        if (self->dns_servers != NULL) {
            fprintf(to, "    %s = \"%s\"\n", key->name, self->dns_servers);
        }
        break;
    case LEVEL:
        fprintf(to, "    %s = %s\n", key->name, zsnmp_log_level_name(self->log_level));
        break;
    case MODE:
        fprintf(to, "    %s = %04o\n", key->name, value);
        break;
    case COUNT:
    case MILLISECONDS:
    case BYTES:
    default:
        fprintf(to, "    %s = %u\n", key->name, value);
        break;
    }
}

void zsnmp_config_print(const struct zsnmp_config *self, FILE *to)
{
    const char *section = "";
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(section, keys[i].section) != 0) {
            section = keys[i].section;
            fprintf(to, "%s\n", section);
        }
        print_key(self, &keys[i], to);
    }
}
