/*
 * Messages of versions 1 and 2c. Nothing of them outlives the message: there is
 * no session, no record of what is outstanding and no allocation here, only
 * bytes, written and read with net-snmp's BER functions. Must never read past
 * the end it is given.
 */
#include <string.h>

#include "snmp/pdu.h"
#include "snmp/snmp.h"

/* ---- building: net-snmp writes a message from its end ---- */

struct room {
    u_char *start;
    size_t cap;
    size_t used; /* at the end */
};

static bool put_int(struct room *to, long value)
{
    return asn_realloc_rbuild_int(&to->start, &to->cap, &to->used, 0, ASN_INTEGER, &value,
                                  sizeof value) == 1;
}

/* Puts a head in front of all that was written since. */
static bool wrap(struct room *to, u_char type, size_t since)
{
    return asn_realloc_rbuild_sequence(&to->start, &to->cap, &to->used, 0, type,
                                       to->used - since) == 1;
}

static bool put_varbind(struct room *to, const uint32_t *name, size_t name_len,
                        const struct zsnmp_raw *value)
{
    oid wide[MAX_OID_LEN];
    size_t len = zsnmp_oid_widen(wide, name, name_len);
    return snmp_realloc_rbuild_var_op(&to->start, &to->cap, &to->used, 0, wide, &len, value->type,
                                      (u_char *)(uintptr_t)value->data, value->len) == 1;
}

static bool put_item(struct room *to, const struct zsnmp_item *item)
{
    struct zsnmp_raw value;
    zsnmp_raw_read(&value, item);
    return put_varbind(to, item->oid, item->oid_len, &value);
}

static bool put_varbinds(struct room *to, const struct zsnmp_pdu *pdu)
{
    const struct zsnmp_item *items[ZSNMP_VARBINDS_MAX];
    size_t count = 0;
    bool ok = true;
    if (pdu->items == NULL) {
        const struct zsnmp_raw null = {.type = ASN_NULL};
        return put_varbind(to, pdu->oid, pdu->oid_len, &null);
    }
    for (const struct zsnmp_item *item = pdu->items; item != NULL && count < ZSNMP_VARBINDS_MAX;
         item = item->next) {
        items[count++] = item;
    }
    while (ok && count > 0) {
        ok = put_item(to, items[--count]);
    }
    return ok;
}

static bool put_message(struct room *to, const struct zsnmp_creds *creds,
                        const struct zsnmp_pdu *pdu)
{
    bool bulk = pdu->op == ZSNMP_GET_BULK;
    const u_char *community = (const u_char *)creds->community.data;
    return put_varbinds(to, pdu) && wrap(to, ASN_SEQUENCE | ASN_CONSTRUCTOR, 0) &&
           put_int(to, bulk ? (long)pdu->max_repetitions : 0) &&
           put_int(to, bulk ? (long)pdu->non_repeaters : 0) && put_int(to, pdu->reqid) &&
           wrap(to, (u_char)zsnmp_pdu_command(pdu->op), 0) &&
           asn_realloc_rbuild_string(&to->start, &to->cap, &to->used, 0, ASN_OCTET_STR, community,
                                     creds->community.len) == 1 &&
           put_int(to, creds->version == ZSNMP_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c) &&
           wrap(to, ASN_SEQUENCE | ASN_CONSTRUCTOR, 0);
}

size_t zsnmp_community_build(const struct zsnmp_creds *creds, const struct zsnmp_pdu *pdu,
                             uint8_t *room, size_t size)
{
    struct room to = {.start = room, .cap = size};
    return put_message(&to, creds, pdu) ? to.used : 0;
}

/* ---- reading ---- */

bool zsnmp_community_open(struct zsnmp_answer *self, const struct zsnmp_peek *peek)
{
    u_char *at = (u_char *)(uintptr_t)peek->rest;
    size_t left = peek->rest_len;
    long status;
    long index;
    u_char type;
    self->variables = NULL;
    self->damaged = false;
    at = asn_parse_int(at, &left, &type, &status, sizeof status);
    at = at == NULL ? NULL : asn_parse_int(at, &left, &type, &index, sizeof index);
    at = at == NULL
             ? NULL
             : asn_parse_sequence(at, &left, &type, ASN_SEQUENCE | ASN_CONSTRUCTOR, "varbinds");
    if (at == NULL) {
        return false;
    }
    self->error_status = (int32_t)status;
    self->error_index = (int32_t)index;
    self->at = at;
    self->left = left;
    return true;
}

/* The TLV of a value and its content. */
struct tlv {
    u_char *at;
    size_t len;
    const u_char *content;
    size_t content_len;
    u_char type;
};

