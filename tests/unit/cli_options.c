/*
 * The command line: what people type becomes what is meant, and what is wrong
 * is named.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/options.h"

#define ARGUMENTS_MAX 40

static struct zsnmp_cli_options options;
static char words[2000];

/* Splits a line at single blanks; `_` stands for an empty argument. */
static enum zsnmp_cli_parsed parse(const char *line)
{
    static char *argv[ARGUMENTS_MAX];
    int argc = 0;
    zsnmp_cli_options_clear(&options);
    cr_assert_lt(strlen(line), sizeof(words));
    strcpy(words, line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        cr_assert_lt(argc, ARGUMENTS_MAX);
        if (strcmp(word, "_") == 0) {
            word[0] = '\0';
        }
        argv[argc++] = word;
    }
    return zsnmp_cli_options_parse(&options, argc, argv);
}

static void expect_wrong(const char *line, const char *part)
{
    cr_expect_eq(parse(line), ZSNMP_CLI_USAGE, "%s", line);
    cr_expect(strstr(options.error, part) != NULL, "%s: \"%s\" lacks \"%s\"", line, options.error,
              part);
}

static void setup(void)
{
    unsetenv("ZSNMP_ENDPOINT");
    unsetenv("ZSNMP_COMMUNITY");
    unsetenv("ZSNMP_AUTH_PASS");
    unsetenv("ZSNMP_PRIV_PASS");
}

static void teardown(void)
{
    zsnmp_cli_options_clear(&options);
}

TestSuite(cli_options, .init = setup, .fini = teardown);

Test(cli_options, get_as_netsnmp_users_type_it)
{
    cr_assert_eq(parse("zsnmp get -v2c -c secret 127.0.0.1:1161 1.3.6.1.2.1.1.1.0 .1.3"),
                 ZSNMP_CLI_RUN);
    cr_expect_eq(options.command, ZSNMP_CLI_GET);
    cr_expect_str_eq(options.version, "2c");
    cr_expect_str_eq(options.community, "secret");
    cr_assert_eq(options.peers.count, 1);
    cr_expect_str_eq(options.peers.items[0], "127.0.0.1:1161");
    cr_assert_eq(options.operands.count, 2);
    cr_expect_str_eq(options.operands.items[1], ".1.3");
    cr_expect_str_eq(options.endpoint, ZSNMP_CLI_ENDPOINT_DEFAULT);
    cr_expect_eq(options.format, ZSNMP_CLI_TEXT);
}

