/*
 * Whether there is a broker: pings, patience, and connecting anew; see client.h.
 *
 * Patience counts from the last that came, and does not end before a ping has
 * had its time: a program that did nothing for a minute has not heard of its
 * broker either.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void zsnmpc_break(zsnmpc_t *self, const char *format, ...)
{
    if (!self->broken) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(self->reason, sizeof(self->reason), format, args);
        va_end(args);
        self->broken = true;
        zsnmpc_ring(self);
    }
}

/* ---- the link ---- */

static bool poll_also(zsnmpc_t *self, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(self->poller, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* What a socket has to say before it was polled is asked for: its descriptor may not tell. */
bool zsnmpc_connect(zsnmpc_t *self)
{
    if (self->link.socket != NULL) {
        return true;
    }
    if (!zsnmpc_link_open(&self->link, &self->address)) {
        return false;
    }
    if (!poll_also(self, self->link.socket_fd) || !poll_also(self, self->link.monitor_fd)) {
        int why = errno;
        zsnmpc_disconnect(self);
        errno = why;
        return false;
    }
    zsnmpc_ring(self);
    return true;
}

/* The descriptors are ZeroMQ's, which may close them later: they must not stay in the epoll. */
void zsnmpc_disconnect(zsnmpc_t *self)
{
    if (self->link.socket != NULL) {
        (void)epoll_ctl(self->poller, EPOLL_CTL_DEL, self->link.socket_fd, NULL);
        (void)epoll_ctl(self->poller, EPOLL_CTL_DEL, self->link.monitor_fd, NULL);
        zsnmpc_link_close(&self->link);
    }
}

/* ---- silence ---- */

bool zsnmpc_awaits(const zsnmpc_t *self)
{
    return self->calls.count > 0 || self->unsettled;
}

void zsnmpc_await(zsnmpc_t *self)
{
    zsnmpc_heard(self);
    zsnmpc_watch(self);
}

void zsnmpc_heard(zsnmpc_t *self)
{
    self->heard_ms = now_ms();
    self->pinged_ms = self->asked_ms = 0;
    self->unsettled = false;
}

static void ping(zsnmpc_t *self, int64_t now)
{
    struct buf body = {.data = NULL};
    msgpack_packer pk = zsnmpc_buf_packer(&body);
    (void)msgpack_pack_map(&pk, 2);
    zsnmpc_pack_text(&pk, "id");
    (void)msgpack_pack_uint64(&pk, PING_ID);
    zsnmpc_pack_text(&pk, "op");
    zsnmpc_pack_text(&pk, ZSNMPC_PING);
    if (!body.failed && !zsnmpc_link_send(&self->link, body.data, body.len)) {
        zsnmpc_break(self, "the broker at %s can not be sent to: %s", self->address.endpoint,
                     zmq_strerror(errno));
    }
    zsnmpc_buf_clear(&body);
    self->pinged_ms = now;
    self->asked_ms = self->asked_ms != 0 ? self->asked_ms : now;
}

static int64_t ping_due(const zsnmpc_t *self)
{
    return (self->pinged_ms != 0 ? self->pinged_ms : self->heard_ms) + self->heartbeat_ms;
}

/* 0: not before there has been a ping. */
static int64_t patience_due(const zsnmpc_t *self)
{
    int64_t silent = self->heard_ms + self->patience_ms;
    int64_t unanswered = self->asked_ms + self->patience_ms - self->heartbeat_ms;
    return self->asked_ms == 0 ? 0 : silent > unanswered ? silent : unanswered;
}

/* What is heard puts the end of patience off, but the timer is set anew only when it has gone off.
 */
static void set_timer(zsnmpc_t *self)
{
    int64_t due = ping_due(self);
    int64_t end = patience_due(self);
    due = end != 0 && end < due ? end : due;
    if (self->armed_ms != 0 && self->armed_ms <= due) {
        return;
    }
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(due / 1000), .tv_nsec = (long)(due % 1000) * 1000000}};
    (void)timerfd_settime(self->timer, TFD_TIMER_ABSTIME, &when, NULL);
    self->armed_ms = due;
}

static void quiet_timer(zsnmpc_t *self)
{
    uint64_t times;
    if (read(self->timer, &times, sizeof(times)) > 0) {
        self->armed_ms = 0;
    }
}

void zsnmpc_watch(zsnmpc_t *self)
{
    int64_t now = now_ms();
    quiet_timer(self);
    if (!zsnmpc_awaits(self) || self->link.socket == NULL) {
        return;
    }
    int64_t end = patience_due(self);
    if (end != 0 && now >= end) {
        zsnmpc_break(self, "no answer from the broker at %s within %g s", self->address.endpoint,
                     (double)self->patience_ms / 1000);
        return;
    }
    if (now >= ping_due(self)) {
        ping(self, now);
    }
    set_timer(self);
}
