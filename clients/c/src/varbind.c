/*
 * Reads and prints variable bindings; see varbind.h and zsnmpc.h.
 */
#include "varbind.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Which member of a value counts, and what that looks like. */
enum value_class { SIGNED, UNSIGNED, REAL, BYTES, ADDRESS, OID, NOTHING };

static const struct {
    uint8_t type;
    enum value_class class;
    const char *name;
} types[] = {{ZSNMPC_INTEGER, SIGNED, "INTEGER"},
             {ZSNMPC_OCTET_STRING, BYTES, "OCTET STRING"},
             {ZSNMPC_NULL, NOTHING, "NULL"},
             {ZSNMPC_OBJECT_ID, OID, "OBJECT IDENTIFIER"},
             {ZSNMPC_IP_ADDRESS, ADDRESS, "IpAddress"},
             {ZSNMPC_COUNTER32, UNSIGNED, "Counter32"},
             {ZSNMPC_GAUGE32, UNSIGNED, "Gauge32"},
             {ZSNMPC_TIMETICKS, UNSIGNED, "TimeTicks"},
             {ZSNMPC_OPAQUE, BYTES, "Opaque"},
             {ZSNMPC_NSAP, BYTES, "NsapAddress"},
             {ZSNMPC_COUNTER64, UNSIGNED, "Counter64"},
             {ZSNMPC_UINTEGER32, UNSIGNED, "UInteger32"},
             {ZSNMPC_OPAQUE_COUNTER64, UNSIGNED, "Opaque Counter64"},
             {ZSNMPC_OPAQUE_FLOAT, REAL, "Opaque Float"},
             {ZSNMPC_OPAQUE_DOUBLE, REAL, "Opaque Double"},
             {ZSNMPC_OPAQUE_INT64, SIGNED, "Opaque Int64"},
             {ZSNMPC_OPAQUE_UINT64, UNSIGNED, "Opaque UInt64"},
             {ZSNMPC_NO_SUCH_OBJECT, NOTHING, "noSuchObject"},
             {ZSNMPC_NO_SUCH_INSTANCE, NOTHING, "noSuchInstance"},
             {ZSNMPC_END_OF_MIB_VIEW, NOTHING, "endOfMibView"}};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* The place of a type in the table; TYPES: it is not there. */
static size_t place_of(uint64_t type)
{
    size_t at = 0;
    while (at < TYPES && types[at].type != type) {
        at++;
    }
    return at;
}

/* A type that nobody knows has no value that could be wrong. */
static enum value_class class_of(uint64_t type)
{
    size_t at = place_of(type);
    return at < TYPES ? types[at].class : NOTHING;
}

const char *zsnmpc_type_name(uint8_t type)
{
    size_t at = place_of(type);
    return at < TYPES ? types[at].name : "unknown";
}

/* ---- OIDs ---- */

static size_t parse_oid(const char *text, size_t len, uint32_t *oid, size_t max)
{
    size_t count = 0;
    const char *end = text + len;
    text += len > 0 && *text == '.' ? 1 : 0;
    for (;;) {
        uint64_t number = 0;
        const char *start = text;
        for (; text < end && *text >= '0' && *text <= '9' && number <= UINT32_MAX; text++) {
            number = number * 10 + (uint64_t)(*text - '0');
        }
        if (text == start || number > UINT32_MAX || count == max) {
            return 0;
        }
        oid[count++] = (uint32_t)number;
        if (text == end) {
            return count;
        }
        if (*text++ != '.') {
            return 0;
        }
    }
}

size_t zsnmpc_oid_parse(const char *text, uint32_t *oid, size_t max)
{
    return parse_oid(text, strlen(text), oid, max);
}

static bool is_oid(const msgpack_object *object)
{
    uint32_t oid[ZSNMPC_OID_MAX];
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size < ZSNMPC_OID_TEXT_MAX &&
           parse_oid(object->via.str.ptr, object->via.str.size, oid, ZSNMPC_OID_MAX) > 0;
}

/* A text that was checked to fit. */
static void copy_text(char *to, const msgpack_object *object)
{
    if (object->via.str.size > 0) { /* an empty one may point nowhere */
        memcpy(to, object->via.str.ptr, object->via.str.size);
    }
    to[object->via.str.size] = '\0';
}

