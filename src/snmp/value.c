/*
 * Reads the varbinds of an answer, for version 3 out of net-snmp's list.
 */
#include "snmp/pdu.h"

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
        vb->value.u = zsnmp_counter64_join(from->val.counter64);
        break;
    case ASN_OPAQUE_I64:
        vb->value.i = (int64_t)zsnmp_counter64_join(from->val.counter64);
        break;
    case ASN_OPAQUE_FLOAT:
        vb->value.d = (double)*from->val.floatVal;
        break;
    case ASN_OPAQUE_DOUBLE:
        vb->value.d = *from->val.doubleVal;
        break;
    case ASN_OBJECT_ID:
        vb->value.oid.len = zsnmp_oid_narrow(self->value_oid, from->val.objid,
                                             from->val_len / sizeof *from->val.objid);
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
    if (self->at != NULL) {
        return zsnmp_community_next(self, vb);
    }
    if (from == NULL) {
        return false;
    }
    *vb = (zsnmp_varbind_t){.type = from->type, .oid = self->oid};
    vb->oid_len = zsnmp_oid_narrow(self->oid, from->name, from->name_length);
    read_value(self, from, vb);
    self->variables = from->next_variable;
    return true;
}

bool zsnmp_answer_whole(struct zsnmp_answer *self)
{
    zsnmp_varbind_t vb;
    while (self->at != NULL && self->at != self->end && zsnmp_community_next(self, &vb)) {
    }
    return !self->damaged;
}
