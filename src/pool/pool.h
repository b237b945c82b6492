/*
 * The pool as the layers above see it: submitting in batches, asking workers
 * about devices, cancelling by id. Everything here may be called from any
 * thread and never blocks, unless it says otherwise.
 */
#ifndef ZSNMP_POOL_POOL_H
#define ZSNMP_POOL_POOL_H

#include "base/device_row.h"
#include "base/mailbox.h"
#include "base/request.h"
#include "zsnmp.h"

#include <poll.h>

#define ZSNMP_WORKERS_MAX 64u

/*
 * Requests on their way to the workers: collect with add, send off with flush.
 * One feed belongs to one thread. Nothing reaches a worker before flush.
 */
struct zsnmp_feed {
    struct zsnmp_pool *pool;
    struct zsnmp_chain chains[ZSNMP_WORKERS_MAX + 1]; /* the last is the resolver's */
};

void zsnmp_feed_init(struct zsnmp_feed *self, struct zsnmp_pool *pool);

/*
 * Takes a checked request whose complete, reply_to, owner, id, handle and
 * accepted_us are set. On ZSNMP_OK it is the pool's and will be completed exactly once; else it
 * is still the caller's: BAD_ADDRESS, QUEUE_FULL, SHUTTING_DOWN.
 */
zsnmp_err_t zsnmp_feed_add(struct zsnmp_feed *self, struct zsnmp_request *request);

void zsnmp_feed_flush(struct zsnmp_feed *self);

/* Kinds of messages that the pool sends to a reply_to mailbox; other kinds are the owner's. */
enum zsnmp_pool_msg {
    ZSNMP_MSG_REQUEST = 1,   /* struct zsnmp_request, to a worker */
    ZSNMP_MSG_CANCEL,        /* struct zsnmp_cancel */
    ZSNMP_MSG_SURVEY,        /* struct zsnmp_survey */
    ZSNMP_MSG_MORE,          /* struct zsnmp_more */
    ZSNMP_MSG_POOL_OWN = 16, /* from here on inside the pool only */
    ZSNMP_MSG_FOREIGN = 64   /* from here on for the layers above */
};

/*
 * A request to cancel, by owner and handle, and by id where id_len > 0. It
 * visits the resolver and the workers one after the other until one has the
 * request, and comes back to reply_to with found set (reply_to NULL: it is
 * freed). The cancelled request completes with ZSNMP_E_CANCELLED on its own.
 */
struct zsnmp_cancel {
    struct zsnmp_msg msg; /* first */
    struct zsnmp_mailbox *reply_to;
    void *owner;
    uint64_t handle;
    uint8_t id[ZSNMP_ID_MAX];
    size_t id_len;
    bool found;
    uint32_t visits;
    void *arg; /* the asker's */
};

/*
 * What became of a part of a walk: a credit for the next, or an error that ends the
 * walk. From malloc(); the worker frees it.
 */
struct zsnmp_more {
    struct zsnmp_msg msg; /* first */
    struct zsnmp_mailbox *to;
    uint64_t stream;
    zsnmp_err_t err;
};

/* The pool takes it over until it comes back. After the pool has stopped it comes back at once. */
void zsnmp_pool_post_cancel(struct zsnmp_pool *self, struct zsnmp_cancel *cancel);

/*
 * What devices a worker knows. Each worker gets its own; it fills in at most
 * limit rows, those that come first in the order asked for, and sends it back.
 * It looks at a bounded number of devices a loop round, so this takes time but
 * delays nobody.
 */
struct zsnmp_survey {
    struct zsnmp_msg msg; /* first */
    struct zsnmp_mailbox *reply_to;
    void *arg; /* the asker's */
    enum zsnmp_device_sort sort;
    uint32_t limit;
    struct zsnmp_device_row *rows; /* room for limit rows, the asker's */
    uint32_t count;                /* filled in */
    uint64_t known;                /* devices that the worker knows */
    /* the worker's own */
    struct zsnmp_survey *next;
    size_t at;
};

/* worker is 0 to zsnmp_pool_workers() - 1. false: the pool has stopped, the survey is the caller's.
 */
bool zsnmp_pool_post_survey(struct zsnmp_pool *self, uint32_t worker, struct zsnmp_survey *survey);

uint32_t zsnmp_pool_workers(const struct zsnmp_pool *self);

/* Bytes of the requests in it, with their replies. */
size_t zsnmp_pool_memory(const struct zsnmp_pool *self);
/* Whether with so many bytes held elsewhere there is more than there may be. */
bool zsnmp_pool_is_full(const struct zsnmp_pool *self, size_t elsewhere);
/* Whether one more request may come in, as of now. Any thread. */
bool zsnmp_pool_has_room(const struct zsnmp_pool *self, size_t elsewhere);

#define ZSNMP_GUEST_ITEMS 2u /* that a guest polls at the most */

/*
 * A layer above that lives on the thread of a pool's only worker, rather than on
 * one of its own: what the two hand to each other then stays in one core's
 * cache, and nobody is woken up for it. All functions are called on that thread.
 */
struct zsnmp_guest {
    struct zsnmp_msg msg; /* first */
    /* What to poll; how many. */
    int (*items)(struct zsnmp_guest *self, struct pollfd *items);
    /* Milliseconds that the poll may wait, at the most, which comes next. */
    int (*wait_ms)(struct zsnmp_guest *self);
    /* One bounded round of work, after each round of the worker's. */
    void (*work)(struct zsnmp_guest *self);
    /* The worker ends; nothing is called any more, and the guest has to go on by itself. */
    void (*leave)(struct zsnmp_guest *self);
};

/*
 * Moves a guest in; it has to outlive the pool's threads. false: the pool has more
 * than one worker, another guest, or has stopped.
 */
bool zsnmp_pool_host(struct zsnmp_pool *self, struct zsnmp_guest *guest);

/* A handle that no other request of this pool has. */
uint64_t zsnmp_pool_handle(struct zsnmp_pool *self);

#endif
