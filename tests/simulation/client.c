/*
 * Those who ask: requests of all kinds, many of them the same as others, from several clients, who
 * cancel some of them and want to know about devices.
 */
#include <stdlib.h>
#include <string.h>

#include "base/oid.h"
#include "world.h"

const uint8_t client_auth_key[CLIENT_AUTH_KEY_LEN] = "an auth key of 20 b";
const uint8_t client_priv_key[CLIENT_PRIV_KEY_LEN] = "a key of 16 byt";

#define SHARED_HANDLE (UINT64_C(1) << 40)

static char owners[WORLD_CLIENTS_MAX]; /* a place in memory is all that an owner is */

static uint32_t below(uint32_t n)
{
    return chance_below(&world.chance, n);
}

static bool hits(uint32_t percent)
{
    return chance_hits(&world.chance, percent);
}

/* ---- what to ask ---- */

static void set_name(struct name *name, const uint32_t *ids, size_t len)
{
    memcpy(name->ids, ids, len * sizeof *ids);
    name->len = (uint8_t)len;
}

static const uint32_t location[] = {1, 3, 6, 1, 2, 1, 1, 6, 0};
#define LOCATION_LEN (sizeof location / sizeof *location)

static struct name draw_name(const struct device *device)
{
    struct name name = device->rows[below(device->row_count)].name;
    if (hits(20)) {
        set_name(&name, location, LOCATION_LEN);
    } else if (hits(12)) {
        name.ids[name.len - 1] += 1 + below(3); /* most of these are not there */
    } else if (hits(4)) {
        set_name(&name, (const uint32_t[]){1, 3, 6, 1, 9, below(5), 0}, 7);
    } else if (hits(5)) {
        name.len = (uint8_t)(name.len - 1);
    }
    return name;
}

static void draw_root(struct ticket *self, uint32_t number)
{
    const struct row *row = &self->device->rows[below(self->device->row_count)];
    struct name *root = &self->names[number];
    struct place *start = &self->starts[number];
    *root = row->name;
    root->len = (uint8_t)(4 + below(row->name.len - 3u));
    start->over = hits(30);
    start->at = hits(80) ? row->name : *root;
}

static void draw_walk(struct ticket *self)
{
    self->count = (uint16_t)(hits(65) ? 1 : 2 + below(WORLD_ROOTS_MAX - 1));
    for (uint32_t i = 0; i < self->count; i++) {
        draw_root(self, i);
    }
    self->starts[below(self->count)].over = false;
    self->has_start = hits(15);
    self->part_rows = hits(75) ? 0 : 1 + below(hits(70) ? 8 : 60);
    self->native_parts = hits(30);
    self->walk_bulk = !hits(20);
    self->repetitions = hits(70) ? 0 : 1 + below(60);
    self->limit = hits(80) ? 0 : 1 + below(20);
}

/* What can be set; mostly. */
static void draw_set(struct ticket *self)
{
    self->count = 1;
    set_name(&self->names[0], location, LOCATION_LEN);
    if (!world.narrow && hits(10)) {
        self->names[0] = draw_name(self->device);
    }
}

static uint32_t draw_count(void)
{
    return hits(70) ? 1 + below(5) : 1 + below(WORLD_ITEMS_MAX);
}

static void draw_names(struct ticket *self)
{
    if (world.narrow) {
        draw_set(self);
        return;
    }
    self->count = (uint16_t)draw_count();
    for (uint32_t i = 0; i < self->count; i++) {
        self->names[i] = draw_name(self->device);
    }
    if (self->op == ZSNMP_GET_BULK) {
        self->non_repeaters = hits(60) ? 0 : below(4);
        self->repetitions = 1 + below(30);
    }
}

