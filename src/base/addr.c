/*
 * Peers and addresses; see addr.h.
 */
#include "addr.h"

#include <arpa/inet.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "digit.h"
#include "map.h"
#include "zsnmp.h"

struct prefix {
    const char *name;
    enum zsnmp_transport transport;
    int family;
};

/* net-snmp's names of the transports that we speak. A peer without one is UDP of either family. */
static const struct prefix prefixes[] = {
    {"udp:", ZSNMP_UDP, AF_INET},    {"udp6:", ZSNMP_UDP, AF_INET6},
    {"udpv6:", ZSNMP_UDP, AF_INET6}, {"udpipv6:", ZSNMP_UDP, AF_INET6},
    {"tcp:", ZSNMP_TCP, AF_INET},    {"tcp6:", ZSNMP_TCP, AF_INET6},
    {"tcpv6:", ZSNMP_TCP, AF_INET6}, {"tcpipv6:", ZSNMP_TCP, AF_INET6},
};

static bool parse_port(const char *text, const char *end, uint16_t *port)
{
    unsigned value = 0;
    if (text == end || end - text > 5) {
        return false;
    }
    for (; text < end; text++) {
        unsigned digit = zsnmp_digit_of(*text);
        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    *port = (uint16_t)value;
    return value > 0 && value <= UINT16_MAX;
}

/* Splits "[host]:port", "[host]", "host:port" or "host"; more than one colon is a bare IPv6
 * address. */
static bool split(const char *text, const char *end, const char **host_end, uint16_t *port)
{
    if (*text == '[') {
        const char *close = memchr(text, ']', (size_t)(end - text));
        if (close == NULL) {
            return false;
        }
        *host_end = close;
        return close + 1 == end || (close[1] == ':' && parse_port(close + 2, end, port));
    }
    const char *colon = memchr(text, ':', (size_t)(end - text));
    bool single = colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) == NULL;
    *host_end = single ? colon : end;
    return !single || parse_port(colon + 1, end, port);
}

static bool parse_v6(struct zsnmp_peer *peer)
{
    char *scope = strchr(peer->host, '%');
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(peer->port)};
    if (scope != NULL) {
        *scope = '\0';
    }
    bool ok = inet_pton(AF_INET6, peer->host, &in6.sin6_addr) == 1;
    if (ok && scope != NULL) {
        unsigned index = if_nametoindex(scope + 1);
        ok = index != 0;
        /* Answers carry a scope only where the address needs one (RFC 4007 section 6). */
        in6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) ? index : 0;
    }
    if (scope != NULL) {
        *scope = '%';
    }
    if (ok) {
        peer->addr.in6 = in6;
    }
    return ok;
}

static unsigned digit_at(const char *at, const char *end)
{
    return at < end ? zsnmp_digit_of(*at) : UINT_MAX;
}

/* Appends a number of an IPv4 address: up to three digits, without leading zeros, as inet_pton()
 * has it. Returns the place behind it, or NULL. */
static const char *parse_byte(const char *at, const char *end, uint32_t *address)
{
    unsigned value = digit_at(at, end);
    if (value > 9) {
        return NULL;
    }
    unsigned digit = digit_at(++at, end);
    if (digit <= 9) {
        if (value == 0) {
            return NULL;
        }
        value = value * 10 + digit;
        digit = digit_at(++at, end);
        if (digit <= 9) {
            value = value * 10 + digit;
            at++;
        }
    }
    *address = *address << 8 | value;
    return value <= UINT8_MAX ? at : NULL;
}

/* "127.0.0.1" and "127.0.0.1:1161", what most peers are; false: something else. */
static bool parse_plain(const char *at, const char *end, struct zsnmp_peer *peer)
{
    uint32_t address = 0;
    uint16_t port = ZSNMP_PORT;
    for (unsigned part = 0; part < 4; part++) {
        if (part > 0 && (at == end || *at++ != '.')) {
            return false;
        }
        at = parse_byte(at, end, &address);
        if (at == NULL) {
            return false;
        }
    }
    if (at < end && (*at != ':' || !parse_port(at + 1, end, &port))) {
        return false;
    }
    peer->port = port;
    peer->addr.in.sin_family = AF_INET;
    peer->addr.in.sin_port = htons(port);
    peer->addr.in.sin_addr.s_addr = htonl(address);
    peer->numeric = true;
    return true;
}

/* Letters, digits, dots, hyphens, underscores: what a resolver may be asked for. */
static bool is_name(const char *host)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return host[0] != '.' && host[0] != '-' && host[strspn(host, allowed)] == '\0';
}

