/*
 * One message to a call: collects the keys of its map, then applies a table of
 * rules to them. Texts of errors are static and never quote what was sent.
 */
#include "decode.h"

#include <stddef.h>

#include "base/names.h"
#include "base/setval.h"

#define ID_BYTES_MAX 64u        /* of an id that is a string */
#define ROOM_MIN 128u           /* memory of a request beyond what its message suggests */
#define ROOM_MAX (64u * 1024)   /* the first chunk; more comes as it is needed */
#define ROOM_FACTOR 4u          /* a sub-identifier takes 4 bytes and at least one in a message */
#define ENGINE_ID_MIN 5u        /* bytes, RFC 3411 section 5 */
#define UNSIGNED_MAX UINT32_MAX /* where nothing but its type bounds a number */

_Static_assert(ID_BYTES_MAX + 2 == ZSNMP_ID_MAX, "an id and the head of the longest");

/* How the value of a key is read. */
enum rule {
    SPECIAL, /* by code of its own, before there is a request */
    LATER,   /* known, and refused: a feature that is not built yet */
    BOOLEAN,
    NUMBER,   /* uint32_t from min to max */
    STRING,   /* min to max bytes */
    ENGINE,   /* an engine id, as bytes or hexadecimal text */
    NAMED,    /* uint8_t by a parser of names */
    VERSION,  /* a name, or a number */
    FORM,     /* map or list */
    PRIORITY, /* the default alone, for now */
    OIDS,
    SETTINGS
};

typedef bool parse_name(const char *name, size_t len, uint8_t *number);

struct key {
    const char *name;
    const char *fault; /* what to say where the value is not what it must be */
    parse_name *parse;
    uint32_t min;
    uint32_t max;
    uint16_t offset; /* in struct zsnmp_request */
    uint8_t len;     /* of the name */
    uint8_t rule;
};

#define AT(member) offsetof(struct zsnmp_request, member)

/* X(name, rule, offset, min, max, parser, fault), sorted by the length of the name. */
#define KEYS(X)                                                                                    \
    X(id, SPECIAL, 0, 0, 0, NULL, "id: neither an unsigned number nor a string of up to 64 bytes") \
    X(op, SPECIAL, 0, 0, 0, NULL, "op: not a string")                                              \
    X(set, SETTINGS, 0, 0, 0, NULL, "set: not an array of [oid, type, value]")                     \
    X(bulk, BOOLEAN, AT(walk_bulk), 0, 0, NULL, "bulk: not a boolean")                             \
    X(form, FORM, 0, 0, 0, NULL, "form: neither map nor list")                                     \
    X(must, SPECIAL, 0, 0, 0, NULL, "must: not an array of strings")                               \
    X(oids, OIDS, 0, 0, 0, NULL, "oids: not an array of OIDs, or empty")                           \
    X(peer, STRING, AT(peer), 1, ZSNMP_PEER_MAX, NULL, "peer: not a string of 1 to 280 bytes")     \
    X(sort, SPECIAL, 0, 0, 0, NULL, "sort: unknown order")                                         \
    X(user, STRING, AT(creds.user), 1, ZSNMP_USER_MAX, NULL,                                       \
      "user: not a string of 1 to 32 bytes")                                                       \
    X(level, NAMED, AT(creds.level), 0, 0, zsnmp_level_parse, "level: unknown")                    \
    X(limit, NUMBER, AT(limit), 0, UNSIGNED_MAX, NULL, "limit: not an unsigned number in range")   \
    X(stream, LATER, 0, 0, 0, NULL, "stream: not supported yet")                                   \
    X(target, SPECIAL, 0, 0, 0, NULL, "target: not the id of a request")                           \
    X(timing, BOOLEAN, AT(timing), 0, 0, NULL, "timing: not a boolean")                            \
    X(context, STRING, AT(context), 0, ZSNMP_CONTEXT_MAX, NULL,                                    \
      "context: not a string of up to 255 bytes")                                                  \
    X(profile, LATER, 0, 0, 0, NULL, "profile: not supported yet")                                 \
    X(retries, NUMBER, AT(retries), 0, ZSNMP_RETRIES_MAX, NULL,                                    \
      "retries: not an unsigned number up to 100")                                                 \
    X(version, VERSION, AT(creds.version), 0, 0, zsnmp_version_parse,                              \
      "version: neither 1, 2c nor 3")                                                              \
    X(priority, PRIORITY, 0, 0, 0, NULL, "priority: not an unsigned number from 0 to 7")           \
    X(auth_pass, STRING, AT(creds.auth_pass), ZSNMP_PASS_MIN, ZSNMP_PASS_MAX, NULL,                \
      "auth_pass: not a string of 8 to 255 bytes")                                                 \
    X(community, STRING, AT(creds.community), 0, ZSNMP_COMMUNITY_MAX, NULL,                        \
      "community: not a string of up to 255 bytes")                                                \
    X(engine_id, ENGINE, AT(creds.engine_id), 0, 0, NULL,                                          \
      "engine_id: neither 5 to 32 bytes nor hexadecimal")                                          \
    X(priv_pass, STRING, AT(creds.priv_pass), ZSNMP_PASS_MIN, ZSNMP_PASS_MAX, NULL,                \
      "priv_pass: not a string of 8 to 255 bytes")                                                 \
    X(auth_proto, NAMED, AT(creds.auth_proto), 0, 0, zsnmp_auth_parse, "auth_proto: unknown")      \
    X(exceptions, BOOLEAN, AT(exceptions), 0, 0, NULL, "exceptions: not a boolean")                \
    X(priv_proto, NAMED, AT(creds.priv_proto), 0, 0, zsnmp_priv_parse, "priv_proto: unknown")      \
    X(timeout_ms, NUMBER, AT(timeout_ms), 1, ZSNMP_TIMEOUT_MS_MAX, NULL,                           \
      "timeout_ms: not an unsigned number from 1 to 600000")                                       \
    X(deadline_ms, NUMBER, AT(deadline_ms), 0, ZSNMP_DEADLINE_MS_MAX, NULL,                        \
      "deadline_ms: not an unsigned number up to 86400000")                                        \
    X(non_repeaters, NUMBER, AT(non_repeaters), 0, ZSNMP_REPETITIONS_MAX, NULL,                    \
      "non_repeaters: not an unsigned number up to 65535")                                         \
    X(max_repetitions, NUMBER, AT(max_repetitions), 0, ZSNMP_REPETITIONS_MAX, NULL,                \
      "max_repetitions: not an unsigned number up to 65535")                                       \
    X(context_engine_id, ENGINE, AT(context_engine_id), 0, 0, NULL,                                \
      "context_engine_id: neither 5 to 32 bytes nor hexadecimal")

