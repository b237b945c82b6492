/*
 * zsnmp.h: the public interface of libzsnmp, an SNMP polling engine.
 *
 * A pool is a fixed set of worker threads. A program builds requests, submits
 * them from any thread and gets each one back exactly once through a callback.
 * The same pool can be served over ZeroMQ: see zsnmp_server_new().
 *
 * Conventions
 *  - Functions that can fail return zsnmp_err_t, ZSNMP_OK being 0, or a pointer
 *    that is NULL when memory ran out. Nothing here ends the process, prints,
 *    logs or touches signals.
 *  - Times are in milliseconds (`_ms`) or microseconds (`_us`), sizes in bytes.
 *  - An OID is an array of 1 to ZSNMP_OID_MAX unsigned 32-bit sub-identifiers.
 *  - "any thread" means: safe to call at the same time from several threads.
 *    Builder functions of one request belong to the thread that builds it.
 */
#ifndef ZSNMP_H
#define ZSNMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZSNMP_VERSION_MAJOR 0
#define ZSNMP_VERSION_MINOR 1
#define ZSNMP_VERSION_PATCH 0

/* Only what carries this mark is visible outside of the library. */
#define ZSNMP_EXPORT __attribute__((visibility("default")))

#define ZSNMP_OID_MAX 128u       /* sub-identifiers of an OID, RFC 3416 section 4.1 */
#define ZSNMP_COMMUNITY_MAX 255u /* bytes */
#define ZSNMP_USER_MAX 32u       /* bytes, RFC 3414 section 2.1 */
#define ZSNMP_PASS_MIN 8u        /* bytes, RFC 3414 section 11.2 */
#define ZSNMP_PASS_MAX 255u      /* bytes */
#define ZSNMP_CONTEXT_MAX 255u   /* bytes */
#define ZSNMP_ENGINE_ID_MIN 5u   /* bytes, RFC 3411 section 5 */
#define ZSNMP_ENGINE_ID_MAX 32u  /* bytes */
#define ZSNMP_KEY_MIN 16u        /* bytes of a localised key: MD5, DES, AES-128 */
#define ZSNMP_KEY_MAX 64u        /* bytes: SHA-512 */
#define ZSNMP_PEER_MAX 280u      /* bytes: transport, a DNS name of 253 and a port */
#define ZSNMP_VARBINDS_MAX 1000u /* OIDs or settings of one request */
#define ZSNMP_VALUE_MAX 65000u   /* bytes of one value to set */
#define ZSNMP_PORT 161u          /* where a peer names none */

/*
 * Errors. X(symbol, code, name, retryable, text); code and name are those of
 * the wire protocol. 1 to 18 are the device's error-status of RFC 3416.
 */
