/*
 * Sizes that find themselves; see size.h. Between what works and what does not
 * it doubles first and then halves the distance, since a step too far may cost
 * a time-out, and a step too short a few packets.
 */
#include "pool/size.h"

#define FINE 16u /* good enough: within a sixteenth of what is too much */

void zsnmp_size_use(struct zsnmp_size *self)
{
    if (self->bad != 0 && ++self->uses > ZSNMP_SIZE_USES) {
        self->bad = 0;
        self->whole = true;
    }
}

/* Where an end is known. */
static uint32_t towards(const struct zsnmp_size *self)
{
    uint32_t good = self->good;
    uint32_t bad = self->bad;
    if (good == 0) {
        return bad > 1 ? bad / 2 : 1;
    }
    uint32_t enough = good / FINE > 1 ? good / FINE : 1;
    if (bad - good <= enough) {
        return good;
    }
    uint32_t middle = (good + bad) / 2;
    return 2 * good < middle ? 2 * good : middle;
}

uint32_t zsnmp_size_most(const struct zsnmp_size *self, uint32_t want)
{
    if (self->bad == 0 || want <= self->good) {
        return want;
    }
    uint32_t most = towards(self);
    return most < want ? most : want;
}

uint32_t zsnmp_size_next(const struct zsnmp_size *self, uint32_t start, uint32_t max)
{
    uint32_t next = self->good == 0 ? start : self->good;
    if (self->bad != 0) {
        next = self->good == 0 && start < self->bad ? start : towards(self);
    } else if (self->good != 0 && self->whole) {
        next = 2u * self->good;
    }
    return next < max ? next : max;
}

static uint16_t cut(uint32_t size)
{
    return size < UINT16_MAX ? (uint16_t)size : UINT16_MAX;
}

void zsnmp_size_took(struct zsnmp_size *self, uint32_t asked, bool whole)
{
    uint16_t size = cut(asked);
    if (size > self->good || (size == self->good && whole)) {
        self->good = size;
        self->whole = whole;
    }
    if (self->bad != 0 && self->good >= self->bad) { /* it can do more than it could */
        self->bad = 0;
    }
}

void zsnmp_size_refused(struct zsnmp_size *self, uint32_t asked)
{
    uint16_t size = cut(asked);
    self->bad = size;
    self->uses = 0;
    if (self->good >= size) {
        self->good = size > 1 ? size / 2 : 0;
    }
}

bool zsnmp_size_is_trial(const struct zsnmp_size *self, uint32_t asked)
{
    return self->bad != 0 && self->good != 0 && asked > self->good;
}
