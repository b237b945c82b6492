/* USM protocols as net-snmp names them; inside the SNMP layer only. */
#ifndef ZSNMP_SNMP_USM_H
#define ZSNMP_SNMP_USM_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "snmp/snmp.h"

struct zsnmp_usm_oid {
    const oid *oid;
    size_t len;
};

struct zsnmp_usm_oid zsnmp_usm_auth(zsnmp_auth_t proto);
struct zsnmp_usm_oid zsnmp_usm_priv(zsnmp_priv_t proto);

#endif