#define ZSNMP_ERRORS(X)                                                                            \
    X(OK, 0, "ok", false, "no error")                                                              \
    X(TOO_BIG, 1, "tooBig", false, "the answer does not fit into one message")                     \
    X(NO_SUCH_NAME, 2, "noSuchName", false, "the device has no such object")                       \
    X(BAD_VALUE, 3, "badValue", false, "the device refuses the value")                             \
    X(READ_ONLY, 4, "readOnly", false, "the object can only be read")                              \
    X(GEN_ERR, 5, "genErr", false, "the device failed for a reason that it does not name")         \
    X(NO_ACCESS, 6, "noAccess", false, "the object is not accessible")                             \
    X(WRONG_TYPE, 7, "wrongType", false, "the value has the wrong type for the object")            \
    X(WRONG_LENGTH, 8, "wrongLength", false, "the value has the wrong length for the object")      \
    X(WRONG_ENCODING, 9, "wrongEncoding", false, "the value is encoded wrongly")                   \
    X(WRONG_VALUE, 10, "wrongValue", false, "the object can not take this value")                  \
    X(NO_CREATION, 11, "noCreation", false, "the object does not exist and can not be created")    \
    X(INCONSISTENT_VALUE, 12, "inconsistentValue", false, "the value does not fit right now")      \
    X(RESOURCE_UNAVAILABLE, 13, "resourceUnavailable", true, "the device lacks a resource")        \
    X(COMMIT_FAILED, 14, "commitFailed", false, "the device could not set all, and undid it")      \
    X(UNDO_FAILED, 15, "undoFailed", false, "the device could not set all, nor undo it")           \
    X(AUTHORIZATION_ERROR, 16, "authorizationError", false, "access is not authorised")            \
    X(NOT_WRITABLE, 17, "notWritable", false, "the object can not be written")                     \
    X(INCONSISTENT_NAME, 18, "inconsistentName", false, "the object can not exist right now")      \
    X(TIMEOUT, 100, "timeout", true, "the device did not answer in time")                          \
    X(DEVICE_DOWN, 101, "device_down", true, "the device is held to be down")                      \
    X(UNREACHABLE, 102, "unreachable", true, "there is no way to the device")                      \
    X(BAD_ADDRESS, 103, "bad_address", false, "the peer is no address and no known name")          \
    X(SEND_FAILED, 104, "send_failed", true, "the request could not be sent")                      \
    X(UNKNOWN_USER, 200, "unknown_user", false, "the device does not know the user")               \
    X(WRONG_DIGEST, 201, "wrong_digest", false, "authentication failed: wrong pass phrase or key") \
    X(NOT_IN_TIME_WINDOW, 202, "not_in_time_window", true, "boots or time do not match")           \
    X(UNKNOWN_ENGINE_ID, 203, "unknown_engine_id", true, "the device has another engine id")       \
    X(DECRYPTION_ERROR, 204, "decryption_error", false, "the device could not decrypt")            \
    X(UNSUPPORTED_SECURITY_LEVEL, 205, "unsupported_security_level", false,                        \
      "the user does not have this security level")                                                \
    X(UNKNOWN_CONTEXT, 206, "unknown_context", false, "the device does not know the context")      \
    X(UNAVAILABLE_CONTEXT, 207, "unavailable_context", true, "the context is not available")       \
    X(OTHER_REPORT, 208, "other_report", false, "the device answered with another report")         \
    X(BAD_KEY, 209, "bad_key", false, "no key can be made from the pass phrase")                   \
    X(QUEUE_FULL, 300, "queue_full", true, "too many requests wait already")                       \
    X(RATE_LIMITED, 301, "rate_limited", true, "the client asks too often")                        \
    X(DEADLINE, 302, "deadline", true, "the deadline passed")                                      \
    X(CANCELLED, 303, "cancelled", false, "the request was cancelled")                             \
    X(SHUTTING_DOWN, 304, "shutting_down", true, "the engine is being stopped")                    \
    X(FORBIDDEN, 305, "forbidden", false, "the client may not do this")                            \
    X(BAD_REQUEST, 400, "bad_request", false, "the request is malformed")                          \
    X(UNSUPPORTED, 401, "unsupported", false, "the request asks for what is not supported")        \
    X(TOO_LARGE, 402, "too_large", false, "the request or its answer is larger than allowed")      \
    X(UNKNOWN_PROFILE, 403, "unknown_profile", false, "there is no such credential profile")       \
    X(UNKNOWN_REQUEST, 404, "unknown_request", false, "there is no such request")                  \
    X(INTERNAL, 500, "internal", true, "the engine failed, out of memory for instance")

typedef enum {
#define ZSNMP_ERROR_ENUM(symbol, code, name, retryable, text) ZSNMP_E_##symbol = (code),
    ZSNMP_ERRORS(ZSNMP_ERROR_ENUM)
#undef ZSNMP_ERROR_ENUM
        ZSNMP_OK = ZSNMP_E_OK
} zsnmp_err_t;

/* Name, text and nature of an error. Any thread; never NULL: what is unknown is "internal". */
ZSNMP_EXPORT const char *zsnmp_error_name(zsnmp_err_t err);
ZSNMP_EXPORT const char *zsnmp_error_text(zsnmp_err_t err);
ZSNMP_EXPORT bool zsnmp_error_retryable(zsnmp_err_t err);

/* "0.1.0": the version of the library that runs, which may differ from the header's. */
ZSNMP_EXPORT const char *zsnmp_version(void);

typedef enum {
    ZSNMP_GET = 1,
    ZSNMP_GET_NEXT,
    ZSNMP_GET_BULK,
    ZSNMP_WALK, /* GETBULK on v2c and v3, GETNEXT on v1 or where bulk is off */
    ZSNMP_SET
} zsnmp_op_t;

typedef enum { ZSNMP_V1 = 0, ZSNMP_V2C = 1, ZSNMP_V3 = 3 } zsnmp_version_t;

