/*
 * Lists of devices from the command line and from files; see peers.h.
 */
#include "peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

#define BLANKS " \t\r\n\v\f"

/* Cuts comment and blanks off a line, in place. */
static char *trim(char *line)
{
    line[strcspn(line, "#")] = '\0';
    line += strspn(line, BLANKS);
    size_t len = strlen(line);
    while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL) {
        line[--len] = '\0';
    }
    return line;
}

static const char *add_owned(struct zsnmp_cli_peers *self, const char *peer)
{
    if (self->list.count >= ZSNMP_CLI_PEERS_MAX) {
        return "too many peers";
    }
    char *copy = strdup(peer);
    if (copy == NULL || !zsnmp_cli_strings_add(&self->list, copy)) {
        free(copy);
        return "out of memory";
    }
    return NULL;
}

bool zsnmp_cli_peers_read(struct zsnmp_cli_peers *self, FILE *file, const char *name, char *why,
                          size_t size)
{
    char *line = NULL;
    size_t cap = 0;
    const char *wrong = NULL;
    size_t number = 0;
    errno = 0;
    while (wrong == NULL && getline(&line, &cap, file) >= 0) {
        number++;
        const char *peer = trim(line);
        if (*peer == '\0') {
            continue;
        }
        wrong = zsnmp_cli_peer_valid(peer) ? add_owned(self, peer) : "not a peer";
    }
    if (wrong == NULL && ferror(file)) {
        wrong = strerror(errno);
    }
    if (wrong != NULL) {
        (void)snprintf(why, size, "%s:%zu: %s", name, number, wrong);
    }
    free(line);
    return wrong == NULL;
}

static bool read_named(struct zsnmp_cli_peers *self, const char *name, char *why, size_t size)
{
    if (strcmp(name, "-") == 0) {
        return zsnmp_cli_peers_read(self, stdin, "standard input", why, size);
    }
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        (void)snprintf(why, size, "%s: %s", name, strerror(errno));
        return false;
    }
    bool good = zsnmp_cli_peers_read(self, file, name, why, size);
    (void)fclose(file);
    return good;
}

bool zsnmp_cli_peers_load(struct zsnmp_cli_peers *self, const struct zsnmp_cli_options *options,
                          char *why, size_t size)
{
    *self = (struct zsnmp_cli_peers){.borrowed = options->peers.count};
    for (size_t i = 0; i < options->peers.count; i++) {
        if (!zsnmp_cli_strings_add(&self->list, options->peers.items[i])) {
            self->borrowed = i;
            (void)snprintf(why, size, "out of memory");
            return false;
        }
    }
    for (size_t i = 0; i < options->peer_files.count; i++) {
        if (!read_named(self, options->peer_files.items[i], why, size)) {
            return false;
        }
    }
    if (self->list.count == 0) {
        (void)snprintf(why, size, "%s: no peers in it", options->peer_files.items[0]);
    }
    return self->list.count > 0;
}

void zsnmp_cli_peers_clear(struct zsnmp_cli_peers *self)
{
    for (size_t i = self->borrowed; i < self->list.count; i++) {
        free((char *)(uintptr_t)self->list.items[i]);
    }
    free(self->list.items);
    *self = (struct zsnmp_cli_peers){0};
}
