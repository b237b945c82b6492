/*
 * See loop.h.
 */
#include "sim/loop.h"

#include "sim/delay.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_MAX 64
#define NS_PER_CS 10000000u
#define NS_PER_MS 1000000u

struct zsnmp_sim_loop {
    int epoll;
    struct zsnmp_sim_source wake;
    struct zsnmp_sim_agent *agent;
    uint64_t start_ns;
    struct zsnmp_sim_delays delays;
    atomic_bool stopping;
};

uint64_t zsnmp_sim_monotonic_ns(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {
        return 0; /* cannot fail with these arguments */
    }
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

bool zsnmp_sim_is_loopback(const struct sockaddr_storage *peer)
{
    if (peer->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)peer;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)peer;
    return peer->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* The event is left set: the loop ends and reads it no more. */
static void woken(struct zsnmp_sim_source *self, uint32_t events)
{
    (void)self;
    (void)events;
}

struct zsnmp_sim_loop *zsnmp_sim_loop_new(struct zsnmp_sim_agent *agent, uint64_t start_ns)
{
    struct zsnmp_sim_loop *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->agent = agent;
    self->start_ns = start_ns;
    self->wake.ready = woken;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    self->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (self->epoll < 0 || self->wake.fd < 0 || !zsnmp_sim_loop_add(self, &self->wake, EPOLLIN)) {
        zsnmp_sim_loop_destroy(&self);
    }
    return self;
}

void zsnmp_sim_loop_destroy(struct zsnmp_sim_loop **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->epoll >= 0) {
        (void)close((*self)->epoll);
    }
    if ((*self)->wake.fd >= 0) {
        (void)close((*self)->wake.fd);
    }
    zsnmp_sim_delays_clear(&(*self)->delays);
    free(*self);
    *self = NULL;
}

struct zsnmp_sim_agent *zsnmp_sim_loop_agent(struct zsnmp_sim_loop *self)
{
    return self->agent;
}

static bool control(struct zsnmp_sim_loop *self, int what, struct zsnmp_sim_source *source,
                    uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(self->epoll, what, source->fd, &event) == 0;
}

bool zsnmp_sim_loop_add(struct zsnmp_sim_loop *self, struct zsnmp_sim_source *source,
                        uint32_t events)
{
    return control(self, EPOLL_CTL_ADD, source, events);
}

bool zsnmp_sim_loop_change(struct zsnmp_sim_loop *self, struct zsnmp_sim_source *source,
                           uint32_t events)
{
    return control(self, EPOLL_CTL_MOD, source, events);
}

void zsnmp_sim_loop_delay(struct zsnmp_sim_loop *self, uint32_t delay_ms, int fd,
                          const struct msghdr *message)
{
    uint64_t due = zsnmp_sim_monotonic_ns() + (uint64_t)delay_ms * NS_PER_MS;
    if (!zsnmp_sim_delays_add(&self->delays, due, fd, message)) {
        zsnmp_sim_count(&self->agent->stats.dropped_late);
    }
}

static void send_delayed(struct zsnmp_sim_loop *self, uint64_t now_ns)
{
    struct zsnmp_sim_stats *stats = &self->agent->stats;
    size_t sent = 0;
    size_t lost = zsnmp_sim_delays_send(&self->delays, now_ns, &sent);
    for (; sent > 0; sent--) {
        zsnmp_sim_count(&stats->datagrams_out);
    }
    for (; lost > 0; lost--) {
        zsnmp_sim_count(&stats->dropped_send);
    }
}

static int time_to_wait(const struct zsnmp_sim_loop *self)
{
    return self->delays.count == 0 ? -1
                                   : zsnmp_sim_delays_wait(&self->delays, zsnmp_sim_monotonic_ns());
}

bool zsnmp_sim_loop_run(struct zsnmp_sim_loop *self)
{
    while (!atomic_load(&self->stopping)) {
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(self->epoll, events, EVENTS_MAX, time_to_wait(self));
        if (n < 0 && errno != EINTR) {
            return false;
        }
        uint64_t now_ns = zsnmp_sim_monotonic_ns();
        self->agent->uptime_cs = (now_ns - self->start_ns) / NS_PER_CS;
        send_delayed(self, now_ns);
        for (int i = 0; i < n; i++) {
            struct zsnmp_sim_source *source = events[i].data.ptr;
            source->ready(source, events[i].events);
        }
    }
    return true;
}

void zsnmp_sim_loop_stop(struct zsnmp_sim_loop *self)
{
    atomic_store(&self->stopping, true);
    (void)eventfd_write(self->wake.fd, 1); /* full means that it is set already */
}
