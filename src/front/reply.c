/*
 * Replies on their way back: encoded on the worker that ran the request,
 * grouped and sent here. Each message that came in leads to exactly one reply,
 * by one of three ways: alone, in the next array for its client, or in the one
 * message that answers an enveloped batch.
 */
#include "front.h"

#include <stdlib.h>
#include <string.h>

#define REPLY_GUESS 512u /* bytes of most replies beside their varbinds */

static void encode_error(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, zsnmp_err_t err)
{
    zsnmp_buf_clear(out);
    zsnmp_wire_put_error(out, id, id_len, err, zsnmp_error_text(err));
}

static const char not_read[] = "the client does not read, and the reply could not be kept";

/* Replaces a request's encoded reply by an error and nothing else. */
static void encode_failure(struct zsnmp_request *request, zsnmp_err_t err)
{
    struct zsnmp_reply *reply = &request->reply;
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, ZSNMP_REPLY_ROOM);
    zsnmp_buf_clear(&reply->varbinds);
    reply->error = err;
    reply->error_index = 0;
    reply->message = err == ZSNMP_E_QUEUE_FULL ? not_read : NULL;
    reply->count = 0;
    reply->complete = false;
    reply->stop = ZSNMP_STOP_NONE;
    reply->next_len = 0;
    zsnmp_wire_put_reply(&out, request);
    reply->varbinds = out;
}

/* Replaces the collected varbinds by the whole encoded reply. Runs on a worker's thread. */
void zsnmp_front_encode(struct zsnmp_request *request)
{
    struct zsnmp_buf *varbinds = &request->reply.varbinds;
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, varbinds->len + ZSNMP_REPLY_ROOM);
    (void)zsnmp_buf_reserve(&out, varbinds->len + REPLY_GUESS);
    zsnmp_wire_put_reply(&out, request);
    zsnmp_buf_clear(varbinds);
    *varbinds = out;
    if (out.failed) {
        encode_failure(request, ZSNMP_E_INTERNAL);
    }
}

/* Appends a reply behind room for the array head that is written when the array is sent. */
static bool add_to_array(struct zsnmp_buf *array, const struct zsnmp_buf *reply)
{
    static const uint8_t head[ZSNMP_ARRAY_HEAD] = {0};
    if (array->len == 0 && !zsnmp_buf_append(array, head, sizeof head)) {
        array->failed = false;
        return false;
    }
    if (!zsnmp_buf_append(array, reply->data, reply->len)) {
        array->failed = false; /* the next one may be smaller */
        return false;
    }
    return true;
}

/* Writes the array head right in front of the replies and sends the whole. */
static bool send_array(struct zsnmp_server *self, struct zsnmp_client *client,
                       struct zsnmp_buf *array, uint32_t count, bool delimiter)
{
    struct zsnmp_buf *head = &self->head;
    head->len = 0;
    head->failed = false;
    zsnmp_wire_put_batch(head, count);
    if (head->failed || head->len > ZSNMP_ARRAY_HEAD || array->len == 0) {
        return false;
    }
    size_t offset = ZSNMP_ARRAY_HEAD - head->len;
    memcpy(array->data + offset, head->data, head->len);
    return zsnmp_front_send(self, client, array, offset, count, delimiter);
}

static bool flush_client(struct zsnmp_server *self, struct zsnmp_client *client)
{
    uint32_t count = client->ready_count;
    client->ready_count = 0;
    bool kept = count == 0 || send_array(self, client, &client->ready, count, false);
    client->ready.len = 0;
    return kept;
}

static void flush_counted(struct zsnmp_server *self, struct zsnmp_client *client)
{
    uint32_t count = client->ready_count;
    if (!flush_client(self, client)) {
        self->stats.replies_dropped += count;
    }
}

/* The end of a round: every client's array goes out. */
void zsnmp_front_flush_ready(struct zsnmp_server *self)
{
    struct zsnmp_list *node;
    while ((node = zsnmp_list_pop(&self->dirty)) != NULL) {
        struct zsnmp_client *client = ZSNMP_CONTAINER(node, struct zsnmp_client, dirty);
        flush_counted(self, client);
        zsnmp_client_settle(self, client);
    }
}

/* Whether the array under way may take a reply that might have to wait here. */
static bool fits_array(struct zsnmp_server *self, const struct zsnmp_client *client, size_t len)
{
    return client->first == NULL || zsnmp_front_has_room(self, client, client->ready.len + len);
}

/*
 * Large replies go alone and small errors apart from what fills the backlog, so
 * that a refusal concerns one reply and never a whole array.
 */
static bool deliver_in_array(struct zsnmp_server *self, struct zsnmp_client *client,
                             const struct zsnmp_buf *reply)
{
    bool fits = fits_array(self, client, reply->len);
    bool alone = reply->len >= ZSNMP_ARRAY_SOFT;
    if (!fits && reply->len > ZSNMP_ERROR_BYTES) {
        return false;
    }
    if (alone || (!fits && client->ready.len > (size_t)client->ready_count * ZSNMP_ERROR_BYTES)) {
        flush_counted(self, client);
    }
    if (!add_to_array(&client->ready, reply)) {
        return false;
    }
    if (client->ready_count++ == 0) {
        zsnmp_list_remove(&client->dirty);
        zsnmp_list_push(&self->dirty, &client->dirty);
    }
    if (alone) {
        return flush_client(self, client);
    }
    if (client->ready.len >= ZSNMP_ARRAY_SOFT) {
        flush_counted(self, client);
    }
    return true;
}

