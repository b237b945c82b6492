/*
 * Sending. ZeroMQ's queue for a client takes so many messages; what it refuses
 * waits here, within the client's and the server's limits, in order. A ROUTER
 * does not tell when one peer has room again, so that clients who wait are
 * tried on a timer, ever more rarely while nothing moves. Must never block and
 * never let one client's queue delay another's.
 */
#include "front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum outcome { SENT, FULL, GONE };

/* Gives back what doubling has left unused: the message may stay here for a while. */
static void trim(struct zsnmp_buf *buf)
{
    if (buf->cap - buf->len > buf->len / 4) {
        uint8_t *less = realloc(buf->data, buf->len);
        if (less != NULL) {
            buf->data = less;
            buf->cap = buf->len;
        }
    }
}

/* Makes the body frame: a copy where that is cheaper, else buf's own memory. */
static bool wrap(struct zsnmp_out *out, struct zsnmp_buf *buf, size_t offset)
{
    out->len = buf->len - offset;
    if (out->len <= ZSNMP_COPY_MAX) {
        if (zmq_msg_init_size(&out->body, out->len) != 0) {
            return false;
        }
        memcpy(zmq_msg_data(&out->body), buf->data + offset, out->len);
        buf->len = 0;
        return true;
    }
    trim(buf);
    out->lent = zsnmp_lent_new(buf->data, out->len);
    if (out->lent == NULL) {
        return false;
    }
    if (zmq_msg_init_data(&out->body, buf->data + offset, out->len, zsnmp_lent_free, out->lent) !=
        0) {
        free(out->lent);
        return false;
    }
    zsnmp_buf_init(buf, buf->max);
    return true;
}

/* The end, or the context was terminated and its owner waits for this socket to be closed. */
void zsnmp_front_lost(struct zsnmp_server *self)
{
    if (self->router != NULL) {
        zsnmp_front_unlink(self);
        zmq_close(self->router);
        self->router = NULL;
    }
}

static enum outcome refused(struct zsnmp_server *self)
{
    if (errno == ETERM) {
        zsnmp_front_lost(self);
        return GONE;
    }
    return errno == EAGAIN || errno == EINTR ? FULL : GONE;
}

static bool over_credit(const struct zsnmp_client *client, const struct zsnmp_out *out)
{
    if (out->lent == NULL) {
        return false;
    }
    size_t bytes = atomic_load_explicit(&client->credit->bytes, memory_order_relaxed);
    return bytes > 0 && bytes + out->len > ZSNMP_WITH_ZMQ_MAX;
}

