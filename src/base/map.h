/*
 * Hash maps that hold pointers, keyed by a 64-bit number that the caller makes
 * (an id, or a hash of the real key, compared by a function of the caller's).
 * Open addressing, linear probing, deletion without tombstones. Pointers must
 * not be NULL. Iterating goes by slot, so that it can be done in parts.
 */
#ifndef ZSNMP_BASE_MAP_H
#define ZSNMP_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zsnmp_map_slot {
    uint64_t key;
    void *value; /* NULL: free */
};

struct zsnmp_map {
    struct zsnmp_map_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t len;
};

/* Whether value is what is looked for; NULL as function: the key decides alone. */
typedef bool zsnmp_map_match_fn(const void *value, const void *wanted);

void zsnmp_map_init(struct zsnmp_map *self);
void zsnmp_map_clear(struct zsnmp_map *self); /* frees the slots, not the values */

/* The value, or NULL. */
void *zsnmp_map_get(const struct zsnmp_map *self, uint64_t key, zsnmp_map_match_fn *match,
                    const void *wanted);

/* Puts a value in; the caller has made sure that it is not there. false: no memory. */
bool zsnmp_map_put(struct zsnmp_map *self, uint64_t key, void *value);

/* Takes a value out by its key and pointer; false: it was not there. */
bool zsnmp_map_remove(struct zsnmp_map *self, uint64_t key, const void *value);

/* Mixes bytes into a 64-bit hash, seeded so that outsiders cannot aim for collisions. */
uint64_t zsnmp_hash(uint64_t seed, const void *data, size_t len);

#endif
