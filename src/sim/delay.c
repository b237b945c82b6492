/*
 * See delay.h.
 */
#include "sim/delay.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_MAX 64
#define NS_PER_MS 1000000u

struct zsnmp_sim_delayed {
    uint64_t due_ns;
    int fd;
    socklen_t name_len;
    size_t control_len;
    size_t len;
    struct sockaddr_storage name;
    union {
        uint8_t bytes[CONTROL_MAX];
        struct cmsghdr align;
    } control;
    uint8_t data[];
};

void zsnmp_sim_delays_clear(struct zsnmp_sim_delays *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->heap[i]);
    }
    free(self->heap);
    *self = (struct zsnmp_sim_delays){0};
}

static void swap(struct zsnmp_sim_delays *self, size_t a, size_t b)
{
    struct zsnmp_sim_delayed *item = self->heap[a];
    self->heap[a] = self->heap[b];
    self->heap[b] = item;
}

static bool earlier(const struct zsnmp_sim_delays *self, size_t a, size_t b)
{
    return self->heap[a]->due_ns < self->heap[b]->due_ns;
}

static bool reserve(struct zsnmp_sim_delays *self)
{
    if (self->count < self->room) {
        return true;
    }
    size_t room = self->room == 0 ? 256 : 2 * self->room;
    struct zsnmp_sim_delayed **heap = realloc(self->heap, room * sizeof *heap);
    if (heap == NULL) {
        return false;
    }
    self->heap = heap;
    self->room = room;
    return true;
}

bool zsnmp_sim_delays_add(struct zsnmp_sim_delays *self, uint64_t due_ns, int fd,
                          const struct msghdr *message)
{
    const struct iovec *data = message->msg_iov;
    if (self->count == ZSNMP_SIM_DELAYED_MAX || message->msg_controllen > CONTROL_MAX ||
        !reserve(self)) {
        return false;
    }
    struct zsnmp_sim_delayed *item = malloc(sizeof *item + data->iov_len);
    if (item == NULL) {
        return false;
    }
    item->due_ns = due_ns;
    item->fd = fd;
    item->name_len = message->msg_namelen;
    item->control_len = message->msg_controllen;
    item->len = data->iov_len;
    memcpy(&item->name, message->msg_name, message->msg_namelen);
    if (item->control_len > 0) {
        memcpy(item->control.bytes, message->msg_control, item->control_len);
    }
    memcpy(item->data, data->iov_base, data->iov_len);
    size_t at = self->count++;
    self->heap[at] = item;
    for (; at > 0 && earlier(self, at, (at - 1) / 2); at = (at - 1) / 2) {
        swap(self, at, (at - 1) / 2);
    }
    return true;
}

static struct zsnmp_sim_delayed *take_first(struct zsnmp_sim_delays *self)
{
    struct zsnmp_sim_delayed *item = self->heap[0];
    self->heap[0] = self->heap[--self->count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < self->count; child++) {
            least = earlier(self, child, least) ? child : least;
        }
        if (least == at) {
            return item;
        }
        swap(self, at, least);
        at = least;
    }
}

static bool send_one(struct zsnmp_sim_delayed *item)
{
    struct iovec data = {item->data, item->len};
    struct msghdr message = {.msg_name = &item->name,
                             .msg_namelen = item->name_len,
                             .msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = item->control_len > 0 ? item->control.bytes : NULL,
                             .msg_controllen = item->control_len};
    return sendmsg(item->fd, &message, MSG_DONTWAIT) >= 0;
}

size_t zsnmp_sim_delays_send(struct zsnmp_sim_delays *self, uint64_t now_ns, size_t *sent)
{
    size_t lost = 0;
    *sent = 0;
    while (self->count > 0 && self->heap[0]->due_ns <= now_ns) {
        struct zsnmp_sim_delayed *item = take_first(self);
        if (send_one(item)) {
            (*sent)++;
        } else {
            lost++;
        }
        free(item);
    }
    return lost;
}

int zsnmp_sim_delays_wait(const struct zsnmp_sim_delays *self, uint64_t now_ns)
{
    if (self->count == 0) {
        return -1;
    }
    uint64_t due = self->heap[0]->due_ns;
    uint64_t left = due > now_ns ? (due - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}
