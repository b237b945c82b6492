/*
 * zsnmpc.h: the public interface of libzsnmpc, a client of a ZSNMP broker.
 *
 * A client is one connection to a broker (zsnmpd, or any program that serves a
 * pool) and the calls that are under way on it. A call is a request, sent when
 * it is made, and a function that gets its reply. The protocol, and with it what
 * each key of a request and of a reply means, is docs/PROTOCOL.md.
 *
 * Conventions
 *  - A client, and all of its requests and replies, belong to one thread at a
 *    time; other threads have clients of their own. No function here may be
 *    called for one client by two threads at once.
 *  - Only what says so blocks. Nothing here ends the process, prints, logs,
 *    touches signals or keeps state outside of its objects.
 *  - Functions that can fail return NULL, 0 or false, and errno says why.
 *  - Times are in milliseconds (`_ms`), sizes in bytes. Strings end with a NUL.
 *  - Every call ends, and its function is called for the last time, exactly once:
 *    with its reply, when it is cancelled, or when the broker is found to be gone
 *    (see zsnmpc_options_t), which takes a bounded time.
 */
#ifndef ZSNMPC_H
#define ZSNMPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Only what carries this mark is visible outside of the library. */
#define ZSNMPC_EXPORT __attribute__((visibility("default")))

#define ZSNMPC_ENDPOINT "tcp://127.0.0.1:7161" /* where zsnmpd listens by itself */
#define ZSNMPC_OID_MAX 128u                    /* sub-identifiers of an OID */
#define ZSNMPC_OID_TEXT_MAX 1408u              /* bytes of one as text, with its NUL */

/* "0.1.0": the version of the library that runs. Any thread. */
ZSNMPC_EXPORT const char *zsnmpc_version(void);

/* The text of an errno that a function here has left, ZeroMQ's own included. Any thread. */
ZSNMPC_EXPORT const char *zsnmpc_strerror(int error);

/* msgpack-c's, for what goes beyond the functions below; see <msgpack.h>. */
struct msgpack_object;
struct msgpack_packer;

/* ---- requests --------------------------------------------------------------------------- */

/* Operations on devices, and the broker's own. */
#define ZSNMPC_GET "get"
#define ZSNMPC_GET_NEXT "get_next"
#define ZSNMPC_GET_BULK "get_bulk"
#define ZSNMPC_WALK "walk"
#define ZSNMPC_SET "set"
#define ZSNMPC_PING "ping"
#define ZSNMPC_INFO "info"
#define ZSNMPC_DEVICES "devices"

/* Keys of requests, and which function takes them. Others can be given just as well. */
#define ZSNMPC_PEER "peer"                             /* text */
#define ZSNMPC_SNMP_VERSION "version"                  /* text: "1", "2c", "3" */
#define ZSNMPC_COMMUNITY "community"                   /* text, bytes */
#define ZSNMPC_USER "user"                             /* text */
#define ZSNMPC_AUTH_PROTO "auth_proto"                 /* text */
#define ZSNMPC_AUTH_PASS "auth_pass"                   /* text */
#define ZSNMPC_AUTH_KEY "auth_key"                     /* bytes; text: hexadecimal */
#define ZSNMPC_PRIV_PROTO "priv_proto"                 /* text */
#define ZSNMPC_PRIV_PASS "priv_pass"                   /* text */
#define ZSNMPC_PRIV_KEY "priv_key"                     /* bytes; text: hexadecimal */
#define ZSNMPC_LEVEL "level"                           /* text */
#define ZSNMPC_ENGINE_ID "engine_id"                   /* bytes; text: hexadecimal */
#define ZSNMPC_CONTEXT "context"                       /* text */
#define ZSNMPC_CONTEXT_ENGINE_ID "context_engine_id"   /* bytes; text: hexadecimal */
#define ZSNMPC_NON_REPEATERS "non_repeaters"           /* uint */
#define ZSNMPC_MAX_REPETITIONS "max_repetitions"       /* uint */
#define ZSNMPC_BULK "bulk"                             /* bool */
#define ZSNMPC_START "start"                           /* text; zsnmpc_request_resume() */
#define ZSNMPC_LIMIT "limit"                           /* uint */
#define ZSNMPC_STREAM "stream"                         /* uint */
#define ZSNMPC_FORM "form"                             /* text; "list" where not given */
#define ZSNMPC_EXCEPTIONS "exceptions"                 /* bool */
#define ZSNMPC_TIMING "timing"                         /* bool */
#define ZSNMPC_TIMEOUT_MS "timeout_ms"                 /* uint */
#define ZSNMPC_RETRIES "retries"                       /* uint */
#define ZSNMPC_DEADLINE_MS "deadline_ms"               /* uint */
#define ZSNMPC_PRIORITY "priority"                     /* uint */
#define ZSNMPC_DEVICE_WINDOW "device_window"           /* uint */
#define ZSNMPC_DEVICE_QUEUE_MAX "device_queue_max"     /* uint */
#define ZSNMPC_DEVICE_INTERVAL_MS "device_interval_ms" /* uint */
#define ZSNMPC_SORT "sort"                             /* text; of ZSNMPC_DEVICES */

