/*
 * See ber.h. Every length is checked against what is left before it is used; nothing here
 * allocates or keeps state.
 */
#include "sim/ber.h"

#include <string.h>

/* Bytes of length field after the first that we accept: a message never needs more. */
#define LENGTH_BYTES_MAX 4

/* Reads a length field, returns how many bytes it took, 0 if malformed, -1 if cut off. */
static int read_length(const uint8_t *at, size_t left, size_t *len)
{
    if (left == 0) {
        return -1;
    }
    if (at[0] < 0x80) {
        *len = at[0];
        return 1;
    }
    size_t more = at[0] & 0x7fu;
    if (more == 0 || more > LENGTH_BYTES_MAX) {
        return 0;
    }
    if (left < 1 + more) {
        return -1;
    }
    size_t value = 0;
    for (size_t i = 1; i <= more; i++) {
        value = value << 8 | at[i];
    }
    *len = value;
    return (int)(1 + more);
}

bool zsnmp_sim_ber_next(struct zsnmp_sim_span *s, uint8_t *tag, struct zsnmp_sim_span *content)
{
    size_t left = zsnmp_sim_span_len(s);
    if (left < 2) {
        return false;
    }
    size_t len = 0;
    int took = read_length(s->at + 1, left - 1, &len);
    if (took <= 0 || len > left - 1 - (size_t)took) {
        return false;
    }
    *tag = s->at[0];
    content->at = s->at + 1 + took;
    content->end = content->at + len;
    s->at = content->end;
    return true;
}

bool zsnmp_sim_ber_enter(struct zsnmp_sim_span *s, uint8_t tag, struct zsnmp_sim_span *content)
{
    uint8_t found = 0;
    return zsnmp_sim_ber_next(s, &found, content) && found == tag;
}

bool zsnmp_sim_ber_int_content(const struct zsnmp_sim_span *content, int32_t *value)
{
    size_t len = zsnmp_sim_span_len(content);
    if (len == 0 || len > 4) {
        return false;
    }
    uint32_t v = content->at[0] & 0x80u ? UINT32_MAX : 0;
    for (size_t i = 0; i < len; i++) {
        v = v << 8 | content->at[i];
    }
    *value = (int32_t)v;
    return true;
}

bool zsnmp_sim_ber_int(struct zsnmp_sim_span *s, int32_t *value)
{
    struct zsnmp_sim_span content;
    return zsnmp_sim_ber_enter(s, ZSNMP_SIM_INTEGER, &content) &&
           zsnmp_sim_ber_int_content(&content, value);
}

bool zsnmp_sim_ber_oid_content(const struct zsnmp_sim_span *content, struct zsnmp_sim_oid *oid)
{
    const uint8_t *at = content->at;
    size_t len = 1; /* the first encoded value makes two sub-identifiers */
    while (at < content->end) {
        uint64_t id = 0;
        do {
            if (at == content->end || id > UINT32_MAX >> 7) {
                return false;
            }
            id = id << 7 | (*at & 0x7fu);
        } while (*at++ & 0x80u);
        if (len == ZSNMP_SIM_OID_IDS_MAX) {
            return false;
        }
        oid->id[len++] = (uint32_t)id;
    }
    if (len == 1) {
        return false;
    }
    uint32_t root = oid->id[1] < 80 ? oid->id[1] / 40 : 2;
    oid->id[0] = root;
    oid->id[1] -= root * 40;
    oid->len = len;
    return true;
}

long zsnmp_sim_ber_frame(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    if (data[0] != ZSNMP_SIM_SEQUENCE) {
        return -1;
    }
    size_t content = 0;
    int took = read_length(data + 1, len - 1, &content);
    if (took < 0) {
        return 0;
    }
    if (took == 0 || content > ZSNMP_SIM_MESSAGE_MAX - 6) {
        return -1;
    }
    return (long)(1 + (size_t)took + content);
}

size_t zsnmp_sim_ber_put_signed(uint8_t *to, int64_t value)
{
    size_t len = 1;
    while (len < 8 && (value >> (8 * len - 1)) != 0 && (value >> (8 * len - 1)) != -1) {
        len++;
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)((uint64_t)value >> (8 * (len - 1 - i)));
    }
    return len;
}

