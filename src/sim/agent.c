/*
 * See agent.h: the message of v1 and v2c (RFC 1157, RFC 1901), and the way of any message to its
 * device. A message that cannot be answered is counted and dropped.
 */
#include "sim/agent.h"
#include "sim/fleet.h"
#include "sim/gate.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION_1 = 0, VERSION_2C = 1, VERSION_3 = 3 };

/* Most bytes that stand around the varbinds of a community message, community apart: headers of
 * message, PDU and list 3 * 4, version 3, community 3, request-id 6, two integers of 6. */
#define COMMUNITY_OVERHEAD 36

struct zsnmp_sim_agent *zsnmp_sim_agent_new(const struct zsnmp_sim_world *world, uint64_t salt)
{
    struct zsnmp_sim_agent *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->world = world;
    self->salt = salt;
    self->plain = malloc(ZSNMP_SIM_MESSAGE_MAX);
    self->scratch = malloc(2 * (size_t)ZSNMP_SIM_MESSAGE_MAX);
    self->keys = zsnmp_sim_keys_new(world->usm);
    if (self->plain == NULL || self->scratch == NULL || self->keys == NULL) {
        zsnmp_sim_agent_destroy(&self);
    }
    return self;
}

void zsnmp_sim_agent_destroy(struct zsnmp_sim_agent **self)
{
    if (*self == NULL) {
        return;
    }
    zsnmp_sim_keys_destroy(&(*self)->keys);
    free((*self)->plain);
    free((*self)->scratch);
    free(*self);
    *self = NULL;
}

static const struct zsnmp_sim_community *find_community(const struct zsnmp_sim_world *world,
                                                        const struct zsnmp_sim_span *name)
{
    size_t len = zsnmp_sim_span_len(name);
    for (size_t i = 0; i < world->communities; i++) {
        const struct zsnmp_sim_community *c = &world->community[i];
        if (c->len == len && memcmp(c->name, name->at, len) == 0) {
            return c;
        }
    }
    return NULL;
}

/* Puts the message around the PDU. */
static bool close_message(const struct zsnmp_sim_agent *self,
                          const struct zsnmp_sim_community *community, int32_t version,
                          struct zsnmp_sim_out *out)
{
    static const uint8_t elsewhere[] = {'e', 'l', 's', 'e', 'w', 'h', 'e', 'r', 'e'};
    const uint32_t *spoil = self->spoil->next;
    if (spoil[ZSNMP_SIM_SPOIL_COMMUNITY] > 0) {
        zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, elsewhere, sizeof elsewhere);
    } else {
        zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, (const uint8_t *)community->name,
                            community->len);
    }
    if (spoil[ZSNMP_SIM_SPOIL_VERSION] > 0) {
        version = version == VERSION_1 ? VERSION_2C : VERSION_1;
    }
    zsnmp_sim_out_int(out, version);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
    return !out->failed;
}

static bool answer_community(struct zsnmp_sim_agent *self, struct zsnmp_sim_view *view,
                             int32_t version, struct zsnmp_sim_span rest, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_span name;
    struct zsnmp_sim_pdu pdu;
    if (!zsnmp_sim_ber_enter(&rest, ZSNMP_SIM_STRING, &name) || !zsnmp_sim_pdu_parse(&rest, &pdu)) {
        zsnmp_sim_count(&self->stats.dropped_malformed);
        return false;
    }
    const struct zsnmp_sim_community *community = find_community(self->world, &name);
    if (community == NULL) {
        zsnmp_sim_count(&self->stats.dropped_community);
        return false;
    }
    view->v1 = version == VERSION_1;
    zsnmp_sim_count(view->v1 ? &self->stats.v1 : &self->stats.v2c);
    out->ceiling = out->tail + view->now.message_max - COMMUNITY_OVERHEAD - community->len;
    zsnmp_sim_spoil_select(self, pdu.type);
    if (self->spoil->next[ZSNMP_SIM_SPOIL_STRANGER] > 0) {
        zsnmp_sim_v3_stranger(self, view, pdu.request_id);
    }
    pdu.request_id = zsnmp_sim_spoil_id(self, ZSNMP_SIM_SPOIL_ID, pdu.request_id);
    pdu.request_id = zsnmp_sim_spoil_id(self, ZSNMP_SIM_SPOIL_REQUEST_ID, pdu.request_id);
    return zsnmp_sim_pdu_answer(self, view, &pdu, community->may_write, out) &&
           close_message(self, community, version, out);
}

