/*
 * The table and list of calls; see calls.h.
 */
#include "calls.h"

#include <stdlib.h>

#define FIRST_SIZE 64u

static size_t home_of(const struct calls *self, uint64_t number)
{
    return (size_t)number & (self->size - 1);
}

/* Where a number is, or would be put. */
static size_t slot_of(const struct calls *self, uint64_t number)
{
    size_t at = home_of(self, number);
    while (self->slots[at] != NULL && self->slots[at]->number != number) {
        at = (at + 1) & (self->size - 1);
    }
    return at;
}

static bool resize(struct calls *self, size_t size)
{
    struct calls grown = {.slots = calloc(size, sizeof(struct call *)), .size = size};
    if (grown.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < self->size; i++) {
        if (self->slots[i] != NULL) {
            grown.slots[slot_of(&grown, self->slots[i]->number)] = self->slots[i];
        }
    }
    grown.count = self->count;
    free(self->slots);
    *self = grown;
    return true;
}

bool zsnmpc_calls_add(struct calls *self, struct call *call)
{
    if (self->count * 2 >= self->size &&
        !resize(self, self->size == 0 ? FIRST_SIZE : self->size * 2)) {
        return false;
    }
    self->slots[slot_of(self, call->number)] = call;
    self->count++;
    return true;
}

struct call *zsnmpc_calls_find(const struct calls *self, uint64_t number)
{
    return self->size == 0 ? NULL : self->slots[slot_of(self, number)];
}

/* What comes behind moves up where a search for it would now end too early. */
void zsnmpc_calls_remove(struct calls *self, const struct call *call)
{
    size_t mask = self->size - 1;
    size_t hole = slot_of(self, call->number);
    self->slots[hole] = NULL;
    self->count--;
    for (size_t at = (hole + 1) & mask; self->slots[at] != NULL; at = (at + 1) & mask) {
        size_t home = home_of(self, self->slots[at]->number);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            self->slots[hole] = self->slots[at];
            self->slots[at] = NULL;
            hole = at;
        }
    }
}

void zsnmpc_calls_clear(struct calls *self)
{
    free(self->slots);
    *self = (struct calls){.slots = NULL};
}

static int compare(const void *left, const void *right)
{
    const struct call *a = *(struct call *const *)left;
    const struct call *b = *(struct call *const *)right;
    return (a->number > b->number) - (a->number < b->number);
}

void zsnmpc_calls_move(struct calls *self, struct call_list *to)
{
    size_t count = 0;
    for (size_t i = 0; i < self->size; i++) {
        if (self->slots[i] != NULL) {
            self->slots[count++] = self->slots[i];
        }
    }
    if (count > 0) {
        qsort(self->slots, count, sizeof(*self->slots), compare);
    }
    for (size_t i = 0; i < count; i++) {
        zsnmpc_call_list_add(to, self->slots[i]);
    }
    zsnmpc_calls_clear(self);
}

void zsnmpc_call_list_init(struct call_list *self)
{
    self->first = NULL;
    self->last = &self->first;
}

void zsnmpc_call_list_add(struct call_list *self, struct call *call)
{
    call->next = NULL;
    *self->last = call;
    self->last = &call->next;
}

struct call *zsnmpc_call_list_take(struct call_list *self)
{
    struct call *call = self->first;
    if (call != NULL) {
        self->first = call->next;
        if (self->first == NULL) {
            self->last = &self->first;
        }
    }
    return call;
}
