/*
 * The table of calls against a plain array, as calls come and go in any order.
 */
#include <stdlib.h>

#include "../src/calls.h"
#include "harness.h"

#define NUMBERS 3000u /* of calls that have been made, far more than are under way */
#define STEPS 200000u

static struct calls table;
static struct call calls[NUMBERS]; /* fn: not NULL while it is in the table */

static void ignore(const zsnmpc_reply_t *reply, void *arg)
{
    (void)reply;
    (void)arg;
}

/* Most numbers share a place with others in a table that is small for them. */
static uint64_t number_of(size_t at)
{
    return at % 3 == 0 ? at * 4096 : at;
}

static void put_or_take(size_t at)
{
    struct call *call = &calls[at];
    if (call->fn != NULL) {
        zsnmpc_calls_remove(&table, call);
        call->fn = NULL;
    } else {
        *call = (struct call){.number = number_of(at), .fn = ignore};
        require(zsnmpc_calls_add(&table, call));
    }
}

static void come_and_go(void)
{
    unsigned seed = 1;
    size_t count = 0;
    for (unsigned step = 0; step < STEPS; step++) {
        put_or_take((size_t)rand_r(&seed) % (step / 100 + 1) % NUMBERS);
        size_t at = (size_t)rand_r(&seed) % NUMBERS;
        bool there = calls[at].fn != NULL;
        check(zsnmpc_calls_find(&table, number_of(at)) == (there ? &calls[at] : NULL), "%zu", at);
    }
    for (size_t at = 0; at < NUMBERS; at++) {
        count += calls[at].fn != NULL ? 1 : 0;
    }
    check(table.count == count);
}

/* All that is left, in the order of the numbers. */
static void move(void)
{
    struct call_list list;
    size_t count = table.count;
    uint64_t last = 0;
    zsnmpc_call_list_init(&list);
    zsnmpc_calls_move(&table, &list);
    check(table.count == 0 && zsnmpc_calls_find(&table, 0) == NULL);
    for (struct call *call = zsnmpc_call_list_take(&list); call != NULL;
         call = zsnmpc_call_list_take(&list)) {
        check(call->number >= last && call->fn != NULL);
        last = call->number;
        count--;
    }
    check(count == 0);
    zsnmpc_calls_clear(&table);
}

int main(void)
{
    static const struct test tests[] = {{"come and go", come_and_go}, {"move", move}};
    return harness_run(tests, sizeof(tests) / sizeof(tests[0]));
}
