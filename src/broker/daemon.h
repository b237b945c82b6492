/* Running the broker from start to stop. */
#ifndef ZSNMP_BROKER_DAEMON_H
#define ZSNMP_BROKER_DAEMON_H

#include "config.h"

/* Signals to be taken by zsnmp_daemon_run() alone: to be called before any thread is started. */
bool zsnmp_daemon_signals(void);

/* Serves until a signal asks it to stop. Returns the exit status: 0, or 1 where it could not. */
int zsnmp_daemon_run(const struct zsnmp_config *config);

#endif
