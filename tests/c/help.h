/*
 * For the stand-alone test programs: a check that says where it failed, and a simulator that lives
 * as long as the test. Must not include anything of ours, so that what a test includes is its own
 * choice.
 */
#ifndef TESTS_C_HELP_H
#define TESTS_C_HELP_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* bounds a hang, on the slowest machine under a sanitizer */
#define SIM_ARGUMENTS_MAX 20

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            _exit(1); /* the simulator ends with its parent */                                     \
        }                                                                                          \
    } while (0)

/* Two numbers that should be equal, and are shown where they are not. */
#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        long long got_ = (long long)(got);                                                         \
        long long want_ = (long long)(want);                                                       \
        if (got_ != want_) {                                                                       \
            fprintf(stderr, "%s:%d: failed: %s is %lld, not %lld\n", __FILE__, __LINE__, #got,     \
                    got_, want_);                                                                  \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

struct sim {
    pid_t pid;
    int port;
    int out; /* its standard output */
};

static inline void sim_exec(int out, const char *const *more)
{
    const char *build = getenv("BUILD_DIR");
    char path[4096];
    char *argv[SIM_ARGUMENTS_MAX + 5] = {path, (char *)"--port", (char *)"0",
                                         (char *)"--exit-with-parent"};
    snprintf(path, sizeof path, "%s/bin/zsnmp-sim", build != NULL ? build : "build");
    for (int i = 0; more != NULL && more[i] != NULL && i < SIM_ARGUMENTS_MAX; i++) {
        argv[4 + i] = (char *)more[i];
    }
    if (dup2(out, STDOUT_FILENO) >= 0) {
        execv(path, argv);
    }
    perror(path);
    _exit(127);
}

/* Starts a simulator; more is a list of further arguments that ends with NULL, or NULL. */
static inline struct sim sim_start(const char *const *more)
{
    struct sim sim = {.port = 0};
    int ends[2];
    char line[100];
    size_t len = 0;
    CHECK(pipe(ends) == 0);
    sim.pid = fork();
    CHECK(sim.pid >= 0);
    if (sim.pid == 0) {
        close(ends[0]);
        sim_exec(ends[1], more);
    }
    close(ends[1]);
    sim.out = ends[0];
    do {
        struct pollfd item = {.fd = sim.out, .events = POLLIN};
        CHECK(len < sizeof line - 1 && poll(&item, 1, PATIENCE_MS) == 1);
        CHECK(read(sim.out, line + len, 1) == 1);
        len++;
    } while (line[len - 1] != '\n');
    line[len] = '\0';
    CHECK(sscanf(line, "listening %d", &sim.port) == 1 && sim.port > 0);
    return sim;
}

static inline void sim_stop(struct sim *sim)
{
    int status = 0;
    CHECK(kill(sim->pid, SIGTERM) == 0);
    CHECK(waitpid(sim->pid, &status, 0) == sim->pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(sim->out);
}

/* "127.0.0.1:PORT" and the like, written to text. */
static inline const char *sim_peer(const struct sim *sim, const char *host, char text[80])
{
    snprintf(text, 80, "%s:%d", host, sim->port);
    return text;
}

#endif
