/*
 * Fuzz target: a datagram as anybody can send it, through what admission reads of it, and through
 * the reader of answers of versions 1 and 2c. Nothing may be read past its end, and what is found
 * must lie within it.
 *
 *     make fuzz
 */
#include <stdio.h>
#include <stdlib.h>

#include "snmp/snmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_peek(const uint8_t *data, size_t size, const struct zsnmp_peek *peek)
{
    must(size >= 2 && data[0] == 0x30);
    must(peek->version == ZSNMP_V1 || peek->version == ZSNMP_V2C || peek->version == ZSNMP_V3);
    must((peek->community == NULL) == (peek->version == ZSNMP_V3));
    must(peek->community == NULL ||
         (peek->community > data && peek->community + peek->community_len <= data + size));
    must(peek->version == ZSNMP_V3 || !peek->reportable);
}

static bool is_bytes(uint8_t type)
{
    return type == ZSNMP_OCTET_STRING || type == ZSNMP_OPAQUE || type == ZSNMP_NSAP ||
           type == ZSNMP_IP_ADDRESS;
}

static void check_answer(const uint8_t *data, size_t size, const struct zsnmp_peek *peek)
{
    static struct zsnmp_answer answer;
    zsnmp_varbind_t vb;
    size_t count = 0;
    if (!zsnmp_community_open(&answer, peek)) {
        return;
    }
    for (; zsnmp_community_next(&answer, &vb); count++) {
        must(vb.oid_len >= 1 && vb.oid_len <= ZSNMP_OID_MAX && vb.oid[0] <= 2);
        if (is_bytes(vb.type)) {
            must(vb.value.bytes.data > data &&
                 vb.value.bytes.data + vb.value.bytes.len <= data + size);
        }
        if (vb.type == ZSNMP_OBJECT_ID) {
            must(vb.value.oid.len >= 1 && vb.value.oid.len <= ZSNMP_OID_MAX);
        }
    }
    must(count <= size / 4);
    must(answer.damaged || answer.at == answer.end);
    must(!zsnmp_community_next(&answer, &vb));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zsnmp_peek peek;
    struct zsnmp_usm_head usm;
    bool whole = zsnmp_peek(data, size, &peek);
    if (zsnmp_peek_usm(data, size, &usm)) {
        must(usm.engine_id > data && usm.engine_id + usm.engine_id_len <= data + size);
        must(usm.boots <= INT32_MAX && usm.time <= INT32_MAX);
    }
    size_t length = zsnmp_peek_length(data, size);
    if (whole) {
        check_peek(data, size, &peek);
        must(length > 2 && length <= size);
    }
    if (whole && peek.version != ZSNMP_V3) {
        check_answer(data, size, &peek);
    }
    must(length == 0 || length >= 2);
    return 0;
}
