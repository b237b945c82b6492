/*
 * Walks that go wrong behind a row: GETNEXT and GETBULK of devices with a rule "walk=KIND:ROW".
 * Row N of a column is its Nth instance in a record and the one with the index N in the built-in
 * tables. What follows a name depends on that name alone: names that a device invents tell where
 * the walk was, so that any number of walks may run, stop and go on.
 */
#include "sim/agent.h"

#include <string.h>

/* Names of jumps out of the tree begin with this; the name where it happened follows. */
static const uint32_t jump[] = {1, 3, 6, 1, 4, 1, 32473, 99};
#define JUMP_LEN (sizeof jump / sizeof jump[0])

/* What follows a name: an instance under a name, the end, or an error. */
struct step {
    enum zsnmp_sim_status status;
    bool end;       /* of the MIB */
    bool exception; /* the instance has no value */
    struct zsnmp_sim_pos pos;
    struct zsnmp_sim_oid name;
};

bool zsnmp_sim_walk_is_odd(const struct zsnmp_sim_view *view)
{
    return view->now.fault != NULL && view->now.fault->disorders.walk != ZSNMP_SIM_WALK_SOUND;
}

static void name_of(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                    struct zsnmp_sim_oid *name)
{
    uint8_t room[ZSNMP_SIM_NAME_ROOM];
    size_t len = 0;
    const uint8_t *bytes = zsnmp_sim_view_name(view, pos, room, &len);
    struct zsnmp_sim_span content = {bytes, bytes + len};
    (void)zsnmp_sim_ber_oid_content(&content, name); /* its own names are well-formed */
}

/* The number of an entry of a record among those that differ in the last sub-identifier alone. */
static uint32_t record_row(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *name,
                           uint32_t index, uint32_t *first)
{
    struct zsnmp_sim_oid column = *name;
    column.len--;
    *first = index;
    (void)zsnmp_sim_record_after(view->device.record, &column, false, first);
    return index >= *first ? index - *first + 1 : 0;
}

/* The row of an instance, 0 for a scalar; and the first one of its column. */
static uint32_t row_of(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *name,
                       struct zsnmp_sim_pos pos, struct zsnmp_sim_pos *first)
{
    *first = pos;
    if (view->device.record != NULL) {
        return record_row(view, name, pos.object, &first->object);
    }
    first->row = pos.row > 0 ? 1 : 0;
    return pos.row;
}

static struct zsnmp_sim_pos nth_row(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos first,
                                    uint32_t n)
{
    bool record = view->device.record != NULL;
    return (struct zsnmp_sim_pos){record ? first.object + n - 1 : first.object, record ? 0 : n};
}

/* Is there an instance of this name that the request can see, and which row is it? */
static bool find_row(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *name,
                     struct zsnmp_sim_pos *pos, struct zsnmp_sim_pos *first, uint32_t *row)
{
    enum zsnmp_sim_miss miss;
    if (name->len < 2 || !zsnmp_sim_view_find(view, name, pos, &miss) ||
        zsnmp_sim_view_is_hidden(view, *pos)) {
        return false;
    }
    *row = row_of(view, name, *pos, first);
    return true;
}

/* As a sound device goes on. */
static void go_on(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *from,
                  struct step *step)
{
    step->end = !zsnmp_sim_view_after(view, from, &step->pos);
    if (!step->end) {
        name_of(view, step->pos, &step->name);
    }
}

static bool same_column(const struct zsnmp_sim_oid *a, const struct zsnmp_sim_oid *b)
{
    return a->len == b->len && zsnmp_sim_oid_cmp(a->id, a->len - 1, b->id, b->len - 1) == 0;
}

/* Is the step one to row N of a column? */
static bool is_row(const struct zsnmp_sim_view *view, const struct step *step, uint32_t n)
{
    uint32_t row = 0;
    struct zsnmp_sim_pos here;
    struct zsnmp_sim_pos first;
    return !step->end && find_row(view, &step->name, &here, &first, &row) && row == n;
}

/* Rows N and N + 1 change places: the order of three steps is another. */
static void swap(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *asked,
                 struct step *step)
{
    uint32_t n = view->now.fault->disorders.walk_row;
    uint32_t row = 0;
    struct zsnmp_sim_pos here;
    struct zsnmp_sim_pos first;
    bool found = find_row(view, asked, &here, &first, &row);
    if (found && row == n + 1) { /* its place in the order is before N */
        step->end = false;
        step->pos = nth_row(view, first, n);
        name_of(view, step->pos, &step->name);
        return;
    }
    if (found && row == n && is_row(view, step, n + 1) && same_column(asked, &step->name)) {
        go_on(view, &step->name, step); /* N + 1 has been */
    }
    struct step next = *step;
    if (is_row(view, step, n)) {
        go_on(view, &step->name, &next);
        if (!next.end && same_column(&step->name, &next.name)) {
            *step = next;
        }
    }
}

