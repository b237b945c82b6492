/*
 * Runs worlds.
 *
 * usage: simulation [--first N] [--seeds N]   so many, from the first on (0, 1000)
 *        simulation --seed N                  one of them, with a trace of all that happens
 *        simulation --replay …                each twice: both times the same has to happen
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define FAILURES_MAX 20u /* that are told */

static volatile uint64_t current;

/* The seed of a world in which the engine itself crashes. */
static void on_crash(int number)
{
    char text[64];
    int len = snprintf(text, sizeof text, "seed %llu: crashed with signal %d\n",
                       (unsigned long long)current, number);
    ssize_t written = write(STDERR_FILENO, text, (size_t)len);
    (void)written;
    signal(number, SIG_DFL);
    raise(number);
}

struct totals {
    uint64_t worlds;
    uint64_t failures;
    uint64_t requests;
    uint64_t rounds;
};

static void run_one(uint64_t seed, struct totals *totals)
{
    zsnmp_pool_options_t options;
    current = seed;
    zsnmp_pool_options_init(&options);
    world_open(seed, &options);
    world_draw();
    world_run();
    world_close();
    totals->worlds++;
    totals->requests += world.ticket_count;
    totals->rounds += world.rounds;
    if (world.failed && totals->failures++ < FAILURES_MAX) {
        printf("seed %llu: %s\n", (unsigned long long)seed, world.failure);
        fflush(stdout);
    }
}

static void run_twice(uint64_t seed, struct totals *totals)
{
    run_one(seed, totals);
    uint64_t digest = world.digest;
    run_one(seed, totals);
    if (world.digest != digest) {
        printf("seed %llu: the second time it went otherwise\n", (unsigned long long)seed);
        totals->failures++;
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_many(uint64_t first, uint64_t count, bool twice)
{
    struct totals totals = {0};
    double began = seconds();
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (twice) {
            run_twice(seed, &totals);
        } else {
            run_one(seed, &totals);
        }
    }
    zsnmp_snmp_thread_end();
    printf(
        "simulation: %llu worlds from seed %llu, %llu requests, %llu rounds, %.1f s, %llu failed\n",
        (unsigned long long)totals.worlds, (unsigned long long)first,
        (unsigned long long)totals.requests, (unsigned long long)totals.rounds, seconds() - began,
        (unsigned long long)totals.failures);
    return totals.failures == 0 ? 0 : 1;
}

static int usage(void)
{
    fprintf(stderr, "usage: simulation [--replay] [--first N] [--seeds N] | --seed N\n");
    return 2;
}

int main(int argc, char **argv)
{
    uint64_t first = 0;
    const char *asked = getenv("SIMULATION_SEEDS");
    uint64_t count = asked != NULL ? strtoull(asked, NULL, 10) : 1000;
    bool twice = false;
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--replay") == 0) {
            twice = true;
        } else if (strcmp(argv[i], "--seed") == 0 && has_value) {
            first = strtoull(argv[++i], NULL, 10);
            count = 1;
            world.trace = true;
        } else if (strcmp(argv[i], "--first") == 0 && has_value) {
            first = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seeds") == 0 && has_value) {
            count = strtoull(argv[++i], NULL, 10);
        } else {
            return usage();
        }
    }
    signal(SIGSEGV, on_crash);
    signal(SIGABRT, on_crash);
    return run_many(first, count, twice);
}
