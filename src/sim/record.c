/*
 * See record.h: entries sorted by name, names kept as numbers for comparing and encoded for
 * sending. Offsets are 32 bits wide; the ceilings of the header keep them so.
 */
#include "sim/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for n more elements of the given size; doubles, so that growth costs little. */
static bool reserve(void **data, size_t *room, size_t used, size_t n, size_t size)
{
    if (*room - used >= n) {
        return true;
    }
    size_t want = *room * 2 + n + 64;
    void *grown = realloc(*data, want * size);
    if (grown == NULL) {
        return false;
    }
    *data = grown;
    *room = want;
    return true;
}

static bool add_entry(struct zsnmp_sim_record *r, const struct zsnmp_sim_line *line)
{
    void *entries = r->entry;
    void *ids = r->ids;
    void *bytes = r->bytes;
    size_t most = ZSNMP_SIM_OID_BYTES_MAX + line->len;
    bool ok = reserve(&entries, &r->entry_room, r->count, 1, sizeof *r->entry);
    r->entry = entries;
    ok = ok && reserve(&ids, &r->ids_room, r->ids_len, line->name.len, sizeof *r->ids);
    r->ids = ids;
    ok = ok && reserve(&bytes, &r->bytes_room, r->bytes_len, most, 1);
    r->bytes = bytes;
    if (!ok || r->bytes_len + most > UINT32_MAX) {
        return false;
    }
    struct zsnmp_sim_entry *e = &r->entry[r->count++];
    *e = (struct zsnmp_sim_entry){.ids = (uint32_t)r->ids_len,
                                  .bytes = (uint32_t)r->bytes_len,
                                  .value_len = (uint32_t)line->len,
                                  .ids_len = (uint8_t)line->name.len,
                                  .tag = line->tag};
    memcpy(r->ids + r->ids_len, line->name.id, line->name.len * sizeof *r->ids);
    r->ids_len += line->name.len;
    size_t name = zsnmp_sim_ber_put_oid(r->bytes + r->bytes_len, line->name.id, line->name.len);
    e->name_len = (uint16_t)name;
    memcpy(r->bytes + r->bytes_len + name, line->value, line->len);
    r->bytes_len += name + line->len;
    return true;
}

static int compare_entries(const void *a, const void *b, void *arg)
{
    const struct zsnmp_sim_record *r = arg;
    const struct zsnmp_sim_entry *x = a;
    const struct zsnmp_sim_entry *y = b;
    int c = zsnmp_sim_oid_cmp(r->ids + x->ids, x->ids_len, r->ids + y->ids, y->ids_len);
    /* Of one name, the first in the file comes first and stays. */
    return c != 0 ? c : x->ids < y->ids ? -1 : x->ids > y->ids;
}

static void sort_entries(struct zsnmp_sim_record *r)
{
    if (r->count == 0) {
        return;
    }
    qsort_r(r->entry, r->count, sizeof *r->entry, compare_entries, r);
    size_t kept = 1;
    for (size_t i = 1; i < r->count; i++) {
        const struct zsnmp_sim_entry *last = &r->entry[kept - 1];
        const struct zsnmp_sim_entry *e = &r->entry[i];
        if (zsnmp_sim_oid_cmp(r->ids + last->ids, last->ids_len, r->ids + e->ids, e->ids_len) !=
            0) {
            r->entry[kept++] = *e;
        }
    }
    r->count = kept;
    uint32_t next = (uint32_t)r->count;
    for (size_t i = r->count; i-- > 0;) {
        r->entry[i].next_v1 = next;
        if (r->entry[i].tag != ZSNMP_SIM_COUNTER64) {
            next = (uint32_t)i;
        }
    }
}

static bool read_entries(struct zsnmp_sim_record *r, struct zsnmp_sim_text text,
                         struct zsnmp_sim_line *line, const char **error)
{
    while (text.at < text.end) {
        enum zsnmp_sim_line_result result = zsnmp_sim_line_read(&text, line);
        r->skipped += result == ZSNMP_SIM_LINE_BAD;
        if (result != ZSNMP_SIM_LINE_VALUE) {
            continue;
        }
        if (r->count == ZSNMP_SIM_RECORD_ENTRIES_MAX) {
            *error = "too many objects";
            return false;
        }
        if (!add_entry(r, line)) {
            *error = "out of memory";
            return false;
        }
    }
    if (r->count == 0) {
        *error = "no object in it";
        return false;
    }
    return true;
}

