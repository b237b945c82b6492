/*
 * A request on its way: out of the lane, into the air, back, and to its end.
 * Time-outs, tries and ids are decided here; net-snmp's own timers are not
 * used. Must end each request exactly once, whatever happens.
 */
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

/* ---- time ---- */

static int64_t deadline_of(const struct zsnmp_request *request)
{
    return request->deadline_ms == 0 ? INT64_MAX
                                     : request->accepted_us + (int64_t)request->deadline_ms * 1000;
}

static void set_due(struct zsnmp_request *request, int64_t at_us)
{
    int64_t deadline = deadline_of(request);
    request->run.due_us = at_us < deadline ? at_us : deadline;
}

/* Without memory for a timer a request could hang: it ends instead. */
static bool arm(struct zsnmp_worker *self, struct zsnmp_request *request, int64_t at_us)
{
    set_due(request, at_us);
    if (request->run.due_us == INT64_MAX) {
        zsnmp_heap_remove(&self->timers, &request->run.timer);
        return true;
    }
    return zsnmp_heap_set(&self->timers, &request->run.timer, request->run.due_us);
}

/*
 * Nearly all tries are answered while they are young, so a timer that is due
 * later than that is set only when they no longer are.
 */
static bool arm_try(struct zsnmp_worker *self, struct zsnmp_request *request, int64_t at_us)
{
    set_due(request, at_us);
    if (request->run.due_us - self->now_us <= ZSNMP_YOUNG_US) {
        return arm(self, request, at_us);
    }
    zsnmp_heap_remove(&self->timers, &request->run.timer); /* what it waited for before */
    return true;
}

bool zsnmp_run_is_late(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    return self->now_us >= deadline_of(request);
}

bool zsnmp_run_watch(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    return arm(self, request, INT64_MAX);
}

static void leave_young(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (!zsnmp_list_empty(&request->run.young)) {
        zsnmp_list_remove(&request->run.young);
        self->young_count--;
    }
}

/*
 * The window keeps bursts of answers within what the receive buffers hold. A
 * try that has been out for long is not part of a burst any more; if it went
 * on counting, dead devices would fill the window and the others would wait.
 */
void zsnmp_run_grow_old(struct zsnmp_worker *self)
{
    while (!zsnmp_list_empty(&self->young)) {
        struct zsnmp_request *request =
            ZSNMP_CONTAINER(self->young.next, struct zsnmp_request, run.young);
        if (self->now_us - request->run.sent_us < ZSNMP_YOUNG_US) {
            return;
        }
        leave_young(self, request);
        if (!zsnmp_heap_set(&self->timers, &request->run.timer, request->run.due_us)) {
            zsnmp_run_finish(self, request, ZSNMP_E_INTERNAL);
        }
    }
}

/* ---- the interval of a device ---- */

/* The first of those that wait for it is the only one with a timer, but for deadlines. */
static void wake_first(struct zsnmp_worker *self, struct zsnmp_device *device)
{
    if (zsnmp_list_empty(&device->put_off)) {
        return;
    }
    struct zsnmp_request *first =
        ZSNMP_CONTAINER(device->put_off.next, struct zsnmp_request, run.pause);
    if (!arm(self, first, zsnmp_device_free_us(self, device, first))) {
        zsnmp_run_finish(self, first, ZSNMP_E_INTERNAL);
    }
}

static void leave_pause(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (!run->put_off) {
        return;
    }
    bool was_first = run->device->put_off.next == &run->pause;
    run->put_off = false;
    zsnmp_list_remove(&run->pause);
    if (was_first) {
        wake_first(self, run->device);
    }
}

static bool must_wait(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    const struct zsnmp_device *device = request->run.device;
    return !zsnmp_list_empty(&device->put_off) ||
           self->now_us < zsnmp_device_free_us(self, device, request);
}

/* ---- the end ---- */

