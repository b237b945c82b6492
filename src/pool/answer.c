/*
 * Answers: whose they are, whether they may be taken, and what follows. Must
 * never let a message complete a request that did not ask that very device.
 */
#include <string.h>

#include "pool/inside.h"
#include "pool/op.h"
#include "pool/worker.h"

static bool from_source(const void *value, const void *wanted)
{
    const struct zsnmp_request *request = value;
    const struct zsnmp_datagram *datagram = wanted;
    const struct zsnmp_device *device = request->run.device;
    return device->socket == datagram->socket && zsnmp_addr_equal(&device->addr, datagram->from);
}

static bool speaks_as_asked(const struct zsnmp_creds *creds, const struct zsnmp_peek *peek)
{
    if (peek->version != creds->version) {
        return false;
    }
    return creds->version == ZSNMP_V3 ||
           (peek->community_len == creds->community.len &&
            (peek->community_len == 0 ||
             memcmp(peek->community, creds->community.data, peek->community_len) == 0));
}

/* Late, a duplicate, or no answer of this device's at all: counted, and told of who sent it. */
static void note_stray(struct zsnmp_worker *self, const struct zsnmp_datagram *datagram)
{
    struct zsnmp_request *asked = zsnmp_ids_find(self, datagram->head.id, NULL, NULL);
    if (asked != NULL) {
        ZSNMP_COUNT(self, drop_wrong_source);
        asked->run.device->quirks |= ZSNMP_QUIRK(OTHER_SOURCE);
        asked->reply.quirks |= ZSNMP_QUIRK(OTHER_SOURCE);
        return;
    }
    ZSNMP_COUNT(self, drop_unknown_id);
    struct zsnmp_device *device = zsnmp_device_find(self, datagram->from);
    if (device != NULL) {
        device->quirks |= ZSNMP_QUIRK(STRAY);
    }
}

static void note_malformed(struct zsnmp_worker *self, const struct zsnmp_datagram *datagram)
{
    ZSNMP_COUNT(self, drop_malformed);
    struct zsnmp_device *device = zsnmp_device_find(self, datagram->from);
    if (device != NULL) {
        device->quirks |= ZSNMP_QUIRK(MALFORMED);
    }
}

/*
 * Admission: whose answer this is, or NULL and a counter. Whatever anybody can
 * send to an open UDP port ends here, before net-snmp sees it.
 */
static struct zsnmp_request *admit_answer(struct zsnmp_worker *self,
                                          const struct zsnmp_datagram *datagram)
{
    const struct zsnmp_peek *peek = &datagram->head;
    if (!datagram->is_snmp) {
        note_malformed(self, datagram);
        return NULL;
    }
    if (peek->version != ZSNMP_V3 && peek->pdu_type != ZSNMP_PDU_RESPONSE) {
        ZSNMP_COUNT(self, drop_not_response);
        return NULL;
    }
    struct zsnmp_request *request = zsnmp_ids_find(self, peek->id, from_source, datagram);
    if (request == NULL) {
        note_stray(self, datagram);
        return NULL;
    }
    if (!speaks_as_asked(&request->creds, peek)) {
        ZSNMP_COUNT(self, drop_wrong_version);
        return NULL;
    }
    return request;
}

/*
 * Karn: the round trip of a try that was repeated says nothing, for who knows
 * which was answered. Where the answer comes sooner than the device ever is, or
 * nothing is known of it, it was the first: so slow devices are found out.
 */
static void note_rtt(const struct zsnmp_worker *self, const struct zsnmp_request *request,
                     int64_t rtt_us, bool alone)
{
    struct zsnmp_device *device = request->run.device;
    if (request->run.tries == 1 || alone) {
        zsnmp_device_note_rtt(device, rtt_us > 0 ? rtt_us : 1);
    } else if (rtt_us < device->rtt_us / 2 || device->rtt_us == 0) {
        zsnmp_device_note_rtt(device, self->now_us - request->run.began_us);
    }
}

/* alone: the last try differed from those before it. */
static void note_answer(struct zsnmp_worker *self, struct zsnmp_request *request, bool alone)
{
    struct zsnmp_device *device = request->run.device;
    int64_t rtt = self->now_us - request->run.sent_us;
    request->reply.rtt_us = rtt <= 0 ? 1 : (uint32_t)rtt;
    request->reply.sent = ZSNMP_SENT_YES;
    device->last_seen_us = self->now_us;
    device->failures = 0;
    if (request->run.breaker == NULL) {
        zsnmp_breaker_answered(self, request);
    }
    device->quirks |= request->reply.quirks;
    if (request->run.outcome == ZSNMP_OUTCOME_DONE || request->run.outcome == ZSNMP_OUTCOME_MORE) {
        note_rtt(self, request, rtt, alone);
    }
}

