/*
 * Names and texts of errors and stops, made from the lists of zsnmp.h, and the
 * version. Must never return NULL.
 */
#include "zsnmp.h"

#define TEXT(x) #x
#define VERSION_TEXT(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

/* Codes of the wire protocol: they never change. */
_Static_assert((int)ZSNMP_OK == 0, "wire code of ok");
_Static_assert((int)ZSNMP_E_INCONSISTENT_NAME == 18, "wire code of inconsistentName");
_Static_assert((int)ZSNMP_E_TIMEOUT == 100, "wire code of timeout");
_Static_assert((int)ZSNMP_E_BAD_KEY == 209, "wire code of bad_key");
_Static_assert((int)ZSNMP_E_FORBIDDEN == 305, "wire code of forbidden");
_Static_assert((int)ZSNMP_E_UNKNOWN_REQUEST == 404, "wire code of unknown_request");
_Static_assert((int)ZSNMP_E_INTERNAL == 500, "wire code of internal");

const char *zsnmp_error_name(zsnmp_err_t err)
{
    switch (err) {
#define CASE(symbol, code, name, retryable, text)                                                  \
    case ZSNMP_E_##symbol:                                                                         \
        return name;
        ZSNMP_ERRORS(CASE)
#undef CASE
    default:
        return "internal";
    }
}

const char *zsnmp_error_text(zsnmp_err_t err)
{
    switch (err) {
#define CASE(symbol, code, name, retryable, text)                                                  \
    case ZSNMP_E_##symbol:                                                                         \
        return text;
        ZSNMP_ERRORS(CASE)
#undef CASE
    default:
        return zsnmp_error_text(ZSNMP_E_INTERNAL);
    }
}

bool zsnmp_error_retryable(zsnmp_err_t err)
{
    switch (err) {
#define CASE(symbol, code, name, retryable, text)                                                  \
    case ZSNMP_E_##symbol:                                                                         \
        return retryable;
        ZSNMP_ERRORS(CASE)
#undef CASE
    default:
        return true;
    }
}

const char *zsnmp_stop_name(zsnmp_stop_t stop)
{
    static const char *const names[] = {
#define NAME(symbol, name) name,
        ZSNMP_STOPS(NAME)
#undef NAME
    };
    return (unsigned)stop < ZSNMP_STOP_COUNT ? names[stop] : "";
}

const char *zsnmp_quirk_name(zsnmp_quirk_t quirk)
{
    static const char *const names[] = {
#define NAME(symbol, name) name,
        ZSNMP_QUIRKS(NAME)
#undef NAME
    };
    return (unsigned)quirk < ZSNMP_QUIRK_COUNT ? names[quirk] : NULL;
}

const char *zsnmp_version(void)
{
    return VERSION_TEXT(ZSNMP_VERSION_MAJOR, ZSNMP_VERSION_MINOR, ZSNMP_VERSION_PATCH);
}
