/*
 * See sim_help.h.
 */
#include "sim_help.h"

#include "sim/fleet.h"
#include "sim/options.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sim_bed *sim_bed_new(uint32_t interfaces)
{
    struct sim_bed *bed = calloc(1, sizeof *bed);
    cr_assert_not_null(bed);
    bed->world = zsnmp_sim_world_new();
    cr_assert_not_null(bed->world);
    zsnmp_sim_mib_init(&bed->world->mib, interfaces);
    cr_assert(zsnmp_sim_world_add_community(bed->world, "public", false));
    cr_assert(zsnmp_sim_world_add_community(bed->world, "private", true));
    bed->agent = zsnmp_sim_agent_new(bed->world, 1);
    cr_assert_not_null(bed->agent);
    return bed;
}

void sim_bed_destroy(struct sim_bed **self)
{
    zsnmp_sim_agent_destroy(&(*self)->agent);
    zsnmp_sim_world_destroy(&(*self)->world);
    free(*self);
    *self = NULL;
}

struct zsnmp_sim_oid sim_oid(const char *text)
{
    struct zsnmp_sim_oid oid = {.len = 0};
    while (*text != '\0') {
        char *end = NULL;
        oid.id[oid.len++] = (uint32_t)strtoul(text, &end, 10);
        text = *end == '.' ? end + 1 : end;
    }
    return oid;
}

void sim_begin(struct sim_bed *bed)
{
    zsnmp_sim_out_start(&bed->request, bed->request_room, ZSNMP_SIM_MESSAGE_MAX);
}

void sim_add_value(struct sim_bed *bed, const char *oid, uint8_t tag, const void *data, size_t len)
{
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    struct zsnmp_sim_oid ids = sim_oid(oid);
    size_t name_len = zsnmp_sim_ber_put_oid(name, ids.id, ids.len);
    cr_assert(zsnmp_sim_out_varbind(&bed->request, name, name_len, tag, data, len));
}

void sim_add(struct sim_bed *bed, const char *oid)
{
    sim_add_value(bed, oid, ZSNMP_SIM_NULL, NULL, 0);
}

void sim_add_int(struct sim_bed *bed, const char *oid, int64_t value)
{
    uint8_t content[8];
    size_t len = zsnmp_sim_ber_put_signed(content, value);
    sim_add_value(bed, oid, ZSNMP_SIM_INTEGER, content, len);
}

static void take_reply(struct sim_bed *bed)
{
    struct zsnmp_sim_span all = {bed->out.head, bed->out.tail};
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span community;
    bed->reply_len = zsnmp_sim_span_len(&all);
    cr_assert(zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body));
    cr_assert(all.at == all.end, "nothing may follow the message");
    cr_assert(zsnmp_sim_ber_int(&body, &bed->version));
    if (bed->version == 3) {
        return;
    }
    cr_assert(zsnmp_sim_ber_enter(&body, ZSNMP_SIM_STRING, &community));
    bed->community = community;
    cr_assert(zsnmp_sim_pdu_parse(&body, &bed->pdu));
    cr_assert(body.at == body.end);
    struct zsnmp_sim_span list = bed->pdu.varbinds;
    for (bed->count = 0; list.at < list.end; bed->count++) {
        cr_assert(bed->count < SIM_VARBINDS);
        cr_assert(zsnmp_sim_varbind_next(&list, &bed->vb[bed->count]));
    }
}

void sim_rule(struct sim_bed *bed, const char *actions)
{
    char line[ZSNMP_SIM_RULE_MAX];
    char error[ZSNMP_SIM_RULE_ERROR_MAX] = "";
    (void)snprintf(line, sizeof line, "127.1.2.3: %s", actions);
    cr_assert(zsnmp_sim_faults_add(bed->world->faults, line, bed->agent->uptime_cs, error),
              "%s: %s", line, error);
}

bool sim_send_raw(struct sim_bed *bed, const uint8_t *data, size_t len)
{
    /* An exact copy, so that reading past its end is found by AddressSanitizer. */
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    zsnmp_sim_out_start(&bed->out, bed->reply_room, ZSNMP_SIM_MESSAGE_MAX);
    bed->answered = zsnmp_sim_agent_answer(bed->agent, SIM_KEY, copy, len, &bed->out);
    free(copy);
    return bed->answered;
}

bool sim_send_bytes(struct sim_bed *bed, const uint8_t *data, size_t len)
{
    if (sim_send_raw(bed, data, len)) {
        take_reply(bed);
    }
    return bed->answered;
}

void sim_close(struct sim_bed *bed, int version, const char *community, uint8_t type, int32_t a,
               int32_t b)
{
    struct zsnmp_sim_out *r = &bed->request;
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, r->tail);
    zsnmp_sim_out_int(r, b);
    zsnmp_sim_out_int(r, a);
    zsnmp_sim_out_int(r, SIM_REQUEST_ID);
    zsnmp_sim_out_wrap(r, type, r->tail);
    zsnmp_sim_out_bytes(r, ZSNMP_SIM_STRING, (const uint8_t *)community, strlen(community));
    zsnmp_sim_out_int(r, version);
    zsnmp_sim_out_wrap(r, ZSNMP_SIM_SEQUENCE, r->tail);
}

bool sim_send(struct sim_bed *bed, int version, const char *community, uint8_t type, int32_t a,
              int32_t b)
{
    const struct zsnmp_sim_out *r = &bed->request;
    sim_close(bed, version, community, type, a, b);
    if (!sim_send_bytes(bed, r->head, (size_t)(r->tail - r->head))) {
        return false;
    }
    cr_assert_eq(bed->version, version);
    cr_assert_eq(bed->pdu.type, ZSNMP_SIM_PDU_RESPONSE);
    cr_assert_eq(bed->pdu.request_id, SIM_REQUEST_ID);
    cr_assert(bed->reply_len <= bed->world->message_max);
    return true;
}

bool sim_get(struct sim_bed *bed, int version, uint8_t type, const char *oid)
{
    sim_begin(bed);
    sim_add(bed, oid);
    return sim_send(bed, version, "public", type, 0, 0);
}

bool sim_named(const struct zsnmp_sim_varbind *vb, const char *oid)
{
    struct zsnmp_sim_oid want = sim_oid(oid);
    return zsnmp_sim_oid_cmp(vb->oid.id, vb->oid.len, want.id, want.len) == 0;
}

bool sim_is_text(const struct zsnmp_sim_varbind *vb, const char *text)
{
    return vb->tag == ZSNMP_SIM_STRING && zsnmp_sim_span_len(&vb->value) == strlen(text) &&
           memcmp(vb->value.at, text, strlen(text)) == 0;
}

uint64_t sim_number(const struct zsnmp_sim_varbind *vb)
{
    uint64_t v = 0;
    for (const uint8_t *at = vb->value.at; at < vb->value.end; at++) {
        v = v << 8 | *at;
    }
    return v;
}