/* Goes wrong at the row N that was asked; here is its instance. */
static void go_wrong(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *asked,
                     struct zsnmp_sim_pos here, struct zsnmp_sim_pos first, struct step *step)
{
    struct zsnmp_sim_oid *name = &step->name;
    uint32_t last = asked->id[asked->len - 1];
    switch (view->now.fault->disorders.walk) {
    case ZSNMP_SIM_WALK_LOOP:
        step->pos = first;
        name_of(view, first, name);
        break;
    case ZSNMP_SIM_WALK_STOP:
        step->status = view->v1 ? ZSNMP_SIM_NO_SUCH_NAME : ZSNMP_SIM_GEN_ERR;
        break;
    case ZSNMP_SIM_WALK_EARLY_END:
        step->end = true;
        break;
    case ZSNMP_SIM_WALK_SAME:
        step->pos = here;
        *name = *asked;
        break;
    case ZSNMP_SIM_WALK_DECREASE:
        step->pos = here;
        *name = *asked;
        name->id[name->len - 1] = 0;
        name->id[name->len++] = last;
        break;
    case ZSNMP_SIM_WALK_ENDLESS:
        step->pos = here;
        *name = *asked;
        name->id[name->len++] = 1;
        break;
    default: /* ZSNMP_SIM_WALK_OUT_OF_TREE */
        step->pos = here;
        memcpy(name->id, jump, sizeof jump);
        memcpy(name->id + JUMP_LEN, asked->id, asked->len * sizeof asked->id[0]);
        name->len = JUMP_LEN + asked->len;
        break;
    }
}

/* Was the name invented by this kind of walk? Then goes on from there. */
static bool go_on_from_invented(const struct zsnmp_sim_view *view,
                                const struct zsnmp_sim_oid *asked, struct step *step)
{
    const struct zsnmp_sim_disorders *d = &view->now.fault->disorders;
    struct zsnmp_sim_oid origin = *asked;
    struct zsnmp_sim_pos here;
    struct zsnmp_sim_pos first;
    uint32_t row = 0;
    if (d->walk == ZSNMP_SIM_WALK_OUT_OF_TREE && asked->len > JUMP_LEN + 1 &&
        memcmp(asked->id, jump, sizeof jump) == 0) {
        origin.len -= JUMP_LEN;
        memmove(origin.id, origin.id + JUMP_LEN, origin.len * sizeof origin.id[0]);
        go_on(view, &origin, step);
        return true;
    }
    if (asked->len < 3) {
        return false;
    }
    uint32_t last = asked->id[asked->len - 1];
    origin.len--;
    if (d->walk == ZSNMP_SIM_WALK_DECREASE && origin.id[origin.len - 1] == 0) {
        origin.id[origin.len - 1] = last;
        if (find_row(view, &origin, &here, &first, &row) && row == d->walk_row) {
            go_on(view, &origin, step);
            return true;
        }
    }
    if (d->walk == ZSNMP_SIM_WALK_ENDLESS && last < UINT32_MAX &&
        find_row(view, &origin, &here, &first, &row) && row == d->walk_row) {
        step->pos = here;
        step->name = *asked;
        step->name.id[asked->len - 1]++;
        return true;
    }
    return false;
}

static bool may_go_wrong(uint32_t walk, const struct zsnmp_sim_oid *asked)
{
    bool lower = walk != ZSNMP_SIM_WALK_DECREASE || asked->id[asked->len - 1] > 0;
    return lower && walk != ZSNMP_SIM_WALK_SWAP && walk != ZSNMP_SIM_WALK_NO_END &&
           asked->len + JUMP_LEN <= ZSNMP_SIM_OID_IDS_MAX;
}

static void find_step(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *asked,
                      struct step *step)
{
    const struct zsnmp_sim_disorders *d = &view->now.fault->disorders;
    struct zsnmp_sim_pos here;
    struct zsnmp_sim_pos first;
    uint32_t row = 0;
    step->status = ZSNMP_SIM_NO_ERROR;
    step->end = step->exception = false;
    if (go_on_from_invented(view, asked, step)) {
        return;
    }
    bool found = find_row(view, asked, &here, &first, &row);
    go_on(view, asked, step);
    if (d->walk == ZSNMP_SIM_WALK_SWAP) {
        swap(view, asked, step);
    } else if (found && row >= d->walk_row && d->walk == ZSNMP_SIM_WALK_SILENT) {
        step->status = ZSNMP_SIM_SILENT;
    } else if (found && row >= d->walk_row && d->walk == ZSNMP_SIM_WALK_EXCEPTIONS) {
        step->exception = !step->end && same_column(asked, &step->name);
        bool error = step->exception && view->v1;
        step->status = error ? ZSNMP_SIM_NO_SUCH_NAME : ZSNMP_SIM_NO_ERROR;
    } else if (found && row == d->walk_row && may_go_wrong(d->walk, asked)) {
        step->end = false;
        go_wrong(view, asked, here, first, step);
    }
    if (step->end && (view->v1 || d->walk == ZSNMP_SIM_WALK_NO_END)) {
        step->status = ZSNMP_SIM_NO_SUCH_NAME;
    }
}

