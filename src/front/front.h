/*
 * What the files of the front share: the server, its clients, and what is on
 * its way to them. Everything here but the mailbox belongs to the front's
 * thread; nothing is locked. Must never wait for a client, a worker or a
 * device: who does not keep up is queued within its own limits, or dropped.
 */
#ifndef ZSNMP_FRONT_FRONT_H
#define ZSNMP_FRONT_FRONT_H

#include "base/buf.h"
#include "base/list.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "pool/pool.h"
#include "wire/pattern.h"
#include "wire/wire.h"
#include "zsnmp.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <zmq.h>

#define ZSNMP_ENDPOINTS_MAX 64u
#define ZSNMP_ROUND_MESSAGES 512u      /* read from the socket before replies get their turn */
#define ZSNMP_ROUND_REQUESTS 8192u     /* the same, counted inside batches */
#define ZSNMP_GUEST_REQUESTS 512u      /* the same, where a worker waits for its thread */
#define ZSNMP_ARRAY_SOFT (256u * 1024) /* bytes at which an array of replies is sent off */
#define ZSNMP_ARRAY_HEAD 5u            /* bytes of the longest MessagePack array head */
#define ZSNMP_COPY_MAX 2048u           /* bytes up to which copying beats handing memory over */
#define ZSNMP_WITH_ZMQ_MAX (4u << 20)  /* bytes of one client's large replies inside ZeroMQ */
#define ZSNMP_ERROR_BYTES 512u         /* more than a reply takes that says only what went wrong */
#define ZSNMP_CLIENTS_IDLE_MAX 1024u   /* records kept of clients that have nothing open */
#define ZSNMP_SURVEYS_MAX 4u           /* devices calls that run at a time */
#define ZSNMP_RETRY_MIN_US 1000        /* first try after a client's queue was full */
#define ZSNMP_RETRY_MAX_US 64000       /* and the longest pause between tries */
#define ZSNMP_REPLY_ROOM (64u * 1024)  /* bytes of a reply beside its varbinds */
/* Ceiling of anything that is built for sending. */
#define ZSNMP_REPLY_BYTES_MAX ((size_t)2 << 30)

/* Counters of the front. X(name); the first two are gauges. */
#define ZSNMP_FRONT_STATS(X)                                                                       \
    X(clients)       /* with something unanswered or unsent */                                     \
    X(backlog_bytes) /* replies kept for clients that do not read */                               \
    X(messages_in)   /* bodies received */                                                         \
    X(messages_out)  /* bodies sent */                                                             \
    X(bytes_in)                                                                                    \
    X(bytes_out)                                                                                   \
    X(bad_requests)       /* messages refused as bad_request, too_large or unsupported */          \
    X(queue_full)         /* requests refused because a client or the pool had too many */         \
    X(replies_dropped)    /* because a client did not read, or memory ran out */                   \
    X(replies_unroutable) /* because a client had gone */

struct zsnmp_front_stats {
#define ZSNMP_FRONT_FIELD(name) uint64_t name;
    ZSNMP_FRONT_STATS(ZSNMP_FRONT_FIELD)
#undef ZSNMP_FRONT_FIELD
};

/*
 * Bytes of a client's large replies that ZeroMQ has taken and not yet passed
 * on; ZeroMQ itself counts messages only. Outlives the client's record, since
 * ZeroMQ's thread counts it down.
 */
struct zsnmp_credit {
    atomic_size_t bytes;
    atomic_uint refs;
};

/* One message on its way out. */
struct zsnmp_out {
    struct zsnmp_out *next;
    zmq_msg_t body;
    struct zsnmp_lent *lent; /* memory that body borrows; NULL: body has its own copy */
    size_t len;
    uint32_t replies;
    bool delimiter;
    bool part; /* of a walk */
};

/* Who sent something to us: one ROUTER routing id. */
struct zsnmp_client {
    struct zsnmp_list idle;  /* in server->idle while nothing is open */
    struct zsnmp_list dirty; /* in server->dirty while ready holds replies */
    struct zsnmp_list stuck; /* in server->stuck while something is pending */
    uint64_t hash;
    uint32_t unanswered;
    uint32_t parts; /* of walks, that have not gone back to their workers */
    uint32_t ready_count;
    struct zsnmp_buf ready;  /* replies for the next array, behind room for its head */
    struct zsnmp_out *first; /* pending: what ZeroMQ would not take, oldest first */
    struct zsnmp_out *last;
    uint32_t pending; /* replies in it */
    size_t backlog;   /* bytes pending and in half-done batches */
    struct zsnmp_credit *credit;
    int64_t retry_us;
    int64_t retry_gap_us;
    bool is_idle;
    bool lost_part; /* one of a walk was dropped, and nobody knows it yet */
    bool gone;      /* there was no way to it when something was sent last */
    uint8_t id_len;
    uint8_t id[];
};