/* Somebody asked for it: it is no discovery, and no probe of a breaker. */
static bool is_request(const struct zsnmp_request *request)
{
    return request->op != ZSNMP_OP_PROBE && request->run.breaker == NULL;
}

/* Those that ride in a bundle are, in its place. */
static bool is_counted(const struct zsnmp_request *request)
{
    return is_request(request) && !request->run.is_bundle;
}

static uint32_t is_set(const struct zsnmp_request *request)
{
    return request->op == ZSNMP_SET ? 1 : 0;
}

void zsnmp_run_land(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    zsnmp_ids_drop(self, request);
    if (run->reqid != 0 && run->session != NULL && run->session->link != NULL) {
        zsnmp_link_cancel(run->session->link, run->reqid);
    }
    if (run->state == ZSNMP_RUN_FLYING && is_counted(request)) {
        zsnmp_counter_add(&self->counters.requests_in_flight, (uint64_t)-1);
    }
    run->reqid = 0;
    run->larger_id = 0;
    leave_pause(self, request);
    run->state = ZSNMP_RUN_WAITING;
    zsnmp_list_remove(&run->link);
    leave_young(self, request);
    /* What goes on after this may have to wait: the deadline stays. */
    if (request->deadline_ms == 0 || !arm(self, request, INT64_MAX)) {
        zsnmp_heap_remove(&self->timers, &run->timer);
    }
}

static void count_end(struct zsnmp_worker *self, const struct zsnmp_request *request,
                      zsnmp_err_t err)
{
    zsnmp_counter_add(&self->counters.varbinds, request->reply.count);
    if (err == ZSNMP_OK) {
        ZSNMP_COUNT(self, requests_ok);
        return;
    }
    ZSNMP_COUNT(self, requests_failed);
    if (err == ZSNMP_E_TIMEOUT) {
        ZSNMP_COUNT(self, requests_timeout);
        if (request->run.device != NULL) {
            request->run.device->failures++;
        }
    } else if (err == ZSNMP_E_CANCELLED) {
        ZSNMP_COUNT(self, requests_cancelled);
    }
}

void zsnmp_run_detach(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (run->state == ZSNMP_RUN_FLYING) {
        zsnmp_run_land(self, request);
    }
    zsnmp_ids_drop(self, request); /* of a PDU that a smaller one was to take the place of */
    zsnmp_list_remove(&run->link);
    zsnmp_heap_remove(&self->timers, &run->timer);
    zsnmp_merge_forget(self, request);
    zsnmp_stream_forget(self, request);
    if (run->in_handles) {
        zsnmp_handles_drop(self, request);
        run->in_handles = false;
    }
    if (run->session != NULL) {
        run->session->users--;
        run->session = NULL;
    }
    if (run->state == ZSNMP_RUN_RIDING) {
        zsnmp_bundle_leave(self, request);
    } else if (run->state == ZSNMP_RUN_QUEUED) {
        zsnmp_device_dequeue(self, run->device, request);
    } else if (run->state == ZSNMP_RUN_PAUSED) {
        run->device->paused--;
    } else if (run->state == ZSNMP_RUN_WAITING && is_request(request)) {
        run->device->running--;
        run->device->sets += is_set(request);
    }
    leave_pause(self, request);
}

static void end_walk(struct zsnmp_request *request, zsnmp_err_t err)
{
    struct zsnmp_reply *reply = &request->reply;
    if (reply->stop == ZSNMP_STOP_NONE) {
        reply->stop = zsnmp_op_stop(err);
    }
    if (reply->complete) {
        reply->next_len = 0;
    } else if (reply->next_len == 0) {
        zsnmp_op_position(request); /* it never began */
    }
}