typedef struct zsnmpc_request zsnmpc_request_t;

/*
 * A new request. `peer` is the device, NULL for the broker's own operations.
 * The caller owns it. It is not used up by a call: it may be changed (another
 * peer) and sent again. NULL: no memory.
 *
 * The functions that fill it in copy what they are given and return nothing; a
 * request for which memory ran out is refused when it is sent, with ENOMEM.
 */
ZSNMPC_EXPORT zsnmpc_request_t *zsnmpc_request_new(const char *op, const char *peer);

/*
 * A request that is ready: one MessagePack map without an "id". It is sent as it
 * is, byte for byte, and what is put into it besides comes behind. NULL: EINVAL
 * where it is no such map or is nested more than 15 deep, ENOMEM.
 */
ZSNMPC_EXPORT zsnmpc_request_t *zsnmpc_request_of(const void *map, size_t len);

/* Frees it, wipes its secrets, sets *self_p NULL. Calls that were made of it go on. */
ZSNMPC_EXPORT void zsnmpc_request_destroy(zsnmpc_request_t **self_p);

/*
 * One key. What the key had before is replaced; a text that is NULL takes the key
 * away, also "oids" and "set", to which the functions below add.
 */
ZSNMPC_EXPORT void zsnmpc_request_put_text(zsnmpc_request_t *self, const char *key,
                                           const char *text);
ZSNMPC_EXPORT void zsnmpc_request_put_bytes(zsnmpc_request_t *self, const char *key,
                                            const void *data, size_t len);
ZSNMPC_EXPORT void zsnmpc_request_put_uint(zsnmpc_request_t *self, const char *key, uint64_t value);
ZSNMPC_EXPORT void zsnmpc_request_put_bool(zsnmpc_request_t *self, const char *key, bool value);

/* One more OID to ask for: as text, or as 1 to ZSNMPC_OID_MAX sub-identifiers. */
ZSNMPC_EXPORT void zsnmpc_request_add_oid(zsnmpc_request_t *self, const char *oid);
ZSNMPC_EXPORT void zsnmpc_request_add_oid_numbers(zsnmpc_request_t *self, const uint32_t *oid,
                                                  size_t len);

/*
 * One more value to set: its OID, the letter that snmpset has for its type, and
 * the value: as text (any type), as a number, or as bytes.
 */
ZSNMPC_EXPORT void zsnmpc_request_add_set(zsnmpc_request_t *self, const char *oid, char type,
                                          const char *value);
ZSNMPC_EXPORT void zsnmpc_request_add_set_int(zsnmpc_request_t *self, const char *oid, char type,
                                              int64_t value);
ZSNMPC_EXPORT void zsnmpc_request_add_set_uint(zsnmpc_request_t *self, const char *oid, char type,
                                               uint64_t value);
ZSNMPC_EXPORT void zsnmpc_request_add_set_double(zsnmpc_request_t *self, const char *oid, char type,
                                                 double value);
ZSNMPC_EXPORT void zsnmpc_request_add_set_bytes(zsnmpc_request_t *self, const char *oid, char type,
                                                const void *data, size_t len);

/* The service must know this key, or the request is answered `unsupported`. */
ZSNMPC_EXPORT void zsnmpc_request_add_must(zsnmpc_request_t *self, const char *key);

