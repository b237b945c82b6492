/*
 * Replies of the broker, read out of a message that stays where it is. What
 * comes from a socket is checked here as a whole; printing cannot fail on it
 * any more.
 */
#ifndef ZSNMP_CLI_REPLY_H
#define ZSNMP_CLI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/oid.h"
#include "wire/mp.h"
#include "zsnmp.h"

#define ZSNMP_CLI_WORD_MAX 64u     /* bytes of an error's name or a stop reason, cut where longer */
#define ZSNMP_CLI_MESSAGE_MAX 512u /* bytes of an error's text, cut where longer */

/* A place in the varbinds of a reply, with room for what the next one points to. */
struct zsnmp_cli_varbinds {
    struct zsnmp_mp_reader reader;
    uint32_t left;
    uint32_t oid[ZSNMP_OID_MAX];
    uint32_t value[ZSNMP_OID_MAX];
    uint8_t address[4];
};

struct zsnmp_cli_error {
    uint64_t code;
    uint64_t index; /* of the varbind, from 1; 0: none */
    bool retryable;
    char name[ZSNMP_CLI_WORD_MAX];
    char message[ZSNMP_CLI_MESSAGE_MAX];
    char sent[ZSNMP_CLI_WORD_MAX];
};

struct zsnmp_cli_reply {
    bool has_id; /* it is a number, as all ids of ours are */
    uint64_t id;
    bool failed;
    struct zsnmp_cli_error error;
    bool more;         /* a part of a reply, not the last */
    bool has_complete; /* of a walk */
    bool complete;
    char stop[ZSNMP_CLI_WORD_MAX];
    char next[ZSNMP_OID_TEXT_MAX];
    uint32_t count; /* varbinds */
    struct zsnmp_mp_reader varbinds;
};

/* Takes a body apart: calls handle for each map in it. false: it is not of the protocol. */
typedef bool zsnmp_cli_map_fn(void *arg, const uint8_t *data, size_t len);
bool zsnmp_cli_body_split(const uint8_t *data, size_t len, zsnmp_cli_map_fn *handle, void *arg);

/* Reads one map; it must outlive self. false: not a reply, or a varbind that is none. */
bool zsnmp_cli_reply_decode(struct zsnmp_cli_reply *self, const uint8_t *data, size_t len);

/* Nothing went wrong, and a walk ended by itself or at the limit that was asked for. */
bool zsnmp_cli_reply_good(const struct zsnmp_cli_reply *self);

/* Iterates; vb is valid until the next call. false: no more. */
void zsnmp_cli_varbinds_first(struct zsnmp_cli_varbinds *self, const struct zsnmp_cli_reply *reply);
bool zsnmp_cli_varbinds_next(struct zsnmp_cli_varbinds *self, zsnmp_varbind_t *vb);

#endif
