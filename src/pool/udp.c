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

#include "base/clock.h"
#include "pool/inside.h"
#include "pool/worker.h"

#define UNSENT_MAX 16384u /* messages put off on one socket; beyond that a send counts as lost */
#define OUT_MAX 32u       /* messages sent in one go */
#define OUT_BYTES 508u    /* of each; longer ones go out by themselves. IPv4 passes so many whole */
#define IN_MAX 16u        /* datagrams taken in one go */
#define IN_BYTES 65536u   /* of each; larger ones do not exist */
#define IN_STRIDE (IN_BYTES + 1600u) /* their heads fall into different sets of the cache */

struct zsnmp_outbox {
    unsigned count;
    struct mmsghdr message[OUT_MAX];
    struct iovec vector[OUT_MAX];
    struct zsnmp_addr to[OUT_MAX];
    int32_t id[OUT_MAX];
    uint8_t data[OUT_MAX][OUT_BYTES];
};

struct zsnmp_inbound {
    struct mmsghdr message[IN_MAX];
    struct iovec vector[IN_MAX];
    struct zsnmp_addr from[IN_MAX];
    struct zsnmp_datagram datagram[IN_MAX];
};

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

/*
 * A datagram that may be cut on its way needs an identification, which costs the
 * kernel a hash and an atomic counter (RFC 6864 section 4.1); so it may only
 * where it is long. IP_PMTUDISC_PROBE also means that no ICMP message, forged or
 * not, changes what we send.
 */