enum {
#define KEY_ENUM(name, rule, offset, min, max, parse, fault) KEY_##name,
    KEYS(KEY_ENUM)
#undef KEY_ENUM
        KEY_COUNT
};

static const struct key keys[KEY_COUNT] = {
#define KEY_ROW(name, rule, offset, min, max, parse, fault)                                        \
    {#name, fault, parse, min, max, offset, sizeof #name - 1, rule},
    KEYS(KEY_ROW)
#undef KEY_ROW
};

_Static_assert(KEY_COUNT <= 64, "one bit each");

/* A message as its keys, before anything is made of it. */
struct fields {
    const uint8_t *end;
    uint64_t seen;  /* bit i: key i was there */
    uint64_t given; /* bit i: and its value, which is in values[i], is not nil */
    struct zsnmp_mp_token values[KEY_COUNT];
};

static bool has(const struct fields *self, size_t key)
{
    return (self->given >> key & 1) != 0;
}

static bool is_string(const struct zsnmp_mp_token *token)
{
    return token->type == ZSNMP_MP_STR || token->type == ZSNMP_MP_BIN;
}

static zsnmp_err_t refuse(const char **why, zsnmp_err_t err, const char *text)
{
    *why = text;
    return err;
}

/* ---- collecting ---- */

/* The place of a key in the table; KEY_COUNT: unknown. */
static size_t find_key(const struct zsnmp_mp_token *name)
{
    for (size_t i = 0; i < KEY_COUNT && keys[i].len <= name->len; i++) {
        if (keys[i].len == name->len && keys[i].name[0] == (char)name->data[0] &&
            memcmp(keys[i].name, name->data, name->len) == 0) {
            return i;
        }
    }
    return KEY_COUNT;
}

/* Goes through the whole map even after a fault, so that its id is found. */
static zsnmp_err_t collect(struct fields *self, const uint8_t *data, size_t len, const char **why)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token map;
    self->end = reader.end;
    self->seen = self->given = 0;
    if (!zsnmp_mp_next(&reader, &map) || map.type != ZSNMP_MP_MAP) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, "body: neither a map nor an array of maps");
    }
    const char *fault = map.len > ZSNMP_WIRE_KEYS_MAX ? "body: too many keys" : NULL;
    for (uint32_t i = 0; i < map.len; i++) {
        struct zsnmp_mp_token name;
        struct zsnmp_mp_token value;
        if (!zsnmp_mp_whole(&reader, &name) || !zsnmp_mp_whole(&reader, &value)) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, "body: not MessagePack, or cut off");
        }
        size_t key = is_string(&name) ? find_key(&name) : KEY_COUNT;
        uint64_t bit = key < KEY_COUNT ? UINT64_C(1) << key : 0;
        if (!is_string(&name)) {
            fault = "body: a key is not a string";
        } else if ((self->seen & bit) != 0) {
            fault = "body: a key is there twice";
        } else if (bit != 0) {
            self->values[key] = value;
            self->seen |= bit;
            /* A key whose value is nil counts as absent. */
            self->given |= value.type == ZSNMP_MP_NIL ? 0 : bit;
        }
    }
    return fault == NULL ? ZSNMP_OK : refuse(why, ZSNMP_E_BAD_REQUEST, fault);
}

