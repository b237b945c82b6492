/*
 * Rules: a line taken apart into a selector and actions, and what each action does to a device. A
 * further action is a row of a table and a function; see action.h for where the tables are, and
 * docs/SIMULATOR.md for what actions mean.
 */
#include "sim/action.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MAX 16
#define RATE_MAX 1e6
#define DELAY_MAX_MS 600000

struct zsnmp_sim_rule {
    struct zsnmp_sim_addresses selector;
    bool all;
    uint64_t at_cs;
    size_t count;
    struct zsnmp_sim_call call[ACTIONS_MAX];
};

/* ---- values ---- */

bool zsnmp_sim_to_number(const char *text, size_t len, uint64_t max, uint64_t *number)
{
    char digits[24];
    char *end = NULL;
    if (len == 0 || len >= sizeof digits || text[0] < '0' || text[0] > '9') {
        return false;
    }
    memcpy(digits, text, len);
    digits[len] = '\0';
    errno = 0;
    *number = strtoull(digits, &end, 10);
    return errno == 0 && *end == '\0' && *number <= max;
}

static bool to_real(const char *text, double max, double *real)
{
    char *end = NULL;
    errno = 0;
    *real = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *real >= 0 && *real <= max;
}

static bool parse_31(struct zsnmp_sim_call *call, const char *text)
{
    return zsnmp_sim_to_number(text, strlen(text), INT32_MAX, &call->number);
}

static bool parse_count(struct zsnmp_sim_call *call, const char *text)
{
    return zsnmp_sim_to_number(text, strlen(text), UINT32_MAX, &call->number);
}

static bool parse_after(struct zsnmp_sim_call *call, const char *text)
{
    return strncmp(text, "after:", 6) == 0 && parse_count(call, text + 6) && call->number > 0;
}

static bool parse_rate(struct zsnmp_sim_call *call, const char *text)
{
    if (strcmp(text, "frozen") == 0) {
        call->real = 0;
        return true;
    }
    return to_real(text, RATE_MAX, &call->real);
}

static bool parse_percent(struct zsnmp_sim_call *call, const char *text)
{
    return to_real(text, 100, &call->real);
}

static bool parse_delay(struct zsnmp_sim_call *call, const char *text)
{
    size_t len = strcspn(text, "+");
    return zsnmp_sim_to_number(text, len, DELAY_MAX_MS, &call->number) &&
           (text[len] == '\0' || zsnmp_sim_to_number(text + len + 1, strlen(text + len + 1),
                                                     DELAY_MAX_MS, &call->other));
}

static bool parse_engine_id(struct zsnmp_sim_call *call, const char *text)
{
    size_t len = strlen(text);
    if (strcmp(text, "own") == 0) {
        return true;
    }
    if (len < 10 || len > 2 * sizeof call->bytes || len % 2 != 0 ||
        strspn(text, "0123456789abcdefABCDEF") != len) {
        return false;
    }
    for (call->len = 0; call->len < len / 2; call->len++) {
        char pair[3] = {text[2 * call->len], text[2 * call->len + 1], '\0'};
        call->bytes[call->len] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static bool parse_user(struct zsnmp_sim_call *call, const char *text)
{
    call->user = zsnmp_sim_user_new(text);
    if (call->user == NULL) {
        return false;
    }
    memcpy(call->name, call->user->name, sizeof call->name);
    return true;
}

static bool parse_name(struct zsnmp_sim_call *call, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len >= sizeof call->name) {
        return false;
    }
    memcpy(call->name, text, len + 1);
    return true;
}

static bool parse_forgery(struct zsnmp_sim_call *call, const char *text)
{
    static const char *const kinds[] = {
        "off",
        "unsupportedSecLevel",
        "notInTimeWindow",
        "unknownUserName",
        "unknownEngineID",
        "wrongDigest",
        "decryptionError",
    };
    size_t len = strcspn(text, ":");
    call->other = UINT64_MAX;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i]) == len && memcmp(kinds[i], text, len) == 0) {
            call->number = i;
            return text[len] == '\0' ||
                   (i > 0 && zsnmp_sim_to_number(text + len + 1, strlen(text + len + 1), UINT32_MAX,
                                                 &call->other));
        }
    }
    return false;
}

/* ---- what is done ---- */

double zsnmp_sim_fault_state_time(const struct zsnmp_sim_fault_state *state, uint64_t uptime_cs)
{
    double passed = (double)uptime_cs - (double)state->time_at_cs;
    return state->time + passed / 100 * state->rate;
}

static void set_time(struct zsnmp_sim_fault_state *state, double seconds, uint64_t at_cs)
{
    state->time = seconds;
    state->time_at_cs = at_cs;
}

