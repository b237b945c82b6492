/*
 * Names of protocols, levels and versions; see names.h.
 */
#include "names.h"

#include <string.h>

#include "zsnmp.h"

#define NAME_MAX_LEN 16u /* longer than any name that is known */

struct name {
    const char *text; /* in lower case, without hyphens */
    uint8_t number;
};

static const struct name auth_names[] = {
    {"md5", ZSNMP_AUTH_MD5},       {"sha", ZSNMP_AUTH_SHA},
    {"sha1", ZSNMP_AUTH_SHA},      {"sha224", ZSNMP_AUTH_SHA224},
    {"sha256", ZSNMP_AUTH_SHA256}, {"sha384", ZSNMP_AUTH_SHA384},
    {"sha512", ZSNMP_AUTH_SHA512}, {NULL, 0},
};

static const struct name priv_names[] = {
    {"des", ZSNMP_PRIV_DES},         {"aes", ZSNMP_PRIV_AES128},
    {"aes128", ZSNMP_PRIV_AES128},   {"aes192", ZSNMP_PRIV_AES192},
    {"aes256", ZSNMP_PRIV_AES256},   {"aes192c", ZSNMP_PRIV_AES192C},
    {"aes256c", ZSNMP_PRIV_AES256C}, {NULL, 0},
};

static const struct name level_names[] = {
    {"noauthnopriv", ZSNMP_NO_AUTH_NO_PRIV},
    {"authnopriv", ZSNMP_AUTH_NO_PRIV},
    {"authpriv", ZSNMP_AUTH_PRIV},
    {NULL, 0},
};

static const struct name version_names[] = {
    {"1", ZSNMP_V1}, {"2", ZSNMP_V2C}, {"2c", ZSNMP_V2C}, {"3", ZSNMP_V3}, {NULL, 0},
};

/* The name in lower case and without hyphens; false: too long to be one. */
static bool fold(const char *name, size_t len, char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '-') {
            continue;
        }
        if (count == NAME_MAX_LEN || name[i] == '\0') {
            return false;
        }
        bool upper = name[i] >= 'A' && name[i] <= 'Z';
        text[count++] = (char)(upper ? name[i] - 'A' + 'a' : name[i]);
    }
    text[count] = '\0';
    return true;
}

static bool find(const struct name *names, const char *name, size_t len, uint8_t *number)
{
    char text[NAME_MAX_LEN + 1];
    if (!fold(name, len, text)) {
        return false;
    }
    for (const struct name *at = names; at->text != NULL; at++) {
        if (strcmp(at->text, text) == 0) {
            *number = at->number;
            return true;
        }
    }
    return false;
}

bool zsnmp_auth_parse(const char *name, size_t len, uint8_t *proto)
{
    return find(auth_names, name, len, proto);
}

bool zsnmp_priv_parse(const char *name, size_t len, uint8_t *proto)
{
    return find(priv_names, name, len, proto);
}

bool zsnmp_level_parse(const char *name, size_t len, uint8_t *level)
{
    return find(level_names, name, len, level);
}

bool zsnmp_version_parse(const char *name, size_t len, uint8_t *version)
{
    return find(version_names, name, len, version);
}
