/*
 * See snmp_help.h.
 */
#include "snmp_help.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/native.h"
#include "base/oid.h"

/* ---- messages ---- */

void snmp_message_start(struct snmp_message *self)
{
    zsnmp_sim_out_start(&self->out, self->room, ZSNMP_SIM_MESSAGE_MAX);
}

void snmp_message_add(struct snmp_message *self, const char *oid, uint8_t tag, const void *data,
                      size_t len)
{
    uint32_t ids[ZSNMP_OID_MAX];
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    size_t count = zsnmp_oid_parse(oid, strlen(oid), ids, ZSNMP_OID_MAX);
    cr_assert_gt(count, 0, "%s", oid);
    size_t name_len = zsnmp_sim_ber_put_oid(name, ids, count);
    cr_assert(zsnmp_sim_out_varbind(&self->out, name, name_len, tag, data, len));
}

void snmp_message_add_int(struct snmp_message *self, const char *oid, int64_t value)
{
    uint8_t content[9];
    snmp_message_add(self, oid, ZSNMP_SIM_INTEGER, content,
                     zsnmp_sim_ber_put_signed(content, value));
}

void snmp_message_close(struct snmp_message *self, int version, const char *community, uint8_t pdu,
                        int32_t id, int32_t status, int32_t index)
{
    struct zsnmp_sim_out *out = &self->out;
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    zsnmp_sim_out_int(out, index);
    zsnmp_sim_out_int(out, status);
    zsnmp_sim_out_int(out, id);
    zsnmp_sim_out_wrap(out, pdu, out->tail);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, (const uint8_t *)community, strlen(community));
    zsnmp_sim_out_int(out, version);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    cr_assert_not(out->failed);
}

size_t snmp_message_len(const struct snmp_message *self)
{
    return (size_t)(self->out.tail - self->out.head);
}

/* ---- links ---- */

static void on_send(void *owner, void *request, int32_t id, const uint8_t *data, size_t len)
{
    struct snmp_bed *self = owner;
    cr_assert_leq(len, sizeof self->data);
    self->sent++;
    self->sent_for = request;
    self->id = id;
    memcpy(self->data, data, len);
    self->len = len;
}

static void on_answer(void *owner, void *request, struct zsnmp_answer *answer)
{
    struct snmp_bed *self = owner;
    zsnmp_varbind_t vb;
    self->answers++;
    self->error_status = answer->error_status;
    self->error_index = answer->error_index;
    if (self->on_answer != NULL) {
        self->on_answer(request, answer);
        return;
    }
    self->got->reply.varbinds.len = 0;
    self->got->reply.count = 0;
    while (zsnmp_answer_next(answer, &vb)) {
        zsnmp_native_add_varbind(self->got, &vb);
    }
    cr_assert_not(self->got->reply.varbinds.failed);
}

static bool on_report(void *owner, void *request, const struct zsnmp_report *report)
{
    struct snmp_bed *self = owner;
    (void)request;
    self->reports++;
    self->report = report->err;
    self->report_authentic = report->authentic;
    self->report_boots = report->usm.boots;
    self->report_engine_len = report->usm.engine_id_len;
    return self->report_ends;
}

static void on_trip(void *owner)
{
    struct snmp_bed *self = owner;
    self->trips++;
}

static const struct zsnmp_link_ops ops = {
    .send = on_send, .answer = on_answer, .report = on_report, .trip = on_trip};

struct snmp_bed *snmp_bed_new(const struct zsnmp_creds *creds, const struct zsnmp_key *auth,
                              const struct zsnmp_key *priv)
{
    struct snmp_bed *self = calloc(1, sizeof *self);
    cr_assert_not_null(self);
    zsnmp_snmp_init();
    self->got = zsnmp_request_alloc(0);
    cr_assert_not_null(self->got);
    zsnmp_buf_init(&self->got->reply.varbinds, 1u << 20);
    self->creds = *creds;
    if (creds->version == ZSNMP_V3) {
        self->link = zsnmp_link_new(&ops, self, creds, auth, priv);
        cr_assert_not_null(self->link);
    }
    return self;
}

void snmp_bed_destroy(struct snmp_bed **self)
{
    cr_assert_eq((*self)->trips, 0, "net-snmp tried to wait");
    zsnmp_link_destroy(&(*self)->link);
    cr_assert_null((*self)->link);
    zsnmp_request_free((*self)->got);
    zsnmp_snmp_thread_end();
    free(*self);
    *self = NULL;
}

bool snmp_bed_send(struct snmp_bed *self, const struct zsnmp_pdu *pdu)
{
    size_t len = zsnmp_community_build(&self->creds, pdu, self->data, sizeof self->data);
    memmove(self->data, self->data + sizeof self->data - len, len);
    self->len = len;
    return len > 0;
}

/* v1, v2c: what a worker does with an admitted message. */
static bool take(struct snmp_bed *self, void *request, const uint8_t *data, size_t len)
{
    struct zsnmp_peek peek;
    struct zsnmp_answer answer;
    if (!zsnmp_peek(data, len, &peek) || !zsnmp_community_open(&answer, &peek)) {
        return false;
    }
    on_answer(self, request, &answer);
    bool whole = zsnmp_answer_whole(&answer);
    self->answers -= whole ? 0 : 1;
    return whole;
}

bool snmp_bed_receive(struct snmp_bed *self, void *request, const void *data, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    bool heard = self->link != NULL ? zsnmp_link_receive(self->link, request, copy, len)
                                    : take(self, request, copy, len);
    free(copy);
    return heard;
}

bool snmp_bed_receive_message(struct snmp_bed *self, void *request,
                              const struct snmp_message *message)
{
    return snmp_bed_receive(self, request, message->out.head, snmp_message_len(message));
}

zsnmp_varbind_t snmp_bed_varbind(const struct snmp_bed *self, size_t index)
{
    zsnmp_varbind_t vb = {0};
    size_t at = 0;
    for (size_t i = 0; i <= index; i++) {
        cr_assert(zsnmp_reply_varbind(&self->got->reply, &at, &vb));
    }
    return vb;
}

const char *snmp_oid_text(const zsnmp_varbind_t *vb)
{
    static char text[ZSNMP_OID_MAX * 11];
    zsnmp_oid_print(vb->oid, vb->oid_len, text, sizeof text);
    return text;
}

struct zsnmp_creds snmp_creds(zsnmp_version_t version, const char *community)
{
    return (struct zsnmp_creds){
        .version = (uint8_t)version,
        .community = {.data = community, .len = strlen(community)},
    };
}
