/*
 * See options.h. Says what is wrong with an argument, by its name, and changes nothing else.
 */
#include "sim/options.h"

#include "sim/fault.h"
#include "sim/fleet.h"
#include "sim/scenario.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERFACES_DEFAULT 8
#define RCVBUF_DEFAULT (16 << 20)
/* For a reason from the records or from the rules. */
#define ERROR_MAX                                                                                  \
    (ZSNMP_SIM_FLEET_ERROR_MAX > ZSNMP_SIM_RULE_ERROR_MAX ? ZSNMP_SIM_FLEET_ERROR_MAX              \
                                                          : ZSNMP_SIM_RULE_ERROR_MAX)

static const char usage[] =
    "usage: zsnmp-sim [option ...]\n"
    "Simulated SNMP agents: every address of 127/8 on one port is a device of its own.\n"
    "\n"
    "  --port N              UDP and TCP port; 0, the default, finds a free one\n"
    "  --bind ADDRESS        listen there only; default all of 127/8, and ::1\n"
    "  --allow-remote        answer other machines too\n"
    "  --interfaces N        rows of ifTable and ifXTable (8)\n"
    "  --devices SPEC        only these exist: N, A-B, A/BITS, comma between; default all\n"
    "  --dead SPEC           these never answer: A-B, A/BITS, every:N, comma between\n"
    "  --record FILE=ADDRESS play a walk (snmpwalk -On) at the address, repeatable\n"
    "  --record-dir DIR      play each file of DIR that is named after an address\n"
    "  --rule 'SELECTOR: ACTION ...'\n"
    "                        a fault of some devices, see zsnmp-sim(1), repeatable\n"
    "  --rules FILE          rules, one a line\n"
    "  --scenario NAME[=SELECTOR]\n"
    "                        a fault that has a name, of all devices or some, repeatable;\n"
    "                        list prints all names\n"
    "  --control PATH        a Unix socket that takes rules while it runs\n"
    "  --community NAME      may read (public), repeatable\n"
    "  --rw-community NAME   may read and write (private), repeatable\n"
    "  --user NAME:LEVEL:AUTH:AUTHPASS:PRIV:PRIVPASS\n"
    "                        a user of SNMPv3 besides the built-in ones, repeatable\n"
    "  --no-builtin-users    without those\n"
    "  --context NAME        a further context of SNMPv3, repeatable\n"
    "  --engine-boots N      snmpEngineBoots of every device (1)\n"
    "  --max-size N          largest message sent, 484 to 65507 (1472)\n"
    "  --seed N              values of devices depend on it (0)\n"
    "  --threads N           threads that answer (1)\n"
    "  --rcvbuf BYTES        receive buffer of a UDP socket (16777216)\n"
    "  --stats               print counters to stderr at the end, as SIGUSR1 does at any time\n"
    "  --exit-with-parent    end when the process that started this one ends\n"
    "  --version, --help\n"
    "\n"
    "Prints \"listening PORT\" when ready. SIGTERM and SIGINT end it with status 0.\n";

