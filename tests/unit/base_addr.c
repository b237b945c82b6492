/*
 * Peers in each form that net-snmp knows, and what is none of them.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_help.h"
#include "zsnmp.h"

/* An exact copy, so that reading past its end is found by AddressSanitizer. */
static bool parse_bytes(const char *text, size_t len, struct zsnmp_peer *peer)
{
    char *copy = malloc(len + (len == 0));
    cr_assert_not_null(copy);
    memcpy(copy, text, len);
    bool ok = zsnmp_peer_parse(copy, len, peer);
    free(copy);
    return ok;
}

static bool parse(const char *text, struct zsnmp_peer *peer)
{
    return parse_bytes(text, strlen(text), peer);
}

Test(base_addr, numeric_forms)
{
    static const struct {
        const char *text;
        const char *means;
    } forms[] = {
        {"127.0.0.1", "udp:127.0.0.1:161"},
        {"127.0.0.1:1161", "udp:127.0.0.1:1161"},
        {"255.255.255.255:1", "udp:255.255.255.255:1"},
        {"udp:10.1.2.3", "udp:10.1.2.3:161"},
        {"udp:10.1.2.3:65535", "udp:10.1.2.3:65535"},
        {"UDP:10.1.2.3", "udp:10.1.2.3:161"},
        {"tcp:10.1.2.3:162", "tcp:10.1.2.3:162"},
        {"tcp:10.1.2.3", "tcp:10.1.2.3:161"},
        {"::1", "udp6:[::1]:161"},
        {"::", "udp6:[::]:161"},
        {"2001:db8::1", "udp6:[2001:db8::1]:161"},
        {"2001:db8::1:1161", "udp6:[2001:db8::1:1161]:161"},
        {"[::1]", "udp6:[::1]:161"},
        {"[::1]:1161", "udp6:[::1]:1161"},
        {"udp6:::1", "udp6:[::1]:161"},
        {"udp6:[::1]", "udp6:[::1]:161"},
        {"udp6:[::1]:1161", "udp6:[::1]:1161"},
        {"udpv6:[::1]:1161", "udp6:[::1]:1161"},
        {"udpipv6:[2001:db8::1]:7", "udp6:[2001:db8::1]:7"},
        {"tcp6:[::1]:1161", "tcp6:[::1]:1161"},
        {"tcpv6:[::1]:1161", "tcp6:[::1]:1161"},
        {"tcpipv6:[::1]:1161", "tcp6:[::1]:1161"},
        {"Tcp6:[::1]", "tcp6:[::1]:161"},
        {"[::ffff:10.0.0.1]:9", "udp6:[::ffff:10.0.0.1]:9"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct zsnmp_peer peer;
        char text[ZSNMP_ADDR_TEXT_MAX];
        cr_assert(parse(forms[i].text, &peer), "'%s'", forms[i].text);
        cr_assert(peer.numeric, "'%s'", forms[i].text);
        zsnmp_addr_format(&peer.addr, text);
        cr_assert_str_eq(text, forms[i].means);
    }
}

Test(base_addr, names)
{
    static const struct {
        const char *text;
        const char *host;
        uint16_t port;
        int family;
        int transport;
    } forms[] = {
        {"router", "router", 161, AF_UNSPEC, ZSNMP_UDP},
        {"router.example.net:1161", "router.example.net", 1161, AF_UNSPEC, ZSNMP_UDP},
        {"udp:router", "router", 161, AF_INET, ZSNMP_UDP},
        {"udp6:router:99", "router", 99, AF_INET6, ZSNMP_UDP},
        {"tcp:my_host-1", "my_host-1", 161, AF_INET, ZSNMP_TCP},
        {"tcp6:a", "a", 161, AF_INET6, ZSNMP_TCP},
        {"example.net.", "example.net.", 161, AF_UNSPEC, ZSNMP_UDP},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct zsnmp_peer peer;
        cr_assert(parse(forms[i].text, &peer), "'%s'", forms[i].text);
        cr_assert_not(peer.numeric);
        cr_assert_str_eq(peer.host, forms[i].host);
        cr_assert_eq(peer.port, forms[i].port);
        cr_assert_eq(peer.family, forms[i].family);
        cr_assert_eq(peer.addr.transport, forms[i].transport);
        cr_assert_eq(peer.addr.sa.sa_family, 0);
    }
}

Test(base_addr, what_is_no_peer)
{
    static const char *const texts[] = {
        "",
        ":",
        ":161",
        "host:",
        "host:0",
        "host:65536",
        "host:99999",
        "host:100000",
        "host:00161161",
        "host:-1",
        "host:+1",
        "host: 1",
        "host:1 ",
        "host:0x10",
        "host:snmp",
        " host",
        "ho st",
        "host\n",
        "-host",
        ".host",
        "h/st",
        "h@st",
        "h\xc3\xb6st",
        "udp:",
        "udp6:",
        "udp::161",
        "tcp:[10.0.0.1]:161",
        "[]",
        "[]:161",
        "[::1",
        "[::1]161",
        "[::1]:",
        "[::1]:0",
        "[::1]:65536",
        "[::1]:161x",
        "[10.0.0.1]",
        "[host]:161",
        "::1]",
        ":::",
        "1::2::3",
        "2001:db8::g",
        "1:2:3:4:5:6:7:8:9",
        "fe80::1%",
        "fe80::1%nosuchinterface",
        "udp:[::1]:161",
        "tcp:::1",
        "udp6:127.0.0.1",
        "tcp6:127.0.0.1:161",
        "udp:udp:127.0.0.1",
        "unix:/tmp/agent",
        "dtls:10.0.0.1",
        "10.0.0.1:161:161",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct zsnmp_peer peer;
        cr_assert_not(parse(texts[i], &peer), "'%s'", texts[i]);
    }
    struct zsnmp_peer peer;
    cr_assert_not(parse_bytes("127.0.0.1\0", 10, &peer), "a NUL at the end");
    cr_assert_not(parse_bytes("ho\0st", 5, &peer), "a NUL inside");
    cr_assert_not(parse_bytes("\0", 1, &peer));
}

/* Reads an IPv4 address and a port as one would who is in no hurry. */
static bool naive_v4(const char *text, uint32_t *address, unsigned *port)
{
    unsigned part[4];
    char dots[4] = "";
    int used = 0;
    char again[64];
    *port = 161;
    if (sscanf(text, "%3u%1[.]%3u%1[.]%3u%1[.]%3u%n", &part[0], dots, &part[1], dots, &part[2],
               dots, &part[3], &used) != 7) {
        return false;
    }
    *address = part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3];
    sprintf(again, "%u.%u.%u.%u", part[0], part[1], part[2], part[3]); /* no zeros, no signs */
    if ((part[0] | part[1] | part[2] | part[3]) > 255 || strncmp(again, text, (size_t)used) != 0) {
        return false;
    }
    const char *rest = text + used;
    size_t digits = strspn(rest + (*rest != '\0'), "0123456789");
    if (*rest == ':' && digits > 0 && digits <= 5 && rest[1 + digits] == '\0') {
        *port = (unsigned)atoi(rest + 1);
        return *port > 0 && *port <= 65535;
    }
    return *rest == '\0';
}

