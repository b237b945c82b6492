/*
 * Reads the varbinds of an answer out of net-snmp's list.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "snmp/snmp.h"

/* Sub-identifiers beyond 32 bits cannot come out of net-snmp's parser (RFC 2578 section 3.5). */
static size_t narrow(uint32_t *to, const oid *from, size_t len)
{
    size_t n = len < ZSNMP_OID_MAX ? len : ZSNMP_OID_MAX;
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint32_t)from[i];
    }
    return n;
}

static uint64_t join(const struct counter64 *value)
{
    return (uint64_t)(value->high & UINT32_MAX) << 32 | (value->low & UINT32_MAX);
}

static void read_value(struct zsnmp_answer *self, const netsnmp_variable_list *from,
                       zsnmp_varbind_t *vb)
{
    switch (from->type) {
    case ASN_INTEGER:
        vb->value.i = *from->val.integer;
        break;
    case ASN_COUNTER:
    case ASN_GAUGE:
    case ASN_TIMETICKS:
    case ASN_UINTEGER:
        vb->value.u = (uint64_t)*from->val.integer & UINT32_MAX;
        break;
    case ASN_COUNTER64:
    case ASN_OPAQUE_COUNTER64:
    case ASN_OPAQUE_U64:
        vb->value.u = join(from->val.counter64);
        break;
    case ASN_OPAQUE_I64:
        vb->value.i = (int64_t)join(from->val.counter64);
        break;
    case ASN_OPAQUE_FLOAT:
        vb->value.d = (double)*from->val.floatVal;
        break;
    case ASN_OPAQUE_DOUBLE:
        vb->value.d = *from->val.doubleVal;
        break;
    case ASN_OBJECT_ID:
        vb->value.oid.len =
            narrow(self->value_oid, from->val.objid, from->val_len / sizeof *from->val.objid);
        vb->value.oid.subids = self->value_oid;
        break;
    case ASN_NULL:
    case SNMP_NOSUCHOBJECT:
    case SNMP_NOSUCHINSTANCE:
    case SNMP_ENDOFMIBVIEW:
        break;
    case ASN_BIT_STR: /* pre-SMIv2 BIT STRING: to us an octet string */
        vb->type = ZSNMP_OCTET_STRING;
        vb->value.bytes.data = from->val.bitstring;
        vb->value.bytes.len = from->val_len;
        break;
    default:
        vb->value.bytes.data = from->val.string;
        vb->value.bytes.len = from->val_len;
    }
}

bool zsnmp_answer_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb)
{
    const netsnmp_variable_list *from = self->variables;
    if (from == NULL) {
        return false;
    }
    *vb = (zsnmp_varbind_t){.type = from->type, .oid = self->oid};
    vb->oid_len = narrow(self->oid, from->name, from->name_length);
    read_value(self, from, vb);
    self->variables = from->next_variable;
    return true;
}