void zsnmp_run_finish(struct zsnmp_worker *self, struct zsnmp_request *request, zsnmp_err_t err)
{
    struct zsnmp_run *run = &request->run;
    if (request->op == ZSNMP_OP_PROBE) {
        zsnmp_run_land(self, request);
        zsnmp_session_probed(self, request, err);
        return;
    }
    if (zsnmp_roots_end(self, request, err)) {
        return;
    }
    bool has_asked = run->state != ZSNMP_RUN_MERGED && run->state != ZSNMP_RUN_ROOTS &&
                     run->state != ZSNMP_RUN_RIDING;
    zsnmp_run_detach(self, request);
    if (run->breaker != NULL) {
        zsnmp_breaker_probed(self, request, err);
        return;
    }
    request->reply.error = err;
    if (request->op == ZSNMP_WALK) {
        end_walk(request, err);
    } else if (err == ZSNMP_E_TIMEOUT && request->reply.sent == ZSNMP_SENT_YES) {
        request->reply.sent = ZSNMP_SENT_MAYBE; /* reports came, but no answer */
    }
    run->state = ZSNMP_RUN_DONE;
    if (run->parent == NULL && !run->is_bundle) {
        count_end(self, request, err);
        zsnmp_list_push(&self->done, &run->link);
    }
    if (run->device == NULL) {
        return;
    }
    if (!run->is_bundle) {
        zsnmp_merge_end(self, request);
    }
    if (err == ZSNMP_E_TIMEOUT && has_asked) {
        zsnmp_breaker_failed(self, request);
    }
    zsnmp_device_settle(self, run->device);
    if (run->parent != NULL) {
        zsnmp_roots_over(self, request);
    } else if (run->is_bundle) {
        zsnmp_bundle_over(self, request, err);
    }
}

/* ---- the start ---- */

static zsnmp_err_t admit(struct zsnmp_worker *self, struct zsnmp_request *request,
                         struct zsnmp_device **device)
{
    if (self->stopping) {
        return ZSNMP_E_SHUTTING_DOWN;
    }
    if (zsnmp_run_is_late(self, request)) {
        return ZSNMP_E_DEADLINE;
    }
    *device = zsnmp_device_get(self, &request->run.addr);
    if (*device == NULL) {
        bool no_socket = request->run.addr.sa.sa_family == AF_INET6 && self->udp6_count == 0;
        return no_socket ? ZSNMP_E_UNREACHABLE : ZSNMP_E_INTERNAL;
    }
    if (zsnmp_breaker_holds(self, *device, request)) {
        zsnmp_device_touch(self, *device);
        return ZSNMP_E_DEVICE_DOWN;
    }
    if (request->handle != 0) {
        request->run.in_handles = zsnmp_handles_add(self, request);
        if (!request->run.in_handles) {
            return ZSNMP_E_INTERNAL;
        }
    }
    return arm(self, request, INT64_MAX) ? ZSNMP_OK : ZSNMP_E_INTERNAL;
}

static uint32_t queue_max(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    uint32_t max = self->pool->options.device_queue_max;
    uint32_t own = request->device_queue_max;
    return own != 0 && own < max ? own : max;
}

void zsnmp_run_accept(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_device *device = NULL;
    ZSNMP_COUNT(self, requests_accepted);
    zsnmp_err_t err = admit(self, request, &device);
    if (err != ZSNMP_OK) {
        zsnmp_run_finish(self, request, err);
        return;
    }
    request->run.device = device;
    device->requests++;
    if (!zsnmp_roots_apart(request) && zsnmp_merge_join(self, request)) {
        return;
    }
    if (device->queued >= queue_max(self, request)) {
        zsnmp_run_finish(self, request, ZSNMP_E_QUEUE_FULL);
        return;
    }
    if (zsnmp_roots_apart(request)) {
        zsnmp_roots_begin(self, request);
    } else {
        zsnmp_merge_note(self, request);
        zsnmp_device_enqueue(self, device, request);
    }
}

