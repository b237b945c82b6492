/*
 * A record: the walk of a real agent, read once from a file and played back as it is. Read only
 * after the start; any number of devices may share one.
 */
#ifndef ZSNMP_SIM_RECORD_H
#define ZSNMP_SIM_RECORD_H

#include "sim/ber.h"

#include <stdio.h>

/* Ceilings: a full router table is some 4 million objects. */
#define ZSNMP_SIM_RECORD_BYTES_MAX (512u << 20)
#define ZSNMP_SIM_RECORD_ENTRIES_MAX (4u << 20)

struct zsnmp_sim_entry {
    uint32_t ids;   /* offset into record.ids */
    uint32_t bytes; /* offset into record.bytes: encoded name, then the value's content */
    uint32_t value_len;
    uint32_t next_v1; /* index of the next entry that v1 can carry; count: none */
    uint16_t name_len;
    uint8_t ids_len;
    uint8_t tag;
};

struct zsnmp_sim_record {
    size_t count;
    size_t skipped; /* lines that made no sense */
    struct zsnmp_sim_entry *entry;
    uint32_t *ids;
    uint8_t *bytes;
    size_t entry_room, ids_len, ids_room, bytes_len, bytes_room;
};

/* Reads the file, sorts it, drops repeated names. NULL and a reason in error, where it cannot. */
struct zsnmp_sim_record *zsnmp_sim_record_new(const char *path, const char **error);
struct zsnmp_sim_record *zsnmp_sim_record_parse(const char *text, size_t len, const char **error);
void zsnmp_sim_record_destroy(struct zsnmp_sim_record **self);

bool zsnmp_sim_record_find(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid,
                           uint32_t *index);
/* Index of the first entry after the OID; false at the end. */
bool zsnmp_sim_record_after(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid,
                            bool v1, uint32_t *index);
bool zsnmp_sim_record_step(const struct zsnmp_sim_record *record, bool v1, uint32_t *index);
/* Is there an entry whose name starts with all but the last sub-identifier of the OID? */
bool zsnmp_sim_record_near(const struct zsnmp_sim_record *record, const struct zsnmp_sim_oid *oid);

/* record_line.c: one entry of a walk, which may span lines. */
struct zsnmp_sim_text {
    const char *at;
    const char *end;
};

/* Longest value of an entry: larger ones fit no message. */
#define ZSNMP_SIM_RECORD_VALUE_MAX 65535

struct zsnmp_sim_line {
    struct zsnmp_sim_oid name;
    uint8_t tag;
    size_t len;
    uint8_t value[ZSNMP_SIM_RECORD_VALUE_MAX];
};

enum zsnmp_sim_line_result {
    ZSNMP_SIM_LINE_VALUE,
    ZSNMP_SIM_LINE_NOTHING, /* blank, or a remark of the walk such as "No more variables" */
    ZSNMP_SIM_LINE_BAD,
};

/* Takes the next entry off the text; the text must not be empty. */
enum zsnmp_sim_line_result zsnmp_sim_line_read(struct zsnmp_sim_text *text,
                                               struct zsnmp_sim_line *line);

#endif
