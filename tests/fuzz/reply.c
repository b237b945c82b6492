/*
 * Fuzz target: a datagram in answer to a request of version 1 or 2c, from admission to completion.
 * The first byte says what is asked; all that is sent is answered with the rest.
 *
 *     make fuzz
 */
#include "bed.h"

static struct input input;

static void answer(struct device *device, const uint8_t *data, size_t len, size_t socket)
{
    struct question question;
    if (question_read(&question, data, len)) {
        bed_reply(device, socket, input.at, (size_t)(input.end - input.at), question.reqid);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BED_MESSAGE_MAX) {
        return 0;
    }
    input = (struct input){data, data + size};
    uint8_t what = input_byte(&input);
    bed_open(answer);
    struct ticket *ticket =
        bed_ticket((uint8_t)(ZSNMP_GET + what % 5), what & 0x40 ? ZSNMP_V1 : ZSNMP_V2C);
    ticket->limit = what & 0x20 ? 2 : 100;
    bed_run(ticket);
    return 0;
}
