/*
 * A pairing heap: what comes first by a key, intrusive, so that nothing in it
 * can fail for want of memory and an empty one is one pointer. Putting in is
 * O(1), taking out O(log n) on the whole.
 */
#ifndef ZSNMP_BASE_ORDER_H
#define ZSNMP_BASE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zsnmp_order_node {
    struct zsnmp_order_node *child;
    struct zsnmp_order_node *next; /* sibling */
    struct zsnmp_order_node *back; /* sibling before it, or its parent; itself: the first; NULL: out
                                    */
    uint64_t key;
};

struct zsnmp_order {
    struct zsnmp_order_node *first; /* with the lowest key; NULL: empty */
};

static inline bool zsnmp_order_has(const struct zsnmp_order_node *node)
{
    return node->back != NULL;
}

/* Puts a node in that is in no heap; zeroed memory is such a node. */
void zsnmp_order_push(struct zsnmp_order *self, struct zsnmp_order_node *node, uint64_t key);

/* Takes a node out; does nothing where it is not in. */
void zsnmp_order_remove(struct zsnmp_order *self, struct zsnmp_order_node *node);

/* Takes out the first; NULL: there is none. */
struct zsnmp_order_node *zsnmp_order_pop(struct zsnmp_order *self);

#endif
