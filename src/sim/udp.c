/*
 * SNMP over UDP. One socket stands for all addresses: IP_PKTINFO tells which one was asked, and
 * the reply leaves from there. Datagrams come and go in batches; a wake-up takes a bounded number
 * of them, so that other sockets of the thread get their turn. Must never block on receiving.
 */
#include "sim/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BATCH 32
#define ROUNDS 16
#define IN_SIZE 65536
/* DES pads a reply by up to seven bytes beyond its ceiling; round up. */
#define OUT_SIZE (ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX + 64)
/* Bits by which the source of a reply differs from the address asked, with source=address. */
#define OTHER_ADDRESS 0x00400000u
#define CONTROL_SIZE CMSG_SPACE(sizeof(struct in_pktinfo))

union control {
    char bytes[CONTROL_SIZE];
    struct cmsghdr align;
};

struct udp {
    struct zsnmp_sim_source source;
    struct zsnmp_sim_loop *loop;
    struct zsnmp_sim_agent *agent;
    int other_port; /* a socket for replies of source=port; -1: none was needed yet */
    bool allow_remote;
    uint64_t key_v6;
    struct mmsghdr in[BATCH];
    struct mmsghdr out[BATCH];
    struct iovec in_iov[BATCH];
    struct iovec out_iov[BATCH];
    struct sockaddr_storage peer[BATCH];
    union control in_control[BATCH];
    union control out_control[BATCH];
    uint8_t *in_data;
    uint8_t *out_data;
};

static void prepare_receive(struct udp *self)
{
    for (size_t i = 0; i < BATCH; i++) {
        struct msghdr *h = &self->in[i].msg_hdr;
        h->msg_namelen = sizeof self->peer[i];
        h->msg_controllen = sizeof self->in_control[i];
        h->msg_flags = 0;
    }
}

/* The address that was asked, NULL where the kernel did not tell. */
static const struct in_pktinfo *find_pktinfo(struct msghdr *h)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            return (const struct in_pktinfo *)CMSG_DATA(c);
        }
    }
    return NULL;
}

/* The reply's source address: that which was asked. */
static void put_pktinfo(struct msghdr *h, union control *control, struct in_addr from)
{
    memset(control, 0, sizeof *control);
    h->msg_control = control->bytes;
    h->msg_controllen = sizeof control->bytes;
    struct cmsghdr *c = CMSG_FIRSTHDR(h);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info = {.ipi_spec_dst = from};
    memcpy(CMSG_DATA(c), &info, sizeof info);
}

/* Answers datagram i as reply number n; false if there is none to send. */
static bool answer(struct udp *self, size_t i, size_t n)
{
    struct msghdr *in = &self->in[i].msg_hdr;
    struct msghdr *out = &self->out[n].msg_hdr;
    uint64_t key = self->key_v6;
    self->agent->faulty = false;
    zsnmp_sim_count(&self->agent->stats.datagrams_in);
    out->msg_control = NULL;
    out->msg_controllen = 0;
    if (!self->allow_remote && !zsnmp_sim_is_loopback(&self->peer[i])) {
        zsnmp_sim_count(&self->agent->stats.dropped_source);
        return false;
    }
    if (self->peer[i].ss_family == AF_INET) {
        const struct in_pktinfo *info = find_pktinfo(in);
        if (info == NULL) {
            return false;
        }
        key = zsnmp_sim_key_v4(ntohl(info->ipi_addr.s_addr));
        put_pktinfo(out, &self->out_control[n], info->ipi_addr);
    }
    out->msg_name = &self->peer[i];
    out->msg_namelen = in->msg_namelen;
    struct zsnmp_sim_out reply;
    zsnmp_sim_out_start(&reply, self->out_data + n * OUT_SIZE, ZSNMP_SIM_MESSAGE_MAX);
    if (!zsnmp_sim_agent_answer(self->agent, key, self->in_iov[i].iov_base, self->in[i].msg_len,
                                &reply)) {
        return false;
    }
    self->out_iov[n].iov_base = reply.head;
    self->out_iov[n].iov_len = (size_t)(reply.tail - reply.head);
    return true;
}

/* A reply the kernel will not take is lost, as on a wire; the ones after it still go. */
static void send_messages(struct udp *self, int fd, struct mmsghdr *messages, size_t count)
{
    size_t done = 0;
    while (done < count) {
        int n = sendmmsg(fd, messages + done, (unsigned)(count - done), 0);
        if (n > 0) {
            for (int i = 0; i < n; i++) {
                zsnmp_sim_count(&self->agent->stats.datagrams_out);
            }
            done += (size_t)n;
        } else if (errno != EINTR) {
            zsnmp_sim_count(&self->agent->stats.dropped_send);
            done++;
        }
    }
}

