// Patch 0001: one session can be read, fed and timed without any fd_set.
#include "util.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

static void test_fed_message_completes_its_request(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);

    CHECK(send_get(sessp, count_callback, &seen));
    CHECK(deliver_v2c(sessp, &wire) == 0);
    CHECK(seen.received == 1);
    // A duplicate finds no request; that is no error.
    CHECK(deliver_v2c(sessp, &wire) == 0);
    CHECK(seen.received == 1 && seen.timed_out == 0);
    CHECK(snmp_sess_close(sessp));
}

static void test_bad_messages_are_errors(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    u_char garbage[] = {0x30, 0x80, 0x00};

    CHECK(send_get(sessp, count_callback, &seen));
    CHECK(netsnmp_sess_process_packet(sessp, garbage, sizeof(garbage), malloc(8), 8) == -1);
    CHECK(netsnmp_sess_process_packet(sessp, NULL, 10, malloc(8), 8) < 0);
    CHECK(netsnmp_sess_process_packet(NULL, garbage, sizeof(garbage), malloc(8), 8) < 0);
    CHECK(seen.received == 0);
    CHECK(snmp_sess_close(sessp));
}

static void test_next_expiry_is_the_earliest(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    struct timeval expire = {0, 0};
    struct timeval now;

    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 0);
    CHECK(expire.tv_sec == 0 && expire.tv_usec == 0);
    snmp_sess_session(sessp)->timeout = 500 * 1000000L;
    CHECK(send_get(sessp, count_callback, &seen));
    snmp_sess_session(sessp)->timeout = 100 * 1000000L;
    CHECK(send_get(sessp, count_callback, &seen));
    CHECK(netsnmp_sess_next_expiry(sessp, &expire) == 2);
    netsnmp_get_monotonic_clock(&now);
    CHECK(expire.tv_sec > now.tv_sec && expire.tv_sec <= now.tv_sec + 101);
    CHECK(snmp_sess_close(sessp));
}

// A socket number that no fd_set of the standard size can hold.
static int high_socket(struct sockaddr_in *addr)
{
    int low = socket(AF_INET, SOCK_DGRAM, 0);
    struct rlimit limit;
    socklen_t length = sizeof(*addr);
    int fd;

    CHECK(low >= 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    fd = fcntl(low, F_DUPFD, FD_SETSIZE + 5);
    if (fd < 0) {
        fd = dup(low);
    }
    CHECK(close(low) == 0);
    *addr = (struct sockaddr_in){.sin_family = AF_INET};
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(fd, (struct sockaddr *)addr, length) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)addr, &length) == 0);
    return fd;
}

static int socket_recv(netsnmp_transport *t, void *buf, int size, void **opaque, int *olength)
{
    *opaque = NULL;
    *olength = 0;
    return (int)recv(t->sock, buf, (size_t)size, MSG_DONTWAIT);
}

static void test_ready_socket_is_read(void)
{
    struct wire wire = {0};
    struct seen seen = {0};
    void *sessp = open_v2c(&wire);
    netsnmp_transport *t = snmp_sess_transport(sessp);
    struct sockaddr_in addr;
    struct pollfd ready;
    size_t size;
    u_char *reply;

    t->sock = high_socket(&addr);
    t->f_recv = socket_recv;
    CHECK(send_get(sessp, count_callback, &seen));
    reply = answer_v2c(&wire, &size);
    CHECK(sendto(t->sock, reply, size, 0, (struct sockaddr *)&addr, sizeof(addr)) == (ssize_t)size);
    free(reply);
    ready = (struct pollfd){.fd = t->sock, .events = POLLIN};
    CHECK(poll(&ready, 1, 10000) == 1);
    CHECK(netsnmp_sess_read_ready(sessp) == 0);
    CHECK(seen.received == 1);
    // Nothing there: an error of this call, not a wait and not an answer.
    CHECK(netsnmp_sess_read_ready(sessp) < 0);
    CHECK(close(t->sock) == 0);
    CHECK(snmp_sess_close(sessp));
}

int main(void)
{
    library_init();
    test_fed_message_completes_its_request();
    test_bad_messages_are_errors();
    test_next_expiry_is_the_earliest();
    test_ready_socket_is_read();
    return 0;
}