static uint8_t draw_op(void)
{
    static const uint8_t ops[] = {ZSNMP_GET,      ZSNMP_GET,      ZSNMP_GET,  ZSNMP_GET,
                                  ZSNMP_GET_NEXT, ZSNMP_GET_BULK, ZSNMP_WALK, ZSNMP_WALK,
                                  ZSNMP_WALK,     ZSNMP_SET};
    if (world.narrow) {
        return hits(30) ? ZSNMP_SET : hits(20) ? ZSNMP_WALK : ZSNMP_GET;
    }
    return ops[below(sizeof ops)];
}

static void draw_version(struct ticket *self)
{
    static const uint8_t versions[] = {ZSNMP_V1, ZSNMP_V2C, ZSNMP_V2C, ZSNMP_V2C, ZSNMP_V3};
    self->version = world.strict_credentials ? self->device->version : versions[below(5)];
    if (self->version == ZSNMP_V1 && self->op == ZSNMP_GET_BULK) {
        self->op = ZSNMP_GET;
    }
    self->wrong_community = !world.strict_credentials && self->version != ZSNMP_V3 && hits(4);
    self->user_with_keys = self->version == ZSNMP_V3 && hits(20);
}

/* So that it can be merged with any other. */
static void make_alike(struct ticket *self)
{
    self->retries = 2;
    self->timeout_ms = self->limit = self->repetitions = 0;
    self->walk_bulk = true;
    self->has_start = self->user_with_keys = false;
    set_name(&self->names[0], location, LOCATION_LEN - (self->op == ZSNMP_WALK ? 1 : 0));
}

static void draw_question(struct ticket *self)
{
    self->device = &world.devices[below(world.device_count)];
    self->op = draw_op();
    draw_version(self);
    switch (self->op) {
    case ZSNMP_WALK:
        draw_walk(self);
        break;
    case ZSNMP_SET:
        draw_set(self);
        break;
    default:
        draw_names(self);
        break;
    }
    self->retries = hits(60) ? 2 : below(4);
    self->timeout_ms = hits(50) ? 0 : 50 + below(2000);
    if (world.narrow) {
        make_alike(self);
    }
}

/* What does not matter for whether two ask the same. */
static void draw_limits(struct ticket *self)
{
    self->deadline_ms = hits(75) ? 0 : 1 + below(hits(50) ? 300 : 6000);
    self->window = hits(85) ? 0 : 1 + below(3);
    self->queue_max = hits(90) ? 0 : 1 + below(6);
    self->interval_ms = hits(95) ? 0 : 1 + below(300);
    self->owner = hits(10) ? NULL : &owners[below(WORLD_CLIENTS_MAX)];
}

/* ---- submitting ---- */

static void on_done(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct ticket *self = arg;
    self->ends++;
    MUST(self->ends == 1, "request %u is completed %u times", self->number, self->ends);
    MUST(self->request == request, "request %u is completed as another", self->number);
    self->err = zsnmp_reply_error(reply);
    world_note("request %u ends: %s, %zu varbinds, stop '%s'", self->number,
               zsnmp_error_name(self->err), zsnmp_reply_count(reply),
               zsnmp_stop_name(zsnmp_reply_stop(reply)));
    if (world.judge != NULL) {
        world.judge(self, reply);
    }
    self->request = NULL;
    struct ticket *last = world.live[--world.live_count];
    world.live[self->place] = last;
    last->place = self->place;
    if (world.alone) {
        return;
    }
    if (self->op == ZSNMP_WALK && !reply->complete && hits(30)) {
        client_go_on(self, request);
    }
    if (hits(3)) {
        client_submit();
    }
    if (hits(2)) {
        client_cancel();
    }
}

static zsnmp_err_t add_setting(zsnmp_request_t *request, const struct name *name)
{
    char text[WORLD_IDS_MAX * 11];
    zsnmp_oid_print(name->ids, name->len, text, sizeof text);
    return zsnmp_request_add_set(request, text, 'c', "1");
}

