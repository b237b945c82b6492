/* Configuration of the broker: keys, values, files, command lines. */
#include "broker/config_file.h"
#include "broker/options.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct zsnmp_config config;
static struct zsnmp_fault fault;

static void set_up(void)
{
    zsnmp_config_init(&config);
    fault.text[0] = '\0';
}

static void tear_down(void)
{
    zsnmp_config_clear(&config);
}

TestSuite(broker_config, .init = set_up, .fini = tear_down);
TestSuite(broker_file, .init = set_up, .fini = tear_down);
TestSuite(broker_options, .init = set_up, .fini = tear_down);

static bool set(const char *section, const char *name, const char *text)
{
    return zsnmp_config_set(&config, section, name, text, &fault);
}

Test(broker_config, numbers)
{
    cr_assert(set("pool", "workers", "64"));
    cr_assert_eq(config.pool.workers, 64);
    const char *const bad[] = {
        "65", "-1", "", " 1", "1 ", "1x", "0x1", "1K", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(set("pool", "workers", bad[i]), "\"%s\" was taken", bad[i]);
        cr_assert_not_null(strstr(fault.text, "pool/workers"), "%s", fault.text);
    }
    cr_assert_eq(config.pool.workers, 64);
}

Test(broker_config, sizes_have_units)
{
    cr_assert(set("pool", "rcvbuf", "16M"));
    cr_assert_eq(config.pool.rcvbuf, 16u << 20);
    cr_assert(set("server", "client_backlog", "64K"));
    cr_assert_eq(config.server.client_backlog, 64u << 10);
    cr_assert(set("server", "body_max", "1G"));
    cr_assert_not(set("server", "body_max", "4G"));
    cr_assert_not(set("server", "body_max", "18446744073709551615G"));
    cr_assert_not(set("server", "body_max", "1MM"));
}

Test(broker_config, modes_are_octal)
{
    cr_assert(set("server", "ipc_mode", "0600"));
    cr_assert_eq(config.ipc_mode, 0600);
    cr_assert_not(set("server", "ipc_mode", "1777"));
    cr_assert_not(set("server", "ipc_mode", "rw"));
}

Test(broker_config, unknown_names)
{
    cr_assert_not(set("pool", "worker", "1"));
    cr_assert_not_null(strstr(fault.text, "pool/worker: unknown key"), "%s", fault.text);
    cr_assert_not(set("server", "workers", "1"));
    cr_assert_not(set("nothing", "workers", "1"));
}

Test(broker_config, endpoints)
{
    cr_assert(set("server", "bind", "tcp://127.0.0.1:1"));
    cr_assert(set("server", "bind", "ipc:///tmp/x"));
    cr_assert_not(set("server", "bind", "udp://x:1"));
    cr_assert_not(set("server", "bind", "inproc://x"));
    cr_assert_eq(config.bind_count, 2);
    for (size_t i = 2; i < ZSNMP_CONFIG_BINDS_MAX; i++) {
        cr_assert(set("server", "bind", "tcp://127.0.0.1:1"));
    }
    cr_assert_not(set("server", "bind", "tcp://127.0.0.1:1"));
    cr_assert_null(config.binds[ZSNMP_CONFIG_BINDS_MAX]);
}

Test(broker_config, default_endpoint)
{
    cr_assert(zsnmp_config_finish(&config, &fault));
    cr_assert_eq(config.bind_count, 1);
    cr_assert_str_eq(config.binds[0], "tcp://127.0.0.1:7161");
}

Test(broker_config, keys_that_contradict_each_other)
{
    cr_assert(set("server", "message_max", "1M"));
    cr_assert_not(zsnmp_config_finish(&config, &fault));
    cr_assert_not_null(strstr(fault.text, "server/message_max"));
    cr_assert(set("server", "body_max", "1M"));
    cr_assert(zsnmp_config_finish(&config, &fault));
    cr_assert(set("server", "backlog_total", "1M"));
    cr_assert_not(zsnmp_config_finish(&config, &fault));
}

/* Writes a file, loads it, and returns whether it was taken. */
static bool load(const void *text, size_t len)
{
    char path[] = "/tmp/zsnmp-config-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
    bool good = zsnmp_config_load(&config, path, &fault);
    unlink(path);
    cr_assert(good || strncmp(fault.text, path, strlen(path)) == 0, "no file in: %s", fault.text);
    return good;
}

static bool load_text(const char *text)
{
    return load(text, strlen(text));
}

Test(broker_file, all_sections)
{
    cr_assert(load_text("#   a comment\n"
                        "server\n"
                        "    bind = \"tcp://127.0.0.1:1\"\n"
                        "    bind = \"ipc:///tmp/x\"   #  another\n"
                        "    grace_ms = 7\n"
                        "pool\n"
                        "    workers = 3\n"
                        "    dns_servers = \"127.0.0.1:5353\"\n"
                        "log\n"
                        "    level = debug\n"),
              "%s", fault.text);
    cr_assert_eq(config.bind_count, 2);
    cr_assert_str_eq(config.binds[1], "ipc:///tmp/x");
    cr_assert_eq(config.grace_ms, 7);
    cr_assert_eq(config.pool.workers, 3);
    cr_assert_str_eq(config.pool.dns_servers, "127.0.0.1:5353");
    cr_assert_eq(config.log_level, ZSNMP_LOG_DEBUG);
}

Test(broker_file, nothing_in_it)
{
    cr_assert(load_text(""));
    cr_assert(load_text("#  nothing\n"));
}

