/*
 * Messages of versions 1 and 2c. Nothing of them outlives the message: there is
 * no session, no record of what is outstanding and no allocation, only bytes.
 * Must never read past the end it is given.
 */
#include "snmp/ber.h"
#include "snmp/snmp.h"

#define OPAQUE_TAG 0x9fu /* of what net-snmp and others wrap into an Opaque; the type follows */
#define OPAQUE_HEAD 3u   /* bytes of that, with a length */
#define BIT_STRING 3u    /* of RFC 1442, gone since; to us an octet string */
/* Room for a number, wrapped or not, and for all that stands before the varbinds. */
#define NUMBER_ROOM (ZSNMP_BER_NUMBER_MAX + 1u + ZSNMP_BER_HEAD_MAX)
#define HEADER_ROOM (4u * ZSNMP_BER_NUMBER_MAX + 4u * ZSNMP_BER_HEAD_MAX)

_Static_assert(HEADER_ROOM <= ZSNMP_BER_SLACK && NUMBER_ROOM <= ZSNMP_BER_SLACK,
               "… of which more is asked for than is used");
_Static_assert(ZSNMP_BUILD_ROOM >= ZSNMP_MSG_MAX + ZSNMP_BER_SLACK,
               "the longest message can be made");

/* ---- building ---- */

static uint8_t pdu_tag(zsnmp_op_t op)
{
    switch (op) {
    case ZSNMP_GET_NEXT:
        return 0xa1;
    case ZSNMP_GET_BULK:
        return 0xa5;
    case ZSNMP_SET:
        return 0xa3;
    case ZSNMP_GET:
    case ZSNMP_WALK:
        break;
    }
    return 0xa0;
}

/* Each of these returns the place where it begins, or NULL: there was no room for it. */

static bool has_room(const uint8_t *start, const uint8_t *at, size_t size)
{
    return (size_t)(at - start) >= size;
}

static uint8_t *put_octets(const uint8_t *start, uint8_t *at, uint8_t tag, const void *data,
                           size_t len)
{
    const uint8_t *end = at;
    if (!has_room(start, at, len + ZSNMP_BER_HEAD_MAX)) {
        return NULL;
    }
    return zsnmp_ber_put_head(zsnmp_ber_put_bytes(at, data, len), tag, end);
}

static uint8_t *put_real(uint8_t *at, uint8_t type, uint64_t bits, unsigned size)
{
    const uint8_t *end = at;
    for (unsigned i = 0; i < size; i++, bits >>= 8) {
        *--at = (uint8_t)bits;
    }
    return zsnmp_ber_put_head(at, type, end);
}

/* A type of net-snmp's own, wrapped (draft-perkins-opaque-01). */
static uint8_t *put_opaque(uint8_t *at, const struct zsnmp_item *item)
{
    const uint8_t *end = at;
    float narrow = (float)item->value.d;
    uint32_t bits = 0;
    uint64_t wide = 0;
    switch (item->type) {
    case ZSNMP_OPAQUE_FLOAT:
        memcpy(&bits, &narrow, sizeof bits);
        at = put_real(at, item->type, bits, sizeof bits);
        break;
    case ZSNMP_OPAQUE_DOUBLE:
        memcpy(&wide, &item->value.d, sizeof wide);
        at = put_real(at, item->type, wide, sizeof wide);
        break;
    case ZSNMP_OPAQUE_INT64:
        at = zsnmp_ber_put_int(at, item->type, item->value.i);
        break;
    default:
        at = zsnmp_ber_put_uint(at, item->type, item->value.u);
    }
    *--at = OPAQUE_TAG;
    return zsnmp_ber_put_head(at, ZSNMP_OPAQUE, end);
}

static uint8_t *put_value(const uint8_t *start, uint8_t *at, const struct zsnmp_item *item)
{
    if (!has_room(start, at, NUMBER_ROOM)) { /* what may be longer asks for itself */
        return NULL;
    }
    switch (item->type) {
    case 0: /* nothing to set */
    case ZSNMP_NULL:
        return zsnmp_ber_put_head(at, ZSNMP_NULL, at);
    case ZSNMP_INTEGER:
        return zsnmp_ber_put_int(at, item->type, item->value.i);
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32:
    case ZSNMP_COUNTER64:
        return zsnmp_ber_put_uint(at, item->type, item->value.u);
    case ZSNMP_OBJECT_ID:
        return has_room(start, at, ZSNMP_BER_OID_MAX(item->data_len))
                   ? zsnmp_ber_put_oid(at, item->value.subids, item->data_len)
                   : NULL;
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_FLOAT:
    case ZSNMP_OPAQUE_DOUBLE:
    case ZSNMP_OPAQUE_INT64:
    case ZSNMP_OPAQUE_UINT64:
        return put_opaque(at, item);
    default: /* what is bytes */
        return put_octets(start, at, item->type, item->value.data, item->data_len);
    }
}

