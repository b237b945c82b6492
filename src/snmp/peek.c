/*
 * Reads the first fields of a message, to find out for whom it is before
 * anything is spent on it. Must never read past the end it is given; whatever
 * does not look like SNMP is refused.
 */
#include "snmp/ber.h"
#include "snmp/snmp.h"

#define VERSION_V1 0
#define VERSION_V2C 1
#define VERSION_V3 3
#define FLAG_REPORTABLE 0x04u /* msgFlags, RFC 3412 section 6.4 */

/* Goes into a sequence, and leaves what is behind it alone. */
static inline bool enter(struct zsnmp_ber *in)
{
    struct zsnmp_ber inside;
    if (!zsnmp_ber_enter(in, ZSNMP_BER_SEQUENCE, &inside)) {
        return false;
    }
    *in = inside;
    return true;
}

static inline bool octets(struct zsnmp_ber *in, const uint8_t **data, size_t *len)
{
    uint8_t tag;
    if (!zsnmp_ber_head(in, &tag, len) || tag != ZSNMP_OCTET_STRING) {
        return false;
    }
    *data = in->at;
    in->at += *len;
    return true;
}

/* RFC 1157 section 4, RFC 1901 section 3: community, then the PDU, which begins with its id. */
static bool peek_community(struct zsnmp_ber *in, struct zsnmp_peek *peek)
{
    size_t len;
    if (!octets(in, &peek->community, &peek->community_len) ||
        !zsnmp_ber_head(in, &peek->pdu_type, &len)) {
        return false;
    }
    in->end = in->at + len;
    if (!zsnmp_ber_int(in, &peek->id)) {
        return false;
    }
    peek->rest = in->at;
    peek->rest_len = (size_t)(in->end - in->at);
    return true;
}

/* RFC 3412 section 6: msgGlobalData holds msgID, msgMaxSize, msgFlags, msgSecurityModel. */
static bool peek_v3(struct zsnmp_ber *in, struct zsnmp_peek *peek)
{
    int32_t max_size;
    const uint8_t *flags;
    size_t len;
    if (!enter(in) || !zsnmp_ber_int(in, &peek->id) || !zsnmp_ber_int(in, &max_size) ||
        !octets(in, &flags, &len) || len != 1) {
        return false;
    }
    peek->reportable = (*flags & FLAG_REPORTABLE) != 0;
    return true;
}

bool zsnmp_peek(const uint8_t *data, size_t len, struct zsnmp_peek *peek)
{
    struct zsnmp_ber in = {.at = data, .end = data + len};
    int32_t version;
    *peek = (struct zsnmp_peek){0};
    if (!enter(&in) || !zsnmp_ber_int(&in, &version)) {
        return false;
    }
    switch (version) {
    case VERSION_V1:
    case VERSION_V2C:
        peek->version = (uint8_t)version;
        return peek_community(&in, peek);
    case VERSION_V3:
        peek->version = ZSNMP_V3;
        return peek_v3(&in, peek);
    default:
        return false;
    }
}

/* RFC 3414 section 2.4: the security parameters are a sequence inside an octet string. */
bool zsnmp_peek_usm(const uint8_t *data, size_t len, struct zsnmp_usm_head *usm)
{
    struct zsnmp_ber in = {.at = data, .end = data + len};
    const uint8_t *skipped;
    uint8_t tag;
    size_t skipped_len;
    int32_t number[2];
    *usm = (struct zsnmp_usm_head){0};
    if (!enter(&in) || !zsnmp_ber_int(&in, &number[0]) || number[0] != VERSION_V3 ||
        !zsnmp_ber_head(&in, &tag, &skipped_len) || tag != ZSNMP_BER_SEQUENCE) {
        return false;
    }
    in.at += skipped_len;
    if (!octets(&in, &skipped, &skipped_len)) {
        return false;
    }
    in = (struct zsnmp_ber){.at = skipped, .end = skipped + skipped_len};
    if (!enter(&in) || !octets(&in, &usm->engine_id, &usm->engine_id_len) ||
        !zsnmp_ber_int(&in, &number[0]) || !zsnmp_ber_int(&in, &number[1]) || number[0] < 0 ||
        number[1] < 0) {
        return false;
    }
    usm->boots = (uint32_t)number[0];
    usm->time = (uint32_t)number[1];
    return true;
}

size_t zsnmp_peek_length(const uint8_t *data, size_t len)
{
    if (len > 0 && data[0] != ZSNMP_BER_SEQUENCE) {
        return SIZE_MAX;
    }
    if (len < 2) {
        return 0;
    }
    if (data[1] < 0x80) {
        return 2u + data[1];
    }
    size_t bytes = data[1] & 0x7F;
    if (bytes == 0 || bytes > 4) {
        return SIZE_MAX;
    }
    if (len < 2 + bytes) {
        return 0;
    }
    size_t body = 0;
    for (size_t i = 0; i < bytes; i++) {
        body = body << 8 | data[2 + i];
    }
    return 2 + bytes + body;
}
