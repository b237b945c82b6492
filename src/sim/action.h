/*
 * The actions of rules: how the text of one is read, and what it does to a device. The tables are
 * in rule.c (clocks, users, losses) and action_spoil.c (disorders of requests and replies).
 */
#ifndef ZSNMP_SIM_ACTION_H
#define ZSNMP_SIM_ACTION_H

#include "sim/fault.h"
#include "sim/usm.h"

struct zsnmp_sim_call;
typedef void zsnmp_sim_apply_fn(struct zsnmp_sim_fault_state *state,
                                const struct zsnmp_sim_call *call, uint64_t at_cs);
typedef bool zsnmp_sim_parse_fn(struct zsnmp_sim_call *call, const char *text);

struct zsnmp_sim_action {
    const char *name;
    const char *form;          /* what stands behind the name, as help has it */
    zsnmp_sim_parse_fn *parse; /* of what stands behind "="; NULL: nothing may */
    bool bare;                 /* the name alone will do */
    zsnmp_sim_apply_fn *apply;
    size_t field; /* zsnmp_sim_do_field(): offset into struct zsnmp_sim_disorders */
};

/* An action with its values. */
struct zsnmp_sim_call {
    const struct zsnmp_sim_action *action;
    uint64_t number;
    uint64_t other;
    double real;
    struct zsnmp_sim_user *user; /* owned */
    char name[ZSNMP_SIM_USER_NAME_MAX + 1];
    uint8_t bytes[ZSNMP_SIM_ENGINE_ID_MAX];
    size_t len;
};

/* A number of decimal digits and nothing else. */
bool zsnmp_sim_to_number(const char *text, size_t len, uint64_t max, uint64_t *number);

/* The actions of action_spoil.c; returns how many there are. */
size_t zsnmp_sim_spoil_actions(const struct zsnmp_sim_action **actions);

#endif