static void charge(struct zsnmp_server *self, struct zsnmp_client *client, size_t bytes)
{
    client->backlog += bytes;
    self->stats.backlog_bytes += bytes;
}

static void finish_batch(struct zsnmp_server *self, const struct zsnmp_route *route)
{
    struct zsnmp_batch *batch = route->batch;
    route->client->backlog -= batch->buf.len;
    self->stats.backlog_bytes -= batch->buf.len;
    if (!send_array(self, route->client, &batch->buf, batch->count, true)) {
        self->stats.replies_dropped += batch->count;
    }
    zsnmp_buf_clear(&batch->buf);
    free(batch);
}

static void deliver_in_batch(struct zsnmp_server *self, const struct zsnmp_route *route,
                             const struct zsnmp_buf *reply)
{
    struct zsnmp_batch *batch = route->batch;
    size_t before = batch->buf.len;
    if (!reply->failed && add_to_array(&batch->buf, reply)) {
        batch->count++;
    } else {
        self->stats.replies_dropped++;
    }
    charge(self, route->client, batch->buf.len - before);
    if (--batch->left == 0) {
        finish_batch(self, route);
    }
}

/*
 * A batch waits for its last reply; what it gathers meanwhile is the client's
 * backlog, where each reply still to come needs room for an error at least.
 */
static bool fits_batch(const struct zsnmp_server *self, const struct zsnmp_route *route, size_t len)
{
    size_t more = len + (size_t)route->batch->left * ZSNMP_ERROR_BYTES;
    return len <= ZSNMP_ERROR_BYTES ||
           (route->client->backlog + more <= self->options.client_backlog &&
            self->stats.backlog_bytes + more <= self->options.backlog_total);
}

/* One of the three ways; false: there was no room for this reply. */
static bool pass(struct zsnmp_server *self, const struct zsnmp_route *route,
                 struct zsnmp_buf *reply)
{
    if (route->batch != NULL) {
        deliver_in_batch(self, route, reply);
        return true;
    }
    if (reply->failed || reply->len == 0) {
        return false;
    }
    if (route->array) {
        return deliver_in_array(self, route->client, reply);
    }
    return zsnmp_front_send(self, route->client, reply, 0, 1, route->delimiter);
}

/* Passes on an encoded reply that is no request's, or an error in its place. */
void zsnmp_front_deliver(struct zsnmp_server *self, const struct zsnmp_route *route,
                         struct zsnmp_buf *reply, const uint8_t *id, size_t id_len)
{
    if (route->batch != NULL && !fits_batch(self, route, reply->len)) {
        encode_error(reply, id, id_len, ZSNMP_E_TOO_LARGE);
    }
    if (reply->failed || reply->len == 0) {
        encode_error(reply, id, id_len, ZSNMP_E_INTERNAL);
    }
    if (pass(self, route, reply)) {
        return;
    }
    encode_error(reply, id, id_len, ZSNMP_E_QUEUE_FULL);
    if (!pass(self, route, reply)) {
        self->stats.replies_dropped++;
    }
}

static struct zsnmp_buf *count_error(struct zsnmp_server *self, zsnmp_err_t err)
{
    if (err == ZSNMP_E_BAD_REQUEST || err == ZSNMP_E_TOO_LARGE || err == ZSNMP_E_UNSUPPORTED) {
        self->stats.bad_requests++;
    } else if (err == ZSNMP_E_QUEUE_FULL) {
        self->stats.queue_full++;
    }
    self->scratch.len = 0;
    self->scratch.failed = false;
    return &self->scratch;
}

/* An error for what is no request of a device. */
void zsnmp_front_error(struct zsnmp_server *self, const struct zsnmp_route *route,
                       const uint8_t *id, size_t id_len, zsnmp_err_t err, const char *why)
{
    struct zsnmp_buf *out = count_error(self, err);
    zsnmp_wire_put_error(out, id, id_len, err, why);
    zsnmp_front_deliver(self, route, out, id, id_len);
}

/* An error for a message that came from the decoder, with or without a request. */
void zsnmp_front_refuse(struct zsnmp_server *self, const struct zsnmp_route *route,
                        const struct zsnmp_wire_call *call, zsnmp_err_t err, const char *why)
{
    struct zsnmp_buf *out = count_error(self, err);
    zsnmp_wire_put_refusal(out, call, err, why);
    zsnmp_front_deliver(self, route, out, call->id, call->id_len);
}

/* A request has come back from the pool with its reply encoded. */
void zsnmp_front_answer(struct zsnmp_server *self, struct zsnmp_request *request)
{
    struct zsnmp_client *client = request->owner;
    uintptr_t shape = (uintptr_t)request->arg;
    struct zsnmp_route route = {.client = client,
                                .batch = request->batch,
                                .delimiter = (shape & ZSNMP_SHAPE_DELIMITER) != 0,
                                .array = (shape & ZSNMP_SHAPE_ARRAY) != 0};
    client->unanswered--;
    struct zsnmp_buf *reply = &request->reply.varbinds;
    if (route.batch != NULL && !fits_batch(self, &route, reply->len)) {
        encode_failure(request, ZSNMP_E_TOO_LARGE);
    } else if (reply->failed || reply->len == 0) {
        encode_failure(request, ZSNMP_E_INTERNAL);
    }
    if (!pass(self, &route, reply)) {
        encode_failure(request, ZSNMP_E_QUEUE_FULL);
        if (!pass(self, &route, reply)) {
            self->stats.replies_dropped++;
        }
    }
    zsnmp_request_free(request);
    zsnmp_client_settle(self, client);
}
