/*
 * The agent engine: one request message in, at most one reply message out. Does no I/O and reads
 * no clock; all of it may be called with bytes from anyone.
 */
#ifndef ZSNMP_SIM_AGENT_H
#define ZSNMP_SIM_AGENT_H

#include "sim/fault.h"
#include "sim/stats.h"
#include "sim/usm.h"
#include "sim/view.h"

#define ZSNMP_SIM_COMMUNITIES_MAX 16
#define ZSNMP_SIM_COMMUNITY_MAX 255
#define ZSNMP_SIM_CONTEXTS_MAX 16
#define ZSNMP_SIM_FORGED_MAX 512 /* bytes of a forged report */
#define ZSNMP_SIM_BEFORE_MAX 2   /* messages before one reply: a report, and garbage */

/* RFC 3411: SnmpMaxMessageSize is at least 484. The default is one Ethernet frame over IPv4. */
#define ZSNMP_SIM_MESSAGE_MIN 484
#define ZSNMP_SIM_MESSAGE_DEFAULT 1472

/* Smallest varbind on the wire, SEQUENCE { OID, NULL }, is 7 bytes: no message has more. */
#define ZSNMP_SIM_VARBINDS_MAX (ZSNMP_SIM_MESSAGE_MAX / 7)

struct zsnmp_sim_community {
    char name[ZSNMP_SIM_COMMUNITY_MAX + 1];
    size_t len;
    bool may_write;
};

/* What is the same for all threads and does not change after the start. */
struct zsnmp_sim_world {
    struct zsnmp_sim_mib mib;
    struct zsnmp_sim_writes *writes;
    struct zsnmp_sim_usm *usm;
    struct zsnmp_sim_community community[ZSNMP_SIM_COMMUNITIES_MAX];
    size_t communities;
    char context[ZSNMP_SIM_CONTEXTS_MAX][ZSNMP_SIM_CONTEXT_MAX + 1];
    size_t contexts;
    struct zsnmp_sim_addresses exist; /* empty: all */
    struct zsnmp_sim_addresses dead;
    struct zsnmp_sim_fleet *fleet; /* devices that are records */
    struct zsnmp_sim_faults *faults;
    uint64_t seed;
    int32_t engine_boots;
    size_t message_max;
};

/* One column of a GETBULK under way. */
struct zsnmp_sim_cursor {
    struct zsnmp_sim_pos pos;
    const uint8_t *name; /* as asked, until the first step */
    size_t name_len;
    bool stepped;
    bool ended;
};

/* One thread's own. */
struct zsnmp_sim_agent {
    const struct zsnmp_sim_world *world;
    struct zsnmp_sim_stats stats;
    struct zsnmp_sim_keys *keys;
    uint64_t uptime_cs; /* set by the owner before it hands in requests */
    uint64_t salt;
    uint8_t *plain;   /* MESSAGE_MAX bytes: a decrypted PDU */
    uint8_t *scratch; /* twice MESSAGE_MAX: varbinds that are written anew */
    /* About the message that was answered last, where its device has faults: */
    bool faulty;
    struct zsnmp_sim_fault fault;
    const struct zsnmp_sim_spoil *spoil; /* of replies to this request; all zero where sound */
    struct zsnmp_sim_tally asked;        /* its max_* only */
    bool has_forged;                     /* among those before */
    size_t befores;
    struct zsnmp_sim_out before[ZSNMP_SIM_BEFORE_MAX]; /* go out before the reply, if there is one
                                                          or not */
    uint8_t before_room[ZSNMP_SIM_BEFORE_MAX][ZSNMP_SIM_HEADROOM + ZSNMP_SIM_FORGED_MAX];
    struct zsnmp_sim_cursor cursor[ZSNMP_SIM_VARBINDS_MAX];
};

struct zsnmp_sim_agent *zsnmp_sim_agent_new(const struct zsnmp_sim_world *world, uint64_t salt);
void zsnmp_sim_agent_destroy(struct zsnmp_sim_agent **self);

/* Answers a message to the device with this key. True if out holds a reply to send; out has been
 * started by the caller with MESSAGE_MAX bytes of room. Where self->faulty is set afterwards, what
 * self->fault says of delay and copies, self->spoil of the source, and self->before, are the
 * caller's to carry out. */
bool zsnmp_sim_agent_answer(struct zsnmp_sim_agent *self, uint64_t key, const uint8_t *data,
                            size_t len, struct zsnmp_sim_out *out);

/* pdu.c: one PDU, whatever the message around it. */
struct zsnmp_sim_pdu {
    uint8_t type;
    int32_t request_id;
    int32_t error_status; /* non-repeaters of a GETBULK */
    int32_t error_index;  /* max-repetitions of a GETBULK */
    struct zsnmp_sim_span varbinds;
};

