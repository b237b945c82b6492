/*
 * Faults of simulated devices: rules and what they make of a device, whenever it is first met; and
 * datagrams that leave late.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/delay.h"
#include "sim/fault.h"
#include "sim/mib.h"
#include "sim/usm.h"

#define ADDRESS 0x7f000007u /* 127.0.0.7 */

static struct zsnmp_sim_faults *faults;
static char error[ZSNMP_SIM_RULE_ERROR_MAX];

static void start(void)
{
    faults = zsnmp_sim_faults_new();
    cr_assert_not_null(faults);
}

static void end(void)
{
    zsnmp_sim_faults_destroy(&faults);
    cr_assert_null(faults);
}

static void rule(const char *line, uint64_t at_cs)
{
    cr_assert(zsnmp_sim_faults_add(faults, line, at_cs, error), "%s: %s", line, error);
}

static void wrong(const char *line, const char *why)
{
    error[0] = '\0';
    cr_assert_not(zsnmp_sim_faults_add(faults, line, 0, error), "%s", line);
    cr_assert_not_null(strstr(error, why), "%s: %s", line, error);
}

static struct zsnmp_sim_device device_of(uint32_t address)
{
    uint64_t key = zsnmp_sim_key_v4(address);
    return (struct zsnmp_sim_device){.key = key, .hash = zsnmp_sim_mix(key)};
}

/* A request for a device at a time; boots of the world are 1. */
static bool meet_one(uint32_t address, uint64_t at_cs, struct zsnmp_sim_fault *fault)
{
    struct zsnmp_sim_device device = device_of(address);
    struct zsnmp_sim_now now = {.uptime_cs = at_cs, .engine_boots = 1, .context = ""};
    return zsnmp_sim_faults_active(faults) && zsnmp_sim_faults_meet(faults, &device, &now, fault);
}

static struct zsnmp_sim_fault meet(uint64_t at_cs)
{
    struct zsnmp_sim_fault fault;
    cr_assert(meet_one(ADDRESS, at_cs, &fault));
    return fault;
}

static int32_t sound_time(uint64_t at_cs)
{
    struct zsnmp_sim_device device = device_of(ADDRESS);
    struct zsnmp_sim_now now = {.uptime_cs = at_cs, .engine_boots = 1, .context = ""};
    return zsnmp_sim_device_engine_time(&device, &now);
}

TestSuite(sim_fault, .init = start, .fini = end);

Test(sim_fault, only_devices_that_a_rule_names)
{
    struct zsnmp_sim_fault fault;
    cr_assert_not(zsnmp_sim_faults_active(faults));
    rule("127.0.0.7,127.1.0.0/16: drop=1", 0);
    cr_assert(meet_one(ADDRESS, 0, &fault) && fault.drop);
    cr_assert(meet_one(ADDRESS, 0, &fault) && !fault.drop);
    cr_assert(meet_one(0x7f010203, 0, &fault) && fault.drop);
    cr_assert_not(meet_one(0x7f000008, 0, &fault));
    rule("*: count", 0);
    cr_assert(meet_one(0x7f000008, 0, &fault) && !fault.drop);
}

