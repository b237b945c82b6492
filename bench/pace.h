/*
 * The clock of an open loop: each operation is due at its time, whatever became of those before.
 * Times are whole ticks; what is due at one tick comes up together, or a client that has to be
 * woken for each would take the core that it measures. A timer descriptor becomes readable at the
 * next tick that has something due, since time-outs of poll() are whole milliseconds.
 */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include <sys/timerfd.h>
#include <unistd.h>

#include "measure.h"

#define PACE_TICK_NS INT64_C(200000)

struct pace {
    int fd;
    int64_t start_ns;
    double rate;    /* a second */
    uint64_t taken; /* so many have come up */
};

static inline void pace_start(struct pace *self, double rate)
{
    *self = (struct pace){.rate = rate, .start_ns = now_ns()};
    self->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (self->fd < 0) {
        perror("timerfd_create");
        exit(1);
    }
}

static inline int64_t pace_next_ns(const struct pace *self)
{
    int64_t exact = (int64_t)((double)self->taken / self->rate * 1e9);
    return self->start_ns + (exact + PACE_TICK_NS - 1) / PACE_TICK_NS * PACE_TICK_NS;
}

/* The descriptor becomes readable then, at once where that is over. */
static inline void pace_arm(struct pace *self, int64_t at_ns)
{
    struct itimerspec at = {.it_value = {at_ns / 1000000000, at_ns % 1000000000}};
    if (timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &at, NULL) != 0) {
        perror("timerfd_settime");
        exit(1);
    }
}

static inline void pace_end(struct pace *self)
{
    close(self->fd);
}

#endif
