/*
 * What has to be true of each packet and after each round, whatever the world is like.
 */
#include "base/heap.h"
#include "world.h"

#define MS_US 1000

struct device *world_device(const struct zsnmp_addr *addr)
{
    for (uint32_t i = 0; i < world.device_count; i++) {
        if (zsnmp_addr_equal(&world.devices[i].addr, addr)) {
            return &world.devices[i];
        }
    }
    world_fail("a packet goes to somebody who was never asked");
    return &world.devices[0];
}

/* ---- packets ---- */

void check_memory(const struct zsnmp_device *to)
{
    struct device *device = world_device(&to->addr);
    if (to->sent_us == 0) {
        device->sent_us = device->probe_us = 0;
    }
}

static bool is_asked_for(const struct zsnmp_request *request)
{
    return request->op != ZSNMP_OP_PROBE && request->run.breaker == NULL && !request->run.is_bundle;
}

/* Who has asked for it, or for what it is a part of. */
static struct ticket *ticket_of(const struct zsnmp_request *request)
{
    const struct zsnmp_request *parent = request->run.parent;
    return parent != NULL ? parent->arg : request->arg;
}

static void check_interval(struct device *device, const struct zsnmp_request *request)
{
    uint32_t gap_ms = world.pool.options.device_interval_ms;
    uint32_t own_ms =
        is_asked_for(request) ? ticket_of(request)->interval_ms : request->device_interval_ms;
    gap_ms = own_ms > gap_ms ? own_ms : gap_ms;
    int64_t gap_us = (int64_t)gap_ms * MS_US;
    int64_t least_us = gap_us > device->gap_us ? gap_us : device->gap_us;
    int64_t since_us = world.now_us - device->sent_us;
    MUST(device->sent_us == 0 || since_us >= least_us,
         "packets to device %u come %lld us apart, not %lld", device->number, (long long)since_us,
         (long long)least_us);
    device->gap_us = gap_us;
    device->keeps = device->keeps || gap_us > 0;
    device->sent_us = world.now_us;
}

/* ---- what is under way ---- */

typedef bool run_is_fn(const struct zsnmp_run *run, const void *what);

static const struct zsnmp_run *child_of(const struct zsnmp_list *node)
{
    return &ZSNMP_CONTAINER(node, struct zsnmp_request, run.sibling)->run;
}

/* Of all requests, and of the walks of one root each that some of them have come to. */
static uint32_t count_runs(run_is_fn *is, const void *what)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world.live_count; i++) {
        const struct zsnmp_run *run = &world.live[i]->request->run;
        const struct zsnmp_list *children = &run->children;
        count += is(run, what);
        for (const struct zsnmp_list *at = children->next; at != children; at = at->next) {
            count += is(child_of(at), what);
        }
    }
    return count;
}

static bool is_running(const struct zsnmp_run *run, const void *device)
{
    return run->device == device &&
           (run->state == ZSNMP_RUN_WAITING || run->state == ZSNMP_RUN_FLYING);
}

static bool runs_before(const struct zsnmp_run *run, const void *other_)
{
    const struct zsnmp_run *other = other_;
    return is_running(run, other->device) && run->started_us < other->started_us;
}

static bool is_queued(const struct zsnmp_run *run, const void *what)
{
    (void)what;
    return run->state == ZSNMP_RUN_QUEUED;
}

static bool is_in_flight(const struct zsnmp_run *run, const void *what)
{
    (void)what;
    return run->state == ZSNMP_RUN_FLYING || run->state == ZSNMP_RUN_RIDING;
}

/* With those that had been started before it; of those at the same moment nobody knows. */
static void check_window(const struct ticket *self, const struct zsnmp_request *request)
{
    uint32_t most = world.pool.options.device_window;
    uint32_t own = self->window;
    uint32_t count = 1 + count_runs(runs_before, &request->run);
    most = own != 0 && own < most ? own : most;
    MUST(count <= most, "device %u has %u requests under way, not %u", self->device->number, count,
         most);
}

