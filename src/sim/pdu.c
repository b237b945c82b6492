/*
 * GET, GETNEXT and GETBULK of RFC 3416 section 4.2 and, for v1, RFC 1157 section 4.1. Answers are
 * written as they are found; a varbind that does not fit ends the list (GETBULK) or makes the
 * whole answer tooBig. Nothing here keeps more than a cursor per repeated column.
 */
#include "sim/agent.h"

#include <string.h>

bool zsnmp_sim_pdu_parse(struct zsnmp_sim_span *s, struct zsnmp_sim_pdu *pdu)
{
    struct zsnmp_sim_span body;
    return zsnmp_sim_ber_next(s, &pdu->type, &body) && zsnmp_sim_ber_int(&body, &pdu->request_id) &&
           zsnmp_sim_ber_int(&body, &pdu->error_status) &&
           zsnmp_sim_ber_int(&body, &pdu->error_index) &&
           zsnmp_sim_ber_enter(&body, ZSNMP_SIM_SEQUENCE, &pdu->varbinds);
}

bool zsnmp_sim_varbind_next(struct zsnmp_sim_span *s, struct zsnmp_sim_varbind *vb)
{
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span name;
    if (!zsnmp_sim_ber_enter(s, ZSNMP_SIM_SEQUENCE, &body) ||
        !zsnmp_sim_ber_enter(&body, ZSNMP_SIM_OID, &name) ||
        !zsnmp_sim_ber_oid_content(&name, &vb->oid)) {
        return false;
    }
    vb->name = name.at;
    vb->name_len = zsnmp_sim_span_len(&name);
    return zsnmp_sim_ber_next(&body, &vb->tag, &vb->value) && body.at == body.end;
}

static bool put_instance(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                         struct zsnmp_sim_pos pos, struct zsnmp_sim_out *out)
{
    uint8_t room[ZSNMP_SIM_NAME_ROOM];
    size_t name_len = 0;
    const uint8_t *name = zsnmp_sim_view_name(view, pos, room, &name_len);
    struct zsnmp_sim_value value;
    zsnmp_sim_view_value(view, pos, &value);
    zsnmp_sim_count(&agent->stats.varbinds_out);
    return zsnmp_sim_out_varbind(out, name, name_len, value.tag, value.data, value.len);
}

static enum zsnmp_sim_status get_one(struct zsnmp_sim_agent *agent,
                                     const struct zsnmp_sim_view *view,
                                     const struct zsnmp_sim_varbind *vb, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_pos pos;
    enum zsnmp_sim_miss miss;
    bool fits = false;
    if (zsnmp_sim_view_find(view, &vb->oid, &pos, &miss)) {
        if (zsnmp_sim_view_is_hidden(view, pos)) {
            return ZSNMP_SIM_NO_SUCH_NAME;
        }
        fits = put_instance(agent, view, pos, out);
    } else if (view->v1) {
        return ZSNMP_SIM_NO_SUCH_NAME;
    } else {
        uint8_t tag =
            miss == ZSNMP_SIM_MISS_OBJECT ? ZSNMP_SIM_NO_SUCH_OBJECT : ZSNMP_SIM_NO_SUCH_INSTANCE;
        fits = zsnmp_sim_out_varbind(out, vb->name, vb->name_len, tag, NULL, 0);
    }
    return fits ? ZSNMP_SIM_NO_ERROR : ZSNMP_SIM_TOO_BIG;
}

