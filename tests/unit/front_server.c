/* The server as a whole, with a pool, as clients in the same process see it. */
#include "zsnmp.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#define PATIENCE_MS 20000

/* MessagePack: {"op": "ping"}, and what its answer contains. */
#define PING                                                                                       \
    "\x81\xa2"                                                                                     \
    "op"                                                                                           \
    "\xa4"                                                                                         \
    "ping"
#define PONG "pong"
#define BAD_REQUEST "bad_request"

struct served {
    void *context;
    zsnmp_pool_t *pool;
    zsnmp_server_t *server;
};

static struct served serve(const char *endpoint, const zsnmp_server_options_t *options)
{
    struct served self = {.context = zmq_ctx_new()};
    zsnmp_pool_options_t pool;
    zsnmp_err_t err;
    const char *endpoints[] = {endpoint, NULL};
    zsnmp_pool_options_init(&pool);
    pool.workers = 2;
    self.pool = zsnmp_pool_new(&pool, &err);
    cr_assert_not_null(self.pool);
    self.server = zsnmp_server_new(self.pool, self.context, endpoints, options, &err);
    cr_assert_not_null(self.server, "%s", zsnmp_error_name(err));
    return self;
}

static void end(struct served *self)
{
    zsnmp_server_destroy(&self->server);
    zsnmp_pool_destroy(&self->pool);
    cr_assert_null(self->server);
    cr_assert_eq(zmq_ctx_term(self->context), 0);
}

static void *client(struct served *self, int type, const char *endpoint)
{
    void *socket = zmq_socket(self->context, type);
    int linger = 0;
    int patience = PATIENCE_MS;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience, sizeof patience);
    cr_assert_eq(zmq_connect(socket, endpoint), 0);
    return socket;
}

static bool contains(const char *data, int len, const char *text)
{
    return len >= 0 && memmem(data, (size_t)len, text, strlen(text)) != NULL;
}

/* Sends a body and looks for text in what comes back. */
static void expect(void *socket, const void *body, size_t len, const char *text)
{
    char answer[4096];
    cr_assert_eq(zmq_send(socket, body, len, 0), (int)len);
    int got = zmq_recv(socket, answer, sizeof answer, 0);
    cr_assert(contains(answer, got, text), "no %s in the answer of %d bytes", text, got);
}

Test(front_server, ping_over_inproc)
{
    struct served s = serve("inproc://snmp", NULL);
    void *dealer = client(&s, ZMQ_DEALER, "inproc://snmp");
    void *req = client(&s, ZMQ_REQ, "inproc://snmp");
    cr_assert_str_eq(zsnmp_server_endpoint(s.server, 0), "inproc://snmp");
    cr_assert_null(zsnmp_server_endpoint(s.server, 1));
    for (int i = 0; i < 3; i++) {
        expect(dealer, PING, sizeof PING - 1, PONG);
        expect(req, PING, sizeof PING - 1, PONG);
    }
    zmq_close(dealer);
    zmq_close(req);
    end(&s);
}

Test(front_server, nonsense_is_answered_and_the_connection_lives)
{
    zsnmp_server_options_t options;
    zsnmp_server_options_init(&options);
    options.body_max = 1024;
    struct served s = serve("tcp://127.0.0.1:*", &options);
    void *dealer = client(&s, ZMQ_DEALER, zsnmp_server_endpoint(s.server, 0));
    static const char large[2000];
    expect(dealer, "", 0, BAD_REQUEST);
    expect(dealer, "\xc1", 1, BAD_REQUEST);
    expect(dealer, "\xdd\xff\xff\xff\xff", 5, BAD_REQUEST);
    expect(dealer, large, sizeof large, "too_large");
    for (int i = 0; i < 50; i++) {
        zmq_send(dealer, "x", 1, ZMQ_SNDMORE);
    }
    expect(dealer, "x", 1, BAD_REQUEST);
    expect(dealer, PING, sizeof PING - 1, PONG);
    zmq_close(dealer);
    end(&s);
}

Test(front_server, endpoint_in_use)
{
    struct served s = serve("tcp://127.0.0.1:*", NULL);
    zsnmp_err_t err;
    const char *endpoints[] = {zsnmp_server_endpoint(s.server, 0), NULL};
    cr_assert_null(zsnmp_server_new(s.pool, NULL, endpoints, NULL, &err));
    cr_assert_eq(err, ZSNMP_E_BAD_ADDRESS);
    cr_assert_eq(errno, EADDRINUSE);
    end(&s);
}

Test(front_server, socket_files)
{
    char directory[] = "/tmp/zsnmp-front-XXXXXX";
    char endpoint[64];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/s", directory);
    struct served s = serve(endpoint, NULL);
    zsnmp_err_t err;
    const char *endpoints[] = {endpoint, NULL};
    cr_assert_null(zsnmp_server_new(s.pool, NULL, endpoints, NULL, &err), "taken away");
    cr_assert_eq(errno, EADDRINUSE);
    end(&s);
    cr_assert_eq(access(endpoint + 6, F_OK), -1, "left behind");

    FILE *file = fopen(endpoint + 6, "w");
    cr_assert_not_null(file);
    fclose(file);
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, &err);
    cr_assert_null(zsnmp_server_new(pool, NULL, endpoints, NULL, &err));
    cr_assert_eq(access(endpoint + 6, F_OK), 0, "a file that is no socket was removed");
    zsnmp_pool_destroy(&pool);
    unlink(endpoint + 6);
    rmdir(directory);
}

Test(front_server, options_out_of_range)
{
    zsnmp_err_t err;
    zsnmp_pool_t *pool = zsnmp_pool_new(NULL, &err);
    zsnmp_server_options_t options;
    const char *endpoints[] = {"inproc://x", NULL};
    const char *none[] = {NULL};
    zsnmp_server_options_init(&options);
    options.batch_max = 0;
    cr_assert_null(zsnmp_server_new(pool, NULL, endpoints, &options, &err));
    cr_assert_eq(err, ZSNMP_E_BAD_REQUEST);
    cr_assert_null(zsnmp_server_new(pool, NULL, none, NULL, &err));
    cr_assert_eq(err, ZSNMP_E_BAD_REQUEST);
    zsnmp_pool_destroy(&pool);
}

static void *terminate(void *context)
{
    zmq_ctx_term(context);
    return NULL;
}

Test(front_server, context_terminated_under_it)
{
    struct served s = serve("inproc://snmp", NULL);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, terminate, s.context), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0); /* ends once the server has closed its socket */
    zsnmp_server_destroy(&s.server);
    zsnmp_pool_destroy(&s.pool);
}

Test(front_server, stop_twice_and_without_clients)
{
    struct served s = serve("tcp://127.0.0.1:*", NULL);
    zsnmp_server_stop(s.server, 1000, 1000);
    zsnmp_server_stop(s.server, 1000, 1000);
    end(&s);
}

Test(front_server, a_pool_stopped_first_is_answered_for)
{
    static const char get[] = "\x83\xa2"
                              "op"
                              "\xa3"
                              "get"
                              "\xa4"
                              "peer"
                              "\xa9"
                              "127.0.0.1"
                              "\xa4"
                              "oids"
                              "\x91\xa3"
                              "1.3";
    struct served s = serve("inproc://snmp", NULL);
    void *dealer = client(&s, ZMQ_DEALER, "inproc://snmp");
    zsnmp_pool_stop(s.pool, 0);
    expect(dealer, get, sizeof get - 1, "shutting_down");
    expect(dealer, PING, sizeof PING - 1, PONG);
    zmq_close(dealer);
    end(&s);
}
