/*
 * See fault.h: the rules in their order, and the devices they have met. Must cost nothing where
 * there is no rule.
 */
#include "sim/fault.h"

#include "sim/mib.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64u
#define RETIRED_MAX 4096u /* rules that named users before "*: clear" */

struct zsnmp_sim_faults {
    atomic_bool active;
    pthread_mutex_t lock; /* guards all below */
    size_t rules;
    size_t retired;
    size_t states;
    size_t slots; /* a power of two, at most half of them used */
    struct zsnmp_sim_rule *rule[ZSNMP_SIM_RULES_MAX];
    struct zsnmp_sim_rule *old[RETIRED_MAX];
    struct zsnmp_sim_fault_state **slot;
};

struct zsnmp_sim_faults *zsnmp_sim_faults_new(void)
{
    struct zsnmp_sim_faults *self = calloc(1, sizeof *self);
    if (self != NULL) {
        (void)pthread_mutex_init(&self->lock, NULL); /* cannot fail without attributes */
    }
    return self;
}

static void drop_states(struct zsnmp_sim_faults *self)
{
    for (size_t i = 0; i < self->slots; i++) {
        free(self->slot[i]);
    }
    free(self->slot);
    self->slot = NULL;
    self->slots = self->states = 0;
}

void zsnmp_sim_faults_destroy(struct zsnmp_sim_faults **self)
{
    struct zsnmp_sim_faults *f = *self;
    if (f == NULL) {
        return;
    }
    drop_states(f);
    for (size_t i = 0; i < f->rules; i++) {
        zsnmp_sim_rule_destroy(&f->rule[i]);
    }
    for (size_t i = 0; i < f->retired; i++) {
        zsnmp_sim_rule_destroy(&f->old[i]);
    }
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
    *self = NULL;
}

bool zsnmp_sim_faults_active(const struct zsnmp_sim_faults *self)
{
    return atomic_load_explicit(&self->active, memory_order_acquire);
}

/* ---- the table of devices ---- */

/* The slot of a device, or the free one where it belongs. There is always a free one. */
static struct zsnmp_sim_fault_state **find(const struct zsnmp_sim_faults *self, uint64_t key)
{
    size_t i = (size_t)zsnmp_sim_mix(key);
    while (self->slot[i & (self->slots - 1)] != NULL &&
           self->slot[i & (self->slots - 1)]->key != key) {
        i++;
    }
    return &self->slot[i & (self->slots - 1)];
}

static bool grow(struct zsnmp_sim_faults *self)
{
    if (2 * (self->states + 1) <= self->slots) {
        return true;
    }
    struct zsnmp_sim_faults bigger = {.slots = self->slots == 0 ? SLOTS_MIN : 2 * self->slots};
    bigger.slot = calloc(bigger.slots, sizeof *bigger.slot);
    if (bigger.slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < self->slots; i++) {
        if (self->slot[i] != NULL) {
            *find(&bigger, self->slot[i]->key) = self->slot[i];
        }
    }
    free(self->slot);
    self->slot = bigger.slot;
    self->slots = bigger.slots;
    return true;
}

static bool is_named(const struct zsnmp_sim_faults *self, uint64_t key)
{
    for (size_t i = 0; i < self->rules; i++) {
        if (zsnmp_sim_rule_names(self->rule[i], key)) {
            return true;
        }
    }
    return false;
}

static void make_sound(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_device *device,
                       const struct zsnmp_sim_now *now)
{
    struct zsnmp_sim_now start = *now;
    start.uptime_cs = 0;
    start.fault = NULL;
    zsnmp_sim_fault_state_init(state, device, now->engine_boots,
                               zsnmp_sim_device_engine_time(device, &start));
}

/* All rules that name the device, in their order and as of their times. */
static void replay(const struct zsnmp_sim_faults *self, struct zsnmp_sim_fault_state *state,
                   const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now)
{
    make_sound(state, device, now);
    for (size_t i = 0; i < self->rules; i++) {
        if (zsnmp_sim_rule_names(self->rule[i], device->key) &&
            !zsnmp_sim_rule_apply(self->rule[i], state)) {
            make_sound(state, device, now);
        }
    }
}

