/*
 * See typed.h.
 */
#include "typed.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"

/* ---- requests ---- */

static void put_packed(zsnmpc_request_t *request, const char *key, const json_t *value)
{
    msgpack_packer *pk = zsnmpc_request_pack(request, key);
    require(pk != NULL);
    value_pack(pk, value);
}

/* Sub-identifiers, where all are; 0: they are not. */
static size_t numbers_of(const json_t *array, uint32_t *oid)
{
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        const json_t *one = json_array_get(array, i);
        if (count > ZSNMPC_OID_MAX || !json_is_integer(one) || json_integer_value(one) < 0 ||
            json_integer_value(one) > UINT32_MAX) {
            return 0;
        }
        oid[i] = (uint32_t)json_integer_value(one);
    }
    return count;
}

/* false: not a list of OIDs that the functions for them take. */
static bool add_oids(zsnmpc_request_t *request, const json_t *oids)
{
    uint32_t oid[ZSNMPC_OID_MAX];
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < json_array_size(oids); i++) {
            const json_t *one = json_array_get(oids, i);
            size_t len = numbers_of(one, oid);
            if (pass == 1 && json_is_string(one)) {
                zsnmpc_request_add_oid(request, json_string_value(one));
            } else if (pass == 1) {
                zsnmpc_request_add_oid_numbers(request, oid, len);
            } else if (!json_is_string(one) && len == 0) {
                return false;
            }
        }
    }
    return json_array_size(oids) > 0;
}

static bool is_simple_setting(const json_t *setting)
{
    json_t *content = NULL;
    const json_t *value = json_array_get(setting, 2);
    const char *form = value_form(value, &content);
    return json_array_size(setting) == 3 && json_is_string(json_array_get(setting, 0)) &&
           json_string_length(json_array_get(setting, 1)) == 1 &&
           (json_is_string(value) || json_is_integer(value) ||
            (form != NULL && strcmp(form, "$ext") != 0));
}

static void add_form(zsnmpc_request_t *request, const char *oid, char type, const json_t *value)
{
    json_t *content = NULL;
    const char *form = value_form(value, &content);
    const char *text = json_string_value(content);
    if (strcmp(form, "$bin") == 0) {
        uint8_t *bytes = malloc(strlen(text) / 2 + 1);
        require(bytes != NULL);
        for (size_t i = 0; i < strlen(text) / 2; i++) {
            unsigned byte = 0;
            require(sscanf(text + 2 * i, "%2x", &byte) == 1);
            bytes[i] = (uint8_t)byte;
        }
        zsnmpc_request_add_set_bytes(request, oid, type, bytes, strlen(text) / 2);
        free(bytes);
    } else if (strcmp(form, "$int") == 0 && text[0] == '-') {
        zsnmpc_request_add_set_int(request, oid, type, strtoll(text, NULL, 10));
    } else if (strcmp(form, "$int") == 0) {
        zsnmpc_request_add_set_uint(request, oid, type, strtoull(text, NULL, 10));
    } else {
        zsnmpc_request_add_set_double(request, oid, type, json_number_value(content));
    }
}

static bool add_settings(zsnmpc_request_t *request, const json_t *settings)
{
    for (size_t i = 0; i < json_array_size(settings); i++) {
        if (!is_simple_setting(json_array_get(settings, i))) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(settings); i++) {
        const json_t *setting = json_array_get(settings, i);
        const char *oid = json_string_value(json_array_get(setting, 0));
        char type = json_string_value(json_array_get(setting, 1))[0];
        const json_t *value = json_array_get(setting, 2);
        if (json_is_string(value)) {
            zsnmpc_request_add_set(request, oid, type, json_string_value(value));
        } else if (json_is_integer(value)) {
            zsnmpc_request_add_set_int(request, oid, type, json_integer_value(value));
        } else {
            add_form(request, oid, type, value);
        }
    }
    return json_array_size(settings) > 0;
}

