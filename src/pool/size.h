/*
 * How much a device is asked for in one message, found out by trying: names of
 * a GET, repetitions of a GETBULK. Pure logic.
 */
#ifndef ZSNMP_POOL_SIZE_H
#define ZSNMP_POOL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#define ZSNMP_REPETITIONS_GROWN 128u /* that a walk asks for of itself, at the most */
#define ZSNMP_SIZE_USES 64u          /* after so many operations what was too much is tried again */

struct zsnmp_size {
    uint16_t good; /* largest that was answered; 0: none yet */
    uint16_t bad;  /* smallest that was too much; 0: none is known */
    uint8_t uses;  /* operations since that was found */
    bool whole;    /* good was answered in full: more may fit */
};

/* An operation begins. */
void zsnmp_size_use(struct zsnmp_size *self);

/* All of it, or a step towards where it ends. */
uint32_t zsnmp_size_most(const struct zsnmp_size *self, uint32_t want);

/* The same, going up from start while answers come whole. At least 1, at most max. */
uint32_t zsnmp_size_next(const struct zsnmp_size *self, uint32_t start, uint32_t max);

/* So much was asked for and answered; whole: as much came as was asked for. */
void zsnmp_size_took(struct zsnmp_size *self, uint32_t asked, bool whole);

/* So much was too much. */
void zsnmp_size_refused(struct zsnmp_size *self, uint32_t asked);

/* Whether that is more than is known to work, where it is known that there is an end. */
bool zsnmp_size_is_trial(const struct zsnmp_size *self, uint32_t asked);

#endif
