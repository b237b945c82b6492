/*
 * One run of get, next, bulk, walk or set over all devices: sends requests in
 * batches, with a bounded number of them unanswered at a time, and prints each
 * reply as it comes. Ends when every device has its reply, the broker is gone
 * or a signal came; never waits for more than that.
 */
#ifndef ZSNMP_CLI_JOB_H
#define ZSNMP_CLI_JOB_H

#include "options.h"
#include "output.h"
#include "peers.h"
#include "progress.h"
#include "zsnmpc.h"

#define ZSNMP_CLI_TICK_MS 100 /* the longest wait in one go, for progress and signals */

/* What the process ends with. */
enum zsnmp_cli_status {
    ZSNMP_CLI_OK = 0,
    ZSNMP_CLI_FAILED = 1, /* a device failed or answered in part, or output could not be written */
    ZSNMP_CLI_WRONG = 2,  /* the command line */
    ZSNMP_CLI_NO_BROKER = 3,
    ZSNMP_CLI_SIGNALLED = 128 /* and the number of the signal */
};

struct zsnmp_cli_slot;

struct zsnmp_cli_job {
    const struct zsnmp_cli_options *options;
    const struct zsnmp_cli_strings *peers;
    zsnmpc_t *client; /* the job's; it is destroyed when that ends */
    struct zsnmp_cli_output *output;
    struct zsnmp_cli_progress *progress;
    bool hide; /* the progress line shares a terminal with the output */

    /* the run's own */
    zsnmpc_request_t *request;    /* with the peer that was asked last */
    zsnmpc_request_t *get;        /* for walks that found nothing */
    struct zsnmp_cli_slot *slots; /* one for each request that may be unanswered */
    struct zsnmp_cli_slot *free;  /* those of them that are not in use */
    size_t slot_count;
    size_t next;        /* the first peer that has not been asked */
    size_t outstanding; /* peers that have been asked and owe a reply */
    int64_t replied_us; /* when a reply came last */
    bool over;          /* what still comes is not printed */
    char lost[640];     /* why there is no broker; empty: there is one */
};

/* Runs; returns the status that the process ends with (enum zsnmp_cli_status). */
int zsnmp_cli_job_run(struct zsnmp_cli_job *self);

#endif
