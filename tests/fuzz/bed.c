/*
 * The world of fuzz targets; see bed.h.
 */
#include "bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 1

static const struct name names[] = {
    {{1, 3, 6, 1, 2, 1, 1, 6, 0}, 9},
    {{1, 3, 6, 1, 2, 1, 1, 3, 0}, 9},
    {{1, 3, 6, 1, 2, 1, 2, 1, 1, 1, 7}, 11},
};
static const struct name root = {{1, 3, 6, 1, 2, 1}, 6};

uint8_t input_byte(struct input *self)
{
    return input_is_over(self) ? 0 : *self->at++;
}

static void make_device(struct device *self)
{
    struct zsnmp_peer peer;
    if (self->rows == NULL) {
        self->rows = calloc(WORLD_ROWS_MAX, sizeof *self->rows);
    }
    snprintf(self->peer, sizeof self->peer, "10.0.0.1");
    if (self->rows == NULL || !zsnmp_peer_parse(self->peer, strlen(self->peer), &peer)) {
        abort();
    }
    self->addr = peer.addr;
    self->dies_us = self->returns_us = INT64_MAX;
    self->delay_us = 1000;
    self->speaks_v3 = true;
    self->lies = 1; /* nothing that it says has to be true */
    mib_draw(self);
}

void bed_open(void (*agent)(struct device *, const uint8_t *, size_t, size_t))
{
    zsnmp_pool_options_t options;
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    options.reply_max = 65536;
    world_open(SEED, &options);
    world.alone = true;
    world.agent = agent;
    world.horizon_us = world.now_us;
    world.device_count = 1;
    make_device(&world.devices[0]);
}

struct ticket *bed_ticket(uint8_t op, uint8_t version)
{
    struct ticket *self = client_new_ticket();
    self->device = &world.devices[0];
    self->op = version == ZSNMP_V1 && op == ZSNMP_GET_BULK ? ZSNMP_GET : op;
    self->version = version;
    self->retries = 1;
    self->count = self->op == ZSNMP_WALK || self->op == ZSNMP_SET ? 1 : 3;
    memcpy(self->names, names, sizeof names);
    if (self->op == ZSNMP_WALK) {
        self->names[0] = root;
    }
    self->repetitions = self->op == ZSNMP_GET_BULK ? 3 : 0;
    return self;
}

void bed_run(struct ticket *ticket)
{
    client_submit_ticket(ticket);
    world_run();
    world_close();
    if (world.failed || ticket->ends != 1) {
        fprintf(stderr, "%s\n", world.failed ? world.failure : "it was not completed");
        abort();
    }
}

void bed_put_id(uint8_t *data, size_t len, int32_t id)
{
    static const uint8_t mark[] = {0x12, 0x34, 0x56, 0x78};
    const uint8_t bytes[] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                             (uint8_t)id};
    for (size_t i = 0; i + sizeof mark <= len; i++) {
        if (memcmp(data + i, mark, sizeof mark) == 0) {
            memcpy(data + i, bytes, sizeof bytes);
        }
    }
}

void bed_reply(struct device *device, size_t socket, const uint8_t *data, size_t len, int32_t id)
{
    uint8_t copy[BED_MESSAGE_MAX];
    len = len < sizeof copy ? len : sizeof copy;
    memcpy(copy, data, len);
    bed_put_id(copy, len, id);
    network_reply(device, &device->addr, socket, copy, len, false);
}
