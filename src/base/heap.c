/*
 * Timer heap; see heap.h.
 */
#include "heap.h"

#include <stdlib.h>

#define FIRST_CAP 64u

void zsnmp_heap_init(struct zsnmp_heap *self)
{
    *self = (struct zsnmp_heap){0};
}

void zsnmp_heap_clear(struct zsnmp_heap *self)
{
    free(self->slots);
    zsnmp_heap_init(self);
}

static void put(struct zsnmp_heap *self, size_t at, struct zsnmp_heap_slot slot)
{
    self->slots[at] = slot;
    slot.node->place = (uint32_t)at + 1;
}

static void sift_up(struct zsnmp_heap *self, size_t at, struct zsnmp_heap_slot slot)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (self->slots[parent].at_us <= slot.at_us) {
            break;
        }
        put(self, at, self->slots[parent]);
        at = parent;
    }
    put(self, at, slot);
}

static void sift_down(struct zsnmp_heap *self, size_t at, struct zsnmp_heap_slot slot)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= self->len) {
            break;
        }
        if (child + 1 < self->len && self->slots[child + 1].at_us < self->slots[child].at_us) {
            child++;
        }
        if (slot.at_us <= self->slots[child].at_us) {
            break;
        }
        put(self, at, self->slots[child]);
        at = child;
    }
    put(self, at, slot);
}

/* Finds the right place for a slot whose index is at, whatever stood there. */
static void settle(struct zsnmp_heap *self, size_t at, struct zsnmp_heap_slot slot)
{
    if (at > 0 && self->slots[(at - 1) / 2].at_us > slot.at_us) {
        sift_up(self, at, slot);
    } else {
        sift_down(self, at, slot);
    }
}

static bool reserve(struct zsnmp_heap *self)
{
    if (self->len < self->cap) {
        return true;
    }
    size_t cap = self->cap == 0 ? FIRST_CAP : self->cap * 2;
    struct zsnmp_heap_slot *slots =
        cap >= UINT32_MAX ? NULL : realloc(self->slots, cap * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    self->slots = slots;
    self->cap = cap;
    return true;
}

bool zsnmp_heap_set(struct zsnmp_heap *self, struct zsnmp_heap_node *node, int64_t at_us)
{
    struct zsnmp_heap_slot slot = {.at_us = at_us, .node = node};
    if (node->place != 0) {
        settle(self, node->place - 1, slot);
        return true;
    }
    if (!reserve(self)) {
        return false;
    }
    sift_up(self, self->len++, slot);
    return true;
}

void zsnmp_heap_remove(struct zsnmp_heap *self, struct zsnmp_heap_node *node)
{
    if (node->place == 0) {
        return;
    }
    size_t at = node->place - 1;
    node->place = 0;
    self->len--;
    if (at < self->len) {
        settle(self, at, self->slots[self->len]);
    }
}

struct zsnmp_heap_node *zsnmp_heap_due(struct zsnmp_heap *self, int64_t now_us)
{
    if (self->len == 0 || self->slots[0].at_us > now_us) {
        return NULL;
    }
    struct zsnmp_heap_node *node = self->slots[0].node;
    zsnmp_heap_remove(self, node);
    return node;
}
