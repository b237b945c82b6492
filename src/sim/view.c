/*
 * See view.h. The one place that knows both the built-in objects and records.
 */
#include "sim/view.h"

#include <string.h>

bool zsnmp_sim_view_find(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *oid,
                         struct zsnmp_sim_pos *pos, enum zsnmp_sim_miss *miss)
{
    const struct zsnmp_sim_record *record = view->device.record;
    if (record == NULL) {
        return zsnmp_sim_mib_find(view->mib, oid, pos, miss);
    }
    pos->row = 0;
    if (zsnmp_sim_record_find(record, oid, &pos->object)) {
        return true;
    }
    /* A walk does not tell objects from instances: a sibling makes it likely to be one. */
    *miss = zsnmp_sim_record_near(record, oid) ? ZSNMP_SIM_MISS_INSTANCE : ZSNMP_SIM_MISS_OBJECT;
    return false;
}

bool zsnmp_sim_view_is_hidden(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos)
{
    uint8_t tag = view->device.record != NULL ? view->device.record->entry[pos.object].tag
                                              : view->mib->object[pos.object].tag;
    return view->v1 && tag == ZSNMP_SIM_COUNTER64;
}

bool zsnmp_sim_view_after(const struct zsnmp_sim_view *view, const struct zsnmp_sim_oid *oid,
                          struct zsnmp_sim_pos *pos)
{
    if (view->device.record == NULL) {
        return zsnmp_sim_mib_after(view->mib, oid, view->v1, pos);
    }
    pos->row = 0;
    return zsnmp_sim_record_after(view->device.record, oid, view->v1, &pos->object);
}

bool zsnmp_sim_view_step(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos *pos)
{
    if (view->device.record == NULL) {
        return zsnmp_sim_mib_step(view->mib, view->v1, pos);
    }
    return zsnmp_sim_record_step(view->device.record, view->v1, &pos->object);
}

const uint8_t *zsnmp_sim_view_name(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                                   uint8_t room[ZSNMP_SIM_NAME_ROOM], size_t *len)
{
    const struct zsnmp_sim_record *record = view->device.record;
    if (record == NULL) {
        *len = zsnmp_sim_mib_name(view->mib, pos, room);
        return room;
    }
    *len = record->entry[pos.object].name_len;
    return record->bytes + record->entry[pos.object].bytes;
}

/* ifOperStatus and ifLastChange follow a written ifAdminStatus. */
static bool follow_status(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                          struct zsnmp_sim_value *value)
{
    const struct zsnmp_sim_object *o = &view->mib->object[pos.object];
    bool change = o->column == ZSNMP_SIM_IF_LAST_CHANGE;
    if (o->group != ZSNMP_SIM_GROUP_IF || (!change && o->column != ZSNMP_SIM_IF_OPER_STATUS)) {
        return false;
    }
    struct zsnmp_sim_pos admin = {pos.object - (uint32_t)(o->column - ZSNMP_SIM_IF_ADMIN_STATUS),
                                  pos.row};
    struct zsnmp_sim_write w;
    if (!zsnmp_sim_writes_get(view->writes, view->device.key, admin, &w)) {
        return false;
    }
    struct zsnmp_sim_now then = view->now;
    then.uptime_cs = w.at_cs;
    if (change) {
        uint32_t ticks = (uint32_t)zsnmp_sim_device_uptime(&view->device, &then);
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, ticks);
    } else {
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, w.data[0]);
    }
    return true;
}

static bool take_written(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                         struct zsnmp_sim_value *value)
{
    if (view->mib->object[pos.object].access == ZSNMP_SIM_READ_ONLY) {
        return follow_status(view, pos, value);
    }
    struct zsnmp_sim_write w;
    if (!zsnmp_sim_writes_get(view->writes, view->device.key, pos, &w)) {
        return false;
    }
    value->tag = w.tag;
    value->len = w.len;
    value->data = value->room;
    memcpy(value->room, w.data, w.len);
    return true;
}

void zsnmp_sim_view_value(const struct zsnmp_sim_view *view, struct zsnmp_sim_pos pos,
                          struct zsnmp_sim_value *value)
{
    const struct zsnmp_sim_record *record = view->device.record;
    if (record != NULL) {
        const struct zsnmp_sim_entry *e = &record->entry[pos.object];
        value->tag = e->tag;
        value->len = e->value_len;
        value->data = record->bytes + e->bytes + e->name_len;
        return;
    }
    if (!take_written(view, pos, value)) {
        zsnmp_sim_mib_value(view->mib, &view->device, &view->now, pos, value);
    }
}
