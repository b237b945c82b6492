/* PDUs and varbinds between net-snmp's form and ours; inside the SNMP layer only. */
#ifndef ZSNMP_SNMP_PDU_H
#define ZSNMP_SNMP_PDU_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "snmp/snmp.h"

/* A net-snmp PDU to send, owned by the caller; NULL: no memory. */
netsnmp_pdu *zsnmp_pdu_make(const struct zsnmp_pdu *from);

/* The PDU that asks for an engine id (RFC 5343, RFC 3414 section 4): empty, unauthenticated. */
netsnmp_pdu *zsnmp_pdu_make_probe(int32_t reqid);

/* What a REPORT says, as an error of ours. */
zsnmp_err_t zsnmp_pdu_report(netsnmp_pdu *pdu);

#endif
