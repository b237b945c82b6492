/*
 * Buffers; see buf.h.
 */
#include "buf.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 32u

static bool reserve(struct buf *self, size_t len)
{
    if (self->failed || len > SIZE_MAX / 4 - self->len) {
        self->failed = true;
        return false;
    }
    if (self->len + len <= self->cap) {
        return true;
    }
    size_t cap = self->cap == 0 ? FIRST_CAP : self->cap;
    while (cap < self->len + len) {
        cap *= 2;
    }
    char *data = malloc(cap); /* not realloc(), which may leave a copy behind */
    if (data == NULL) {
        self->failed = true;
        return false;
    }
    if (self->len > 0) {
        memcpy(data, self->data, self->len);
        explicit_bzero(self->data, self->len);
    }
    free(self->data);
    self->data = data;
    self->cap = cap;
    return true;
}

void zsnmpc_buf_append(struct buf *self, const void *data, size_t len)
{
    if (len > 0 && reserve(self, len)) {
        memcpy(self->data + self->len, data, len);
        self->len += len;
    }
}

void zsnmpc_buf_clear(struct buf *self)
{
    if (self->data != NULL) {
        explicit_bzero(self->data, self->cap);
    }
    free(self->data);
    *self = (struct buf){.data = NULL};
}

/* msgpack-c's callback; it takes a failure by the buffer's flag as well. */
static int write_bytes(void *arg, const char *data, size_t len)
{
    struct buf *self = arg;
    zsnmpc_buf_append(self, data, len);
    return self->failed ? -1 : 0;
}

msgpack_packer zsnmpc_buf_packer(struct buf *self)
{
    msgpack_packer pk;
    msgpack_packer_init(&pk, self, write_bytes);
    return pk;
}

void zsnmpc_pack_text(msgpack_packer *pk, const char *text)
{
    size_t len = strlen(text);
    (void)msgpack_pack_str(pk, len);
    (void)msgpack_pack_str_body(pk, text, len);
}