/* The device's state, made where a rule names it; NULL: none does, or memory is out. */
static struct zsnmp_sim_fault_state *state_of(struct zsnmp_sim_faults *self,
                                              const struct zsnmp_sim_device *device,
                                              const struct zsnmp_sim_now *now)
{
    if (self->slots > 0 && *find(self, device->key) != NULL) {
        return *find(self, device->key);
    }
    if (!is_named(self, device->key) || self->states == ZSNMP_SIM_FAULTY_MAX || !grow(self)) {
        return NULL;
    }
    struct zsnmp_sim_fault_state *state = malloc(sizeof *state);
    if (state == NULL) {
        return NULL;
    }
    replay(self, state, device, now);
    *find(self, device->key) = state;
    self->states++;
    return state;
}

/* ---- rules ---- */

static void forget_rules(struct zsnmp_sim_faults *self)
{
    drop_states(self);
    for (size_t i = 0; i < self->rules; i++) {
        if (zsnmp_sim_rule_has_users(self->rule[i])) {
            self->old[self->retired++] = self->rule[i];
        } else {
            zsnmp_sim_rule_destroy(&self->rule[i]);
        }
    }
    self->rules = 0;
}

/* A device met before is changed now; one that was made sound gets its state at the next request.
 */
static void apply_to_all(struct zsnmp_sim_faults *self, const struct zsnmp_sim_rule *rule)
{
    for (size_t i = 0; i < self->slots; i++) {
        struct zsnmp_sim_fault_state *state = self->slot[i];
        if (state != NULL && zsnmp_sim_rule_names(rule, state->key) &&
            !zsnmp_sim_rule_apply(rule, state)) {
            state->stale = true;
        }
    }
}

static const char *take_rule(struct zsnmp_sim_faults *self, struct zsnmp_sim_rule *rule)
{
    if (zsnmp_sim_rule_clears_all(rule)) {
        if (self->retired + self->rules > RETIRED_MAX) {
            return "too many users were given since the start";
        }
        forget_rules(self);
        zsnmp_sim_rule_destroy(&rule);
        atomic_store_explicit(&self->active, false, memory_order_release);
        return NULL;
    }
    if (self->rules == ZSNMP_SIM_RULES_MAX) {
        return "too many rules: \"*: clear\" drops them";
    }
    self->rule[self->rules++] = rule;
    apply_to_all(self, rule);
    atomic_store_explicit(&self->active, true, memory_order_release);
    return NULL;
}

bool zsnmp_sim_faults_add(struct zsnmp_sim_faults *self, const char *line, uint64_t uptime_cs,
                          char error[ZSNMP_SIM_RULE_ERROR_MAX])
{
    struct zsnmp_sim_rule *rule = zsnmp_sim_rule_new(line, uptime_cs, error);
    if (rule == NULL) {
        return false;
    }
    pthread_mutex_lock(&self->lock);
    const char *refused = take_rule(self, rule);
    pthread_mutex_unlock(&self->lock);
    if (refused != NULL) {
        (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "%s", refused);
        zsnmp_sim_rule_destroy(&rule);
    }
    return refused == NULL;
}

static bool read_lines(struct zsnmp_sim_faults *self, FILE *file, const char *path, char *error)
{
    char line[ZSNMP_SIM_RULE_MAX];
    char what[ZSNMP_SIM_RULE_ERROR_MAX];
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        size_t blank = strspn(line, " \t\r\n");
        bool cut = strlen(line) == sizeof line - 1 && line[sizeof line - 2] != '\n';
        if (line[blank] == '\0' || line[blank] == '#') {
            continue;
        }
        if (cut || !zsnmp_sim_faults_add(self, line, 0, what)) {
            (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "%.80s:%u: %.150s", path, number,
                           cut ? "line too long" : what);
            return false;
        }
    }
    if (ferror(file)) {
        (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "%.200s: cannot be read", path);
        return false;
    }
    return true;
}

bool zsnmp_sim_faults_read(struct zsnmp_sim_faults *self, const char *path,
                           char error[ZSNMP_SIM_RULE_ERROR_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "%.150s: %s", path, strerror(errno));
        return false;
    }
    bool ok = read_lines(self, file, path, error);
    (void)fclose(file);
    return ok;
}

/* ---- requests ---- */

