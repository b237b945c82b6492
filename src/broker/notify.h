/* Telling the service manager how we are: the protocol of sd_notify(3), without its library. */
#ifndef ZSNMP_BROKER_NOTIFY_H
#define ZSNMP_BROKER_NOTIFY_H

#include <stdbool.h>

/* Sends "READY=1" and the like to $NOTIFY_SOCKET. true also where nobody wants to know. */
bool zsnmp_notify(const char *state);

#endif
