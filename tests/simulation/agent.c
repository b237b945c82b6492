/*
 * What devices answer: versions 1 and 2c, and version 3 without authentication, as the RFCs have
 * it, within what the device can do.
 */
#include <string.h>

#include "world.h"

enum { V1 = 0, V2C = 1, V3 = 3 };
enum { FLAG_AUTH = 1, FLAG_REPORTABLE = 4 };
enum { STATUS_TOO_BIG = 1, STATUS_NO_SUCH_NAME = 2, STATUS_NOT_WRITABLE = 17 };

#define ENGINE_ID_LEN 9u

static void engine_of(const struct device *device, uint8_t id[ENGINE_ID_LEN])
{
    static const uint8_t head[] = {0x80, 0, 0x1f, 0x88, 4, 's', 'i', 'm'};
    memcpy(id, head, sizeof head);
    int64_t era = device->engine_us == 0 ? 0 : world.now_us / device->engine_us;
    id[sizeof head] = (uint8_t)era;
}

/* ---- reading ---- */

/* A name that is longer than any row is cut: it is behind the same rows. */
static void keep(struct name *name, const struct zsnmp_sim_oid *oid)
{
    name->len = (uint8_t)(oid->len < WORLD_IDS_MAX ? oid->len : WORLD_IDS_MAX);
    memcpy(name->ids, oid->id, name->len * sizeof *name->ids);
}

static bool read_names(struct question *self, struct zsnmp_sim_span varbinds)
{
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span content;
    struct zsnmp_sim_oid oid;
    while (varbinds.at != varbinds.end) {
        if (self->count == WORLD_ITEMS_MAX ||
            !zsnmp_sim_ber_enter(&varbinds, ZSNMP_SIM_SEQUENCE, &body) ||
            !zsnmp_sim_ber_enter(&body, ZSNMP_SIM_OID, &content) ||
            !zsnmp_sim_ber_oid_content(&content, &oid)) {
            return false;
        }
        keep(&self->names[self->count++], &oid);
    }
    return true;
}

static bool read_pdu(struct question *self, struct zsnmp_sim_span *from)
{
    struct zsnmp_sim_span body;
    struct zsnmp_sim_span varbinds;
    return zsnmp_sim_ber_next(from, &self->type, &body) && zsnmp_sim_ber_int(&body, &self->reqid) &&
           zsnmp_sim_ber_int(&body, &self->non_repeaters) &&
           zsnmp_sim_ber_int(&body, &self->repetitions) &&
           zsnmp_sim_ber_enter(&body, ZSNMP_SIM_SEQUENCE, &varbinds) && read_names(self, varbinds);
}

/* RFC 3412 section 6, RFC 3414 section 2.4, as far as it is not encrypted. */
static bool read_v3(struct question *self, struct zsnmp_sim_span rest)
{
    struct zsnmp_sim_span global;
    struct zsnmp_sim_span flags;
    struct zsnmp_sim_span security;
    struct zsnmp_sim_span usm;
    struct zsnmp_sim_span engine;
    struct zsnmp_sim_span scoped;
    struct zsnmp_sim_span skipped;
    int32_t number;
    if (!zsnmp_sim_ber_enter(&rest, ZSNMP_SIM_SEQUENCE, &global) ||
        !zsnmp_sim_ber_int(&global, &self->msg_id) || !zsnmp_sim_ber_int(&global, &number) ||
        !zsnmp_sim_ber_enter(&global, ZSNMP_SIM_STRING, &flags) ||
        zsnmp_sim_span_len(&flags) != 1 ||
        !zsnmp_sim_ber_enter(&rest, ZSNMP_SIM_STRING, &security) ||
        !zsnmp_sim_ber_enter(&security, ZSNMP_SIM_SEQUENCE, &usm) ||
        !zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &engine) ||
        !zsnmp_sim_ber_int(&usm, &number) || !zsnmp_sim_ber_int(&usm, &number) ||
        !zsnmp_sim_ber_enter(&usm, ZSNMP_SIM_STRING, &self->user)) {
        return false;
    }
    self->flags = *flags.at;
    self->engine = engine;
    if ((self->flags & FLAG_AUTH) != 0) { /* nobody here has keys */
        return true;
    }
    uint8_t tag;
    return zsnmp_sim_ber_enter(&rest, ZSNMP_SIM_SEQUENCE, &scoped) &&
           zsnmp_sim_ber_next(&scoped, &tag, &skipped) &&
           zsnmp_sim_ber_next(&scoped, &tag, &skipped) && read_pdu(self, &scoped);
}

