/*
 * What comes first by a key, intrusive, so that nothing in it can fail for want
 * of memory. Most of it comes in the order in which it leaves, and is a list
 * then, with no node touched but those at its ends; what comes in between is
 * kept in a pairing heap beside it. Putting in is O(1), taking out O(log n) on
 * the whole.
 */
#ifndef ZSNMP_BASE_ORDER_H
#define ZSNMP_BASE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zsnmp_order_node {
    struct zsnmp_order_node *child; /* itself: it is in the list */
    struct zsnmp_order_node *next;  /* in the list, or sibling */
    struct zsnmp_order_node *back; /* before it, or its parent; itself: the first of the list or the
                                      root; NULL: out */
    uint64_t key;
};

struct zsnmp_order {
    struct zsnmp_order_node *first; /* with the lowest key; NULL: empty */
    struct zsnmp_order_node *head;  /* of the list, by key; NULL: none */
    struct zsnmp_order_node *tail;
    struct zsnmp_order_node *root; /* of the heap; NULL: none */
};

static inline bool zsnmp_order_has(const struct zsnmp_order_node *node)
{
    return node->back != NULL;
}

/* Puts a node in that is nowhere; zeroed memory is such a node. */
void zsnmp_order_push(struct zsnmp_order *self, struct zsnmp_order_node *node, uint64_t key);

/*
 * The same for a node that was taken out of it as the first, and is to be that again, before others
 * of its key.
 */
void zsnmp_order_put_back(struct zsnmp_order *self, struct zsnmp_order_node *node);

/* Takes a node out; does nothing where it is not in. */
void zsnmp_order_remove(struct zsnmp_order *self, struct zsnmp_order_node *node);

/* Takes out the first; NULL: there is none. */
struct zsnmp_order_node *zsnmp_order_pop(struct zsnmp_order *self);

#endif
