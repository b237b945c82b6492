/* PDUs and varbinds between net-snmp's form and ours; inside the SNMP layer only. */
#ifndef ZSNMP_SNMP_PDU_H
#define ZSNMP_SNMP_PDU_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "snmp/snmp.h"

/* Sub-identifiers are 64 bits wide in net-snmp, and 32 on the wire (RFC 2578 section 3.5). */
static inline size_t zsnmp_oid_widen(oid *to, const uint32_t *from, size_t len)
{
    size_t n = len < MAX_OID_LEN ? len : MAX_OID_LEN;
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
    return n;
}

/* Those beyond 32 bits cannot come out of net-snmp's parser. */
static inline size_t zsnmp_oid_narrow(uint32_t *to, const oid *from, size_t len)
{
    size_t n = len < ZSNMP_OID_MAX ? len : ZSNMP_OID_MAX;
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint32_t)from[i];
    }
    return n;
}

static inline uint64_t zsnmp_counter64_join(const struct counter64 *value)
{
    return (uint64_t)(value->high & UINT32_MAX) << 32 | (value->low & UINT32_MAX);
}

/* A net-snmp PDU to send, owned by the caller; NULL: no memory. */
netsnmp_pdu *zsnmp_pdu_make(const struct zsnmp_pdu *from);

/* The PDU that asks for an engine id (RFC 5343, RFC 3414 section 4): empty, unauthenticated. */
netsnmp_pdu *zsnmp_pdu_make_probe(int32_t reqid);

/* What a REPORT says, as an error of ours. */
zsnmp_err_t zsnmp_pdu_report(netsnmp_pdu *pdu);

#endif
