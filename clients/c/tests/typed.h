/*
 * The messages of the vectors through the typed interface: a request built
 * field by field, a reply as its accessors tell it.
 */
#ifndef TYPED_H
#define TYPED_H

#include <jansson.h>

#include "zsnmpc.h"

/* NULL: the interface has no way to say this, since it has no operation. */
zsnmpc_request_t *typed_request(const json_t *map);

/* In the form that `expected` has its varbinds in; `asked` is the request. A new reference. */
json_t *typed_reply(const zsnmpc_reply_t *reply, const json_t *asked, const json_t *expected);

#endif
