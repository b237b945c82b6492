/*
 * Forged answers by the million, while true ones are outstanding: from other addresses and ports,
 * to other sockets, with ids that are guessed, from polled devices that know the ids of their
 * neighbours, with wrong communities, versions and PDUs, and cut off. None may complete a request,
 * and each is to be counted for what it is. FLOOD_DATAGRAMS says how many. Includes zsnmp.h and
 * nothing else of ours.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include "help.h"
#include "zsnmp.h"

#define DEVICES 16
#define EACH 3 /* requests outstanding for a device */
#define VICTIMS (DEVICES * EACH)
#define PACKET_MAX 256
#define BURST 200 /* datagrams that fit any receive buffer */
#define DATAGRAMS_DEFAULT 300000L
#define FIRST_DEVICE 0x7f190001u   /* 127.25.0.1 */
#define FIRST_STRANGER 0x7f190101u /* 127.25.1.1 */

struct device {
    int fd;        /* where it is polled */
    int other;     /* another port of its address */
    int elsewhere; /* its port on another address */
    char peer[80];
};

/* A request that is outstanding, as the device has got it. */
struct victim {
    struct device *device;
    struct sockaddr_in from;
    uint8_t packet[PACKET_MAX];
    size_t len;
    size_t community; /* places in packet: the community's bytes, … */
    size_t community_len;
    size_t pdu; /* … the tag of the PDU, … */
    size_t id;  /* … the bytes of its request-id */
    size_t id_len;
};

enum kind { MALFORMED, UNKNOWN_ID, WRONG_SOURCE, WRONG_VERSION, NOT_RESPONSE, KINDS };

static struct device devices[DEVICES];
static struct victim victims[VICTIMS];
static _Atomic int completed;
static _Atomic int wrong;
static uint64_t expected[KINDS];
static uint64_t dice = 0x9e3779b97f4a7c15u;

static uint32_t roll(uint32_t below)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 32) % below;
}

static void done(zsnmp_request_t *request, const zsnmp_reply_t *reply, void *arg)
{
    (void)request;
    (void)arg;
    atomic_fetch_add(&wrong, zsnmp_reply_error(reply) != ZSNMP_OK ? 1 : 0);
    atomic_fetch_add(&completed, 1);
}

/* ---- devices ---- */

static int open_port(uint32_t address, uint16_t *port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(address), .sin_port = htons(*port)};
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(fd >= 0);
    CHECK(bind(fd, (const struct sockaddr *)&addr, len) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&addr, &len) == 0);
    *port = ntohs(addr.sin_port);
    return fd;
}

static void open_device(struct device *device, uint32_t number)
{
    uint16_t port = 0;
    uint16_t other = 0;
    device->fd = open_port(FIRST_DEVICE + number, &port);
    device->other = open_port(FIRST_DEVICE + number, &other);
    device->elsewhere = open_port(FIRST_STRANGER + number, &port);
    snprintf(device->peer, sizeof device->peer, "127.25.0.%u:%u", number + 1, port);
}

/* Goes over an element of this tag with a short length; its contents are at *at. */
static size_t enter(const struct victim *victim, size_t *at, uint8_t tag)
{
    CHECK(*at + 2 <= victim->len && victim->packet[*at] == tag);
    size_t len = victim->packet[*at + 1];
    *at += 2;
    CHECK(len < 0x80 && *at + len <= victim->len);
    return len;
}

static void dissect(struct victim *victim)
{
    size_t at = 0;
    (void)enter(victim, &at, 0x30);
    at += enter(victim, &at, 0x02);
    victim->community_len = enter(victim, &at, 0x04);
    victim->community = at;
    at += victim->community_len;
    victim->pdu = at;
    (void)enter(victim, &at, 0xa0);
    victim->id_len = enter(victim, &at, 0x02);
    victim->id = at;
}