/* Encodes an id anew in its shortest form, so that equal ids are equal bytes. */
static bool read_id(const struct zsnmp_mp_token *token, uint8_t *id, size_t *len)
{
    struct zsnmp_buf out = {.data = id, .cap = ZSNMP_ID_MAX, .max = ZSNMP_ID_MAX};
    if (token->type == ZSNMP_MP_UINT) {
        zsnmp_mp_put_uint(&out, token->value.u);
    } else if (!is_string(token) || token->len > ID_BYTES_MAX) {
        return false;
    } else if (token->type == ZSNMP_MP_STR) {
        zsnmp_mp_put_strn(&out, (const char *)token->data, token->len);
    } else {
        zsnmp_mp_put_bin(&out, token->data, token->len);
    }
    *len = out.len;
    return true;
}

static zsnmp_err_t check_must(const struct fields *self, const char **why)
{
    const struct zsnmp_mp_token *must = &self->values[KEY_must];
    if (!has(self, KEY_must)) {
        return ZSNMP_OK;
    }
    if (must->type != ZSNMP_MP_ARRAY) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_must].fault);
    }
    struct zsnmp_mp_reader reader = {must->data, self->end};
    for (uint32_t i = 0; i < must->len; i++) {
        struct zsnmp_mp_token name;
        if (!zsnmp_mp_next(&reader, &name) || !is_string(&name)) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_must].fault);
        }
        size_t key = find_key(&name);
        if (key == KEY_COUNT || keys[key].rule == LATER) {
            return refuse(why, ZSNMP_E_UNSUPPORTED, "must: names a key that is not supported");
        }
    }
    return ZSNMP_OK;
}

/* ---- rules ---- */

static zsnmp_err_t apply_number(uint32_t *to, const struct key *key,
                                const struct zsnmp_mp_token *token)
{
    if (token->type != ZSNMP_MP_UINT || token->value.u < key->min || token->value.u > key->max) {
        return ZSNMP_E_BAD_REQUEST;
    }
    *to = (uint32_t)token->value.u;
    return ZSNMP_OK;
}

