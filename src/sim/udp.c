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
#define CONTROL_SIZE CMSG_SPACE(sizeof(struct in_pktinfo))

union control {
    char bytes[CONTROL_SIZE];
    struct cmsghdr align;
};

struct udp {
    struct zsnmp_sim_source source;
    struct zsnmp_sim_loop *loop;
    struct zsnmp_sim_agent *agent;
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
static void send_messages(struct udp *self, struct mmsghdr *messages, size_t count)
{
    size_t done = 0;
    while (done < count) {
        int n = sendmmsg(self->source.fd, messages + done, (unsigned)(count - done), 0);
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

/* What the faults of a device make of reply n, if there is one: a forgery goes out before it, it
 * leaves late or twice. */
static void send_faulty(struct udp *self, size_t n, bool answered)
{
    const struct zsnmp_sim_agent *agent = self->agent;
    if (agent->has_forged) {
        struct iovec forged = {agent->forged.head,
                               (size_t)(agent->forged.tail - agent->forged.head)};
        struct mmsghdr one = {.msg_hdr = self->out[n].msg_hdr};
        one.msg_hdr.msg_iov = &forged;
        send_messages(self, &one, 1);
    }
    for (int copies = agent->fault.duplicate ? 2 : 1; answered && copies > 0; copies--) {
        if (agent->fault.delay_ms > 0) {
            zsnmp_sim_loop_delay(self->loop, agent->fault.delay_ms, self->source.fd,
                                 &self->out[n].msg_hdr);
        } else {
            send_messages(self, &self->out[n], 1);
        }
    }
}

static void answer_all(struct udp *self, int n)
{
    size_t replies = 0;
    for (int i = 0; i < n; i++) {
        bool answered = answer(self, (size_t)i, replies);
        if (self->agent->faulty) {
            send_messages(self, self->out, replies); /* the order stays */
            send_faulty(self, replies, answered);
            replies = 0;
        } else {
            replies += answered;
        }
    }
    send_messages(self, self->out, replies);
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
    free(self->in_data);
    free(self->out_data);
    free(self);
    *source = NULL;
}
