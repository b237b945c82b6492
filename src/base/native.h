/*
 * Varbinds as a C program reads them: records one behind the other in
 * reply.varbinds, read with zsnmp_reply_varbind().
 */
#ifndef ZSNMP_BASE_NATIVE_H
#define ZSNMP_BASE_NATIVE_H

#include "request.h"

/* Adds a copy of a varbind to the reply and counts it; reply.varbinds.failed: it did not fit. */
void zsnmp_native_add_varbind(struct zsnmp_request *request, const zsnmp_varbind_t *vb);

#endif