/* What waits when a device is found to be down is refused, and what comes later. */
static void check_down(const struct zsnmp_device *to, const struct ticket *self,
                       const struct zsnmp_run *run)
{
    int64_t since_us = zsnmp_breaker_since_us(to);
    if (!world.strict_credentials || self->version == ZSNMP_V3 || since_us == 0) {
        return;
    }
    MUST(run->started_us <= since_us, "request %u is sent to device %u, which is down",
         self->number, self->device->number);
}

static void check_probe(struct device *device, const struct zsnmp_request *request)
{
    if (!world.strict_credentials || request->creds.version == ZSNMP_V3) {
        return;
    }
    int64_t least_us = (int64_t)world.pool.options.breaker_min_ms * MS_US;
    MUST(device->probe_us == 0 || world.now_us - device->probe_us >= least_us,
         "device %u, which is down, is probed after %lld us", device->number,
         (long long)(world.now_us - device->probe_us));
    device->probe_us = world.now_us;
}

static void check_ids(struct ticket *self, const uint8_t *data, size_t len)
{
    struct question question;
    bool sound = question_read(&question, data, len);
    MUST(sound, "request %u is sent as what can not be read", self->number);
    if (self->version == ZSNMP_V3 && (self->user_with_keys || self->localised)) {
        return;
    }
    bool may_change = self->op != ZSNMP_SET || self->version == ZSNMP_V3; /* see note_applied() */
    MUST(may_change || self->packets == 0 || self->reqid == question.reqid,
         "request %u, a SET, is sent under two ids", self->number);
    self->reqid = question.reqid;
    if (self->op == ZSNMP_SET) {
        self->ids[self->packets % WORLD_SET_IDS] = question.reqid;
    }
}

static bool goes_to(const void *value, const void *wanted)
{
    return ((const struct zsnmp_request *)value)->run.device == wanted;
}

static bool is_late(const struct ticket *ticket)
{
    return ticket->deadline_ms != 0 &&
           world.now_us >= ticket->submitted_us + (int64_t)ticket->deadline_ms * MS_US;
}

/* GETs that go out together. */
static void check_bundle(const struct zsnmp_device *to, const struct zsnmp_request *bundle)
{
    const struct zsnmp_list *riders = &bundle->run.followers;
    if (bundle->run.tries > 0) { /* what has been on the wire is repeated as it was */
        return;
    }
    MUST(!zsnmp_list_empty(riders), "a packet goes out for nobody");
    for (const struct zsnmp_list *at = riders->next; at != riders; at = at->next) {
        const struct zsnmp_request *rider = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        struct ticket *ticket = rider->arg;
        MUST(!is_late(ticket), "request %u is sent with others after its deadline", ticket->number);
        check_down(to, ticket, &rider->run);
        ticket->packets++;
    }
}

void check_send(const struct zsnmp_device *to, int32_t id, const uint8_t *data, size_t len)
{
    struct zsnmp_request *request = zsnmp_ids_find(world.worker, id, goes_to, to);
    struct device *device = world_device(&to->addr);
    if (request == NULL) {
        world_fail("a packet goes to device %u under an id of nobody", device->number);
        return;
    }
    bool asked = is_asked_for(request);
    world_note("to device %u: %zu bytes for %s %d, id %d", device->number, len,
               asked                    ? "request"
               : request->run.is_bundle ? "several"
                                        : "a probe",
               asked ? (int)ticket_of(request)->number : 0, (int)id);
    check_interval(device, request);
    if (request->op == ZSNMP_OP_PROBE) {
        return;
    }
    if (request->run.breaker != NULL) {
        check_probe(device, request);
        return;
    }
    if (request->run.is_bundle) {
        check_bundle(to, request);
        return;
    }
    struct ticket *ticket = ticket_of(request);
    MUST(!is_late(ticket), "request %u is sent after its deadline", ticket->number);
    check_down(to, ticket, &request->run);
    check_ids(ticket, data, len);
    check_window(ticket, request);
    ticket->packets++;
}

