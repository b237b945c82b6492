/*
 * Command line of zsnmpd; see options.h. Two passes: the file that the line
 * names is read first, so that the line can have the last word.
 */
#include "options.h"

#include "config_file.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct option long_options[] = {
    {"bind", required_argument, NULL, 'b'},   {"workers", required_argument, NULL, 'w'},
    {"config", required_argument, NULL, 'c'}, {"log-level", required_argument, NULL, 'l'},
    {"check", no_argument, NULL, 'C'},        {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

void zsnmp_broker_usage(FILE *to)
{
    fputs(
        "usage: zsnmpd [options]\n"
        "Polls SNMP devices for clients that ask over ZeroMQ.\n"
        "\n"
        "  -b, --bind ENDPOINT    tcp://ADDRESS:PORT or ipc://PATH to listen on; may be repeated\n"
        "                         (default " ZSNMP_CONFIG_BIND_DEFAULT ")\n"
        "  -w, --workers N        worker threads, 1 to 64; 0: cores but one, 1 to 4 (default 0)\n"
        "  -c, --config FILE      configuration in ZPL; options on the command line win\n"
        "  -l, --log-level LEVEL  error, warning, notice, info or debug (default notice)\n"
        "      --check            print the configuration and exit\n"
        "  -V, --version          print the version and exit\n"
        "  -h, --help             print this and exit\n",
        to);
}

static const char *option_name(int letter)
{
    for (const struct option *at = long_options; at->name != NULL; at++) {
        if (at->val == letter) {
            return at->name;
        }
    }
    return "?";
}

struct line {
    const char *file;
    bool check;
    bool binds; /* the line names endpoints */
};

/* First pass: what does not depend on the configuration. */
static enum zsnmp_broker_action scan(struct line *line, int argc, char **argv,
                                     struct zsnmp_fault *fault)
{
    int letter;
    optind = 0; /* GNU: starts anew */
    opterr = 0;
    while ((letter = getopt_long(argc, argv, ":b:w:c:l:Vh", long_options, NULL)) != -1) {
        switch (letter) {
        case 'c':
            line->file = optarg;
            break;
        case 'C':
            line->check = true;
            break;
        case 'V':
            return ZSNMP_BROKER_VERSION;
        case 'h':
            return ZSNMP_BROKER_HELP;
        case 'b':
        case 'w':
        case 'l':
            break;
        case ':':
            zsnmp_fault_set(fault, "option \"%.64s\" wants a value", argv[optind - 1]);
            return ZSNMP_BROKER_REFUSED;
        default:
            zsnmp_fault_set(fault, "unknown option \"%.64s\"", argv[optind - 1]);
            return ZSNMP_BROKER_REFUSED;
        }
    }
    if (optind < argc) {
        zsnmp_fault_set(fault, "unexpected argument \"%.64s\"", argv[optind]);
        return ZSNMP_BROKER_REFUSED;
    }
    return ZSNMP_BROKER_RUN;
}

static bool apply_one(struct zsnmp_config *config, struct line *line, int letter,
                      struct zsnmp_fault *fault)
{
    switch (letter) {
    case 'b':
        if (!line->binds) {
            line->binds = true;
            zsnmp_config_clear_binds(config);
        }
        return zsnmp_config_set(config, "server", "bind", optarg, fault);
    case 'w':
        return zsnmp_config_set(config, "pool", "workers", optarg, fault);
    case 'l':
        return zsnmp_config_set(config, "log", "level", optarg, fault);
    default:
        return true;
    }
}

/* Second pass: what overrides the configuration. */
static bool apply(struct zsnmp_config *config, struct line *line, int argc, char **argv,
                  struct zsnmp_fault *fault)
{
    int letter;
    struct zsnmp_fault inner;
    optind = 0;
    while ((letter = getopt_long(argc, argv, ":b:w:c:l:Vh", long_options, NULL)) != -1) {
        if (!apply_one(config, line, letter, &inner)) {
            return zsnmp_fault_set(fault, "option --%s: %s", option_name(letter), inner.text);
        }
    }
    return true;
}

enum zsnmp_broker_action zsnmp_broker_options(struct zsnmp_config *config, int argc, char **argv,
                                              struct zsnmp_fault *fault)
{
    struct line line = {0};
    enum zsnmp_broker_action action = scan(&line, argc, argv, fault);
    if (action != ZSNMP_BROKER_RUN) {
        return action;
    }
    if ((line.file != NULL && !zsnmp_config_load(config, line.file, fault)) ||
        !apply(config, &line, argc, argv, fault) || !zsnmp_config_finish(config, fault)) {
        return ZSNMP_BROKER_REFUSED;
    }
    return line.check ? ZSNMP_BROKER_CHECK : ZSNMP_BROKER_RUN;
}