Test(sim_fault, lines_that_are_no_rules)
{
    char line[ZSNMP_SIM_RULE_MAX + 100];
    wrong("", "neither");
    wrong("nonsense", "neither");
    wrong("127.0.0.7:drop=1", "neither");
    wrong("127.0.0.7: ", "no action");
    wrong("nowhere: drop=1", "no selector");
    wrong("127.0.0.7: nothing", "no such action: nothing");
    wrong("127.0.0.7: drops=1", "no such action");
    wrong("127.0.0.7: drop", "wrong value: drop");
    wrong("127.0.0.7: drop=", "wrong value: drop");
    wrong("127.0.0.7: drop=-1", "wrong value: drop");
    wrong("127.0.0.7: drop=1x", "wrong value: drop");
    wrong("127.0.0.7: boots=2147483648", "wrong value: boots");
    wrong("127.0.0.7: time=x", "wrong value: time");
    wrong("127.0.0.7: clock=fast", "wrong value: clock");
    wrong("127.0.0.7: clock=-1", "wrong value: clock");
    wrong("127.0.0.7: reboot=5", "wrong value: reboot");
    wrong("127.0.0.7: reboot=after:0", "wrong value: reboot");
    wrong("127.0.0.7: loss=101", "wrong value: loss");
    wrong("127.0.0.7: delay=1+", "wrong value: delay");
    wrong("127.0.0.7: delay=700000", "wrong value: delay");
    wrong("127.0.0.7: engine-id=80000000", "wrong value: engine-id");
    wrong("127.0.0.7: engine-id=8000000001f", "wrong value: engine-id");
    wrong("127.0.0.7: engine-id=800000000z", "wrong value: engine-id");
    wrong("127.0.0.7: forge=something", "wrong value: forge");
    wrong("127.0.0.7: forge=off:3", "wrong value: forge");
    wrong("127.0.0.7: dead=1", "wrong value: dead");
    wrong("127.0.0.7: clear drop=1", "clear stands alone");
    wrong("127.0.0.7: user=u:authPriv:SHA:short:AES:secret-enough", "wrong value: user");
    cr_assert_null(strstr(error, "secret"));
    wrong(
        "127.0.0.7: count count count count count count count count count count count count count "
        "count count count count",
        "too many actions");
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\0';
    wrong(line, "too long");
    cr_assert_not(zsnmp_sim_faults_active(faults), "nothing has changed");
}

Test(sim_fault, number_of_rules_is_limited)
{
    for (int i = 0; i < ZSNMP_SIM_RULES_MAX; i++) {
        rule("127.0.0.7: drop=1", 0);
    }
    wrong("127.0.0.7: drop=1", "too many rules");
    rule("*: clear", 0);
    cr_assert_not(zsnmp_sim_faults_active(faults));
    rule("127.0.0.7: drop=1", 0);
}

Test(sim_fault, restarts)
{
    rule("127.0.0.7: count", 0);
    struct zsnmp_sim_fault fault = meet(100);
    cr_assert_eq(fault.boots, 1);
    cr_assert_eq(fault.time, sound_time(100));
    cr_assert_not(fault.restarted);
    rule("127.0.0.7: reboot", 1000);
    fault = meet(1250);
    cr_assert_eq(fault.boots, 2);
    cr_assert_eq(fault.time, 2);
    cr_assert(fault.restarted && fault.started_cs == 1000);
    rule("127.0.0.7: reboot=after:2", 2000);
    cr_assert_eq(meet(2000).boots, 2);
    cr_assert_eq(meet(2000).boots, 2);
    cr_assert_eq(meet(3000).boots, 3);
    cr_assert_eq(meet(3500).time, 5);
    cr_assert_eq(meet(3500).boots, 3, "once");
}

Test(sim_fault, boots_stay_at_their_end)
{
    rule("127.0.0.7: boots=2147483647", 0);
    rule("127.0.0.7: reboot", 0);
    cr_assert_eq(meet(0).boots, INT32_MAX);
}

Test(sim_fault, clocks)
{
    rule("127.0.0.7: boots=9 time=1000", 500);
    struct zsnmp_sim_fault fault = meet(700);
    cr_assert(fault.boots == 9 && fault.time == 1002);
    rule("127.0.0.7: clock=frozen", 1500);
    cr_assert_eq(meet(99999).time, 1010);
    rule("127.0.0.7: clock=10", 100000);
    cr_assert_eq(meet(100100).time, 1020);
    rule("127.0.0.7: time=5", 100100);
    cr_assert_eq(meet(100200).time, 15);
    rule("127.0.0.7: clock=1000000", 100200);
    cr_assert_eq(meet(UINT32_MAX).time, INT32_MAX, "it ends there");
    rule("127.0.0.7: clear", 200000);
    fault = meet(200000);
    cr_assert(fault.boots == 1 && fault.time == sound_time(200000));
}

