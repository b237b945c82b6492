/*
 * Who takes the parts of walks: keeps each for a while, as if a client were slow, and gives it
 * back, or does not want any more.
 */
#include <stdlib.h>

#include "world.h"

#define MS_US 1000

/* It is the worker's once it is given back, so the message comes first. */
struct kept_part {
    struct zsnmp_more more;
    struct progress began; /* where its rows begin */
    struct ticket *ticket;
};

static bool hits(uint32_t percent)
{
    return chance_hits(&world.chance, percent);
}

static void check_part(struct ticket *self, const struct zsnmp_reply *reply)
{
    MUST(self->request != NULL && self->ends == 0, "request %u is over, and a part comes",
         self->number);
    MUST(reply->count == self->part_rows, "request %u has a part of %u rows, not %u", self->number,
         reply->count, self->part_rows);
    world_note("request %u has a part: %u rows", self->number, reply->count);
    walk_check_part(self, reply);
}

bool parts_take_native(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct ticket *self = arg;
    MUST(self->request == request, "a part of request %u comes as another's", self->number);
    check_part(self, reply);
    self->cancelled = self->cancelled || hits(4);
    self->part_refused = self->cancelled;
    return !self->cancelled;
}

/* Until when it is kept: perhaps until the walk is over. */
static int64_t draw_return_us(void)
{
    int64_t most_us = hits(60) ? 5 * MS_US : hits(60) ? 300 * MS_US : 10000 * MS_US;
    return world.now_us + chance_between(&world.chance, 0, hits(2) ? 12 * most_us : most_us);
}

/* They come back in their order, as they go out. */
static void keep(struct ticket *ticket, const struct progress *began, struct zsnmp_mailbox *back,
                 uint64_t stream)
{
    struct kept_part *part = calloc(1, sizeof *part);
    int64_t at_us = draw_return_us();
    ticket->part_back_us = at_us > ticket->part_back_us ? at_us : ticket->part_back_us;
    struct event *event = event_new(EVENT_MORE, ticket->part_back_us, NULL, 0);
    if (part == NULL) {
        abort();
    }
    part->began = *began;
    part->more.msg.kind = ZSNMP_MSG_MORE;
    part->more.to = back;
    part->more.stream = stream;
    part->more.err = hits(3) ? ZSNMP_E_QUEUE_FULL : ZSNMP_OK;
    part->ticket = ticket;
    event->what = part;
    event_add(event);
}

enum zsnmp_part_fate parts_take(struct zsnmp_request *request, struct zsnmp_mailbox *back,
                                uint64_t stream)
{
    struct ticket *self = request->arg;
    if (hits(1)) { /* its rows come with the end */
        self->part_lost = true;
        return ZSNMP_PART_LOST;
    }
    struct progress began = self->progress;
    check_part(self, &request->reply);
    MUST(self->parts_out < ZSNMP_STREAM_PARTS, "request %u has too many parts out", self->number);
    self->parts_out++;
    keep(self, &began, back, stream);
    return ZSNMP_PART_SENT;
}

void parts_give_back(struct kept_part *part)
{
    struct ticket *self = part->ticket;
    world_note("a part of request %u is back: %s", self->number, zsnmp_error_name(part->more.err));
    self->parts_out--;
    if (part->more.err != ZSNMP_OK) {
        self->lost = self->part_refused ? self->lost : part->began;
        self->part_refused = self->cancelled = true;
    }
    zsnmp_mailbox_push(part->more.to, &part->more.msg);
}
