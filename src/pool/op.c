/*
 * Operations: which PDU comes next, and what an answer means. Varbinds go into
 * the reply as they come, and are taken back where the answer turns out to be
 * malformed. Pure logic: no clock, no sockets.
 */
#include "pool/op.h"

#include <string.h>

#include "base/native.h"
#include "pool/inside.h"
#include "wire/wire.h"

/* ---- which PDU comes next ---- */

static bool is_split(const struct zsnmp_request *request)
{
    return request->op == ZSNMP_GET || request->op == ZSNMP_GET_NEXT;
}

static struct zsnmp_size *size_of(const struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    return request->op == ZSNMP_WALK ? &device->bulk : &device->get;
}

static void plan(struct zsnmp_request *request)
{
    if (request->op == ZSNMP_WALK) {
        zsnmp_op_walk_plan(request);
    } else if (is_split(request)) {
        zsnmp_op_get_plan(request);
    }
}

void zsnmp_op_position(struct zsnmp_request *request)
{
    struct zsnmp_reply *reply = &request->reply;
    struct zsnmp_item *root = request->items;
    while (root->missing && root->next != NULL) {
        root = root->next;
    }
    const uint32_t *from = root->data_len > 0 ? root->value.subids : root->oid;
    reply->next_len = root->data_len > 0 ? (uint16_t)root->data_len : root->oid_len;
    memcpy(reply->next, from, reply->next_len * sizeof *from);
    request->run.item = root;
}

/* Its root is complete. false: and was the last. */
static bool next_root(struct zsnmp_request *request)
{
    struct zsnmp_item *root = request->run.item;
    root->missing = true;
    while (root != NULL && root->missing) {
        root = root->next;
    }
    if (root == NULL) {
        return false;
    }
    zsnmp_op_position(request);
    request->reply.stop = ZSNMP_STOP_NONE;
    request->reply.complete = false;
    request->run.err = ZSNMP_OK;
    return true;
}

void zsnmp_op_begin(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    zsnmp_buf_limit(&request->reply.varbinds, self->pool->options.reply_max);
    request->run.item = request->items;
    request->run.items_done = 0;
    if (request->op == ZSNMP_WALK) {
        zsnmp_op_position(request);
    }
    if (request->op == ZSNMP_WALK || is_split(request)) {
        zsnmp_size_use(size_of(request));
    }
    request->run.start_size = self->pool->options.walk_repetitions;
    plan(request);
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
        zsnmp_op_walk_pdu(request, pdu);
    } else if (is_split(request)) {
        pdu->items = request->run.item;
        pdu->end = request->run.end;
    }
}

bool zsnmp_op_resume(struct zsnmp_request *request)
{
    struct zsnmp_step step = {.done = false};
    zsnmp_op_get_apply(request, &step);
    if (!step.done) {
        plan(request);
    }
    return !step.done;
}

/* ---- sizes ---- */

/* Less than a GETBULK of one row is a GETNEXT. */
bool zsnmp_op_can_shrink(const struct zsnmp_request *request)
{
    return zsnmp_op_uses_bulk(request) || (is_split(request) && request->run.size > 1);
}

bool zsnmp_op_is_trial(const struct zsnmp_request *request)
{
    return zsnmp_op_can_shrink(request) && zsnmp_size_is_trial(size_of(request), request->run.size);
}

void zsnmp_op_shrink(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    uint32_t good = size_of(request)->good;
    run->shrunk_from = run->size;
    run->shrunk_to = good != 0 && good < run->size ? good : 1;
    run->fell_back = true;
    plan(request);
}

/*
 * Less was answered where more was not. Packets get lost as well, so once is no
 * proof, unless more was a trial. Without proof it goes up from there again.
 */