/* Whether a device was asked before a rule came or not makes no difference. */
Test(sim_fault, first_met_before_or_after)
{
    static const char *const lines[] = {"*: boots=7 time=100", "127.0.0.0/24: clock=3",
                                        "*: reboot",           "*: clock=0.5",
                                        "127.0.0.7: time=40",  "*: engine-id=8000000001"};
    struct zsnmp_sim_fault early;
    struct zsnmp_sim_fault late;
    rule("*: count", 0);
    cr_assert(meet_one(ADDRESS, 0, &early));
    for (uint64_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        rule(lines[i], 1000 * (i + 1));
    }
    cr_assert(meet_one(ADDRESS, 9000, &early));
    struct zsnmp_sim_faults *first = faults;
    start();
    rule("*: count", 0);
    for (uint64_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        rule(lines[i], 1000 * (i + 1));
    }
    cr_assert(meet_one(ADDRESS, 9000, &late));
    cr_assert_eq(early.boots, 8);
    cr_assert(late.boots == early.boots && late.time == early.time);
    cr_assert(late.started_cs == early.started_cs && late.engine_id_len == 5);
    cr_assert_arr_eq(late.engine_id, early.engine_id, 5);
    zsnmp_sim_faults_destroy(&first);
}

Test(sim_fault, engine_ids)
{
    uint8_t own[ZSNMP_SIM_ENGINE_ID_MAX];
    size_t len = zsnmp_sim_engine_id(zsnmp_sim_key_v4(ADDRESS), own);
    rule("127.0.0.7: engine-id=80000000Aabb", 0);
    struct zsnmp_sim_fault fault = meet(0);
    cr_assert_eq(fault.engine_id_len, 6);
    cr_assert_arr_eq(fault.engine_id, "\x80\0\0\0\xaa\xbb", 6);
    rule("127.0.0.7: engine-id=own", 0);
    fault = meet(0);
    cr_assert_eq(fault.engine_id_len, len);
    cr_assert_arr_eq(fault.engine_id, own, len);
}

Test(sim_fault, users_of_one_device)
{
    char line[120];
    rule("127.0.0.7: user=sha:authNoPriv:SHA:first-pass-phrase no-user=md5", 0);
    struct zsnmp_sim_fault fault = meet(0);
    cr_assert_eq(fault.users, 2);
    cr_assert_str_eq(fault.user[0].name, "sha");
    cr_assert_eq(fault.user[0].user->auth, ZSNMP_SIM_SHA1);
    cr_assert_str_eq(fault.user[1].name, "md5");
    cr_assert_null(fault.user[1].user);
    rule("127.0.0.7: user=sha:noAuthNoPriv", 0);
    fault = meet(0);
    cr_assert_eq(fault.users, 2, "replaced");
    cr_assert_eq(fault.user[0].user->level, ZSNMP_SIM_NO_AUTH_NO_PRIV);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(line, sizeof line, "127.0.0.7: user=more%d:noAuthNoPriv", i);
        rule(line, 0);
    }
    cr_assert_eq(meet(0).users, ZSNMP_SIM_OWN_USERS_MAX);
    /* What a snapshot points to lives on when the rules are gone. */
    fault = meet(0);
    rule("*: clear", 0);
    cr_assert_str_eq(fault.user[0].user->name, "sha");
}

Test(sim_fault, what_gets_lost)
{
    rule("127.0.0.7: drop=2 drop-replies=1", 0);
    cr_assert(meet(0).drop);
    cr_assert(meet(0).drop);
    struct zsnmp_sim_fault fault = meet(0);
    cr_assert(!fault.drop && fault.lose);
    fault = meet(0);
    cr_assert(!fault.drop && !fault.lose);
    rule("127.0.0.7: dead", 0);
    cr_assert(meet(0).drop);
    rule("127.0.0.7: alive loss=100", 0);
    cr_assert(meet(0).drop);
    rule("127.0.0.7: loss=0", 0);
    cr_assert_not(meet(0).drop);
}