/* Changed at any place, an address is one exactly where it should be, with or without a prefix. */
Test(base_addr, any_character_anywhere_is_taken_as_what_it_is)
{
    static const char *const wholes[] = {"127.1.2.3:16161", "255.255.255.255:65535", "0.0.0.0",
                                         "10.20.200.249:1", "1.1.1.1:00161",         "1.2.3.256"};
    static const char *const prefixes[] = {"", "udp:", "TCP:"};
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes * 3; i++) {
        char text[64];
        char *host = stpcpy(text, prefixes[i % 3]);
        const char *whole = wholes[i / 3];
        for (size_t place = 0; place <= 2 * strlen(whole); place++) {
            for (int c = 1; c < 256; c++) {
                struct zsnmp_peer peer;
                uint32_t address;
                unsigned port;
                size_t at = place / 2;
                sprintf(host, "%.*s%c%s", (int)at, whole, c,
                        whole + (at < strlen(whole) ? at + place % 2 : at));
                bool want = naive_v4(host, &address, &port);
                bool got = parse(text, &peer) && peer.numeric && peer.addr.sa.sa_family == AF_INET;
                cr_assert_eq(got, want, "'%s'", text);
                cr_assert(!want || (ntohl(peer.addr.in.sin_addr.s_addr) == address &&
                                    ntohs(peer.addr.in.sin_port) == port && peer.port == port),
                          "'%s'", text);
            }
        }
    }
}

