/*
 * The run of an operation over many devices; see job.h. An id is the place of
 * its peer in the list and one bit for the second request that an empty walk
 * takes, so that a reply finds its peer without a table.
 */
#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "request.h"
#include "signals.h"

#define BATCH_MAX 100u               /* requests of one body */
#define BATCH_BYTES 262144u          /* a body is sent when it has so many */
#define BODY_MAX (80u * 1024 * 1024) /* the most that one request can take: 1000 settings */
#define DRAIN_MAX 64                 /* messages handled before the window is filled again */
#define INTERRUPT_GRACE_US 3000000   /* what running walks get to hand over what they have */
#define CANCEL_LINGER_MS 200
#define OWED_FACTOR 10 /* silences without a reply until a broker that pings is given up */

enum state { NOT_ASKED = 0, ASKED, ASKED_AGAIN, DONE };

static uint64_t make_id(size_t index, bool again)
{
    return (uint64_t)index * 2 + (again ? 1 : 0);
}

static int fail(struct zsnmp_cli_job *self, int status, const char *what)
{
    zsnmp_cli_progress_hide(self->progress);
    (void)fprintf(self->output->err, "zsnmp: %s\n", what);
    return status;
}

/* ---- sending ---- */

static bool send_body(struct zsnmp_cli_job *self, const struct zsnmp_buf *requests, uint32_t count)
{
    if (self->peers->count == 1) {
        return zsnmp_cli_client_send(self->client, requests);
    }
    struct zsnmp_buf body;
    zsnmp_buf_init(&body, BODY_MAX + 8);
    zsnmp_cli_request_put_batch(&body, count);
    (void)zsnmp_buf_append(&body, requests->data, requests->len);
    body.failed = body.failed || requests->failed;
    bool sent = zsnmp_cli_client_send(self->client, &body);
    zsnmp_buf_clear(&body);
    return sent;
}

/* One batch of peers that have not been asked, as many as the window has room for. */
static bool send_batch(struct zsnmp_cli_job *self)
{
    struct zsnmp_buf requests;
    zsnmp_buf_init(&requests, BODY_MAX);
    uint32_t count = 0;
    while (self->next < self->peers->count && self->outstanding < self->options->window &&
           count < BATCH_MAX && requests.len < BATCH_BYTES) {
        zsnmp_cli_request_put(&requests, self->options, make_id(self->next, false),
                              self->peers->items[self->next]);
        self->states[self->next++] = ASKED;
        self->outstanding++;
        count++;
    }
    bool sent = send_body(self, &requests, count);
    zsnmp_buf_clear(&requests);
    return sent;
}

/* Whether there is room enough in the window for a batch that is worth its message. */
static bool wants_batch(const struct zsnmp_cli_job *self)
{
    size_t left = self->peers->count - self->next;
    size_t room = self->options->window - self->outstanding;
    size_t worth = self->options->window < BATCH_MAX ? 1 : BATCH_MAX / 2;
    return left > 0 && room > 0 && (room >= worth || room >= left);
}

static bool fill_window(struct zsnmp_cli_job *self)
{
    if (self->outstanding == 0) {
        zsnmp_cli_client_restart(self->client);
        self->replied_us = zsnmp_clock_us();
    }
    while (wants_batch(self)) {
        if (!send_batch(self)) {
            return false;
        }
    }
    return true;
}

/* What running requests have is worth having: the broker answers a cancelled one with it. */
static void cancel_all(struct zsnmp_cli_job *self)
{
    for (size_t i = 0; i < self->next; i++) {
        if (self->states[i] != ASKED && self->states[i] != ASKED_AGAIN) {
            continue;
        }
        struct zsnmp_buf body;
        zsnmp_buf_init(&body, BATCH_BYTES);
        zsnmp_cli_request_put_cancel(&body, ZSNMP_CLI_PING_ID,
                                     make_id(i, self->states[i] == ASKED_AGAIN));
        (void)zsnmp_cli_client_send(self->client, &body);
        zsnmp_buf_clear(&body);
    }
}