typedef enum { ZSNMP_NO_AUTH_NO_PRIV = 1, ZSNMP_AUTH_NO_PRIV, ZSNMP_AUTH_PRIV } zsnmp_level_t;

typedef enum {
    ZSNMP_AUTH_NONE = 0,
    ZSNMP_AUTH_MD5,
    ZSNMP_AUTH_SHA,
    ZSNMP_AUTH_SHA224,
    ZSNMP_AUTH_SHA256,
    ZSNMP_AUTH_SHA384,
    ZSNMP_AUTH_SHA512
} zsnmp_auth_t;

typedef enum {
    ZSNMP_PRIV_NONE = 0,
    ZSNMP_PRIV_DES,
    ZSNMP_PRIV_AES128,
    ZSNMP_PRIV_AES192, /* key extended as draft-blumenthal-aes-usm-04 says */
    ZSNMP_PRIV_AES256,
    ZSNMP_PRIV_AES192C, /* key extended as draft-reeder-snmpv3-usm-3desede says */
    ZSNMP_PRIV_AES256C
} zsnmp_priv_t;

/* Types of values: the ASN.1 tag, and net-snmp's numbers for what hides in an Opaque. */
enum {
    ZSNMP_INTEGER = 2,
    ZSNMP_OCTET_STRING = 4,
    ZSNMP_NULL = 5,
    ZSNMP_OBJECT_ID = 6,
    ZSNMP_IP_ADDRESS = 64,
    ZSNMP_COUNTER32 = 65,
    ZSNMP_GAUGE32 = 66,
    ZSNMP_TIMETICKS = 67,
    ZSNMP_OPAQUE = 68,
    ZSNMP_NSAP = 69,
    ZSNMP_COUNTER64 = 70,
    ZSNMP_UINTEGER32 = 71,
    ZSNMP_OPAQUE_COUNTER64 = 118,
    ZSNMP_OPAQUE_FLOAT = 120,
    ZSNMP_OPAQUE_DOUBLE = 121,
    ZSNMP_OPAQUE_INT64 = 122,
    ZSNMP_OPAQUE_UINT64 = 123,
    ZSNMP_NO_SUCH_OBJECT = 128,
    ZSNMP_NO_SUCH_INSTANCE = 129,
    ZSNMP_END_OF_MIB_VIEW = 130
};

/* One variable binding. It points into memory of the reply that it was read from. */
typedef struct {
    const uint32_t *oid;
    size_t oid_len; /* sub-identifiers */
    uint8_t type;   /* decides which member of value counts */
    union {
        int64_t i;  /* INTEGER, OPAQUE_INT64 */
        uint64_t u; /* Counter32, Gauge32, TimeTicks, UInteger32, Counter64, OPAQUE_*64 */
        double d;   /* OPAQUE_FLOAT, OPAQUE_DOUBLE */
        struct {
            const uint8_t *data; /* OCTET STRING, Opaque, NSAP; IpAddress: 4 bytes */
            size_t len;
        } bytes;
        struct {
            const uint32_t *subids; /* OBJECT IDENTIFIER */
            size_t len;
        } oid;
    } value;
} zsnmp_varbind_t;

/* ---- requests ------------------------------------------------------------------------- */

typedef struct zsnmp_request zsnmp_request_t;
typedef struct zsnmp_reply zsnmp_reply_t;

/*
 * A new request: an operation on a device. `peer` is "host", "host:port",
 * "udp:…", "udp6:[…]:port" or "tcp:…" as in net-snmp; it is copied, and checked
 * when the request is submitted. The caller owns the request until it submits
 * it. NULL when memory ran out.
 */
ZSNMP_EXPORT zsnmp_request_t *zsnmp_request_new(zsnmp_op_t op, const char *peer);

/* Frees a request that was not submitted (or was refused), wipes its secrets, sets *self_p NULL. */
ZSNMP_EXPORT void zsnmp_request_destroy(zsnmp_request_t **self_p);

/* Version and community; the default is v2c with "public". BAD_REQUEST: unknown, too long. */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_version(zsnmp_request_t *self, zsnmp_version_t version);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_community(zsnmp_request_t *self, const void *data,
                                                     size_t len);

