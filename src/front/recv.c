/*
 * Receiving: frames, bodies, messages, and requests into the pool's feed.
 * Nothing that a client sends may stop this, and each message in a body leads
 * to exactly one reply.
 */
#include "front.h"

#include <errno.h>
#include <stdlib.h>

static bool is_snmp(const struct zsnmp_wire_call *call)
{
    return call->kind == ZSNMP_WIRE_SNMP;
}

/* By client and id, so that a client can cancel its own requests and no one else's. */
static uint64_t handle_of(struct zsnmp_server *self, const struct zsnmp_client *client,
                          const uint8_t *id, size_t id_len)
{
    return id_len > 0 ? zsnmp_front_handle(client, id, id_len) : zsnmp_pool_handle(self->pool);
}

/* The reply names the peer, which lives in the request. */
static void refuse_request(struct zsnmp_server *self, const struct zsnmp_route *route,
                           struct zsnmp_wire_call *call, zsnmp_err_t err)
{
    call->peer = call->request->peer;
    zsnmp_front_refuse(self, route, call, err, NULL);
    zsnmp_request_free(call->request);
}

static void submit(struct zsnmp_server *self, const struct zsnmp_route *route,
                   struct zsnmp_wire_call *call)
{
    struct zsnmp_request *request = call->request;
    uintptr_t shape =
        (route->delimiter ? ZSNMP_SHAPE_DELIMITER : 0u) | (route->array ? ZSNMP_SHAPE_ARRAY : 0u);
    request->complete = zsnmp_front_encode;
    request->part = zsnmp_front_part;
    request->reply_to = &self->mailbox;
    request->owner = route->client;
    request->batch = route->batch;
    request->arg = (void *)shape;
    request->handle = handle_of(self, route->client, call->id, call->id_len);
    request->accepted_us = self->now_us;
    zsnmp_err_t err = zsnmp_feed_add(&self->feed, request);
    if (err == ZSNMP_OK) {
        route->client->unanswered++;
        return;
    }
    refuse_request(self, route, call, err);
}

static bool within_window(const struct zsnmp_server *self, const struct zsnmp_client *client)
{
    return (uint64_t)client->unanswered + client->pending < self->options.client_window;
}

/*
 * Whether requests are to be turned away before they cost anything more: where more comes than can
 * be done, reading all of what is refused would leave less time for the rest. What is kept for
 * clients that do not read takes memory as well.
 */
static bool is_full(const struct zsnmp_server *self, const struct zsnmp_client *client)
{
    return self->state == ZSNMP_FRONT_RUNNING &&
           !(within_window(self, client) &&
             zsnmp_pool_has_room(self->pool, self->stats.backlog_bytes));
}

static zsnmp_err_t admit(const struct zsnmp_server *self, const struct zsnmp_client *client,
                         const struct zsnmp_wire_call *call)
{
    if (is_snmp(call)) {
        return self->state == ZSNMP_FRONT_RUNNING ? ZSNMP_OK : ZSNMP_E_SHUTTING_DOWN;
    }
    return within_window(self, client) ? ZSNMP_OK : ZSNMP_E_QUEUE_FULL;
}

static void handle_call(struct zsnmp_server *self, const struct zsnmp_route *route,
                        struct zsnmp_wire_call *call)
{
    zsnmp_err_t err = admit(self, route->client, call);
    if (err == ZSNMP_OK && is_snmp(call) && call->request->stream != 0 && route->batch != NULL) {
        call->peer = call->request->peer;
        zsnmp_front_refuse(self, route, call, ZSNMP_E_BAD_REQUEST,
                           "stream: not in a batch that is answered by one message");
        zsnmp_request_free(call->request);
        return;
    }
    if (err != ZSNMP_OK && is_snmp(call)) {
        refuse_request(self, route, call, err);
    } else if (err != ZSNMP_OK) {
        zsnmp_front_error(self, route, call->id, call->id_len, err, NULL);
    } else if (is_snmp(call)) {
        submit(self, route, call);
    } else {
        zsnmp_front_admin(self, route, call);
    }
}

static struct zsnmp_batch *new_batch(uint32_t count)
{
    struct zsnmp_batch *batch = malloc(sizeof *batch);
    if (batch != NULL) {
        *batch = (struct zsnmp_batch){.left = count};
        zsnmp_buf_init(&batch->buf, ZSNMP_REPLY_BYTES_MAX);
    }
    return batch;
}

/*
 * A client that has not even read the refusals of what it sent beyond its
 * window gets no more of them: what it sends is dropped until it reads.
 */
static bool is_deaf(const struct zsnmp_server *self, const struct zsnmp_client *client)
{
    uint64_t open = (uint64_t)client->unanswered + client->pending;
    return client->pending > 0 &&
           open >= (uint64_t)self->options.client_window + self->options.batch_max;
}

