/*
 * Builds net-snmp's PDUs from requests, and reads reports.
 */
#include "snmp/pdu.h"

#include <stdlib.h>
#include <string.h>

#include <net-snmp/library/snmpusm.h>

static int command(zsnmp_op_t op)
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

static bool add(netsnmp_pdu *pdu, const uint32_t *name, size_t name_len, u_char type,
                const void *value, size_t value_len)
{
    oid wide[MAX_OID_LEN];
    size_t len = zsnmp_oid_widen(wide, name, name_len);
    return snmp_pdu_add_variable(pdu, wide, len, type, value, value_len) != NULL;
}

static bool add_oid_value(netsnmp_pdu *pdu, const struct zsnmp_item *item)
{
    oid wide[MAX_OID_LEN];
    size_t len = zsnmp_oid_widen(wide, item->value.subids, item->data_len);
    return add(pdu, item->oid, item->oid_len, ASN_OBJECT_ID, wide, len * sizeof *wide);
}

static bool add_counter64(netsnmp_pdu *pdu, const struct zsnmp_item *item)
{
    struct counter64 wide = {.high = (u_long)(item->value.u >> 32),
                             .low = (u_long)(item->value.u & UINT32_MAX)};
    return add(pdu, item->oid, item->oid_len, item->type, &wide, sizeof wide);
}

static bool add_float(netsnmp_pdu *pdu, const struct zsnmp_item *item)
{
    float value = (float)item->value.d;
    return add(pdu, item->oid, item->oid_len, item->type, &value, sizeof value);
}

static bool add_item(netsnmp_pdu *pdu, const struct zsnmp_item *item)
{
    switch (item->type) {
    case 0: /* nothing to set */
    case ZSNMP_NULL:
        return add(pdu, item->oid, item->oid_len, ASN_NULL, NULL, 0);
    case ZSNMP_INTEGER: {
        long value = (long)item->value.i;
        return add(pdu, item->oid, item->oid_len, ASN_INTEGER, &value, sizeof value);
    }
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32: {
        u_long value = (u_long)item->value.u;
        return add(pdu, item->oid, item->oid_len, item->type, &value, sizeof value);
    }
    case ZSNMP_OBJECT_ID:
        return add_oid_value(pdu, item);
    case ZSNMP_COUNTER64:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_INT64:
    case ZSNMP_OPAQUE_UINT64:
        return add_counter64(pdu, item);
    case ZSNMP_OPAQUE_FLOAT:
        return add_float(pdu, item);
    case ZSNMP_OPAQUE_DOUBLE:
        return add(pdu, item->oid, item->oid_len, item->type, &item->value.d, sizeof item->value.d);
    default: /* what is bytes */
        return add(pdu, item->oid, item->oid_len, item->type, item->value.data, item->data_len);
    }
}

static bool add_all(netsnmp_pdu *pdu, const struct zsnmp_pdu *from)
{
    if (from->items == NULL) {
        return add(pdu, from->oid, from->oid_len, ASN_NULL, NULL, 0);
    }
    for (const struct zsnmp_item *item = from->items; item != from->end; item = item->next) {
        if (!item->missing && !add_item(pdu, item)) {
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
    netsnmp_pdu *pdu = snmp_pdu_create(command(from->op));
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
