/*
 * See values.h. Both sides of a comparison are JSON in the notation of the
 * vectors.
 */
#include "values.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define EXACT (INT64_C(1) << 53) /* beyond it integers are written as "$int" */

const char *value_form(const json_t *value, json_t **content)
{
    void *at = json_object_iter((json_t *)(uintptr_t)value);
    if (json_object_size(value) != 1 || json_object_iter_key(at)[0] != '$') {
        return NULL;
    }
    *content = json_object_iter_value(at);
    return json_object_iter_key(at);
}

static bool is_form(const json_t *value, const char *form, json_t **content)
{
    const char *its = value_form(value, content);
    return its != NULL && strcmp(its, form) == 0;
}

/* ---- to MessagePack ---- */

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        require(sscanf(hex + 2 * i, "%2x", &byte) == 1, "%s", hex);
        bytes[i] = (uint8_t)byte;
    }
    return len;
}

static void pack_form(msgpack_packer *pk, const char *form, const json_t *content)
{
    const char *text = json_string_value(content);
    if (strcmp(form, "$bin") == 0) {
        uint8_t *bytes = malloc(strlen(text) / 2 + 1);
        require(bytes != NULL);
        size_t len = from_hex(text, bytes);
        (void)msgpack_pack_bin(pk, len);
        (void)msgpack_pack_bin_body(pk, bytes, len);
        free(bytes);
    } else if (strcmp(form, "$int") == 0 && text[0] == '-') {
        (void)msgpack_pack_int64(pk, strtoll(text, NULL, 10));
    } else if (strcmp(form, "$int") == 0) {
        (void)msgpack_pack_uint64(pk, strtoull(text, NULL, 10));
    } else if (strcmp(form, "$f32") == 0) {
        (void)msgpack_pack_float(pk, (float)json_number_value(content));
    } else if (strcmp(form, "$f64") == 0) {
        (void)msgpack_pack_double(pk, json_number_value(content));
    } else if (strcmp(form, "$ext") == 0) {
        uint8_t bytes[256];
        size_t len = from_hex(json_string_value(json_array_get(content, 1)), bytes);
        (void)msgpack_pack_ext(pk, len, (int8_t)json_integer_value(json_array_get(content, 0)));
        (void)msgpack_pack_ext_body(pk, bytes, len);
    } else {
        require(false, "%s can not be sent", form);
    }
}

static void pack_text(msgpack_packer *pk, const char *text, size_t len)
{
    (void)msgpack_pack_str(pk, len);
    (void)msgpack_pack_str_body(pk, text, len);
}

static void pack_map(msgpack_packer *pk, const json_t *map)
{
    const char *key;
    json_t *one;
    (void)msgpack_pack_map(pk, json_object_size(map));
    json_object_foreach((json_t *)(uintptr_t)map, key, one)
    {
        pack_text(pk, key, strlen(key));
        value_pack(pk, one);
    }
}

static void pack_array(msgpack_packer *pk, const json_t *array)
{
    (void)msgpack_pack_array(pk, json_array_size(array));
    for (size_t i = 0; i < json_array_size(array); i++) {
        value_pack(pk, json_array_get(array, i));
    }
}

void value_pack(msgpack_packer *pk, const json_t *value)
{
    json_t *content = NULL;
    const char *form = value_form(value, &content);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        if (form != NULL) {
            pack_form(pk, form, content);
        } else {
            pack_map(pk, value);
        }
        break;
    case JSON_ARRAY:
        pack_array(pk, value);
        break;
    case JSON_STRING:
        pack_text(pk, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        (void)msgpack_pack_int64(pk, json_integer_value(value));
        break;
    case JSON_TRUE:
        (void)msgpack_pack_true(pk);
        break;
    case JSON_FALSE:
        (void)msgpack_pack_false(pk);
        break;
    case JSON_NULL:
        (void)msgpack_pack_nil(pk);
        break;
    case JSON_REAL:
        require(false, "a real is written as $f32 or $f64");
    }
}

