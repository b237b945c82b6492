/*
 * Faults: what rules make of single devices while the simulator runs. A rule names devices and
 * actions; a device that one names has state here, made when it is first asked. All threads share
 * it under one lock, which nobody takes as long as there is no rule.
 */
#ifndef ZSNMP_SIM_FAULT_H
#define ZSNMP_SIM_FAULT_H

#include "sim/device.h"
#include "sim/spoil.h"

#include <stdio.h>

#define ZSNMP_SIM_RULES_MAX 1024
#define ZSNMP_SIM_RULE_MAX 2048 /* bytes of a line */
#define ZSNMP_SIM_RULE_ERROR_MAX 256
#define ZSNMP_SIM_FAULTY_MAX (1 << 20) /* devices with state */
#define ZSNMP_SIM_OWN_USERS_MAX 8      /* users of one device that differ from everybody's */

struct zsnmp_sim_now;
struct zsnmp_sim_user;

/* Kinds of REPORT that can be forged; the order is that of usmStats (RFC 3414 section 5). */
enum zsnmp_sim_forgery {
    ZSNMP_SIM_FORGE_NOTHING = 0,
    ZSNMP_SIM_FORGE_UNSUPPORTED_SEC_LEVEL,
    ZSNMP_SIM_FORGE_NOT_IN_TIME_WINDOW,
    ZSNMP_SIM_FORGE_UNKNOWN_USER_NAME,
    ZSNMP_SIM_FORGE_UNKNOWN_ENGINE_ID,
    ZSNMP_SIM_FORGE_WRONG_DIGEST,
    ZSNMP_SIM_FORGE_DECRYPTION_ERROR,
};

/* One request of a device with state, and what it meets. A copy: nobody changes it meanwhile. */
struct zsnmp_sim_fault {
    uint8_t engine_id[ZSNMP_SIM_ENGINE_ID_MAX];
    size_t engine_id_len;
    int32_t boots;
    int32_t time;
    bool restarted;      /* sysUpTime counts from … */
    uint64_t started_cs; /* … this time of the simulator */
    bool drop;           /* the request goes unanswered */
    bool lose;           /* it is carried out, and its reply is lost */
    bool silent_decrypt;
    uint32_t delay_ms;
    enum zsnmp_sim_forgery forge;
    struct zsnmp_sim_disorders disorders;
    uint64_t draw; /* random, for whatever needs it */
    size_t users;
    struct {
        const char *name;
        const struct zsnmp_sim_user *user; /* NULL: this device does not know the user */
    } user[ZSNMP_SIM_OWN_USERS_MAX];
};

/* Counters of one device. */
struct zsnmp_sim_tally {
    uint64_t requests;
    uint64_t replies; /* reports among them */
    uint64_t reports;
    uint64_t get;
    uint64_t getnext;
    uint64_t getbulk;
    uint64_t set;
    uint64_t max_repetitions; /* the largest asked for */
    uint64_t max_varbinds;    /* most in one request */
};

struct zsnmp_sim_faults;
struct zsnmp_sim_rule;

struct zsnmp_sim_faults *zsnmp_sim_faults_new(void);
void zsnmp_sim_faults_destroy(struct zsnmp_sim_faults **self);

/* "SELECTOR: ACTION ACTION …" (docs/SIMULATOR.md), in effect when it returns. False: error tells
 * what is wrong, and nothing has changed. */
bool zsnmp_sim_faults_add(struct zsnmp_sim_faults *self, const char *line, uint64_t uptime_cs,
                          char error[ZSNMP_SIM_RULE_ERROR_MAX]);
/* Rules of a file, one a line; blank lines and those that begin with # are nothing. */
bool zsnmp_sim_faults_read(struct zsnmp_sim_faults *self, const char *path,
                           char error[ZSNMP_SIM_RULE_ERROR_MAX]);

/* Is there any rule? */
bool zsnmp_sim_faults_active(const struct zsnmp_sim_faults *self);
/* A request has come for a device. False: no rule names the device, nothing is written. */
bool zsnmp_sim_faults_meet(struct zsnmp_sim_faults *self, const struct zsnmp_sim_device *device,
                           const struct zsnmp_sim_now *now, struct zsnmp_sim_fault *fault);
/* Adds to the counters of a device that has state. forged: one forgery went out; spoiled: one
 * reply was open to the disorders that are there for the next N. */
void zsnmp_sim_faults_tally(struct zsnmp_sim_faults *self, uint64_t key,
                            const struct zsnmp_sim_tally *more, bool forged, bool spoiled);
/* False: the device has no state. */
bool zsnmp_sim_faults_look(struct zsnmp_sim_faults *self, uint64_t key,
                           struct zsnmp_sim_tally *tally);

/* rule.c: one device's state as rules see it, and the actions. */
struct zsnmp_sim_fault_state {
    uint64_t key;
    struct zsnmp_sim_fault fault; /* drop, lose, forge, draw, boots and time are made anew for each
                                     request from what follows */
    double time;                  /* of the engine, in seconds, at … */
    uint64_t time_at_cs;
    double rate;
    int32_t boots;
    uint64_t reboot_after; /* requests; 0: none is due */
    bool dead;
    bool stale; /* cleared: to be made from the rules again */
    uint64_t drops;
    uint64_t losses;
    uint64_t forgeries; /* UINT64_MAX: all */
    enum zsnmp_sim_forgery forge;
    double loss; /* of a hundred */
    uint32_t jitter_ms;
    struct zsnmp_sim_tally tally;
};

struct zsnmp_sim_rule *zsnmp_sim_rule_new(const char *line, uint64_t uptime_cs,
                                          char error[ZSNMP_SIM_RULE_ERROR_MAX]);
void zsnmp_sim_rule_destroy(struct zsnmp_sim_rule **self);
/* Writes all actions with their forms, a blank before each. */
void zsnmp_sim_rule_help(FILE *to);
bool zsnmp_sim_rule_names(const struct zsnmp_sim_rule *self, uint64_t key);
/* "*: clear" and nothing else: what was before it does not count any more. */
bool zsnmp_sim_rule_clears_all(const struct zsnmp_sim_rule *self);
/* Does it name users? Then devices and caches point into it for as long as the simulator runs. */
bool zsnmp_sim_rule_has_users(const struct zsnmp_sim_rule *self);
/* What the rule says is done to the device at the time it was given. False: the device is to be
 * made a sound one. */
bool zsnmp_sim_rule_apply(const struct zsnmp_sim_rule *self, struct zsnmp_sim_fault_state *state);
/* A sound device: its engine began at time 0 of the simulator with this time. */
void zsnmp_sim_fault_state_init(struct zsnmp_sim_fault_state *state,
                                const struct zsnmp_sim_device *device, int32_t boots, int32_t time);
double zsnmp_sim_fault_state_time(const struct zsnmp_sim_fault_state *state, uint64_t uptime_cs);
void zsnmp_sim_fault_state_reboot(struct zsnmp_sim_fault_state *state, uint64_t uptime_cs);

#endif
