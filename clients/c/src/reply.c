/*
 * Reads replies and looks into them; see reply.h and zsnmpc.h.
 */
#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "skip.h"
#include "varbind.h"

static bool is_text(const msgpack_object *object)
{
    return object->type == MSGPACK_OBJECT_STR;
}

static bool is_uint(const msgpack_object *object)
{
    return object->type == MSGPACK_OBJECT_POSITIVE_INTEGER;
}

static bool is_true(const msgpack_object *object)
{
    return object != NULL && object->type == MSGPACK_OBJECT_BOOLEAN && object->via.boolean;
}

static const msgpack_object *find(const msgpack_object *map, const char *key)
{
    size_t len = strlen(key);
    for (uint32_t i = 0; map->type == MSGPACK_OBJECT_MAP && i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (is_text(&pair->key) && pair->key.via.str.size == len &&
            memcmp(pair->key.via.str.ptr, key, len) == 0) {
            return &pair->val;
        }
    }
    return NULL;
}

/* Gives a text a NUL, in the zone of the reply: the object then points there. NULL: no memory. */
static const char *terminate(struct zsnmpc_reply *self, msgpack_object *object)
{
    size_t len = object->via.str.size;
    char *copy = msgpack_zone_malloc(self->unpacked.zone, len + 1);
    if (copy == NULL) {
        return NULL;
    }
    if (len > 0) { /* an empty one may point nowhere */
        memcpy(copy, object->via.str.ptr, len);
    }
    copy[len] = '\0';
    object->via.str.ptr = copy;
    return copy;
}

/* Every text outside of the varbinds gets a NUL: those are few, and short. false: no memory. */
static bool terminate_all(struct zsnmpc_reply *self, msgpack_object *object)
{
    bool good = true;
    if (object->type == MSGPACK_OBJECT_STR) {
        good = terminate(self, object) != NULL;
    } else if (object->type == MSGPACK_OBJECT_ARRAY) {
        for (uint32_t i = 0; good && i < object->via.array.size; i++) {
            good = terminate_all(self, &object->via.array.ptr[i]);
        }
    } else if (object->type == MSGPACK_OBJECT_MAP) {
        for (uint32_t i = 0; good && i < object->via.map.size; i++) {
            good = terminate_all(self, &object->via.map.ptr[i].val);
        }
    }
    return good;
}

static const char *text_of(const msgpack_object *object)
{
    return object != NULL && is_text(object) ? object->via.str.ptr : NULL;
}

static uint64_t number_of(const msgpack_object *object)
{
    return object != NULL && is_uint(object) ? object->via.u64 : 0;
}

/* ---- reading ---- */

static zsnmpc_kind_t kind_of(uint32_t code)
{
    static const zsnmpc_kind_t kinds[] = {ZSNMPC_KIND_DEVICE,  ZSNMPC_KIND_WAY,
                                          ZSNMPC_KIND_USM,     ZSNMPC_KIND_SERVICE,
                                          ZSNMPC_KIND_REQUEST, ZSNMPC_KIND_INTERNAL};
    uint32_t hundreds = code / 100;
    if (code == 0) {
        return ZSNMPC_KIND_LOST;
    }
    return hundreds < sizeof(kinds) / sizeof(kinds[0]) ? kinds[hundreds] : ZSNMPC_KIND_INTERNAL;
}

static zsnmpc_sent_t sent_of(const char *text)
{
    if (text == NULL) {
        return ZSNMPC_SENT_MAYBE;
    }
    return strcmp(text, "no") == 0    ? ZSNMPC_SENT_NO
           : strcmp(text, "yes") == 0 ? ZSNMPC_SENT_YES
                                      : ZSNMPC_SENT_MAYBE;
}

