/*
 * The life of a request in memory and the rules for it as a whole; see
 * request.h. Must wipe what it frees: requests carry pass phrases.
 */
#include "request.h"

#include <stdlib.h>

#include "bytes.h"
#include "oid.h"

#define REPLY_MAX_DEFAULT (64u * 1024 * 1024) /* bytes of varbinds, where nobody says otherwise */
#define REPETITIONS_DEFAULT 10u               /* of a get_bulk that names none, as snmpbulkget */
#define ITEMS_ROOM_MAX (16u * 1024 * 1024)    /* a sane ceiling for the first chunk */

#define REPLY_ROOM 192u /* varbinds of most GETs, in the same block */

/*
 * Volatile, so that it is the C library that zeroes a request, in the widest steps there are. The
 * instruction that compilers use where the size is known takes longer to begin than that.
 */
static const volatile size_t bytes_of_request = sizeof(struct zsnmp_request);

static const struct zsnmp_str default_community = {"public", 6};

struct zsnmp_request *zsnmp_request_alloc(size_t room)
{
    if (room > ITEMS_ROOM_MAX) {
        return NULL;
    }
    /* C programs get OIDs that point into the room for the reply, behind that of the arena. */
    room = (room + ZSNMP_ARENA_ALIGN - 1) & ~(size_t)(ZSNMP_ARENA_ALIGN - 1);
    struct zsnmp_request *self = malloc(sizeof *self + REPLY_ROOM + room);
    if (self == NULL) {
        return NULL;
    }
    memset(self, 0, bytes_of_request);
    self->op = ZSNMP_GET;
    self->walk_bulk = true;
    self->priority = ZSNMP_PRIORITY_DEFAULT;
    self->retries = ZSNMP_RETRIES_DEFAULT;
    self->creds.version = ZSNMP_V2C;
    self->creds.community = default_community;
    self->room = room;
    zsnmp_list_init(&self->run.link);
    zsnmp_list_init(&self->run.followers);
    zsnmp_list_init(&self->run.pause);
    zsnmp_list_init(&self->run.children);
    zsnmp_list_init(&self->run.sibling);
    zsnmp_list_init(&self->run.young);
    zsnmp_list_init(&self->run.same);
    zsnmp_arena_init(&self->arena, self + 1, room);
    zsnmp_buf_init_with(&self->reply.varbinds, (uint8_t *)(self + 1) + room, REPLY_ROOM,
                        REPLY_MAX_DEFAULT);
    return self;
}

size_t zsnmp_request_bytes(const struct zsnmp_request *self)
{
    size_t reply = self->reply.varbinds.lent ? 0 : self->reply.varbinds.cap;
    return sizeof *self + REPLY_ROOM + self->room + self->arena.total + reply;
}

/* Only what came from outside is secret, and all of that is in the arena. */
static void wipe(struct zsnmp_request *self)
{
    uint8_t *start = (uint8_t *)(self + 1);
    size_t used = self->arena.extra == NULL ? (size_t)(self->arena.at - start) : self->room;
    explicit_bzero(start, used);
    zsnmp_arena_clear(&self->arena);
}

void zsnmp_request_free(struct zsnmp_request *self)
{
    if (self == NULL) {
        return;
    }
    zsnmp_buf_clear(&self->reply.varbinds);
    wipe(self);
    free(self);
}

