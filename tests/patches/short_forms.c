// Patch 0014: short BER forms are read and written in place. What comes out is the same for every
// form, short or not; how many instructions it takes is counted by stepping through them.
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

static u_char room[4096];

static size_t build_int(size_t cap, long value)
{
    u_char *start = room;
    size_t len = cap;
    size_t used = 0;
    return asn_realloc_rbuild_int(&start, &len, &used, 0, ASN_INTEGER, &value, sizeof value) ? used
                                                                                             : 0;
}

// Two's complement in as few bytes as it takes (X.690 8.3).
static size_t expected_int(long value, u_char *to)
{
    size_t n = 1;
    while (n < 4 && (value < -(1L << (8 * n - 1)) || value >= 1L << (8 * n - 1))) {
        n++;
    }
    to[0] = ASN_INTEGER;
    to[1] = (u_char)n;
    for (size_t i = 0; i < n; i++) {
        to[2 + i] = (u_char)((unsigned long)value >> 8 * (n - 1 - i));
    }
    return n + 2;
}

static void check_int(long value)
{
    u_char want[8];
    u_char type;
    size_t len = expected_int(value, want);
    long got = 0;
    for (size_t cap = 0; cap < 24; cap++) {
        memset(room, 0xaa, sizeof room);
        size_t used = build_int(cap, value);
        CHECK(used == (cap < len ? 0 : len));
        CHECK(used == 0 || memcmp(room + cap - used, want, len) == 0);
        for (size_t i = cap; i < sizeof room; i++) {
            CHECK(room[i] == 0xaa);
        }
    }
    size_t left = len;
    CHECK(asn_parse_int(want, &left, &type, &got, sizeof got) == want + len);
    CHECK(got == value && left == 0 && type == ASN_INTEGER);
    for (left = 0; left < len;) {
        size_t cut = left;
        CHECK(asn_parse_int(want, &cut, &type, &got, sizeof got) == NULL);
        left++;
    }
}

static void check_string(size_t size)
{
    static u_char data[2048];
    u_char back[2048];
    u_char type;
    u_char *start = room;
    size_t cap = sizeof room;
    size_t used = 0;
    size_t got = sizeof back;
    memset(data, 7, sizeof data);
    CHECK(asn_realloc_rbuild_string(&start, &cap, &used, 0, ASN_OCTET_STR, data, size));
    CHECK(used == size + (size < 128 ? 2 : size < 256 ? 3 : 4));
    size_t left = used;
    u_char *at = room + cap - used;
    CHECK(asn_parse_string(at, &left, &type, back, &got) == room + cap);
    CHECK(got == size && left == 0 && (size == 0 || memcmp(back, data, size) == 0));
    left = used - 1;
    got = sizeof back;
    CHECK(asn_parse_string(at, &left, &type, back, &got) == NULL);
}

static void check_objid(const oid *name, size_t count)
{
    oid back[MAX_OID_LEN];
    u_char type;
    for (size_t cap = 0; cap < 1024; cap++) {
        u_char *start = room;
        size_t len = cap;
        size_t used = 0;
        size_t got = MAX_OID_LEN;
        memset(room, 0xaa, sizeof room);
        if (!asn_realloc_rbuild_objid(&start, &len, &used, 0, ASN_OBJECT_ID, name, count)) {
            CHECK(room[cap] == 0xaa);
            continue;
        }
        size_t left = used;
        CHECK(room[cap] == 0xaa);
        CHECK(asn_parse_objid(room + cap - used, &left, &type, back, &got) == room + cap);
        CHECK(left == 0 && netsnmp_oid_equals(name, count, back, got) == 0);
        left = used - 1;
        got = MAX_OID_LEN;
        CHECK(asn_parse_objid(room + cap - used, &left, &type, back, &got) == NULL);
    }
}

static void check_forms(void)
{
    static const long edges[] = {0,     1,     127,     128,     255,      256,
                                 32767, 32768, 8388607, 8388608, INT32_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        check_int(edges[i]);
        check_int(-edges[i]);
        check_int(-edges[i] - 1);
    }
    for (size_t size = 0; size < 1000; size += size < 300 ? 1 : 97) {
        check_string(size);
    }
    oid name[MAX_OID_LEN] = {1, 3, 6, 1};
    for (size_t count = 2; count < MAX_OID_LEN; count += 7) {
        for (size_t i = 4; i < count; i++) {
            name[i] = i % 5 == 0 ? 4294967295U - i : i % 3 == 0 ? 128 : i % 128;
        }
        check_objid(name, count);
    }
}

// ---- instructions

#define STEPS_MAX 680 // for the three below; 501 with gcc 12, and 871 without the patch

static oid uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static u_char encoded[] = {0x06, 0x08, 0x2b, 6, 1, 2, 1, 1, 3, 0};

static void nothing(void)
{
}

static void write_number(void)
{
    build_int(sizeof room, 0x1234567);
}

static void write_name(void)
{
    u_char *start = room;
    size_t cap = sizeof room;
    size_t used = 0;
    asn_realloc_rbuild_objid(&start, &cap, &used, 0, ASN_OBJECT_ID, uptime, 9);
}

static void read_name(void)
{
    oid name[MAX_OID_LEN];
    size_t got = MAX_OID_LEN;
    size_t left = sizeof encoded;
    u_char type;
    asn_parse_objid(encoded, &left, &type, name, &got);
}

// Steps through a child from one stop to the next; -1: it may not be traced here.
static long count_steps(void (*work)(void))
{
    int status;
    long steps = 0;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(1);
        }
        work(); // resolves what is resolved at the first call
        raise(SIGSTOP);
        work();
        raise(SIGSTOP);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFSTOPPED(status) || ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return -1;
    }
    for (;;) {
        CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
        if (WSTOPSIG(status) != SIGTRAP) {
            break;
        }
        steps++;
        CHECK(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return steps;
}

int main(void)
{
    check_forms();
    long base = count_steps(nothing);
    if (base < 0) {
        fprintf(stderr, "no tracing here: instructions are not counted\n");
        return 77;
    }
    long number = count_steps(write_number) - base;
    long out = count_steps(write_name) - base;
    long in = count_steps(read_name) - base;
    printf("instructions: write an integer %ld, write a name %ld, read a name %ld\n", number, out,
           in);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(number + out + in < STEPS_MAX);
#endif
    return 0;
}
