/*
 * A ZeroMQ client that keeps a broker busy and measures it: CPU of the broker's threads,
 * operations, varbinds and latencies, between the end of the warm-up and the end of the run. Closed
 * loop with so many requests in flight, or open loop at a rate; latencies then count from the
 * moment a request was due, so that what the client itself puts off shows. Prints one line of JSON.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <zmq.h>

#include "measure.h"
#include "pace.h"
#include "wire/mp.h"

#define BODY_MAX (16u << 20)
#define IN_FLIGHT_MAX 1000000u
#define IDLE_MS 30000 /* nothing for so long: the rest is missing */
#define PEER_MAX 40

enum op { GET, WALK };

struct slot {
    int64_t sent_ns;
    uint32_t device;
    bool busy;
};

struct load {
    const char *endpoint;
    int pid;
    unsigned port;
    uint32_t devices;
    uint32_t dead_every; /* these are asked too, and not counted; 0: none */
    uint32_t slow_every; /* likewise, and may answer */
    uint32_t batch;      /* messages in an array; 0: maps alone */
    uint32_t in_flight;
    double rate; /* operations a second; 0: closed loop */
    uint64_t warm;
    uint64_t total; /* measured; 0: by time */
    double seconds;
    enum op op;
    unsigned users; /* of version 3: u0 to u<n-1>; 0: version 2c */
    const char *user;
    uint32_t timeout_ms;
    uint32_t retries;

    void *socket;
    char (*peers)[PEER_MAX]; /* of each device */
    int64_t now_ns;          /* when the last message was received */
    struct slot *slots;
    uint32_t *spare; /* slots that are not busy */
    uint32_t spares;
    struct zsnmp_buf body;
    uint32_t pending; /* messages in body */
    uint64_t issued;
    uint64_t answered;
    uint64_t errors;
    uint64_t dead_ok;
    uint64_t healthy; /* answers of the others, while it was measured */
    uint64_t refused; /* with queue_full, where that is allowed */
    bool may_refuse;
    uint64_t varbinds;
    bool measuring;
    struct hist latency;
    struct slices slices;
    struct hist late; /* open loop: from when it was due until it was put into a message */
};