static void receive_request(struct victim *victim, struct device *device)
{
    struct pollfd item = {.fd = device->fd, .events = POLLIN};
    socklen_t from_len = sizeof victim->from;
    CHECK(poll(&item, 1, PATIENCE_MS) == 1);
    ssize_t len = recvfrom(device->fd, victim->packet, sizeof victim->packet, 0,
                           (struct sockaddr *)&victim->from, &from_len);
    CHECK(len > 0);
    victim->len = (size_t)len;
    victim->device = device;
    dissect(victim);
}

static void ask_all(zsnmp_pool_t *pool)
{
    for (int i = 0; i < VICTIMS; i++) {
        char oid[80];
        zsnmp_request_t *request = zsnmp_request_new(ZSNMP_GET, devices[i / EACH].peer);
        CHECK(request != NULL);
        snprintf(oid, sizeof oid, "1.3.6.1.2.1.1.%d.0", i % EACH + 1);
        CHECK_EQ(zsnmp_request_add_oid_str(request, oid), ZSNMP_OK);
        CHECK_EQ(zsnmp_request_set_timeout(request, 600000, 0), ZSNMP_OK);
        CHECK_EQ(zsnmp_pool_submit(pool, request, done, NULL, NULL), ZSNMP_OK);
    }
    for (int i = 0; i < VICTIMS; i++) {
        receive_request(&victims[i], &devices[i / EACH]);
    }
}

/* ---- forgery ---- */

static bool is_outstanding(const struct victim *like, const uint8_t *id)
{
    for (int i = 0; i < VICTIMS; i++) {
        if (victims[i].id_len == like->id_len &&
            memcmp(victims[i].packet + victims[i].id, id, like->id_len) == 0) {
            return true;
        }
    }
    return false;
}

/* One that nobody waits for: near a true one, or anywhere. */
static void change_id(const struct victim *victim, uint8_t *packet)
{
    uint8_t *id = packet + victim->id;
    do {
        size_t last = victim->id_len - 1;
        for (size_t i = roll(2) == 0 ? last : 1; i <= last; i++) {
            id[i] = (uint8_t)roll(256);
        }
    } while (is_outstanding(victim, id));
}

/* A socket of the engine's that this device does not belong to. */
static struct sockaddr_in other_socket(const struct victim *victim)
{
    for (;;) {
        const struct victim *any = &victims[roll(VICTIMS)];
        if (any->from.sin_port != victim->from.sin_port) {
            return any->from;
        }
    }
}

static struct device *neighbour(const struct victim *victim)
{
    for (;;) {
        struct device *any = &devices[roll(DEVICES)];
        if (any != victim->device) {
            return any;
        }
    }
}

static void send_one(int fd, const struct sockaddr_in *to, const uint8_t *packet, size_t len)
{
    ssize_t sent = sendto(fd, packet, len, 0, (const struct sockaddr *)to, sizeof *to);
    CHECK(sent == (ssize_t)len);
}

/* What is wrong with the PDU, where all else is right. */
static enum kind spoil(const struct victim *victim, uint8_t *packet, size_t *len)
{
    switch (roll(4)) {
    case 0:
        packet[victim->community + roll((uint32_t)victim->community_len)] ^=
            (uint8_t)(1 + roll(255));
        return WRONG_VERSION;
    case 1:
        packet[4] = 0; /* version 1 */
        return WRONG_VERSION;
    case 2:
        packet[victim->pdu] = (uint8_t)(roll(2) == 0 ? 0xa0 : 0xa1);
        return NOT_RESPONSE;
    default:
        *len = roll((uint32_t)victim->id);
        return MALFORMED;
    }
}

static enum kind forge(const struct victim *victim)
{
    uint8_t packet[PACKET_MAX];
    size_t len = victim->len;
    struct device *device = victim->device;
    struct sockaddr_in to = victim->from;
    int fd = device->fd;
    enum kind kind = WRONG_SOURCE;
    memcpy(packet, victim->packet, len);
    packet[victim->pdu] = 0xa2;
    switch (roll(7)) {
    case 0:
        fd = device->elsewhere;
        break;
    case 1:
        fd = device->other;
        break;
    case 2:
        fd = neighbour(victim)->fd;
        break;
    case 3:
        to = other_socket(victim);
        break;
    case 4:
        change_id(victim, packet);
        kind = UNKNOWN_ID;
        break;
    case 5:
        change_id(victim, packet);
        fd = neighbour(victim)->fd;
        kind = UNKNOWN_ID;
        break;
    default:
        kind = spoil(victim, packet, &len);
    }
    send_one(fd, &to, packet, len);
    return kind;
}