/*
 * Where a walk of several roots begins, one for each in their order: an OID, or
 * NULL where nothing is left of the root. With one root put ZSNMPC_START.
 */
ZSNMPC_EXPORT void zsnmpc_request_add_start(zsnmpc_request_t *self, const char *oid);

/*
 * Any value for a key, packed by the caller: exactly one MessagePack object must
 * be packed before the request is used again. The packer is the request's. NULL:
 * no memory.
 */
ZSNMPC_EXPORT struct msgpack_packer *zsnmpc_request_pack(zsnmpc_request_t *self, const char *key);

/* ---- replies ------------------------------------------------------------------------------ */

/* Types of values: the ASN.1 tag, and net-snmp's numbers for what hides in an Opaque. */
enum {
    ZSNMPC_INTEGER = 2,
    ZSNMPC_OCTET_STRING = 4,
    ZSNMPC_NULL = 5,
    ZSNMPC_OBJECT_ID = 6,
    ZSNMPC_IP_ADDRESS = 64,
    ZSNMPC_COUNTER32 = 65,
    ZSNMPC_GAUGE32 = 66,
    ZSNMPC_TIMETICKS = 67,
    ZSNMPC_OPAQUE = 68,
    ZSNMPC_NSAP = 69,
    ZSNMPC_COUNTER64 = 70,
    ZSNMPC_UINTEGER32 = 71,
    ZSNMPC_OPAQUE_COUNTER64 = 118,
    ZSNMPC_OPAQUE_FLOAT = 120,
    ZSNMPC_OPAQUE_DOUBLE = 121,
    ZSNMPC_OPAQUE_INT64 = 122,
    ZSNMPC_OPAQUE_UINT64 = 123,
    ZSNMPC_NO_SUCH_OBJECT = 128,
    ZSNMPC_NO_SUCH_INSTANCE = 129,
    ZSNMPC_END_OF_MIB_VIEW = 130
};

/* One variable binding. What value.bytes points to lives as long as the reply. */
typedef struct {
    char oid[ZSNMPC_OID_TEXT_MAX]; /* "1.3.6.1.2.1.1.3.0" */
    uint8_t type;                  /* decides which member of value counts */
    union {
        int64_t i;  /* INTEGER, OPAQUE_INT64 */
        uint64_t u; /* Counter32, Gauge32, TimeTicks, UInteger32, Counter64, OPAQUE_*64 */
        double d;   /* OPAQUE_FLOAT, OPAQUE_DOUBLE */
        struct {
            const uint8_t *data; /* OCTET STRING, Opaque, NsapAddress */
            size_t len;          /* and an IpAddress that has not 4 bytes; its text is empty then */
        } bytes;
    } value;
    char text[ZSNMPC_OID_TEXT_MAX]; /* OBJECT IDENTIFIER "1.3.6.1.4.1", IpAddress "192.0.2.1" */
} zsnmpc_varbind_t;

