/*
 * Sockets; see link.h.
 */
#include "link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define RECEIVE_HWM 1000                  /* messages: beyond it the broker has to wait */
#define RECONNECT_MAX_MS 1000             /* the longest pause between attempts to connect */
#define MESSAGE_MAX (512ll * 1024 * 1024) /* bytes: a larger frame ends the connection */
#define MONITOR_NAME 96u

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool get_int(void *socket, int option, int *value)
{
    size_t size = sizeof(*value);
    return zmq_getsockopt(socket, option, value, &size) == 0;
}

/* What is sent is bounded by the calls that may be under way, not here. */
static bool configure(void *socket)
{
    int64_t size = MESSAGE_MAX;
    return set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_SNDHWM, 0) &&
           set_int(socket, ZMQ_RCVHWM, RECEIVE_HWM) && set_int(socket, ZMQ_IPV6, 1) &&
           set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof(size)) == 0;
}

static bool set_keys(void *socket, const struct address *address)
{
    return !address->curve ||
           (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, address->server_key, KEY_SIZE) == 0 &&
            zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, address->public_key, KEY_SIZE) == 0 &&
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, address->secret_key, KEY_SIZE) == 0);
}

/*
 * The name must be unique in the context. No two sockets have one address at a time, but ZeroMQ may
 * free a socket before it forgets the name of its monitor.
 */
static bool watch(struct link *self, void *context)
{
    char name[MONITOR_NAME];
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(name, sizeof(name), "inproc://zsnmpc-%" PRIxPTR "-%jd-%ld",
                   (uintptr_t)self->socket, (intmax_t)now.tv_sec, now.tv_nsec);
    self->monitor = zmq_socket(context, ZMQ_PAIR);
    /* Without a limit: events that nobody reads would in the end stop ZeroMQ's thread. */
    return self->monitor != NULL && set_int(self->monitor, ZMQ_LINGER, 0) &&
           set_int(self->monitor, ZMQ_RCVHWM, 0) &&
           zmq_socket_monitor(self->socket, name, ZMQ_EVENT_DISCONNECTED) == 0 &&
           zmq_connect(self->monitor, name) == 0;
}

bool zsnmpc_link_open(struct link *self, const struct address *address)
{
    *self = (struct link){.socket = zmq_socket(address->context, ZMQ_DEALER)};
    if (self->socket != NULL && configure(self->socket) && set_keys(self->socket, address) &&
        watch(self, address->context) && zmq_connect(self->socket, address->endpoint) == 0 &&
        get_int(self->socket, ZMQ_FD, &self->socket_fd) &&
        get_int(self->monitor, ZMQ_FD, &self->monitor_fd)) {
        return true;
    }
    int why = errno;
    zsnmpc_link_close(self);
    errno = why;
    return false;
}

void zsnmpc_link_close(struct link *self)
{
    if (self->socket != NULL) {
        (void)zmq_socket_monitor(self->socket, NULL, 0);
        (void)zmq_close(self->socket);
        self->socket = NULL;
    }
    if (self->monitor != NULL) {
        (void)zmq_close(self->monitor);
        self->monitor = NULL;
    }
}

bool zsnmpc_link_send(struct link *self, const void *data, size_t len)
{
    while (zmq_send(self->socket, data, len, ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool receive_frame(void *socket, zmq_msg_t *message)
{
    while (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool zsnmpc_link_receive(struct link *self, zmq_msg_t *message)
{
    (void)zmq_msg_init(message);
    do {
        if (!receive_frame(self->socket, message)) {
            int why = errno;
            (void)zmq_msg_close(message);
            errno = why;
            return false;
        }
    } while (zmq_msg_more(message));
    return true;
}

/* An event is two frames; it was asked for one kind only. */
bool zsnmpc_link_broke(struct link *self)
{
    bool broke = false;
    zmq_msg_t frame;
    (void)zmq_msg_init(&frame);
    while (receive_frame(self->monitor, &frame)) {
        broke = true;
    }
    (void)zmq_msg_close(&frame);
    return broke;
}

bool zsnmpc_link_has_message(struct link *self)
{
    int events = 0;
    return get_int(self->socket, ZMQ_EVENTS, &events) && (events & ZMQ_POLLIN) != 0;
}
