/*
 * The MessagePack reader and writer: every head, every bound.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "wire/mp.h"
#include "wire_text.h"

static struct zsnmp_mp_token token;

/* Reads the one token that bytes are, from a copy that ends where its array ends. */
static bool read_one(const void *data, size_t len)
{
    static uint8_t copy[64];
    uint8_t *start = copy + sizeof copy - len;
    memcpy(start, data, len);
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(start, len);
    return zsnmp_mp_next(&reader, &token) && reader.at == reader.end;
}

#define READ(...) read_one((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(wire_mp, integers_of_every_width_are_read)
{
    cr_assert(READ(0x00) && token.type == ZSNMP_MP_UINT && token.value.u == 0);
    cr_assert(READ(0x7f) && token.type == ZSNMP_MP_UINT && token.value.u == 127);
    cr_assert(READ(0xff) && token.type == ZSNMP_MP_INT && token.value.i == -1);
    cr_assert(READ(0xe0) && token.type == ZSNMP_MP_INT && token.value.i == -32);
    cr_assert(READ(0xcc, 0xff) && token.type == ZSNMP_MP_UINT && token.value.u == 255);
    cr_assert(READ(0xcd, 0x01, 0x02) && token.value.u == 0x102);
    cr_assert(READ(0xce, 1, 2, 3, 4) && token.value.u == 0x1020304);
    cr_assert(READ(0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) &&
              token.value.u == UINT64_MAX);
    cr_assert(READ(0xd0, 0x80) && token.type == ZSNMP_MP_INT && token.value.i == -128);
    cr_assert(READ(0xd0, 0x05) && token.type == ZSNMP_MP_UINT && token.value.u == 5);
    cr_assert(READ(0xd1, 0xff, 0x00) && token.value.i == -256);
    cr_assert(READ(0xd2, 0x80, 0, 0, 0) && token.value.i == INT32_MIN);
    cr_assert(READ(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0) && token.value.i == INT64_MIN);
}

Test(wire_mp, other_scalars_are_read)
{
    cr_assert(READ(0xc0) && token.type == ZSNMP_MP_NIL);
    cr_assert(READ(0xc2) && token.type == ZSNMP_MP_BOOL && !token.value.b);
    cr_assert(READ(0xc3) && token.type == ZSNMP_MP_BOOL && token.value.b);
    cr_assert(READ(0xca, 0x3f, 0xc0, 0, 0) && token.type == ZSNMP_MP_DOUBLE);
    cr_assert_float_eq(token.value.d, 1.5, 0);
    cr_assert(READ(0xcb, 0xbf, 0xf8, 0, 0, 0, 0, 0, 0));
    cr_assert_float_eq(token.value.d, -1.5, 0);
    cr_assert_not(READ(0xc1), "0xc1 is never used");
}

Test(wire_mp, strings_of_every_head_are_read)
{
    cr_assert(READ(0xa2, 'h', 'i') && token.type == ZSNMP_MP_STR && zsnmp_mp_is(&token, "hi"));
    cr_assert(READ(0xd9, 2, 'h', 'i') && zsnmp_mp_is(&token, "hi"));
    cr_assert(READ(0xda, 0, 2, 'h', 'i') && zsnmp_mp_is(&token, "hi"));
    cr_assert(READ(0xdb, 0, 0, 0, 2, 'h', 'i') && zsnmp_mp_is(&token, "hi"));
    cr_assert(READ(0xc4, 2, 'h', 'i') && token.type == ZSNMP_MP_BIN && zsnmp_mp_is(&token, "hi"));
    cr_assert(READ(0xc5, 0, 1, 'h') && token.type == ZSNMP_MP_BIN && token.len == 1);
    cr_assert(READ(0xc6, 0, 0, 0, 0) && token.type == ZSNMP_MP_BIN && token.len == 0);
    cr_assert(READ(0xd4, 1, 0x80) && token.type == ZSNMP_MP_EXT && token.ext == 1);
    cr_assert(token.len == 1 && token.data[0] == 0x80);
    cr_assert(READ(0xd5, 0xff, 0, 0) && token.ext == -1 && token.len == 2);
    cr_assert(READ(0xc7, 3, 7, 1, 2, 3) && token.type == ZSNMP_MP_EXT && token.len == 3);
    cr_assert(READ(0xc8, 0, 0, 7) && token.type == ZSNMP_MP_EXT && token.len == 0);
    cr_assert(READ(0xc9, 0, 0, 0, 1, 7, 9) && token.len == 1 && token.ext == 7);
}

Test(wire_mp, nothing_is_read_past_the_end)
{
    static const uint8_t heads[] = {0xa1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
                                    0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2,
                                    0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
                                    0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x91, 0x81};
    for (size_t i = 0; i < sizeof heads; i++) {
        /* In memory of its own, so that a sanitizer sees a read too far. */
        uint8_t *one = malloc(1);
        cr_assert_not_null(one);
        *one = heads[i];
        struct zsnmp_mp_reader reader = zsnmp_mp_reader(one, 1);
        cr_assert_not(zsnmp_mp_next(&reader, &token), "head %02x", heads[i]);
        cr_assert(reader.at == one, "a failed read must not move");
        free(one);
    }
    cr_assert_not(read_one("", 0));
}

