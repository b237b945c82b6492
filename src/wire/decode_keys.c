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

/* The keys as nearly every program encodes them: a short string. */
static const struct encoded {
    uint8_t size;
    uint8_t head;
    char name[22];
} encoded[ZSNMP_KEY_COUNT] = {
#define KEY_ENCODED(name, rule, offset, min, max, parse, fault)                                    \
    {sizeof #name, 0xa0u | (sizeof #name - 1), #name},
    ZSNMP_KEYS(KEY_ENCODED)
#undef KEY_ENCODED
};

_Static_assert(ZSNMP_KEY_COUNT <= 64, "one bit each");

static zsnmp_err_t refuse(const char **why, zsnmp_err_t err, const char *text)
{
    *why = text;
    return err;
}

/* The place of a key in the table; ZSNMP_KEY_COUNT: unknown, or no string. */
static size_t search_key(const struct zsnmp_mp_token *name)
{
    if (!zsnmp_mp_is_string(name)) {
        return ZSNMP_KEY_COUNT;
    }
    for (size_t i = 0; i < ZSNMP_KEY_COUNT && zsnmp_keys[i].len <= name->len; i++) {
        if (zsnmp_keys[i].len == name->len &&
            zsnmp_bytes_equal(zsnmp_keys[i].name, name->data, name->len)) {
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

/* Behind a key that is the one guessed; NULL: it is another. */
static inline const uint8_t *behind_key(const uint8_t *at, const uint8_t *end, size_t guess)
{
    const struct encoded *key = &encoded[guess];
    bool same = (size_t)(end - at) >= key->size && zsnmp_bytes_equal(&key->head, at, key->size);
    return same ? at + key->size : NULL;
}

/* A key whose value is nil counts as absent. */
static inline void note(struct zsnmp_fields *self, size_t key, const struct zsnmp_mp_token *value)
{
    uint64_t bit = UINT64_C(1) << key;
    self->seen |= bit;
    if (value->type != ZSNMP_MP_NIL) {
        self->given |= bit;
    }
}

/*
 * A pair whose key is not the one guessed, or there for the second time. *fault is set where it
 * should not be there at all. NULL: malformed.
 */
static const uint8_t *take_other(struct zsnmp_fields *self, const uint8_t *at, const uint8_t *end,
                                 uint8_t **guess, const char **fault)
{
    struct zsnmp_mp_token name;
    struct zsnmp_mp_token value;
    at = zsnmp_mp_take_whole(at, end, &name);
    at = at != NULL ? zsnmp_mp_take_whole(at, end, &value) : NULL;
    if (at == NULL) {
        return NULL;
    }
    size_t key = search_key(&name);
    uint64_t bit = key < ZSNMP_KEY_COUNT ? UINT64_C(1) << key : 0;
    if (!zsnmp_mp_is_string(&name)) {
        *fault = "body: a key is not a string";
    } else if ((self->seen & bit) != 0) {
        *fault = "body: a key is there twice";
    } else if (bit != 0) {
        **guess = (uint8_t)key;
        self->values[key] = value;
        note(self, key, &value);
    }
    *guess = &followers[key];
    return at;
}

/* All pairs of a map, as far as they are sound. NULL: not all are. */
static const uint8_t *take_pairs(struct zsnmp_fields *self, const uint8_t *at, const uint8_t *end,
                                 uint32_t count, const char **fault)
{
    uint8_t *guess = &followers[ZSNMP_KEY_COUNT];
    for (; count > 0 && at != NULL; count--) {
        size_t key = *guess;
        const uint8_t *behind = behind_key(at, end, key);
        if (behind == NULL || (self->seen >> key & 1) != 0) {
            at = take_other(self, at, end, &guess, fault);
            continue;
        }
        struct zsnmp_mp_token *value = &self->values[key];
        at = zsnmp_mp_take_whole(behind, end, value);
        if (at != NULL) {
            note(self, key, value);
            guess = &followers[key];
        }
    }
    return at;
}

zsnmp_err_t zsnmp_fields_collect(struct zsnmp_fields *self, const uint8_t *data, size_t len,
                                 const char **why)
{
    const uint8_t *end = len == 0 ? data : data + len;
    struct zsnmp_mp_token map;
    self->end = NULL;
    self->seen = self->given = 0;
    const uint8_t *at = zsnmp_mp_take(data, end, &map);
    if (at == NULL || map.type != ZSNMP_MP_MAP) {
        return refuse(why, ZSNMP_E_BAD_REQUEST, "body: neither a map nor an array of maps");
    }
    const char *fault = map.len > ZSNMP_WIRE_KEYS_MAX ? "body: too many keys" : NULL;
    self->end = take_pairs(self, at, end, map.len, &fault);
    if (self->end == NULL) {
        fault = "body: not MessagePack, or cut off";
    }
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
