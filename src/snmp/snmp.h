/*
 * The SNMP layer: the only code that sees net-snmp. Messages of version 3 are
 * made by patched sessions of its, one "link" each; those of versions 1 and 2c,
 * which need neither state nor keys, are built and read in place. It does no
 * I/O: what is to be sent goes out through a function of the caller's, what was
 * received comes in as bytes. A link belongs to one thread.
 */
#ifndef ZSNMP_SNMP_SNMP_H
#define ZSNMP_SNMP_SNMP_H

#include "base/request.h"
#include "zsnmp.h"

#define ZSNMP_MSG_MAX 65507u /* bytes of a UDP datagram over IPv4; also our msgMaxSize */

/* Once a process, before the first thread that uses links; later calls do nothing. */
void zsnmp_snmp_init(void);

/* A thread that used links calls this as its last act: frees its cryptographic contexts. */
void zsnmp_snmp_thread_end(void);

/* ---- admission: what a received message claims to be, read from its first bytes ---- */

struct zsnmp_peek {
    uint8_t version;  /* zsnmp_version_t */
    uint8_t pdu_type; /* tag of the PDU, v1 and v2c; 0 for v3, where it may be encrypted */
    bool reportable;  /* v3 msgFlags */
    int32_t id;       /* request-id of v1 and v2c, msgID of v3 */
    const uint8_t *community;
    size_t community_len;
    const uint8_t *rest; /* v1 and v2c: what follows the request-id in the PDU */
    size_t rest_len;
};

/* false: not the head of an SNMP message that is whole. Pure. */
bool zsnmp_peek(const uint8_t *data, size_t len, struct zsnmp_peek *peek);

/* What a v3 message says of the authoritative engine (RFC 3414 section 2.4); nothing is verified.
 */
struct zsnmp_usm_head {
    const uint8_t *engine_id; /* in the message */
    size_t engine_id_len;
    uint32_t boots;
    uint32_t time; /* seconds */
};

/* false: no v3 message with the user-based security model that is whole. Pure. */
bool zsnmp_peek_usm(const uint8_t *data, size_t len, struct zsnmp_usm_head *usm);

/* The length of the BER message at the start of a stream: 0: more bytes needed, SIZE_MAX: no
 * message. */
size_t zsnmp_peek_length(const uint8_t *data, size_t len);

#define ZSNMP_PDU_RESPONSE 0xA2u /* RFC 3416 section 3: [2], constructed, context */
#define ZSNMP_PDU_REPORT 0xA8u

/* ---- keys ---- */

struct zsnmp_key {
    uint8_t bytes[ZSNMP_KEY_MAX];
    uint8_t len;    /* 0: none */
    bool localised; /* for the one engine; else it fits all, and each link localises it */
};

/* Ku of RFC 3414 A.2. Takes milliseconds: never on a worker. BAD_KEY: it can not be made. */
zsnmp_err_t zsnmp_key_derive(zsnmp_auth_t proto, const char *pass, size_t len,
                             struct zsnmp_key *key);

/* ---- answers ---- */

/* What a device answered. Valid only as long as its message. */
struct zsnmp_answer {
    int32_t error_status;
    int32_t error_index;
    /* the rest is for zsnmp_answer_next() */
    const void *variables; /* v3: net-snmp's */
    const uint8_t *at;     /* v1 and v2c: the varbinds that are left, in the message */
    const uint8_t *end;
    bool damaged; /* … and one of them was malformed */
    uint32_t oid[ZSNMP_OID_MAX];
    uint32_t value_oid[ZSNMP_OID_MAX];
};

/* The next varbind; vb points into self and the message, until the next call. false: no more. */
bool zsnmp_answer_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb);

/*
 * Whether all varbinds are well-formed; reads what is left. An answer of which
 * one is not must count as not received, whatever was taken of it before.
 */
bool zsnmp_answer_whole(struct zsnmp_answer *self);

/* A REPORT that came in place of an answer. */
struct zsnmp_report {
    zsnmp_err_t err;           /* what it says */
    bool authentic;            /* it proved that it knows the keys; else it is only a hint */
    struct zsnmp_usm_head usm; /* who says so; engine_id NULL: it does not say */
};

/* What to put into a PDU. */
struct zsnmp_pdu {
    zsnmp_op_t op; /* ZSNMP_WALK is no PDU */
    int32_t reqid;
    const struct zsnmp_item *items; /* a list, without those that are missing … */
    const struct zsnmp_item *end;   /* … up to this one; NULL: to its end */
    const uint32_t *oid;            /* … or, where items is NULL, one OID */
    size_t oid_len;
    uint32_t non_repeaters;
    uint32_t max_repetitions;
    struct zsnmp_str context; /* v3 */
    struct zsnmp_str context_engine_id;
};

