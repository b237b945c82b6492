/*
 * Values to set: every letter, from text and from natural types, and every
 * range.
 */
#include "base/setval.h"

#include <criterion/criterion.h>
#include <float.h>
#include <locale.h>
#include <stdio.h>

static struct zsnmp_request *request;
static struct zsnmp_item *item;
static const char *why;

static void setup(void)
{
    static const uint32_t oid[] = {1, 3, 6};
    request = zsnmp_request_alloc(256);
    cr_assert_not_null(request);
    item = zsnmp_request_append(request, oid, 3);
    cr_assert_not_null(item);
}

static void teardown(void)
{
    zsnmp_request_free(request);
}

TestSuite(base_setval, .init = setup, .fini = teardown);

/* The item as people see it. */
static const char *printed(void)
{
    static char text[512];
    zsnmp_varbind_t vb = {.oid = item->oid, .oid_len = item->oid_len, .type = item->type};
    switch (item->type) {
    case ZSNMP_OCTET_STRING:
    case ZSNMP_IP_ADDRESS:
        vb.value.bytes.data = item->value.data;
        vb.value.bytes.len = item->data_len;
        break;
    case ZSNMP_OBJECT_ID:
        vb.value.oid.subids = item->value.subids;
        vb.value.oid.len = item->data_len;
        break;
    default:
        vb.value.u = item->value.u;
        break;
    }
    zsnmp_varbind_print(&vb, text, sizeof text);
    return text;
}

static zsnmp_err_t put(char letter, struct zsnmp_setval value)
{
    why = NULL;
    zsnmp_err_t err = zsnmp_setval_put(request, item, letter, &value, &why);
    cr_assert((err == ZSNMP_OK) == (why == NULL), "a refusal says why");
    return err;
}

static struct zsnmp_setval text_of(const char *text)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_TEXT, .data = text, .len = strlen(text)};
}

static struct zsnmp_setval number(uint64_t u)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_UINT, .u = u};
}

static struct zsnmp_setval negative(int64_t i)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_NEGATIVE, .i = i};
}

static struct zsnmp_setval real(double d)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_REAL, .d = d};
}

static struct zsnmp_setval bytes(const void *data, size_t len)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_BYTES, .data = data, .len = len};
}

static struct zsnmp_setval numbers(const uint32_t *list, size_t len)
{
    return (struct zsnmp_setval){.kind = ZSNMP_SETVAL_NUMBERS, .numbers = list, .len = len};
}

static const struct zsnmp_setval nothing = {.kind = ZSNMP_SETVAL_NOTHING};