static bool take_error(struct zsnmpc_reply *self, const msgpack_object *map)
{
    const char *name = text_of(find(map, "name"));
    const char *message = text_of(find(map, "message"));
    uint64_t number = number_of(find(map, "code"));
    uint32_t code = (uint32_t)number;
    self->failed = true;
    self->error = (zsnmpc_error_t){.kind = kind_of(code),
                                   .code = code,
                                   .name = name != NULL ? name : "",
                                   .message = message != NULL ? message : "",
                                   .index = (uint32_t)number_of(find(map, "index")),
                                   .retryable = is_true(find(map, "retryable")),
                                   .sent = sent_of(text_of(find(map, "sent")))};
    /* 0 is ours, and no broker's. */
    return map->type == MSGPACK_OBJECT_MAP && number > 0 && number <= UINT32_MAX;
}

/* Those in map form are left to whoever asked for them. */
static bool take_varbinds(struct zsnmpc_reply *self, const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_MAP) {
        return true;
    }
    if (object->type != MSGPACK_OBJECT_ARRAY) {
        return false;
    }
    self->varbinds = &object->via.array;
    for (uint32_t i = 0; i < object->via.array.size; i++) {
        if (!zsnmpc_varbind_check(&object->via.array.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool take_pair(struct zsnmpc_reply *self, msgpack_object_kv *pair)
{
    const msgpack_object *value = &pair->val;
    const char *key = is_text(&pair->key) ? terminate(self, &pair->key) : "";
    if (key == NULL) {
        errno = ENOMEM;
        return false;
    }
    if (strcmp(key, "varbinds") == 0) {
        return take_varbinds(self, value);
    }
    if (!terminate_all(self, &pair->val)) {
        errno = ENOMEM;
        return false;
    }
    if (strcmp(key, "id") == 0) {
        self->has_id = is_uint(value);
        self->id = number_of(value);
    } else if (strcmp(key, "error") == 0) {
        return take_error(self, value);
    } else if (strcmp(key, "stop") == 0) {
        self->stop = text_of(value);
    }
    return true;
}

bool zsnmpc_reply_read(struct zsnmpc_reply *self, const uint8_t *data, size_t len, size_t *at)
{
    size_t end = 0;
    *self = (struct zsnmpc_reply){.body = data + *at};
    msgpack_unpacked_init(&self->unpacked);
    errno = EINVAL;
    if (!zsnmpc_skip(data, len, at)) {
        return false;
    }
    self->len = (size_t)(data + *at - self->body);
    if (msgpack_unpack_next(&self->unpacked, (const char *)self->body, self->len, &end) !=
        MSGPACK_UNPACK_SUCCESS) {
        return false;
    }
    const msgpack_object *map = &self->unpacked.data;
    bool good = map->type == MSGPACK_OBJECT_MAP;
    for (uint32_t i = 0; good && i < map->via.map.size; i++) {
        good = take_pair(self, &map->via.map.ptr[i]);
    }
    return good;
}

void zsnmpc_reply_clear(struct zsnmpc_reply *self)
{
    msgpack_unpacked_destroy(&self->unpacked);
    free(self->own);
    self->own = NULL;
}

void zsnmpc_reply_fail(struct zsnmpc_reply *self, uint64_t call, const zsnmpc_error_t *error)
{
    *self = (struct zsnmpc_reply){.call = call, .failed = true, .error = *error};
    msgpack_unpacked_init(&self->unpacked);
    self->stop = error->code == ZSNMPC_E_CANCELLED ? "cancelled" : NULL;
}

/* ---- replies of the caller's own ---- */

zsnmpc_reply_t *zsnmpc_reply_of(const void *map, size_t len)
{
    struct zsnmpc_reply *self = calloc(1, sizeof(*self));
    uint8_t *bytes = malloc(len > 0 ? len : 1);
    if (self == NULL || bytes == NULL) {
        free(self);
        free(bytes);
        return NULL;
    }
    memcpy(bytes, map, len);
    size_t end = 0;
    bool good = zsnmpc_reply_read(self, bytes, len, &end);
    self->own = bytes;
    if (!good || end != len) {
        int why = good ? EINVAL : errno;
        zsnmpc_reply_destroy(&self);
        errno = why;
    }
    return self;
}

static const char *copy_string(struct zsnmpc_reply *self, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy =
        self->unpacked.zone == NULL ? NULL : msgpack_zone_malloc(self->unpacked.zone, size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* An error of ours, whose texts last no longer than the call of the function that got it. */
static struct zsnmpc_reply *copy_failure(const struct zsnmpc_reply *from)
{
    struct zsnmpc_reply *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    zsnmpc_reply_fail(self, from->call, &from->error);
    self->unpacked.zone = msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
    self->error.name = copy_string(self, from->error.name);
    self->error.message = copy_string(self, from->error.message);
    if (self->error.name == NULL || self->error.message == NULL) {
        zsnmpc_reply_destroy(&self);
        errno = ENOMEM;
    }
    return self;
}

zsnmpc_reply_t *zsnmpc_reply_copy(const zsnmpc_reply_t *self)
{
    if (self->body == NULL) {
        return copy_failure(self);
    }
    struct zsnmpc_reply *copy = zsnmpc_reply_of(self->body, self->len);
    if (copy != NULL) {
        copy->call = self->call;
    }
    return copy;
}

void zsnmpc_reply_destroy(zsnmpc_reply_t **self_p)
{
    if (*self_p != NULL) {
        zsnmpc_reply_clear(*self_p);
        free(*self_p);
        *self_p = NULL;
    }
}

/* ---- looking ---- */

uint64_t zsnmpc_reply_call(const zsnmpc_reply_t *self)
{
    return self->call;
}

const zsnmpc_error_t *zsnmpc_reply_error(const zsnmpc_reply_t *self)
{
    return self->failed ? &self->error : NULL;
}

size_t zsnmpc_reply_count(const zsnmpc_reply_t *self)
{
    return self->varbinds != NULL ? self->varbinds->size : 0;
}

bool zsnmpc_reply_varbind(const zsnmpc_reply_t *self, size_t at, zsnmpc_varbind_t *vb)
{
    if (at >= zsnmpc_reply_count(self)) {
        return false;
    }
    zsnmpc_varbind_take(vb, &self->varbinds->ptr[at]);
    return true;
}

const struct msgpack_object *zsnmpc_reply_get(const zsnmpc_reply_t *self, const char *key)
{
    const msgpack_object *value = find(&self->unpacked.data, key);
    return value == NULL || value->type == MSGPACK_OBJECT_NIL ? NULL : value;
}

uint64_t zsnmpc_reply_uint(const zsnmpc_reply_t *self, const char *key)
{
    return number_of(zsnmpc_reply_get(self, key));
}

const char *zsnmpc_reply_text(const zsnmpc_reply_t *self, const char *key)
{
    return text_of(zsnmpc_reply_get(self, key));
}

bool zsnmpc_reply_more(const zsnmpc_reply_t *self)
{
    return is_true(zsnmpc_reply_get(self, "more"));
}

bool zsnmpc_reply_complete(const zsnmpc_reply_t *self)
{
    return is_true(zsnmpc_reply_get(self, "complete"));
}

const char *zsnmpc_reply_stop(const zsnmpc_reply_t *self)
{
    return self->stop;
}

static const char *element(const msgpack_object *array, size_t at)
{
    if (array == NULL || array->type != MSGPACK_OBJECT_ARRAY || at >= array->via.array.size) {
        return NULL;
    }
    return text_of(&array->via.array.ptr[at]);
}

const char *zsnmpc_reply_next(const zsnmpc_reply_t *self, size_t root)
{
    const msgpack_object *next = zsnmpc_reply_get(self, "next");
    return next != NULL && is_text(next) && root == 0 ? text_of(next) : element(next, root);
}

const char *zsnmpc_reply_quirk(const zsnmpc_reply_t *self, size_t at)
{
    return element(zsnmpc_reply_get(self, "quirks"), at);
}

const void *zsnmpc_reply_body(const zsnmpc_reply_t *self, size_t *len)
{
    *len = self->len;
    return self->body;
}
