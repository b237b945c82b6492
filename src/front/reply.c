/*
 * Replies on their way back, encoded already. Each message that came in leads
 * to exactly one reply, by one of three ways: alone, in the next array for its
 * client, or in the one message that answers an enveloped batch.
 */
#include "front.h"

#include <stdlib.h>
#include <string.h>

static void encode_error(struct zsnmp_buf *out, const uint8_t *id, size_t id_len, zsnmp_err_t err)
{
    zsnmp_buf_clear(out);
    zsnmp_wire_put_error(out, id, id_len, err, zsnmp_error_text(err));
}

static const char not_read[] = "the client does not read, and the reply could not be kept";

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

/* So many replies more are in the array; it goes out at the end of the round, or when it is long.
 */
static void note_ready(struct zsnmp_server *self, struct zsnmp_client *client, uint32_t count)
{
    if (client->ready_count == 0) {
        zsnmp_list_remove(&client->dirty);
        zsnmp_list_push(&self->dirty, &client->dirty);
    }
    client->ready_count += count;
    if (client->ready.len >= ZSNMP_ARRAY_SOFT) {
        flush_counted(self, client);
    }
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
    if (alone) {
        client->ready_count++;
        return flush_client(self, client);
    }
    note_ready(self, client, 1);
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

/* One of the three ways. */
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

/* ---- what comes from the workers ---- */

/* One of the replies, with memory that stays theirs. */
static struct zsnmp_buf slice(const struct zsnmp_replies *replies, size_t at, uint32_t i)
{
    size_t len = replies->marks[i].len;
    return (struct zsnmp_buf){.data = replies->buf.data + at, .len = len, .cap = len, .max = len};
}

/* Encodes the error that goes where a reply could not go; into the server's scratch. */
static struct zsnmp_buf *make_substitute(struct zsnmp_server *self, const struct zsnmp_buf *reply,
                                         const struct zsnmp_reply_mark *mark, zsnmp_err_t err)
{
    struct zsnmp_buf *out = &self->scratch;
    out->len = 0;
    out->failed = false;
    zsnmp_wire_put_substitute(out, reply->data, reply->len, mark->fate, err,
                              err == ZSNMP_E_QUEUE_FULL ? not_read : NULL);
    return out;
}

static void pass_or_drop(struct zsnmp_server *self, const struct zsnmp_route *route,
                         struct zsnmp_buf *reply)
{
    if (!pass(self, route, reply)) {
        self->stats.replies_dropped++;
    }
}

/* Whether sending would take the memory of a reply, rather than copy it. */
static bool is_lent(const struct zsnmp_route *route, size_t len)
{
    return !route->array && route->batch == NULL && len > ZSNMP_COPY_MAX;
}

/* A large reply that goes alone takes all memory along: the error is made before. */
static void answer_alone(struct zsnmp_server *self, const struct zsnmp_route *route,
                         struct zsnmp_replies *replies)
{
    struct zsnmp_buf reply = slice(replies, ZSNMP_ARRAY_HEAD, 0);
    struct zsnmp_buf *error = make_substitute(self, &reply, &replies->marks[0], ZSNMP_E_QUEUE_FULL);
    if (!zsnmp_front_send(self, route->client, &replies->buf, ZSNMP_ARRAY_HEAD, 1,
                          route->delimiter)) {
        pass_or_drop(self, route, error);
    }
}

static void answer_one(struct zsnmp_server *self, const struct zsnmp_route *route,
                       struct zsnmp_buf *reply, const struct zsnmp_reply_mark *mark)
{
    struct zsnmp_buf own = {.max = reply->len};
    zsnmp_err_t err = ZSNMP_E_QUEUE_FULL;
    bool lent = is_lent(route, reply->len);
    if (route->batch != NULL && !fits_batch(self, route, reply->len)) {
        err = ZSNMP_E_TOO_LARGE;
    } else if (lent && !zsnmp_buf_append(&own, reply->data, reply->len)) {
        err = ZSNMP_E_INTERNAL;
    } else if (pass(self, route, lent ? &own : reply)) {
        zsnmp_buf_clear(&own);
        return;
    }
    zsnmp_buf_clear(&own);
    pass_or_drop(self, route, make_substitute(self, reply, mark, err));
}

/* While a client keeps up, replies that came together stay together. */
static bool answer_together(struct zsnmp_server *self, const struct zsnmp_route *route,
                            struct zsnmp_replies *replies)
{
    struct zsnmp_client *client = route->client;
    struct zsnmp_buf *ready = &client->ready;
    if (!route->array || client->first != NULL || replies->buf.len >= ZSNMP_ARRAY_SOFT) {
        return false;
    }
    if (ready->len == 0) { /* both leave room for the head of an array */
        struct zsnmp_buf used = *ready;
        *ready = replies->buf;
        replies->buf = used;
    } else if (!zsnmp_buf_append(ready, replies->buf.data + ZSNMP_ARRAY_HEAD,
                                 replies->buf.len - ZSNMP_ARRAY_HEAD)) {
        ready->failed = false;
        return false;
    }
    note_ready(self, client, replies->count);
    return true;
}

static void answer_each(struct zsnmp_server *self, const struct zsnmp_route *route,
                        struct zsnmp_replies *replies)
{
    size_t at = ZSNMP_ARRAY_HEAD;
    for (uint32_t i = 0; i < replies->count; at += replies->marks[i++].len) {
        struct zsnmp_buf reply = slice(replies, at, i);
        answer_one(self, route, &reply, &replies->marks[i]);
    }
}

void zsnmp_front_answer(struct zsnmp_server *self, struct zsnmp_replies *replies)
{
    struct zsnmp_client *client = replies->client;
    struct zsnmp_route route = {.client = client,
                                .batch = replies->batch,
                                .delimiter = (replies->shape & ZSNMP_SHAPE_DELIMITER) != 0,
                                .array = (replies->shape & ZSNMP_SHAPE_ARRAY) != 0};
    client->unanswered -= replies->count;
    if (replies->count == 1 && is_lent(&route, replies->marks[0].len)) {
        answer_alone(self, &route, replies);
    } else if (!answer_together(self, &route, replies)) {
        answer_each(self, &route, replies);
    }
    zsnmp_replies_free(replies);
    zsnmp_client_settle(self, client);
}

/* A request that is over, and for whose reply there was no memory. */
void zsnmp_front_lose(struct zsnmp_server *self, struct zsnmp_request *request)
{
    struct zsnmp_client *client = request->owner;
    struct zsnmp_route route = {.client = client, .batch = request->batch};
    client->unanswered--;
    if (route.batch != NULL) { /* it must not wait for this one */
        struct zsnmp_buf nothing = {.failed = true};
        deliver_in_batch(self, &route, &nothing);
    } else {
        self->stats.replies_dropped++;
    }
    zsnmp_request_free(request);
    zsnmp_client_settle(self, client);
}
