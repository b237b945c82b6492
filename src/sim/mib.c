/*
 * See mib.h: the list of objects and the way through it. What they say is in mib_value.c.
 */
#include "sim/mib.h"

#include <string.h>

#define ROWS_OR 2

struct group {
    uint8_t rows;
    uint8_t parent_len;
    uint32_t parent[ZSNMP_SIM_PREFIX_IDS_MAX - 1];
    const char *columns; /* one letter an object, from column 1 on; '-' leaves one out */
};

/* Letters: I INTEGER, S STRING, O OID, T TimeTicks, G Gauge32, C Counter32, L Counter64. The order
 * is that of enum zsnmp_sim_group, which is the order of the names. */
static const struct group groups[] = {
    {ZSNMP_SIM_SCALAR, 7, {1, 3, 6, 1, 2, 1, 1}, "SOTSSSIT"},
    {ZSNMP_SIM_ROWS_OR, 9, {1, 3, 6, 1, 2, 1, 1, 9, 1}, "-OST"},
    {ZSNMP_SIM_SCALAR, 7, {1, 3, 6, 1, 2, 1, 2}, "I"},
    {ZSNMP_SIM_ROWS_IF, 9, {1, 3, 6, 1, 2, 1, 2, 2, 1}, "ISIIGSIITCCCCCCCCCCCGO"},
    {ZSNMP_SIM_ROWS_IF, 10, {1, 3, 6, 1, 2, 1, 31, 1, 1, 1}, "SCCCCLLLLLLLLIGIIST"},
    {ZSNMP_SIM_SCALAR, 8, {1, 3, 6, 1, 2, 1, 31, 1}, "----T"},
    {ZSNMP_SIM_SCALAR, 9, {1, 3, 6, 1, 6, 3, 10, 2, 1}, "SIII"},
};

static uint8_t letter_tag(char letter)
{
    switch (letter) {
    case 'S':
        return ZSNMP_SIM_STRING;
    case 'O':
        return ZSNMP_SIM_OID;
    case 'T':
        return ZSNMP_SIM_TIMETICKS;
    case 'G':
        return ZSNMP_SIM_GAUGE32;
    case 'C':
        return ZSNMP_SIM_COUNTER32;
    case 'L':
        return ZSNMP_SIM_COUNTER64;
    default:
        return ZSNMP_SIM_INTEGER;
    }
}

static uint8_t object_access(size_t group, uint8_t column)
{
    if (group == ZSNMP_SIM_GROUP_SYSTEM &&
        (column == ZSNMP_SIM_SYS_CONTACT || column == ZSNMP_SIM_SYS_NAME ||
         column == ZSNMP_SIM_SYS_LOCATION)) {
        return ZSNMP_SIM_WRITE_TEXT;
    }
    if (group == ZSNMP_SIM_GROUP_IF && column == ZSNMP_SIM_IF_ADMIN_STATUS) {
        return ZSNMP_SIM_WRITE_STATUS;
    }
    if (group == ZSNMP_SIM_GROUP_IFX && column == ZSNMP_SIM_IF_ALIAS) {
        return ZSNMP_SIM_WRITE_ALIAS;
    }
    return ZSNMP_SIM_READ_ONLY;
}

static void add_object(struct zsnmp_sim_mib *mib, size_t group, uint8_t column, char letter)
{
    const struct group *g = &groups[group];
    struct zsnmp_sim_object *o = &mib->object[mib->count++];
    o->group = (uint8_t)group;
    o->column = column;
    o->tag = letter_tag(letter);
    o->rows = g->rows;
    o->access = object_access(group, column);
    memcpy(o->prefix, g->parent, g->parent_len * sizeof g->parent[0]);
    o->prefix[g->parent_len] = column;
    o->prefix_len = (uint8_t)(g->parent_len + 1);
    o->bytes_len = (uint8_t)zsnmp_sim_ber_put_oid(o->bytes, o->prefix, o->prefix_len);
}

void zsnmp_sim_mib_init(struct zsnmp_sim_mib *mib, uint32_t interfaces)
{
    memset(mib, 0, sizeof *mib);
    mib->interfaces = interfaces;
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        for (size_t c = 0; groups[g].columns[c] != '\0'; c++) {
            if (groups[g].columns[c] != '-') {
                add_object(mib, g, (uint8_t)(c + 1), groups[g].columns[c]);
            }
        }
    }
}

