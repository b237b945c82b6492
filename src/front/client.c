/*
 * Records of clients, one for each routing id. A record lives while something
 * of its client is unanswered or unsent; some idle ones are kept so that a
 * lock-step client does not cost an allocation a message.
 */
#include "front.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define ROUTING_ID_MAX 255u

struct wanted_id {
    const void *id;
    size_t len;
};

static bool has_id(const void *value, const void *wanted)
{
    const struct zsnmp_client *client = value;
    const struct wanted_id *want = wanted;
    return client->id_len == want->len && zsnmp_bytes_equal(client->id, want->id, want->len);
}

static struct zsnmp_client *make(const void *id, size_t len)
{
    struct zsnmp_client *client = calloc(1, sizeof *client + len);
    if (client == NULL) {
        return NULL;
    }
    client->credit = zsnmp_credit_new();
    if (client->credit == NULL) {
        free(client);
        return NULL;
    }
    zsnmp_list_init(&client->idle);
    zsnmp_list_init(&client->dirty);
    zsnmp_list_init(&client->stuck);
    zsnmp_buf_init(&client->ready, ZSNMP_REPLY_BYTES_MAX);
    client->retry_gap_us = ZSNMP_RETRY_MIN_US;
    client->id_len = (uint8_t)len;
    memcpy(client->id, id, len);
    return client;
}

static void release(struct zsnmp_server *self, struct zsnmp_client *client)
{
    self->last = self->last == client ? NULL : self->last;
    zsnmp_buf_clear(&client->ready);
    zsnmp_credit_unref(client->credit);
    free(client);
}

/* The record of a routing id, made where there is none; NULL: no memory. */
static struct zsnmp_client *find(struct zsnmp_server *self, const struct wanted_id *want)
{
    uint64_t hash = zsnmp_hash(self->seed, want->id, want->len);
    struct zsnmp_client *client = zsnmp_map_get(&self->clients, hash, has_id, want);
    if (client != NULL) {
        return client;
    }
    client = make(want->id, want->len);
    if (client == NULL) {
        return NULL;
    }
    client->hash = hash;
    if (!zsnmp_map_put(&self->clients, hash, client)) {
        release(self, client);
        return NULL;
    }
    return client;
}

/* The same, and marks it as in use. Mostly it is that of the message before. */
struct zsnmp_client *zsnmp_client_find(struct zsnmp_server *self, const void *id, size_t len)
{
    if (len > ROUTING_ID_MAX) {
        return NULL;
    }
    struct wanted_id want = {id, len};
    if (self->last == NULL || !has_id(self->last, &want)) {
        self->last = find(self, &want);
    }
    struct zsnmp_client *client = self->last;
    if (client != NULL) {
        client->gone = false;
    }
    if (client != NULL && client->is_idle) {
        zsnmp_list_remove(&client->idle);
        client->is_idle = false;
        self->idle_count--;
    }
    return client;
}

static bool has_work(const struct zsnmp_client *client)
{
    return client->unanswered > 0 || client->parts > 0 || client->ready_count > 0 ||
           client->first != NULL;
}

/* To be called when something of a client's has come to its end. */
void zsnmp_client_settle(struct zsnmp_server *self, struct zsnmp_client *client)
{
    if (client->is_idle || has_work(client)) {
        return;
    }
    zsnmp_buf_clear(&client->ready);
    client->is_idle = true;
    zsnmp_list_push(&self->idle, &client->idle);
    self->idle_count++;
}

/* Frees the records that have been idle longest, down to so many. */
void zsnmp_clients_trim(struct zsnmp_server *self, uint32_t keep)
{
    while (self->idle_count > keep) {
        struct zsnmp_list *node = zsnmp_list_pop(&self->idle);
        struct zsnmp_client *client = ZSNMP_CONTAINER(node, struct zsnmp_client, idle);
        zsnmp_map_remove(&self->clients, client->hash, client);
        self->idle_count--;
        release(self, client);
    }
}

/* The end: whatever is still kept for clients goes. */
void zsnmp_clients_clear(struct zsnmp_server *self)
{
    for (size_t i = 0; i < self->clients.cap; i++) {
        struct zsnmp_client *client = self->clients.slots[i].value;
        if (client != NULL) {
            zsnmp_front_drop_pending(self, client, 0);
            release(self, client);
        }
    }
    zsnmp_map_clear(&self->clients);
}
