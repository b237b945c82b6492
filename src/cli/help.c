/*
 * Prints help: for the program, or for one command with its options.
 */
#include "help.h"

#include "option_table.h"

#define OPTION_COLUMN 30 /* where the text of an option starts */

static const struct {
    enum zsnmp_cli_command command;
    const char *operands;
    const char *text;
    const char *example;
} PAGES[] = {
    {ZSNMP_CLI_GET, "PEER OID...", "read values",
     "zsnmp get -v2c -c public 127.0.0.1:1161 1.3.6.1.2.1.1.1.0"},
    {ZSNMP_CLI_NEXT, "PEER OID...", "read the values that follow",
     "zsnmp next 192.0.2.1 1.3.6.1.2.1.1"},
    {ZSNMP_CLI_BULK, "PEER OID...", "read many following values at once",
     "zsnmp bulk -Cn1 -Cr20 192.0.2.1 1.3.6.1.2.1.1.3 1.3.6.1.2.1.2.2.1.10"},
    {ZSNMP_CLI_WALK, "PEER [OID]...", "read subtrees [.1.3.6.1.2.1]",
     "zsnmp walk --json --peers devices.txt 1.3.6.1.2.1.2.2"},
    {ZSNMP_CLI_SET, "PEER OID TYPE VALUE [OID TYPE VALUE]...", "write values",
     "zsnmp set -c private 192.0.2.1 1.3.6.1.2.1.1.6.0 s \"room 7\""},
    {ZSNMP_CLI_PING, "", "ask whether the broker is there", "zsnmp ping -e tcp://192.0.2.9:7161"},
    {ZSNMP_CLI_INFO, "", "show the counters of the broker", "zsnmp info --json"},
    {ZSNMP_CLI_DEVICES, "", "show the devices that the broker knows",
     "zsnmp devices --sort rtt --limit 20"},
};

#define PAGE_COUNT (sizeof(PAGES) / sizeof(PAGES[0]))

static void print_option(FILE *out, const struct zsnmp_cli_option *option)
{
    char left[80];
    int len = 0;
    if (option->letter != 0) {
        len = snprintf(left, sizeof(left), "-%c", option->letter);
    } else {
        len = snprintf(left, sizeof(left), "   ");
    }
    if (option->name != NULL) {
        len += snprintf(left + len, sizeof(left) - (size_t)len, "%s--%s",
                        option->letter != 0 ? ", " : " ", option->name);
    }
    if (option->value != NULL) {
        len += snprintf(left + len, sizeof(left) - (size_t)len, "%s%s",
                        option->name != NULL ? " " : "", option->value);
    }
    if (len < OPTION_COLUMN) {
        (void)fprintf(out, "  %-*s %s\n", OPTION_COLUMN, left, option->help);
    } else {
        (void)fprintf(out, "  %s\n  %-*s %s\n", left, OPTION_COLUMN, "", option->help);
    }
}

static void print_program(FILE *out)
{
    (void)fputs("usage: zsnmp COMMAND [OPTION]... [OPERAND]...\n"
                "Ask SNMP devices through a zsnmpd broker.\n\ncommands:\n",
                out);
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        (void)fprintf(out, "  %-8s %-41s %s\n", zsnmp_cli_command_name(PAGES[i].command),
                      PAGES[i].operands, PAGES[i].text);
    }
    (void)fputs("\n\"zsnmp COMMAND --help\" lists the options of a command. Secrets can come from\n"
                "$ZSNMP_COMMUNITY, $ZSNMP_AUTH_PASS and $ZSNMP_PRIV_PASS, where other users of\n"
                "the machine do not see them. The broker is $ZSNMP_ENDPOINT or\n" //
                ZSNMP_CLI_ENDPOINT_DEFAULT ".\n\n"
                "status: 0 all fine, 1 a device failed or answered in part, 2 wrong usage,\n"
                "        3 no answer from the broker, 130 interrupted\n",
                out);
}

void zsnmp_cli_help_print(FILE *out, enum zsnmp_cli_command command)
{
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        if (PAGES[i].command != command) {
            continue;
        }
        const char *name = zsnmp_cli_command_name(command);
        (void)fprintf(out, "usage: zsnmp %s [OPTION]...%s%s\n", name,
                      PAGES[i].operands[0] != '\0' ? " " : "", PAGES[i].operands);
        if ((command & ZSNMP_CLI_REQUESTS) != 0) {
            const char *rest = PAGES[i].operands + sizeof("PEER ") - 1;
            (void)fprintf(out, "       zsnmp %s [OPTION]... --peer PEER|--peers FILE %s\n", name,
                          rest);
        }
        (void)fprintf(out, "%s: %s\n\noptions:\n", name, PAGES[i].text);
        for (size_t j = 0; j < zsnmp_cli_option_count; j++) {
            if ((zsnmp_cli_option_table[j].commands & command) != 0) {
                print_option(out, &zsnmp_cli_option_table[j]);
            }
        }
        (void)fprintf(out, "\nexample: %s\n", PAGES[i].example);
        return;
    }
    print_program(out);
}
