/*
 * SNMP over TCP (RFC 3430): one connection a device, opened when there is
 * something to send, closed when the device is let go or the peer closes.
 * All connections of a worker are in one epoll set, so that the worker's poll
 * costs the same for one as for ten thousand.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "pool/worker.h"

#define IN_MAX (1024u * 1024)  /* bytes of one message received */
#define OUT_MAX (1024u * 1024) /* bytes that wait to be sent on one connection */
#define READ_STEP 65536u
#define EVENTS_MAX 64

struct zsnmp_tcp {
    int fd;
    bool connected;
    struct zsnmp_device *device;
    struct zsnmp_buf in;
    struct zsnmp_list out; /* struct zsnmp_unsent, oldest first */
    size_t out_bytes;
    size_t begun; /* bytes of the first that are out already */
};

static bool watch(struct zsnmp_worker *self, struct zsnmp_tcp *tcp, int how)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tcp};
    if (!tcp->connected || !zsnmp_list_empty(&tcp->out)) {
        event.events |= EPOLLOUT;
    }
    return epoll_ctl(self->epoll, how, tcp->fd, &event) == 0;
}

static void drop_first(struct zsnmp_tcp *tcp)
{
    struct zsnmp_list *first = zsnmp_list_pop(&tcp->out);
    struct zsnmp_unsent *unsent = ZSNMP_CONTAINER(first, struct zsnmp_unsent, link);
    tcp->out_bytes -= unsent->len;
    tcp->begun = 0;
    free(unsent);
}

void zsnmp_tcp_close(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    (void)self;
    struct zsnmp_tcp *tcp = device->tcp;
    if (tcp == NULL) {
        return;
    }
    device->tcp = NULL;
    close(tcp->fd); /* takes it out of the epoll set: the descriptor is never duplicated */
    zsnmp_buf_clear(&tcp->in);
    while (!zsnmp_list_empty(&tcp->out)) {
        drop_first(tcp);
    }
    free(tcp);
}