/*
 * SNMPv3 credentials; each call makes the request a v3 one. The level follows
 * from what is given: a user alone is noAuthNoPriv. `proto` is a zsnmp_auth_t or
 * zsnmp_priv_t. Pass phrases have ZSNMP_PASS_MIN to ZSNMP_PASS_MAX bytes.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_user(zsnmp_request_t *self, const char *user);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_auth(zsnmp_request_t *self, zsnmp_auth_t proto,
                                                const char *pass);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_priv(zsnmp_request_t *self, zsnmp_priv_t proto,
                                                const char *pass);

/*
 * Localised keys (RFC 3414 section 2.6: made for the one engine of this device)
 * in place of pass phrases; nothing has to be derived then. An authentication
 * key is as long as its hash: 16 (MD5), 20 (SHA), 28, 32, 48, 64 bytes. A
 * privacy key is 16 (DES, AES-128), 24 or 32 bytes; one that is longer is cut.
 * The last of set_auth and set_auth_key counts, likewise for priv. The keys are
 * copied. BAD_REQUEST: unknown protocol, wrong length.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_auth_key(zsnmp_request_t *self, zsnmp_auth_t proto,
                                                    const void *key, size_t len);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_priv_key(zsnmp_request_t *self, zsnmp_priv_t proto,
                                                    const void *key, size_t len);

/*
 * The device's engine id, which spares its discovery. It is checked: a device
 * that has another one is answered with UNKNOWN_ENGINE_ID. Copied.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_engine_id(zsnmp_request_t *self, const void *data,
                                                     size_t len);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_context(zsnmp_request_t *self, const char *context);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_context_engine_id(zsnmp_request_t *self,
                                                             const void *data, size_t len);

/* What to ask for, in order. BAD_REQUEST: no OID; TOO_LARGE: more than ZSNMP_VARBINDS_MAX. */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_add_oid(zsnmp_request_t *self, const uint32_t *oid,
                                               size_t oid_len);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_add_oid_str(zsnmp_request_t *self, const char *oid);

/*
 * What to set: an OID and a value as text, with snmpset's letter for its type
 * (i u c t a o s x d n b, and C U I F D for 64-bit and floating point values).
 * For s the text is taken as it is; x is hexadecimal, d decimal bytes.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_add_set(zsnmp_request_t *self, const char *oid, char type,
                                               const char *value);

/* get_bulk: both; walk: max_repetitions, where 0 lets the engine choose. */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_bulk(zsnmp_request_t *self, uint32_t non_repeaters,
                                                uint32_t max_repetitions);

/* A walk with GETNEXT (false) rather than GETBULK (true, the default). */
ZSNMP_EXPORT void zsnmp_request_set_walk_bulk(zsnmp_request_t *self, bool bulk);

/*
 * Time-out of each try in milliseconds, up to 600000, and further tries (default
 * 2, at most 100). 0, the default: tries adapt to the round trip of the device,
 * and all together take 1000 for each try.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_timeout(zsnmp_request_t *self, uint32_t timeout_ms,
                                                   uint32_t retries);

/* The whole operation ends this long after it was submitted; 0 (default): no deadline. */
ZSNMP_EXPORT void zsnmp_request_set_deadline(zsnmp_request_t *self, uint32_t deadline_ms);

/*
 * 0 (first) to 7, default 4: each level has twice as many requests started as
 * the next where both wait. BAD_REQUEST: over 7.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_priority(zsnmp_request_t *self, uint32_t priority);

/*
 * Tighter limits than the pool's own for the device, 0: the pool's. The request
 * is started only while fewer than `window` requests of the device are under
 * way; is refused with QUEUE_FULL where `queue_max` wait already; and its packets
 * keep `interval_ms` from any others to the device, at most 10000 (BAD_REQUEST).
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_device_limits(zsnmp_request_t *self, uint32_t window,
                                                         uint32_t queue_max, uint32_t interval_ms);

/*
 * A walk begins behind this OID, which lies at or below its root: what
 * zsnmp_reply_next() said of a walk that was cut off. The OID is copied.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_start(zsnmp_request_t *self, const uint32_t *oid,
                                                 size_t oid_len);

/*
 * A walk in parts: `rows` gets so many rows at a time while the walk goes on, and
 * the callback of the end gets what is left. On a worker's thread, as that callback;
 * the reply is valid until it returns. false: the walk ends with CANCELLED.
 * BAD_REQUEST: 0 rows, or no function.
 */
