/*
 * One line on a terminal's standard error that tells how far a run is, and the
 * summary at its end. It shows nothing but on a terminal, and is taken away
 * before anything else is written, so that it never mixes with output.
 */
#ifndef ZSNMP_CLI_PROGRESS_H
#define ZSNMP_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ZSNMP_CLI_PROGRESS_LINE_MAX 400u /* bytes: the widest line that is drawn */

struct zsnmp_cli_progress {
    FILE *err;
    bool enabled;
    bool visible;
    int64_t started_us;
    int64_t drawn_us;
    uint64_t total;
    uint64_t done;
    uint64_t failed;
    uint64_t varbinds;
};

void zsnmp_cli_progress_init(struct zsnmp_cli_progress *self, FILE *err, bool enabled,
                             uint64_t total, int64_t now_us);

/* Draws, where that is due. */
void zsnmp_cli_progress_draw(struct zsnmp_cli_progress *self, int64_t now_us);

/* Takes the line away; to be called before anything is written to the terminal. */
void zsnmp_cli_progress_hide(struct zsnmp_cli_progress *self);

/* The line for a terminal of so many columns, without a line feed; returns its length. */
size_t zsnmp_cli_progress_format(const struct zsnmp_cli_progress *self, int64_t now_us,
                                 size_t columns, char *text, size_t size);

/* "1000 devices: 998 ok, 2 failed; 12000 varbinds in 1.2 s" and a line feed. */
void zsnmp_cli_progress_summary(const struct zsnmp_cli_progress *self, int64_t now_us);

#endif