/* Draws follow from the device and how many requests it had: the same run has the same faults. */
static uint64_t draw(const struct zsnmp_sim_fault_state *state,
                     const struct zsnmp_sim_device *device)
{
    return zsnmp_sim_mix(device->hash ^ zsnmp_sim_mix(state->tally.requests));
}

static bool take_one(uint64_t *left)
{
    bool some = *left > 0;
    *left -= some && *left != UINT64_MAX;
    return some;
}

static void meet(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_device *device,
                 uint64_t uptime_cs, struct zsnmp_sim_fault *fault)
{
    state->tally.requests++;
    if (state->reboot_after > 0 && --state->reboot_after == 0) {
        zsnmp_sim_fault_state_reboot(state, uptime_cs);
    }
    double seconds = zsnmp_sim_fault_state_time(state, uptime_cs);
    *fault = state->fault;
    fault->draw = draw(state, device);
    fault->boots = state->boots;
    fault->time = seconds >= INT32_MAX ? INT32_MAX : (int32_t)seconds;
    bool lost = (double)(fault->draw >> 11) * 0x1p-53 * 100 < state->loss;
    fault->drop = state->dead || take_one(&state->drops) || lost;
    fault->lose = !fault->drop && take_one(&state->losses);
    if (state->jitter_ms > 0) {
        fault->delay_ms += (uint32_t)(zsnmp_sim_mix(fault->draw) % (state->jitter_ms + 1));
    }
    uint32_t group = fault->disorders.reorder + 1; /* the first is held, the others overtake it */
    if (group > 1 && state->tally.requests % group == 1) {
        fault->delay_ms += ZSNMP_SIM_REORDER_MS;
    }
    fault->forge = state->forgeries > 0 ? state->forge : ZSNMP_SIM_FORGE_NOTHING;
}

bool zsnmp_sim_faults_meet(struct zsnmp_sim_faults *self, const struct zsnmp_sim_device *device,
                           const struct zsnmp_sim_now *now, struct zsnmp_sim_fault *fault)
{
    pthread_mutex_lock(&self->lock);
    struct zsnmp_sim_fault_state *state = state_of(self, device, now);
    if (state != NULL) {
        if (state->stale) {
            replay(self, state, device, now);
        }
        meet(state, device, now->uptime_cs, fault);
    }
    pthread_mutex_unlock(&self->lock);
    return state != NULL;
}

/* One less of each disorder that is there for the next N. */
static void use_up(struct zsnmp_sim_spoil *spoil)
{
    for (size_t i = 0; i < ZSNMP_SIM_DISORDERS; i++) {
        spoil->next[i] -= spoil->next[i] > 0 && spoil->next[i] < UINT32_MAX;
    }
}

static void keep_most(uint64_t *most, uint64_t number)
{
    *most = number > *most ? number : *most;
}

void zsnmp_sim_faults_tally(struct zsnmp_sim_faults *self, uint64_t key,
                            const struct zsnmp_sim_tally *more, bool forged, bool spoiled)
{
    pthread_mutex_lock(&self->lock);
    struct zsnmp_sim_fault_state *state = self->slots > 0 ? *find(self, key) : NULL;
    if (state != NULL) {
        struct zsnmp_sim_tally *t = &state->tally;
        t->replies += more->replies;
        t->reports += more->reports;
        t->get += more->get;
        t->getnext += more->getnext;
        t->getbulk += more->getbulk;
        t->set += more->set;
        keep_most(&t->max_repetitions, more->max_repetitions);
        keep_most(&t->max_varbinds, more->max_varbinds);
        if (forged) {
            (void)take_one(&state->forgeries);
        }
        if (spoiled) {
            use_up(&state->fault.disorders.spoil);
        }
    }
    pthread_mutex_unlock(&self->lock);
}

bool zsnmp_sim_faults_look(struct zsnmp_sim_faults *self, uint64_t key,
                           struct zsnmp_sim_tally *tally)
{
    pthread_mutex_lock(&self->lock);
    const struct zsnmp_sim_fault_state *state = self->slots > 0 ? *find(self, key) : NULL;
    if (state != NULL) {
        *tally = state->tally;
    }
    pthread_mutex_unlock(&self->lock);
    return state != NULL;
}
