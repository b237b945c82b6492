/*
 * Opening the sockets. All of them have one port number, over UDP and TCP and both families; a
 * free one is found by trying, as the kernel picks per protocol.
 */
#include "sim/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES 32
#define BACKLOG 1024

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct plan {
    bool v4;
    bool v6;
    bool v6_wanted; /* asked for by name: must work */
    struct in_addr address4;
    struct in6_addr address6;
};

static bool make_plan(struct plan *plan, const char *bind_to)
{
    memset(plan, 0, sizeof *plan);
    plan->address4.s_addr = htonl(INADDR_ANY);
    plan->address6 = in6addr_loopback;
    plan->v4 = bind_to == NULL || inet_pton(AF_INET, bind_to, &plan->address4) == 1;
    plan->v6_wanted = bind_to != NULL && inet_pton(AF_INET6, bind_to, &plan->address6) == 1;
    plan->v6 = bind_to == NULL || plan->v6_wanted;
    return plan->v4 || plan->v6;
}

static socklen_t make_address(union address *a, const struct plan *plan, int family, uint16_t port)
{
    memset(a, 0, sizeof *a);
    if (family == AF_INET) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_addr = plan->address4;
        a->v4.sin_port = htons(port);
        return sizeof a->v4;
    }
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_addr = plan->address6;
    a->v6.sin6_port = htons(port);
    return sizeof a->v6;
}

static bool set_on(int fd, int level, int name)
{
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof on) == 0;
}

/* As much as we may have: root may go beyond the system's limit. */
static void set_buffers(int fd, int size)
{
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
}

/* A bound socket, listening if it is a stream; -1 and errno where that fails. *port: 0 for any,
 * and then the one it got. */
static int open_one(const struct plan *plan, int family, int type, bool share, int rcvbuf,
                    uint16_t *port)
{
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK * (type == SOCK_STREAM), 0);
    if (fd < 0) {
        return -1;
    }
    union address a;
    socklen_t len = make_address(&a, plan, family, *port);
    bool ok = (family != AF_INET6 || set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
              (type != SOCK_STREAM || set_on(fd, SOL_SOCKET, SO_REUSEADDR)) &&
              (!share || set_on(fd, SOL_SOCKET, SO_REUSEPORT)) &&
              (type != SOCK_DGRAM || family != AF_INET || set_on(fd, IPPROTO_IP, IP_PKTINFO));
    if (type == SOCK_DGRAM) {
        set_buffers(fd, rcvbuf);
    }
    ok = ok && bind(fd, &a.any, len) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0) &&
         getsockname(fd, &a.any, &len) == 0;
    if (!ok) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
    }
    *port = ntohs(family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    return fd;
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

static void close_all(struct zsnmp_sim_sockets *s)
{
    for (size_t i = 0; i < s->threads; i++) {
        close_one(&s->udp4[i]);
    }
    close_one(&s->udp6);
    close_one(&s->tcp4);
    close_one(&s->tcp6);
}

/* The first socket is bound alone even where several will share the port, so that a port another
 * process shares with itself is found taken. */
static bool is_free(const struct plan *plan, uint16_t port)
{
    uint16_t want = port;
    int fd = open_one(plan, AF_INET, SOCK_DGRAM, false, 0, &want);
    if (fd < 0) {
        return false;
    }
    (void)close(fd);
    return true;
}

static bool open_v4(struct zsnmp_sim_sockets *s, const struct plan *plan,
                    const struct zsnmp_sim_options *options)
{
    bool share = s->threads > 1;
    if (share && s->port != 0 && !is_free(plan, s->port)) {
        return false;
    }
    for (size_t i = 0; i < s->threads; i++) {
        s->udp4[i] = open_one(plan, AF_INET, SOCK_DGRAM, share, options->rcvbuf, &s->port);
        if (s->udp4[i] < 0) {
            return false;
        }
    }
    s->tcp4 = open_one(plan, AF_INET, SOCK_STREAM, false, 0, &s->port);
    return s->tcp4 >= 0;
}

static bool open_v6(struct zsnmp_sim_sockets *s, const struct plan *plan,
                    const struct zsnmp_sim_options *options)
{
    s->udp6 = open_one(plan, AF_INET6, SOCK_DGRAM, false, options->rcvbuf, &s->port);
    if (s->udp6 >= 0) {
        s->tcp6 = open_one(plan, AF_INET6, SOCK_STREAM, false, 0, &s->port);
    }
    s->key_v6 = zsnmp_sim_key_v6(&plan->address6);
    bool absent = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
    return s->tcp6 >= 0 || (absent && !plan->v6_wanted);
}

bool zsnmp_sim_sockets_open(struct zsnmp_sim_sockets *s, const struct zsnmp_sim_options *options)
{
    struct plan plan;
    if (!make_plan(&plan, options->bind)) {
        (void)fprintf(stderr, "zsnmp-sim: %s: no address\n", options->bind);
        return false;
    }
    s->threads = plan.v4 ? options->threads : 1;
    s->udp6 = s->tcp4 = s->tcp6 = -1;
    for (size_t i = 0; i < ZSNMP_SIM_THREADS_MAX; i++) {
        s->udp4[i] = -1;
    }
    for (int i = 0; i < TRIES; i++) {
        s->port = options->port;
        errno = 0;
        if ((!plan.v4 || open_v4(s, &plan, options)) && (!plan.v6 || open_v6(s, &plan, options))) {
            return true;
        }
        int error = errno;
        close_all(s);
        errno = error;
        if (options->port != 0 || error != EADDRINUSE) {
            break;
        }
    }
    (void)fprintf(stderr, "zsnmp-sim: cannot listen on port %u: %s\n", options->port,
                  strerror(errno));
    return false;
}
