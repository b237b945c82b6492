/*
 * The connection to a broker; see client.h.
 */
#include "client.h"

#include <errno.h>

#include "base/clock.h"
#include "request.h"

#define PINGS_A_SILENCE 4 /* how often a silent broker is asked before it is held to be gone */
#define BODY_MAX 4096u    /* bytes of a ping */

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

/* No high-water marks: the window of requests bounds what can wait in either direction. */
static bool configure(void *socket)
{
    int64_t size = ZSNMP_CLI_MESSAGE_BYTES_MAX;
    return set_int(socket, ZMQ_SNDHWM, 0) && set_int(socket, ZMQ_RCVHWM, 0) &&
           set_int(socket, ZMQ_IPV6, 1) && set_int(socket, ZMQ_RECONNECT_IVL_MAX, 1000) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &size, sizeof(size)) == 0;
}

bool zsnmp_cli_client_open(struct zsnmp_cli_client *self, const char *endpoint, uint32_t silence_ms)
{
    *self = (struct zsnmp_cli_client){.endpoint = endpoint, .silence_ms = silence_ms};
    self->context = zmq_ctx_new();
    if (self->context == NULL) {
        return false;
    }
    self->socket = zmq_socket(self->context, ZMQ_DEALER);
    if (self->socket != NULL && configure(self->socket) &&
        zmq_connect(self->socket, endpoint) == 0) {
        zsnmp_cli_client_restart(self);
        return true;
    }
    int why = errno;
    zsnmp_cli_client_close(self, 0);
    errno = why;
    return false;
}

void zsnmp_cli_client_close(struct zsnmp_cli_client *self, int linger_ms)
{
    if (self->socket != NULL) {
        (void)set_int(self->socket, ZMQ_LINGER, linger_ms);
        (void)zmq_close(self->socket);
        self->socket = NULL;
    }
    if (self->context != NULL) {
        while (zmq_ctx_term(self->context) != 0 && errno == EINTR) {
        }
        self->context = NULL;
    }
}

void zsnmp_cli_client_restart(struct zsnmp_cli_client *self)
{
    self->heard_us = self->pinged_us = zsnmp_clock_us();
}

bool zsnmp_cli_client_send(struct zsnmp_cli_client *self, const struct zsnmp_buf *body)
{
    if (body->failed) {
        errno = ENOMEM;
        return false;
    }
    for (;;) {
        if (zmq_send(self->socket, body->data, body->len, ZMQ_DONTWAIT) >= 0) {
            return true;
        }
        if (errno != EINTR) {
            return false;
        }
    }
}

static bool ping(struct zsnmp_cli_client *self, int64_t now_us)
{
    struct zsnmp_buf body;
    zsnmp_buf_init(&body, BODY_MAX);
    struct zsnmp_cli_options none = {.command = ZSNMP_CLI_PING};
    zsnmp_cli_request_put_admin(&body, &none, ZSNMP_CLI_PING_ID, ZSNMP_CLI_PING);
    bool sent = zsnmp_cli_client_send(self, &body);
    zsnmp_buf_clear(&body);
    self->pinged_us = now_us;
    return sent;
}

static enum zsnmp_cli_heard hear_nothing(struct zsnmp_cli_client *self)
{
    int64_t now_us = zsnmp_clock_us();
    int64_t silence_us = (int64_t)self->silence_ms * 1000;
    if (now_us - self->heard_us >= silence_us) {
        return ZSNMP_CLI_SILENT;
    }
    if (now_us - self->pinged_us >= silence_us / PINGS_A_SILENCE && !ping(self, now_us)) {
        return ZSNMP_CLI_BROKEN;
    }
    return ZSNMP_CLI_NOTHING;
}

/* Frames before the last are a delimiter, or somebody else's habit: the last is the body. */
static bool receive_last(void *socket, zmq_msg_t *message)
{
    for (;;) {
        if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        if (!zmq_msg_more(message)) {
            return true;
        }
    }
}

/* Short enough to ping in time where little silence is allowed. */
static int bounded_wait(const struct zsnmp_cli_client *self, int wait_ms)
{
    uint32_t part_ms = self->silence_ms / (2 * PINGS_A_SILENCE) + 1;
    return (uint32_t)wait_ms < part_ms ? wait_ms : (int)part_ms;
}

enum zsnmp_cli_heard zsnmp_cli_client_receive(struct zsnmp_cli_client *self, zmq_msg_t *message,
                                              int wait_ms)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
    int count = zmq_poll(&item, 1, bounded_wait(self, wait_ms));
    if (count < 0 && errno != EINTR) {
        return ZSNMP_CLI_BROKEN;
    }
    if (count <= 0) {
        return hear_nothing(self);
    }
    (void)zmq_msg_init(message);
    if (!receive_last(self->socket, message)) {
        int why = errno;
        (void)zmq_msg_close(message);
        errno = why;
        return why == EAGAIN ? hear_nothing(self) : ZSNMP_CLI_BROKEN;
    }
    self->heard_us = self->pinged_us = zsnmp_clock_us();
    return ZSNMP_CLI_MESSAGE;
}
