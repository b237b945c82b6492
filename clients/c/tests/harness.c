/*
 * See harness.h. An alarm ends a program that hangs; serve ends when its
 * standard input does, so also with a program that was killed.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <msgpack.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failures;

bool harness_fail(const char *file, int line, const char *what, const char *format, ...)
{
    va_list args;
    failures++;
    (void)fprintf(stderr, "%s:%d: %s does not hold.", file, line, what);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    return false;
}

void harness_die(void)
{
    exit(1);
}

int harness_failures(void)
{
    return failures;
}

int harness_run(const struct test *tests, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        int before = failures;
        (void)alarm(2 * PATIENCE_S);
        tests[i].run();
        failed += failures > before ? 1 : 0;
        (void)printf("%s %s\n", failures > before ? "FAILED" : "ok    ", tests[i].name);
        (void)fflush(stdout);
    }
    (void)printf("%zu passed, %zu failed\n", count - failed, failed);
    return failed > 0;
}

/* ---- serve ---- */

static void run_serve(int in, int out, bool curve)
{
    const char *top = getenv("ZSNMP_TOP");
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/tests/vectors/serve", top != NULL ? top : "../..");
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        (void)execl(path, path, curve ? "--curve" : NULL, (char *)NULL);
    }
    (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    _exit(127);
}

static const char *text_of(const struct serve *self, const char *key)
{
    const char *text = json_string_value(json_object_get(self->about, key));
    require(text != NULL, "serve does not say %s", key);
    return text;
}

void serve_start(struct serve *self, bool curve)
{
    int in[2];
    int out[2];
    char line[4096];
    require(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    (void)fflush(stdout);
    self->pid = fork();
    require(self->pid >= 0);
    if (self->pid == 0) {
        run_serve(in[0], out[1], curve);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    self->to = fdopen(in[1], "w");
    self->from = fdopen(out[0], "r");
    require(self->to != NULL && self->from != NULL);
    (void)alarm(PATIENCE_S);
    require(fgets(line, sizeof(line), self->from) != NULL, "serve did not start");
    self->about = json_loads(line, 0, NULL);
    require(self->about != NULL, "serve: %s", line);
    self->endpoint = text_of(self, "endpoint");
    self->ipc = text_of(self, "ipc");
    self->port = (int)json_integer_value(json_object_get(self->about, "port"));
}

void serve_say(struct serve *self, const char *line)
{
    char answer[4096];
    require(fprintf(self->to, "%s\n", line) > 0 && fflush(self->to) == 0);
    require(fgets(answer, sizeof(answer), self->from) != NULL, "serve has ended");
    require(strncmp(answer, "ok", 2) == 0, "%s: %s", line, answer);
}

void serve_end(struct serve *self)
{
    (void)fclose(self->to);
    (void)waitpid(self->pid, NULL, 0);
    (void)fclose(self->from);
    json_decref(self->about);
}

const char *serve_peer(const struct serve *self, const char *address)
{
    static char peer[64];
    (void)snprintf(peer, sizeof(peer), "%s:%d", address, self->port);
    return peer;
}

/* ---- clients ---- */

zsnmpc_t *client_of(const char *endpoint, uint32_t patience_ms)
{
    zsnmpc_options_t options;
    zsnmpc_options_init(&options);
    options.patience_ms = patience_ms;
    zsnmpc_t *client = zsnmpc_new(endpoint, &options);
    require(client != NULL, "%s: %s", endpoint, strerror(errno));
    return client;
}

bool client_drain(zsnmpc_t *client, size_t pending)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (zsnmpc_pending(client) > pending && time(NULL) < end) {
        (void)zsnmpc_wait(client, 100);
    }
    return zsnmpc_pending(client) <= pending;
}

zsnmpc_reply_t *client_ask(zsnmpc_t *client, const zsnmpc_request_t *request, int code)
{
    zsnmpc_reply_t *reply = zsnmpc_ask(client, request, NULL, NULL);
    require(reply != NULL, "%s", strerror(errno));
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    check((error != NULL ? (int)error->code : -1) == code, "error %d %s: %s",
          error != NULL ? (int)error->code : -1, error != NULL ? error->name : "",
          error != NULL ? error->message : "");
    return reply;
}

uint64_t client_counter(zsnmpc_t *client, const char *name)
{
    uint64_t value = 0;
    zsnmpc_request_t *info = zsnmpc_request_new(ZSNMPC_INFO, NULL);
    require(info != NULL);
    zsnmpc_reply_t *reply = client_ask(client, info, -1);
    const msgpack_object *map = zsnmpc_reply_get(reply, "info");
    require(map != NULL && map->type == MSGPACK_OBJECT_MAP);
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object_kv *pair = &map->via.map.ptr[i];
        if (pair->key.via.str.size == strlen(name) &&
            memcmp(pair->key.via.str.ptr, name, strlen(name)) == 0) {
            value = pair->val.via.u64;
        }
    }
    zsnmpc_reply_destroy(&reply);
    zsnmpc_request_destroy(&info);
    return value;
}

zsnmpc_request_t *request_get(const char *peer)
{
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_GET, peer);
    require(request != NULL);
    zsnmpc_request_add_oid(request, "1.3.6.1.2.1.1.5.0");
    return request;
}

zsnmpc_request_t *request_set(const char *peer, const char *value)
{
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_SET, peer);
    require(request != NULL);
    zsnmpc_request_put_text(request, ZSNMPC_COMMUNITY, "private");
    zsnmpc_request_add_set(request, "1.3.6.1.2.1.1.4.0", 's', value);
    return request;
}
