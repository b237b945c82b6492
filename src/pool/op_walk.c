/*
 * Walks. A walk keeps nothing but its position; rows must grow, or it ends and
 * says why. How many rows it asks for at a time finds itself.
 */
#include "pool/op.h"

#include <string.h>

#include "base/oid.h"
#include "pool/inside.h"

static uint64_t rows_so_far(const struct zsnmp_request *request)
{
    return request->run.streamed + request->reply.count;
}

static bool has_bulk(const struct zsnmp_request *request)
{
    return request->op == ZSNMP_WALK && request->walk_bulk && request->creds.version != ZSNMP_V1;
}

void zsnmp_op_walk_plan(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    uint32_t own = request->max_repetitions;
    uint32_t size =
        own != 0 ? zsnmp_size_most(&run->device->bulk, own)
                 : zsnmp_size_next(&run->device->bulk, run->start_size, ZSNMP_REPETITIONS_GROWN);
    if (run->cap != 0 && run->cap < size) {
        size = run->cap;
    }
    if (run->fell_back && run->shrunk_to < size) {
        size = run->shrunk_to;
    }
    /* No more is asked for than is wanted. */
    uint64_t left = size;
    if (request->limit != 0) {
        left = request->limit - rows_so_far(request);
    }
    /* A part that is full has left before the next PDU goes out. */
    uint32_t in_part = request->stream == 0 ? 0 : request->reply.count % request->stream;
    if (request->stream != 0 && request->stream - in_part < left) {
        left = request->stream - in_part;
    }
    run->size = left < size ? (uint32_t)left : size;
    if (!has_bulk(request)) { /* there is nothing less to ask for */
        run->size = 1;
    }
}

bool zsnmp_op_uses_bulk(const struct zsnmp_request *request)
{
    const struct zsnmp_run *run = &request->run;
    /* Where it is answered for one row only, GETNEXT asks the same. */
    bool helps = run->size > 1 || (run->device->bulk.bad != 2 && !run->fell_back);
    return has_bulk(request) && helps;
}

void zsnmp_op_walk_pdu(const struct zsnmp_request *request, struct zsnmp_pdu *pdu)
{
    pdu->op = zsnmp_op_uses_bulk(request) ? ZSNMP_GET_BULK : ZSNMP_GET_NEXT;
    pdu->items = NULL;
    pdu->oid = request->reply.next;
    pdu->oid_len = request->reply.next_len;
    pdu->non_repeaters = 0;
    pdu->max_repetitions = request->run.size;
}

static void stop_walk(struct zsnmp_request *request, struct zsnmp_step *step, zsnmp_stop_t stop)
{
    request->reply.stop = stop;
    request->reply.complete = stop == ZSNMP_STOP_END_OF_VIEW || stop == ZSNMP_STOP_OUT_OF_TREE;
    step->done = true;
}

static void fail(struct zsnmp_request *request, struct zsnmp_step *step, zsnmp_stop_t stop,
                 zsnmp_err_t err, const char *message)
{
    request->reply.stop = stop;
    zsnmp_op_over(request, step, err, message);
}

/*
 * Whether the row follows the one before it. Some agents name a row that they
 * list and cannot read, and say noSuchInstance: it is given out as it came.
 */
static bool follows(struct zsnmp_request *request, struct zsnmp_step *step,
                    const zsnmp_varbind_t *vb)
{
    const struct zsnmp_reply *reply = &request->reply;
    bool exception = vb->type == ZSNMP_NO_SUCH_OBJECT || vb->type == ZSNMP_NO_SUCH_INSTANCE;
    int order = zsnmp_oid_compare(vb->oid, vb->oid_len, reply->next, reply->next_len);
    step->quirks |= exception ? ZSNMP_QUIRK(EXCEPTION) : 0;
    if (exception && order <= 0) {
        fail(request, step, ZSNMP_STOP_DEVICE_ERROR, ZSNMP_E_GEN_ERR,
             "the device answered that there is no such object, and not which is next");
        return false;
    }
    if (order > 0) {
        return true;
    }
    step->quirks |= order == 0 ? ZSNMP_QUIRK(LOOP) : ZSNMP_QUIRK(NON_INCREASING);
    stop_walk(request, step, order == 0 ? ZSNMP_STOP_LOOP : ZSNMP_STOP_NON_INCREASING);
    return false;
}

