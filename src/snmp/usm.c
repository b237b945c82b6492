/*
 * Names of USM protocols for net-snmp, and keys from pass phrases.
 */
#include "snmp/usm.h"

#include <net-snmp/library/keytools.h>
#include <net-snmp/library/snmpusm.h>
#include <net-snmp/library/transform_oids.h>

#define NAMED(name)                                                                                \
    (struct zsnmp_usm_oid)                                                                         \
    {                                                                                              \
        name, sizeof(name) / sizeof *(name)                                                        \
    }

struct zsnmp_usm_oid zsnmp_usm_auth(zsnmp_auth_t proto)
{
    switch (proto) {
    case ZSNMP_AUTH_MD5:
        return NAMED(usmHMACMD5AuthProtocol);
    case ZSNMP_AUTH_SHA:
        return NAMED(usmHMACSHA1AuthProtocol);
    case ZSNMP_AUTH_SHA224:
        return NAMED(usmHMAC128SHA224AuthProtocol);
    case ZSNMP_AUTH_SHA256:
        return NAMED(usmHMAC192SHA256AuthProtocol);
    case ZSNMP_AUTH_SHA384:
        return NAMED(usmHMAC256SHA384AuthProtocol);
    case ZSNMP_AUTH_SHA512:
        return NAMED(usmHMAC384SHA512AuthProtocol);
    case ZSNMP_AUTH_NONE:
        break;
    }
    return NAMED(usmNoAuthProtocol);
}

struct zsnmp_usm_oid zsnmp_usm_priv(zsnmp_priv_t proto)
{
    switch (proto) {
    case ZSNMP_PRIV_DES:
        return NAMED(usmDESPrivProtocol);
    case ZSNMP_PRIV_AES128:
        return NAMED(usmAESPrivProtocol);
    case ZSNMP_PRIV_AES192:
        return NAMED(usmAES192PrivProtocol);
    case ZSNMP_PRIV_AES256:
        return NAMED(usmAES256PrivProtocol);
    case ZSNMP_PRIV_AES192C:
        return NAMED(usmAES192CiscoPrivProtocol);
    case ZSNMP_PRIV_AES256C:
        return NAMED(usmAES256CiscoPrivProtocol);
    case ZSNMP_PRIV_NONE:
        break;
    }
    return NAMED(usmNoPrivProtocol);
}

zsnmp_err_t zsnmp_key_derive(zsnmp_auth_t proto, const char *pass, size_t len,
                             struct zsnmp_key *key)
{
    struct zsnmp_usm_oid auth = zsnmp_usm_auth(proto);
    size_t made = sizeof key->bytes;
    *key = (struct zsnmp_key){.len = 0};
    if (generate_Ku(auth.oid, (u_int)auth.len, (const u_char *)pass, len, key->bytes, &made) !=
        SNMPERR_SUCCESS) {
        return ZSNMP_E_BAD_KEY;
    }
    key->len = (uint8_t)made;
    return ZSNMP_OK;
}