/* A batch in an envelope (REQ): answered by one message with all its replies. */
struct zsnmp_batch {
    uint32_t left; /* replies still to come */
    uint32_t count;
    struct zsnmp_buf buf; /* replies, behind room for the array head */
};

/* Where a reply goes and in which shape. */
struct zsnmp_route {
    struct zsnmp_client *client;
    struct zsnmp_batch *batch; /* NULL: none */
    bool delimiter;
    bool array;
};

/* The same as the bits of request->arg. */
#define ZSNMP_SHAPE_DELIMITER 1u
#define ZSNMP_SHAPE_ARRAY 2u

enum zsnmp_front_msg {
    ZSNMP_MSG_REPLIES = ZSNMP_MSG_FOREIGN, /* struct zsnmp_replies */
    ZSNMP_MSG_PART,                        /* struct zsnmp_part */
    ZSNMP_MSG_LOST,                        /* struct zsnmp_request: no memory for its reply */
    ZSNMP_MSG_STOP,
    ZSNMP_MSG_FINISH
};

#define ZSNMP_REPLIES_MAX 64u           /* of one client that travel together */
#define ZSNMP_REPLIES_SOFT (16u * 1024) /* bytes at which they are joined by no more */

/*
 * Replies to requests of one client that came in the same shape, encoded one
 * behind the other by the worker that ran them. All that is left of a request.
 */
struct zsnmp_replies {
    struct zsnmp_msg msg;        /* first */
    struct zsnmp_client *client; /* the front's: only it looks inside */
    struct zsnmp_batch *batch;   /* … */
    uintptr_t shape;
    uint32_t count;
    struct zsnmp_reply_mark {
        uint32_t len;
        struct zsnmp_wire_fate fate;
    } marks[ZSNMP_REPLIES_MAX];
    struct zsnmp_buf buf; /* behind room for an array head */
};

/* Rows of a walk that goes on. */
struct zsnmp_part {
    struct zsnmp_more more; /* first: as which it goes back */
    struct zsnmp_list held; /* in server->parts until then */
    struct zsnmp_client *client;
    uintptr_t shape;
    struct zsnmp_buf buf;
};

enum zsnmp_front_state {
    ZSNMP_FRONT_RUNNING = 0,
    ZSNMP_FRONT_STOPPING, /* SNMP requests are answered shutting_down */
    ZSNMP_FRONT_FINISHING /* the pool has ended; what is left is sent, then the thread ends */
};

struct zsnmp_server {
    struct zsnmp_pool *pool;
    void *context;
    bool own_context;
    void *router; /* NULL: the context was terminated under us */
    int router_fd;
    char *endpoints[ZSNMP_ENDPOINTS_MAX];
    size_t endpoint_count;
    zsnmp_server_options_t options;
    struct zsnmp_mailbox mailbox;
    struct zsnmp_guest guest; /* on the thread of the pool's only worker … */
    pthread_t thread;         /* … or on one of its own, in the end in any case */
    bool has_thread;
    bool hosted;         /* it began as a guest … */
    sem_t left;          /* … and this counts when it has left */
    atomic_bool stopped; /* zsnmp_server_stop() has been called */
    struct zsnmp_msg stop_msg;
    struct zsnmp_msg finish_msg;
    uint32_t linger_ms; /* written before finish_msg is pushed */

    /* the thread's own */
    enum zsnmp_front_state state;
    int64_t started_us;
    int64_t now_us;
    int64_t end_us; /* while finishing */
    struct zsnmp_feed feed;
    struct zsnmp_patterns patterns;
    struct zsnmp_map clients;
    struct zsnmp_client *last; /* that a message came from; NULL: none */
    uint64_t seed;
    struct zsnmp_list idle;
    struct zsnmp_list dirty;
    struct zsnmp_list stuck;
    struct zsnmp_list parts; /* that their clients' queues have not passed on yet … */
    int64_t look_us;         /* … as it was when they were looked at last, till then */
    int64_t look_gap_us;
    uint32_t idle_count;
    uint32_t surveys;
    bool more; /* the last round has left something to be received */
    bool sent; /* something was sent since messages were received */
    uint32_t round_requests;
    int64_t retry_us;         /* earliest of all clients' */
    struct zsnmp_buf head;    /* of an array that is being sent */
    struct zsnmp_buf scratch; /* for what is encoded here and copied at once */
    struct zsnmp_front_stats stats;
};

/* options.c */
zsnmp_err_t zsnmp_server_options_check(const zsnmp_server_options_t *options);

