/*
 * The table of keys and the first pass over a message; see decode_keys.h. Must
 * know nothing of what a key means beyond its row.
 */
#include "decode_keys.h"

#include "base/bytes.h"

const struct zsnmp_key zsnmp_keys[ZSNMP_KEY_COUNT] = {
#define KEY_ROW(name, rule, offset, min, max, parse, fault)                                        \
    {#name, fault, parse, min, max, offset, sizeof #name - 1, rule},
    ZSNMP_KEYS(KEY_ROW)
#undef KEY_ROW
};

_Static_assert(ZSNMP_KEY_COUNT <= 64, "one bit each");

static zsnmp_err_t refuse(const char **why, zsnmp_err_t err, const char *text)
{
    *why = text;
    return err;
}

static bool is_key(const struct zsnmp_mp_token *name, size_t i)
{
    return zsnmp_keys[i].len == name->len &&
           zsnmp_bytes_equal(zsnmp_keys[i].name, name->data, name->len);
}

/* The place of a key in the table; ZSNMP_KEY_COUNT: unknown. */
static size_t search_key(const struct zsnmp_mp_token *name)
{
    for (size_t i = 0; i < ZSNMP_KEY_COUNT && zsnmp_keys[i].len <= name->len; i++) {
        if (is_key(name, i)) {
            return i;
        }
    }
    return ZSNMP_KEY_COUNT;
}

/*
 * Programs send their keys in the same order each time. So the key that came
 * behind another one last time, in any message of this thread, is tried first.
 */
static _Thread_local uint8_t followers[ZSNMP_KEY_COUNT + 1];

static size_t find_key(const struct zsnmp_mp_token *name, uint8_t *guess)
{
    if (is_key(name, *guess)) {
        return *guess;
    }
    size_t key = search_key(name);
    if (key < ZSNMP_KEY_COUNT) {
        *guess = (uint8_t)key;
    }
    return key;
}

zsnmp_err_t zsnmp_fields_collect(struct zsnmp_fields *self, const uint8_t *data, size_t len,
                                 const char **why)
{
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(data, len);
    struct zsnmp_mp_token map;
    self->end = NULL;
    self->seen = self->given = 0;
    if (!zsnmp_mp_next(&reader, &map) || map.type != ZSNMP_MP_MAP) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, "body: neither a map nor an array of maps");
    }
    const char *fault = map.len > ZSNMP_WIRE_KEYS_MAX ? "body: too many keys" : NULL;
    uint8_t *guesses = followers;
    size_t last = ZSNMP_KEY_COUNT;
    for (uint32_t i = 0; i < map.len; i++) {
        struct zsnmp_mp_token name;
        struct zsnmp_mp_token value;
        if (!zsnmp_mp_whole(&reader, &name) || !zsnmp_mp_whole(&reader, &value)) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, "body: not MessagePack, or cut off");
        }
        size_t key = zsnmp_mp_is_string(&name) ? find_key(&name, &guesses[last]) : ZSNMP_KEY_COUNT;
        last = key;
        uint64_t bit = key < ZSNMP_KEY_COUNT ? UINT64_C(1) << key : 0;
        if (!zsnmp_mp_is_string(&name)) {
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
    self->end = reader.at;
    return fault == NULL ? ZSNMP_OK : refuse(why, ZSNMP_E_BAD_REQUEST, fault);
}

zsnmp_err_t zsnmp_fields_check_must(const struct zsnmp_fields *self, const char **why)
{
    const struct zsnmp_mp_token *must = &self->values[ZSNMP_KEY_must];
    if (!zsnmp_fields_has(self, ZSNMP_KEY_must)) {
        return ZSNMP_OK;
    }
    if (must->type != ZSNMP_MP_ARRAY) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_must].fault);
    }
    struct zsnmp_mp_reader reader = {must->data, self->end};
    for (uint32_t i = 0; i < must->len; i++) {
        struct zsnmp_mp_token name;
        if (!zsnmp_mp_next(&reader, &name) || !zsnmp_mp_is_string(&name)) {
            return refuse(why, ZSNMP_E_BAD_REQUEST, zsnmp_keys[ZSNMP_KEY_must].fault);
        }
        size_t key = search_key(&name);
        if (key == ZSNMP_KEY_COUNT || zsnmp_keys[key].rule == RULE_LATER) {
            return refuse(why, ZSNMP_E_UNSUPPORTED, "must: names a key that is not supported");
        }
    }
    return ZSNMP_OK;
}
