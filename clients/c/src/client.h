/*
 * A client from the inside: what its two halves share. client.c makes calls and
 * hands out what came, alive.c watches whether there is a broker at all.
 */
#ifndef ZSNMPC_CLIENT_H
#define ZSNMPC_CLIENT_H

#include "buf.h"
#include "calls.h"
#include "link.h"
#include "zsnmpc.h"

#define PING_ID UINT64_MAX /* of our pings; their replies carry nothing for anybody */
#define REASON_MAX 640u    /* bytes of the text that says why a broker is held to be gone */

struct zsnmpc {
    struct address address;
    struct link link;
    int poller;   /* an epoll of all that follows, and of the link's two */
    int timer;    /* goes off when a ping is due, or patience is over */
    int doorbell; /* an eventfd: there is something to do that no socket tells of */
    bool own_context;
    uint32_t heartbeat_ms;
    uint32_t patience_ms;
    uint32_t window;

    struct calls calls;
    struct call_list ended; /* by us; their functions have not been told */
    size_t ended_count;
    uint64_t made; /* calls so far */

    struct buf batch;     /* messages that have not been sent, behind room for a head */
    uint32_t batch_count; /* of them */
    bool batching;        /* they wait for more */

    bool unsettled;    /* a call was cancelled and nothing came since: it may wait in the socket */
    int64_t heard_ms;  /* when anything came last, or since when anything is awaited */
    int64_t pinged_ms; /* the last ping since then; 0: none */
    int64_t asked_ms;  /* the first ping since then; 0: none */
    int64_t armed_ms;  /* when the timer goes off; 0: it has */

    bool disconnected;       /* the connection broke; what came before is taken first */
    bool broken;             /* the link has to be dropped, for: */
    char reason[REASON_MAX]; /* of what is broken */
    char lost[REASON_MAX];   /* of the link that was dropped last */

    bool busy;    /* in a call's function, or on the way there */
    bool closing; /* no more calls */
};

/* There is something to do: makes zsnmpc_fd() readable. */
void zsnmpc_ring(zsnmpc_t *self);

/* Says, as printf does, why the link has to be dropped; that happens when it is safe. */
void zsnmpc_break(zsnmpc_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens the link where it is closed, and polls it. false: errno says why. */
bool zsnmpc_connect(zsnmpc_t *self);
void zsnmpc_disconnect(zsnmpc_t *self);

/* Something is awaited of the broker, be it only that it hears of a call that was cancelled. */
bool zsnmpc_awaits(const zsnmpc_t *self);

/* Something is awaited that was not before: silence counts from now. */
void zsnmpc_await(zsnmpc_t *self);

/* Something came. */
void zsnmpc_heard(zsnmpc_t *self);

/* Pings where that is due, finds out that patience is over, sets the timer. */
void zsnmpc_watch(zsnmpc_t *self);

#endif
