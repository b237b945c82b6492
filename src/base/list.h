/*
 * Intrusive doubly linked lists with a head node. Every node is either linked
 * or points to itself, so that taking it out twice does no harm.
 */
#ifndef ZSNMP_BASE_LIST_H
#define ZSNMP_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct zsnmp_list {
    struct zsnmp_list *prev;
    struct zsnmp_list *next;
};

/* The structure that holds a node. */
#define ZSNMP_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline void zsnmp_list_init(struct zsnmp_list *self)
{
    self->prev = self->next = self;
}

static inline bool zsnmp_list_empty(const struct zsnmp_list *self)
{
    return self->next == self;
}

static inline void zsnmp_list_remove(struct zsnmp_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    zsnmp_list_init(node);
}

/* Appends a node that is in no list. */
static inline void zsnmp_list_push(struct zsnmp_list *self, struct zsnmp_list *node)
{
    node->prev = self->prev;
    node->next = self;
    self->prev->next = node;
    self->prev = node;
}

/* Puts a node that is in no list first. */
static inline void zsnmp_list_push_front(struct zsnmp_list *self, struct zsnmp_list *node)
{
    zsnmp_list_push(self->next, node);
}

/* Moves all nodes of another list to an empty one. */
static inline void zsnmp_list_take(struct zsnmp_list *self, struct zsnmp_list *from)
{
    if (!zsnmp_list_empty(from)) {
        *self = *from;
        self->next->prev = self;
        self->prev->next = self;
        zsnmp_list_init(from);
    }
}

/* Takes out the first node; NULL when there is none. */
static inline struct zsnmp_list *zsnmp_list_pop(struct zsnmp_list *self)
{
    if (zsnmp_list_empty(self)) {
        return NULL;
    }
    struct zsnmp_list *node = self->next;
    zsnmp_list_remove(node);
    return node;
}

#endif
