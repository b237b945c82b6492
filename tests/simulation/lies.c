/*
 * Devices that tell what is not so, and noise: messages that must not count for anything.
 */
#include <string.h>

#include "world.h"

static uint32_t draw_bit(uint32_t bits, uint32_t count)
{
    uint32_t at = chance_below(&world.chance, count);
    while ((bits & (1u << at)) == 0) {
        at = (at + 1) % count;
    }
    return at;
}

static void put_name(struct answer *self, const struct name *name, uint8_t tag)
{
    uint8_t bytes[ZSNMP_SIM_OID_BYTES_MAX];
    uint8_t value[9];
    size_t len = zsnmp_sim_ber_put_oid(bytes, name->ids, name->len);
    bool bare = tag != ZSNMP_SIM_INTEGER;
    size_t value_len = bare ? 0 : zsnmp_sim_ber_put_signed(value, 7);
    (void)zsnmp_sim_out_varbind(&self->out, bytes, len, tag, value, value_len);
}

/* The name that was asked for again, or one that lies before it. */
static bool tell_no_further(struct answer *self, const struct question *question, bool same)
{
    if (question->type != ZSNMP_SIM_PDU_GETNEXT && question->type != ZSNMP_SIM_PDU_GETBULK) {
        return false;
    }
    for (uint32_t i = 0; i < question->count; i++) {
        struct name name = question->names[i];
        uint32_t *last = &name.ids[name.len - 1];
        *last -= !same && *last > 0 ? 1 : 0;
        put_name(self, &name, ZSNMP_SIM_INTEGER);
    }
    return true;
}

static bool tell_names(struct answer *self, const struct question *question)
{
    for (uint32_t i = 0; i < question->count; i++) {
        struct name name = question->names[i];
        name.ids[chance_below(&world.chance, name.len - 2u) + 2] = chance_below(&world.chance, 9);
        put_name(self, &name, ZSNMP_SIM_INTEGER);
    }
    return true;
}

static bool tell_fewer(struct answer *self, const struct device *device,
                       const struct question *question)
{
    struct question fewer = *question;
    fewer.count = chance_below(&world.chance, question->count);
    return question->type != ZSNMP_SIM_PDU_SET && answer_tell(self, device, &fewer);
}

static bool tell_more(struct answer *self, const struct device *device,
                      const struct question *question)
{
    if (!answer_tell(self, device, question)) {
        return false;
    }
    for (uint32_t i = chance_below(&world.chance, 3); i < 3; i++) {
        put_name(self, &question->names[0], ZSNMP_SIM_INTEGER);
    }
    return true;
}

static bool tell_status(struct answer *self, const struct question *question)
{
    static const int32_t odd[] = {-1, 19, 255, INT32_MAX};
    bool strange = chance_hits(&world.chance, 20);
    self->status = strange ? odd[chance_below(&world.chance, 4)]
                           : (int32_t)(1 + chance_below(&world.chance, 18));
    self->index = (int32_t)chance_below(&world.chance, question->count + 3) - 1;
    return true;
}

static bool tell_exception(struct answer *self, const struct question *question)
{
    for (uint32_t i = 0; i < question->count; i++) {
        put_name(self, &question->names[i], ZSNMP_SIM_NO_SUCH_OBJECT);
    }
    return question->version != 0;
}

bool lies_tell(struct answer *self, const struct device *device, const struct question *question)
{
    switch (draw_bit(device->lies, LIE_COUNT)) {
    case LIE_LOOP:
        return tell_no_further(self, question, true);
    case LIE_BACK:
        return tell_no_further(self, question, false);
    case LIE_SHORT:
        return tell_fewer(self, device, question);
    case LIE_LONG:
        return tell_more(self, device, question);
    case LIE_NAME:
        return tell_names(self, question);
    case LIE_STATUS:
        return tell_status(self, question);
    default:
        return tell_exception(self, question);
    }
}

/* ---- noise ---- */

static void make_garbage(struct device *device, size_t socket)
{
    uint8_t bytes[64];
    size_t len = chance_below(&world.chance, sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)chance_next(&world.chance);
    }
    if (len > 2 && chance_hits(&world.chance, 50)) { /* something of a message */
        bytes[0] = ZSNMP_SIM_SEQUENCE;
        bytes[1] = (uint8_t)(len - 2);
    }
    network_reply(device, &device->addr, socket, bytes, len, true);
}

/* What would be an answer, were it not for one thing. */
static void begin_forgery(struct answer *answer, uint8_t *room, const struct question *question)
{
    answer_start(answer, room);
    for (uint32_t i = 0; i < question->count; i++) {
        put_name(answer, &question->names[i], ZSNMP_SIM_INTEGER);
    }
}

static void send_forgery(struct device *device, struct answer *answer,
                         const struct question *question, const struct zsnmp_addr *from,
                         size_t socket, size_t cut)
{
    size_t len = (size_t)(answer->out.tail - answer->out.head);
    (void)question;
    network_reply(device, from, socket, answer->out.head, len > cut ? len - cut : len, true);
}

static void change(enum noise noise, struct question *question, struct answer *answer,
                   struct zsnmp_addr *from, size_t *socket)
{
    static const uint8_t other[] = "other";
    switch (noise) {
    case NOISE_ID:
        question->reqid ^= 1 << chance_below(&world.chance, 30);
        break;
    case NOISE_ADDRESS:
        zsnmp_addr_set_port(from, (uint16_t)(1000 + chance_below(&world.chance, 1000)));
        break;
    case NOISE_SOCKET:
        *socket = *socket + 1;
        break;
    case NOISE_COMMUNITY:
        question->community = (struct zsnmp_sim_span){other, other + sizeof other - 1};
        break;
    case NOISE_VERSION:
        question->version = 1 - question->version;
        break;
    default:
        answer->type = chance_hits(&world.chance, 50) ? ZSNMP_SIM_PDU_GET : ZSNMP_SIM_PDU_REPORT;
    }
}

void noise_make(struct device *device, const struct question *asked, size_t socket)
{
    static uint8_t room[ANSWER_ROOM];
    enum noise noise = (enum noise)draw_bit(device->noise, NOISE_COUNT);
    struct question question = *asked;
    struct zsnmp_addr from = device->addr;
    struct answer answer;
    if (noise == NOISE_GARBAGE) {
        make_garbage(device, socket);
        return;
    }
    begin_forgery(&answer, room, &question);
    if (noise == NOISE_TAIL) { /* a name without a value */
        static const uint8_t name[] = {0x2b, 6};
        (void)zsnmp_sim_out_varbind(&answer.out, name, sizeof name, ZSNMP_SIM_INTEGER, NULL, 0);
    } else if (noise != NOISE_CUT) {
        change(noise, &question, &answer, &from, &socket);
    }
    answer_close(&answer, &question, question.reqid);
    send_forgery(device, &answer, &question, &from, socket,
                 noise == NOISE_CUT ? 1 + chance_below(&world.chance, 20) : 0);
}
