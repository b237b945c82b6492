/*
 * Sets net-snmp up once a process: no configuration files, no persistent
 * state, no logging, and what init_snmp() changes in the process (the locale,
 * the sequence of random()) put back.
 */
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/library/scapi.h>

#include "snmp/snmp.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void quiet(void)
{
    static const int off[] = {
        NETSNMP_DS_LIB_DONT_READ_CONFIGS,       NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD,
        NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, NETSNMP_DS_LIB_DONT_PERSIST_STATE,
        NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES,
    };
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, off[i], 1);
    }
    /* Without any handler net-snmp would write to stderr. */
    netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
}

static void init(void)
{
    char spare[128];
    char locale[128] = "C";
    const char *current = setlocale(LC_CTYPE, NULL);
    if (current != NULL && strlen(current) < sizeof locale) {
        strcpy(locale, current);
    }
    char *random_state = initstate(1, spare, sizeof spare);
    quiet();
    init_snmp("zsnmp");
    if (random_state != NULL) {
        setstate(random_state);
    }
    setlocale(LC_CTYPE, locale);
}

void zsnmp_snmp_init(void)
{
    pthread_once(&once, init);
}

void zsnmp_snmp_thread_end(void)
{
    sc_thread_cleanup();
}