void zsnmp_sim_fault_state_reboot(struct zsnmp_sim_fault_state *state, uint64_t uptime_cs)
{
    state->boots += state->boots < INT32_MAX; /* it stays there (RFC 3414 section 2.2.2) */
    set_time(state, 0, uptime_cs);
    state->fault.restarted = true;
    state->fault.started_cs = uptime_cs;
    state->reboot_after = 0;
}

static void do_reboot(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                      uint64_t at_cs)
{
    if (call->number > 0) {
        state->reboot_after = call->number + 1; /* the one behind them finds it rebooted */
    } else {
        zsnmp_sim_fault_state_reboot(state, at_cs);
    }
}

static void do_boots(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)at_cs;
    state->boots = (int32_t)call->number;
}

static void do_time(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    set_time(state, (double)call->number, at_cs);
}

static void do_clock(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    set_time(state, zsnmp_sim_fault_state_time(state, at_cs), at_cs);
    state->rate = call->real;
}

static void do_engine_id(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                         uint64_t at_cs)
{
    struct zsnmp_sim_fault *fault = &state->fault;
    (void)at_cs;
    if (call->len == 0) {
        fault->engine_id_len = zsnmp_sim_engine_id(state->key, fault->engine_id);
    } else {
        memcpy(fault->engine_id, call->bytes, call->len);
        fault->engine_id_len = call->len;
    }
}

/* A name that is there already is replaced; beyond the last place nothing happens. */
static void do_user(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    struct zsnmp_sim_fault *fault = &state->fault;
    size_t i = 0;
    (void)at_cs;
    while (i < fault->users && strcmp(fault->user[i].name, call->name) != 0) {
        i++;
    }
    if (i == ZSNMP_SIM_OWN_USERS_MAX) {
        return;
    }
    fault->user[i].name = call->name;
    fault->user[i].user = call->user;
    fault->users += i == fault->users;
}

static void do_forge(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)at_cs;
    state->forge = (enum zsnmp_sim_forgery)call->number;
    state->forgeries = call->other;
}

static void do_silent_decrypt(struct zsnmp_sim_fault_state *state,
                              const struct zsnmp_sim_call *call, uint64_t at_cs)
{
    (void)call;
    (void)at_cs;
    state->fault.silent_decrypt = true;
}

static void do_dead(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    (void)call;
    (void)at_cs;
    state->dead = true;
}

static void do_alive(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)call;
    (void)at_cs;
    state->dead = false;
}

static void do_drop(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    (void)at_cs;
    state->drops = call->number;
}

static void do_drop_replies(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                            uint64_t at_cs)
{
    (void)at_cs;
    state->losses = call->number;
}

static void do_loss(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    (void)at_cs;
    state->loss = call->real;
}

static void do_delay(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)at_cs;
    state->fault.delay_ms = (uint32_t)call->number;
    state->jitter_ms = (uint32_t)call->other;
}

static void do_count(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)call;
    (void)at_cs;
    state->tally = (struct zsnmp_sim_tally){0};
}

/* The caller makes the device a sound one; see zsnmp_sim_rule_apply(). */
static void do_clear(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)state;
    (void)call;
    (void)at_cs;
}

static const struct zsnmp_sim_action actions[] = {
    {"reboot", "[=after:N]", parse_after, true, do_reboot, 0},
    {"boots", "=N", parse_31, false, do_boots, 0},
    {"time", "=N", parse_31, false, do_time, 0},
    {"clock", "=frozen|RATE", parse_rate, false, do_clock, 0},
    {"engine-id", "=HEX|own", parse_engine_id, false, do_engine_id, 0},
    {"user", "=SPEC", parse_user, false, do_user, 0},
    {"no-user", "=NAME", parse_name, false, do_user, 0},
    {"forge", "=KIND[:N]|off", parse_forgery, false, do_forge, 0},
    {"silent-decrypt", "", NULL, true, do_silent_decrypt, 0},
    {"dead", "", NULL, true, do_dead, 0},
    {"alive", "", NULL, true, do_alive, 0},
    {"drop", "=N", parse_count, false, do_drop, 0},
    {"drop-replies", "=N", parse_count, false, do_drop_replies, 0},
    {"loss", "=PERCENT", parse_percent, false, do_loss, 0},
    {"delay", "=MS[+JITTER]", parse_delay, false, do_delay, 0},
    {"count", "", NULL, true, do_count, 0},
    {"clear", "", NULL, true, do_clear, 0},
};

/* Both tables, one after the other; NULL behind the last. */
static const struct zsnmp_sim_action *nth_action(size_t i)
{
    const struct zsnmp_sim_action *more = NULL;
    size_t count = sizeof actions / sizeof actions[0];
    if (i < count) {
        return &actions[i];
    }
    return i - count < zsnmp_sim_spoil_actions(&more) ? &more[i - count] : NULL;
}

