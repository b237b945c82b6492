/*
 * Walks whose rows are handed on in parts while they run. So many parts may be
 * on their way to the client; then the walk waits, and others have its place
 * with the device. So a walk needs the same memory however long it is, and one
 * whose client is slow holds nothing up.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

/* A place in the walk. */
struct zsnmp_mark {
    const struct zsnmp_item *root;
    uint32_t oid[ZSNMP_OID_MAX];
    uint16_t len;
};

#define MARKS (ZSNMP_STREAM_PARTS + 1u)

/* Where it is now. */
static void set_mark(struct zsnmp_mark *mark, const struct zsnmp_request *request)
{
    const struct zsnmp_reply *reply = &request->reply;
    mark->root = request->run.item;
    memcpy(mark->oid, reply->next, reply->next_len * sizeof *reply->next);
    mark->len = reply->next_len;
}

/* The client has said so, when it began to walk. */
static bool was_over(const struct zsnmp_item *root)
{
    return root->value.subids != NULL && root->data_len == 0;
}

/* What was in parts that nobody got is to be walked again: next says where it began. */
static void go_back(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    struct zsnmp_reply *reply = &request->reply;
    const struct zsnmp_mark *from = &run->marks[(run->mark + MARKS - run->parts) % MARKS];
    bool behind = false;
    for (struct zsnmp_item *root = request->items; root != NULL; root = root->next) {
        behind |= root == from->root;
        root->missing &= !behind || was_over(root);
    }
    memcpy(reply->next, from->oid, from->len * sizeof *from->oid);
    reply->next_len = from->len;
    reply->count = 0; /* what has been read since lies behind them */
    reply->varbinds.len = 0;
}

bool zsnmp_stream_begin(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    run->marks = zsnmp_arena_alloc(&request->arena, MARKS * sizeof *run->marks);
    run->stream = zsnmp_pool_handle(self->pool);
    if (run->marks == NULL || !zsnmp_map_put(&self->streams, run->stream, request)) {
        run->stream = 0;
        return false;
    }
    set_mark(&run->marks[0], request);
    return true;
}

static void pause_walk(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    run->state = ZSNMP_RUN_PAUSED;
    zsnmp_list_push(&self->paused, &run->link);
    if (run->session != NULL) {
        run->session->users--;
        run->session = NULL;
    }
    run->device->running--;
    run->device->paused++;
    zsnmp_device_settle(self, run->device);
}

bool zsnmp_stream_part(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    if (request->stream == 0 || request->reply.count < request->stream) {
        return true;
    }
    uint32_t rows = request->reply.count;
    enum zsnmp_part_fate fate = request->part(request, &self->inbox, run->stream);
    if (fate == ZSNMP_PART_LOST) { /* its rows come with the end */
        zsnmp_run_finish(self, request, ZSNMP_E_INTERNAL);
        return false;
    }
    zsnmp_counter_add(&self->counters.varbinds, rows);
    run->streamed += rows;
    request->reply.count = 0;
    request->reply.varbinds.len = 0;
    if (fate == ZSNMP_PART_REFUSED) {
        zsnmp_run_finish(self, request, ZSNMP_E_CANCELLED);
        return false;
    }
    run->mark = (run->mark + 1) % MARKS;
    set_mark(&run->marks[run->mark], request);
    run->parts += fate == ZSNMP_PART_SENT;
    if (run->parts < ZSNMP_STREAM_PARTS) {
        return true;
    }
    pause_walk(self, request);
    return false;
}

/* As if it came now: the device may be down meanwhile. */
static void go_on(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_device *device = request->run.device;
    if (zsnmp_breaker_holds(self, device, request)) {
        zsnmp_run_finish(self, request, ZSNMP_E_DEVICE_DOWN);
        return;
    }
    zsnmp_list_remove(&request->run.link);
    device->paused--;
    zsnmp_device_enqueue(self, device, request);
}

void zsnmp_stream_more(struct zsnmp_worker *self, struct zsnmp_more *more)
{
    struct zsnmp_request *request = zsnmp_map_get(&self->streams, more->stream, NULL, NULL);
    zsnmp_err_t err = more->err;
    free(more);
    if (request == NULL) { /* it has ended meanwhile */
        return;
    }
    if (err != ZSNMP_OK) {
        go_back(request);
        zsnmp_run_finish(self, request, err);
        return;
    }
    request->run.parts--;
    if (request->run.state == ZSNMP_RUN_PAUSED) {
        go_on(self, request);
    }
}

void zsnmp_stream_forget(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (request->run.stream != 0) {
        zsnmp_map_remove(&self->streams, request->run.stream, request);
        request->run.stream = 0;
    }
}
