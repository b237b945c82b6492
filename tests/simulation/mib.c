/*
 * What devices have to tell: rows in the order of their names. Values follow from the name, but for
 * two: when it was read, and how many SETs were carried out until then. So it can be told of any
 * answer whether it is right, and how old it is.
 */
#include <string.h>

#include "base/oid.h"
#include "world.h"

#define MS_US 1000

int mib_compare(const struct name *a, const uint32_t *ids, size_t len)
{
    return zsnmp_oid_compare(a->ids, a->len, ids, len);
}

static void add(struct device *device, const uint32_t *ids, size_t len, uint8_t kind)
{
    struct row *row = &device->rows[device->row_count++];
    memcpy(row->name.ids, ids, len * sizeof *ids);
    row->name.len = (uint8_t)len;
    row->kind = kind;
    row->seed = (uint32_t)chance_next(&world.chance);
}

static uint8_t draw_kind(void)
{
    return (uint8_t)(ROW_STAMP + chance_below(&world.chance, ROW_OID + 1));
}

static void add_table(struct device *device, uint32_t table, uint32_t most)
{
    uint32_t ids[] = {1, 3, 6, 1, 2, 1, 2, table, 1, 1, 0, 0};
    uint32_t columns = 1 + chance_below(&world.chance, 4);
    uint32_t rows = 1 + chance_below(&world.chance, most);
    size_t len = 11 + chance_below(&world.chance, 2);
    for (uint32_t column = 1; column <= columns; column++) {
        uint32_t index = 0;
        for (uint32_t i = 0; i < rows && device->row_count < WORLD_ROWS_MAX; i++) {
            ids[9] = column;
            index += 1 + chance_below(&world.chance, 300);
            ids[10] = index;
            add(device, ids, len, draw_kind());
        }
    }
}

void mib_draw(struct device *device)
{
    static const uint32_t up_time[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
    static const uint32_t location[] = {1, 3, 6, 1, 2, 1, 1, 6, 0};
    uint32_t tables = chance_below(&world.chance, 4);
    uint32_t most = chance_hits(&world.chance, 15) ? 90 : 8;
    device->row_count = 0;
    add(device, up_time, sizeof up_time / sizeof *up_time, ROW_STAMP);
    add(device, location, sizeof location / sizeof *location, ROW_SERIAL);
    for (uint32_t i = 0; i < tables; i++) {
        add_table(device, 1 + 2 * i, most);
    }
}

/* The first row that is not before a name. */
static uint32_t place_of(const struct device *device, const uint32_t *ids, size_t len)
{
    uint32_t low = 0;
    uint32_t high = device->row_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (mib_compare(&device->rows[middle].name, ids, len) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct row *mib_find(const struct device *device, const uint32_t *ids, size_t len)
{
    uint32_t at = place_of(device, ids, len);
    bool found = at < device->row_count && mib_compare(&device->rows[at].name, ids, len) == 0;
    return found ? &device->rows[at] : NULL;
}

const struct row *mib_after(const struct device *device, const uint32_t *ids, size_t len)
{
    uint32_t at = place_of(device, ids, len);
    if (at < device->row_count && mib_compare(&device->rows[at].name, ids, len) == 0) {
        at++;
    }
    return at < device->row_count ? &device->rows[at] : NULL;
}

/* ---- values ---- */

#define TEXT_MAX 24u

static size_t text_of(const struct row *row, uint8_t text[TEXT_MAX])
{
    size_t len = row->seed % TEXT_MAX;
    for (size_t i = 0; i < len; i++) {
        text[i] = (uint8_t)(row->seed >> (i % 4 * 8));
    }
    return len;
}

static void oid_of(const struct row *row, uint32_t ids[6])
{
    const uint32_t value[] = {1, 3, 6, 1, row->seed % 1000, row->seed};
    memcpy(ids, value, sizeof value);
}

static uint32_t stamp(void)
{
    return (uint32_t)(world.now_us / MS_US);
}

bool mib_put(const struct device *device, const struct row *row, struct zsnmp_sim_out *out)
{
    uint8_t name[ZSNMP_SIM_OID_BYTES_MAX];
    uint8_t value[ZSNMP_SIM_OID_BYTES_MAX];
    uint32_t ids[6];
    uint8_t tag = ZSNMP_SIM_GAUGE32;
    size_t len = 0;
    switch (row->kind) {
    case ROW_STAMP:
        len = zsnmp_sim_ber_put_unsigned(value, stamp());
        break;
    case ROW_SERIAL:
        tag = ZSNMP_SIM_COUNTER32;
        len = zsnmp_sim_ber_put_unsigned(value, device->serial);
        break;
    case ROW_TEXT:
        tag = ZSNMP_SIM_STRING;
        len = text_of(row, value);
        break;
    case ROW_NUMBER:
        tag = ZSNMP_SIM_INTEGER;
        len = zsnmp_sim_ber_put_signed(value, (int32_t)row->seed);
        break;
    case ROW_ADDRESS:
        tag = ZSNMP_SIM_IPADDRESS;
        len = sizeof row->seed;
        memcpy(value, &row->seed, len);
        break;
    default:
        tag = ZSNMP_SIM_OID;
        oid_of(row, ids);
        len = zsnmp_sim_ber_put_oid(value, ids, 6);
        break;
    }
    size_t name_len = zsnmp_sim_ber_put_oid(name, row->name.ids, row->name.len);
    return zsnmp_sim_out_varbind(out, name, name_len, tag, value, len);
}

static bool is_text(const struct row *row, const zsnmp_varbind_t *vb)
{
    uint8_t text[TEXT_MAX];
    size_t len = text_of(row, text);
    return vb->type == ZSNMP_OCTET_STRING && vb->value.bytes.len == len &&
           (len == 0 || memcmp(vb->value.bytes.data, text, len) == 0);
}

static bool is_oid(const struct row *row, const zsnmp_varbind_t *vb)
{
    uint32_t ids[6];
    oid_of(row, ids);
    return vb->type == ZSNMP_OBJECT_ID &&
           zsnmp_oid_compare(vb->value.oid.subids, vb->value.oid.len, ids, 6) == 0;
}

/* Not older than what was agreed, and not from the future. */
static bool is_stamp(const zsnmp_varbind_t *vb, const struct ticket *asked)
{
    int64_t oldest = asked->submitted_us - (int64_t)world.pool.options.merge_ms * MS_US;
    return vb->type == ZSNMP_GAUGE32 && vb->value.u <= stamp() &&
           (int64_t)vb->value.u >= oldest / MS_US;
}

bool mib_could_be(const struct device *device, const struct row *row, const zsnmp_varbind_t *vb,
                  const struct ticket *asked)
{
    switch (row->kind) {
    case ROW_STAMP:
        return is_stamp(vb, asked);
    case ROW_SERIAL:
        return vb->type == ZSNMP_COUNTER32 && vb->value.u >= asked->floor &&
               vb->value.u <= device->serial;
    case ROW_TEXT:
        return is_text(row, vb);
    case ROW_NUMBER:
        return vb->type == ZSNMP_INTEGER && vb->value.i == (int32_t)row->seed;
    case ROW_ADDRESS:
        return vb->type == ZSNMP_IP_ADDRESS && vb->value.bytes.len == sizeof row->seed &&
               memcmp(vb->value.bytes.data, &row->seed, sizeof row->seed) == 0;
    default:
        return is_oid(row, vb);
    }
}
