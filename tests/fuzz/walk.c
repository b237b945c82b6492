/*
 * Fuzz target: a walk, led by an agent that answers as the input says. It has to end, with as many
 * packets as there was input for, and with what is true.
 *
 *     make fuzz
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"

enum { STATUS_TOO_BIG = 1, STATUS_NO_SUCH_NAME = 2, STATUS_GEN_ERR = 5 };

static struct input input;
static bool ends; /* when the input is over, the device is at its end; else it falls silent */

static void put(struct answer *self, const struct name *name, uint8_t tag)
{
    uint8_t bytes[ZSNMP_SIM_OID_BYTES_MAX];
    size_t len = zsnmp_sim_ber_put_oid(bytes, name->ids, name->len);
    bool bare = tag != ZSNMP_SIM_INTEGER;
    (void)zsnmp_sim_out_varbind(&self->out, bytes, len, tag, (const uint8_t *)"\7", bare ? 0 : 1);
}

/* The next name that it tells, somewhere about the last one. */
static uint8_t step(struct name *name)
{
    uint8_t how = input_byte(&input);
    uint32_t *last = &name->ids[name->len - 1];
    uint32_t by = how >> 4;
    switch (how & 7) {
    case 0:
    case 1:
        *last += by;
        break;
    case 2:
        *last -= *last < by ? *last : by;
        break;
    case 3:
        if (name->len < WORLD_IDS_MAX) {
            name->ids[name->len++] = by;
        }
        break;
    case 4:
        name->len = (uint8_t)(name->len > 2 ? name->len - 1 : name->len);
        break;
    case 5:
        return ZSNMP_SIM_END_OF_MIB_VIEW;
    case 6:
        return by > 8 ? ZSNMP_SIM_NO_SUCH_OBJECT : ZSNMP_SIM_NO_SUCH_INSTANCE;
    default:
        name->ids[by % name->len] += by % name->len < 2 ? 0 : 1;
    }
    return ZSNMP_SIM_INTEGER;
}

static void tell(struct answer *self, struct name name, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        uint8_t tag = step(&name);
        put(self, &name, tag);
    }
}

/* false: silence. */
static bool tell_something(struct answer *self, const struct question *question)
{
    static const int32_t statuses[] = {STATUS_TOO_BIG, STATUS_NO_SUCH_NAME, STATUS_GEN_ERR, 19};
    if (input_is_over(&input)) {
        self->status = ends && question->version == 0 ? STATUS_NO_SUCH_NAME : 0;
        put(self, &question->names[0], ZSNMP_SIM_END_OF_MIB_VIEW);
        return ends;
    }
    uint8_t how = input_byte(&input);
    if ((how & 0xc0) == 0xc0) {
        self->status = statuses[how & 3];
        self->index = how >> 2 & 3;
        return (how & 0x20) == 0;
    }
    tell(self, question->names[0], how & 0x3f);
    return true;
}

static void answer(struct device *device, const uint8_t *data, size_t len, size_t socket)
{
    static uint8_t room[ANSWER_ROOM];
    struct question question;
    struct answer reply;
    if (!question_read(&question, data, len) || question.count != 1) {
        return;
    }
    answer_start(&reply, room);
    if (tell_something(&reply, &question)) {
        answer_close(&reply, &question, question.reqid);
        network_reply(device, &device->addr, socket, reply.out.head,
                      (size_t)(reply.out.tail - reply.out.head), false);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BED_MESSAGE_MAX) {
        return 0;
    }
    input = (struct input){data, data + size};
    uint8_t what = input_byte(&input);
    uint8_t more = input_byte(&input);
    ends = (what & 1) != 0;
    bed_open(answer);
    struct ticket *ticket = bed_ticket(ZSNMP_WALK, what & 2 ? ZSNMP_V1 : ZSNMP_V2C);
    ticket->walk_bulk = (what & 4) == 0;
    ticket->limit = what & 8 ? more : 0;
    ticket->repetitions = what & 16 ? more : 0;
    ticket->retries = what >> 5 & 3;
    bed_run(ticket);
    if (ticket->packets > size + ticket->retries + 3) {
        fprintf(stderr, "%u packets for %zu bytes\n", ticket->packets, size);
        abort();
    }
    return 0;
}
