/*
 * All conformance vectors (tests/vectors/README.md) at their three levels: the
 * bytes over a socket of the test's own, read with the library's decoder; the map
 * through the generic call; and the same through the typed interface.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "harness.h"
#include "typed.h"
#include "values.h"

#define PORT_TEXT "99999"     /* stands for the simulator's port, as long as it */
#define PORT_HEX "3939393939" /* and in bytes */
#define REPLY_MS 30000        /* what a reply may take */

struct run {
    const json_t *test; /* the case */
    json_t *got;        /* replies, with their ids */
    char *why;          /* what is wrong; NULL: nothing so far */
    zsnmpc_t *client;
    bool typed;
};

struct asked {
    struct run *run;
    const json_t *map;
};

static struct serve serve;
static json_t *results;

static const json_t *expected_of(const struct run *run)
{
    return json_object_get(run->test, "replies");
}

static void blame(struct run *run, char *why)
{
    if (run->why == NULL) {
        run->why = why;
    } else {
        free(why);
    }
}

/* ---- what came, against what was expected ---- */

static void set_id(json_t *reply, const json_t *asked)
{
    json_t *id = json_object_get(asked, "id");
    (void)json_object_set_new(reply, "id", id != NULL ? json_incref(id) : json_null());
}

/* The place of the first expected reply of this id that `seen` of them do not take. */
static const json_t *expected_by_id(const struct run *run, const json_t *id, size_t seen)
{
    for (size_t i = 0; i < json_array_size(expected_of(run)); i++) {
        const json_t *one = json_array_get(expected_of(run), i);
        if (json_equal(json_object_get(one, "id"), id) && seen-- == 0) {
            return one;
        }
    }
    return NULL;
}

static size_t seen_with_id(const struct run *run, const json_t *id)
{
    size_t seen = 0;
    for (size_t i = 0; i < json_array_size(run->got); i++) {
        seen += json_equal(json_object_get(json_array_get(run->got, i), "id"), id) ? 1 : 0;
    }
    return seen;
}

/* Takes the reference to the reply. */
static void judge(struct run *run, json_t *reply)
{
    const json_t *id = json_object_get(reply, "id");
    const json_t *want = expected_by_id(run, id, seen_with_id(run, id));
    if (want == NULL) {
        char *text = json_dumps(reply, JSON_COMPACT);
        char *why = NULL;
        require(asprintf(&why, "nobody expects %s", text) >= 0);
        free(text);
        blame(run, why);
    } else {
        char *why = value_mismatch(want, reply);
        if (why != NULL) {
            blame(run, why);
        }
    }
    (void)json_array_append_new(run->got, reply);
}

/* ---- wire ---- */

