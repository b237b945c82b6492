/*
 * A link: one net-snmp session on a transport of ours that has no socket.
 * net-snmp builds, parses, authenticates and encrypts; time-outs, retries and
 * matching of sources are the worker's. Must never wait: the wait hook refuses.
 */
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/snmpUDPDomain.h>
#include <net-snmp/library/snmp_transport.h>
#include <net-snmp/library/snmpusm.h>

#include "snmp/pdu.h"
#include "snmp/snmp.h"
#include "snmp/usm.h"

/* net-snmp's own timers never fire: nobody calls snmp_sess_timeout(). */
#define NEVER_US 86400000000L
/* How often net-snmp itself sends a request again when a report sets the clock. */
#define CLOCK_RETRIES 1
/* Bytes of the longest message that may set a clock back; reports are far shorter. */
#define CLOCK_COPY_MAX 1500u

struct zsnmp_link {
    void *handle; /* net-snmp's */
    netsnmp_session *session;
    const struct zsnmp_link_ops *ops;
    void *owner;
    void *request;       /* whose message net-snmp is busy with */
    int32_t probe;       /* the request-id of the last probe */
    const uint8_t *data; /* the message it takes in */
    size_t len;
    bool heard; /* a callback or a send took place */
    bool auth_localised;
    bool priv_localised;
};

/* ---- the transport ---- */

static int transport_send(netsnmp_transport *t, const void *buf, int size, void **opaque,
                          int *opaque_len)
{
    struct zsnmp_link *self = t->data;
    struct zsnmp_peek peek;
    (void)opaque;
    (void)opaque_len;
    /*
     * Reports that net-snmp makes of itself, when an odd message came in, are
     * not sent: a manager that answers strangers is a reflector. A request of
     * ours is reportable, a report is not (RFC 3412 section 6.4).
     */
    if (self->request == NULL || size <= 0 || !zsnmp_peek(buf, (size_t)size, &peek) ||
        !peek.reportable) {
        return size;
    }
    self->heard = true;
    self->ops->send(self->owner, self->request, peek.id, buf, (size_t)size);
    return size;
}

static int transport_recv(netsnmp_transport *t, void *buf, int size, void **opaque, int *opaque_len)
{
    (void)t;
    (void)buf;
    (void)size;
    *opaque = NULL;
    *opaque_len = 0;
    return -1;
}

static int transport_close(netsnmp_transport *t)
{
    t->data = NULL; /* the link's, which netsnmp_transport_free() must not free */
    t->sock = -1;
    return 0;
}

static netsnmp_transport *make_transport(struct zsnmp_link *link)
{
    netsnmp_transport *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->domain = netsnmpUDPDomain;
    t->domain_length = (int)netsnmpUDPDomain_len;
    t->sock = 0; /* any number that is not negative; never used as a descriptor */
    t->msgMaxSize = ZSNMP_MSG_MAX;
    t->f_send = transport_send;
    t->f_recv = transport_recv;
    t->f_close = transport_close;
    t->data = link;
    return t;
}

/* ---- what net-snmp tells ---- */

static int refuse_to_wait(void *handle, int fd, const struct timeval *timeout, void *magic)
{
    struct zsnmp_link *self = magic;
    (void)handle;
    (void)fd;
    (void)timeout;
    self->ops->trip(self->owner);
    return -1;
}

