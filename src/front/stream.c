/*
 * Parts of walks on their way to a client. A part goes back to its worker as a
 * credit for the next when the client's queue has passed it on; so a client
 * that reads slowly slows its walk down and takes no more memory.
 */
#include "front.h"

#include <stdlib.h>

#define PART_ROOM 4096u            /* bytes that a part begins with */
#define WITH_ZMQ_MAX (256u * 1024) /* bytes of a client inside ZeroMQ that hold its parts up */
#define LOOK_MIN_US 1000           /* between looks whether there is room again */
#define LOOK_MAX_US 64000

/* ---- on a worker's thread ---- */

enum zsnmp_part_fate zsnmp_front_part(struct zsnmp_request *request, struct zsnmp_mailbox *back,
                                      uint64_t stream)
{
    struct zsnmp_part *part = calloc(1, sizeof *part);
    if (part == NULL) {
        return ZSNMP_PART_LOST;
    }
    part->more.msg.kind = ZSNMP_MSG_PART;
    part->more.to = back;
    part->more.stream = stream;
    part->client = request->owner;
    part->shape = (uintptr_t)request->arg;
    zsnmp_buf_init(&part->buf, ZSNMP_REPLY_BYTES_MAX);
    (void)zsnmp_buf_reserve(&part->buf, PART_ROOM + request->reply.varbinds.len);
    part->buf.failed = false;
    zsnmp_wire_put_batch(&part->buf, 1); /* one byte, left out where it came alone */
    zsnmp_wire_put_part(&part->buf, request);
    if (part->buf.failed) {
        zsnmp_buf_clear(&part->buf);
        free(part);
        return ZSNMP_PART_LOST;
    }
    zsnmp_mailbox_push(request->reply_to, &part->more.msg);
    return ZSNMP_PART_SENT;
}

/* ---- on the front's ---- */

static void give_back(struct zsnmp_server *self, struct zsnmp_part *part, zsnmp_err_t err)
{
    struct zsnmp_client *client = part->client;
    zsnmp_list_remove(&part->held);
    client->parts--;
    client->lost_part &= client->parts > 0; /* all that may have been it are back */
    zsnmp_buf_clear(&part->buf);
    part->more.msg.kind = ZSNMP_MSG_MORE;
    part->more.err = err;
    zsnmp_mailbox_push(part->more.to, &part->more.msg);
    zsnmp_client_settle(self, client);
}

void zsnmp_front_take_part(struct zsnmp_server *self, struct zsnmp_part *part)
{
    struct zsnmp_client *client = part->client;
    bool array = (part->shape & ZSNMP_SHAPE_ARRAY) != 0;
    bool delimiter = (part->shape & ZSNMP_SHAPE_DELIMITER) != 0;
    zsnmp_list_init(&part->held);
    client->parts++;
    if (!zsnmp_front_send_part(self, client, &part->buf, array ? 0 : 1, delimiter)) {
        give_back(self, part, ZSNMP_E_INTERNAL);
        return;
    }
    zsnmp_buf_clear(&part->buf);
    zsnmp_list_push(&self->parts, &part->held);
    self->look_us = 0; /* at the end of this round */
}

static bool has_passed(const struct zsnmp_client *client)
{
    return client->first == NULL &&
           atomic_load_explicit(&client->credit->bytes, memory_order_relaxed) <= WITH_ZMQ_MAX;
}

void zsnmp_front_look_at_parts(struct zsnmp_server *self)
{
    struct zsnmp_list *next;
    bool moved = false;
    if (zsnmp_list_empty(&self->parts) || self->now_us < self->look_us) {
        return;
    }
    for (struct zsnmp_list *at = self->parts.next; at != &self->parts; at = next) {
        struct zsnmp_part *part = ZSNMP_CONTAINER(at, struct zsnmp_part, held);
        next = at->next;
        const struct zsnmp_client *client = part->client;
        if (client->gone || client->lost_part || has_passed(client)) {
            zsnmp_err_t err = client->gone ? ZSNMP_E_CANCELLED : ZSNMP_E_QUEUE_FULL;
            give_back(self, part, client->gone || client->lost_part ? err : ZSNMP_OK);
            moved = true;
        }
    }
    int64_t gap = moved || self->look_us == 0 ? LOOK_MIN_US : 2 * self->look_gap_us;
    self->look_gap_us = gap < LOOK_MAX_US ? gap : LOOK_MAX_US;
    self->look_us = self->now_us + self->look_gap_us;
}

void zsnmp_front_drop_parts(struct zsnmp_server *self)
{
    while (!zsnmp_list_empty(&self->parts)) {
        give_back(self, ZSNMP_CONTAINER(self->parts.next, struct zsnmp_part, held),
                  ZSNMP_E_CANCELLED);
    }
}