enum option_id {
    OPT_PORT = 256,
    OPT_BIND,
    OPT_ALLOW_REMOTE,
    OPT_INTERFACES,
    OPT_DEVICES,
    OPT_DEAD,
    OPT_RECORD,
    OPT_RECORD_DIR,
    OPT_RULE,
    OPT_RULES,
    OPT_SCENARIO,
    OPT_CONTROL,
    OPT_COMMUNITY,
    OPT_RW_COMMUNITY,
    OPT_USER,
    OPT_NO_USERS,
    OPT_CONTEXT,
    OPT_BOOTS,
    OPT_MAX_SIZE,
    OPT_SEED,
    OPT_THREADS,
    OPT_RCVBUF,
    OPT_STATS,
    OPT_EXIT_WITH_PARENT,
    OPT_VERSION,
    OPT_HELP,
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"bind", required_argument, NULL, OPT_BIND},
    {"allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE},
    {"interfaces", required_argument, NULL, OPT_INTERFACES},
    {"devices", required_argument, NULL, OPT_DEVICES},
    {"dead", required_argument, NULL, OPT_DEAD},
    {"record", required_argument, NULL, OPT_RECORD},
    {"record-dir", required_argument, NULL, OPT_RECORD_DIR},
    {"rule", required_argument, NULL, OPT_RULE},
    {"rules", required_argument, NULL, OPT_RULES},
    {"scenario", required_argument, NULL, OPT_SCENARIO},
    {"control", required_argument, NULL, OPT_CONTROL},
    {"community", required_argument, NULL, OPT_COMMUNITY},
    {"rw-community", required_argument, NULL, OPT_RW_COMMUNITY},
    {"user", required_argument, NULL, OPT_USER},
    {"no-builtin-users", no_argument, NULL, OPT_NO_USERS},
    {"context", required_argument, NULL, OPT_CONTEXT},
    {"engine-boots", required_argument, NULL, OPT_BOOTS},
    {"max-size", required_argument, NULL, OPT_MAX_SIZE},
    {"seed", required_argument, NULL, OPT_SEED},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"rcvbuf", required_argument, NULL, OPT_RCVBUF},
    {"stats", no_argument, NULL, OPT_STATS},
    {"exit-with-parent", no_argument, NULL, OPT_EXIT_WITH_PARENT},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

struct parsing {
    struct zsnmp_sim_options *options;
    uint32_t interfaces;
    bool read_given;
    bool write_given;
};

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    *value = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0' && *value >= min && *value <= max;
}

/* The limits of an option that is a number; false if it is not one. */
static bool number_limits(int id, uint64_t *min, uint64_t *max)
{
    static const struct {
        int id;
        uint64_t min;
        uint64_t max;
    } limits[] = {
        {OPT_PORT, 0, 65535},
        {OPT_INTERFACES, 0, ZSNMP_SIM_ROWS_MAX},
        {OPT_BOOTS, 0, INT32_MAX},
        {OPT_MAX_SIZE, ZSNMP_SIM_MESSAGE_MIN, ZSNMP_SIM_MESSAGE_MAX},
        {OPT_SEED, 0, UINT64_MAX},
        {OPT_THREADS, 1, ZSNMP_SIM_THREADS_MAX},
        {OPT_RCVBUF, 4096, INT32_MAX / 2},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (limits[i].id == id) {
            *min = limits[i].min;
            *max = limits[i].max;
            return true;
        }
    }
    return false;
}

static void take_number(struct parsing *p, int id, uint64_t value)
{
    switch (id) {
    case OPT_PORT:
        p->options->port = (uint16_t)value;
        break;
    case OPT_INTERFACES:
        p->interfaces = (uint32_t)value;
        break;
    case OPT_BOOTS:
        p->options->world->engine_boots = (int32_t)value;
        break;
    case OPT_MAX_SIZE:
        p->options->world->message_max = value;
        break;
    case OPT_SEED:
        p->options->world->seed = value;
        break;
    case OPT_THREADS:
        p->options->threads = value;
        break;
    default:
        p->options->rcvbuf = (int)value;
        break;
    }
}

/* Options with a text for an argument. */
static bool take_text(struct parsing *p, int id, const char *text, char *error)
{
    struct zsnmp_sim_world *world = p->options->world;
    switch (id) {
    case OPT_BIND:
        p->options->bind = text;
        return true;
    case OPT_DEVICES:
        return zsnmp_sim_addresses_parse(&world->exist, text, true) && world->exist.count > 0;
    case OPT_DEAD:
        return zsnmp_sim_addresses_parse(&world->dead, text, false);
    case OPT_RECORD:
        return zsnmp_sim_fleet_add_spec(world->fleet, text, error);
    case OPT_RECORD_DIR:
        return zsnmp_sim_fleet_add_dir(world->fleet, text, error);
    case OPT_RULE:
        return zsnmp_sim_faults_add(world->faults, text, 0, error);
    case OPT_RULES:
        return zsnmp_sim_faults_read(world->faults, text, error);
    case OPT_SCENARIO:
        return zsnmp_sim_scenario_add(world->faults, text, 0, error);
    case OPT_CONTROL:
        p->options->control = text;
        return true;
    case OPT_COMMUNITY:
        p->read_given = true;
        return zsnmp_sim_world_add_community(world, text, false);
    case OPT_RW_COMMUNITY:
        p->write_given = true;
        return zsnmp_sim_world_add_community(world, text, true);
    case OPT_USER:
        return zsnmp_sim_usm_add_spec(world->usm, text);
    case OPT_CONTEXT:
        return zsnmp_sim_world_add_context(world, text);
    default:
        return false;
    }
}