void zsnmp_run_start(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    run->state = ZSNMP_RUN_WAITING;
    run->started_us = run->began_us = self->now_us;
    run->device->sets += is_set(request);
    run->sets = run->device->sets;
    if (!run->begun) { /* else it is a walk that goes on */
        run->begun = true;
        zsnmp_op_begin(self, request);
        if (request->stream != 0 && !zsnmp_stream_begin(self, request)) {
            zsnmp_run_finish(self, request, ZSNMP_E_INTERNAL);
            return;
        }
    }
    if (request->creds.version != ZSNMP_V3) { /* nothing of it outlives the message */
        zsnmp_run_send(self, request);
        return;
    }
    struct zsnmp_session *session = NULL;
    zsnmp_err_t err = zsnmp_session_get(self, run->device, &request->creds, &session);
    if (err != ZSNMP_OK) {
        zsnmp_run_finish(self, request, err);
        return;
    }
    run->session = session;
    session->users++;
    if (session->state == ZSNMP_SESSION_READY) {
        zsnmp_run_send(self, request);
        return;
    }
    zsnmp_session_join(self, session, request);
}

/* Versions 1 and 2c: each try is the same bytes, built anew. */
static zsnmp_err_t transmit_pdu(struct zsnmp_worker *self, struct zsnmp_request *request,
                                const struct zsnmp_pdu *pdu)
{
    size_t len = zsnmp_community_build(&request->creds, pdu, self->scratch, ZSNMP_BUILD_ROOM);
    if (len == 0) {
        return ZSNMP_E_TOO_LARGE;
    }
    zsnmp_run_transmit(self, request, pdu->reqid, self->scratch + ZSNMP_BUILD_ROOM - len, len);
    return ZSNMP_OK;
}

static zsnmp_err_t put_in_air(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (request->op == ZSNMP_OP_PROBE) {
        return zsnmp_link_probe(run->session->link, request, run->reqid);
    }
    struct zsnmp_pdu pdu;
    zsnmp_op_pdu(request, &pdu);
    pdu.reqid = run->reqid;
    return run->session == NULL ? transmit_pdu(self, request, &pdu)
                                : zsnmp_link_send(run->session->link, request, &pdu);
}

static zsnmp_err_t put_in_air_again(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    return run->session == NULL ? put_in_air(self, request)
                                : zsnmp_link_resend(run->session->link, request, run->reqid);
}

/*
 * What sending came to: net-snmp's word, else the socket's. A request without
 * a timer would wait for ever, so it may not be in the air without one.
 */
static zsnmp_err_t sending_error(const struct zsnmp_run *run, zsnmp_err_t built)
{
    if (built != ZSNMP_OK) {
        return built;
    }
    bool forgotten = run->timer.place == 0 && zsnmp_list_empty(&run->young);
    return run->err == ZSNMP_OK && forgotten ? ZSNMP_E_INTERNAL : run->err;
}

/* The device is to be left alone for a while, and others may wait for that already. */
static void put_off(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    run->put_off = true;
    zsnmp_list_push(&run->device->put_off, &run->pause);
    if (run->state == ZSNMP_RUN_WAITING) {
        zsnmp_list_push(&self->put_off, &run->link);
    }
    if (run->device->put_off.next == &run->pause) {
        wake_first(self, run->device);
    } else if (!arm(self, request, INT64_MAX)) {
        zsnmp_run_finish(self, request, ZSNMP_E_INTERNAL);
    }
}

static void launch(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    /* One that takes the place of a larger one is a try of that: its answer counts yet. */
    if (run->is_bundle && !run->fell_back && !zsnmp_bundle_shed(self, request)) {
        zsnmp_run_finish(self, request, run->err);
        return;
    }
    run->state = ZSNMP_RUN_FLYING;
    if (is_counted(request)) {
        zsnmp_counter_add(&self->counters.requests_in_flight, 1);
    }
    if (request->op != ZSNMP_OP_PROBE) {
        zsnmp_list_push(run->session == NULL ? &self->flying : &run->session->flying, &run->link);
    }
    if (!run->fell_back) { /* else it is one of the tries of the PDU before it */
        run->began_us = self->now_us;
        run->tries = 0;
    }
    run->reqid = zsnmp_ids_draw(self);
    run->refused = 0;
    run->clocked = 0;
    run->rejected = false;
    run->hint = ZSNMP_OK;
    run->err = ZSNMP_OK;
    zsnmp_err_t built = put_in_air(self, request);
    if (built != ZSNMP_OK) {
        run->reqid = 0; /* net-snmp did not keep it */
    }
    zsnmp_err_t err = sending_error(run, built);
    if (err != ZSNMP_OK) {
        zsnmp_run_finish(self, request, err);
    }
}

