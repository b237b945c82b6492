/*
 * Ids of messages in the air, and what is noted of their tries.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "pool/inside.h"

static void refuse(struct zsnmp_request *request, int32_t id)
{
    request->run.heard = id;
    zsnmp_ids_note_refused(request);
}

Test(pool_ids, a_try_is_refused_once_however_often_that_is_said)
{
    struct zsnmp_worker *worker = calloc(1, sizeof *worker);
    struct zsnmp_request *request = zsnmp_request_alloc(0);
    cr_assert(worker != NULL && request != NULL);
    cr_assert(zsnmp_ids_add(worker, request, 7) && zsnmp_ids_add(worker, request, 8));
    refuse(request, 7);
    refuse(request, 7);
    cr_assert_eq(request->run.refused, 1, "the report came twice, the try went out once");
    refuse(request, 9);
    cr_assert_eq(request->run.refused, 1, "of another request, or forgotten");
    refuse(request, 8);
    cr_assert_eq(request->run.refused, 2);
    for (int32_t id = 10; id < 10 + (int32_t)ZSNMP_RUN_IDS; id++) {
        cr_assert(zsnmp_ids_add(worker, request, id));
    }
    refuse(request, 10);
    cr_assert_eq(request->run.refused, 3, "a later try in the place of one that was refused");
    zsnmp_ids_drop(worker, request);
    cr_assert_eq(worker->ids.len, 0);
    zsnmp_map_clear(&worker->ids);
    zsnmp_request_free(request);
    free(worker);
}
