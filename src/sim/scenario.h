/*
 * Scenarios: rules that have a name, for disorders seen on devices in the field.
 */
#ifndef ZSNMP_SIM_SCENARIO_H
#define ZSNMP_SIM_SCENARIO_H

#include "sim/fault.h"

struct zsnmp_sim_scenario {
    const char *name;
    const char *summary; /* one line: what the device does */
    const char *actions; /* of its rule */
};

/* NULL behind the last one. */
const struct zsnmp_sim_scenario *zsnmp_sim_scenario_nth(size_t index);
/* Names and summaries, one scenario a line. */
void zsnmp_sim_scenario_list(FILE *to);
/* "NAME" for all devices or "NAME=SELECTOR" for some: as zsnmp_sim_faults_add() with its rule. */
bool zsnmp_sim_scenario_add(struct zsnmp_sim_faults *faults, const char *text, uint64_t uptime_cs,
                            char error[ZSNMP_SIM_RULE_ERROR_MAX]);

#endif