typedef bool zsnmp_rows_fn(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg);
ZSNMP_EXPORT zsnmp_err_t zsnmp_request_set_stream(zsnmp_request_t *self, uint32_t count,
                                                  zsnmp_rows_fn *rows);

/* A walk ends after this many rows; 0 (default): no limit. */
ZSNMP_EXPORT void zsnmp_request_set_limit(zsnmp_request_t *self, uint32_t rows);

/* ---- replies: valid in the callback that gets them, on its thread ---------------------------- */

typedef enum { ZSNMP_SENT_NO = 0, ZSNMP_SENT_MAYBE, ZSNMP_SENT_YES } zsnmp_sent_t;

/* Why a walk ended; NONE for other operations. Names as on the wire: zsnmp_stop_name(). */
#define ZSNMP_STOPS(X)                                                                             \
    X(NONE, "")                                                                                    \
    X(END_OF_VIEW, "end_of_view")                                                                  \
    X(OUT_OF_TREE, "out_of_tree")                                                                  \
    X(LIMIT, "limit")                                                                              \
    X(DEADLINE, "deadline")                                                                        \
    X(CANCELLED, "cancelled")                                                                      \
    X(NON_INCREASING, "non_increasing")                                                            \
    X(LOOP, "loop")                                                                                \
    X(TIMEOUT, "timeout")                                                                          \
    X(DEVICE_DOWN, "device_down")                                                                  \
    X(TOO_BIG, "too_big")                                                                          \
    X(DEVICE_ERROR, "device_error")

typedef enum {
#define ZSNMP_STOP_ENUM(symbol, name) ZSNMP_STOP_##symbol,
    ZSNMP_STOPS(ZSNMP_STOP_ENUM)
#undef ZSNMP_STOP_ENUM
        ZSNMP_STOP_COUNT
} zsnmp_stop_t;

ZSNMP_EXPORT const char *zsnmp_stop_name(zsnmp_stop_t stop);

/* What a device did wrong, in the course of a request. Names as on the wire: zsnmp_quirk_name(). */
#define ZSNMP_QUIRKS(X)                                                                            \
    X(NON_INCREASING, "non_increasing") /* a name that is not behind the one before it */          \
    X(LOOP, "loop")                     /* the same name again */                                  \
    X(EMPTY, "empty")                   /* an answer without varbinds */                           \
    X(WRONG_COUNT, "wrong_count")       /* more or fewer varbinds than asked for */                \
    X(WRONG_NAME, "wrong_name")         /* another name than asked for */                          \
    X(MALFORMED, "malformed")           /* an answer that can not be read; it counts as none */    \
    X(TOO_BIG, "too_big")               /* so it was asked for less */                             \
    X(SILENT_GET, "silent_get")         /* does not answer GETs of many names */                   \
    X(SILENT_BULK, "silent_bulk")       /* does not answer GETBULK, or not with many rows */       \
    X(NO_SUCH_NAME, "no_such_name")     /* ended a walk so, though its version has better */       \
    X(EXCEPTION, "exception")           /* answered GETNEXT with noSuchObject or noSuchInstance */ \
    X(UNKNOWN_STATUS, "unknown_status") /* an error-status that RFC 3416 does not have */          \
    X(BAD_INDEX, "bad_index")           /* an error-index of no varbind */                         \
    X(OTHER_SOURCE, "other_source")     /* an answer came from elsewhere, and was dropped */       \
    X(STRAY, "stray")                   /* answers that nobody waits for: late, twice */

typedef enum {
#define ZSNMP_QUIRK_ENUM(symbol, name) ZSNMP_QUIRK_##symbol,
    ZSNMP_QUIRKS(ZSNMP_QUIRK_ENUM)
#undef ZSNMP_QUIRK_ENUM
        ZSNMP_QUIRK_COUNT
} zsnmp_quirk_t;

/* NULL where there is no such quirk. */
ZSNMP_EXPORT const char *zsnmp_quirk_name(zsnmp_quirk_t quirk);

/* Bit 1 << ZSNMP_QUIRK_… for each that was seen. */
ZSNMP_EXPORT uint32_t zsnmp_reply_quirks(const zsnmp_reply_t *self);

