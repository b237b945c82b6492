/*
 * Requests as the client sends them: keys with their values, packed already.
 */
#ifndef ZSNMPC_REQUEST_H
#define ZSNMPC_REQUEST_H

#include "buf.h"
#include "zsnmpc.h"

/* Appends the request as a map whose "id" is id. false: the request or out is not whole. */
bool zsnmpc_request_encode(const struct zsnmpc_request *self, uint64_t id, struct buf *out);

/* It is a SET, which must not be sent again by itself. */
bool zsnmpc_request_is_set(const struct zsnmpc_request *self);

#endif