/* A socket on a port of its own, for the family of the peer; -1 where there is none to be had. */
static int open_other_port(const struct sockaddr_storage *peer)
{
    struct sockaddr_storage any = {.ss_family = peer->ss_family}; /* all zero: any address */
    bool v4 = peer->ss_family == AF_INET;
    int fd = socket(peer->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&any,
                        v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Another address of 127/8, where the right one is of it. */
static void change_address(union control *control)
{
    struct in_pktinfo info;
    uint8_t *data = CMSG_DATA(&control->align);
    memcpy(&info, data, sizeof info);
    if (ntohl(info.ipi_spec_dst.s_addr) >> 24 == 127) {
        info.ipi_spec_dst.s_addr ^= htonl(OTHER_ADDRESS);
        memcpy(data, &info, sizeof info);
    }
}

/* The socket that reply n leaves from, whose source address is made to be what it shall be. */
static int choose_source(struct udp *self, size_t n)
{
    const struct msghdr *reply = &self->out[n].msg_hdr;
    uint32_t kind = self->agent->spoil->source;
    if (kind == ZSNMP_SIM_SOURCE_ADDRESS && reply->msg_control != NULL) {
        change_address(&self->out_control[n]);
    }
    if (kind != ZSNMP_SIM_SOURCE_PORT) {
        return self->source.fd;
    }
    if (self->other_port < 0) {
        self->other_port = open_other_port(reply->msg_name);
    }
    return self->other_port;
}

/* What goes out before reply n, whether there is one or not. */
static void send_before(struct udp *self, size_t n)
{
    for (size_t i = 0; i < self->agent->befores; i++) {
        const struct zsnmp_sim_out *before = &self->agent->before[i];
        struct iovec data = {before->head, (size_t)(before->tail - before->head)};
        struct mmsghdr one = {.msg_hdr = self->out[n].msg_hdr};
        one.msg_hdr.msg_iov = &data;
        send_messages(self, self->source.fd, &one, 1);
    }
}

/* What the faults of a device make of reply n: it leaves late, from elsewhere or several times. */
static void send_faulty(struct udp *self, size_t n)
{
    const struct zsnmp_sim_fault *fault = &self->agent->fault;
    uint32_t copies = fault->disorders.copies > 0 ? fault->disorders.copies : 1;
    int fd = choose_source(self, n);
    for (; copies > 0; copies--) {
        if (fault->delay_ms > 0) {
            zsnmp_sim_loop_delay(self->loop, fault->delay_ms, fd, &self->out[n].msg_hdr);
        } else {
            send_messages(self, fd, &self->out[n], 1);
        }
    }
}

static void answer_all(struct udp *self, int n)
{
    size_t replies = 0;
    for (int i = 0; i < n; i++) {
        bool answered = answer(self, (size_t)i, replies);
        if (self->agent->faulty) {
            send_messages(self, self->source.fd, self->out, replies); /* the order stays */
            send_before(self, replies);
            if (answered) {
                send_faulty(self, replies);
            }
            replies = 0;
        } else {
            replies += answered;
        }
    }
    send_messages(self, self->source.fd, self->out, replies);
}

static void ready(struct zsnmp_sim_source *source, uint32_t events)
{
    struct udp *self = (struct udp *)source;
    (void)events;
    for (int round = 0; round < ROUNDS; round++) {
        prepare_receive(self);
        int n = recvmmsg(source->fd, self->in, BATCH, MSG_DONTWAIT, NULL);
        answer_all(self, n);
        if (n < BATCH) {
            return; /* drained, or an error that waiting again will clear */
        }
    }
}

static void point_buffers(struct udp *self)
{
    for (size_t i = 0; i < BATCH; i++) {
        self->in_iov[i] = (struct iovec){self->in_data + i * IN_SIZE, IN_SIZE};
        self->in[i].msg_hdr.msg_iov = &self->in_iov[i];
        self->in[i].msg_hdr.msg_iovlen = 1;
        self->in[i].msg_hdr.msg_name = &self->peer[i];
        self->in[i].msg_hdr.msg_control = self->in_control[i].bytes;
        self->out[i].msg_hdr.msg_iov = &self->out_iov[i];
        self->out[i].msg_hdr.msg_iovlen = 1;
    }
}

struct zsnmp_sim_source *zsnmp_sim_udp_new(struct zsnmp_sim_loop *loop, int fd, bool allow_remote,
                                           uint64_t key_v6)
{
    struct udp *self = calloc(1, sizeof *self);
    if (self == NULL) {
        (void)close(fd);
        return NULL;
    }
    self->source.fd = fd;
    self->source.ready = ready;
    self->other_port = -1;
    self->loop = loop;
    self->agent = zsnmp_sim_loop_agent(loop);
    self->allow_remote = allow_remote;
    self->key_v6 = key_v6;
    self->in_data = malloc((size_t)BATCH * IN_SIZE);
    self->out_data = malloc((size_t)BATCH * OUT_SIZE);
    struct zsnmp_sim_source *source = &self->source;
    if (self->in_data == NULL || self->out_data == NULL ||
        !zsnmp_sim_loop_add(loop, source, EPOLLIN)) {
        zsnmp_sim_udp_destroy(&source);
        return NULL;
    }
    point_buffers(self);
    return source;
}

void zsnmp_sim_udp_destroy(struct zsnmp_sim_source **source)
{
    struct udp *self = (struct udp *)*source;
    if (self == NULL) {
        return;
    }
    (void)close(self->source.fd);
    if (self->other_port >= 0) {
        (void)close(self->other_port);
    }
    free(self->in_data);
    free(self->out_data);
    free(self);
    *source = NULL;
}
