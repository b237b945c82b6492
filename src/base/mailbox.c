/*
 * Mailbox between threads; see mailbox.h. A push is one compare-and-swap, a
 * take one exchange. The signal goes out only on the step from empty to not
 * empty: while the receiver is busy, senders make no system call.
 */
#include "mailbox.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool zsnmp_mailbox_init(struct zsnmp_mailbox *self)
{
    atomic_init(&self->head, NULL);
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
        last->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&self->head, &head, first, memory_order_release,
                                                    memory_order_relaxed));
    if (head == NULL) {
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

struct zsnmp_msg *zsnmp_mailbox_take(struct zsnmp_mailbox *self)
{
    /* Also where the mailbox is empty: a signal left from an earlier take would keep fd readable.
     */
    uint64_t count;
    ssize_t got = read(self->fd, &count, sizeof count);
    (void)got; /* EAGAIN: a sender has pushed but not signalled yet; its signal wakes us for nothing
                */
    return reverse(atomic_exchange_explicit(&self->head, NULL, memory_order_acquire));
}
