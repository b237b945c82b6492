/*
 * The broker's log: one line an event on stderr, each one write. Under systemd
 * a line starts with its level as the journal wants it, else with the time.
 * Secrets, requests and replies never go in here.
 */
#ifndef ZSNMP_BROKER_LOG_H
#define ZSNMP_BROKER_LOG_H

#include <stdbool.h>

#define ZSNMP_LOG_LINE_MAX 4096u

/* Numbers as in syslog. */
enum zsnmp_log_level {
    ZSNMP_LOG_ERROR = 3,
    ZSNMP_LOG_WARNING = 4,
    ZSNMP_LOG_NOTICE = 5,
    ZSNMP_LOG_INFO = 6,
    ZSNMP_LOG_DEBUG = 7
};

bool zsnmp_log_level_parse(const char *text, enum zsnmp_log_level *level);
const char *zsnmp_log_level_name(unsigned level);

/* Lines of a level above this are left out. Also finds out where stderr leads. */
void zsnmp_log_open(enum zsnmp_log_level most);

__attribute__((format(printf, 2, 3))) void zsnmp_log(enum zsnmp_log_level level, const char *format,
                                                     ...);

#endif
