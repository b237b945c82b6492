/*
 * What the parts of the decoder share; nobody else includes it.
 */
#ifndef ZSNMP_WIRE_DECODE_H
#define ZSNMP_WIRE_DECODE_H

#include "mp.h"
#include "wire.h"

/* One message while it is decoded into a request. */
struct zsnmp_decode {
    const uint8_t *end; /* of the message */
    struct zsnmp_request *request;
    uint32_t index;   /* of the OID or setting that is being read, from 1; 0: none */
    const char **why; /* static text, where there is a better one than the key's own */
};

/* Encodes an id anew in its shortest form, so that equal ids are equal bytes; false: no id. */
bool zsnmp_decode_id(const struct zsnmp_mp_token *token, uint8_t *id, size_t *len);

/* All but the bytes of the ids, whose lengths count. */
void zsnmp_wire_call_reset(struct zsnmp_wire_call *call);

/* `oids`: an array of OIDs. `set`: an array of [oid, type, value]. */
zsnmp_err_t zsnmp_decode_oids(struct zsnmp_decode *self, const struct zsnmp_mp_token *token);
zsnmp_err_t zsnmp_decode_start(struct zsnmp_decode *self, const struct zsnmp_mp_token *token);
zsnmp_err_t zsnmp_decode_set(struct zsnmp_decode *self, const struct zsnmp_mp_token *token);

#endif
