/*
 * The resolver's thread: requests whose peer is a name wait here until the
 * name has an address, then go to the worker that owns it. A name server that
 * is slow or dead delays nobody else.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/heap.h"
#include "pool/inside.h"
#include "pool/names.h"

#define STOP_ROUND_MS 5

struct waiter {
    struct zsnmp_resolver *resolver;
    struct zsnmp_heap timers;
    struct zsnmp_list all; /* requests that wait, linked by run.young; walked for cancels */
    int64_t now_us;
};

static void end(struct zsnmp_resolver *self, struct zsnmp_request *request, zsnmp_err_t err,
                const char *message)
{
    request->reply.error = err;
    request->reply.message = message;
    if (request->op == ZSNMP_WALK) {
        request->reply.stop = zsnmp_op_stop(err);
        zsnmp_op_position(request);
    }
    zsnmp_counter_add(&self->counters.requests_accepted, 1);
    zsnmp_counter_add(&self->counters.requests_failed, 1);
    zsnmp_list_push(&self->done, &request->run.link);
}

static const char *why(zsnmp_err_t err)
{
    return err == ZSNMP_E_BAD_ADDRESS ? "there is no such name" : "the name could not be looked up";
}

/* The request knows where to go; port and transport are its own. */
static void forward(struct zsnmp_resolver *self, struct zsnmp_request *request,
                    const struct zsnmp_addr *addr)
{
    struct zsnmp_peer peer;
    uint8_t transport = request->run.addr.transport;
    (void)zsnmp_peer_parse(request->peer.data, request->peer.len, &peer); /* was fine before */
    request->run.addr = *addr;
    request->run.addr.transport = transport;
    zsnmp_addr_set_port(&request->run.addr, peer.port);
    zsnmp_mailbox_push(&zsnmp_pool_owner(self->pool, &request->run.addr)->inbox, &request->msg);
}

static void leave(struct waiter *w, struct zsnmp_request *request)
{
    zsnmp_list_remove(&request->run.link);
    zsnmp_list_remove(&request->run.young);
    zsnmp_heap_remove(&w->timers, &request->run.timer);
}

static void on_name(void *arg, struct zsnmp_list *waiting, zsnmp_err_t err,
                    const struct zsnmp_addr *addr)
{
    struct waiter *w = arg;
    while (!zsnmp_list_empty(waiting)) {
        struct zsnmp_request *request =
            ZSNMP_CONTAINER(waiting->next, struct zsnmp_request, run.link);
        leave(w, request);
        if (err == ZSNMP_OK) {
            forward(w->resolver, request, addr);
        } else if (w->resolver->stopping) {
            end(w->resolver, request, ZSNMP_E_SHUTTING_DOWN, NULL);
        } else {
            end(w->resolver, request, err, why(err));
        }
    }
}

/* A look-up ends after dns_timeout_ms, or at the request's deadline where that comes first. */
static void arm(struct waiter *w, struct zsnmp_request *request)
{
    int64_t limit_ms = w->resolver->pool->options.dns_timeout_ms;
    if (request->deadline_ms != 0 && request->deadline_ms < limit_ms) {
        limit_ms = request->deadline_ms;
    }
    zsnmp_list_push(&w->all, &request->run.young);
    if (!zsnmp_heap_set(&w->timers, &request->run.timer, request->accepted_us + limit_ms * 1000)) {
        leave(w, request);
        end(w->resolver, request, ZSNMP_E_INTERNAL, NULL);
    }
}

static void take(struct waiter *w, struct zsnmp_request *request)
{
    struct zsnmp_resolver *self = w->resolver;
    struct zsnmp_peer peer;
    struct zsnmp_addr addr;
    zsnmp_err_t err = ZSNMP_E_BAD_ADDRESS;
    if (self->stopping) {
        end(self, request, ZSNMP_E_SHUTTING_DOWN, NULL);
        return;
    }
    if (!zsnmp_peer_parse(request->peer.data, request->peer.len, &peer)) {
        end(self, request, err, NULL);
        return;
    }
    switch (zsnmp_names_ask(self->names, &peer, request, w->now_us, &addr, &err)) {
    case ZSNMP_NAME_KNOWN:
        forward(self, request, &addr);
        break;
    case ZSNMP_NAME_FAILED:
        end(self, request, err, why(err));
        break;
    case ZSNMP_NAME_PENDING:
        arm(w, request);
        break;
    }
}

/* Only requests that wait for a name are looked at; they are few and wait briefly. */
static void cancel(struct waiter *w, struct zsnmp_cancel *cancel)
{
    struct zsnmp_list *node = w->all.next;
    for (; node != &w->all; node = node->next) {
        struct zsnmp_request *r = ZSNMP_CONTAINER(node, struct zsnmp_request, run.young);
        if (r->handle != 0 && r->handle == cancel->handle && r->owner == cancel->owner &&
            r->id.len == cancel->id_len &&
            (cancel->id_len == 0 || memcmp(r->id.data, cancel->id, cancel->id_len) == 0)) {
            cancel->found = true;
            leave(w, r);
            end(w->resolver, r, ZSNMP_E_CANCELLED, NULL);
            break;
        }
    }
    zsnmp_pool_forward_cancel(w->resolver->pool, cancel, -1);
}

