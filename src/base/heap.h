/*
 * A binary heap of timers, intrusive: a node knows its place, so that it can
 * be taken out in O(log n). Times are int64_t microseconds of the monotonic
 * clock. The heap stores keys beside the pointers, so that sifting does not
 * touch the nodes' own memory but to note their place.
 */
#ifndef ZSNMP_BASE_HEAP_H
#define ZSNMP_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zsnmp_heap_node {
    uint32_t place; /* index + 1; 0: not in a heap */
};

struct zsnmp_heap_slot {
    int64_t at_us;
    struct zsnmp_heap_node *node;
};

struct zsnmp_heap {
    struct zsnmp_heap_slot *slots;
    size_t len;
    size_t cap;
};

void zsnmp_heap_init(struct zsnmp_heap *self);
void zsnmp_heap_clear(struct zsnmp_heap *self); /* frees; nodes are the caller's */

/* Puts a node in, or moves it where it is in already. false: no memory, and nothing changed. */
bool zsnmp_heap_set(struct zsnmp_heap *self, struct zsnmp_heap_node *node, int64_t at_us);

/* Takes a node out; does nothing where it is not in. */
void zsnmp_heap_remove(struct zsnmp_heap *self, struct zsnmp_heap_node *node);

/* Takes out the earliest node that is due; NULL: none is. */
struct zsnmp_heap_node *zsnmp_heap_due(struct zsnmp_heap *self, int64_t now_us);

/* When the earliest is due; INT64_MAX: the heap is empty. */
static inline int64_t zsnmp_heap_first(const struct zsnmp_heap *self)
{
    return self->len == 0 ? INT64_MAX : self->slots[0].at_us;
}

#endif
