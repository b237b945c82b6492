/*
 * Walks of real agents: every form of value, and files that are not quite right.
 */
#include "sim/record.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static struct zsnmp_sim_record *parse(const char *text)
{
    const char *error = NULL;
    struct zsnmp_sim_record *r = zsnmp_sim_record_parse(text, strlen(text), &error);
    cr_assert_not_null(r, "%s", error);
    return r;
}

/* The value of the only entry. */
static void check(const char *text, uint8_t tag, const void *want, size_t len)
{
    char line[1024];
    (void)snprintf(line, sizeof line, ".1.3.6.1.2.1.1.1.0 = %s\n", text);
    struct zsnmp_sim_record *r = parse(line);
    cr_assert_eq(r->count, 1);
    cr_assert_eq(r->entry[0].tag, tag, "%s", text);
    cr_assert_eq(r->entry[0].value_len, len, "%s: %u", text, r->entry[0].value_len);
    cr_assert_arr_eq(r->bytes + r->entry[0].bytes + r->entry[0].name_len, want, len);
    cr_assert_eq(r->skipped, 0);
    zsnmp_sim_record_destroy(&r);
}

Test(sim_record, strings)
{
    check("STRING: \"plain\"", ZSNMP_SIM_STRING, "plain", 5);
    check("STRING: \"a \\\"b\\\" \\\\ c\"", ZSNMP_SIM_STRING, "a \"b\" \\ c", 9);
    check("STRING: \"two\nlines\n.1.3 not a name\"", ZSNMP_SIM_STRING,
          "two\nlines\n.1.3 not a name", 25);
    check("STRING: no quotes\r", ZSNMP_SIM_STRING, "no quotes", 9);
    check("STRING: no quotes\nbut two lines", ZSNMP_SIM_STRING, "no quotes\nbut two lines", 23);
    check("\"\"", ZSNMP_SIM_STRING, "", 0);
    check("STRING: \"\"", ZSNMP_SIM_STRING, "", 0);
    check("STRING: ", ZSNMP_SIM_STRING, "", 0);
    check("STRING: 0:1b:2c:3:4:5", ZSNMP_SIM_STRING, "\x00\x1b\x2c\x03\x04\x05", 6);
    check("STRING: 2024-5-3,12:0:7.0,+2:30", ZSNMP_SIM_STRING,
          "\x07\xe8\x05\x03\x0c\x00\x07\x00+\x02\x1e", 11);
    check("STRING: 2024-5-3,12:0:7.0", ZSNMP_SIM_STRING, "\x07\xe8\x05\x03\x0c\x00\x07\x00", 8);
    check("STRING: 2024-5-3", ZSNMP_SIM_STRING, "2024-5-3", 8);
}

Test(sim_record, octets)
{
    check("Hex-STRING: 00 1B 2C ", ZSNMP_SIM_STRING, "\x00\x1b\x2c", 3);
    check("Hex-STRING: 00 1B\n2C 3D\n4E", ZSNMP_SIM_STRING, "\x00\x1b\x2c\x3d\x4e", 5);
    check("Hex-STRING: ", ZSNMP_SIM_STRING, "", 0);
    check("BITS: 80 01 first(0) last(15)", ZSNMP_SIM_STRING, "\x80\x01", 2);
    check("BITS: 80 ad(1)", ZSNMP_SIM_STRING, "\x80", 1);
    check("IpAddress: 192.0.2.255", ZSNMP_SIM_IPADDRESS, "\xc0\x00\x02\xff", 4);
    check("Network Address: C0:00:02:FF", ZSNMP_SIM_IPADDRESS, "\xc0\x00\x02\xff", 4);
    check("OPAQUE: 9F 78 04 00 00 00 00", ZSNMP_SIM_OPAQUE, "\x9f\x78\x04\0\0\0\0", 7);
}

