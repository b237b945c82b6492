/*
 * The SNMP layer: the only code that sees net-snmp. It builds and parses
 * messages with patched net-snmp sessions, one "link" each, and does no I/O:
 * what is to be sent goes out through a function of the caller's, what was
 * received comes in as bytes. A link belongs to one thread.
 */
#ifndef ZSNMP_SNMP_SNMP_H
#define ZSNMP_SNMP_SNMP_H

#include "base/request.h"
#include "zsnmp.h"

#define ZSNMP_MSG_MAX 65507u /* bytes of a UDP datagram over IPv4; also our msgMaxSize */
#define ZSNMP_KEY_MAX 64u    /* bytes of a key before localisation: SHA-512 */

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
};

/* false: not the head of an SNMP message that is whole. Pure. */
bool zsnmp_peek(const uint8_t *data, size_t len, struct zsnmp_peek *peek);

/* The length of the BER message at the start of a stream: 0: more bytes needed, SIZE_MAX: no
 * message. */
size_t zsnmp_peek_length(const uint8_t *data, size_t len);

#define ZSNMP_PDU_RESPONSE 0xA2u /* RFC 3416 section 3: [2], constructed, context */
#define ZSNMP_PDU_REPORT 0xA8u

/* ---- keys ---- */

struct zsnmp_key {
    uint8_t bytes[ZSNMP_KEY_MAX];
    size_t len; /* 0: none */
};

/* Ku of RFC 3414 A.2. Takes milliseconds: never on a worker. BAD_KEY: it can not be made. */
zsnmp_err_t zsnmp_key_derive(zsnmp_auth_t proto, const char *pass, size_t len,
                             struct zsnmp_key *key);

/* ---- links ---- */

/* What a device answered. Valid only inside the answer function. */
struct zsnmp_answer {
    int32_t error_status;
    int32_t error_index;
    const void *variables; /* net-snmp's; for zsnmp_answer_next() */
    uint32_t oid[ZSNMP_OID_MAX];
    uint32_t value_oid[ZSNMP_OID_MAX];
};

/* The next varbind; vb points into self and the message, until the next call. false: no more. */
bool zsnmp_answer_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb);

struct zsnmp_link_ops {
    /*
     * A message to be sent for a request, or sent again; id is its request-id
     * (v1, v2c) or msgID (v3). Never fails as far as net-snmp is concerned.
     */
    void (*send)(void *owner, void *request, int32_t id, const uint8_t *data, size_t len);
    /* The response to a request, which is no longer outstanding. Must not use the link. */
    void (*answer)(void *owner, void *request, struct zsnmp_answer *answer);
    /* A REPORT for a request, as an error. Returns whether the request is over. Must not use the
     * link. */
    bool (*report)(void *owner, void *request, zsnmp_err_t err);
    /* net-snmp tried to wait synchronously; it was refused. */
    void (*trip)(void *owner);
};

struct zsnmp_link;

/* keys are for v3; creds and keys are copied. NULL: no memory. */
struct zsnmp_link *zsnmp_link_new(const struct zsnmp_link_ops *ops, void *owner,
                                  const struct zsnmp_creds *creds, const struct zsnmp_key *auth,
                                  const struct zsnmp_key *priv);

/* All its requests are over or cancelled. */
void zsnmp_link_destroy(struct zsnmp_link **self_p);

/* What to put into a PDU. */
struct zsnmp_pdu {
    zsnmp_op_t op; /* ZSNMP_WALK is no PDU */
    int32_t reqid;
    const struct zsnmp_item *items; /* a list … */
    const uint32_t *oid;            /* … or, where items is NULL, one OID */
    size_t oid_len;
    uint32_t non_repeaters;
    uint32_t max_repetitions;
    struct zsnmp_str context;
    struct zsnmp_str context_engine_id;
};

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
 */
bool zsnmp_link_receive(struct zsnmp_link *self, void *request, uint8_t *data, size_t len);

/* v3: asks for the engine id, unauthenticated; the answer is a report. */
zsnmp_err_t zsnmp_link_probe(struct zsnmp_link *self, void *request, int32_t reqid);

/* v3: whether the engine id is known. */
bool zsnmp_link_has_engine(const struct zsnmp_link *self);

/* v3, engine known: localises the keys. Until then only probes can be sent. */
zsnmp_err_t zsnmp_link_make_user(struct zsnmp_link *self);

/* v3: forgets boots and time; the device's next report or reply tells them again. */
void zsnmp_link_forget_time(struct zsnmp_link *self);

/* v3: forgets engine id, boots, time and localised keys; nothing may be outstanding but what is
 * cancelled. */
void zsnmp_link_forget_engine(struct zsnmp_link *self);

#endif