bool question_read(struct question *self, const uint8_t *data, size_t len)
{
    struct zsnmp_sim_span whole = {data, data + len};
    struct zsnmp_sim_span body;
    memset(self, 0, sizeof *self);
    if (!zsnmp_sim_ber_enter(&whole, ZSNMP_SIM_SEQUENCE, &body) ||
        !zsnmp_sim_ber_int(&body, &self->version)) {
        return false;
    }
    if (self->version == V3) {
        return read_v3(self, body);
    }
    return zsnmp_sim_ber_enter(&body, ZSNMP_SIM_STRING, &self->community) && read_pdu(self, &body);
}

/* ---- writing ---- */

void answer_start(struct answer *self, uint8_t *room)
{
    *self = (struct answer){.type = ZSNMP_SIM_PDU_RESPONSE};
    zsnmp_sim_out_start(&self->out, room, ZSNMP_SIM_MESSAGE_MAX);
}

static void wrap_v3(struct zsnmp_sim_out *out, const struct question *question)
{
    const uint8_t *engine_id = question->engine_id;
    static const uint8_t none[1] = {0};
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, none, 0);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, engine_id, ENGINE_ID_LEN);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    const uint8_t *scoped = out->head;
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, none, 0);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, none, 0);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, question->user.at,
                        zsnmp_sim_span_len(&question->user));
    zsnmp_sim_out_int(out, world.now_us / 1000000);
    zsnmp_sim_out_int(out, 1);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, engine_id, ENGINE_ID_LEN);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, scoped);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_STRING, scoped);
    const uint8_t *security = out->head;
    zsnmp_sim_out_int(out, 3);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, none, 1);
    zsnmp_sim_out_int(out, ZSNMP_SIM_MESSAGE_MAX);
    zsnmp_sim_out_int(out, question->msg_id);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, security);
}

void answer_close(struct answer *self, const struct question *question, int32_t reqid)
{
    struct zsnmp_sim_out *out = &self->out;
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    zsnmp_sim_out_int(out, self->index);
    zsnmp_sim_out_int(out, self->status);
    zsnmp_sim_out_int(out, reqid);
    zsnmp_sim_out_wrap(out, self->type, out->tail);
    if (question->version == V3) {
        wrap_v3(out, question);
    } else {
        zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, question->community.at,
                            zsnmp_sim_span_len(&question->community));
    }
    zsnmp_sim_out_int(out, question->version);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
}

/* ---- GET, GETNEXT, GETBULK, SET ---- */

static void put_exception(struct answer *self, const struct name *name, uint8_t tag)
{
    uint8_t bytes[ZSNMP_SIM_OID_BYTES_MAX];
    size_t len = zsnmp_sim_ber_put_oid(bytes, name->ids, name->len);
    (void)zsnmp_sim_out_varbind(&self->out, bytes, len, tag, NULL, 0);
}

/* RFC 1157 section 4.1.2: names as they were asked, whatever goes wrong. */
static void refuse(struct answer *self, const struct question *question, int32_t status,
                   int32_t index)
{
    self->out.tail = self->out.head;
    self->status = status;
    self->index = index;
    for (uint32_t i = 0; i < question->count; i++) {
        put_exception(self, &question->names[i], ZSNMP_SIM_NULL);
    }
}