void zsnmp_run_send(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (zsnmp_run_is_late(self, request)) {
        zsnmp_run_finish(self, request, ZSNMP_E_DEADLINE);
        return;
    }
    if (must_wait(self, request)) {
        put_off(self, request);
    } else {
        launch(self, request);
    }
}

static zsnmp_err_t send_bytes(struct zsnmp_worker *self, struct zsnmp_device *device, int32_t id,
                              const uint8_t *data, size_t len)
{
    if (device->addr.transport == ZSNMP_TCP) {
        return zsnmp_tcp_send(self, device, id, data, len);
    }
    zsnmp_udp_send(self, device, id, data, len);
    return ZSNMP_OK;
}

/*
 * How long the try that goes out now waits. Where the client has not said it,
 * that follows from the device's round trip, twice as long each time and not all
 * at the same moment; the tries together take as long as they would without.
 * A device that is known to be slower than that allows gets fewer tries.
 */
static int64_t try_us(struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    const struct zsnmp_run *run = &request->run;
    if (request->timeout_ms != 0) {
        return (int64_t)request->timeout_ms * 1000;
    }
    int64_t left = run->began_us + zsnmp_request_patience_us(request) - self->now_us;
    int64_t tries = (int64_t)request->retries + 1 + run->clocked - run->tries;
    if (tries <= 1 || left <= 0) {
        return left > 0 ? left : 1;
    }
    int64_t rto = zsnmp_device_rto_us(self, run->device);
    int64_t share = left / tries;
    if (rto >= share) {
        return rto < left ? rto : left;
    }
    if (run->tries > 0) {
        rto <<= run->tries < 10 ? run->tries : 10;
        rto += rto * (zsnmp_rng_u32(&self->rng) % 128) / 1024;
    }
    return rto < share ? rto : share;
}

void zsnmp_run_unsent(struct zsnmp_worker *self, struct zsnmp_request *request, zsnmp_err_t err)
{
    request->reply.tries--;
    if (request->reply.tries == 0 && request->reply.sent == ZSNMP_SENT_MAYBE) {
        request->reply.sent = ZSNMP_SENT_NO;
    }
    zsnmp_run_finish(self, request, err);
}

void zsnmp_run_transmit(struct zsnmp_worker *self, struct zsnmp_request *request, int32_t id,
                        const uint8_t *data, size_t len)
{
    struct zsnmp_run *run = &request->run;
    if (zsnmp_run_is_late(self, request)) {
        run->err = ZSNMP_E_DEADLINE;
        return;
    }
    if (!zsnmp_ids_add(self, request, id) ||
        !arm_try(self, request, self->now_us + try_us(self, request))) {
        run->err = ZSNMP_E_INTERNAL;
        return;
    }
    run->err = send_bytes(self, run->device, id, data, len);
    if (run->err != ZSNMP_OK) {
        return;
    }
    zsnmp_device_note_sent(self, run->device, request);
    if (run->tries > 0) {
        ZSNMP_COUNT(self, packets_resent);
    }
    run->tries++;
    run->sent_us = self->now_us;
    request->reply.tries++;
    bool is_out = run->device->addr.transport == ZSNMP_UDP; /* TCP says so when it is */
    if (is_out && request->reply.sent == ZSNMP_SENT_NO) {
        request->reply.sent = ZSNMP_SENT_MAYBE;
    }
    leave_young(self, request);
    zsnmp_list_push(&self->young, &run->young);
    self->young_count++;
}

