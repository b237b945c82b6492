/*
 * The link to a broker: a DEALER, and the monitor that tells when its connection
 * breaks. Knows nothing of what is said. It never blocks.
 */
#ifndef ZSNMPC_LINK_H
#define ZSNMPC_LINK_H

#include <zmq.h>

#include "zsnmpc.h"

#define KEY_SIZE 41u /* characters of a CURVE key as Z85, with its NUL */

/* How to connect; it can be done again and again. */
struct address {
    void *context;
    char *endpoint;
    bool curve;
    char server_key[KEY_SIZE];
    char public_key[KEY_SIZE];
    char secret_key[KEY_SIZE];
};

struct link {
    void *socket; /* NULL: closed */
    void *monitor;
    int socket_fd;
    int monitor_fd;
};

/* Connects, which needs no broker. false: errno says why, and it is closed. */
bool zsnmpc_link_open(struct link *self, const struct address *address);

/* Drops all that waits in it. */
void zsnmpc_link_close(struct link *self);

/* Sends one body. false: errno says why. */
bool zsnmpc_link_send(struct link *self, const void *data, size_t len);

/*
 * The last frame of the next message that is there; those before it are a
 * delimiter, or somebody else's habit. To be closed where true. false: errno is
 * EAGAIN where there is none.
 */
bool zsnmpc_link_receive(struct link *self, zmq_msg_t *message);

/* Whether the connection has broken since this was asked last. */
bool zsnmpc_link_broke(struct link *self);

/* Whether a message is there. Sending may take away the sign of it on socket_fd. */
bool zsnmpc_link_has_message(struct link *self);

#endif
