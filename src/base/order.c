/*
 * A list and a pairing heap; see order.h. Without recursion: a heap may be as
 * deep as it has nodes.
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

static void set_root(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    self->root = node;
    if (node != NULL) {
        node->back = node;
    }
}

/* Between two neighbours of the list, either of which may be NULL. */
static void link_in(struct zsnmp_order *self, struct zsnmp_order_node *node,
                    struct zsnmp_order_node *before, struct zsnmp_order_node *behind)
{
    node->child = node;
    node->next = behind;
    node->back = before != NULL ? before : node;
    *(before != NULL ? &before->next : &self->head) = node;
    *(behind != NULL ? &behind->back : &self->tail) = node;
}

static void unlink_node(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    struct zsnmp_order_node *before = node->back != node ? node->back : NULL;
    struct zsnmp_order_node *behind = node->next;
    *(before != NULL ? &before->next : &self->head) = behind;
    if (behind == NULL) {
        self->tail = before;
    } else {
        behind->back = before != NULL ? before : behind;
    }
}

static void cut_out(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    struct zsnmp_order_node *tree = join_siblings(node->child);
    if (node == self->root) {
        set_root(self, tree);
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
    if (tree != NULL) {
        set_root(self, join(self->root, tree));
    }
}

/* Of the same key, what is in the list has been there longer as a rule. */
static void find_first(struct zsnmp_order *self)
{
    bool in_list = self->root == NULL || (self->head != NULL && self->head->key <= self->root->key);
    self->first = in_list ? self->head : self->root;
}

void zsnmp_order_push(struct zsnmp_order *self, struct zsnmp_order_node *node, uint64_t key)
{
    *node = (struct zsnmp_order_node){.key = key};
    if (self->tail == NULL || key >= self->tail->key) {
        link_in(self, node, self->tail, NULL);
    } else if (key < self->head->key) {
        link_in(self, node, NULL, self->head);
    } else {
        set_root(self, self->root == NULL ? node : join(node, self->root));
    }
    find_first(self);
}

void zsnmp_order_put_back(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    if (self->head != NULL && node->key > self->head->key) {
        zsnmp_order_push(self, node, node->key); /* what it was before has come between */
        return;
    }
    link_in(self, node, NULL, self->head);
    find_first(self);
}

void zsnmp_order_remove(struct zsnmp_order *self, struct zsnmp_order_node *node)
{
    if (!zsnmp_order_has(node)) {
        return;
    }
    if (node->child == node) {
        unlink_node(self, node);
    } else {
        cut_out(self, node);
    }
    node->child = node->next = node->back = NULL;
    if (node == self->first) {
        find_first(self);
    }
}

struct zsnmp_order_node *zsnmp_order_pop(struct zsnmp_order *self)
{
    struct zsnmp_order_node *first = self->first;
    if (first != NULL) {
        zsnmp_order_remove(self, first);
    }
    return first;
}
