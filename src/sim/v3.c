/*
 * SNMPv3 messages with the user-based security model, as the authoritative engine sees them
 * (RFC 3412 section 7.2, RFC 3414 section 3.2). The order of the checks is that of the RFC. Must
 * never act on what is not authenticated where the message claims to be.
 */
#include "sim/agent.h"

#include <openssl/crypto.h>
#include <string.h>

#define SECURITY_MODEL_USM 3
#define TIME_WINDOW 150 /* seconds, RFC 3414 section 2.2.3 */

enum { VERSION_2C = 1, VERSION_3 = 3 };
enum { FLAG_AUTH = 1, FLAG_PRIV = 2, FLAG_REPORTABLE = 4 };

/* Most bytes around the varbinds beside engine ids, user, context and MAC: headers of at most
 * four bytes for message, global data, security string and sequence, encrypted PDU, scoped PDU,
 * PDU, list (32); of two for the strings (14); integers 3 + 6 + 6 + 3 + 3 + 6 + 6 of the message
 * and 6 + 6 + 6 of the PDU, flags, salt 8, padding 8. */
#define OVERHEAD 128

struct message {
    const struct zsnmp_sim_span *whole;
    int32_t id;
    int32_t max_size;
    uint8_t flags;
    struct zsnmp_sim_span engine_id;
    int32_t boots;
    int32_t time;
    struct zsnmp_sim_span user_name;
    struct zsnmp_sim_span mac;
    struct zsnmp_sim_span salt;
    struct zsnmp_sim_span data; /* a scoped PDU, or a string that hides one */
    /* found on the way */
    const struct zsnmp_sim_fault *fault; /* NULL: the device is sound */
    const struct zsnmp_sim_user *user;
    const struct zsnmp_sim_key *key;
    struct zsnmp_sim_span context_name;
    uint8_t own_id[ZSNMP_SIM_ENGINE_ID_MAX];
    size_t own_id_len;
    int32_t own_time;
};

static bool parse_header(struct message *m, struct zsnmp_sim_span rest)
{
    struct zsnmp_sim_span global;
    struct zsnmp_sim_span flags;
    struct zsnmp_sim_span security;
    struct zsnmp_sim_span usm;
    int32_t model = 0;
    if (!zsnmp_sim_ber_enter(&rest, ZSNMP_SIM_SEQUENCE, &global) ||
        !zsnmp_sim_ber_int(&global, &m->id) || !zsnmp_sim_ber_int(&global, &m->max_size) ||
        !zsnmp_sim_ber_enter(&global, ZSNMP_SIM_STRING, &flags) ||
        zsnmp_sim_span_len(&flags) != 1 || !zsnmp_sim_ber_int(&global, &model) ||
        model != SECURITY_MODEL_USM || m->id < 0 || m->max_size < ZSNMP_SIM_MESSAGE_MIN) {
        return false;
    }
    m->flags = *flags.at;
    m->data = rest;
    return (m->flags & (FLAG_AUTH | FLAG_PRIV)) != FLAG_PRIV &&
           zsnmp_sim_ber_enter(&m->data, ZSNMP_SIM_STRING, &security) &&
           zsnmp_sim_ber_enter(&security, ZSNMP_SIM_SEQUENCE, &usm) &&
           zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &m->engine_id) &&
           zsnmp_sim_ber_int(&usm, &m->boots) && zsnmp_sim_ber_int(&usm, &m->time) &&
           zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &m->user_name) &&
           zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &m->mac) &&
           zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &m->salt) && m->boots >= 0 && m->time >= 0 &&
           zsnmp_sim_span_len(&m->user_name) <= ZSNMP_SIM_USER_NAME_MAX;
}

/* Encrypts what is between head and tail where the level asks for it. */
static void seal(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                 const struct message *m, uint8_t salt[ZSNMP_SIM_SALT], struct zsnmp_sim_out *out)
{
    uint64_t count = agent->salt++;
    for (int i = 0; i < ZSNMP_SIM_SALT; i++) {
        salt[i] = (uint8_t)(count >> (56 - 8 * i));
    }
    if (m->user->priv == ZSNMP_SIM_DES) {
        for (int i = 0; i < 4; i++) { /* RFC 3414 section 8.1.1.1: boots, then a counter */
            salt[i] = (uint8_t)((uint32_t)view->now.engine_boots >> (24 - 8 * i));
        }
        while ((out->tail - out->head) % 8 != 0) {
            *out->tail++ = 0;
        }
    }
    zsnmp_sim_cipher_encrypt(&m->key->cipher, view->now.engine_boots, m->own_time, salt, out->head,
                             (size_t)(out->tail - out->head), out->head);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_STRING, out->tail);
}

