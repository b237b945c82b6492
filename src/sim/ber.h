/*
 * BER as SNMP uses it (RFC 3417 section 8), written for the simulator alone so that it can judge
 * other implementations. The reader never looks past the end it was given; the writer puts
 * varbinds forwards and everything around them backwards, in one buffer, without a copy.
 */
#ifndef ZSNMP_SIM_BER_H
#define ZSNMP_SIM_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum zsnmp_sim_tag {
    ZSNMP_SIM_INTEGER = 0x02,
    ZSNMP_SIM_STRING = 0x04,
    ZSNMP_SIM_NULL = 0x05,
    ZSNMP_SIM_OID = 0x06,
    ZSNMP_SIM_SEQUENCE = 0x30,
    ZSNMP_SIM_IPADDRESS = 0x40,
    ZSNMP_SIM_COUNTER32 = 0x41,
    ZSNMP_SIM_GAUGE32 = 0x42,
    ZSNMP_SIM_TIMETICKS = 0x43,
    ZSNMP_SIM_OPAQUE = 0x44,
    ZSNMP_SIM_COUNTER64 = 0x46,
    ZSNMP_SIM_NO_SUCH_OBJECT = 0x80,
    ZSNMP_SIM_NO_SUCH_INSTANCE = 0x81,
    ZSNMP_SIM_END_OF_MIB_VIEW = 0x82,
    ZSNMP_SIM_PDU_GET = 0xa0,
    ZSNMP_SIM_PDU_GETNEXT = 0xa1,
    ZSNMP_SIM_PDU_RESPONSE = 0xa2,
    ZSNMP_SIM_PDU_SET = 0xa3,
    ZSNMP_SIM_PDU_GETBULK = 0xa5,
    ZSNMP_SIM_PDU_REPORT = 0xa8,
};

/* RFC 2578 section 3.5: at most 128 sub-identifiers; each takes at most five bytes. */
#define ZSNMP_SIM_OID_IDS_MAX 128
#define ZSNMP_SIM_OID_BYTES_MAX (ZSNMP_SIM_OID_IDS_MAX * 5)

struct zsnmp_sim_oid {
    size_t len;
    uint32_t id[ZSNMP_SIM_OID_IDS_MAX];
};

/* Bytes not read yet. */
struct zsnmp_sim_span {
    const uint8_t *at;
    const uint8_t *end;
};

/* Room for what stands around the varbinds of a reply. The largest is SNMPv3: two engine ids of
 * 32, a user of 32, a context of 255, 48 + 8 of security parameters, community instead: 255. */
#define ZSNMP_SIM_HEADROOM 1024

/* The largest UDP payload over IPv4, and so the largest message of any kind here. */
#define ZSNMP_SIM_MESSAGE_MAX 65507

/* One reply under construction: [head, tail) is written, tail may grow up to ceiling. */
struct zsnmp_sim_out {
    uint8_t *floor;
    uint8_t *head;
    uint8_t *tail;
    uint8_t *ceiling;
    bool failed; /* the headroom did not suffice: the reply must not be sent */
};

static inline size_t zsnmp_sim_span_len(const struct zsnmp_sim_span *s)
{
    return (size_t)(s->end - s->at);
}

/* Each reader function returns false on malformed input and then leaves *s unspecified. */
bool zsnmp_sim_ber_next(struct zsnmp_sim_span *s, uint8_t *tag, struct zsnmp_sim_span *content);
bool zsnmp_sim_ber_enter(struct zsnmp_sim_span *s, uint8_t tag, struct zsnmp_sim_span *content);
bool zsnmp_sim_ber_int(struct zsnmp_sim_span *s, int32_t *value);
bool zsnmp_sim_ber_int_content(const struct zsnmp_sim_span *content, int32_t *value);
bool zsnmp_sim_ber_oid_content(const struct zsnmp_sim_span *content, struct zsnmp_sim_oid *oid);

/* How many bytes the header at the start of data and its content take together: >0 known, 0 more
 * bytes needed to tell, -1 not a sequence of bearable length. Frames a stream (RFC 3430). */
long zsnmp_sim_ber_frame(const uint8_t *data, size_t len);

/* Content bytes of values; each returns how many it wrote. */
size_t zsnmp_sim_ber_put_signed(uint8_t *to, int64_t value);
size_t zsnmp_sim_ber_put_unsigned(uint8_t *to, uint64_t value);
size_t zsnmp_sim_ber_put_id(uint8_t *to, uint32_t id);
/* Writes at most ZSNMP_SIM_OID_BYTES_MAX bytes. */
size_t zsnmp_sim_ber_put_oid(uint8_t *to, const uint32_t *id, size_t len);

/* Compares in lexicographic order: negative, zero, positive. */
int zsnmp_sim_oid_cmp(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len);

/* Starts an empty reply in room, which holds HEADROOM + size bytes. */
void zsnmp_sim_out_start(struct zsnmp_sim_out *out, uint8_t *room, size_t size);
/* Adds one varbind at the tail. False, and nothing written, where it does not fit. */
bool zsnmp_sim_out_varbind(struct zsnmp_sim_out *out, const uint8_t *name, size_t name_len,
                           uint8_t tag, const uint8_t *value, size_t value_len);
/* Adds at the head. */
void zsnmp_sim_out_bytes(struct zsnmp_sim_out *out, uint8_t tag, const uint8_t *data, size_t len);
void zsnmp_sim_out_int(struct zsnmp_sim_out *out, int64_t value);
/* Wraps all between head and the given tail into one element. */
void zsnmp_sim_out_wrap(struct zsnmp_sim_out *out, uint8_t tag, const uint8_t *until);

#endif
