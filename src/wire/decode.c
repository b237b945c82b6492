/*
 * One message to a call: applies to each key of its map the rule that the table
 * of keys has for it. Texts of errors are static and never quote what was sent.
 */
#include "decode.h"
#include "base/setval.h"
#include "decode_keys.h"

#define ID_BYTES_MAX 64u                /* of an id that is a string */
#define HEX_MAX (3 * ZSNMP_KEY_MAX + 2) /* text of the longest bytes, with separators */
#define ROOM_MIN 128u                   /* memory of a request beyond what its message suggests */
#define ROOM_MAX (64u * 1024)           /* the first chunk; more comes as it is needed */
#define ROOM_FACTOR 2u /* a sub-identifier takes 4 bytes, and two characters in most messages */

_Static_assert(ID_BYTES_MAX + 2 == ZSNMP_ID_MAX, "an id and the head of the longest");

static zsnmp_err_t refuse(const char **why, zsnmp_err_t err, const char *text)
{
    *why = text;
    return err;
}

bool zsnmp_decode_id(const struct zsnmp_mp_token *token, uint8_t *id, size_t *len)
{
    struct zsnmp_buf out = {.data = id, .cap = ZSNMP_ID_MAX, .max = ZSNMP_ID_MAX};
    if (token->type == ZSNMP_MP_UINT) {
        zsnmp_mp_put_uint(&out, token->value.u);
    } else if (!zsnmp_mp_is_string(token) || token->len > ID_BYTES_MAX) {
        return false;
    } else if (token->type == ZSNMP_MP_STR) {
        zsnmp_mp_put_strn(&out, (const char *)token->data, token->len);
    } else {
        zsnmp_mp_put_bin(&out, token->data, token->len);
    }
    *len = out.len;
    return true;
}

/* ---- rules ---- */

static zsnmp_err_t apply_number(uint32_t *to, const struct zsnmp_key *key,
                                const struct zsnmp_mp_token *token)
{
    if (token->type != ZSNMP_MP_UINT || token->value.u < key->min || token->value.u > key->max) {
        return ZSNMP_E_BAD_REQUEST;
    }
    *to = (uint32_t)token->value.u;
    return ZSNMP_OK;
}

static zsnmp_err_t apply_bytes(struct zsnmp_request *request, struct zsnmp_str *to,
                               const struct zsnmp_key *key, const struct zsnmp_mp_token *token)
{
    uint8_t bytes[HEX_MAX];
    size_t len = token->len;
    if (!zsnmp_mp_is_string(token) || len > sizeof bytes) {
        return ZSNMP_E_BAD_REQUEST;
    }
    if (token->type == ZSNMP_MP_BIN) {
        memcpy(bytes, token->data, len);
    } else if (!zsnmp_hex_parse((const char *)token->data, token->len, bytes, &len)) {
        return ZSNMP_E_BAD_REQUEST;
    }
    zsnmp_err_t err = len < key->min || len > key->max
                          ? ZSNMP_E_BAD_REQUEST
                          : zsnmp_request_copy(request, to, bytes, len);
    explicit_bzero(bytes, sizeof bytes); /* it may have been a key */
    return err;
}

static zsnmp_err_t apply_version(uint8_t *to, const struct zsnmp_mp_token *token)
{
    if (token->type == ZSNMP_MP_UINT && token->value.u <= 9) {
        char digit = (char)('0' + token->value.u);
        return zsnmp_version_parse(&digit, 1, to) ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
    }
    bool ok =
        zsnmp_mp_is_string(token) && zsnmp_version_parse((const char *)token->data, token->len, to);
    return ok ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}

