/*
 * What the disorders of a device make of a request and of its reply: limits before it is carried
 * out, the varbinds of the answer while they stand alone in the buffer, and the whole message at
 * the end. A reply stays inside the buffer it was begun in, whatever is done to it.
 */
#include "sim/agent.h"

#include <string.h>

/* Bits by which a wrong id differs from the right one: never the sign, and far from ids near by. */
#define WRONG_ID 0x2aa5a55a
/* Varbinds of a reply that is longer than allowed still leave room for what stands around them. */
#define VARBINDS_END (ZSNMP_SIM_MESSAGE_MAX - ZSNMP_SIM_HEADROOM)
#define GARBAGE_BEFORE 64 /* bytes */

static uint32_t type_bit(uint8_t type)
{
    switch (type) {
    case ZSNMP_SIM_PDU_GET:
        return ZSNMP_SIM_TYPE_GET;
    case ZSNMP_SIM_PDU_GETNEXT:
        return ZSNMP_SIM_TYPE_NEXT;
    case ZSNMP_SIM_PDU_GETBULK:
        return ZSNMP_SIM_TYPE_BULK;
    case ZSNMP_SIM_PDU_SET:
        return ZSNMP_SIM_TYPE_SET;
    default:
        return 0;
    }
}

void zsnmp_sim_spoil_begin(struct zsnmp_sim_agent *agent)
{
    static const struct zsnmp_sim_spoil sound;
    const struct zsnmp_sim_disorders *d = &agent->fault.disorders;
    agent->spoil = agent->faulty && d->only == 0 ? &d->spoil : &sound;
}

void zsnmp_sim_spoil_select(struct zsnmp_sim_agent *agent, uint8_t type)
{
    const struct zsnmp_sim_disorders *d = &agent->fault.disorders;
    if (agent->faulty && (d->only & type_bit(type)) != 0) {
        agent->spoil = &d->spoil;
    }
}

int32_t zsnmp_sim_spoil_id(const struct zsnmp_sim_agent *agent, enum zsnmp_sim_disorder which,
                           int32_t id)
{
    return agent->spoil->next[which] > 0 ? id ^ WRONG_ID : id;
}

/* ---- requests ---- */

static uint32_t count_varbinds(struct zsnmp_sim_span list)
{
    uint32_t count = 0;
    uint8_t tag = 0;
    struct zsnmp_sim_span skip;
    while (list.at < list.end && zsnmp_sim_ber_next(&list, &tag, &skip)) {
        count++;
    }
    return count;
}

/* The list ends behind the first so many. */
static void cut_varbinds(struct zsnmp_sim_span *list, uint32_t keep)
{
    struct zsnmp_sim_span rest = *list;
    uint8_t tag = 0;
    struct zsnmp_sim_span skip;
    while (keep > 0 && rest.at < rest.end && zsnmp_sim_ber_next(&rest, &tag, &skip)) {
        keep--;
    }
    list->end = rest.at;
}

/* Is there a limit, and is the number above it? A limit N is kept as N + 1. */
static bool is_above(uint32_t number, uint32_t limit)
{
    return limit > 0 && number >= limit;
}

enum zsnmp_sim_status zsnmp_sim_spoil_request(struct zsnmp_sim_agent *agent,
                                              struct zsnmp_sim_pdu *pdu)
{
    const struct zsnmp_sim_limits *limits = &agent->fault.disorders.limits;
    bool bulk = pdu->type == ZSNMP_SIM_PDU_GETBULK;
    bool get = pdu->type == ZSNMP_SIM_PDU_GET || pdu->type == ZSNMP_SIM_PDU_GETNEXT;
    uint32_t varbinds = count_varbinds(pdu->varbinds);
    uint32_t repetitions = bulk && pdu->error_index > 0 ? (uint32_t)pdu->error_index : 0;
    agent->asked.max_varbinds = varbinds;
    agent->asked.max_repetitions = repetitions;
    if ((limits->silent & type_bit(pdu->type)) != 0 ||
        (bulk && is_above(repetitions, limits->bulk_silent)) ||
        (get && is_above(varbinds, limits->varbinds_silent))) {
        return ZSNMP_SIM_SILENT;
    }
    if ((bulk && is_above(repetitions, limits->bulk_too_big)) ||
        (get && is_above(varbinds, limits->varbinds_too_big))) {
        return ZSNMP_SIM_TOO_BIG;
    }
    if (get && is_above(varbinds, limits->varbinds_gen_err)) {
        return ZSNMP_SIM_GEN_ERR;
    }
    if (get && limits->varbinds_cut > 0) {
        cut_varbinds(&pdu->varbinds, limits->varbinds_cut - 1);
    }
    return ZSNMP_SIM_NO_ERROR;
}

