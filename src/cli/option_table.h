/*
 * The list of options: how each is spelled, which commands know it, what it
 * sets and its line of help. The parser and the help text both read it, so
 * that they cannot disagree.
 */
#ifndef ZSNMP_CLI_OPTION_TABLE_H
#define ZSNMP_CLI_OPTION_TABLE_H

#include "options.h"

#define ZSNMP_CLI_REQUESTS                                                                         \
    (ZSNMP_CLI_GET | ZSNMP_CLI_NEXT | ZSNMP_CLI_BULK | ZSNMP_CLI_WALK | ZSNMP_CLI_SET)
#define ZSNMP_CLI_ADMIN (ZSNMP_CLI_PING | ZSNMP_CLI_INFO | ZSNMP_CLI_DEVICES)
#define ZSNMP_CLI_ALL (ZSNMP_CLI_REQUESTS | ZSNMP_CLI_ADMIN)

enum zsnmp_cli_option_kind {
    ZSNMP_CLI_OPT_HELP,
    ZSNMP_CLI_OPT_VERSION,
    ZSNMP_CLI_OPT_FLAG,   /* sets the bool at offset */
    ZSNMP_CLI_OPT_STRING, /* sets the const char * at offset */
    ZSNMP_CLI_OPT_UINT,   /* sets the uint32_t at offset, min to max */
    ZSNMP_CLI_OPT_MS,     /* seconds with a fraction into the uint32_t milliseconds at offset */
    ZSNMP_CLI_OPT_LIST,   /* appends to the strings at offset */
    ZSNMP_CLI_OPT_CALL    /* calls set */
};

typedef bool zsnmp_cli_set_fn(struct zsnmp_cli_options *self, const char *value);

struct zsnmp_cli_option {
    char letter;      /* 0: has only a name */
    const char *name; /* NULL: has only a letter */
    enum zsnmp_cli_option_kind kind;
    const char *value; /* what help calls the argument; NULL: takes none */
    unsigned commands; /* those that know it */
    size_t offset;
    uint32_t min;
    uint32_t max;
    zsnmp_cli_set_fn *set;
    const char *help;
};

extern const struct zsnmp_cli_option zsnmp_cli_option_table[];
extern const size_t zsnmp_cli_option_count;

#endif
