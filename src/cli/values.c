/*
 * Readers of numbers, times and peers as text; see values.h.
 */
#include "values.h"

#include <ctype.h>

#include "zsnmp.h"

bool zsnmp_cli_uint_parse(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
    uint64_t sum = 0;
    if (*text == '\0') {
        return false;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (!isdigit((unsigned char)*at)) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(*at - '0');
        if (sum > max) {
            return false;
        }
    }
    if (sum < min) {
        return false;
    }
    *value = (uint32_t)sum;
    return true;
}

/* Milliseconds of the digits behind the point, at most 1000; *end is where they end. */
static uint32_t fraction(const char *text, const char **end)
{
    uint32_t ms = 0;
    uint32_t weight = 100;
    bool rest = false;
    for (; isdigit((unsigned char)*text); text++) {
        uint32_t digit = (uint32_t)(*text - '0');
        ms += digit * weight;
        rest = rest || (weight == 0 && digit != 0);
        weight /= 10;
    }
    *end = text;
    return ms + (rest ? 1 : 0);
}

bool zsnmp_cli_seconds_parse(const char *text, uint32_t min_ms, uint32_t max_ms, uint32_t *ms)
{
    uint64_t sum = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++) {
        sum = sum * 10 + (uint64_t)(*at - '0');
        if (sum > max_ms) {
            return false;
        }
    }
    bool digits = at != text;
    sum *= 1000;
    if (*at == '.') {
        const char *start = at + 1;
        sum += fraction(start, &at);
        digits = digits || at != start;
    }
    if (!digits || *at != '\0' || sum < min_ms || sum > max_ms) {
        return false;
    }
    *ms = (uint32_t)sum;
    return true;
}

bool zsnmp_cli_peer_valid(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        if (len == ZSNMP_PEER_MAX || !isgraph((unsigned char)text[len])) {
            return false;
        }
    }
    return len > 0;
}