/* Puts the security parameters at the head; returns how far from the tail the MAC begins. */
static size_t put_security(const struct zsnmp_sim_view *view, const struct message *m,
                           uint8_t level, const uint8_t *salt, struct zsnmp_sim_out *out)
{
    static const uint8_t zeros[ZSNMP_SIM_MAC_MAX];
    const uint8_t *end = out->head;
    size_t mac_len = level & FLAG_AUTH ? zsnmp_sim_mac_len(m->user->auth) : 0;
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, salt, level & FLAG_PRIV ? ZSNMP_SIM_SALT : 0);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, zeros, mac_len);
    size_t mac_from_tail = (size_t)(out->tail - out->head) - 2; /* its header: two bytes */
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, m->user_name.at, zsnmp_sim_span_len(&m->user_name));
    zsnmp_sim_out_int(out, m->own_time);
    zsnmp_sim_out_int(out, view->now.engine_boots);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, m->own_id, m->own_id_len);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, end);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_STRING, end);
    return mac_from_tail;
}

/* Makes a message of the PDU between head and tail. */
static bool close_message(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          const struct message *m, uint8_t level, struct zsnmp_sim_out *out)
{
    uint8_t salt[ZSNMP_SIM_SALT] = {0};
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, m->context_name.at,
                        zsnmp_sim_span_len(&m->context_name));
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, m->own_id, m->own_id_len);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    if (level & FLAG_PRIV) {
        seal(agent, view, m, salt, out);
    }
    size_t mac_from_tail = put_security(view, m, level, salt, out);
    const uint8_t *end = out->head;
    zsnmp_sim_out_int(out, SECURITY_MODEL_USM);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, &level, 1);
    zsnmp_sim_out_int(out, view->now.message_max);
    zsnmp_sim_out_int(out, m->id);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, end);
    zsnmp_sim_out_int(out,
                      agent->spoil->next[ZSNMP_SIM_SPOIL_VERSION] > 0 ? VERSION_2C : VERSION_3);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    if (!out->failed && (level & FLAG_AUTH)) {
        uint8_t mac[ZSNMP_SIM_DIGEST_MAX];
        size_t len = (size_t)(out->tail - out->head);
        zsnmp_sim_hmac_message(&m->key->hmac, out->head, len, len - mac_from_tail, mac);
        memcpy(out->tail - mac_from_tail, mac, zsnmp_sim_mac_len(m->user->auth));
    }
    return !out->failed;
}

/* Counters a REPORT speaks of: usmStats (RFC 3414 section 5) and snmpMPDStats, snmpTarget. */
enum report {
    UNSUPPORTED_SEC_LEVELS,
    NOT_IN_TIME_WINDOWS,
    UNKNOWN_USER_NAMES,
    UNKNOWN_ENGINE_IDS,
    WRONG_DIGESTS,
    DECRYPTION_ERRORS,
    UNKNOWN_CONTEXTS,
    UNKNOWN_PDU_HANDLERS,
};

struct report_info {
    uint32_t name[11];
    size_t offset; /* of its counter in struct zsnmp_sim_stats */
};

#define USM_STATS 1, 3, 6, 1, 6, 3, 15, 1, 1
static const struct report_info reports[] = {
    [UNSUPPORTED_SEC_LEVELS] = {{USM_STATS, 1, 0},
                                offsetof(struct zsnmp_sim_stats, report_unsupported_sec_levels)},
    [NOT_IN_TIME_WINDOWS] = {{USM_STATS, 2, 0},
                             offsetof(struct zsnmp_sim_stats, report_not_in_time_windows)},
    [UNKNOWN_USER_NAMES] = {{USM_STATS, 3, 0},
                            offsetof(struct zsnmp_sim_stats, report_unknown_user_names)},
    [UNKNOWN_ENGINE_IDS] = {{USM_STATS, 4, 0},
                            offsetof(struct zsnmp_sim_stats, report_unknown_engine_ids)},
    [WRONG_DIGESTS] = {{USM_STATS, 5, 0}, offsetof(struct zsnmp_sim_stats, report_wrong_digests)},
    [DECRYPTION_ERRORS] = {{USM_STATS, 6, 0},
                           offsetof(struct zsnmp_sim_stats, report_decryption_errors)},
    [UNKNOWN_CONTEXTS] = {{1, 3, 6, 1, 6, 3, 12, 1, 5, 0},
                          offsetof(struct zsnmp_sim_stats, report_unknown_contexts)},
    [UNKNOWN_PDU_HANDLERS] = {{1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0},
                              offsetof(struct zsnmp_sim_stats, report_unknown_pdu_handlers)},
};