/* ---- varbinds ---- */

/* The buffer behind a pointer of the reader's, which only reads. */
static uint8_t *writable(struct zsnmp_sim_out *out, const uint8_t *at)
{
    return out->head + (at - out->head);
}

static uint8_t wrong_tag(uint8_t tag, size_t len)
{
    switch (tag) {
    case ZSNMP_SIM_COUNTER32:
    case ZSNMP_SIM_GAUGE32:
    case ZSNMP_SIM_TIMETICKS:
    case ZSNMP_SIM_COUNTER64:
        return len <= sizeof(int32_t) ? ZSNMP_SIM_INTEGER : ZSNMP_SIM_STRING;
    case ZSNMP_SIM_INTEGER:
    case ZSNMP_SIM_OID:
    case ZSNMP_SIM_IPADDRESS:
        return ZSNMP_SIM_STRING;
    case ZSNMP_SIM_STRING:
        return ZSNMP_SIM_OPAQUE;
    default:
        return tag;
    }
}

/* What changes no length is changed where it stands. */
static void change_each(const struct zsnmp_sim_spoil *spoil, uint8_t type,
                        struct zsnmp_sim_out *out)
{
    bool name = spoil->next[ZSNMP_SIM_SPOIL_NAME] > 0 &&
                (type == ZSNMP_SIM_PDU_GET || type == ZSNMP_SIM_PDU_SET);
    bool tags = spoil->next[ZSNMP_SIM_SPOIL_TYPE] > 0;
    struct zsnmp_sim_span list = {out->head, name || tags ? out->tail : out->head};
    struct zsnmp_sim_varbind vb;
    while (list.at < list.end && zsnmp_sim_varbind_next(&list, &vb)) {
        uint8_t *tag = writable(out, vb.name + vb.name_len);
        if (name) {
            tag[-1] ^= 1; /* the last sub-identifier is another */
        }
        if (tags) {
            *tag = wrong_tag(*tag, zsnmp_sim_span_len(&vb.value));
        }
    }
}

/* A copy of the list, which is then written anew; in the first half of the scratch room. */
static struct zsnmp_sim_span take_list(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out)
{
    size_t len = (size_t)(out->tail - out->head);
    memcpy(agent->scratch, out->head, len);
    out->tail = out->head;
    return (struct zsnmp_sim_span){agent->scratch, agent->scratch + len};
}

static bool is_value(uint8_t tag)
{
    return tag < ZSNMP_SIM_NO_SUCH_OBJECT && tag != ZSNMP_SIM_NULL;
}

static void empty_values(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_span list = take_list(agent, out);
    struct zsnmp_sim_varbind vb;
    while (list.at < list.end && zsnmp_sim_varbind_next(&list, &vb)) {
        size_t len = is_value(vb.tag) ? 0 : zsnmp_sim_span_len(&vb.value);
        (void)zsnmp_sim_out_varbind(out, vb.name, vb.name_len, vb.tag, vb.value.at, len);
    }
}

/* The first value becomes a long string, beyond the ceiling too; others follow as far as they
 * fit. */
static void lengthen(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out)
{
    uint8_t *text = agent->scratch + ZSNMP_SIM_MESSAGE_MAX;
    size_t len = agent->spoil->long_value;
    struct zsnmp_sim_span list = take_list(agent, out);
    struct zsnmp_sim_varbind vb;
    out->ceiling = out->head + VARBINDS_END;
    memset(text, 'x', len);
    for (bool first = true; list.at < list.end && zsnmp_sim_varbind_next(&list, &vb);
         first = false) {
        uint8_t tag = first ? ZSNMP_SIM_STRING : vb.tag;
        (void)zsnmp_sim_out_varbind(out, vb.name, vb.name_len, tag, first ? text : vb.value.at,
                                    first ? len : zsnmp_sim_span_len(&vb.value));
    }
}

