/*
 * Names and their addresses, looked up with c-ares without blocking; used by
 * the resolver's thread only.
 */
#ifndef ZSNMP_POOL_NAMES_H
#define ZSNMP_POOL_NAMES_H

#include <poll.h>

#include "base/addr.h"
#include "base/list.h"
#include "base/request.h"

#define ZSNMP_NAMES_MAX 65536u /* names remembered; those being looked up come on top */
#define ZSNMP_NAMES_FDS 17     /* sockets of c-ares and one of the owner's */

struct zsnmp_names;

enum zsnmp_name_state { ZSNMP_NAME_PENDING = 0, ZSNMP_NAME_KNOWN, ZSNMP_NAME_FAILED };

/* A name became known or failed: its waiting requests are in `waiting`, linked by run.link. */
typedef void zsnmp_names_done_fn(void *arg, struct zsnmp_list *waiting, zsnmp_err_t err,
                                 const struct zsnmp_addr *addr);

/* servers: "addr[:port],…" or NULL for the system's. NULL: no memory, or bad servers. */
struct zsnmp_names *zsnmp_names_new(const char *servers, uint64_t seed);

/* Who is told; before the first question. */
void zsnmp_names_bind(struct zsnmp_names *self, zsnmp_names_done_fn *done, void *arg);

/* Requests that still wait are handed to done with UNREACHABLE. */
void zsnmp_names_destroy(struct zsnmp_names **self_p);

/*
 * Asks for a name. KNOWN: *addr has its address, port and transport are the
 * caller's. FAILED: *err says why. PENDING: the request waits, done is called
 * later (and never before this returns).
 */
enum zsnmp_name_state zsnmp_names_ask(struct zsnmp_names *self, const struct zsnmp_peer *peer,
                                      struct zsnmp_request *request, int64_t now_us,
                                      struct zsnmp_addr *addr, zsnmp_err_t *err);

/* Descriptors to poll, appended at fds[n]; returns the new n. *wait_ms is lowered where needed. */
nfds_t zsnmp_names_poll(struct zsnmp_names *self, struct pollfd *fds, nfds_t n, int *wait_ms);

/* After poll: reads, writes and times out. */
void zsnmp_names_process(struct zsnmp_names *self, const struct pollfd *fds, nfds_t n,
                         int64_t now_us);

/* Look-ups done so far. */
uint64_t zsnmp_names_count(const struct zsnmp_names *self);

#endif
