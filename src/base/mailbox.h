/*
 * Messages between threads: many senders, one receiver, no lock. Senders push
 * onto an atomic stack; the receiver takes all at once and gets them in the
 * order in which they were pushed. Before the receiver waits it says so, and its
 * poll watches fd, which the first message makes readable. While it does not wait
 * nobody makes a system call.
 *
 * This is the only means by which threads of zsnmp share anything but
 * counters. A message belongs to the mailbox from push to take.
 */
#ifndef ZSNMP_BASE_MAILBOX_H
#define ZSNMP_BASE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct zsnmp_msg {
    struct zsnmp_msg *next;
    int kind; /* what it is: an enum of the receiver's */
};

struct zsnmp_mailbox {
    _Atomic(struct zsnmp_msg *) head;
    int fd;     /* eventfd, owned */
    bool dozes; /* the receiver's: it may have been signalled */
};

/* false: no file descriptor left. */
bool zsnmp_mailbox_init(struct zsnmp_mailbox *self);
void zsnmp_mailbox_close(
    struct zsnmp_mailbox *self); /* messages in it are the caller's to take first */

/* Any thread, never blocks, cannot fail. */
void zsnmp_mailbox_push(struct zsnmp_mailbox *self, struct zsnmp_msg *msg);

/* Messages collected by one sender, pushed in one go with at most one wake-up. */
struct zsnmp_chain {
    struct zsnmp_msg *first;
    struct zsnmp_msg *last;
};

static inline void zsnmp_chain_add(struct zsnmp_chain *self, struct zsnmp_msg *msg)
{
    msg->next = NULL;
    if (self->first == NULL) {
        self->first = msg;
    } else {
        self->last->next = msg;
    }
    self->last = msg;
}

/* Pushes all and empties the chain; nothing happens where it is empty. */
void zsnmp_mailbox_push_chain(struct zsnmp_mailbox *self, struct zsnmp_chain *chain);

/*
 * The receiver, before it waits: from now on, until it takes, the first message that comes makes fd
 * readable. false: there is one already, and nothing to wait for.
 */
bool zsnmp_mailbox_doze(struct zsnmp_mailbox *self);

/*
 * The receiver, whether it has waited or not: takes all messages, oldest first, linked by next.
 * NULL: none; fd may have been readable all the same, for one that was taken before.
 */
struct zsnmp_msg *zsnmp_mailbox_take(struct zsnmp_mailbox *self);

#endif