static void fail(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static inline void put_pair(struct zsnmp_buf *out, const char *key, const char *value)
{
    zsnmp_mp_put_key(out, key);
    zsnmp_mp_put_strn(out, value, strlen(value));
}

/* Users of the simulator: the built-in one, or u<n> with a pass phrase of its own. */
static void put_user(struct load *self, struct zsnmp_buf *out, uint32_t device)
{
    char name[32];
    char pass[32];
    snprintf(name, sizeof name, "u%u", device % self->users);
    snprintf(pass, sizeof pass, "pass-phrase-%u", device % self->users);
    bool own = self->user == NULL;
    put_pair(out, "user", own ? name : self->user);
    put_pair(out, "auth_proto", "SHA");
    put_pair(out, "auth_pass", own ? pass : "authpass-sha");
    put_pair(out, "priv_proto", "AES");
    put_pair(out, "priv_pass", own ? pass : "privpass-aes128");
}

/* No two requests of a device that are under way together are the same: they would be merged. */
static uint32_t retries_of(const struct load *self)
{
    bool some_time_out = self->dead_every > 0 || self->slow_every > 0;
    return some_time_out ? self->retries
                         : self->retries + (uint32_t)(self->issued / self->devices % 60);
}

/* Made once: what the client takes of the cores the broker has not. */
static void make_peers(struct load *self)
{
    self->peers = calloc(self->devices, sizeof *self->peers);
    if (self->peers == NULL) {
        fail("memory");
    }
    for (uint32_t i = 0; i < self->devices; i++) {
        uint32_t address = 0x010001 + i;
        snprintf(self->peers[i], PEER_MAX, "127.%u.%u.%u:%u", address >> 16 & 255,
                 address >> 8 & 255, address & 255, self->port);
    }
}

static void put_request(struct load *self, uint32_t id, uint32_t device)
{
    struct zsnmp_buf *out = &self->body;
    zsnmp_mp_put_map(out, 6 + (self->users > 0 ? 5 : 0));
    zsnmp_mp_put_key(out, "id");
    zsnmp_mp_put_uint(out, id);
    put_pair(out, "op", self->op == GET ? "get" : "walk");
    put_pair(out, "peer", self->peers[device]);
    zsnmp_mp_put_key(out, "timeout_ms");
    zsnmp_mp_put_uint(out, self->timeout_ms);
    zsnmp_mp_put_key(out, "retries");
    zsnmp_mp_put_uint(out, retries_of(self));
    zsnmp_mp_put_key(out, "oids");
    zsnmp_mp_put_array(out, 1);
    zsnmp_mp_put_key(out, self->op == GET ? "1.3.6.1.2.1.1.3.0" : "1.3.6.1.2.1.2.2");
    if (self->users > 0) {
        put_user(self, out, device);
    }
}

static void flush(struct load *self)
{
    if (self->pending == 0) {
        return;
    }
    if (self->batch > 0) { /* the head of the array, three bytes that were left free */
        self->body.data[0] = 0xdc;
        self->body.data[1] = (uint8_t)(self->pending >> 8);
        self->body.data[2] = (uint8_t)self->pending;
    }
    if (self->body.failed || zmq_send(self->socket, self->body.data, self->body.len, 0) < 0) {
        fail("send");
    }
    self->body.len = 0;
    self->pending = 0;
}

static void issue(struct load *self, int64_t when)
{
    uint32_t id = self->spare[--self->spares];
    uint32_t device = (uint32_t)(self->issued++ % self->devices);
    self->slots[id] = (struct slot){.sent_ns = when, .device = device, .busy = true};
    if (self->pending == 0 && self->batch > 0) {
        zsnmp_buf_append(&self->body, "\0\0\0", 3);
    }
    put_request(self, id, device);
    self->pending++;
    if (self->pending >= self->batch) {
        flush(self);
    }
}

static bool is_one_of(uint32_t every, uint32_t device)
{
    return every > 0 && (0x010001 + device) % every == 0;
}

static bool is_refusal(const struct zsnmp_mp_token *error, const uint8_t *end)
{
    struct zsnmp_mp_token name;
    return error != NULL && error->type == ZSNMP_MP_MAP &&
           zsnmp_mp_find(error, end, "name", &name) && zsnmp_mp_is(&name, "queue_full");
}

static void count(struct load *self, const struct slot *slot, const struct zsnmp_mp_token *error,
                  uint32_t varbinds, const uint8_t *end)
{
    if (self->may_refuse && is_refusal(error, end)) {
        self->refused++;
        return;
    }
    if (is_one_of(self->dead_every, slot->device)) {
        self->dead_ok += error == NULL;
        return;
    }
    if (is_one_of(self->slow_every, slot->device)) {
        return;
    }
    if (error != NULL || varbinds == 0) {
        if (self->errors++ < 3) {
            fprintf(stderr, "load: device %u: %s\n", slot->device,
                    error == NULL ? "no varbinds" : "error");
        }
        return;
    }
    self->varbinds += varbinds;
    if (self->measuring) {
        self->healthy++;
        hist_add(&self->latency, (self->now_ns - slot->sent_ns) / 1000);
        slices_add(&self->slices, self->now_ns, (self->now_ns - slot->sent_ns) / 1000);
    }
}

/* One reply; returns what is behind it. */
static const uint8_t *take_reply(struct load *self, const uint8_t *at, const uint8_t *end)
{
    struct zsnmp_mp_token id = {0};
    struct zsnmp_mp_token error = {0};
    struct zsnmp_mp_token varbinds = {0};
    struct zsnmp_mp_token map;
    at = zsnmp_mp_take(at, end, &map);
    for (uint32_t i = at != NULL && map.type == ZSNMP_MP_MAP ? map.len : 0; i > 0; i--) {
        struct zsnmp_mp_token key;
        struct zsnmp_mp_token value;
        at = zsnmp_mp_take_whole(at, end, &key);
        at = at == NULL ? NULL : zsnmp_mp_take_whole(at, end, &value);
        if (at == NULL) {
            fail("a reply that is cut off");
        }
        if (zsnmp_mp_is(&key, "id")) {
            id = value;
        } else if (zsnmp_mp_is(&key, "error")) {
            error = value;
        } else if (zsnmp_mp_is(&key, "varbinds")) {
            varbinds = value;
        }
    }
    if (id.type != ZSNMP_MP_UINT || id.value.u >= self->in_flight ||
        !self->slots[id.value.u].busy) {
        fprintf(stderr, "load: a reply that nobody asked for\n");
        exit(1);
    }
    struct slot *slot = &self->slots[id.value.u];
    count(self, slot, error.type != 0 ? &error : NULL, varbinds.len, end);
    slot->busy = false;
    self->spare[self->spares++] = (uint32_t)id.value.u;
    self->answered++;
    return at;
}

static void take_body(struct load *self, const uint8_t *data, size_t len)
{
    const uint8_t *end = data + len;
    struct zsnmp_mp_token token;
    const uint8_t *at = zsnmp_mp_take(data, end, &token);
    if (at == NULL) {
        fail("a reply that is no MessagePack");
    }
    self->now_ns = now_ns();
    if (token.type != ZSNMP_MP_ARRAY) {
        take_reply(self, data, end);
        return;
    }
    for (uint32_t n = token.len; n > 0; n--) {
        at = take_reply(self, at, end);
    }
}

/* Takes what is there, waiting so long for the first; false: nothing came. */
static bool receive(struct load *self, long wait_ms)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, wait_ms) <= 0) {
        return false;
    }
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    for (unsigned i = 0; i < 256 && zmq_msg_recv(&msg, self->socket, ZMQ_DONTWAIT) >= 0; i++) {
        take_body(self, zmq_msg_data(&msg), zmq_msg_size(&msg));
    }
    zmq_msg_close(&msg);
    return true;
}

