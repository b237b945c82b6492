/*
 * Builds and encodes requests; see zsnmpc.h. Each key is an entry with its
 * value as MessagePack; lists count their elements and get their head when the
 * request is encoded. An entry never moves, since a packer may point to it.
 */
#include "request.h"

#include <errno.h>
#include <msgpack/unpack.h>
#include <stdlib.h>
#include <string.h>

#include "skip.h"

/* A body may have 16, of which an array of requests is one; deeper, and all of it is refused. */
#define NESTING_MAX 15
#define OIDS "oids"
#define SETTINGS "set"
#define MUST "must"

struct entry {
    struct entry *next;
    char *key;
    bool list;
    uint32_t count; /* elements of a list */
    struct buf value;
};

struct zsnmpc_request {
    struct entry *entries; /* in the order in which they came */
    struct buf ready;      /* pairs that came as they are, of zsnmpc_request_of() */
    uint32_t ready_pairs;
    bool is_set;
    bool add_form; /* for an operation on a device, unless the caller chooses one */
    bool failed;
    msgpack_packer packer;
};

/* ---- entries ---- */

static void free_entry(struct entry *entry)
{
    zsnmpc_buf_clear(&entry->value);
    free(entry->key);
    free(entry);
}

static struct entry **find(struct zsnmpc_request *self, const char *key)
{
    struct entry **at = &self->entries;
    while (*at != NULL && strcmp((*at)->key, key) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static void take_away(struct zsnmpc_request *self, const char *key)
{
    struct entry **at = find(self, key);
    struct entry *entry = *at;
    if (entry != NULL) {
        *at = entry->next;
        free_entry(entry);
    }
}

static struct entry *append_entry(struct zsnmpc_request *self, const char *key)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    char *copy = strdup(key);
    if (entry == NULL || copy == NULL) {
        free(entry);
        free(copy);
        self->failed = true;
        return NULL;
    }
    entry->key = copy;
    *find(self, key) = entry;
    return entry;
}

/* The packer for the value of a key, in place of what it had. */
static msgpack_packer *pack_value(struct zsnmpc_request *self, const char *key)
{
    struct entry *entry = *find(self, key);
    if (entry != NULL) {
        zsnmpc_buf_clear(&entry->value);
        entry->list = false;
    } else {
        entry = append_entry(self, key);
    }
    if (entry == NULL) {
        return NULL;
    }
    self->packer = zsnmpc_buf_packer(&entry->value);
    return &self->packer;
}

/* The packer for one more element of a key's list. */
static msgpack_packer *pack_element(struct zsnmpc_request *self, const char *key)
{
    struct entry *entry = *find(self, key);
    if (entry != NULL && !entry->list) {
        take_away(self, key);
        entry = NULL;
    }
    if (entry == NULL) {
        entry = append_entry(self, key);
    }
    if (entry == NULL) {
        return NULL;
    }
    entry->list = true;
    entry->count++;
    self->packer = zsnmpc_buf_packer(&entry->value);
    return &self->packer;
}

/* ---- building ---- */

zsnmpc_request_t *zsnmpc_request_new(const char *op, const char *peer)
{
    static const char *const on_devices[] = {ZSNMPC_GET, ZSNMPC_GET_NEXT, ZSNMPC_GET_BULK,
                                             ZSNMPC_WALK, ZSNMPC_SET};
    struct zsnmpc_request *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(on_devices) / sizeof(on_devices[0]); i++) {
        self->add_form = self->add_form || strcmp(op, on_devices[i]) == 0;
    }
    zsnmpc_request_put_text(self, "op", op);
    zsnmpc_request_put_text(self, ZSNMPC_PEER, peer);
    if (self->failed) {
        zsnmpc_request_destroy(&self);
        errno = ENOMEM;
    }
    return self;
}

void zsnmpc_request_destroy(zsnmpc_request_t **self_p)
{
    struct zsnmpc_request *self = *self_p;
    if (self == NULL) {
        return;
    }
    while (self->entries != NULL) {
        struct entry *entry = self->entries;
        self->entries = entry->next;
        free_entry(entry);
    }
    zsnmpc_buf_clear(&self->ready);
    free(self);
    *self_p = NULL;
}

void zsnmpc_request_put_text(zsnmpc_request_t *self, const char *key, const char *text)
{
    if (strcmp(key, "op") == 0) {
        self->is_set = text != NULL && strcmp(text, ZSNMPC_SET) == 0;
    }
    if (text == NULL) {
        take_away(self, key);
        return;
    }
    msgpack_packer *pk = pack_value(self, key);
    if (pk != NULL) {
        zsnmpc_pack_text(pk, text);
    }
}

