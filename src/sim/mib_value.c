/*
 * What the built-in objects say: a function of the device, the row and the time, and of nothing
 * else, so that two simulators with one seed answer alike. Must never allocate or use stdio.
 */
#include "sim/fault.h"
#include "sim/mib.h"

#include <string.h>

/* Draws: each names one independent property of a device or of a row. */
enum draw { DRAW_UPTIME, DRAW_ENGINE_TIME, DRAW_PLACE, DRAW_SPEED, DRAW_LOAD, DRAW_BASE };

/* sysUpTime when the simulator starts: up to 400 days, so that it does not wrap soon. */
#define UPTIME_START_MAX_CS (UINT64_C(400) * 24 * 3600 * 100)
#define ENGINE_TIME_START_MAX 86400

/* ifType (IANAifType-MIB): softwareLoopback and ethernetCsmacd. */
#define TYPE_LOOPBACK 24
#define TYPE_ETHERNET 6
#define STATUS_UP 1

/* A counter starts anywhere in 48 bits: 32-bit ones then wrap at times nobody can foresee. */
#define COUNTER_BASE_MASK UINT64_C(0xffffffffffff)

static const uint16_t speeds_mbps[4] = {100, 1000, 10000, 40000};

static void add_bytes(struct zsnmp_sim_value *value, const void *data, size_t len)
{
    size_t left = sizeof value->room - 1 - value->len;
    size_t n = len < left ? len : left;
    memcpy(value->room + value->len, data, n);
    value->len += n;
}

static void add_text(struct zsnmp_sim_value *value, const char *text)
{
    add_bytes(value, text, strlen(text));
}

static void add_number(struct zsnmp_sim_value *value, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    add_bytes(value, digits + at, sizeof digits - at);
}

/* The address with the given separator; a device on IPv6 is named by its last 64 bits. */
static void add_address(struct zsnmp_sim_value *value, uint64_t key, const char *separator)
{
    if (zsnmp_sim_key_is_v6(key)) {
        add_text(value, "v6");
        add_text(value, separator);
        add_number(value, key << 1 >> 1);
        return;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        add_number(value, key >> shift & 0xff);
        add_text(value, shift > 0 ? separator : "");
    }
}

static void start_text(struct zsnmp_sim_value *value)
{
    value->tag = ZSNMP_SIM_STRING;
    value->len = 0;
    value->data = value->room;
}

void zsnmp_sim_value_text(struct zsnmp_sim_value *value, const char *text)
{
    start_text(value);
    add_text(value, text);
}

void zsnmp_sim_value_int(struct zsnmp_sim_value *value, uint8_t tag, int64_t number)
{
    value->tag = tag;
    value->len = zsnmp_sim_ber_put_signed(value->room, number);
    value->data = value->room;
}

void zsnmp_sim_value_unsigned(struct zsnmp_sim_value *value, uint8_t tag, uint64_t number)
{
    value->tag = tag;
    value->len = zsnmp_sim_ber_put_unsigned(value->room, number);
    value->data = value->room;
}

static void set_oid(struct zsnmp_sim_value *value, const uint32_t *id, size_t len)
{
    value->tag = ZSNMP_SIM_OID;
    value->len = zsnmp_sim_ber_put_oid(value->room, id, len);
    value->data = value->room;
}

uint64_t zsnmp_sim_device_uptime(const struct zsnmp_sim_device *device,
                                 const struct zsnmp_sim_now *now)
{
    if (now->fault != NULL && now->fault->restarted) {
        uint64_t started = now->fault->started_cs;
        return now->uptime_cs > started ? now->uptime_cs - started : 0;
    }
    return zsnmp_sim_device_draw(device, DRAW_UPTIME, 0) % UPTIME_START_MAX_CS + now->uptime_cs;
}

int32_t zsnmp_sim_device_engine_time(const struct zsnmp_sim_device *device,
                                     const struct zsnmp_sim_now *now)
{
    if (now->fault != NULL) {
        return now->fault->time;
    }
    uint64_t start = zsnmp_sim_device_draw(device, DRAW_ENGINE_TIME, 0) % ENGINE_TIME_START_MAX;
    return (int32_t)((start + now->uptime_cs / 100) & INT32_MAX);
}

size_t zsnmp_sim_device_engine_id(const struct zsnmp_sim_device *device,
                                  const struct zsnmp_sim_now *now,
                                  uint8_t to[ZSNMP_SIM_ENGINE_ID_MAX])
{
    if (now->fault == NULL) {
        return zsnmp_sim_engine_id(device->key, to);
    }
    memcpy(to, now->fault->engine_id, now->fault->engine_id_len);
    return now->fault->engine_id_len;
}

static void system_place(const struct zsnmp_sim_device *device, struct zsnmp_sim_value *value)
{
    uint64_t place = zsnmp_sim_device_draw(device, DRAW_PLACE, 0);
    zsnmp_sim_value_text(value, "room ");
    add_number(value, place % 90 + 10);
    add_text(value, ", rack ");
    add_number(value, place / 90 % 40 + 1);
}

