/*
 * A growable array of bytes with a ceiling. Once an append fails the buffer
 * stays failed and appends nothing more, so that a writer checks once, at its
 * end.
 */
#ifndef ZSNMP_BASE_BUF_H
#define ZSNMP_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct zsnmp_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
    size_t max;  /* ceiling for len */
    bool failed; /* an append did not fit or memory ran out */
    bool lent;   /* data is somebody else's, until more is needed */
};

void zsnmp_buf_init(struct zsnmp_buf *self, size_t max);

/* Begins with size bytes that stay the caller's and outlive self's use of them. */
void zsnmp_buf_init_with(struct zsnmp_buf *self, uint8_t *data, size_t size, size_t max);

/* Sets the ceiling of a buffer that is still empty. */
void zsnmp_buf_limit(struct zsnmp_buf *self, size_t max);
void zsnmp_buf_clear(struct zsnmp_buf *self); /* frees; usable again afterwards */

/* Slow path of zsnmp_buf_reserve(): grows by doubling. */
uint8_t *zsnmp_buf_grow(struct zsnmp_buf *self, size_t more);

/* Room for more bytes behind len, which the caller fills and then adds to len; NULL: failed. */
static inline uint8_t *zsnmp_buf_reserve(struct zsnmp_buf *self, size_t more)
{
    if (!self->failed && more <= self->cap - self->len) {
        return self->data + self->len;
    }
    return zsnmp_buf_grow(self, more);
}

static inline bool zsnmp_buf_append(struct zsnmp_buf *self, const void *data, size_t len)
{
    if (len == 0) {
        return !self->failed;
    }
    uint8_t *to = zsnmp_buf_reserve(self, len);
    if (to == NULL) {
        return false;
    }
    memcpy(to, data, len);
    self->len += len;
    return true;
}

#endif
