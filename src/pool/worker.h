/*
 * The inside of a worker: what it owns, and the parts of its code as they see
 * each other. Everything here is used by the worker's own thread only, but for
 * the inbox and the counters.
 *
 *   worker.c   the thread: poll and sockets
 *   round.c    between two polls: inbox, timers, replies, stopping
 *   udp.c      shared UDP sockets        tcp.c     one connection a TCP device
 *   device.c   devices and their lanes   session.c net-snmp sessions, v3 discovery
 *   turn.c     fairness and priority     breaker.c devices that do not answer
 *   merge.c    the same read twice       stream.c walks in parts
 *   roots.c    walks of several roots    bundle.c GETs that wait, asked for together
 *   engine.c   what is known of v3 engines, beyond sessions and devices
 *   run.c      a request from lane to completion: tries, time-outs
 *   answer.c   admission, and what follows an answer
 *   ids.c      ids of messages in the air, handles for cancelling
 *   op*.c      what answers mean for get, bulk, walk and set
 *   size.c     how much a device can be asked for at a time
 *   survey.c   answers "which devices do you know"
 */
#ifndef ZSNMP_POOL_WORKER_H
#define ZSNMP_POOL_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/addr.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "base/order.h"
#include "base/request.h"
#include "base/rng.h"
#include "pool/pool.h"
#include "pool/size.h"
#include "snmp/snmp.h"

#define ZSNMP_SOCKETS_MAX 32u   /* UDP sockets of a worker and family */
#define ZSNMP_DRAIN_MAX 64u     /* datagrams taken from a socket in one round */
#define ZSNMP_INBOX_MAX 512u    /* messages handled in one round */
#define ZSNMP_TIMERS_MAX 256u   /* timers handled in one round */
#define ZSNMP_BURST_MAX 256u    /* requests started in one round */
#define ZSNMP_SURVEY_STEP 512u  /* devices looked at in one round */
#define ZSNMP_REAP_STEP 16u     /* idle devices let go in one round */
#define ZSNMP_KEY_JOBS_MAX 64u  /* of a worker at the key thread at a time */
#define ZSNMP_PROBE_MIN_MS 100u /* between tries of a discovery */
#define ZSNMP_PROBE_MAX_MS 2000u
#define ZSNMP_HINT_PAUSE_US                                                                        \
    20000                         /* at least, from a report that is only a hint to the next try   \
                                   */
#define ZSNMP_SILENCE_STRIKES 2u  /* times that asking for less must help before it is learned */
#define ZSNMP_YOUNG_US 200000     /* a try older than this no longer counts against the window */
#define ZSNMP_DATAGRAM_COST 2304u /* bytes of receive buffer that a full datagram takes */
#define ZSNMP_WINDOW_MAX 8192u    /* default window where the buffers would hold more */

/* Counters: written by one thread, read by any. */
#define ZSNMP_COUNTER_FIELD(name, text) _Atomic uint64_t name;
struct zsnmp_counters {
    ZSNMP_STATS(ZSNMP_COUNTER_FIELD)
};
#undef ZSNMP_COUNTER_FIELD

static inline void zsnmp_counter_add(_Atomic uint64_t *counter, uint64_t n)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + n, memory_order_relaxed);
}