/* Closed loop: answers make room for requests. Until so many are issued, or until then. */
static void run_closed(struct load *self, uint64_t until, int64_t end_ns)
{
    while (self->issued < until && now_ns() < end_ns) {
        int64_t now = now_ns();
        /* Whole batches, or whatever is free where nothing else is under way. */
        while (self->spares > 0 && self->issued < until) {
            issue(self, now);
        }
        flush(self);
        if (!receive(self, IDLE_MS)) {
            fail("no reply");
        }
    }
}

/* What is due by now, as far as slots go. */
static void send_due(struct load *self, struct pace *pace, uint64_t until, int64_t now)
{
    while (self->issued < until && self->spares > 0 && pace_next_ns(pace) <= now) {
        int64_t due = pace_next_ns(pace);
        pace->taken++;
        issue(self, due);
        if (self->measuring) {
            hist_add(&self->late, (now - due) / 1000);
        }
    }
    flush(self);
}

static bool take_one(struct load *self)
{
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    bool some = zmq_msg_recv(&msg, self->socket, ZMQ_DONTWAIT) >= 0;
    if (some) {
        take_body(self, zmq_msg_data(&msg), zmq_msg_size(&msg));
    }
    zmq_msg_close(&msg);
    return some;
}

/* Until a reply comes, the next one is due or the run ends. */
static void wait_open(struct load *self, struct pace *pace, int64_t end_ns)
{
    zmq_pollitem_t items[2] = {{.socket = self->socket, .events = ZMQ_POLLIN},
                               {.fd = pace->fd, .events = ZMQ_POLLIN}};
    int64_t next = self->spares > 0 ? pace_next_ns(pace) : INT64_MAX;
    pace_arm(pace, next < end_ns ? next : end_ns);
    if (zmq_poll(items, 2, IDLE_MS) == 0) {
        fail("no reply");
    }
}

/* Open loop: replies are taken one message at a time, for the next request may be due by then. */
static void run_open(struct load *self, uint64_t until, int64_t end_ns)
{
    struct pace pace;
    pace_start(&pace, self->rate);
    for (int64_t now = pace.start_ns; self->issued < until && now < end_ns; now = now_ns()) {
        send_due(self, &pace, until, now);
        if (!take_one(self)) {
            wait_open(self, &pace, end_ns);
        }
    }
    pace_end(&pace);
}

static void run(struct load *self, uint64_t until, int64_t end_ns)
{
    if (self->rate > 0) {
        run_open(self, until, end_ns);
    } else {
        run_closed(self, until, end_ns);
    }
}

static void drain(struct load *self)
{
    flush(self);
    while (self->spares < self->in_flight) {
        if (!receive(self, IDLE_MS)) {
            fprintf(stderr, "load: %u replies are missing\n", self->in_flight - self->spares);
            exit(1);
        }
    }
}

static void start(struct load *self)
{
    int none = 0;
    self->slots = calloc(self->in_flight, sizeof *self->slots);
    self->spare = calloc(self->in_flight, sizeof *self->spare);
    if (self->slots == NULL || self->spare == NULL) {
        fail("memory");
    }
    for (uint32_t i = self->in_flight; i-- > 0;) {
        self->spare[self->spares++] = i;
    }
    make_peers(self);
    zsnmp_buf_init(&self->body, BODY_MAX);
    self->socket = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
    if (self->socket == NULL || zmq_setsockopt(self->socket, ZMQ_SNDHWM, &none, sizeof none) != 0 ||
        zmq_setsockopt(self->socket, ZMQ_RCVHWM, &none, sizeof none) != 0 ||
        zmq_connect(self->socket, self->endpoint) != 0) {
        fail(self->endpoint);
    }
}