/* ---- from MessagePack ---- */

json_t *value_bytes(const char *form, const void *data, size_t len)
{
    char *hex = malloc(2 * len + 1);
    require(hex != NULL);
    hex[0] = '\0';
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
    }
    json_t *value = json_pack("{s:s}", form, hex);
    free(hex);
    return value;
}

json_t *value_uint(uint64_t value)
{
    char text[24];
    if (value <= EXACT) {
        return json_integer((json_int_t)value);
    }
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    return json_pack("{s:s}", "$int", text);
}

json_t *value_int(int64_t value)
{
    char text[24];
    if (value >= -EXACT) {
        return value >= 0 ? value_uint((uint64_t)value) : json_integer(value);
    }
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    return json_pack("{s:s}", "$int", text);
}

json_t *value_real(const char *form, double value)
{
    json_t *real = json_real(value); /* NULL: JSON has no such number */
    return json_pack("{s:o}", form, real != NULL ? real : json_string("none"));
}

static json_t *value_ext(const msgpack_object_ext *ext)
{
    json_t *bytes = value_bytes("$bin", ext->ptr, ext->size);
    json_t *hex = json_incref(json_object_get(bytes, "$bin"));
    json_decref(bytes);
    return json_pack("{s:[io]}", "$ext", (int)ext->type, hex);
}

static json_t *value_map(const msgpack_object_map *map)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key;
        char text[2048];
        require(key->type == MSGPACK_OBJECT_STR && key->via.str.size < sizeof(text));
        memcpy(text, key->via.str.ptr, key->via.str.size);
        text[key->via.str.size] = '\0';
        (void)json_object_set_new(object, text, value_of(&map->ptr[i].val));
    }
    return object;
}