static int start_connect(const struct zsnmp_addr *addr)
{
    int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, &addr->sa, zsnmp_addr_len(addr)) != 0 && errno != EINPROGRESS) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static zsnmp_err_t open_connection(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    struct zsnmp_tcp *tcp = calloc(1, sizeof *tcp);
    if (tcp == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    tcp->fd = start_connect(&device->addr);
    if (tcp->fd < 0) {
        bool no_way = errno == ENETUNREACH || errno == EHOSTUNREACH || errno == ECONNREFUSED;
        device->tcp_refused = true;
        free(tcp);
        return no_way ? ZSNMP_E_UNREACHABLE : ZSNMP_E_SEND_FAILED;
    }
    tcp->device = device;
    zsnmp_buf_init(&tcp->in, IN_MAX + READ_STEP);
    zsnmp_list_init(&tcp->out);
    device->tcp = tcp;
    device->connections++;
    if (!watch(self, tcp, EPOLL_CTL_ADD)) {
        zsnmp_tcp_close(self, device);
        return ZSNMP_E_SEND_FAILED;
    }
    return ZSNMP_OK;
}

/* Takes the first n bytes out of a buffer. */
static void consume(struct zsnmp_buf *buf, size_t n)
{
    memmove(buf->data, buf->data + n, buf->len - n);
    buf->len -= n;
}

/* false: the connection is broken. */
static bool flush(struct zsnmp_worker *self, struct zsnmp_tcp *tcp)
{
    while (!zsnmp_list_empty(&tcp->out)) {
        struct zsnmp_unsent *unsent = ZSNMP_CONTAINER(tcp->out.next, struct zsnmp_unsent, link);
        if (tcp->begun == 0 && !zsnmp_ids_wanted(self, unsent->id)) {
            drop_first(tcp); /* its request is over; of one that has begun all must go */
            continue;
        }
        ssize_t sent = send(tcp->fd, unsent->data + tcp->begun, unsent->len - tcp->begun,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        }
        tcp->begun += (size_t)sent;
        if (tcp->begun == unsent->len) {
            ZSNMP_COUNT(self, packets_sent);
            zsnmp_counter_add(&self->counters.bytes_sent, unsent->len);
            drop_first(tcp);
        }
    }
    return true;
}

/* Queues a message, and sends what the connection takes. SEND_FAILED: it is broken, and closed. */
static zsnmp_err_t offer(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                         const uint8_t *data, size_t len)
{
    struct zsnmp_tcp *tcp = device->tcp;
    struct zsnmp_unsent *unsent =
        tcp->out_bytes + len <= OUT_MAX ? zsnmp_unsent_new(&device->addr, id, data, len) : NULL;
    if (unsent == NULL) { /* as good as lost on the way: the next try mends it */
        ZSNMP_COUNT(self, send_blocked);
        return ZSNMP_OK;
    }
    zsnmp_list_push(&tcp->out, &unsent->link);
    tcp->out_bytes += len;
    if ((tcp->connected && !flush(self, tcp)) || !watch(self, tcp, EPOLL_CTL_MOD)) {
        zsnmp_tcp_close(self, device);
        return ZSNMP_E_SEND_FAILED;
    }
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_tcp_send(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                           const uint8_t *data, size_t len)
{
    bool old = device->tcp != NULL && device->tcp->connected;
    zsnmp_err_t err = device->tcp != NULL ? ZSNMP_OK : open_connection(self, device);
    if (err == ZSNMP_OK) {
        err = offer(self, device, id, data, len);
    }
    if (err != ZSNMP_OK && old) { /* the device had closed it: that is no failure yet */
        err = open_connection(self, device);
        if (err == ZSNMP_OK) {
            err = offer(self, device, id, data, len);
        }
    }
    if (err != ZSNMP_OK) {
        ZSNMP_COUNT(self, send_failed);
    }
    return err;
}

/* Hands over the whole messages of the buffer; false: this is no SNMP. */
static bool deliver(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    /* A completion can close nothing: requests are completed at the end of the round. */
    struct zsnmp_tcp *tcp = device->tcp;
    uint32_t connection = device->connections;
    size_t at = 0;
    while (at < tcp->in.len) {
        size_t len = zsnmp_peek_length(tcp->in.data + at, tcp->in.len - at);
        if (len > IN_MAX) {
            ZSNMP_COUNT(self, drop_malformed);
            return false;
        }
        if (len == 0 || len > tcp->in.len - at) {
            break;
        }
        /* What follows may send on this connection, and break it. */
        struct zsnmp_addr from = device->addr;
        self->now_us = zsnmp_clock_us();
        struct zsnmp_datagram message = {
            .from = &from, .socket = device->socket, .data = tcp->in.data + at, .len = len};
        zsnmp_run_look(self, &message);
        zsnmp_run_receive(self, &message);
        if (device->tcp != tcp || device->connections != connection) {
            return true;
        }
        at += len;
    }
    consume(&tcp->in, at);
    return true;
}

/* false: closed or broken. */
static bool read_some(struct zsnmp_worker *self, struct zsnmp_tcp *tcp)
{
    uint8_t *room = zsnmp_buf_reserve(&tcp->in, READ_STEP);
    if (room == NULL) {
        return false;
    }
    ssize_t got = recv(tcp->fd, room, READ_STEP, MSG_DONTWAIT);
    if (got > 0) {
        tcp->in.len += (size_t)got;
        return deliver(self, tcp->device);
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

static bool finish_connect(struct zsnmp_tcp *tcp)
{
    int error = 0;
    socklen_t len = sizeof error;
    tcp->connected = getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
    tcp->device->tcp_refused = !tcp->connected;
    return tcp->connected;
}

static void handle(struct zsnmp_worker *self, struct zsnmp_tcp *tcp, uint32_t events)
{
    struct zsnmp_device *device = tcp->device;
    uint32_t connection = device->connections;
    bool ok =
        tcp->connected || (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0 || finish_connect(tcp);
    if (ok && tcp->connected && (events & EPOLLOUT) != 0) {
        ok = flush(self, tcp) && watch(self, tcp, EPOLL_CTL_MOD);
    }
    if (ok && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
        ok = read_some(self, tcp);
    }
    /* Requests that were on a broken connection time out and are tried on a new one. */
    if (!ok && device->tcp == tcp && device->connections == connection) {
        zsnmp_tcp_close(self, device);
    }
}

void zsnmp_tcp_poll(struct zsnmp_worker *self)
{
    struct epoll_event events[EVENTS_MAX];
    int n = epoll_wait(self->epoll, events, EVENTS_MAX, 0);
    for (int i = 0; i < n; i++) {
        handle(self, events[i].data.ptr, events[i].events);
    }
}
