/*
 * Polls devices, a thousand at a time, with a progress bar where standard error is a terminal, and
 * prints a table of their names, up-times and interfaces.
 *
 * usage: poll [ENDPOINT] <devices, where devices has one peer a line
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zsnmpc.h>

#define WINDOW 1000 /* devices that are asked at a time */
#define BAR 40      /* characters */

struct device {
    char *peer;
    char name[40];
    char interfaces[12];
    uint64_t uptime_s;
    char error[40]; /* empty: it has answered */
};

static struct device *devices;
static size_t count;
static size_t done;

/* One line of standard input for each; those that are empty do not count. */
static void read_devices(void)
{
    char *line = NULL;
    size_t size = 0;
    size_t room = 0;
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, " \t\r\n#")] = '\0';
        if (line[0] == '\0') {
            continue;
        }
        struct device *grown = devices;
        if (count == room) {
            room = room == 0 ? 64 : room * 2;
            grown = realloc(devices, room * sizeof(*devices));
        }
        char *peer = strdup(line);
        if (grown == NULL || peer == NULL) {
            perror("poll");
            exit(1);
        }
        devices = grown;
        devices[count++] = (struct device){.peer = peer};
    }
    free(line);
}

/* The reply of a device, in the order in which it was asked. */
static void take_reply(const zsnmpc_reply_t *reply, void *arg)
{
    struct device *device = arg;
    zsnmpc_varbind_t vb;
    const zsnmpc_error_t *error = zsnmpc_reply_error(reply);
    done++;
    if (error != NULL) {
        (void)snprintf(device->error, sizeof(device->error), "%s", error->name);
        return;
    }
    if (zsnmpc_reply_varbind(reply, 0, &vb)) {
        (void)zsnmpc_varbind_print(&vb, device->name, sizeof(device->name));
    }
    if (zsnmpc_reply_varbind(reply, 1, &vb) && vb.type == ZSNMPC_TIMETICKS) {
        device->uptime_s = vb.value.u / 100;
    }
    if (zsnmpc_reply_varbind(reply, 2, &vb)) {
        (void)zsnmpc_varbind_print(&vb, device->interfaces, sizeof(device->interfaces));
    }
}

static void show_progress(void)
{
    int full = count > 0 ? (int)(done * BAR / count) : BAR;
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r[%.*s%*s] %zu/%zu%s", full,
                      "########################################", BAR - full, "", done, count,
                      done == count ? "\n" : "");
    }
}

/* Keeps WINDOW calls under way until all devices have their reply. false: errno says why. */
static bool poll_devices(zsnmpc_t *client, zsnmpc_request_t *request)
{
    size_t asked = 0;
    while (done < count) {
        zsnmpc_batch_begin(client);
        for (; asked < count && zsnmpc_pending(client) < WINDOW; asked++) {
            zsnmpc_request_put_text(request, ZSNMPC_PEER, devices[asked].peer);
            if (zsnmpc_call(client, request, take_reply, &devices[asked]) == 0) {
                return false;
            }
        }
        zsnmpc_batch_end(client);
        (void)zsnmpc_wait(client, -1);
        show_progress();
    }
    return true;
}

static void print_table(void)
{
    (void)printf("%-22s %-28s %12s %10s\n", "DEVICE", "NAME", "UP (HOURS)", "INTERFACES");
    for (size_t i = 0; i < count; i++) {
        const struct device *device = &devices[i];
        if (device->error[0] != '\0') {
            (void)printf("%-22s %s\n", device->peer, device->error);
        } else {
            (void)printf("%-22s %-28s %12.1f %10s\n", device->peer, device->name,
                         (double)device->uptime_s / 3600, device->interfaces);
        }
        free(device->peer);
    }
    free(devices);
}

int main(int argc, char **argv)
{
    zsnmpc_t *client = zsnmpc_new(argc > 1 ? argv[1] : ZSNMPC_ENDPOINT, NULL);
    zsnmpc_request_t *request = zsnmpc_request_new(ZSNMPC_GET, NULL);
    if (client == NULL || request == NULL) {
        (void)fprintf(stderr, "poll: %s\n", zsnmpc_strerror(errno));
        return 1;
    }
    zsnmpc_request_add_oid(request, "1.3.6.1.2.1.1.5.0"); /* sysName */
    zsnmpc_request_add_oid(request, "1.3.6.1.2.1.1.3.0"); /* sysUpTime */
    zsnmpc_request_add_oid(request, "1.3.6.1.2.1.2.1.0"); /* ifNumber */
    read_devices();
    bool good = poll_devices(client, request);
    if (!good) {
        (void)fprintf(stderr, "poll: %s\n", zsnmpc_strerror(errno));
    }
    zsnmpc_destroy(&client);
    zsnmpc_request_destroy(&request);
    print_table();
    return good ? 0 : 1;
}