static zsnmp_err_t apply_priority(uint8_t *priority, const struct zsnmp_mp_token *token)
{
    if (token->type != ZSNMP_MP_UINT || token->value.u > ZSNMP_PRIORITY_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    *priority = (uint8_t)token->value.u;
    return ZSNMP_OK;
}

static zsnmp_err_t apply_form(uint8_t *form, const struct zsnmp_mp_token *token)
{
    if (zsnmp_mp_is(token, "list")) {
        *form = ZSNMP_FORM_LIST;
        return ZSNMP_OK;
    }
    return zsnmp_mp_is(token, "map") ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}

static zsnmp_err_t apply(struct zsnmp_decode *self, const struct zsnmp_key *key,
                         const struct zsnmp_mp_token *token)
{
    void *to = (char *)self->request + key->offset;
    switch ((enum zsnmp_key_rule)key->rule) {
    case RULE_LATER:
        return ZSNMP_E_UNSUPPORTED;
    case RULE_BOOLEAN:
        if (token->type != ZSNMP_MP_BOOL) {
            return ZSNMP_E_BAD_REQUEST;
        }
        *(bool *)to = token->value.b;
        return ZSNMP_OK;
    case RULE_NUMBER:
        return apply_number(to, key, token);
    case RULE_STRING:
        if (!zsnmp_mp_is_string(token) || token->len < key->min || token->len > key->max) {
            return ZSNMP_E_BAD_REQUEST;
        }
        return zsnmp_request_copy(self->request, to, token->data, token->len);
    case RULE_BYTES:
        return apply_bytes(self->request, to, key, token);
    case RULE_NAMED:
        return zsnmp_mp_is_string(token) && key->parse((const char *)token->data, token->len, to)
                   ? ZSNMP_OK
                   : ZSNMP_E_BAD_REQUEST;
    case RULE_VERSION:
        return apply_version(to, token);
    case RULE_FORM:
        return apply_form(&self->request->form, token);
    case RULE_PRIORITY:
        return apply_priority(&self->request->priority, token);
    case RULE_OIDS:
        return zsnmp_decode_oids(self, token);
    case RULE_START:
        return zsnmp_decode_start(self, token);
    case RULE_SETTINGS:
        return zsnmp_decode_set(self, token);
    case RULE_SPECIAL:
        break;
    }
    return ZSNMP_OK;
}

/* ---- calls ---- */

/* Memory of a request beside itself, by the length of its message. */
static size_t room_of(size_t len)
{
    return len < ROOM_MAX / ROOM_FACTOR ? ROOM_MIN + len * ROOM_FACTOR : ROOM_MAX;
}

static zsnmp_err_t fill(struct zsnmp_decode *self, const struct zsnmp_fields *fields)
{
    for (uint64_t left = fields->given; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        zsnmp_err_t err = apply(self, &zsnmp_keys[i], &fields->values[i]);
        if (err != ZSNMP_OK) {
            bool own = *self->why == NULL && err != ZSNMP_E_INTERNAL;
            *self->why = own ? zsnmp_keys[i].fault : *self->why;
            return err;
        }
    }
    /* Who names a user and no version means version 3. */
    if (!zsnmp_fields_has(fields, ZSNMP_KEY_version) && zsnmp_fields_has(fields, ZSNMP_KEY_user)) {
        self->request->creds.version = ZSNMP_V3;
    }
    return ZSNMP_OK;
}

/* The peer of a message that is refused; only what is safe to say again. */
static void note_peer(const struct zsnmp_fields *fields, struct zsnmp_wire_call *call)
{
    const struct zsnmp_mp_token *token = &fields->values[ZSNMP_KEY_peer];
    if (!zsnmp_fields_has(fields, ZSNMP_KEY_peer) || !zsnmp_mp_is_string(token) ||
        token->len > ZSNMP_PEER_MAX) {
        return;
    }
    for (uint32_t i = 0; i < token->len; i++) {
        if (token->data[i] <= ' ' || token->data[i] > '~') {
            return;
        }
    }
    call->peer = (struct zsnmp_str){(const char *)token->data, token->len};
}

static zsnmp_err_t decode_snmp(const struct zsnmp_fields *fields, zsnmp_op_t op,
                               struct zsnmp_wire_call *call, const char **why)
{
    struct zsnmp_request *request = zsnmp_request_alloc(room_of(call->size));
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

static zsnmp_err_t decode_devices(const struct zsnmp_fields *fields, struct zsnmp_wire_call *call,
                                  const char **why)
{
    static const char *const orders[] = {
        [ZSNMP_SORT_PEER] = "peer",         [ZSNMP_SORT_REQUESTS] = "requests",
        [ZSNMP_SORT_TIMEOUTS] = "timeouts", [ZSNMP_SORT_RTT] = "rtt",
        [ZSNMP_SORT_QUEUED] = "queued",     [ZSNMP_SORT_LAST_SEEN] = "last_seen",
    };
    call->limit = ZSNMP_WIRE_DEVICES_DEFAULT;
    if (zsnmp_fields_has(fields, ZSNMP_KEY_limit)) {
        const struct zsnmp_mp_token *limit = &fields->values[ZSNMP_KEY_limit];
        if (limit->type != ZSNMP_MP_UINT || limit->value.u == 0 ||
            limit->value.u > ZSNMP_WIRE_DEVICES_MAX) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_limit].fault);
        }
        call->limit = (uint32_t)limit->value.u;
    }
    if (!zsnmp_fields_has(fields, ZSNMP_KEY_sort)) {
        return ZSNMP_OK;
    }
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (zsnmp_mp_is(&fields->values[ZSNMP_KEY_sort], orders[i])) {
            call->sort = (enum zsnmp_device_sort)i;
            return ZSNMP_OK;
        }
    }
    return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_sort].fault);
}