/* Codes of errors; what they mean is in docs/PROTOCOL.md, which also names them. */
enum {
    ZSNMPC_E_SERVICE_LOST = 0, /* the broker is gone, or is none; the client's own */
    ZSNMPC_E_TOO_BIG = 1,
    ZSNMPC_E_NO_SUCH_NAME = 2,
    ZSNMPC_E_BAD_VALUE = 3,
    ZSNMPC_E_READ_ONLY = 4,
    ZSNMPC_E_GEN_ERR = 5,
    ZSNMPC_E_NO_ACCESS = 6,
    ZSNMPC_E_WRONG_TYPE = 7,
    ZSNMPC_E_WRONG_LENGTH = 8,
    ZSNMPC_E_WRONG_ENCODING = 9,
    ZSNMPC_E_WRONG_VALUE = 10,
    ZSNMPC_E_NO_CREATION = 11,
    ZSNMPC_E_INCONSISTENT_VALUE = 12,
    ZSNMPC_E_RESOURCE_UNAVAILABLE = 13,
    ZSNMPC_E_COMMIT_FAILED = 14,
    ZSNMPC_E_UNDO_FAILED = 15,
    ZSNMPC_E_AUTHORIZATION_ERROR = 16,
    ZSNMPC_E_NOT_WRITABLE = 17,
    ZSNMPC_E_INCONSISTENT_NAME = 18,
    ZSNMPC_E_TIMEOUT = 100,
    ZSNMPC_E_DEVICE_DOWN = 101,
    ZSNMPC_E_UNREACHABLE = 102,
    ZSNMPC_E_BAD_ADDRESS = 103,
    ZSNMPC_E_SEND_FAILED = 104,
    ZSNMPC_E_UNKNOWN_USER = 200,
    ZSNMPC_E_WRONG_DIGEST = 201,
    ZSNMPC_E_NOT_IN_TIME_WINDOW = 202,
    ZSNMPC_E_UNKNOWN_ENGINE_ID = 203,
    ZSNMPC_E_DECRYPTION_ERROR = 204,
    ZSNMPC_E_UNSUPPORTED_SECURITY_LEVEL = 205,
    ZSNMPC_E_UNKNOWN_CONTEXT = 206,
    ZSNMPC_E_UNAVAILABLE_CONTEXT = 207,
    ZSNMPC_E_OTHER_REPORT = 208,
    ZSNMPC_E_BAD_KEY = 209,
    ZSNMPC_E_QUEUE_FULL = 300,
    ZSNMPC_E_RATE_LIMITED = 301,
    ZSNMPC_E_DEADLINE = 302,
    ZSNMPC_E_CANCELLED = 303,
    ZSNMPC_E_SHUTTING_DOWN = 304,
    ZSNMPC_E_FORBIDDEN = 305,
    ZSNMPC_E_BAD_REQUEST = 400,
    ZSNMPC_E_UNSUPPORTED = 401,
    ZSNMPC_E_TOO_LARGE = 402,
    ZSNMPC_E_UNKNOWN_PROFILE = 403,
    ZSNMPC_E_UNKNOWN_REQUEST = 404,
    ZSNMPC_E_INTERNAL = 500
};

/* What the code of an error speaks of. */
typedef enum {
    ZSNMPC_KIND_LOST = 0, /* 0: the broker is gone, or is none */
    ZSNMPC_KIND_DEVICE,   /* 1 to 18: what the device answered */
    ZSNMPC_KIND_WAY,      /* 100 and up: what happened on the way to it */
    ZSNMPC_KIND_USM,      /* 200 and up: what USM says */
    ZSNMPC_KIND_SERVICE,  /* 300 and up: what the service decided */
    ZSNMPC_KIND_REQUEST,  /* 400 and up: what is wrong with the request */
    ZSNMPC_KIND_INTERNAL  /* 500 and up */
} zsnmpc_kind_t;

typedef enum { ZSNMPC_SENT_NO = 0, ZSNMPC_SENT_MAYBE, ZSNMPC_SENT_YES } zsnmpc_sent_t;

typedef struct {
    zsnmpc_kind_t kind;
    uint32_t code;
    const char *name;    /* "timeout"; "service_lost" where code is 0 */
    const char *message; /* for people */
    uint32_t index;      /* which OID or setting it is about, from 1; 0: none */
    bool retryable;      /* the same request may succeed later, and sending it again does no harm */
    zsnmpc_sent_t sent;  /* whether a packet has gone to the device */
} zsnmpc_error_t;

typedef struct zsnmpc_reply zsnmpc_reply_t;

/* The call that it answers: what zsnmpc_call() returned. 0 with zsnmpc_reply_of(). */
ZSNMPC_EXPORT uint64_t zsnmpc_reply_call(const zsnmpc_reply_t *self);

/* What went wrong; NULL where nothing did. It lives as long as the reply. */
ZSNMPC_EXPORT const zsnmpc_error_t *zsnmpc_reply_error(const zsnmpc_reply_t *self);

/*
 * The varbinds of a reply in list form, also those before an error: how many,
 * and the one at a place from 0. false: there is none.
 */
ZSNMPC_EXPORT size_t zsnmpc_reply_count(const zsnmpc_reply_t *self);
ZSNMPC_EXPORT bool zsnmpc_reply_varbind(const zsnmpc_reply_t *self, size_t at,
                                        zsnmpc_varbind_t *vb);

/* A part of a walk that others follow: the call goes on. */
ZSNMPC_EXPORT bool zsnmpc_reply_more(const zsnmpc_reply_t *self);