/* An OID before its value, which ends there, and the head of both. */
static uint8_t *put_name(const uint8_t *start, uint8_t *at, const uint8_t *end, const uint32_t *oid,
                         size_t oid_len)
{
    if (!has_room(start, at, ZSNMP_BER_OID_MAX(oid_len) + ZSNMP_BER_HEAD_MAX)) {
        return NULL;
    }
    return zsnmp_ber_put_head(zsnmp_ber_put_oid(at, oid, oid_len), ZSNMP_BER_SEQUENCE, end);
}

static uint8_t *put_item(const uint8_t *start, uint8_t *at, const struct zsnmp_item *item)
{
    const uint8_t *end = at;
    at = put_value(start, at, item);
    return at == NULL ? NULL : put_name(start, at, end, item->oid, item->oid_len);
}

/* The list is linked forwards, and written backwards. */
static uint8_t *put_items(const uint8_t *start, uint8_t *at, const struct zsnmp_pdu *pdu)
{
    const struct zsnmp_item *all[ZSNMP_VARBINDS_MAX];
    size_t count = 0;
    for (const struct zsnmp_item *item = pdu->items; item != pdu->end; item = item->next) {
        if (!item->missing && count < ZSNMP_VARBINDS_MAX) {
            all[count++] = item;
        }
    }
    while (at != NULL && count > 0) {
        at = put_item(start, at, all[--count]);
    }
    return at;
}

static uint8_t *put_varbinds(const uint8_t *start, uint8_t *at, const struct zsnmp_pdu *pdu)
{
    static const struct zsnmp_item nothing = {0};
    if (pdu->items == NULL) {
        const uint8_t *end = at;
        at = put_value(start, at, &nothing);
        return at == NULL ? NULL : put_name(start, at, end, pdu->oid, pdu->oid_len);
    }
    return pdu->items->next == pdu->end ? put_item(start, at, pdu->items)
                                        : put_items(start, at, pdu);
}

size_t zsnmp_community_build(const struct zsnmp_creds *creds, const struct zsnmp_pdu *pdu,
                             uint8_t *room, size_t size)
{
    static const uint8_t no_error[] = {ZSNMP_INTEGER, 1, 0, ZSNMP_INTEGER, 1, 0}; /* at no index */
    const uint8_t *end = room + size;
    uint8_t *at = put_varbinds(room, room + size, pdu);
    if (at == NULL || !has_room(room, at, HEADER_ROOM + creds->community.len)) {
        return 0;
    }
    at = zsnmp_ber_put_head(at, ZSNMP_BER_SEQUENCE, end);
    if (pdu->op == ZSNMP_GET_BULK) {
        at = zsnmp_ber_put_int(at, ZSNMP_INTEGER, pdu->max_repetitions);
        at = zsnmp_ber_put_int(at, ZSNMP_INTEGER, pdu->non_repeaters);
    } else {
        at = zsnmp_ber_put_bytes(at, no_error, sizeof no_error);
    }
    at = zsnmp_ber_put_int(at, ZSNMP_INTEGER, pdu->reqid);
    at = zsnmp_ber_put_head(at, pdu_tag(pdu->op), end);
    const uint8_t *community_end = at;
    at = zsnmp_ber_put_bytes(at, creds->community.data, creds->community.len);
    at = zsnmp_ber_put_head(at, ZSNMP_OCTET_STRING, community_end);
    at = zsnmp_ber_put_int(at, ZSNMP_INTEGER, creds->version == ZSNMP_V1 ? 0 : 1);
    at = zsnmp_ber_put_head(at, ZSNMP_BER_SEQUENCE, end);
    size_t len = (size_t)(end - at);
    return len > ZSNMP_MSG_MAX ? 0 : len;
}

/* ---- reading ---- */

bool zsnmp_community_open(struct zsnmp_answer *self, const struct zsnmp_peek *peek)
{
    struct zsnmp_ber in = {peek->rest, peek->rest + peek->rest_len};
    struct zsnmp_ber list;
    self->variables = NULL;
    self->damaged = false;
    if (!zsnmp_ber_int(&in, &self->error_status) || !zsnmp_ber_int(&in, &self->error_index) ||
        !zsnmp_ber_enter(&in, ZSNMP_BER_SEQUENCE, &list)) {
        return false;
    }
    self->at = list.at;
    self->end = list.end;
    return true;
}

/* Values beyond 32 bits are cut to them, as net-snmp does. */
static bool read_integer(const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    int64_t value;
    if (!zsnmp_ber_signed(from->at, zsnmp_ber_left(from), &value)) {
        return false;
    }
    if (value > INT32_MAX) {
        value &= UINT32_MAX;
    } else if (value < INT32_MIN) {
        value = -(value & UINT32_MAX);
    }
    vb->value.i = value;
    return true;
}

