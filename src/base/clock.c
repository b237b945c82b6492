/* The monotonic clock; see clock.h. */
#include "clock.h"

#include <time.h>

int64_t zsnmp_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail with this clock and a valid pointer */
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