static bool add_must(zsnmpc_request_t *request, const json_t *keys)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        if (!json_is_string(json_array_get(keys, i))) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(keys); i++) {
        zsnmpc_request_add_must(request, json_string_value(json_array_get(keys, i)));
    }
    return json_array_size(keys) > 0;
}

/* By the function for its kind of value; what none of them takes is packed. */
static void put_key(zsnmpc_request_t *request, const char *key, const json_t *value)
{
    bool list = (strcmp(key, "oids") == 0 && add_oids(request, value)) ||
                (strcmp(key, "set") == 0 && add_settings(request, value)) ||
                (strcmp(key, "must") == 0 && add_must(request, value));
    if (list) {
        return;
    }
    if (json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value)) {
        zsnmpc_request_put_text(request, key, json_string_value(value));
    } else if (json_is_integer(value) && json_integer_value(value) >= 0) {
        zsnmpc_request_put_uint(request, key, (uint64_t)json_integer_value(value));
    } else if (json_is_boolean(value)) {
        zsnmpc_request_put_bool(request, key, json_is_true(value));
    } else {
        put_packed(request, key, value);
    }
}

zsnmpc_request_t *typed_request(const json_t *map)
{
    const char *op = json_string_value(json_object_get(map, "op"));
    const char *key;
    json_t *value;
    if (op == NULL) {
        return NULL;
    }
    zsnmpc_request_t *request =
        zsnmpc_request_new(op, json_string_value(json_object_get(map, "peer")));
    require(request != NULL);
    json_object_foreach((json_t *)(uintptr_t)map, key, value)
    {
        bool is_map_form = strcmp(key, "form") == 0 && json_is_string(value) &&
                           strcmp(json_string_value(value), "map") == 0;
        if (strcmp(key, "id") != 0 && strcmp(key, "op") != 0 && !is_map_form) {
            put_key(request, key, value);
        }
    }
    return request;
}

/* ---- replies ---- */

static json_t *value_of_varbind(const zsnmpc_varbind_t *vb)
{
    switch (vb->type) {
    case ZSNMPC_INTEGER:
    case ZSNMPC_OPAQUE_INT64:
        return value_int(vb->value.i);
    case ZSNMPC_COUNTER32:
    case ZSNMPC_GAUGE32:
    case ZSNMPC_TIMETICKS:
    case ZSNMPC_UINTEGER32:
    case ZSNMPC_COUNTER64:
    case ZSNMPC_OPAQUE_COUNTER64:
    case ZSNMPC_OPAQUE_UINT64:
        return value_uint(vb->value.u);
    case ZSNMPC_OPAQUE_FLOAT:
        return value_real("$f32", vb->value.d);
    case ZSNMPC_OPAQUE_DOUBLE:
        return value_real("$f64", vb->value.d);
    case ZSNMPC_OBJECT_ID:
        return json_string(vb->text);
    case ZSNMPC_IP_ADDRESS:
        if (vb->text[0] != '\0') {
            return json_string(vb->text);
        } /* fall through */
    case ZSNMPC_OCTET_STRING:
    case ZSNMPC_OPAQUE:
    case ZSNMPC_NSAP:
        return value_bytes("$bin", vb->value.bytes.data, vb->value.bytes.len);
    default:
        return json_null();
    }
}

static json_t *varbinds_as_list(const zsnmpc_reply_t *reply)
{
    json_t *list = json_array();
    zsnmpc_varbind_t vb;
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        (void)json_array_append_new(
            list, json_pack("[sio]", vb.oid, (int)vb.type, value_of_varbind(&vb)));
    }
    return list;
}

static json_t *varbinds_as_map(const zsnmpc_reply_t *reply, bool exceptions)
{
    json_t *map = json_object();
    zsnmpc_varbind_t vb;
    for (size_t i = 0; zsnmpc_reply_varbind(reply, i, &vb); i++) {
        json_t *value = value_of_varbind(&vb);
        if (exceptions && vb.type >= ZSNMPC_NO_SUCH_OBJECT) {
            char hex[3];
            (void)snprintf(hex, sizeof(hex), "%02x", vb.type);
            json_decref(value);
            value = json_pack("{s:[is]}", "$ext", 1, hex);
        }
        (void)json_object_set_new(map, vb.oid, value);
    }
    return map;
}

