/*
 * Actions that spoil requests, replies and walks. Nearly all of them write one number into struct
 * zsnmp_sim_disorders; each knows "off".
 */
#include "sim/action.h"
#include "sim/agent.h"

#include <stddef.h>
#include <string.h>

#define COPIES_MAX 1000
#define LONG_VALUE_MAX 64000
#define ROW_DEFAULT 2

/* ---- values ---- */

static bool is_off(const char *text)
{
    return strcmp(text, "off") == 0;
}

static bool parse_between(struct zsnmp_sim_call *call, const char *text, uint64_t min, uint64_t max)
{
    return is_off(text) ||
           (zsnmp_sim_to_number(text, strlen(text), max, &call->number) && call->number >= min);
}

/* A limit that may be 0, which off is not. */
static bool parse_limit(struct zsnmp_sim_call *call, const char *text)
{
    if (is_off(text)) {
        return true;
    }
    bool ok = zsnmp_sim_to_number(text, strlen(text), INT32_MAX, &call->number);
    call->number++;
    return ok;
}

static bool parse_next(struct zsnmp_sim_call *call, const char *text)
{
    call->other = 1; /* said by a value, be it 0 */
    return parse_between(call, text, 1, UINT32_MAX - 1);
}

static bool parse_copies(struct zsnmp_sim_call *call, const char *text)
{
    call->other = 1;
    return parse_between(call, text, 1, COPIES_MAX);
}

static bool parse_reorder(struct zsnmp_sim_call *call, const char *text)
{
    return parse_between(call, text, 1, COPIES_MAX);
}

static bool parse_size(struct zsnmp_sim_call *call, const char *text)
{
    return parse_between(call, text, ZSNMP_SIM_MESSAGE_MIN, ZSNMP_SIM_MESSAGE_MAX);
}

static bool parse_long(struct zsnmp_sim_call *call, const char *text)
{
    return parse_between(call, text, 1, LONG_VALUE_MAX);
}

/* The place of a word in a list that ends with NULL; -1: it is not there. */
static int find_word(const char *const *list, const char *text, size_t len)
{
    for (int i = 0; list[i] != NULL; i++) {
        if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0) {
            return i;
        }
    }
    return -1;
}

static bool parse_types(struct zsnmp_sim_call *call, const char *text)
{
    static const char *const types[] = {"get", "getnext", "getbulk", "set", NULL};
    if (is_off(text)) {
        return true;
    }
    for (;;) {
        size_t len = strcspn(text, ",");
        int type = find_word(types, text, len);
        if (type < 0) {
            return false;
        }
        call->number |= 1u << type;
        if (text[len] == '\0') {
            return true;
        }
        text += len + 1;
    }
}

static bool parse_source(struct zsnmp_sim_call *call, const char *text)
{
    static const char *const kinds[] = {"off", "port", "address", NULL};
    int kind = find_word(kinds, text, strlen(text));
    call->number = kind > 0 ? (uint64_t)kind : ZSNMP_SIM_SOURCE_OWN;
    return kind >= 0;
}

/* NAME or a number, and the index. */
static bool parse_error(struct zsnmp_sim_call *call, const char *text)
{
    static const char *const names[] = {/* RFC 3416 section 3, from 0 on */
                                        "noError",
                                        "tooBig",
                                        "noSuchName",
                                        "badValue",
                                        "readOnly",
                                        "genErr",
                                        "noAccess",
                                        "wrongType",
                                        "wrongLength",
                                        "wrongEncoding",
                                        "wrongValue",
                                        "noCreation",
                                        "inconsistentValue",
                                        "resourceUnavailable",
                                        "commitFailed",
                                        "undoFailed",
                                        "authorizationError",
                                        "notWritable",
                                        "inconsistentName",
                                        NULL};
    size_t len = strcspn(text, ":");
    int status = find_word(names, text, len);
    call->len = is_off(text) ? 0 : 1;
    if (call->len == 0) {
        return true;
    }
    if (status >= 0) {
        call->number = (uint64_t)status;
    } else if (!zsnmp_sim_to_number(text, len, INT32_MAX, &call->number)) {
        return false;
    }
    return text[len] == '\0' ||
           zsnmp_sim_to_number(text + len + 1, strlen(text + len + 1), INT32_MAX, &call->other);
}

/* KIND, or KIND:ROW where the kind has one. */
static bool parse_walk(struct zsnmp_sim_call *call, const char *text)
{
    static const char *const kinds[] = {
        "off",    "same",      "loop",   "decrease",   "swap",        "endless", "stop",
        "silent", "early-end", "no-end", "exceptions", "out-of-tree", NULL};
    size_t len = strcspn(text, ":");
    int kind = find_word(kinds, text, len);
    if (kind < 0) {
        return false;
    }
    call->number = (uint64_t)kind;
    call->other = ROW_DEFAULT;
    if (text[len] == '\0') {
        return true;
    }
    return kind != ZSNMP_SIM_WALK_SOUND && kind != ZSNMP_SIM_WALK_NO_END &&
           zsnmp_sim_to_number(text + len + 1, strlen(text + len + 1), INT32_MAX, &call->other) &&
           call->other > 0;
}

