/*
 * What the load programs measure with: a clock, CPU of a process with all its threads, and a
 * histogram of latencies. Inline, for each program stands alone.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds that the threads of a process have run; of all that are alive. */
static inline int64_t cpu_ns_of(int pid)
{
    char path[300];
    int64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *dir = opendir(path);
    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        unsigned long long ran = 0;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, e->d_name);
        FILE *file = e->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (file != NULL) {
            if (fscanf(file, "%llu", &ran) == 1) {
                sum += (int64_t)ran;
            }
            fclose(file);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return sum;
}

/* Latencies in microseconds, exact to 1/64: 64 steps for each power of two. */
#define HIST_STEPS 64
#define HIST_SIZE (40 * HIST_STEPS)

struct hist {
    uint64_t count;
    uint64_t cells[HIST_SIZE];
};

static inline void hist_add(struct hist *self, int64_t us)
{
    uint64_t value = us < 1 ? 1 : (uint64_t)us;
    unsigned power = 63 - (unsigned)__builtin_clzll(value);
    uint64_t step = power < 6 ? value << (6 - power) : value >> (power - 6);
    self->cells[power * HIST_STEPS + (step & (HIST_STEPS - 1))]++;
    self->count++;
}

static inline void hist_merge(struct hist *self, const struct hist *other)
{
    self->count += other->count;
    for (size_t i = 0; i < HIST_SIZE; i++) {
        self->cells[i] += other->cells[i];
    }
}

static inline double hist_at(const struct hist *self, double share)
{
    uint64_t want = (uint64_t)((double)self->count * share);
    uint64_t seen = 0;
    for (size_t i = 0; i < HIST_SIZE; i++) {
        seen += self->cells[i];
        if (seen > want) {
            double base = (double)(UINT64_C(1) << (i / HIST_STEPS));
            return base * (1 + (double)(i % HIST_STEPS) / HIST_STEPS);
        }
    }
    return 0;
}

/*
 * The p99 of each tenth of a second by itself; their median is what it usually is, where other
 * programs take the cores from time to time.
 */
#define SLICE_NS 100000000
#define SLICES_MAX 1000

struct slices {
    struct hist now;
    int64_t end_ns;
    double p99[SLICES_MAX];
    size_t count;
};

static inline void slices_add(struct slices *self, int64_t now, int64_t us)
{
    if (now >= self->end_ns) {
        if (self->now.count > 0 && self->count < SLICES_MAX) {
            self->p99[self->count++] = hist_at(&self->now, 0.99);
        }
        self->now = (struct hist){0};
        self->end_ns = now + SLICE_NS;
    }
    hist_add(&self->now, us);
}

static inline int slices_compare(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return *x < *y ? -1 : *x > *y;
}

static inline double slices_median(struct slices *self)
{
    qsort(self->p99, self->count, sizeof *self->p99, slices_compare);
    return self->count > 0 ? self->p99[self->count / 2] : 0;
}

/* Peak is of no interest: what it holds now. */
static inline long rss_kb_of(int pid)
{
    char path[64];
    char line[200];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmRSS: %ld", &kb) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kb;
}

#endif
