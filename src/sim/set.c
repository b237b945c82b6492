/*
 * SET (RFC 3416 section 4.2.5): every varbind is tested and its write made ready before the first
 * is done, so that a request is carried out whole or not at all.
 */
#include "sim/agent.h"

#include <stdlib.h>
#include <string.h>

#define ALIAS_MAX 64 /* RFC 2863: ifAlias is DisplayString (SIZE(0..64)) */

static enum zsnmp_sim_status test_text(const struct zsnmp_sim_varbind *vb, size_t max)
{
    if (vb->tag != ZSNMP_SIM_STRING) {
        return ZSNMP_SIM_WRONG_TYPE;
    }
    return zsnmp_sim_span_len(&vb->value) > max ? ZSNMP_SIM_WRONG_LENGTH : ZSNMP_SIM_NO_ERROR;
}

static enum zsnmp_sim_status test_status(const struct zsnmp_sim_varbind *vb)
{
    int32_t status = 0;
    if (vb->tag != ZSNMP_SIM_INTEGER) {
        return ZSNMP_SIM_WRONG_TYPE;
    }
    if (!zsnmp_sim_ber_int_content(&vb->value, &status)) {
        return ZSNMP_SIM_WRONG_ENCODING;
    }
    return status < 1 || status > 3 ? ZSNMP_SIM_WRONG_VALUE : ZSNMP_SIM_NO_ERROR;
}

/* The order of the tests is that of the RFC. Records are as they were taken: not writable. */
static enum zsnmp_sim_status test(const struct zsnmp_sim_view *view,
                                  const struct zsnmp_sim_varbind *vb, struct zsnmp_sim_pos *pos)
{
    int i = view->device.record != NULL ? -1 : zsnmp_sim_mib_object(view->mib, &vb->oid);
    enum zsnmp_sim_status status = ZSNMP_SIM_NOT_WRITABLE;
    if (i >= 0 && view->mib->object[i].access == ZSNMP_SIM_WRITE_TEXT) {
        status = test_text(vb, ZSNMP_SIM_TEXT_MAX);
    } else if (i >= 0 && view->mib->object[i].access == ZSNMP_SIM_WRITE_ALIAS) {
        status = test_text(vb, ALIAS_MAX);
    } else if (i >= 0 && view->mib->object[i].access == ZSNMP_SIM_WRITE_STATUS) {
        status = test_status(vb);
    }
    enum zsnmp_sim_miss miss;
    if (status == ZSNMP_SIM_NO_ERROR && !zsnmp_sim_mib_find(view->mib, &vb->oid, pos, &miss)) {
        status = ZSNMP_SIM_NO_CREATION;
    }
    return status;
}

static struct zsnmp_sim_write *prepare(const struct zsnmp_sim_view *view,
                                       const struct zsnmp_sim_varbind *vb, struct zsnmp_sim_pos pos)
{
    struct zsnmp_sim_write *w = malloc(sizeof *w);
    if (w == NULL) {
        return NULL;
    }
    w->next = NULL;
    w->device = view->device.key;
    w->at_cs = view->now.uptime_cs;
    w->object = pos.object;
    w->row = pos.row;
    w->tag = vb->tag;
    int32_t number = 0;
    if (vb->tag == ZSNMP_SIM_INTEGER && zsnmp_sim_ber_int_content(&vb->value, &number)) {
        w->len = (uint8_t)zsnmp_sim_ber_put_signed(w->data, number); /* in its shortest form */
    } else {
        w->len = (uint8_t)zsnmp_sim_span_len(&vb->value);
        memcpy(w->data, vb->value.at, w->len);
    }
    return w;
}

static void drop(struct zsnmp_sim_write *list)
{
    while (list != NULL) {
        struct zsnmp_sim_write *next = list->next;
        free(list);
        list = next;
    }
}

/* Tests one varbind and, where all is well so far, appends its write to the list. */
static enum zsnmp_sim_status test_and_prepare(const struct zsnmp_sim_view *view,
                                              const struct zsnmp_sim_varbind *vb,
                                              struct zsnmp_sim_write ***tail)
{
    struct zsnmp_sim_pos pos;
    enum zsnmp_sim_status status = test(view, vb, &pos);
    if (status != ZSNMP_SIM_NO_ERROR) {
        return status;
    }
    struct zsnmp_sim_write *w = prepare(view, vb, pos);
    if (w == NULL) {
        return ZSNMP_SIM_RESOURCE_UNAVAILABLE;
    }
    **tail = w;
    *tail = &w->next;
    return ZSNMP_SIM_NO_ERROR;
}

bool zsnmp_sim_set_run(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_view *view,
                       const struct zsnmp_sim_pdu *pdu, bool may_write,
                       struct zsnmp_sim_outcome *outcome)
{
    struct zsnmp_sim_span list = pdu->varbinds;
    struct zsnmp_sim_write *writes = NULL;
    struct zsnmp_sim_write **tail = &writes;
    for (int32_t index = 1; list.at < list.end; index++) {
        struct zsnmp_sim_varbind vb;
        if (!zsnmp_sim_varbind_next(&list, &vb)) {
            drop(writes);
            return false;
        }
        if (outcome->status != ZSNMP_SIM_NO_ERROR) {
            continue; /* the rest must still be well-formed */
        }
        outcome->status = may_write ? test_and_prepare(view, &vb, &tail) : ZSNMP_SIM_NO_ACCESS;
        outcome->index = outcome->status != ZSNMP_SIM_NO_ERROR ? index : 0;
    }
    if (writes == NULL) {
        return true;
    }
    if (outcome->status == ZSNMP_SIM_NO_ERROR && !zsnmp_sim_writes_commit(view->writes, writes)) {
        *outcome = (struct zsnmp_sim_outcome){ZSNMP_SIM_RESOURCE_UNAVAILABLE, 1};
    }
    if (outcome->status != ZSNMP_SIM_NO_ERROR) {
        drop(writes);
        return true;
    }
    zsnmp_sim_count(&agent->stats.writes);
    return true;
}