/* The request-id of a scoped PDU that is readable, 0 otherwise (RFC 3412 section 7.1). */
static int32_t readable_request_id(struct zsnmp_sim_span data)
{
    struct zsnmp_sim_span scoped;
    struct zsnmp_sim_span skip;
    struct zsnmp_sim_pdu pdu;
    if (zsnmp_sim_ber_enter(&data, ZSNMP_SIM_SEQUENCE, &scoped) &&
        zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &skip) &&
        zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &skip) &&
        zsnmp_sim_pdu_parse(&scoped, &pdu)) {
        return pdu.request_id;
    }
    return 0;
}

/* Answers with a REPORT at the given level; only what may be reported on is. */
static bool report(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                   struct message *m, enum report what, uint8_t level, struct zsnmp_sim_out *out)
{
    const struct report_info *info = &reports[what];
    _Atomic uint64_t *counter = (_Atomic uint64_t *)((uint8_t *)&agent->stats + info->offset);
    zsnmp_sim_count(counter);
    if ((m->flags & FLAG_REPORTABLE) == 0) {
        return false;
    }
    zsnmp_sim_count(&agent->stats.reports);
    uint8_t name[ZSNMP_SIM_NAME_ROOM];
    size_t len = what == UNKNOWN_CONTEXTS ? 10 : 11;
    len = zsnmp_sim_ber_put_oid(name, info->name, len);
    struct zsnmp_sim_value value;
    zsnmp_sim_value_unsigned(&value, ZSNMP_SIM_COUNTER32, (uint32_t)atomic_load(counter));
    out->tail = out->head;
    (void)zsnmp_sim_out_varbind(out, name, len, value.tag, value.data, value.len);
    zsnmp_sim_pdu_close(out, ZSNMP_SIM_PDU_REPORT, readable_request_id(m->data),
                        (struct zsnmp_sim_outcome){ZSNMP_SIM_NO_ERROR, 0});
    m->context_name.end = m->context_name.at; /* reports come in the default context */
    m->id = zsnmp_sim_spoil_id(agent, ZSNMP_SIM_SPOIL_ID, m->id);
    return close_message(agent, view, m, level, out);
}

static bool is_authentic(const struct message *m)
{
    size_t mac_len = zsnmp_sim_mac_len(m->user->auth);
    if (zsnmp_sim_span_len(&m->mac) != mac_len) {
        return false;
    }
    uint8_t mac[ZSNMP_SIM_DIGEST_MAX];
    zsnmp_sim_hmac_message(&m->key->hmac, m->whole->at, zsnmp_sim_span_len(m->whole),
                           (size_t)(m->mac.at - m->whole->at), mac);
    return CRYPTO_memcmp(mac, m->mac.at, mac_len) == 0;
}

static bool is_timely(const struct zsnmp_sim_view *view, const struct message *m)
{
    int64_t apart = (int64_t)m->time - m->own_time;
    return view->now.engine_boots != INT32_MAX && m->boots == view->now.engine_boots &&
           apart >= -TIME_WINDOW && apart <= TIME_WINDOW;
}

/* Replaces data by its plain text. A wrong key shows as something that is no scoped PDU. */
static bool decrypt(struct zsnmp_sim_agent *agent, struct message *m)
{
    struct zsnmp_sim_span hidden;
    if (!zsnmp_sim_ber_enter(&m->data, ZSNMP_SIM_STRING, &hidden) ||
        zsnmp_sim_span_len(&m->salt) != ZSNMP_SIM_SALT) {
        return false;
    }
    size_t len = zsnmp_sim_span_len(&hidden);
    if (len == 0 || len > ZSNMP_SIM_MESSAGE_MAX || (m->user->priv == ZSNMP_SIM_DES && len % 8)) {
        return false;
    }
    zsnmp_sim_cipher_decrypt(&m->key->cipher, m->boots, m->time, m->salt.at, hidden.at, len,
                             agent->plain);
    m->data = (struct zsnmp_sim_span){agent->plain, agent->plain + len};
    struct zsnmp_sim_span probe = m->data;
    struct zsnmp_sim_span scoped;
    return zsnmp_sim_ber_enter(&probe, ZSNMP_SIM_SEQUENCE, &scoped);
}

