/*
 * The order of rows about devices; see device_row.h.
 */
#include "device_row.h"

#include <string.h>

static int descending(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int by_key(const struct zsnmp_device_row *a, const struct zsnmp_device_row *b,
                  enum zsnmp_device_sort sort)
{
    switch (sort) {
    case ZSNMP_SORT_REQUESTS:
        return descending(a->requests, b->requests);
    case ZSNMP_SORT_TIMEOUTS:
        return descending(a->timeouts, b->timeouts);
    case ZSNMP_SORT_RTT:
        return descending(a->rtt_us, b->rtt_us);
    case ZSNMP_SORT_QUEUED:
        return descending(a->queued, b->queued);
    case ZSNMP_SORT_LAST_SEEN:
        return descending((uint64_t)a->last_seen_us, (uint64_t)b->last_seen_us);
    case ZSNMP_SORT_PEER:
        break;
    }
    return 0;
}

/* Numbers in peers compare as numbers: 127.0.0.9 comes before 127.0.0.10. */
int zsnmp_device_row_compare(const struct zsnmp_device_row *a, const struct zsnmp_device_row *b,
                             enum zsnmp_device_sort sort)
{
    int order = by_key(a, b, sort);
    return order != 0 ? order : strverscmp(a->peer, b->peer);
}
