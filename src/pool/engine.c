/*
 * Engines: what is known of the SNMPv3 engine at an address. It outlives the
 * sessions and even the device's record, so that a device that was once
 * discovered costs no probe again. Bounded: those not used for longest go.
 * Never more than a hint: the device's own messages decide.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/inside.h"
#include "pool/worker.h"

struct zsnmp_engine {
    struct zsnmp_list recent; /* worker->engines_recent, most recently used last */
    struct zsnmp_addr addr;
    uint8_t id[ZSNMP_ENGINE_ID_MAX];
    uint8_t id_len;
    uint32_t boots;
    uint32_t time; /* seconds, when it was known to be so … */
    int64_t at_us; /* … which was then */
};

static bool at_address(const void *value, const void *wanted)
{
    const struct zsnmp_engine *engine = value;
    return zsnmp_addr_equal(&engine->addr, wanted);
}

static void drop(struct zsnmp_worker *self, struct zsnmp_engine *engine)
{
    zsnmp_list_remove(&engine->recent);
    zsnmp_map_remove(&self->engines, zsnmp_addr_hash(&engine->addr, self->seed), engine);
    self->engine_count--;
    free(engine);
}

static struct zsnmp_engine *first(const struct zsnmp_worker *self)
{
    return ZSNMP_CONTAINER(self->engines_recent.next, struct zsnmp_engine, recent);
}

/* As many as devices. */
static void make_room(struct zsnmp_worker *self)
{
    size_t max = self->pool->options.devices_max / self->pool->worker_count;
    while (self->engine_count >= max && !zsnmp_list_empty(&self->engines_recent)) {
        drop(self, first(self));
    }
}

static struct zsnmp_engine *new_engine(struct zsnmp_worker *self, const struct zsnmp_device *device)
{
    make_room(self);
    struct zsnmp_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL || !zsnmp_map_put(&self->engines, device->hash, engine)) {
        free(engine);
        return NULL;
    }
    engine->addr = device->addr;
    zsnmp_list_init(&engine->recent);
    self->engine_count++;
    return engine;
}

static void touch(struct zsnmp_worker *self, struct zsnmp_engine *engine)
{
    zsnmp_list_remove(&engine->recent);
    zsnmp_list_push(&self->engines_recent, &engine->recent);
}

void zsnmp_engine_learn(struct zsnmp_worker *self, const struct zsnmp_device *device,
                        const struct zsnmp_usm_head *usm)
{
    if (usm->engine_id_len == 0 || usm->engine_id_len > ZSNMP_ENGINE_ID_MAX) {
        return;
    }
    struct zsnmp_engine *engine =
        zsnmp_map_get(&self->engines, device->hash, at_address, &device->addr);
    if (engine == NULL) {
        engine = new_engine(self, device);
    }
    if (engine == NULL) { /* it will be discovered again */
        return;
    }
    touch(self, engine);
    memcpy(engine->id, usm->engine_id, usm->engine_id_len);
    engine->id_len = (uint8_t)usm->engine_id_len;
    engine->boots = usm->boots;
    engine->time = usm->time;
    engine->at_us = self->now_us;
}

bool zsnmp_engine_recall(struct zsnmp_worker *self, const struct zsnmp_device *device,
                         struct zsnmp_usm_head *usm)
{
    struct zsnmp_engine *engine =
        zsnmp_map_get(&self->engines, device->hash, at_address, &device->addr);
    if (engine == NULL) {
        return false;
    }
    touch(self, engine);
    int64_t since = (self->now_us - engine->at_us) / 1000000;
    bool timed = engine->boots > 0 || engine->time > 0;
    int64_t now = timed ? engine->time + since : 0;
    *usm = (struct zsnmp_usm_head){.engine_id = engine->id,
                                   .engine_id_len = engine->id_len,
                                   .boots = engine->boots,
                                   .time = now > INT32_MAX ? INT32_MAX : (uint32_t)now};
    return true;
}

void zsnmp_engine_clear(struct zsnmp_worker *self)
{
    while (!zsnmp_list_empty(&self->engines_recent)) {
        drop(self, first(self));
    }
    zsnmp_map_clear(&self->engines);
}
