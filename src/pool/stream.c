/*
 * Walks whose rows are handed on in parts while they run. So many parts may be
 * on their way to the client; then the walk waits, and others have its place
 * with the device. So a walk needs the same memory however long it is, and one
 * whose client is slow holds nothing up.
 */
#include <stdlib.h>

#include "pool/inside.h"
#include "pool/worker.h"

static bool begin(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    if (request->run.stream != 0) {
        return true;
    }
    request->run.stream = zsnmp_pool_handle(self->pool);
    if (!zsnmp_map_put(&self->streams, request->run.stream, request)) {
        request->run.stream = 0;
        return false;
    }
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
    enum zsnmp_part_fate fate =
        begin(self, request) ? request->part(request, &self->inbox, run->stream) : ZSNMP_PART_LOST;
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
    request->run.parts--;
    if (err != ZSNMP_OK) {
        zsnmp_run_finish(self, request, err);
    } else if (request->run.state == ZSNMP_RUN_PAUSED) {
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
