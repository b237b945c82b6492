/*
 * The library without a broker: a program that polls simulated agents through zsnmp.h and measures
 * itself. Closed loop: each answer's callback submits the next request, as a program would that has
 * no other thread. Open loop: the main thread submits what is due. CPU is that of the whole
 * process. Prints one line of JSON, as load.c does.
 */
#include <getopt.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "zsnmp.h"

#define IN_FLIGHT_MAX 1000000u
#define END_MS 60000u
#define WARM_NS 500000000 /* devices are met, buffers have grown */

struct slot {
    int64_t due_ns;
};

static struct {
    zsnmp_pool_t *pool;
    char (*peers)[40];
    struct slot *slots;
    bool walk;
    unsigned port;
    uint32_t devices;
    uint32_t in_flight;
    uint32_t workers;
    double rate;
    double seconds;
    /* on the worker's thread, after the start */
    atomic_uint_fast64_t issued;
    atomic_uint_fast64_t answered;
    atomic_uint_fast64_t varbinds;
    atomic_uint_fast64_t errors;
    atomic_bool closed; /* answers lead to further requests */
    atomic_bool measuring;
    struct hist latency;
} lib = {.devices = 1000, .in_flight = 1000, .workers = 1, .seconds = 3};

static void on_reply(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg);

static void submit(struct slot *slot, int64_t due_ns)
{
    uint64_t number = atomic_fetch_add_explicit(&lib.issued, 1, memory_order_relaxed);
    zsnmp_request_t *request =
        zsnmp_request_new(lib.walk ? ZSNMP_WALK : ZSNMP_GET, lib.peers[number % lib.devices]);
    slot->due_ns = due_ns;
    zsnmp_request_set_timeout(request, 5000, 2);
    zsnmp_request_add_oid_str(request, lib.walk ? "1.3.6.1.2.1.2.2" : "1.3.6.1.2.1.1.3.0");
    if (zsnmp_pool_submit(lib.pool, request, on_reply, slot, NULL) != ZSNMP_OK) {
        fprintf(stderr, "lib: a request was refused\n");
        exit(1);
    }
}

static void on_reply(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    struct slot *slot = arg;
    int64_t now = now_ns();
    (void)request;
    size_t count = zsnmp_reply_count(reply);
    if (zsnmp_reply_error(reply) != ZSNMP_OK || count == 0) {
        atomic_fetch_add_explicit(&lib.errors, 1, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&lib.varbinds, count, memory_order_relaxed);
    if (atomic_load_explicit(&lib.measuring, memory_order_relaxed)) {
        hist_add(&lib.latency, (now - slot->due_ns) / 1000);
    }
    atomic_fetch_add_explicit(&lib.answered, 1, memory_order_release);
    if (atomic_load_explicit(&lib.closed, memory_order_relaxed)) {
        submit(slot, now);
    }
}

static void wait_until(int64_t end_ns)
{
    struct timespec end = {.tv_sec = end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0) {
    }
}

static void run_closed(void)
{
    atomic_store(&lib.closed, true);
    for (uint32_t i = 0; i < lib.in_flight; i++) {
        submit(&lib.slots[i], now_ns());
    }
    wait_until(now_ns() + WARM_NS);
}

/* Slots come round; one that is still busy would have been answered long ago at such a rate. */
static void run_open(int64_t start_ns, int64_t end_ns)
{
    static uint64_t done;
    struct pace pace = pace_start(start_ns, lib.rate);
    while (pace.tick_ns < end_ns) {
        wait_until(pace.tick_ns);
        for (uint64_t due = pace_due(&pace); due > 0; due--) {
            submit(&lib.slots[done++ % lib.in_flight], pace.tick_ns);
        }
        pace_next(&pace);
    }
}

static const struct option options[] = {
    {"port", 1, NULL, 'p'}, {"devices", 1, NULL, 'd'}, {"in-flight", 1, NULL, 'f'},
    {"rate", 1, NULL, 'r'}, {"seconds", 1, NULL, 's'}, {"workers", 1, NULL, 'W'},
    {"walk", 0, NULL, 'o'}, {NULL, 0, NULL, 0},
};

static void take_option(int c, const char *text)
{
    switch (c) {
    case 'p':
        lib.port = (unsigned)atoi(text);
        break;
    case 'd':
        lib.devices = (uint32_t)atoi(text);
        break;
    case 'f':
        lib.in_flight = (uint32_t)atoi(text);
        break;
    case 'r':
        lib.rate = atof(text);
        break;
    case 's':
        lib.seconds = atof(text);
        break;
    case 'W':
        lib.workers = (uint32_t)atoi(text);
        break;
    case 'o':
        lib.walk = true;
        break;
    default:
        exit(2);
    }
}

static void start(void)
{
    zsnmp_pool_options_t pool;
    zsnmp_pool_options_init(&pool);
    pool.workers = lib.workers;
    lib.pool = zsnmp_pool_new(&pool, NULL);
    lib.slots = calloc(lib.in_flight, sizeof *lib.slots);
    lib.peers = calloc(lib.devices, sizeof *lib.peers);
    if (lib.pool == NULL || lib.slots == NULL || lib.peers == NULL) {
        fprintf(stderr, "lib: no pool, or no memory\n");
        exit(1);
    }
    for (uint32_t i = 0; i < lib.devices; i++) {
        uint32_t address = 0x010001 + i;
        snprintf(lib.peers[i], sizeof *lib.peers, "127.%u.%u.%u:%u", address >> 16 & 255,
                 address >> 8 & 255, address & 255, lib.port);
    }
}

int main(int argc, char **argv)
{
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        take_option(c, optarg);
    }
    if (lib.in_flight == 0 || lib.in_flight > IN_FLIGHT_MAX || lib.devices == 0 || lib.port == 0) {
        fprintf(stderr, "lib: wrong or missing option\n");
        return 2;
    }
    start();
    if (lib.rate > 0) {
        run_open(now_ns(), now_ns() + WARM_NS);
    } else {
        run_closed();
    }
    uint64_t answered = atomic_load(&lib.answered);
    uint64_t varbinds = atomic_load(&lib.varbinds);
    int64_t began = now_ns();
    int64_t end = began + (int64_t)(lib.seconds * 1e9);
    int64_t cpu = cpu_ns_of(getpid());
    atomic_store(&lib.measuring, true);
    if (lib.rate > 0) {
        run_open(began, end);
    } else {
        wait_until(end);
    }
    atomic_store(&lib.measuring, false);
    cpu = cpu_ns_of(getpid()) - cpu;
    uint64_t ops = atomic_load(&lib.answered) - answered;
    varbinds = atomic_load(&lib.varbinds) - varbinds;
    double elapsed = (double)(now_ns() - began) / 1e9;
    atomic_store(&lib.closed, false);
    bool drained = zsnmp_pool_drain(lib.pool, END_MS);
    zsnmp_pool_destroy(&lib.pool);
    uint64_t errors = atomic_load(&lib.errors);
    print_result(ops, varbinds, errors, elapsed, cpu, &lib.latency, rss_kb_of(getpid()));
    return errors == 0 && drained ? 0 : 1;
}
