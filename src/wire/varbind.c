/*
 * One varbind to MessagePack: the hot path of walks. It reserves the most that
 * the varbind can take and writes straight into that, since going through the
 * packer for each part costs several times as much.
 */
#include "base/oid.h"
#include "mp_raw.h"
#include "wire.h"

#define SUBID_MAX 11u    /* characters of a sub-identifier and its dot */
#define EXCEPTION_EXT 1u /* ext type of the three exceptions, docs/PROTOCOL.md */

static uint8_t *put_signed(uint8_t *to, int64_t value)
{
    if (value >= 0) {
        return zsnmp_mp_raw_unsigned(to, (uint64_t)value);
    }
    if (value >= -32) {
        *to = (uint8_t)value; /* its own head */
        return to + 1;
    }
    if (value >= INT8_MIN) {
        return zsnmp_mp_raw_headed(to, ZSNMP_MP_INT8, (uint64_t)value, 1);
    }
    if (value >= INT16_MIN) {
        return zsnmp_mp_raw_headed(to, ZSNMP_MP_INT16, (uint64_t)value, 2);
    }
    return value >= INT32_MIN ? zsnmp_mp_raw_headed(to, ZSNMP_MP_INT32, (uint64_t)value, 4)
                              : zsnmp_mp_raw_headed(to, ZSNMP_MP_INT64, (uint64_t)value, 8);
}

/* The text first, behind the shortest head; moved where it turns out to need a longer one. */
static uint8_t *put_oid(uint8_t *to, const uint32_t *oid, size_t oid_len)
{
    size_t len = zsnmp_oid_format(oid, oid_len, (char *)to + 1);
    if (len < 32) {
        *to = (uint8_t)(ZSNMP_MP_FIX_STR | len);
        return to + 1 + len;
    }
    size_t head = zsnmp_mp_text_size(len) - len;
    memmove(to + head, to + 1, len);
    return zsnmp_mp_raw_length(to, ZSNMP_MP_STR8, len) + len;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *data, size_t len)
{
    to = zsnmp_mp_raw_length(to, ZSNMP_MP_BIN8, len);
    if (len > 0) {
        memcpy(to, data, len);
    }
    return to + len;
}

/* An address as text; bytes where a device sent something that is none. By itself, since its array
 * would have each varbind pay for a guard of the stack. */
__attribute__((noinline)) static uint8_t *put_address(uint8_t *to, const uint8_t *data, size_t len)
{
    if (len != 4) {
        return put_bytes(to, data, len);
    }
    uint32_t parts[4] = {data[0], data[1], data[2], data[3]};
    return put_oid(to, parts, 4);
}

static uint8_t *put_float(uint8_t *to, float value)
{
    uint32_t bits;
    _Static_assert(sizeof bits == sizeof value, "IEEE 754 single");
    memcpy(&bits, &value, sizeof bits);
    return zsnmp_mp_raw_headed(to, ZSNMP_MP_FLOAT32, bits, 4);
}

static uint8_t *put_double(uint8_t *to, double value)
{
    uint64_t bits;
    _Static_assert(sizeof bits == sizeof value, "IEEE 754 double");
    memcpy(&bits, &value, sizeof bits);
    return zsnmp_mp_raw_headed(to, ZSNMP_MP_FLOAT64, bits, 8);
}

static uint8_t *put_nothing(uint8_t *to, uint8_t type, bool exceptions)
{
    if (!exceptions || type < ZSNMP_NO_SUCH_OBJECT || type > ZSNMP_END_OF_MIB_VIEW) {
        *to = ZSNMP_MP_NIL_BYTE;
        return to + 1;
    }
    to[0] = ZSNMP_MP_FIX_EXT1;
    to[1] = EXCEPTION_EXT;
    to[2] = type;
    return to + 3;
}

static uint8_t *put_value(uint8_t *to, const zsnmp_varbind_t *vb, bool exceptions)
{
    switch (vb->type) {
    case ZSNMP_INTEGER:
    case ZSNMP_OPAQUE_INT64:
        return put_signed(to, vb->value.i);
    case ZSNMP_COUNTER32:
    case ZSNMP_GAUGE32:
    case ZSNMP_TIMETICKS:
    case ZSNMP_COUNTER64:
    case ZSNMP_UINTEGER32:
    case ZSNMP_OPAQUE_COUNTER64:
    case ZSNMP_OPAQUE_UINT64:
        return zsnmp_mp_raw_unsigned(to, vb->value.u);
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
        return put_bytes(to, vb->value.bytes.data, vb->value.bytes.len);
    case ZSNMP_IP_ADDRESS:
        return put_address(to, vb->value.bytes.data, vb->value.bytes.len);
    case ZSNMP_OBJECT_ID:
        return put_oid(to, vb->value.oid.subids, vb->value.oid.len);
    case ZSNMP_OPAQUE_FLOAT:
        return put_float(to, (float)vb->value.d);
    case ZSNMP_OPAQUE_DOUBLE:
        return put_double(to, vb->value.d);
    default:
        return put_nothing(to, vb->type, exceptions);
    }
}

/* The most that a value can take. */
static size_t value_room(const zsnmp_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMP_OCTET_STRING:
    case ZSNMP_OPAQUE:
    case ZSNMP_NSAP:
    case ZSNMP_IP_ADDRESS:
        return ZSNMP_MP_HEAD_MAX + vb->value.bytes.len + 4 * SUBID_MAX;
    case ZSNMP_OBJECT_ID:
        return ZSNMP_MP_HEAD_MAX + vb->value.oid.len * SUBID_MAX;
    default:
        return ZSNMP_MP_HEAD_MAX;
    }
}

void zsnmp_wire_add_varbind(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
{
    struct zsnmp_buf *out = &request->reply.varbinds;
    size_t room = ZSNMP_MP_HEAD_MAX + vb->oid_len * SUBID_MAX + value_room(vb) + 4;
    uint8_t *start = zsnmp_buf_reserve(out, room);
    if (start == NULL) {
        return;
    }
    uint8_t *to = start;
    bool list = request->form == ZSNMP_FORM_LIST;
    if (list) {
        *to++ = ZSNMP_MP_FIX_ARRAY | 3;
    }
    to = put_oid(to, vb->oid, vb->oid_len);
    if (list) {
        to = zsnmp_mp_raw_unsigned(to, vb->type);
    }
    /* The list form has the type beside the value, so its exceptions are nil always. */
    to = put_value(to, vb, request->exceptions && !list);
    out->len += (size_t)(to - start);
    request->reply.count++;
}
