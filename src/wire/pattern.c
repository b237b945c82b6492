/*
 * Messages kept as patterns; see pattern.h. What is between the values that may
 * differ is compared byte by byte; the values are read by the decoder's rules.
 */
#include "pattern.h"

#include <stdlib.h>

#include "decode.h"
#include "decode_keys.h"

#define BYTES_MAX 2048u /* of a message, without the values that may differ */
#define HOLES_MAX 3u    /* id, peer, community */
#define GAP_MAX 1024u
#define VALUE_EXTRA (1 + ZSNMP_ARENA_ALIGN) /* of memory for each: a NUL, and alignment */

struct zsnmp_pattern {
    struct zsnmp_request *model;
    bool used;     /* since the hand came by … */
    bool was_used; /* … or ever */
    uint8_t holes;
    uint8_t keys[HOLES_MAX];       /* whose values differ, in their order */
    uint16_t piece[HOLES_MAX + 1]; /* bytes before each, and behind the last */
    uint8_t bytes[BYTES_MAX];      /* the pieces */
};

void zsnmp_patterns_init(struct zsnmp_patterns *self)
{
    *self = (struct zsnmp_patterns){.gap = 1};
}

static void free_pattern(struct zsnmp_pattern *pattern)
{
    if (pattern != NULL) {
        zsnmp_request_free(pattern->model);
        explicit_bzero(pattern, sizeof *pattern); /* it may have begun with what is not kept */
        free(pattern);
    }
}

void zsnmp_patterns_clear(struct zsnmp_patterns *self)
{
    for (size_t i = 0; i < ZSNMP_PATTERNS_MAX; i++) {
        free_pattern(self->all[i]);
    }
    zsnmp_patterns_init(self);
}

/* ---- applying ---- */

/* What is behind the message at data, with the values that may differ; NULL: it does not fit. */
static const uint8_t *fit(const struct zsnmp_pattern *pattern, const uint8_t *at,
                          const uint8_t *end, struct zsnmp_mp_token *values)
{
    const uint8_t *want = pattern->bytes;
    for (size_t i = 0;; i++) {
        size_t size = pattern->piece[i];
        if ((size_t)(end - at) < size || memcmp(at, want, size) != 0) {
            return NULL;
        }
        at += size;
        want += size;
        if (i == pattern->holes) {
            return at;
        }
        at = zsnmp_mp_take(at, end, &values[i]);
        if (at == NULL || values[i].type == ZSNMP_MP_ARRAY || values[i].type == ZSNMP_MP_MAP) {
            return NULL; /* what is in it would be taken for the next piece */
        }
    }
}

const uint8_t *zsnmp_patterns_pass(const struct zsnmp_patterns *self, const uint8_t *at,
                                   const uint8_t *end)
{
    struct zsnmp_mp_token values[HOLES_MAX];
    const struct zsnmp_pattern *pattern = self->all[self->next[self->last]];
    return pattern == NULL ? NULL : fit(pattern, at, end, values);
}

/* Whether a value is one that the decoder takes; the id is noted. */
static bool is_right(struct zsnmp_wire_call *call, size_t key, const struct zsnmp_mp_token *value)
{
    if (key == ZSNMP_KEY_id) {
        return zsnmp_decode_id(value, call->id, &call->id_len);
    }
    return zsnmp_mp_is_string(value) && value->len >= zsnmp_keys[key].min &&
           value->len <= zsnmp_keys[key].max &&
           (key != ZSNMP_KEY_peer || zsnmp_peer_is_text((const char *)value->data, value->len));
}

/* A copy of the model, with these values in it; NULL: no memory. */
static struct zsnmp_request *make(const struct zsnmp_pattern *pattern,
                                  const struct zsnmp_mp_token *values,
                                  const struct zsnmp_wire_call *call)
{
    size_t room = 0;
    for (size_t i = 0; i < pattern->holes; i++) { /* the values, and what keeps them apart */
        room += (pattern->keys[i] == ZSNMP_KEY_id ? call->id_len : values[i].len) + VALUE_EXTRA;
    }
    struct zsnmp_request *request = zsnmp_request_like(pattern->model, room);
    zsnmp_err_t err = request == NULL ? ZSNMP_E_INTERNAL : ZSNMP_OK;
    for (size_t i = 0; i < pattern->holes && err == ZSNMP_OK; i++) {
        switch (pattern->keys[i]) {
        case ZSNMP_KEY_id:
            err = zsnmp_request_copy(request, &request->id, call->id, call->id_len);
            break;
        case ZSNMP_KEY_peer:
            err = zsnmp_request_copy(request, &request->peer, values[i].data, values[i].len);
            break;
        default:
            err = zsnmp_request_copy(request, &request->creds.community, values[i].data,
                                     values[i].len);
        }
    }
    if (err != ZSNMP_OK) {
        zsnmp_request_free(request);
        return NULL;
    }
    return request;
}

static bool apply(struct zsnmp_pattern *pattern, const uint8_t *data, size_t len,
                  struct zsnmp_wire_call *call)
{
    struct zsnmp_mp_token values[HOLES_MAX];
    const uint8_t *behind = fit(pattern, data, data + len, values);
    if (behind == NULL) {
        return false;
    }
    zsnmp_wire_call_reset(call);
    for (size_t i = 0; i < pattern->holes; i++) {
        if (!is_right(call, pattern->keys[i], &values[i])) {
            return false;
        }
    }
    call->kind = ZSNMP_WIRE_SNMP;
    call->size = (size_t)(behind - data);
    call->request = make(pattern, values, call);
    return call->request != NULL;
}

