/*
 * The keys of a message: a table of what each must be, and a message taken
 * apart into them. Shared by the parts of the decoder; nobody else includes it.
 */
#ifndef ZSNMP_WIRE_DECODE_KEYS_H
#define ZSNMP_WIRE_DECODE_KEYS_H

#include <stddef.h>

#include "base/names.h"
#include "mp.h"
#include "wire.h"

/* How the value of a key is read. */
enum zsnmp_key_rule {
    RULE_SPECIAL, /* by code of its own, before there is a request */
    RULE_LATER,   /* known, and refused: a feature that is not built yet */
    RULE_BOOLEAN,
    RULE_NUMBER,  /* uint32_t from min to max */
    RULE_STRING,  /* min to max bytes */
    RULE_BYTES,   /* min to max bytes, as bin or as hexadecimal text */
    RULE_NAMED,   /* uint8_t by a parser of names */
    RULE_VERSION, /* a name, or a number */
    RULE_FORM,    /* map or list */
    RULE_PRIORITY,
    RULE_OIDS,
    RULE_START, /* one OID */
    RULE_SETTINGS
};

typedef bool zsnmp_key_parse_fn(const char *name, size_t len, uint8_t *number);

struct zsnmp_key {
    const char *name;
    const char *fault; /* what to say where the value is not what it must be */
    zsnmp_key_parse_fn *parse;
    uint32_t min;
    uint32_t max;
    uint16_t offset; /* in struct zsnmp_request */
    uint8_t len;     /* of the name */
    uint8_t rule;
};

#define ZSNMP_AT(member) offsetof(struct zsnmp_request, member)

