/*
 * The pool as its own threads see it. The pool structure is constant after
 * start, but for the atomics.
 */
#ifndef ZSNMP_POOL_INSIDE_H
#define ZSNMP_POOL_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/mailbox.h"
#include "pool/pool.h"
#include "pool/worker.h"

/* Derives keys from pass phrases; keeps the latest. See keys.c. */
struct zsnmp_keys {
    struct zsnmp_mailbox inbox;
    pthread_t thread;
    bool started;
    struct zsnmp_pool *pool;
    struct zsnmp_key_cache *cache;
    struct zsnmp_msg stop;
    _Atomic bool over; /* what is still in the inbox goes back undone */
    struct zsnmp_counters counters;
};

zsnmp_err_t zsnmp_keys_start(struct zsnmp_keys *self, struct zsnmp_pool *pool);
void zsnmp_keys_stop(struct zsnmp_keys *self); /* ends and joins the thread */

/* Looks names up with c-ares. See resolver.c. */
struct zsnmp_resolver {
    struct zsnmp_mailbox inbox;
    pthread_t thread;
    bool started;
    struct zsnmp_pool *pool;
    struct zsnmp_names *names;
    struct zsnmp_list done; /* requests that end here */
    struct zsnmp_stop stop;
    bool stopping;
    struct zsnmp_counters counters;
};

zsnmp_err_t zsnmp_resolver_start(struct zsnmp_resolver *self, struct zsnmp_pool *pool);
/* Its thread has ended: refuses what is in the inbox, frees the names. May be called again. */
void zsnmp_resolver_clear(struct zsnmp_resolver *self);

enum zsnmp_pool_state { ZSNMP_POOL_RUNNING = 0, ZSNMP_POOL_STOPPING, ZSNMP_POOL_STOPPED };

struct zsnmp_pool {
    zsnmp_pool_options_t options;
    uint32_t worker_count;
    struct zsnmp_worker *workers;
    struct zsnmp_resolver resolver;
    struct zsnmp_keys keys;
    uint64_t seed; /* of the hashes by which devices are dealt to workers */
    char *dns_servers;

    _Atomic int state;     /* enum zsnmp_pool_state */
    _Atomic uint64_t live; /* messages accepted and not completed: requests, cancels, surveys */
    _Atomic size_t memory; /* bytes of all requests in it, with their replies */
    _Atomic uint64_t next_handle;
    _Atomic bool hosts;        /* there is a guest, or was one */
    _Atomic uint32_t drainers; /* threads that wait for live to become 0 */
    int idle_fd;               /* eventfd, signalled when live becomes 0 and somebody waits */
};

/* The worker that owns an address. */
struct zsnmp_worker *zsnmp_pool_owner(struct zsnmp_pool *self, const struct zsnmp_addr *addr);

/* Counts what a request has grown by. false: it is, or is about to be, more than there may be. */
bool zsnmp_pool_charge(struct zsnmp_pool *self, struct zsnmp_request *request);
void zsnmp_pool_discharge(struct zsnmp_pool *self, size_t bytes);

/* n messages are over: exactly once for each. */
void zsnmp_pool_release(struct zsnmp_pool *self, uint64_t n);

/* Completes requests that are in no list any more, and posts them where they go. */
void zsnmp_pool_complete(struct zsnmp_pool *self, struct zsnmp_list *done);

/* Sends a cancel on to the next thread after `from` (resolver: -1), or back to who asked. */
void zsnmp_pool_forward_cancel(struct zsnmp_pool *self, struct zsnmp_cancel *cancel, int from);

#endif