size_t zsnmp_sim_ber_put_unsigned(uint8_t *to, uint64_t value)
{
    size_t len = 0;
    if (value >> 63 != 0) {
        to[len++] = 0; /* the sign bit must stay clear */
        for (int shift = 56; shift >= 0; shift -= 8) {
            to[len++] = (uint8_t)(value >> shift);
        }
        return len;
    }
    return zsnmp_sim_ber_put_signed(to, (int64_t)value);
}

size_t zsnmp_sim_ber_put_id(uint8_t *to, uint32_t id)
{
    size_t len = 1;
    for (uint32_t rest = id >> 7; rest != 0; rest >>= 7) {
        len++;
    }
    for (size_t i = len; i-- > 0; id >>= 7) {
        to[i] = (uint8_t)((id & 0x7fu) | (i + 1 == len ? 0u : 0x80u));
    }
    return len;
}

size_t zsnmp_sim_ber_put_oid(uint8_t *to, const uint32_t *id, size_t len)
{
    if (len < 2) {
        to[0] = (uint8_t)(len == 1 ? id[0] * 40 : 0);
        return 1;
    }
    size_t n = zsnmp_sim_ber_put_id(to, id[0] * 40 + id[1]);
    for (size_t i = 2; i < len; i++) {
        n += zsnmp_sim_ber_put_id(to + n, id[i]);
    }
    return n;
}

int zsnmp_sim_oid_cmp(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    for (size_t i = 0; i < common; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return a_len == b_len ? 0 : a_len < b_len ? -1 : 1;
}

void zsnmp_sim_out_start(struct zsnmp_sim_out *out, uint8_t *room, size_t size)
{
    out->floor = room;
    out->head = room + ZSNMP_SIM_HEADROOM;
    out->tail = out->head;
    out->ceiling = out->head + size;
    out->failed = false;
}

/* Bytes a length field takes. */
static size_t length_size(size_t len)
{
    return len < 0x80 ? 1 : len < 0x100 ? 2 : len < 0x10000 ? 3 : 4;
}

static uint8_t *put_header(uint8_t *to, uint8_t tag, size_t len)
{
    *to++ = tag;
    size_t size = length_size(len);
    if (size == 1) {
        *to++ = (uint8_t)len;
        return to;
    }
    *to++ = (uint8_t)(0x80u | (size - 1));
    for (size_t i = size - 1; i-- > 0;) {
        *to++ = (uint8_t)(len >> (8 * i));
    }
    return to;
}

bool zsnmp_sim_out_varbind(struct zsnmp_sim_out *out, const uint8_t *name, size_t name_len,
                           uint8_t tag, const uint8_t *value, size_t value_len)
{
    size_t body = 1 + length_size(name_len) + name_len + 1 + length_size(value_len) + value_len;
    if (1 + length_size(body) + body > (size_t)(out->ceiling - out->tail)) {
        return false;
    }
    uint8_t *to = put_header(out->tail, ZSNMP_SIM_SEQUENCE, body);
    to = put_header(to, ZSNMP_SIM_OID, name_len);
    memcpy(to, name, name_len);
    to = put_header(to + name_len, tag, value_len);
    if (value_len > 0) {
        memcpy(to, value, value_len);
    }
    out->tail = to + value_len;
    return true;
}

/* Moves the head down by n bytes; false where there is no room. */
static bool reserve(struct zsnmp_sim_out *out, size_t n)
{
    if ((size_t)(out->head - out->floor) < n) {
        out->failed = true;
        return false;
    }
    out->head -= n;
    return true;
}

void zsnmp_sim_out_bytes(struct zsnmp_sim_out *out, uint8_t tag, const uint8_t *data, size_t len)
{
    if (reserve(out, 1 + length_size(len) + len)) {
        uint8_t *to = put_header(out->head, tag, len);
        if (len > 0) {
            memcpy(to, data, len);
        }
    }
}

void zsnmp_sim_out_int(struct zsnmp_sim_out *out, int64_t value)
{
    uint8_t content[8];
    size_t len = zsnmp_sim_ber_put_signed(content, value);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_INTEGER, content, len);
}

void zsnmp_sim_out_wrap(struct zsnmp_sim_out *out, uint8_t tag, const uint8_t *until)
{
    size_t len = (size_t)(until - out->head);
    if (reserve(out, 1 + length_size(len))) {
        put_header(out->head, tag, len);
    }
}