/* The users of all devices, but for those that this one has of its own, or does not know. */
static const struct zsnmp_sim_user *find_user(const struct zsnmp_sim_agent *agent,
                                              const struct message *m)
{
    size_t len = zsnmp_sim_span_len(&m->user_name);
    for (size_t i = 0; m->fault != NULL && i < m->fault->users; i++) {
        const char *name = m->fault->user[i].name;
        if (strlen(name) == len && memcmp(name, m->user_name.at, len) == 0) {
            return m->fault->user[i].user;
        }
    }
    return zsnmp_sim_usm_find(agent->world->usm, m->user_name.at, len);
}

/* RFC 3414 section 3.2, steps 3 to 8. Sets *answered where that is the end of it. */
static bool pass_security(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          struct message *m, struct zsnmp_sim_out *out, bool *answered)
{
    uint8_t level = m->flags & (FLAG_AUTH | FLAG_PRIV);
    size_t id_len = zsnmp_sim_span_len(&m->engine_id);
    bool fresh = false;
    if (id_len != m->own_id_len || memcmp(m->engine_id.at, m->own_id, id_len) != 0) {
        *answered = report(agent, view, m, UNKNOWN_ENGINE_IDS, 0, out);
        return false;
    }
    m->user = find_user(agent, m);
    if (m->user == NULL) {
        *answered = report(agent, view, m, UNKNOWN_USER_NAMES, 0, out);
        return false;
    }
    if ((level & ~(unsigned)m->user->level) != 0) {
        *answered = report(agent, view, m, UNSUPPORTED_SEC_LEVELS, 0, out);
        return false;
    }
    if (level == 0) {
        return true;
    }
    m->key = zsnmp_sim_keys_get(agent->keys, m->user, m->own_id, m->own_id_len, &fresh);
    if (m->key == NULL) {
        return false;
    }
    if (fresh) {
        zsnmp_sim_count(&agent->stats.keys_localised);
    }
    if (!is_authentic(m)) {
        *answered = report(agent, view, m, WRONG_DIGESTS, 0, out);
        return false;
    }
    if (!is_timely(view, m)) {
        *answered = report(agent, view, m, NOT_IN_TIME_WINDOWS, FLAG_AUTH, out);
        return false;
    }
    if ((level & FLAG_PRIV) != 0 && !decrypt(agent, m)) {
        if (m->fault != NULL && m->fault->silent_decrypt) {
            zsnmp_sim_count(&agent->stats.dropped_fault);
            return false;
        }
        m->data.at = m->data.end;
        *answered = report(agent, view, m, DECRYPTION_ERRORS, FLAG_AUTH, out);
        return false;
    }
    return true;
}

static const char *find_context(const struct zsnmp_sim_world *world,
                                const struct zsnmp_sim_span *name)
{
    size_t len = zsnmp_sim_span_len(name);
    for (size_t i = 0; i < world->contexts; i++) {
        if (strlen(world->context[i]) == len && memcmp(world->context[i], name->at, len) == 0) {
            return world->context[i];
        }
    }
    return len == 0 ? "" : NULL;
}