bool zsnmp_patterns_apply(struct zsnmp_patterns *self, const uint8_t *data, size_t len,
                          struct zsnmp_wire_call *call)
{
    uint8_t at = self->next[self->last];
    for (size_t i = 0; i < ZSNMP_PATTERNS_MAX; i++, at = (at + 1) % ZSNMP_PATTERNS_MAX) {
        struct zsnmp_pattern *pattern = self->all[at];
        if (pattern == NULL || !apply(pattern, data, len, call)) {
            continue;
        }
        self->next[self->last] = at;
        self->last = at;
        if (!pattern->was_used) {
            self->gap = self->gap > 1 ? self->gap / 2 : 1;
        }
        pattern->used = pattern->was_used = true;
        return true;
    }
    return false;
}

/* ---- learning ---- */

static bool add_piece(struct zsnmp_pattern *pattern, const uint8_t *from, const uint8_t *to,
                      size_t *used)
{
    size_t len = (size_t)(to - from);
    if (len > BYTES_MAX - *used) {
        return false;
    }
    memcpy(pattern->bytes + *used, from, len);
    pattern->piece[pattern->holes] = (uint16_t)len;
    *used += len;
    return true;
}

/* Which of the keys that may differ this is; ZSNMP_KEY_COUNT: none. */
static size_t hole_of(const struct zsnmp_mp_token *name, const struct zsnmp_mp_token *value)
{
    static const uint8_t keys[HOLES_MAX] = {ZSNMP_KEY_id, ZSNMP_KEY_peer, ZSNMP_KEY_community};
    bool differs = value->type == ZSNMP_MP_UINT || zsnmp_mp_is_string(value);
    for (size_t i = 0; i < HOLES_MAX && differs; i++) {
        if (zsnmp_mp_is(name, zsnmp_keys[keys[i]].name)) {
            return keys[i];
        }
    }
    return ZSNMP_KEY_COUNT;
}

/* Versions 1 and 2c ignore them; nobody keeps them. */
static bool is_secret(const struct zsnmp_mp_token *name)
{
    static const uint8_t keys[] = {ZSNMP_KEY_auth_pass, ZSNMP_KEY_priv_pass, ZSNMP_KEY_auth_key,
                                   ZSNMP_KEY_priv_key};
    for (size_t i = 0; i < sizeof keys; i++) {
        if (zsnmp_mp_is(name, zsnmp_keys[keys[i]].name)) {
            return true;
        }
    }
    return false;
}

/*
 * Takes the pairs of a message apart that the decoder has taken. false: it is too long, or has
 * something that is not to be kept.
 */
static bool take_apart(struct zsnmp_pattern *pattern, const uint8_t *data, const uint8_t *end)
{
    struct zsnmp_mp_token name; /* first, the map itself */
    struct zsnmp_mp_token value;
    const uint8_t *from = data;
    const uint8_t *at = zsnmp_mp_take(data, end, &name);
    size_t used = 0;
    while (at != NULL && at < end) {
        const uint8_t *start = zsnmp_mp_take_whole(at, end, &name);
        if (start != NULL && is_secret(&name)) {
            return false;
        }
        at = start == NULL ? NULL : zsnmp_mp_take_whole(start, end, &value);
        size_t key = at == NULL ? ZSNMP_KEY_COUNT : hole_of(&name, &value);
        if (key < ZSNMP_KEY_COUNT) {
            if (!add_piece(pattern, from, start, &used)) {
                return false;
            }
            pattern->keys[pattern->holes++] = (uint8_t)key;
            from = at;
        }
    }
    return at == end && add_piece(pattern, from, end, &used);
}

static struct zsnmp_pattern *new_pattern(const uint8_t *data, const struct zsnmp_wire_call *call)
{
    const uint8_t *end = data + call->size;
    struct zsnmp_pattern *pattern = calloc(1, sizeof *pattern);
    if (pattern == NULL) {
        return NULL;
    }
    /* What is nested as deeply as may be would be too deep in an array. */
    if (zsnmp_mp_behind(data, end, ZSNMP_MP_DEPTH_MAX - 1) == end &&
        take_apart(pattern, data, end)) {
        pattern->model = zsnmp_request_model(call->request);
    }
    if (pattern->model == NULL) {
        free_pattern(pattern);
        return NULL;
    }
    return pattern;
}

/* What is never the same again, or can not be kept, is not worth the trouble each time. */
static void learn_less(struct zsnmp_patterns *self)
{
    self->gap = self->gap < GAP_MAX ? self->gap * 2 : self->gap;
}

/* A place for one more: where none is, or one that has not been used for long. */
static size_t make_room(struct zsnmp_patterns *self)
{
    struct zsnmp_pattern **place;
    for (;;) {
        self->hand = (self->hand + 1) % ZSNMP_PATTERNS_MAX;
        place = &self->all[self->hand];
        if (*place == NULL || !(*place)->used) {
            break;
        }
        (*place)->used = false;
    }
    if (*place != NULL && !(*place)->was_used) {
        learn_less(self);
    }
    free_pattern(*place);
    *place = NULL;
    return self->hand;
}

void zsnmp_patterns_learn(struct zsnmp_patterns *self, const uint8_t *data,
                          const struct zsnmp_wire_call *call)
{
    if (call->kind != ZSNMP_WIRE_SNMP || !zsnmp_request_is_plain(call->request)) {
        return;
    }
    if (self->skips > 0) {
        self->skips--;
        return;
    }
    struct zsnmp_pattern *pattern = new_pattern(data, call);
    if (pattern != NULL) { /* which most likely comes again */
        uint8_t place = (uint8_t)make_room(self);
        self->all[place] = pattern;
        self->next[self->last] = place;
        self->next[place] = place;
        self->last = place;
    } else {
        learn_less(self);
    }
    self->skips = self->gap - 1;
}
