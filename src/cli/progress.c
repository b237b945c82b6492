/*
 * The progress line; see progress.h. Plain ASCII and two control sequences that
 * every terminal knows (carriage return, erase to the end of the line).
 */
#include "progress.h"

#include <inttypes.h>
#include <sys/ioctl.h>

#define DRAW_EVERY_US 100000 /* ten times a second is smooth enough */
#define DRAW_AFTER_US 300000 /* a short run shows no bar at all */
#define COLUMNS_DEFAULT 80u
#define BAR_MIN 5u
#define BAR_MAX 40u

void zsnmp_cli_progress_init(struct zsnmp_cli_progress *self, FILE *err, bool enabled,
                             uint64_t total, int64_t now_us)
{
    *self = (struct zsnmp_cli_progress){.err = err,
                                        .enabled = enabled,
                                        .total = total,
                                        .started_us = now_us,
                                        .drawn_us = now_us + DRAW_AFTER_US - DRAW_EVERY_US};
}

static size_t terminal_columns(FILE *err)
{
    struct winsize size = {0};
    if (ioctl(fileno(err), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return COLUMNS_DEFAULT;
    }
    return size.ws_col;
}

static double seconds(const struct zsnmp_cli_progress *self, int64_t now_us)
{
    return (double)(now_us - self->started_us) / 1e6;
}

/* " 512/1000 51% 230/s 3 failed, 2 s left": the part behind the bar. */
static size_t format_numbers(const struct zsnmp_cli_progress *self, int64_t now_us, char *text,
                             size_t size)
{
    double elapsed = seconds(self, now_us);
    double rate = elapsed > 0 ? (double)self->done / elapsed : 0;
    uint64_t percent = self->total > 0 ? self->done * 100 / self->total : 100;
    int len = snprintf(text, size, " %" PRIu64 "/%" PRIu64 " %" PRIu64 "%% %.0f/s", self->done,
                       self->total, percent, rate);
    if (self->failed > 0) {
        len += snprintf(text + len, size - (size_t)len, " %" PRIu64 " failed", self->failed);
    }
    if (rate > 0 && self->done < self->total) {
        double left = (double)(self->total - self->done) / rate;
        len += snprintf(text + len, size - (size_t)len, " %.0f s left", left);
    }
    return (size_t)len;
}

static size_t put_bar(const struct zsnmp_cli_progress *self, size_t width, char *text)
{
    size_t filled = self->total > 0 ? (size_t)(self->done * width / self->total) : width;
    text[0] = '[';
    for (size_t i = 0; i < width; i++) {
        text[1 + i] = i < filled ? '#' : '.';
    }
    text[1 + width] = ']';
    return width + 2;
}

size_t zsnmp_cli_progress_format(const struct zsnmp_cli_progress *self, int64_t now_us,
                                 size_t columns, char *text, size_t size)
{
    char numbers[200];
    size_t numbers_len = format_numbers(self, now_us, numbers, sizeof(numbers));
    /* The last column stays free: some terminals wrap when it is written. */
    size_t room = columns < size ? columns : size;
    room = room > 0 ? room - 1 : 0;
    size_t len = 0;
    if (room >= numbers_len + BAR_MIN + 2) {
        size_t width = room - numbers_len - 2;
        len = put_bar(self, width < BAR_MAX ? width : BAR_MAX, text);
    }
    for (size_t i = len == 0 ? 1 : 0; i < numbers_len && len < room; i++) {
        text[len++] = numbers[i];
    }
    if (size > 0) {
        text[len] = '\0';
    }
    return len;
}

void zsnmp_cli_progress_draw(struct zsnmp_cli_progress *self, int64_t now_us)
{
    if (!self->enabled || now_us - self->drawn_us < DRAW_EVERY_US) {
        return;
    }
    char text[ZSNMP_CLI_PROGRESS_LINE_MAX];
    (void)zsnmp_cli_progress_format(self, now_us, terminal_columns(self->err), text, sizeof(text));
    (void)fprintf(self->err, "\r%s\x1b[K", text);
    (void)fflush(self->err);
    self->drawn_us = now_us;
    self->visible = true;
}

void zsnmp_cli_progress_hide(struct zsnmp_cli_progress *self)
{
    if (!self->visible) {
        return;
    }
    (void)fputs("\r\x1b[K", self->err);
    (void)fflush(self->err);
    self->visible = false;
    self->drawn_us = 0; /* back at the next chance: what took it away was written at once */
}

void zsnmp_cli_progress_summary(const struct zsnmp_cli_progress *self, int64_t now_us)
{
    (void)fprintf(self->err,
                  "zsnmp: %" PRIu64 " of %" PRIu64 " devices: %" PRIu64 " ok, %" PRIu64
                  " failed; %" PRIu64 " varbinds in %.2f s\n",
                  self->done, self->total, self->done - self->failed, self->failed, self->varbinds,
                  seconds(self, now_us));
}
