/*
 * GET and GETNEXT: of as many names as fit, in as many PDUs as that takes. A
 * device that says tooBig, or genErr without saying for which name, or answers
 * only some of them, is asked for fewer, down to one by one. An answer to a GET
 * must name what was asked. GETBULK and SET: what the client asked for, as it is.
 */
#include "pool/op.h"

#include <string.h>

#include "base/oid.h"

void zsnmp_op_get_plan(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    uint32_t left = request->item_count - run->items_done;
    uint32_t size = zsnmp_size_most(&run->device->get, left);
    if (run->cap != 0 && run->cap < size) {
        size = run->cap;
    }
    if (run->fell_back && run->shrunk_to < size) {
        size = run->shrunk_to;
    }
    run->size = size;
    run->end = NULL;
    if (size < left) {
        run->end = run->item;
        for (uint32_t i = 0; i < size; i++) {
            run->end = run->end->next;
        }
    }
}

/* Items of the PDU that were really asked for. */
static uint32_t asked(const struct zsnmp_run *run)
{
    uint32_t count = 0;
    for (const struct zsnmp_item *item = run->item; item != run->end; item = item->next) {
        count += !item->missing;
    }
    return count;
}

/* The item at a place among those, from 1, and its place in the request; NULL: there is none. */
static struct zsnmp_item *nth(const struct zsnmp_run *run, int32_t place, uint32_t *index)
{
    *index = run->items_done;
    for (struct zsnmp_item *item = run->item; item != run->end && place > 0; item = item->next) {
        ++*index;
        place -= !item->missing;
        if (place == 0) {
            return item;
        }
    }
    *index = 0;
    return NULL;
}

/* ---- errors ---- */

static void fewer(struct zsnmp_step *step, uint32_t count)
{
    step->cap = count / 2;
}

/* Version 1 says so of the first name that it does not have, and answers none of the others. */
static void lacks(struct zsnmp_request *request, int32_t place, uint32_t count,
                  struct zsnmp_step *step)
{
    uint32_t index;
    step->missing = nth(&request->run, count == 1 ? 1 : place, &index);
    if (step->missing == NULL) {
        step->quirks |= ZSNMP_QUIRK(BAD_INDEX);
        fewer(step, count);
    }
}

static void take_error(struct zsnmp_request *request, const struct zsnmp_answer *answer,
                       struct zsnmp_step *step)
{
    zsnmp_err_t err = zsnmp_op_error(answer, step);
    uint32_t count = asked(&request->run);
    uint32_t index;
    bool named = nth(&request->run, answer->error_index, &index) != NULL;
    if (err == ZSNMP_E_NO_SUCH_NAME && request->creds.version == ZSNMP_V1) {
        lacks(request, answer->error_index, count, step);
        return;
    }
    if (err == ZSNMP_E_TOO_BIG && count > 1) {
        step->size = ZSNMP_SIZE_TOO_MUCH;
        step->quirks |= ZSNMP_QUIRK(TOO_BIG);
        return;
    }
    if (err == ZSNMP_E_GEN_ERR && !named && count > 1) {
        fewer(step, count); /* one of them, or all of them together */
        return;
    }
    if (!named && (count == 1 || answer->error_index != 0)) {
        step->quirks |= answer->error_index != 0 ? ZSNMP_QUIRK(BAD_INDEX) : 0;
        if (count == 1 && request->item_count > 1) { /* it can be no other */
            (void)nth(&request->run, 1, &index);
        }
    }
    request->reply.error_index = index;
    zsnmp_op_over(request, step, err, NULL);
}

/* ---- varbinds ---- */

static bool same_name(const struct zsnmp_item *item, const zsnmp_varbind_t *vb)
{
    return item->oid_len == vb->oid_len &&
           memcmp(item->oid, vb->oid, vb->oid_len * sizeof *vb->oid) == 0;
}

/* What version 2c says of a name that is not there, version 1 has no word for. */
static bool collect_missing(struct zsnmp_request *request, const struct zsnmp_item *item)
{
    const zsnmp_varbind_t vb = {.oid = item->oid,
                                .oid_len = item->oid_len,
                                .type = request->op == ZSNMP_GET ? ZSNMP_NO_SUCH_INSTANCE
                                                                 : ZSNMP_END_OF_MIB_VIEW};
    return zsnmp_op_collect(request, &vb);
}

static void too_large(struct zsnmp_request *request, struct zsnmp_step *step)
{
    zsnmp_op_over(request, step, ZSNMP_E_TOO_LARGE, "the answer is larger than a reply may be");
}

/* Those that are no answer to what was asked are shown all the same. */
static void take_strange(struct zsnmp_request *request, struct zsnmp_answer *answer,
                         zsnmp_varbind_t *vb, struct zsnmp_step *step)
{
    step->quirks |= ZSNMP_QUIRK(WRONG_NAME);
    zsnmp_op_over(request, step, ZSNMP_E_GEN_ERR, "the device answered with another name");
    request->reply.error_index = request->run.items_done + step->items + 1;
    do {
        if (!zsnmp_op_collect(request, vb)) {
            return;
        }
    } while (zsnmp_answer_next(answer, vb));
}

static void take_next(struct zsnmp_request *request, const struct zsnmp_item *item,
                      const zsnmp_varbind_t *vb, struct zsnmp_step *step)
{
    bool end = vb->type == ZSNMP_END_OF_MIB_VIEW;
    if (request->op == ZSNMP_GET_NEXT && !end &&
        zsnmp_oid_compare(vb->oid, vb->oid_len, item->oid, item->oid_len) <= 0) {
        step->quirks |= ZSNMP_QUIRK(NON_INCREASING);
    }
    if (zsnmp_op_collect(request, vb)) {
        step->items++;
    } else {
        too_large(request, step);
    }
}

