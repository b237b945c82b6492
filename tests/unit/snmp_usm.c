/*
 * Keys from pass phrases, against the vectors of RFC 3414 A.3 and against the simulator's own
 * derivation for the protocols that came later.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "sim/crypt.h"
#include "snmp/snmp.h"

Test(snmp_usm, keys_of_rfc_3414_appendix_a)
{
    static const uint8_t md5[] = {0x9f, 0xaf, 0x32, 0x83, 0x88, 0x4e, 0x92, 0x83,
                                  0x4e, 0xbc, 0x98, 0x47, 0xd8, 0xed, 0xd9, 0x63};
    static const uint8_t sha[] = {0x9f, 0xb5, 0xcc, 0x03, 0x81, 0x49, 0x7b, 0x37, 0x93, 0x52,
                                  0x89, 0x39, 0xff, 0x78, 0x8d, 0x5d, 0x79, 0x14, 0x52, 0x11};
    struct zsnmp_key key;
    zsnmp_snmp_init();
    cr_assert_eq(zsnmp_key_derive(ZSNMP_AUTH_MD5, "maplesyrup", 10, &key), ZSNMP_OK);
    cr_assert_eq(key.len, sizeof md5);
    cr_assert_arr_eq(key.bytes, md5, sizeof md5);
    cr_assert_eq(zsnmp_key_derive(ZSNMP_AUTH_SHA, "maplesyrup", 10, &key), ZSNMP_OK);
    cr_assert_eq(key.len, sizeof sha);
    cr_assert_arr_eq(key.bytes, sha, sizeof sha);
    zsnmp_snmp_thread_end();
}

Test(snmp_usm, all_protocols_agree_with_the_simulator)
{
    static const enum zsnmp_sim_auth other[] = {
        [ZSNMP_AUTH_MD5] = ZSNMP_SIM_MD5,       [ZSNMP_AUTH_SHA] = ZSNMP_SIM_SHA1,
        [ZSNMP_AUTH_SHA224] = ZSNMP_SIM_SHA224, [ZSNMP_AUTH_SHA256] = ZSNMP_SIM_SHA256,
        [ZSNMP_AUTH_SHA384] = ZSNMP_SIM_SHA384, [ZSNMP_AUTH_SHA512] = ZSNMP_SIM_SHA512,
    };
    char pass[ZSNMP_PASS_MAX];
    zsnmp_snmp_init();
    for (int proto = ZSNMP_AUTH_MD5; proto <= ZSNMP_AUTH_SHA512; proto++) {
        static const size_t lengths[] = {ZSNMP_PASS_MIN, 10, 63, 64, 65, ZSNMP_PASS_MAX};
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            struct zsnmp_key key;
            uint8_t want[ZSNMP_SIM_DIGEST_MAX];
            memset(pass, 'a' + (int)i, sizeof pass);
            pass[3] = '\0'; /* a byte like any other */
            cr_assert_eq(zsnmp_key_derive((zsnmp_auth_t)proto, pass, lengths[i], &key), ZSNMP_OK);
            zsnmp_sim_password_to_key(other[proto], (const uint8_t *)pass, lengths[i], want);
            cr_assert_eq(key.len, zsnmp_sim_digest_len(other[proto]));
            cr_assert_arr_eq(key.bytes, want, key.len, "protocol %d, %zu bytes", proto, lengths[i]);
        }
    }
    zsnmp_snmp_thread_end();
}

Test(snmp_usm, no_key_where_none_can_be_made)
{
    struct zsnmp_key key = {.len = 9};
    zsnmp_snmp_init();
    cr_assert_eq(zsnmp_key_derive(ZSNMP_AUTH_NONE, "maplesyrup", 10, &key), ZSNMP_E_BAD_KEY);
    cr_assert_eq(key.len, 0);
    cr_assert_eq(zsnmp_key_derive(ZSNMP_AUTH_MD5, "short", 5, &key), ZSNMP_E_BAD_KEY,
                 "RFC 3414 section 11.2");
    cr_assert_eq(key.len, 0);
    zsnmp_snmp_thread_end();
}
