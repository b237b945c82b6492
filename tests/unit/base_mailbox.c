/*
 * Mailboxes: each sender's order is kept, nothing is lost or comes twice, and whoever polls the
 * descriptor is woken.
 */
#include "base/mailbox.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#define SENDERS 4
#define MESSAGES 20000
#define PATIENCE_MS 60000

struct letter {
    struct zsnmp_msg msg;
    int sender;
    int number;
};

static bool readable(const struct zsnmp_mailbox *box, int wait_ms)
{
    struct pollfd item = {.fd = box->fd, .events = POLLIN};
    return poll(&item, 1, wait_ms) == 1;
}

/* As a receiver waits; false: nothing came. */
static bool comes(struct zsnmp_mailbox *box, int wait_ms)
{
    return !zsnmp_mailbox_doze(box) || readable(box, wait_ms);
}

Test(base_mailbox, empty)
{
    struct zsnmp_mailbox box;
    struct zsnmp_chain none = {0};
    cr_assert(zsnmp_mailbox_init(&box));
    cr_assert_not(comes(&box, 0));
    cr_assert_null(zsnmp_mailbox_take(&box));
    zsnmp_mailbox_push_chain(&box, &none);
    cr_assert_not(comes(&box, 0));
    cr_assert_not(comes(&box, 0), "waiting again is no different");
    zsnmp_mailbox_close(&box);
    zsnmp_mailbox_close(&box);
}

Test(base_mailbox, order_is_kept_through_pushes_and_chains)
{
    struct zsnmp_mailbox box;
    struct letter letters[7];
    struct zsnmp_chain chain = {0};
    cr_assert(zsnmp_mailbox_init(&box));
    zsnmp_mailbox_push(&box, &letters[0].msg);
    for (int i = 1; i < 4; i++) {
        zsnmp_chain_add(&chain, &letters[i].msg);
    }
    zsnmp_mailbox_push_chain(&box, &chain);
    cr_assert_null(chain.first, "the chain is empty and can be used again");
    zsnmp_chain_add(&chain, &letters[4].msg);
    zsnmp_mailbox_push_chain(&box, &chain);
    zsnmp_mailbox_push(&box, &letters[5].msg);
    zsnmp_mailbox_push(&box, &letters[6].msg);
    cr_assert_not(readable(&box, 0), "nobody waits: nobody is signalled");
    cr_assert_not(zsnmp_mailbox_doze(&box), "and nobody has to");
    struct zsnmp_msg *msg = zsnmp_mailbox_take(&box);
    for (int i = 0; i < 7; i++, msg = msg->next) {
        cr_assert_eq(msg, &letters[i].msg);
    }
    cr_assert_null(msg);
    cr_assert_not(comes(&box, 0));
    zsnmp_mailbox_close(&box);
}

Test(base_mailbox, whoever_waits_is_woken)
{
    struct zsnmp_mailbox box;
    struct letter letter;
    cr_assert(zsnmp_mailbox_init(&box));
    for (int i = 0; i < 1000; i++) {
        cr_assert(zsnmp_mailbox_doze(&box));
        cr_assert_not(readable(&box, 0));
        zsnmp_mailbox_push(&box, &letter.msg);
        cr_assert(readable(&box, 0));
        cr_assert_not(zsnmp_mailbox_doze(&box));
        cr_assert_eq(zsnmp_mailbox_take(&box), &letter.msg);
        cr_assert_null(letter.msg.next);
    }
    cr_assert_not(comes(&box, 0), "taking clears the signal");
    zsnmp_mailbox_close(&box);
}

/* Something else has woken the receiver, which is not told of a message then, and takes it. */
Test(base_mailbox, taken_without_waiting)
{
    struct zsnmp_mailbox box;
    struct letter letter;
    cr_assert(zsnmp_mailbox_init(&box));
    cr_assert(zsnmp_mailbox_doze(&box));
    cr_assert_null(zsnmp_mailbox_take(&box));
    zsnmp_mailbox_push(&box, &letter.msg);
    cr_assert_not(readable(&box, 0));
    cr_assert_eq(zsnmp_mailbox_take(&box), &letter.msg);
    cr_assert_null(zsnmp_mailbox_take(&box));
    zsnmp_mailbox_close(&box);
}

