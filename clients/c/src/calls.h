/*
 * The calls of a client that have not ended, by number, and those that ended by
 * a decision of the client's own and whose functions have not been told yet.
 */
#ifndef ZSNMPC_CALLS_H
#define ZSNMPC_CALLS_H

#include "zsnmpc.h"

struct call {
    struct call *next;
    uint64_t number;
    zsnmpc_reply_fn *fn;
    void *arg;
    bool is_set;    /* must not be sent again by itself */
    bool cancelled; /* this is why it ended */
};

/* A hash table with linear probing: numbers grow by one, so most lie where they belong. */
struct calls {
    struct call **slots;
    size_t size; /* of slots, a power of two; 0: none yet */
    size_t count;
};

/* A list in the order in which they came. */
struct call_list {
    struct call *first;
    struct call **last;
};

bool zsnmpc_calls_add(struct calls *self, struct call *call); /* false: no memory */
struct call *zsnmpc_calls_find(const struct calls *self, uint64_t number);
void zsnmpc_calls_remove(struct calls *self, const struct call *call);
void zsnmpc_calls_clear(struct calls *self); /* the table; it is empty */

/* Moves all calls, in the order of their numbers, behind those of the list. */
void zsnmpc_calls_move(struct calls *self, struct call_list *to);

void zsnmpc_call_list_init(struct call_list *self);
void zsnmpc_call_list_add(struct call_list *self, struct call *call);
struct call *zsnmpc_call_list_take(struct call_list *self); /* the first; NULL: there is none */

#endif
