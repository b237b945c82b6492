/*
 * Fuzz target: an answer of version 3 to a request with authentication and privacy, from the
 * datagram to completion; the engine has been discovered before. The first byte says what is asked
 * and what the rest is: a datagram, or a scoped PDU, which is then encrypted and authenticated as
 * it has to be.
 *
 *     make fuzz
 */
#include <string.h>

#include "bed.h"
#include "sim/crypt.h"

enum { FLAG_AUTH = 1, FLAG_PRIV = 2 };
enum { RAW = 1, PLAIN = 2, OLD_BOOTS = 4, OLD_TIME = 8 };

#define MAC_LEN 12u /* RFC 3414 section 6.3.1 */

static const uint8_t engine_id[] = {0x80, 0, 0x1f, 0x88, 4, 's', 'i', 'm', 0};
static const uint8_t salt[ZSNMP_SIM_SALT] = {1, 2, 3, 4, 5, 6, 7, 8};
static struct input input;
static uint8_t what;

struct message {
    int32_t boots;
    int32_t time;
    uint8_t flags;
};

static void add_data(struct zsnmp_sim_out *out, const struct message *message)
{
    struct zsnmp_sim_cipher cipher;
    size_t len = (size_t)(input.end - input.at);
    memcpy(out->tail, input.at, len);
    bed_put_id(out->tail, len, world.live[0]->request->run.reqid);
    if ((message->flags & FLAG_PRIV) != 0) {
        (void)zsnmp_sim_cipher_key(&cipher, ZSNMP_SIM_AES128, client_priv_key);
        zsnmp_sim_cipher_encrypt(&cipher, message->boots, message->time, salt, out->tail, len,
                                 out->tail);
    }
    out->tail += len;
    if ((message->flags & FLAG_PRIV) != 0) {
        zsnmp_sim_out_wrap(out, ZSNMP_SIM_STRING, out->tail);
    }
}

/* Where the MAC will be. */
static uint8_t *add_security(struct zsnmp_sim_out *out, const struct message *message)
{
    static const uint8_t nothing[MAC_LEN] = {0};
    const uint8_t *until = out->head;
    bool priv = (message->flags & FLAG_PRIV) != 0;
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, salt, priv ? sizeof salt : 0);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, nothing, MAC_LEN);
    uint8_t *mac = out->head + 2;
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, (const uint8_t *)"nobody", 6);
    zsnmp_sim_out_int(out, message->time);
    zsnmp_sim_out_int(out, message->boots);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, engine_id, sizeof engine_id);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, until);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_STRING, until);
    return mac;
}

static void add_head(struct zsnmp_sim_out *out, const struct message *message, int32_t msg_id)
{
    const uint8_t *until = out->head;
    zsnmp_sim_out_int(out, 3);
    zsnmp_sim_out_bytes(out, ZSNMP_SIM_STRING, &message->flags, 1);
    zsnmp_sim_out_int(out, ZSNMP_SIM_MESSAGE_MAX);
    zsnmp_sim_out_int(out, msg_id);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, until);
    zsnmp_sim_out_int(out, 3);
    zsnmp_sim_out_wrap(out, ZSNMP_SIM_SEQUENCE, out->tail);
}

static void reply_sound(struct device *device, size_t socket, int32_t msg_id)
{
    static uint8_t room[ANSWER_ROOM];
    int32_t now = (int32_t)(world.now_us / 1000000);
    struct message message = {.boots = what & OLD_BOOTS ? 0 : 1,
                              .time = what & OLD_TIME ? now - 500 : now,
                              .flags = what & PLAIN ? FLAG_AUTH : FLAG_AUTH | FLAG_PRIV};
    struct zsnmp_sim_hmac hmac;
    struct zsnmp_sim_out out;
    uint8_t digest[ZSNMP_SIM_DIGEST_MAX];
    zsnmp_sim_out_start(&out, room, ZSNMP_SIM_MESSAGE_MAX);
    add_data(&out, &message);
    uint8_t *mac = add_security(&out, &message);
    add_head(&out, &message, msg_id);
    size_t len = (size_t)(out.tail - out.head);
    zsnmp_sim_hmac_key(&hmac, ZSNMP_SIM_SHA1, client_auth_key);
    zsnmp_sim_hmac_message(&hmac, out.head, len, (size_t)(mac - out.head), digest);
    memcpy(mac, digest, MAC_LEN);
    network_reply(device, &device->addr, socket, out.head, len, false);
}

static void answer(struct device *device, const uint8_t *data, size_t len, size_t socket)
{
    struct question question;
    if (!question_read(&question, data, len)) {
        return;
    }
    if ((question.flags & FLAG_AUTH) == 0) { /* discovery */
        agent_receive(device, data, len, socket);
    } else if (what & RAW) {
        bed_reply(device, socket, input.at, (size_t)(input.end - input.at), question.msg_id);
    } else if (world.live_count > 0) {
        reply_sound(device, socket, question.msg_id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BED_MESSAGE_MAX) {
        return 0;
    }
    input = (struct input){data, data + size};
    what = input_byte(&input);
    bed_open(answer);
    struct ticket *ticket = bed_ticket((uint8_t)(ZSNMP_GET + (what >> 4) % 5), ZSNMP_V3);
    ticket->localised = true;
    ticket->limit = 100;
    bed_run(ticket);
    return 0;
}
