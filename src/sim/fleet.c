/*
 * See fleet.h: records, each once in memory, and the addresses that play them, sorted.
 */
#include "sim/fleet.h"

#include "sim/device.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_LEN 4096
#define ADDRESS_TEXT_MAX 64

struct seat {
    uint64_t key;
    const struct zsnmp_sim_record *record;
};

struct zsnmp_sim_fleet {
    size_t seats;
    size_t records;
    struct seat *seat; /* sorted by key */
    struct zsnmp_sim_record **record;
};

struct zsnmp_sim_fleet *zsnmp_sim_fleet_new(void)
{
    return calloc(1, sizeof(struct zsnmp_sim_fleet));
}

void zsnmp_sim_fleet_destroy(struct zsnmp_sim_fleet **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->records; i++) {
        zsnmp_sim_record_destroy(&(*self)->record[i]);
    }
    free((*self)->record);
    free((*self)->seat);
    free(*self);
    *self = NULL;
}

/* Index of the first seat whose key is not below this one. */
static size_t seat_at(const struct zsnmp_sim_fleet *self, uint64_t key)
{
    size_t low = 0;
    size_t high = self->seats;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (self->seat[mid].key < key) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

const struct zsnmp_sim_record *zsnmp_sim_fleet_find(const struct zsnmp_sim_fleet *self,
                                                    uint64_t key)
{
    size_t i = seat_at(self, key);
    return i < self->seats && self->seat[i].key == key ? self->seat[i].record : NULL;
}

static bool put_seat(struct zsnmp_sim_fleet *self, uint64_t key,
                     const struct zsnmp_sim_record *record)
{
    size_t i = seat_at(self, key);
    if (i < self->seats && self->seat[i].key == key) {
        self->seat[i].record = record; /* the last one named wins */
        return true;
    }
    if (self->seats == ZSNMP_SIM_FLEET_MAX) {
        return false;
    }
    struct seat *grown = realloc(self->seat, (self->seats + 1) * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    self->seat = grown;
    memmove(grown + i + 1, grown + i, (self->seats - i) * sizeof *grown);
    grown[i] = (struct seat){key, record};
    self->seats++;
    return true;
}

static const struct zsnmp_sim_record *load(struct zsnmp_sim_fleet *self, const char *path,
                                           char *error)
{
    const char *why = "out of memory";
    struct zsnmp_sim_record **grown = realloc(self->record, (self->records + 1) * sizeof *grown);
    struct zsnmp_sim_record *record = NULL;
    if (grown != NULL) {
        self->record = grown;
        record = zsnmp_sim_record_new(path, &why);
    }
    if (record == NULL) {
        (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: %s", path, why);
        return NULL;
    }
    if (record->skipped > 0) {
        (void)fprintf(stderr, "zsnmp-sim: %s: %zu lines skipped, %zu objects\n", path,
                      record->skipped, record->count);
    }
    self->record[self->records++] = record;
    return record;
}

/* Every address of a list with commas plays the record. */
static bool seat_all(struct zsnmp_sim_fleet *self, const char *list,
                     const struct zsnmp_sim_record *record, char *error)
{
    for (;;) {
        size_t len = strcspn(list, ",");
        char one[ADDRESS_TEXT_MAX] = "";
        uint64_t key = 0;
        if (len < sizeof one) {
            memcpy(one, list, len);
        }
        if (!zsnmp_sim_key_parse(one, &key)) {
            (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: no address", list);
            return false;
        }
        if (!put_seat(self, key, record)) {
            (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: too many records", list);
            return false;
        }
        if (list[len] == '\0') {
            return true;
        }
        list += len + 1;
    }
}

bool zsnmp_sim_fleet_add_spec(struct zsnmp_sim_fleet *self, const char *spec,
                              char error[ZSNMP_SIM_FLEET_ERROR_MAX])
{
    const char *equals = strrchr(spec, '=');
    char path[PATH_MAX_LEN];
    if (equals == NULL || equals == spec || (size_t)(equals - spec) >= sizeof path) {
        (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: want FILE=ADDRESS", spec);
        return false;
    }
    memcpy(path, spec, (size_t)(equals - spec));
    path[equals - spec] = '\0';
    const struct zsnmp_sim_record *record = load(self, path, error);
    return record != NULL && seat_all(self, equals + 1, record, error);
}

/* The address a file is named after: all of the name, or all before its last dot. */
static bool name_key(const char *name, uint64_t *key)
{
    char text[ADDRESS_TEXT_MAX];
    if (strlen(name) >= sizeof text) {
        return false;
    }
    strcpy(text, name);
    if (zsnmp_sim_key_parse(text, key)) {
        return true;
    }
    char *dot = strrchr(text, '.');
    if (dot == NULL) {
        return false;
    }
    *dot = '\0';
    return zsnmp_sim_key_parse(text, key);
}

static bool add_file(struct zsnmp_sim_fleet *self, const char *dir, const char *name, char *error)
{
    uint64_t key = 0;
    if (name[0] == '.' || !name_key(name, &key)) {
        return true; /* not ours */
    }
    char path[PATH_MAX_LEN];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path) {
        (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: path too long", name);
        return false;
    }
    const struct zsnmp_sim_record *record = load(self, path, error);
    if (record == NULL) {
        return false;
    }
    if (!put_seat(self, key, record)) {
        (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: too many records", name);
        return false;
    }
    return true;
}

bool zsnmp_sim_fleet_add_dir(struct zsnmp_sim_fleet *self, const char *path,
                             char error[ZSNMP_SIM_FLEET_ERROR_MAX])
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        (void)snprintf(error, ZSNMP_SIM_FLEET_ERROR_MAX, "%s: %s", path, strerror(errno));
        return false;
    }
    bool ok = true;
    for (struct dirent *e = readdir(dir); ok && e != NULL; e = readdir(dir)) {
        ok = add_file(self, path, e->d_name, error);
    }
    (void)closedir(dir);
    return ok;
}