/* ---- reading ---- */

static bool is_address(const msgpack_object *object)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (object->type != MSGPACK_OBJECT_STR || object->via.str.size >= sizeof(text)) {
        return object->type == MSGPACK_OBJECT_BIN;
    }
    copy_text(text, object);
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool is_real(const msgpack_object *object)
{
    return object->type == MSGPACK_OBJECT_FLOAT32 || object->type == MSGPACK_OBJECT_FLOAT64;
}

static bool is_value(enum value_class class, const msgpack_object *object)
{
    switch (class) {
    case SIGNED:
        return object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ||
               (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= INT64_MAX);
    case UNSIGNED:
        return object->type == MSGPACK_OBJECT_POSITIVE_INTEGER;
    case REAL:
        return is_real(object);
    case BYTES:
        return object->type == MSGPACK_OBJECT_BIN;
    case ADDRESS:
        return is_address(object);
    case OID: /* an empty one is sent as "" */
        return is_oid(object) || (object->type == MSGPACK_OBJECT_STR && object->via.str.size == 0);
    case NOTHING:
        break;
    }
    return true;
}

bool zsnmpc_varbind_check(const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != 3) {
        return false;
    }
    const msgpack_object *parts = object->via.array.ptr;
    return is_oid(&parts[0]) && parts[1].type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
           parts[1].via.u64 <= UINT8_MAX && is_value(class_of(parts[1].via.u64), &parts[2]);
}

void zsnmpc_varbind_take(zsnmpc_varbind_t *self, const msgpack_object *object)
{
    const msgpack_object *parts = object->via.array.ptr;
    const msgpack_object *value = &parts[2];
    copy_text(self->oid, &parts[0]);
    self->type = (uint8_t)parts[1].via.u64;
    self->text[0] = '\0';
    self->value.bytes.data = NULL;
    self->value.bytes.len = 0;
    switch (class_of(self->type)) {
    case SIGNED: /* a positive one was checked to fit */
        self->value.i = value->via.i64;
        break;
    case UNSIGNED:
        self->value.u = value->via.u64;
        break;
    case REAL:
        self->value.d = value->via.f64;
        break;
    case ADDRESS:
    case OID:
        if (value->type == MSGPACK_OBJECT_STR) {
            copy_text(self->text, value);
            break;
        } /* fall through */
    case BYTES:
        self->value.bytes.data = (const uint8_t *)value->via.bin.ptr;
        self->value.bytes.len = value->via.bin.size;
        break;
    case NOTHING:
        break;
    }
}

/* ---- printing ---- */

static bool is_printable(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((data[i] < 0x20 && data[i] != '\t' && data[i] != '\n' && data[i] != '\r') ||
            data[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

static size_t print_bytes(const uint8_t *data, size_t len, char *text, size_t size)
{
    if (is_printable(data, len)) {
        int need = snprintf(text, size, "%.*s", (int)len, len > 0 ? (const char *)data : "");
        return need > 0 ? (size_t)need : 0;
    }
    for (size_t i = 0; i < len && i * 2 < size; i++) {
        (void)snprintf(text + i * 2, size - i * 2, "%02x", data[i]);
    }
    return len * 2;
}

size_t zsnmpc_varbind_print(const zsnmpc_varbind_t *vb, char *text, size_t size)
{
    int need = 0;
    switch (class_of(vb->type)) {
    case SIGNED:
        need = snprintf(text, size, "%" PRId64, vb->value.i);
        break;
    case UNSIGNED:
        need = snprintf(text, size, "%" PRIu64, vb->value.u);
        break;
    case REAL:
        need = snprintf(text, size, "%g", vb->value.d);
        break;
    case ADDRESS:
    case OID:
        if (vb->value.bytes.len == 0) {
            need = snprintf(text, size, "%s", vb->text);
            break;
        } /* fall through */
    case BYTES:
        return print_bytes(vb->value.bytes.data, vb->value.bytes.len, text, size);
    case NOTHING:
        need = snprintf(text, size, "%s", zsnmpc_type_name(vb->type));
        break;
    }
    return need > 0 ? (size_t)need : 0;
}