/* ---- what the engine says of it ---- */

static void count(zsnmp_pool_t *pool, uint64_t got[KINDS], uint64_t *lost)
{
    zsnmp_stats_t stats;
    zsnmp_pool_stats(pool, &stats);
    got[MALFORMED] = stats.drop_malformed;
    got[UNKNOWN_ID] = stats.drop_unknown_id;
    got[WRONG_SOURCE] = stats.drop_wrong_source;
    got[WRONG_VERSION] = stats.drop_wrong_version;
    got[NOT_RESPONSE] = stats.drop_not_response;
    *lost = stats.drop_kernel;
    CHECK_EQ(stats.drop_rejected, 0);
}

/* Waits until all that was sent is counted, so that the kernel need not drop it. */
static void settle(zsnmp_pool_t *pool, uint64_t sent)
{
    uint64_t got[KINDS];
    uint64_t sum = 0;
    uint64_t lost;
    struct timespec start;
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &start) == 0);
    while (sum < sent) {
        count(pool, got, &sum);
        for (int i = 0; i < KINDS; i++) {
            sum += got[i];
        }
        CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        CHECK(now.tv_sec - start.tv_sec < PATIENCE_MS / 1000);
        CHECK(sched_yield() == 0);
    }
    CHECK_EQ(sum, sent);
    CHECK_EQ(atomic_load(&completed), 0);
    count(pool, got, &lost);
    for (int i = 0; i < KINDS; i++) {
        CHECK(got[i] <= expected[i] && got[i] + lost >= expected[i]);
    }
}

static void flood(zsnmp_pool_t *pool, uint64_t total)
{
    for (uint64_t sent = 1; sent <= total; sent++) {
        expected[forge(&victims[roll(VICTIMS)])]++;
        if (sent % BURST == 0 || sent == total) {
            settle(pool, sent);
        }
    }
}

/* After all that each request takes its true answer. */
static void answer_all(void)
{
    for (int i = 0; i < VICTIMS; i++) {
        struct victim *victim = &victims[i];
        victim->packet[victim->pdu] = 0xa2;
        send_one(victim->device->fd, &victim->from, victim->packet, victim->len);
    }
    for (int ms = 0; atomic_load(&completed) < VICTIMS; ms++) {
        CHECK(ms < PATIENCE_MS);
        CHECK(poll(NULL, 0, 1) == 0);
    }
    CHECK_EQ(atomic_load(&wrong), 0);
}

static void close_devices(void)
{
    for (int i = 0; i < DEVICES; i++) {
        CHECK(close(devices[i].fd) == 0 && close(devices[i].other) == 0 &&
              close(devices[i].elsewhere) == 0);
    }
}

int main(void)
{
    const char *text = getenv("FLOOD_DATAGRAMS");
    long total = text != NULL ? atol(text) : DATAGRAMS_DEFAULT;
    zsnmp_pool_options_t options;
    CHECK(total > 0);
    zsnmp_pool_options_init(&options);
    options.workers = 1;
    options.device_window = EACH;
    zsnmp_pool_t *pool = zsnmp_pool_new(&options, NULL);
    CHECK(pool != NULL);
    for (uint32_t i = 0; i < DEVICES; i++) {
        open_device(&devices[i], i);
    }
    ask_all(pool);
    flood(pool, (uint64_t)total);
    answer_all();
    zsnmp_pool_destroy(&pool);
    close_devices();
    printf("flood: %ld forged answers, none taken; %d true ones were\n", total, VICTIMS);
    return 0;
}
