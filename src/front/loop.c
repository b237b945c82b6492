/*
 * The front's thread: a poll over the clients' socket and the mailbox, and the
 * order of work within a round. Must never block anywhere else.
 */
#include "front.h"

#include "base/clock.h"

#include <errno.h>

#define WAIT_MAX_MS 10000 /* a wake-up now and then costs nothing, a lost one would cost all */

static void handle_msg(struct zsnmp_server *self, struct zsnmp_msg *msg)
{
    switch (msg->kind) {
    case ZSNMP_MSG_REPLIES:
        zsnmp_front_answer(self, ZSNMP_CONTAINER(msg, struct zsnmp_replies, msg));
        break;
    case ZSNMP_MSG_LOST:
        zsnmp_front_lose(self, ZSNMP_CONTAINER(msg, struct zsnmp_request, msg));
        break;
    case ZSNMP_MSG_CANCEL:
        zsnmp_front_cancelled(self, ZSNMP_CONTAINER(msg, struct zsnmp_cancel, msg));
        break;
    case ZSNMP_MSG_SURVEY:
        zsnmp_front_surveyed(self, ZSNMP_CONTAINER(msg, struct zsnmp_survey, msg));
        break;
    case ZSNMP_MSG_STOP:
        self->state = ZSNMP_FRONT_STOPPING;
        break;
    case ZSNMP_MSG_FINISH:
        self->state = ZSNMP_FRONT_FINISHING;
        self->end_us = self->now_us + (int64_t)self->linger_ms * 1000;
        break;
    default:
        break;
    }
}

static void read_mailbox(struct zsnmp_server *self)
{
    struct zsnmp_msg *msg = zsnmp_mailbox_take(&self->mailbox);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        handle_msg(self, msg);
        msg = next;
    }
}

/* How long the poll may wait. */
static long wait_ms(const struct zsnmp_server *self)
{
    int64_t until = self->now_us + WAIT_MAX_MS * 1000;
    if (!zsnmp_list_empty(&self->stuck) && self->retry_us < until) {
        until = self->retry_us;
    }
    if (self->state == ZSNMP_FRONT_FINISHING && self->end_us < until) {
        until = self->end_us;
    }
    return until <= self->now_us ? 0 : (long)((until - self->now_us + 999) / 1000);
}

static void wait_for_work(struct zsnmp_server *self, bool more)
{
    zmq_pollitem_t items[] = {
        {.fd = self->mailbox.fd, .events = ZMQ_POLLIN},
        {.socket = self->router, .events = ZMQ_POLLIN},
    };
    int count = self->router != NULL ? 2 : 1;
    if (zmq_poll(items, count, more ? 0 : wait_ms(self)) < 0 && errno == ETERM) {
        zsnmp_front_lost(self);
    }
}

/* One round; true: there is more to do at once. */
static bool work(struct zsnmp_server *self)
{
    self->now_us = zsnmp_clock_us();
    read_mailbox(self);
    bool more = zsnmp_front_receive(self);
    zsnmp_feed_flush(&self->feed);
    zsnmp_front_flush_ready(self);
    zsnmp_front_retry(self);
    zsnmp_clients_trim(self, ZSNMP_CLIENTS_IDLE_MAX);
    return more;
}

static bool is_over(const struct zsnmp_server *self, bool more)
{
    return self->state == ZSNMP_FRONT_FINISHING &&
           (self->now_us >= self->end_us || (!more && zsnmp_list_empty(&self->stuck)));
}

/* What the last round has sent to the stopped pool came back at once. */
static void close_down(struct zsnmp_server *self)
{
    read_mailbox(self);
    zsnmp_front_flush_ready(self);
    if (self->router != NULL) {
        int64_t left_us = self->end_us - zsnmp_clock_us();
        int linger = left_us > 0 ? (int)(left_us / 1000) : 0;
        zmq_setsockopt(self->router, ZMQ_LINGER, &linger, sizeof linger);
    }
    zsnmp_front_lost(self);
    zsnmp_clients_clear(self);
    zsnmp_buf_clear(&self->head);
    zsnmp_buf_clear(&self->scratch);
}

void *zsnmp_front_run(void *server)
{
    struct zsnmp_server *self = server;
    bool more = true;
    while (!is_over(self, more)) {
        wait_for_work(self, more);
        more = work(self);
    }
    close_down(self);
    return NULL;
}
