/*
 * What the files of operations share: what one answer comes to, before it is
 * known to be well-formed to its end. Nothing of it counts until then.
 */
#ifndef ZSNMP_POOL_OP_H
#define ZSNMP_POOL_OP_H

#include "pool/worker.h"

enum zsnmp_step_size { ZSNMP_SIZE_SAYS_NOTHING = 0, ZSNMP_SIZE_TOOK, ZSNMP_SIZE_TOO_MUCH };

struct zsnmp_step {
    bool done;
    bool whole;                 /* as much came as was asked for */
    enum zsnmp_step_size size;  /* what it tells about the size asked for */
    uint32_t items;             /* of the request that are answered by it */
    uint32_t cap;               /* no more items than that in the next PDU; 0: as before */
    struct zsnmp_item *missing; /* version 1: an item that the device does not have */
    uint32_t quirks;
};

#define ZSNMP_QUIRK(name) (1u << ZSNMP_QUIRK_##name)

/* false: the reply is at its ceiling, and as it was before. */
bool zsnmp_op_collect(struct zsnmp_request *request, const zsnmp_varbind_t *vb);
void zsnmp_op_over(struct zsnmp_request *request, struct zsnmp_step *step, zsnmp_err_t err,
                   const char *message);
/* The error of an error-status; a status that nobody knows is noted. */
zsnmp_err_t zsnmp_op_error(const struct zsnmp_answer *answer, struct zsnmp_step *step);

/* op_get.c: get, get_next: in as many PDUs as it takes. get_bulk, set: in one. */
void zsnmp_op_get_plan(struct zsnmp_request *request);
void zsnmp_op_get_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                       struct zsnmp_step *step);
/* The answer was whole: what it says of the items counts now. */
void zsnmp_op_get_apply(struct zsnmp_request *request, struct zsnmp_step *step);
void zsnmp_op_once_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                        struct zsnmp_step *step);

/* op_walk.c */
void zsnmp_op_walk_plan(struct zsnmp_request *request);
void zsnmp_op_walk_pdu(const struct zsnmp_request *request, struct zsnmp_pdu *pdu);
void zsnmp_op_walk_take(struct zsnmp_request *request, struct zsnmp_answer *answer,
                        struct zsnmp_step *step);

#endif