static zsnmp_err_t apply_engine(struct zsnmp_request *request, struct zsnmp_str *to,
                                const struct zsnmp_mp_token *token)
{
    uint8_t bytes[ZSNMP_ENGINE_ID_MAX * 2 + 2];
    size_t len = token->len;
    if (!is_string(token) || len > sizeof bytes) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (token->type == ZSNMP_MP_BIN) {
        memcpy(bytes, token->data, len);
    } else if (!zsnmp_hex_parse((const char *)token->data, token->len, bytes, &len)) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (len < ENGINE_ID_MIN || len > ZSNMP_ENGINE_ID_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    return zsnmp_request_copy(request, to, bytes, len);
}

static zsnmp_err_t apply_version(uint8_t *to, const struct zsnmp_mp_token *token)
{
    if (token->type == ZSNMP_MP_UINT && token->value.u <= 9) {
        char digit = (char)('0' + token->value.u);
        return zsnmp_version_parse(&digit, 1, to) ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
    }
    bool ok = is_string(token) && zsnmp_version_parse((const char *)token->data, token->len, to);
    return ok ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}

static zsnmp_err_t apply_priority(const struct zsnmp_mp_token *token, const char **why)
{
    if (token->type != ZSNMP_MP_UINT || token->value.u > ZSNMP_PRIORITY_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    /* An option that is taken and does nothing would be a lie. */
    return token->value.u == ZSNMP_PRIORITY_DEFAULT
               ? ZSNMP_OK
               : refuse(why, ZSNMP_E_UNSUPPORTED, "priority: only 4 is supported yet");
}

static zsnmp_err_t apply_form(uint8_t *form, const struct zsnmp_mp_token *token)
{
    if (zsnmp_mp_is(token, "list")) {
        *form = ZSNMP_FORM_LIST;
        return ZSNMP_OK;
    }
    return zsnmp_mp_is(token, "map") ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}

static zsnmp_err_t apply(struct zsnmp_decode *self, const struct key *key,
                         const struct zsnmp_mp_token *token)
{
    void *to = (char *)self->request + key->offset;
    switch ((enum rule)key->rule) {
    case LATER:
        return ZSNMP_E_UNSUPPORTED;
    case BOOLEAN:
        if (token->type != ZSNMP_MP_BOOL) {
            return ZSNMP_E_BAD_REQUEST;
        }
        *(bool *)to = token->value.b;
        return ZSNMP_OK;
    case NUMBER:
        return apply_number(to, key, token);
    case STRING:
        if (!is_string(token) || token->len < key->min || token->len > key->max) {
            return ZSNMP_E_BAD_REQUEST;
        }
        return zsnmp_request_copy(self->request, to, token->data, token->len);
    case ENGINE:
        return apply_engine(self->request, to, token);
    case NAMED:
        return is_string(token) && key->parse((const char *)token->data, token->len, to)
                   ? ZSNMP_OK
                   : ZSNMP_E_BAD_REQUEST;
    case VERSION:
        return apply_version(to, token);
    case FORM:
        return apply_form(&self->request->form, token);
    case PRIORITY:
        return apply_priority(token, self->why);
    case OIDS:
        return zsnmp_decode_oids(self, token);
    case SETTINGS:
        return zsnmp_decode_set(self, token);
    case SPECIAL:
        break;
    }
    return ZSNMP_OK;
}

/* ---- calls ---- */

static zsnmp_err_t fill(struct zsnmp_decode *self, const struct fields *fields)
{
    for (uint64_t left = fields->given; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        zsnmp_err_t err = apply(self, &keys[i], &fields->values[i]);
        if (err != ZSNMP_OK) {
            bool own = *self->why == NULL && err != ZSNMP_E_INTERNAL;
            *self->why = own ? keys[i].fault : *self->why;
            return err;
        }
    }
    /* Who names a user and no version means version 3. */
    if (!has(fields, KEY_version) && has(fields, KEY_user)) {
        self->request->creds.version = ZSNMP_V3;
    }
    return ZSNMP_OK;
}

/* The peer of a message that is refused; only what is safe to say again. */
static void note_peer(const struct fields *fields, struct zsnmp_wire_call *call)
{
    const struct zsnmp_mp_token *token = &fields->values[KEY_peer];
    if (!has(fields, KEY_peer) || !is_string(token) || token->len > ZSNMP_PEER_MAX) {
        return;
    }
    for (uint32_t i = 0; i < token->len; i++) {
        if (token->data[i] <= ' ' || token->data[i] > '~') {
            return;
        }
    }
    call->peer = (struct zsnmp_str){(const char *)token->data, token->len};
}

static zsnmp_err_t decode_snmp(const struct fields *fields, zsnmp_op_t op, size_t len,
                               struct zsnmp_wire_call *call, const char **why)
{
    note_peer(fields, call);
    size_t room = len < ROOM_MAX / ROOM_FACTOR ? ROOM_MIN + len * ROOM_FACTOR : ROOM_MAX;
    struct zsnmp_request *request = zsnmp_request_alloc(room);
    if (request == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    request->op = (uint8_t)op;
    request->form = ZSNMP_FORM_MAP;
    struct zsnmp_decode decode = {.end = fields->end, .request = request, .why = why};
    zsnmp_err_t err = fill(&decode, fields);
    call->error_index = decode.index;
    if (err == ZSNMP_OK) {
        err = zsnmp_request_check(request, why);
        call->error_index = request->reply.error_index;
    }
    if (err == ZSNMP_OK && call->id_len > 0) {
        err = zsnmp_request_copy(request, &request->id, call->id, call->id_len);
    }
    if (err != ZSNMP_OK) {
        zsnmp_request_free(request);
        return err;
    }
    call->request = request;
    return ZSNMP_OK;
}

static zsnmp_err_t decode_devices(const struct fields *fields, struct zsnmp_wire_call *call,
                                  const char **why)
{
    static const char *const orders[] = {
        [ZSNMP_SORT_PEER] = "peer",         [ZSNMP_SORT_REQUESTS] = "requests",
        [ZSNMP_SORT_TIMEOUTS] = "timeouts", [ZSNMP_SORT_RTT] = "rtt",
        [ZSNMP_SORT_QUEUED] = "queued",     [ZSNMP_SORT_LAST_SEEN] = "last_seen",
    };
    call->limit = ZSNMP_WIRE_DEVICES_DEFAULT;
    if (has(fields, KEY_limit)) {
        const struct zsnmp_mp_token *limit = &fields->values[KEY_limit];
        if (limit->type != ZSNMP_MP_UINT || limit->value.u == 0 ||
            limit->value.u > ZSNMP_WIRE_DEVICES_MAX) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_limit].fault);
        }
        call->limit = (uint32_t)limit->value.u;
    }
    if (!has(fields, KEY_sort)) {
        return ZSNMP_OK;
    }
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (zsnmp_mp_is(&fields->values[KEY_sort], orders[i])) {
            call->sort = (enum zsnmp_device_sort)i;
            return ZSNMP_OK;
        }
    }
    return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_sort].fault);
}

