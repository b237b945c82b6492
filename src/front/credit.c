/*
 * Memory lent to ZeroMQ. Its I/O thread calls back when a message has gone
 * out, so that a client's bytes inside ZeroMQ can be bounded; its high-water
 * mark counts messages, and ours may be large. The only code of the front that
 * runs on another thread, besides the encoder.
 */
#include "front.h"

#include <stdlib.h>

struct zsnmp_lent {
    _Atomic(struct zsnmp_credit *) credit; /* NULL: not charged */
    void *memory;
    size_t len;
};

struct zsnmp_credit *zsnmp_credit_new(void)
{
    struct zsnmp_credit *self = malloc(sizeof *self);
    if (self != NULL) {
        atomic_init(&self->bytes, 0);
        atomic_init(&self->refs, 1);
    }
    return self;
}

void zsnmp_credit_unref(struct zsnmp_credit *self)
{
    if (atomic_fetch_sub_explicit(&self->refs, 1, memory_order_acq_rel) == 1) {
        free(self);
    }
}

struct zsnmp_lent *zsnmp_lent_new(void *memory, size_t len)
{
    struct zsnmp_lent *self = malloc(sizeof *self);
    if (self != NULL) {
        atomic_init(&self->credit, NULL);
        self->memory = memory;
        self->len = len;
    }
    return self;
}

void zsnmp_lent_charge(struct zsnmp_lent *self, struct zsnmp_credit *credit)
{
    atomic_fetch_add_explicit(&credit->refs, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&credit->bytes, self->len, memory_order_relaxed);
    /* Release: whoever frees sees all that was written to the memory. */
    atomic_store_explicit(&self->credit, credit, memory_order_release);
}

void zsnmp_lent_free(void *data, void *lent)
{
    (void)data;
    struct zsnmp_lent *self = lent;
    struct zsnmp_credit *credit = atomic_load_explicit(&self->credit, memory_order_acquire);
    if (credit != NULL) {
        atomic_fetch_sub_explicit(&credit->bytes, self->len, memory_order_relaxed);
        zsnmp_credit_unref(credit);
    }
    free(self->memory);
    free(self);
}
