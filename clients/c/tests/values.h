/*
 * The values of the vectors (tests/vectors/README.md): to MessagePack and from
 * it, and whether one is what a pattern expects.
 */
#ifndef VALUES_H
#define VALUES_H

#include <jansson.h>
#include <msgpack.h>

/* Packs a value. */
void value_pack(msgpack_packer *pk, const json_t *value);

/* As the vectors write it; a new reference. */
json_t *value_of(const msgpack_object *object);
json_t *value_bytes(const char *form, const void *data, size_t len); /* {form: HEX} */
json_t *value_uint(uint64_t value);
json_t *value_int(int64_t value);
json_t *value_real(const char *form, double value);

/* NULL where `value` is what `pattern` says, else what is wrong, to be freed. */
char *value_mismatch(const json_t *pattern, const json_t *value);

/* Its only key, where that begins with '$', and what it has; NULL: it is no such value. */
const char *value_form(const json_t *value, json_t **content);

#endif
