/*
 * A request and its reply: one block of memory that travels from whoever asked
 * (decoder or C program) to a worker and back. It is owned by one thread at a
 * time; handing it over a mailbox hands over everything in it. It knows
 * neither MessagePack nor net-snmp.
 */
#ifndef ZSNMP_BASE_REQUEST_H
#define ZSNMP_BASE_REQUEST_H

#include "addr.h"
#include "arena.h"
#include "buf.h"
#include "heap.h"
#include "list.h"
#include "mailbox.h"
#include "order.h"
#include "zsnmp.h"

#define ZSNMP_ID_MAX 66u               /* bytes of an encoded id: 64 of its own and a head */
#define ZSNMP_TIMEOUT_MS_DEFAULT 1000u /* of a try, on the average of all, where none is given */
#define ZSNMP_TIMEOUT_MS_MAX 600000u
#define ZSNMP_RETRIES_DEFAULT 2u
#define ZSNMP_RETRIES_MAX 100u
#define ZSNMP_DEADLINE_MS_MAX 86400000u
#define ZSNMP_INTERVAL_MS_MAX 10000u /* of a request; all others to its device wait as well */
#define ZSNMP_REPETITIONS_MAX 65535u
#define ZSNMP_PRIORITY_DEFAULT 4u
#define ZSNMP_PRIORITY_MAX 7u

/* Bytes that need not be text; always with a NUL behind them. data is NULL where nothing was given.
 */
struct zsnmp_str {
    const char *data;
    size_t len;
};

/* One OID asked for or one setting. Lives in the request's arena. */
struct zsnmp_item {
    struct zsnmp_item *next;
    const uint32_t *oid;
    uint16_t oid_len;
    uint8_t type;      /* ASN.1 type of the value to set, 0 where nothing is set */
    bool missing;      /* version 1: the device has said that it has no such object; walk: this root
                          is complete */
    uint32_t data_len; /* bytes of bytes-like values, sub-identifiers of an OID value; walk: of
                          the OID behind which it goes on, 0: at the root */
    union {
        int64_t i;
        uint64_t u;
        double d;
        const uint8_t *data;
        const uint32_t *subids;
    } value;
};

/* Who a request speaks as. The strings live in the owner's memory. */
struct zsnmp_creds {
    uint8_t version; /* zsnmp_version_t */
    uint8_t level;   /* zsnmp_level_t, v3 */
    uint8_t auth_proto;
    uint8_t priv_proto;
    struct zsnmp_str community;
    struct zsnmp_str user;
    struct zsnmp_str auth_pass;
    struct zsnmp_str priv_pass;
    struct zsnmp_str auth_key;  /* localised, in place of a pass phrase */
    struct zsnmp_str priv_key;  /* localised, as long as its protocol wants it */
    struct zsnmp_str engine_id; /* bytes, decoded from hex where it came so */
};

/* How varbinds are collected: for a C program, or as MessagePack for a client. */
enum zsnmp_form { ZSNMP_FORM_NATIVE = 0, ZSNMP_FORM_MAP, ZSNMP_FORM_LIST };

struct zsnmp_reply {
    zsnmp_err_t error;
    uint32_t error_index;
    const char *message; /* static text, or NULL for the error's own */
    zsnmp_sent_t sent;
    zsnmp_stop_t stop;
    bool complete;
    uint32_t tries;
    uint32_t rtt_us;
    uint32_t quirks; /* bits 1 << ZSNMP_QUIRK_… */
    uint32_t *next; /* ZSNMP_OID_MAX: where a walk goes on, its position while it runs; else NULL */
    uint16_t next_len;         /* 0: nowhere */
    uint32_t count;            /* varbinds collected */
    struct zsnmp_buf varbinds; /* native records (native.c) or MessagePack (wire) */
};

struct zsnmp_device;
struct zsnmp_session;
struct zsnmp_request;

/*
 * The completion of a request: called exactly once, on the thread of a worker or
 * of the resolver, after the request has left every list. It takes the request
 * over and frees it. What it adds to `replies` is then pushed to reply_to; what
 * was added for requests completed just before, to the same mailbox, is still
 * there and may be extended.
 */
typedef void zsnmp_complete_fn(struct zsnmp_request *request, struct zsnmp_chain *replies);

/*
 * Rows of a walk that goes on, on the thread of a worker. It takes a copy of what
 * it needs of the reply. SENT: what came of it will be pushed to `back` as a
 * struct zsnmp_more (pool.h) with this stream.
 */
enum zsnmp_part_fate {
    ZSNMP_PART_DONE = 0, /* and the next may come */
    ZSNMP_PART_SENT,
    ZSNMP_PART_REFUSED, /* the walk is to end */
    ZSNMP_PART_LOST     /* no memory */
};
typedef enum zsnmp_part_fate zsnmp_part_fn(struct zsnmp_request *request,
                                           struct zsnmp_mailbox *back, uint64_t stream);

#define ZSNMP_RUN_IDS                                                                              \
    8u /* ids of tries that are still answered; each try of a v3 request has its own */

