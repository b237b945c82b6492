/*
 * zsnmp-sim: thousands of simulated SNMP agents in one process. This file starts and stops the
 * threads; it must leave nothing behind, whatever way it ends.
 */
#include "sim/control.h"
#include "sim/loop.h"
#include "sim/options.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

struct thread {
    pthread_t id;
    bool started;
    bool failed;
    struct zsnmp_sim_agent *agent;
    struct zsnmp_sim_loop *loop;
    struct zsnmp_sim_source *udp4;
};

struct simulator {
    struct zsnmp_sim_source signals; /* first: it is handed to the loop */
    size_t threads;
    struct thread thread[ZSNMP_SIM_THREADS_MAX];
    struct zsnmp_sim_source *udp6;
    struct zsnmp_sim_source *tcp4;
    struct zsnmp_sim_source *tcp6;
    struct zsnmp_sim_control *control;
};

static void print_each(const struct simulator *sim, FILE *to, bool one_line)
{
#define PRINT(name)                                                                                \
    {                                                                                              \
        uint64_t sum = 0;                                                                          \
        for (size_t i = 0; i < sim->threads; i++) {                                                \
            const struct zsnmp_sim_stats *stats = &sim->thread[i].agent->stats;                    \
            sum += atomic_load_explicit(&stats->name, memory_order_relaxed);                       \
        }                                                                                          \
        (void)fprintf(to, one_line ? " %s=%llu" : "%s %llu\n", #name, (unsigned long long)sum);    \
    }
    ZSNMP_SIM_STATS(PRINT)
#undef PRINT
}

static void print_line(void *arg, FILE *to)
{
    print_each(arg, to, true);
}

static void print_stats(const struct simulator *sim)
{
    print_each(sim, stderr, false);
    (void)fflush(stderr);
}

static void stop_all(struct simulator *sim)
{
    for (size_t i = 0; i < sim->threads; i++) {
        zsnmp_sim_loop_stop(sim->thread[i].loop);
    }
}

static void signalled(struct zsnmp_sim_source *source, uint32_t events)
{
    struct simulator *sim = (struct simulator *)source;
    struct signalfd_siginfo info;
    (void)events;
    while (read(source->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR1) {
            print_stats(sim);
        } else {
            stop_all(sim);
        }
    }
}

/* Blocks the signals in this thread and those it starts; they come by descriptor instead. */
static bool catch_signals(struct simulator *sim)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return false;
    }
    sim->signals.ready = signalled;
    sim->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return sim->signals.fd >= 0;
}

static bool make_threads(struct simulator *sim, const struct zsnmp_sim_options *options)
{
    uint64_t start = zsnmp_sim_monotonic_ns();
    for (size_t i = 0; i < options->threads; i++) {
        struct thread *t = &sim->thread[i];
        t->agent = zsnmp_sim_agent_new(options->world, zsnmp_sim_mix(start + i));
        if (t->agent == NULL) {
            return false;
        }
        sim->threads = i + 1;
        t->loop = zsnmp_sim_loop_new(t->agent, start);
        if (t->loop == NULL) {
            return false;
        }
    }
    return true;
}

/* Hands the sockets to the threads; the first has all but the shared ones. */
static bool make_sources(struct simulator *sim, const struct zsnmp_sim_sockets *sockets,
                         bool remote)
{
    struct zsnmp_sim_loop *first = sim->thread[0].loop;
    bool ok = true;
    for (size_t i = 0; i < sockets->threads && sockets->udp4[i] >= 0; i++) {
        struct thread *t = &sim->thread[i];
        t->udp4 = zsnmp_sim_udp_new(t->loop, sockets->udp4[i], remote, 0);
        ok = ok && t->udp4 != NULL;
    }
    if (sockets->udp6 >= 0) {
        sim->udp6 = zsnmp_sim_udp_new(first, sockets->udp6, remote, sockets->key_v6);
        ok = ok && sim->udp6 != NULL;
    }
    if (sockets->tcp4 >= 0) {
        sim->tcp4 = zsnmp_sim_tcp_new(first, sockets->tcp4, remote);
        ok = ok && sim->tcp4 != NULL;
    }
    if (sockets->tcp6 >= 0) {
        sim->tcp6 = zsnmp_sim_tcp_new(first, sockets->tcp6, remote);
        ok = ok && sim->tcp6 != NULL;
    }
    return ok && zsnmp_sim_loop_add(first, &sim->signals, EPOLLIN);
}