static zsnmp_err_t decode_cancel(const struct fields *fields, struct zsnmp_wire_call *call,
                                 const char **why)
{
    if (!has(fields, KEY_target) ||
        !read_id(&fields->values[KEY_target], call->target, &call->target_len)) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_target].fault);
    }
    return ZSNMP_OK;
}

static const struct {
    const char *name;
    enum zsnmp_wire_kind kind;
    zsnmp_op_t op;
} ops[] = {
    {"get", ZSNMP_WIRE_SNMP, ZSNMP_GET},
    {"walk", ZSNMP_WIRE_SNMP, ZSNMP_WALK},
    {"get_next", ZSNMP_WIRE_SNMP, ZSNMP_GET_NEXT},
    {"get_bulk", ZSNMP_WIRE_SNMP, ZSNMP_GET_BULK},
    {"set", ZSNMP_WIRE_SNMP, ZSNMP_SET},
    {"ping", ZSNMP_WIRE_PING, 0},
    {"info", ZSNMP_WIRE_INFO, 0},
    {"devices", ZSNMP_WIRE_DEVICES, 0},
    {"cancel", ZSNMP_WIRE_CANCEL, 0},
};

static zsnmp_err_t decode_op(const struct fields *fields, size_t len, struct zsnmp_wire_call *call,
                             const char **why)
{
    const struct zsnmp_mp_token *name = &fields->values[KEY_op];
    if (!has(fields, KEY_op)) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, "op: missing");
    }
    if (!is_string(name)) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_op].fault);
    }
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (!zsnmp_mp_is(name, ops[i].name)) {
            continue;
        }
        call->kind = ops[i].kind;
        switch (call->kind) {
        case ZSNMP_WIRE_SNMP:
            return decode_snmp(fields, ops[i].op, len, call, why);
        case ZSNMP_WIRE_DEVICES:
            return decode_devices(fields, call, why);
        case ZSNMP_WIRE_CANCEL:
            return decode_cancel(fields, call, why);
        default:
            return ZSNMP_OK;
        }
    }
    return refuse(why, ZSNMP_E_UNSUPPORTED, "op: unknown");
}

/* All but the bytes of the ids, whose lengths count. */
static void reset(struct zsnmp_wire_call *call)
{
    call->kind = (enum zsnmp_wire_kind)0;
    call->id_len = call->target_len = 0;
    call->request = NULL;
    call->limit = call->error_index = 0;
    call->sort = ZSNMP_SORT_PEER;
    call->peer = (struct zsnmp_str){NULL, 0};
}

zsnmp_err_t zsnmp_wire_decode(const uint8_t *data, size_t len, struct zsnmp_wire_call *call,
                              const char **why)
{
    struct fields fields;
    reset(call);
    *why = NULL;
    zsnmp_err_t err = collect(&fields, data, len, why);
    if (has(&fields, KEY_id) && !read_id(&fields.values[KEY_id], call->id, &call->id_len) &&
        err == ZSNMP_OK) {
        err = refuse(why, ZSNMP_E_BAD_REQUEST, keys[KEY_id].fault);
    }
    if (err == ZSNMP_OK) {
        err = check_must(&fields, why);
    }
    return err == ZSNMP_OK ? decode_op(&fields, len, call, why) : err;
}