static void tell_each(struct answer *self, const struct device *device,
                      const struct question *question)
{
    bool next = question->type == ZSNMP_SIM_PDU_GETNEXT;
    for (uint32_t i = 0; i < question->count; i++) {
        const struct name *name = &question->names[i];
        const struct row *row =
            next ? mib_after(device, name->ids, name->len) : mib_find(device, name->ids, name->len);
        if (row != NULL) {
            (void)mib_put(device, row, &self->out);
        } else if (question->version == V1) {
            refuse(self, question, STATUS_NO_SUCH_NAME, (int32_t)i + 1);
            return;
        } else {
            put_exception(self, name, next ? ZSNMP_SIM_END_OF_MIB_VIEW : ZSNMP_SIM_NO_SUCH_OBJECT);
        }
    }
}

/* RFC 3416 section 4.2.3; it may stop after any varbind. */
static void tell_bulk(struct answer *self, const struct device *device,
                      const struct question *question)
{
    struct name at[WORLD_ITEMS_MAX];
    uint32_t told = 0;
    uint32_t most = device->bulk_rows != 0 ? device->bulk_rows : UINT32_MAX;
    memcpy(at, question->names, question->count * sizeof *at);
    for (int32_t turn = 0; turn == 0 || turn < question->repetitions; turn++) {
        for (uint32_t i = 0; i < question->count && told < most; i++) {
            bool repeats = (int32_t)i >= question->non_repeaters;
            if ((turn > 0 && !repeats) || (repeats && question->repetitions == 0)) {
                continue;
            }
            const struct row *row = mib_after(device, at[i].ids, at[i].len);
            told++;
            if (row == NULL) {
                put_exception(self, &at[i], ZSNMP_SIM_END_OF_MIB_VIEW);
            } else {
                at[i] = row->name;
                (void)mib_put(device, row, &self->out);
            }
        }
        if (told >= most || question->non_repeaters >= (int32_t)question->count) {
            return;
        }
    }
}

static bool sent_it(const struct ticket *ticket, const struct question *question)
{
    for (uint32_t i = 0; i < WORLD_SET_IDS && i < ticket->packets; i++) {
        if (ticket->ids[i] == question->reqid) {
            return true;
        }
    }
    return false;
}

static void note_applied(const struct device *device, const struct question *question)
{
    for (uint32_t i = world.ticket_count; i > 0; i--) {
        struct ticket *ticket = &world.tickets[i - 1];
        if (ticket->device == device && ticket->op == ZSNMP_SET && sent_it(ticket, question)) {
            MUST(ticket->applied == 0 || ticket->applied_id == question->reqid,
                 "request %u, a SET, is carried out under two ids", ticket->number);
            if (ticket->applied == 0) {
                ticket->applied = device->serial;
                ticket->applied_id = question->reqid;
            }
            return;
        }
    }
    MUST(false, "device %u was sent a SET of nobody", device->number);
}

static void tell_set(struct answer *self, struct device *device, const struct question *question)
{
    for (uint32_t i = 0; i < question->count; i++) {
        const struct row *row = mib_find(device, question->names[i].ids, question->names[i].len);
        if (row == NULL || row->kind != ROW_SERIAL) {
            bool old = question->version == V1;
            refuse(self, question, old ? STATUS_NO_SUCH_NAME : STATUS_NOT_WRITABLE, (int32_t)i + 1);
            return;
        }
    }
    device->serial++;
    note_applied(device, question);
    for (uint32_t i = 0; i < question->count; i++) {
        (void)mib_put(device, mib_find(device, question->names[i].ids, question->names[i].len),
                      &self->out);
    }
}

/* ---- what it can do ---- */

static bool exceeds(uint32_t count, uint32_t most)
{
    return most != 0 && count > most;
}

static uint32_t repetitions_of(const struct question *question)
{
    return question->repetitions < 0 ? 0 : (uint32_t)question->repetitions;
}

static bool is_too_big(const struct device *device, const struct question *question)
{
    if (device->cramped) {
        return true;
    }
    return question->type == ZSNMP_SIM_PDU_GETBULK
               ? exceeds(repetitions_of(question), device->bulk_max)
               : exceeds(question->count, device->names_max);
}