/*
 * How a walk ended: whether it has seen all there is, why it ended ("out_of_tree";
 * NULL where nobody said), and where it goes on: the last OID of the root at a
 * place from 0, NULL where nothing is left of it.
 */
ZSNMPC_EXPORT bool zsnmpc_reply_complete(const zsnmpc_reply_t *self);
ZSNMPC_EXPORT const char *zsnmpc_reply_stop(const zsnmpc_reply_t *self);
ZSNMPC_EXPORT const char *zsnmpc_reply_next(const zsnmpc_reply_t *self, size_t root);

/* What the device did wrong: the name at a place from 0, NULL past the last. */
ZSNMPC_EXPORT const char *zsnmpc_reply_quirk(const zsnmpc_reply_t *self, size_t at);

/* Any key: its value as a number or text, or what it is. 0 and NULL: it is not there, or no such.
 */
ZSNMPC_EXPORT uint64_t zsnmpc_reply_uint(const zsnmpc_reply_t *self, const char *key);
ZSNMPC_EXPORT const char *zsnmpc_reply_text(const zsnmpc_reply_t *self, const char *key);
ZSNMPC_EXPORT const struct msgpack_object *zsnmpc_reply_get(const zsnmpc_reply_t *self,
                                                            const char *key);

/* The message as it came, a MessagePack map. NULL where none came. */
ZSNMPC_EXPORT const void *zsnmpc_reply_body(const zsnmpc_reply_t *self, size_t *len);

/* Keeps a reply beyond the function that got it. NULL: no memory. */
ZSNMPC_EXPORT zsnmpc_reply_t *zsnmpc_reply_copy(const zsnmpc_reply_t *self);

/* Reads a message that came another way; it is copied. NULL: EINVAL where it is none, ENOMEM. */
ZSNMPC_EXPORT zsnmpc_reply_t *zsnmpc_reply_of(const void *map, size_t len);

/* Frees a reply that zsnmpc_ask(), _copy() or _of() returned, sets *self_p NULL. */
ZSNMPC_EXPORT void zsnmpc_reply_destroy(zsnmpc_reply_t **self_p);

/* The walk goes on where that of the reply was cut off: puts `start`. false: it is nowhere. */
ZSNMPC_EXPORT bool zsnmpc_request_resume(zsnmpc_request_t *self, const zsnmpc_reply_t *reply);

/*
 * The value for people: numbers, text where it is printable and else hexadecimal
 * digits, "noSuchInstance". Writes at most size bytes with the NUL and returns
 * the length that all of it has, as snprintf does. Any thread.
 */
ZSNMPC_EXPORT size_t zsnmpc_varbind_print(const zsnmpc_varbind_t *vb, char *text, size_t size);

/* "Counter32", and "unknown" for what is none. Any thread. */
ZSNMPC_EXPORT const char *zsnmpc_type_name(uint8_t type);

/* The sub-identifiers of an OID as text; returns how many. 0: it is none, or has more than max. */
ZSNMPC_EXPORT size_t zsnmpc_oid_parse(const char *text, uint32_t *oid, size_t max);

/* ---- clients ------------------------------------------------------------------------------ */

typedef struct zsnmpc zsnmpc_t;

/*
 * Options; zsnmpc_options_init() fills in the defaults, which are named here.
 *
 * While calls are under way and nothing has come for heartbeat_ms, the broker is
 * sent a ping. When nothing has come for patience_ms, or the connection breaks,
 * every call ends with the error `service_lost`, and the socket is dropped with
 * all that still waits in it. A call that was cancelled counts as under way until
 * anything comes. The client connects anew by itself: calls made after that work as
 * soon as there is a broker.
 */
typedef struct {
    uint32_t heartbeat_ms;  /* at most half of patience_ms counts (5000) */
    uint32_t patience_ms;   /* (15000) */
    uint32_t window;        /* calls under way; beyond it zsnmpc_call() says EAGAIN (100000) */
    const char *server_key; /* CURVE, 40 characters of Z85 each, all or none: the server's */
    const char *public_key; /* the client's */
    const char *secret_key; /* the client's */
    void *zmq_context;      /* the caller's, for inproc; NULL: one of the client's own (NULL) */
} zsnmpc_options_t;

