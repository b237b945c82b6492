/*
 * The writer of mp.h: msgpack-c's packer over a buffer with a ceiling.
 */
#include <msgpack/pack.h>
#include <string.h>

#include "mp.h"

static int append(void *data, const char *bytes, size_t len)
{
    return zsnmp_buf_append(data, bytes, len) ? 0 : -1;
}

/* The packer's own results are not needed: a buffer remembers that an append failed. */
static msgpack_packer packer(struct zsnmp_buf *out)
{
    msgpack_packer pk;
    msgpack_packer_init(&pk, out, append);
    return pk;
}

void zsnmp_mp_put_any_map(struct zsnmp_buf *out, uint32_t pairs)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_map(&pk, pairs);
}

void zsnmp_mp_put_array(struct zsnmp_buf *out, uint32_t elements)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_array(&pk, elements);
}

void zsnmp_mp_put_any_str(struct zsnmp_buf *out, const char *text, size_t len)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_str(&pk, len);
    zsnmp_mp_put_raw(out, text, len);
}

void zsnmp_mp_put_str(struct zsnmp_buf *out, const char *text)
{
    zsnmp_mp_put_strn(out, text, strlen(text));
}

void zsnmp_mp_put_bin(struct zsnmp_buf *out, const void *data, size_t len)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_bin(&pk, len);
    zsnmp_mp_put_raw(out, data, len);
}

void zsnmp_mp_put_ext(struct zsnmp_buf *out, int8_t type, const void *data, size_t len)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_ext(&pk, len, type);
    zsnmp_mp_put_raw(out, data, len);
}

void zsnmp_mp_put_uint(struct zsnmp_buf *out, uint64_t value)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_uint64(&pk, value);
}

void zsnmp_mp_put_int(struct zsnmp_buf *out, int64_t value)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_int64(&pk, value);
}

void zsnmp_mp_put_float(struct zsnmp_buf *out, float value)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_float(&pk, value);
}

void zsnmp_mp_put_double(struct zsnmp_buf *out, double value)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_double(&pk, value);
}

void zsnmp_mp_put_bool(struct zsnmp_buf *out, bool value)
{
    msgpack_packer pk = packer(out);
    if (value) {
        msgpack_pack_true(&pk);
    } else {
        msgpack_pack_false(&pk);
    }
}

void zsnmp_mp_put_nil(struct zsnmp_buf *out)
{
    msgpack_packer pk = packer(out);
    msgpack_pack_nil(&pk);
}