static void pack_bytes(msgpack_packer *pk, const void *data, size_t len)
{
    (void)msgpack_pack_bin(pk, len);
    (void)msgpack_pack_bin_body(pk, data, len);
}

void zsnmpc_request_put_bytes(zsnmpc_request_t *self, const char *key, const void *data, size_t len)
{
    msgpack_packer *pk = pack_value(self, key);
    if (pk != NULL) {
        pack_bytes(pk, data, len);
    }
}

void zsnmpc_request_put_uint(zsnmpc_request_t *self, const char *key, uint64_t value)
{
    msgpack_packer *pk = pack_value(self, key);
    if (pk != NULL) {
        (void)msgpack_pack_uint64(pk, value);
    }
}

static void pack_bool(msgpack_packer *pk, bool value)
{
    if (value) {
        (void)msgpack_pack_true(pk);
    } else {
        (void)msgpack_pack_false(pk);
    }
}

void zsnmpc_request_put_bool(zsnmpc_request_t *self, const char *key, bool value)
{
    msgpack_packer *pk = pack_value(self, key);
    if (pk != NULL) {
        pack_bool(pk, value);
    }
}

void zsnmpc_request_add_oid(zsnmpc_request_t *self, const char *oid)
{
    msgpack_packer *pk = pack_element(self, OIDS);
    if (pk != NULL) {
        zsnmpc_pack_text(pk, oid);
    }
}

void zsnmpc_request_add_oid_numbers(zsnmpc_request_t *self, const uint32_t *oid, size_t len)
{
    msgpack_packer *pk = pack_element(self, OIDS);
    if (pk != NULL) {
        (void)msgpack_pack_array(pk, len);
        for (size_t i = 0; i < len; i++) {
            (void)msgpack_pack_uint32(pk, oid[i]);
        }
    }
}

void zsnmpc_request_add_must(zsnmpc_request_t *self, const char *key)
{
    msgpack_packer *pk = pack_element(self, MUST);
    if (pk != NULL) {
        zsnmpc_pack_text(pk, key);
    }
}

void zsnmpc_request_add_start(zsnmpc_request_t *self, const char *oid)
{
    msgpack_packer *pk = pack_element(self, ZSNMPC_START);
    if (pk != NULL && oid == NULL) {
        (void)msgpack_pack_nil(pk);
    } else if (pk != NULL) {
        zsnmpc_pack_text(pk, oid);
    }
}

/* The head of a setting, behind which its value is packed. */
static msgpack_packer *pack_setting(struct zsnmpc_request *self, const char *oid, char type)
{
    msgpack_packer *pk = pack_element(self, SETTINGS);
    if (pk != NULL) {
        (void)msgpack_pack_array(pk, 3);
        zsnmpc_pack_text(pk, oid);
        (void)msgpack_pack_str(pk, 1);
        (void)msgpack_pack_str_body(pk, &type, 1);
    }
    return pk;
}

void zsnmpc_request_add_set(zsnmpc_request_t *self, const char *oid, char type, const char *value)
{
    msgpack_packer *pk = pack_setting(self, oid, type);
    if (pk != NULL) {
        zsnmpc_pack_text(pk, value);
    }
}

void zsnmpc_request_add_set_int(zsnmpc_request_t *self, const char *oid, char type, int64_t value)
{
    msgpack_packer *pk = pack_setting(self, oid, type);
    if (pk != NULL) {
        (void)msgpack_pack_int64(pk, value);
    }
}

void zsnmpc_request_add_set_uint(zsnmpc_request_t *self, const char *oid, char type, uint64_t value)
{
    msgpack_packer *pk = pack_setting(self, oid, type);
    if (pk != NULL) {
        (void)msgpack_pack_uint64(pk, value);
    }
}

void zsnmpc_request_add_set_double(zsnmpc_request_t *self, const char *oid, char type, double value)
{
    msgpack_packer *pk = pack_setting(self, oid, type);
    if (pk != NULL) {
        (void)msgpack_pack_double(pk, value);
    }
}

void zsnmpc_request_add_set_bytes(zsnmpc_request_t *self, const char *oid, char type,
                                  const void *data, size_t len)
{
    msgpack_packer *pk = pack_setting(self, oid, type);
    if (pk != NULL) {
        pack_bytes(pk, data, len);
    }
}

struct msgpack_packer *zsnmpc_request_pack(zsnmpc_request_t *self, const char *key)
{
    return pack_value(self, key);
}