static inline void zsnmp_counter_set(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

#define ZSNMP_COUNT(worker, name) zsnmp_counter_add(&(worker)->counters.name, 1)

/* Messages inside the pool, beyond those of pool.h. */
enum zsnmp_own_msg {
    ZSNMP_MSG_KEYS = ZSNMP_MSG_POOL_OWN, /* struct zsnmp_key_job, there and back */
    ZSNMP_MSG_HOST,                      /* struct zsnmp_guest */
    ZSNMP_MSG_STOP                       /* struct zsnmp_stop */
};

struct zsnmp_stop {
    struct zsnmp_msg msg;
    int64_t until_us; /* running requests may go on until then */
};

/* Work for the key thread: pass phrases in, keys out. */
struct zsnmp_key_job {
    struct zsnmp_msg msg;
    struct zsnmp_mailbox *reply_to;
    struct zsnmp_session *session; /* the worker's; not touched by the key thread */
    zsnmp_auth_t proto;
    char auth_pass[ZSNMP_PASS_MAX + 1];
    size_t auth_len; /* 0: nothing to derive */
    char priv_pass[ZSNMP_PASS_MAX + 1];
    size_t priv_len;
    struct zsnmp_key auth;
    struct zsnmp_key priv;
    zsnmp_err_t err;
};

enum zsnmp_run_state {
    ZSNMP_RUN_NEW = 0,
    ZSNMP_RUN_QUEUED,  /* in its device's lane */
    ZSNMP_RUN_WAITING, /* out of the lane; its session is being prepared */
    ZSNMP_RUN_FLYING,  /* a PDU is outstanding */
    ZSNMP_RUN_MERGED,  /* follows another request */
    ZSNMP_RUN_RIDING,  /* in a bundle */
    ZSNMP_RUN_ROOTS,   /* a walk of several roots: it waits for its parts */
    ZSNMP_RUN_PAUSED,  /* a walk whose client has not taken its parts yet */
    ZSNMP_RUN_RESTING, /* the probe of a breaker, between its tries */
    ZSNMP_RUN_DONE
};

/* What a received message meant for its request. */
enum zsnmp_run_outcome {
    ZSNMP_OUTCOME_NONE = 0, /* still outstanding */
    ZSNMP_OUTCOME_DONE,     /* over, with run.err */
    ZSNMP_OUTCOME_MORE,     /* another PDU follows */
    ZSNMP_OUTCOME_HINT,     /* v3: still outstanding, and perhaps in vain: run.hint */
    ZSNMP_OUTCOME_DOUBT     /* v3: … and perhaps the engine is another one */
};

/* An operation of our own beside the public ones: v3 engine id discovery. */
#define ZSNMP_OP_PROBE 0u

/*
 * A message that the kernel would not take yet. It goes out only if somebody
 * still waits for its id by then: what was cancelled or is past its deadline is
 * never sent.
 */
struct zsnmp_unsent {
    struct zsnmp_list link;
    zsnmp_err_t err; /* why it never can; its request is to be told */
    struct zsnmp_addr to;
    int32_t id;
    size_t len;
    uint8_t data[];
};

struct zsnmp_outbox; /* udp.c: messages of this round, sent in one go */

struct zsnmp_udp {
    int fd;
    int family;
    struct zsnmp_outbox *out;
    struct zsnmp_list unsent;
    size_t unsent_count;
};

struct zsnmp_tcp;
struct zsnmp_inbound;

struct zsnmp_device {
    struct zsnmp_addr addr;
    uint8_t socket; /* index among the worker's sockets of its family */
    uint64_t hash;
    size_t place;                  /* in worker->devices */
    struct zsnmp_list idle;        /* worker->idle, while nothing goes on */
    struct zsnmp_order_node ready; /* worker->ready, while something can be sent */
    struct zsnmp_order lane;       /* requests that wait */
    struct zsnmp_request *alone; /* the only one there is, as long as nothing was merged with it */
    struct zsnmp_session *sessions;
    struct zsnmp_breaker *breakers;
    struct zsnmp_request *probe; /* the v3 discovery under way, or NULL */
    struct zsnmp_tcp *tcp;
    bool tcp_refused;       /* the last connection could not be made */
    uint8_t look;           /* requests to look at for the next bundle; 0: none was tried */
    struct zsnmp_size get;  /* names of a GET */
    struct zsnmp_size bulk; /* repetitions of a GETBULK */
    uint32_t quirks;        /* seen so far, bits 1 << ZSNMP_QUIRK_… */
    uint32_t connections;   /* over TCP, so far: a new one may have the address of the old one */
    uint32_t queued;
    uint32_t running; /* taken out of the lane and not over */
    uint32_t paused;  /* walks that wait for their clients */
    uint32_t failures;
    uint32_t rtt_us; /* smoothed, RFC 6298 section 2; 0: not known */
    uint32_t rtt_var_us;
    uint32_t sent_gap_us;      /* that the last packet keeps from the next */
    uint32_t changes;          /* from up to down, and back */
    uint32_t sets;             /* SETs begun or over, so far */
    int64_t sent_us;           /* when the last packet was sent */
    struct zsnmp_list put_off; /* requests that wait for the interval, in their order */
    uint32_t survey;           /* the last survey that has seen it */
    uint64_t requests;
    uint64_t timeouts;
    int64_t last_seen_us;
    int64_t idle_since_us;
};

enum zsnmp_session_state {
    ZSNMP_SESSION_NEW = 0,
    ZSNMP_SESSION_KEYS,  /* the key thread is at it */
    ZSNMP_SESSION_PROBE, /* waits for the engine id, or for its confirmation */
    ZSNMP_SESSION_READY
};

struct zsnmp_session {
    struct zsnmp_session *next; /* of the device */
    struct zsnmp_worker *worker;
    struct zsnmp_device *device;
    struct zsnmp_link *link; /* NULL until there are keys; it has them then */
    struct zsnmp_list keys;  /* worker->need_keys, while the key thread is busy with others */
    uint64_t creds_hash;
    struct zsnmp_creds creds; /* strings behind the structure */
    uint8_t state;
    bool job;                  /* a key job is out: must not be freed */
    uint32_t users;            /* requests that run in it, the device's probe too */
    struct zsnmp_list waiting; /* requests that wait for READY */
    struct zsnmp_list flying;  /* requests with a PDU outstanding */
    size_t size;
    char strings[];
};

struct zsnmp_worker {
    struct zsnmp_pool *pool;
    uint32_t index;
    pthread_t thread;
    bool started;
    struct zsnmp_mailbox inbox;
    struct zsnmp_msg *backlog; /* taken from the inbox, not handled yet; oldest first */
    struct zsnmp_guest *guest; /* NULL: none */

    struct zsnmp_rng rng;
    struct zsnmp_udp udp4[ZSNMP_SOCKETS_MAX];
    struct zsnmp_udp udp6[ZSNMP_SOCKETS_MAX];
    uint32_t udp4_count;
    uint32_t udp6_count;
    int epoll; /* all TCP connections */
    uint32_t window;

    struct zsnmp_map ids;     /* request-id or msgID → request */
    struct zsnmp_map handles; /* handle → request */
    struct zsnmp_map by_addr; /* hash of address → device */
    struct zsnmp_device **devices;
    size_t device_count;
    size_t device_cap;
    struct zsnmp_list idle;   /* devices with nothing to do, longest first */
    struct zsnmp_order ready; /* devices whose lane may send */
    uint64_t turn;            /* where the line of all that wait has come to; see turn.c */
    struct zsnmp_map flows;   /* hash of owner → how far it is ahead */
    struct zsnmp_flow *flow;  /* looked up last */
    size_t flows_sweep;
    struct zsnmp_map asks;     /* hash of what is asked → request that others may join */
    struct zsnmp_list put_off; /* requests that wait for their device's interval */
    struct zsnmp_list paused;  /* walks that wait for their clients */
    struct zsnmp_list roots;   /* walks of several roots */
    struct zsnmp_map streams;  /* number of a stream → request */
    struct zsnmp_list young;   /* tries that count against the window, oldest first */
    uint32_t young_count;
    struct zsnmp_heap timers;
    struct zsnmp_list flying; /* requests of versions 1 and 2c with a PDU outstanding */
    struct zsnmp_list done;   /* requests that are over, to be completed at the end of the round */
    struct zsnmp_survey *surveys; /* one after the other, the first is under way */
    uint32_t survey;              /* its number */
    struct zsnmp_map engines;     /* hash of address → engine */
    struct zsnmp_list engines_recent;
    size_t engine_count;
    struct zsnmp_list need_keys; /* sessions */
    uint32_t key_jobs;           /* at the key thread */

    int64_t now_us;
    int64_t woke_us;  /* when the round began, waiting excluded */
    int64_t drops_us; /* when the kernel's drop counters were read last */
    struct zsnmp_stop stop;
    bool stopping;
    bool over;            /* its loop has ended */
    size_t udp_receiving; /* socket index of the datagram at hand */
    struct zsnmp_counters counters;
    uint64_t seed;
    struct zsnmp_inbound *in;  /* udp.c: datagrams taken in one go */
    uint8_t *scratch;          /* ZSNMP_BUILD_ROOM bytes, for messages of versions 1 and 2c */
    struct zsnmp_list refused; /* messages that the kernel refused */
};

/* ---- udp.c ---- */
zsnmp_err_t zsnmp_udp_open(struct zsnmp_worker *self, int family);
void zsnmp_udp_close(struct zsnmp_worker *self);
/* Takes a message, to be sent by zsnmp_udp_push() at the latest. */
void zsnmp_udp_send(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                    const uint8_t *data, size_t len);
struct zsnmp_unsent *zsnmp_unsent_new(const struct zsnmp_addr *to, int32_t id, const uint8_t *data,
                                      size_t len);
void zsnmp_udp_receive(struct zsnmp_worker *self, struct zsnmp_udp *udp);
/* Sends what was queued since the last time. Once after each part of a round in which requests can
 * be sent, and before any in which they can be cancelled. */
void zsnmp_udp_push(struct zsnmp_worker *self);
void zsnmp_udp_flush(struct zsnmp_worker *self, struct zsnmp_udp *udp);
uint64_t zsnmp_udp_drops(const struct zsnmp_worker *self);

/* ---- tcp.c ---- */
zsnmp_err_t zsnmp_tcp_send(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                           const uint8_t *data, size_t len);
void zsnmp_tcp_poll(struct zsnmp_worker *self);
void zsnmp_tcp_close(struct zsnmp_worker *self, struct zsnmp_device *device);

/* ---- device.c ---- */
/* The device at an address; NULL: it is not known. */
struct zsnmp_device *zsnmp_device_find(const struct zsnmp_worker *self,
                                       const struct zsnmp_addr *addr);
/* The same, made where it is new; NULL: no memory. */
struct zsnmp_device *zsnmp_device_get(struct zsnmp_worker *self, const struct zsnmp_addr *addr);
void zsnmp_device_enqueue(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request);
/* Moves a request that waits forward. */
void zsnmp_device_advance(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request, uint64_t turn);
/* A request has been taken out of the lane by who calls. */
void zsnmp_device_left_lane(struct zsnmp_worker *self, struct zsnmp_device *device);
/* Takes a request that waits out. */
void zsnmp_device_dequeue(struct zsnmp_worker *self, struct zsnmp_device *device,
                          struct zsnmp_request *request);
/* When a packet for the request may follow the last one. */
int64_t zsnmp_device_free_us(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                             const struct zsnmp_request *request);
/* A refusal shows that somebody wants to know of it. */
void zsnmp_device_touch(struct zsnmp_worker *self, struct zsnmp_device *device);
void zsnmp_device_note_sent(const struct zsnmp_worker *self, struct zsnmp_device *device,
                            const struct zsnmp_request *request);
/* How long to wait for an answer that is likely to come. */
int64_t zsnmp_device_rto_us(const struct zsnmp_worker *self, const struct zsnmp_device *device);
void zsnmp_device_note_rtt(struct zsnmp_device *device, int64_t rtt_us);
/* After a request left: lane goes on, or the device becomes idle. */
void zsnmp_device_settle(struct zsnmp_worker *self, struct zsnmp_device *device);
/* Starts what lanes and window allow. */
void zsnmp_device_dispatch(struct zsnmp_worker *self);
void zsnmp_device_reap(struct zsnmp_worker *self);
void zsnmp_device_clear(struct zsnmp_worker *self); /* all of them, at the end */
void zsnmp_device_fill_row(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                           struct zsnmp_device_row *row);

/* ---- turn.c ---- */
/* A place in the line for the request; lower comes first. */
uint64_t zsnmp_turn_take(struct zsnmp_worker *self, const struct zsnmp_request *request);
void zsnmp_turns_clear(struct zsnmp_worker *self);

/* ---- breaker.c ---- */
/* Whether the device is down for the request. */
bool zsnmp_breaker_holds(const struct zsnmp_worker *self, const struct zsnmp_device *device,
                         const struct zsnmp_request *request);
/* A request has timed out, and left everything it was in. May end others of its device. */
void zsnmp_breaker_failed(struct zsnmp_worker *self, const struct zsnmp_request *request);
/* A message came for a request that is no probe. */
void zsnmp_breaker_answered(struct zsnmp_worker *self, const struct zsnmp_request *request);
/* It is time for the probe; it is over. */
void zsnmp_breaker_probe(struct zsnmp_worker *self, struct zsnmp_request *probe);
void zsnmp_breaker_probed(struct zsnmp_worker *self, struct zsnmp_request *probe, zsnmp_err_t err);
void zsnmp_breakers_clear(struct zsnmp_worker *self, struct zsnmp_device *device);
/* Since when the device is down, for whatever credentials; 0: it is not. */
int64_t zsnmp_breaker_since_us(const struct zsnmp_device *device);

/* ---- stream.c ---- */
#define ZSNMP_STREAM_PARTS 4u /* on their way, before a walk waits */
/* Before the first packet. false: no memory. */
bool zsnmp_stream_begin(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Hands a part on, if it is full. false: the walk does not go on now. */
bool zsnmp_stream_part(struct zsnmp_worker *self, struct zsnmp_request *request);
/* A part has got where it was to go; frees that. */
void zsnmp_stream_more(struct zsnmp_worker *self, struct zsnmp_more *more);
void zsnmp_stream_forget(struct zsnmp_worker *self, struct zsnmp_request *request);

/* ---- bundle.c ---- */
/* What to start in place of a request that comes out of its lane: itself, or a bundle in which it
 * rides with others that waited. */
struct zsnmp_request *zsnmp_bundle_form(struct zsnmp_worker *self, struct zsnmp_device *device,
                                        struct zsnmp_request *first);
/* A request that rides ends by itself. */
void zsnmp_bundle_leave(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Before the first try of a PDU: drops the names of those that have left, or are late. Later tries
 * are the same packet again. false: no others are left. */
bool zsnmp_bundle_shed(struct zsnmp_worker *self, struct zsnmp_request *bundle);
/* A bundle is over and out of everything: so are those that ride in it. Frees it. */
void zsnmp_bundle_over(struct zsnmp_worker *self, struct zsnmp_request *bundle, zsnmp_err_t err);

/* ---- roots.c ---- */
/* Whether a walk is carried out as one for each of its roots. */
bool zsnmp_roots_apart(const struct zsnmp_request *request);
void zsnmp_roots_begin(struct zsnmp_worker *self, struct zsnmp_request *parent);
/* A part is over and out of everything; its parent frees it. */
void zsnmp_roots_over(struct zsnmp_worker *self, struct zsnmp_request *child);
/* Ends all parts of a walk, and so the walk. false: it has none. */
bool zsnmp_roots_end(struct zsnmp_worker *self, struct zsnmp_request *parent, zsnmp_err_t err);

/* ---- merge.c ---- */
/* Lets a request that has a device, a timer and a handle join another; false: it has to be run. */
bool zsnmp_merge_join(struct zsnmp_worker *self, struct zsnmp_request *request);
/* From now on others may join it, where not only it is there. */
void zsnmp_merge_note(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Nobody can join the request any more. */
void zsnmp_merge_forget(struct zsnmp_worker *self, struct zsnmp_request *request);
/* A request is over, with its reply: so are its followers, or one of them takes its place. */
void zsnmp_merge_end(struct zsnmp_worker *self, struct zsnmp_request *leader);

/* ---- engine.c ---- */
/* Notes what the engine at the device's address said of itself, or was found to be. */
void zsnmp_engine_learn(struct zsnmp_worker *self, const struct zsnmp_device *device,
                        const struct zsnmp_usm_head *usm);
/* What is known of it, its time as it should be now. The id is valid until the next learn. */
bool zsnmp_engine_recall(struct zsnmp_worker *self, const struct zsnmp_device *device,
                         struct zsnmp_usm_head *usm);
void zsnmp_engine_clear(struct zsnmp_worker *self);

/* ---- session.c ---- */
uint64_t zsnmp_creds_hash(uint64_t seed, const struct zsnmp_creds *creds);
/* Sets a request's credentials to copies. INTERNAL: no memory. */
zsnmp_err_t zsnmp_creds_copy(struct zsnmp_request *to, const struct zsnmp_creds *from);
bool zsnmp_creds_equal(const struct zsnmp_creds *a, const struct zsnmp_creds *b);
bool zsnmp_str_equal(const struct zsnmp_str *a, const struct zsnmp_str *b);
/*
 * The device's session for these credentials, made where it is new. QUEUE_FULL:
 * too many of others are in use; INTERNAL: no memory.
 */
zsnmp_err_t zsnmp_session_get(struct zsnmp_worker *self, struct zsnmp_device *device,
                              const struct zsnmp_creds *creds, struct zsnmp_session **found);
void zsnmp_session_destroy(struct zsnmp_worker *self, struct zsnmp_session *session);
/* Takes a session on from where it is, towards READY. */
void zsnmp_session_advance(struct zsnmp_worker *self, struct zsnmp_session *session);
/* Puts a request into the session until that is ready, and sees to it that it gets there. */
void zsnmp_session_join(struct zsnmp_worker *self, struct zsnmp_session *session,
                        struct zsnmp_request *request);
void zsnmp_session_keys(struct zsnmp_worker *self, struct zsnmp_key_job *job);
/* Whether anybody waits for the device's engine id. */
bool zsnmp_session_awaited(const struct zsnmp_device *device);
/* The probe ended: with an engine id, or with an error for all that wait. */
void zsnmp_session_probed(struct zsnmp_worker *self, struct zsnmp_request *probe, zsnmp_err_t err);
/*
 * A report says that the device has another engine id: asks it. Until it has
 * said so itself nothing that is in the air is taken back.
 */
void zsnmp_session_doubt(struct zsnmp_worker *self, struct zsnmp_session *session);
#define ZSNMP_RECOVERIES_MAX 2u /* changes of engine that one PDU lives through */
#define ZSNMP_SESSIONS_MAX 32u  /* of one device; unused ones make room */
extern const struct zsnmp_link_ops zsnmp_session_ops;

/* ---- run.c ---- */
void zsnmp_run_accept(struct zsnmp_worker *self, struct zsnmp_request *request);
void zsnmp_run_start(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Sends the request's next PDU; the session is ready. */
void zsnmp_run_send(struct zsnmp_worker *self, struct zsnmp_request *request);
void zsnmp_run_timer(struct zsnmp_worker *self, struct zsnmp_request *request);
/* This try was refused, if the hint can be believed: the next one need not wait for its time-out.
 */
void zsnmp_run_hasten(struct zsnmp_worker *self, struct zsnmp_request *request);
void zsnmp_run_cancel(struct zsnmp_worker *self, struct zsnmp_cancel *cancel);
/* Sets the timer of its deadline, if it has one; false: no memory. */
bool zsnmp_run_watch(struct zsnmp_worker *self, struct zsnmp_request *request);
bool zsnmp_run_is_late(const struct zsnmp_worker *self, const struct zsnmp_request *request);
/* Takes a request out of whatever it is in; afterwards nothing of the worker points to it. */
void zsnmp_run_detach(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Ends a request, whatever it is doing. */
void zsnmp_run_finish(struct zsnmp_worker *self, struct zsnmp_request *request, zsnmp_err_t err);
/* Takes the PDU that is outstanding back: ids, net-snmp's record, timer, window. */
void zsnmp_run_land(struct zsnmp_worker *self, struct zsnmp_request *request);
void zsnmp_run_grow_old(struct zsnmp_worker *self);
/* A request waits for its session's discovery no longer than its tries would take. */
void zsnmp_run_limit_wait(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Ends everything, with SHUTTING_DOWN. */
void zsnmp_run_abort_all(struct zsnmp_worker *self);
/* A message that was taken for a request could not be sent: the request is over. */
void zsnmp_run_unsent(struct zsnmp_worker *self, struct zsnmp_request *request, zsnmp_err_t err);
/* A message goes out for a request: called by net-snmp through the session. */
void zsnmp_run_transmit(struct zsnmp_worker *self, struct zsnmp_request *request, int32_t id,
                        const uint8_t *data, size_t len);

/* Over TCP only now is there anything of a message that the device may have got. */
void zsnmp_run_note_out(struct zsnmp_worker *self, const struct zsnmp_device *device, int32_t id);

#define ZSNMP_CACHE_LINE 64u

/* Has the cache fetch what each request needs when its turn comes. */
static inline void zsnmp_run_prefetch(const struct zsnmp_request *request)
{
    const char *first = (const char *)request;
    for (size_t at = 0; at < offsetof(struct zsnmp_request, creds.user); at += ZSNMP_CACHE_LINE) {
        __builtin_prefetch(first + at, 1);
    }
    first = (const char *)&request->run;
    for (size_t at = 0; at < offsetof(struct zsnmp_run, pause); at += ZSNMP_CACHE_LINE) {
        __builtin_prefetch(first + at, 1);
    }
}

/* ---- answer.c ---- */
struct zsnmp_datagram {
    const struct zsnmp_addr *from;
    size_t socket; /* index among the worker's sockets of its family */
    uint8_t *data;
    size_t len;
    struct zsnmp_peek head; /* as zsnmp_run_look() has read it */
    bool is_snmp;
};

/*
 * Reads the head of a message, and has the cache fetch the request that it is
 * likely to be for. To be called for all that came together before the first is
 * received: what was waited for is there by the time its turn comes.
 */
void zsnmp_run_look(const struct zsnmp_worker *self, struct zsnmp_datagram *datagram);
/* A message from a device that was looked at: admission, net-snmp, then whatever follows. */
void zsnmp_run_receive(struct zsnmp_worker *self, struct zsnmp_datagram *datagram);

/* ---- ids.c ---- */
/* A random request-id of 31 bits that is in use nowhere in this worker. */
int32_t zsnmp_ids_draw(struct zsnmp_worker *self);
/* Notes an id of a try; the latest ZSNMP_RUN_IDS of a PDU count. false: no memory. */
bool zsnmp_ids_add(struct zsnmp_worker *self, struct zsnmp_request *request, int32_t id);
void zsnmp_ids_drop(struct zsnmp_worker *self, struct zsnmp_request *request);
/* A report says that the try it answers was not carried out: each counts once, however often that
 * is said. */
void zsnmp_ids_note_refused(struct zsnmp_request *request);
/* The request with this id that matches (see map.h), or NULL. */
struct zsnmp_request *zsnmp_ids_find(const struct zsnmp_worker *self, int32_t id,
                                     zsnmp_map_match_fn *match, const void *wanted);
/* Whether somebody still waits for an answer with this id. */
bool zsnmp_ids_wanted(const struct zsnmp_worker *self, int32_t id);
bool zsnmp_handles_add(struct zsnmp_worker *self, struct zsnmp_request *request);
void zsnmp_handles_drop(struct zsnmp_worker *self, struct zsnmp_request *request);

/* ---- op.c ---- */
/* Prepares the reply before the first PDU. */
void zsnmp_op_begin(struct zsnmp_worker *self, struct zsnmp_request *request);
/* Names of a GET need not be asked for any more: plans anew. false: no others are left. */
bool zsnmp_op_resume(struct zsnmp_request *request);
/* Whether less can be asked for in place of the PDU that is in the air. */
bool zsnmp_op_can_shrink(const struct zsnmp_request *request);
/* Whether that is more than the device is known to answer. */
bool zsnmp_op_is_trial(const struct zsnmp_request *request);
/* Asks for less next. */
void zsnmp_op_shrink(struct zsnmp_request *request);
/* Whether it is a walk that asks with GETBULK. */
bool zsnmp_op_uses_bulk(const struct zsnmp_request *request);
/* The PDU to send next. */
void zsnmp_op_pdu(const struct zsnmp_request *request, struct zsnmp_pdu *pdu);
/* Takes an answer in. DONE: the operation is over, with run.err; MORE: another PDU follows; NONE:
 * it was malformed, and nothing has changed. */
enum zsnmp_run_outcome zsnmp_op_answer(struct zsnmp_request *request, struct zsnmp_answer *answer);
/* Where a walk that has not begun would begin. */
void zsnmp_op_position(struct zsnmp_request *request);
/* What a walk's stop is when it ends with this error. */
zsnmp_stop_t zsnmp_op_stop(zsnmp_err_t err);

/* ---- survey.c ---- */
void zsnmp_survey_begin(struct zsnmp_worker *self, struct zsnmp_survey *survey);
void zsnmp_survey_step(struct zsnmp_worker *self);

/* ---- round.c ---- */
/* Lists, maps, inbox; no sockets and no thread. What was made is freed by zsnmp_worker_clear(). */
zsnmp_err_t zsnmp_worker_init(struct zsnmp_worker *self, struct zsnmp_pool *pool, uint32_t index);
/* Handles messages that came after the thread had ended; on the stopping thread. */
void zsnmp_worker_refuse(struct zsnmp_worker *self, struct zsnmp_msg *chain);
/* After now_us was set and what came from devices was taken. */
void zsnmp_round_run(struct zsnmp_worker *self);
/* When the next round is due, if nothing comes before. */
int64_t zsnmp_round_next_us(const struct zsnmp_worker *self);
/* Whether the worker has come to its end; requests that are left when the grace is over end here.
 */
bool zsnmp_round_was_last(struct zsnmp_worker *self);

/* ---- worker.c ---- */
zsnmp_err_t zsnmp_worker_start(struct zsnmp_worker *self, struct zsnmp_pool *pool, uint32_t index);
/* The thread has ended. Completes what is left in the inbox, frees everything. */
void zsnmp_worker_clear(struct zsnmp_worker *self);

#endif
