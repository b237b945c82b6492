/*
 * A simulated device is nothing but its address: all it says about itself is derived from that,
 * so that sixteen million of them cost no memory. Nothing here may keep state per device.
 */
#ifndef ZSNMP_SIM_DEVICE_H
#define ZSNMP_SIM_DEVICE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 3411: SnmpEngineID ::= TEXTUAL-CONVENTION, SIZE(5..32). Ours: 5 + 4 or 16 of address. */
#define ZSNMP_SIM_ENGINE_ID_MAX 32

struct zsnmp_sim_record;

struct zsnmp_sim_device {
    uint64_t key;  /* IPv4: the address in host order; IPv6: bit 63 set */
    uint64_t hash; /* seeded: source of everything that differs between devices */
    const struct zsnmp_sim_record *record; /* NULL: the built-in objects */
};

/* A set of IPv4 addresses: ranges, and a modulus ("every Nth"). */
#define ZSNMP_SIM_RANGES_MAX 64

struct zsnmp_sim_addresses {
    size_t count;
    struct {
        uint32_t first;
        uint32_t last;
    } range[ZSNMP_SIM_RANGES_MAX];
    uint32_t every; /* 0: none */
};

uint64_t zsnmp_sim_mix(uint64_t x);
/* A number that depends on the device and on what and index only. */
uint64_t zsnmp_sim_device_draw(const struct zsnmp_sim_device *device, uint32_t what,
                               uint32_t index);

uint64_t zsnmp_sim_key_v4(uint32_t host_order);
uint64_t zsnmp_sim_key_v6(const struct in6_addr *address);
/* An address as text, of either family. */
bool zsnmp_sim_key_parse(const char *text, uint64_t *key);
bool zsnmp_sim_key_is_v6(uint64_t key);

/* Writes the engine id of the device with this key, returns its length (RFC 3411 section 5). */
size_t zsnmp_sim_engine_id(uint64_t key, uint8_t to[ZSNMP_SIM_ENGINE_ID_MAX]);

/* Adds "A", "A-B", "A/BITS", "every:N" or, where count is allowed, "N" addresses from 127.0.0.1
 * on; several with commas between. False if the text says none of these. */
bool zsnmp_sim_addresses_parse(struct zsnmp_sim_addresses *set, const char *text, bool count);
bool zsnmp_sim_addresses_have(const struct zsnmp_sim_addresses *set, uint64_t key);

#endif