static const struct option options[] = {
    {"endpoint", 1, NULL, 'e'},  {"pid", 1, NULL, 'P'},     {"port", 1, NULL, 'p'},
    {"devices", 1, NULL, 'd'},   {"dead", 1, NULL, 'D'},    {"batch", 1, NULL, 'b'},
    {"in-flight", 1, NULL, 'f'}, {"rate", 1, NULL, 'r'},    {"warm", 1, NULL, 'w'},
    {"total", 1, NULL, 't'},     {"seconds", 1, NULL, 's'}, {"walk", 0, NULL, 'W'},
    {"users", 1, NULL, 'u'},     {"user", 1, NULL, 'U'},    {"timeout", 1, NULL, 'T'},
    {"retries", 1, NULL, 'R'},   {"slow", 1, NULL, 'S'},    {"refused", 0, NULL, 'F'},
    {NULL, 0, NULL, 0},
};

static void take_option(struct load *self, int c, const char *text)
{
    switch (c) {
    case 'e':
        self->endpoint = text;
        break;
    case 'P':
        self->pid = atoi(text);
        break;
    case 'p':
        self->port = (unsigned)atoi(text);
        break;
    case 'd':
        self->devices = (uint32_t)atoi(text);
        break;
    case 'D':
        self->dead_every = (uint32_t)atoi(text);
        break;
    case 'F':
        self->may_refuse = true;
        break;
    case 'S':
        self->slow_every = (uint32_t)atoi(text);
        break;
    case 'b':
        self->batch = (uint32_t)atoi(text);
        break;
    case 'f':
        self->in_flight = (uint32_t)atoi(text);
        break;
    case 'r':
        self->rate = atof(text);
        break;
    case 'w':
        self->warm = (uint64_t)atoll(text);
        break;
    case 't':
        self->total = (uint64_t)atoll(text);
        break;
    case 's':
        self->seconds = atof(text);
        break;
    case 'W':
        self->op = WALK;
        break;
    case 'u':
        self->users = (unsigned)atoi(text);
        break;
    case 'U':
        self->user = text;
        self->users = 1;
        break;
    case 'T':
        self->timeout_ms = (uint32_t)atoi(text);
        break;
    case 'R':
        self->retries = (uint32_t)atoi(text);
        break;
    default:
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct load self = {.devices = 1000,
                               .in_flight = 1000,
                               .seconds = 3,
                               .timeout_ms = 5000,
                               .retries = 2,
                               .endpoint = "tcp://127.0.0.1:7161"};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        take_option(&self, c, optarg);
    }
    if (self.in_flight == 0 || self.in_flight > IN_FLIGHT_MAX || self.devices == 0 ||
        self.batch > 65535 || self.pid == 0 || self.port == 0) {
        fprintf(stderr, "load: wrong or missing option\n");
        return 2;
    }
    start(&self);
    run(&self, self.warm, INT64_MAX);
    uint64_t answered = self.answered;
    uint64_t varbinds = self.varbinds;
    self.measuring = true;
    int64_t cpu = cpu_ns_of(self.pid);
    int64_t began = now_ns();
    if (self.total > 0) {
        run(&self, self.warm + self.total, INT64_MAX);
        drain(&self);
    } else {
        run(&self, UINT64_MAX, began + (int64_t)(self.seconds * 1e9));
    }
    double elapsed = (double)(now_ns() - began) / 1e9;
    cpu = cpu_ns_of(self.pid) - cpu;
    uint64_t ops = self.answered - answered;
    varbinds = self.varbinds - varbinds;
    uint64_t healthy = self.healthy;
    long rss = rss_kb_of(self.pid);
    drain(&self);
    printf("{\"ops\": %llu, \"varbinds\": %llu, \"errors\": %llu, \"dead_ok\": %llu, "
           "\"elapsed_s\": %.4f, \"cpu_s\": %.6f, \"p50_us\": %.0f, \"p99_us\": %.0f, "
           "\"p99_slice_us\": %.0f, \"late_p99_us\": %.0f, \"rss_kb\": %ld, \"healthy\": %llu, "
           "\"refused\": %llu}\n",
           (unsigned long long)ops, (unsigned long long)varbinds, (unsigned long long)self.errors,
           (unsigned long long)self.dead_ok, elapsed, (double)cpu / 1e9,
           hist_at(&self.latency, 0.5), hist_at(&self.latency, 0.99), slices_median(&self.slices),
           hist_at(&self.late, 0.99), rss, (unsigned long long)healthy,
           (unsigned long long)self.refused);
    zsnmp_buf_clear(&self.body);
    return self.errors == 0 && self.dead_ok == 0 ? 0 : 1;
}
