/*
 * What a device makes of requests and replies where it is disordered: settings that rules write
 * and the agent reads. All zero is a sound device. A limit N, which may be 0, is kept as N + 1.
 */
#ifndef ZSNMP_SIM_SPOIL_H
#define ZSNMP_SIM_SPOIL_H

#include <stdbool.h>
#include <stdint.h>

#define ZSNMP_SIM_REORDER_MS 50 /* how long a reply is held so that later ones overtake it */

/* A set of request types. */
enum { ZSNMP_SIM_TYPE_GET = 1, ZSNMP_SIM_TYPE_NEXT = 2, ZSNMP_SIM_TYPE_BULK = 4 };
enum { ZSNMP_SIM_TYPE_SET = 8 };

/* Disorders of replies that are there always (UINT32_MAX), for the next N, or not (0). */
enum zsnmp_sim_disorder {
    ZSNMP_SIM_SPOIL_ID,
    ZSNMP_SIM_SPOIL_REQUEST_ID,
    ZSNMP_SIM_SPOIL_VERSION,
    ZSNMP_SIM_SPOIL_COMMUNITY,
    ZSNMP_SIM_SPOIL_GARBAGE,
    ZSNMP_SIM_SPOIL_GARBAGE_BEFORE,
    ZSNMP_SIM_SPOIL_STRANGER,
    ZSNMP_SIM_SPOIL_EMPTY,
    ZSNMP_SIM_SPOIL_EXTRA,
    ZSNMP_SIM_SPOIL_MISSING,
    ZSNMP_SIM_SPOIL_NAME,
    ZSNMP_SIM_SPOIL_TYPE,
    ZSNMP_SIM_SPOIL_NO_VALUE,
    ZSNMP_SIM_SPOIL_OVERLONG,
    ZSNMP_SIM_DISORDERS
};

enum zsnmp_sim_source_kind {
    ZSNMP_SIM_SOURCE_OWN,
    ZSNMP_SIM_SOURCE_PORT,
    ZSNMP_SIM_SOURCE_ADDRESS
};

/* Of replies. */
struct zsnmp_sim_spoil {
    uint32_t next[ZSNMP_SIM_DISORDERS];
    uint32_t is_error; /* an answer with this error in place of the true one */
    uint32_t error_status;
    uint32_t error_index;
    uint32_t long_value; /* bytes */
    uint32_t truncate;   /* N + 1 bytes */
    uint32_t source;     /* enum zsnmp_sim_source_kind */
};

/* Which requests are refused, or get no answer. */
struct zsnmp_sim_limits {
    uint32_t silent; /* a set of types */
    uint32_t bulk_silent;
    uint32_t bulk_too_big;
    uint32_t varbinds_silent;
    uint32_t varbinds_too_big;
    uint32_t varbinds_gen_err;
    uint32_t varbinds_cut;
};

/* How GETNEXT and GETBULK go wrong behind a row of each column; see walk.c. */
enum zsnmp_sim_walk_kind {
    ZSNMP_SIM_WALK_SOUND,
    ZSNMP_SIM_WALK_SAME,
    ZSNMP_SIM_WALK_LOOP,
    ZSNMP_SIM_WALK_DECREASE,
    ZSNMP_SIM_WALK_SWAP,
    ZSNMP_SIM_WALK_ENDLESS,
    ZSNMP_SIM_WALK_STOP,
    ZSNMP_SIM_WALK_SILENT,
    ZSNMP_SIM_WALK_EARLY_END,
    ZSNMP_SIM_WALK_NO_END,
    ZSNMP_SIM_WALK_EXCEPTIONS,
    ZSNMP_SIM_WALK_OUT_OF_TREE,
};

struct zsnmp_sim_disorders {
    struct zsnmp_sim_limits limits;
    struct zsnmp_sim_spoil spoil;
    uint32_t only; /* a set of types: the replies to others are not spoiled; 0: all are */
    uint32_t walk; /* enum zsnmp_sim_walk_kind */
    uint32_t walk_row;
    uint32_t max_size; /* 0: that of all devices */
    uint32_t reorder;
    uint32_t copies; /* of each reply; 0: one */
};

#endif
