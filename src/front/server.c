/*
 * The public face of the front: start, stop, endpoints. Starts one thread,
 * which owns all else; see loop.c.
 */
#include "front.h"

#include "base/clock.h"
#include "base/rng.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static bool init_state(struct zsnmp_server *self, struct zsnmp_pool *pool)
{
    struct zsnmp_rng rng;
    zsnmp_rng_init(&rng);
    self->pool = pool;
    self->seed = zsnmp_rng_u64(&rng);
    self->started_us = self->now_us = zsnmp_clock_us();
    self->retry_us = INT64_MAX;
    self->stop_msg.kind = ZSNMP_MSG_STOP;
    self->finish_msg.kind = ZSNMP_MSG_FINISH;
    atomic_init(&self->stopped, false);
    zsnmp_feed_init(&self->feed, pool);
    zsnmp_patterns_init(&self->patterns);
    zsnmp_map_init(&self->clients);
    zsnmp_list_init(&self->idle);
    zsnmp_list_init(&self->dirty);
    zsnmp_list_init(&self->stuck);
    zsnmp_list_init(&self->parts);
    zsnmp_buf_init(&self->head, ZSNMP_ARRAY_HEAD);
    zsnmp_buf_init(&self->scratch, ZSNMP_REPLY_ROOM);
    return zsnmp_mailbox_init(&self->mailbox) && sem_init(&self->left, 0, 0) == 0;
}

/*
 * Starts libzmq's threads, which it does with the first socket. They inherit SCHED_BATCH from this
 * one: where cores are short, an I/O thread is not to interrupt the thread that feeds it for each
 * single reply, but to run when that one waits, and take all there is. Where that may not be set
 * they run as any other.
 */
static bool start_io(const struct zsnmp_server *self)
{
    int policy = SCHED_OTHER;
    struct sched_param param = {0};
    bool calm = pthread_getschedparam(pthread_self(), &policy, &param) == 0 &&
                policy == SCHED_OTHER &&
                pthread_setschedparam(pthread_self(), SCHED_BATCH, &param) == 0;
    void *first = zmq_socket(self->context, ZMQ_PAIR);
    if (calm) {
        (void)pthread_setschedparam(pthread_self(), policy, &param);
    }
    return first != NULL && zmq_close(first) == 0;
}

static bool open_context(struct zsnmp_server *self, void *context)
{
    self->context = context;
    if (context != NULL) {
        return true;
    }
    self->context = zmq_ctx_new();
    self->own_context = true;
    return self->context != NULL &&
           zmq_ctx_set(self->context, ZMQ_IO_THREADS, (int)self->options.io_threads) == 0 &&
           start_io(self);
}

/* The program's signals are the program's: none is to be handled on our thread. */
bool zsnmp_front_start_thread(struct zsnmp_server *self)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    int rc = pthread_create(&self->thread, NULL, zsnmp_front_run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0) {
        errno = rc;
        return false;
    }
    pthread_setname_np(self->thread, "zsnmp-front");
    self->has_thread = true;
    return true;
}

static void close_context(struct zsnmp_server *self)
{
    if (self->own_context && self->context != NULL) {
        while (zmq_ctx_term(self->context) != 0 && errno == EINTR) {
        }
        self->context = NULL;
    }
}

/* Frees a server whose thread does not run. */
static void release(struct zsnmp_server *self)
{
    zsnmp_front_lost(self);
    close_context(self);
    zsnmp_patterns_clear(&self->patterns);
    zsnmp_mailbox_close(&self->mailbox);
    sem_destroy(&self->left);
    for (size_t i = 0; i < self->endpoint_count; i++) {
        free(self->endpoints[i]);
    }
    free(self);
}

static zsnmp_err_t start(struct zsnmp_server *self, void *context, const char *const *endpoints)
{
    if (!open_context(self, context)) {
        return ZSNMP_E_INTERNAL;
    }
    zsnmp_err_t err = zsnmp_front_bind(self, endpoints);
    if (err != ZSNMP_OK) {
        return err;
    }
    zsnmp_front_be_guest(self);
    self->hosted = zsnmp_pool_host(self->pool, &self->guest);
    if (self->hosted) {
        return ZSNMP_OK;
    }
    self->round_requests = ZSNMP_ROUND_REQUESTS;
    return zsnmp_front_start_thread(self) ? ZSNMP_OK : ZSNMP_E_INTERNAL;
}

static struct zsnmp_server *fail(zsnmp_err_t *err, zsnmp_err_t reason)
{
    if (err != NULL) {
        *err = reason;
    }
    return NULL;
}

zsnmp_server_t *zsnmp_server_new(zsnmp_pool_t *pool, void *zmq_context,
                                 const char *const *endpoints,
                                 const zsnmp_server_options_t *options, zsnmp_err_t *err)
{
    zsnmp_server_options_t defaults;
    zsnmp_server_options_init(&defaults);
    options = options != NULL ? options : &defaults;
    if (pool == NULL || endpoints == NULL || zsnmp_server_options_check(options) != ZSNMP_OK) {
        errno = EINVAL;
        return fail(err, ZSNMP_E_BAD_REQUEST);
    }
    struct zsnmp_server *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return fail(err, ZSNMP_E_INTERNAL);
    }
    self->options = *options;
    zsnmp_err_t failure = ZSNMP_E_INTERNAL;
    if (init_state(self, pool)) {
        failure = start(self, zmq_context, endpoints);
    }
    if (failure != ZSNMP_OK) {
        int reason = errno;
        release(self);
        errno = reason;
        return fail(err, failure);
    }
    if (err != NULL) {
        *err = ZSNMP_OK;
    }
    return self;
}

const char *zsnmp_server_endpoint(const zsnmp_server_t *self, size_t index)
{
    return index < self->endpoint_count ? self->endpoints[index] : NULL;
}

void zsnmp_server_stop(zsnmp_server_t *self, uint32_t grace_ms, uint32_t linger_ms)
{
    if (atomic_exchange(&self->stopped, true)) {
        return;
    }
    zsnmp_mailbox_push(&self->mailbox, &self->stop_msg);
    zsnmp_pool_stop(self->pool, grace_ms);
    /* Somebody else may be stopping the pool, and its worker may still run. */
    while (self->hosted && sem_wait(&self->left) != 0) {
    }
    self->linger_ms = linger_ms;
    zsnmp_mailbox_push(&self->mailbox, &self->finish_msg);
    if (self->has_thread) {
        pthread_join(self->thread, NULL);
    } else { /* the worker is gone, and there was no thread to be had: here */
        zsnmp_front_run(self);
    }
    close_context(self);
}

void zsnmp_server_destroy(zsnmp_server_t **self_p)
{
    if (self_p == NULL || *self_p == NULL) {
        return;
    }
    zsnmp_server_stop(*self_p, 0, 0);
    release(*self_p);
    *self_p = NULL;
}
