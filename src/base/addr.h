/*
 * Where a device is: transport, address, port; and reading net-snmp's peername
 * forms. Numeric addresses are parsed here, names are left to the resolver.
 */
#ifndef ZSNMP_BASE_ADDR_H
#define ZSNMP_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZSNMP_ADDR_TEXT_MAX 80u /* "udp6:[…%scope]:65535" and a NUL */
#define ZSNMP_HOST_MAX 255u     /* bytes of a DNS name, RFC 1035 section 2.3.4 */

enum zsnmp_transport { ZSNMP_UDP = 0, ZSNMP_TCP = 1 };

struct zsnmp_addr {
    union {
        struct sockaddr sa; /* sa_family is 0 where nothing is known */
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
    uint8_t transport; /* enum zsnmp_transport */
};

/* A peer as written. */
struct zsnmp_peer {
    struct zsnmp_addr addr; /* transport is set; the rest where it was numeric */
    bool numeric;
    int family; /* names: AF_INET, AF_INET6, or AF_UNSPEC: IPv4 if there is one, else IPv6 */
    uint16_t port;
    char host[ZSNMP_HOST_MAX + 1]; /* names */
};

/* false: neither an address nor a name, or a bad port. */
bool zsnmp_peer_parse(const char *text, size_t len, struct zsnmp_peer *peer);

socklen_t zsnmp_addr_len(const struct zsnmp_addr *self);
bool zsnmp_addr_equal(const struct zsnmp_addr *a, const struct zsnmp_addr *b);
uint64_t zsnmp_addr_hash(const struct zsnmp_addr *self, uint64_t seed);
void zsnmp_addr_set_port(struct zsnmp_addr *self, uint16_t port);

/* "udp:127.0.0.1:161" or "tcp6:[::1]:161" with a NUL. */
void zsnmp_addr_format(const struct zsnmp_addr *self, char text[ZSNMP_ADDR_TEXT_MAX]);

#endif
