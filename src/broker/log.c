/* Log lines; see log.h. Used by the main thread only. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
    enum zsnmp_log_level level;
    const char *name;
} levels[] = {
    {ZSNMP_LOG_ERROR, "error"}, {ZSNMP_LOG_WARNING, "warning"}, {ZSNMP_LOG_NOTICE, "notice"},
    {ZSNMP_LOG_INFO, "info"},   {ZSNMP_LOG_DEBUG, "debug"},
};

#define LEVEL_COUNT (sizeof levels / sizeof levels[0])

static enum zsnmp_log_level most_verbose = ZSNMP_LOG_NOTICE;
static bool to_journal;

bool zsnmp_log_level_parse(const char *text, enum zsnmp_log_level *level)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(text, levels[i].name) == 0) {
            *level = levels[i].level;
            return true;
        }
    }
    return false;
}

const char *zsnmp_log_level_name(unsigned level)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (level == levels[i].level) {
            return levels[i].name;
        }
    }
    return "?";
}

/* systemd names the journal's socket by device and inode, so that a redirected stderr is told
 * apart. */
static bool leads_to_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device;
    unsigned long long inode;
    struct stat info;
    return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &info) == 0 && info.st_dev == (dev_t)device &&
           info.st_ino == (ino_t)inode;
}

void zsnmp_log_open(enum zsnmp_log_level most)
{
    most_verbose = most;
    to_journal = leads_to_journal();
}

static size_t write_prefix(char *line, size_t size, enum zsnmp_log_level level)
{
    if (to_journal) {
        return (size_t)snprintf(line, size, "<%d>", (int)level);
    }
    struct timespec now;
    struct tm utc;
    char date[32] = "";
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) != NULL) {
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    }
    return (size_t)snprintf(line, size, "%s.%03ldZ zsnmpd[%ld] %s: ", date, now.tv_nsec / 1000000,
                            (long)getpid(), zsnmp_log_level_name(level));
}

void zsnmp_log(enum zsnmp_log_level level, const char *format, ...)
{
    if (level > most_verbose) {
        return;
    }
    char line[ZSNMP_LOG_LINE_MAX];
    size_t len = write_prefix(line, sizeof line, level);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + len, sizeof line - len - 1, format, args);
    va_end(args);
    len += more > 0 ? (size_t)more : 0;
    len = len < sizeof line - 2 ? len : sizeof line - 2;
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* nowhere to tell */
}
