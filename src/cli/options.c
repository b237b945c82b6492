/*
 * The command line parser: options and operands in any order, as people type
 * them. What stands where a value of set is expected is a value whatever it
 * looks like, so that negative numbers need no "--".
 */
#include "options.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"
#include "options_check.h"
#include "values.h"

_Static_assert(sizeof(uint64_t) * 8 >= 40, "one bit an option in struct parse.used");

struct parse {
    struct zsnmp_cli_options *options;
    int argc;
    char *const *argv;
    int at;        /* the argument being read */
    uint64_t used; /* a bit for each option of the table */
    bool help;
    bool version;
};

static const struct {
    enum zsnmp_cli_command command;
    const char *name;
    const char *other;
} COMMANDS[] = {{ZSNMP_CLI_GET, "get", "get"},       {ZSNMP_CLI_NEXT, "next", "getnext"},
                {ZSNMP_CLI_BULK, "bulk", "bulkget"}, {ZSNMP_CLI_WALK, "walk", "bulkwalk"},
                {ZSNMP_CLI_SET, "set", "set"},       {ZSNMP_CLI_PING, "ping", "ping"},
                {ZSNMP_CLI_INFO, "info", "info"},    {ZSNMP_CLI_DEVICES, "devices", "devices"}};

#define COMMAND_COUNT (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

const char *zsnmp_cli_command_name(enum zsnmp_cli_command command)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (COMMANDS[i].command == command) {
            return COMMANDS[i].name;
        }
    }
    return NULL;
}

enum zsnmp_cli_command zsnmp_cli_command_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMANDS[i].name, name) == 0 || strcmp(COMMANDS[i].other, name) == 0) {
            return COMMANDS[i].command;
        }
    }
    return ZSNMP_CLI_NONE;
}

bool zsnmp_cli_options_wrong(struct zsnmp_cli_options *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(self->error, sizeof(self->error), format, args);
    va_end(args);
    return false;
}

bool zsnmp_cli_strings_add(struct zsnmp_cli_strings *self, const char *string)
{
    if (self->count == self->cap) {
        size_t cap = self->cap == 0 ? 16 : self->cap * 2;
        const char **items = realloc(self->items, cap * sizeof(*items));
        if (items == NULL) {
            return false;
        }
        self->items = items;
        self->cap = cap;
    }
    self->items[self->count++] = string;
    return true;
}

static void *member(const struct parse *parse, const struct zsnmp_cli_option *option)
{
    return (char *)parse->options + option->offset;
}

static bool store_number(const struct parse *parse, const struct zsnmp_cli_option *option,
                         const char *spelled, const char *value)
{
    uint32_t *to = member(parse, option);
    if (option->kind == ZSNMP_CLI_OPT_MS) {
        return zsnmp_cli_seconds_parse(value, option->min, option->max, to) ||
               zsnmp_cli_options_wrong(parse->options, "%s %s: seconds are wanted, at most %u",
                                       spelled, value, option->max / 1000);
    }
    return zsnmp_cli_uint_parse(value, option->min, option->max, to) ||
           zsnmp_cli_options_wrong(parse->options, "%s %s: a number of %u to %u is wanted", spelled,
                                   value, option->min, option->max);
}

static bool store(struct parse *parse, const struct zsnmp_cli_option *option, const char *spelled,
                  const char *value)
{
    parse->used |= UINT64_C(1) << (option - zsnmp_cli_option_table);
    switch (option->kind) {
    case ZSNMP_CLI_OPT_HELP:
        parse->help = true;
        return true;
    case ZSNMP_CLI_OPT_VERSION:
        parse->version = true;
        return true;
    case ZSNMP_CLI_OPT_FLAG:
        *(bool *)member(parse, option) = true;
        return true;
    case ZSNMP_CLI_OPT_STRING:
        *(const char **)member(parse, option) = value;
        return true;
    case ZSNMP_CLI_OPT_UINT:
    case ZSNMP_CLI_OPT_MS:
        return store_number(parse, option, spelled, value);
    case ZSNMP_CLI_OPT_LIST:
        return zsnmp_cli_strings_add(member(parse, option), value) ||
               zsnmp_cli_options_wrong(parse->options, "out of memory");
    case ZSNMP_CLI_OPT_CALL:
        return option->set(parse->options, value);
    }
    return false;
}

/* The value of an option: attached, or the next argument. */
static bool with_value(struct parse *parse, const struct zsnmp_cli_option *option,
                       const char *spelled, const char *attached)
{
    if (attached == NULL && parse->at + 1 >= parse->argc) {
        return zsnmp_cli_options_wrong(parse->options, "%s wants a value: %s", spelled,
                                       option->value);
    }
    return store(parse, option, spelled, attached != NULL ? attached : parse->argv[++parse->at]);
}