zsnmp_err_t zsnmp_request_copy(struct zsnmp_request *self, struct zsnmp_str *to, const void *data,
                               size_t len)
{
    char *copy = zsnmp_arena_dup(&self->arena, data, len);
    if (copy == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    *to = (struct zsnmp_str){copy, len};
    return ZSNMP_OK;
}

/* An item in no list. Its sub-identifiers follow it in one allocation. */
static struct zsnmp_item *new_item(struct zsnmp_request *self, const uint32_t *oid, size_t oid_len)
{
    struct zsnmp_item *item =
        zsnmp_arena_alloc(&self->arena, sizeof *item + oid_len * sizeof(uint32_t));
    if (item == NULL) {
        return NULL;
    }
    uint32_t *copy = (uint32_t *)(item + 1);
    if (oid_len > 0) {
        memcpy(copy, oid, oid_len * sizeof *copy);
    }
    *item = (struct zsnmp_item){.oid = copy, .oid_len = (uint16_t)oid_len};
    return item;
}

zsnmp_err_t zsnmp_request_begin_at(struct zsnmp_request *self, const uint32_t *oid, size_t oid_len)
{
    if (oid_len == 0 || oid_len > ZSNMP_OID_MAX) {
        return ZSNMP_E_BAD_REQUEST;
    }
    self->start = self->start_last = NULL;
    return zsnmp_request_add_start(self, oid, oid_len);
}

zsnmp_err_t zsnmp_request_add_start(struct zsnmp_request *self, const uint32_t *oid, size_t oid_len)
{
    struct zsnmp_item *start = oid_len > ZSNMP_OID_MAX ? NULL : new_item(self, oid, oid_len);
    if (start == NULL) {
        return oid_len > ZSNMP_OID_MAX ? ZSNMP_E_BAD_REQUEST : ZSNMP_E_INTERNAL;
    }
    if (self->start_last == NULL) {
        self->start = start;
    } else {
        self->start_last->next = start;
    }
    self->start_last = start;
    return ZSNMP_OK;
}

struct zsnmp_item *zsnmp_request_append(struct zsnmp_request *self, const uint32_t *oid,
                                        size_t oid_len)
{
    if (self->item_count >= ZSNMP_VARBINDS_MAX || oid_len > ZSNMP_OID_MAX) {
        return NULL;
    }
    struct zsnmp_item *item = new_item(self, oid, oid_len);
    if (item == NULL) {
        return NULL;
    }
    if (self->items_last == NULL) {
        self->items = item;
    } else {
        self->items_last->next = item;
    }
    self->items_last = item;
    self->item_count++;
    return item;
}

/* ---- models ---- */

bool zsnmp_request_is_plain(const struct zsnmp_request *self)
{
    bool reads = self->op == ZSNMP_GET || self->op == ZSNMP_GET_NEXT || self->op == ZSNMP_GET_BULK;
    return reads && self->creds.version != ZSNMP_V3 && self->start == NULL && self->limit == 0;
}

/* All that is asked but the OIDs. */
static void ask_the_same(struct zsnmp_request *self, const struct zsnmp_request *other)
{
    size_t from = offsetof(struct zsnmp_request, op);
    size_t to = offsetof(struct zsnmp_request, peer);
    memcpy((char *)self + from, (const char *)other + from, to - from);
    self->non_repeaters = other->non_repeaters;
    self->max_repetitions = other->max_repetitions;
    self->creds.version = other->creds.version;
}

/* Its items are all that is in its arena, in one piece. */
struct zsnmp_request *zsnmp_request_model(const struct zsnmp_request *plain)
{
    size_t room = 0;
    for (const struct zsnmp_item *item = plain->items; item != NULL; item = item->next) {
        room += sizeof *item + item->oid_len * sizeof(uint32_t) + ZSNMP_ARENA_ALIGN;
    }
    struct zsnmp_request *self = zsnmp_request_alloc(room);
    if (self == NULL) {
        return NULL;
    }
    ask_the_same(self, plain);
    self->item_count = 0;
    for (const struct zsnmp_item *item = plain->items; item != NULL; item = item->next) {
        if (zsnmp_request_append(self, item->oid, item->oid_len) == NULL) {
            zsnmp_request_free(self);
            return NULL;
        }
    }
    return self;
}

struct zsnmp_request *zsnmp_request_like(const struct zsnmp_request *model, size_t room)
{
    const uint8_t *from = (const uint8_t *)model->items;
    size_t size = (size_t)(model->arena.at - from);
    struct zsnmp_request *self = zsnmp_request_alloc(size + room);
    uint8_t *items = self == NULL ? NULL : zsnmp_arena_alloc(&self->arena, size);
    if (items == NULL) {
        zsnmp_request_free(self);
        return NULL;
    }
    ask_the_same(self, model);
    memcpy(items, from, size);
    struct zsnmp_item *item = (struct zsnmp_item *)items;
    for (self->items = item;; item = item->next) {
        item->oid = (const uint32_t *)(item + 1);
        if (item->next == NULL) {
            break;
        }
        item->next = (struct zsnmp_item *)(items + ((const uint8_t *)item->next - from));
    }
    self->items_last = item;
    return self;
}

/* ---- the whole ---- */

#define REFUSE(text)                                                                               \
    do {                                                                                           \
        *why = (text);                                                                             \
        return ZSNMP_E_BAD_REQUEST;                                                                \
    } while (0)

/*
 * The top bit of each byte that is no visible ASCII character. A carry or borrow only comes from
 * one that is none, so that of the lowest is right, and that there is none.
 */
static uint64_t invisible(uint64_t bytes)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    return ((bytes - each * 0x21) | (bytes + each) | bytes) & (each << 7);
}

