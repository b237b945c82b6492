/*
 * Reads the configuration file; see config_file.h. czmq parses; this file is
 * the only one that sees czmq. It must never let a key pass that means nothing.
 */
#include "config_file.h"

#include <czmq.h>
#include <sys/mman.h>

/* The whole file as a string; NULL with the reason in fault. */
static char *read_file(const char *path, struct zsnmp_fault *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        zsnmp_fault_set(fault, "%s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = malloc(ZSNMP_CONFIG_FILE_MAX + 1);
    size_t len = text != NULL ? fread(text, 1, ZSNMP_CONFIG_FILE_MAX + 1, file) : 0;
    const char *why = NULL;
    if (text == NULL) {
        why = "out of memory";
    } else if (ferror(file)) {
        why = strerror(errno);
    } else if (len > ZSNMP_CONFIG_FILE_MAX) {
        why = "larger than 1 MiB";
    } else if (memchr(text, '\0', len) != NULL) {
        why = "not a text file";
    }
    fclose(file);
    if (why != NULL) {
        zsnmp_fault_set(fault, "%s: %s", path, why);
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

/* Points stdout at a file in memory and back; -1 where that cannot be done. */
static int catch_stdout(int *kept)
{
    fflush(stdout);
    *kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    int caught = memfd_create("zpl", MFD_CLOEXEC);
    if (*kept < 0 || caught < 0 || dup2(caught, STDOUT_FILENO) < 0) {
        if (caught >= 0) {
            close(caught);
        }
        return -1;
    }
    return caught;
}

static void restore_stdout(int kept)
{
    fflush(stdout);
    if (kept >= 0) {
        dup2(kept, STDOUT_FILENO);
        close(kept);
    }
}

/* What the parser said: "… E (zconfig): (LINE) TEXT"; the part from LINE on, or all of it. */
static void describe(const char *path, char *said, struct zsnmp_fault *fault)
{
    said[strcspn(said, "\n")] = '\0';
    char *open = strstr(said, "): (");
    char *close = open != NULL ? strchr(open + 4, ')') : NULL;
    if (close != NULL) {
        *close = '\0';
        zsnmp_fault_set(fault, "%s: line %s:%s", path, open + 4, close + 1);
    } else {
        zsnmp_fault_set(fault, "%s: not in ZPL form%s%s", path, said[0] != '\0' ? ": " : "", said);
    }
}

/* czmq says on stdout what is wrong with a file, and nowhere else. */
static zconfig_t *parse(const char *path, const char *text, struct zsnmp_fault *fault)
{
    int kept = -1;
    int caught = catch_stdout(&kept);
    zconfig_t *root = zconfig_str_load(text);
    restore_stdout(kept);
    char said[512] = "";
    if (caught >= 0) {
        ssize_t got = pread(caught, said, sizeof said - 1, 0);
        said[got > 0 ? got : 0] = '\0';
        close(caught);
    }
    if (root == NULL) {
        describe(path, said, fault);
    }
    return root;
}

static bool has_value(zconfig_t *item)
{
    const char *value = zconfig_value(item);
    return value != NULL && value[0] != '\0';
}

/* Whether a key stands in its section once more, before itself. Only bind may. */
static bool is_repeated(zconfig_t *section, zconfig_t *item)
{
    for (zconfig_t *at = zconfig_child(section); at != item; at = zconfig_next(at)) {
        if (strcmp(zconfig_name(at), zconfig_name(item)) == 0) {
            return strcmp(zconfig_name(item), "bind") != 0;
        }
    }
    return false;
}

static bool set_key(struct zsnmp_config *self, zconfig_t *section, zconfig_t *item,
                    struct zsnmp_fault *fault)
{
    const char *in = zconfig_name(section);
    const char *name = zconfig_name(item);
    if (zconfig_child(item) != NULL) {
        return zsnmp_fault_set(fault, "%.64s/%.64s: has keys below it", in, name);
    }
    if (is_repeated(section, item)) {
        return zsnmp_fault_set(fault, "%.64s/%.64s: given twice", in, name);
    }
    const char *value = zconfig_value(item);
    return zsnmp_config_set(self, in, name, value != NULL ? value : "", fault);
}

static bool set_section(struct zsnmp_config *self, zconfig_t *section, struct zsnmp_fault *fault)
{
    const char *name = zconfig_name(section);
    if (!zsnmp_config_has_section(name)) {
        return zsnmp_fault_set(fault, "%.64s: unknown section", name);
    }
    if (has_value(section)) {
        return zsnmp_fault_set(fault, "%.64s: is a section and takes no value", name);
    }
    for (zconfig_t *at = zconfig_child(section); at != NULL; at = zconfig_next(at)) {
        if (!set_key(self, section, at, fault)) {
            return false;
        }
    }
    return true;
}

static bool set_all(struct zsnmp_config *self, zconfig_t *root, struct zsnmp_fault *fault)
{
    for (zconfig_t *at = zconfig_child(root); at != NULL; at = zconfig_next(at)) {
        if (!set_section(self, at, fault)) {
            return false;
        }
    }
    return true;
}

bool zsnmp_config_load(struct zsnmp_config *self, const char *path, struct zsnmp_fault *fault)
{
    char *text = read_file(path, fault);
    if (text == NULL) {
        return false;
    }
    zconfig_t *root = parse(path, text, fault);
    free(text);
    if (root == NULL) {
        return false;
    }
    struct zsnmp_fault inner;
    bool good = set_all(self, root, &inner);
    zconfig_destroy(&root);
    return good || zsnmp_fault_set(fault, "%s: %s", path, inner.text);
}
