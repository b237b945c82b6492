/*
 * See gate.h.
 */
#include "sim/gate.h"

static bool exists(const struct zsnmp_sim_world *world, const struct zsnmp_sim_device *device)
{
    return world->exist.count == 0 || device->record != NULL || zsnmp_sim_key_is_v6(device->key) ||
           zsnmp_sim_addresses_have(&world->exist, device->key);
}

bool zsnmp_sim_gate_request(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_device *device)
{
    const struct zsnmp_sim_world *world = agent->world;
    if (!exists(world, device)) {
        zsnmp_sim_count(&agent->stats.dropped_no_device);
        return false;
    }
    if (zsnmp_sim_addresses_have(&world->dead, device->key)) {
        zsnmp_sim_count(&agent->stats.dropped_dead);
        return false;
    }
    return true;
}

bool zsnmp_sim_gate_reply(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out)
{
    if (out->failed) {
        return false;
    }
    if (agent->faulty) {
        zsnmp_sim_spoil_message(agent, out);
    }
    zsnmp_sim_count(&agent->stats.replies);
    return true;
}