ZSNMPC_EXPORT void zsnmpc_options_init(zsnmpc_options_t *options);

/*
 * A client of the broker at an endpoint as ZeroMQ writes it. No broker needs to
 * be there yet. options may be NULL; what they point to is copied, but for the
 * context. Starts the thread of a ZeroMQ context where it makes one. NULL:
 * EINVAL (endpoint, keys, no patience), ENOMEM, EMFILE and what else ZeroMQ says.
 */
ZSNMPC_EXPORT zsnmpc_t *zsnmpc_new(const char *endpoint, const zsnmpc_options_t *options);

/*
 * Ends all calls with `cancelled`, closes the connection, frees, sets *self_p
 * NULL. Blocks for milliseconds. Not from a call's function.
 */
ZSNMPC_EXPORT void zsnmpc_destroy(zsnmpc_t **self_p);

/*
 * Gets a reply: for a walk with `stream` each part (zsnmpc_reply_more()), and for
 * every call exactly one that is the last. Called from within zsnmpc_process(),
 * _wait(), _ask() and _destroy(), and never from within zsnmpc_call() or _cancel().
 * The reply is valid until it returns. It may make, cancel and stop calls; it must
 * not wait.
 */
typedef void zsnmpc_reply_fn(const zsnmpc_reply_t *reply, void *arg);

/*
 * Sends a request, and has `fn` called with `arg` for what comes. Returns the
 * number of the call, which no other call of the client ever has. 0: ENOMEM,
 * EMSGSIZE (more than the 8 MiB that a broker takes), EAGAIN (options.window),
 * ESHUTDOWN (in zsnmpc_destroy()).
 */
ZSNMPC_EXPORT uint64_t zsnmpc_call(zsnmpc_t *self, const zsnmpc_request_t *request,
                                   zsnmpc_reply_fn *fn, void *arg);

/*
 * Calls that are made between these two go out in few messages rather than one
 * each. zsnmpc_process() and all that waits sends what there is as well.
 */
ZSNMPC_EXPORT void zsnmpc_batch_begin(zsnmpc_t *self);
ZSNMPC_EXPORT void zsnmpc_batch_end(zsnmpc_t *self);

/*
 * Sends a request and waits for its end; replies to other calls are handed out
 * meanwhile. Parts of a walk go to `fn`, which may be NULL where there are none.
 * Blocks, for as long as the request takes, and no longer than patience_ms without
 * a sign of the broker. The caller owns the reply, which may be an error. NULL: as
 * zsnmpc_call(), or EDEADLK in a call's function.
 */
ZSNMPC_EXPORT zsnmpc_reply_t *zsnmpc_ask(zsnmpc_t *self, const zsnmpc_request_t *request,
                                         zsnmpc_reply_fn *fn, void *arg);

/*
 * Ends a call: the broker is told, and the last that the call's function gets is
 * the error `cancelled`, when the client is next processed. false: there is no such
 * call (any more).
 */
ZSNMPC_EXPORT bool zsnmpc_cancel(zsnmpc_t *self, uint64_t call);

/*
 * Asks the broker to end a call now. Unlike after zsnmpc_cancel() its reply still
 * comes from there, with what it had so far. false: there is no such call.
 */
ZSNMPC_EXPORT bool zsnmpc_stop(zsnmpc_t *self, uint64_t call);

/* Calls that have not ended. */
ZSNMPC_EXPORT size_t zsnmpc_pending(const zsnmpc_t *self);

/*
 * For an event loop: a descriptor that is readable (level-triggered) whenever
 * zsnmpc_process() has something to do: replies, pings, time-outs. It stays the
 * same for the life of the client, also when that connects anew. Only poll it.
 */
ZSNMPC_EXPORT int zsnmpc_fd(const zsnmpc_t *self);

/* Does what there is to do and calls the functions of calls. Never blocks. */
ZSNMPC_EXPORT void zsnmpc_process(zsnmpc_t *self);

/*
 * Waits until there is something to do, for timeout_ms at most (-1: no limit), and
 * does it. false: nothing was there, or a signal came (EINTR).
 */
ZSNMPC_EXPORT bool zsnmpc_wait(zsnmpc_t *self, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