/* A ROUTER refuses at the first frame or not at all; what follows it is taken or discarded. */
static enum outcome push(struct zsnmp_server *self, struct zsnmp_client *client,
                         struct zsnmp_out *out)
{
    if (self->router == NULL) {
        return GONE;
    }
    if (over_credit(client, out)) {
        return FULL;
    }
    self->sent = true;
    if (zmq_send(self->router, client->id, client->id_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        enum outcome outcome = refused(self);
        client->gone = outcome == GONE;
        return outcome;
    }
    if (out->delimiter && zmq_send(self->router, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        (void)refused(self);
        return GONE;
    }
    if (out->lent != NULL) {
        zsnmp_lent_charge(out->lent, client->credit);
    }
    if (zmq_msg_send(&out->body, self->router, ZMQ_DONTWAIT) < 0) {
        (void)refused(self);
        return GONE;
    }
    self->stats.messages_out++;
    self->stats.bytes_out += out->len;
    return SENT;
}

static size_t cost(const struct zsnmp_out *out)
{
    return out->len + sizeof *out;
}

static void unlink_first(struct zsnmp_server *self, struct zsnmp_client *client)
{
    struct zsnmp_out *out = client->first;
    client->first = out->next;
    client->pending -= out->replies;
    client->backlog -= cost(out);
    self->stats.backlog_bytes -= cost(out);
    zmq_msg_close(&out->body);
    free(out);
    if (client->first == NULL) {
        client->last = NULL;
        client->retry_gap_us = ZSNMP_RETRY_MIN_US;
        zsnmp_list_remove(&client->stuck);
    }
}

/* Forgets the oldest pending messages until so many bytes are left. */
void zsnmp_front_drop_pending(struct zsnmp_server *self, struct zsnmp_client *client,
                              size_t down_to)
{
    while (client->first != NULL && client->backlog > down_to) {
        client->lost_part |= client->first->part;
        self->stats.replies_dropped += client->first->replies;
        unlink_first(self, client);
    }
}

static void forget_gone(struct zsnmp_server *self, struct zsnmp_client *client)
{
    while (client->first != NULL) {
        self->stats.replies_unroutable += client->first->replies;
        unlink_first(self, client);
    }
}

/*
 * When all clients' backlogs together are at their limit, the one with most of
 * it pays, and half of what it has at once, so that looking for it stays rare.
 */
static bool make_room(struct zsnmp_server *self, const struct zsnmp_client *client, size_t more)
{
    struct zsnmp_client *hog = NULL;
    for (struct zsnmp_list *at = self->stuck.next; at != &self->stuck; at = at->next) {
        struct zsnmp_client *one = ZSNMP_CONTAINER(at, struct zsnmp_client, stuck);
        if (hog == NULL || one->backlog > hog->backlog) {
            hog = one;
        }
    }
    if (hog == NULL || hog == client || hog->backlog < client->backlog + more) {
        return false;
    }
    zsnmp_front_drop_pending(self, hog, hog->backlog / 2);
    zsnmp_client_settle(self, hog);
    return self->stats.backlog_bytes + more <= self->options.backlog_total;
}

/* Whether so many bytes more may be kept for a client. */
bool zsnmp_front_has_room(struct zsnmp_server *self, const struct zsnmp_client *client, size_t len)
{
    size_t more = len + sizeof(struct zsnmp_out);
    if (client->backlog + more > self->options.client_backlog) {
        return false;
    }
    return self->stats.backlog_bytes + more <= self->options.backlog_total ||
           make_room(self, client, more);
}

/*
 * Beyond the backlog there is room for an error in place of each reply, so that
 * no accepted request goes without one. The receiving side bounds how many.
 */
static bool has_reserve(const struct zsnmp_server *self, const struct zsnmp_client *client,
                        const struct zsnmp_out *out)
{
    size_t errors = (size_t)self->options.client_window + 2u * (size_t)self->options.batch_max;
    size_t reserve = errors * (ZSNMP_ERROR_BYTES + sizeof *out);
    return out->len <= (size_t)out->replies * ZSNMP_ERROR_BYTES &&
           client->backlog + cost(out) <= self->options.client_backlog + reserve &&
           self->stats.backlog_bytes + cost(out) <= 2u * (uint64_t)self->options.backlog_total;
}

static void schedule(struct zsnmp_server *self, struct zsnmp_client *client)
{
    client->retry_us = self->now_us + client->retry_gap_us;
    if (client->retry_us < self->retry_us) {
        self->retry_us = client->retry_us;
    }
}

/* Puts a message behind the client's others; false: no room or no memory. */
static bool keep(struct zsnmp_server *self, struct zsnmp_client *client, struct zsnmp_out *out)
{
    if (!out->part && !has_reserve(self, client, out) &&
        !zsnmp_front_has_room(self, client, out->len)) {
        return false;
    }
    struct zsnmp_out *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        return false;
    }
    *kept = (struct zsnmp_out){.lent = out->lent,
                               .len = out->len,
                               .replies = out->replies,
                               .delimiter = out->delimiter,
                               .part = out->part};
    zmq_msg_init(&kept->body);
    zmq_msg_move(&kept->body, &out->body);
    if (client->first == NULL) {
        client->first = kept;
        zsnmp_list_push(&self->stuck, &client->stuck);
        schedule(self, client);
    } else {
        client->last->next = kept;
    }
    client->last = kept;
    client->pending += kept->replies;
    client->backlog += cost(kept);
    self->stats.backlog_bytes += cost(kept);
    return true;
}

static bool send_out(struct zsnmp_server *self, struct zsnmp_client *client, struct zsnmp_out *out,
                     struct zsnmp_buf *buf, size_t offset)
{
    if (!wrap(out, buf, offset)) {
        return false;
    }
    enum outcome outcome = client->first != NULL ? FULL : push(self, client, out);
    if (outcome == GONE) {
        self->stats.replies_unroutable += out->replies;
    }
    bool kept = outcome != FULL || keep(self, client, out);
    zmq_msg_close(&out->body);
    return kept;
}

bool zsnmp_front_send(struct zsnmp_server *self, struct zsnmp_client *client, struct zsnmp_buf *buf,
                      size_t offset, uint32_t replies, bool delimiter)
{
    struct zsnmp_out out = {.replies = replies, .delimiter = delimiter};
    return send_out(self, client, &out, buf, offset);
}

bool zsnmp_front_send_part(struct zsnmp_server *self, struct zsnmp_client *client,
                           struct zsnmp_buf *buf, size_t offset, bool delimiter)
{
    struct zsnmp_out out = {.delimiter = delimiter, .part = true};
    return send_out(self, client, &out, buf, offset);
}

/* Sends what a client has pending, as far as it goes. */
static void push_pending(struct zsnmp_server *self, struct zsnmp_client *client)
{
    bool moved = false;
    while (client->first != NULL) {
        enum outcome outcome = push(self, client, client->first);
        if (outcome == GONE) {
            forget_gone(self, client);
        } else if (outcome == SENT) {
            unlink_first(self, client);
            moved = true;
        } else {
            break;
        }
    }
    if (client->first == NULL) {
        zsnmp_client_settle(self, client);
        return;
    }
    int64_t gap = moved ? ZSNMP_RETRY_MIN_US : client->retry_gap_us * 2;
    client->retry_gap_us = gap < ZSNMP_RETRY_MAX_US ? gap : ZSNMP_RETRY_MAX_US;
    schedule(self, client);
}

void zsnmp_front_retry(struct zsnmp_server *self)
{
    if (self->now_us < self->retry_us) {
        return;
    }
    self->retry_us = INT64_MAX;
    struct zsnmp_list *next;
    for (struct zsnmp_list *at = self->stuck.next; at != &self->stuck; at = next) {
        next = at->next;
        struct zsnmp_client *client = ZSNMP_CONTAINER(at, struct zsnmp_client, stuck);
        if (client->retry_us <= self->now_us) {
            push_pending(self, client);
        } else if (client->retry_us < self->retry_us) {
            self->retry_us = client->retry_us;
        }
    }
}
