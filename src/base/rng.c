/*
 * Unpredictable numbers; see rng.h.
 */
#include "rng.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

void zsnmp_rng_init(struct zsnmp_rng *self)
{
    self->left = 0;
}

static void refill(struct zsnmp_rng *self)
{
    size_t have = 0;
    while (have < sizeof self->bytes) {
        ssize_t got = getrandom(self->bytes + have, sizeof self->bytes - have, 0);
        if (got > 0) {
            have += (size_t)got;
        } else if (errno != EINTR) {
            /* Not possible on a kernel that has the call (3.17); stale bytes would be a hole. */
            __builtin_trap();
        }
    }
    self->left = have;
}

static void draw(struct zsnmp_rng *self, void *to, size_t len)
{
    if (self->left < len) {
        refill(self);
    }
    self->left -= len;
    memcpy(to, self->bytes + self->left, len);
    memset(self->bytes + self->left, 0, len); /* what was handed out is not kept */
}

uint32_t zsnmp_rng_u32(struct zsnmp_rng *self)
{
    uint32_t value;
    draw(self, &value, sizeof value);
    return value;
}

uint64_t zsnmp_rng_u64(struct zsnmp_rng *self)
{
    uint64_t value;
    draw(self, &value, sizeof value);
    return value;
}
