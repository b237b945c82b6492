/*
 * What the tests share: checks, a list of tests with a name each, the world of
 * tests/vectors/serve, and loops that have an end.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

#include "zsnmpc.h"

#define PATIENCE_S 60 /* what nothing in a test may take longer than */

/*
 * Says what is wrong, with more words where there are (of a value that only then is looked at), and
 * goes on: the test that runs has failed. Returns whether it holds.
 */
#define check(condition, ...)                                                                      \
    harness_holds((condition) || harness_fail(__FILE__, __LINE__, #condition, " " __VA_ARGS__))
bool harness_fail(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static inline bool harness_holds(bool good)
{
    return good;
}

/* The same, where the program can not go on without it. */
#define require(...)                                                                               \
    do {                                                                                           \
        if (!check(__VA_ARGS__)) {                                                                 \
            harness_die();                                                                         \
        }                                                                                          \
    } while (0)
void harness_die(void) __attribute__((noreturn));

struct test {
    const char *name;
    void (*run)(void);
};

/* Runs them, says how many passed and failed; returns the status of the program. */
int harness_run(const struct test *tests, size_t count);
int harness_failures(void); /* checks that did not hold, so far */

/* The simulator and zsnmpd that tests/vectors/serve starts. Ends with this program. */
struct serve {
    pid_t pid;
    FILE *to;
    FILE *from;
    json_t *about;
    const char *endpoint;
    const char *ipc;
    int port; /* of all simulated devices */
};

void serve_start(struct serve *self, bool curve);
void serve_say(struct serve *self, const char *line); /* and requires "ok" */
void serve_end(struct serve *self);

/* "127.20.0.1:23456"; one at a time. */
const char *serve_peer(const struct serve *self, const char *address);

zsnmpc_t *client_of(const char *endpoint, uint32_t patience_ms);

/* Waits until so few calls are pending, at most PATIENCE_S. */
bool client_drain(zsnmpc_t *client, size_t pending);

/* Asks, requires a reply, and that it has this code (-1: no error); to be destroyed. */
zsnmpc_reply_t *client_ask(zsnmpc_t *client, const zsnmpc_request_t *request, int code);

/* A counter of the broker's info. */
uint64_t client_counter(zsnmpc_t *client, const char *name);

/* A simulated device's sysName.0, or a SET of its sysContact.0. */
zsnmpc_request_t *request_get(const char *peer);
zsnmpc_request_t *request_set(const char *peer, const char *value);

#endif
