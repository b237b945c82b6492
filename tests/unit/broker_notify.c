/* What the service manager is told, and by which addresses it can be reached. */
#include "broker/log.h"
#include "broker/notify.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Binds a datagram socket to a name as NOTIFY_SOCKET has it, and expects one datagram. */
static void expect_datagram(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    cr_assert(zsnmp_notify("READY=1"));
    char got[32] = "";
    cr_assert_eq(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), 7);
    cr_assert_str_eq(got, "READY=1");
    close(fd);
}

Test(broker_notify, path_and_abstract)
{
    char directory[] = "/tmp/zsnmp-notify-XXXXXX";
    char name[64];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(name, sizeof name, "%s/s", directory);
    expect_datagram(name);
    unlink(name);
    rmdir(directory);
    snprintf(name, sizeof name, "@zsnmp-notify-%ld", (long)getpid());
    expect_datagram(name);
}

Test(broker_notify, nobody_there)
{
    unsetenv("NOTIFY_SOCKET");
    cr_assert(zsnmp_notify("READY=1"));
    setenv("NOTIFY_SOCKET", "", 1);
    cr_assert(zsnmp_notify("READY=1"));
    setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
    cr_assert_not(zsnmp_notify("READY=1"));
    setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
    cr_assert_not(zsnmp_notify("READY=1"));
}

Test(broker_log, level_names)
{
    enum zsnmp_log_level level = ZSNMP_LOG_ERROR;
    cr_assert(zsnmp_log_level_parse("debug", &level));
    cr_assert_eq(level, ZSNMP_LOG_DEBUG);
    cr_assert_str_eq(zsnmp_log_level_name(level), "debug");
    cr_assert_not(zsnmp_log_level_parse("DEBUG", &level));
    cr_assert_not(zsnmp_log_level_parse("", &level));
    cr_assert_str_eq(zsnmp_log_level_name(99), "?");
}
