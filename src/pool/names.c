/*
 * Names; see names.h. Answers are kept as long as their TTL says, within
 * bounds: neither a query for each request nor an address for ever.
 */
#include "pool/names.h"

#include <ares.h>
#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "zsnmp.h"

#define TTL_MIN_S 5
#define TTL_MAX_S 600
#define TTL_FAILED_S 5
#define QUERY_MS 2000 /* c-ares: first time-out of a query, doubled each round */
#define QUERY_TRIES 3

struct name {
    struct zsnmp_list recent; /* not while pending */
    struct zsnmp_list waiting;
    struct zsnmp_names *names;
    uint64_t hash;
    int family; /* asked for */
    int asking; /* the family of the query under way */
    uint8_t state;
    zsnmp_err_t err;
    int64_t expires_us;
    struct zsnmp_addr addr;
    char host[ZSNMP_HOST_MAX + 1];
};

struct zsnmp_names {
    ares_channel channel;
    struct zsnmp_map map;
    struct zsnmp_list recent; /* longest unused first */
    size_t count;
    uint64_t seed;
    uint64_t lookups;
    int64_t now_us;
    zsnmp_names_done_fn *done;
    void *arg;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_ares(void)
{
    ares_library_init(ARES_LIB_INIT_ALL);
}

struct zsnmp_names *zsnmp_names_new(const char *servers, uint64_t seed)
{
    struct ares_options options = {.timeout = QUERY_MS, .tries = QUERY_TRIES};
    struct zsnmp_names *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    pthread_once(&once, init_ares);
    self->seed = seed;
    zsnmp_map_init(&self->map);
    zsnmp_list_init(&self->recent);
    if (ares_init_options(&self->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) !=
        ARES_SUCCESS) {
        free(self);
        return NULL;
    }
    if (servers != NULL && ares_set_servers_ports_csv(self->channel, servers) != ARES_SUCCESS) {
        zsnmp_names_destroy(&self);
    }
    return self;
}

void zsnmp_names_bind(struct zsnmp_names *self, zsnmp_names_done_fn *done, void *arg)
{
    self->done = done;
    self->arg = arg;
}

static void drop(struct zsnmp_names *self, struct name *name)
{
    zsnmp_list_remove(&name->recent);
    zsnmp_map_remove(&self->map, name->hash, name);
    self->count--;
    free(name);
}

void zsnmp_names_destroy(struct zsnmp_names **self_p)
{
    struct zsnmp_names *self = *self_p;
    if (self == NULL) {
        return;
    }
    *self_p = NULL;
    ares_destroy(self->channel); /* calls back for what is pending, which then is in recent */
    while (!zsnmp_list_empty(&self->recent)) {
        drop(self, ZSNMP_CONTAINER(self->recent.next, struct name, recent));
    }
    zsnmp_map_clear(&self->map);
    free(self);
}

/* ---- answers ---- */

static const struct ares_addrinfo_node *pick(const struct ares_addrinfo *info, int family)
{
    const struct ares_addrinfo_node *first = NULL;
    for (const struct ares_addrinfo_node *n = info->nodes; n != NULL; n = n->ai_next) {
        if (n->ai_family == AF_INET && family != AF_INET6) {
            return n;
        }
        if (n->ai_family == AF_INET6 && family != AF_INET && first == NULL) {
            first = n;
        }
    }
    return first;
}

static int ttl_of(const struct ares_addrinfo_node *node)
{
    int ttl = node->ai_ttl;
    if (ttl < TTL_MIN_S) {
        return TTL_MIN_S;
    }
    return ttl > TTL_MAX_S ? TTL_MAX_S : ttl;
}

static void settle(struct name *name, int status, const struct ares_addrinfo *info)
{
    const struct ares_addrinfo_node *node =
        status == ARES_SUCCESS && info != NULL ? pick(info, name->family) : NULL;
    int ttl = TTL_FAILED_S;
    if (node != NULL) {
        memcpy(&name->addr.sa, node->ai_addr, (size_t)node->ai_addrlen);
        name->state = ZSNMP_NAME_KNOWN;
        name->err = ZSNMP_OK;
        ttl = ttl_of(node);
    } else {
        bool unknown = status == ARES_SUCCESS || status == ARES_ENOTFOUND ||
                       status == ARES_ENODATA || status == ARES_EBADNAME;
        name->state = ZSNMP_NAME_FAILED;
        name->err = unknown ? ZSNMP_E_BAD_ADDRESS : ZSNMP_E_UNREACHABLE;
    }
    name->expires_us = name->names->now_us + (int64_t)ttl * 1000000;
}

static void query(struct name *name, int family);

/* Whether the name may still have an address of the other family. */
static bool try_next_family(struct name *name, int status)
{
    bool gone = status == ARES_EDESTRUCTION || status == ARES_ECANCELLED;
    if (status == ARES_SUCCESS || gone || name->family != AF_UNSPEC || name->asking != AF_INET) {
        return false;
    }
    query(name, AF_INET6);
    return true;
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct name *name = arg;
    struct zsnmp_names *self = name->names;
    (void)timeouts;
    if (try_next_family(name, status)) {
        if (info != NULL) {
            ares_freeaddrinfo(info);
        }
        return;
    }
    settle(name, status, info);
    if (info != NULL) {
        ares_freeaddrinfo(info);
    }
    self->lookups++;
    zsnmp_list_push(&self->recent, &name->recent);
    self->done(self->arg, &name->waiting, name->err, &name->addr);
}

/* ---- questions ---- */

static bool is_wanted(const void *value, const void *wanted)
{
    const struct name *name = value;
    const struct zsnmp_peer *peer = wanted;
    return name->family == peer->family && strcasecmp(name->host, peer->host) == 0;
}

static uint64_t hash_of(const struct zsnmp_names *self, const struct zsnmp_peer *peer)
{
    char lower[ZSNMP_HOST_MAX + 1];
    size_t len = strlen(peer->host);
    for (size_t i = 0; i < len; i++) {
        lower[i] = (char)tolower((unsigned char)peer->host[i]);
    }
    return zsnmp_hash(self->seed + (uint64_t)peer->family, lower, len);
}

static struct name *new_name(struct zsnmp_names *self, const struct zsnmp_peer *peer, uint64_t hash)
{
    if (self->count >= ZSNMP_NAMES_MAX && !zsnmp_list_empty(&self->recent)) {
        drop(self, ZSNMP_CONTAINER(self->recent.next, struct name, recent));
    }
    struct name *name = calloc(1, sizeof *name);
    if (name == NULL || !zsnmp_map_put(&self->map, hash, name)) {
        free(name);
        return NULL;
    }
    name->names = self;
    name->hash = hash;
    name->family = peer->family;
    memcpy(name->host, peer->host, sizeof name->host);
    zsnmp_list_init(&name->recent);
    zsnmp_list_init(&name->waiting);
    self->count++;
    return name;
}

/*
 * IPv4 first and IPv6 only if there is none: some name servers ignore questions
 * for IPv6, and asking for both waits for both. The answer may come before
 * ares_getaddrinfo() returns (hosts file).
 */
static void query(struct name *name, int family)
{
    struct ares_addrinfo_hints hints = {.ai_family = family, .ai_flags = ARES_AI_NOSORT};
    name->asking = family;
    ares_getaddrinfo(name->names->channel, name->host, NULL, &hints, on_answer, name);
}

/* RFC 6761 section 6.3: these are this machine, whatever files and servers say or do not say. */
static bool is_localhost(const char *host)
{
    static const char local[] = "localhost";
    size_t len = strlen(host);
    size_t tail = sizeof local - 1;
    return len >= tail && strcasecmp(host + len - tail, local) == 0 &&
           (len == tail || host[len - tail - 1] == '.');
}

static void settle_localhost(struct name *name)
{
    if (name->family == AF_INET6) {
        name->addr.in6 =
            (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    } else {
        name->addr.in =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
    name->state = ZSNMP_NAME_KNOWN;
    name->expires_us = INT64_MAX;
    name->names->lookups++;
    zsnmp_list_push(&name->names->recent, &name->recent);
}

static void look_up(struct name *name)
{
    if (is_localhost(name->host)) {
        settle_localhost(name);
        return;
    }
    name->state = ZSNMP_NAME_PENDING;
    zsnmp_list_remove(&name->recent);
    query(name, name->family == AF_UNSPEC ? AF_INET : name->family);
}

enum zsnmp_name_state zsnmp_names_ask(struct zsnmp_names *self, const struct zsnmp_peer *peer,
                                      struct zsnmp_request *request, int64_t now_us,
                                      struct zsnmp_addr *addr, zsnmp_err_t *err)
{
    uint64_t hash = hash_of(self, peer);
    struct name *name = zsnmp_map_get(&self->map, hash, is_wanted, peer);
    self->now_us = now_us;
    if (name == NULL) {
        name = new_name(self, peer, hash);
        if (name == NULL) {
            *err = ZSNMP_E_INTERNAL;
            return ZSNMP_NAME_FAILED;
        }
        look_up(name);
    } else if (name->state != ZSNMP_NAME_PENDING && now_us >= name->expires_us) {
        look_up(name);
    }
    if (name->state == ZSNMP_NAME_PENDING) {
        zsnmp_list_push(&name->waiting, &request->run.link);
    } else {
        zsnmp_list_remove(&name->recent);
        zsnmp_list_push(&self->recent, &name->recent);
        *addr = name->addr;
        *err = name->err;
    }
    return (enum zsnmp_name_state)name->state;
}

/* ---- sockets ---- */

/* Like ARES_GETSOCK_READABLE and _WRITABLE, which shift into the sign bit. */
static short wanted_events(unsigned bits, unsigned i)
{
    short events = 0;
    if ((bits & 1u << i) != 0) {
        events |= POLLIN;
    }
    if ((bits & 1u << (i + ARES_GETSOCK_MAXNUM)) != 0) {
        events |= POLLOUT;
    }
    return events;
}

nfds_t zsnmp_names_poll(struct zsnmp_names *self, struct pollfd *fds, nfds_t n, int *wait_ms)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    unsigned bits = (unsigned)ares_getsock(self->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM && n < ZSNMP_NAMES_FDS; i++) {
        short events = wanted_events(bits, i);
        if (events != 0) {
            fds[n++] = (struct pollfd){.fd = sockets[i], .events = events};
        }
    }
    struct timeval tv;
    if (ares_timeout(self->channel, NULL, &tv) != NULL) {
        int64_t ms = (int64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000 + 1;
        if (*wait_ms < 0 || ms < *wait_ms) {
            *wait_ms = (int)ms;
        }
    }
    return n;
}

void zsnmp_names_process(struct zsnmp_names *self, const struct pollfd *fds, nfds_t n,
                         int64_t now_us)
{
    self->now_us = now_us;
    for (nfds_t i = 0; i < n; i++) {
        ares_socket_t readable =
            (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? fds[i].fd : ARES_SOCKET_BAD;
        ares_socket_t writable = (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD;
        if (readable != ARES_SOCKET_BAD || writable != ARES_SOCKET_BAD) {
            ares_process_fd(self->channel, readable, writable);
        }
    }
    ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

uint64_t zsnmp_names_count(const struct zsnmp_names *self)
{
    return self->lookups;
}
