/*
 * What each layer costs by itself, in memory and on one thread. Without arguments it prints
 * nanoseconds; "layers NAME N" does N operations of one layer and nothing else, so that a tool
 * which counts instructions can take the difference of two such runs (bench/instructions.py).
 */
#include <stdbool.h>
#include <string.h>

#include "base/addr.h"
#include "base/heap.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "base/oid.h"
#include "measure.h"
#include "snmp/snmp.h"
#include "wire/mp.h"
#include "wire/pattern.h"
#include "wire/wire.h"

#define BATCH 50u
#define TIMERS 10000u
#define ROWS 25u
#define ROUNDS 7 /* of which the middle one is printed */
#define ROUND_NS 20000000

static void fail(const char *what)
{
    fprintf(stderr, "layers: %s\n", what);
    exit(1);
}

static void expect(bool ok)
{
    if (!ok) {
        fail("an operation did not do what it should");
    }
}

static const uint32_t sys_uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static struct zsnmp_buf body;         /* a batch of GETs */
static struct zsnmp_wire_body opened; /* … of which some are decoded */
static struct zsnmp_patterns known;
static struct zsnmp_request *request; /* one of them */
static struct zsnmp_buf out;          /* replies */
static struct zsnmp_heap timers;
static struct zsnmp_heap_node nodes[TIMERS];
static struct zsnmp_map ids;
static struct zsnmp_mailbox mailbox;
static struct zsnmp_msg messages[64];
static struct zsnmp_link *link;
static uint8_t answer_data[4096]; /* at its end: a response with one varbind, or with ROWS */
static size_t answer_len;
static uint8_t table_data[4096];
static size_t table_len;

/* ---- fixtures ---- */

static void put_request(uint32_t id)
{
    zsnmp_mp_put_map(&body, 6);
    zsnmp_mp_put_key(&body, "id");
    zsnmp_mp_put_uint(&body, 1000 + id);
    zsnmp_mp_put_key(&body, "op");
    zsnmp_mp_put_key(&body, "get");
    zsnmp_mp_put_key(&body, "peer");
    zsnmp_mp_put_key(&body, "127.1.2.3:16161");
    zsnmp_mp_put_key(&body, "timeout_ms");
    zsnmp_mp_put_uint(&body, 5000);
    zsnmp_mp_put_key(&body, "retries");
    zsnmp_mp_put_uint(&body, 2);
    zsnmp_mp_put_key(&body, "oids");
    zsnmp_mp_put_array(&body, 1);
    zsnmp_mp_put_key(&body, "1.3.6.1.2.1.1.3.0");
}

static void open_body(struct zsnmp_patterns *patterns)
{
    const char *why;
    expect(zsnmp_wire_open(&opened, patterns, body.data, body.len, BATCH, &why) == ZSNMP_OK);
}

static struct zsnmp_request *decode(struct zsnmp_patterns *patterns)
{
    struct zsnmp_wire_call call;
    zsnmp_err_t err;
    const char *why;
    if (opened.left == 0) {
        open_body(patterns);
    }
    expect(zsnmp_wire_next(&opened, &call, &err, &why) && err == ZSNMP_OK);
    return call.request;
}

/* A response is a request with another tag: the SET of the same varbinds. */
static size_t make_answer(uint8_t *room, size_t size, struct zsnmp_item *items)
{
    struct zsnmp_pdu pdu = {.op = ZSNMP_SET, .reqid = 0x12345678, .items = items};
    size_t len = zsnmp_community_build(&request->creds, &pdu, room, size);
    expect(len > 0);
    uint8_t *at = room + size - len;
    uint8_t *tag = memchr(at + 2 + 3, 0xa3, len - 5);
    expect(tag != NULL);
    *tag = ZSNMP_PDU_RESPONSE;
    return len;
}

static void make_answers(void)
{
    static uint32_t columns[ROWS][11];
    struct zsnmp_item rows[ROWS];
    struct zsnmp_item one = {
        .oid = sys_uptime, .oid_len = 9, .type = ZSNMP_TIMETICKS, .value.u = 123456789};
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint32_t name[11] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 10, i + 1};
        memcpy(columns[i], name, sizeof name);
        rows[i] = (struct zsnmp_item){.next = i + 1 < ROWS ? &rows[i + 1] : NULL,
                                      .oid = columns[i],
                                      .oid_len = 11,
                                      .type = ZSNMP_COUNTER32,
                                      .value.u = 1234567 * (i + 1)};
    }
    answer_len = make_answer(answer_data, sizeof answer_data, &one);
    table_len = make_answer(table_data, sizeof table_data, rows);
}

