/*
 * The control socket: rules and questions while the simulator runs, a line each, and a line back.
 */
#ifndef ZSNMP_SIM_CONTROL_H
#define ZSNMP_SIM_CONTROL_H

#include "sim/loop.h"

#include <stdio.h>

/* Prints all counters as " name=value …", no newline. */
typedef void zsnmp_sim_print_fn(void *arg, FILE *to);

struct zsnmp_sim_control;

/* Listens at a path, where a socket that nobody listens at any more is replaced. NULL, and the
 * reason in errno. Lives in the thread of the loop. */
struct zsnmp_sim_control *zsnmp_sim_control_new(struct zsnmp_sim_loop *loop, const char *path,
                                                zsnmp_sim_print_fn *print, void *arg);
/* Ends the connections and removes the socket. */
void zsnmp_sim_control_destroy(struct zsnmp_sim_control **self);

#endif
