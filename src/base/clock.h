/* The monotonic clock in microseconds, read once a loop round and handed around from there. */
#ifndef ZSNMP_BASE_CLOCK_H
#define ZSNMP_BASE_CLOCK_H

#include <stdint.h>

int64_t zsnmp_clock_us(void);

#endif