/* X(name, rule, offset, min, max, parser, fault), sorted by the length of the name. */
#define ZSNMP_KEYS(X)                                                                              \
    X(id, RULE_SPECIAL, 0, 0, 0, NULL,                                                             \
      "id: neither an unsigned number nor a string of up to 64 bytes")                             \
    X(op, RULE_SPECIAL, 0, 0, 0, NULL, "op: not a string")                                         \
    X(set, RULE_SETTINGS, 0, 0, 0, NULL, "set: not an array of [oid, type, value]")                \
    X(bulk, RULE_BOOLEAN, ZSNMP_AT(walk_bulk), 0, 0, NULL, "bulk: not a boolean")                  \
    X(form, RULE_FORM, 0, 0, 0, NULL, "form: neither map nor list")                                \
    X(must, RULE_SPECIAL, 0, 0, 0, NULL, "must: not an array of strings")                          \
    X(oids, RULE_OIDS, 0, 0, 0, NULL, "oids: not an array of OIDs, or empty")                      \
    X(peer, RULE_STRING, ZSNMP_AT(peer), 1, ZSNMP_PEER_MAX, NULL,                                  \
      "peer: not a string of 1 to 280 bytes")                                                      \
    X(sort, RULE_SPECIAL, 0, 0, 0, NULL, "sort: unknown order")                                    \
    X(user, RULE_STRING, ZSNMP_AT(creds.user), 1, ZSNMP_USER_MAX, NULL,                            \
      "user: not a string of 1 to 32 bytes")                                                       \
    X(level, RULE_NAMED, ZSNMP_AT(creds.level), 0, 0, zsnmp_level_parse, "level: unknown")         \
    X(limit, RULE_NUMBER, ZSNMP_AT(limit), 0, UINT32_MAX, NULL,                                    \
      "limit: not an unsigned number in range")                                                    \
    X(start, RULE_START, 0, 0, 0, NULL, "start: not an object identifier")                         \
    X(stream, RULE_NUMBER, ZSNMP_AT(stream), 0, UINT32_MAX, NULL,                                  \
      "stream: not an unsigned number in range")                                                   \
    X(target, RULE_SPECIAL, 0, 0, 0, NULL, "target: not the id of a request")                      \
    X(timing, RULE_BOOLEAN, ZSNMP_AT(timing), 0, 0, NULL, "timing: not a boolean")                 \
    X(context, RULE_STRING, ZSNMP_AT(context), 0, ZSNMP_CONTEXT_MAX, NULL,                         \
      "context: not a string of up to 255 bytes")                                                  \
    X(profile, RULE_LATER, 0, 0, 0, NULL, "profile: not supported yet")                            \
    X(retries, RULE_NUMBER, ZSNMP_AT(retries), 0, ZSNMP_RETRIES_MAX, NULL,                         \
      "retries: not an unsigned number up to 100")                                                 \
    X(version, RULE_VERSION, ZSNMP_AT(creds.version), 0, 0, zsnmp_version_parse,                   \
      "version: neither 1, 2c nor 3")                                                              \
    X(priority, RULE_PRIORITY, 0, 0, 0, NULL, "priority: not an unsigned number from 0 to 7")      \
    X(auth_key, RULE_BYTES, ZSNMP_AT(creds.auth_key), ZSNMP_KEY_MIN, ZSNMP_KEY_MAX, NULL,          \
      "auth_key: neither 16 to 64 bytes nor hexadecimal")                                          \
    X(priv_key, RULE_BYTES, ZSNMP_AT(creds.priv_key), ZSNMP_KEY_MIN, ZSNMP_KEY_MAX, NULL,          \
      "priv_key: neither 16 to 64 bytes nor hexadecimal")                                          \
    X(auth_pass, RULE_STRING, ZSNMP_AT(creds.auth_pass), ZSNMP_PASS_MIN, ZSNMP_PASS_MAX, NULL,     \
      "auth_pass: not a string of 8 to 255 bytes")                                                 \
    X(community, RULE_STRING, ZSNMP_AT(creds.community), 0, ZSNMP_COMMUNITY_MAX, NULL,             \
      "community: not a string of up to 255 bytes")                                                \
    X(engine_id, RULE_BYTES, ZSNMP_AT(creds.engine_id), ZSNMP_ENGINE_ID_MIN, ZSNMP_ENGINE_ID_MAX,  \
      NULL, "engine_id: neither 5 to 32 bytes nor hexadecimal")                                    \
    X(priv_pass, RULE_STRING, ZSNMP_AT(creds.priv_pass), ZSNMP_PASS_MIN, ZSNMP_PASS_MAX, NULL,     \
      "priv_pass: not a string of 8 to 255 bytes")                                                 \
    X(auth_proto, RULE_NAMED, ZSNMP_AT(creds.auth_proto), 0, 0, zsnmp_auth_parse,                  \
      "auth_proto: unknown")                                                                       \
    X(exceptions, RULE_BOOLEAN, ZSNMP_AT(exceptions), 0, 0, NULL, "exceptions: not a boolean")     \
    X(priv_proto, RULE_NAMED, ZSNMP_AT(creds.priv_proto), 0, 0, zsnmp_priv_parse,                  \
      "priv_proto: unknown")                                                                       \
    X(timeout_ms, RULE_NUMBER, ZSNMP_AT(timeout_ms), 1, ZSNMP_TIMEOUT_MS_MAX, NULL,                \
      "timeout_ms: not an unsigned number from 1 to 600000")                                       \
    X(deadline_ms, RULE_NUMBER, ZSNMP_AT(deadline_ms), 0, ZSNMP_DEADLINE_MS_MAX, NULL,             \
      "deadline_ms: not an unsigned number up to 86400000")                                        \
    X(device_window, RULE_NUMBER, ZSNMP_AT(device_window), 0, UINT32_MAX, NULL,                    \
      "device_window: not an unsigned number in range")                                            \
    X(non_repeaters, RULE_NUMBER, ZSNMP_AT(non_repeaters), 0, ZSNMP_REPETITIONS_MAX, NULL,         \
      "non_repeaters: not an unsigned number up to 65535")                                         \
    X(max_repetitions, RULE_NUMBER, ZSNMP_AT(max_repetitions), 0, ZSNMP_REPETITIONS_MAX, NULL,     \
      "max_repetitions: not an unsigned number up to 65535")                                       \
    X(device_queue_max, RULE_NUMBER, ZSNMP_AT(device_queue_max), 0, UINT32_MAX, NULL,              \
      "device_queue_max: not an unsigned number in range")                                         \
    X(context_engine_id, RULE_BYTES, ZSNMP_AT(context_engine_id), ZSNMP_ENGINE_ID_MIN,             \
      ZSNMP_ENGINE_ID_MAX, NULL, "context_engine_id: neither 5 to 32 bytes nor hexadecimal")       \
    X(device_interval_ms, RULE_NUMBER, ZSNMP_AT(device_interval_ms), 0, ZSNMP_INTERVAL_MS_MAX,     \
      NULL, "device_interval_ms: not an unsigned number up to 10000")

enum {
#define KEY_ENUM(name, rule, offset, min, max, parse, fault) ZSNMP_KEY_##name,
    ZSNMP_KEYS(KEY_ENUM)
#undef KEY_ENUM
        ZSNMP_KEY_COUNT
};

/* One row for each key. */
extern const struct zsnmp_key zsnmp_keys[ZSNMP_KEY_COUNT];

/* A message as its keys, before anything is made of it. */
struct zsnmp_fields {
    const uint8_t *end; /* of the message; NULL: it is malformed */
    uint64_t seen;      /* bit i: key i was there */
    uint64_t given;     /* bit i: and its value, which is in values[i], is not nil */
    struct zsnmp_mp_token values[ZSNMP_KEY_COUNT];
};

/* Whether a key was given, with a value other than nil. */
static inline bool zsnmp_fields_has(const struct zsnmp_fields *self, size_t key)
{
    return (self->given >> key & 1) != 0;
}

/*
 * Takes a message apart. It goes through the whole map even after a fault, so
 * that values of an id are found all the same. BAD_REQUEST with *why.
 */
zsnmp_err_t zsnmp_fields_collect(struct zsnmp_fields *self, const uint8_t *data, size_t len,
                                 const char **why);

/* UNSUPPORTED: `must` names a key that is not supported; BAD_REQUEST: it is no list of names. */
zsnmp_err_t zsnmp_fields_check_must(const struct zsnmp_fields *self, const char **why);

#endif