struct zsnmp_sim_record *zsnmp_sim_record_parse(const char *text, size_t len, const char **error)
{
    struct zsnmp_sim_record *r = calloc(1, sizeof *r);
    struct zsnmp_sim_line *line = malloc(sizeof *line);
    *error = "out of memory";
    struct zsnmp_sim_text t = {text, text + len};
    if (r == NULL || line == NULL || !read_entries(r, t, line, error)) {
        zsnmp_sim_record_destroy(&r);
    } else {
        sort_entries(r);
    }
    free(line);
    return r;
}

/* The whole file, or NULL and why not. */
static char *read_file(const char *path, size_t *len, const char **error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        *error = strerror(errno);
        return NULL;
    }
    char *text = NULL;
    size_t room = 0;
    *len = 0;
    *error = NULL;
    for (;;) {
        void *data = text;
        if (*len > ZSNMP_SIM_RECORD_BYTES_MAX || !reserve(&data, &room, *len, 65536, 1)) {
            *error = "too large";
            break;
        }
        text = data;
        size_t n = fread(text + *len, 1, room - *len, file);
        *len += n;
        if (n == 0) {
            *error = ferror(file) ? "cannot be read" : NULL;
            break;
        }
    }
    (void)fclose(file); /* opened for reading: nothing to lose */
    if (*error != NULL) {
        free(text);
        return NULL;
    }
    return text;
}

struct zsnmp_sim_record *zsnmp_sim_record_new(const char *path, const char **error)
{
    size_t len = 0;
    char *text = read_file(path, &len, error);
    if (text == NULL) {
        return NULL;
    }
    struct zsnmp_sim_record *r = zsnmp_sim_record_parse(text, len, error);
    free(text);
    return r;
}

void zsnmp_sim_record_destroy(struct zsnmp_sim_record **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->entry);
    free((*self)->ids);
    free((*self)->bytes);
    free(*self);
    *self = NULL;
}

/* Index of the first entry that is not before the name; count if all are. */
static size_t lower_bound(const struct zsnmp_sim_record *r, const uint32_t *id, size_t len)
{
    size_t low = 0;
    size_t high = r->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct zsnmp_sim_entry *e = &r->entry[mid];
        if (zsnmp_sim_oid_cmp(r->ids + e->ids, e->ids_len, id, len) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool equals(const struct zsnmp_sim_record *r, size_t i, const struct zsnmp_sim_oid *oid)
{
    return i < r->count &&
           zsnmp_sim_oid_cmp(r->ids + r->entry[i].ids, r->entry[i].ids_len, oid->id, oid->len) == 0;
}

bool zsnmp_sim_record_find(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid,
                           uint32_t *index)
{
    size_t i = lower_bound(record, oid->id, oid->len);
    *index = (uint32_t)i;
    return equals(record, i, oid);
}

bool zsnmp_sim_record_after(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid,
                            bool v1, uint32_t *index)
{
    size_t i = lower_bound(record, oid->id, oid->len);
    i += equals(record, i, oid);
    if (i < record->count && v1 && record->entry[i].tag == ZSNMP_SIM_COUNTER64) {
        i = record->entry[i].next_v1;
    }
    *index = (uint32_t)i;
    return i < record->count;
}

bool zsnmp_sim_record_step(const struct zsnmp_sim_record *record, bool v1, uint32_t *index)
{
    uint32_t next = v1 ? record->entry[*index].next_v1 : *index + 1;
    if (next >= record->count) {
        return false;
    }
    *index = next;
    return true;
}

bool zsnmp_sim_record_near(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid)
{
    size_t len = oid->len - 1;
    size_t i = lower_bound(record, oid->id, len);
    return i < record->count && record->entry[i].ids_len >= len &&
           zsnmp_sim_oid_cmp(record->ids + record->entry[i].ids, len, oid->id, len) == 0;
}
