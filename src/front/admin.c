/*
 * What a client asks of the broker and not of a device: ping, info, devices,
 * cancel. The last two go around the workers as messages and are answered when
 * they come back.
 */
#include "front.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICE_ROW_BYTES 1024u /* more than one row takes when encoded */

/* Who waits for an answer that takes a while. */
struct waiting {
    struct zsnmp_route route;
    uint8_t id[ZSNMP_ID_MAX];
    size_t id_len;
};

struct cancel_call {
    struct zsnmp_cancel cancel; /* first */
    struct waiting waiting;
};

struct devices_call {
    struct waiting waiting;
    enum zsnmp_device_sort sort;
    uint32_t limit;
    uint32_t left; /* surveys that have not come back */
    uint32_t workers;
    bool refused;
    struct zsnmp_survey *surveys;
    struct zsnmp_device_row *rows; /* limit rows for each worker */
};

static void wait_for(struct waiting *self, const struct zsnmp_route *route,
                     const struct zsnmp_wire_call *call)
{
    self->route = *route;
    self->id_len = call->id_len;
    memcpy(self->id, call->id, call->id_len);
    route->client->unanswered++;
}

static void answer(struct zsnmp_server *self, const struct waiting *waiting,
                   struct zsnmp_buf *reply)
{
    waiting->route.client->unanswered--;
    zsnmp_front_deliver(self, &waiting->route, reply, waiting->id, waiting->id_len);
    zsnmp_client_settle(self, waiting->route.client);
}

static void answer_error(struct zsnmp_server *self, const struct waiting *waiting, zsnmp_err_t err)
{
    waiting->route.client->unanswered--;
    zsnmp_front_error(self, &waiting->route, waiting->id, waiting->id_len, err, NULL);
    zsnmp_client_settle(self, waiting->route.client);
}

static struct zsnmp_buf *scratch(struct zsnmp_server *self)
{
    self->scratch.len = 0;
    self->scratch.failed = false;
    return &self->scratch;
}

static uint64_t uptime_ms(const struct zsnmp_server *self)
{
    return (uint64_t)(zsnmp_clock_us() - self->started_us) / 1000;
}

static void ping(struct zsnmp_server *self, const struct zsnmp_route *route,
                 const struct zsnmp_wire_call *call)
{
    struct zsnmp_buf *out = scratch(self);
    zsnmp_wire_put_pong(out, call->id, call->id_len, uptime_ms(self));
    zsnmp_front_deliver(self, route, out, call->id, call->id_len);
}

struct counter {
    const char *name;
    uint64_t value;
};

static void put_counters(struct zsnmp_buf *out, const struct counter *counters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        zsnmp_wire_put_info_uint(out, counters[i].name, counters[i].value);
    }
}

static void info(struct zsnmp_server *self, const struct zsnmp_route *route,
                 const struct zsnmp_wire_call *call)
{
    zsnmp_stats_t pool;
    zsnmp_pool_stats(self->pool, &pool);
    struct zsnmp_front_stats front = self->stats;
    front.clients = self->clients.len - self->idle_count;
    const struct counter counters[] = {{"uptime_ms", uptime_ms(self)},
                                       {"workers", zsnmp_pool_workers(self->pool)},
                                       {"pid", (uint64_t)getpid()},
#define FRONT_COUNTER(name) {#name, front.name},
                                       ZSNMP_FRONT_STATS(FRONT_COUNTER)
#undef FRONT_COUNTER
#define POOL_COUNTER(name, text) {#name, pool.name},
                                           ZSNMP_STATS(POOL_COUNTER)
#undef POOL_COUNTER
    };
    const size_t count = sizeof counters / sizeof counters[0];
    struct zsnmp_buf *out = scratch(self);
    zsnmp_wire_put_info(out, call->id, call->id_len, (uint32_t)count + 1);
    zsnmp_wire_put_info_str(out, "version", zsnmp_version());
    put_counters(out, counters, count);
    zsnmp_front_deliver(self, route, out, call->id, call->id_len);
}

static void cancel(struct zsnmp_server *self, const struct zsnmp_route *route,
                   const struct zsnmp_wire_call *call)
{
    struct cancel_call *mine = calloc(1, sizeof *mine);
    if (mine == NULL) {
        zsnmp_front_error(self, route, call->id, call->id_len, ZSNMP_E_INTERNAL, NULL);
        return;
    }
    mine->cancel.msg.kind = ZSNMP_MSG_CANCEL;
    mine->cancel.reply_to = &self->mailbox;
    mine->cancel.owner = route->client;
    mine->cancel.handle = zsnmp_front_handle(route->client, call->target, call->target_len);
    memcpy(mine->cancel.id, call->target, call->target_len);
    mine->cancel.id_len = call->target_len;
    wait_for(&mine->waiting, route, call);
    /* What came in before this must be there before it. */
    zsnmp_feed_flush(&self->feed);
    zsnmp_pool_post_cancel(self->pool, &mine->cancel);
}