static bool read_unsigned(const struct zsnmp_ber *from, uint64_t mask, zsnmp_varbind_t *vb)
{
    uint64_t value;
    if (!zsnmp_ber_unsigned(from->at, zsnmp_ber_left(from), &value)) {
        return false;
    }
    vb->value.u = value & mask;
    return true;
}

static bool read_bytes(const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    vb->value.bytes.data = from->at;
    vb->value.bytes.len = zsnmp_ber_left(from);
    return true;
}

static double to_real(uint64_t bits, bool is_double)
{
    uint32_t narrow_bits = (uint32_t)bits;
    float narrow;
    double wide;
    memcpy(&narrow, &narrow_bits, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return is_double ? wide : (double)narrow;
}

static bool read_wrapped(uint8_t type, const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    size_t len = zsnmp_ber_left(from);
    uint64_t bits;
    switch (type) {
    case ZSNMP_OPAQUE_FLOAT:
    case ZSNMP_OPAQUE_DOUBLE:
        if (len != (type == ZSNMP_OPAQUE_FLOAT ? 4u : 8u) ||
            !zsnmp_ber_unsigned(from->at, len, &bits)) {
            return false;
        }
        vb->value.d = to_real(bits, type == ZSNMP_OPAQUE_DOUBLE);
        return true;
    case ZSNMP_OPAQUE_INT64:
        return zsnmp_ber_signed(from->at, len, &vb->value.i);
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_UINT64:
        return read_unsigned(from, UINT64_MAX, vb);
    default:
        return false;
    }
}

/* What is not one of the types that are wrapped so is bytes, as it came. */
static bool read_opaque(const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    struct zsnmp_ber in = *from;
    uint8_t type;
    size_t len;
    if (zsnmp_ber_left(&in) > OPAQUE_HEAD && *in.at++ == OPAQUE_TAG &&
        zsnmp_ber_head(&in, &type, &len) && len == zsnmp_ber_left(&in) &&
        read_wrapped(type, &in, vb)) {
        vb->type = type;
        return true;
    }
    return read_bytes(from, vb);
}

static bool read_oid(struct zsnmp_answer *self, const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    vb->value.oid.len = zsnmp_ber_oid(from->at, zsnmp_ber_left(from), self->value_oid);
    vb->value.oid.subids = self->value_oid;
    return vb->value.oid.len > 0;
}

static bool read_value(struct zsnmp_answer *self, const struct zsnmp_ber *from, zsnmp_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMP_INTEGER:
        return read_integer(from, vb);
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_UINTEGER32:
        return read_unsigned(from, UINT32_MAX, vb);
    case ZSNMP_COUNTER64:
        return read_unsigned(from, UINT64_MAX, vb);
    case ZSNMP_OCTET_STRING:
    case ZSNMP_NSAP:
        return read_bytes(from, vb);
    case ZSNMP_IP_ADDRESS:
        return read_bytes(from, vb) && vb->value.bytes.len == 4;
    case ZSNMP_OPAQUE:
        return read_opaque(from, vb);
    case ZSNMP_OBJECT_ID:
        return read_oid(self, from, vb);
    case ZSNMP_NULL:
    case ZSNMP_NO_SUCH_OBJECT:
    case ZSNMP_NO_SUCH_INSTANCE:
    case ZSNMP_END_OF_MIB_VIEW:
        vb->value.bytes.data = NULL;
        vb->value.bytes.len = 0;
        return true;
    case BIT_STRING:
        vb->type = ZSNMP_OCTET_STRING;
        return read_bytes(from, vb) && vb->value.bytes.len > 0 && *from->at < 8;
    default:
        return false;
    }
}

/* VarBind ::= SEQUENCE { name, value } (RFC 3416 section 3) */
static bool read_varbind(struct zsnmp_answer *self, struct zsnmp_ber *in, zsnmp_varbind_t *vb)
{
    struct zsnmp_ber pair;
    struct zsnmp_ber name;
    size_t len;
    if (!zsnmp_ber_enter(in, ZSNMP_BER_SEQUENCE, &pair) ||
        !zsnmp_ber_enter(&pair, ZSNMP_OBJECT_ID, &name) ||
        !zsnmp_ber_head(&pair, &vb->type, &len) || len != zsnmp_ber_left(&pair)) {
        return false;
    }
    vb->oid = self->oid;
    vb->oid_len = zsnmp_ber_oid(name.at, zsnmp_ber_left(&name), self->oid);
    return vb->oid_len > 0 && read_value(self, &pair, vb);
}

bool zsnmp_community_next(struct zsnmp_answer *self, zsnmp_varbind_t *vb)
{
    struct zsnmp_ber in = {self->at, self->end};
    if (in.at == in.end || self->damaged) {
        return false;
    }
    self->damaged = !read_varbind(self, &in, vb);
    self->at = in.at;
    return !self->damaged;
}