static bool parse_long(struct parse *parse, const char *arg)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
    for (size_t i = 0; i < zsnmp_cli_option_count; i++) {
        const struct zsnmp_cli_option *option = &zsnmp_cli_option_table[i];
        if (option->name == NULL || strlen(option->name) != len - 2 ||
            strncmp(option->name, arg + 2, len - 2) != 0) {
            continue;
        }
        char spelled[40];
        (void)snprintf(spelled, sizeof(spelled), "--%s", option->name);
        if (option->value != NULL) {
            return with_value(parse, option, spelled, equals != NULL ? equals + 1 : NULL);
        }
        return equals == NULL
                   ? store(parse, option, spelled, NULL)
                   : zsnmp_cli_options_wrong(parse->options, "%s takes no value", spelled);
    }
    return zsnmp_cli_options_wrong(parse->options, "unknown option %.*s", (int)len, arg);
}

static const struct zsnmp_cli_option *find_letter(char letter)
{
    for (size_t i = 0; i < zsnmp_cli_option_count; i++) {
        if (zsnmp_cli_option_table[i].letter == letter) {
            return &zsnmp_cli_option_table[i];
        }
    }
    return NULL;
}

/* "-v2c", "-v" "2c", or letters without values in a row. */
static bool parse_letters(struct parse *parse, const char *arg)
{
    for (const char *at = arg + 1; *at != '\0'; at++) {
        const struct zsnmp_cli_option *option = find_letter(*at);
        char spelled[] = {'-', *at, '\0'};
        if (option == NULL) {
            return zsnmp_cli_options_wrong(parse->options, "unknown option %s",
                                           isgraph((unsigned char)*at) ? spelled : arg);
        }
        if (option->value != NULL) {
            return with_value(parse, option, spelled, at[1] != '\0' ? at + 1 : NULL);
        }
        if (!store(parse, option, spelled, NULL)) {
            return false;
        }
    }
    return true;
}

static bool parse_operand(struct parse *parse, const char *arg)
{
    struct zsnmp_cli_options *self = parse->options;
    if (self->command == ZSNMP_CLI_NONE) {
        if (strcmp(arg, "help") == 0) {
            parse->help = true;
            return true;
        }
        self->command = zsnmp_cli_command_find(arg);
        return self->command != ZSNMP_CLI_NONE ||
               zsnmp_cli_options_wrong(self, "unknown command %s", arg);
    }
    return zsnmp_cli_strings_add(&self->operands, arg) ||
           zsnmp_cli_options_wrong(self, "out of memory");
}

/* Whether the two operands before are an OID and a type, so that a value must follow. */
static bool expects_value(const struct zsnmp_cli_options *self)
{
    size_t count = self->operands.count;
    return self->command == ZSNMP_CLI_SET && count >= 2 &&
           zsnmp_cli_oid_valid(self->operands.items[count - 2]) &&
           zsnmp_cli_type_valid(self->operands.items[count - 1]);
}

static bool parse_arguments(struct parse *parse)
{
    bool only_operands = false;
    for (parse->at = 1; parse->at < parse->argc; parse->at++) {
        const char *arg = parse->argv[parse->at];
        bool good;
        if (only_operands || arg[0] != '-' || arg[1] == '\0' || expects_value(parse->options)) {
            good = parse_operand(parse, arg);
        } else if (strcmp(arg, "--") == 0) {
            only_operands = true;
            good = true;
        } else if (arg[1] == '-') {
            good = parse_long(parse, arg);
        } else {
            good = parse_letters(parse, arg);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

/* Every option that was used is one of the command's. */
static bool check_used(const struct parse *parse)
{
    for (size_t i = 0; i < zsnmp_cli_option_count; i++) {
        const struct zsnmp_cli_option *option = &zsnmp_cli_option_table[i];
        if ((parse->used >> i & 1) == 0 || (option->commands & parse->options->command) != 0) {
            continue;
        }
        const char *command = zsnmp_cli_command_name(parse->options->command);
        return option->letter != 0
                   ? zsnmp_cli_options_wrong(parse->options, "%s has no option -%c", command,
                                             option->letter)
                   : zsnmp_cli_options_wrong(parse->options, "%s has no option --%s", command,
                                             option->name);
    }
    return true;
}

enum zsnmp_cli_parsed zsnmp_cli_options_parse(struct zsnmp_cli_options *self, int argc,
                                              char *const *argv)
{
    *self = (struct zsnmp_cli_options){.window = ZSNMP_CLI_WINDOW_DEFAULT};
    struct parse parse = {.options = self, .argc = argc, .argv = argv};
    bool good = parse_arguments(&parse);
    if (parse.version) {
        return ZSNMP_CLI_VERSION;
    }
    if (parse.help) {
        return ZSNMP_CLI_HELP;
    }
    if (good && self->command == ZSNMP_CLI_NONE) {
        good = zsnmp_cli_options_wrong(self, "no command given");
    }
    if (!good || !check_used(&parse) || !zsnmp_cli_options_check(self)) {
        return ZSNMP_CLI_USAGE;
    }
    return ZSNMP_CLI_RUN;
}

void zsnmp_cli_options_clear(struct zsnmp_cli_options *self)
{
    free(self->peers.items);
    free(self->peer_files.items);
    free(self->operands.items);
    free(self->starts.items);
    self->peers = self->peer_files = self->operands = self->starts = (struct zsnmp_cli_strings){0};
}
