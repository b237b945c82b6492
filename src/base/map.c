/*
 * Hash maps; see map.h. Keys are spread by a multiplication, since ids and
 * pointers fill the low bits unevenly.
 */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 16u

void zsnmp_map_init(struct zsnmp_map *self)
{
    *self = (struct zsnmp_map){0};
}

void zsnmp_map_clear(struct zsnmp_map *self)
{
    free(self->slots);
    zsnmp_map_init(self);
}

static size_t home(const struct zsnmp_map *self, uint64_t key)
{
    return (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (self->cap - 1);
}

void *zsnmp_map_get(const struct zsnmp_map *self, uint64_t key, zsnmp_map_match_fn *match,
                    const void *wanted)
{
    if (self->cap == 0) {
        return NULL;
    }
    for (size_t at = home(self, key);; at = (at + 1) & (self->cap - 1)) {
        const struct zsnmp_map_slot *slot = &self->slots[at];
        if (slot->value == NULL) {
            return NULL;
        }
        if (slot->key == key && (match == NULL || match(slot->value, wanted))) {
            return slot->value;
        }
    }
}

static void place(struct zsnmp_map *self, uint64_t key, void *value)
{
    size_t at = home(self, key);
    while (self->slots[at].value != NULL) {
        at = (at + 1) & (self->cap - 1);
    }
    self->slots[at] = (struct zsnmp_map_slot){.key = key, .value = value};
}

static bool grow(struct zsnmp_map *self)
{
    struct zsnmp_map bigger = {.cap = self->cap == 0 ? FIRST_CAP : self->cap * 2, .len = self->len};
    bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
    if (bigger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < self->cap; i++) {
        if (self->slots[i].value != NULL) {
            place(&bigger, self->slots[i].key, self->slots[i].value);
        }
    }
    free(self->slots);
    *self = bigger;
    return true;
}

bool zsnmp_map_put(struct zsnmp_map *self, uint64_t key, void *value)
{
    /* Kept at most two thirds full; a full table would make get() run in circles. */
    if ((self->len + 1) * 3 > self->cap * 2 && !grow(self)) {
        return false;
    }
    place(self, key, value);
    self->len++;
    return true;
}

/* Moves what probing would no longer find across the hole at `hole` (Knuth 6.4, algorithm R). */
static void close_hole(struct zsnmp_map *self, size_t hole)
{
    size_t mask = self->cap - 1;
    for (size_t at = (hole + 1) & mask; self->slots[at].value != NULL; at = (at + 1) & mask) {
        size_t want = home(self, self->slots[at].key);
        if (((at - want) & mask) >= ((at - hole) & mask)) {
            self->slots[hole] = self->slots[at];
            hole = at;
        }
    }
    self->slots[hole].value = NULL;
}

bool zsnmp_map_remove(struct zsnmp_map *self, uint64_t key, const void *value)
{
    if (self->cap == 0) {
        return false;
    }
    size_t at = home(self, key);
    while (self->slots[at].value != value || self->slots[at].key != key) {
        if (self->slots[at].value == NULL) {
            return false;
        }
        at = (at + 1) & (self->cap - 1);
    }
    close_hole(self, at);
    self->len--;
    return true;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(hash ^ word) * 0xD6E8FEB86659FD93u;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t zsnmp_hash(uint64_t seed, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t hash = mix(seed ^ 0xA0761D6478BD642Fu, len);
    uint64_t word;
    for (; len >= sizeof word; len -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = mix(hash, word);
    }
    if (len > 0) {
        word = 0;
        memcpy(&word, bytes, len);
        hash = mix(hash, word);
    }
    return mix(hash, seed);
}
