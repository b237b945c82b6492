/*
 * One thread's event loop: a handful of sockets, one agent. A source is told when its descriptor
 * is ready and may close itself, but no other source, from there.
 */
#ifndef ZSNMP_SIM_LOOP_H
#define ZSNMP_SIM_LOOP_H

#include "sim/agent.h"

#include <sys/socket.h>

struct zsnmp_sim_loop;

/* First member of whatever waits for a descriptor. */
struct zsnmp_sim_source {
    int fd;
    void (*ready)(struct zsnmp_sim_source *self, uint32_t events);
};

/* The agent must outlive the loop. start_ns: CLOCK_MONOTONIC when the simulator started. */
struct zsnmp_sim_loop *zsnmp_sim_loop_new(struct zsnmp_sim_agent *agent, uint64_t start_ns);
void zsnmp_sim_loop_destroy(struct zsnmp_sim_loop **self);
struct zsnmp_sim_agent *zsnmp_sim_loop_agent(struct zsnmp_sim_loop *self);

bool zsnmp_sim_loop_add(struct zsnmp_sim_loop *self, struct zsnmp_sim_source *source,
                        uint32_t events);
bool zsnmp_sim_loop_change(struct zsnmp_sim_loop *self, struct zsnmp_sim_source *source,
                           uint32_t events);
/* A datagram that leaves so many milliseconds from now; lost where there are too many. */
void zsnmp_sim_loop_delay(struct zsnmp_sim_loop *self, uint32_t delay_ms, int fd,
                          const struct msghdr *message);
/* Runs until somebody, in any thread, says stop. False where waiting itself failed. */
bool zsnmp_sim_loop_run(struct zsnmp_sim_loop *self);
void zsnmp_sim_loop_stop(struct zsnmp_sim_loop *self);

uint64_t zsnmp_sim_monotonic_ns(void);

/* Is the peer this machine itself (127/8 or ::1)? */
bool zsnmp_sim_is_loopback(const struct sockaddr_storage *peer);

/* udp.c and tcp.c: a bound (and listening) socket, which the source takes over. NULL where memory
 * or epoll fails; the descriptor is then closed too. key_v6: the device of an IPv6 socket. */
struct zsnmp_sim_source *zsnmp_sim_udp_new(struct zsnmp_sim_loop *loop, int fd, bool allow_remote,
                                           uint64_t key_v6);
void zsnmp_sim_udp_destroy(struct zsnmp_sim_source **self);
struct zsnmp_sim_source *zsnmp_sim_tcp_new(struct zsnmp_sim_loop *loop, int fd, bool allow_remote);
void zsnmp_sim_tcp_destroy(struct zsnmp_sim_source **self);

#endif