Test(base_addr, what_begins_like_an_address_may_be_a_name)
{
    struct zsnmp_peer peer;
    cr_assert(parse("1.2.3.4.example:7", &peer));
    cr_assert(!peer.numeric && peer.port == 7 && peer.addr.sa.sa_family == 0);
    cr_assert_eq(peer.addr.in.sin_addr.s_addr, 0);
    cr_assert_str_eq(peer.host, "1.2.3.4.example");
    cr_assert(parse("tcp:1.2.3.400", &peer));
    cr_assert(!peer.numeric && peer.addr.transport == ZSNMP_TCP && peer.family == AF_INET);
    cr_assert_not(parse("udp6:127.0.0.1:161", &peer));
    cr_assert(parse("udp6:127.0.0.1.example", &peer));
    cr_assert(!peer.numeric && peer.family == AF_INET6);
}

Test(base_addr, lengths)
{
    char text[ZSNMP_PEER_MAX + 2];
    struct zsnmp_peer peer;
    memset(text, 'a', sizeof text);
    cr_assert(parse_bytes(text, ZSNMP_HOST_MAX, &peer));
    cr_assert_eq(strlen(peer.host), ZSNMP_HOST_MAX);
    cr_assert_not(parse_bytes(text, ZSNMP_HOST_MAX + 1, &peer));
    cr_assert_not(parse_bytes(text, ZSNMP_PEER_MAX + 1, &peer));
    memset(text, '1', sizeof text);
    memcpy(text, "[::", 3);
    cr_assert_not(parse_bytes(text, ZSNMP_PEER_MAX, &peer));
    text[ZSNMP_HOST_MAX + 1] = ']';
    cr_assert_not(parse_bytes(text, ZSNMP_HOST_MAX + 2, &peer));
}

Test(base_addr, scopes)
{
    struct zsnmp_peer peer;
    cr_assert(parse("udp6:[fe80::1%lo]:1161", &peer));
    cr_assert(peer.numeric);
    cr_assert_neq(peer.addr.in6.sin6_scope_id, 0);
    struct zsnmp_peer bare;
    cr_assert(parse("fe80::1%lo", &bare));
    cr_assert_eq(bare.addr.in6.sin6_scope_id, peer.addr.in6.sin6_scope_id);
    /* A global address has none: its answers would never match. */
    cr_assert(parse("udp6:[2001:db8::1%lo]:161", &peer));
    cr_assert_eq(peer.addr.in6.sin6_scope_id, 0);
    cr_assert(parse("udp6:[fe80::1]:1161", &bare));
    cr_assert_not(zsnmp_addr_equal(&peer.addr, &bare.addr), "another interface, another device");
}

