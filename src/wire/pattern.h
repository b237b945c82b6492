/*
 * Programs ask many devices the same: their messages differ in id, peer and
 * community alone. So a few messages are kept with the requests that they
 * became, and one that has the same bytes but for these three becomes a copy.
 * Must never make of a message what the decoder would not have made of it, nor
 * keep a pass phrase.
 */
#ifndef ZSNMP_WIRE_PATTERN_H
#define ZSNMP_WIRE_PATTERN_H

#include "wire.h"

#define ZSNMP_PATTERNS_MAX 4u

struct zsnmp_pattern;

/* Of one thread. */
struct zsnmp_patterns {
    struct zsnmp_pattern *all[ZSNMP_PATTERNS_MAX]; /* NULL: none yet */
    uint8_t next[ZSNMP_PATTERNS_MAX];              /* the one that came behind it last time */
    uint8_t last;
    uint8_t hand;   /* where one that is not used is looked for */
    uint32_t gap;   /* so many messages that fit none are passed for one that is learned … */
    uint32_t skips; /* … and so many of them are left */
};

void zsnmp_patterns_init(struct zsnmp_patterns *self);
void zsnmp_patterns_clear(struct zsnmp_patterns *self);

/* Behind the message at `at`, if it fits the pattern that is due: well-formed then; NULL: not
 * known. */
const uint8_t *zsnmp_patterns_pass(const struct zsnmp_patterns *self, const uint8_t *at,
                                   const uint8_t *end);

/* Makes a call of the message at the start of some bytes, if it fits one; false: it is to be
 * decoded. */
bool zsnmp_patterns_apply(struct zsnmp_patterns *self, const uint8_t *data, size_t len,
                          struct zsnmp_wire_call *call);

/* Keeps the message at data, of which the decoder has made this call; or does not. */
void zsnmp_patterns_learn(struct zsnmp_patterns *self, const uint8_t *data,
                          const struct zsnmp_wire_call *call);

#endif