static void refuses(const char *text, const char *reason)
{
    cr_assert_not(load_text(text), "taken: %s", text);
    cr_assert_not_null(strstr(fault.text, reason), "not \"%s\" but: %s", reason, fault.text);
}

Test(broker_file, refusals_name_the_place)
{
    refuses("pool\n    workers = 65\n", "pool/workers: \"65\" is not a number of 0 to 64");
    refuses("pool\n    wrokers = 6\n", "pool/wrokers: unknown key");
    refuses("pol\n    workers = 6\n", "pol: unknown section");
    refuses("workers = 6\n", "workers: unknown section");
    refuses("pool = 6\n", "pool: is a section");
    refuses("pool\n    workers\n        x = 1\n", "pool/workers: has keys below it");
    refuses("pool\n    workers = 1\n    workers = 1\n", "pool/workers: given twice");
    refuses("pool\n    workers =\n", "pool/workers");
    refuses("pool\n  workers = 1\n", "line 2: ");
    refuses("pool\n\n    workers = \"1\n", "line 3: ");
}

Test(broker_file, what_is_no_text)
{
    cr_assert_not(load("pool\0", 6));
    cr_assert_not_null(strstr(fault.text, "not a text file"));
    size_t len = ZSNMP_CONFIG_FILE_MAX + 1;
    char *large = malloc(len);
    memset(large, '\n', len);
    cr_assert_not(load(large, len));
    cr_assert(load(large, len - 1), "%s", fault.text);
    free(large);
    cr_assert_not(zsnmp_config_load(&config, "/nonexistent/file", &fault));
    cr_assert_not_null(strstr(fault.text, "No such file"));
    cr_assert_not(zsnmp_config_load(&config, "/tmp", &fault));
    cr_assert_not_null(strstr(fault.text, "Is a directory"), "%s", fault.text);
}

Test(broker_file, what_is_printed_can_be_read)
{
    cr_assert(set("server", "bind", "ipc:///tmp/a b"));
    cr_assert(set("pool", "dns_servers", "127.0.0.1"));
    cr_assert(set("pool", "workers", "7"));
    char *first = NULL;
    char *second = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&first, &len);
    zsnmp_config_print(&config, to);
    fclose(to);
    zsnmp_config_clear(&config);
    zsnmp_config_init(&config);
    cr_assert(load_text(first), "%s", fault.text);
    to = open_memstream(&second, &len);
    zsnmp_config_print(&config, to);
    fclose(to);
    cr_assert_str_eq(first, second);
    free(first);
    free(second);
}

#define LINE(...) run_line((char *[]){"zsnmpd", __VA_ARGS__, NULL})

static enum zsnmp_broker_action run_line(char **argv)
{
    int argc = 0;
    while (argv[argc] != NULL) {
        argc++;
    }
    return zsnmp_broker_options(&config, argc, argv, &fault);
}

Test(broker_options, both_spellings)
{
    cr_assert_eq(LINE("--bind", "tcp://127.0.0.1:1", "--bind=tcp://127.0.0.1:2", "--workers=3",
                      "--log-level", "error"),
                 ZSNMP_BROKER_RUN);
    cr_assert_eq(config.bind_count, 2);
    cr_assert_str_eq(config.binds[1], "tcp://127.0.0.1:2");
    cr_assert_eq(config.pool.workers, 3);
    cr_assert_eq(config.log_level, ZSNMP_LOG_ERROR);
}

Test(broker_options, other_actions)
{
    cr_assert_eq(LINE("--version"), ZSNMP_BROKER_VERSION);
    cr_assert_eq(LINE("--help"), ZSNMP_BROKER_HELP);
    cr_assert_eq(LINE("--check"), ZSNMP_BROKER_CHECK);
}

Test(broker_options, refusals)
{
    cr_assert_eq(LINE("--nothing"), ZSNMP_BROKER_REFUSED);
    cr_assert_not_null(strstr(fault.text, "--nothing"));
    cr_assert_eq(LINE("--bind"), ZSNMP_BROKER_REFUSED);
    cr_assert_eq(LINE("--workers", "x"), ZSNMP_BROKER_REFUSED);
    cr_assert_not_null(strstr(fault.text, "--workers"));
    cr_assert_eq(LINE("--log-level=loud"), ZSNMP_BROKER_REFUSED);
    cr_assert_eq(LINE("--config", "/nonexistent/file"), ZSNMP_BROKER_REFUSED);
    cr_assert_eq(LINE("more"), ZSNMP_BROKER_REFUSED);
}

Test(broker_options, the_line_wins_over_the_file)
{
    char path[] = "/tmp/zsnmp-config-XXXXXX";
    static const char text[] = "server\n    bind = \"tcp://127.0.0.1:1\"\n    hwm = 5\n"
                               "pool\n    workers = 2\n    sockets = 3\n";
    int fd = mkstemp(path);
    cr_assert_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    cr_assert_eq(LINE("--workers", "4", "--bind", "ipc:///tmp/y", "--config", path),
                 ZSNMP_BROKER_RUN, "%s", fault.text);
    unlink(path);
    cr_assert_eq(config.pool.workers, 4);
    cr_assert_eq(config.pool.sockets, 3);
    cr_assert_eq(config.server.hwm, 5);
    cr_assert_eq(config.bind_count, 1);
    cr_assert_str_eq(config.binds[0], "ipc:///tmp/y");
}
