// What the tests of the net-snmp patches share: a transport that keeps what is sent, answers made
// from the request, and checks that name their line. Includes nothing of the project, because the
// patches must hold without it.
#ifndef TESTS_PATCHES_UTIL_H
#define TESTS_PATCHES_UTIL_H

#include <net-snmp/net-snmp-config.h>

#include <errno.h>
#include <net-snmp/net-snmp-includes.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond);                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define WIRE_MAX 2048

// A wire that ends here: the last message sent, and how often anything was.
struct wire {
    u_char last[WIRE_MAX];
    size_t length;
    int sent;
    bool broken;
};

static inline int wire_send(netsnmp_transport *t, const void *buf, int size, void **opaque,
                            int *olength)
{
    struct wire *wire = t->data;

    (void)opaque;
    (void)olength;
    if (wire->broken) {
        errno = ENETUNREACH;
        return -1;
    }
    CHECK(size > 0 && size <= WIRE_MAX);
    memcpy(wire->last, buf, (size_t)size);
    wire->length = (size_t)size;
    wire->sent++;
    return size;
}

static inline int wire_recv(netsnmp_transport *t, void *buf, int size, void **opaque, int *olength)
{
    (void)t;
    (void)buf;
    (void)size;
    *opaque = NULL;
    *olength = 0;
    return -1;
}

static inline int wire_close(netsnmp_transport *t)
{
    t->data = NULL;
    return 0;
}

static inline netsnmp_transport *wire_transport(struct wire *wire)
{
    netsnmp_transport *t = calloc(1, sizeof(*t));

    CHECK(t);
    t->domain = netsnmpUDPDomain;
    t->domain_length = (int)netsnmpUDPDomain_len;
    t->sock = 0;
    t->msgMaxSize = WIRE_MAX;
    t->data = wire;
    t->f_send = wire_send;
    t->f_recv = wire_recv;
    t->f_close = wire_close;
    return t;
}

static inline void library_init(void)
{
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    init_snmp("zsnmp-test");
    snmp_disable_log();
    (void)netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
}

static inline void *open_v2c(struct wire *wire)
{
    netsnmp_session session;
    char community[] = "public";
    void *sessp;

    snmp_sess_init(&session);
    session.version = SNMP_VERSION_2c;
    session.community = (u_char *)community;
    session.community_len = strlen(community);
    session.retries = 2;
    session.timeout = 1000000;
    sessp = snmp_sess_add(&session, wire_transport(wire), NULL, NULL);
    CHECK(sessp);
    return sessp;
}

// Keys of one SHA-1 user; 20 octets as they come out of the localisation.
#define KEY_LENGTH 20
static const u_char ENGINE_A[] = {0x80, 0, 0x1f, 0x88, 0x04, 'a', 'a', 'a', 'a'};
static const u_char ENGINE_B[] = {0x80, 0, 0x1f, 0x88, 0x04, 'b', 'b', 'b', 'b'};

struct v3 {
    const char *name;
    int level;
    const u_char *engine; // NULL: not known yet
    size_t engine_length;
    const u_char *auth_key; // KEY_LENGTH octets
    u_long flags;
};

static inline void *open_v3(struct wire *wire, const struct v3 *how)
{
    netsnmp_session session;
    char name[32];
    void *sessp;

    snmp_sess_init(&session);
    session.version = SNMP_VERSION_3;
    snprintf(name, sizeof(name), "%s", how->name);
    session.securityName = name;
    session.securityNameLen = strlen(name);
    session.securityModel = SNMP_SEC_MODEL_USM;
    session.securityLevel = how->level;
    session.securityEngineID = (u_char *)(uintptr_t)how->engine;
    session.securityEngineIDLen = how->engine ? how->engine_length : 0;
    if (how->auth_key) {
        session.securityAuthProto = snmp_duplicate_objid(usmHMACSHA1AuthProtocol, 10);
        session.securityAuthProtoLen = 10;
        session.securityAuthLocalKey = (u_char *)(uintptr_t)how->auth_key;
        session.securityAuthLocalKeyLen = KEY_LENGTH;
    }
    session.retries = 5;
    session.timeout = 1000000;
    session.flags |= how->flags;
    sessp = snmp_sess_add(&session, wire_transport(wire), NULL, NULL);
    SNMP_FREE(session.securityAuthProto);
    CHECK(sessp);
    snmp_sess_session(sessp)->flags |= SNMP_FLAGS_DONT_PROBE;
    return sessp;
}