static uint64_t losses(int requests)
{
    uint64_t pattern = 1;
    for (int i = 0; i < requests; i++) {
        pattern = pattern * 31 + meet(0).drop;
    }
    return pattern;
}

Test(sim_fault, the_same_losses_in_each_run)
{
    int lost = 0;
    rule("127.0.0.7: loss=30", 0);
    uint64_t pattern = losses(1000);
    rule("*: clear", 0);
    rule("127.0.0.7: loss=30", 0);
    cr_assert_eq(losses(1000), pattern);
    for (int i = 0; i < 10000; i++) {
        lost += meet(0).drop;
    }
    cr_assert(lost > 2700 && lost < 3300, "%d of 10000", lost);
}

Test(sim_fault, delays_and_doubles)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    rule("127.0.0.7: delay=100+50 duplicate silent-decrypt", 0);
    for (int i = 0; i < 1000; i++) {
        struct zsnmp_sim_fault fault = meet(0);
        cr_assert(fault.disorders.copies == 2 && fault.silent_decrypt);
        least = fault.delay_ms < least ? fault.delay_ms : least;
        most = fault.delay_ms > most ? fault.delay_ms : most;
    }
    cr_assert(least == 100 && most == 150, "%u to %u", least, most);
    rule("127.0.0.7: delay=0", 0);
    cr_assert_eq(meet(0).delay_ms, 0);
}

Test(sim_fault, copies_and_replies_that_are_overtaken)
{
    rule("127.0.0.7: duplicate=5 reorder=2", 0);
    for (int i = 0; i < 9; i++) {
        struct zsnmp_sim_fault fault = meet(0);
        cr_assert_eq(fault.disorders.copies, 5);
        cr_assert_eq(fault.delay_ms, i % 3 == 0 ? ZSNMP_SIM_REORDER_MS : 0, "request %d", i);
    }
    rule("127.0.0.7: duplicate=off reorder=1 delay=10", 0);
    rule("127.0.0.7: count", 0);
    struct zsnmp_sim_fault fault = meet(0);
    cr_assert_eq(fault.disorders.copies, 0);
    cr_assert_eq(fault.delay_ms, 10 + ZSNMP_SIM_REORDER_MS);
    cr_assert_eq(meet(0).delay_ms, 10);
    rule("127.0.0.7: reorder=off", 0);
    cr_assert_eq(meet(0).delay_ms, 10);
}

Test(sim_fault, forgeries_are_counted_when_they_went_out)
{
    struct zsnmp_sim_tally none = {0};
    rule("127.0.0.7: forge=wrongDigest:2", 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(meet(0).forge, ZSNMP_SIM_FORGE_WRONG_DIGEST);
        cr_assert_eq(meet(0).forge, ZSNMP_SIM_FORGE_WRONG_DIGEST, "none has gone out yet");
        zsnmp_sim_faults_tally(faults, zsnmp_sim_key_v4(ADDRESS), &none, true, false);
    }
    cr_assert_eq(meet(0).forge, ZSNMP_SIM_FORGE_NOTHING);
    rule("127.0.0.7: forge=unknownEngineID", 0);
    cr_assert_eq(meet(0).forge, ZSNMP_SIM_FORGE_UNKNOWN_ENGINE_ID);
    rule("127.0.0.7: forge=off", 0);
    cr_assert_eq(meet(0).forge, ZSNMP_SIM_FORGE_NOTHING);
}

Test(sim_fault, counters_of_a_device)
{
    struct zsnmp_sim_tally more = {.replies = 1, .get = 1};
    struct zsnmp_sim_tally tally;
    uint64_t key = zsnmp_sim_key_v4(ADDRESS);
    cr_assert_not(zsnmp_sim_faults_look(faults, key, &tally));
    rule("127.0.0.7: count", 0);
    (void)meet(0);
    (void)meet(0);
    zsnmp_sim_faults_tally(faults, key, &more, false, false);
    cr_assert(zsnmp_sim_faults_look(faults, key, &tally));
    cr_assert(tally.requests == 2 && tally.replies == 1 && tally.get == 1 && tally.set == 0);
    rule("127.0.0.7: count", 0);
    cr_assert(zsnmp_sim_faults_look(faults, key, &tally));
    cr_assert_eq(tally.requests, 0);
}