/* An IPv6 address, or a name. */
static bool parse_other(const char *host, const char *end, struct zsnmp_peer *peer)
{
    const char *host_end = NULL;
    if (host == end || memchr(host, '\0', (size_t)(end - host)) != NULL ||
        !split(host, end, &host_end, &peer->port)) {
        return false;
    }
    bool bracket = *host == '[';
    host += bracket;
    size_t host_len = (size_t)(host_end - host);
    if (host_len == 0 || host_len > ZSNMP_HOST_MAX) {
        return false;
    }
    memcpy(peer->host, host, host_len);
    peer->host[host_len] = '\0';
    if (memchr(host, ':', host_len) != NULL) {
        peer->numeric = true;
        return peer->family != AF_INET && parse_v6(peer);
    }
    return !bracket && is_name(peer->host);
}

static bool parse_host(const char *host, const char *end, struct zsnmp_peer *peer)
{
    if (parse_plain(host, end, peer)) {
        return peer->family != AF_INET6;
    }
    return parse_other(host, end, peer);
}

/* By itself, so that what most peers are does not pay for its calls. */
__attribute__((noinline)) static bool parse_prefixed(const char *text, const char *end,
                                                     struct zsnmp_peer *peer)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i].name);
        if ((size_t)(end - text) > n && strncasecmp(text, prefixes[i].name, n) == 0) {
            peer->addr.transport = (uint8_t)prefixes[i].transport;
            peer->family = prefixes[i].family;
            return parse_host(text + n, end, peer);
        }
    }
    return parse_other(text, end, peer);
}

bool zsnmp_peer_parse(const char *text, size_t len, struct zsnmp_peer *peer)
{
    memset(&peer->addr, 0, sizeof peer->addr);
    peer->numeric = false;
    peer->family = AF_UNSPEC;
    peer->port = ZSNMP_PORT;
    peer->host[0] = '\0';
    if (len == 0 || len > ZSNMP_PEER_MAX) {
        return false;
    }
    return zsnmp_digit_of(*text) <= 9 ? parse_host(text, text + len, peer)
                                      : parse_prefixed(text, text + len, peer);
}

socklen_t zsnmp_addr_len(const struct zsnmp_addr *self)
{
    return self->sa.sa_family == AF_INET6 ? sizeof self->in6 : sizeof self->in;
}

bool zsnmp_addr_equal(const struct zsnmp_addr *a, const struct zsnmp_addr *b)
{
    if (a->transport != b->transport || a->sa.sa_family != b->sa.sa_family) {
        return false;
    }
    if (a->sa.sa_family == AF_INET6) {
        return a->in6.sin6_port == b->in6.sin6_port &&
               a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
               memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
    }
    return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

uint64_t zsnmp_addr_hash(const struct zsnmp_addr *self, uint64_t seed)
{
    if (self->sa.sa_family == AF_INET6) {
        uint64_t hash = zsnmp_hash(seed, &self->in6.sin6_addr, sizeof self->in6.sin6_addr);
        return zsnmp_hash(hash, &self->in6.sin6_port, sizeof self->in6.sin6_port);
    }
    uint64_t word = (uint64_t)self->in.sin_addr.s_addr << 17 | (uint64_t)self->in.sin_port << 1 |
                    self->transport;
    return zsnmp_hash(seed, &word, sizeof word);
}

void zsnmp_addr_set_port(struct zsnmp_addr *self, uint16_t port)
{
    if (self->sa.sa_family == AF_INET6) {
        self->in6.sin6_port = htons(port);
    } else {
        self->in.sin_port = htons(port);
    }
}

void zsnmp_addr_format(const struct zsnmp_addr *self, char text[ZSNMP_ADDR_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    const char *name = self->transport == ZSNMP_TCP ? "tcp" : "udp";
    if (self->sa.sa_family == AF_INET6) {
        char scope[IF_NAMESIZE + 1] = "";
        if (self->in6.sin6_scope_id != 0 &&
            if_indextoname(self->in6.sin6_scope_id, scope + 1) != NULL) {
            scope[0] = '%';
        }
        inet_ntop(AF_INET6, &self->in6.sin6_addr, host, sizeof host);
        snprintf(text, ZSNMP_ADDR_TEXT_MAX, "%s6:[%s%s]:%u", name, host, scope,
                 (unsigned)ntohs(self->in6.sin6_port));
    } else {
        inet_ntop(AF_INET, &self->in.sin_addr, host, sizeof host);
        snprintf(text, ZSNMP_ADDR_TEXT_MAX, "%s:%s:%u", name, host,
                 (unsigned)ntohs(self->in.sin_port));
    }
}
