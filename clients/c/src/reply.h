/*
 * Replies as the client reads them. What comes from a socket is checked as a
 * whole when it is read, so that nothing that looks at it later can fail on it.
 */
#ifndef ZSNMPC_REPLY_H
#define ZSNMPC_REPLY_H

#include <msgpack/unpack.h>

#include "zsnmpc.h"

struct zsnmpc_reply {
    uint64_t call;
    const uint8_t *body; /* of len bytes, which the objects point into */
    size_t len;
    void *own;                 /* body, where it is the reply's own */
    msgpack_unpacked unpacked; /* the objects, and the zone that they and our texts live in */
    bool has_id;               /* it is a number, as all of ours are */
    uint64_t id;
    bool failed;
    zsnmpc_error_t error;
    const msgpack_object_array *varbinds; /* in list form; NULL: there are none */
    const char *stop;
};

/*
 * Reads the message that begins at data + *at, and moves *at behind it; the bytes
 * must outlive self. false: it is no reply, and errno is EINVAL, or ENOMEM. To be
 * cleared in either case.
 */
bool zsnmpc_reply_read(struct zsnmpc_reply *self, const uint8_t *data, size_t len, size_t *at);

/* A reply that came from nowhere: an error of ours. It needs no clearing. */
void zsnmpc_reply_fail(struct zsnmpc_reply *self, uint64_t call, const zsnmpc_error_t *error);

void zsnmpc_reply_clear(struct zsnmpc_reply *self);

#endif
