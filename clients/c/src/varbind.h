/*
 * Variable bindings as they come: [oid, type, value], with the value that its
 * type has.
 */
#ifndef ZSNMPC_VARBIND_H
#define ZSNMPC_VARBIND_H

#include <msgpack/object.h>

#include "zsnmpc.h"

/* Whether it is one; only then may it be taken. */
bool zsnmpc_varbind_check(const msgpack_object *object);

void zsnmpc_varbind_take(zsnmpc_varbind_t *self, const msgpack_object *object);

#endif
