/*
 * SNMP messages and links for tests: what a device would answer, written with the simulator's
 * encoder, and a link whose events are kept for looking at. Nothing here goes over a socket.
 */
#ifndef SNMP_HELP_H
#define SNMP_HELP_H

#include "sim/ber.h"
#include "snmp/snmp.h"

#define SNMP_NO_ID 0 /* no request of the tests has it */

/* ---- messages ---- */

struct snmp_message {
    uint8_t room[ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX];
    struct zsnmp_sim_out out;
};

/* Start, add varbinds, close; then out.head to out.tail is the message. */
void snmp_message_start(struct snmp_message *self);
void snmp_message_add(struct snmp_message *self, const char *oid, uint8_t tag, const void *data,
                      size_t len);
void snmp_message_add_int(struct snmp_message *self, const char *oid, int64_t value);
/* version is that of the wire: 0 or 1. */
void snmp_message_close(struct snmp_message *self, int version, const char *community, uint8_t pdu,
                        int32_t id, int32_t status, int32_t index);
size_t snmp_message_len(const struct snmp_message *self);

/* ---- messages of v1 and v2c, links of v3 ---- */

struct snmp_bed {
    struct zsnmp_creds creds; /* v1, v2c */
    struct zsnmp_link *link;  /* v3 */
    /* the last message sent */
    int sent;
    void *sent_for;
    int32_t id;
    uint8_t data[ZSNMP_BUILD_ROOM];
    size_t len;
    /* what came */
    int answers;
    int32_t error_status;
    int32_t error_index;
    struct zsnmp_request *got; /* its reply holds the varbinds of the last answer */
    int reports;
    zsnmp_err_t report;
    bool report_authentic;
    uint32_t report_boots;
    size_t report_engine_len;
    bool report_ends; /* what the report function says: the request is over */
    int trips;
    /* in place of keeping the varbinds */
    void (*on_answer)(void *request, struct zsnmp_answer *answer);
};

struct snmp_bed *snmp_bed_new(const struct zsnmp_creds *creds, const struct zsnmp_key *auth,
                              const struct zsnmp_key *priv);
void snmp_bed_destroy(struct snmp_bed **self);

/* v1, v2c: builds a message; false: it does not fit. */
bool snmp_bed_send(struct snmp_bed *self, const struct zsnmp_pdu *pdu);

/* Takes in bytes from a block of exactly their size. */
bool snmp_bed_receive(struct snmp_bed *self, void *request, const void *data, size_t len);
bool snmp_bed_receive_message(struct snmp_bed *self, void *request,
                              const struct snmp_message *message);

/* The varbinds of the last answer, from 0. */
zsnmp_varbind_t snmp_bed_varbind(const struct snmp_bed *self, size_t index);

/* "1.3.6" of a varbind; valid until the next call. */
const char *snmp_oid_text(const zsnmp_varbind_t *vb);

struct zsnmp_creds snmp_creds(zsnmp_version_t version, const char *community);

#endif
