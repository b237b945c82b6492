/*
 * A bump allocator: memory of one request, freed in one go. The first chunk
 * can be part of the owner's own block, so that a usual request is one malloc.
 * Must never hand out more than its ceiling.
 */
#ifndef ZSNMP_BASE_ARENA_H
#define ZSNMP_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define ZSNMP_ARENA_MAX (4u * 1024 * 1024) /* bytes one request may hold: 1000 large settings */

struct zsnmp_arena_chunk;

struct zsnmp_arena {
    uint8_t *at;                     /* next free byte of the current chunk */
    uint8_t *end;                    /* one past its last */
    struct zsnmp_arena_chunk *extra; /* chunks beyond the first */
    size_t total;                    /* bytes handed out and reserved */
};

/* Starts with memory that belongs to the owner (len may be 0). */
void zsnmp_arena_init(struct zsnmp_arena *self, void *first, size_t len);

#define ZSNMP_ARENA_ALIGN 8u /* what the members of requests need */

/* zsnmp_arena_alloc() where the chunk at hand is used up. */
void *zsnmp_arena_grow(struct zsnmp_arena *self, size_t size);

/* size bytes aligned for any member of a request, NULL when memory or the ceiling is reached. */
static inline void *zsnmp_arena_alloc(struct zsnmp_arena *self, size_t size)
{
    uintptr_t mask = ZSNMP_ARENA_ALIGN - 1;
    uint8_t *start = (uint8_t *)(((uintptr_t)self->at + mask) & ~mask);
    if (self->at != NULL && start <= self->end && size <= (size_t)(self->end - start)) {
        self->at = start + size;
        return start;
    }
    return zsnmp_arena_grow(self, size);
}

/* A copy with a NUL behind it; NULL as above. */
char *zsnmp_arena_dup(struct zsnmp_arena *self, const void *data, size_t len);

/* Wipes and frees the extra chunks (they may hold pass phrases). The first is the owner's. */
void zsnmp_arena_clear(struct zsnmp_arena *self);

#endif