/*
 * What the pool keeps about a request between submit and completion; nobody else touches it. What
 * each request needs comes first, for the sake of the cache, down to `pause`.
 */
struct zsnmp_run {
    /* Its neighbours in these three are mostly the same requests. */
    struct zsnmp_list link;       /* what it waits in, but for the lane: one at a time */
    struct zsnmp_list young;      /* among the tries that count against the window */
    struct zsnmp_list same;       /* ring of the requests with the same handle */
    struct zsnmp_list followers;  /* requests that get a copy of its answer */
    struct zsnmp_order_node turn; /* in its device's lane */
    struct zsnmp_addr addr;       /* where the peer is, once that is known */
    struct zsnmp_heap_node timer; /* end of the try, or the deadline while it waits */
    struct zsnmp_device *device;
    struct zsnmp_session *session;
    struct zsnmp_breaker *breaker; /* of which it is the probe; NULL: it is a request */
    int64_t started_us;            /* when it left the lane */
    int64_t began_us;              /* when the first try of the current PDU went out */
    int64_t sent_us;               /* when the last try went out */
    int64_t due_us;          /* when its time is over; by timer, or, while it is young, not yet */
    struct zsnmp_item *item; /* get, get_next: first of the current PDU … */
    struct zsnmp_item *end;  /* … and first that is not in it; NULL: it goes to the last */
    uint32_t items_done;     /* that are answered */
    uint32_t size;           /* of the current PDU: names of a get, repetitions of a walk */
    uint32_t start_size;     /* where nothing is known of the device */
    int32_t reqid;           /* request-id of the PDU that is outstanding, 0: none */
    int32_t ids[ZSNMP_RUN_IDS];
    uint32_t id_count;   /* ids ever used by this PDU; the last ZSNMP_RUN_IDS are in ids */
    uint32_t tries;      /* of the current PDU */
    uint32_t refused;    /* of those tries: not carried out, as a report said */
    int32_t heard;       /* id of the message that was received last */
    uint32_t sets;       /* of its device, when it was started */
    zsnmp_err_t hint;    /* what an unauthenticated report said */
    zsnmp_err_t err;     /* what sending or the answer came to */
    uint8_t refused_ids; /* bits 1 << place in ids: that try is among the refused */
    uint8_t state;       /* enum zsnmp_run_state of the pool */
    uint8_t outcome;     /* enum zsnmp_run_outcome of the pool */
    uint8_t recovered;   /* v3: engines that the current PDU has lived through */
    uint8_t clocked;     /* of those tries: net-snmp's own, with the clock set by a report */
    uint8_t strikes;     /* PDUs in a row that were not answered where a smaller one was */
    bool in_handles;
    bool in_asks;
    bool begun;           /* it has been started before */
    bool put_off;         /* what goes out next waits for the device's interval */
    bool rejected;        /* net-snmp refused an answer to this PDU */
    bool fell_back;       /* the PDU in flight is smaller than one that went unanswered */
    bool is_bundle;       /* a GET for others, which are its followers */
    bool was_left;        /* by one of them */
    bool rides_alone;     /* it was in a bundle that failed */
    bool over;            /* a child is done, and its parent may take it */
    uint16_t cap;         /* size of the next PDU, at the most; 0: none */
    size_t charged;       /* bytes of it that the pool has counted */
    uint32_t shrunk_from; /* size of the last PDU that went unanswered where a smaller one … */
    uint32_t shrunk_to;   /* … of this size was tried */
    int32_t larger_id;    /* of the larger, while an answer to it counts: request-id, or 0 */
    struct zsnmp_request *parent;

    struct zsnmp_list pause;    /* among those that wait for their device's interval */
    struct zsnmp_list children; /* a walk of several roots: walks of one each, in their order */
    struct zsnmp_list sibling;  /* among those */
    uint32_t children_count;
    uint64_t asks;                 /* hash of what it asks for */
    struct zsnmp_item *larger_end; /* of the larger PDU: first name that is not in it */
    uint64_t stream;   /* a walk in parts: in the worker's map of them; 0: none was sent yet */
    uint64_t streamed; /* rows in parts that have left */
    uint32_t parts;    /* on their way to the client */
    uint32_t mark;     /* place of the next one in marks */
    struct zsnmp_mark *marks;     /* a ring: where they began, and the next one does */
    struct zsnmp_request *bundle; /* that it rides in; NULL: none */
};

/* A request; what each of them needs comes first, down to the user of creds, and in run. */
struct zsnmp_request {
    struct zsnmp_msg msg; /* must be first: a request is a message between threads */

    /* what is asked; not changed after submit */
    uint8_t op;      /* zsnmp_op_t */
    uint8_t form;    /* enum zsnmp_form */
    bool exceptions; /* map form tells the three exceptions apart */
    bool timing;     /* reply carries rtt_us and tries */
    bool walk_bulk;
    uint8_t priority;
    uint16_t item_count;
    uint32_t timeout_ms; /* 0: none given, tries adapt to the device's round trip */
    uint32_t retries;
    uint32_t deadline_ms;   /* 0: none */
    uint32_t device_window; /* these three are tighter than the pool's own; 0: none given */
    uint32_t device_queue_max;
    uint32_t device_interval_ms;
    struct zsnmp_str peer;
    struct zsnmp_item *items;
    struct zsnmp_item *items_last;

