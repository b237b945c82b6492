/*
 * The run of an operation over many devices; see job.h.
 */
#include "job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "request.h"
#include "signals.h"

#define BATCH_MAX 100u             /* requests of one body */
#define INTERRUPT_GRACE_US 3000000 /* what running walks get to hand over what they have */
#define OWED_FACTOR 10 /* silences without a reply until a broker that pings is given up */

/* A request that owes a reply. */
struct zsnmp_cli_slot {
    struct zsnmp_cli_slot *next_free;
    struct zsnmp_cli_job *job;
    size_t peer;   /* its place in the list */
    uint64_t call; /* 0: the slot is not in use */
    bool again;    /* the second request, which an empty walk takes */
    bool printed;  /* a part of the reply */
};

static int fail(struct zsnmp_cli_job *self, int status, const char *what)
{
    zsnmp_cli_progress_hide(self->progress);
    (void)fprintf(self->output->err, "zsnmp: %s\n", what);
    return status;
}

/* ---- receiving ---- */

static void release(struct zsnmp_cli_slot *slot)
{
    slot->call = 0;
    slot->next_free = slot->job->free;
    slot->job->free = slot;
    slot->job->outstanding--;
}

/* Like snmpwalk: an OID with nothing below it may be an instance. One that was walked before is
 * none. */
static bool is_empty_walk(const struct zsnmp_cli_slot *slot, const zsnmpc_reply_t *reply)
{
    const struct zsnmp_cli_options *options = slot->job->options;
    return options->command == ZSNMP_CLI_WALK && options->starts.count == 0 && !slot->again &&
           !slot->printed && zsnmpc_reply_count(reply) == 0 && zsnmpc_reply_error(reply) == NULL &&
           zsnmpc_reply_complete(reply) && zsnmp_cli_signals_caught() == 0;
}

static void print(struct zsnmp_cli_slot *slot, const zsnmpc_reply_t *reply)
{
    struct zsnmp_cli_job *self = slot->job;
    bool good = zsnmp_cli_reply_good(reply);
    if (self->hide || !good) {
        zsnmp_cli_progress_hide(self->progress);
    }
    zsnmp_cli_output_reply(self->output, self->peers->items[slot->peer], reply);
    self->progress->varbinds += zsnmpc_reply_count(reply);
    if (zsnmpc_reply_more(reply)) {
        slot->printed = true;
        return;
    }
    release(slot);
    self->progress->done++;
    self->progress->failed += good ? 0 : 1;
}

static void take_reply(const zsnmpc_reply_t *reply, void *arg);

static bool ask_again(struct zsnmp_cli_slot *slot)
{
    struct zsnmp_cli_job *self = slot->job;
    slot->again = true;
    zsnmpc_request_put_text(self->get, ZSNMPC_PEER, self->peers->items[slot->peer]);
    slot->call = zsnmpc_call(self->client, self->get, take_reply, slot);
    return slot->call != 0;
}

/* A broker that is gone is no matter of one device: it is told once, and ends the run. */
static void take_reply(const zsnmpc_reply_t *reply, void *arg)
{
    struct zsnmp_cli_slot *slot = arg;
    struct zsnmp_cli_job *self = slot->job;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    if (self->over) {
        return;
    }
    if (error != NULL && error->kind == ZSNMPC_KIND_LOST) {
        zsnmp_cli_output_clean(self->lost, sizeof(self->lost), error->message);
        release(slot);
        return;
    }
    self->replied_us = zsnmp_clock_us();
    if (!is_empty_walk(slot, reply)) {
        print(slot, reply);
    } else if (!ask_again(slot)) {
        (void)snprintf(self->lost, sizeof(self->lost), "%s", strerror(errno));
        release(slot);
    }
}

/* ---- sending ---- */

static bool ask(struct zsnmp_cli_job *self)
{
    struct zsnmp_cli_slot *slot = self->free;
    zsnmpc_request_put_text(self->request, ZSNMPC_PEER, self->peers->items[self->next]);
    uint64_t call = zsnmpc_call(self->client, self->request, take_reply, slot);
    if (call == 0) {
        return false;
    }
    self->free = slot->next_free;
    slot->peer = self->next++;
    slot->call = call;
    slot->again = slot->printed = false;
    self->outstanding++;
    return true;
}

/* Peers that have not been asked, as many as there is room for; they go out as one message. */
static bool ask_some(struct zsnmp_cli_job *self)
{
    bool sent = true;
    zsnmpc_batch_begin(self->client);
    for (unsigned i = 0; i < BATCH_MAX && sent && self->free != NULL; i++) {
        sent = self->next == self->peers->count || ask(self);
    }
    zsnmpc_batch_end(self->client);
    return sent;
}