// What a request's callback has seen.
struct seen {
    int received;
    int timed_out;
    int send_failed;
    int resent;
    int sec_error;
};

static inline int count_callback(int op, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                                 void *magic)
{
    struct seen *seen = magic;

    (void)session;
    (void)reqid;
    (void)pdu;
    seen->received += op == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE;
    seen->timed_out += op == NETSNMP_CALLBACK_OP_TIMED_OUT;
    seen->send_failed += op == NETSNMP_CALLBACK_OP_SEND_FAILED;
    seen->resent += op == NETSNMP_CALLBACK_OP_RESEND;
    seen->sec_error += op == NETSNMP_CALLBACK_OP_SEC_ERROR;
    return 1;
}

static inline netsnmp_pdu *get_pdu(void)
{
    static const oid sys_descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0};
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

    CHECK(pdu);
    CHECK(snmp_add_null_var(pdu, sys_descr, OID_LENGTH(sys_descr)));
    return pdu;
}

static inline long send_get(void *sessp, snmp_callback callback, void *magic)
{
    netsnmp_pdu *pdu = get_pdu();
    long reqid = pdu->reqid;

    if (snmp_sess_async_send(sessp, pdu, callback, magic) == 0) {
        snmp_free_pdu(pdu);
        return 0;
    }
    return reqid;
}

// One BER element: type, where its value starts, how long it is. Trusts its input: own messages.
struct element {
    u_char *value;
    size_t length;
};

static inline struct element element_at(u_char *at)
{
    struct element e = {at + 2, at[1]};

    if (at[1] & 0x80) {
        size_t n = at[1] & 0x7f;

        e.length = 0;
        for (size_t i = 0; i < n; i++) {
            e.length = e.length << 8 | at[2 + i];
        }
        e.value = at + 2 + n;
    }
    return e;
}

static inline u_char *after(u_char *at)
{
    struct element e = element_at(at);

    return e.value + e.length;
}

// A v2c GET becomes its own response with NULL values; `size` octets of exact size are returned.
static inline u_char *answer_v2c(const struct wire *wire, size_t *size)
{
    u_char *reply = malloc(wire->length);
    u_char *pdu;

    CHECK(reply);
    memcpy(reply, wire->last, wire->length);
    pdu = after(after(element_at(reply).value));
    CHECK(*pdu == SNMP_MSG_GET);
    *pdu = SNMP_MSG_RESPONSE;
    *size = wire->length;
    return reply;
}

struct v3_message {
    u_char *msg_id;
    u_char *flags;
    u_char *boots; // elements of the security parameters, in their order
    u_char *time;
    u_char *user;
    u_char *digest;
    u_char *scoped;
};

static inline struct v3_message dissect(u_char *message)
{
    struct v3_message m;
    u_char *header = after(element_at(message).value);
    u_char *params = after(header);

    m.msg_id = element_at(header).value;
    m.flags = element_at(after(after(m.msg_id))).value;
    m.boots = after(element_at(element_at(params).value).value);
    m.time = after(m.boots);
    m.user = after(m.time);
    m.digest = after(m.user);
    m.scoped = after(params);
    return m;
}

static inline long number_at(u_char *at)
{
    struct element e = element_at(at);
    long n = 0;

    for (size_t i = 0; i < e.length; i++) {
        n = n << 8 | e.value[i];
    }
    return n;
}

static inline void sign(u_char *message, size_t size, const u_char *key)
{
    struct element digest = element_at(dissect(message).digest);
    u_char mac[EVP_MAX_MD_SIZE];
    unsigned int length = sizeof(mac);

    CHECK(digest.length == 12);
    memset(digest.value, 0, digest.length);
    CHECK(HMAC(EVP_sha1(), key, KEY_LENGTH, message, size, mac, &length));
    memcpy(digest.value, mac, digest.length);
}

// The response to a v3 request without privacy: flags without the reportable bit, signed anew.
static inline u_char *answer_v3(const struct wire *wire, size_t *size, const u_char *key)
{
    u_char *reply = malloc(wire->length);
    struct v3_message m;
    u_char *pdu;

    CHECK(reply);
    memcpy(reply, wire->last, wire->length);
    *size = wire->length;
    m = dissect(reply);
    *m.flags = (u_char)(*m.flags & ~SNMP_MSG_FLAG_RPRT_BIT);
    pdu = after(after(element_at(m.scoped).value));
    CHECK(*pdu == SNMP_MSG_GET);
    *pdu = SNMP_MSG_RESPONSE;
    if (key) {
        sign(reply, *size, key);
    }
    return reply;
}