/* Returns 1 where net-snmp shall drop the request, 0 where it stays outstanding. */
static int on_event(int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu,
                    void *request)
{
    struct zsnmp_link *self = session->callback_magic;
    (void)reqid;
    if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu == NULL) {
        return 1; /* SEC_ERROR comes before RECEIVED_MESSAGE of the same report */
    }
    self->heard = true;
    if (pdu->command == SNMP_MSG_REPORT) {
        struct zsnmp_report report = {.err = zsnmp_pdu_report(pdu),
                                      .authentic = pdu->securityLevel >= SNMP_SEC_LEVEL_AUTHNOPRIV};
        if (!zsnmp_peek_usm(self->data, self->len, &report.usm)) {
            report.usm = (struct zsnmp_usm_head){0};
        }
        return self->ops->report(self->owner, request, &report) ? 1 : 0;
    }
    struct zsnmp_answer answer;
    answer.error_status = (int32_t)pdu->errstat;
    answer.error_index = (int32_t)pdu->errindex;
    answer.variables = pdu->variables;
    answer.at = NULL;
    answer.damaged = false;
    self->ops->answer(self->owner, request, &answer);
    return 1;
}

/* ---- life ---- */

static void set_keys(netsnmp_session *s, const struct zsnmp_key *auth, const struct zsnmp_key *priv)
{
    _Static_assert(sizeof s->securityAuthKey >= ZSNMP_KEY_MAX, "keys fit");
    _Static_assert(sizeof s->securityPrivKey >= ZSNMP_KEY_MAX, "keys fit");
    if (auth != NULL) {
        memcpy(s->securityAuthKey, auth->bytes, auth->len);
        s->securityAuthKeyLen = auth->len;
    }
    if (priv != NULL) {
        memcpy(s->securityPrivKey, priv->bytes, priv->len);
        s->securityPrivKeyLen = priv->len;
    }
}

/* What the template points to is copied by snmp_sess_add(); nothing here outlives the call. */
static void set_usm(netsnmp_session *s, const struct zsnmp_creds *creds)
{
    struct zsnmp_usm_oid auth = zsnmp_usm_auth(creds->auth_proto);
    struct zsnmp_usm_oid priv = zsnmp_usm_priv(creds->priv_proto);
    s->securityModel = USM_SEC_MODEL_NUMBER;
    s->securityLevel = creds->level;
    s->securityName = (char *)(uintptr_t)creds->user.data;
    s->securityNameLen = creds->user.len;
    s->securityAuthProto = (oid *)(uintptr_t)auth.oid;
    s->securityAuthProtoLen = auth.len;
    s->securityPrivProto = (oid *)(uintptr_t)priv.oid;
    s->securityPrivProtoLen = priv.len;
    if (creds->engine_id.len > 0) {
        s->securityEngineID = (u_char *)(uintptr_t)creds->engine_id.data;
        s->securityEngineIDLen = creds->engine_id.len;
        s->contextEngineID = s->securityEngineID;
        s->contextEngineIDLen = s->securityEngineIDLen;
    }
}

struct zsnmp_link *zsnmp_link_new(const struct zsnmp_link_ops *ops, void *owner,
                                  const struct zsnmp_creds *creds, const struct zsnmp_key *auth,
                                  const struct zsnmp_key *priv)
{
    struct zsnmp_link *self = calloc(1, sizeof *self);
    netsnmp_transport *transport = self == NULL ? NULL : make_transport(self);
    if (transport == NULL) {
        free(self);
        return NULL;
    }
    self->ops = ops;
    self->owner = owner;
    netsnmp_session s;
    snmp_sess_init(&s);
    s.version = SNMP_VERSION_3;
    s.retries = CLOCK_RETRIES;
    s.timeout = NEVER_US;
    s.callback_magic = self;
    s.flags |= SNMP_FLAGS_DONT_PROBE | SNMP_FLAGS_SESSION_USER;
    set_usm(&s, creds);
    set_keys(&s, auth, priv);
    self->auth_localised = auth != NULL && auth->localised;
    self->priv_localised = priv != NULL && priv->localised;
    self->handle = snmp_sess_add(&s, transport, NULL, NULL);
    explicit_bzero(&s, sizeof s);
    if (self->handle == NULL) { /* it has freed the transport */
        free(self);
        return NULL;
    }
    self->session = snmp_sess_session(self->handle);
    self->session->flags |= SNMP_FLAGS_DONT_PROBE; /* snmp_sess_add() takes it off */
    netsnmp_sess_set_wait_hook(self->handle, refuse_to_wait, self);
    return self;
}

