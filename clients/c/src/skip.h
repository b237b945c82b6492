/*
 * How long a MessagePack object is. msgpack-c allocates what an array or map
 * claims to hold before it has seen that; what was found whole here costs it no
 * more than a small multiple of its bytes.
 */
#ifndef ZSNMPC_SKIP_H
#define ZSNMPC_SKIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Moves *at behind the object that begins there. false: it is none, or not whole. */
bool zsnmpc_skip(const uint8_t *data, size_t len, size_t *at);

#endif
