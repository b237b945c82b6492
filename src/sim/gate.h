/*
 * The two points every message passes: a request on its way to a device and a reply on its way
 * out. What a device does to messages as such (existing, being dead, spoiling some) is decided
 * here and nowhere else.
 */
#ifndef ZSNMP_SIM_GATE_H
#define ZSNMP_SIM_GATE_H

#include "sim/agent.h"

/* Shall the device get this request? */
bool zsnmp_sim_gate_request(struct zsnmp_sim_agent *agent, const struct zsnmp_sim_device *device);
/* Shall this reply, complete in [head, tail), go out? May change it. */
bool zsnmp_sim_gate_reply(struct zsnmp_sim_agent *agent, struct zsnmp_sim_out *out);

#endif