struct sender {
    struct zsnmp_mailbox *box;
    struct letter *letters;
    int number;
};

/* Some one by one, some in chains of different lengths. */
static void *send_all(void *arg)
{
    struct sender *self = arg;
    struct zsnmp_chain chain = {0};
    for (int i = 0; i < MESSAGES; i++) {
        struct letter *letter = &self->letters[i];
        letter->sender = self->number;
        letter->number = i;
        if (i % 100 < 50) {
            zsnmp_mailbox_push(self->box, &letter->msg);
            continue;
        }
        zsnmp_chain_add(&chain, &letter->msg);
        if (i % 7 == 0 || i % 100 == 99) {
            zsnmp_mailbox_push_chain(self->box, &chain);
        }
    }
    zsnmp_mailbox_push_chain(self->box, &chain);
    return NULL;
}

/* The receiver sleeps whenever there is nothing: a lost wake-up ends in the time-out of poll. */
static void receive_all(struct zsnmp_mailbox *box)
{
    int next[SENDERS] = {0};
    int left = SENDERS * MESSAGES;
    while (left > 0) {
        cr_assert(comes(box, PATIENCE_MS), "%d messages never came", left);
        for (struct zsnmp_msg *msg = zsnmp_mailbox_take(box); msg != NULL; msg = msg->next) {
            const struct letter *letter = (const struct letter *)(const void *)msg;
            cr_assert_eq(letter->number, next[letter->sender]);
            next[letter->sender]++;
            left--;
        }
    }
    cr_assert_null(zsnmp_mailbox_take(box));
}

Test(base_mailbox, several_senders)
{
    struct zsnmp_mailbox box;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    cr_assert(zsnmp_mailbox_init(&box));
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.box = &box, .number = i};
        senders[i].letters = calloc(MESSAGES, sizeof *senders[i].letters);
        cr_assert_not_null(senders[i].letters);
        cr_assert_eq(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    receive_all(&box);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        free(senders[i].letters);
    }
    zsnmp_mailbox_close(&box);
}

struct echo {
    struct zsnmp_mailbox in;
    struct zsnmp_mailbox out;
};

static void *echo_all(void *arg)
{
    struct echo *self = arg;
    for (int i = 0; i < MESSAGES;) {
        if (!comes(&self->in, PATIENCE_MS)) {
            return NULL;
        }
        struct zsnmp_msg *msg = zsnmp_mailbox_take(&self->in);
        while (msg != NULL) {
            struct zsnmp_msg *next = msg->next;
            zsnmp_mailbox_push(&self->out, msg);
            msg = next;
            i++;
        }
    }
    return self;
}

/* Ping and pong wait for each other each time: each of them needs its wake-up. */
Test(base_mailbox, no_wake_up_is_lost)
{
    struct echo echo;
    struct letter letter;
    pthread_t thread;
    void *ended = NULL;
    cr_assert(zsnmp_mailbox_init(&echo.in));
    cr_assert(zsnmp_mailbox_init(&echo.out));
    cr_assert_eq(pthread_create(&thread, NULL, echo_all, &echo), 0);
    for (int i = 0; i < MESSAGES; i++) {
        zsnmp_mailbox_push(&echo.in, &letter.msg);
        struct zsnmp_msg *back = NULL;
        while (back == NULL) { /* a signal may come late, for a message that is taken already */
            cr_assert(comes(&echo.out, PATIENCE_MS), "message %d never came back", i);
            back = zsnmp_mailbox_take(&echo.out);
        }
        cr_assert_eq(back, &letter.msg);
    }
    pthread_join(thread, &ended);
    cr_assert_eq(ended, &echo);
    zsnmp_mailbox_close(&echo.in);
    zsnmp_mailbox_close(&echo.out);
}