ZSNMP_EXPORT zsnmp_err_t zsnmp_reply_error(const zsnmp_reply_t *self);
ZSNMP_EXPORT uint32_t
zsnmp_reply_error_index(const zsnmp_reply_t *self); /* 1 is the first; 0: none */
ZSNMP_EXPORT const char *
zsnmp_reply_message(const zsnmp_reply_t *self); /* for people, never NULL */
ZSNMP_EXPORT zsnmp_sent_t zsnmp_reply_sent(const zsnmp_reply_t *self);
ZSNMP_EXPORT zsnmp_stop_t zsnmp_reply_stop(const zsnmp_reply_t *self);
ZSNMP_EXPORT bool zsnmp_reply_complete(const zsnmp_reply_t *self);   /* a walk saw all there is */
ZSNMP_EXPORT uint32_t zsnmp_reply_tries(const zsnmp_reply_t *self);  /* packets sent */
ZSNMP_EXPORT uint32_t zsnmp_reply_rtt_us(const zsnmp_reply_t *self); /* last round trip; 0: none */

/* Where a walk that is not complete goes on, with several roots the first that is not:
 * sub-identifiers through *oid, count returned, 0: none.
 */
ZSNMP_EXPORT size_t zsnmp_reply_next(const zsnmp_reply_t *self, const uint32_t **oid);

/*
 * The varbinds, in the device's order, also those before an error. Start with
 * *cursor = 0; false at the end.
 *
 *     size_t at = 0;
 *     zsnmp_varbind_t vb;
 *     while (zsnmp_reply_varbind(reply, &at, &vb)) { … }
 */
ZSNMP_EXPORT size_t zsnmp_reply_count(const zsnmp_reply_t *self);
ZSNMP_EXPORT bool zsnmp_reply_varbind(const zsnmp_reply_t *self, size_t *cursor,
                                      zsnmp_varbind_t *vb);

/*
 * The OID as "1.3.6.1", and the value as net-snmp's tools print it with -On
 * ("STRING: \"x\"", "Counter32: 7"). Both write at most size bytes with the
 * final NUL and return the length that the whole text has, as snprintf does.
 */
ZSNMP_EXPORT size_t zsnmp_oid_print(const uint32_t *oid, size_t oid_len, char *text, size_t size);
ZSNMP_EXPORT size_t zsnmp_varbind_print(const zsnmp_varbind_t *vb, char *text, size_t size);

/* ---- the pool --------------------------------------------------------------------------- */

typedef struct zsnmp_pool zsnmp_pool_t;

/* Options; zsnmp_pool_options_init() fills in the defaults, which are named here. */
typedef struct {
    uint32_t workers;            /* threads, 1 to 64; 0: cores less one, 1 to 4 (default 0) */
    uint32_t sockets;            /* UDP sockets a worker and address family, 1 to 32 (4) */
    uint32_t rcvbuf;             /* bytes of receive buffer a socket asks for (8 MiB) */
    uint32_t window;             /* requests in flight a worker; 0: what its buffers hold (0) */
    uint32_t queue_max;          /* requests waiting or in flight in the pool (500000) */
    uint32_t device_window;      /* requests in flight to one device (4) */
    uint32_t device_queue_max;   /* requests waiting for one device (10000) */
    uint32_t device_interval_ms; /* at least, between packets to one device (0) */
    uint32_t merge_ms;       /* reads join the same read under way, if that is not older; 0: never
                                (1000) */
    uint32_t combine_max;    /* names of GETs that wait for a device and are asked for together; 0:
                                never (24) */
    uint32_t timeout_min_ms; /* shortest try that adapts to the round trip (250) */
    uint32_t timeout_max_ms; /* longest (3000) */
    uint32_t breaker_failures; /* requests in a row that time out before a device is held to be
                                  down; 0: never (3) */
    uint32_t breaker_min_ms;   /* from then to the first probe that looks for it (5000) */
    uint32_t breaker_max_ms;   /* longest pause between such probes; each doubles it (300000) */
    uint32_t devices_max;      /* devices remembered; idle ones go, oldest first (1000000) */
    uint32_t device_idle_ms;   /* an idle device is forgotten after this (600000) */
    uint32_t walk_repetitions; /* max-repetitions of the first walk of a device (25) */
    uint32_t reply_max;        /* bytes of varbinds of one reply (64 MiB) */
    uint32_t memory_max;       /* bytes of all requests with their replies; 0: no limit (2 GiB) */
    const char *dns_servers;   /* "addr[:port],…" in place of the system's; NULL: system (NULL) */
    uint32_t dns_timeout_ms;   /* a name's look-up fails after this (5000) */
} zsnmp_pool_options_t;

