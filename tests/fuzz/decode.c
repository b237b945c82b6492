/*
 * Fuzz target: a body as a client sends it, through the decoder, and what comes
 * of it back through the encoder. Every reply must be well-formed.
 *
 *     make fuzz
 */
#include <stdio.h>
#include <stdlib.h>

#include "same_request.h"
#include "wire/mp.h"
#include "wire/pattern.h"
#include "wire/wire.h"

#define BATCH_MAX 100u
#define REPLY_MAX (1024u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* What was written is one object and nothing else. */
static void check_reply(struct zsnmp_buf *out)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(out->data, out->len);
    must(!out->failed && zsnmp_mp_skip(&reader) && reader.at == reader.end);
    zsnmp_buf_clear(out);
}

/* Answers with what was asked or set. */
static void answer(struct zsnmp_request *request)
{
    for (const struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        zsnmp_varbind_t vb = {.oid = item->oid, .oid_len = item->oid_len, .type = item->type};
        if (item->type == ZSNMP_OCTET_STRING || item->type == ZSNMP_IP_ADDRESS) {
            vb.value.bytes.data = item->value.data;
            vb.value.bytes.len = item->data_len;
        } else if (item->type == ZSNMP_OBJECT_ID) {
            vb.value.oid.subids = item->value.subids;
            vb.value.oid.len = item->data_len;
        } else {
            vb.value.u = item->value.u;
        }
        zsnmp_wire_add_varbind(request, &vb);
    }
    must(request->reply.count == request->item_count);
}

static void serve(const struct zsnmp_wire_call *call, zsnmp_err_t err, const char *why)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, REPLY_MAX);
    must(call->id_len <= ZSNMP_ID_MAX && call->target_len <= ZSNMP_ID_MAX);
    if (err != ZSNMP_OK) {
        must(call->request == NULL);
        zsnmp_wire_put_refusal(&out, call, err, why);
    } else if (call->kind == ZSNMP_WIRE_SNMP) {
        must(zsnmp_request_check(call->request, &why) == ZSNMP_OK);
        answer(call->request);
        zsnmp_wire_put_reply(&out, call->request);
        zsnmp_request_free(call->request);
    } else {
        zsnmp_wire_put_pong(&out, call->id, call->id_len, 1);
    }
    check_reply(&out);
}

/* What was learned makes nothing sound that is not, nor the other way round. */
static void check_open(struct zsnmp_patterns *patterns, const uint8_t *data, size_t size)
{
    struct zsnmp_wire_body body;
    const char *why = NULL;
    zsnmp_err_t err = zsnmp_wire_open(&body, NULL, data, size, BATCH_MAX, &why);
    must(zsnmp_wire_open(&body, patterns, data, size, BATCH_MAX, &why) == err);
}

static void check_opens(struct zsnmp_patterns *patterns, const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 2);
    must(copy != NULL);
    copy[0] = 0x91; /* in an array, a level deeper */
    memcpy(copy + 1, data, size);
    copy[size + 1] = 0xc0;
    check_open(patterns, copy, size + 1);
    check_open(patterns, copy + 1, size + 1);
    for (size_t i = 0; i < size; i += size / 32 + 1) { /* an array or map where there was none */
        copy[1 + i] = (uint8_t)(0x80 | (data[i] & 0x1fu));
        check_open(patterns, copy + 1, size);
        copy[1 + i] = data[i];
    }
    for (size_t len = size; len > 0; len /= 2) {
        memmove(copy + size + 2 - len, data, len); /* cut off where its memory ends */
        check_open(patterns, copy + size + 2 - len, len);
    }
    free(copy);
}

/*
 * The same body again and again, with what was learned of it: the same must come of it, message by
 * message, whether it was copied or decoded.
 */
static void check_patterns(const uint8_t *data, size_t size)
{
    struct zsnmp_patterns patterns;
    zsnmp_patterns_init(&patterns);
    for (int round = 0; round < 3; round++) {
        struct zsnmp_wire_body body;
        struct zsnmp_wire_call fast;
        struct zsnmp_wire_call slow;
        const char *why = NULL;
        zsnmp_err_t err;
        must(zsnmp_wire_open(&body, &patterns, data, size, BATCH_MAX, &why) == ZSNMP_OK);
        for (const uint8_t *at = body.at; zsnmp_wire_next(&body, &fast, &err, &why); at = body.at) {
            must(zsnmp_wire_decode(at, (size_t)(body.end - at), false, &slow, &why) == err);
            must(fast.size == slow.size && fast.id_len == slow.id_len && fast.kind == slow.kind &&
                 memcmp(fast.id, slow.id, slow.id_len) == 0);
            must((fast.request == NULL) == (slow.request == NULL));
            must(fast.request == NULL || !zsnmp_request_is_plain(slow.request) ||
                 same_request(fast.request, slow.request));
            zsnmp_request_free(fast.request);
            zsnmp_request_free(slow.request);
        }
    }
    check_opens(&patterns, data, size);
    zsnmp_patterns_clear(&patterns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zsnmp_wire_body body;
    const char *why = NULL;
    struct zsnmp_wire_call call;
    zsnmp_err_t err = zsnmp_wire_decode(data, size, false, &call, &why);
    must(call.size <= size);
    must(call.peer.len == 0 ||
         ((const uint8_t *)call.peer.data >= data &&
          call.peer.len <= size - (size_t)((const uint8_t *)call.peer.data - data)));
    serve(&call, err, why);
    if (zsnmp_wire_open(&body, NULL, data, size, BATCH_MAX, &why) != ZSNMP_OK) {
        must(why != NULL);
        return 0;
    }
    uint32_t count = 0;
    while (zsnmp_wire_next(&body, &call, &err, &why)) {
        must(call.size > 0);
        serve(&call, err, why);
        count++;
    }
    must(count == body.count && body.at == data + size);
    check_patterns(data, size);
    return 0;
}
