/*
 * SNMP over TCP (RFC 3430): the BER length of each message is the framing. A client that does not
 * read its replies is not read from either, so that a connection never holds more than one
 * message each way. What is not framed as a message ends the connection.
 */
#include "sim/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define IN_SIZE ZSNMP_SIM_MESSAGE_MAX
#define OUT_SIZE (ZSNMP_SIM_HEADROOM + ZSNMP_SIM_MESSAGE_MAX + 64)
/* Connections taken, and messages answered, in one go. */
#define ACCEPTS 64
#define MESSAGES 64

struct connection;

struct listener {
    struct zsnmp_sim_source source;
    struct zsnmp_sim_loop *loop;
    bool allow_remote;
    int spare; /* given up for a moment where descriptors run out */
    size_t count;
    struct connection *first;
};

struct connection {
    struct zsnmp_sim_source source;
    struct listener *listener;
    struct connection *next;
    struct connection *previous;
    uint64_t key;
    size_t in_len;
    size_t pending_len; /* of the reply that did not fit the socket's buffer */
    const uint8_t *pending;
    uint8_t in[IN_SIZE];
    uint8_t out[OUT_SIZE];
};

static void destroy(struct connection *c)
{
    struct listener *l = c->listener;
    if (c->previous == NULL) {
        l->first = c->next;
    } else {
        c->previous->next = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    l->count--;
    (void)close(c->source.fd);
    free(c);
}

/* Sends what is pending; false if the connection is broken. */
static bool flush(struct connection *c)
{
    while (c->pending_len > 0) {
        ssize_t n = send(c->source.fd, c->pending, c->pending_len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        c->pending += n;
        c->pending_len -= (size_t)n;
    }
    return true;
}

/* Answers one message of in; false if the connection is broken. */
static bool answer(struct connection *c, size_t len)
{
    struct zsnmp_sim_agent *agent = zsnmp_sim_loop_agent(c->listener->loop);
    struct zsnmp_sim_out out;
    zsnmp_sim_out_start(&out, c->out, ZSNMP_SIM_MESSAGE_MAX);
    zsnmp_sim_count(&agent->stats.tcp_messages_in);
    if (!zsnmp_sim_agent_answer(agent, c->key, c->in, len, &out)) {
        return true;
    }
    zsnmp_sim_count(&agent->stats.tcp_messages_out);
    c->pending = out.head;
    c->pending_len = (size_t)(out.tail - out.head);
    return flush(c);
}

/* Answers whole messages while replies go out; false if the connection must end. */
static bool answer_all(struct connection *c)
{
    for (int i = 0; i < MESSAGES && c->pending_len == 0; i++) {
        long frame = zsnmp_sim_ber_frame(c->in, c->in_len);
        if (frame < 0) {
            return false;
        }
        if (frame == 0 || (size_t)frame > c->in_len) {
            return true;
        }
        if (!answer(c, (size_t)frame)) {
            return false;
        }
        c->in_len -= (size_t)frame;
        memmove(c->in, c->in + frame, c->in_len);
    }
    return true;
}

/* Reads what there is; false at the end of the stream or an error. */
static bool fill(struct connection *c)
{
    if (c->in_len == sizeof c->in) {
        return true; /* more messages than one go answers */
    }
    ssize_t n = recv(c->source.fd, c->in + c->in_len, sizeof c->in - c->in_len, MSG_DONTWAIT);
    if (n > 0) {
        c->in_len += (size_t)n;
        return true;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Are there whole messages left that no further event would tell of? */
static bool has_message(const struct connection *c)
{
    long frame = zsnmp_sim_ber_frame(c->in, c->in_len);
    return frame != 0 && (frame < 0 || (size_t)frame <= c->in_len);
}

static void connection_ready(struct zsnmp_sim_source *source, uint32_t events)
{
    struct connection *c = (struct connection *)source;
    bool ok = (events & EPOLLERR) == 0 && flush(c);
    if (ok && c->pending_len == 0 && (events & (EPOLLIN | EPOLLHUP)) != 0) {
        ok = fill(c);
    }
    ok = ok && answer_all(c);
    /* A socket that can be written is ready at once: the loop comes back for the rest. */
    bool out = ok && (c->pending_len > 0 || has_message(c));
    if (!ok || !zsnmp_sim_loop_change(c->listener->loop, source, out ? EPOLLOUT : EPOLLIN)) {
        destroy(c);
    }
}

static uint64_t local_key(int fd)
{
    struct sockaddr_storage local;
    socklen_t len = sizeof local;
    if (getsockname(fd, (struct sockaddr *)&local, &len) != 0) {
        return 0;
    }
    if (local.ss_family == AF_INET) {
        return zsnmp_sim_key_v4(ntohl(((struct sockaddr_in *)&local)->sin_addr.s_addr));
    }
    return zsnmp_sim_key_v6(&((struct sockaddr_in6 *)&local)->sin6_addr);
}

static void open_connection(struct listener *l, int fd)
{
    struct connection *c = l->count < CONNECTIONS_MAX ? malloc(sizeof *c) : NULL;
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* slower without, not wrong */
    if (c == NULL) {
        (void)close(fd);
        return;
    }
    c->source = (struct zsnmp_sim_source){fd, connection_ready};
    c->listener = l;
    c->key = local_key(fd);
    c->in_len = 0;
    c->pending_len = 0;
    c->pending = c->out;
    c->previous = NULL;
    c->next = l->first;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    l->first = c;
    l->count++;
    zsnmp_sim_count(&zsnmp_sim_loop_agent(l->loop)->stats.tcp_connections);
    if (!zsnmp_sim_loop_add(l->loop, &c->source, EPOLLIN)) {
        destroy(c);
    }
}

/* No descriptor left: without this the waiting connection would wake the loop for ever. */
static void turn_away(struct listener *l)
{
    if (l->spare >= 0) {
        (void)close(l->spare);
    }
    int fd = accept(l->source.fd, NULL, NULL);
    if (fd >= 0) {
        (void)close(fd);
    }
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void listener_ready(struct zsnmp_sim_source *source, uint32_t events)
{
    struct listener *l = (struct listener *)source;
    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd = accept4(source->fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE) {
                turn_away(l);
            }
            return;
        }
        if (!l->allow_remote && !zsnmp_sim_is_loopback(&peer)) {
            zsnmp_sim_count(&zsnmp_sim_loop_agent(l->loop)->stats.dropped_source);
            (void)close(fd);
            continue;
        }
        open_connection(l, fd);
    }
}

struct zsnmp_sim_source *zsnmp_sim_tcp_new(struct zsnmp_sim_loop *loop, int fd, bool allow_remote)
{
    struct listener *l = calloc(1, sizeof *l);
    if (l == NULL) {
        (void)close(fd);
        return NULL;
    }
    l->source = (struct zsnmp_sim_source){fd, listener_ready};
    l->loop = loop;
    l->allow_remote = allow_remote;
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct zsnmp_sim_source *source = &l->source;
    if (!zsnmp_sim_loop_add(loop, source, EPOLLIN)) {
        zsnmp_sim_tcp_destroy(&source);
    }
    return source;
}

void zsnmp_sim_tcp_destroy(struct zsnmp_sim_source **source)
{
    struct listener *l = (struct listener *)*source;
    if (l == NULL) {
        return;
    }
    while (l->first != NULL) {
        destroy(l->first);
    }
    (void)close(l->source.fd);
    if (l->spare >= 0) {
        (void)close(l->spare);
    }
    free(l);
    *source = NULL;
}