bool zsnmpc_request_resume(zsnmpc_request_t *self, const zsnmpc_reply_t *reply)
{
    const msgpack_object *next = zsnmpc_reply_get(reply, "next");
    if (next == NULL) {
        return false;
    }
    msgpack_packer *pk = pack_value(self, ZSNMPC_START);
    return pk != NULL && msgpack_pack_object(pk, *next) == 0;
}

/* ---- requests that are ready ---- */

/* To a broker bin is the same as str, and msgpack-c lays them out alike. */
static bool is_key(const msgpack_object *object, const char *key)
{
    return (object->type == MSGPACK_OBJECT_STR || object->type == MSGPACK_OBJECT_BIN) &&
           object->via.str.size == strlen(key) &&
           memcmp(object->via.str.ptr, key, object->via.str.size) == 0;
}

/* No deeper than so many maps and arrays; msgpack-c itself ends at 32 of them. */
static bool is_flat(const msgpack_object *object, int levels)
{
    bool flat = levels > 0;
    if (object->type == MSGPACK_OBJECT_ARRAY) {
        for (uint32_t i = 0; flat && i < object->via.array.size; i++) {
            flat = is_flat(&object->via.array.ptr[i], levels - 1);
        }
    } else if (object->type == MSGPACK_OBJECT_MAP) {
        for (uint32_t i = 0; flat && i < object->via.map.size; i++) {
            flat = is_flat(&object->via.map.ptr[i].key, levels - 1) &&
                   is_flat(&object->via.map.ptr[i].val, levels - 1);
        }
    } else {
        flat = true;
    }
    return flat;
}

/* Whether it can be sent and told by an id of ours; notes what the client must know of it. */
static bool take_map(struct zsnmpc_request *self, const msgpack_object *map)
{
    if (map->type != MSGPACK_OBJECT_MAP || !is_flat(map, NESTING_MAX)) {
        return false;
    }
    self->ready_pairs = map->via.map.size;
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (is_key(&pair->key, "id")) {
            return false;
        }
        if (is_key(&pair->key, "op")) {
            self->is_set = is_key(&pair->val, ZSNMPC_SET);
        }
    }
    return true;
}

/* Bytes of a map's head. */
static size_t head_size(uint8_t first)
{
    return first == 0xdf ? 5 : first == 0xde ? 3 : 1;
}

zsnmpc_request_t *zsnmpc_request_of(const void *map, size_t len)
{
    struct zsnmpc_request *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    msgpack_unpacked whole;
    size_t end = 0;
    size_t read = 0;
    msgpack_unpacked_init(&whole);
    bool good = zsnmpc_skip(map, len, &end) && end == len &&
                msgpack_unpack_next(&whole, map, len, &read) == MSGPACK_UNPACK_SUCCESS &&
                take_map(self, &whole.data);
    msgpack_unpacked_destroy(&whole);
    if (good) {
        size_t head = head_size(*(const uint8_t *)map);
        zsnmpc_buf_append(&self->ready, (const char *)map + head, len - head);
    }
    if (!good || self->ready.failed) {
        zsnmpc_request_destroy(&self);
        errno = good ? ENOMEM : EINVAL;
    }
    return self;
}

/* ---- encoding ---- */

bool zsnmpc_request_is_set(const struct zsnmpc_request *self)
{
    return self->is_set;
}

static void encode_entry(const struct entry *entry, msgpack_packer *pk, struct buf *out)
{
    zsnmpc_pack_text(pk, entry->key);
    if (entry->list) {
        (void)msgpack_pack_array(pk, entry->count);
    }
    zsnmpc_buf_append(out, entry->value.data, entry->value.len);
}

bool zsnmpc_request_encode(const struct zsnmpc_request *self, uint64_t id, struct buf *out)
{
    msgpack_packer pk = zsnmpc_buf_packer(out);
    uint32_t pairs = self->ready_pairs + 1;
    bool form = self->add_form;
    bool whole = !self->failed;
    for (const struct entry *entry = self->entries; entry != NULL; entry = entry->next) {
        pairs++;
        form = form && strcmp(entry->key, ZSNMPC_FORM) != 0;
        whole = whole && !entry->value.failed;
    }
    (void)msgpack_pack_map(&pk, pairs + (form ? 1 : 0));
    zsnmpc_pack_text(&pk, "id");
    (void)msgpack_pack_uint64(&pk, id);
    zsnmpc_buf_append(out, self->ready.data, self->ready.len);
    for (const struct entry *entry = self->entries; entry != NULL; entry = entry->next) {
        encode_entry(entry, &pk, out);
    }
    if (form) {
        zsnmpc_pack_text(&pk, ZSNMPC_FORM);
        zsnmpc_pack_text(&pk, "list");
    }
    return whole && !out->failed;
}