static void on_send(void *owner, void *of, int32_t id, const uint8_t *data, size_t len)
{
    (void)owner;
    (void)of;
    (void)id;
    (void)data;
    expect(len > 0);
}

static void on_answer(void *owner, void *of, struct zsnmp_answer *answer)
{
    (void)owner;
    (void)of;
    (void)answer;
}

static bool on_report(void *owner, void *of, const struct zsnmp_report *report)
{
    (void)owner;
    (void)of;
    (void)report;
    return true;
}

static void on_trip(void *owner)
{
    (void)owner;
}

static void make_link(void)
{
    static const struct zsnmp_link_ops ops = {
        .send = on_send, .answer = on_answer, .report = on_report, .trip = on_trip};
    static const uint8_t engine[] = {0x80, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct zsnmp_creds creds = {.version = ZSNMP_V3,
                                .level = ZSNMP_AUTH_PRIV,
                                .auth_proto = ZSNMP_AUTH_SHA,
                                .priv_proto = ZSNMP_PRIV_AES128,
                                .user = {"user", 4}};
    struct zsnmp_key auth;
    struct zsnmp_key priv;
    zsnmp_snmp_init();
    expect(zsnmp_key_derive(ZSNMP_AUTH_SHA, "pass-phrase", 11, &auth) == ZSNMP_OK);
    expect(zsnmp_key_derive(ZSNMP_AUTH_SHA, "pass-phrase", 11, &priv) == ZSNMP_OK);
    link = zsnmp_link_new(&ops, NULL, &creds, &auth, &priv);
    expect(link != NULL);
    expect(zsnmp_link_set_engine(link, engine, sizeof engine, 3, 1000) == ZSNMP_OK);
    expect(zsnmp_link_make_user(link) == ZSNMP_OK);
}

static void prepare(void)
{
    zsnmp_buf_init(&body, 1u << 20);
    zsnmp_buf_init(&out, 1u << 20);
    zsnmp_mp_put_array(&body, BATCH);
    for (uint32_t i = 0; i < BATCH; i++) {
        put_request(i);
    }
    zsnmp_patterns_init(&known);
    request = decode(NULL);
    make_answers();
    zsnmp_heap_init(&timers);
    zsnmp_map_init(&ids);
    for (uint32_t i = 0; i < TIMERS; i++) {
        expect(zsnmp_heap_set(&timers, &nodes[i], 1000 + i));
        expect(zsnmp_map_put(&ids, (uint64_t)i * 7919, &nodes[i]));
    }
    expect(zsnmp_mailbox_init(&mailbox));
}

/* ---- one operation each ---- */

static void do_check(size_t i)
{
    if (i % BATCH == 0) { /* a batch at a time */
        open_body(NULL);
    }
}

static void do_decode(size_t i)
{
    (void)i;
    zsnmp_request_free(decode(NULL));
}

static void do_again(size_t i)
{
    (void)i;
    zsnmp_request_free(decode(&known));
}

static void do_peer(size_t i)
{
    struct zsnmp_peer peer;
    (void)i;
    expect(zsnmp_peer_parse(request->peer.data, request->peer.len, &peer));
}

static void do_build(size_t i)
{
    static uint8_t room[2048];
    struct zsnmp_pdu pdu = {
        .op = ZSNMP_GET, .reqid = (int32_t)i + 0x10000000, .items = request->items};
    expect(zsnmp_community_build(&request->creds, &pdu, room, sizeof room) > 0);
}

static void read_answer(const uint8_t *data, size_t len, bool keep)
{
    struct zsnmp_peek peek;
    struct zsnmp_answer answer;
    zsnmp_varbind_t vb;
    expect(zsnmp_peek(data, len, &peek) && zsnmp_community_open(&answer, &peek));
    while (zsnmp_answer_next(&answer, &vb)) {
        if (keep) {
            zsnmp_wire_add_varbind(request, &vb);
        }
    }
    expect(zsnmp_answer_whole(&answer));
}

static void do_read(size_t i)
{
    (void)i;
    read_answer(answer_data + sizeof answer_data - answer_len, answer_len, false);
}

/* A varbind of a GETBULK's answer, read and encoded. */
static void do_walk(size_t i)
{
    if (i % ROWS == 0) {
        request->reply.varbinds.len = 0;
        request->reply.count = 0;
        read_answer(table_data + sizeof table_data - table_len, table_len, true);
    }
}

static void do_reply(size_t i)
{
    zsnmp_varbind_t vb = {
        .oid = sys_uptime, .oid_len = 9, .type = ZSNMP_TIMETICKS, .value.u = 123456789 + i};
    request->reply.varbinds.len = 0;
    request->reply.count = 0;
    out.len = 0;
    zsnmp_wire_add_varbind(request, &vb);
    zsnmp_wire_put_reply(&out, request);
    expect(!out.failed);
}

/* What a request does to the timers: it gets one, and is answered before that is due. */
static void do_timer(size_t i)
{
    struct zsnmp_heap_node *node = &nodes[i * 31 % TIMERS];
    zsnmp_heap_remove(&timers, node);
    expect(zsnmp_heap_set(&timers, node, (int64_t)(1000 + TIMERS + i)));
}

static void do_map(size_t i)
{
    uint64_t key = (uint64_t)(i * 31 % TIMERS) * 7919;
    void *value = zsnmp_map_get(&ids, key, NULL, NULL);
    expect(value != NULL && zsnmp_map_remove(&ids, key, value));
    expect(zsnmp_map_put(&ids, key, value));
}

static void do_handover(size_t i)
{
    size_t place = i % (sizeof messages / sizeof *messages);
    struct zsnmp_chain chain = {0};
    if (place != 0) { /* all of them at once */
        return;
    }
    for (size_t n = 0; n < sizeof messages / sizeof *messages; n++) {
        zsnmp_chain_add(&chain, &messages[n]);
    }
    zsnmp_mailbox_push_chain(&mailbox, &chain);
    expect(zsnmp_mailbox_take(&mailbox) == &messages[0]);
}

static void do_v3(size_t i)
{
    struct zsnmp_pdu pdu = {
        .op = ZSNMP_GET, .reqid = (int32_t)(i & 0xffff) + 1, .items = request->items};
    if (link == NULL) {
        make_link();
    }
    expect(zsnmp_link_send(link, request, &pdu) == ZSNMP_OK);
    zsnmp_link_cancel(link, pdu.reqid);
}

static const struct layer {
    const char *name;
    const char *what;
    void (*work)(size_t i);
} layers[] = {
    {"check", "a message of a batch of 50 checked as MessagePack", do_check},
    {"decode", "… checked and decoded into a request, and that freed", do_decode},
    {"again", "… where all but id, peer and community was there before", do_again},
    {"peer", "a peer parsed", do_peer},
    {"build", "a GET of version 2c built", do_build},
    {"read", "its answer admitted and read", do_read},
    {"walk", "a varbind of a GETBULK's answer read and encoded", do_walk},
    {"reply", "a reply with one varbind encoded", do_reply},
    {"timer", "a timer among 10,000 taken out and set anew", do_timer},
    {"map", "an id among 10,000 found, taken out and put in", do_map},
    {"handover", "a message of 64 pushed and taken", do_handover},
    {"v3", "a GET of version 3, SHA and AES-128, built", do_v3},
};
#define LAYERS (sizeof layers / sizeof *layers)

static double time_once(const struct layer *layer)
{
    int64_t start = now_ns();
    size_t n = 0;
    do {
        for (size_t end = n + 6400; n < end; n++) {
            layer->work(n);
        }
    } while (now_ns() - start < ROUND_NS);
    return (double)(now_ns() - start) / (double)n;
}

static int order(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return difference < 0 ? -1 : difference > 0;
}

static void print_times(void)
{
    for (size_t i = 0; i < LAYERS; i++) {
        double times[ROUNDS];
        for (size_t n = 0; n < ROUNDS; n++) {
            times[n] = time_once(&layers[i]);
        }
        qsort(times, ROUNDS, sizeof *times, order);
        printf("%-10s %8.1f ns  %s\n", layers[i].name, times[ROUNDS / 2], layers[i].what);
    }
}

int main(int argc, char **argv)
{
    prepare();
    if (argc == 1) {
        print_times();
        return 0;
    }
    for (size_t i = 0; argc == 3 && i < LAYERS; i++) {
        if (strcmp(argv[1], layers[i].name) == 0) {
            for (size_t n = 0, end = (size_t)atoll(argv[2]); n < end; n++) {
                layers[i].work(n);
            }
            return 0;
        }
    }
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < LAYERS; i++) {
            printf("%s\n", layers[i].name);
        }
        return 0;
    }
    fprintf(stderr, "usage: layers [--list | NAME N]\n");
    return 2;
}
