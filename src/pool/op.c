/*
 * Operations: which PDU comes next, and what an answer means. A walk keeps
 * nothing but its position; varbinds go into the reply as they come. Pure
 * logic: no clock, no sockets.
 */
#include <string.h>

#include "base/native.h"
#include "base/oid.h"
#include "pool/inside.h"
#include "pool/worker.h"
#include "wire/wire.h"

void zsnmp_op_position(struct zsnmp_request *request)
{
    struct zsnmp_reply *reply = &request->reply;
    const struct zsnmp_item *from = request->start != NULL ? request->start : request->items;
    memcpy(reply->next, from->oid, from->oid_len * sizeof *from->oid);
    reply->next_len = from->oid_len;
}

void zsnmp_op_begin(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    zsnmp_buf_limit(&request->reply.varbinds, self->pool->options.reply_max);
    if (request->op != ZSNMP_WALK) {
        return;
    }
    zsnmp_op_position(request);
    struct zsnmp_device *device = request->run.device;
    request->run.no_bulk = device->no_bulk_walks > 0;
    if (request->run.no_bulk) {
        device->no_bulk_walks--;
    }
    request->run.repetitions = request->max_repetitions != 0 ? request->max_repetitions
                                                             : self->pool->options.walk_repetitions;
}

bool zsnmp_op_uses_bulk(const struct zsnmp_request *request)
{
    return request->op == ZSNMP_WALK && request->walk_bulk && !request->run.no_bulk &&
           request->creds.version != ZSNMP_V1;
}

static void walk_pdu(const struct zsnmp_request *request, struct zsnmp_pdu *pdu)
{
    uint32_t repetitions = request->run.repetitions;
    uint32_t left = request->limit == 0 ? repetitions : request->limit - request->reply.count;
    pdu->op = zsnmp_op_uses_bulk(request) ? ZSNMP_GET_BULK : ZSNMP_GET_NEXT;
    pdu->items = NULL;
    pdu->oid = request->reply.next;
    pdu->oid_len = request->reply.next_len;
    pdu->non_repeaters = 0;
    pdu->max_repetitions = left < repetitions ? left : repetitions;
}

void zsnmp_op_pdu(const struct zsnmp_request *request, struct zsnmp_pdu *pdu)
{
    *pdu = (struct zsnmp_pdu){
        .op = request->op,
        .items = request->items,
        .non_repeaters = request->non_repeaters,
        .max_repetitions = request->max_repetitions,
        .context = request->context,
        .context_engine_id = request->context_engine_id,
    };
    if (request->op == ZSNMP_WALK) {
        walk_pdu(request, pdu);
    }
}