/* What format writes is a peer, and the same one; also where an interface belongs to it. */
Test(base_addr, format_and_parse_are_inverse)
{
    struct draw draw = {1};
    for (int i = 0; i < 20000; i++) {
        struct zsnmp_addr addr = {.transport = (uint8_t)draw_below(&draw, 2)};
        uint16_t port = (uint16_t)(1 + draw_below(&draw, 65535));
        uint64_t words[2] = {draw_u64(&draw), draw_u64(&draw)};
        if (draw_below(&draw, 2) == 0) {
            addr.in.sin_family = AF_INET;
            memcpy(&addr.in.sin_addr, words, sizeof addr.in.sin_addr);
        } else {
            addr.in6.sin6_family = AF_INET6;
            words[draw_below(&draw, 2)] &= i % 3 == 0 ? 0xFFFF : UINT64_MAX;
            memcpy(&addr.in6.sin6_addr, words, sizeof addr.in6.sin6_addr);
            if (i % 5 == 0) { /* only link-local addresses have a scope */
                memcpy(&addr.in6.sin6_addr, "\xfe\x80\0\0\0\0\0", 8);
                addr.in6.sin6_scope_id = 1;
            }
        }
        zsnmp_addr_set_port(&addr, port);
        char text[ZSNMP_ADDR_TEXT_MAX];
        struct zsnmp_peer peer;
        zsnmp_addr_format(&addr, text);
        cr_assert(parse(text, &peer), "seed 1: '%s'", text);
        cr_assert(peer.numeric);
        cr_assert_eq(peer.port, port);
        cr_assert(zsnmp_addr_equal(&peer.addr, &addr), "seed 1: '%s'", text);
        cr_assert_eq(zsnmp_addr_hash(&peer.addr, 7), zsnmp_addr_hash(&addr, 7));
    }
}

Test(base_addr, equal_and_hash_see_what_matters)
{
    static const char *const different[] = {
        "udp:10.0.0.1:161", "udp:10.0.0.2:161", "udp:10.0.0.1:162",
        "tcp:10.0.0.1:161", "udp6:[::1]:161",   "udp6:[::2]:161",
        "udp6:[::1]:162",   "tcp6:[::1]:161",   "udp6:[::10.0.0.1]:161"};
    size_t n = sizeof different / sizeof *different;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            struct zsnmp_peer a;
            struct zsnmp_peer b;
            cr_assert(parse(different[i], &a) && parse(different[k], &b));
            cr_assert_eq(zsnmp_addr_equal(&a.addr, &b.addr), i == k);
            if (i == k) {
                cr_assert_eq(zsnmp_addr_hash(&a.addr, 9), zsnmp_addr_hash(&b.addr, 9));
            }
        }
    }
}

Test(base_addr, length_and_port)
{
    struct zsnmp_peer peer;
    cr_assert(parse("10.0.0.1", &peer));
    cr_assert_eq(zsnmp_addr_len(&peer.addr), sizeof(struct sockaddr_in));
    zsnmp_addr_set_port(&peer.addr, 1234);
    cr_assert_eq(ntohs(peer.addr.in.sin_port), 1234);
    cr_assert(parse("::1", &peer));
    cr_assert_eq(zsnmp_addr_len(&peer.addr), sizeof(struct sockaddr_in6));
    zsnmp_addr_set_port(&peer.addr, 1234);
    cr_assert_eq(ntohs(peer.addr.in6.sin6_port), 1234);
}

Test(base_addr, any_bytes_are_survived)
{
    static const char alphabet[] = "0123456789abcf:.[]%-udtcp6 \n";
    struct draw draw = {2};
    for (int i = 0; i < 100000; i++) {
        char text[40];
        size_t len = draw_below(&draw, sizeof text);
        for (size_t at = 0; at < len; at++) {
            text[at] = i % 4 == 0 ? (char)draw_u64(&draw)
                                  : alphabet[draw_below(&draw, sizeof alphabet - 1)];
        }
        struct zsnmp_peer peer;
        if (parse_bytes(text, len, &peer)) {
            cr_assert_neq(peer.port, 0);
            cr_assert(peer.numeric ? peer.addr.sa.sa_family != 0 : peer.host[0] != '\0');
        }
    }
}