static bool is_for(const void *value, const void *device)
{
    return ((const struct zsnmp_request *)value)->run.device == device;
}

void zsnmp_run_note_out(struct zsnmp_worker *self, const struct zsnmp_device *device, int32_t id)
{
    struct zsnmp_request *request = zsnmp_ids_find(self, id, is_for, device);
    if (request != NULL && request->reply.sent == ZSNMP_SENT_NO) {
        request->reply.sent = ZSNMP_SENT_MAYBE;
    }
}

/* ---- time-outs ---- */

/*
 * Some agents do not answer GETBULK at all, or nothing that is large. So the
 * last try asks for less, and finding out costs neither time nor a packet. Where
 * more is asked for than is known to work, the second try does.
 */
static bool should_shrink(const struct zsnmp_request *request)
{
    const struct zsnmp_run *run = &request->run;
    bool last = run->tries > 1 && run->tries == request->retries + run->clocked;
    return run->hint == ZSNMP_OK && !run->fell_back && zsnmp_op_can_shrink(request) &&
           (last || zsnmp_op_is_trial(request));
}

/* Who is slow answers the larger PDU yet. In version 3 net-snmp would have to know both. */
static void shrink(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    int32_t larger_id = run->session == NULL ? run->reqid : 0;
    zsnmp_run_land(self, request);
    if (larger_id != 0 && zsnmp_ids_add(self, request, larger_id)) {
        run->larger_id = larger_id;
        run->larger_end = run->end;
    }
    zsnmp_op_shrink(request);
    launch(self, request);
}

/* Whether the request has sent all that it may: net-snmp's own tries do not count. */
static bool is_exhausted(const struct zsnmp_worker *self, const struct zsnmp_request *request)
{
    const struct zsnmp_run *run = &request->run;
    bool late = request->timeout_ms == 0 && is_request(request) &&
                self->now_us >= run->began_us + zsnmp_request_patience_us(request);
    return late || run->tries > request->retries + run->clocked;
}

static void try_now(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (should_shrink(request)) {
        shrink(self, request);
        return;
    }
    run->err = ZSNMP_OK;
    zsnmp_err_t built = put_in_air_again(self, request);
    zsnmp_err_t err = sending_error(run, built);
    if (err != ZSNMP_OK) {
        zsnmp_run_finish(self, request, err);
    }
}

static void try_again(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (must_wait(self, request)) {
        put_off(self, request);
    } else {
        try_now(self, request);
    }
}

static void go_on_probing(struct zsnmp_worker *self, struct zsnmp_request *probe)
{
    if (zsnmp_session_awaited(probe->run.device)) {
        try_again(self, probe);
    } else {
        zsnmp_run_finish(self, probe, ZSNMP_E_TIMEOUT);
    }
}

/*
 * An answer came that net-snmp would not take, or a report that the clock is
 * wrong which proves nothing: what we hold may never match. The next message
 * makes the device tell its boots and time again.
 */
static void resync(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (run->rejected && run->session != NULL && run->session->state == ZSNMP_SESSION_READY) {
        zsnmp_link_forget_time(run->session->link);
    }
    run->rejected = false;
}

/* What it means that all tries are over and none was answered. */
static zsnmp_err_t silence(const struct zsnmp_request *request)
{
    const struct zsnmp_run *run = &request->run;
    bool unsure = request->op == ZSNMP_SET && run->refused < run->tries;
    if (run->hint != ZSNMP_OK && !unsure) {
        return run->hint;
    }
    return run->device->tcp_refused ? ZSNMP_E_UNREACHABLE : ZSNMP_E_TIMEOUT;
}

void zsnmp_run_limit_wait(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    request->run.began_us = self->now_us;
    /* Without memory for a timer it waits for as long as the others. */
    (void)arm(self, request, self->now_us + zsnmp_request_patience_us(request));
}