/* ---- rounds ---- */

/* Nothing can be forgotten: there is a time at which it goes on, or something that it waits for. */
static void check_run(const struct ticket *self, const struct zsnmp_run *run)
{
    bool timed = run->timer.place != 0;
    MUST(run->state != ZSNMP_RUN_DONE, "request %u is over and was not completed", self->number);
    MUST(run->state != ZSNMP_RUN_FLYING || timed || run->put_off || !zsnmp_list_empty(&run->young),
         "request %u is in the air without a time-out", self->number);
    bool first = run->put_off && run->device->put_off.next == &run->pause;
    MUST(!first || timed, "request %u is put off without a timer", self->number);
    MUST(self->deadline_ms == 0 || run->state == ZSNMP_RUN_NEW || timed ||
             !zsnmp_list_empty(&run->young),
         "request %u has a deadline and no timer", self->number);
}

/* The first of its children that are there is waited for. */
static void check_children(const struct ticket *self, const struct zsnmp_run *run)
{
    const struct zsnmp_list *children = &run->children;
    bool waits = !zsnmp_list_empty(children) && !child_of(children->next)->over;
    MUST((run->state == ZSNMP_RUN_ROOTS) == !zsnmp_list_empty(children),
         "request %u waits for roots that are not walked, or does not", self->number);
    MUST(run->state != ZSNMP_RUN_ROOTS || waits, "request %u waits for a root that is over",
         self->number);
    for (const struct zsnmp_list *at = children->next; at != children; at = at->next) {
        if (!child_of(at)->over) {
            check_run(self, child_of(at));
        }
    }
}

static void check_parts(const struct ticket *self, const struct zsnmp_run *run)
{
    bool full = run->parts == ZSNMP_STREAM_PARTS;
    MUST(!self->part_refused && !self->part_lost, "request %u goes on without a part",
         self->number);
    MUST(run->parts == self->parts_out, "request %u has %u parts out, it counts %u", self->number,
         self->parts_out, run->parts);
    MUST(full == (run->state == ZSNMP_RUN_PAUSED), "request %u waits for its client, or does not",
         self->number);
}

static void check_ticket(const struct ticket *self)
{
    const struct zsnmp_run *run = &self->request->run;
    check_run(self, run);
    check_children(self, run);
    check_parts(self, run);
}

static uint32_t count_bundles(const struct zsnmp_device *device, const struct zsnmp_list *list)
{
    uint32_t count = 0;
    for (const struct zsnmp_list *at = list->next; at != list; at = at->next) {
        const struct zsnmp_request *one = ZSNMP_CONTAINER(at, struct zsnmp_request, run.link);
        count += one->run.is_bundle && one->run.device == device;
    }
    return count;
}

static uint32_t count_running(const struct zsnmp_device *device)
{
    uint32_t count = count_bundles(device, &world.worker->flying) +
                     count_bundles(device, &world.worker->put_off);
    for (const struct zsnmp_session *s = device->sessions; s != NULL; s = s->next) {
        count += count_bundles(device, &s->flying) + count_bundles(device, &s->waiting);
    }
    return count + count_runs(is_running, device);
}

static void check_lane(const struct zsnmp_device *device)
{
    const zsnmp_pool_options_t *options = &world.pool.options;
    MUST(device->running == count_running(device), "%u run on a device, it counts %u",
         count_running(device), device->running);
    MUST(device->running <= options->device_window, "%u requests run on one device",
         device->running);
    /* Those that followed one that was cancelled under way wait in its place, though it was none.
     */
    uint32_t unqueued = world_device(&device->addr)->unqueued;
    MUST(device->queued <= options->device_queue_max + options->device_window + unqueued,
         "%u requests wait for one device", device->queued);
    if (device->lane.first == NULL) {
        MUST(device->queued == 0, "a lane is empty, and %u wait in it", device->queued);
        return;
    }
    const struct zsnmp_request *first =
        ZSNMP_CONTAINER(device->lane.first, struct zsnmp_request, run.turn);
    uint32_t most = options->device_window;
    most = first->device_window != 0 && first->device_window < most ? first->device_window : most;
    MUST(zsnmp_order_has(&device->ready) == (device->running < most),
         "a lane is not in the line, or should not be: %u run, %u may", device->running, most);
}

