/*
 * Operations driven PDU by PDU, the device's side written by hand.
 */
#ifndef POOL_OP_HELP_H
#define POOL_OP_HELP_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/oid.h"
#include "pool/inside.h"
#include "snmp_help.h"

#define ROOT "1.3.6.1.2.1.2"
#define REPETITIONS 25

struct op_bed {
    struct zsnmp_pool pool;
    struct zsnmp_worker *worker;
    struct zsnmp_device device;
    struct snmp_bed *link;
    struct zsnmp_request *request;
    struct snmp_message answer;
    struct zsnmp_pdu pdu; /* the last one sent */
    int32_t reqid;
};

static enum zsnmp_run_outcome outcome; /* what the last answer came to */

static inline void take_answer(void *request, struct zsnmp_answer *answer)
{
    outcome = zsnmp_op_answer(request, answer);
}

static inline struct op_bed *new_bed(zsnmp_op_t op, zsnmp_version_t version)
{
    struct op_bed *self = calloc(1, sizeof *self);
    cr_assert_not_null(self);
    struct zsnmp_creds creds = snmp_creds(version, "public");
    self->worker = calloc(1, sizeof *self->worker);
    self->link = snmp_bed_new(&creds, NULL, NULL);
    self->link->on_answer = take_answer;
    self->request = zsnmp_request_new(op, "127.0.0.1");
    cr_assert(self->worker != NULL && self->request != NULL);
    cr_assert_eq(zsnmp_request_set_version(self->request, version), ZSNMP_OK);
    zsnmp_pool_options_init(&self->pool.options);
    self->pool.options.walk_repetitions = REPETITIONS;
    self->worker->pool = &self->pool;
    self->request->run.device = &self->device;
    return self;
}

static inline void add_oid(struct op_bed *self, const char *oid)
{
    cr_assert_eq(zsnmp_request_add_oid_str(self->request, oid), ZSNMP_OK);
}

static inline void begin(struct op_bed *self)
{
    const char *why = NULL;
    cr_assert_eq(zsnmp_request_check(self->request, &why), ZSNMP_OK, "%s", why);
    zsnmp_op_begin(self->worker, self->request);
}

static inline struct op_bed *new_walk(zsnmp_version_t version)
{
    struct op_bed *self = new_bed(ZSNMP_WALK, version);
    add_oid(self, ROOT);
    return self;
}

static inline void destroy(struct op_bed **self)
{
    snmp_bed_destroy(&(*self)->link);
    zsnmp_request_destroy(&(*self)->request);
    free((*self)->worker);
    free(*self);
    *self = NULL;
}

/* Sends the next PDU; the answer is then written, and handed in with finish(). */
static inline void ask(struct op_bed *self)
{
    zsnmp_op_pdu(self->request, &self->pdu);
    self->pdu.reqid = ++self->reqid;
    cr_assert(snmp_bed_send(self->link, &self->pdu));
    snmp_message_start(&self->answer);
}

static inline void row(struct op_bed *self, const char *oid)
{
    snmp_message_add_int(&self->answer, oid, 7);
}

static inline bool finish(struct op_bed *self, int32_t status, int32_t index)
{
    int version = self->request->creds.version;
    snmp_message_close(&self->answer, version, "public", ZSNMP_PDU_RESPONSE, self->reqid, status,
                       index);
    int answers = self->link->answers;
    cr_assert(snmp_bed_receive_message(self->link, self->request, &self->answer));
    cr_assert_eq(self->link->answers, answers + 1);
    return outcome == ZSNMP_OUTCOME_DONE;
}

static inline void check_stop(const struct op_bed *self, zsnmp_stop_t stop, bool complete,
                              uint32_t count)
{
    const struct zsnmp_reply *reply = &self->request->reply;
    cr_assert_eq(reply->stop, stop, "it stopped with '%s'", zsnmp_stop_name(reply->stop));
    cr_assert_eq(reply->complete, complete);
    cr_assert_eq(zsnmp_reply_count(reply), count);
}

static inline void check_next(const struct op_bed *self, const char *want)
{
    char text[ZSNMP_OID_MAX * 11];
    zsnmp_oid_print(self->request->reply.next, self->request->reply.next_len, text, sizeof text);
    cr_assert_str_eq(text, want);
}

static inline void check_asks(const struct op_bed *self, const char *want)
{
    char text[ZSNMP_OID_MAX * 11];
    cr_assert_null(self->pdu.items);
    zsnmp_oid_print(self->pdu.oid, self->pdu.oid_len, text, sizeof text);
    cr_assert_str_eq(text, want);
}

#endif
