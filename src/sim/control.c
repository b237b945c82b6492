/*
 * See control.h. A client that does not read its answers is cut off; nothing it sends can keep the
 * agents waiting for long.
 */
#include "sim/control.h"

#include "sim/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define ANSWER_MAX 8192

struct client {
    struct zsnmp_sim_source source; /* fd -1: the place is free */
    struct zsnmp_sim_control *control;
    size_t len;
    bool skipping; /* the rest of a line that is too long */
    char line[ZSNMP_SIM_RULE_MAX];
};

struct zsnmp_sim_control {
    struct zsnmp_sim_source source;
    struct zsnmp_sim_loop *loop;
    zsnmp_sim_print_fn *print;
    void *arg;
    struct sockaddr_un address;
    struct client client[CLIENTS_MAX];
};

static void hang_up(struct client *client)
{
    (void)close(client->source.fd);
    client->source.fd = -1;
}

static void tell_device(const struct zsnmp_sim_control *self, const char *text, FILE *to)
{
    struct zsnmp_sim_faults *faults = zsnmp_sim_loop_agent(self->loop)->world->faults;
    struct zsnmp_sim_tally t = {0};
    uint64_t key = 0;
    if (!zsnmp_sim_key_parse(text, &key)) {
        (void)fprintf(to, "error: no address: %.100s", text);
        return;
    }
    (void)zsnmp_sim_faults_look(faults, key, &t); /* a device without state has counted nothing */
    (void)fprintf(to,
                  "ok requests=%llu replies=%llu reports=%llu get=%llu getnext=%llu getbulk=%llu "
                  "set=%llu max_repetitions=%llu max_varbinds=%llu",
                  (unsigned long long)t.requests, (unsigned long long)t.replies,
                  (unsigned long long)t.reports, (unsigned long long)t.get,
                  (unsigned long long)t.getnext, (unsigned long long)t.getbulk,
                  (unsigned long long)t.set, (unsigned long long)t.max_repetitions,
                  (unsigned long long)t.max_varbinds);
}

static void answer(const struct zsnmp_sim_control *self, const char *line, FILE *to)
{
    const struct zsnmp_sim_agent *agent = zsnmp_sim_loop_agent(self->loop);
    struct zsnmp_sim_faults *faults = agent->world->faults;
    bool named = strncmp(line, "scenario ", 9) == 0;
    char error[ZSNMP_SIM_RULE_ERROR_MAX];
    if (strcmp(line, "help") == 0) {
        (void)fputs("ok SELECTOR: ACTION ... | scenario NAME[=SELECTOR] | stats | stats ADDRESS | "
                    "help; actions:",
                    to);
        zsnmp_sim_rule_help(to);
    } else if (strcmp(line, "stats") == 0) {
        (void)fputs("ok", to);
        self->print(self->arg, to);
    } else if (strncmp(line, "stats ", 6) == 0) {
        tell_device(self, line + 6, to);
    } else if (named ? zsnmp_sim_scenario_add(faults, line + 9, agent->uptime_cs, error)
                     : zsnmp_sim_faults_add(faults, line, agent->uptime_cs, error)) {
        (void)fputs("ok", to);
    } else {
        (void)fprintf(to, "error: %s", error);
    }
}

/* False: the client does not take it. */
static bool reply(const struct client *client, const char *line)
{
    char text[ANSWER_MAX];
    FILE *to = fmemopen(text, sizeof text - 1, "w");
    if (to == NULL) {
        return false;
    }
    if (line == NULL) {
        (void)fputs("error: line too long", to);
    } else {
        answer(client->control, line, to);
    }
    long len = ftell(to);
    bool ok = fflush(to) == 0 && len > 0 && len < (long)sizeof text - 1;
    (void)fclose(to);
    if (!ok) {
        return false;
    }
    text[len++] = '\n';
    return send(client->source.fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == len;
}

static bool take_line(struct client *client, size_t len)
{
    client->line[len] = '\0';
    if (len > 0 && client->line[len - 1] == '\r') {
        client->line[len - 1] = '\0';
    }
    bool ok = reply(client, client->skipping ? NULL : client->line);
    client->skipping = false;
    client->len -= len + 1;
    memmove(client->line, client->line + len + 1, client->len);
    return ok;
}

static void client_ready(struct zsnmp_sim_source *source, uint32_t events)
{
    struct client *client = (struct client *)source;
    (void)events;
    ssize_t n = recv(source->fd, client->line + client->len, sizeof client->line - client->len,
                     MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            hang_up(client);
        }
        return;
    }
    client->len += (size_t)n;
    char *end;
    while ((end = memchr(client->line, '\n', client->len)) != NULL) {
        if (!take_line(client, (size_t)(end - client->line))) {
            hang_up(client);
            return;
        }
    }
    if (client->len == sizeof client->line) {
        client->skipping = true;
        client->len = 0;
    }
}

static void accept_client(struct zsnmp_sim_source *source, uint32_t events)
{
    struct zsnmp_sim_control *self = (struct zsnmp_sim_control *)source;
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = &self->client[i];
        if (client->source.fd < 0) {
            client->source.fd = fd;
            client->len = 0;
            client->skipping = false;
            if (!zsnmp_sim_loop_add(self->loop, &client->source, EPOLLIN)) {
                hang_up(client);
            }
            return;
        }
    }
    (void)close(fd); /* too many */
}

/* A socket file that is left over from one who is gone would be in the way. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        return;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
        errno == ECONNREFUSED) {
        (void)unlink(address->sun_path);
    }
    (void)close(fd);
}

static bool listen_at(struct zsnmp_sim_control *self)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    remove_stale(&self->address);
    mode_t mask = umask(0177);
    bool bound = bind(fd, (const struct sockaddr *)&self->address, sizeof self->address) == 0;
    (void)umask(mask);
    if (!bound) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return false;
    }
    self->source.fd = fd; /* from here on the file is ours to remove */
    return listen(fd, CLIENTS_MAX) == 0 && zsnmp_sim_loop_add(self->loop, &self->source, EPOLLIN);
}

struct zsnmp_sim_control *zsnmp_sim_control_new(struct zsnmp_sim_loop *loop, const char *path,
                                                zsnmp_sim_print_fn *print, void *arg)
{
    struct zsnmp_sim_control *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->loop = loop;
    self->print = print;
    self->arg = arg;
    self->source.fd = -1;
    self->source.ready = accept_client;
    self->address.sun_family = AF_UNIX;
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        self->client[i].source.fd = -1;
        self->client[i].source.ready = client_ready;
        self->client[i].control = self;
    }
    bool fits = strlen(path) < sizeof self->address.sun_path;
    if (fits) {
        strcpy(self->address.sun_path, path);
    } else {
        errno = ENAMETOOLONG;
    }
    if (!fits || !listen_at(self)) {
        int why = errno;
        zsnmp_sim_control_destroy(&self);
        errno = why;
    }
    return self;
}

void zsnmp_sim_control_destroy(struct zsnmp_sim_control **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if ((*self)->client[i].source.fd >= 0) {
            hang_up(&(*self)->client[i]);
        }
    }
    if ((*self)->source.fd >= 0) {
        (void)close((*self)->source.fd);
        (void)unlink((*self)->address.sun_path);
    }
    free(*self);
    *self = NULL;
}