/* bind.c: a ROUTER bound to all endpoints; BAD_ADDRESS with errno, or INTERNAL. */
zsnmp_err_t zsnmp_front_bind(struct zsnmp_server *self, const char *const *endpoints);
void zsnmp_front_unlink(struct zsnmp_server *self);

/* loop.c: the thread, or a place on that of a worker. */
void *zsnmp_front_run(void *server);
void zsnmp_front_be_guest(struct zsnmp_server *self);

/* server.c: starts the thread; false with errno. */
bool zsnmp_front_start_thread(struct zsnmp_server *self);

/* recv.c: reads what is there, within a round's budget; true: there may be more. */
bool zsnmp_front_receive(struct zsnmp_server *self);

/* client.c */
struct zsnmp_client *zsnmp_client_find(struct zsnmp_server *self, const void *id, size_t len);
void zsnmp_client_settle(struct zsnmp_server *self, struct zsnmp_client *client);
void zsnmp_clients_trim(struct zsnmp_server *self, uint32_t keep);
void zsnmp_clients_clear(struct zsnmp_server *self);

/* credit.c: memory that ZeroMQ borrows, and the count of it. */
struct zsnmp_credit *zsnmp_credit_new(void);
void zsnmp_credit_unref(struct zsnmp_credit *self);
struct zsnmp_lent *zsnmp_lent_new(void *memory, size_t len);
void zsnmp_lent_charge(struct zsnmp_lent *self, struct zsnmp_credit *credit);
void zsnmp_lent_free(void *data, void *lent); /* a zmq_free_fn */

/*
 * out.c: sends buf's bytes from offset as one message that holds so many
 * replies, now or when the client's queue has room; takes buf's memory over or
 * copies it. false: there was no room to keep it; buf's bytes are gone then too.
 */
bool zsnmp_front_send(struct zsnmp_server *self, struct zsnmp_client *client, struct zsnmp_buf *buf,
                      size_t offset, uint32_t replies, bool delimiter);
/* The same for a part of a walk, for which there is always room: few are on their way. */
bool zsnmp_front_send_part(struct zsnmp_server *self, struct zsnmp_client *client,
                           struct zsnmp_buf *buf, size_t offset, bool delimiter);
bool zsnmp_front_has_room(struct zsnmp_server *self, const struct zsnmp_client *client, size_t len);
void zsnmp_front_retry(struct zsnmp_server *self);
void zsnmp_front_drop_pending(struct zsnmp_server *self, struct zsnmp_client *client,
                              size_t down_to);
void zsnmp_front_lost(struct zsnmp_server *self); /* closes the socket */

/* encode.c: on the workers' threads */
extern zsnmp_complete_fn zsnmp_front_encode;
void zsnmp_replies_free(struct zsnmp_replies *self);

/* stream.c */
extern zsnmp_part_fn zsnmp_front_part; /* on a worker's thread */
void zsnmp_front_take_part(struct zsnmp_server *self, struct zsnmp_part *part);
void zsnmp_front_look_at_parts(struct zsnmp_server *self);
void zsnmp_front_drop_parts(struct zsnmp_server *self);

/* reply.c */
void zsnmp_front_answer(struct zsnmp_server *self, struct zsnmp_replies *replies);
void zsnmp_front_lose(struct zsnmp_server *self, struct zsnmp_request *request);
void zsnmp_front_deliver(struct zsnmp_server *self, const struct zsnmp_route *route,
                         struct zsnmp_buf *reply, const uint8_t *id, size_t id_len);
void zsnmp_front_error(struct zsnmp_server *self, const struct zsnmp_route *route,
                       const uint8_t *id, size_t id_len, zsnmp_err_t err, const char *why);
void zsnmp_front_refuse(struct zsnmp_server *self, const struct zsnmp_route *route,
                        const struct zsnmp_wire_call *call, zsnmp_err_t err, const char *why);
void zsnmp_front_flush_ready(struct zsnmp_server *self);

/* The handle of a client's request that has an id. */
static inline uint64_t zsnmp_front_handle(const struct zsnmp_client *client, const uint8_t *id,
                                          size_t id_len)
{
    return zsnmp_hash((uint64_t)(uintptr_t)client, id, id_len);
}

/* admin.c: ping, info, devices, cancel */
void zsnmp_front_admin(struct zsnmp_server *self, const struct zsnmp_route *route,
                       const struct zsnmp_wire_call *call);
void zsnmp_front_cancelled(struct zsnmp_server *self, struct zsnmp_cancel *cancel);
void zsnmp_front_surveyed(struct zsnmp_server *self, struct zsnmp_survey *survey);

#endif