Test(sim_record, numbers)
{
    check("INTEGER: 5", ZSNMP_SIM_INTEGER, "\x05", 1);
    check("INTEGER: up(1)", ZSNMP_SIM_INTEGER, "\x01", 1);
    check("INTEGER: -129", ZSNMP_SIM_INTEGER, "\xff\x7f", 2);
    check("INTEGER: 1500 octets", ZSNMP_SIM_INTEGER, "\x05\xdc", 2);
    check("INTEGER: 1.50", ZSNMP_SIM_INTEGER, "\x00\x96", 2);
    check("INTEGER: -2147483648", ZSNMP_SIM_INTEGER, "\x80\0\0\0", 4);
    check("Counter32: 4294967295", ZSNMP_SIM_COUNTER32, "\0\xff\xff\xff\xff", 5);
    check("Gauge32: 100", ZSNMP_SIM_GAUGE32, "\x64", 1);
    check("Unsigned32: 100", ZSNMP_SIM_GAUGE32, "\x64", 1);
    check("Counter64: 18446744073709551615", ZSNMP_SIM_COUNTER64,
          "\0\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    check("Timeticks: (123) 0:00:01.23", ZSNMP_SIM_TIMETICKS, "\x7b", 1);
    check("Timeticks: 123", ZSNMP_SIM_TIMETICKS, "\x7b", 1);
    check("Wrong Type (should be Gauge32): INTEGER: 7", ZSNMP_SIM_INTEGER, "\x07", 1);
}

Test(sim_record, the_rest)
{
    check("OID: .1.3.6.1.4.1.8072", ZSNMP_SIM_OID, "\x2b\x06\x01\x04\x01\xbf\x08", 7);
    check("OID: iso.3.6.1", ZSNMP_SIM_OID, "\x2b\x06\x01", 3);
    check("OID: .0.0", ZSNMP_SIM_OID, "\0", 1);
    check("NULL", ZSNMP_SIM_NULL, "", 0);
    check("Opaque: Float: 1.500000", ZSNMP_SIM_OPAQUE, "\x9f\x78\x04\x3f\xc0\0\0", 7);
    check("Opaque: Double: 1.5", ZSNMP_SIM_OPAQUE, "\x9f\x79\x08\x3f\xf8\0\0\0\0\0\0", 11);
    check("Opaque: Int64: -2", ZSNMP_SIM_OPAQUE, "\x9f\x7a\x01\xfe", 4);
}

Test(sim_record, lines_that_make_no_sense_are_skipped_and_counted)
{
    struct zsnmp_sim_record *r = parse("Timeout: No Response from x\n"
                                       "SNMPv2-MIB::sysDescr.0 = STRING: x\n"
                                       ".1.3.6.1.1 = Strange: 5\n"
                                       ".1.3.6.1.2 = INTEGER: many\n"
                                       ".1.3.6.1.3 = INTEGER: 99999999999\n"
                                       ".1.3.6.1.4 = IpAddress: 300.1.1.1\n"
                                       ".1 = INTEGER: 1\n"
                                       ".1.3.6.1.5.4294967296 = INTEGER: 1\n"
                                       "\n# a remark\n"
                                       ".1.3.6.1.6 = No Such Object available on this agent\n"
                                       ".1.3.6.1.7 = INTEGER: 7\n"
                                       ".1.3.6.1.8 = No more variables left in this MIB View\n");
    cr_assert_eq(r->count, 1);
    cr_assert_eq(r->skipped, 8, "%zu", r->skipped);
    zsnmp_sim_record_destroy(&r);
}

Test(sim_record, a_quote_that_never_closes_costs_its_own_line)
{
    struct zsnmp_sim_record *r = parse(".1.3.6.1.1 = STRING: \"open\n"
                                       ".1.3.6.1.2 = INTEGER: 2\n");
    cr_assert_eq(r->count, 1);
    cr_assert_eq(r->skipped, 1);
    zsnmp_sim_record_destroy(&r);
}

Test(sim_record, a_file_without_objects_is_an_error)
{
    const char *error = NULL;
    cr_assert_null(zsnmp_sim_record_parse("nothing\n", 8, &error));
    cr_assert_not_null(error);
    cr_assert_null(zsnmp_sim_record_parse("", 0, &error));
    cr_assert_null(zsnmp_sim_record_new("/nonexistent", &error));
}

static struct zsnmp_sim_oid oid(const char *text)
{
    struct zsnmp_sim_oid o = {.len = 0};
    for (char *end = NULL; *text != '\0'; text = *end == '.' ? end + 1 : end) {
        o.id[o.len++] = (uint32_t)strtoul(text, &end, 10);
    }
    return o;
}

Test(sim_record, entries_are_sorted_and_the_first_of_a_name_stays)
{
    struct zsnmp_sim_record *r = parse(".1.3.6.1.3 = INTEGER: 3\n"
                                       ".1.3.6.1.10 = INTEGER: 10\n"
                                       ".1.3.6.1.2.5 = Counter64: 2\n"
                                       ".1.3.6.1.3 = INTEGER: 99\n"
                                       ".1.3.6.1.2 = INTEGER: 1");
    cr_assert_eq(r->count, 4);
    uint32_t i = 0;
    struct zsnmp_sim_oid three = oid("1.3.6.1.3");
    cr_assert(zsnmp_sim_record_find(r, &three, &i));
    cr_assert_eq(i, 2);
    cr_assert_eq(r->bytes[r->entry[i].bytes + r->entry[i].name_len], 3);
    struct zsnmp_sim_oid two = oid("1.3.6.1.2");
    cr_assert(zsnmp_sim_record_after(r, &two, false, &i));
    cr_assert_eq(i, 1);
    cr_assert(zsnmp_sim_record_after(r, &two, true, &i));
    cr_assert_eq(i, 2, "v1 passes over Counter64");
    cr_assert(zsnmp_sim_record_step(r, false, &i));
    cr_assert_eq(i, 3);
    cr_assert_not(zsnmp_sim_record_step(r, false, &i));
    cr_assert_eq(i, 3);
    struct zsnmp_sim_oid ten = oid("1.3.6.1.10");
    cr_assert_not(zsnmp_sim_record_after(r, &ten, false, &i));
    struct zsnmp_sim_oid sibling = oid("1.3.6.1.2.6");
    struct zsnmp_sim_oid stranger = oid("1.3.6.1.77.1");
    cr_assert(zsnmp_sim_record_near(r, &sibling));
    cr_assert_not(zsnmp_sim_record_near(r, &stranger));
    zsnmp_sim_record_destroy(&r);
}
