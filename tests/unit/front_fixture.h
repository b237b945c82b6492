/*
 * A server without its thread: a ROUTER and what the sending side needs, so
 * that tests call its functions one by one.
 */
#ifndef FRONT_FIXTURE_H
#define FRONT_FIXTURE_H

#include "front/front.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct front_fixture {
    struct zsnmp_server server;
    void *context;
};

static inline struct front_fixture *front_fixture_new(int hwm)
{
    struct front_fixture *self = calloc(1, sizeof *self);
    struct zsnmp_server *server = &self->server;
    int mandatory = 1;
    int linger = 0;
    self->context = zmq_ctx_new();
    zsnmp_server_options_init(&server->options);
    server->router = zmq_socket(self->context, ZMQ_ROUTER);
    server->retry_us = INT64_MAX;
    zmq_setsockopt(server->router, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory);
    zmq_setsockopt(server->router, ZMQ_SNDHWM, &hwm, sizeof hwm);
    zmq_setsockopt(server->router, ZMQ_LINGER, &linger, sizeof linger);
    cr_assert_eq(zmq_bind(server->router, "inproc://front"), 0);
    zsnmp_map_init(&server->clients);
    zsnmp_list_init(&server->idle);
    zsnmp_list_init(&server->dirty);
    zsnmp_list_init(&server->stuck);
    zsnmp_list_init(&server->parts);
    zsnmp_buf_init(&server->head, ZSNMP_ARRAY_HEAD);
    zsnmp_buf_init(&server->scratch, ZSNMP_REPLY_ROOM);
    return self;
}

static inline void front_fixture_free(struct front_fixture *self)
{
    zsnmp_front_lost(&self->server);
    zsnmp_clients_clear(&self->server);
    zsnmp_buf_clear(&self->server.head);
    zsnmp_buf_clear(&self->server.scratch);
    cr_assert_eq(zmq_ctx_term(self->context), 0);
    free(self);
}

/* A DEALER with a routing id that the server has heard of. */
static inline void *front_fixture_dealer(struct front_fixture *self, const char *id, int hwm)
{
    void *dealer = zmq_socket(self->context, ZMQ_DEALER);
    int zero = 0;
    char buf[64];
    zmq_setsockopt(dealer, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(dealer, ZMQ_RCVHWM, &hwm, sizeof hwm);
    zmq_setsockopt(dealer, ZMQ_ROUTING_ID, id, strlen(id));
    cr_assert_eq(zmq_connect(dealer, "inproc://front"), 0);
    cr_assert_eq(zmq_send(dealer, "x", 1, 0), 1);
    cr_assert_eq(zmq_recv(self->server.router, buf, sizeof buf, 0), (int)strlen(id));
    cr_assert_eq(zmq_recv(self->server.router, buf, sizeof buf, 0), 1);
    return dealer;
}

/* The front polls each round, which is when ZeroMQ learns what its peers have taken. */
static inline void front_fixture_poll(struct front_fixture *self)
{
    if (self->server.router != NULL) {
        zmq_pollitem_t item = {.socket = self->server.router, .events = ZMQ_POLLIN};
        cr_assert_geq(zmq_poll(&item, 1, 0), 0);
    }
}

/* Sends len bytes whose first is tag; false: there was no room. */
static inline bool front_fixture_send(struct front_fixture *self, struct zsnmp_client *client,
                                      uint8_t tag, size_t len)
{
    struct zsnmp_buf buf;
    zsnmp_buf_init(&buf, len + 1);
    uint8_t *to = zsnmp_buf_reserve(&buf, len);
    cr_assert_not_null(to);
    memset(to, 0, len);
    to[0] = tag;
    buf.len = len;
    front_fixture_poll(self);
    bool kept = zsnmp_front_send(&self->server, client, &buf, 0, 1, false);
    zsnmp_buf_clear(&buf);
    return kept;
}

/* The tag of the next message, or -1 where none is there. */
static inline int front_fixture_tag(void *dealer)
{
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    int tag = -1;
    if (zmq_msg_recv(&msg, dealer, ZMQ_DONTWAIT) > 0) {
        tag = *(uint8_t *)zmq_msg_data(&msg);
    }
    zmq_msg_close(&msg);
    return tag;
}

#endif
