/*
 * The numbers by which a worker finds a request again: ids of the messages in
 * the air, and handles for cancelling.
 */
#include "pool/worker.h"

static uint64_t id_key(int32_t id)
{
    return (uint32_t)id;
}

/* A random request-id of 31 bits that is in use nowhere in this worker. */
int32_t zsnmp_ids_draw(struct zsnmp_worker *self)
{
    for (;;) {
        int32_t id = (int32_t)(zsnmp_rng_u32(&self->rng) & INT32_MAX);
        if (id != 0 && zsnmp_map_get(&self->ids, id_key(id), NULL, NULL) == NULL) {
            return id;
        }
    }
}

static bool has_id(const struct zsnmp_run *run, int32_t id)
{
    uint32_t kept = run->id_count < ZSNMP_RUN_IDS ? run->id_count : ZSNMP_RUN_IDS;
    for (uint32_t i = 0; i < kept; i++) {
        if (run->ids[i] == id) {
            return true;
        }
    }
    return false;
}

/* Each try of a v3 request has a msgID of its own; answers to the latest few tries count. */
bool zsnmp_ids_add(struct zsnmp_worker *self, struct zsnmp_request *request, int32_t id)
{
    struct zsnmp_run *run = &request->run;
    if (has_id(run, id)) {
        return true;
    }
    if (!zsnmp_map_put(&self->ids, id_key(id), request)) {
        return false;
    }
    int32_t *slot = &run->ids[run->id_count % ZSNMP_RUN_IDS];
    if (run->id_count >= ZSNMP_RUN_IDS) {
        zsnmp_map_remove(&self->ids, id_key(*slot), request);
    }
    *slot = id;
    run->refused_ids &= (uint8_t) ~(1u << (run->id_count % ZSNMP_RUN_IDS));
    run->id_count++;
    return true;
}

void zsnmp_ids_drop(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    uint32_t kept = run->id_count < ZSNMP_RUN_IDS ? run->id_count : ZSNMP_RUN_IDS;
    for (uint32_t i = 0; i < kept; i++) {
        zsnmp_map_remove(&self->ids, id_key(run->ids[i]), request);
    }
    run->id_count = 0;
    run->refused_ids = 0;
}

void zsnmp_ids_note_refused(struct zsnmp_request *request)
{
    struct zsnmp_run *run = &request->run;
    uint32_t kept = run->id_count < ZSNMP_RUN_IDS ? run->id_count : ZSNMP_RUN_IDS;
    for (uint32_t i = 0; i < kept; i++) {
        uint8_t bit = (uint8_t)(1u << i);
        if (run->ids[i] == run->heard && (run->refused_ids & bit) == 0) {
            run->refused_ids |= bit;
            run->refused++;
        }
    }
}

struct zsnmp_request *zsnmp_ids_find(const struct zsnmp_worker *self, int32_t id,
                                     zsnmp_map_match_fn *match, const void *wanted)
{
    return zsnmp_map_get(&self->ids, id_key(id), match, wanted);
}

bool zsnmp_ids_wanted(const struct zsnmp_worker *self, int32_t id)
{
    return zsnmp_map_get(&self->ids, id_key(id), NULL, NULL) != NULL;
}

/*
 * Handles: one entry in the map for all requests of a client that carry the
 * same id, which then form a ring; the map would probe through them all.
 */
bool zsnmp_handles_add(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_request *first = zsnmp_map_get(&self->handles, request->handle, NULL, NULL);
    if (first != NULL) {
        zsnmp_list_push(&first->run.same, &request->run.same);
        return true;
    }
    return zsnmp_map_put(&self->handles, request->handle, request);
}

void zsnmp_handles_drop(struct zsnmp_worker *self, struct zsnmp_request *request)
{
    struct zsnmp_list *other = request->run.same.next;
    bool alone = zsnmp_list_empty(&request->run.same);
    zsnmp_list_remove(&request->run.same);
    if (zsnmp_map_remove(&self->handles, request->handle, request) && !alone) {
        /* Cannot fail: there is room for what was just taken out. */
        (void)zsnmp_map_put(&self->handles, request->handle,
                            ZSNMP_CONTAINER(other, struct zsnmp_request, run.same));
    }
}
