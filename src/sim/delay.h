/*
 * Datagrams that leave later: a heap of them by time. One thread's own. Bounded; beyond it a
 * datagram is lost, as in a queue on the way.
 */
#ifndef ZSNMP_SIM_DELAY_H
#define ZSNMP_SIM_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ZSNMP_SIM_DELAYED_MAX 65536

struct zsnmp_sim_delays {
    size_t count;
    size_t room;
    struct zsnmp_sim_delayed **heap; /* the earliest first */
};

void zsnmp_sim_delays_clear(struct zsnmp_sim_delays *self);
/* Copies the message with its address and control data; the socket must live until it has left.
 * False: there are too many, or no memory. */
bool zsnmp_sim_delays_add(struct zsnmp_sim_delays *self, uint64_t due_ns, int fd,
                          const struct msghdr *message);
/* Sends what is due; returns how many the kernel would not take, and through *sent how many it did.
 */
size_t zsnmp_sim_delays_send(struct zsnmp_sim_delays *self, uint64_t now_ns, size_t *sent);
/* Milliseconds until the earliest is due, rounded up; -1: there is none. */
int zsnmp_sim_delays_wait(const struct zsnmp_sim_delays *self, uint64_t now_ns);

#endif