static enum zsnmp_sim_status next_one(struct zsnmp_sim_agent *agent,
                                      const struct zsnmp_sim_view *view,
                                      const struct zsnmp_sim_varbind *vb, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_pos pos;
    bool fits = false;
    if (zsnmp_sim_walk_is_odd(view)) {
        return zsnmp_sim_walk_next(agent, view, vb, out);
    }
    if (zsnmp_sim_view_after(view, &vb->oid, &pos)) {
        fits = put_instance(agent, view, pos, out);
    } else if (view->v1) {
        return ZSNMP_SIM_NO_SUCH_NAME;
    } else {
        fits =
            zsnmp_sim_out_varbind(out, vb->name, vb->name_len, ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
    }
    return fits ? ZSNMP_SIM_NO_ERROR : ZSNMP_SIM_TOO_BIG;
}

/* GET and GETNEXT: each varbind by itself, the first that fails is the answer. */
static bool run_each(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                     const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out,
                     struct zsnmp_sim_outcome *outcome)
{
    struct zsnmp_sim_span list = pdu->varbinds;
    for (int32_t index = 1; list.at < list.end; index++) {
        struct zsnmp_sim_varbind vb;
        if (!zsnmp_sim_varbind_next(&list, &vb)) {
            return false;
        }
        if (outcome->status != ZSNMP_SIM_NO_ERROR) {
            continue; /* the rest must still be well-formed */
        }
        outcome->status = pdu->type == ZSNMP_SIM_PDU_GET ? get_one(agent, view, &vb, out)
                                                         : next_one(agent, view, &vb, out);
        bool named =
            outcome->status == ZSNMP_SIM_NO_SUCH_NAME || outcome->status == ZSNMP_SIM_GEN_ERR;
        outcome->index = named ? index : 0;
    }
    return true;
}

/* One more repetition of a column; false if it does not fit. */
static bool repeat_one(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       struct zsnmp_sim_cursor *c, struct zsnmp_sim_out *out)
{
    if (c->stepped && !c->ended) {
        c->ended = !zsnmp_sim_view_step(view, &c->pos);
    }
    if (!c->ended) {
        c->stepped = true;
        return put_instance(agent, view, c->pos, out);
    }
    uint8_t room[ZSNMP_SIM_NAME_ROOM];
    const uint8_t *name = c->name;
    size_t len = c->name_len;
    if (c->stepped) { /* RFC 3416 section 4.2.3: the last name there was */
        name = zsnmp_sim_view_name(view, c->pos, room, &len);
    }
    return zsnmp_sim_out_varbind(out, name, len, ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
}

/* All repetitions, row by row, until the answer is full or nothing is left to say. */
static void repeat_all(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       size_t columns, int32_t repetitions, struct zsnmp_sim_out *out)
{
    bool going = columns > 0;
    for (int32_t r = 0; going && r < repetitions; r++) {
        going = false;
        for (size_t i = 0; i < columns; i++) {
            if (!repeat_one(agent, view, &agent->cursor[i], out)) {
                return;
            }
            going = going || !agent->cursor[i].ended;
        }
    }
}

static bool run_bulk(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                     const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out,
                     struct zsnmp_sim_outcome *outcome)
{
    struct zsnmp_sim_span list = pdu->varbinds;
    size_t columns = 0;
    bool full = false;
    for (int32_t index = 0; list.at < list.end; index++) {
        struct zsnmp_sim_varbind vb;
        if (!zsnmp_sim_varbind_next(&list, &vb) || columns == ZSNMP_SIM_VARBINDS_MAX) {
            return false;
        }
        if (index < pdu->error_status) {
            full = full || next_one(agent, view, &vb, out) == ZSNMP_SIM_TOO_BIG;
            continue;
        }
        struct zsnmp_sim_cursor *c = &agent->cursor[columns++];
        c->stepped = false;
        c->ended = full || !zsnmp_sim_view_after(view, &vb.oid, &c->pos);
        c->name = vb.name;
        c->name_len = vb.name_len;
    }
    if (!full) {
        repeat_all(agent, view, columns, pdu->error_index, out);
        full = columns > 0 && pdu->error_index > 0;
    }
    if (full && out->tail == out->head) { /* not even one fits: silence would look like the end */
        outcome->status = ZSNMP_SIM_TOO_BIG;
    }
    return true;
}

void zsnmp_sim_pdu_close(struct zsnmp_sim_out *out, uint8_t type, int32_t request_id,
                         struct zsnmp_sim_outcome outcome)
{
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    zsnmp_sim_out_int(out, outcome.index);
    zsnmp_sim_out_int(out, outcome.status);
    zsnmp_sim_out_int(out, request_id);
    zsnmp_sim_out_wrap(out, type, out->tail);
}

/* RFC 3584 section 4.4: what v1 calls the errors that came later. */
static enum zsnmp_sim_status v1_status(enum zsnmp_sim_status status)
{
    switch (status) {
    case ZSNMP_SIM_WRONG_TYPE:
    case ZSNMP_SIM_WRONG_LENGTH:
    case ZSNMP_SIM_WRONG_ENCODING:
    case ZSNMP_SIM_WRONG_VALUE:
        return ZSNMP_SIM_BAD_VALUE;
    case ZSNMP_SIM_NO_ACCESS:
    case ZSNMP_SIM_NO_CREATION:
    case ZSNMP_SIM_AUTHORIZATION_ERROR:
    case ZSNMP_SIM_NOT_WRITABLE:
        return ZSNMP_SIM_NO_SUCH_NAME;
    case ZSNMP_SIM_RESOURCE_UNAVAILABLE:
        return ZSNMP_SIM_GEN_ERR;
    default:
        return status;
    }
}

/* As the device says it, be it an error that the version does not have. */
static void refuse(struct zsnmp_sim_agent *agent, bool v1, const struct zsnmp_sim_pdu *pdu,
                   struct zsnmp_sim_outcome outcome, struct zsnmp_sim_out *out)
{
    size_t len = zsnmp_sim_span_len(&pdu->varbinds);
    bool fits = len <= (size_t)(out->ceiling - out->head);
    if (!fits) {
        outcome = (struct zsnmp_sim_outcome){ZSNMP_SIM_TOO_BIG, 0};
    }
    bool too_big = outcome.status == ZSNMP_SIM_TOO_BIG;
    out->tail = out->head;
    if (fits && (!too_big || v1)) { /* RFC 3416: tooBig comes with no varbinds */
        memcpy(out->tail, pdu->varbinds.at, len);
        out->tail += len;
    }
    zsnmp_sim_count(&agent->stats.error_responses);
    if (too_big) {
        zsnmp_sim_count(&agent->stats.too_big);
    }
    zsnmp_sim_pdu_close(out, ZSNMP_SIM_PDU_RESPONSE, pdu->request_id, outcome);
}

void zsnmp_sim_pdu_refuse(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_outcome outcome,
                          struct zsnmp_sim_out *out)
{
    if (view->v1) {
        outcome.status = v1_status(outcome.status);
    }
    refuse(agent, view->v1, pdu, outcome, out);
}

/* A successful SET answers with the varbinds it was given. */
static void echo(const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out)
{
    size_t len = zsnmp_sim_span_len(&pdu->varbinds);
    memcpy(out->tail, pdu->varbinds.at, len);
    out->tail += len;
}

static bool run_set(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                    const struct zsnmp_sim_pdu *pdu, bool may_write, struct zsnmp_sim_out *out,
                    struct zsnmp_sim_outcome *outcome)
{
    if (zsnmp_sim_span_len(&pdu->varbinds) > (size_t)(out->ceiling - out->tail)) {
        outcome->status = ZSNMP_SIM_TOO_BIG; /* said before anything is written */
        return true;
    }
    if (!zsnmp_sim_set_run(agent, view, pdu, may_write, outcome)) {
        return false;
    }
    echo(pdu, out);
    return true;
}

/* False: no agent answers a PDU of this type. */
static bool count_type(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       uint8_t type)
{
    switch (type) {
    case ZSNMP_SIM_PDU_GET:
        zsnmp_sim_count(&agent->stats.get);
        return true;
    case ZSNMP_SIM_PDU_GETNEXT:
        zsnmp_sim_count(&agent->stats.getnext);
        return true;
    case ZSNMP_SIM_PDU_SET:
        zsnmp_sim_count(&agent->stats.set);
        return true;
    case ZSNMP_SIM_PDU_GETBULK:
        if (!view->v1) {
            zsnmp_sim_count(&agent->stats.getbulk);
            return true;
        }
        break;
    default:
        break;
    }
    zsnmp_sim_count(&agent->stats.dropped_pdu_type);
    return false;
}

static bool run(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                const struct zsnmp_sim_pdu *pdu, bool may_write, struct zsnmp_sim_out *out,
                struct zsnmp_sim_outcome *outcome)
{
    if (pdu->type == ZSNMP_SIM_PDU_SET) {
        return run_set(agent, view, pdu, may_write, out, outcome);
    }
    if (pdu->type != ZSNMP_SIM_PDU_GETBULK) {
        return run_each(agent, view, pdu, out, outcome);
    }
    return zsnmp_sim_walk_is_odd(view) ? zsnmp_sim_walk_bulk(agent, view, pdu, out, outcome)
                                       : run_bulk(agent, view, pdu, out, outcome);
}

bool zsnmp_sim_pdu_answer(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                          const struct zsnmp_sim_pdu *asked, bool may_write,
                          struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_outcome outcome = {ZSNMP_SIM_NO_ERROR, 0};
    struct zsnmp_sim_pdu pdu = *asked;
    if (!count_type(agent, view, pdu.type)) {
        return false;
    }
    if (agent->faulty) {
        outcome.status = zsnmp_sim_spoil_request(agent, &pdu);
    }
    if (outcome.status == ZSNMP_SIM_NO_ERROR && agent->spoil->is_error) {
        outcome = (struct zsnmp_sim_outcome){(enum zsnmp_sim_status)agent->spoil->error_status,
                                             (int32_t)agent->spoil->error_index};
        refuse(agent, view->v1, &pdu, outcome, out);
        return true;
    }
    if (outcome.status == ZSNMP_SIM_NO_ERROR && !run(agent, view, &pdu, may_write, out, &outcome)) {
        zsnmp_sim_count(&agent->stats.dropped_malformed);
        return false;
    }
    if (outcome.status == ZSNMP_SIM_SILENT) {
        zsnmp_sim_count(&agent->stats.dropped_fault);
        return false;
    }
    if (outcome.status != ZSNMP_SIM_NO_ERROR) {
        zsnmp_sim_pdu_refuse(agent, view, &pdu, outcome, out);
        return true;
    }
    if (agent->faulty) {
        zsnmp_sim_spoil_varbinds(agent, pdu.type, out);
    }
    zsnmp_sim_pdu_close(out, ZSNMP_SIM_PDU_RESPONSE, pdu.request_id, outcome);
    return true;
}
