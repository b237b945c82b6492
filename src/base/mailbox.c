/*
 * Mailbox between threads; see mailbox.h. A push is one compare-and-swap, a
 * take one exchange. That the receiver waits is a mark in the place of the first
 * message: whoever replaces it sends the signal.
 */
#include "mailbox.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct zsnmp_msg waits; /* the mark; nothing is ever in it */

bool zsnmp_mailbox_init(struct zsnmp_mailbox *self)
{
    atomic_init(&self->head, NULL);
    self->dozes = false;
    self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return self->fd >= 0;
}

void zsnmp_mailbox_close(struct zsnmp_mailbox *self)
{
    if (self->fd >= 0) {
        close(self->fd);
        self->fd = -1;
    }
}

/* Cannot fail but for EAGAIN at 2^64 - 1 unread signals, when the receiver is awake anyway. */
static void signal_receiver(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    (void)written;
}

/* first is the newest message, last the oldest: they are a stack until taken. */
static void push_stack(struct zsnmp_mailbox *self, struct zsnmp_msg *first, struct zsnmp_msg *last)
{
    int fd = self->fd; /* once pushed, the receiver may end and free the mailbox */
    struct zsnmp_msg *head = atomic_load_explicit(&self->head, memory_order_relaxed);
    do {
        last->next = head == &waits ? NULL : head;
    } while (!atomic_compare_exchange_weak_explicit(&self->head, &head, first, memory_order_release,
                                                    memory_order_relaxed));
    if (head == &waits) {
        signal_receiver(fd);
    }
}

static struct zsnmp_msg *reverse(struct zsnmp_msg *stack)
{
    struct zsnmp_msg *queue = NULL;
    while (stack != NULL) {
        struct zsnmp_msg *next = stack->next;
        stack->next = queue;
        queue = stack;
        stack = next;
    }
    return queue;
}

void zsnmp_mailbox_push(struct zsnmp_mailbox *self, struct zsnmp_msg *msg)
{
    push_stack(self, msg, msg);
}

void zsnmp_mailbox_push_chain(struct zsnmp_mailbox *self, struct zsnmp_chain *chain)
{
    if (chain->first == NULL) {
        return;
    }
    struct zsnmp_msg *oldest = chain->first;
    struct zsnmp_msg *newest = reverse(chain->first);
    *chain = (struct zsnmp_chain){0};
    push_stack(self, newest, oldest);
}

bool zsnmp_mailbox_doze(struct zsnmp_mailbox *self)
{
    struct zsnmp_msg *head = NULL;
    (void)atomic_compare_exchange_strong_explicit(&self->head, &head, &waits, memory_order_relaxed,
                                                  memory_order_relaxed);
    bool marked = head == NULL || head == &waits;
    self->dozes = self->dozes || marked;
    return marked;
}

/*
 * The signal is cleared before anything is taken, whether it is seen to be there or not: a sender
 * may have pushed and not signalled yet. Its signal then ends the next wait for nothing.
 */
struct zsnmp_msg *zsnmp_mailbox_take(struct zsnmp_mailbox *self)
{
    uint64_t count;
    if (self->dozes) {
        ssize_t got = read(self->fd, &count, sizeof count);
        (void)got; /* EAGAIN: something else has ended the wait */
        self->dozes = false;
    }
    struct zsnmp_msg *head = atomic_exchange_explicit(&self->head, NULL, memory_order_acquire);
    return reverse(head == &waits ? NULL : head);
}