static void take_row(struct zsnmp_request *request, struct zsnmp_step *step,
                     const zsnmp_varbind_t *vb)
{
    struct zsnmp_reply *reply = &request->reply;
    const struct zsnmp_item *root = request->run.item;
    if (vb->type == ZSNMP_END_OF_MIB_VIEW) {
        stop_walk(request, step, ZSNMP_STOP_END_OF_VIEW);
        return;
    }
    if (!zsnmp_oid_under(vb->oid, vb->oid_len, root->oid, root->oid_len)) {
        /* Behind the subtree there is nothing more of it; before it, it goes in circles. */
        bool behind = zsnmp_oid_compare(vb->oid, vb->oid_len, reply->next, reply->next_len) > 0;
        step->quirks |= behind ? 0 : ZSNMP_QUIRK(NON_INCREASING);
        stop_walk(request, step, behind ? ZSNMP_STOP_OUT_OF_TREE : ZSNMP_STOP_NON_INCREASING);
        return;
    }
    if (!follows(request, step, vb)) {
        return;
    }
    if (!zsnmp_op_collect(request, vb)) {
        fail(request, step, ZSNMP_STOP_LIMIT, ZSNMP_E_TOO_LARGE,
             "the walk is larger than a reply may be; it goes on at next");
        return;
    }
    memcpy(reply->next, vb->oid, vb->oid_len * sizeof *vb->oid);
    reply->next_len = (uint16_t)vb->oid_len;
    if (request->limit != 0 && rows_so_far(request) >= request->limit) {
        stop_walk(request, step, ZSNMP_STOP_LIMIT);
    }
}

static void take_error(struct zsnmp_request *request, const struct zsnmp_answer *answer,
                       struct zsnmp_step *step)
{
    zsnmp_err_t err = zsnmp_op_error(answer, step);
    step->quirks |= answer->error_index < 0 || answer->error_index > 1 ? ZSNMP_QUIRK(BAD_INDEX) : 0;
    bool can_shrink = request->run.size > 1;
    if (err == ZSNMP_E_NO_SUCH_NAME) {
        /* Version 1 has no other way to say it, and some agents know no other. */
        step->quirks |= request->creds.version == ZSNMP_V1 ? 0 : ZSNMP_QUIRK(NO_SUCH_NAME);
        stop_walk(request, step, ZSNMP_STOP_END_OF_VIEW);
    } else if (err == ZSNMP_E_TOO_BIG && can_shrink) {
        step->size = ZSNMP_SIZE_TOO_MUCH;
        step->quirks |= ZSNMP_QUIRK(TOO_BIG);
    } else if (err == ZSNMP_E_GEN_ERR && can_shrink) {
        step->cap = request->run.size / 2; /* those in front of the one that fails can be had */
    } else {
        bool too_big = err == ZSNMP_E_TOO_BIG;
        fail(request, step, too_big ? ZSNMP_STOP_TOO_BIG : ZSNMP_STOP_DEVICE_ERROR, err, NULL);
    }
}

void zsnmp_op_walk_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                        struct zsnmp_step *step)
{
    zsnmp_varbind_t vb;
    uint32_t rows = 0;
    if (answer->error_status != 0) {
        take_error(request, answer, step);
        return;
    }
    for (; !step->done && rows < request->run.size && zsnmp_answer_next(answer, &vb); rows++) {
        take_row(request, step, &vb);
    }
    step->size = ZSNMP_SIZE_TOOK;
    step->whole = rows == request->run.size;
    if (step->whole && !step->done && zsnmp_answer_next(answer, &vb)) {
        /* Where fewer come it can not be told from a row: no more is asked for. */
        step->quirks |= ZSNMP_QUIRK(WRONG_COUNT);
        step->whole = false;
    }
    if (rows == 0) {
        step->quirks |= ZSNMP_QUIRK(EMPTY);
        step->size = ZSNMP_SIZE_SAYS_NOTHING;
        fail(request, step, ZSNMP_STOP_DEVICE_ERROR, ZSNMP_E_GEN_ERR,
             "the device answered without varbinds");
    }
}
