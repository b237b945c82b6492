/* Comparing in place: as memcmp() says, and nothing outside is read. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

Test(base_bytes, equal_is_what_memcmp_says)
{
    for (size_t len = 0; len < 40; len++) {
        char *a = malloc(len + (len == 0)); /* of exactly this size: a sanitizer sees the rest */
        char *b = malloc(len + (len == 0));
        cr_assert(a != NULL && b != NULL);
        memset(a, 'x', len);
        memset(b, 'x', len);
        cr_assert(zsnmp_bytes_equal(a, b, len), "%zu bytes", len);
        for (size_t i = 0; i < len; i++) {
            b[i] = 'y';
            cr_assert_not(zsnmp_bytes_equal(a, b, len), "byte %zu of %zu", i, len);
            b[i] = 'x';
        }
        free(a);
        free(b);
    }
}
