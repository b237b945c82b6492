/*
 * What it costs to hand a request from one thread to another: our mailbox
 * against an inproc PAIR of ZeroMQ, one at a time and in batches. Prints CPU
 * of both threads together per request, the median of several runs.
 *
 *     make bench-handover
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

#include <poll.h>

#include "base/mailbox.h"

#define REQUESTS 1000000u
#define BATCH 64u
#define RUNS 7u

struct lane {
    struct zsnmp_mailbox mailbox;
    void *context;
    unsigned batch;
};

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void *take_mail(void *arg)
{
    struct lane *lane = arg;
    struct pollfd item = {.fd = lane->mailbox.fd, .events = POLLIN};
    for (unsigned got = 0; got < REQUESTS;) {
        struct zsnmp_msg *msg = zsnmp_mailbox_take(&lane->mailbox);
        if (msg == NULL && zsnmp_mailbox_doze(&lane->mailbox)) {
            poll(&item, 1, 1000);
        }
        for (; msg != NULL; msg = msg->next) {
            got++;
        }
    }
    return NULL;
}

static void send_mail(struct lane *lane, struct zsnmp_msg *messages)
{
    struct zsnmp_chain chain = {0};
    for (unsigned i = 0; i < REQUESTS; i++) {
        zsnmp_chain_add(&chain, &messages[i]);
        if ((i + 1) % lane->batch == 0 || i + 1 == REQUESTS) {
            zsnmp_mailbox_push_chain(&lane->mailbox, &chain);
        }
    }
}

static void *take_zmq(void *arg)
{
    struct lane *lane = arg;
    void *socket = zmq_socket(lane->context, ZMQ_PAIR);
    zmq_connect(socket, "inproc://handover");
    zmq_msg_t msg;
    zmq_msg_init(&msg);
    for (unsigned got = 0; got < REQUESTS;) {
        if (zmq_msg_recv(&msg, socket, 0) >= 0) {
            got += (unsigned)(zmq_msg_size(&msg) / sizeof(void *));
        }
    }
    zmq_msg_close(&msg);
    zmq_close(socket);
    return NULL;
}

static void send_zmq(struct lane *lane, struct zsnmp_msg *messages, void *socket)
{
    void *batch[BATCH];
    unsigned n = 0;
    for (unsigned i = 0; i < REQUESTS; i++) {
        batch[n++] = &messages[i];
        if (n == lane->batch || i + 1 == REQUESTS) {
            zmq_send(socket, batch, n * sizeof *batch, 0);
            n = 0;
        }
    }
}

static double run(bool zmq, unsigned batch, struct zsnmp_msg *messages)
{
    struct lane lane = {.batch = batch, .context = zmq_ctx_new()};
    void *socket = zmq_socket(lane.context, ZMQ_PAIR);
    pthread_t taker;
    if (!zsnmp_mailbox_init(&lane.mailbox) || zmq_bind(socket, "inproc://handover") != 0 ||
        pthread_create(&taker, NULL, zmq ? take_zmq : take_mail, &lane) != 0) {
        perror("handover");
        exit(1);
    }
    double before = cpu_us();
    if (zmq) {
        send_zmq(&lane, messages, socket);
    } else {
        send_mail(&lane, messages);
    }
    pthread_join(taker, NULL);
    double cost = (cpu_us() - before) / REQUESTS;
    zsnmp_mailbox_close(&lane.mailbox);
    zmq_close(socket);
    zmq_ctx_term(lane.context);
    return cost;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(bool zmq, unsigned batch, struct zsnmp_msg *messages)
{
    double costs[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        costs[i] = run(zmq, batch, messages);
    }
    qsort(costs, RUNS, sizeof *costs, compare);
    return costs[RUNS / 2];
}

int main(void)
{
    struct zsnmp_msg *messages = calloc(REQUESTS, sizeof *messages);
    if (messages == NULL) {
        perror("handover");
        return 1;
    }
    printf("hand-over, CPU of both threads per request, median of %u runs of %u\n", RUNS, REQUESTS);
    for (unsigned batch = 1; batch <= BATCH; batch *= BATCH) {
        double mailbox = median(false, batch, messages);
        double pair = median(true, batch, messages);
        printf("  batches of %2u: mailbox %.3f us, inproc PAIR %.3f us, ratio %.1f\n", batch,
               mailbox, pair, pair / mailbox);
    }
    free(messages);
    return 0;
}
