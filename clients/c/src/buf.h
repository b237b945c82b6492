/*
 * Bytes that grow, and what msgpack-c's packer writes into. What was in it is
 * wiped when it is freed: requests hold pass phrases.
 */
#ifndef ZSNMPC_BUF_H
#define ZSNMPC_BUF_H

#include <msgpack/pack.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t cap;
    bool failed; /* there was no memory: what it holds is not whole */
};

void zsnmpc_buf_append(struct buf *self, const void *data, size_t len);
void zsnmpc_buf_clear(struct buf *self);

/* Packs to the end of a buffer. */
msgpack_packer zsnmpc_buf_packer(struct buf *self);

/* A string, as MessagePack's str. */
void zsnmpc_pack_text(msgpack_packer *pk, const char *text);

#endif
