/*
 * The wire layer: MessagePack to requests and replies to MessagePack, as
 * docs/PROTOCOL.md says. Pure: no sockets, no threads, no net-snmp. It never
 * allocates by a length that the peer claims.
 */
#ifndef ZSNMP_WIRE_WIRE_H
#define ZSNMP_WIRE_WIRE_H

#include "base/buf.h"
#include "base/device_row.h"
#include "base/request.h"
#include "zsnmp.h"

#define ZSNMP_WIRE_DEPTH_MAX 16u      /* nesting of a body; the protocol needs 5 */
#define ZSNMP_WIRE_KEYS_MAX 64u       /* keys of one request map */
#define ZSNMP_WIRE_DEVICES_MAX 10000u /* rows of one devices reply */
#define ZSNMP_WIRE_DEVICES_DEFAULT 100u

/* ---- in ---- */

/* A body that has been checked as a whole: a map, or an array of maps. */
struct zsnmp_wire_body {
    const uint8_t *at;
    const uint8_t *end;
    uint32_t count; /* messages in it */
    uint32_t left;
    bool batch; /* it was an array */
    bool full;  /* the caller's: there is no room for requests, and they are not read any further */
    struct zsnmp_patterns *patterns;
};

/*
 * Checks a whole body before anything is done with it: well-formed, one object,
 * a map or an array of 1 to batch_max maps, nesting bounded. BAD_REQUEST or
 * TOO_LARGE with a static text in *why. The body and the patterns, of messages
 * before (pattern.h; NULL: none), must outlive self.
 */
zsnmp_err_t zsnmp_wire_open(struct zsnmp_wire_body *self, struct zsnmp_patterns *patterns,
                            const uint8_t *data, size_t len, uint32_t batch_max, const char **why);

enum zsnmp_wire_kind {
    ZSNMP_WIRE_SNMP = 1, /* call.request is set */
    ZSNMP_WIRE_PING,
    ZSNMP_WIRE_INFO,
    ZSNMP_WIRE_DEVICES,
    ZSNMP_WIRE_CANCEL
};

struct zsnmp_wire_call {
    enum zsnmp_wire_kind kind;
    size_t size;              /* bytes of the message; 0: it is malformed */
    uint8_t id[ZSNMP_ID_MAX]; /* the id as the client encoded it; filled on errors too where there
                                 is one */
    size_t id_len;            /* 0: absent or nil */
    struct zsnmp_request *request; /* the caller's to free or submit; its id is in its own memory */
    uint8_t target[ZSNMP_ID_MAX];  /* cancel: the id to cancel, as encoded */
    size_t target_len;
    uint32_t limit;              /* devices */
    enum zsnmp_device_sort sort; /* devices */
    struct zsnmp_str peer;       /* on errors: as asked, in the body's own bytes; len 0: none */
    uint32_t error_index;        /* on errors: the OID or setting at fault, from 1; 0: none */
};

/*
 * Decodes the next message of an opened body; false: no more. On error nothing is
 * left to free, but id may be filled. While the body is full each SNMP operation is
 * QUEUE_FULL, whatever else may be wrong with it.
 */
bool zsnmp_wire_next(struct zsnmp_wire_body *self, struct zsnmp_wire_call *call, zsnmp_err_t *err,
                     const char **why);

/* Decodes the message at the start of some bytes; what is behind it is not looked at. */
zsnmp_err_t zsnmp_wire_decode(const uint8_t *data, size_t len, bool full,
                              struct zsnmp_wire_call *call, const char **why);

/* ---- out: each appends one whole reply map (or part) to out; out->failed tells when it did not
 * fit ---- */

/* Adds a varbind to request->reply in MessagePack, in the request's form; counts it. */
void zsnmp_wire_add_varbind(struct zsnmp_request *request, const zsnmp_varbind_t *vb);

/* The final reply of a request that has run. */
void zsnmp_wire_put_reply(struct zsnmp_buf *out, const struct zsnmp_request *request);

/* What a walk that goes on has read since its last part. */
void zsnmp_wire_put_part(struct zsnmp_buf *out, const struct zsnmp_request *request);

/* What has to be known of a request when an error takes the place of its encoded reply. */
struct zsnmp_wire_fate {
    uint8_t op;   /* zsnmp_op_t */
    uint8_t sent; /* zsnmp_sent_t */
};

/* An error in place of a reply that zsnmp_wire_put_reply() has encoded. */
void zsnmp_wire_put_substitute(struct zsnmp_buf *out, const uint8_t *reply, size_t len,
                               struct zsnmp_wire_fate fate, zsnmp_err_t err, const char *why);

/* An error for a message that never became a request. */
void zsnmp_wire_put_error(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, zsnmp_err_t err,
                          const char *why);

/* The same for a message that zsnmp_wire_decode() refused: says peer and index too. */
void zsnmp_wire_put_refusal(struct zsnmp_buf *out, const struct zsnmp_wire_call *call,
                            zsnmp_err_t err, const char *why);

void zsnmp_wire_put_pong(struct zsnmp_buf *out, const uint8_t *id, size_t id_len,
                         uint64_t uptime_ms);

/* {"id":…, "cancelled": true}, or error unknown_request. */
void zsnmp_wire_put_cancelled(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, bool found);

/* info: open the map with the number of entries, then that many _info_uint / _info_str. */
void zsnmp_wire_put_info(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, uint32_t entries);
void zsnmp_wire_put_info_uint(struct zsnmp_buf *out, const char *name, uint64_t value);
void zsnmp_wire_put_info_str(struct zsnmp_buf *out, const char *name, const char *value);

/* Rows sorted and cut to limit by the caller; now_us turns last_seen_us into an age. */
void zsnmp_wire_put_devices(struct zsnmp_buf *out, const uint8_t *id, size_t id_len,
                            const struct zsnmp_device_row *rows, size_t count, uint64_t known,
                            int64_t now_us);

/* Wraps already encoded replies into a batch: array head for count, then the caller appends them.
 */
void zsnmp_wire_put_batch(struct zsnmp_buf *out, uint32_t count);

#endif