Test(wire_mp, forged_lengths_are_refused)
{
    cr_assert_not(READ(0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0), "array of 2^32-1");
    cr_assert_not(READ(0xdf, 0xff, 0xff, 0xff, 0xff, 0xc0), "map of 2^32-1");
    cr_assert_not(READ(0xdf, 0x80, 0x00, 0x00, 0x00, 0xc0), "map whose doubled size wraps");
    cr_assert_not(READ(0xdb, 0xff, 0xff, 0xff, 0xff, 'x'), "str of 2^32-1");
    cr_assert_not(READ(0xc6, 0xff, 0xff, 0xff, 0xff, 'x'), "bin of 2^32-1");
    cr_assert_not(READ(0xc9, 0xff, 0xff, 0xff, 0xff, 'x'), "ext of 2^32-1");
    cr_assert_not(READ(0xdc, 0x00, 0x02, 0xc0), "array of one more than is there");
}

Test(wire_mp, skip_follows_nesting_to_its_limit)
{
    uint8_t bomb[1000];
    memset(bomb, 0x91, sizeof bomb);
    bomb[ZSNMP_MP_DEPTH_MAX] = 0xc0;
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(bomb, sizeof bomb);
    cr_assert(zsnmp_mp_skip(&reader));
    cr_assert_eq(reader.at - bomb, ZSNMP_MP_DEPTH_MAX + 1);
    bomb[ZSNMP_MP_DEPTH_MAX] = 0x91;
    bomb[sizeof bomb - 1] = 0xc0;
    reader = zsnmp_mp_reader(bomb, sizeof bomb);
    cr_assert_not(zsnmp_mp_skip(&reader));
}

Test(wire_mp, skip_passes_exactly_one_object)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 4096);
    wire_text(&out, "{'a': [1, [2, {'x': nil}], []], 'b': {}, 'c': x'00'}");
    size_t first = out.len;
    wire_text(&out, "[1]");
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(out.data, out.len);
    cr_assert(zsnmp_mp_skip(&reader));
    cr_assert_eq((size_t)(reader.at - out.data), first);
    cr_assert(zsnmp_mp_whole(&reader, &token));
    cr_assert(token.type == ZSNMP_MP_ARRAY && reader.at == reader.end);
    zsnmp_buf_clear(&out);
}

Test(wire_mp, find_looks_up_keys)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 4096);
    wire_text(&out, "{'a': [1, 2], 'error': {'code': 100}, 'n': 5}");
    struct zsnmp_mp_reader reader = zsnmp_mp_reader(out.data, out.len);
    struct zsnmp_mp_token map;
    struct zsnmp_mp_token inner;
    cr_assert(zsnmp_mp_whole(&reader, &map));
    cr_assert(zsnmp_mp_find(&map, reader.end, "n", &token) && token.value.u == 5);
    cr_assert(zsnmp_mp_find(&map, reader.end, "error", &inner));
    cr_assert(zsnmp_mp_find(&inner, reader.end, "code", &token) && token.value.u == 100);
    cr_assert_not(zsnmp_mp_find(&map, reader.end, "code", &token));
    cr_assert_not(zsnmp_mp_find(&token, reader.end, "code", &token), "a number is no map");
    zsnmp_buf_clear(&out);
}

Test(wire_mp, what_is_written_is_the_shortest_form)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 4096);
    zsnmp_mp_put_uint(&out, 127);
    zsnmp_mp_put_uint(&out, 128);
    zsnmp_mp_put_uint(&out, 65536);
    zsnmp_mp_put_int(&out, -33);
    zsnmp_mp_put_int(&out, 5);
    zsnmp_mp_put_str(&out, "hi");
    zsnmp_mp_put_bin(&out, "\x01", 1);
    zsnmp_mp_put_ext(&out, 1, "\x82", 1);
    zsnmp_mp_put_float(&out, 1.5f);
    zsnmp_mp_put_double(&out, 1.5);
    zsnmp_mp_put_bool(&out, true);
    zsnmp_mp_put_nil(&out);
    zsnmp_mp_put_array(&out, 2);
    zsnmp_mp_put_map(&out, 16);
    cr_assert_str_eq(wire_hex(out.data, out.len),
                     "7f cc 80 ce 00 01 00 00 d0 df 05 a2 68 69 c4 01 01 d4 01 82 "
                     "ca 3f c0 00 00 cb 3f f8 00 00 00 00 00 00 c3 c0 92 de 00 10");
    zsnmp_buf_clear(&out);
}

Test(wire_mp, a_full_buffer_stays_failed)
{
    struct zsnmp_buf out;
    zsnmp_buf_init(&out, 4);
    zsnmp_mp_put_str(&out, "hello");
    zsnmp_mp_put_nil(&out);
    cr_assert(out.failed);
    cr_assert(out.len <= 4);
    zsnmp_buf_clear(&out);
}