void zsnmp_link_destroy(struct zsnmp_link **self_p)
{
    struct zsnmp_link *self = *self_p;
    if (self == NULL) {
        return;
    }
    *self_p = NULL;
    self->request = NULL;
    snmp_sess_close(self->handle);
    free(self);
}

/* ---- messages ---- */

static zsnmp_err_t send_error(const netsnmp_session *session)
{
    switch (session->s_snmp_errno) {
    case SNMPERR_TOO_LONG:
        return ZSNMP_E_TOO_LARGE;
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
    case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
        return ZSNMP_E_UNSUPPORTED_SECURITY_LEVEL;
    case SNMPERR_USM_ENCRYPTIONERROR:
    case SNMPERR_USM_AUTHENTICATIONFAILURE:
    case SNMPERR_USM_GENERICERROR:
    case SNMPERR_USM_UNKNOWNSECURITYNAME:
        return ZSNMP_E_BAD_KEY;
    default:
        return ZSNMP_E_INTERNAL;
    }
}

/* Takes the PDU over. */
static zsnmp_err_t send_pdu(struct zsnmp_link *self, void *request, netsnmp_pdu *pdu)
{
    if (pdu == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    self->request = request;
    self->session->s_snmp_errno = 0;
    int sent = snmp_sess_async_send(self->handle, pdu, on_event, request);
    self->request = NULL;
    if (sent == 0) { /* on_event may have been told, and ignored it */
        snmp_free_pdu(pdu);
        return send_error(self->session);
    }
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_link_send(struct zsnmp_link *self, void *request, const struct zsnmp_pdu *pdu)
{
    return send_pdu(self, request, zsnmp_pdu_make(pdu));
}

/* A probe names no engine, whatever the session knows (RFC 3414 section 4). */
static void hide_engine(netsnmp_session *s, size_t lens[2])
{
    lens[0] = s->securityEngineIDLen;
    lens[1] = s->contextEngineIDLen;
    s->securityEngineIDLen = s->contextEngineIDLen = 0;
}

static void show_engine(netsnmp_session *s, const size_t lens[2])
{
    s->securityEngineIDLen = lens[0];
    s->contextEngineIDLen = lens[1];
}

zsnmp_err_t zsnmp_link_probe(struct zsnmp_link *self, void *request, int32_t reqid)
{
    size_t lens[2];
    self->probe = reqid;
    hide_engine(self->session, lens);
    zsnmp_err_t err = send_pdu(self, request, zsnmp_pdu_make_probe(reqid));
    show_engine(self->session, lens);
    return err;
}

zsnmp_err_t zsnmp_link_resend(struct zsnmp_link *self, void *request, int32_t reqid)
{
    size_t lens[2];
    bool probe = reqid == self->probe;
    if (probe) {
        hide_engine(self->session, lens);
    }
    self->request = request;
    self->session->s_snmp_errno = 0;
    int sent = netsnmp_sess_resend(self->handle, reqid);
    self->request = NULL;
    if (probe) {
        show_engine(self->session, lens);
    }
    return sent == 1 ? ZSNMP_OK : send_error(self->session);
}

void zsnmp_link_cancel(struct zsnmp_link *self, int32_t reqid)
{
    netsnmp_sess_cancel(self->handle, reqid);
}

static bool process(struct zsnmp_link *self, uint8_t *data, size_t len)
{
    self->heard = false;
    self->data = data;
    self->len = len;
    self->session->s_snmp_errno = 0;
    netsnmp_sess_process_packet(self->handle, data, len, NULL, 0);
    self->data = NULL;
    self->len = 0;
    return self->heard;
}

bool zsnmp_link_receive(struct zsnmp_link *self, void *request, uint8_t *data, size_t len)
{
    uint8_t copy[CLOCK_COPY_MAX]; /* net-snmp blanks what it has verified */
    bool again = len <= sizeof copy;
    if (again) {
        memcpy(copy, data, len);
    }
    self->request = request;
    bool heard = process(self, data, len);
    if (!heard && again && self->session->s_snmp_errno == SNMPERR_USM_NOTINTIMEWINDOW) {
        zsnmp_link_forget_time(self);
        heard = process(self, copy, len);
    }
    self->request = NULL;
    return heard;
}

bool zsnmp_link_misread(const struct zsnmp_link *self)
{
    int err = self->session->s_snmp_errno;
    return !self->heard && (err == SNMPERR_BAD_PARSE || err == SNMPERR_ASN_PARSE_ERR);
}

/* ---- v3 ---- */

bool zsnmp_link_has_engine(const struct zsnmp_link *self)
{
    return self->session->securityEngineIDLen > 0;
}

bool zsnmp_link_is_engine(const struct zsnmp_link *self, const uint8_t *id, size_t len)
{
    const netsnmp_session *s = self->session;
    return s->securityEngineIDLen == len && len > 0 && memcmp(s->securityEngineID, id, len) == 0;
}

bool zsnmp_link_get_engine(const struct zsnmp_link *self, struct zsnmp_usm_head *usm)
{
    netsnmp_session *s = self->session;
    *usm = (struct zsnmp_usm_head){.engine_id = s->securityEngineID,
                                   .engine_id_len = s->securityEngineIDLen};
    (void)netsnmp_sess_get_enginetime(s, &usm->boots, &usm->time); /* 0 where nothing is known */
    return usm->engine_id_len > 0;
}

static void forget_engine(netsnmp_session *s)
{
    netsnmp_sess_reset_user(s);
    netsnmp_sess_reset_enginetime(s);
    free(s->securityEngineID);
    free(s->contextEngineID);
    s->securityEngineID = NULL;
    s->contextEngineID = NULL;
    s->securityEngineIDLen = 0;
    s->contextEngineIDLen = 0;
}

zsnmp_err_t zsnmp_link_set_engine(struct zsnmp_link *self, const uint8_t *id, size_t len,
                                  uint32_t boots, uint32_t time)
{
    netsnmp_session *s = self->session;
    uint8_t *security = netsnmp_memdup(id, len);
    uint8_t *context = netsnmp_memdup(id, len);
    if (security == NULL || context == NULL) {
        free(security);
        free(context);
        return ZSNMP_E_INTERNAL;
    }
    forget_engine(s);
    s->securityEngineID = security;
    s->securityEngineIDLen = len;
    s->contextEngineID = context;
    s->contextEngineIDLen = len;
    bool known = boots > 0 || time > 0;
    return !known || netsnmp_sess_set_enginetime(s, boots, time, FALSE) == SNMPERR_SUCCESS
               ? ZSNMP_OK
               : ZSNMP_E_INTERNAL;
}

zsnmp_err_t zsnmp_link_make_user(struct zsnmp_link *self)
{
    netsnmp_session *s = self->session;
    /* net-snmp copies them; freeing the session must not free what is part of it. */
    if (self->auth_localised) {
        s->securityAuthLocalKey = s->securityAuthKey;
        s->securityAuthLocalKeyLen = s->securityAuthKeyLen;
    }
    if (self->priv_localised) {
        s->securityPrivLocalKey = s->securityPrivKey;
        s->securityPrivLocalKeyLen = s->securityPrivKeyLen;
    }
    int made = create_user_from_session(s);
    s->securityAuthLocalKey = NULL;
    s->securityPrivLocalKey = NULL;
    s->securityAuthLocalKeyLen = 0;
    s->securityPrivLocalKeyLen = 0;
    return made == SNMPERR_SUCCESS ? ZSNMP_OK : ZSNMP_E_BAD_KEY;
}

void zsnmp_link_forget_time(struct zsnmp_link *self)
{
    netsnmp_sess_reset_enginetime(self->session);
}