/* Whether there is room enough in the window for a batch that is worth its message. */
static bool wants_batch(const struct zsnmp_cli_job *self)
{
    size_t left = self->peers->count - self->next;
    size_t room = self->slot_count - self->outstanding;
    size_t worth = self->options->window < BATCH_MAX ? 1 : BATCH_MAX / 2;
    return left > 0 && room > 0 && (room >= worth || room >= left);
}

static bool fill_window(struct zsnmp_cli_job *self)
{
    if (self->outstanding == 0) {
        self->replied_us = zsnmp_clock_us();
    }
    while (wants_batch(self)) {
        if (!ask_some(self)) {
            return false;
        }
    }
    return true;
}

/* What running requests have is worth having: the broker answers one that is stopped with it. */
static void stop_all(struct zsnmp_cli_job *self)
{
    zsnmpc_batch_begin(self->client);
    for (size_t i = 0; i < self->slot_count; i++) {
        if (self->slots[i].call != 0) {
            (void)zsnmpc_stop(self->client, self->slots[i].call);
        }
    }
    zsnmpc_batch_end(self->client);
}

/* ---- the run ---- */

static bool flush(struct zsnmp_cli_job *self)
{
    return fflush(self->output->out) == 0 && !ferror(self->output->out);
}

/* A walk may take its time; anything else that is owed for so long will not come any more. */
static bool is_owed_too_long(const struct zsnmp_cli_job *self)
{
    int64_t limit_us = (int64_t)self->options->broker_timeout_ms * 1000 * OWED_FACTOR;
    return self->options->command != ZSNMP_CLI_WALK && self->outstanding > 0 &&
           zsnmp_clock_us() - self->replied_us > limit_us;
}

static int say_owed(struct zsnmp_cli_job *self)
{
    char text[700];
    double seconds = (double)self->options->broker_timeout_ms / 1000 * OWED_FACTOR;
    (void)snprintf(text, sizeof(text),
                   "no answer to requests (but to pings) from the broker at %s within %g s",
                   self->options->endpoint, seconds);
    return fail(self, ZSNMP_CLI_NO_BROKER, text);
}

/* One round: send, wait, print. Goes on with -1, else the status to end with. */
static int run_round(struct zsnmp_cli_job *self, bool send)
{
    if (send && !fill_window(self)) {
        return fail(self, ZSNMP_CLI_FAILED, strerror(errno));
    }
    (void)zsnmpc_wait(self->client, ZSNMP_CLI_TICK_MS);
    if (!flush(self)) {
        return fail(self, ZSNMP_CLI_FAILED, "the output could not be written");
    }
    if (self->lost[0] != '\0') {
        return fail(self, ZSNMP_CLI_NO_BROKER, self->lost);
    }
    if (is_owed_too_long(self)) {
        return say_owed(self);
    }
    zsnmp_cli_progress_draw(self->progress, zsnmp_clock_us());
    return -1;
}

/* What came so far is printed already; walks that run hand over what they have. */
static int end_interrupted(struct zsnmp_cli_job *self)
{
    int64_t until_us = zsnmp_clock_us() + INTERRUPT_GRACE_US;
    stop_all(self);
    while (self->outstanding > 0 && zsnmp_clock_us() < until_us) {
        if (run_round(self, false) >= 0) {
            break;
        }
    }
    return ZSNMP_CLI_SIGNALLED + zsnmp_cli_signals_caught();
}

static bool prepare(struct zsnmp_cli_job *self)
{
    size_t peers = self->peers->count;
    self->slot_count = peers < self->options->window ? peers : self->options->window;
    self->slots = calloc(self->slot_count, sizeof(*self->slots));
    self->request = zsnmp_cli_request_new(self->options);
    self->get = zsnmp_cli_request_new_get(self->options);
    for (size_t i = self->slot_count; self->slots != NULL && i-- > 0;) {
        self->slots[i] = (struct zsnmp_cli_slot){.job = self, .next_free = self->free};
        self->free = &self->slots[i];
    }
    return self->slots != NULL && self->request != NULL && self->get != NULL;
}

/* The client goes first: calls that are left know their slots. */
static void clean_up(struct zsnmp_cli_job *self)
{
    self->over = true;
    zsnmpc_destroy(&self->client);
    zsnmpc_request_destroy(&self->request);
    zsnmpc_request_destroy(&self->get);
    free(self->slots);
    self->slots = NULL;
}

int zsnmp_cli_job_run(struct zsnmp_cli_job *self)
{
    int status = -1;
    if (!prepare(self)) {
        status = fail(self, ZSNMP_CLI_FAILED, "out of memory");
    } else {
        zsnmp_cli_output_begin(self->output);
    }
    while (status < 0 && self->progress->done < self->peers->count) {
        status = zsnmp_cli_signals_caught() != 0 ? end_interrupted(self) : run_round(self, true);
    }
    if (status < 0) {
        status = self->progress->failed > 0 ? ZSNMP_CLI_FAILED : ZSNMP_CLI_OK;
    }
    zsnmp_cli_progress_hide(self->progress);
    clean_up(self);
    return status;
}
