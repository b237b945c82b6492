/*
 * The broker's life: pool and server up, wait for a signal, an orderly stop.
 * Signals are blocked in all threads and read from a signalfd, so that no
 * handler ever runs; the stop has a thread of its own, so that a second signal
 * can cut it short.
 */
#include "daemon.h"

#include "notify.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define FILES_MAX (1024u * 1024) /* descriptors; more would only cost page tables */

struct daemon {
    const struct zsnmp_config *config;
    zsnmp_pool_t *pool;
    zsnmp_server_t *server;
    int signals; /* signalfd */
    int stopped; /* eventfd: the stop is through */
};

static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP); /* nothing is read again: a lost terminal is a reason to go */
}

bool zsnmp_daemon_signals(void)
{
    sigset_t set;
    stop_signals(&set);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return sigaction(SIGPIPE, &ignore, NULL) == 0 && pthread_sigmask(SIG_BLOCK, &set, NULL) == 0;
}

/* Each TCP client takes a descriptor; the usual soft limit of 1024 is for select(), not for us. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    rlim_t want = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
    if (limit.rlim_cur < want) {
        limit.rlim_cur = want;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            zsnmp_log(ZSNMP_LOG_WARNING, "the limit of open files stays as it is: %s",
                      strerror(errno));
        }
    }
}

static bool start_pool(struct daemon *self)
{
    zsnmp_err_t err;
    self->pool = zsnmp_pool_new(&self->config->pool, &err);
    if (self->pool == NULL) {
        zsnmp_log(ZSNMP_LOG_ERROR, "cannot start the workers: %s", zsnmp_error_text(err));
    }
    return self->pool != NULL;
}

static void list_endpoints(const char *const *endpoints, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; endpoints[i] != NULL && len < size; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s%s", i > 0 ? " " : "", endpoints[i]);
    }
}

static bool start_server(struct daemon *self)
{
    const struct zsnmp_config *config = self->config;
    zsnmp_err_t err;
    /* The mode of a socket file is 0777 without the umask's bits, and must hold from the start. */
    mode_t before = umask((mode_t)(~config->ipc_mode & 0777));
    self->server = zsnmp_server_new(self->pool, NULL, config->binds, &config->server, &err);
    int reason = errno;
    umask(before);
    if (self->server == NULL) {
        char text[ZSNMP_LOG_LINE_MAX / 2];
        list_endpoints(config->binds, text, sizeof text);
        zsnmp_log(ZSNMP_LOG_ERROR, "cannot listen on %s: %s", text,
                  err == ZSNMP_E_BAD_ADDRESS ? zmq_strerror(reason) : zsnmp_error_text(err));
    }
    return self->server != NULL;
}

static void say_ready(const struct daemon *self)
{
    const char *endpoints[ZSNMP_CONFIG_BINDS_MAX + 1] = {NULL};
    for (size_t i = 0; i < ZSNMP_CONFIG_BINDS_MAX; i++) {
        endpoints[i] = zsnmp_server_endpoint(self->server, i);
        if (endpoints[i] == NULL) {
            break;
        }
    }
    char text[ZSNMP_LOG_LINE_MAX / 2];
    list_endpoints(endpoints, text, sizeof text);
    zsnmp_log(ZSNMP_LOG_NOTICE, "zsnmpd %s ready on %s", zsnmp_version(), text);
    if (!zsnmp_notify("READY=1")) {
        zsnmp_log(ZSNMP_LOG_WARNING, "the service manager cannot be told that we are ready");
    }
}

/* The next signal, waited for; 0: none, which cannot be but for a broken descriptor. */
static int read_signal(const struct daemon *self)
{
    struct signalfd_siginfo info;
    ssize_t got;
    do {
        got = read(self->signals, &info, sizeof info);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static const char *signal_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name != NULL ? name : "?";
}

static void *stop_server(void *daemon)
{
    struct daemon *self = daemon;
    zsnmp_server_stop(self->server, self->config->grace_ms, self->config->linger_ms);
    uint64_t one = 1;
    ssize_t written = write(self->stopped, &one, sizeof one);
    (void)written; /* cannot fail on an eventfd that is 0 */
    return NULL;
}

/* The server removes its socket files when it stops; this is for when it has no time to. */
static void remove_sockets(const struct daemon *self)
{
    const char *endpoint;
    for (size_t i = 0; (endpoint = zsnmp_server_endpoint(self->server, i)) != NULL; i++) {
        if (strncmp(endpoint, "ipc://", 6) == 0 && endpoint[6] != '@') {
            unlink(endpoint + 6);
        }
    }
}

/* Waits until the stop is through, or a second signal makes an end of it. */
static void wait_for_stop(struct daemon *self)
{
    struct pollfd fds[] = {{.fd = self->stopped, .events = POLLIN},
                           {.fd = self->signals, .events = POLLIN}};
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            return; /* the join that follows waits as well */
        }
        if (fds[0].revents != 0) {
            return;
        }
        if (fds[1].revents != 0) {
            zsnmp_log(ZSNMP_LOG_WARNING, "SIG%s: stopping at once", signal_name(read_signal(self)));
            remove_sockets(self);
            _exit(1);
        }
    }
}

static void stop(struct daemon *self)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, stop_server, self) != 0) {
        stop_server(self);
        return;
    }
    wait_for_stop(self);
    pthread_join(thread, NULL);
}

static void serve(struct daemon *self)
{
    say_ready(self);
    int signal = read_signal(self);
    zsnmp_log(ZSNMP_LOG_NOTICE, "SIG%s: stopping, requests have %u ms to end", signal_name(signal),
              self->config->grace_ms);
    (void)zsnmp_notify("STOPPING=1");
    stop(self);
    zsnmp_stats_t stats;
    zsnmp_pool_stats(self->pool, &stats);
    zsnmp_log(ZSNMP_LOG_NOTICE, "stopped: %llu requests answered, %llu with an error",
              (unsigned long long)(stats.requests_ok + stats.requests_failed),
              (unsigned long long)stats.requests_failed);
}

static bool open_descriptors(struct daemon *self)
{
    sigset_t set;
    stop_signals(&set);
    self->signals = signalfd(-1, &set, SFD_CLOEXEC);
    self->stopped = eventfd(0, EFD_CLOEXEC);
    if (self->signals < 0 || self->stopped < 0) {
        zsnmp_log(ZSNMP_LOG_ERROR, "cannot start: %s", strerror(errno));
        return false;
    }
    return true;
}

int zsnmp_daemon_run(const struct zsnmp_config *config)
{
    struct daemon self = {.config = config, .signals = -1, .stopped = -1};
    raise_file_limit();
    bool up = open_descriptors(&self) && start_pool(&self) && start_server(&self);
    if (up) {
        serve(&self);
    }
    zsnmp_server_destroy(&self.server);
    zsnmp_pool_destroy(&self.pool);
    if (self.signals >= 0) {
        close(self.signals);
    }
    if (self.stopped >= 0) {
        close(self.stopped);
    }
    return up ? 0 : 1;
}
