/*
 * See options.h and agent.h: what all threads share.
 */
#include "sim/fault.h"
#include "sim/fleet.h"
#include "sim/options.h"

#include <stdlib.h>
#include <string.h>

struct zsnmp_sim_world *zsnmp_sim_world_new(void)
{
    struct zsnmp_sim_world *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->message_max = ZSNMP_SIM_MESSAGE_DEFAULT;
    self->engine_boots = 1;
    self->writes = zsnmp_sim_writes_new();
    self->usm = zsnmp_sim_usm_new();
    self->fleet = zsnmp_sim_fleet_new();
    self->faults = zsnmp_sim_faults_new();
    if (self->writes == NULL || self->usm == NULL || self->fleet == NULL || self->faults == NULL ||
        !zsnmp_sim_usm_add_builtin(self->usm)) {
        zsnmp_sim_world_destroy(&self);
    }
    return self;
}

void zsnmp_sim_world_destroy(struct zsnmp_sim_world **self)
{
    if (*self == NULL) {
        return;
    }
    zsnmp_sim_writes_destroy(&(*self)->writes);
    zsnmp_sim_usm_destroy(&(*self)->usm);
    zsnmp_sim_fleet_destroy(&(*self)->fleet);
    zsnmp_sim_faults_destroy(&(*self)->faults);
    free(*self);
    *self = NULL;
}

bool zsnmp_sim_world_add_community(struct zsnmp_sim_world *self, const char *name, bool may_write)
{
    size_t len = strlen(name);
    if (len > ZSNMP_SIM_COMMUNITY_MAX || self->communities == ZSNMP_SIM_COMMUNITIES_MAX) {
        return false;
    }
    struct zsnmp_sim_community *c = &self->community[self->communities++];
    memcpy(c->name, name, len + 1);
    c->len = len;
    c->may_write = may_write;
    return true;
}

bool zsnmp_sim_world_add_context(struct zsnmp_sim_world *self, const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > ZSNMP_SIM_CONTEXT_MAX || self->contexts == ZSNMP_SIM_CONTEXTS_MAX) {
        return false;
    }
    memcpy(self->context[self->contexts++], name, len + 1);
    return true;
}