/* All requests together have reached the ceiling, and this one has grown: it goes on another time.
 */
static void no_memory_left(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    bool walk = request->op == ZSNMP_WALK;
    request->reply.stop = walk ? ZSNMP_STOP_LIMIT : ZSNMP_STOP_NONE;
    request->reply.message = walk ? "there is no memory left for all replies; it goes on at next"
                                  : "there is no memory left for all replies";
    zsnmp_run_finish(self, request, ZSNMP_E_TOO_LARGE);
}

static void go_on(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    switch (request->run.outcome) {
    case ZSNMP_OUTCOME_DONE:
        zsnmp_run_finish(self, request, request->run.err);
        break;
    case ZSNMP_OUTCOME_MORE:
        request->run.recovered = 0;
        zsnmp_run_land(self, request);
        if (!zsnmp_pool_charge(self->pool, request)) {
            no_memory_left(self, request);
            break;
        }
        if (!zsnmp_stream_part(self, request)) {
            break;
        }
        if (request->run.session == NULL || request->run.session->state == ZSNMP_SESSION_READY) {
            zsnmp_run_send(self, request);
        } else {
            zsnmp_session_join(self, request->run.session, request);
        }
        break;
    case ZSNMP_OUTCOME_DOUBT:
        zsnmp_session_doubt(self, request->run.session);
        break;
    case ZSNMP_OUTCOME_HINT:
        zsnmp_run_hasten(self, request);
        break;
    default: /* net-snmp has sent it again with the clock set: it is in the air still */
        if (request->run.err != ZSNMP_OK) {
            zsnmp_run_finish(self, request, request->run.err);
        }
    }
}

/* Whether the message was taken; else the request waits on. */
static bool take(struct zsnmp_request *request, struct zsnmp_datagram *datagram)
{
    struct zsnmp_answer answer;
    if (request->run.session != NULL) {
        struct zsnmp_link *link = request->run.session->link;
        bool heard = zsnmp_link_receive(link, request, datagram->data, datagram->len);
        request->reply.quirks |= zsnmp_link_misread(link) ? ZSNMP_QUIRK(MALFORMED) : 0;
        return heard;
    }
    if (!zsnmp_community_open(&answer, &datagram->head)) {
        return false;
    }
    request->run.outcome = zsnmp_op_answer(request, &answer);
    return request->run.outcome != ZSNMP_OUTCOME_NONE;
}

/* An answer to the PDU that a smaller one has taken the place of: as if that had never been. */
static bool take_larger(struct zsnmp_request *request, struct zsnmp_datagram *datagram)
{
    struct zsnmp_run *run = &request->run;
    uint32_t size = run->size;
    struct zsnmp_item *end = run->end;
    run->size = run->shrunk_from;
    run->end = run->larger_end;
    run->fell_back = false;
    if (take(request, datagram)) {
        return true;
    }
    run->size = size;
    run->end = end;
    run->fell_back = true;
    return false;
}

void zsnmp_run_look(const struct zsnmp_worker *self, struct zsnmp_datagram *datagram)
{
    datagram->is_snmp = zsnmp_peek(datagram->data, datagram->len, &datagram->head);
    const struct zsnmp_request *likely =
        datagram->is_snmp ? zsnmp_ids_find(self, datagram->head.id, NULL, NULL) : NULL;
    if (likely != NULL) {
        zsnmp_run_prefetch(likely);
    }
}

void zsnmp_run_receive(struct zsnmp_worker *self, struct zsnmp_datagram *datagram)
{
    ZSNMP_COUNT(self, packets_received);
    zsnmp_counter_add(&self->counters.bytes_received, datagram->len);
    int32_t id = datagram->head.id;
    struct zsnmp_request *request = admit_answer(self, datagram);
    if (request == NULL) {
        return;
    }
    uint32_t tries = request->run.tries;
    bool larger = request->run.larger_id != 0 && id == request->run.larger_id;
    bool alone = request->run.fell_back && !larger;
    request->run.outcome = ZSNMP_OUTCOME_NONE;
    request->run.err = ZSNMP_OK;
    request->run.heard = id;
    if (!(larger ? take_larger : take)(request, datagram)) {
        ZSNMP_COUNT(self, drop_rejected);
        request->run.rejected = true;
        request->run.device->quirks |= request->reply.quirks;
        return;
    }
    if (request->run.tries > tries) {
        zsnmp_ids_note_refused(request); /* the clock was wrong, and net-snmp has sent it again */
        request->run.clocked++;
    }
    note_answer(self, request, alone);
    go_on(self, request);
}