static zsnmp_err_t add_names(zsnmp_request_t *request, const struct ticket *self)
{
    zsnmp_err_t err = ZSNMP_OK;
    for (uint32_t i = 0; i < self->count && err == ZSNMP_OK; i++) {
        const struct name *name = &self->names[i];
        err = self->op == ZSNMP_SET ? add_setting(request, name)
                                    : zsnmp_request_add_oid(request, name->ids, name->len);
    }
    return err;
}

static zsnmp_err_t set_credentials(zsnmp_request_t *request, const struct ticket *self)
{
    if (self->version != ZSNMP_V3) {
        const char *community = self->wrong_community ? "wrong" : "public";
        zsnmp_err_t err = zsnmp_request_set_version(request, self->version);
        return err != ZSNMP_OK ? err
                               : zsnmp_request_set_community(request, community, strlen(community));
    }
    zsnmp_err_t err = zsnmp_request_set_user(request, "nobody");
    if (err == ZSNMP_OK && self->localised) {
        err = zsnmp_request_set_auth_key(request, ZSNMP_AUTH_SHA, client_auth_key,
                                         sizeof client_auth_key);
        return err != ZSNMP_OK
                   ? err
                   : zsnmp_request_set_priv_key(request, ZSNMP_PRIV_AES128, client_priv_key,
                                                sizeof client_priv_key);
    }
    return err != ZSNMP_OK || !self->user_with_keys
               ? err
               : zsnmp_request_set_auth(request, ZSNMP_AUTH_SHA, "some pass phrase");
}

static zsnmp_err_t set_starts(zsnmp_request_t *request, const struct ticket *self)
{
    zsnmp_err_t err = ZSNMP_OK;
    for (uint32_t i = 0; i < self->count && self->has_start && err == ZSNMP_OK; i++) {
        const struct place *start = &self->starts[i];
        size_t len = start->over ? 0 : start->at.len;
        err = self->count == 1 ? zsnmp_request_set_start(request, start->at.ids, len)
                               : zsnmp_request_add_start(request, start->at.ids, len);
    }
    return err;
}

static zsnmp_err_t set_parts(zsnmp_request_t *request, const struct ticket *self)
{
    if (self->part_rows != 0 && self->native_parts) {
        return zsnmp_request_set_stream(request, self->part_rows, parts_take_native);
    }
    request->stream = self->part_rows;
    return ZSNMP_OK;
}

static zsnmp_request_t *make_request(const struct ticket *self)
{
    zsnmp_request_t *request = zsnmp_request_new((zsnmp_op_t)self->op, self->device->peer);
    if (request == NULL) {
        abort();
    }
    zsnmp_err_t err = add_names(request, self);
    err = err != ZSNMP_OK ? err : set_credentials(request, self);
    err =
        err != ZSNMP_OK ? err : zsnmp_request_set_timeout(request, self->timeout_ms, self->retries);
    err = err != ZSNMP_OK ? err
                          : zsnmp_request_set_bulk(request, self->non_repeaters, self->repetitions);
    err = err != ZSNMP_OK ? err
                          : zsnmp_request_set_device_limits(request, self->window, self->queue_max,
                                                            self->interval_ms);
    err = err != ZSNMP_OK ? err : set_starts(request, self);
    err = err != ZSNMP_OK ? err : set_parts(request, self);
    MUST(err == ZSNMP_OK, "request %u can not be made: %s", self->number, zsnmp_error_name(err));
    zsnmp_request_set_walk_bulk(request, self->walk_bulk);
    zsnmp_request_set_deadline(request, self->deadline_ms);
    zsnmp_request_set_limit(request, self->limit);
    (void)zsnmp_request_set_priority(request, below(ZSNMP_PRIORITY_MAX + 1));
    request->owner = self->owner;
    return request;
}

/* One of a client's, as if its requests had no id. */
static uint64_t shared_handle(const void *owner)
{
    return SHARED_HANDLE + (owner == NULL ? 0 : 1 + (uint64_t)((const char *)owner - owners));
}

