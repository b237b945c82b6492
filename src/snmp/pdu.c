/*
 * Builds net-snmp's PDUs from requests, and reads reports.
 */
#include "snmp/pdu.h"

#include <stdlib.h>
#include <string.h>

#include <net-snmp/library/snmpusm.h>

int zsnmp_pdu_command(zsnmp_op_t op)
{
    switch (op) {
    case ZSNMP_GET_NEXT:
        return SNMP_MSG_GETNEXT;
    case ZSNMP_GET_BULK:
        return SNMP_MSG_GETBULK;
    case ZSNMP_SET:
        return SNMP_MSG_SET;
    case ZSNMP_GET:
    case ZSNMP_WALK:
        break;
    }
    return SNMP_MSG_GET;
}

static void set_raw(struct zsnmp_raw *self, const void *data, size_t len)
{
    self->data = data;
    self->len = len;
}

void zsnmp_raw_read(struct zsnmp_raw *self, const struct zsnmp_item *item)
{
    self->type = item->type;
    switch (item->type) {
    case 0: /* nothing to set */
    case ZSNMP_NULL:
        self->type = ASN_NULL;
        set_raw(self, NULL, 0);
        break;
    case ZSNMP_INTEGER:
        self->room.i = (long)item->value.i;
        set_raw(self, &self->room.i, sizeof self->room.i);
        break;
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32:
        self->room.u = (u_long)item->value.u;
        set_raw(self, &self->room.u, sizeof self->room.u);
        break;
    case ZSNMP_OBJECT_ID:
        set_raw(self, self->room.wide,
                sizeof(oid) * zsnmp_oid_widen(self->room.wide, item->value.subids, item->data_len));
        break;
    case ZSNMP_COUNTER64:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_INT64:
    case ZSNMP_OPAQUE_UINT64:
        self->room.c64 = (struct counter64){.high = (u_long)(item->value.u >> 32),
                                            .low = (u_long)(item->value.u & UINT32_MAX)};
        set_raw(self, &self->room.c64, sizeof self->room.c64);
        break;
    case ZSNMP_OPAQUE_FLOAT:
        self->room.f = (float)item->value.d;
        set_raw(self, &self->room.f, sizeof self->room.f);
        break;
    case ZSNMP_OPAQUE_DOUBLE:
        set_raw(self, &item->value.d, sizeof item->value.d);
        break;
    default: /* what is bytes */
        set_raw(self, item->value.data, item->data_len);
    }
}

static bool add(netsnmp_pdu *pdu, const uint32_t *name, size_t name_len,
                const struct zsnmp_raw *value)
{
    oid wide[MAX_OID_LEN];
    size_t len = zsnmp_oid_widen(wide, name, name_len);
    return snmp_pdu_add_variable(pdu, wide, len, value->type, value->data, value->len) != NULL;
}

static bool add_all(netsnmp_pdu *pdu, const struct zsnmp_pdu *from)
{
    if (from->items == NULL) {
        const struct zsnmp_raw null = {.type = ASN_NULL};
        return add(pdu, from->oid, from->oid_len, &null);
    }
    for (const struct zsnmp_item *item = from->items; item != NULL; item = item->next) {
        struct zsnmp_raw value;
        zsnmp_raw_read(&value, item);
        if (!add(pdu, item->oid, item->oid_len, &value)) {
            return false;
        }
    }
    return true;
}

/* Copies for net-snmp, which frees with free(). */
static bool copy(struct zsnmp_str from, void **to, size_t *len)
{
    if (from.len == 0) {
        return true;
    }
    *to = malloc(from.len + 1);
    if (*to == NULL) {
        return false;
    }
    memcpy(*to, from.data, from.len);
    ((char *)*to)[from.len] = '\0';
    *len = from.len;
    return true;
}

static bool add_context(netsnmp_pdu *pdu, const struct zsnmp_pdu *from)
{
    void *name = NULL;
    void *engine = NULL;
    bool ok = copy(from->context, &name, &pdu->contextNameLen) &&
              copy(from->context_engine_id, &engine, &pdu->contextEngineIDLen);
    pdu->contextName = name;
    pdu->contextEngineID = engine;
    return ok;
}

netsnmp_pdu *zsnmp_pdu_make(const struct zsnmp_pdu *from)
{
    netsnmp_pdu *pdu = snmp_pdu_create(zsnmp_pdu_command(from->op));
    if (pdu == NULL) {
        return NULL;
    }
    pdu->reqid = from->reqid;
    if (from->op == ZSNMP_GET_BULK) {
        pdu->non_repeaters = (long)from->non_repeaters;
        pdu->max_repetitions = (long)from->max_repetitions;
    }
    if (!add_all(pdu, from) || !add_context(pdu, from)) {
        snmp_free_pdu(pdu);
        return NULL;
    }
    return pdu;
}

netsnmp_pdu *zsnmp_pdu_make_probe(int32_t reqid)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);
    if (pdu == NULL) {
        return NULL;
    }
    pdu->reqid = reqid;
    pdu->version = SNMP_VERSION_3;
    pdu->securityModel = USM_SEC_MODEL_NUMBER;
    pdu->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
    pdu->securityName = strdup("");
    if (pdu->securityName == NULL) {
        snmp_free_pdu(pdu);
        return NULL;
    }
    return pdu;
}

#define TARGET_STATS_LEN 8u
#define TARGET_UNAVAILABLE_CONTEXTS 4u /* snmpUnavailableContexts, RFC 3413 section 3.2 */

/* net-snmp has one code for both context reports; the OID tells them apart. */
static zsnmp_err_t context_report(const netsnmp_variable_list *vp)
{
    bool unavailable = vp != NULL && vp->name_length > TARGET_STATS_LEN &&
                       vp->name[TARGET_STATS_LEN] == TARGET_UNAVAILABLE_CONTEXTS;
    return unavailable ? ZSNMP_E_UNAVAILABLE_CONTEXT : ZSNMP_E_UNKNOWN_CONTEXT;
}

zsnmp_err_t zsnmp_pdu_report(netsnmp_pdu *pdu)
{
    switch (snmpv3_get_report_type(pdu)) {
    case SNMPERR_UNKNOWN_USER_NAME:
        return ZSNMP_E_UNKNOWN_USER;
    case SNMPERR_AUTHENTICATION_FAILURE:
        return ZSNMP_E_WRONG_DIGEST;
    case SNMPERR_NOT_IN_TIME_WINDOW:
        return ZSNMP_E_NOT_IN_TIME_WINDOW;
    case SNMPERR_UNKNOWN_ENG_ID:
        return ZSNMP_E_UNKNOWN_ENGINE_ID;
    case SNMPERR_DECRYPTION_ERR:
        return ZSNMP_E_DECRYPTION_ERROR;
    case SNMPERR_UNSUPPORTED_SEC_LEVEL:
        return ZSNMP_E_UNSUPPORTED_SECURITY_LEVEL;
    case SNMPERR_BAD_CONTEXT:
        return context_report(pdu->variables);
    default:
        return ZSNMP_E_OTHER_REPORT;
    }
}