static void take_varbinds(struct zsnmp_request *request, struct zsnmp_answer *answer,
                          struct zsnmp_step *step)
{
    const struct zsnmp_run *run = &request->run;
    zsnmp_varbind_t vb;
    for (const struct zsnmp_item *item = run->item; item != run->end && !step->done;
         item = item->next) {
        if (item->missing) {
            if (!collect_missing(request, item)) {
                too_large(request, step);
            }
            step->items++;
        } else if (!zsnmp_answer_next(answer, &vb)) {
            return;
        } else if (request->op == ZSNMP_GET && !same_name(item, &vb)) {
            take_strange(request, answer, &vb, step);
        } else {
            take_next(request, item, &vb, step);
        }
    }
}

void zsnmp_op_get_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                       struct zsnmp_step *step)
{
    zsnmp_varbind_t vb;
    if (answer->error_status != 0) {
        take_error(request, answer, step);
        return;
    }
    take_varbinds(request, answer, step);
    if (step->done) {
        return;
    }
    if (step->items == request->run.size) {
        step->size = ZSNMP_SIZE_TOOK;
        step->whole = true;
        if (zsnmp_answer_next(answer, &vb)) {
            step->quirks |= ZSNMP_QUIRK(WRONG_COUNT);
        }
    } else if (step->items > 0) { /* it goes on with those that it has left out */
        step->quirks |= ZSNMP_QUIRK(WRONG_COUNT);
        step->cap = step->items;
    } else if (request->run.size > 1) {
        step->quirks |= ZSNMP_QUIRK(EMPTY);
        fewer(step, request->run.size);
    } else {
        step->quirks |= ZSNMP_QUIRK(EMPTY);
        request->reply.error_index = request->run.items_done + 1;
        zsnmp_op_over(request, step, ZSNMP_E_GEN_ERR, "the device answered without varbinds");
    }
}

/* ---- what counts now ---- */

static void advance(struct zsnmp_run *run, uint32_t count)
{
    run->items_done += count;
    for (; count > 0; count--) {
        run->item = run->item->next;
    }
}

/* Nothing was there at all: version 1 says that as an error. */
static bool lacks_all(struct zsnmp_request *request, struct zsnmp_step *step)
{
    for (const struct zsnmp_item *item = request->items; item != NULL; item = item->next) {
        if (!item->missing) {
            return false;
        }
    }
    request->reply.varbinds.len = 0;
    request->reply.count = 0;
    request->reply.error_index = 1;
    zsnmp_op_over(request, step, ZSNMP_E_NO_SUCH_NAME, NULL);
    return true;
}

void zsnmp_op_get_apply(struct zsnmp_request *request, struct zsnmp_step *step)
{
    struct zsnmp_run *run = &request->run;
    if (step->missing != NULL) {
        step->missing->missing = true;
        if (lacks_all(request, step)) {
            return;
        }
    }
    if (step->done) {
        return;
    }
    advance(run, step->items);
    /* What is known to be missing needs no PDU where nothing else is left. */
    while (run->item != NULL && run->item->missing && !step->done) {
        if (!collect_missing(request, run->item)) {
            too_large(request, step);
        }
        advance(run, 1);
    }
    if (run->item == NULL && !step->done) {
        zsnmp_op_over(request, step, ZSNMP_OK, NULL);
    }
}

/* ---- get_bulk and set ---- */

static void take_once_error(struct zsnmp_request *request, const struct zsnmp_answer *answer,
                            struct zsnmp_step *step)
{
    int32_t index = answer->error_index;
    bool named = index > 0 && index <= (int32_t)request->item_count;
    request->reply.error_index = named ? (uint32_t)index : 0;
    step->quirks |= named || index == 0 ? 0 : ZSNMP_QUIRK(BAD_INDEX);
    zsnmp_op_over(request, step, zsnmp_op_error(answer, step), NULL);
}

/* As many as a GETBULK may bring at most. */
static uint64_t most_of_bulk(const struct zsnmp_request *request)
{
    uint64_t single =
        request->non_repeaters < request->item_count ? request->non_repeaters : request->item_count;
    return single + (request->item_count - single) * request->max_repetitions;
}

void zsnmp_op_once_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                        struct zsnmp_step *step)
{
    const struct zsnmp_item *item = request->items;
    bool is_set = request->op == ZSNMP_SET;
    zsnmp_varbind_t vb;
    uint64_t count = 0;
    if (answer->error_status != 0) {
        take_once_error(request, answer, step);
        return;
    }
    for (; zsnmp_answer_next(answer, &vb); count++) {
        if (!zsnmp_op_collect(request, &vb)) {
            too_large(request, step);
            return;
        }
        if (is_set && item != NULL) { /* it was done, whatever it says */
            step->quirks |= same_name(item, &vb) ? 0 : ZSNMP_QUIRK(WRONG_NAME);
            item = item->next;
        }
    }
    bool wrong = is_set ? count != request->item_count : count > most_of_bulk(request);
    step->quirks |= count == 0 ? ZSNMP_QUIRK(EMPTY) : wrong ? ZSNMP_QUIRK(WRONG_COUNT) : 0;
    zsnmp_op_over(request, step, ZSNMP_OK, NULL);
}