static inline int deliver(void *sessp, u_char *message, size_t size)
{
    int rc = netsnmp_sess_process_packet(sessp, message, size, NULL, 0);

    free(message);
    return rc;
}

static inline int deliver_v2c(void *sessp, const struct wire *wire)
{
    size_t size;
    u_char *reply = answer_v2c(wire, &size);

    return deliver(sessp, reply, size);
}

static inline int deliver_v3(void *sessp, const struct wire *wire, const u_char *key)
{
    size_t size;
    u_char *reply = answer_v3(wire, &size, key);

    return deliver(sessp, reply, size);
}

// A small BER writer, for messages that no request can be turned into.
struct ber {
    u_char bytes[WIRE_MAX];
    size_t length;
};

static inline void ber_put(struct ber *b, u_char tag, const void *value, size_t length)
{
    CHECK(length < 128 && b->length + length + 2 <= sizeof(b->bytes));
    b->bytes[b->length++] = tag;
    b->bytes[b->length++] = (u_char)length;
    memcpy(b->bytes + b->length, value, length);
    b->length += length;
}

static inline void ber_number(struct ber *b, u_char tag, long number)
{
    u_char value[5];

    for (int i = 0; i < 5; i++) {
        value[i] = (u_char)(number >> (8 * (4 - i)));
    }
    ber_put(b, tag, value, sizeof(value));
}

static inline size_t ber_open(struct ber *b, u_char tag)
{
    b->bytes[b->length++] = tag;
    b->bytes[b->length++] = 0x81;
    return b->length++;
}

static inline void ber_close(struct ber *b, size_t at)
{
    CHECK(b->length - at - 1 < 256);
    b->bytes[at] = (u_char)(b->length - at - 1);
}

struct report {
    long msg_id;
    const u_char *engine;
    size_t engine_length;
    const char *user;
    long boots;
    long time;
    oid arc; // of usmStats: 2 notInTimeWindows, 4 unknownEngineIDs
};

static inline void ber_report(struct ber *b, const struct report *r)
{
    u_char usm_stats[] = {0x2b, 6, 1, 6, 3, 15, 1, 1, (u_char)r->arc, 0};
    size_t message = ber_open(b, 0x30);
    size_t open[4];

    ber_number(b, 0x02, 3);
    open[0] = ber_open(b, 0x30);
    ber_number(b, 0x02, r->msg_id);
    ber_number(b, 0x02, 65507);
    ber_put(b, 0x04, "", 1);
    ber_number(b, 0x02, 3);
    ber_close(b, open[0]);
    open[0] = ber_open(b, 0x04);
    open[1] = ber_open(b, 0x30);
    ber_put(b, 0x04, r->engine, r->engine_length);
    ber_number(b, 0x02, r->boots);
    ber_number(b, 0x02, r->time);
    ber_put(b, 0x04, r->user, strlen(r->user));
    ber_put(b, 0x04, "", 0);
    ber_put(b, 0x04, "", 0);
    ber_close(b, open[1]);
    ber_close(b, open[0]);
    open[0] = ber_open(b, 0x30);
    ber_put(b, 0x04, r->engine, r->engine_length);
    ber_put(b, 0x04, "", 0);
    open[1] = ber_open(b, SNMP_MSG_REPORT);
    ber_number(b, 0x02, 0);
    ber_number(b, 0x02, 0);
    ber_number(b, 0x02, 0);
    open[2] = ber_open(b, 0x30);
    open[3] = ber_open(b, 0x30);
    ber_put(b, 0x06, usm_stats, sizeof(usm_stats));
    ber_number(b, ASN_COUNTER, 7);
    for (int i = 3; i >= 0; i--) {
        ber_close(b, open[i]);
    }
    ber_close(b, message);
}

static inline int deliver_report(void *sessp, const struct report *report)
{
    struct ber b = {.length = 0};
    u_char *message;

    ber_report(&b, report);
    message = malloc(b.length);
    CHECK(message);
    memcpy(message, b.bytes, b.length);
    return deliver(sessp, message, b.length);
}

static inline long message_id(const struct wire *wire)
{
    return number_at(dissect((u_char *)(uintptr_t)wire->last).msg_id);
}

#endif