Test(base_setval, every_letter_from_text)
{
    static const struct {
        char letter;
        const char *text;
        const char *printed;
    } rows[] = {
        {'i', "-2147483648", "INTEGER: -2147483648"},
        {'i', "+5", "INTEGER: 5"},
        {'u', "4294967295", "Gauge32: 4294967295"},
        {'c', "7", "Counter32: 7"},
        {'t', "123", "Timeticks: (123) 0:00:01.23"},
        {'a', "10.0.0.255", "IpAddress: 10.0.0.255"},
        {'o', ".1.3.6.1", "OID: .1.3.6.1"},
        {'s', "a \"b\"", "STRING: \"a \\\"b\\\"\""},
        {'s', "", "\"\""},
        {'x', "0x00 1a:FF-02", "Hex-STRING: 00 1A FF 02 "},
        {'x', "", "\"\""},
        {'d', "0 16.255,3", "Hex-STRING: 00 10 FF 03 "},
        {'b', "0 9", "Hex-STRING: 80 40 "},
        {'b', "", "\"\""},
        {'n', "", "NULL"},
        {'n', "x", "NULL"},
        {'C', "18446744073709551615", "Counter64: 18446744073709551615"},
        {'U', "18446744073709551615", "Opaque: UInt64: 18446744073709551615"},
        {'I', "-9223372036854775808", "Opaque: Int64: -9223372036854775808"},
        {'F', "1.5", "Opaque: Float: 1.500000"},
        {'D', "-2.5e3", "Opaque: Float: -2500.000000"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(put(rows[i].letter, text_of(rows[i].text)), ZSNMP_OK, "%c '%s': %s",
                     rows[i].letter, rows[i].text, why);
        cr_assert_str_eq(printed(), rows[i].printed);
    }
}

Test(base_setval, text_that_does_not_fit)
{
    static const struct {
        char letter;
        const char *text;
    } rows[] = {
        {'i', "2147483648"},
        {'i', "-2147483649"},
        {'i', ""},
        {'i', "-"},
        {'i', "0x10"},
        {'i', "5 "},
        {'i', "1.0"},
        {'u', "-1"},
        {'u', "4294967296"},
        {'c', "4294967296"},
        {'t', "1:00"},
        {'a', "1.2.3"},
        {'a', "1.2.3.4.5"},
        {'a', "1.2.3.256"},
        {'a', "1.2.3."},
        {'a', "a.b.c.d"},
        {'a', ""},
        {'o', "1"},
        {'o', "1.3."},
        {'o', ""},
        {'x', "0"},
        {'x', "zz"},
        {'x', "0 1"},
        {'d', "256"},
        {'d', "1 x"},
        {'b', "65536"},
        {'b', "-1"},
        {'C', "18446744073709551616"},
        {'U', "-1"},
        {'I', "9223372036854775808"},
        {'I', "-9223372036854775809"},
        {'F', "1,5"},
        {'F', ""},
        {'F', "1e39"},
        {'F', " 1"},
        {'D', "one"},
        {'D', "1.5x"},
        {'?', "1"},
        {'\0', "1"},
        {'T', "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(put(rows[i].letter, text_of(rows[i].text)), ZSNMP_E_BAD_REQUEST, "%c '%s'",
                     rows[i].letter, rows[i].text);
    }
}

Test(base_setval, natural_types)
{
    static const uint32_t oid[] = {1, 3, 6};
    static const uint32_t bits[] = {0, 9};
    cr_assert_eq(put('i', negative(-5)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "INTEGER: -5");
    cr_assert_eq(put('u', number(5)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "Gauge32: 5");
    cr_assert_eq(put('C', number(UINT64_MAX)), ZSNMP_OK);
    cr_assert_eq(put('I', negative(INT64_MIN)), ZSNMP_OK);
    cr_assert_eq(put('F', real(2.5)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "Opaque: Float: 2.500000");
    cr_assert_eq(put('D', number(3)), ZSNMP_OK);
    cr_assert_eq(put('D', negative(-3)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "Opaque: Float: -3.000000");
    cr_assert_eq(put('o', numbers(oid, 3)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "OID: .1.3.6");
    cr_assert_eq(put('b', numbers(bits, 2)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "Hex-STRING: 80 40 ");
    cr_assert_eq(put('a', bytes("\x7f\0\0\1", 4)), ZSNMP_OK);
    cr_assert_str_eq(printed(), "IpAddress: 127.0.0.1");
    static const char letters[] = "sxdb";
    for (const char *letter = letters; *letter != '\0'; letter++) {
        cr_assert_eq(put(*letter, bytes("\0\1", 2)), ZSNMP_OK);
        cr_assert_str_eq(printed(), "Hex-STRING: 00 01 ");
    }
    cr_assert_eq(put('n', nothing), ZSNMP_OK);
    cr_assert_str_eq(printed(), "NULL");
}

Test(base_setval, natural_types_that_do_not_fit)
{
    static const uint32_t high[] = {65536};
    static const uint32_t no_oid[] = {3, 1};
    cr_assert_eq(put('i', number(INT32_MAX + 1ull)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('i', number(UINT64_MAX)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('i', real(1.0)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('i', nothing), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('u', negative(-1)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('I', number(INT64_MAX + 1ull)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('s', number(5)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('x', numbers(high, 1)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('b', number(5)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('b', numbers(high, 1)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('a', bytes("\1\2\3", 3)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('a', number(5)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('o', numbers(no_oid, 2)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('o', numbers(no_oid, 0)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('F', real((double)FLT_MAX * 2)), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('F', nothing), ZSNMP_E_BAD_REQUEST);
    cr_assert_eq(put('n', number(0)), ZSNMP_E_BAD_REQUEST);
}

Test(base_setval, lengths_are_bounded)
{
    static char text[4 * ZSNMP_VALUE_MAX + 2];
    memset(text, 'a', sizeof text - 1);
    cr_assert_eq(put('s', bytes(text, ZSNMP_VALUE_MAX)), ZSNMP_OK);
    cr_assert_eq(item->data_len, ZSNMP_VALUE_MAX);
    cr_assert_eq(put('s', bytes(text, ZSNMP_VALUE_MAX + 1)), ZSNMP_E_TOO_LARGE);
    cr_assert_eq(put('x', bytes(text, ZSNMP_VALUE_MAX + 1)), ZSNMP_E_TOO_LARGE);
    text[2 * ZSNMP_VALUE_MAX] = '\0';
    cr_assert_eq(put('x', text_of(text)), ZSNMP_OK);
    cr_assert_eq(item->data_len, ZSNMP_VALUE_MAX);
    text[2 * ZSNMP_VALUE_MAX] = 'a';
    text[2 * ZSNMP_VALUE_MAX + 2] = '\0';
    cr_assert_eq(put('x', text_of(text)), ZSNMP_E_TOO_LARGE);
    text[2 * ZSNMP_VALUE_MAX + 2] = 'a';
    cr_assert_eq(put('x', text_of(text)), ZSNMP_E_TOO_LARGE);
    cr_assert_eq(put('b', text_of("65535")), ZSNMP_OK);
    cr_assert_eq(item->data_len, 8192);
}

Test(base_setval, a_request_has_a_ceiling)
{
    static char text[ZSNMP_VALUE_MAX];
    zsnmp_err_t err = ZSNMP_OK;
    for (int i = 0; i < 100 && err == ZSNMP_OK; i++) {
        err = put('s', bytes(text, sizeof text));
    }
    cr_assert_eq(err, ZSNMP_E_TOO_LARGE);
}

Test(base_setval, the_locale_does_not_matter)
{
    /* Where the machine has no such locale the test still holds, in C. */
    setlocale(LC_ALL, "de_DE.UTF-8");
    cr_assert_eq(put('F', text_of("1.5")), ZSNMP_OK);
    cr_assert_str_eq(printed(), "Opaque: Float: 1.500000");
    cr_assert_eq(put('F', text_of("1,5")), ZSNMP_E_BAD_REQUEST);
}