static void check_refusal(const struct ticket *self, zsnmp_err_t err)
{
    bool full = atomic_load(&world.pool.live) >= world.pool.options.queue_max ||
                zsnmp_pool_is_full(&world.pool, 0);
    MUST((err == ZSNMP_E_QUEUE_FULL && full) || (err == ZSNMP_E_SHUTTING_DOWN && world.stopped),
         "request %u is refused: %s", self->number, zsnmp_error_name(err));
}

void client_submit_ticket(struct ticket *self)
{
    zsnmp_request_t *request = make_request(self);
    self->submitted_us = world.now_us;
    self->floor = self->device->floor;
    self->request = request;
    if (self->op == ZSNMP_WALK) {
        walk_begin(self);
    }
    zsnmp_err_t err = zsnmp_pool_submit(&world.pool, request, on_done, self,
                                        !world.alone && hits(70) ? &self->handle : NULL);
    world_note("request %u to device %u: op %u, version %u, %u names: %s", self->number,
               self->device->number, self->op, self->version, self->count, zsnmp_error_name(err));
    if (err != ZSNMP_OK) {
        self->request = NULL;
        zsnmp_request_destroy(&request);
        check_refusal(self, err);
        return;
    }
    if (self->part_rows != 0 && !self->native_parts) { /* as the server does */
        request->part = parts_take;
    }
    /* It has a slot before anything of it is sent. */
    self->device->keeps = self->device->keeps || self->interval_ms > 0;
    self->device->unqueued += self->part_rows != 0 || self->count > 1 ? self->count : 0;
    if (!world.alone && hits(15)) { /* as the server's clients do: the same id for several */
        self->handle = request->handle = shared_handle(self->owner);
        self->cancelled = world.cancels > 0; /* one that is on its way may find it */
    }
    self->place = world.live_count;
    world.live[world.live_count++] = self;
}

struct ticket *client_new_ticket(void)
{
    if (world.ticket_count == WORLD_TICKETS_MAX) {
        return NULL;
    }
    struct ticket *self = &world.tickets[world.ticket_count];
    *self = (struct ticket){.number = world.ticket_count++, .walk_bulk = true};
    return self;
}

static void copy_question(struct ticket *self, const struct ticket *other)
{
    uint32_t number = self->number;
    *self = *other;
    self->number = number;
    self->handle = 0;
    self->request = NULL;
    self->ends = self->packets = self->applied = self->parts_out = 0;
    self->part_back_us = 0;
    self->cancelled = self->part_refused = self->part_lost = false;
    self->reqid = 0;
}

/* One of the roots of a walk, which somebody else may be walking together with others. */
static void keep_one_root(struct ticket *self)
{
    uint32_t kept = below(self->count);
    self->count = 1;
    self->names[0] = self->names[kept];
    self->starts[0] = self->starts[kept];
    self->has_start = self->has_start && !self->starts[0].over;
    self->limit = self->part_rows = 0;
}

void client_submit(void)
{
    struct ticket *self = client_new_ticket();
    if (self == NULL) {
        return;
    }
    uint32_t recent = self->number < 8 ? self->number : 8;
    if (recent > 0 && hits(35)) {
        copy_question(self, &world.tickets[self->number - 1 - below(recent)]);
        if (self->op == ZSNMP_WALK && self->count > 1 && hits(30)) {
            keep_one_root(self);
        }
    } else {
        draw_question(self);
    }
    draw_limits(self);
    client_submit_ticket(self);
}

/* false: a liar has told a longer name than there are. */
static bool set_place(struct place *self, const struct position *place)
{
    self->over = place->len == 0;
    if (place->len > WORLD_IDS_MAX) {
        return false;
    }
    set_name(&self->at, place->ids, place->len);
    return true;
}

void client_go_on(const struct ticket *ticket, const struct zsnmp_request *request)
{
    struct place starts[WORLD_ROOTS_MAX];
    const struct zsnmp_item *root = request->items;
    for (uint32_t i = 0; i < ticket->count; i++, root = root->next) {
        struct position place = walk_place(request, root);
        if (!set_place(&starts[i], &place)) {
            return;
        }
    }
    struct ticket *self = client_new_ticket();
    if (self == NULL) {
        return;
    }
    copy_question(self, ticket);
    self->has_start = true;
    memcpy(self->starts, starts, sizeof starts);
    world_note("request %u goes on where %u has ended", self->number, ticket->number);
    client_submit_ticket(self);
}

