/*
 * See device.h: identities and sets of addresses.
 */
#include "sim/device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_V6 (UINT64_C(1) << 63)
#define FIRST_DEVICE UINT32_C(0x7f000001)
#define SPEC_MAX 64

/* The enterprise number set aside for examples (RFC 5612), with the high bit RFC 3411 asks for. */
static const uint8_t engine_prefix[4] = {0x80, 0x00, 0x7e, 0xd9};

/* The finaliser of splitmix64: each bit of the input moves about half of the output's. */
uint64_t zsnmp_sim_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint64_t zsnmp_sim_device_draw(const struct zsnmp_sim_device *device, uint32_t what, uint32_t index)
{
    return zsnmp_sim_mix(device->hash ^ ((uint64_t)what << 32 | index));
}

uint64_t zsnmp_sim_key_v4(uint32_t host_order)
{
    return host_order;
}

uint64_t zsnmp_sim_key_v6(const struct in6_addr *address)
{
    uint64_t key = 0; /* the interface identifier: enough to tell the addresses of one machine */
    for (size_t i = 8; i < 16; i++) {
        key = key << 8 | address->s6_addr[i];
    }
    return key | KEY_V6;
}

bool zsnmp_sim_key_parse(const char *text, uint64_t *key)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, text, &v4) == 1) {
        *key = zsnmp_sim_key_v4(ntohl(v4.s_addr));
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6) == 1) {
        *key = zsnmp_sim_key_v6(&v6);
        return true;
    }
    return false;
}

bool zsnmp_sim_key_is_v6(uint64_t key)
{
    return (key & KEY_V6) != 0;
}

size_t zsnmp_sim_engine_id(uint64_t key, uint8_t to[ZSNMP_SIM_ENGINE_ID_MAX])
{
    memcpy(to, engine_prefix, sizeof engine_prefix);
    size_t len = sizeof engine_prefix;
    bool v6 = zsnmp_sim_key_is_v6(key);
    to[len++] = v6 ? 2 : 1; /* format: IPv6 or IPv4 address */
    if (v6) {
        memset(to + len, 0, 8);
        len += 8;
    }
    uint64_t bits = key & ~KEY_V6;
    for (int shift = v6 ? 56 : 24; shift >= 0; shift -= 8) {
        to[len++] = (uint8_t)(bits >> shift);
    }
    return len;
}

static bool parse_number(const char *text, uint32_t max, uint32_t *value)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || v > max) {
        return false;
    }
    *value = (uint32_t)v;
    return true;
}

static bool parse_address(const char *text, uint32_t *address)
{
    struct in_addr in;
    if (inet_pton(AF_INET, text, &in) != 1) {
        return false;
    }
    *address = ntohl(in.s_addr);
    return true;
}

/* "A", "A-B" or "A/BITS"; cuts the text at the separator. */
static bool parse_range(char *text, uint32_t *first, uint32_t *last)
{
    char *sep = strpbrk(text, "-/");
    char kind = sep == NULL ? '\0' : *sep;
    if (sep != NULL) {
        *sep++ = '\0';
    }
    if (!parse_address(text, first)) {
        return false;
    }
    *last = *first;
    if (kind == '-') {
        return parse_address(sep, last) && *first <= *last;
    }
    uint32_t bits = 32;
    if (kind == '/' && !parse_number(sep, 32, &bits)) {
        return false;
    }
    uint32_t host = bits == 0 ? UINT32_MAX : (uint32_t)((UINT64_C(1) << (32 - bits)) - 1);
    *first &= ~host;
    *last = *first | host;
    return true;
}

static bool parse_one(struct zsnmp_sim_addresses *set, char *text, bool count)
{
    uint32_t number = 0;
    if (strncmp(text, "every:", 6) == 0) {
        return parse_number(text + 6, UINT32_MAX, &set->every) && set->every > 0;
    }
    if (set->count == ZSNMP_SIM_RANGES_MAX) {
        return false;
    }
    uint32_t first = FIRST_DEVICE;
    uint32_t last = 0;
    if (count && parse_number(text, 0xffffff, &number) && number > 0) {
        last = first + number - 1;
    } else if (!parse_range(text, &first, &last)) {
        return false;
    }
    set->range[set->count].first = first;
    set->range[set->count].last = last;
    set->count++;
    return true;
}

bool zsnmp_sim_addresses_parse(struct zsnmp_sim_addresses *set, const char *text, bool count)
{
    for (;;) {
        size_t len = strcspn(text, ",");
        char one[SPEC_MAX];
        if (len == 0 || len >= sizeof one) {
            return false;
        }
        memcpy(one, text, len);
        one[len] = '\0';
        if (!parse_one(set, one, count)) {
            return false;
        }
        if (text[len] == '\0') {
            return true;
        }
        text += len + 1;
    }
}

bool zsnmp_sim_addresses_have(const struct zsnmp_sim_addresses *set, uint64_t key)
{
    if (zsnmp_sim_key_is_v6(key)) {
        return false;
    }
    uint32_t address = (uint32_t)key;
    if (set->every != 0 && (address & 0xffffff) % set->every == 0) {
        return true;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (address >= set->range[i].first && address <= set->range[i].last) {
            return true;
        }
    }
    return false;
}