static void *run_thread(void *arg)
{
    struct thread *t = arg;
    t->failed = !zsnmp_sim_loop_run(t->loop);
    return NULL;
}

/* The first thread is this one. */
static bool run(struct simulator *sim)
{
    bool ok = true;
    for (size_t i = 1; ok && i < sim->threads; i++) {
        struct thread *t = &sim->thread[i];
        t->started = pthread_create(&t->id, NULL, run_thread, t) == 0;
        ok = t->started;
    }
    ok = ok && zsnmp_sim_loop_run(sim->thread[0].loop);
    stop_all(sim);
    for (size_t i = 1; i < sim->threads; i++) {
        if (sim->thread[i].started && pthread_join(sim->thread[i].id, NULL) == 0) {
            ok = ok && !sim->thread[i].failed;
        }
    }
    return ok;
}

static void clear(struct simulator *sim)
{
    zsnmp_sim_control_destroy(&sim->control);
    zsnmp_sim_udp_destroy(&sim->udp6);
    zsnmp_sim_tcp_destroy(&sim->tcp4);
    zsnmp_sim_tcp_destroy(&sim->tcp6);
    for (size_t i = 0; i < sim->threads; i++) {
        zsnmp_sim_udp_destroy(&sim->thread[i].udp4);
        zsnmp_sim_loop_destroy(&sim->thread[i].loop);
        zsnmp_sim_agent_destroy(&sim->thread[i].agent);
    }
    if (sim->signals.fd >= 0) {
        (void)close(sim->signals.fd);
    }
}

static bool simulate(struct simulator *sim, const struct zsnmp_sim_options *options)
{
    struct zsnmp_sim_sockets sockets;
    if (!catch_signals(sim) || !make_threads(sim, options)) {
        (void)fprintf(stderr, "zsnmp-sim: cannot start: %s\n", strerror(errno));
        return false;
    }
    if (!zsnmp_sim_sockets_open(&sockets, options)) {
        return false;
    }
    if (!make_sources(sim, &sockets, options->allow_remote)) {
        (void)fprintf(stderr, "zsnmp-sim: cannot start: %s\n", strerror(errno));
        return false;
    }
    if (options->control != NULL) {
        sim->control =
            zsnmp_sim_control_new(sim->thread[0].loop, options->control, print_line, sim);
        if (sim->control == NULL) {
            (void)fprintf(stderr, "zsnmp-sim: --control: %s: %s\n", options->control,
                          strerror(errno));
            return false;
        }
    }
    (void)printf("listening %u\n", sockets.port);
    (void)fflush(stdout);
    bool ok = run(sim);
    if (options->stats) {
        print_stats(sim);
    }
    return ok;
}

/* The parent may have ended before the kernel was told. */
static bool follow_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

int main(int argc, char **argv)
{
    pid_t parent = getppid();
    struct zsnmp_sim_options options = {.world = zsnmp_sim_world_new()};
    struct simulator *sim = calloc(1, sizeof *sim);
    int status = STATUS_FAILED;
    if (options.world == NULL || sim == NULL) {
        (void)fprintf(stderr, "zsnmp-sim: out of memory\n");
        goto done;
    }
    sim->signals.fd = -1;
    enum zsnmp_sim_options_result result = zsnmp_sim_options_parse(&options, argc, argv);
    if (result != ZSNMP_SIM_OPTIONS_RUN) {
        status = result == ZSNMP_SIM_OPTIONS_DONE ? STATUS_OK : STATUS_USAGE;
    } else if (!options.exit_with_parent || follow_parent(parent)) {
        status = simulate(sim, &options) ? STATUS_OK : STATUS_FAILED;
    }
    if (result == ZSNMP_SIM_OPTIONS_RUN) {
        clear(sim);
    }
done:
    free(sim);
    zsnmp_sim_world_destroy(&options.world);
    return status;
}