json_t *value_of(const msgpack_object *object)
{
    json_t *array;
    switch (object->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return json_boolean(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return value_uint(object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return value_int(object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
        return value_real("$f32", object->via.f64);
    case MSGPACK_OBJECT_FLOAT64:
        return value_real("$f64", object->via.f64);
    case MSGPACK_OBJECT_STR:
        return json_stringn_nocheck(object->via.str.ptr, object->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return value_bytes("$bin", object->via.bin.ptr, object->via.bin.size);
    case MSGPACK_OBJECT_EXT:
        return value_ext(&object->via.ext);
    case MSGPACK_OBJECT_MAP:
        return value_map(&object->via.map);
    case MSGPACK_OBJECT_ARRAY:
        array = json_array();
        for (uint32_t i = 0; i < object->via.array.size; i++) {
            (void)json_array_append_new(array, value_of(&object->via.array.ptr[i]));
        }
        return array;
    default:
        return json_null();
    }
}

/* ---- comparing ---- */

static char *wrong(const json_t *pattern, const json_t *value, const char *what)
{
    char *left = json_dumps(pattern, JSON_ENCODE_ANY | JSON_COMPACT);
    char *right = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    char *text = NULL;
    require(asprintf(&text, "%s %.300s instead of %.300s", what, right, left) >= 0);
    free(left);
    free(right);
    return text;
}

/* Integers of both ends: their sign and how far they are from 0. */
struct integer {
    bool negative;
    uint64_t far;
};

static struct integer integer_of(const json_t *value)
{
    json_t *content = NULL;
    if (is_form(value, "$int", &content)) {
        const char *text = json_string_value(content);
        bool negative = text[0] == '-';
        return (struct integer){negative, strtoull(text + (negative ? 1 : 0), NULL, 10)};
    }
    json_int_t number = json_integer_value(value);
    return (struct integer){number < 0, number < 0 ? -(uint64_t)number : (uint64_t)number};
}

/* Below 0, 0 or above, as the left is less, equal or more. */
static int compare(const json_t *left, const json_t *right)
{
    struct integer a = integer_of(left);
    struct integer b = integer_of(right);
    if (a.negative != b.negative) {
        return a.negative ? -1 : 1;
    }
    int further = (a.far > b.far) - (a.far < b.far);
    return a.negative ? -further : further;
}

static bool is_number(const json_t *value)
{
    json_t *content = NULL;
    return json_is_integer(value) || is_form(value, "$int", &content);
}

static bool is_kind(const char *kind, const json_t *value)
{
    json_t *content = NULL;
    const char *form = value_form(value, &content);
    return strcmp(kind, "any") == 0 ||
           (strcmp(kind, "uint") == 0 && is_number(value) && !integer_of(value).negative) ||
           (strcmp(kind, "str") == 0 && json_is_string(value)) ||
           (strcmp(kind, "bool") == 0 && json_is_boolean(value)) ||
           (strcmp(kind, "array") == 0 && json_is_array(value)) ||
           (strcmp(kind, "nil") == 0 && json_is_null(value)) ||
           (strcmp(kind, "map") == 0 && json_is_object(value) && form == NULL);
}

/* Every key of the pattern; `only`: and no other. */
static char *map_mismatch(const json_t *pattern, const json_t *value, bool only)
{
    const char *key;
    json_t *one;
    json_t *content = NULL;
    size_t there = 0;
    char *why = NULL;
    if (!is_kind("map", value)) {
        return wrong(pattern, value, "a map:");
    }
    json_object_foreach((json_t *)(uintptr_t)pattern, key, one)
    {
        const json_t *got = json_object_get(value, key);
        bool may = is_form(one, "$may", &content);
        there += got != NULL ? 1 : 0;
        if (got == NULL && !may) {
            return wrong(pattern, value, key);
        }
        why = got != NULL ? value_mismatch(may ? content : one, got) : NULL;
        if (why != NULL) {
            return why;
        }
    }
    return only && there != json_object_size(value) ? wrong(pattern, value, "other keys:") : NULL;
}

static char *array_mismatch(const json_t *pattern, const json_t *value)
{
    char *why = NULL;
    if (!json_is_array(value) || json_array_size(value) != json_array_size(pattern)) {
        return wrong(pattern, value, "an array:");
    }
    for (size_t i = 0; why == NULL && i < json_array_size(pattern); i++) {
        why = value_mismatch(json_array_get(pattern, i), json_array_get(value, i));
    }
    return why;
}

static char *form_mismatch(const char *form, json_t *content, const json_t *pattern,
                           const json_t *value)
{
    bool good = false;
    json_t *other = NULL;
    if (strcmp(form, "$any") == 0) {
        good = is_kind(json_string_value(content), value);
    } else if (strcmp(form, "$has") == 0) {
        return map_mismatch(content, value, false);
    } else if (strcmp(form, "$uint") == 0) {
        good = is_number(value) && compare(value, json_array_get(content, 0)) >= 0 &&
               compare(value, json_array_get(content, 1)) <= 0;
    } else if (strcmp(form, "$int") == 0) {
        good = is_number(value) && compare(value, pattern) == 0;
    } else if (strcmp(form, "$f32") == 0) {
        good = is_form(value, form, &other) &&
               (float)json_number_value(other) == (float)json_number_value(content);
    } else if (strcmp(form, "$f64") == 0) {
        good =
            is_form(value, form, &other) && json_number_value(other) == json_number_value(content);
    } else {
        good = json_equal(pattern, value);
    }
    return good ? NULL : wrong(pattern, value, "value");
}

char *value_mismatch(const json_t *pattern, const json_t *value)
{
    json_t *content = NULL;
    const char *form = value_form(pattern, &content);
    if (form != NULL) {
        return form_mismatch(form, content, pattern, value);
    }
    if (json_is_object(pattern)) {
        return map_mismatch(pattern, value, true);
    }
    if (json_is_array(pattern)) {
        return array_mismatch(pattern, value);
    }
    return json_equal(pattern, value) ? NULL : wrong(pattern, value, "value");
}
