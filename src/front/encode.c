/*
 * Replies on the worker's side: encoded there, so that this runs in parallel,
 * and gathered by client, so that the front handles many as it would handle
 * one. Runs on the threads of workers and of the resolver, and must not look
 * into what is the front's.
 */
#include "front.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 1000u /* some ten replies of a GET, and the head */

/* The latest replies on their way to the front, where they can take one more of the same kind. */
static struct zsnmp_replies *open_replies(const struct zsnmp_chain *chain,
                                          const struct zsnmp_request *request)
{
    struct zsnmp_replies *last = (struct zsnmp_replies *)(void *)chain->last;
    if (last == NULL || last->msg.kind != ZSNMP_MSG_REPLIES) {
        return NULL;
    }
    bool same = last->client == request->owner && last->shape == (uintptr_t)request->arg &&
                last->batch == request->batch;
    bool room = last->count < ZSNMP_REPLIES_MAX && last->buf.len < ZSNMP_REPLIES_SOFT;
    return same && room ? last : NULL;
}

static struct zsnmp_replies *new_replies(const struct zsnmp_request *request)
{
    static const uint8_t head[ZSNMP_ARRAY_HEAD] = {0};
    struct zsnmp_replies *self = malloc(sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->msg.kind = ZSNMP_MSG_REPLIES;
    self->client = request->owner;
    self->batch = request->batch;
    self->shape = (uintptr_t)request->arg;
    self->count = 0;
    zsnmp_buf_init(&self->buf, ZSNMP_REPLY_BYTES_MAX);
    (void)zsnmp_buf_reserve(&self->buf, FIRST_BYTES); /* or grow step by step */
    self->buf.failed = false;
    if (!zsnmp_buf_append(&self->buf, head, sizeof head)) {
        zsnmp_replies_free(self);
        return NULL;
    }
    return self;
}

void zsnmp_replies_free(struct zsnmp_replies *self)
{
    zsnmp_buf_clear(&self->buf);
    free(self);
}

/* false: no memory, and nothing was added. */
static bool append(struct zsnmp_replies *self, const struct zsnmp_request *request)
{
    size_t before = self->buf.len;
    zsnmp_wire_put_reply(&self->buf, request);
    if (self->buf.failed || self->buf.len - before > UINT32_MAX) {
        self->buf.failed = false;
        self->buf.len = before;
        return false;
    }
    self->marks[self->count++] = (struct zsnmp_reply_mark){
        .len = (uint32_t)(self->buf.len - before),
        .fate = {.op = request->op, .sent = (uint8_t)request->reply.sent}};
    return true;
}

/* What takes the place of a reply for which there is no memory. */
static void fail(struct zsnmp_request *request)
{
    struct zsnmp_reply *reply = &request->reply;
    zsnmp_buf_clear(&reply->varbinds);
    reply->error = ZSNMP_E_INTERNAL;
    reply->error_index = 0;
    reply->message = NULL;
    reply->count = 0;
    reply->complete = false;
    reply->stop = ZSNMP_STOP_NONE;
    reply->next_len = 0;
}

void zsnmp_front_encode(struct zsnmp_request *request, struct zsnmp_chain *chain)
{
    struct zsnmp_replies *replies = open_replies(chain, request);
    bool is_new = replies == NULL;
    if (is_new) {
        replies = new_replies(request);
    }
    bool done = replies != NULL && append(replies, request);
    if (replies != NULL && !done) {
        fail(request);
        done = append(replies, request);
    }
    if (is_new && done) {
        zsnmp_chain_add(chain, &replies->msg);
    } else if (is_new && replies != NULL) {
        zsnmp_replies_free(replies);
    }
    if (done) {
        zsnmp_request_free(request);
    } else { /* the front is to count it */
        request->msg.kind = ZSNMP_MSG_LOST;
        zsnmp_chain_add(chain, &request->msg);
    }
}
