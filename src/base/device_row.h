/*
 * What is known about one device, as a row for people: filled in by workers,
 * shown by the wire layer.
 */
#ifndef ZSNMP_BASE_DEVICE_ROW_H
#define ZSNMP_BASE_DEVICE_ROW_H

#include <stdint.h>

#include "addr.h"

struct zsnmp_device_row {
    char peer[ZSNMP_ADDR_TEXT_MAX]; /* "udp:127.0.0.1:161" */
    uint32_t worker;
    uint32_t sessions;
    uint32_t queued;
    uint32_t in_flight;
    uint64_t requests;
    uint64_t timeouts;     /* tries that were not answered */
    uint32_t failures;     /* requests timed out since the last answer */
    uint32_t rtt_us;       /* smoothed; 0: never answered */
    int64_t last_seen_us;  /* monotonic; 0: never */
    int64_t down_since_us; /* monotonic; 0: it is up */
    uint32_t changes;      /* from up to down, and back */
    uint32_t quirks;       /* bits 1 << ZSNMP_QUIRK_… */
    uint32_t get_names;    /* of one GET, where that was found to have an end; 0: it was not */
    uint32_t repetitions;  /* of the next GETBULK of a walk; 0: nothing is known */
};

enum zsnmp_device_sort {
    ZSNMP_SORT_PEER = 0, /* ascending; all others descending */
    ZSNMP_SORT_REQUESTS,
    ZSNMP_SORT_TIMEOUTS,
    ZSNMP_SORT_RTT,
    ZSNMP_SORT_QUEUED,
    ZSNMP_SORT_LAST_SEEN
};

/* The order of two rows, as qsort wants it. */
int zsnmp_device_row_compare(const struct zsnmp_device_row *a, const struct zsnmp_device_row *b,
                             enum zsnmp_device_sort sort);

#endif
