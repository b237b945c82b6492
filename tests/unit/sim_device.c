/*
 * Sets of addresses, and engine ids.
 */
#include "sim/device.h"

#include <criterion/criterion.h>

#include <string.h>

static bool has(const char *spec, const char *kind, uint32_t address)
{
    struct zsnmp_sim_addresses set = {.count = 0};
    cr_assert(zsnmp_sim_addresses_parse(&set, spec, strcmp(kind, "count") == 0), "%s", spec);
    return zsnmp_sim_addresses_have(&set, zsnmp_sim_key_v4(address));
}

Test(sim_device, address_sets)
{
    cr_assert(has("10", "count", 0x7f00000a));
    cr_assert_not(has("10", "count", 0x7f00000b));
    cr_assert(has("127.0.0.5", "", 0x7f000005));
    cr_assert_not(has("127.0.0.5", "", 0x7f000006));
    cr_assert(has("127.0.0.5-127.0.1.0", "", 0x7f000100));
    cr_assert_not(has("127.0.0.5-127.0.1.0", "", 0x7f000101));
    cr_assert(has("127.3.0.0/16", "", 0x7f03ffff));
    cr_assert_not(has("127.3.0.0/16", "", 0x7f040000));
    cr_assert(has("127.9.9.9/0", "", 0x01020304));
    cr_assert(has("127.0.0.1,every:20", "", 0x7f000014));
    cr_assert(has("127.0.0.1,every:20", "", 0x7f000001));
    cr_assert_not(has("127.0.0.1,every:20", "", 0x7f000015));
}

Test(sim_device, address_sets_that_are_none)
{
    static const char *const specs[] = {
        "",
        ",",
        "127.0.0.1,",
        "every:0",
        "every:",
        "127.0.0",
        "10",
        "127.0.0.2-127.0.0.1",
        "127.0.0.1/33",
        "127.0.0.1/",
        "127.0.0.1-",
        "every:x",
        "1270000000000000000000000000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        struct zsnmp_sim_addresses set = {.count = 0};
        cr_assert_not(zsnmp_sim_addresses_parse(&set, specs[i], false), "%s", specs[i]);
    }
}

Test(sim_device, too_many_ranges_are_refused)
{
    struct zsnmp_sim_addresses set = {.count = 0};
    for (int i = 0; i < ZSNMP_SIM_RANGES_MAX; i++) {
        cr_assert(zsnmp_sim_addresses_parse(&set, "127.0.0.1", false));
    }
    cr_assert_not(zsnmp_sim_addresses_parse(&set, "127.0.0.1", false));
}

Test(sim_device, engine_ids_follow_rfc_3411)
{
    static const uint8_t v4[] = {0x80, 0, 0x7e, 0xd9, 1, 127, 1, 2, 3};
    uint8_t id[ZSNMP_SIM_ENGINE_ID_MAX];
    cr_assert_eq(zsnmp_sim_engine_id(0x7f010203, id), sizeof v4);
    cr_assert_arr_eq(id, v4, sizeof v4);
    size_t len = zsnmp_sim_engine_id(zsnmp_sim_key_v6(&in6addr_loopback), id);
    cr_assert_eq(len, 21);
    cr_assert_eq(id[4], 2);
    cr_assert_arr_eq(id + 5, &in6addr_loopback, 16);
}