bool zsnmp_peer_is_text(const char *peer, size_t len)
{
    if (len >= 8) { /* the last word overlaps the one before */
        for (size_t i = 0; i + 8 < len; i += 8) {
            if (invisible(zsnmp_bytes_load(peer + i, 8)) != 0) {
                return false;
            }
        }
        return invisible(zsnmp_bytes_load(peer + len - 8, 8)) == 0;
    }
    for (size_t i = 0; i < len; i++) {
        if (peer[i] <= ' ' || peer[i] > '~') {
            return false;
        }
    }
    return true;
}

/* A peer is echoed and goes into texts for people. */
static zsnmp_err_t check_peer(const struct zsnmp_str *peer, const char **why)
{
    if (peer->data == NULL || peer->len == 0) {
        REFUSE("peer: missing");
    }
    if (peer->len > ZSNMP_PEER_MAX) {
        REFUSE("peer: too long");
    }
    if (!zsnmp_peer_is_text(peer->data, peer->len)) {
        REFUSE("peer: not plain text");
    }
    return ZSNMP_OK;
}

/* What keeps one item from being asked for or set. */
static const char *item_fault(const struct zsnmp_request *self, const struct zsnmp_item *item,
                              uint32_t *index)
{
    bool exact = self->op == ZSNMP_GET || self->op == ZSNMP_SET;
    if (!zsnmp_oid_valid(item->oid, item->oid_len) || (exact && item->oid_len < 2)) {
        return "oids: not an object identifier";
    }
    if ((self->op == ZSNMP_SET) != (item->type != 0)) {
        *index = 0; /* it is about the key */
        return self->op == ZSNMP_SET ? "oids: not for a set, which takes set"
                                     : "set: only for a set, others take oids";
    }
    if (item->type == ZSNMP_COUNTER64 && self->creds.version == ZSNMP_V1) {
        return "set: version 1 has no Counter64"; /* RFC 3584 section 4.2.2 */
    }
    return NULL;
}

/* Bytes that the value of an item takes, roughly; numbers do not count. */
static size_t item_bytes(const struct zsnmp_item *item)
{
    return item->type == ZSNMP_OCTET_STRING || item->type == ZSNMP_OPAQUE ? item->data_len : 0;
}

/* Notes with each root where its walk begins. */
static zsnmp_err_t check_start(struct zsnmp_request *self, const char **why)
{
    const struct zsnmp_item *start = self->start;
    struct zsnmp_item *root = self->items;
    if (start == NULL) {
        return ZSNMP_OK;
    }
    if (self->op != ZSNMP_WALK) {
        REFUSE("start: only for a walk");
    }
    for (; start != NULL && root != NULL; start = start->next, root = root->next) {
        bool over = start->oid_len == 0 && self->item_count > 1;
        if (!over && (!zsnmp_oid_valid(start->oid, start->oid_len) ||
                      !zsnmp_oid_under(start->oid, start->oid_len, root->oid, root->oid_len))) {
            REFUSE("start: not below the root of the walk");
        }
        root->missing = over;
        root->value.subids = start->oid;
        root->data_len = start->oid_len;
    }
    if (start != NULL || root != NULL) {
        REFUSE("start: not one for each root of the walk");
    }
    for (root = self->items; root != NULL && root->missing; root = root->next) {
    }
    if (root == NULL) {
        REFUSE("start: nothing is left to walk");
    }
    return ZSNMP_OK;
}

static zsnmp_err_t check_items(struct zsnmp_request *self, const char **why)
{
    if (self->item_count == 0) {
        REFUSE(self->op == ZSNMP_SET ? "set: missing or empty" : "oids: missing or empty");
    }
    size_t bytes = 0;
    uint32_t index = 0;
    for (const struct zsnmp_item *item = self->items; item != NULL; item = item->next) {
        uint32_t place = ++index;
        const char *fault = item_fault(self, item, &place);
        bytes += item_bytes(item);
        if (fault != NULL || bytes > ZSNMP_VALUE_MAX) {
            self->reply.error_index = place;
            *why = fault != NULL ? fault : "set: the values are too long together";
            return fault != NULL ? ZSNMP_E_BAD_REQUEST : ZSNMP_E_TOO_LARGE;
        }
    }
    return check_start(self, why);
}