/* A body that is a message like one before, and nothing else, needs no check as a whole. */
static bool handle_known(struct zsnmp_server *self, const struct zsnmp_route *route,
                         const uint8_t *data, size_t len)
{
    struct zsnmp_wire_call call;
    if (len > self->options.body_max || is_full(self, route->client) ||
        !zsnmp_patterns_apply(&self->patterns, data, len, &call)) {
        return false;
    }
    if (call.size != len) {
        zsnmp_request_free(call.request);
        return false;
    }
    handle_call(self, route, &call);
    return true;
}

/* Returns how many messages the body held. */
static uint32_t handle_body(struct zsnmp_server *self, struct zsnmp_client *client, bool delimiter,
                            const uint8_t *data, size_t len)
{
    struct zsnmp_route route = {.client = client, .delimiter = delimiter};
    struct zsnmp_wire_body body;
    const char *why = NULL;
    if (handle_known(self, &route, data, len)) {
        return 1;
    }
    zsnmp_err_t err =
        len > self->options.body_max
            ? ZSNMP_E_TOO_LARGE
            : zsnmp_wire_open(&body, &self->patterns, data, len, self->options.batch_max, &why);
    if (err != ZSNMP_OK) {
        zsnmp_front_error(self, &route, NULL, 0, err, why);
        return 1;
    }
    route.array = body.batch && !delimiter;
    if (body.batch && delimiter) {
        route.batch = new_batch(body.count);
        if (route.batch == NULL) {
            zsnmp_front_error(self, &route, NULL, 0, ZSNMP_E_INTERNAL, NULL);
            return 1;
        }
    }
    struct zsnmp_wire_call call;
    for (body.full = is_full(self, client); zsnmp_wire_next(&body, &call, &err, &why);
         body.full = is_full(self, client)) {
        if (err != ZSNMP_OK) {
            zsnmp_front_refuse(self, &route, &call, err, why);
        } else {
            handle_call(self, &route, &call);
        }
    }
    return body.count;
}

/* One frame; false: none there, or the socket is gone. */
static bool read_frame(struct zsnmp_server *self, zmq_msg_t *frame)
{
    if (self->router == NULL) {
        return false;
    }
    int rc;
    do { /* after a signal nothing is known of what is there */
        rc = zmq_msg_recv(frame, self->router, ZMQ_DONTWAIT);
    } while (rc < 0 && errno == EINTR);
    if (rc >= 0) {
        return true;
    }
    if (errno == ETERM) {
        zsnmp_front_lost(self);
    }
    return false;
}

/* Reads over the rest of a message that has too many frames. */
static void skip_frames(struct zsnmp_server *self, zmq_msg_t *frame)
{
    while (zmq_msg_more(frame) && read_frame(self, frame)) {
    }
}

/* The frames behind the routing id. Returns how many messages came, one where it is none. */
static uint32_t handle_frames(struct zsnmp_server *self, struct zsnmp_client *client,
                              zmq_msg_t *frame)
{
    if (!read_frame(self, frame)) {
        return 1;
    }
    size_t len = zmq_msg_size(frame);
    bool delimiter = len == 0 && zmq_msg_more(frame);
    if (delimiter) {
        if (!read_frame(self, frame)) {
            return 1;
        }
        len = zmq_msg_size(frame);
    }
    self->stats.messages_in++;
    self->stats.bytes_in += len;
    if (client == NULL || is_deaf(self, client)) {
        self->stats.replies_dropped++;
        skip_frames(self, frame);
        return 1;
    }
    if (zmq_msg_more(frame)) {
        struct zsnmp_route route = {.client = client, .delimiter = delimiter};
        skip_frames(self, frame);
        zsnmp_front_error(self, &route, NULL, 0, ZSNMP_E_BAD_REQUEST,
                          "a message is one frame, or an empty one and one");
        return 1;
    }
    return handle_body(self, client, delimiter, zmq_msg_data(frame), len);
}

/* One message with all its frames; 0: none there. */
static uint32_t receive_one(struct zsnmp_server *self)
{
    uint32_t count = 0;
    zmq_msg_t id;
    zmq_msg_t frame;
    zmq_msg_init(&id);
    zmq_msg_init(&frame);
    if (read_frame(self, &id)) {
        struct zsnmp_client *client = zsnmp_client_find(self, zmq_msg_data(&id), zmq_msg_size(&id));
        count = zmq_msg_more(&id) ? handle_frames(self, client, &frame) : 1;
        if (client != NULL) {
            zsnmp_client_settle(self, client);
        }
    }
    zmq_msg_close(&frame);
    zmq_msg_close(&id);
    return count;
}

bool zsnmp_front_receive(struct zsnmp_server *self)
{
    uint32_t requests = 0;
    for (uint32_t i = 0; i < ZSNMP_ROUND_MESSAGES && requests < self->round_requests; i++) {
        uint32_t count = receive_one(self);
        if (count == 0) {
            return false;
        }
        requests += count;
    }
    return true;
}