/* Where the last varbind begins; false: there is none. */
static bool find_last(const struct zsnmp_sim_out *out, const uint8_t **at,
                      struct zsnmp_sim_varbind *vb)
{
    struct zsnmp_sim_span list = {out->head, out->tail};
    *at = NULL;
    while (list.at < list.end) {
        *at = list.at;
        if (!zsnmp_sim_varbind_next(&list, vb)) {
            return false;
        }
    }
    return *at != NULL;
}

static void drop_last(struct zsnmp_sim_out *out)
{
    const uint8_t *at = NULL;
    struct zsnmp_sim_varbind vb;
    if (find_last(out, &at, &vb)) {
        out->tail = writable(out, at);
    }
}

static void add_one(struct zsnmp_sim_out *out)
{
    static const uint32_t id[] = {1, 3, 6, 1, 4, 1, 32473, 77, 0};
    static const uint8_t value = 77;
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    size_t len = zsnmp_sim_ber_put_oid(name, id, sizeof id / sizeof id[0]);
    (void)zsnmp_sim_out_varbind(out, name, len, ZSNMP_SIM_INTEGER, &value, 1);
}

/* The last value says that it is longer than what is left of the message. */
static void overstate(struct zsnmp_sim_out *out)
{
    const uint8_t *at = NULL;
    struct zsnmp_sim_varbind vb;
    if (find_last(out, &at, &vb)) {
        uint8_t *length = writable(out, vb.name + vb.name_len + 1);
        bool is_short = *length < 0x80;
        length[is_short ? 0 : *length & 0x7fu] = is_short ? 0x7f : 0xff;
    }
}

void zsnmp_sim_spoil_varbinds(struct zsnmp_sim_agent *agent, uint8_t type,
                              struct zsnmp_sim_out *out)
{
    const struct zsnmp_sim_spoil *spoil = agent->spoil;
    if (spoil->next[ZSNMP_SIM_SPOIL_EMPTY] > 0) {
        out->tail = out->head;
    }
    if (spoil->next[ZSNMP_SIM_SPOIL_MISSING] > 0) {
        drop_last(out);
    }
    if (spoil->next[ZSNMP_SIM_SPOIL_EXTRA] > 0) {
        add_one(out);
    }
    change_each(spoil, type, out);
    if (spoil->next[ZSNMP_SIM_SPOIL_NO_VALUE] > 0) {
        empty_values(agent, out);
    }
    if (spoil->long_value > 0) {
        lengthen(agent, out);
    }
    if (spoil->next[ZSNMP_SIM_SPOIL_OVERLONG] > 0) {
        overstate(out);
    }
}

/* ---- messages ---- */

struct zsnmp_sim_out *zsnmp_sim_spoil_before(struct zsnmp_sim_agent *agent)
{
    struct zsnmp_sim_out *out = &agent->before[agent->befores];
    zsnmp_sim_out_start(out, agent->before_room[agent->befores], ZSNMP_SIM_FORGED_MAX);
    return out;
}

static void fill(uint8_t *at, const uint8_t *end, uint64_t draw)
{
    while (at < end) {
        draw = zsnmp_sim_mix(draw);
        *at++ = (uint8_t)draw;
    }
}

void zsnmp_sim_spoil_message(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out)
{
    const struct zsnmp_sim_spoil *spoil = agent->spoil;
    if (spoil->next[ZSNMP_SIM_SPOIL_GARBAGE] > 0) {
        fill(out->head, out->tail, agent->fault.draw);
    }
    if (spoil->truncate > 0 && (size_t)(out->tail - out->head) >= spoil->truncate) {
        out->tail = out->head + (spoil->truncate - 1);
    }
    if (spoil->next[ZSNMP_SIM_SPOIL_GARBAGE_BEFORE] > 0) {
        struct zsnmp_sim_out *garbage = zsnmp_sim_spoil_before(agent);
        garbage->tail += GARBAGE_BEFORE;
        fill(garbage->head, garbage->tail, ~agent->fault.draw);
        agent->befores++;
    }
}