ZSNMP_EXPORT void zsnmp_pool_options_init(zsnmp_pool_options_t *options);

/*
 * Starts the threads. options may be NULL. Blocks for milliseconds. On failure
 * NULL, and the reason through *err where err is not NULL: BAD_REQUEST (an
 * option out of range), SEND_FAILED (no socket), INTERNAL (memory, threads).
 */
ZSNMP_EXPORT zsnmp_pool_t *zsnmp_pool_new(const zsnmp_pool_options_t *options, zsnmp_err_t *err);

/*
 * Stops: refuses new requests, lets those that run end within grace_ms, answers
 * the rest SHUTTING_DOWN and joins the threads. Blocks for at most about
 * grace_ms; every request has had its callback when it returns. Any thread but
 * a callback's; a second call returns at once.
 */
ZSNMP_EXPORT void zsnmp_pool_stop(zsnmp_pool_t *self, uint32_t grace_ms);

/* Stops without grace where that has not happened yet, frees, sets *self_p NULL. */
ZSNMP_EXPORT void zsnmp_pool_destroy(zsnmp_pool_t **self_p);

/* Waits until no request is left, at most timeout_ms; true when none is. Not from a callback. */
ZSNMP_EXPORT bool zsnmp_pool_drain(zsnmp_pool_t *self, uint32_t timeout_ms);

/*
 * Called exactly once for each request that was accepted, on a worker's thread
 * and never from within zsnmp_pool_submit(). It must not block: while it runs,
 * the devices of that worker wait. It may submit and cancel. The request and
 * the reply are freed when it returns.
 */
typedef void zsnmp_done_fn(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg);

/*
 * Hands a request to the pool. Any thread, callbacks included; never blocks.
 * On ZSNMP_OK the pool owns the request, and *handle (where handle is not NULL)
 * is its number for zsnmp_pool_cancel(). Else the caller still owns it:
 * BAD_REQUEST, BAD_ADDRESS, QUEUE_FULL, SHUTTING_DOWN, INTERNAL.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_pool_submit(zsnmp_pool_t *self, zsnmp_request_t *request,
                                           zsnmp_done_fn *done, void *arg, uint64_t *handle);

/*
 * Asks that a request end now, with CANCELLED. Any thread; never blocks. The
 * callback still comes, with whatever happened first. A handle that is unknown
 * or over is no error: nothing happens.
 */
ZSNMP_EXPORT zsnmp_err_t zsnmp_pool_cancel(zsnmp_pool_t *self, uint64_t handle);

/*
 * Counters of the pool, summed over its workers, in the order of this list.
 * X(name, text); each is a uint64_t of zsnmp_stats_t. Gauges are the first six.
 */
#define ZSNMP_STATS(X)                                                                             \
    X(requests_queued, "requests that wait")                                                       \
    X(requests_in_flight, "requests sent and not answered yet")                                    \
    X(devices, "devices known")                                                                    \
    X(memory_bytes, "bytes of requests with their replies")                                        \
    X(sessions, "version 3 sessions")                                                              \
    X(breakers_open, "devices held to be down, counted by credentials")                            \
    X(requests_accepted, "requests accepted")                                                      \
    X(requests_ok, "requests answered without error")                                              \
    X(requests_failed, "requests answered with an error")                                          \
    X(requests_timeout, "requests that timed out")                                                 \
    X(requests_cancelled, "requests cancelled")                                                    \
    X(requests_merged, "requests that joined the same one under way")                              \
    X(requests_bundled, "times that GETs which waited went out together")                          \
    X(varbinds, "varbinds delivered")                                                              \
    X(packets_sent, "datagrams and TCP messages sent")                                             \
    X(packets_received, "datagrams and TCP messages received")                                     \
    X(packets_resent, "of those sent: further tries")                                              \
    X(bytes_sent, "bytes sent")                                                                    \
    X(bytes_received, "bytes received")                                                            \
    X(send_blocked, "sends put off because the socket was full")                                   \
    X(send_failed, "sends that the kernel refused")                                                \
    X(drop_malformed, "received: no SNMP message")                                                 \
    X(drop_unknown_id, "received: nobody waits for this id (late, duplicate or forged)")           \
    X(drop_wrong_source, "received: from another address, port or to another socket")              \
    X(drop_wrong_version, "received: another version or community")                                \
    X(drop_not_response, "received: neither response nor report")                                  \
    X(drop_rejected, "received: refused when it was read (authentication, malformed)")             \
    X(drop_kernel, "lost in the kernel because a receive buffer was full")                         \
    X(breakers_opened, "times that a device was found to be down")                                 \
    X(breakers_closed, "times that one was found again, or forgotten")                             \
    X(breaker_probes, "packets that looked for a device that is down")                             \
    X(v3_probes, "engine id discoveries sent")                                                     \
    X(v3_reports, "reports received")                                                              \
    X(v3_keys_derived, "keys derived from pass phrases")                                           \
    X(hook_trips, "times net-snmp tried to wait synchronously")                                    \
    X(names_resolved, "DNS look-ups done")                                                         \
    X(loop_rounds, "rounds of the workers' loops")                                                 \
    X(loop_max_us, "longest round of a worker's loop, waiting excluded")