static json_t *error_of(const zsnmpc_error_t *error)
{
    static const char *const sent[] = {"no", "maybe", "yes"};
    return json_pack("{s:i,s:s,s:s,s:i,s:b,s:s}", "code", (int)error->code, "name", error->name,
                     "message", error->message, "index", (int)error->index, "retryable",
                     (int)error->retryable, "sent", sent[error->sent]);
}

/* With several roots as many as were asked for. */
static json_t *next_of(const zsnmpc_reply_t *reply, const json_t *asked)
{
    size_t roots = json_array_size(json_object_get(asked, "oids"));
    json_t *list = json_array();
    if (roots <= 1) {
        json_decref(list);
        return json_string(zsnmpc_reply_next(reply, 0));
    }
    for (size_t i = 0; i < roots; i++) {
        const char *next = zsnmpc_reply_next(reply, i);
        (void)json_array_append_new(list, next != NULL ? json_string(next) : json_null());
    }
    return list;
}

static json_t *quirks_of(const zsnmpc_reply_t *reply)
{
    json_t *list = json_array();
    const char *quirk;
    for (size_t i = 0; (quirk = zsnmpc_reply_quirk(reply, i)) != NULL; i++) {
        (void)json_array_append_new(list, json_string(quirk));
    }
    return list;
}

/* What has an accessor is told by it; the rest is as zsnmpc_reply_get() has it. */
static json_t *key_of(const zsnmpc_reply_t *reply, const char *key, const json_t *asked,
                      const json_t *expected)
{
    if (strcmp(key, "varbinds") == 0) {
        return json_is_array(json_object_get(expected, key))
                   ? varbinds_as_list(reply)
                   : varbinds_as_map(reply, json_is_true(json_object_get(asked, "exceptions")));
    }
    if (strcmp(key, "error") == 0) {
        return error_of(zsnmpc_reply_error(reply));
    }
    if (strcmp(key, "more") == 0) {
        return json_boolean(zsnmpc_reply_more(reply));
    }
    if (strcmp(key, "complete") == 0) {
        return json_boolean(zsnmpc_reply_complete(reply));
    }
    if (strcmp(key, "stop") == 0) {
        return json_string(zsnmpc_reply_stop(reply));
    }
    if (strcmp(key, "next") == 0) {
        return next_of(reply, asked);
    }
    if (strcmp(key, "quirks") == 0) {
        return quirks_of(reply);
    }
    if (strcmp(key, "rtt_us") == 0 || strcmp(key, "tries") == 0) {
        return value_uint(zsnmpc_reply_uint(reply, key));
    }
    if (strcmp(key, "peer") == 0) {
        return json_string(zsnmpc_reply_text(reply, key));
    }
    return value_of(zsnmpc_reply_get(reply, key));
}

json_t *typed_reply(const zsnmpc_reply_t *reply, const json_t *asked, const json_t *expected)
{
    size_t len = 0;
    size_t end = 0;
    msgpack_unpacked whole;
    const void *body = zsnmpc_reply_body(reply, &len);
    json_t *told = json_object();
    if (body == NULL) {
        (void)json_object_set_new(told, "error", error_of(zsnmpc_reply_error(reply)));
        return told;
    }
    msgpack_unpacked_init(&whole);
    require(msgpack_unpack_next(&whole, body, len, &end) == MSGPACK_UNPACK_SUCCESS);
    for (uint32_t i = 0; i < whole.data.via.map.size; i++) {
        char key[64];
        const msgpack_object_str *name = &whole.data.via.map.ptr[i].key.via.str;
        (void)snprintf(key, sizeof(key), "%.*s", (int)name->size, name->ptr);
        if (zsnmpc_reply_get(reply, key) != NULL) {
            (void)json_object_set_new(told, key, key_of(reply, key, asked, expected));
        }
    }
    msgpack_unpacked_destroy(&whole);
    return told;
}