static bool pass_fits(const struct zsnmp_str *pass)
{
    return pass->len >= ZSNMP_PASS_MIN && pass->len <= ZSNMP_PASS_MAX;
}

static bool engine_id_fits(const struct zsnmp_str *id)
{
    return id->data == NULL || (id->len >= ZSNMP_ENGINE_ID_MIN && id->len <= ZSNMP_ENGINE_ID_MAX);
}

/* The level that the credentials allow, as far as anything of them is there. */
static uint8_t level_of(const struct zsnmp_creds *creds)
{
    if (creds->priv_proto != ZSNMP_PRIV_NONE || creds->priv_pass.data != NULL ||
        creds->priv_key.data != NULL) {
        return ZSNMP_AUTH_PRIV;
    }
    bool auth = creds->auth_proto != ZSNMP_AUTH_NONE || creds->auth_pass.data != NULL ||
                creds->auth_key.data != NULL;
    return auth ? ZSNMP_AUTH_NO_PRIV : ZSNMP_NO_AUTH_NO_PRIV;
}

uint32_t zsnmp_auth_key_len(uint8_t proto)
{
    static const uint8_t lengths[] = {
        [ZSNMP_AUTH_MD5] = 16,    [ZSNMP_AUTH_SHA] = 20,    [ZSNMP_AUTH_SHA224] = 28,
        [ZSNMP_AUTH_SHA256] = 32, [ZSNMP_AUTH_SHA384] = 48, [ZSNMP_AUTH_SHA512] = 64,
    };
    return proto < sizeof lengths ? lengths[proto] : 0;
}

uint32_t zsnmp_priv_key_len(uint8_t proto)
{
    static const uint8_t lengths[] = {
        [ZSNMP_PRIV_DES] = 16,    [ZSNMP_PRIV_AES128] = 16,  [ZSNMP_PRIV_AES192] = 24,
        [ZSNMP_PRIV_AES256] = 32, [ZSNMP_PRIV_AES192C] = 24, [ZSNMP_PRIV_AES256C] = 32,
    };
    return proto < sizeof lengths ? lengths[proto] : 0;
}

static zsnmp_err_t check_auth(const struct zsnmp_creds *creds, const char **why)
{
    uint32_t key_len = zsnmp_auth_key_len(creds->auth_proto);
    if (key_len == 0) {
        REFUSE("auth_proto: missing or unknown");
    }
    if (creds->auth_key.data == NULL && !pass_fits(&creds->auth_pass)) {
        REFUSE("auth_pass: missing, or not 8 to 255 bytes");
    }
    if (creds->auth_key.data != NULL && creds->auth_pass.data != NULL) {
        REFUSE("auth_key: given beside auth_pass");
    }
    if (creds->auth_key.data != NULL && creds->auth_key.len != key_len) {
        REFUSE("auth_key: not as long as the hash of auth_proto");
    }
    return ZSNMP_OK;
}

static zsnmp_err_t check_priv(struct zsnmp_creds *creds, const char **why)
{
    uint32_t key_len = zsnmp_priv_key_len(creds->priv_proto);
    if (key_len == 0) {
        REFUSE("priv_proto: missing or unknown");
    }
    if (creds->priv_key.data == NULL && !pass_fits(&creds->priv_pass)) {
        REFUSE("priv_pass: missing, or not 8 to 255 bytes");
    }
    if (creds->priv_key.data != NULL && creds->priv_pass.data != NULL) {
        REFUSE("priv_key: given beside priv_pass");
    }
    if (creds->priv_key.data != NULL && creds->priv_key.len < key_len) {
        REFUSE("priv_key: shorter than priv_proto wants it");
    }
    if (creds->priv_key.data != NULL) {
        creds->priv_key.len = key_len; /* localised by a long hash: its head is the key */
    }
    return ZSNMP_OK;
}