typedef struct {
#define ZSNMP_STATS_FIELD(name, text) uint64_t name;
    ZSNMP_STATS(ZSNMP_STATS_FIELD)
#undef ZSNMP_STATS_FIELD
} zsnmp_stats_t;

/* A snapshot. Any thread; never blocks; each counter is exact, the set is not one instant. */
ZSNMP_EXPORT void zsnmp_pool_stats(zsnmp_pool_t *self, zsnmp_stats_t *stats);

/* ---- serving a pool over ZeroMQ ------------------------------------------------------------ */

typedef struct zsnmp_server zsnmp_server_t;

typedef struct {
    uint32_t body_max;       /* bytes of one message; a larger one is answered too_large (8 MiB) */
    uint32_t message_max;    /* bytes; a larger frame ends the connection (16 MiB) */
    uint32_t batch_max;      /* requests of one batch (10000) */
    uint32_t client_window;  /* unanswered requests of one client (100000) */
    uint32_t client_backlog; /* bytes of replies kept for a client that does not read (64 MiB) */
    uint32_t backlog_total;  /* bytes of replies kept for all such clients (256 MiB) */
    uint32_t hwm;            /* ZeroMQ high-water mark, messages a client and direction (1000) */
    uint32_t handshake_ms;   /* a connection that is not ZMTP by then is closed (5000) */
    uint32_t io_threads;     /* of the ZeroMQ context, where the server makes it (1) */
} zsnmp_server_options_t;

ZSNMP_EXPORT void zsnmp_server_options_init(zsnmp_server_options_t *options);

/*
 * Starts a thread that serves the pool to ZeroMQ clients: the protocol of
 * docs/PROTOCOL.md on a ROUTER socket. `zmq_context` is the caller's context,
 * which inproc clients must share, or NULL for one of the server's own.
 * `endpoints` is a NULL-terminated list ("tcp://127.0.0.1:7161", "ipc:///run/x",
 * "inproc://snmp", "tcp://127.0.0.1:*"). The pool must outlive the server.
 * NULL on failure, *err as in zsnmp_pool_new(): BAD_ADDRESS where an endpoint
 * can not be bound (errno says why).
 */
ZSNMP_EXPORT zsnmp_server_t *zsnmp_server_new(zsnmp_pool_t *pool, void *zmq_context,
                                              const char *const *endpoints,
                                              const zsnmp_server_options_t *options,
                                              zsnmp_err_t *err);

/* The endpoint as bound ("tcp://127.0.0.1:49152"), index from 0; NULL past the last. Any thread. */
ZSNMP_EXPORT const char *zsnmp_server_endpoint(const zsnmp_server_t *self, size_t index);

/*
 * Stops server and pool in the right order: new requests are answered
 * shutting_down, those that run end within grace_ms, the rest is answered
 * shutting_down, all replies are handed to ZeroMQ, with the time that is left
 * of linger_ms for the clients to take them. Blocks. Not from a callback.
 */
ZSNMP_EXPORT void zsnmp_server_stop(zsnmp_server_t *self, uint32_t grace_ms, uint32_t linger_ms);

/* Stops without grace where that has not happened yet, frees, sets *self_p NULL. */
ZSNMP_EXPORT void zsnmp_server_destroy(zsnmp_server_t **self_p);

#ifdef __cplusplus
}
#endif
#endif
