/*
 * One varbind to MessagePack: the hot path of walks. It reserves the most that
 * the varbind can take and writes straight into that, since going through the
 * packer for each part costs several times as much.
 */
#include "base/oid.h"
#include "wire.h"

#define HEAD_MAX 9u   /* the longest head, or number with its head */
#define SUBID_MAX 11u /* characters of a sub-identifier and its dot */

/* MessagePack's heads. */
enum {
    FIX_ARRAY = 0x90,
    FIX_STR = 0xa0,
    NIL = 0xc0,
    BIN8 = 0xc4,
    BIN16 = 0xc5,
    BIN32 = 0xc6,
    FLOAT32 = 0xca,
    FLOAT64 = 0xcb,
    UINT8 = 0xcc,
    UINT16 = 0xcd,
    UINT32 = 0xce,
    UINT64 = 0xcf,
    INT8 = 0xd0,
    INT16 = 0xd1,
    INT32 = 0xd2,
    INT64 = 0xd3,
    FIX_EXT1 = 0xd4,
    STR8 = 0xd9,
    STR16 = 0xda
};

#define EXCEPTION_EXT 1u /* ext type of the three exceptions, docs/PROTOCOL.md */

static uint8_t *put_big_endian(uint8_t *to, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        to[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    }
    return to + size;
}

static uint8_t *put_headed(uint8_t *to, uint8_t head, uint64_t value, unsigned size)
{
    *to = head;
    return put_big_endian(to + 1, value, size);
}

static uint8_t *put_unsigned(uint8_t *to, uint64_t value)
{
    if (value < 0x80) {
        *to = (uint8_t)value;
        return to + 1;
    }
    if (value <= UINT8_MAX) {
        return put_headed(to, UINT8, value, 1);
    }
    if (value <= UINT16_MAX) {
        return put_headed(to, UINT16, value, 2);
    }
    return value <= UINT32_MAX ? put_headed(to, UINT32, value, 4)
                               : put_headed(to, UINT64, value, 8);
}

static uint8_t *put_signed(uint8_t *to, int64_t value)
{
    if (value >= 0) {
        return put_unsigned(to, (uint64_t)value);
    }
    if (value >= -32) {
        *to = (uint8_t)value; /* its own head */
        return to + 1;
    }
    if (value >= INT8_MIN) {
        return put_headed(to, INT8, (uint64_t)value, 1);
    }
    if (value >= INT16_MIN) {
        return put_headed(to, INT16, (uint64_t)value, 2);
    }
    return value >= INT32_MIN ? put_headed(to, INT32, (uint64_t)value, 4)
                              : put_headed(to, INT64, (uint64_t)value, 8);
}

/* The text first, behind the shortest head; moved where it turns out to need a longer one. */
static uint8_t *put_oid(uint8_t *to, const uint32_t *oid, size_t oid_len)
{
    size_t len = zsnmp_oid_format(oid, oid_len, (char *)to + 1);
    if (len < 32) {
        *to = (uint8_t)(FIX_STR | len);
        return to + 1 + len;
    }
    unsigned size = len <= UINT8_MAX ? 1 : 2;
    memmove(to + 1 + size, to + 1, len);
    put_headed(to, size == 1 ? STR8 : STR16, len, size);
    return to + 1 + size + len;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *data, size_t len)
{
    if (len <= UINT8_MAX) {
        to = put_headed(to, BIN8, len, 1);
    } else {
        to = len <= UINT16_MAX ? put_headed(to, BIN16, len, 2) : put_headed(to, BIN32, len, 4);
    }
    if (len > 0) {
        memcpy(to, data, len);
    }
    return to + len;
}

/* An address as text; bytes where a device sent something that is none. */
static uint8_t *put_address(uint8_t *to, const uint8_t *data, size_t len)
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
    return put_headed(to, FLOAT32, bits, 4);
}

static uint8_t *put_double(uint8_t *to, double value)
{
    uint64_t bits;
    _Static_assert(sizeof bits == sizeof value, "IEEE 754 double");
    memcpy(&bits, &value, sizeof bits);
    return put_headed(to, FLOAT64, bits, 8);
}

static uint8_t *put_nothing(uint8_t *to, uint8_t type, bool exceptions)
{
    if (!exceptions || type < ZSNMP_NO_SUCH_OBJECT || type > ZSNMP_END_OF_MIB_VIEW) {
        *to = NIL;
        return to + 1;
    }
    to[0] = FIX_EXT1;
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
        return put_unsigned(to, vb->value.u);
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
        return HEAD_MAX + vb->value.bytes.len + 4 * SUBID_MAX;
    case ZSNMP_OBJECT_ID:
        return HEAD_MAX + vb->value.oid.len * SUBID_MAX;
    default:
        return HEAD_MAX;
    }
}

void zsnmp_wire_add_varbind(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
{
    struct zsnmp_buf *out = &request->reply.varbinds;
    size_t room = HEAD_MAX + vb->oid_len * SUBID_MAX + value_room(vb) + 4;
    uint8_t *start = zsnmp_buf_reserve(out, room);
    if (start == NULL) {
        return;
    }
    uint8_t *to = start;
    bool list = request->form == ZSNMP_FORM_LIST;
    if (list) {
        *to++ = FIX_ARRAY | 3;
    }
    to = put_oid(to, vb->oid, vb->oid_len);
    if (list) {
        to = put_unsigned(to, vb->type);
    }
    /* The list form has the type beside the value, so its exceptions are nil always. */
    to = put_value(to, vb, request->exceptions && !list);
    out->len += (size_t)(to - start);
    request->reply.count++;
}