static void system_value(const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now,
                         uint8_t column, struct zsnmp_sim_value *value)
{
    static const uint32_t product[] = {1, 3, 6, 1, 4, 1, 32473, 1, 1};
    switch (column) {
    case 1:
        zsnmp_sim_value_text(value, "zsnmp simulated agent ");
        add_address(value, device->key, ".");
        add_text(value, now->context[0] != '\0' ? ", context " : "");
        add_text(value, now->context);
        break;
    case 2:
        set_oid(value, product, sizeof product / sizeof product[0]);
        break;
    case 3:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS,
                                 (uint32_t)zsnmp_sim_device_uptime(device, now));
        break;
    case ZSNMP_SIM_SYS_CONTACT:
        zsnmp_sim_value_text(value, "operator@example.net");
        break;
    case ZSNMP_SIM_SYS_NAME:
        zsnmp_sim_value_text(value, "sim-");
        add_address(value, device->key, "-");
        break;
    case ZSNMP_SIM_SYS_LOCATION:
        system_place(device, value);
        break;
    case 7:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, 72); /* transport and applications */
        break;
    default:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, 0);
        break;
    }
}

/* sysORTable: the two MIB modules behind what is here. */
static void or_value(uint8_t column, uint32_t row, struct zsnmp_sim_value *value)
{
    static const uint32_t snmp_mib[] = {1, 3, 6, 1, 6, 3, 1};
    static const uint32_t if_mib[] = {1, 3, 6, 1, 2, 1, 31};
    if (column == 2) {
        set_oid(value, row == 1 ? snmp_mib : if_mib, 7);
    } else if (column == 3) {
        zsnmp_sim_value_text(value, row == 1 ? "system group" : "interfaces and ifXTable");
    } else {
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, 0);
    }
}

static uint32_t speed_mbps(const struct zsnmp_sim_device *device, uint32_t row)
{
    return row == 1 ? 10 : speeds_mbps[zsnmp_sim_device_draw(device, DRAW_SPEED, row) % 4];
}

/* What is counted: the same quantity under a 32-bit and a 64-bit column is the same number. */
enum quantity {
    IN_OCTETS,
    IN_UCAST,
    IN_MCAST,
    IN_BCAST,
    IN_DISCARDS,
    IN_ERRORS,
    IN_UNKNOWN,
    OUT_OCTETS,
    OUT_UCAST,
    OUT_MCAST,
    OUT_BCAST,
    OUT_DISCARDS,
    OUT_ERRORS,
};

/* How many octets one of the quantity is worth: their rates follow from that of the octets. */
static const uint32_t octets_per[] = {
    [IN_OCTETS] = 1,          [IN_UCAST] = 700,         [IN_MCAST] = 90000,
    [IN_BCAST] = 200000,      [IN_DISCARDS] = 40000000, [IN_ERRORS] = 90000000,
    [IN_UNKNOWN] = 300000000, [OUT_OCTETS] = 1,         [OUT_UCAST] = 650,
    [OUT_MCAST] = 120000,     [OUT_BCAST] = 250000,     [OUT_DISCARDS] = 50000000,
    [OUT_ERRORS] = 95000000,
};

/* Base and a constant rate: load is 1 to 64 percent of the line's speed. */
static uint64_t counter(const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now,
                        enum quantity what, uint32_t row)
{
    uint32_t direction = what >= OUT_OCTETS;
    uint64_t percent = zsnmp_sim_device_draw(device, DRAW_LOAD + direction * 64, row) % 64 + 1;
    uint64_t octets_per_cs =
        (uint64_t)speed_mbps(device, row) * (1000000 / 8 / 100) * percent / 100;
    uint64_t base = zsnmp_sim_device_draw(device, DRAW_BASE + (uint32_t)what * 8, row);
    return ((base & COUNTER_BASE_MASK) + octets_per_cs * now->uptime_cs) / octets_per[what];
}

static void physical_address(const struct zsnmp_sim_device *device, uint32_t row,
                             struct zsnmp_sim_value *value)
{
    start_text(value);
    if (row == 1) {
        return; /* a loopback has none */
    }
    uint8_t mac[6] = {0x02,
                      (uint8_t)(device->key >> 16),
                      (uint8_t)(device->key >> 8),
                      (uint8_t)device->key,
                      (uint8_t)(row >> 8),
                      (uint8_t)row};
    add_bytes(value, mac, sizeof mac);
}

static void interface_name(uint32_t row, const char *stem, struct zsnmp_sim_value *value)
{
    zsnmp_sim_value_text(value, row == 1 ? "lo" : stem);
    if (row > 1) {
        add_number(value, row - 2);
    }
}

static const int8_t if_quantity[23] = {
    [10] = IN_OCTETS, [11] = IN_UCAST,     [12] = IN_MCAST,   [13] = IN_DISCARDS,
    [14] = IN_ERRORS, [15] = IN_UNKNOWN,   [16] = OUT_OCTETS, [17] = OUT_UCAST,
    [18] = OUT_MCAST, [19] = OUT_DISCARDS, [20] = OUT_ERRORS,
};