static void take_flag(struct parsing *p, int id)
{
    switch (id) {
    case OPT_ALLOW_REMOTE:
        p->options->allow_remote = true;
        break;
    case OPT_STATS:
        p->options->stats = true;
        break;
    case OPT_NO_USERS:
        zsnmp_sim_usm_forget_builtin(p->options->world->usm);
        break;
    default:
        p->options->exit_with_parent = true;
        break;
    }
}

static enum zsnmp_sim_options_result take(struct parsing *p, int id, int index, const char *text)
{
    char error[ERROR_MAX] = "";
    uint64_t min = 0;
    uint64_t max = 0;
    uint64_t value = 0;
    bool ok = true;
    if (id == OPT_HELP || id == OPT_VERSION) {
        (void)fputs(id == OPT_HELP ? usage : "zsnmp-sim " ZSNMP_VERSION "\n", stdout);
        return ZSNMP_SIM_OPTIONS_DONE;
    }
    if (id == OPT_SCENARIO && strcmp(text, "list") == 0) {
        zsnmp_sim_scenario_list(stdout);
        return ZSNMP_SIM_OPTIONS_DONE;
    }
    if (long_options[index].has_arg == no_argument) {
        take_flag(p, id);
    } else if (number_limits(id, &min, &max)) {
        ok = parse_number(text, min, max, &value);
        if (ok) {
            take_number(p, id, value);
        }
    } else {
        ok = take_text(p, id, text, error);
    }
    if (!ok) {
        (void)fprintf(stderr, "zsnmp-sim: --%s: %s%s\n", long_options[index].name,
                      error[0] != '\0' ? error : text, error[0] != '\0' ? "" : ": not accepted");
        return ZSNMP_SIM_OPTIONS_WRONG;
    }
    return ZSNMP_SIM_OPTIONS_RUN;
}

/* What was not said. */
static enum zsnmp_sim_options_result complete(struct parsing *p)
{
    struct zsnmp_sim_world *world = p->options->world;
    zsnmp_sim_mib_init(&world->mib, p->interfaces);
    bool ok = (p->read_given || zsnmp_sim_world_add_community(world, "public", false)) &&
              (p->write_given || zsnmp_sim_world_add_community(world, "private", true));
    return ok ? ZSNMP_SIM_OPTIONS_RUN : ZSNMP_SIM_OPTIONS_WRONG;
}

enum zsnmp_sim_options_result zsnmp_sim_options_parse(struct zsnmp_sim_options *options, int argc,
                                                      char **argv)
{
    struct parsing p = {.options = options, .interfaces = INTERFACES_DEFAULT};
    options->threads = 1;
    options->rcvbuf = RCVBUF_DEFAULT;
    for (;;) {
        int index = 0;
        int id = getopt_long(argc, argv, "", long_options, &index);
        if (id == -1) {
            break;
        }
        enum zsnmp_sim_options_result result =
            id == '?' ? ZSNMP_SIM_OPTIONS_WRONG : take(&p, id, index, optarg);
        if (result != ZSNMP_SIM_OPTIONS_RUN) {
            return result;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "zsnmp-sim: %s: not an option\n", argv[optind]);
        return ZSNMP_SIM_OPTIONS_WRONG;
    }
    return complete(&p);
}