/* The device's interval is over for the first of those that wait for it. */
static void go_on_now(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    if (self->now_us < zsnmp_device_free_us(self, device, request)) {
        wake_first(self, device); /* the last packet went out late */
        return;
    }
    request->run.put_off = false;
    zsnmp_list_remove(&request->run.pause);
    if (request->run.state == ZSNMP_RUN_WAITING) {
        zsnmp_list_remove(&request->run.link);
        launch(self, request);
    } else {
        try_now(self, request);
    }
    wake_first(self, device);
}

void zsnmp_run_timer(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (zsnmp_run_is_late(self, request)) {
        zsnmp_run_finish(self, request, ZSNMP_E_DEADLINE);
        return;
    }
    if (run->state == ZSNMP_RUN_RESTING) {
        zsnmp_breaker_probe(self, request);
        return;
    }
    if (run->put_off) {
        go_on_now(self, request);
        return;
    }
    if (run->state != ZSNMP_RUN_FLYING) { /* the discovery that it waits for takes too long */
        zsnmp_run_finish(self, request, ZSNMP_E_TIMEOUT);
        return;
    }
    run->device->timeouts++;
    if (request->op == ZSNMP_OP_PROBE) {
        go_on_probing(self, request);
        return;
    }
    resync(request);
    if (is_exhausted(self, request)) {
        zsnmp_run_finish(self, request, silence(request));
    } else {
        try_again(self, request);
    }
}

void zsnmp_run_hasten(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    int64_t pause = 2 * (int64_t)run->device->rtt_us;
    int64_t next = self->now_us + (pause > ZSNMP_HINT_PAUSE_US ? pause : ZSNMP_HINT_PAUSE_US);
    if (is_exhausted(self, request)) {
        /* What it may be refused by may be forged. But the time that others left over is not its.
         */
        int64_t own = (int64_t)zsnmp_request_try_ms(request) * 1000;
        int64_t rto = zsnmp_device_rto_us(self, run->device);
        next = self->now_us + (own > rto ? own : rto);
    }
    if (!run->put_off && next < run->due_us) {
        (void)arm(self, request, next);
    }
}

/* ---- cancelling ---- */

/* A handle is a hash where there is an id: the id decides, not the hash. */
static bool is_wanted(const struct zsnmp_request *request, const struct zsnmp_cancel *cancel)
{
    return request->owner == cancel->owner && request->id.len == cancel->id_len &&
           (cancel->id_len == 0 || memcmp(request->id.data, cancel->id, cancel->id_len) == 0);
}

void zsnmp_run_cancel(struct zsnmp_worker *self, struct zsnmp_cancel *cancel)
{
    struct zsnmp_request *request = zsnmp_map_get(&self->handles, cancel->handle, NULL, NULL);
    if (request != NULL && is_wanted(request, cancel)) {
        cancel->found = true;
        zsnmp_run_finish(self, request, ZSNMP_E_CANCELLED);
    }
}

static void abort_list(struct zsnmp_worker *self, struct zsnmp_list *list)
{
    while (!zsnmp_list_empty(list)) {
        zsnmp_run_finish(self, ZSNMP_CONTAINER(list->next, struct zsnmp_request, run.link),
                         ZSNMP_E_SHUTTING_DOWN);
    }
}

void zsnmp_run_abort_all(struct zsnmp_worker *self)
{
    abort_list(self, &self->roots);
    abort_list(self, &self->flying);
    abort_list(self, &self->put_off);
    abort_list(self, &self->paused);
    for (size_t i = 0; i < self->device_count; i++) {
        struct zsnmp_device *device = self->devices[i];
        while (device->lane.first != NULL) {
            zsnmp_run_finish(self,
                             ZSNMP_CONTAINER(device->lane.first, struct zsnmp_request, run.turn),
                             ZSNMP_E_SHUTTING_DOWN);
        }
        for (struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
            abort_list(self, &s->flying);
            abort_list(self, &s->waiting);
        }
        if (device->probe != NULL) {
            zsnmp_run_finish(self, device->probe, ZSNMP_E_SHUTTING_DOWN);
        }
    }
}
