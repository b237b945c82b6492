/*
 * A world for fuzz targets: one device, one request, and the device's answers are the target's. The
 * engine's code is the real one, and what is checked of it is what the simulation checks.
 */
#ifndef FUZZ_BED_H
#define FUZZ_BED_H

#include "simulation/world.h"

/* Input that is read piece by piece; 0 when there is no more. */
struct input {
    const uint8_t *at;
    const uint8_t *end;
};

uint8_t input_byte(struct input *self);
static inline bool input_is_over(const struct input *self)
{
    return self->at == self->end;
}

/* Opens the world; the agent gets what is sent to the device. */
void bed_open(void (*agent)(struct device *, const uint8_t *, size_t, size_t));

/* A ticket for an operation on things that such devices have, to be changed and submitted. */
struct ticket *bed_ticket(uint8_t op, uint8_t version);

/* Submits, runs the world to its end, closes it; aborts where something was wrong. */
void bed_run(struct ticket *ticket);

/* Sends what an input has for a datagram, with an id in each place that has the one of inputs. */
void bed_reply(struct device *device, size_t socket, const uint8_t *data, size_t len, int32_t id);
/* Puts an id into its places. */
void bed_put_id(uint8_t *data, size_t len, int32_t id);

#define BED_MESSAGE_MAX 4096u /* bytes of an input that count */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