Test(sim_fault, thousands_of_devices)
{
    struct zsnmp_sim_fault fault;
    rule("127.0.0.0/8: boots=3", 0);
    rule("every:100: dead", 0);
    for (uint32_t i = 1; i < 20000; i++) {
        cr_assert(meet_one(0x7f000000 + i, 0, &fault));
        cr_assert(fault.boots == 3 && fault.drop == (i % 100 == 0), "device %u", i);
    }
}

Test(sim_fault, files_of_rules)
{
    char path[] = "/tmp/zsnmp-rules-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    cr_assert_not_null(file);
    fputs("# a comment\n\n  \n127.0.0.7: boots=4\n127.0.0.7: time=9\r\n", file);
    fflush(file);
    cr_assert(zsnmp_sim_faults_read(faults, path, error), "%s", error);
    cr_assert_eq(meet(0).boots, 4);
    fputs("127.0.0.7: bad\n", file);
    fclose(file);
    cr_assert_not(zsnmp_sim_faults_read(faults, path, error));
    cr_assert_not_null(strstr(error, ":6: no such action: bad"), "%s", error);
    unlink(path);
    cr_assert_not(zsnmp_sim_faults_read(faults, path, error));
    cr_assert_not_null(strstr(error, path));
}

/* ---- late datagrams ---- */

static struct msghdr message_to(struct sockaddr_in *to, struct iovec *data)
{
    return (struct msghdr){
        .msg_name = to, .msg_namelen = sizeof *to, .msg_iov = data, .msg_iovlen = 1};
}

Test(sim_delay, leave_in_the_order_of_their_times)
{
    struct zsnmp_sim_delays delays = {0};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof to;
    size_t sent = 0;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0 &&
              getsockname(fd, (struct sockaddr *)&to, &len) == 0);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t number = i * 37 % 100;
        struct iovec data = {&number, sizeof number};
        struct msghdr message = message_to(&to, &data);
        cr_assert(zsnmp_sim_delays_add(&delays, 1000000u * (number + 1), fd, &message));
    }
    cr_assert_eq(zsnmp_sim_delays_wait(&delays, 0), 1);
    cr_assert_eq(zsnmp_sim_delays_wait(&delays, 999999), 1, "rounded up");
    cr_assert_eq(zsnmp_sim_delays_send(&delays, 999999, &sent), 0);
    cr_assert_eq(sent, 0);
    cr_assert_eq(zsnmp_sim_delays_send(&delays, 50000000, &sent), 0);
    cr_assert_eq(sent, 50);
    cr_assert_eq(zsnmp_sim_delays_send(&delays, UINT64_MAX, &sent), 0);
    cr_assert_eq(sent, 50);
    cr_assert_eq(zsnmp_sim_delays_wait(&delays, 0), -1);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t got;
        cr_assert_eq(recv(fd, &got, sizeof got, 0), (ssize_t)sizeof got);
        cr_assert_eq(got, i);
    }
    close(fd);
    zsnmp_sim_delays_clear(&delays);
}

Test(sim_delay, there_is_a_bound)
{
    struct zsnmp_sim_delays delays = {0};
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct iovec data = {(char[]){"x"}, 1};
    struct msghdr message = message_to(&to, &data);
    size_t sent = 0;
    for (int i = 0; i < ZSNMP_SIM_DELAYED_MAX; i++) {
        cr_assert(zsnmp_sim_delays_add(&delays, 1, -1, &message));
    }
    cr_assert_not(zsnmp_sim_delays_add(&delays, 1, -1, &message));
    cr_assert_eq(zsnmp_sim_delays_send(&delays, 1, &sent), ZSNMP_SIM_DELAYED_MAX, "no such socket");
    cr_assert_eq(sent, 0);
    cr_assert(zsnmp_sim_delays_add(&delays, 1, -1, &message));
    zsnmp_sim_delays_clear(&delays);
}
