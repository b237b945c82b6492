/*
 * The physical limit: one thread that exchanges SNMP GETs with simulated agents and does nothing
 * else. Messages are encoded beforehand but for the request-id; answers are counted and their
 * request-id is looked at. One socket, non-blocking, a window of requests. With a rate it is an
 * open loop that takes latencies too.
 *
 *     bare --port P --devices N --window W --seconds S [--rate R]
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"
#include "pace.h"

/* GET, v2c, "public", sysUpTime.0; the request-id is at 17. */
static uint8_t get[] = {0x30, 0x29, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',  'u',  'b',  'l',
                        'i',  'c',  0xa0, 0x1c, 0x02, 0x04, 0,    0,    0,    0,    0x02,
                        0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30, 0x0c, 0x06, 0x08,
                        0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x03, 0x00, 0x05, 0x00};
#define ID_AT 17
#define ID_FIRST 0x10000000u
#define RING 65536u /* requests whose due times are known */

struct bare {
    int fd;
    unsigned port;
    uint32_t devices;
    uint32_t window;
    uint32_t sent;
    uint32_t in_flight;
    uint64_t answered;
    uint64_t lost;
    double rate;  /* 0: closed loop */
    int64_t *due; /* open loop: by request-id */
    bool measuring;
    struct hist latency;
    struct slices slices;
    struct hist late;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static bool send_one(struct bare *self)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)self->port)};
    uint32_t id = htonl(ID_FIRST + self->sent);
    to.sin_addr.s_addr = htonl(0x7f010001 + self->sent % self->devices);
    memcpy(get + ID_AT, &id, sizeof id);
    if (sendto(self->fd, get, sizeof get, 0, (struct sockaddr *)&to, sizeof to) < 0) {
        if (errno == EAGAIN || errno == ENOBUFS) {
            return false;
        }
        fail("sendto");
    }
    self->sent++;
    self->in_flight++;
    return true;
}

static void note_latency(struct bare *self, const uint8_t *at)
{
    uint32_t id;
    memcpy(&id, at, sizeof id);
    if (self->measuring) {
        int64_t due = self->due[(ntohl(id) - ID_FIRST) % RING];
        int64_t now = now_ns();
        hist_add(&self->latency, (now - due) / 1000);
        slices_add(&self->slices, now, (now - due) / 1000);
    }
}

static void drain(struct bare *self)
{
    uint8_t data[2048];
    struct sockaddr_in from;
    for (;;) {
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(self->fd, data, sizeof data, 0, (struct sockaddr *)&from, &len);
        if (n < 0) {
            return;
        }
        if (n > ID_AT + 4 && data[13] == 0xa2) {
            self->answered++;
            self->in_flight--;
            note_latency(self, data + ID_AT);
        }
    }
}

static void run_closed(struct bare *self, int64_t end)
{
    while (now_ns() < end) {
        while (self->in_flight < self->window && send_one(self)) {
        }
        struct pollfd item = {.fd = self->fd, .events = POLLIN};
        if (poll(&item, 1, 200) == 0) { /* a window that got lost */
            self->lost += self->in_flight;
            self->in_flight = 0;
        }
        drain(self);
    }
}

static void run_open(struct bare *self, int64_t end)
{
    struct pace pace;
    pace_start(&pace, self->rate);
    for (int64_t now = pace.start_ns; now < end; now = now_ns()) {
        for (int64_t due; (due = pace_next_ns(&pace)) <= now; pace.taken++) {
            self->due[self->sent % RING] = due;
            if (!send_one(self)) {
                break;
            }
            hist_add(&self->late, (now - due) / 1000);
        }
        int64_t next = pace_next_ns(&pace);
        pace_arm(&pace, next < end ? next : end);
        struct pollfd items[2] = {{.fd = self->fd, .events = POLLIN},
                                  {.fd = pace.fd, .events = POLLIN}};
        poll(items, 2, -1);
        drain(self);
    }
    pace_end(&pace);
}

static void run_until(struct bare *self, int64_t end)
{
    if (self->rate > 0) {
        run_open(self, end);
    } else {
        run_closed(self, end);
    }
}

static void take_option(struct bare *self, double *seconds, int c, const char *text)
{
    switch (c) {
    case 'p':
        self->port = (unsigned)atoi(text);
        break;
    case 'd':
        self->devices = (uint32_t)atoi(text);
        break;
    case 'w':
        self->window = (uint32_t)atoi(text);
        break;
    case 's':
        *seconds = atof(text);
        break;
    case 'r':
        self->rate = atof(text);
        break;
    default:
        exit(2);
    }
}

static void start(struct bare *self)
{
    int size = 8 << 20;
    self->due = calloc(RING, sizeof *self->due);
    self->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (self->fd < 0 || self->due == NULL) {
        fail("start");
    }
    if (setsockopt(self->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", 1, NULL, 'p'},   {"devices", 1, NULL, 'd'},
                                            {"window", 1, NULL, 'w'}, {"seconds", 1, NULL, 's'},
                                            {"rate", 1, NULL, 'r'},   {NULL, 0, NULL, 0}};
    static struct bare self = {.devices = 1000, .window = 256};
    double seconds = 3;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        take_option(&self, &seconds, c, optarg);
    }
    start(&self);
    run_until(&self, now_ns() + 300000000);
    uint64_t before = self.answered;
    self.measuring = self.rate > 0;
    self.late = (struct hist){0};
    int64_t begun = now_ns();
    int64_t cpu = cpu_ns_of(getpid());
    run_until(&self, begun + (int64_t)(seconds * 1e9));
    cpu = cpu_ns_of(getpid()) - cpu;
    double elapsed = (double)(now_ns() - begun) / 1e9;
    double ops = (double)(self.answered - before);
    printf("{\"ops\": %.0f, \"varbinds\": %.0f, \"errors\": 0, \"lost\": %llu, "
           "\"elapsed_s\": %.4f, \"cpu_s\": %.6f, \"rss_kb\": %ld",
           ops, ops, (unsigned long long)self.lost, elapsed, (double)cpu / 1e9,
           rss_kb_of(getpid()));
    if (self.rate > 0) {
        printf(
            ", \"p50_us\": %.0f, \"p99_us\": %.0f, \"p99_slice_us\": %.0f, \"late_p99_us\": %.0f",
            hist_at(&self.latency, 0.5), hist_at(&self.latency, 0.99), slices_median(&self.slices),
            hist_at(&self.late, 0.99));
    }
    printf("}\n");
    close(self.fd);
    free(self.due);
    return ops > 0 ? 0 : 1;
}