void zsnmp_front_cancelled(struct zsnmp_server *self, struct zsnmp_cancel *back)
{
    struct cancel_call *mine = ZSNMP_CONTAINER(back, struct cancel_call, cancel);
    struct zsnmp_buf *out = scratch(self);
    zsnmp_wire_put_cancelled(out, mine->waiting.id, mine->waiting.id_len, back->found);
    answer(self, &mine->waiting, out);
    free(mine);
}

static void free_devices(struct devices_call *self)
{
    free(self->surveys);
    free(self->rows);
    free(self);
}

static struct devices_call *new_devices(uint32_t workers, uint32_t limit)
{
    struct devices_call *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->workers = workers;
    self->limit = limit;
    self->surveys = calloc(workers, sizeof *self->surveys);
    self->rows = calloc((size_t)workers * limit, sizeof *self->rows);
    if (self->surveys == NULL || self->rows == NULL) {
        free_devices(self);
        return NULL;
    }
    return self;
}

static int compare_rows(const void *a, const void *b, void *sort)
{
    return zsnmp_device_row_compare(a, b, *(const enum zsnmp_device_sort *)sort);
}

/* Moves the rows of all workers together; returns how many there are. */
static size_t gather(struct devices_call *mine, uint64_t *known)
{
    size_t count = 0;
    for (uint32_t i = 0; i < mine->workers; i++) {
        const struct zsnmp_survey *survey = &mine->surveys[i];
        *known += survey->known;
        memmove(mine->rows + count, survey->rows, survey->count * sizeof *mine->rows);
        count += survey->count;
    }
    return count;
}

/* All surveys are back. */
static void finish_devices(struct zsnmp_server *self, struct devices_call *mine)
{
    self->surveys--;
    if (mine->refused) {
        answer_error(self, &mine->waiting, ZSNMP_E_SHUTTING_DOWN);
        free_devices(mine);
        return;
    }
    uint64_t known = 0;
    size_t count = gather(mine, &known);
    qsort_r(mine->rows, count, sizeof *mine->rows, compare_rows, &mine->sort);
    count = count < mine->limit ? count : mine->limit;
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, ZSNMP_REPLY_ROOM + count * DEVICE_ROW_BYTES);
    zsnmp_wire_put_devices(&out, mine->waiting.id, mine->waiting.id_len, mine->rows, count, known,
                           zsnmp_clock_us());
    answer(self, &mine->waiting, &out);
    zsnmp_buf_clear(&out);
    free_devices(mine);
}

void zsnmp_front_surveyed(struct zsnmp_server *self, struct zsnmp_survey *survey)
{
    struct devices_call *mine = survey->arg;
    if (--mine->left == 0) {
        finish_devices(self, mine);
    }
}

static void post_surveys(struct zsnmp_server *self, struct devices_call *mine)
{
    mine->left = mine->workers;
    for (uint32_t i = 0; i < mine->workers; i++) {
        struct zsnmp_survey *survey = &mine->surveys[i];
        survey->msg.kind = ZSNMP_MSG_SURVEY;
        survey->reply_to = &self->mailbox;
        survey->arg = mine;
        survey->sort = mine->sort;
        survey->limit = mine->limit;
        survey->rows = mine->rows + (size_t)i * mine->limit;
        if (mine->refused || !zsnmp_pool_post_survey(self->pool, i, survey)) {
            mine->refused = true;
            mine->left--;
        }
    }
    if (mine->left == 0) {
        finish_devices(self, mine);
    }
}

static void devices(struct zsnmp_server *self, const struct zsnmp_route *route,
                    const struct zsnmp_wire_call *call)
{
    zsnmp_err_t err = ZSNMP_E_QUEUE_FULL;
    struct devices_call *mine = NULL;
    if (self->surveys < ZSNMP_SURVEYS_MAX) {
        err = ZSNMP_E_INTERNAL;
        mine = new_devices(zsnmp_pool_workers(self->pool), call->limit);
    }
    if (mine == NULL) {
        zsnmp_front_error(self, route, call->id, call->id_len, err, NULL);
        return;
    }
    mine->sort = call->sort;
    self->surveys++;
    wait_for(&mine->waiting, route, call);
    zsnmp_feed_flush(&self->feed);
    post_surveys(self, mine);
}

void zsnmp_front_admin(struct zsnmp_server *self, const struct zsnmp_route *route,
                       const struct zsnmp_wire_call *call)
{
    switch (call->kind) {
    case ZSNMP_WIRE_PING:
        ping(self, route, call);
        break;
    case ZSNMP_WIRE_INFO:
        info(self, route, call);
        break;
    case ZSNMP_WIRE_DEVICES:
        devices(self, route, call);
        break;
    case ZSNMP_WIRE_CANCEL:
        cancel(self, route, call);
        break;
    case ZSNMP_WIRE_SNMP:
    default:
        zsnmp_front_error(self, route, call->id, call->id_len, ZSNMP_E_INTERNAL, NULL);
        break;
    }
}