/* ---- receiving ---- */

static bool ask_again(struct zsnmp_cli_job *self, size_t index)
{
    struct zsnmp_buf body;
    zsnmp_buf_init(&body, BODY_MAX);
    zsnmp_cli_request_put_get(&body, self->options, make_id(index, true),
                              self->peers->items[index]);
    self->states[index] = ASKED_AGAIN;
    bool sent = send_body(self, &body, 1);
    zsnmp_buf_clear(&body);
    return sent;
}

/* Like snmpwalk: an OID with nothing below it may be an instance. */
static bool is_empty_walk(const struct zsnmp_cli_job *self, const struct zsnmp_cli_reply *reply)
{
    return self->options->command == ZSNMP_CLI_WALK && reply->count == 0 && !reply->failed &&
           reply->complete;
}

static void finish_peer(struct zsnmp_cli_job *self, size_t index,
                        const struct zsnmp_cli_reply *reply)
{
    if (self->hide || !zsnmp_cli_reply_good(reply)) {
        zsnmp_cli_progress_hide(self->progress);
    }
    zsnmp_cli_output_reply(self->output, self->peers->items[index], reply);
    self->progress->varbinds += reply->count;
    if (reply->more) {
        return;
    }
    self->states[index] = DONE;
    self->outstanding--;
    self->progress->done++;
    self->progress->failed += zsnmp_cli_reply_good(reply) ? 0 : 1;
}

/* An error without an id is about a whole body of ours: no reply will come to anything in it. */
static bool note_refusal(struct zsnmp_cli_job *self, const struct zsnmp_cli_reply *reply)
{
    if (reply->failed) {
        (void)snprintf(self->refusal, sizeof(self->refusal), "the broker refuses: %s: %s",
                       reply->error.name, reply->error.message);
    }
    return !reply->failed;
}

static bool handle_map(void *arg, const uint8_t *data, size_t len)
{
    struct zsnmp_cli_job *self = arg;
    struct zsnmp_cli_reply reply;
    if (!zsnmp_cli_reply_decode(&reply, data, len)) {
        return false;
    }
    if (!reply.has_id) {
        return note_refusal(self, &reply);
    }
    size_t index = (size_t)(reply.id / 2);
    bool again = reply.id % 2 != 0;
    /* Pings, late ones and those that nobody asked for. */
    if (reply.id / 2 >= self->peers->count ||
        self->states[index] != (again ? ASKED_AGAIN : ASKED)) {
        return true;
    }
    self->replied_us = zsnmp_clock_us();
    if (!again && is_empty_walk(self, &reply) && zsnmp_cli_signals_caught() == 0) {
        return ask_again(self, index);
    }
    finish_peer(self, index, &reply);
    return true;
}

static bool handle_message(struct zsnmp_cli_job *self, zmq_msg_t *message)
{
    bool good =
        zsnmp_cli_body_split(zmq_msg_data(message), zmq_msg_size(message), handle_map, self);
    (void)zmq_msg_close(message);
    return good;
}

/* ---- the run ---- */

/* All that is there, so that the terminal is flushed once for many replies. */
static enum zsnmp_cli_heard receive_some(struct zsnmp_cli_job *self, bool *garbage)
{
    enum zsnmp_cli_heard first = ZSNMP_CLI_NOTHING;
    for (int i = 0; i < DRAIN_MAX; i++) {
        zmq_msg_t message;
        enum zsnmp_cli_heard heard =
            zsnmp_cli_client_receive(self->client, &message, i == 0 ? ZSNMP_CLI_TICK_MS : 0);
        first = i == 0 ? heard : first;
        if (heard != ZSNMP_CLI_MESSAGE) {
            break;
        }
        if (!handle_message(self, &message)) {
            *garbage = true;
            break;
        }
    }
    return first;
}

