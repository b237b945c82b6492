/*
 * The few UDP sockets that all devices of a worker share. A device always uses
 * the same one, so that an answer to another socket is known to be forged.
 * Nothing here blocks: what the kernel does not take waits in a list.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "pool/inside.h"
#include "pool/worker.h"

#define UNSENT_MAX 16384u /* messages put off on one socket; beyond that a send counts as lost */

/*
 * SO_RCVBUFFORCE needs CAP_NET_ADMIN; without it net.core.rmem_max is the
 * ceiling. What came is read back and decides about the window.
 */
static void size_buffer(int fd, uint32_t bytes)
{
    int want = (int)bytes;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
    }
}

static int open_socket(int family, uint32_t rcvbuf)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    struct zsnmp_addr any = {.transport = ZSNMP_UDP};
    any.sa.sa_family = (sa_family_t)family;
    size_buffer(fd, rcvbuf);
    if ((family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, &any.sa, zsnmp_addr_len(&any)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

zsnmp_err_t zsnmp_udp_open(struct zsnmp_worker *self, int family)
{
    const zsnmp_pool_options_t *options = &self->pool->options;
    struct zsnmp_udp *all = family == AF_INET6 ? self->udp6 : self->udp4;
    uint32_t *count = family == AF_INET6 ? &self->udp6_count : &self->udp4_count;
    for (uint32_t i = *count; i < options->sockets; i++) {
        all[i].fd = open_socket(family, options->rcvbuf);
        if (all[i].fd < 0) {
            /* Fewer will do, none will not. */
            return *count > 0 ? ZSNMP_OK : ZSNMP_E_SEND_FAILED;
        }
        all[i].family = family;
        all[i].unsent_count = 0;
        zsnmp_list_init(&all[i].unsent);
        *count = i + 1;
    }
    return ZSNMP_OK;
}

static void close_socket(struct zsnmp_udp *udp)
{
    struct zsnmp_list *node;
    while ((node = zsnmp_list_pop(&udp->unsent)) != NULL) {
        free(ZSNMP_CONTAINER(node, struct zsnmp_unsent, link));
    }
    close(udp->fd);
}

void zsnmp_udp_close(struct zsnmp_worker *self)
{
    for (uint32_t i = 0; i < self->udp4_count; i++) {
        close_socket(&self->udp4[i]);
    }
    for (uint32_t i = 0; i < self->udp6_count; i++) {
        close_socket(&self->udp6[i]);
    }
    self->udp4_count = self->udp6_count = 0;
}

static bool is_blocked(int error)
{
    /* ENOBUFS: a full device queue, as passing as a full socket. */
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

static zsnmp_err_t send_error(struct zsnmp_worker *self, int error)
{
    ZSNMP_COUNT(self, send_failed);
    switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ECONNREFUSED:
        return ZSNMP_E_UNREACHABLE;
    default:
        return ZSNMP_E_SEND_FAILED;
    }
}

struct zsnmp_unsent *zsnmp_unsent_new(const struct zsnmp_addr *to, int32_t id, const uint8_t *data,
                                      size_t len)
{
    struct zsnmp_unsent *unsent = malloc(sizeof *unsent + len);
    if (unsent != NULL) {
        unsent->to = *to;
        unsent->id = id;
        unsent->len = len;
        memcpy(unsent->data, data, len);
        zsnmp_list_init(&unsent->link);
    }
    return unsent;
}

static zsnmp_err_t put_off(struct zsnmp_worker *self, struct zsnmp_udp *udp,
                           const struct zsnmp_addr *to, int32_t id, const uint8_t *data, size_t len)
{
    ZSNMP_COUNT(self, send_blocked);
    struct zsnmp_unsent *unsent =
        udp->unsent_count < UNSENT_MAX ? zsnmp_unsent_new(to, id, data, len) : NULL;
    if (unsent == NULL) {
        return ZSNMP_OK; /* as good as lost on the way: the next try mends it */
    }
    zsnmp_list_push(&udp->unsent, &unsent->link);
    udp->unsent_count++;
    return ZSNMP_OK;
}

static ssize_t send_to(const struct zsnmp_udp *udp, const struct zsnmp_addr *to,
                       const uint8_t *data, size_t len)
{
    ssize_t sent;
    do {
        sent = sendto(udp->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, &to->sa, zsnmp_addr_len(to));
    } while (sent < 0 && errno == EINTR);
    return sent;
}

static void count_sent(struct zsnmp_worker *self, size_t len)
{
    ZSNMP_COUNT(self, packets_sent);
    zsnmp_counter_add(&self->counters.bytes_sent, len);
}

static struct zsnmp_udp *socket_of(struct zsnmp_worker *self, const struct zsnmp_device *device)
{
    return device->addr.sa.sa_family == AF_INET6 ? &self->udp6[device->socket]
                                                 : &self->udp4[device->socket];
}

zsnmp_err_t zsnmp_udp_send(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                           const uint8_t *data, size_t len)
{
    struct zsnmp_udp *udp = socket_of(self, device);
    if (!zsnmp_list_empty(&udp->unsent)) {
        return put_off(self, udp, &device->addr, id, data, len);
    }
    if (send_to(udp, &device->addr, data, len) < 0) {
        return is_blocked(errno) ? put_off(self, udp, &device->addr, id, data, len)
                                 : send_error(self, errno);
    }
    count_sent(self, len);
    return ZSNMP_OK;
}

void zsnmp_udp_flush(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    while (!zsnmp_list_empty(&udp->unsent)) {
        struct zsnmp_unsent *unsent = ZSNMP_CONTAINER(udp->unsent.next, struct zsnmp_unsent, link);
        if (!zsnmp_ids_wanted(self, unsent->id)) {
            /* its request is over */
        } else if (send_to(udp, &unsent->to, unsent->data, unsent->len) >= 0) {
            count_sent(self, unsent->len);
        } else if (is_blocked(errno)) {
            return;
        } else {
            (void)send_error(self, errno); /* counted; its request times out or tries again */
        }
        zsnmp_list_remove(&unsent->link);
        udp->unsent_count--;
        free(unsent);
    }
}

void zsnmp_udp_receive(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    struct zsnmp_udp *first = udp->family == AF_INET6 ? self->udp6 : self->udp4;
    for (unsigned i = 0; i < ZSNMP_DRAIN_MAX; i++) {
        struct zsnmp_addr from = {.transport = ZSNMP_UDP};
        socklen_t from_len = sizeof from.in6;
        ssize_t got =
            recvfrom(udp->fd, self->buffer, sizeof self->buffer, MSG_DONTWAIT, &from.sa, &from_len);
        if (got < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                return;
            }
            continue; /* an ICMP error or a signal: the next datagram is another matter */
        }
        zsnmp_run_receive(self, &from, (size_t)(udp - first), self->buffer, (size_t)got);
    }
}

static uint64_t drops_of(const struct zsnmp_udp *udp)
{
    uint32_t info[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof info;
    if (getsockopt(udp->fd, SOL_SOCKET, SO_MEMINFO, info, &len) != 0) {
        return 0;
    }
    return info[SK_MEMINFO_DROPS];
}

uint64_t zsnmp_udp_drops(const struct zsnmp_worker *self)
{
    uint64_t drops = 0;
    for (uint32_t i = 0; i < self->udp4_count; i++) {
        drops += drops_of(&self->udp4[i]);
    }
    for (uint32_t i = 0; i < self->udp6_count; i++) {
        drops += drops_of(&self->udp6[i]);
    }
    return drops;
}
