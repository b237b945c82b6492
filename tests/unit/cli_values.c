/*
 * Readers of numbers and times, files of peers, the progress line, cells of tables.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/peers.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/values.h"

Test(cli_values, numbers)
{
    uint32_t value = 7;
    cr_expect(zsnmp_cli_uint_parse("42", 0, 100, &value) && value == 42);
    cr_expect(zsnmp_cli_uint_parse("4294967295", 0, UINT32_MAX, &value) && value == UINT32_MAX);
    static const char *const wrong[] = {"",   "-1", "+1",  " 1",
                                        "1 ", "1x", "101", "99999999999999999"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_expect_not(zsnmp_cli_uint_parse(wrong[i], 0, 100, &value), "%s", wrong[i]);
    }
    cr_expect_not(zsnmp_cli_uint_parse("0", 1, 100, &value));
}

Test(cli_values, seconds)
{
    static const struct {
        const char *text;
        uint32_t ms;
    } good[] = {{"1", 1000},  {"0.5", 500},  {".25", 250},     {"2.", 2000},
                {"0.001", 1}, {"0.0001", 1}, {"1.9999", 2000}, {"60", 60000}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        uint32_t ms = 0;
        cr_expect(zsnmp_cli_seconds_parse(good[i].text, 1, 60000, &ms), "%s", good[i].text);
        cr_expect_eq(ms, good[i].ms, "%s: %u", good[i].text, ms);
    }
    static const char *const wrong[] = {"",    ".",   "0",    "0.0",     "-1",   "1s",
                                        "1e3", "1,5", "60.1", "9999999", "1.2.3"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint32_t ms = 0;
        cr_expect_not(zsnmp_cli_seconds_parse(wrong[i], 1, 60000, &ms), "%s", wrong[i]);
    }
}

Test(cli_values, peers)
{
    char longest[ZSNMP_PEER_MAX + 2];
    memset(longest, 'a', sizeof(longest));
    longest[ZSNMP_PEER_MAX] = '\0';
    cr_expect(zsnmp_cli_peer_valid(longest));
    longest[ZSNMP_PEER_MAX] = 'a';
    longest[ZSNMP_PEER_MAX + 1] = '\0';
    cr_expect_not(zsnmp_cli_peer_valid(longest));
    cr_expect(zsnmp_cli_peer_valid("udp6:[::1]:161"));
    cr_expect_not(zsnmp_cli_peer_valid(""));
    cr_expect_not(zsnmp_cli_peer_valid("a b"));
    cr_expect_not(zsnmp_cli_peer_valid("a\x1b[2J"));
}

static bool read_text(struct zsnmp_cli_peers *peers, const char *text, char *why, size_t size)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
    cr_assert_not_null(file);
    *peers = (struct zsnmp_cli_peers){.borrowed = 0};
    bool good = zsnmp_cli_peers_read(peers, file, "list", why, size);
    fclose(file);
    return good;
}

Test(cli_values, file_of_peers)
{
    struct zsnmp_cli_peers peers;
    char why[100];
    cr_assert(read_text(&peers, "# all\n\n  a:1 # one\r\n\tb\n#c\nd", why, sizeof(why)), "%s", why);
    cr_assert_eq(peers.list.count, 3);
    cr_expect_str_eq(peers.list.items[0], "a:1");
    cr_expect_str_eq(peers.list.items[1], "b");
    cr_expect_str_eq(peers.list.items[2], "d");
    zsnmp_cli_peers_clear(&peers);
    cr_expect_not(read_text(&peers, "a\nb c\n", why, sizeof(why)));
    cr_expect_str_eq(why, "list:2: not a peer");
    zsnmp_cli_peers_clear(&peers);
}

Test(cli_values, files_that_cannot_be_read)
{
    const char *name = "/nonexistent/peers";
    struct zsnmp_cli_options options = {.peer_files = {.items = &name, .count = 1}};
    struct zsnmp_cli_peers peers;
    char why[100];
    cr_expect_not(zsnmp_cli_peers_load(&peers, &options, why, sizeof(why)));
    cr_expect_not_null(strstr(why, name));
    zsnmp_cli_peers_clear(&peers);
    name = "/dev/null";
    cr_expect_not(zsnmp_cli_peers_load(&peers, &options, why, sizeof(why)));
    cr_expect_not_null(strstr(why, "no peers"));
    zsnmp_cli_peers_clear(&peers);
}

Test(cli_values, progress_fits_every_terminal)
{
    struct zsnmp_cli_progress progress;
    zsnmp_cli_progress_init(&progress, stderr, true, 1000, 0);
    progress.done = 500;
    progress.failed = 3;
    char text[ZSNMP_CLI_PROGRESS_LINE_MAX];
    for (size_t columns = 1; columns < 600; columns++) {
        size_t len = zsnmp_cli_progress_format(&progress, 2000000, columns, text, sizeof(text));
        cr_assert_lt(len, columns);
        cr_assert_eq(len, strlen(text));
    }
    zsnmp_cli_progress_format(&progress, 2000000, 80, text, sizeof(text));
    cr_expect_not_null(strstr(text, "500/1000 50%"));
    cr_expect_not_null(strstr(text, "3 failed"));
    cr_expect_not_null(strstr(text, "2 s left"));
    cr_expect_eq(text[0], '[');
}

Test(cli_values, progress_is_silent_where_it_is_off)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    struct zsnmp_cli_progress progress;
    zsnmp_cli_progress_init(&progress, out, false, 10, 0);
    zsnmp_cli_progress_draw(&progress, 10000000);
    zsnmp_cli_progress_hide(&progress);
    fclose(out);
    cr_expect_eq(size, 0);
    free(text);
}

Test(cli_values, progress_takes_itself_away)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    cr_assert_not_null(out);
    struct zsnmp_cli_progress progress = {.err = out, .enabled = true, .visible = true};
    zsnmp_cli_progress_hide(&progress);
    zsnmp_cli_progress_hide(&progress);
    fclose(out);
    cr_expect_str_eq(text, "\r\x1b[K");
    free(text);
}

Test(cli_values, cells)
{
    static const struct {
        enum zsnmp_cli_cell cell;
        uint64_t value;
        const char *text;
    } cells[] = {{ZSNMP_CLI_CELL_PLAIN, UINT64_MAX, "18446744073709551615"},
                 {ZSNMP_CLI_CELL_MICROSECONDS, 1532, "1.532 ms"},
                 {ZSNMP_CLI_CELL_AGE, 59999, "59.9 s"},
                 {ZSNMP_CLI_CELL_AGE, 60000, "1 min"},
                 {ZSNMP_CLI_CELL_AGE, 3600000ull * 3 + 300000, "3 h 5 min"},
                 {ZSNMP_CLI_CELL_AGE, 86400000ull * 4 + 7200000, "4 d 2 h"}};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        struct zsnmp_mp_token token = {.type = ZSNMP_MP_UINT, .value.u = cells[i].value};
        char text[ZSNMP_CLI_CELL_MAX];
        zsnmp_cli_cell_format(text, cells[i].cell, &token);
        cr_expect_str_eq(text, cells[i].text);
    }
    struct zsnmp_mp_token nil = {.type = ZSNMP_MP_NIL};
    char text[ZSNMP_CLI_CELL_MAX];
    zsnmp_cli_cell_format(text, ZSNMP_CLI_CELL_AGE, &nil);
    cr_expect_str_eq(text, "-");
}
