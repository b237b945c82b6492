/*
 * The connection to a broker: a DEALER socket, what it last heard, and how long
 * it may be silent. Knows nothing of what is asked. It never waits without a
 * bound.
 */
#ifndef ZSNMP_CLI_CLIENT_H
#define ZSNMP_CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "base/buf.h"

#define ZSNMP_CLI_MESSAGE_BYTES_MAX (512ll * 1024 * 1024) /* a larger frame ends the connection */
#define ZSNMP_CLI_TICK_MS 100 /* the longest wait in one go, for progress and signals */

struct zsnmp_cli_client {
    void *context;
    void *socket;
    const char *endpoint;
    uint32_t silence_ms; /* the broker is held to be gone after this */
    int64_t heard_us;    /* when anything came last, or when it was first asked */
    int64_t pinged_us;
};

enum zsnmp_cli_heard {
    ZSNMP_CLI_MESSAGE = 1,
    ZSNMP_CLI_NOTHING, /* within the tick */
    ZSNMP_CLI_SILENT,  /* for silence_ms: the broker is gone */
    ZSNMP_CLI_BROKEN   /* the socket failed; errno says why */
};

/* Connects, which needs no broker yet. false: errno says why; nothing is left to close. */
bool zsnmp_cli_client_open(struct zsnmp_cli_client *self, const char *endpoint,
                           uint32_t silence_ms);

/* Hands what was sent to ZeroMQ for at most linger_ms, and closes. */
void zsnmp_cli_client_close(struct zsnmp_cli_client *self, int linger_ms);

/* Sends one body. false: errno says why. */
bool zsnmp_cli_client_send(struct zsnmp_cli_client *self, const struct zsnmp_buf *body);

/*
 * Waits for at most wait_ms, which ends early on a signal. A message must be
 * closed by the caller. While nothing comes, the broker is asked for a ping, so
 * that a device that takes its time does not look like a dead broker.
 */
enum zsnmp_cli_heard zsnmp_cli_client_receive(struct zsnmp_cli_client *self, zmq_msg_t *message,
                                              int wait_ms);

/* The broker owes nothing any more, or is asked for the first time: silence counts from now. */
void zsnmp_cli_client_restart(struct zsnmp_cli_client *self);

/* The id of the pings that receive sends; their replies carry nothing for anybody. */
#define ZSNMP_CLI_PING_ID UINT64_MAX

#endif
