/*
 * Skips objects; see skip.h. It follows no nesting, but counts how many objects
 * are still to come; since each has a byte at least, these are never more than
 * the bytes that are left.
 */
#include "skip.h"

/* What follows a first byte: so many bytes, or a length of so many bytes for bytes, items, pairs.
 */
enum following { PLAIN, BYTES, ITEMS, PAIRS };

struct form {
    enum following following;
    uint8_t size;
    uint8_t more; /* bytes besides: the type of an ext */
};

/* 0xc4 to 0xdf. */
static const struct form forms[] = {
    {BYTES, 1, 0}, {BYTES, 2, 0}, {BYTES, 4, 0},                                /* bin */
    {BYTES, 1, 1}, {BYTES, 2, 1}, {BYTES, 4, 1},                                /* ext */
    {PLAIN, 4, 0}, {PLAIN, 8, 0},                                               /* float */
    {PLAIN, 1, 0}, {PLAIN, 2, 0}, {PLAIN, 4, 0}, {PLAIN, 8, 0},                 /* uint */
    {PLAIN, 1, 0}, {PLAIN, 2, 0}, {PLAIN, 4, 0}, {PLAIN, 8, 0},                 /* int */
    {PLAIN, 1, 1}, {PLAIN, 2, 1}, {PLAIN, 4, 1}, {PLAIN, 8, 1}, {PLAIN, 16, 1}, /* fixext */
    {BYTES, 1, 0}, {BYTES, 2, 0}, {BYTES, 4, 0},                                /* str */
    {ITEMS, 2, 0}, {ITEMS, 4, 0},                                               /* array */
    {PAIRS, 2, 0}, {PAIRS, 4, 0}};                                              /* map */

/* Bytes and objects that belong to the first byte at data[*at], which is moved over what is read.
 */
static bool read_head(const uint8_t *data, size_t len, size_t *at, uint64_t *bytes, uint64_t *items)
{
    uint8_t first = data[(*at)++];
    *bytes = *items = 0;
    if (first < 0x80 || first >= 0xe0) {
        return true;
    }
    if (first < 0xa0) { /* fixmap, fixarray */
        *items = (uint64_t)(first & 0x0f) * (first < 0x90 ? 2 : 1);
        return true;
    }
    if (first < 0xc4) { /* fixstr, nil, one that is not used, false, true */
        *bytes = first < 0xc0 ? first & 0x1f : 0;
        return first != 0xc1;
    }
    const struct form *form = &forms[first - 0xc4];
    uint64_t length = 0;
    for (uint8_t i = 0; form->following != PLAIN && i < form->size; i++) {
        if (*at == len) {
            return false;
        }
        length = length << 8 | data[(*at)++];
    }
    *items = form->following == ITEMS ? length : form->following == PAIRS ? length * 2 : 0;
    *bytes = form->more + (form->following == BYTES ? length : 0);
    *bytes += form->following == PLAIN ? form->size : 0;
    return true;
}

bool zsnmpc_skip(const uint8_t *data, size_t len, size_t *at)
{
    uint64_t left = 1;
    while (left > 0) {
        uint64_t bytes = 0;
        uint64_t items = 0;
        if (*at == len || !read_head(data, len, at, &bytes, &items)) {
            return false;
        }
        left += items - 1;
        if (bytes > len - *at || left > len - *at - bytes) {
            return false;
        }
        *at += (size_t)bytes;
    }
    return true;
}