/* ---- messages of versions 1 and 2c ---- */

/* Room in which any message can be built; shorter ones need some of it in front of them, too. */
#define ZSNMP_BUILD_ROOM (ZSNMP_MSG_MAX + 1024u)

/* Builds a message at the end of size bytes. Returns its length; 0: it does not fit, or is longer
 * than a datagram may be. */
size_t zsnmp_community_build(const struct zsnmp_creds *creds, const struct zsnmp_pdu *pdu,
                             uint8_t *room, size_t size);

/*
 * Begins to read a response whose head was peeked at; the message must outlive
 * self. false: what follows its request-id is malformed.
 */
bool zsnmp_community_open(struct zsnmp_answer *self, const struct zsnmp_peek *peek);

/* What zsnmp_answer_next() does with such an answer. */
bool zsnmp_community_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb);

/* ---- version 3: links ---- */

struct zsnmp_link_ops {
    /*
     * A message to be sent for a request, or sent again; id is its msgID. Never
     * fails as far as net-snmp is concerned.
     */
    void (*send)(void *owner, void *request, int32_t id, const uint8_t *data, size_t len);
    /* The response to a request, which is no longer outstanding. Must not use the link. */
    void (*answer)(void *owner, void *request, struct zsnmp_answer *answer);
    /* A REPORT for a request. Returns whether that is no longer outstanding. Must not use the
     * link. */
    bool (*report)(void *owner, void *request, const struct zsnmp_report *report);
    /* net-snmp tried to wait synchronously; it was refused. */
    void (*trip)(void *owner);
};

struct zsnmp_link;

/*
 * NULL in place of a key: none; creds and keys are copied. The engine id of creds, where
 * there is one, is the link's. NULL: no memory.
 */
struct zsnmp_link *zsnmp_link_new(const struct zsnmp_link_ops *ops, void *owner,
                                  const struct zsnmp_creds *creds, const struct zsnmp_key *auth,
                                  const struct zsnmp_key *priv);

/* All its requests are over or cancelled. */
void zsnmp_link_destroy(struct zsnmp_link **self_p);

/* Builds and sends; ops.send is called before it returns. On failure nothing is outstanding. */
zsnmp_err_t zsnmp_link_send(struct zsnmp_link *self, void *request, const struct zsnmp_pdu *pdu);

/* Sends an outstanding request again, newly encoded. */
zsnmp_err_t zsnmp_link_resend(struct zsnmp_link *self, void *request, int32_t reqid);

/* Forgets an outstanding request; harmless where there is none. */
void zsnmp_link_cancel(struct zsnmp_link *self, int32_t reqid);

/*
 * A message received for a request that is outstanding. Its bytes may be
 * changed. Calls answer, report or (clock set by a report) send, and returns
 * true; false: it was refused, and the request is still outstanding.
 *
 * v3: an authentic message whose boots or time lie behind those that are known
 * sets the clock back. That is safe as an answer to a msgID that was drawn at
 * random for this request: it can not have been recorded earlier.
 */
bool zsnmp_link_receive(struct zsnmp_link *self, void *request, uint8_t *data, size_t len);
/* Whether the last message was refused since it can not be read to its end. */
bool zsnmp_link_misread(const struct zsnmp_link *self);

/* v3: asks for the engine id, unauthenticated; the answer is a report. */
zsnmp_err_t zsnmp_link_probe(struct zsnmp_link *self, void *request, int32_t reqid);

/* v3: whether the engine id is known. */
bool zsnmp_link_has_engine(const struct zsnmp_link *self);

/* … and whether it is this one. */
bool zsnmp_link_is_engine(const struct zsnmp_link *self, const uint8_t *id, size_t len);

/*
 * v3: takes up an engine id, with boots and time as far as they are known (else
 * 0); the keys are to be localised anew. Nothing may be outstanding but what is
 * cancelled. The clock is a guess that any report replaces. INTERNAL: no memory.
 */
zsnmp_err_t zsnmp_link_set_engine(struct zsnmp_link *self, const uint8_t *id, size_t len,
                                  uint32_t boots, uint32_t time);

/* v3: what is known of the engine now; the id is the link's. false: nothing is. */
bool zsnmp_link_get_engine(const struct zsnmp_link *self, struct zsnmp_usm_head *usm);

/* v3, engine known: localises the keys. Until then only probes can be sent. */
zsnmp_err_t zsnmp_link_make_user(struct zsnmp_link *self);

/* v3: forgets boots and time; the device's next report or reply tells them again. */
void zsnmp_link_forget_time(struct zsnmp_link *self);

#endif