/* false: the reply is at its ceiling, and as it was before. */
static bool collect(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
{
    struct zsnmp_reply *reply = &request->reply;
    size_t len = reply->varbinds.len;
    uint32_t count = reply->count;
    if (request->form == ZSNMP_FORM_NATIVE) {
        zsnmp_native_add_varbind(request, vb);
    } else {
        zsnmp_wire_add_varbind(request, vb);
    }
    if (reply->varbinds.failed) {
        reply->varbinds.failed = false;
        reply->varbinds.len = len;
        reply->count = count;
        return false;
    }
    return true;
}

static bool over(struct zsnmp_request *request, zsnmp_err_t err, const char *message)
{
    request->run.err = err;
    request->reply.message = message;
    return true;
}

/* RFC 3416 section 3: error-status 1 to 18; what is beyond is no error that anybody knows. */
static zsnmp_err_t device_error(int32_t status)
{
    return status >= ZSNMP_E_TOO_BIG && status <= ZSNMP_E_INCONSISTENT_NAME ? (zsnmp_err_t)status
                                                                            : ZSNMP_E_GEN_ERR;
}

static bool over_with_status(struct zsnmp_request *request, const struct zsnmp_answer *answer)
{
    int32_t index = answer->error_index;
    request->reply.error_index =
        index > 0 && index <= (int32_t)request->item_count ? (uint32_t)index : 0;
    return over(request, device_error(answer->error_status), NULL);
}

/* get, get_next, get_bulk, set: one PDU, and its answer is the whole answer. */
static bool take_all(struct zsnmp_request *request, struct zsnmp_answer *answer)
{
    zsnmp_varbind_t vb;
    if (answer->error_status != 0) {
        return over_with_status(request, answer);
    }
    while (zsnmp_answer_next(answer, &vb)) {
        if (!collect(request, &vb)) {
            return over(request, ZSNMP_E_TOO_LARGE, "the answer is larger than a reply may be");
        }
    }
    return over(request, ZSNMP_OK, NULL);
}

/* ---- walks ---- */

static bool stop_walk(struct zsnmp_request *request, zsnmp_stop_t stop)
{
    request->reply.stop = stop;
    request->reply.complete = stop == ZSNMP_STOP_END_OF_VIEW || stop == ZSNMP_STOP_OUT_OF_TREE;
    return over(request, ZSNMP_OK, NULL);
}

/* NONE: the row was taken, and the walk goes on behind it. */
static zsnmp_stop_t take_row(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
{
    struct zsnmp_reply *reply = &request->reply;
    const struct zsnmp_item *root = request->items;
    if (vb->type == ZSNMP_END_OF_MIB_VIEW) {
        return ZSNMP_STOP_END_OF_VIEW;
    }
    if (!zsnmp_oid_under(vb->oid, vb->oid_len, root->oid, root->oid_len)) {
        return ZSNMP_STOP_OUT_OF_TREE;
    }
    int order = zsnmp_oid_compare(vb->oid, vb->oid_len, reply->next, reply->next_len);
    if (order <= 0) {
        return order == 0 ? ZSNMP_STOP_LOOP : ZSNMP_STOP_NON_INCREASING;
    }
    if (!collect(request, vb)) {
        request->run.err = ZSNMP_E_TOO_LARGE;
        return ZSNMP_STOP_LIMIT;
    }
    memcpy(reply->next, vb->oid, vb->oid_len * sizeof *vb->oid);
    reply->next_len = (uint16_t)vb->oid_len;
    return request->limit != 0 && reply->count >= request->limit ? ZSNMP_STOP_LIMIT
                                                                 : ZSNMP_STOP_NONE;
}

static bool walk_error(struct zsnmp_request *request, const struct zsnmp_answer *answer)
{
    zsnmp_err_t err = device_error(answer->error_status);
    if (err == ZSNMP_E_NO_SUCH_NAME && request->creds.version == ZSNMP_V1) {
        return stop_walk(request, ZSNMP_STOP_END_OF_VIEW); /* v1 has no other way to say it */
    }
    if (err == ZSNMP_E_TOO_BIG && request->run.repetitions > 1) {
        request->run.repetitions /= 2;
        return false;
    }
    request->reply.stop = err == ZSNMP_E_TOO_BIG ? ZSNMP_STOP_TOO_BIG : ZSNMP_STOP_DEVICE_ERROR;
    return over(request, err, NULL);
}

static bool take_rows(struct zsnmp_request *request, struct zsnmp_answer *answer)
{
    zsnmp_varbind_t vb;
    if (answer->error_status != 0) {
        return walk_error(request, answer);
    }
    uint32_t rows = 0;
    request->run.err = ZSNMP_OK;
    for (; zsnmp_answer_next(answer, &vb); rows++) {
        zsnmp_stop_t stop = take_row(request, &vb);
        if (stop == ZSNMP_STOP_NONE) {
            continue;
        }
        zsnmp_err_t err = request->run.err;
        stop_walk(request, stop);
        return err == ZSNMP_OK ||
               over(request, err, "the walk is larger than a reply may be; it goes on at next");
    }
    if (rows == 0) {
        request->reply.stop = ZSNMP_STOP_DEVICE_ERROR;
        return over(request, ZSNMP_E_GEN_ERR, "the device answered without varbinds");
    }
    return false;
}

/* What an answer changes before it is known to be whole. */
struct mark {
    size_t varbinds_len;
    uint32_t count;
    uint32_t repetitions;
    uint16_t next_len;
    uint32_t next[ZSNMP_OID_MAX];
};

static void set_mark(struct mark *self, const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    self->varbinds_len = reply->varbinds.len;
    self->count = reply->count;
    self->repetitions = request->run.repetitions;
    self->next_len = reply->next_len;
    if (reply->next_len > 0) {
        memcpy(self->next, reply->next, reply->next_len * sizeof *reply->next);
    }
}

static void go_back(const struct mark *self, struct zsnmp_request *request)
{
    struct zsnmp_reply *reply = &request->reply;
    reply->varbinds.len = self->varbinds_len;
    reply->count = self->count;
    reply->next_len = self->next_len;
    if (self->next_len > 0) {
        memcpy(reply->next, self->next, self->next_len * sizeof *reply->next);
    }
    reply->stop = ZSNMP_STOP_NONE;
    reply->complete = false;
    reply->message = NULL;
    reply->error_index = 0;
    request->run.repetitions = self->repetitions;
    request->run.err = ZSNMP_OK;
}

enum zsnmp_run_outcome zsnmp_op_answer(struct zsnmp_request *request, struct zsnmp_answer *answer)
{
    struct mark mark;
    set_mark(&mark, request);
    bool done = request->op == ZSNMP_WALK ? take_rows(request, answer) : take_all(request, answer);
    if (!zsnmp_answer_whole(answer)) {
        go_back(&mark, request);
        return ZSNMP_OUTCOME_NONE;
    }
    return done ? ZSNMP_OUTCOME_DONE : ZSNMP_OUTCOME_MORE;
}

zsnmp_stop_t zsnmp_op_stop(zsnmp_err_t err)
{
    switch (err) {
    case ZSNMP_E_TIMEOUT:
        return ZSNMP_STOP_TIMEOUT;
    case ZSNMP_E_DEVICE_DOWN:
        return ZSNMP_STOP_DEVICE_DOWN;
    case ZSNMP_E_DEADLINE:
        return ZSNMP_STOP_DEADLINE;
    case ZSNMP_E_CANCELLED:
    case ZSNMP_E_SHUTTING_DOWN:
        return ZSNMP_STOP_CANCELLED;
    case ZSNMP_E_TOO_BIG:
        return ZSNMP_STOP_TOO_BIG;
    default:
        return ZSNMP_STOP_DEVICE_ERROR;
    }
}
