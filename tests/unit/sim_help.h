/*
 * Requests and replies for the tests of the simulator: a world with defaults, messages built with
 * the encoder, replies taken apart. Checks only what every reply must be.
 */
#ifndef SIM_HELP_H
#define SIM_HELP_H

#include "sim/agent.h"

#define SIM_VARBINDS 600
#define SIM_REQUEST_ID 0x1234567
#define SIM_KEY UINT64_C(0x7f010203) /* 127.1.2.3 */

struct sim_bed {
    struct zsnmp_sim_world *world;
    struct zsnmp_sim_agent *agent;
    uint8_t request_room[ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX + 64];
    uint8_t reply_room[ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX + 64];
    struct zsnmp_sim_out request;
    struct zsnmp_sim_out out;
    /* the last reply */
    bool answered;
    size_t reply_len;
    int32_t version;
    struct zsnmp_sim_span community;
    struct zsnmp_sim_pdu pdu;
    size_t count;
    struct zsnmp_sim_varbind vb[SIM_VARBINDS];
};

struct sim_bed *sim_bed_new(uint32_t interfaces);
void sim_bed_destroy(struct sim_bed **self);

/* "1.3.6.1" */
struct zsnmp_sim_oid sim_oid(const char *text);

/* Starts a request; varbinds are then added, and it is sent. */
void sim_begin(struct sim_bed *bed);
void sim_add(struct sim_bed *bed, const char *oid);
void sim_add_value(struct sim_bed *bed, const char *oid, uint8_t tag, const void *data, size_t len);
void sim_add_int(struct sim_bed *bed, const char *oid, int64_t value);
/* version 0 or 1; a and b: error fields, or non-repeaters and max-repetitions. */
bool sim_send(struct sim_bed *bed, int version, const char *community, uint8_t type, int32_t a,
              int32_t b);
/* The same, but the request is only made, between head and tail. */
void sim_close(struct sim_bed *bed, int version, const char *community, uint8_t type, int32_t a,
               int32_t b);
/* Sends bytes, and looks at the reply or, raw, not. */
bool sim_send_raw(struct sim_bed *bed, const uint8_t *data, size_t len);
bool sim_send_bytes(struct sim_bed *bed, const uint8_t *data, size_t len);
/* A rule for the device that is asked. */
void sim_rule(struct sim_bed *bed, const char *actions);
/* One varbind. */
bool sim_get(struct sim_bed *bed, int version, uint8_t type, const char *oid);

bool sim_named(const struct zsnmp_sim_varbind *vb, const char *oid);
bool sim_is_text(const struct zsnmp_sim_varbind *vb, const char *text);
uint64_t sim_number(const struct zsnmp_sim_varbind *vb);

#endif