static void read_inbox(struct waiter *w)
{
    struct zsnmp_msg *msg = zsnmp_mailbox_take(&w->resolver->inbox);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        if (msg->kind == ZSNMP_MSG_REQUEST) {
            take(w, (struct zsnmp_request *)msg);
        } else if (msg->kind == ZSNMP_MSG_CANCEL) {
            cancel(w, (struct zsnmp_cancel *)msg);
        } else if (msg->kind == ZSNMP_MSG_STOP) {
            w->resolver->stopping = true;
        }
        msg = next;
    }
}

static void run_timers(struct waiter *w)
{
    struct zsnmp_heap_node *node;
    while ((node = zsnmp_heap_due(&w->timers, w->now_us)) != NULL) {
        struct zsnmp_request *r = ZSNMP_CONTAINER(node, struct zsnmp_request, run.timer);
        bool deadline =
            r->deadline_ms != 0 && w->now_us >= r->accepted_us + (int64_t)r->deadline_ms * 1000;
        leave(w, r);
        end(w->resolver, r, deadline ? ZSNMP_E_DEADLINE : ZSNMP_E_UNREACHABLE,
            deadline ? NULL : why(ZSNMP_E_UNREACHABLE));
    }
}

static int wait_ms(const struct waiter *w)
{
    int64_t first = zsnmp_heap_first(&w->timers);
    if (w->resolver->stopping) {
        return STOP_ROUND_MS;
    }
    if (first == INT64_MAX) {
        return -1;
    }
    return first <= w->now_us ? 0 : (int)((first - w->now_us + 999) / 1000);
}

static void run_round(struct waiter *w)
{
    struct zsnmp_resolver *self = w->resolver;
    struct pollfd fds[ZSNMP_NAMES_FDS] = {{.fd = self->inbox.fd, .events = POLLIN}};
    int wait = wait_ms(w);
    nfds_t n = zsnmp_names_poll(self->names, fds, 1, &wait);
    int ready = poll(fds, n, zsnmp_mailbox_doze(&self->inbox) ? wait : 0);
    w->now_us = zsnmp_clock_us();
    if (ready >= 0) {
        zsnmp_names_process(self->names, fds + 1, n - 1, w->now_us);
    }
    read_inbox(w);
    run_timers(w);
    zsnmp_counter_set(&self->counters.names_resolved, zsnmp_names_count(self->names));
    zsnmp_pool_complete(self->pool, &self->done);
}

static bool is_over(const struct waiter *w)
{
    return w->resolver->stopping &&
           (zsnmp_list_empty(&w->all) || w->now_us >= w->resolver->stop.until_us);
}

static void *run_resolver(void *arg)
{
    struct zsnmp_resolver *self = arg;
    pthread_setname_np(pthread_self(), "zsnmp-names");
    struct waiter w = {.resolver = self, .now_us = zsnmp_clock_us()};
    zsnmp_heap_init(&w.timers);
    zsnmp_list_init(&w.all);
    zsnmp_names_bind(self->names, on_name, &w);
    while (!is_over(&w)) {
        run_round(&w);
    }
    zsnmp_names_destroy(&self->names); /* ends those that still wait */
    zsnmp_heap_clear(&w.timers);
    zsnmp_pool_complete(self->pool, &self->done);
    return NULL;
}

zsnmp_err_t zsnmp_resolver_start(struct zsnmp_resolver *self, struct zsnmp_pool *pool)
{
    self->pool = pool;
    zsnmp_list_init(&self->done);
    self->names = zsnmp_names_new(pool->options.dns_servers, pool->seed);
    if (self->names == NULL) {
        return pool->options.dns_servers != NULL ? ZSNMP_E_BAD_REQUEST : ZSNMP_E_INTERNAL;
    }
    if (!zsnmp_mailbox_init(&self->inbox) ||
        pthread_create(&self->thread, NULL, run_resolver, self) != 0) {
        zsnmp_names_destroy(&self->names);
        return ZSNMP_E_INTERNAL;
    }
    self->started = true;
    return ZSNMP_OK;
}

void zsnmp_resolver_clear(struct zsnmp_resolver *self)
{
    if (!self->started) {
        return;
    }
    struct zsnmp_msg *msg = zsnmp_mailbox_take(&self->inbox);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        if (msg->kind == ZSNMP_MSG_REQUEST) {
            end(self, (struct zsnmp_request *)msg, ZSNMP_E_SHUTTING_DOWN, NULL);
        } else if (msg->kind == ZSNMP_MSG_CANCEL) {
            zsnmp_pool_forward_cancel(self->pool, (struct zsnmp_cancel *)msg, -1);
        }
        msg = next;
    }
    zsnmp_pool_complete(self->pool, &self->done);
}
