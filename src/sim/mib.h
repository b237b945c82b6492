/*
 * The objects every simulated device has: which they are, in which order, and what they say.
 * All tables are fixed once, at the start; a look-up allocates nothing and writes nothing.
 *
 * Every object here has instances of one sub-identifier: 0 for a scalar, 1 to the number of rows
 * for a column, which makes the next instance of any a matter of an addition.
 */
#ifndef ZSNMP_SIM_MIB_H
#define ZSNMP_SIM_MIB_H

#include "sim/ber.h"
#include "sim/device.h"

/* Rows of ifTable: what fits an InterfaceIndex is more than anyone walks. */
#define ZSNMP_SIM_ROWS_MAX 1000000

/* Longest string a composed value may have, and longest that SET stores (DisplayString). */
#define ZSNMP_SIM_TEXT_MAX 255
#define ZSNMP_SIM_CONTEXT_MAX 32
#define ZSNMP_SIM_PREFIX_IDS_MAX 12
#define ZSNMP_SIM_PREFIX_BYTES_MAX 16

enum zsnmp_sim_rows { ZSNMP_SIM_SCALAR, ZSNMP_SIM_ROWS_OR, ZSNMP_SIM_ROWS_IF };

/* What a SET may do with an object. */
enum zsnmp_sim_access {
    ZSNMP_SIM_READ_ONLY,
    ZSNMP_SIM_WRITE_TEXT,   /* DisplayString (SIZE (0..255)) */
    ZSNMP_SIM_WRITE_ALIAS,  /* DisplayString (SIZE (0..64)) */
    ZSNMP_SIM_WRITE_STATUS, /* INTEGER { up(1), down(2), testing(3) } */
};

struct zsnmp_sim_object {
    uint8_t group;  /* enum group of mib.c */
    uint8_t column; /* last sub-identifier of the object's own name */
    uint8_t tag;
    uint8_t rows;   /* enum zsnmp_sim_rows */
    uint8_t access; /* enum zsnmp_sim_access */
    uint8_t prefix_len;
    uint8_t bytes_len;
    uint32_t prefix[ZSNMP_SIM_PREFIX_IDS_MAX];
    uint8_t bytes[ZSNMP_SIM_PREFIX_BYTES_MAX];
};

#define ZSNMP_SIM_OBJECTS_MAX 80

struct zsnmp_sim_mib {
    uint32_t interfaces;
    size_t count;
    struct zsnmp_sim_object object[ZSNMP_SIM_OBJECTS_MAX];
};

/* An instance that exists: object and row of the built-in objects, or index in a record. */
struct zsnmp_sim_pos {
    uint32_t object;
    uint32_t row;
};

/* A value as it is encoded. data may point into room: a copy of the struct is not a value. */
struct zsnmp_sim_value {
    uint8_t tag;
    size_t len;
    const uint8_t *data;
    uint8_t room[ZSNMP_SIM_TEXT_MAX + 1];
};

enum zsnmp_sim_miss { ZSNMP_SIM_MISS_OBJECT, ZSNMP_SIM_MISS_INSTANCE };

/* What a value may depend on besides the device. */
struct zsnmp_sim_fault;

struct zsnmp_sim_now {
    uint64_t uptime_cs;                  /* hundredths of a second since the simulator started */
    int32_t engine_boots;                /* RFC 3414 section 2.2 */
    const struct zsnmp_sim_fault *fault; /* NULL: the device is sound */
    const char *context;                 /* "" or the name of the context asked */
    uint32_t message_max;
};

void zsnmp_sim_mib_init(struct zsnmp_sim_mib *mib, uint32_t interfaces);

/* The object whose name the OID starts with, -1 if none. */
int zsnmp_sim_mib_object(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid);
bool zsnmp_sim_mib_find(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid,
                        struct zsnmp_sim_pos *pos, enum zsnmp_sim_miss *miss);
/* The first instance after the OID; without Counter64 where v1 is asked. */
bool zsnmp_sim_mib_after(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_oid *oid, bool v1,
                         struct zsnmp_sim_pos *pos);
/* Moves to the next instance; false, and pos as it was, at the end. */
bool zsnmp_sim_mib_step(const struct zsnmp_sim_mib *mib, bool v1, struct zsnmp_sim_pos *pos);
/* Writes at most PREFIX_BYTES_MAX + 5 bytes. */
size_t zsnmp_sim_mib_name(const struct zsnmp_sim_mib *mib, struct zsnmp_sim_pos pos, uint8_t *to);

/* mib_value.c: the value nobody has written over. */
void zsnmp_sim_mib_value(const struct zsnmp_sim_mib *mib, const struct zsnmp_sim_device *device,
                         const struct zsnmp_sim_now *now, struct zsnmp_sim_pos pos,
                         struct zsnmp_sim_value *value);
uint64_t zsnmp_sim_device_uptime(const struct zsnmp_sim_device *device,
                                 const struct zsnmp_sim_now *now);
int32_t zsnmp_sim_device_engine_time(const struct zsnmp_sim_device *device,
                                     const struct zsnmp_sim_now *now);

/* The engine id in force; returns its length. */
size_t zsnmp_sim_device_engine_id(const struct zsnmp_sim_device *device,
                                  const struct zsnmp_sim_now *now,
                                  uint8_t to[ZSNMP_SIM_ENGINE_ID_MAX]);

void zsnmp_sim_value_text(struct zsnmp_sim_value *value, const char *text);
void zsnmp_sim_value_int(struct zsnmp_sim_value *value, uint8_t tag, int64_t number);
void zsnmp_sim_value_unsigned(struct zsnmp_sim_value *value, uint8_t tag, uint64_t number);

/* Groups of objects, in the order of their names. */
enum zsnmp_sim_group {
    ZSNMP_SIM_GROUP_SYSTEM,
    ZSNMP_SIM_GROUP_OR,
    ZSNMP_SIM_GROUP_IFNUMBER,
    ZSNMP_SIM_GROUP_IF,
    ZSNMP_SIM_GROUP_IFX,
    ZSNMP_SIM_GROUP_IFX_SCALAR,
    ZSNMP_SIM_GROUP_ENGINE,
};

/* Columns that code elsewhere speaks of. */
enum {
    ZSNMP_SIM_SYS_CONTACT = 4,
    ZSNMP_SIM_SYS_NAME = 5,
    ZSNMP_SIM_SYS_LOCATION = 6,
    ZSNMP_SIM_IF_ADMIN_STATUS = 7,
    ZSNMP_SIM_IF_OPER_STATUS = 8,
    ZSNMP_SIM_IF_LAST_CHANGE = 9,
    ZSNMP_SIM_IF_ALIAS = 18,
};

#endif