static bool flush(struct zsnmp_cli_job *self)
{
    return fflush(self->output->out) == 0 && !ferror(self->output->out);
}

/* A walk may take its time; anything else that is owed for so long will not come any more. */
static bool is_owed_too_long(const struct zsnmp_cli_job *self)
{
    int64_t limit_us = (int64_t)self->client->silence_ms * 1000 * OWED_FACTOR;
    return self->options->command != ZSNMP_CLI_WALK && self->outstanding > 0 &&
           zsnmp_clock_us() - self->replied_us > limit_us;
}

static int say_silent(struct zsnmp_cli_job *self, bool owes)
{
    char text[700];
    double seconds = (double)self->client->silence_ms / 1000 * (owes ? OWED_FACTOR : 1);
    (void)snprintf(text, sizeof(text), "no answer%s from the broker at %s within %g s",
                   owes ? " to requests (but to pings)" : "", self->client->endpoint, seconds);
    return fail(self, ZSNMP_CLI_NO_BROKER, text);
}

static int say_garbage(struct zsnmp_cli_job *self)
{
    char text[700];
    if (self->refusal[0] != '\0') {
        return fail(self, ZSNMP_CLI_NO_BROKER, self->refusal);
    }
    (void)snprintf(text, sizeof(text), "what came from %s is not of the protocol of a broker",
                   self->client->endpoint);
    return fail(self, ZSNMP_CLI_NO_BROKER, text);
}

/* One round: send, wait, print. Goes on with -1, else the status to end with. */
static int run_round(struct zsnmp_cli_job *self, bool send)
{
    bool garbage = false;
    if (send && !fill_window(self)) {
        return fail(self, ZSNMP_CLI_NO_BROKER, strerror(errno));
    }
    enum zsnmp_cli_heard heard = receive_some(self, &garbage);
    if (!flush(self)) {
        return fail(self, ZSNMP_CLI_FAILED, "the output could not be written");
    }
    if (garbage) {
        return say_garbage(self);
    }
    if (heard == ZSNMP_CLI_BROKEN) {
        return fail(self, ZSNMP_CLI_NO_BROKER, strerror(errno));
    }
    if (heard == ZSNMP_CLI_SILENT || is_owed_too_long(self)) {
        return say_silent(self, heard != ZSNMP_CLI_SILENT);
    }
    zsnmp_cli_progress_draw(self->progress, zsnmp_clock_us());
    return -1;
}

/* What came so far is printed already; walks that run hand over what they have. */
static int end_interrupted(struct zsnmp_cli_job *self)
{
    int64_t until_us = zsnmp_clock_us() + INTERRUPT_GRACE_US;
    cancel_all(self);
    while (self->outstanding > 0 && zsnmp_clock_us() < until_us) {
        if (run_round(self, false) >= 0) {
            break;
        }
    }
    zsnmp_cli_client_close(self->client, CANCEL_LINGER_MS);
    return ZSNMP_CLI_SIGNALLED + zsnmp_cli_signals_caught();
}

int zsnmp_cli_job_run(struct zsnmp_cli_job *self)
{
    self->states = calloc(self->peers->count, sizeof(*self->states));
    if (self->states == NULL) {
        return fail(self, ZSNMP_CLI_FAILED, "out of memory");
    }
    self->replied_us = zsnmp_clock_us();
    zsnmp_cli_output_begin(self->output);
    int status = -1;
    while (status < 0 && self->progress->done < self->peers->count) {
        status = zsnmp_cli_signals_caught() != 0 ? end_interrupted(self) : run_round(self, true);
    }
    if (status < 0) {
        status = self->progress->failed > 0 ? ZSNMP_CLI_FAILED : ZSNMP_CLI_OK;
    }
    zsnmp_cli_progress_hide(self->progress);
    free(self->states);
    self->states = NULL;
    return status;
}
