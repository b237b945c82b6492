/* zsnmpd: the broker. Command line in, exit status out; see daemon.c for what lies between. */
#include "daemon.h"
#include "options.h"

#define EXIT_USAGE 2

static int run(const struct zsnmp_config *config)
{
    zsnmp_log_open((enum zsnmp_log_level)config->log_level);
    if (!zsnmp_daemon_signals()) {
        zsnmp_log(ZSNMP_LOG_ERROR, "cannot block signals");
        return 1;
    }
    return zsnmp_daemon_run(config);
}

static int act(const struct zsnmp_config *config, enum zsnmp_broker_action action,
               const struct zsnmp_fault *fault)
{
    switch (action) {
    case ZSNMP_BROKER_HELP:
        zsnmp_broker_usage(stdout);
        return 0;
    case ZSNMP_BROKER_VERSION:
        printf("zsnmpd %s\n", zsnmp_version());
        return 0;
    case ZSNMP_BROKER_CHECK:
        zsnmp_config_print(config, stdout);
        return 0;
    case ZSNMP_BROKER_RUN:
        return run(config);
    case ZSNMP_BROKER_REFUSED:
    default:
        fprintf(stderr, "zsnmpd: %s\nTry \"zsnmpd --help\".\n", fault->text);
        return EXIT_USAGE;
    }
}

int main(int argc, char **argv)
{
    struct zsnmp_config config;
    struct zsnmp_fault fault = {""};
    zsnmp_config_init(&config);
    enum zsnmp_broker_action action = zsnmp_broker_options(&config, argc, argv, &fault);
    int status = act(&config, action, &fault);
    zsnmp_config_clear(&config);
    return status;
}