static void learn_silence(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    struct zsnmp_size *size = size_of(request);
    if (!run->fell_back) {
        run->strikes = run->size >= run->shrunk_from ? 0 : run->strikes;
        return;
    }
    run->fell_back = false;
    run->strikes++;
    if (zsnmp_size_is_trial(size, run->shrunk_from) || run->strikes >= ZSNMP_SILENCE_STRIKES) {
        run->strikes = 0;
        /* One row can be had, by GETNEXT. */
        zsnmp_size_refused(size, run->shrunk_from > 1 ? run->shrunk_from : 2);
        request->reply.quirks |=
            request->op == ZSNMP_WALK ? ZSNMP_QUIRK(SILENT_BULK) : ZSNMP_QUIRK(SILENT_GET);
    }
}

/* ---- what answers come to ---- */

bool zsnmp_op_collect(struct zsnmp_request *request, const zsnmp_varbind_t *vb)
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

void zsnmp_op_over(struct zsnmp_request *request, struct zsnmp_step *step, zsnmp_err_t err,
                   const char *message)
{
    request->run.err = err;
    request->reply.message = message;
    step->done = true;
}

/* RFC 3416 section 3: error-status 1 to 18; what is beyond is no error that anybody knows. */
zsnmp_err_t zsnmp_op_error(const struct zsnmp_answer *answer, struct zsnmp_step *step)
{
    int32_t status = answer->error_status;
    if (status >= ZSNMP_E_TOO_BIG && status <= ZSNMP_E_INCONSISTENT_NAME) {
        return (zsnmp_err_t)status;
    }
    step->quirks |= ZSNMP_QUIRK(UNKNOWN_STATUS);
    return ZSNMP_E_GEN_ERR;
}

/* What an answer changes before it is known to be whole. */
struct mark {
    size_t varbinds_len;
    uint32_t count;
    uint16_t next_len;
    uint32_t next[ZSNMP_OID_MAX];
};

static void set_mark(struct mark *self, const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    self->varbinds_len = reply->varbinds.len;
    self->count = reply->count;
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
    reply->quirks |= ZSNMP_QUIRK(MALFORMED);
    request->run.err = ZSNMP_OK;
}

static void learn_size(struct zsnmp_request *request, const struct zsnmp_step *step)
{
    bool getnext = request->op == ZSNMP_WALK && !zsnmp_op_uses_bulk(request);
    if ((getnext && !request->run.fell_back) || (request->op != ZSNMP_WALK && !is_split(request))) {
        return;
    }
    learn_silence(request);
    if (step->size == ZSNMP_SIZE_TOOK) {
        zsnmp_size_took(size_of(request), request->run.size, step->whole);
    } else if (step->size == ZSNMP_SIZE_TOO_MUCH) {
        zsnmp_size_refused(size_of(request), request->run.size);
    }
}

enum zsnmp_run_outcome zsnmp_op_answer(struct zsnmp_request *request, struct zsnmp_answer *answer)
{
    struct mark mark;
    struct zsnmp_step step = {.done = false};
    set_mark(&mark, request);
    request->run.err = ZSNMP_OK;
    if (request->op == ZSNMP_WALK) {
        zsnmp_op_walk_take(request, answer, &step);
    } else if (is_split(request)) {
        zsnmp_op_get_take(request, answer, &step);
    } else {
        zsnmp_op_once_take(request, answer, &step);
    }
    if (!zsnmp_answer_whole(answer)) {
        go_back(&mark, request);
        return ZSNMP_OUTCOME_NONE;
    }
    request->reply.quirks |= step.quirks;
    learn_size(request, &step);
    if (step.cap != 0 || request->op == ZSNMP_WALK) {
        request->run.cap = (uint16_t)step.cap;
    }
    if (is_split(request)) {
        zsnmp_op_get_apply(request, &step);
    }
    bool complete = request->op == ZSNMP_WALK && request->reply.complete;
    if (step.done && !(complete && next_root(request))) {
        return ZSNMP_OUTCOME_DONE;
    }
    plan(request);
    return ZSNMP_OUTCOME_MORE;
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
