/*
 * Bump allocator; see arena.h. Chunks are wiped before they go, since requests
 * carry pass phrases.
 */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN 1024u

_Static_assert(alignof(max_align_t) % ZSNMP_ARENA_ALIGN == 0, "chunks begin aligned");

struct zsnmp_arena_chunk {
    struct zsnmp_arena_chunk *next;
    size_t size;
    alignas(max_align_t) uint8_t data[];
};

void zsnmp_arena_init(struct zsnmp_arena *self, void *first, size_t len)
{
    self->at = first;
    self->end = self->at == NULL ? NULL : self->at + len;
    self->extra = NULL;
    self->total = 0;
}

void *zsnmp_arena_grow(struct zsnmp_arena *self, size_t size)
{
    size_t want = size > CHUNK_MIN ? size : CHUNK_MIN;
    if (want > ZSNMP_ARENA_MAX - self->total) {
        return NULL;
    }
    struct zsnmp_arena_chunk *chunk = malloc(sizeof *chunk + want);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->next = self->extra;
    chunk->size = want;
    self->extra = chunk;
    self->total += want;
    self->at = chunk->data + size;
    self->end = chunk->data + want;
    return chunk->data;
}

char *zsnmp_arena_dup(struct zsnmp_arena *self, const void *data, size_t len)
{
    char *copy = zsnmp_arena_alloc(self, len + 1);
    if (copy != NULL) {
        if (len > 0) {
            memcpy(copy, data, len);
        }
        copy[len] = '\0';
    }
    return copy;
}

void zsnmp_arena_clear(struct zsnmp_arena *self)
{
    while (self->extra != NULL) {
        struct zsnmp_arena_chunk *chunk = self->extra;
        self->extra = chunk->next;
        explicit_bzero(chunk->data, chunk->size);
        free(chunk);
    }
    self->at = self->end = NULL;
}
