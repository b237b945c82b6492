/*
 * The worker's thread: where net-snmp would sit in select(), this sits in
 * poll() over its inbox, its few sockets and those of its guest. What it does
 * between two polls is in round.c.
 */
#include "pool/worker.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "pool/inside.h"

#define POLL_ITEMS_MAX (2u + 2u * ZSNMP_SOCKETS_MAX + ZSNMP_GUEST_ITEMS)
#define DROPS_US 500000 /* between looks at the kernel's drop counters */

/* ---- sockets ---- */

/* The items in the order inbox, TCP, UDP/IPv4, UDP/IPv6, guest. */
static int fill_items(struct zsnmp_worker *self, struct pollfd *items)
{
    int n = 0;
    items[n++] = (struct pollfd){.fd = self->inbox.fd, .events = POLLIN};
    items[n++] = (struct pollfd){.fd = self->epoll, .events = POLLIN};
    struct zsnmp_udp *all[] = {self->udp4, self->udp6};
    uint32_t counts[] = {self->udp4_count, self->udp6_count};
    for (int family = 0; family < 2; family++) {
        for (uint32_t i = 0; i < counts[family]; i++) {
            short events = POLLIN;
            if (!zsnmp_list_empty(&all[family][i].unsent)) {
                events |= POLLOUT;
            }
            items[n++] = (struct pollfd){.fd = all[family][i].fd, .events = events};
        }
    }
    return self->guest == NULL ? n : n + self->guest->items(self->guest, items + n);
}

static void serve_udp(struct zsnmp_worker *self, struct zsnmp_udp *udp, uint32_t count,
                      const struct pollfd *items)
{
    for (uint32_t i = 0; i < count; i++) {
        if ((items[i].revents & POLLOUT) != 0) {
            zsnmp_udp_flush(self, &udp[i]);
        }
        if ((items[i].revents & (POLLIN | POLLERR)) != 0) {
            zsnmp_udp_receive(self, &udp[i]);
        }
    }
}

/*
 * How long to wait, in the milliseconds of poll(), rounded up: waking early is waking twice. Where
 * that is not at once, what comes into a mailbox from now on ends it.
 */
static int wait_ms(struct zsnmp_worker *self)
{
    int64_t until_us = zsnmp_round_next_us(self);
    int wait = until_us <= self->now_us ? 0 : (int)((until_us - self->now_us + 999) / 1000);
    if (wait > 0 && self->guest != NULL) {
        int guest = self->guest->wait_ms(self->guest);
        wait = guest < wait ? guest : wait;
    }
    return wait > 0 && zsnmp_mailbox_doze(&self->inbox) ? wait : 0;
}

static void poll_sockets(struct zsnmp_worker *self)
{
    struct pollfd items[POLL_ITEMS_MAX];
    uint32_t udp4 = self->udp4_count;
    uint32_t udp6 = self->udp6_count; /* may grow while messages are handled */
    int n = fill_items(self, items);
    int ready = poll(items, (nfds_t)n, wait_ms(self));
    self->now_us = self->woke_us = zsnmp_clock_us();
    if (ready <= 0) {
        return; /* time, or a signal */
    }
    serve_udp(self, self->udp4, udp4, items + 2);
    serve_udp(self, self->udp6, udp6, items + 2 + udp4);
    zsnmp_udp_push(self);
    if ((items[1].revents & POLLIN) != 0) {
        zsnmp_tcp_poll(self);
    }
}

/* ---- rounds ---- */

static void note_round(struct zsnmp_worker *self)
{
    int64_t took = zsnmp_clock_us() - self->woke_us;
    ZSNMP_COUNT(self, loop_rounds);
    if (took > (int64_t)atomic_load_explicit(&self->counters.loop_max_us, memory_order_relaxed)) {
        zsnmp_counter_set(&self->counters.loop_max_us, (uint64_t)took);
    }
    if (self->woke_us - self->drops_us >= DROPS_US) {
        self->drops_us = self->woke_us;
        zsnmp_counter_set(&self->counters.drop_kernel, zsnmp_udp_drops(self));
    }
}

static void *run_worker(void *arg)
{
    struct zsnmp_worker *self = arg;
    char name[16];
    snprintf(name, sizeof name, "zsnmp-%u", self->index % ZSNMP_WORKERS_MAX);
    pthread_setname_np(pthread_self(), name); /* for top and debuggers; failure harms nobody */
    for (;;) {
        poll_sockets(self);
        zsnmp_round_run(self);
        note_round(self);
        if (zsnmp_round_was_last(self)) {
            break;
        }
    }
    zsnmp_counter_set(&self->counters.drop_kernel, zsnmp_udp_drops(self));
    self->over = true;
    if (self->guest != NULL) {
        self->guest->leave(self->guest);
    }
    zsnmp_snmp_thread_end();
    return NULL;
}

/* ---- life ---- */

static uint32_t window_of(const struct zsnmp_worker *self)
{
    if (self->pool->options.window != 0) {
        return self->pool->options.window;
    }
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < self->udp4_count; i++) {
        int got = 0;
        socklen_t len = sizeof got;
        if (getsockopt(self->udp4[i].fd, SOL_SOCKET, SO_RCVBUF, &got, &len) == 0 && got > 0) {
            bytes += (uint64_t)got;
        }
    }
    uint64_t window = bytes / ZSNMP_DATAGRAM_COST;
    if (window > ZSNMP_WINDOW_MAX) {
        return ZSNMP_WINDOW_MAX;
    }
    return window < 16 ? 16 : (uint32_t)window;
}

zsnmp_err_t zsnmp_worker_start(struct zsnmp_worker *self, struct zsnmp_pool *pool, uint32_t index)
{
    zsnmp_err_t err = zsnmp_worker_init(self, pool, index);
    if (err != ZSNMP_OK) {
        return err;
    }
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll < 0) {
        return ZSNMP_E_INTERNAL;
    }
    err = zsnmp_udp_open(self, AF_INET);
    if (err != ZSNMP_OK) {
        return err;
    }
    self->window = window_of(self);
    if (pthread_create(&self->thread, NULL, run_worker, self) != 0) {
        return ZSNMP_E_INTERNAL;
    }
    self->started = true;
    return ZSNMP_OK;
}

void zsnmp_worker_clear(struct zsnmp_worker *self)
{
    if (self->inbox.fd >= 0) {
        zsnmp_worker_refuse(self, zsnmp_mailbox_take(&self->inbox));
    }
    if (self->pool != NULL && self->devices != NULL) {
        zsnmp_device_clear(self);
    }
    if (self->pool != NULL) {
        zsnmp_engine_clear(self);
    }
    zsnmp_udp_close(self);
    if (self->epoll >= 0) {
        close(self->epoll);
    }
    zsnmp_mailbox_close(&self->inbox);
    zsnmp_heap_clear(&self->timers);
    zsnmp_map_clear(&self->ids);
    zsnmp_map_clear(&self->handles);
    zsnmp_map_clear(&self->by_addr);
    zsnmp_map_clear(&self->asks);
    zsnmp_map_clear(&self->streams);
    zsnmp_turns_clear(self);
    free(self->scratch);
    self->scratch = NULL;
}