Test(cli_options, options_may_follow_operands)
{
    cr_assert_eq(parse("zsnmp -e ipc:///x get host 1.3 -v 1 --json -t 0.25 -r0"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.endpoint, "ipc:///x");
    cr_expect_str_eq(options.version, "1");
    cr_expect_eq(options.format, ZSNMP_CLI_JSON);
    cr_expect_eq(options.timeout_ms, 250);
    cr_expect(options.has_retries);
    cr_expect_eq(options.retries, 0);
}

Test(cli_options, long_options_take_equals_or_next)
{
    cr_assert_eq(parse("zsnmp walk --limit=7 --peer a --peer=b 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.limit, 7);
    cr_expect_eq(options.peers.count, 2);
    cr_expect_eq(options.operands.count, 1);
}

Test(cli_options, walk_has_a_default_root)
{
    cr_assert_eq(parse("zsnmp walk host"), ZSNMP_CLI_RUN);
    cr_assert_eq(options.operands.count, 1);
    cr_expect_str_eq(options.operands.items[0], "1.3.6.1.2.1");
    expect_wrong("zsnmp walk -Cn1 host 1.3", "non-repeaters");
}

Test(cli_options, walk_of_several_roots_and_where_it_goes_on)
{
    cr_assert_eq(parse("zsnmp walk host 1.3 1.4 --start - --start 1.4.1 --stream 9"),
                 ZSNMP_CLI_RUN);
    cr_expect_eq(options.operands.count, 2);
    cr_expect_eq(options.starts.count, 2);
    cr_expect_eq(options.stream, 9);
    cr_assert_eq(parse("zsnmp walk host --start 1.3.6.1.2.1.1"), ZSNMP_CLI_RUN);
    expect_wrong("zsnmp walk host 1.3 1.4 --start 1.3.1", "each of 2 OIDs");
    expect_wrong("zsnmp walk host 1.3 --start x", "x: not an OID");
    expect_wrong("zsnmp walk host 1.3 --start -", "nothing is left");
    expect_wrong("zsnmp walk host 1.3 --stream 0", "--stream");
    expect_wrong("zsnmp get host 1.3 --stream 1", "--stream");
}

Test(cli_options, priority_is_0_to_7)
{
    cr_assert_eq(parse("zsnmp get --priority 0 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect(options.has_priority && options.priority == 0);
    cr_assert_eq(parse("zsnmp set --priority 7 host 1.3 i 1"), ZSNMP_CLI_RUN);
    expect_wrong("zsnmp get --priority 8 host 1.3", "--priority 8");
    expect_wrong("zsnmp info --priority 1", "--priority");
}

Test(cli_options, bulk_defaults_and_clusters)
{
    cr_assert_eq(parse("zsnmp bulk host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.max_repetitions, 10);
    cr_assert_eq(parse("zsnmp bulk -Cn2r30 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.non_repeaters, 2);
    cr_expect_eq(options.max_repetitions, 30);
    cr_assert_eq(parse("zsnmp bulk -Cr 5 host 1.3"), ZSNMP_CLI_USAGE);
    expect_wrong("zsnmp bulk -Cr0 host 1.3", "-Cr0");
    expect_wrong("zsnmp bulk -Cr99999 host 1.3", "-Cr99999");
    expect_wrong("zsnmp bulk -Cx1 host 1.3", "-Cx1");
    expect_wrong("zsnmp bulk -v1 host 1.3", "GETBULK");
}

Test(cli_options, values_of_set_may_look_like_options)
{
    cr_assert_eq(parse("zsnmp set -c private host 1.3.1 i -5 1.3.2 s --json 1.3.3 s _"),
                 ZSNMP_CLI_RUN);
    cr_assert_eq(options.operands.count, 9);
    cr_expect_str_eq(options.operands.items[2], "-5");
    cr_expect_str_eq(options.operands.items[5], "--json");
    cr_expect_str_eq(options.operands.items[8], "");
    cr_expect_eq(options.format, ZSNMP_CLI_TEXT);
    expect_wrong("zsnmp set host 1.3", "VALUE");
    expect_wrong("zsnmp set host 1.3 i", "VALUE");
    expect_wrong("zsnmp set host", "VALUE");
    expect_wrong("zsnmp set host 1.3 = 5", "type");
    expect_wrong("zsnmp set host 1.3 ii 5", "type");
}

Test(cli_options, version_3_as_in_netsnmp)
{
    cr_assert_eq(parse("zsnmp get -v3 -u me -l authPriv -a SHA-256 -A 12345678 -x AES -X 87654321 "
                       "-n ctx -E 0x8000000001 host 1.3"),
                 ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.level, "authPriv");
    cr_expect_str_eq(options.context, "ctx");
    cr_expect_eq(options.context_engine_id.len, 5);
    cr_expect_eq(options.context_engine_id.data[0], 0x80);
    cr_assert_eq(parse("zsnmp get -u me host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.version, "3");
    cr_expect_null(options.auth_proto);
    cr_assert_eq(parse("zsnmp get -u me -A 12345678 -X 12345678 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.auth_proto, "MD5");
    cr_expect_str_eq(options.priv_proto, "DES");
}

Test(cli_options, level_excludes_what_it_does_not_use)
{
    cr_assert_eq(parse("zsnmp get -u me -l authNoPriv -A 12345678 -X 12345678 host 1.3"),
                 ZSNMP_CLI_RUN);
    cr_expect_not_null(options.auth_pass);
    cr_expect_null(options.priv_pass);
    cr_expect_null(options.priv_proto);
    expect_wrong("zsnmp get -u me -l authNoPriv host 1.3", "-A");
    expect_wrong("zsnmp get -u me -l authPriv -A 12345678 host 1.3", "-X");
    expect_wrong("zsnmp get -u me -X 12345678 host 1.3", "-A");
    expect_wrong("zsnmp get -v3 host 1.3", "-u");
    expect_wrong("zsnmp get -v2c -u me host 1.3", "-u");
    expect_wrong("zsnmp get -u me -E 12 host 1.3", "engine id");
    expect_wrong("zsnmp get -u me -E xyzxyzxyzxyz host 1.3", "engine id");
}

Test(cli_options, localised_keys)
{
    cr_assert_eq(
        parse("zsnmp get -u me -a SHA --auth-key 0x000102030405060708090a0b0c0d0e0f10111213 "
              "-x AES --priv-key 000102030405060708090a0b0c0d0e0f host 1.3"),
        ZSNMP_CLI_RUN);
    cr_expect_eq(options.auth_key.len, 20);
    cr_expect_eq(options.auth_key.data[19], 0x13);
    cr_expect_eq(options.priv_key.len, 16);
    cr_expect_str_eq(options.auth_proto, "SHA");
    cr_expect_str_eq(options.priv_proto, "AES");
    expect_wrong("zsnmp get -u me --auth-key 0102secret host 1.3", "--auth-key");
    cr_expect_null(strstr(options.error, "secret"));
    expect_wrong("zsnmp get -u me -A 12345678 --auth-key 000102030405060708090a0b0c0d0e0f host 1.3",
                 "exclude");
    setenv("ZSNMP_AUTH_KEY", "000102030405060708090a0b0c0d0e0f", 1);
    cr_assert_eq(parse("zsnmp get -u me -a MD5 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.auth_key.len, 16);
    cr_assert_eq(parse("zsnmp get -u me -A 12345678 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.auth_key.len, 0, "what the command line says hides the environment");
}

Test(cli_options, messages_never_repeat_a_pass_phrase)
{
    expect_wrong("zsnmp get -u me -A short77 host 1.3", "8 to 255");
    cr_expect_null(strstr(options.error, "short77"));
}

Test(cli_options, secrets_come_from_the_environment)
{
    setenv("ZSNMP_COMMUNITY", "hidden", 1);
    setenv("ZSNMP_AUTH_PASS", "auth-from-env", 1);
    setenv("ZSNMP_PRIV_PASS", "priv-from-env", 1);
    setenv("ZSNMP_ENDPOINT", "tcp://192.0.2.9:1", 1);
    cr_assert_eq(parse("zsnmp get host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.community, "hidden");
    cr_expect_null(options.auth_pass);
    cr_expect_str_eq(options.endpoint, "tcp://192.0.2.9:1");
    cr_assert_eq(parse("zsnmp get -c given -e ipc://x host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.community, "given");
    cr_expect_str_eq(options.endpoint, "ipc://x");
    cr_assert_eq(parse("zsnmp get -u me -l authPriv host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.auth_pass, "auth-from-env");
    cr_expect_str_eq(options.priv_pass, "priv-from-env");
    cr_expect_null(options.community);
    cr_assert_eq(parse("zsnmp get -u me -l noAuthNoPriv host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_null(options.auth_pass);
}

Test(cli_options, broker_timeout_follows_from_the_devices)
{
    cr_assert_eq(parse("zsnmp get host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.broker_timeout_ms, 1000 * 3 + ZSNMP_CLI_MARGIN_MS);
    cr_assert_eq(parse("zsnmp get -t 4 -r 1 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.broker_timeout_ms, 8000 + ZSNMP_CLI_MARGIN_MS);
    cr_assert_eq(parse("zsnmp get -t 600 -r 100 --broker-timeout 0.5 host 1.3"), ZSNMP_CLI_RUN);
    cr_expect_eq(options.broker_timeout_ms, 500);
}

Test(cli_options, admin_commands)
{
    cr_assert_eq(parse("zsnmp devices --sort rtt --limit 20"), ZSNMP_CLI_RUN);
    cr_expect_str_eq(options.sort, "rtt");
    cr_expect_eq(options.limit, 20);
    cr_assert_eq(parse("zsnmp ping"), ZSNMP_CLI_RUN);
    expect_wrong("zsnmp devices --sort colour", "colour");
    expect_wrong("zsnmp info host", "operands");
    expect_wrong("zsnmp ping -c public", "-c");
    expect_wrong("zsnmp devices --csv", "--csv");
    expect_wrong("zsnmp get --sort rtt host 1.3", "--sort");
}

Test(cli_options, help_and_version_win)
{
    cr_expect_eq(parse("zsnmp --help"), ZSNMP_CLI_HELP);
    cr_expect_eq(options.command, ZSNMP_CLI_NONE);
    cr_expect_eq(parse("zsnmp walk --help"), ZSNMP_CLI_HELP);
    cr_expect_eq(options.command, ZSNMP_CLI_WALK);
    cr_expect_eq(parse("zsnmp help set"), ZSNMP_CLI_HELP);
    cr_expect_eq(options.command, ZSNMP_CLI_SET);
    cr_expect_eq(parse("zsnmp -V"), ZSNMP_CLI_VERSION);
    cr_expect_eq(parse("zsnmp get --version"), ZSNMP_CLI_VERSION);
}

Test(cli_options, help_names_every_command)
{
    static const enum zsnmp_cli_command commands[] = {
        ZSNMP_CLI_GET, ZSNMP_CLI_NEXT, ZSNMP_CLI_BULK, ZSNMP_CLI_WALK,
        ZSNMP_CLI_SET, ZSNMP_CLI_PING, ZSNMP_CLI_INFO, ZSNMP_CLI_DEVICES};
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        cr_assert_not_null(out);
        zsnmp_cli_help_print(out, commands[i]);
        fclose(out);
        char start[40];
        snprintf(start, sizeof(start), "usage: zsnmp %s", zsnmp_cli_command_name(commands[i]));
        cr_expect_eq(strncmp(text, start, strlen(start)), 0, "%s", text);
        cr_expect_not_null(strstr(text, "--endpoint"));
        free(text);
    }
}

Test(cli_options, mistakes_are_named)
{
    expect_wrong("zsnmp", "command");
    expect_wrong("zsnmp fetch host 1.3", "fetch");
    expect_wrong("zsnmp get", "peer");
    expect_wrong("zsnmp get host", "OID");
    expect_wrong("zsnmp get host sysDescr.0", "sysDescr.0");
    expect_wrong("zsnmp get host 1.3.4294967296", "1.3.4294967296");
    expect_wrong("zsnmp get -v4 host 1.3", "-v 4");
    expect_wrong("zsnmp get -l most host 1.3", "most");
    expect_wrong("zsnmp get -a ROT13 host 1.3", "ROT13");
    expect_wrong("zsnmp get -x ROT13 host 1.3", "ROT13");
    expect_wrong("zsnmp get -t 0 host 1.3", "-t 0");
    expect_wrong("zsnmp get -t -1 host 1.3", "-t -1");
    expect_wrong("zsnmp get -r 101 host 1.3", "101");
    expect_wrong("zsnmp get -Oq host 1.3", "-Oq");
    expect_wrong("zsnmp get -Z host 1.3", "-Z");
    expect_wrong("zsnmp get --frobnicate host 1.3", "--frobnicate");
    expect_wrong("zsnmp get --json=yes host 1.3", "--json");
    expect_wrong("zsnmp get host 1.3 -c", "-c");
    expect_wrong("zsnmp get --window 0 host 1.3", "--window");
    expect_wrong("zsnmp get _ 1.3", "peer");
}

Test(cli_options, everything_after_two_dashes_is_an_operand)
{
    cr_assert_eq(parse("zsnmp get -- host 1.3"), ZSNMP_CLI_RUN);
    expect_wrong("zsnmp get host -- --json", "--json");
}
