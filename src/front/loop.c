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
    case ZSNMP_MSG_PART:
        zsnmp_front_take_part(self, ZSNMP_CONTAINER(msg, struct zsnmp_part, more.msg));
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

/* How long the poll may wait that comes next; what comes into the mailbox from now on ends it. */
static int wait_ms(struct zsnmp_server *self)
{
    int64_t until = self->now_us + WAIT_MAX_MS * 1000;
    if (self->more) {
        return 0;
    }
    if (!zsnmp_list_empty(&self->stuck) && self->retry_us < until) {
        until = self->retry_us;
    }
    if (!zsnmp_list_empty(&self->parts) && self->look_us < until) {
        until = self->look_us;
    }
    if (self->state == ZSNMP_FRONT_FINISHING && self->end_us < until) {
        until = self->end_us;
    }
    int wait = until <= self->now_us ? 0 : (int)((until - self->now_us + 999) / 1000);
    return wait > 0 && zsnmp_mailbox_doze(&self->mailbox) ? wait : 0;
}

static int fill_items(const struct zsnmp_server *self, struct pollfd *items)
{
    items[0] = (struct pollfd){.fd = self->mailbox.fd, .events = POLLIN};
    items[1] = (struct pollfd){.fd = self->router_fd, .events = POLLIN};
    return self->router != NULL ? 2 : 1;
}

static void wait_for_work(struct zsnmp_server *self)
{
    struct pollfd items[ZSNMP_GUEST_ITEMS];
    int count = fill_items(self, items);
    (void)poll(items, (nfds_t)count, wait_ms(self)); /* a signal: then there is nothing */
}

/*
 * ZeroMQ's descriptor tells of what has come since ZeroMQ was asked last, whatever it was asked. So
 * messages are received until there are none; what is sent after that has to ask again.
 */
static void work(struct zsnmp_server *self)
{
    self->now_us = zsnmp_clock_us();
    read_mailbox(self);
    zsnmp_front_flush_ready(self);
    self->sent = false;
    bool more = zsnmp_front_receive(self);
    zsnmp_feed_flush(&self->feed);
    zsnmp_front_flush_ready(self);
    zsnmp_front_retry(self);
    zsnmp_front_look_at_parts(self);
    zsnmp_clients_trim(self, ZSNMP_CLIENTS_IDLE_MAX);
    self->more = more || self->sent;
}

static bool is_over(const struct zsnmp_server *self)
{
    return self->state == ZSNMP_FRONT_FINISHING &&
           (self->now_us >= self->end_us || (!self->more && zsnmp_list_empty(&self->stuck)));
}

/* What the last round has sent to the stopped pool came back at once. */
static void close_down(struct zsnmp_server *self)
{
    read_mailbox(self);
    zsnmp_front_flush_ready(self);
    zsnmp_front_drop_parts(self);
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
    self->more = true;
    while (!is_over(self)) {
        wait_for_work(self);
        work(self);
    }
    close_down(self);
    return NULL;
}

/* ---- on the thread of a worker ---- */

static struct zsnmp_server *server_of(struct zsnmp_guest *guest)
{
    return ZSNMP_CONTAINER(guest, struct zsnmp_server, guest);
}

static int guest_items(struct zsnmp_guest *guest, struct pollfd *items)
{
    return fill_items(server_of(guest), items);
}

static int guest_wait_ms(struct zsnmp_guest *guest)
{
    return wait_ms(server_of(guest));
}

static void guest_work(struct zsnmp_guest *guest)
{
    work(server_of(guest));
}

/* Requests are still to be refused, and replies to be sent. */
static void guest_leave(struct zsnmp_guest *guest)
{
    struct zsnmp_server *self = server_of(guest);
    (void)zsnmp_front_start_thread(self); /* else zsnmp_server_stop() does the rest */
    sem_post(&self->left);                /* from here on it may be freed */
}

void zsnmp_front_be_guest(struct zsnmp_server *self)
{
    self->round_requests = ZSNMP_GUEST_REQUESTS;
    self->guest = (struct zsnmp_guest){
        .items = guest_items, .wait_ms = guest_wait_ms, .work = guest_work, .leave = guest_leave};
}
