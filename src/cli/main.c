/*
 * zsnmp, the command line of a zsnmpd broker: reads the options, connects, runs
 * the command, and turns what happened into an exit status.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "admin.h"
#include "base/clock.h"
#include "help.h"
#include "job.h"
#include "option_table.h"
#include "output.h"
#include "signals.h"

#define OUT_BUFFER 65536u
#define PINGS_A_SILENCE 4u /* how often a silent broker is asked before it is held to be gone */

/* A bar is for people who wait: on a terminal, for more than one device. */
static bool wants_progress(const struct zsnmp_cli_options *options, size_t peers)
{
    return peers > 1 && !options->quiet && !options->no_progress && isatty(STDERR_FILENO) == 1;
}

static int run_requests(const struct zsnmp_cli_options *options,
                        const struct zsnmp_cli_strings *peers, zsnmpc_t *client)
{
    struct zsnmp_cli_output output;
    struct zsnmp_cli_progress progress;
    bool several = peers->count > 1;
    zsnmp_cli_output_init(&output, stdout, stderr, options, several);
    zsnmp_cli_progress_init(&progress, stderr, wants_progress(options, peers->count), peers->count,
                            zsnmp_clock_us());
    struct zsnmp_cli_job job = {.options = options,
                                .peers = peers,
                                .client = client,
                                .output = &output,
                                .progress = &progress,
                                .hide = isatty(STDOUT_FILENO) == 1};
    int status = zsnmp_cli_job_run(&job);
    if (several && !options->quiet) {
        zsnmp_cli_progress_summary(&progress, zsnmp_clock_us());
    }
    zsnmp_cli_output_clear(&output);
    return status;
}

static int run_command(const struct zsnmp_cli_options *options,
                       const struct zsnmp_cli_strings *peers)
{
    zsnmpc_options_t settings;
    zsnmp_cli_signals_catch();
    zsnmpc_options_init(&settings);
    settings.patience_ms = options->broker_timeout_ms;
    settings.heartbeat_ms = options->broker_timeout_ms / PINGS_A_SILENCE + 1;
    zsnmpc_t *client = zsnmpc_new(options->endpoint, &settings);
    if (client == NULL) {
        (void)fprintf(stderr, "zsnmp: cannot connect to %s: %s\n", options->endpoint,
                      zsnmpc_strerror(errno));
        return ZSNMP_CLI_WRONG;
    }
    return (options->command & ZSNMP_CLI_REQUESTS) != 0
               ? run_requests(options, peers, client)
               : zsnmp_cli_admin_run(options, client, stdout, stderr);
}

static int run(const struct zsnmp_cli_options *options)
{
    struct zsnmp_cli_peers peers = {.borrowed = 0};
    char why[512];
    if ((options->command & ZSNMP_CLI_REQUESTS) != 0 &&
        !zsnmp_cli_peers_load(&peers, options, why, sizeof(why))) {
        (void)fprintf(stderr, "zsnmp: %s\n", why);
        zsnmp_cli_peers_clear(&peers);
        return ZSNMP_CLI_WRONG;
    }
    int status = run_command(options, &peers.list);
    zsnmp_cli_peers_clear(&peers);
    return status;
}

static int print_help(enum zsnmp_cli_command command)
{
    zsnmp_cli_help_print(stdout, command);
    return fflush(stdout) == 0 ? ZSNMP_CLI_OK : ZSNMP_CLI_FAILED;
}

static int print_usage(const struct zsnmp_cli_options *options)
{
    const char *command = zsnmp_cli_command_name(options->command);
    (void)fprintf(stderr, "zsnmp: %s\nTry \"zsnmp %s%s--help\".\n", options->error,
                  command != NULL ? command : "", command != NULL ? " " : "");
    return ZSNMP_CLI_WRONG;
}

int main(int argc, char **argv)
{
    static char buffer[OUT_BUFFER];
    (void)setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    struct zsnmp_cli_options options;
    int status = ZSNMP_CLI_WRONG;
    switch (zsnmp_cli_options_parse(&options, argc, argv)) {
    case ZSNMP_CLI_RUN:
        status = run(&options);
        break;
    case ZSNMP_CLI_HELP:
        status = print_help(options.command);
        break;
    case ZSNMP_CLI_VERSION:
        (void)printf("zsnmp %s\n", ZSNMP_VERSION);
        status = fflush(stdout) == 0 ? ZSNMP_CLI_OK : ZSNMP_CLI_FAILED;
        break;
    case ZSNMP_CLI_USAGE:
        status = print_usage(&options);
        break;
    }
    zsnmp_cli_options_clear(&options);
    return status;
}