static uint32_t first_row(const struct zsnmp_sim_object *o)
{
    return o->rows == ZSNMP_SIM_SCALAR ? 0 : 1;
}

static uint32_t last_row(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_object *o)
{
    return o->rows == ZSNMP_SIM_SCALAR    ? 0
           : o->rows == ZSNMP_SIM_ROWS_OR ? ROWS_OR
                                          : mib->interfaces;
}

/* Is the object's whole subtree before the OID? */
static bool lies_before(const struct zsnmp_sim_object *o, const struct zsnmp_sim_oid *oid)
{
    size_t common = oid->len < o->prefix_len ? oid->len : o->prefix_len;
    return zsnmp_sim_oid_cmp(o->prefix, common, oid->id, common) < 0;
}

/* The first object that does not lie before the OID: count if all do. */
static size_t first_not_before(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid)
{
    size_t low = 0;
    size_t high = mib->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (lies_before(&mib->object[mid], oid)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool starts_with(const struct zsnmp_sim_oid *oid, const struct zsnmp_sim_object *o)
{
    return oid->len >= o->prefix_len &&
           zsnmp_sim_oid_cmp(oid->id, o->prefix_len, o->prefix, o->prefix_len) == 0;
}

int zsnmp_sim_mib_object(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid)
{
    size_t i = first_not_before(mib, oid);
    return i < mib->count && starts_with(oid, &mib->object[i]) ? (int)i : -1;
}

bool zsnmp_sim_mib_find(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid,
                        struct zsnmp_sim_pos *pos, enum zsnmp_sim_miss *miss)
{
    int i = zsnmp_sim_mib_object(mib, oid);
    if (i < 0) {
        *miss = ZSNMP_SIM_MISS_OBJECT;
        return false;
    }
    const struct zsnmp_sim_object *o = &mib->object[i];
    *miss = ZSNMP_SIM_MISS_INSTANCE;
    pos->object = (uint32_t)i;
    pos->row = oid->id[o->prefix_len < oid->len ? o->prefix_len : 0];
    return oid->len == (size_t)o->prefix_len + 1 && pos->row >= first_row(o) &&
           pos->row <= last_row(mib, o);
}

/* The first instance of object i or of one after it. */
static bool first_from(const struct zsnmp_sim_mib *mib, size_t i, bool v1,
                       struct zsnmp_sim_pos *pos)
{
    for (; i < mib->count; i++) {
        const struct zsnmp_sim_object *o = &mib->object[i];
        bool hidden = v1 && o->tag == ZSNMP_SIM_COUNTER64; /* RFC 3584 section 4.2.2.1 */
        if (!hidden && first_row(o) <= last_row(mib, o)) {
            pos->object = (uint32_t)i;
            pos->row = first_row(o);
            return true;
        }
    }
    return false;
}

bool zsnmp_sim_mib_after(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid, bool v1,
                         struct zsnmp_sim_pos *pos)
{
    size_t i = first_not_before(mib, oid);
    if (i == mib->count) {
        return false;
    }
    const struct zsnmp_sim_object *o = &mib->object[i];
    if (!starts_with(oid, o) || oid->len == o->prefix_len ||
        (v1 && o->tag == ZSNMP_SIM_COUNTER64)) {
        return first_from(mib, i, v1, pos);
    }
    uint32_t row = oid->id[o->prefix_len];
    if (row >= last_row(mib, o)) {
        return first_from(mib, i + 1, v1, pos);
    }
    pos->object = (uint32_t)i;
    pos->row = row < first_row(o) ? first_row(o) : row + 1;
    return true;
}

bool zsnmp_sim_mib_step(const struct zsnmp_sim_mib *mib, bool v1, struct zsnmp_sim_pos *pos)
{
    if (pos->row < last_row(mib, &mib->object[pos->object])) {
        pos->row++;
        return true;
    }
    return first_from(mib, pos->object + 1, v1, pos);
}

size_t zsnmp_sim_mib_name(const struct zsnmp_sim_mib *mib, struct zsnmp_sim_pos pos, uint8_t *to)
{
    const struct zsnmp_sim_object *o = &mib->object[pos.object];
    memcpy(to, o->bytes, sizeof o->bytes); /* a fixed size is faster than the exact one */
    return o->bytes_len + zsnmp_sim_ber_put_id(to + o->bytes_len, pos.row);
}