/* The varbind of a step; asked is the encoded name it was made from. */
static bool put_step(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                     const struct step *step, struct zsnmp_sim_span asked,
                     struct zsnmp_sim_out *out)
{
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    if (step->end) {
        return zsnmp_sim_out_varbind(out, asked.at, zsnmp_sim_span_len(&asked),
                                     ZSNMP_SIM_END_OF_MIB_VIEW, NULL, 0);
    }
    size_t len = zsnmp_sim_ber_put_oid(name, step->name.id, step->name.len);
    if (step->exception) {
        return zsnmp_sim_out_varbind(out, name, len, ZSNMP_SIM_NO_SUCH_INSTANCE, NULL, 0);
    }
    struct zsnmp_sim_value value;
    zsnmp_sim_view_value(view, step->pos, &value);
    zsnmp_sim_count(&agent->stats.varbinds_out);
    return zsnmp_sim_out_varbind(out, name, len, value.tag, value.data, value.len);
}

enum zsnmp_sim_status zsnmp_sim_walk_next(struct zsnmp_sim_agent *agent,
                                          const struct zsnmp_sim_view *view,
                                          const struct zsnmp_sim_varbind *vb,
                                          struct zsnmp_sim_out *out)
{
    struct step step;
    struct zsnmp_sim_span asked = {vb->name, vb->name + vb->name_len};
    find_step(view, &vb->oid, &step);
    if (step.status != ZSNMP_SIM_NO_ERROR) {
        return step.status;
    }
    return put_step(agent, view, &step, asked, out) ? ZSNMP_SIM_NO_ERROR : ZSNMP_SIM_TOO_BIG;
}

/* One more repetition of a column, whose name is then the one just written. */
static enum zsnmp_sim_status repeat_one(struct zsnmp_sim_agent *agent,
                                        const struct zsnmp_sim_view *view,
                                        struct zsnmp_sim_cursor *c, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_varbind vb = {.name = c->name, .name_len = c->name_len};
    struct zsnmp_sim_span name = {c->name, c->name + c->name_len};
    struct zsnmp_sim_span written = {out->tail, NULL};
    if (!zsnmp_sim_ber_oid_content(&name, &vb.oid)) {
        return ZSNMP_SIM_GEN_ERR; /* it was read before */
    }
    enum zsnmp_sim_status status = zsnmp_sim_walk_next(agent, view, &vb, out);
    written.end = out->tail;
    if (status == ZSNMP_SIM_NO_ERROR && zsnmp_sim_varbind_next(&written, &vb)) {
        c->name = vb.name;
        c->name_len = vb.name_len;
        c->ended = vb.tag == ZSNMP_SIM_END_OF_MIB_VIEW;
    }
    return status;
}

/* Row by row. A row that is silent or fails spoils the whole answer; a missing end and a lack of
 * room end it, unless nothing has been said yet. */
static void repeat_all(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       size_t columns, const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out,
                       struct zsnmp_sim_outcome *outcome)
{
    bool going = columns > 0;
    int32_t before = pdu->error_status > 0 ? pdu->error_status : 0;
    for (int32_t r = 0; going && r < pdu->error_index; r++) {
        going = false;
        for (size_t i = 0; i < columns; i++) {
            enum zsnmp_sim_status status = repeat_one(agent, view, &agent->cursor[i], out);
            bool whole = status == ZSNMP_SIM_SILENT || status == ZSNMP_SIM_GEN_ERR;
            if (whole || (status != ZSNMP_SIM_NO_ERROR && out->tail == out->head)) {
                outcome->status = status;
                outcome->index = status == ZSNMP_SIM_TOO_BIG ? 0 : before + (int32_t)i + 1;
                return;
            }
            if (status != ZSNMP_SIM_NO_ERROR) {
                return;
            }
            going = going || !agent->cursor[i].ended;
        }
    }
}

bool zsnmp_sim_walk_bulk(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                         const struct zsnmp_sim_pdu *pdu, struct zsnmp_sim_out *out,
                         struct zsnmp_sim_outcome *outcome)
{
    struct zsnmp_sim_span list = pdu->varbinds;
    size_t columns = 0;
    for (int32_t index = 0; list.at < list.end; index++) {
        struct zsnmp_sim_varbind vb;
        if (!zsnmp_sim_varbind_next(&list, &vb) || columns == ZSNMP_SIM_VARBINDS_MAX) {
            return false;
        }
        if (index >= pdu->error_status) {
            agent->cursor[columns++] =
                (struct zsnmp_sim_cursor){.name = vb.name, .name_len = vb.name_len};
        } else if (outcome->status == ZSNMP_SIM_NO_ERROR) {
            outcome->status = zsnmp_sim_walk_next(agent, view, &vb, out);
            outcome->index = outcome->status == ZSNMP_SIM_TOO_BIG ? 0 : index + 1;
        }
    }
    if (outcome->status == ZSNMP_SIM_NO_ERROR) {
        outcome->index = 0;
        repeat_all(agent, view, columns, pdu, out, outcome);
    }
    return true;
}
