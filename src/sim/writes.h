/*
 * What SET has written, for all devices together: nothing is kept for a device nobody wrote to.
 * The only memory shared between threads that changes: one lock inside guards it, and reads do
 * not take it while nothing has ever been written.
 */
#ifndef ZSNMP_SIM_WRITES_H
#define ZSNMP_SIM_WRITES_H

#include "sim/mib.h"

/* Written instances of all devices together; the next gives resourceUnavailable. */
#define ZSNMP_SIM_WRITES_MAX 262144

struct zsnmp_sim_writes;

/* A value to be written, or one that was. */
struct zsnmp_sim_write {
    struct zsnmp_sim_write *next; /* in a request, or in a bucket */
    uint64_t device;
    uint64_t at_cs; /* when, in hundredths of a second since the start */
    uint32_t object;
    uint32_t row;
    uint8_t tag;
    uint8_t len;
    uint8_t data[ZSNMP_SIM_TEXT_MAX];
};

struct zsnmp_sim_writes *zsnmp_sim_writes_new(void);
void zsnmp_sim_writes_destroy(struct zsnmp_sim_writes **self);

/* Copies what was written there into *copy; false if nothing was. */
bool zsnmp_sim_writes_get(struct zsnmp_sim_writes *self, uint64_t device, struct zsnmp_sim_pos pos,
                          struct zsnmp_sim_write *copy);
/* Takes over the whole list and writes it as one. False, and nothing written or taken, where the
 * ceiling or memory forbids. */
bool zsnmp_sim_writes_commit(struct zsnmp_sim_writes *self, struct zsnmp_sim_write *list);
size_t zsnmp_sim_writes_count(struct zsnmp_sim_writes *self);

#endif