static uint64_t count_of(_Atomic uint64_t *counter)
{
    return atomic_load(counter);
}

void check_round(void)
{
    struct zsnmp_worker *worker = world.worker;
    size_t bytes = 0;
    for (uint32_t i = 0; i < world.live_count; i++) {
        check_ticket(world.live[i]);
        bytes += world.live[i]->request->run.charged;
    }
    uint32_t queued = count_runs(is_queued, NULL);
    uint32_t flying = count_runs(is_in_flight, NULL);
    for (size_t i = 0; i < worker->device_count; i++) {
        check_lane(worker->devices[i]);
    }
    uint64_t live = atomic_load(&world.pool.live);
    MUST(count_of(&worker->counters.requests_queued) == queued, "%u wait, it counts %llu", queued,
         (unsigned long long)count_of(&worker->counters.requests_queued));
    MUST(count_of(&worker->counters.requests_in_flight) == flying, "%u in flight, it counts %llu",
         flying, (unsigned long long)count_of(&worker->counters.requests_in_flight));
    MUST(zsnmp_pool_memory(&world.pool) >= bytes, "requests take %zu bytes, it counts %zu", bytes,
         zsnmp_pool_memory(&world.pool));
    MUST(live <= (uint64_t)world.live_count + world.cancels + world.surveys,
         "%llu messages live, %u requests, %u cancels, %u surveys", (unsigned long long)live,
         world.live_count, world.cancels, world.surveys);
}

/* ---- the end ---- */

void check_end(void)
{
    struct zsnmp_worker *worker = world.worker;
    MUST(world.live_count == 0, "%u requests were never completed", world.live_count);
    MUST(world.cancels == 0 && world.surveys == 0, "cancels or surveys did not come back");
    MUST(atomic_load(&world.pool.live) == 0, "the pool waits for what is over");
    zsnmp_device_clear(worker);
    MUST(count_of(&worker->counters.requests_queued) == 0 &&
             count_of(&worker->counters.requests_in_flight) == 0,
         "gauges are not 0 at the end");
    MUST(count_of(&worker->counters.sessions) == 0 && count_of(&worker->counters.devices) == 0 &&
             count_of(&worker->counters.breakers_open) == 0,
         "gauges of devices are not 0 at the end");
    MUST(worker->ids.len == 0, "%zu ids are left", worker->ids.len);
    MUST(worker->handles.len == 0, "%zu handles are left", worker->handles.len);
    MUST(worker->streams.len == 0, "%zu streams are left", worker->streams.len);
    MUST(zsnmp_pool_memory(&world.pool) == 0, "%zu bytes are counted at the end",
         zsnmp_pool_memory(&world.pool));
    MUST(worker->asks.len == 0, "%zu requests can be joined still", worker->asks.len);
    MUST(worker->by_addr.len == 0, "%zu devices are left", worker->by_addr.len);
    MUST(worker->timers.len == 0, "%zu timers are left", worker->timers.len);
    MUST(worker->young_count == 0 && zsnmp_list_empty(&worker->young), "tries are left");
    MUST(zsnmp_list_empty(&worker->flying) && zsnmp_list_empty(&worker->put_off) &&
             zsnmp_list_empty(&worker->done) && zsnmp_list_empty(&worker->paused) &&
             zsnmp_list_empty(&worker->roots) && zsnmp_list_empty(&worker->idle) &&
             zsnmp_list_empty(&worker->need_keys),
         "a list is not empty at the end");
    MUST(worker->ready.first == NULL && worker->surveys == NULL && worker->backlog == NULL,
         "a device is left in the line");
    MUST(count_of(&worker->counters.hook_trips) == 0, "net-snmp tried to wait");
}
