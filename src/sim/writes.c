/*
 * See writes.h: a chained hash table behind a read-write lock, its buckets made at the first
 * write. A commit allocates nothing but those buckets, so that it cannot stop half-way.
 */
#include "sim/writes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BUCKETS 65536

struct zsnmp_sim_writes {
    pthread_rwlock_t lock; /* guards bucket and what hangs on it */
    atomic_size_t count;
    struct zsnmp_sim_write **bucket;
};

struct zsnmp_sim_writes *zsnmp_sim_writes_new(void)
{
    struct zsnmp_sim_writes *self = calloc(1, sizeof *self);
    if (self != NULL && pthread_rwlock_init(&self->lock, NULL) != 0) {
        free(self);
        return NULL;
    }
    return self;
}

static void free_list(struct zsnmp_sim_write *w)
{
    while (w != NULL) {
        struct zsnmp_sim_write *next = w->next;
        free(w);
        w = next;
    }
}

void zsnmp_sim_writes_destroy(struct zsnmp_sim_writes **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; (*self)->bucket != NULL && i < BUCKETS; i++) {
        free_list((*self)->bucket[i]);
    }
    free((*self)->bucket);
    pthread_rwlock_destroy(&(*self)->lock);
    free(*self);
    *self = NULL;
}

static struct zsnmp_sim_write **find(struct zsnmp_sim_writes *self, uint64_t device,
                                     struct zsnmp_sim_pos pos)
{
    uint64_t hash = zsnmp_sim_mix(device ^ zsnmp_sim_mix((uint64_t)pos.object << 32 | pos.row));
    struct zsnmp_sim_write **at = &self->bucket[hash % BUCKETS];
    while (*at != NULL &&
           ((*at)->device != device || (*at)->object != pos.object || (*at)->row != pos.row)) {
        at = &(*at)->next;
    }
    return at;
}

bool zsnmp_sim_writes_get(struct zsnmp_sim_writes *self, uint64_t device, struct zsnmp_sim_pos pos,
                          struct zsnmp_sim_write *copy)
{
    if (atomic_load_explicit(&self->count, memory_order_acquire) == 0) {
        return false;
    }
    pthread_rwlock_rdlock(&self->lock);
    const struct zsnmp_sim_write *found = *find(self, device, pos);
    if (found != NULL) {
        *copy = *found;
    }
    pthread_rwlock_unlock(&self->lock);
    return found != NULL;
}

/* Unlinks the first of the list and puts it into the table, over what was there. */
static void put(struct zsnmp_sim_writes *self, struct zsnmp_sim_write *w)
{
    struct zsnmp_sim_pos pos = {w->object, w->row};
    struct zsnmp_sim_write **at = find(self, w->device, pos);
    struct zsnmp_sim_write *old = *at;
    w->next = old == NULL ? NULL : old->next;
    *at = w;
    if (old == NULL) {
        atomic_fetch_add_explicit(&self->count, 1, memory_order_release);
    }
    free(old);
}

bool zsnmp_sim_writes_commit(struct zsnmp_sim_writes *self, struct zsnmp_sim_write *list)
{
    size_t want = 0; /* counts instances written before too: close to the ceiling is full */
    for (const struct zsnmp_sim_write *w = list; w != NULL; w = w->next) {
        want++;
    }
    pthread_rwlock_wrlock(&self->lock);
    if (self->bucket == NULL) {
        self->bucket = calloc(BUCKETS, sizeof *self->bucket);
    }
    bool fits = self->bucket != NULL && want <= ZSNMP_SIM_WRITES_MAX - atomic_load(&self->count);
    while (fits && list != NULL) {
        struct zsnmp_sim_write *next = list->next;
        put(self, list);
        list = next;
    }
    pthread_rwlock_unlock(&self->lock);
    return fits;
}

size_t zsnmp_sim_writes_count(struct zsnmp_sim_writes *self)
{
    return atomic_load(&self->count);
}