/* RFC 3416 section 3. */
enum zsnmp_sim_status {
    ZSNMP_SIM_SILENT = -1, /* no answer at all */
    ZSNMP_SIM_NO_ERROR = 0,
    ZSNMP_SIM_TOO_BIG = 1,
    ZSNMP_SIM_NO_SUCH_NAME = 2,
    ZSNMP_SIM_BAD_VALUE = 3,
    ZSNMP_SIM_GEN_ERR = 5,
    ZSNMP_SIM_NO_ACCESS = 6,
    ZSNMP_SIM_WRONG_TYPE = 7,
    ZSNMP_SIM_WRONG_LENGTH = 8,
    ZSNMP_SIM_WRONG_ENCODING = 9,
    ZSNMP_SIM_WRONG_VALUE = 10,
    ZSNMP_SIM_NO_CREATION = 11,
    ZSNMP_SIM_RESOURCE_UNAVAILABLE = 13,
    ZSNMP_SIM_AUTHORIZATION_ERROR = 16,
    ZSNMP_SIM_NOT_WRITABLE = 17,
};

struct zsnmp_sim_outcome {
    enum zsnmp_sim_status status;
    int32_t index;
};

struct zsnmp_sim_varbind {
    struct zsnmp_sim_oid oid;
    const uint8_t *name;
    size_t name_len;
    uint8_t tag;
    struct zsnmp_sim_span value;
};

bool zsnmp_sim_pdu_parse(struct zsnmp_sim_span *s, struct zsnmp_sim_pdu *pdu);
bool zsnmp_sim_varbind_next(struct zsnmp_sim_span *s, struct zsnmp_sim_varbind *vb);
/* Writes the Response PDU; the ceiling of out is where varbinds must end. False: no reply. */
bool zsnmp_sim_pdu_answer(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          const struct zsnmp_sim_pdu *pdu, bool may_write,
                          struct zsnmp_sim_out *out);
/* A Response that carries the request's varbinds and an error. */
void zsnmp_sim_pdu_refuse(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_outcome outcome,
                          struct zsnmp_sim_out *out);
/* Puts header and type of a PDU before what is between head and tail. */
void zsnmp_sim_pdu_close(struct zsnmp_sim_out *out, uint8_t type, int32_t request_id,
                         struct zsnmp_sim_outcome outcome);

/* set.c: test and commit. */
bool zsnmp_sim_set_run(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       const struct zsnmp_sim_pdu *pdu, bool may_write,
                       struct zsnmp_sim_outcome *outcome);

/* spoil.c: what the disorders of a device make of a request and its reply. */
/* Before anything is known of a request, and when its type is. */
void zsnmp_sim_spoil_begin(struct zsnmp_sim_agent *agent);
void zsnmp_sim_spoil_select(struct zsnmp_sim_agent *agent, uint8_t type);
/* The id, or another one where this disorder is on. */
int32_t zsnmp_sim_spoil_id(const struct zsnmp_sim_agent *agent, enum zsnmp_sim_disorder which,
                           int32_t id);
/* What a device with limits says to a request before it is carried out; may shorten its list. */
enum zsnmp_sim_status zsnmp_sim_spoil_request(struct zsnmp_sim_agent *agent,
                                              struct zsnmp_sim_pdu *pdu);
/* Changes the varbinds of an answer, which are all that is between head and tail. */
void zsnmp_sim_spoil_varbinds(struct zsnmp_sim_agent *agent, uint8_t type,
                              struct zsnmp_sim_out *out);
/* Changes the whole message. */
void zsnmp_sim_spoil_message(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out);
/* A message, begun, that goes out before the reply where agent->befores is then counted up. */
struct zsnmp_sim_out *zsnmp_sim_spoil_before(struct zsnmp_sim_agent *agent);

/* walk.c: GETNEXT and GETBULK of a device whose walks go wrong. */
bool zsnmp_sim_walk_is_odd(const struct zsnmp_sim_view *view);
enum zsnmp_sim_status zsnmp_sim_walk_next(struct zsnmp_sim_agent *agent,
                                          const struct zsnmp_sim_view *view,
                                          const struct zsnmp_sim_varbind *vb,
                                          struct zsnmp_sim_out *out);
/* False: the request is malformed. */
bool zsnmp_sim_walk_bulk(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                         const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out,
                         struct zsnmp_sim_outcome *outcome);

/* v3.c: the message after its version (RFC 3412). whole is the message from its first byte. */
bool zsnmp_sim_v3_answer(struct zsnmp_sim_agent *agent, struct zsnmp_sim_view *view,
                         const struct zsnmp_sim_span *whole, struct zsnmp_sim_span rest,
                         struct zsnmp_sim_out *out);
/* A REPORT of version 3 before the reply to a request of another version. */
void zsnmp_sim_v3_stranger(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                           int32_t id);

#endif
