/*
 * Values as net-snmp's tools print them with -On and no MIBs.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "zsnmp.h"

static char text[1024];

static const char *print(const zsnmp_varbind_t *vb)
{
    size_t len = zsnmp_varbind_print(vb, text, sizeof text);
    cr_assert_eq(len, strlen(text));
    return text;
}

#define SIGNED(kind, number) print(&(zsnmp_varbind_t){.type = (kind), .value.i = (number)})
#define UNSIGNED(kind, number) print(&(zsnmp_varbind_t){.type = (kind), .value.u = (number)})
#define REAL(kind, number) print(&(zsnmp_varbind_t){.type = (kind), .value.d = (number)})
#define BYTES(kind, data, n)                                                                       \
    print(&(zsnmp_varbind_t){.type = (kind), .value.bytes = {(const uint8_t *)(data), (n)}})

Test(base_print, numbers)
{
    cr_assert_str_eq(SIGNED(ZSNMP_INTEGER, -5), "INTEGER: -5");
    cr_assert_str_eq(UNSIGNED(ZSNMP_COUNTER32, UINT32_MAX), "Counter32: 4294967295");
    cr_assert_str_eq(UNSIGNED(ZSNMP_GAUGE32, 7), "Gauge32: 7");
    cr_assert_str_eq(UNSIGNED(ZSNMP_COUNTER64, UINT64_MAX), "Counter64: 18446744073709551615");
    cr_assert_str_eq(UNSIGNED(ZSNMP_UINTEGER32, 7), "7");
    cr_assert_str_eq(SIGNED(ZSNMP_OPAQUE_INT64, INT64_MIN), "Opaque: Int64: -9223372036854775808");
    cr_assert_str_eq(UNSIGNED(ZSNMP_OPAQUE_UINT64, 7), "Opaque: UInt64: 7");
    cr_assert_str_eq(UNSIGNED(ZSNMP_OPAQUE_COUNTER64, 7), "Opaque: Counter64: 7");
    cr_assert_str_eq(REAL(ZSNMP_OPAQUE_FLOAT, 1.5), "Opaque: Float: 1.500000");
    cr_assert_str_eq(REAL(ZSNMP_OPAQUE_DOUBLE, -0.25), "Opaque: Float: -0.250000");
    cr_assert_eq(strlen(REAL(ZSNMP_OPAQUE_DOUBLE, 1e308)), strlen("Opaque: Float: ") + 309 + 7);
    cr_assert_str_eq(REAL(ZSNMP_OPAQUE_DOUBLE, INFINITY), "Opaque: Float: inf");
}

Test(base_print, ticks)
{
    cr_assert_str_eq(UNSIGNED(ZSNMP_TIMETICKS, 0), "Timeticks: (0) 0:00:00.00");
    cr_assert_str_eq(UNSIGNED(ZSNMP_TIMETICKS, 123), "Timeticks: (123) 0:00:01.23");
    cr_assert_str_eq(UNSIGNED(ZSNMP_TIMETICKS, 8639999), "Timeticks: (8639999) 23:59:59.99");
    cr_assert_str_eq(UNSIGNED(ZSNMP_TIMETICKS, 8640000), "Timeticks: (8640000) 1 day, 0:00:00.00");
    cr_assert_str_eq(UNSIGNED(ZSNMP_TIMETICKS, UINT32_MAX),
                     "Timeticks: (4294967295) 497 days, 2:27:52.95");
}

Test(base_print, strings)
{
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, NULL, 0), "\"\"");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "Linux", 5), "STRING: \"Linux\"");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "a\"b\\c", 5), "STRING: \"a\\\"b\\\\c\"");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "a\r\n\t", 4), "STRING: \"a\r\n\t\"");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "\0\x1a", 2), "Hex-STRING: 00 1A ");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "caf\xe9", 4), "Hex-STRING: 63 61 66 E9 ");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7", 16),
                     "Hex-STRING: 00 01 02 03 04 05 06 07 00 01 02 03 04 05 06 07 ");
    cr_assert_str_eq(BYTES(ZSNMP_OCTET_STRING, "\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\1", 17),
                     "Hex-STRING: 00 01 02 03 04 05 06 07 00 01 02 03 04 05 06 07 \n01 ");
    cr_assert_str_eq(BYTES(ZSNMP_OPAQUE, "\x9f\x78", 2), "OPAQUE: 9F 78 ");
    cr_assert_str_eq(BYTES(ZSNMP_IP_ADDRESS, "\x0a\0\0\xff", 4), "IpAddress: 10.0.0.255");
}

Test(base_print, the_rest)
{
    const uint32_t oid[] = {1, 3, 6, 1, 4294967295};
    zsnmp_varbind_t vb = {.type = ZSNMP_OBJECT_ID, .value.oid = {oid, 5}};
    cr_assert_str_eq(print(&vb), "OID: .1.3.6.1.4294967295");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NULL, 0), "NULL");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_OBJECT, 0),
                     "No Such Object available on this agent at this OID");
    cr_assert_str_eq(UNSIGNED(ZSNMP_NO_SUCH_INSTANCE, 0),
                     "No Such Instance currently exists at this OID");
    cr_assert_str_eq(
        UNSIGNED(ZSNMP_END_OF_MIB_VIEW, 0),
        "No more variables left in this MIB View (It is past the end of the MIB tree)");
    cr_assert_str_eq(UNSIGNED(255, 0), "Variable has bad type");
}

Test(base_print, short_buffers_are_filled_and_ended)
{
    zsnmp_varbind_t vb = {.type = ZSNMP_INTEGER, .value.i = 12345};
    char small[10];
    memset(small, '#', sizeof small);
    cr_assert_eq(zsnmp_varbind_print(&vb, small, 8), 14);
    cr_assert_str_eq(small, "INTEGER");
    cr_assert_eq(small[8], '#');
    cr_assert_eq(zsnmp_varbind_print(&vb, NULL, 0), 14);
    cr_assert_eq(zsnmp_varbind_print(&vb, small, 1), 14);
    cr_assert_str_eq(small, "");
}