static uint8_t *from_hex(const char *hex, size_t *len)
{
    *len = strlen(hex) / 2;
    uint8_t *bytes = malloc(*len + 1);
    require(bytes != NULL);
    for (size_t i = 0; i < *len; i++) {
        unsigned byte = 0;
        require(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        bytes[i] = (uint8_t)byte;
    }
    return bytes;
}

static void send_frame(void *socket, const char *hex, bool more)
{
    size_t len = 0;
    uint8_t *bytes = from_hex(hex, &len);
    require(zmq_send(socket, bytes, len, more ? ZMQ_SNDMORE : 0) == (int)len);
    free(bytes);
}

static void send_body(void *socket, const json_t *body)
{
    const json_t *frames = json_object_get(body, "frames");
    size_t more = json_array_size(frames);
    if (json_is_true(json_object_get(body, "delimiter"))) {
        require(zmq_send(socket, "", 0, ZMQ_SNDMORE) == 0);
    }
    send_frame(socket, json_string_value(json_object_get(body, "bytes")), more > 0);
    for (size_t i = 0; i < more; i++) {
        send_frame(socket, json_string_value(json_array_get(frames, i)), i + 1 < more);
    }
}

/* One message, packed anew as it is in its body, through the decoder. */
static void decode(struct run *run, const msgpack_object *message)
{
    msgpack_sbuffer bytes;
    msgpack_packer pk;
    size_t len = 0;
    size_t end = 0;
    msgpack_unpacked again;
    msgpack_sbuffer_init(&bytes);
    msgpack_packer_init(&pk, &bytes, msgpack_sbuffer_write);
    require(msgpack_pack_object(&pk, *message) == 0);
    zsnmpc_reply_t *reply = zsnmpc_reply_of(bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
    require(reply != NULL, "%s", json_string_value(json_object_get(run->test, "name")));
    const char *body = zsnmpc_reply_body(reply, &len);
    msgpack_unpacked_init(&again);
    require(msgpack_unpack_next(&again, body, len, &end) == MSGPACK_UNPACK_SUCCESS && end == len);
    judge(run, value_of(&again.data));
    msgpack_unpacked_destroy(&again);
    zsnmpc_reply_destroy(&reply);
}

static void receive_body(struct run *run, void *socket)
{
    zmq_msg_t message;
    msgpack_unpacked whole;
    size_t end = 0;
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    require(zmq_poll(&item, 1, REPLY_MS) == 1, "%s: no reply",
            json_string_value(json_object_get(run->test, "name")));
    require(zmq_msg_init(&message) == 0);
    do {
        require(zmq_msg_recv(&message, socket, 0) >= 0);
    } while (zmq_msg_more(&message));
    msgpack_unpacked_init(&whole);
    require(msgpack_unpack_next(&whole, zmq_msg_data(&message), zmq_msg_size(&message), &end) ==
            MSGPACK_UNPACK_SUCCESS);
    if (whole.data.type == MSGPACK_OBJECT_ARRAY) {
        for (uint32_t i = 0; i < whole.data.via.array.size; i++) {
            decode(run, &whole.data.via.array.ptr[i]);
        }
    } else {
        decode(run, &whole.data);
    }
    msgpack_unpacked_destroy(&whole);
    (void)zmq_msg_close(&message);
}

static void run_wire(struct run *run, void *socket)
{
    const json_t *send = json_object_get(run->test, "send");
    const json_t *expected_bodies = json_object_get(run->test, "bodies");
    int bodies = 0;
    for (size_t i = 0; i <= json_array_size(send); i++) {
        const json_t *body = json_array_get(send, i);
        size_t want = body != NULL ? (size_t)json_integer_value(json_object_get(body, "after"))
                                   : json_array_size(expected_of(run));
        for (; json_array_size(run->got) < want; bodies++) {
            receive_body(run, socket);
        }
        if (body != NULL) {
            send_body(socket, body);
        }
    }
    if (expected_bodies != NULL && json_integer_value(expected_bodies) != bodies) {
        char *why = NULL;
        require(asprintf(&why, "%d bodies", bodies) >= 0);
        blame(run, why);
    }
}

/* ---- through the client ---- */

static void take_reply(const zsnmpc_reply_t *reply, void *arg)
{
    struct asked *asked = arg;
    struct run *run = asked->run;
    size_t len = 0;
    size_t end = 0;
    json_t *told;
    if (run->typed) {
        json_t *id = json_object_get(asked->map, "id");
        told = typed_reply(reply, asked->map, expected_by_id(run, id, seen_with_id(run, id)));
    } else {
        msgpack_unpacked whole;
        const char *body = zsnmpc_reply_body(reply, &len);
        require(body != NULL, "%s", zsnmpc_reply_error(reply)->message);
        msgpack_unpacked_init(&whole);
        require(msgpack_unpack_next(&whole, body, len, &end) == MSGPACK_UNPACK_SUCCESS);
        told = value_of(&whole.data);
        msgpack_unpacked_destroy(&whole);
    }
    set_id(told, asked->map);
    judge(run, told);
    if (!zsnmpc_reply_more(reply)) {
        free(asked);
    }
}

static zsnmpc_request_t *generic_request(const json_t *map)
{
    msgpack_sbuffer bytes;
    msgpack_packer pk;
    json_t *without_id = json_copy((json_t *)(uintptr_t)map);
    (void)json_object_del(without_id, "id");
    msgpack_sbuffer_init(&bytes);
    msgpack_packer_init(&pk, &bytes, msgpack_sbuffer_write);
    value_pack(&pk, without_id);
    zsnmpc_request_t *request = zsnmpc_request_of(bytes.data, bytes.size);
    require(request != NULL);
    msgpack_sbuffer_destroy(&bytes);
    json_decref(without_id);
    return request;
}

static void make_call(struct run *run, const json_t *map)
{
    zsnmpc_request_t *request = run->typed ? typed_request(map) : generic_request(map);
    struct asked *asked = malloc(sizeof(*asked));
    require(asked != NULL);
    *asked = (struct asked){run, map};
    require(request != NULL, "%s", json_string_value(json_object_get(run->test, "name")));
    require(zsnmpc_call(run->client, request, take_reply, asked) != 0);
    zsnmpc_request_destroy(&request);
}

static void run_client(struct run *run)
{
    const json_t *send = json_object_get(run->test, "send");
    for (size_t i = 0; i < json_array_size(send); i++) {
        const json_t *body = json_array_get(send, i);
        const json_t *map = json_object_get(body, "map");
        size_t after = (size_t)json_integer_value(json_object_get(body, "after"));
        while (json_array_size(run->got) < after) {
            require(zsnmpc_wait(run->client, REPLY_MS), "no reply");
        }
        zsnmpc_batch_begin(run->client);
        for (size_t j = 0; j < json_array_size(map); j++) {
            make_call(run, json_array_get(map, j));
        }
        if (!json_is_array(map)) {
            make_call(run, map);
        }
        zsnmpc_batch_end(run->client);
    }
    require(client_drain(run->client, 0), "no reply");
}

/* ---- cases ---- */

static char *finish(struct run *run, const char *level)
{
    char *text = NULL;
    if (json_array_size(run->got) != json_array_size(expected_of(run))) {
        blame(run, strdup("a reply is missing"));
    }
    if (run->why != NULL) {
        require(asprintf(&text, "%s: %s", level, run->why) >= 0);
    }
    free(run->why);
    json_decref(run->got);
    return text;
}

static void run_case(const json_t *test, zsnmpc_t *client, void *socket)
{
    const char *name = json_string_value(json_object_get(test, "name"));
    bool levels[3] = {true, !json_is_true(json_object_get(test, "wire")),
                      !json_is_true(json_object_get(test, "wire")) &&
                          !json_is_true(json_object_get(test, "untyped"))};
    char *why = NULL;
    (void)alarm(2 * PATIENCE_S);
    for (int level = 0; level < 3 && why == NULL; level++) {
        static const char *const names[] = {"wire", "request", "interface"};
        struct run run = {.test = test, .client = client, .typed = level == 2};
        if (!levels[level]) {
            continue;
        }
        run.got = json_array();
        if (level == 0) {
            run_wire(&run, socket);
        } else {
            run_client(&run);
        }
        why = finish(&run, names[level]);
    }
    check(why == NULL, "%s: %s", name, why);
    (void)json_object_set_new(results, name, json_string(why != NULL ? why : "ok"));
    free(why);
}

static void replace(char *text, const char *what, const char *with)
{
    for (char *at = strstr(text, what); at != NULL; at = strstr(at, what)) {
        memcpy(at, with, strlen(with));
    }
}

/* The file with the simulator's port in it. */
static json_t *load(const char *path)
{
    char port[16];
    char hex[32] = "";
    size_t len = 0;
    json_error_t error;
    (void)snprintf(port, sizeof(port), "%05d", serve.port);
    for (size_t i = 0; i < strlen(port); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned char)port[i]);
    }
    FILE *file = fopen(path, "r");
    char *text = NULL;
    require(file != NULL && getdelim(&text, &len, '\0', file) > 0, "%s", path);
    (void)fclose(file);
    replace(text, PORT_TEXT, port);
    replace(text, PORT_HEX, hex);
    json_t *vectors = json_loads(text, 0, &error);
    require(vectors != NULL, "%s: %s", path, error.text);
    free(text);
    return vectors;
}