/* ---- what is done ---- */

static void do_field(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    (void)at_cs;
    uint32_t number = (uint32_t)call->number;
    memcpy((uint8_t *)&state->fault.disorders + call->action->field, &number, sizeof number);
}

/* Without a value: from now on, always. */
static void do_next(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    struct zsnmp_sim_call always = *call;
    if (call->other == 0) {
        always.number = UINT32_MAX;
    }
    do_field(state, &always, at_cs);
}

static void do_duplicate(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                         uint64_t at_cs)
{
    (void)at_cs;
    state->fault.disorders.copies = call->other == 0 ? 2 : (uint32_t)call->number;
}

static void do_error(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                     uint64_t at_cs)
{
    struct zsnmp_sim_spoil *spoil = &state->fault.disorders.spoil;
    (void)at_cs;
    spoil->is_error = (uint32_t)call->len;
    spoil->error_status = (uint32_t)call->number;
    spoil->error_index = (uint32_t)call->other;
}

static void do_walk(struct zsnmp_sim_fault_state *state, const struct zsnmp_sim_call *call,
                    uint64_t at_cs)
{
    (void)at_cs;
    state->fault.disorders.walk = (uint32_t)call->number;
    state->fault.disorders.walk_row = (uint32_t)call->other;
}

#define FIELD(name) do_field, offsetof(struct zsnmp_sim_disorders, name)
#define NEXT(name, kind)                                                                           \
    {                                                                                              \
        name, "[=N|off]", parse_next, true, do_next,                                               \
            offsetof(struct zsnmp_sim_disorders, spoil.next[kind])                                 \
    }

static const struct zsnmp_sim_action actions[] = {
    {"duplicate", "[=N|off]", parse_copies, true, do_duplicate, 0},
    {"reorder", "=N|off", parse_reorder, false, FIELD(reorder)},
    {"source", "=port|address|off", parse_source, false, FIELD(spoil.source)},
    {"silent", "=TYPES|off", parse_types, false, FIELD(limits.silent)},
    {"bulk-silent-above", "=N|off", parse_limit, false, FIELD(limits.bulk_silent)},
    {"bulk-toobig-above", "=N|off", parse_limit, false, FIELD(limits.bulk_too_big)},
    {"varbinds-max", "=N|off", parse_limit, false, FIELD(limits.varbinds_too_big)},
    {"varbinds-generr-above", "=N|off", parse_limit, false, FIELD(limits.varbinds_gen_err)},
    {"varbinds-silent-above", "=N|off", parse_limit, false, FIELD(limits.varbinds_silent)},
    {"varbinds-cut", "=N|off", parse_limit, false, FIELD(limits.varbinds_cut)},
    {"max-size", "=BYTES|off", parse_size, false, FIELD(max_size)},
    {"walk", "=KIND[:ROW]|off", parse_walk, false, do_walk, 0},
    {"only", "=TYPES|off", parse_types, false, FIELD(only)},
    {"error", "=NAME|NUMBER[:INDEX]|off", parse_error, false, do_error, 0},
    NEXT("empty", ZSNMP_SIM_SPOIL_EMPTY),
    NEXT("extra-varbind", ZSNMP_SIM_SPOIL_EXTRA),
    NEXT("missing-varbind", ZSNMP_SIM_SPOIL_MISSING),
    NEXT("wrong-name", ZSNMP_SIM_SPOIL_NAME),
    NEXT("wrong-type", ZSNMP_SIM_SPOIL_TYPE),
    NEXT("empty-value", ZSNMP_SIM_SPOIL_NO_VALUE),
    NEXT("overlong-value", ZSNMP_SIM_SPOIL_OVERLONG),
    {"long-value", "=BYTES|off", parse_long, false, FIELD(spoil.long_value)},
    NEXT("wrong-id", ZSNMP_SIM_SPOIL_ID),
    NEXT("wrong-request-id", ZSNMP_SIM_SPOIL_REQUEST_ID),
    NEXT("wrong-version", ZSNMP_SIM_SPOIL_VERSION),
    NEXT("wrong-community", ZSNMP_SIM_SPOIL_COMMUNITY),
    {"truncate", "=BYTES|off", parse_limit, false, FIELD(spoil.truncate)},
    NEXT("garbage", ZSNMP_SIM_SPOIL_GARBAGE),
    NEXT("garbage-before", ZSNMP_SIM_SPOIL_GARBAGE_BEFORE),
    NEXT("stranger-report", ZSNMP_SIM_SPOIL_STRANGER),
};

size_t zsnmp_sim_spoil_actions(const struct zsnmp_sim_action **all)
{
    *all = actions;
    return sizeof actions / sizeof actions[0];
}
