/*
 * Native varbind records and the readers of replies; see native.h and zsnmp.h.
 * A record starts at a multiple of 8 bytes: its head, the sub-identifiers of
 * its OID, then the bytes or sub-identifiers of its value.
 */
#include "native.h"

struct record {
    uint32_t size;     /* of the whole record, padding included */
    uint32_t data_len; /* bytes, or sub-identifiers of an OID value */
    uint16_t oid_len;
    uint8_t type;
    union {
        int64_t i;
        uint64_t u;
        double d;
    } value;
};

_Static_assert(sizeof(struct record) % 8 == 0, "what follows is aligned");

static bool is_bytes(uint8_t type)
{
    return type == ZSNMP_OCTET_STRING || type == ZSNMP_OPAQUE || type == ZSNMP_NSAP ||
           type == ZSNMP_IP_ADDRESS;
}

/* What of a value lies outside of the record's head. */
static const void *outside(const zsnmp_varbind_t *vb, size_t *len, size_t *bytes)
{
    if (is_bytes(vb->type)) {
        *len = *bytes = vb->value.bytes.len;
        return vb->value.bytes.data;
    }
    if (vb->type == ZSNMP_OBJECT_ID) {
        *len = vb->value.oid.len;
        *bytes = *len * sizeof(uint32_t);
        return vb->value.oid.subids;
    }
    *len = *bytes = 0;
    return NULL;
}

void zsnmp_native_add_varbind(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
{
    size_t data_len = 0;
    size_t data_bytes = 0;
    const void *data = outside(vb, &data_len, &data_bytes);
    size_t oid_bytes = vb->oid_len * sizeof(uint32_t);
    size_t size = (sizeof(struct record) + oid_bytes + data_bytes + 7) & ~(size_t)7;
    struct zsnmp_buf *out = &request->reply.varbinds;
    uint8_t *to = size <= UINT32_MAX ? zsnmp_buf_reserve(out, size) : NULL;
    if (to == NULL) {
        out->failed = true;
        return;
    }
    struct record head = {.size = (uint32_t)size,
                          .data_len = (uint32_t)data_len,
                          .oid_len = (uint16_t)vb->oid_len,
                          .type = vb->type};
    if (data == NULL) {
        head.value.u = vb->value.u; /* a number of any kind: 8 bytes */
    }
    memcpy(to, &head, sizeof head);
    memcpy(to + sizeof head, vb->oid, oid_bytes);
    if (data_bytes > 0) {
        memcpy(to + sizeof head + oid_bytes, data, data_bytes);
    }
    size_t used = sizeof head + oid_bytes + data_bytes;
    memset(to + used, 0, size - used);
    out->len += size;
    request->reply.count++;
}

bool zsnmp_reply_varbind(const zsnmp_reply_t *self, size_t *cursor, zsnmp_varbind_t *vb)
{
    const struct zsnmp_buf *from = &self->varbinds;
    if (*cursor % 8 != 0 || *cursor >= from->len || from->len - *cursor < sizeof(struct record)) {
        return false;
    }
    const uint8_t *at = from->data + *cursor;
    struct record head;
    memcpy(&head, at, sizeof head);
    const void *oid = at + sizeof head;
    const uint8_t *data = at + sizeof head + head.oid_len * sizeof(uint32_t);
    *vb = (zsnmp_varbind_t){.oid = oid, .oid_len = head.oid_len, .type = head.type};
    if (is_bytes(head.type)) {
        vb->value.bytes.data = data;
        vb->value.bytes.len = head.data_len;
    } else if (head.type == ZSNMP_OBJECT_ID) {
        const void *subids = data;
        vb->value.oid.subids = subids;
        vb->value.oid.len = head.data_len;
    } else {
        vb->value.u = head.value.u;
    }
    *cursor += head.size;
    return true;
}

size_t zsnmp_reply_count(const zsnmp_reply_t *self)
{
    return self->count;
}

zsnmp_err_t zsnmp_reply_error(const zsnmp_reply_t *self)
{
    return self->error;
}

uint32_t zsnmp_reply_error_index(const zsnmp_reply_t *self)
{
    return self->error_index;
}

const char *zsnmp_reply_message(const zsnmp_reply_t *self)
{
    return self->message != NULL ? self->message : zsnmp_error_text(self->error);
}

zsnmp_sent_t zsnmp_reply_sent(const zsnmp_reply_t *self)
{
    return self->sent;
}

zsnmp_stop_t zsnmp_reply_stop(const zsnmp_reply_t *self)
{
    return self->stop;
}

bool zsnmp_reply_complete(const zsnmp_reply_t *self)
{
    return self->complete;
}

uint32_t zsnmp_reply_tries(const zsnmp_reply_t *self)
{
    return self->tries;
}

uint32_t zsnmp_reply_quirks(const zsnmp_reply_t *self)
{
    return self->quirks;
}

uint32_t zsnmp_reply_rtt_us(const zsnmp_reply_t *self)
{
    return self->rtt_us;
}

size_t zsnmp_reply_next(const zsnmp_reply_t *self, const uint32_t **oid)
{
    if (self->complete || self->next_len == 0) {
        return 0;
    }
    *oid = self->next;
    return self->next_len;
}
