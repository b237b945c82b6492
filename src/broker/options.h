/* The command line of zsnmpd. */
#ifndef ZSNMP_BROKER_OPTIONS_H
#define ZSNMP_BROKER_OPTIONS_H

#include "config.h"

enum zsnmp_broker_action {
    ZSNMP_BROKER_RUN,
    ZSNMP_BROKER_CHECK, /* print the configuration */
    ZSNMP_BROKER_VERSION,
    ZSNMP_BROKER_HELP,
    ZSNMP_BROKER_REFUSED /* fault says why */
};

/* Reads the command line and the file that it names; what the line says wins. */
enum zsnmp_broker_action zsnmp_broker_options(struct zsnmp_config *config, int argc, char **argv,
                                              struct zsnmp_fault *fault);

void zsnmp_broker_usage(FILE *to);

#endif
