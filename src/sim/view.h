/*
 * What one request sees: a device, built-in objects or a record, with what was written laid over
 * it. Made on the stack for each request; owns nothing.
 */
#ifndef ZSNMP_SIM_VIEW_H
#define ZSNMP_SIM_VIEW_H

#include "sim/mib.h"
#include "sim/record.h"
#include "sim/writes.h"

struct zsnmp_sim_view {
    const struct zsnmp_sim_mib *mib;
    struct zsnmp_sim_writes *writes;
    struct zsnmp_sim_device device;
    struct zsnmp_sim_now now;
    bool v1; /* Counter64 is not seen */
};

/* Room for any name that is not kept encoded. */
#define ZSNMP_SIM_NAME_ROOM (ZSNMP_SIM_PREFIX_BYTES_MAX + 8)

bool zsnmp_sim_view_find(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *oid,
                         struct zsnmp_sim_pos *pos, enum zsnmp_sim_miss *miss);
/* Can this request not be told of it? RFC 1157 has no Counter64. */
bool zsnmp_sim_view_is_hidden(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos);
bool zsnmp_sim_view_after(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *oid,
                          struct zsnmp_sim_pos *pos);
bool zsnmp_sim_view_step(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos *pos);
/* The encoded name, in room or in the record. */
const uint8_t *zsnmp_sim_view_name(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                                   uint8_t room[ZSNMP_SIM_NAME_ROOM], size_t *len);
void zsnmp_sim_view_value(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                          struct zsnmp_sim_value *value);

#endif
