/*
 * Decimal digits of texts that come from outside.
 */
#ifndef ZSNMP_BASE_DIGIT_H
#define ZSNMP_BASE_DIGIT_H

/* Over 9: it is none. */
static inline unsigned zsnmp_digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

#endif
