/*
 * The library without a broker: a program that polls through include/zsnmp.h alone, and measures
 * itself. In a closed loop each callback submits the next request, as a program without another
 * thread would; in an open loop the main thread submits what is due. CPU is that of the process, so
 * what this program does to make requests and read replies is in it. Prints one line of JSON as
 * load.c does.
 */
#include <getopt.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <zsnmp.h>

#include "measure.h"
#include "pace.h"

#define PEER_MAX 40
#define THREADS_MAX 80 /* more than a pool has */
#define IDLE_S 30      /* nothing for so long: the rest is missing */
#define COUNT(counter, n) atomic_fetch_add_explicit(&(counter), n, memory_order_relaxed)
#define READ(counter) atomic_load_explicit(&(counter), memory_order_relaxed)

static const uint32_t uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const uint32_t if_table[] = {1, 3, 6, 1, 2, 1, 2, 2};

static struct {
    unsigned port;
    uint32_t devices;
    uint32_t in_flight;
    double rate; /* operations a second; 0: closed loop */
    uint64_t warm;
    double seconds;
    bool walk;
    uint32_t workers;

    zsnmp_pool_t *pool;
    char (*peers)[PEER_MAX];
    sem_t warmed;
    atomic_bool measuring;
    atomic_bool ending;
    atomic_uint_fast64_t issued;
    atomic_uint_fast64_t answered;
    atomic_uint_fast64_t varbinds;
    atomic_uint_fast64_t errors;
    struct hist late; /* open loop: from when it was due until it was submitted */
} lib = {.devices = 1000, .in_flight = 1000, .seconds = 3, .workers = 1};

/* Latencies of one thread; read when all of them have ended. */
static struct {
    struct hist all;
    struct slices slices; /* open loop */
} latencies[THREADS_MAX];
static atomic_uint threads;
static _Thread_local int mine = -1;

static void fail(const char *what)
{
    fprintf(stderr, "lib: %s\n", what);
    exit(1);
}

static void on_reply(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg);

/* What latency counts from goes with the request. */
static void submit(int64_t since_ns)
{
    uint64_t number = COUNT(lib.issued, 1);
    zsnmp_op_t op = lib.walk ? ZSNMP_WALK : ZSNMP_GET;
    zsnmp_request_t *request = zsnmp_request_new(op, lib.peers[number % lib.devices]);
    if (request == NULL) {
        fail("no memory");
    }
    zsnmp_request_set_timeout(request, 5000, 2);
    if (lib.walk) {
        zsnmp_request_add_oid(request, if_table, sizeof if_table / sizeof *if_table);
    } else {
        zsnmp_request_add_oid(request, uptime, sizeof uptime / sizeof *uptime);
    }
    zsnmp_err_t err =
        zsnmp_pool_submit(lib.pool, request, on_reply, (void *)(intptr_t)since_ns, NULL);
    if (err != ZSNMP_OK) {
        fail(zsnmp_error_text(err));
    }
}

static void note_latency(int64_t since_ns)
{
    if (mine < 0) {
        mine = (int)COUNT(threads, 1);
        if (mine >= THREADS_MAX) {
            fail("too many threads");
        }
    }
    int64_t now = now_ns();
    hist_add(&latencies[mine].all, (now - since_ns) / 1000);
    if (lib.rate > 0) {
        slices_add(&latencies[mine].slices, now, (now - since_ns) / 1000);
    }
}

static void on_reply(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    zsnmp_varbind_t vb;
    uint64_t count = 0;
    (void)request;
    for (size_t at = 0; zsnmp_reply_varbind(reply, &at, &vb);) {
        count += vb.type < ZSNMP_NO_SUCH_OBJECT;
    }
    bool whole = !lib.walk || zsnmp_reply_complete(reply);
    if (zsnmp_reply_error(reply) != ZSNMP_OK || count == 0 || !whole) {
        COUNT(lib.errors, 1);
    } else if (READ(lib.measuring)) {
        note_latency((int64_t)(intptr_t)arg);
    }
    COUNT(lib.varbinds, count);
    if (COUNT(lib.answered, 1) + 1 == lib.warm) {
        sem_post(&lib.warmed);
    }
    if (lib.rate == 0 && !READ(lib.ending)) {
        submit(now_ns());
    }
}

/* Submits each request when it is due, until so many are or until then. */
static void run_open(uint64_t count, int64_t end_ns)
{
    struct pace pace;
    uint64_t ticks;
    pace_start(&pace, lib.rate);
    for (int64_t now = pace.start_ns; pace.taken < count && now < end_ns; now = now_ns()) {
        for (int64_t due; pace.taken < count && (due = pace_next_ns(&pace)) <= now; pace.taken++) {
            submit(due);
            hist_add(&lib.late, (now - due) / 1000);
        }
        int64_t next = pace_next_ns(&pace);
        pace_arm(&pace, next < end_ns ? next : end_ns);
        if (read(pace.fd, &ticks, sizeof ticks) < 0) {
            fail("timer");
        }
    }
    pace_end(&pace);
}