static struct zsnmp_sim_view make_view(const struct zsnmp_sim_agent *self, uint64_t key)
{
    const struct zsnmp_sim_world *world = self->world;
    return (struct zsnmp_sim_view){
        .mib = &world->mib,
        .writes = world->writes,
        .device = {.key = key,
                   .hash = zsnmp_sim_mix(key ^ world->seed),
                   .record = zsnmp_sim_fleet_find(world->fleet, key)},
        .now = {.uptime_cs = self->uptime_cs,
                .engine_boots = world->engine_boots,
                .context = "",
                .message_max = (uint32_t)world->message_max},
    };
}

static bool answer(struct zsnmp_sim_agent *self, struct zsnmp_sim_view *view, const uint8_t *data,
                   size_t len, struct zsnmp_sim_out *out)
{
    if (!zsnmp_sim_gate_request(self, &view->device)) {
        return false;
    }
    struct zsnmp_sim_span all = {data, data + len};
    struct zsnmp_sim_span body;
    int32_t version = 0;
    if (!zsnmp_sim_ber_enter(&all, ZSNMP_SIM_SEQUENCE, &body) ||
        !zsnmp_sim_ber_int(&body, &version)) {
        zsnmp_sim_count(&self->stats.dropped_malformed);
        return false;
    }
    bool answered = false;
    if (version == VERSION_1 || version == VERSION_2C) {
        answered = answer_community(self, view, version, body, out);
    } else if (version == VERSION_3) {
        struct zsnmp_sim_span whole = {data, all.at};
        answered = zsnmp_sim_v3_answer(self, view, &whole, body, out);
    } else {
        zsnmp_sim_count(&self->stats.dropped_version);
    }
    return answered && zsnmp_sim_gate_reply(self, out);
}

static struct zsnmp_sim_tally tally_of(const struct zsnmp_sim_stats *stats)
{
    return (struct zsnmp_sim_tally){.reports = atomic_load(&stats->reports),
                                    .get = atomic_load(&stats->get),
                                    .getnext = atomic_load(&stats->getnext),
                                    .getbulk = atomic_load(&stats->getbulk),
                                    .set = atomic_load(&stats->set)};
}

/* The same for a device that has state, whose faults are in self->fault. */
static bool answer_faulty(struct zsnmp_sim_agent *self, struct zsnmp_sim_view *view,
                          const uint8_t *data, size_t len, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_tally before = tally_of(&self->stats);
    view->now.fault = &self->fault;
    view->now.engine_boots = self->fault.boots;
    if (self->fault.disorders.max_size > 0) {
        view->now.message_max = self->fault.disorders.max_size;
    }
    self->asked = (struct zsnmp_sim_tally){0};
    if (self->fault.drop) {
        zsnmp_sim_count(&self->stats.dropped_fault);
        return false;
    }
    bool answered = answer(self, view, data, len, out);
    if (answered && self->fault.lose) {
        zsnmp_sim_count(&self->stats.dropped_fault);
        answered = false;
    }
    struct zsnmp_sim_tally more = tally_of(&self->stats);
    more = (struct zsnmp_sim_tally){.replies = answered,
                                    .reports = more.reports - before.reports,
                                    .get = more.get - before.get,
                                    .getnext = more.getnext - before.getnext,
                                    .getbulk = more.getbulk - before.getbulk,
                                    .set = more.set - before.set,
                                    .max_repetitions = self->asked.max_repetitions,
                                    .max_varbinds = self->asked.max_varbinds};
    zsnmp_sim_faults_tally(self->world->faults, view->device.key, &more, self->has_forged,
                           self->spoil == &self->fault.disorders.spoil);
    return answered;
}

bool zsnmp_sim_agent_answer(struct zsnmp_sim_agent *self, uint64_t key, const uint8_t *data,
                            size_t len, struct zsnmp_sim_out *out)
{
    struct zsnmp_sim_view view = make_view(self, key);
    self->has_forged = false;
    self->befores = 0;
    self->faulty =
        zsnmp_sim_faults_active(self->world->faults) &&
        zsnmp_sim_faults_meet(self->world->faults, &view.device, &view.now, &self->fault);
    zsnmp_sim_spoil_begin(self);
    return self->faulty ? answer_faulty(self, &view, data, len, out)
                        : answer(self, &view, data, len, out);
}