static bool read_signed(struct tlv *from, zsnmp_varbind_t *vb)
{
    long value = 0;
    bool ok = asn_parse_int(from->at, &from->len, &from->type, &value, sizeof value) != NULL;
    vb->value.i = value;
    return ok;
}

static bool read_unsigned(struct tlv *from, zsnmp_varbind_t *vb)
{
    u_long value = 0;
    bool ok =
        asn_parse_unsigned_int(from->at, &from->len, &from->type, &value, sizeof value) != NULL;
    vb->value.u = (uint64_t)value & UINT32_MAX;
    return ok;
}

static bool read_wide(struct tlv *from, zsnmp_varbind_t *vb)
{
    struct counter64 value = {0, 0};
    bool is_signed = from->type == ASN_OPAQUE_I64;
    u_char *end =
        is_signed
            ? asn_parse_signed_int64(from->at, &from->len, &from->type, &value, sizeof value)
            : asn_parse_unsigned_int64(from->at, &from->len, &from->type, &value, sizeof value);
    vb->value.u = zsnmp_counter64_join(&value);
    return end != NULL;
}

static bool read_float(struct tlv *from, zsnmp_varbind_t *vb)
{
    float value = 0;
    bool ok = asn_parse_float(from->at, &from->len, &from->type, &value, sizeof value) != NULL;
    vb->value.d = (double)value;
    return ok;
}

static bool read_subids(struct tlv *from, zsnmp_varbind_t *vb, uint32_t *room)
{
    oid wide[MAX_OID_LEN];
    size_t len = MAX_OID_LEN;
    if (asn_parse_objid(from->at, &from->len, &from->type, wide, &len) == NULL) {
        return false;
    }
    vb->value.oid.len = zsnmp_oid_narrow(room, wide, len);
    vb->value.oid.subids = room;
    return true;
}

/* Bytes are not copied: they are valid for as long as the message. */
static bool read_bytes(const struct tlv *from, zsnmp_varbind_t *vb)
{
    vb->value.bytes.data = from->content;
    vb->value.bytes.len = from->content_len;
    switch (from->type) {
    case ASN_IPADDRESS:
        return from->content_len == 4;
    case ASN_BIT_STR: /* pre-SMIv2 BIT STRING: to us an octet string */
        vb->type = ZSNMP_OCTET_STRING;
        return from->content_len > 0 && from->content[0] < 8;
    case ASN_OCTET_STR:
    case ASN_OPAQUE:
    case ASN_NSAP:
        return true;
    default:
        return false;
    }
}

static bool read_value(struct zsnmp_answer *self, struct tlv *from, zsnmp_varbind_t *vb)
{
    switch (from->type) {
    case ASN_INTEGER:
        return read_signed(from, vb);
    case ASN_COUNTER:
    case ASN_GAUGE:
    case ASN_TIMETICKS:
    case ASN_UINTEGER:
        return read_unsigned(from, vb);
    case ASN_COUNTER64:
    case ASN_OPAQUE_COUNTER64:
    case ASN_OPAQUE_U64:
    case ASN_OPAQUE_I64:
        return read_wide(from, vb);
    case ASN_OPAQUE_FLOAT:
        return read_float(from, vb);
    case ASN_OPAQUE_DOUBLE:
        return asn_parse_double(from->at, &from->len, &from->type, &vb->value.d,
                                sizeof vb->value.d) != NULL;
    case ASN_OBJECT_ID:
        return read_subids(from, vb, self->value_oid);
    case ASN_NULL:
    case SNMP_NOSUCHOBJECT:
    case SNMP_NOSUCHINSTANCE:
    case SNMP_ENDOFMIBVIEW:
        vb->value.bytes.data = NULL;
        vb->value.bytes.len = 0;
        return true;
    default:
        return read_bytes(from, vb);
    }
}

bool zsnmp_community_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb)
{
    oid name[MAX_OID_LEN];
    size_t name_len = MAX_OID_LEN;
    struct tlv value;
    if (self->left == 0 || self->damaged) {
        return false;
    }
    u_char *end = snmp_parse_var_op((u_char *)(uintptr_t)self->at, name, &name_len, &value.type,
                                    &value.content_len, &value.at, &self->left);
    if (end == NULL) {
        self->damaged = true;
        return false;
    }
    value.content = end - value.content_len;
    value.len = (size_t)(end - value.at);
    vb->type = value.type;
    vb->oid = self->oid;
    vb->oid_len = zsnmp_oid_narrow(self->oid, name, name_len);
    self->at = end;
    self->damaged = !read_value(self, &value, vb);
    return !self->damaged;
}