static void if_value(const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now,
                     uint8_t column, uint32_t row, struct zsnmp_sim_value *value)
{
    static const uint32_t nothing[] = {0, 0};
    uint64_t bits = (uint64_t)speed_mbps(device, row) * 1000000;
    switch (column) {
    case 1:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, row);
        break;
    case 2:
        interface_name(row, "Ethernet", value);
        break;
    case 3:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, row == 1 ? TYPE_LOOPBACK : TYPE_ETHERNET);
        break;
    case 4:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, row == 1 ? 65536 : 1500);
        break;
    case 5: /* RFC 2863: the largest value where the speed is larger */
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_GAUGE32, bits > UINT32_MAX ? UINT32_MAX : bits);
        break;
    case 6:
        physical_address(device, row, value);
        break;
    case ZSNMP_SIM_IF_ADMIN_STATUS:
    case ZSNMP_SIM_IF_OPER_STATUS:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, STATUS_UP);
        break;
    case ZSNMP_SIM_IF_LAST_CHANGE:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, 0);
        break;
    case 21:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_GAUGE32, 0);
        break;
    case 22:
        set_oid(value, nothing, 2);
        break;
    default:
        zsnmp_sim_value_unsigned(
            value, ZSNMP_SIM_COUNTER32,
            (uint32_t)counter(device, now, (enum quantity)if_quantity[column], row));
        break;
    }
}

static const int8_t ifx_quantity[14] = {
    [2] = IN_MCAST,    [3] = IN_BCAST,   [4] = OUT_MCAST,  [5] = OUT_BCAST,
    [6] = IN_OCTETS,   [7] = IN_UCAST,   [8] = IN_MCAST,   [9] = IN_BCAST,
    [10] = OUT_OCTETS, [11] = OUT_UCAST, [12] = OUT_MCAST, [13] = OUT_BCAST,
};

static void ifx_value(const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now,
                      uint8_t column, uint32_t row, struct zsnmp_sim_value *value)
{
    switch (column) {
    case 1:
        interface_name(row, "eth", value);
        break;
    case 14: /* ifLinkUpDownTrapEnable: disabled(2) */
    case 16: /* ifPromiscuousMode: false(2) */
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, 2);
        break;
    case 15:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_GAUGE32, speed_mbps(device, row));
        break;
    case 17: /* ifConnectorPresent: true(1), false(2) */
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, row == 1 ? 2 : 1);
        break;
    case ZSNMP_SIM_IF_ALIAS:
        zsnmp_sim_value_text(value, "");
        break;
    case 19:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, 0);
        break;
    default: {
        uint64_t n = counter(device, now, (enum quantity)ifx_quantity[column], row);
        bool wide = column >= 6;
        zsnmp_sim_value_unsigned(value, wide ? ZSNMP_SIM_COUNTER64 : ZSNMP_SIM_COUNTER32,
                                 wide ? n : (uint32_t)n);
        break;
    }
    }
}

/* snmpEngine group (RFC 3411 section 5). */
static void engine_value(const struct zsnmp_sim_device *device, const struct zsnmp_sim_now *now,
                         uint8_t column, struct zsnmp_sim_value *value)
{
    switch (column) {
    case 1:
        start_text(value);
        value->len = zsnmp_sim_device_engine_id(device, now, value->room);
        break;
    case 2:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, now->engine_boots);
        break;
    case 3:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, zsnmp_sim_device_engine_time(device, now));
        break;
    default:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, now->message_max);
        break;
    }
}

void zsnmp_sim_mib_value(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_device *device,
                         const struct zsnmp_sim_now *now, struct zsnmp_sim_pos pos,
                         struct zsnmp_sim_value *value)
{
    const struct zsnmp_sim_object *o = &mib->object[pos.object];
    switch ((enum zsnmp_sim_group)o->group) {
    case ZSNMP_SIM_GROUP_SYSTEM:
        system_value(device, now, o->column, value);
        break;
    case ZSNMP_SIM_GROUP_OR:
        or_value(o->column, pos.row, value);
        break;
    case ZSNMP_SIM_GROUP_IFNUMBER:
        zsnmp_sim_value_int(value, ZSNMP_SIM_INTEGER, mib->interfaces);
        break;
    case ZSNMP_SIM_GROUP_IF:
        if_value(device, now, o->column, pos.row, value);
        break;
    case ZSNMP_SIM_GROUP_IFX:
        ifx_value(device, now, o->column, pos.row, value);
        break;
    case ZSNMP_SIM_GROUP_IFX_SCALAR:
        zsnmp_sim_value_unsigned(value, ZSNMP_SIM_TIMETICKS, 0);
        break;
    case ZSNMP_SIM_GROUP_ENGINE:
        engine_value(device, now, o->column, value);
        break;
    }
}