static void run_file(const char *path, zsnmpc_t *client)
{
    json_t *vectors = load(path);
    const json_t *cases = json_object_get(vectors, "cases");
    void *context = zmq_ctx_new();
    require(context != NULL);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        void *socket = zmq_socket(context, ZMQ_DEALER);
        int linger = 0;
        require(socket != NULL && zmq_connect(socket, serve.endpoint) == 0);
        (void)zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
        run_case(json_array_get(cases, i), client, socket);
        (void)zmq_close(socket);
    }
    (void)zmq_ctx_term(context);
    json_decref(vectors);
}

/* To a file, or to c.json in a directory. */
static void write_results(void)
{
    const char *where = getenv("ZSNMP_VECTORS_RESULTS");
    char path[4096];
    struct stat about;
    json_t *all = json_pack("{s:s,s:s,s:s,s:O}", "client", "C", "style", "callbacks", "version",
                            zsnmpc_version(), "cases", results);
    if (where != NULL && where[0] != '\0') {
        bool directory = stat(where, &about) == 0 && S_ISDIR(about.st_mode);
        (void)snprintf(path, sizeof(path), "%s%s", where, directory ? "/c.json" : "");
        require(json_dump_file(all, path, JSON_INDENT(1)) == 0, "%s", path);
    }
    json_decref(all);
}

static int is_vectors(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

int main(void)
{
    struct dirent **files = NULL;
    serve_start(&serve, false);
    const char *directory = json_string_value(json_object_get(serve.about, "vectors"));
    zsnmpc_t *client = client_of(serve.endpoint, PATIENCE_S * 1000);
    results = json_object();
    int count = scandir(directory, &files, is_vectors, alphasort);
    require(count > 0, "no vectors in %s", directory);
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", directory, files[i]->d_name);
        run_file(path, client);
        free(files[i]);
    }
    free(files);
    write_results();
    (void)printf("%zu passed, %d failed\n", json_object_size(results) - (size_t)harness_failures(),
                 harness_failures());
    json_decref(results);
    zsnmpc_destroy(&client);
    serve_end(&serve);
    return harness_failures() > 0;
}