static zsnmp_err_t check_usm(struct zsnmp_request *self, const char **why)
{
    struct zsnmp_creds *creds = &self->creds;
    if (creds->user.len == 0 || creds->user.len > ZSNMP_USER_MAX) {
        REFUSE("user: missing, or not 1 to 32 bytes");
    }
    if (!engine_id_fits(&creds->engine_id) || !engine_id_fits(&self->context_engine_id)) {
        REFUSE("engine_id, context_engine_id: not 5 to 32 bytes");
    }
    if (self->context.len > ZSNMP_CONTEXT_MAX) {
        REFUSE("context: too long");
    }
    if (creds->level == 0) {
        creds->level = level_of(creds);
    }
    zsnmp_err_t err = creds->level >= ZSNMP_AUTH_NO_PRIV ? check_auth(creds, why) : ZSNMP_OK;
    if (err == ZSNMP_OK && creds->level == ZSNMP_AUTH_PRIV) {
        err = check_priv(creds, why);
    }
    if (err != ZSNMP_OK) {
        return err;
    }
    /* What the level does not use must not tell sessions apart. */
    if (creds->level < ZSNMP_AUTH_PRIV) {
        creds->priv_proto = ZSNMP_PRIV_NONE;
        creds->priv_pass = creds->priv_key = (struct zsnmp_str){NULL, 0};
    }
    if (creds->level < ZSNMP_AUTH_NO_PRIV) {
        creds->auth_proto = ZSNMP_AUTH_NONE;
        creds->auth_pass = creds->auth_key = (struct zsnmp_str){NULL, 0};
    }
    creds->community = (struct zsnmp_str){NULL, 0};
    return ZSNMP_OK;
}

static zsnmp_err_t check_community(struct zsnmp_request *self, const char **why)
{
    struct zsnmp_str community = self->creds.community;
    if (community.data == NULL) {
        community = default_community;
    }
    if (community.len > ZSNMP_COMMUNITY_MAX) {
        REFUSE("community: too long");
    }
    if (self->op == ZSNMP_GET_BULK && self->creds.version == ZSNMP_V1) {
        REFUSE("version: version 1 has no get_bulk");
    }
    self->creds = (struct zsnmp_creds){.version = self->creds.version, .community = community};
    self->context = self->context_engine_id = (struct zsnmp_str){NULL, 0};
    return ZSNMP_OK;
}

static zsnmp_err_t check_numbers(struct zsnmp_request *self, const char **why)
{
    if (self->timeout_ms > ZSNMP_TIMEOUT_MS_MAX) {
        REFUSE("timeout_ms: over 600000");
    }
    if (self->retries > ZSNMP_RETRIES_MAX) {
        REFUSE("retries: over 100");
    }
    if (self->deadline_ms > ZSNMP_DEADLINE_MS_MAX) {
        REFUSE("deadline_ms: over 86400000");
    }
    if (self->device_interval_ms > ZSNMP_INTERVAL_MS_MAX) {
        REFUSE("device_interval_ms: over 10000");
    }
    if (self->stream != 0 && self->op != ZSNMP_WALK) {
        REFUSE("stream: only for a walk");
    }
    if (self->priority > ZSNMP_PRIORITY_MAX) {
        REFUSE("priority: over 7");
    }
    if (self->max_repetitions > ZSNMP_REPETITIONS_MAX ||
        self->non_repeaters > ZSNMP_REPETITIONS_MAX) {
        REFUSE("max_repetitions, non_repeaters: over 65535");
    }
    if (self->op == ZSNMP_GET_BULK && self->max_repetitions == 0) {
        self->max_repetitions = REPETITIONS_DEFAULT;
    }
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_request_check(struct zsnmp_request *self, const char **why)
{
    if (self->op < ZSNMP_GET || self->op > ZSNMP_SET) {
        REFUSE("op: unknown");
    }
    zsnmp_err_t err = check_peer(&self->peer, why);
    if (err == ZSNMP_OK) {
        err = check_items(self, why);
    }
    if (err == ZSNMP_OK && self->op == ZSNMP_WALK && self->reply.next == NULL) {
        self->reply.next = zsnmp_arena_alloc(&self->arena, ZSNMP_OID_MAX * sizeof(uint32_t));
        err = self->reply.next == NULL ? ZSNMP_E_INTERNAL : ZSNMP_OK;
    }
    if (err == ZSNMP_OK) {
        err = check_numbers(self, why);
    }
    if (err != ZSNMP_OK) {
        return err;
    }
    switch (self->creds.version) {
    case ZSNMP_V1:
    case ZSNMP_V2C:
        return check_community(self, why);
    case ZSNMP_V3:
        return check_usm(self, why);
    default:
        REFUSE("version: unknown");
    }
}
