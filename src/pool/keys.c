/*
 * The key thread: turns pass phrases into keys (RFC 3414 A.2), which takes
 * milliseconds each, and remembers the latest, since thousands of devices share
 * a few pass phrases. Workers ask by message and go on meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

#define CACHE_MAX 1024u /* pass phrases remembered */

struct entry {
    struct zsnmp_list recent; /* most recently used last */
    uint64_t hash;
    uint8_t proto;
    size_t pass_len;
    char pass[ZSNMP_PASS_MAX];
    struct zsnmp_key key;
};

struct zsnmp_key_cache {
    struct zsnmp_map map;
    struct zsnmp_list recent;
    uint64_t seed;
    size_t count;
};

struct wanted {
    zsnmp_auth_t proto;
    const char *pass;
    size_t len;
};

static bool is_wanted(const void *value, const void *wanted)
{
    const struct entry *entry = value;
    const struct wanted *want = wanted;
    return entry->proto == want->proto && entry->pass_len == want->len &&
           memcmp(entry->pass, want->pass, want->len) == 0;
}

static void drop(struct zsnmp_key_cache *self, struct entry *entry)
{
    zsnmp_list_remove(&entry->recent);
    zsnmp_map_remove(&self->map, entry->hash, entry);
    self->count--;
    explicit_bzero(entry, sizeof *entry);
    free(entry);
}

static void remember(struct zsnmp_key_cache *self, uint64_t hash, const struct wanted *want,
                     const struct zsnmp_key *key)
{
    if (self->count >= CACHE_MAX) {
        drop(self, ZSNMP_CONTAINER(self->recent.next, struct entry, recent));
    }
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL || !zsnmp_map_put(&self->map, hash, entry)) {
        free(entry); /* derived again next time */
        return;
    }
    entry->hash = hash;
    entry->proto = (uint8_t)want->proto;
    entry->pass_len = want->len;
    memcpy(entry->pass, want->pass, want->len);
    entry->key = *key;
    zsnmp_list_init(&entry->recent);
    zsnmp_list_push(&self->recent, &entry->recent);
    self->count++;
}

static zsnmp_err_t find_key(struct zsnmp_keys *self, const struct wanted *want,
                            struct zsnmp_key *key)
{
    struct zsnmp_key_cache *cache = self->cache;
    uint64_t hash = zsnmp_hash(cache->seed + want->proto, want->pass, want->len);
    struct entry *entry = zsnmp_map_get(&cache->map, hash, is_wanted, want);
    if (entry != NULL) {
        *key = entry->key;
        zsnmp_list_remove(&entry->recent);
        zsnmp_list_push(&cache->recent, &entry->recent);
        return ZSNMP_OK;
    }
    zsnmp_err_t err = zsnmp_key_derive(want->proto, want->pass, want->len, key);
    if (err == ZSNMP_OK) {
        zsnmp_counter_add(&self->counters.v3_keys_derived, 1);
        remember(cache, hash, want, key);
    }
    return err;
}

/* The privacy key, too, is made with the authentication protocol's hash (RFC 3414 section 2.6). */
static void do_job(struct zsnmp_keys *self, struct zsnmp_key_job *job)
{
    struct wanted auth = {.proto = job->proto, .pass = job->auth_pass, .len = job->auth_len};
    struct wanted priv = {.proto = job->proto, .pass = job->priv_pass, .len = job->priv_len};
    bool over = atomic_load_explicit(&self->over, memory_order_relaxed);
    job->err = over ? ZSNMP_E_SHUTTING_DOWN : ZSNMP_OK;
    if (job->err == ZSNMP_OK && job->auth_len > 0) {
        job->err = find_key(self, &auth, &job->auth);
    }
    if (job->err == ZSNMP_OK && job->priv_len > 0) {
        job->err = find_key(self, &priv, &job->priv);
    }
    zsnmp_mailbox_push(job->reply_to, &job->msg);
}

static void *run_keys(void *arg)
{
    struct zsnmp_keys *self = arg;
    pthread_setname_np(pthread_self(), "zsnmp-keys");
    struct pollfd item = {.fd = self->inbox.fd, .events = POLLIN};
    for (bool over = false; !over;) {
        if (zsnmp_mailbox_doze(&self->inbox) && poll(&item, 1, -1) < 0 && errno != EINTR) {
            break; /* cannot happen with one valid descriptor */
        }
        struct zsnmp_msg *msg = zsnmp_mailbox_take(&self->inbox);
        while (msg != NULL) {
            struct zsnmp_msg *next = msg->next;
            if (msg->kind == ZSNMP_MSG_KEYS) {
                do_job(self, (struct zsnmp_key_job *)msg);
            } else {
                over = true;
            }
            msg = next;
        }
    }
    zsnmp_snmp_thread_end();
    return NULL;
}

static void free_cache(struct zsnmp_key_cache *cache)
{
    while (!zsnmp_list_empty(&cache->recent)) {
        drop(cache, ZSNMP_CONTAINER(cache->recent.next, struct entry, recent));
    }
    zsnmp_map_clear(&cache->map);
    free(cache);
}

zsnmp_err_t zsnmp_keys_start(struct zsnmp_keys *self, struct zsnmp_pool *pool)
{
    self->pool = pool;
    self->inbox.fd = -1;
    self->cache = calloc(1, sizeof *self->cache);
    if (self->cache == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    zsnmp_map_init(&self->cache->map);
    zsnmp_list_init(&self->cache->recent);
    self->cache->seed = pool->seed;
    if (!zsnmp_mailbox_init(&self->inbox) ||
        pthread_create(&self->thread, NULL, run_keys, self) != 0) {
        return ZSNMP_E_INTERNAL;
    }
    self->started = true;
    return ZSNMP_OK;
}

void zsnmp_keys_stop(struct zsnmp_keys *self)
{
    if (self->started) {
        self->stop.kind = ZSNMP_MSG_STOP;
        atomic_store_explicit(&self->over, true, memory_order_relaxed);
        zsnmp_mailbox_push(&self->inbox, &self->stop);
        pthread_join(self->thread, NULL);
        self->started = false;
    }
    zsnmp_mailbox_close(&self->inbox);
    if (self->cache != NULL) {
        free_cache(self->cache);
        self->cache = NULL;
    }
}
