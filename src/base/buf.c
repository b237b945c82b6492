/*
 * Growable byte array; see buf.h.
 */
#include "buf.h"

#include <stdlib.h>

#define FIRST_CAP 256u

void zsnmp_buf_init(struct zsnmp_buf *self, size_t max)
{
    *self = (struct zsnmp_buf){.max = max};
}

void zsnmp_buf_limit(struct zsnmp_buf *self, size_t max)
{
    self->max = max;
    if (self->cap > max) {
        self->cap = max;
    }
}

void zsnmp_buf_init_with(struct zsnmp_buf *self, uint8_t *data, size_t size, size_t max)
{
    *self = (struct zsnmp_buf){.data = data, .cap = size, .lent = true};
    zsnmp_buf_limit(self, max);
}

void zsnmp_buf_clear(struct zsnmp_buf *self)
{
    if (!self->lent) {
        free(self->data);
    }
    zsnmp_buf_init(self, self->max);
}

uint8_t *zsnmp_buf_grow(struct zsnmp_buf *self, size_t more)
{
    if (self->failed || more > self->max - self->len) {
        self->failed = true;
        return NULL;
    }
    size_t need = self->len + more;
    size_t cap = self->cap == 0 ? FIRST_CAP : self->cap;
    while (cap < need) {
        cap *= 2;
    }
    if (cap > self->max) {
        cap = self->max; /* never below need, and the ceiling holds exactly */
    }
    uint8_t *data = realloc(self->lent ? NULL : self->data, cap);
    if (data == NULL) {
        self->failed = true;
        return NULL;
    }
    if (self->lent) {
        memcpy(data, self->data, self->len);
        self->lent = false;
    }
    self->data = data;
    self->cap = cap;
    return data + self->len;
}
