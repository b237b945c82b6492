/*
 * SIGINT and SIGTERM as a question that loops can ask. The second one ends the
 * process at once, as if nobody had caught it.
 */
#ifndef ZSNMP_CLI_SIGNALS_H
#define ZSNMP_CLI_SIGNALS_H

/* From now on they are only noted. */
void zsnmp_cli_signals_catch(void);

/* The one that came, or 0. */
int zsnmp_cli_signals_caught(void);

#endif