static void wait_until(int64_t end_ns)
{
    struct timespec end = {.tv_sec = end_ns / 1000000000, .tv_nsec = end_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0) {
    }
}

/* Every device has been asked, and in a closed loop all requests are under way. */
static void warm_up(void)
{
    struct timespec end;
    if (lib.rate > 0) {
        run_open(lib.warm, INT64_MAX);
    }
    for (uint32_t i = 0; lib.rate == 0 && i < lib.in_flight; i++) {
        submit(now_ns());
    }
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += IDLE_S;
    if (sem_timedwait(&lib.warmed, &end) != 0) {
        fail("no replies");
    }
    lib.late = (struct hist){0};
}

static void measure(void)
{
    uint64_t ops = READ(lib.answered);
    uint64_t varbinds = READ(lib.varbinds);
    int64_t cpu = cpu_ns_of(getpid());
    int64_t began = now_ns();
    int64_t end = began + (int64_t)(lib.seconds * 1e9);
    atomic_store(&lib.measuring, true);
    if (lib.rate > 0) {
        run_open(UINT64_MAX, end);
    } else {
        wait_until(end);
    }
    double elapsed = (double)(now_ns() - began) / 1e9;
    cpu = cpu_ns_of(getpid()) - cpu;
    ops = READ(lib.answered) - ops;
    varbinds = READ(lib.varbinds) - varbinds;
    long rss = rss_kb_of(getpid());
    printf("{\"ops\": %llu, \"varbinds\": %llu, \"elapsed_s\": %.4f, \"cpu_s\": %.6f, "
           "\"rss_kb\": %ld, ",
           (unsigned long long)ops, (unsigned long long)varbinds, elapsed, (double)cpu / 1e9, rss);
}

/* Waits for what is under way; what only then is known. */
static void finish(void)
{
    static struct hist all;
    zsnmp_stats_t stats;
    atomic_store(&lib.ending, true);
    if (!zsnmp_pool_drain(lib.pool, IDLE_S * 1000)) {
        fail("replies are missing");
    }
    zsnmp_pool_stats(lib.pool, &stats);
    zsnmp_pool_destroy(&lib.pool);
    for (unsigned i = 0; i < READ(threads); i++) {
        hist_merge(&all, &latencies[i].all);
    }
    printf("\"errors\": %llu, \"p50_us\": %.0f, \"p99_us\": %.0f, \"p99_slice_us\": %.0f, "
           "\"late_p99_us\": %.0f, "
           "\"drop_kernel\": %llu, \"hook_trips\": %llu, \"packets_resent\": %llu, "
           "\"loop_max_us\": %llu}\n",
           (unsigned long long)READ(lib.errors), hist_at(&all, 0.5), hist_at(&all, 0.99),
           slices_median(&latencies[0].slices), hist_at(&lib.late, 0.99),
           (unsigned long long)stats.drop_kernel, (unsigned long long)stats.hook_trips,
           (unsigned long long)stats.packets_resent, (unsigned long long)stats.loop_max_us);
}

static void start(void)
{
    zsnmp_pool_options_t options;
    zsnmp_err_t err;
    lib.peers = calloc(lib.devices, sizeof *lib.peers);
    if (lib.peers == NULL || sem_init(&lib.warmed, 0, 0) != 0) {
        fail("no memory");
    }
    for (uint32_t i = 0; i < lib.devices; i++) {
        uint32_t address = 0x010001 + i;
        snprintf(lib.peers[i], PEER_MAX, "127.%u.%u.%u:%u", address >> 16 & 255, address >> 8 & 255,
                 address & 255, lib.port);
    }
    zsnmp_pool_options_init(&options);
    options.workers = lib.workers;
    lib.pool = zsnmp_pool_new(&options, &err);
    if (lib.pool == NULL) {
        fail(zsnmp_error_text(err));
    }
}

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
    case 'w':
        lib.warm = (uint64_t)atoll(text);
        break;
    case 's':
        lib.seconds = atof(text);
        break;
    case 'W':
        lib.walk = true;
        break;
    case 'n':
        lib.workers = (uint32_t)atoi(text);
        break;
    default:
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", 1, NULL, 'p'}, {"devices", 1, NULL, 'd'}, {"in-flight", 1, NULL, 'f'},
        {"rate", 1, NULL, 'r'}, {"warm", 1, NULL, 'w'},    {"seconds", 1, NULL, 's'},
        {"walk", 0, NULL, 'W'}, {"workers", 1, NULL, 'n'}, {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        take_option(c, optarg);
    }
    lib.warm = lib.warm > 0 ? lib.warm : lib.devices;
    if (lib.port == 0 || lib.devices == 0 || lib.in_flight == 0) {
        fail("wrong or missing option");
    }
    start();
    warm_up();
    measure();
    finish();
    free(lib.peers);
    return READ(lib.errors) == 0 ? 0 : 1;
}