    /* who gets the answer */
    zsnmp_complete_fn *complete;
    struct zsnmp_mailbox *reply_to; /* where complete's replies go; NULL: it has none */
    void *owner;                    /* the server's client, or NULL */
    void *batch;                    /* the server's batch, or NULL */
    uint64_t handle;                /* unique in the pool, for cancel */
    struct zsnmp_str id;            /* as encoded by the client; len 0 means nil */
    int64_t accepted_us;            /* monotonic; deadline_ms counts from here */

    struct zsnmp_reply reply;
    struct zsnmp_arena arena;
    size_t room; /* bytes behind this structure that the arena began with, wiped when freed */
    struct zsnmp_creds creds;

    struct zsnmp_str context;
    struct zsnmp_str context_engine_id;
    struct zsnmp_item
        *start; /* a walk begins behind this OID; NULL: at its root. With several roots
                   one for each, of no length where nothing is left of that root */
    struct zsnmp_item *start_last;
    uint32_t non_repeaters;
    uint32_t max_repetitions; /* 0: not given */
    uint32_t limit;           /* 0: none */
    uint32_t stream;          /* rows in a part of a walk; 0: it comes in one */
    zsnmp_part_fn *part;      /* where stream is given */
    zsnmp_done_fn *done;      /* for complete functions that serve a C program */
    zsnmp_rows_fn *rows;      /* for part functions that do */
    void *arg;

    struct zsnmp_run run;
};

/* Milliseconds of a try, on the average of all. */
static inline uint32_t zsnmp_request_try_ms(const struct zsnmp_request *self)
{
    return self->timeout_ms != 0 ? self->timeout_ms : ZSNMP_TIMEOUT_MS_DEFAULT;
}

/* Microseconds that the tries of one PDU take together. */
static inline int64_t zsnmp_request_patience_us(const struct zsnmp_request *self)
{
    return (int64_t)zsnmp_request_try_ms(self) * 1000 * (self->retries + 1);
}

/* A request with defaults and room bytes of arena in the same block; NULL: no memory. */
struct zsnmp_request *zsnmp_request_alloc(size_t room);

/*
 * Whether nothing is asked but GET, GETNEXT or GETBULK of some OIDs, by version 1 or 2c: what a
 * model is made of, of a request that has been checked. NULL: no memory.
 */
bool zsnmp_request_is_plain(const struct zsnmp_request *self);
struct zsnmp_request *zsnmp_request_model(const struct zsnmp_request *plain);

/*
 * A request that asks what its model does, with room bytes of arena for more than that, but has no
 * id and no peer yet, and the default community. With a peer that is text it needs no check. NULL:
 * no memory.
 */
struct zsnmp_request *zsnmp_request_like(const struct zsnmp_request *model, size_t room);

/* Whether a peer may go into texts for people: plain ASCII without blanks. */
bool zsnmp_peer_is_text(const char *peer, size_t len);

/* Bytes that it takes, with its reply as far as that is there. */
size_t zsnmp_request_bytes(const struct zsnmp_request *self);

/* Wipes and frees, with the reply. NULL is allowed. */
void zsnmp_request_free(struct zsnmp_request *self);

/* Copies bytes into the request's arena. INTERNAL: no memory. */
zsnmp_err_t zsnmp_request_copy(struct zsnmp_request *self, struct zsnmp_str *to, const void *data,
                               size_t len);

/* Appends an item (zeroed, oid copied); NULL when full (ZSNMP_VARBINDS_MAX) or out of memory. */
struct zsnmp_item *zsnmp_request_append(struct zsnmp_request *self, const uint32_t *oid,
                                        size_t oid_len);

/* Bytes of a localised key for an authentication or privacy protocol; 0: no such protocol. */
uint32_t zsnmp_auth_key_len(uint8_t proto);
uint32_t zsnmp_priv_key_len(uint8_t proto);

/* Where a walk begins; the OID is copied. INTERNAL: no memory; BAD_REQUEST: too long. */
zsnmp_err_t zsnmp_request_begin_at(struct zsnmp_request *self, const uint32_t *oid, size_t oid_len);
/* The same for one root after the other; no length: nothing is left of it. */
zsnmp_err_t zsnmp_request_add_start(struct zsnmp_request *self, const uint32_t *oid,
                                    size_t oid_len);

/*
 * Checks a finished request as a whole: items there (or not) for its op, v1 has
 * no GETBULK, v3 has a user, pass phrases or keys and protocols agree, lengths;
 * sets creds.level. *why gets a static text that names what is wrong.
 */
zsnmp_err_t zsnmp_request_check(struct zsnmp_request *self, const char **why);

#endif