/* The scoped PDU, which is plain by now. */
static bool answer_scoped(struct zsnmp_sim_agent *agent, struct zsnmp_sim_view *view,
                          struct message *m, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_span data = m->data;
    struct zsnmp_sim_span scoped;
    struct zsnmp_sim_span engine_id;
    struct zsnmp_sim_pdu pdu;
    uint8_t level = m->flags & (FLAG_AUTH | FLAG_PRIV);
    if (!zsnmp_sim_ber_enter(&data, ZSNMP_SIM_SEQUENCE, &scoped) ||
        !zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &engine_id) ||
        !zsnmp_sim_ber_enter(&scoped, ZSNMP_SIM_STRING, &m->context_name) ||
        !zsnmp_sim_pdu_parse(&scoped, &pdu)) {
        zsnmp_sim_count(&agent->stats.dropped_malformed);
        return false;
    }
    zsnmp_sim_spoil_select(agent, pdu.type);
    if (zsnmp_sim_span_len(&engine_id) != m->own_id_len ||
        memcmp(engine_id.at, m->own_id, m->own_id_len) != 0) {
        return report(agent, view, m, UNKNOWN_PDU_HANDLERS, level, out);
    }
    view->now.context = find_context(agent->world, &m->context_name);
    if (view->now.context == NULL) {
        return report(agent, view, m, UNKNOWN_CONTEXTS, level, out);
    }
    m->id = zsnmp_sim_spoil_id(agent, ZSNMP_SIM_SPOIL_ID, m->id);
    pdu.request_id = zsnmp_sim_spoil_id(agent, ZSNMP_SIM_SPOIL_REQUEST_ID, pdu.request_id);
    size_t limit = view->now.message_max;
    if ((size_t)m->max_size < limit) {
        limit = (size_t)m->max_size;
    }
    size_t around = OVERHEAD + 2 * m->own_id_len + zsnmp_sim_span_len(&m->user_name) +
                    zsnmp_sim_span_len(&m->context_name) + zsnmp_sim_mac_len(m->user->auth);
    out->ceiling = out->tail + (limit - around);
    if (level != (uint8_t)m->user->level) { /* as access control would say: too little security */
        zsnmp_sim_pdu_refuse(agent, view, &pdu,
                             (struct zsnmp_sim_outcome){ZSNMP_SIM_AUTHORIZATION_ERROR, 0}, out);
    } else if (!zsnmp_sim_pdu_answer(agent, view, &pdu, true, out)) {
        return false;
    }
    return close_message(agent, view, m, level, out);
}

/* A report without authentication, which goes out before the reply. */
static bool put_before(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       const struct message *m, enum report what)
{
    struct zsnmp_sim_out *out = zsnmp_sim_spoil_before(agent);
    uint8_t name[ZSNMP_SIM_NAME_ROOM];
    struct zsnmp_sim_value value;
    size_t len = zsnmp_sim_ber_put_oid(name, reports[what].name, 11);
    zsnmp_sim_value_unsigned(&value, ZSNMP_SIM_COUNTER32, 1);
    (void)zsnmp_sim_out_varbind(out, name, len, value.tag, value.data, value.len);
    zsnmp_sim_pdu_close(out, ZSNMP_SIM_PDU_REPORT, 0,
                        (struct zsnmp_sim_outcome){ZSNMP_SIM_NO_ERROR, 0});
    if (!close_message(agent, view, m, 0, out)) {
        return false;
    }
    agent->befores++;
    zsnmp_sim_count(&agent->stats.forged);
    return true;
}

/* A report that anybody on the way could have made; see enum zsnmp_sim_forgery. */
static void forge(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                  struct message m)
{
    if (m.fault->forge == ZSNMP_SIM_FORGE_UNKNOWN_ENGINE_ID) {
        memcpy(m.own_id + m.own_id_len - sizeof(uint32_t), &m.fault->draw, sizeof(uint32_t));
    }
    m.context_name.at = m.context_name.end = m.whole->at;
    agent->has_forged = put_before(agent, view, &m, (enum report)(m.fault->forge - 1));
}

void zsnmp_sim_v3_stranger(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                           int32_t id)
{
    struct message m = {.id = id};
    m.own_id_len = zsnmp_sim_device_engine_id(&view->device, &view->now, m.own_id);
    m.own_time = zsnmp_sim_device_engine_time(&view->device, &view->now);
    (void)put_before(agent, view, &m, UNKNOWN_ENGINE_IDS);
}

bool zsnmp_sim_v3_answer(struct zsnmp_sim_agent *agent, struct zsnmp_sim_view *view,
                         const struct zsnmp_sim_span *whole, struct zsnmp_sim_span rest,
                         struct zsnmp_sim_out *out)
{
    struct message m = {.whole = whole};
    zsnmp_sim_count(&agent->stats.v3);
    if (!parse_header(&m, rest)) {
        zsnmp_sim_count(&agent->stats.dropped_malformed);
        return false;
    }
    m.fault = view->now.fault;
    m.own_id_len = zsnmp_sim_device_engine_id(&view->device, &view->now, m.own_id);
    m.own_time = zsnmp_sim_device_engine_time(&view->device, &view->now);
    /* A discovery, which nothing can authenticate, is left alone. */
    if (m.fault != NULL && m.fault->forge != ZSNMP_SIM_FORGE_NOTHING &&
        m.engine_id.at < m.engine_id.end) {
        forge(agent, view, m);
    }
    bool answered = false;
    if (!pass_security(agent, view, &m, out, &answered)) {
        return answered;
    }
    return answer_scoped(agent, view, &m, out);
}