/* ---- cancels and surveys ---- */

void client_cancel(void)
{
    if (world.live_count == 0) {
        return;
    }
    struct ticket *ticket = world.live[below(world.live_count)];
    struct zsnmp_cancel *cancel = calloc(1, sizeof *cancel);
    if (cancel == NULL) {
        abort();
    }
    bool another = hits(10);
    cancel->reply_to = &world.mail;
    cancel->owner = another ? &world : ticket->owner;
    cancel->handle = ticket->handle;
    cancel->arg = another || ticket->handle == 0 ? NULL : ticket;
    for (uint32_t i = 0; i < world.live_count && cancel->arg != NULL; i++) {
        bool same = world.live[i]->handle == ticket->handle;
        world.live[i]->cancelled = world.live[i]->cancelled || same;
    }
    world.cancels++;
    world_note("cancel %u%s", ticket->number, another ? " for somebody else" : "");
    zsnmp_pool_post_cancel(&world.pool, cancel);
}

void client_survey(void)
{
    struct zsnmp_survey *survey = calloc(1, sizeof *survey);
    struct zsnmp_device_row *rows = calloc(WORLD_SURVEY_ROWS, sizeof *rows);
    if (survey == NULL || rows == NULL) {
        abort();
    }
    survey->reply_to = &world.mail;
    survey->rows = rows;
    survey->limit = below(WORLD_SURVEY_ROWS + 1);
    survey->sort = (enum zsnmp_device_sort)below(2);
    if (zsnmp_pool_post_survey(&world.pool, 0, survey)) {
        world.surveys++;
    } else {
        free(rows);
        free(survey);
    }
}

static void end_cancel(struct zsnmp_cancel *cancel)
{
    struct ticket *ticket = cancel->arg;
    world.cancels--;
    if (ticket == NULL) {
        MUST(!cancel->found, "a cancel of somebody else's request was carried out");
    } else if (world.stopped) { /* it came back at once */
        MUST(!cancel->found || ticket->cancelled, "a cancel was carried out twice");
    } else if (ticket->handle < SHARED_HANDLE) {
        MUST(ticket->ends == 1, "request %u was not found to be cancelled", ticket->number);
        MUST(!cancel->found || ticket->err == ZSNMP_E_CANCELLED,
             "request %u was cancelled, and ended with %s", ticket->number,
             zsnmp_error_name(ticket->err));
    } else {
        MUST(cancel->found || ticket->ends == 1, "request %u was not found among others",
             ticket->number);
    }
    free(cancel);
}

static void end_survey(struct zsnmp_survey *survey)
{
    world.surveys--;
    MUST(survey->count <= survey->limit, "a survey has more rows than it may");
    MUST(survey->count <= survey->known || survey->known > WORLD_SURVEY_ROWS ||
             survey->count <= world.device_count,
         "a survey has more rows than there are devices");
    for (uint32_t i = 0; i < survey->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            MUST(strcmp(survey->rows[i].peer, survey->rows[j].peer) != 0,
                 "a survey names a device twice");
        }
    }
    free(survey->rows);
    free(survey);
}

void client_read_mail(void)
{
    if (atomic_load(&world.mail.head) == NULL) {
        return;
    }
    struct zsnmp_msg *msg = zsnmp_mailbox_take(&world.mail);
    while (msg != NULL) {
        struct zsnmp_msg *next = msg->next;
        if (msg->kind == ZSNMP_MSG_CANCEL) {
            end_cancel((struct zsnmp_cancel *)msg);
        } else {
            end_survey((struct zsnmp_survey *)msg);
        }
        msg = next;
    }
}