static bool is_beyond_it(const struct device *device, const struct question *question)
{
    return question->type == ZSNMP_SIM_PDU_GETBULK
               ? device->no_bulk || exceeds(repetitions_of(question), device->bulk_mute)
               : exceeds(question->count, device->names_mute);
}

bool answer_tell(struct answer *self, const struct device *device, const struct question *question)
{
    if (is_beyond_it(device, question)) {
        return false;
    }
    if (is_too_big(device, question)) {
        self->status = STATUS_TOO_BIG;
        if (question->version == V1) {
            refuse(self, question, STATUS_TOO_BIG, 0);
        }
    } else if (question->type == ZSNMP_SIM_PDU_SET) {
        tell_set(self, &world.devices[device->number], question);
    } else if (question->type == ZSNMP_SIM_PDU_GETBULK) {
        tell_bulk(self, device, question);
    } else {
        tell_each(self, device, question);
    }
    return true;
}

/* ---- messages ---- */

static bool knows_engine(const struct question *question)
{
    return zsnmp_sim_span_len(&question->engine) == ENGINE_ID_LEN &&
           memcmp(question->engine.at, question->engine_id, ENGINE_ID_LEN) == 0;
}

/* usmStatsUnknownEngineIDs.0, usmStatsUnknownUserNames.0: RFC 3414 section 5. */
static void report(struct device *device, const struct question *question, size_t socket)
{
    static uint8_t room[ANSWER_ROOM];
    bool lost = !knows_engine(question);
    const struct name stat = {{1, 3, 6, 1, 6, 3, 15, 1, 1, lost ? 4 : 3, 0}, 11};
    uint8_t bytes[ZSNMP_SIM_OID_BYTES_MAX];
    struct answer answer;
    answer_start(&answer, room);
    answer.type = ZSNMP_SIM_PDU_REPORT;
    size_t len = zsnmp_sim_ber_put_oid(bytes, stat.ids, stat.len);
    (void)zsnmp_sim_out_varbind(&answer.out, bytes, len, ZSNMP_SIM_COUNTER32, (const uint8_t *)"\1",
                                1);
    answer_close(&answer, question, lost ? 0 : question->reqid);
    network_reply(device, &device->addr, socket, answer.out.head,
                  (size_t)(answer.out.tail - answer.out.head), false);
}

static bool knows(const struct question *question)
{
    static const char community[] = "public";
    return question->version == V3 ||
           (zsnmp_sim_span_len(&question->community) == sizeof community - 1 &&
            memcmp(question->community.at, community, sizeof community - 1) == 0);
}

static void reply(struct device *device, const struct question *question, size_t socket)
{
    static uint8_t room[ANSWER_ROOM];
    struct answer answer;
    answer_start(&answer, room);
    bool lies = device->lies != 0 && chance_hits(&world.chance, device->lies_percent) &&
                lies_tell(&answer, device, question);
    if (!lies && !answer_tell(&answer, device, question)) {
        world_note("device %u does not answer that", device->number);
        return;
    }
    answer_close(&answer, question, question->reqid);
    network_reply(device, &device->addr, socket, answer.out.head,
                  (size_t)(answer.out.tail - answer.out.head), false);
}

void agent_receive(struct device *device, const uint8_t *data, size_t len, size_t socket)
{
    struct question question;
    bool sound = question_read(&question, data, len);
    MUST(sound, "device %u was sent what it can not read", device->number);
    if (!sound || !knows(&question) || (question.version == V3 && !device->speaks_v3)) {
        return;
    }
    engine_of(device, question.engine_id);
    world_note("device %u is asked: type %02x, %u names, id %d", device->number, question.type,
               question.count, (int)question.reqid);
    if (device->noise != 0 && chance_hits(&world.chance, device->noise_percent) &&
        question.version != V3) {
        noise_make(device, &question, socket);
    }
    if (question.version == V3 && (!knows_engine(&question) || (question.flags & FLAG_AUTH) != 0)) {
        report(device, &question, socket);
    } else {
        reply(device, &question, socket);
    }
}