static zsnmp_err_t decode_cancel(const struct zsnmp_fields *fields, struct zsnmp_wire_call *call,
                                 const char **why)
{
    if (!zsnmp_fields_has(fields, ZSNMP_KEY_target) ||
        !zsnmp_decode_id(&fields->values[ZSNMP_KEY_target], call->target, &call->target_len)) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_target].fault);
    }
    return ZSNMP_OK;
}

struct op {
    const char *name;
    enum zsnmp_wire_kind kind;
    zsnmp_op_t op;
};

static const struct op ops[] = {
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

/* NULL: none, or one that is not known. */
static const struct op *find_op(const struct zsnmp_fields *fields)
{
    for (size_t i = 0; i < sizeof ops / sizeof ops[0] && zsnmp_fields_has(fields, ZSNMP_KEY_op);
         i++) {
        if (zsnmp_mp_is(&fields->values[ZSNMP_KEY_op], ops[i].name)) {
            return &ops[i];
        }
    }
    return NULL;
}

static zsnmp_err_t refuse_op(const struct zsnmp_fields *fields, const char **why)
{
    if (!zsnmp_fields_has(fields, ZSNMP_KEY_op)) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, "op: missing");
    }
    if (!zsnmp_mp_is_string(&fields->values[ZSNMP_KEY_op])) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_op].fault);
    }
    return refuse(why, ZSNMP_E_UNSUPPORTED, "op: unknown");
}

static zsnmp_err_t decode_op(const struct zsnmp_fields *fields, const struct op *op,
                             struct zsnmp_wire_call *call, const char **why)
{
    if (op == NULL) {
        return refuse_op(fields, why);
    }
    call->kind = op->kind;
    switch (op->kind) {
    case ZSNMP_WIRE_SNMP:
        return decode_snmp(fields, op->op, call, why);
    case ZSNMP_WIRE_DEVICES:
        return decode_devices(fields, call, why);
    case ZSNMP_WIRE_CANCEL:
        return decode_cancel(fields, call, why);
    default:
        return ZSNMP_OK;
    }
}

void zsnmp_wire_call_reset(struct zsnmp_wire_call *call)
{
    call->kind = (enum zsnmp_wire_kind)0;
    call->size = 0;
    call->id_len = call->target_len = 0;
    call->request = NULL;
    call->limit = call->error_index = 0;
    call->sort = ZSNMP_SORT_PEER;
    call->peer = (struct zsnmp_str){NULL, 0};
}

zsnmp_err_t zsnmp_wire_decode(const uint8_t *data, size_t len, bool full,
                              struct zsnmp_wire_call *call, const char **why)
{
    struct zsnmp_fields fields;
    zsnmp_wire_call_reset(call);
    *why = NULL;
    zsnmp_err_t err = zsnmp_fields_collect(&fields, data, len, why);
    call->size = fields.end == NULL ? 0 : (size_t)(fields.end - data);
    if (zsnmp_fields_has(&fields, ZSNMP_KEY_id) &&
        !zsnmp_decode_id(&fields.values[ZSNMP_KEY_id], call->id, &call->id_len) &&
        err == ZSNMP_OK) {
        err = refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_id].fault);
    }
    if (err == ZSNMP_OK) {
        err = zsnmp_fields_check_must(&fields, why);
    }
    const struct op *op = find_op(&fields);
    bool is_snmp = op != NULL && op->kind == ZSNMP_WIRE_SNMP;
    if (err == ZSNMP_OK) {
        err = full && is_snmp ? ZSNMP_E_QUEUE_FULL : decode_op(&fields, op, call, why);
    }
    if (err != ZSNMP_OK && is_snmp) {
        note_peer(&fields, call);
    }
    return err;
}
