/*
 * The pairing heap; see order.h. Without recursion: a heap may be as deep as it
 * has nodes.
 */
#include "order.h"

/* Joins two trees whose roots have no siblings; b may be NULL. */
static struct zsnmp_order_node *join(struct zsnmp_order_node *a, struct zsnmp_order_node *b)
{
    if (b == NULL) {
        return a;
    }
    if (b->key < a->key) {
        struct zsnmp_order_node *lower = b;
        b = a;
        a = lower;
    }
    b->next = a->child;
    if (b->next != NULL) {
        b->next->back = b;
    }
    b->back = a;
    a->child = b;
    return a;
}

/* One tree of a list of siblings: in pairs from the left, then all from the right. */
static struct zsnmp_order_node *join_siblings(struct zsnmp_order_node *node)
{
    struct zsnmp_order_node *pairs = NULL;
    while (node != NULL) {
        struct zsnmp_order_node *second = node->next;
        struct zsnmp_order_node *rest = second != NULL ? second->next : NULL;
        node->next = NULL;
        if (second != NULL) {
            second->next = NULL;
        }
        struct zsnmp_order_node *pair = join(node, second);
        pair->next = pairs;
        pairs = pair;
        node = rest;
    }
    struct zsnmp_order_node *tree = NULL;
    while (pairs != NULL) {
        struct zsnmp_order_node *rest = pairs->next;
        pairs->next = NULL;
        tree = join(pairs, tree);
        pairs = rest;
    }
    return tree;
}

static void set_first(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    self->first = node;
    if (node != NULL) {
        node->back = node;
    }
}

void zsnmp_order_push(struct zsnmp_order *self, struct zsnmp_order_node *node, uint64_t key)
{
    *node = (struct zsnmp_order_node){.key = key};
    set_first(self, join(node, self->first));
}

static void forget(struct zsnmp_order_node *node)
{
    node->child = node->next = node->back = NULL;
}

struct zsnmp_order_node *zsnmp_order_pop(struct zsnmp_order *self)
{
    struct zsnmp_order_node *first = self->first;
    if (first != NULL) {
        set_first(self, join_siblings(first->child));
        forget(first);
    }
    return first;
}

void zsnmp_order_remove(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    if (!zsnmp_order_has(node)) {
        return;
    }
    if (node == self->first) {
        (void)zsnmp_order_pop(self);
        return;
    }
    if (node->back->child == node) {
        node->back->child = node->next;
    } else {
        node->back->next = node->next;
    }
    if (node->next != NULL) {
        node->next->back = node->back;
    }
    struct zsnmp_order_node *tree = join_siblings(node->child);
    forget(node);
    if (tree != NULL) {
        set_first(self, join(self->first, tree));
    }
}