void zsnmp_sim_rule_help(FILE *to)
{
    const struct zsnmp_sim_action *action = NULL;
    for (size_t i = 0; (action = nth_action(i)) != NULL; i++) {
        (void)fprintf(to, " %s%s", action->name, action->form);
    }
}

/* ---- lines ---- */

static bool fail(char *error, const char *what, const char *word)
{
    (void)snprintf(error, ZSNMP_SIM_RULE_ERROR_MAX, "%s: %.100s", what, word);
    return false;
}

static bool parse_action(struct zsnmp_sim_call *call, const char *word, char *error)
{
    size_t len = strcspn(word, "=");
    const char *value = word[len] == '=' ? word + len + 1 : NULL;
    const struct zsnmp_sim_action *action = NULL;
    for (size_t i = 0; (action = nth_action(i)) != NULL; i++) {
        if (strlen(action->name) != len || memcmp(action->name, word, len) != 0) {
            continue;
        }
        call->action = action;
        bool ok =
            value == NULL ? action->bare : action->parse != NULL && action->parse(call, value);
        /* A pass phrase is not repeated. */
        return ok || fail(error, "wrong value", call->action->name);
    }
    return fail(error, "no such action", word);
}

static bool parse_actions(struct zsnmp_sim_rule *self, char *words, char *error)
{
    char *save = NULL;
    for (char *w = strtok_r(words, " \t", &save); w != NULL; w = strtok_r(NULL, " \t", &save)) {
        if (self->count == ACTIONS_MAX) {
            return fail(error, "too many actions", w);
        }
        if (!parse_action(&self->call[self->count++], w, error)) {
            return false;
        }
    }
    for (size_t i = 0; self->count > 1 && i < self->count; i++) {
        if (self->call[i].action->apply == do_clear) {
            return fail(error, "clear stands alone", "other actions go into a rule of their own");
        }
    }
    return self->count > 0 || fail(error, "no action", "a rule is SELECTOR: ACTION …");
}

static bool parse_line(struct zsnmp_sim_rule *self, char *line, char *error)
{
    char *colon = strstr(line, ": ");
    if (colon == NULL) {
        return fail(error, "neither a rule (SELECTOR: ACTION …) nor a command", line);
    }
    *colon = '\0';
    char *selector = line + strspn(line, " \t");
    self->all = strcmp(selector, "*") == 0;
    if (!self->all && !zsnmp_sim_addresses_parse(&self->selector, selector, false)) {
        return fail(error, "no selector", selector);
    }
    return parse_actions(self, colon + 2, error);
}

struct zsnmp_sim_rule *zsnmp_sim_rule_new(const char *line, uint64_t uptime_cs,
                                          char error[ZSNMP_SIM_RULE_ERROR_MAX])
{
    char copy[ZSNMP_SIM_RULE_MAX];
    size_t len = strcspn(line, "\r\n");
    struct zsnmp_sim_rule *self = calloc(1, sizeof *self);
    if (self == NULL || len >= sizeof copy) {
        fail(error, self == NULL ? "out of memory" : "line too long", "");
        zsnmp_sim_rule_destroy(&self);
        return NULL;
    }
    memcpy(copy, line, len);
    copy[len] = '\0';
    self->at_cs = uptime_cs;
    if (!parse_line(self, copy, error)) {
        zsnmp_sim_rule_destroy(&self);
    }
    return self;
}

void zsnmp_sim_rule_destroy(struct zsnmp_sim_rule **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        zsnmp_sim_user_destroy(&(*self)->call[i].user);
    }
    free(*self);
    *self = NULL;
}

bool zsnmp_sim_rule_names(const struct zsnmp_sim_rule *self, uint64_t key)
{
    return self->all || zsnmp_sim_addresses_have(&self->selector, key);
}

bool zsnmp_sim_rule_has_users(const struct zsnmp_sim_rule *self)
{
    bool has = false;
    for (size_t i = 0; i < self->count; i++) {
        has = has || self->call[i].action->apply == do_user;
    }
    return has;
}

bool zsnmp_sim_rule_clears_all(const struct zsnmp_sim_rule *self)
{
    return self->all && self->count == 1 && self->call[0].action->apply == do_clear;
}

bool zsnmp_sim_rule_apply(const struct zsnmp_sim_rule *self, struct zsnmp_sim_fault_state *state)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct zsnmp_sim_call *call = &self->call[i];
        if (call->action->apply == do_clear) {
            return false;
        }
        call->action->apply(state, call, self->at_cs);
    }
    return true;
}

void zsnmp_sim_fault_state_init(struct zsnmp_sim_fault_state *state,
                                const struct zsnmp_sim_device *device, int32_t boots, int32_t time)
{
    *state =
        (struct zsnmp_sim_fault_state){.key = device->key, .boots = boots, .time = time, .rate = 1};
    state->fault.engine_id_len = zsnmp_sim_engine_id(device->key, state->fault.engine_id);
}