static void allow_fragments(int fd, bool allow)
{
    int mode = allow ? IP_PMTUDISC_DONT : IP_PMTUDISC_PROBE;
    (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode);
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
    if (family == AF_INET) {
        allow_fragments(fd, false);
    }
    if ((family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, &any.sa, zsnmp_addr_len(&any)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool make_inbound(struct zsnmp_worker *self)
{
    if (self->in != NULL) {
        return true;
    }
    self->in = calloc(1, sizeof *self->in);
    uint8_t *data = self->in == NULL ? NULL : malloc((size_t)IN_MAX * IN_STRIDE);
    if (data == NULL) {
        free(self->in);
        self->in = NULL;
        return false;
    }
    for (unsigned i = 0; i < IN_MAX; i++) {
        self->in->vector[i] = (struct iovec){data + (size_t)i * IN_STRIDE, IN_BYTES};
        self->in->message[i].msg_hdr = (struct msghdr){
            .msg_name = &self->in->from[i].sa, .msg_iov = &self->in->vector[i], .msg_iovlen = 1};
    }
    return true;
}

static bool open_one(struct zsnmp_udp *udp, int family, uint32_t rcvbuf)
{
    *udp = (struct zsnmp_udp){.family = family, .out = calloc(1, sizeof *udp->out)};
    udp->fd = udp->out == NULL ? -1 : open_socket(family, rcvbuf);
    if (udp->fd < 0) {
        free(udp->out);
        return false;
    }
    zsnmp_list_init(&udp->unsent);
    return true;
}

zsnmp_err_t zsnmp_udp_open(struct zsnmp_worker *self, int family)
{
    const zsnmp_pool_options_t *options = &self->pool->options;
    struct zsnmp_udp *all = family == AF_INET6 ? self->udp6 : self->udp4;
    uint32_t *count = family == AF_INET6 ? &self->udp6_count : &self->udp4_count;
    if (!make_inbound(self)) {
        return ZSNMP_E_SEND_FAILED;
    }
    for (uint32_t i = *count; i < options->sockets; i++) {
        if (!open_one(&all[i], family, options->rcvbuf)) {
            /* Fewer will do, none will not. */
            return *count > 0 ? ZSNMP_OK : ZSNMP_E_SEND_FAILED;
        }
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
    free(udp->out);
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
    if (self->in != NULL) {
        free(self->in->vector[0].iov_base);
        free(self->in);
        self->in = NULL;
    }
    while (self->pool != NULL && !zsnmp_list_empty(&self->refused)) {
        free(ZSNMP_CONTAINER(zsnmp_list_pop(&self->refused), struct zsnmp_unsent, link));
    }
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
        unsent->err = ZSNMP_OK;
        if (len > 0) {
            memcpy(unsent->data, data, len);
        }
        zsnmp_list_init(&unsent->link);
    }
    return unsent;
}

/* What finds no room is as good as lost on the way: the next try mends it. */
static void put_off(struct zsnmp_worker *self, struct zsnmp_udp *udp, const struct zsnmp_addr *to,
                    int32_t id, const uint8_t *data, size_t len)
{
    ZSNMP_COUNT(self, send_blocked);
    struct zsnmp_unsent *unsent =
        udp->unsent_count < UNSENT_MAX ? zsnmp_unsent_new(to, id, data, len) : NULL;
    if (unsent != NULL) {
        zsnmp_list_push(&udp->unsent, &unsent->link);
        udp->unsent_count++;
    }
}

static ssize_t send_to(const struct zsnmp_udp *udp, const struct zsnmp_addr *to,
                       const uint8_t *data, size_t len)
{
    ssize_t sent;
    bool whole = len <= OUT_BYTES || udp->family != AF_INET;
    if (!whole) {
        allow_fragments(udp->fd, true);
    }
    do {
        sent = sendto(udp->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, &to->sa, zsnmp_addr_len(to));
    } while (sent < 0 && errno == EINTR);
    int error = errno;
    if (!whole) {
        allow_fragments(udp->fd, false);
    }
    errno = error;
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

/*
 * One message that the kernel would not take: later, or never. Its request is
 * told when nothing else is going on: this may be in the middle of a send of
 * net-snmp's.
 */
static void not_sent(struct zsnmp_worker *self, struct zsnmp_udp *udp, const struct zsnmp_addr *to,
                     int32_t id, const uint8_t *data, size_t len, int error)
{
    if (is_blocked(error)) {
        put_off(self, udp, to, id, data, len);
        return;
    }
    zsnmp_err_t err = send_error(self, error);
    struct zsnmp_unsent *refused = zsnmp_unsent_new(to, id, NULL, 0);
    if (refused != NULL) { /* else it times out */
        refused->err = err;
        zsnmp_list_push(&self->refused, &refused->link);
    }
}

static bool asks(const void *value, const void *wanted)
{
    const struct zsnmp_request *request = value;
    return zsnmp_addr_equal(&request->run.device->addr, wanted);
}

static void tell_refused(struct zsnmp_worker *self)
{
    struct zsnmp_list *node;
    while ((node = zsnmp_list_pop(&self->refused)) != NULL) {
        struct zsnmp_unsent *refused = ZSNMP_CONTAINER(node, struct zsnmp_unsent, link);
        struct zsnmp_request *request = zsnmp_ids_find(self, refused->id, asks, &refused->to);
        if (request != NULL) {
            zsnmp_run_unsent(self, request, refused->err);
        }
        free(refused);
    }
}

static void push_box(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    struct zsnmp_outbox *out = udp->out;
    for (unsigned i = 0; i < out->count;) {
        int sent = sendmmsg(udp->fd, out->message + i, out->count - i, MSG_DONTWAIT | MSG_NOSIGNAL);
        for (int n = 0; n < sent; n++) {
            count_sent(self, out->vector[i++].iov_len);
        }
        if (sent <= 0 && errno != EINTR) {
            not_sent(self, udp, &out->to[i], out->id[i], out->data[i], out->vector[i].iov_len,
                     errno);
            i++;
        }
    }
    out->count = 0;
}

static void send_alone(struct zsnmp_worker *self, struct zsnmp_udp *udp,
                       const struct zsnmp_addr *to, int32_t id, const uint8_t *data, size_t len)
{
    push_box(self, udp);
    if (send_to(udp, to, data, len) >= 0) {
        count_sent(self, len);
    } else {
        not_sent(self, udp, to, id, data, len, errno);
    }
}

void zsnmp_udp_send(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                    const uint8_t *data, size_t len)
{
    struct zsnmp_udp *udp = socket_of(self, device);
    struct zsnmp_outbox *out = udp->out;
    if (!zsnmp_list_empty(&udp->unsent)) {
        put_off(self, udp, &device->addr, id, data, len);
        return;
    }
    if (len > OUT_BYTES) {
        send_alone(self, udp, &device->addr, id, data, len);
        return;
    }
    unsigned i = out->count++;
    memcpy(out->data[i], data, len);
    out->id[i] = id;
    out->to[i] = device->addr;
    out->vector[i] = (struct iovec){out->data[i], len};
    out->message[i].msg_hdr = (struct msghdr){.msg_name = &out->to[i].sa,
                                              .msg_namelen = zsnmp_addr_len(&out->to[i]),
                                              .msg_iov = &out->vector[i],
                                              .msg_iovlen = 1};
    if (out->count == OUT_MAX) {
        push_box(self, udp);
    }
}

void zsnmp_udp_push(struct zsnmp_worker *self)
{
    for (uint32_t i = 0; i < self->udp4_count; i++) {
        push_box(self, &self->udp4[i]);
    }
    for (uint32_t i = 0; i < self->udp6_count; i++) {
        push_box(self, &self->udp6[i]);
    }
    tell_refused(self);
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

/* Takes datagrams in one go; how many, 0 where there are none. */
static unsigned take(const struct zsnmp_udp *udp, struct zsnmp_inbound *in)
{
    for (unsigned i = 0; i < IN_MAX; i++) {
        in->message[i].msg_hdr.msg_namelen = sizeof in->from[i].in6;
    }
    /* An ICMP error or a signal: the next datagram is another matter. */
    for (unsigned i = 0; i < ZSNMP_DRAIN_MAX; i++) {
        int got = recvmmsg(udp->fd, in->message, IN_MAX, MSG_DONTWAIT, NULL);
        if (got >= 0) {
            return (unsigned)got;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        }
    }
    return 0;
}

void zsnmp_udp_receive(struct zsnmp_worker *self, struct zsnmp_udp *udp)
{
    struct zsnmp_inbound *in = self->in;
    size_t index = (size_t)(udp - (udp->family == AF_INET6 ? self->udp6 : self->udp4));
    unsigned got = IN_MAX;
    for (unsigned taken = 0; taken < ZSNMP_DRAIN_MAX && got == IN_MAX; taken += got) {
        got = take(udp, in);
        self->now_us = zsnmp_clock_us(); /* all of them came at about the same time */
        for (unsigned i = 0; i < got; i++) {
            in->from[i].transport = ZSNMP_UDP;
            in->datagram[i] = (struct zsnmp_datagram){.from = &in->from[i],
                                                      .socket = index,
                                                      .data = in->vector[i].iov_base,
                                                      .len = in->message[i].msg_len};
            zsnmp_run_look(self, &in->datagram[i]);
        }
        for (unsigned i = 0; i < got; i++) {
            zsnmp_run_receive(self, &in->datagram[i]);
        }
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
