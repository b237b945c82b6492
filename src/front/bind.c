/*
 * Makes the ROUTER socket and binds it. Must never take a socket file away
 * from a program that still listens on it.
 */
#include "front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ENDPOINT_TEXT_MAX 512u
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 15
#define KEEPALIVE_COUNT 4

static const char ipc_scheme[] = "ipc://";
static const size_t ipc_scheme_len = sizeof ipc_scheme - 1;

struct int_option {
    int name;
    int value;
};

static bool set_ints(void *socket, const struct int_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int)) != 0) {
            return false;
        }
    }
    return true;
}

/*
 * MANDATORY: a send tells that a client is gone or full. HANDOVER: a client
 * with a routing id of its own that comes back before its old connection is
 * known to be dead would otherwise never be heard. Dead hosts are found by TCP
 * keep-alive and not by ZMTP heartbeats: these would also end the connection
 * of a client that is alive but reads late, and with it its replies.
 */
static bool configure(struct zsnmp_server *self)
{
    const zsnmp_server_options_t *o = &self->options;
    const struct int_option options[] = {
        {ZMQ_ROUTER_MANDATORY, 1},
        {ZMQ_ROUTER_HANDOVER, 1},
        {ZMQ_SNDHWM, (int)o->hwm},
        {ZMQ_RCVHWM, (int)o->hwm},
        {ZMQ_HANDSHAKE_IVL, (int)o->handshake_ms},
        {ZMQ_LINGER, 0},
        {ZMQ_BACKLOG, 1024},
        {ZMQ_TCP_KEEPALIVE, 1},
        {ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S},
        {ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_S},
        {ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_COUNT},
    };
    int64_t message_max = o->message_max;
    return set_ints(self->router, options, sizeof options / sizeof options[0]) &&
           zmq_setsockopt(self->router, ZMQ_MAXMSGSIZE, &message_max, sizeof message_max) == 0;
}

/* libzmq takes port 70000 for 4464. */
static int check_tcp(const char *endpoint)
{
    static const char tcp_scheme[] = "tcp://";
    const char *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, tcp_scheme, sizeof tcp_scheme - 1) != 0 || colon == NULL ||
        colon[1] < '0' || colon[1] > '9') {
        return 0;
    }
    char *end;
    unsigned long port = strtoul(colon + 1, &end, 10);
    return *end == '\0' && port <= UINT16_MAX ? 0 : EINVAL;
}

/* 0: nobody listens there; else an errno. */
static int try_connect(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return errno;
    }
    int rc = connect(fd, (const struct sockaddr *)address, sizeof *address);
    int failure = rc == 0 || errno == EAGAIN ? EADDRINUSE : 0;
    close(fd);
    return failure;
}

/*
 * libzmq removes whatever file has the name of an ipc endpoint. A socket that
 * nobody answers on is a left-over and may go; all else is an error.
 */
static int check_ipc(const char *endpoint)
{
    if (strncmp(endpoint, ipc_scheme, ipc_scheme_len) != 0) {
        return 0;
    }
    const char *path = endpoint + ipc_scheme_len;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    memcpy(address.sun_path, path, len);
    struct stat info;
    if (path[0] == '@' || path[0] == '*' || lstat(path, &info) != 0) {
        return 0;
    }
    return S_ISSOCK(info.st_mode) ? try_connect(&address) : EEXIST;
}

/* libzmq leaves the files of its ipc endpoints behind. To be called while they are still bound. */
void zsnmp_front_unlink(struct zsnmp_server *self)
{
    for (size_t i = 0; i < self->endpoint_count; i++) {
        const char *endpoint = self->endpoints[i];
        if (strncmp(endpoint, ipc_scheme, ipc_scheme_len) == 0 && endpoint[ipc_scheme_len] != '@') {
            (void)unlink(endpoint + ipc_scheme_len);
        }
    }
}

static char *last_endpoint(void *router)
{
    char text[ENDPOINT_TEXT_MAX];
    size_t len = sizeof text;
    return zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, text, &len) == 0 ? strdup(text) : NULL;
}

static zsnmp_err_t bind_one(struct zsnmp_server *self, const char *endpoint)
{
    /* As ZeroMQ does by default, names and "*" mean IPv4; only a literal in brackets is IPv6. */
    int ipv6 = strchr(endpoint, '[') != NULL;
    int fault = check_tcp(endpoint);
    fault = fault != 0 ? fault : check_ipc(endpoint);
    if (fault != 0) {
        errno = fault;
        return ZSNMP_E_BAD_ADDRESS;
    }
    if (zmq_setsockopt(self->router, ZMQ_IPV6, &ipv6, sizeof ipv6) != 0 ||
        zmq_bind(self->router, endpoint) != 0) {
        return ZSNMP_E_BAD_ADDRESS;
    }
    char *bound = last_endpoint(self->router);
    if (bound == NULL) {
        return ZSNMP_E_INTERNAL;
    }
    self->endpoints[self->endpoint_count++] = bound;
    return ZSNMP_OK;
}

zsnmp_err_t zsnmp_front_bind(struct zsnmp_server *self, const char *const *endpoints)
{
    self->router = zmq_socket(self->context, ZMQ_ROUTER);
    size_t len = sizeof self->router_fd;
    if (self->router == NULL || !configure(self) ||
        zmq_getsockopt(self->router, ZMQ_FD, &self->router_fd, &len) != 0) {
        return ZSNMP_E_INTERNAL;
    }
    for (size_t i = 0; endpoints[i] != NULL; i++) {
        zsnmp_err_t err =
            i < ZSNMP_ENDPOINTS_MAX ? bind_one(self, endpoints[i]) : ZSNMP_E_BAD_REQUEST;
        if (err != ZSNMP_OK) {
            return err;
        }
    }
    return self->endpoint_count > 0 ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}
