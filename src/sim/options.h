/*
 * The command line, and the world it describes.
 */
#ifndef ZSNMP_SIM_OPTIONS_H
#define ZSNMP_SIM_OPTIONS_H

#include "sim/agent.h"

#define ZSNMP_SIM_THREADS_MAX 64

struct zsnmp_sim_options {
    uint16_t port;
    const char *bind;    /* NULL: all of 127/8, and ::1 */
    const char *control; /* path of the control socket, or NULL */
    bool allow_remote;
    bool stats;
    bool exit_with_parent;
    size_t threads;
    int rcvbuf;
    struct zsnmp_sim_world *world;
};

enum zsnmp_sim_options_result {
    ZSNMP_SIM_OPTIONS_RUN,
    ZSNMP_SIM_OPTIONS_DONE, /* --help, --version: printed */
    ZSNMP_SIM_OPTIONS_WRONG /* and said so on stderr */
};

enum zsnmp_sim_options_result zsnmp_sim_options_parse(struct zsnmp_sim_options *options, int argc,
                                                      char **argv);

/* world.c */
struct zsnmp_sim_world *zsnmp_sim_world_new(void);
void zsnmp_sim_world_destroy(struct zsnmp_sim_world **self);
bool zsnmp_sim_world_add_community(struct zsnmp_sim_world *self, const char *name, bool may_write);
bool zsnmp_sim_world_add_context(struct zsnmp_sim_world *self, const char *name);

/* sockets.c: all sockets of a simulator, bound to one port number. */
struct zsnmp_sim_sockets {
    uint16_t port;
    size_t threads;
    int udp4[ZSNMP_SIM_THREADS_MAX];
    int udp6;
    int tcp4;
    int tcp6;
    uint64_t key_v6;
};

/* Where IPv6 is not there and was not asked for by name, udp6 and tcp6 are -1. */
bool zsnmp_sim_sockets_open(struct zsnmp_sim_sockets *sockets,
                            const struct zsnmp_sim_options *options);

#endif
