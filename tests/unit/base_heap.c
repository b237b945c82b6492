/*
 * The timer heap against a naive model: what is due comes earliest first, wherever nodes were
 * taken out or moved in between.
 */
#include "base/heap.h"

#include <criterion/criterion.h>

#include "base_help.h"

#define NODES 300

Test(base_heap, an_empty_heap_has_nothing_due)
{
    struct zsnmp_heap heap;
    struct zsnmp_heap_node node = {0};
    zsnmp_heap_init(&heap);
    cr_assert_eq(zsnmp_heap_first(&heap), INT64_MAX);
    cr_assert_null(zsnmp_heap_due(&heap, INT64_MAX));
    zsnmp_heap_remove(&heap, &node); /* is in no heap: nothing happens */
    cr_assert_eq(heap.len, 0);
    zsnmp_heap_clear(&heap);
}

Test(base_heap, due_means_not_later_than_now)
{
    struct zsnmp_heap heap;
    struct zsnmp_heap_node node = {0};
    zsnmp_heap_init(&heap);
    cr_assert(zsnmp_heap_set(&heap, &node, 100));
    cr_assert_eq(zsnmp_heap_first(&heap), 100);
    cr_assert_null(zsnmp_heap_due(&heap, 99));
    cr_assert_eq(zsnmp_heap_due(&heap, 100), &node);
    cr_assert_eq(node.place, 0, "a node that came out can go in again");
    cr_assert_null(zsnmp_heap_due(&heap, INT64_MAX));
    cr_assert(zsnmp_heap_set(&heap, &node, INT64_MIN));
    cr_assert_eq(zsnmp_heap_due(&heap, 0), &node);
    zsnmp_heap_clear(&heap);
}

Test(base_heap, equal_times_all_come_out)
{
    struct zsnmp_heap heap;
    struct zsnmp_heap_node nodes[NODES] = {0};
    zsnmp_heap_init(&heap);
    for (int i = 0; i < NODES; i++) {
        cr_assert(zsnmp_heap_set(&heap, &nodes[i], 7));
    }
    for (int i = 0; i < NODES; i++) {
        struct zsnmp_heap_node *node = zsnmp_heap_due(&heap, 7);
        cr_assert(node >= nodes && node < nodes + NODES);
        cr_assert_eq(node->place, 0);
        node->place = UINT32_MAX; /* would be found out if it came a second time */
    }
    cr_assert_null(zsnmp_heap_due(&heap, 7));
    zsnmp_heap_clear(&heap);
}

Test(base_heap, moving_a_node_moves_it_both_ways)
{
    struct zsnmp_heap heap;
    struct zsnmp_heap_node nodes[3] = {0};
    zsnmp_heap_init(&heap);
    for (int i = 0; i < 3; i++) {
        cr_assert(zsnmp_heap_set(&heap, &nodes[i], 10 * (i + 1)));
    }
    cr_assert(zsnmp_heap_set(&heap, &nodes[0], 40));
    cr_assert(zsnmp_heap_set(&heap, &nodes[2], 5));
    cr_assert_eq(heap.len, 3);
    cr_assert_eq(zsnmp_heap_due(&heap, 100), &nodes[2]);
    cr_assert_eq(zsnmp_heap_due(&heap, 100), &nodes[1]);
    cr_assert_eq(zsnmp_heap_due(&heap, 100), &nodes[0]);
    zsnmp_heap_clear(&heap);
}

struct model {
    struct zsnmp_heap heap;
    struct zsnmp_heap_node nodes[NODES];
    bool in[NODES];
    int64_t at[NODES];
    size_t len;
};

static int64_t earliest(const struct model *model)
{
    int64_t first = INT64_MAX;
    for (int i = 0; i < NODES; i++) {
        if (model->in[i] && model->at[i] < first) {
            first = model->at[i];
        }
    }
    return first;
}

static void take_due(struct model *model, int64_t now)
{
    int64_t first = earliest(model);
    struct zsnmp_heap_node *node = zsnmp_heap_due(&model->heap, now);
    if (model->len == 0 || first > now) {
        cr_assert_null(node);
        return;
    }
    cr_assert_not_null(node);
    ptrdiff_t i = node - model->nodes;
    cr_assert(model->in[i]);
    cr_assert_eq(model->at[i], first);
    model->in[i] = false;
    model->len--;
}

static void set(struct model *model, uint32_t i, int64_t at)
{
    cr_assert(zsnmp_heap_set(&model->heap, &model->nodes[i], at));
    model->len += model->in[i] ? 0 : 1;
    model->in[i] = true;
    model->at[i] = at;
}

static void take_out(struct model *model, uint32_t i)
{
    zsnmp_heap_remove(&model->heap, &model->nodes[i]);
    model->len -= model->in[i] ? 1 : 0;
    model->in[i] = false;
}

/* Few different times, so that equal ones meet. */
static void compare(uint64_t seed)
{
    static struct model model;
    struct draw draw = {seed};
    model = (struct model){0};
    zsnmp_heap_init(&model.heap);
    for (int step = 0; step < 20000; step++) {
        uint32_t i = draw_below(&draw, NODES);
        int64_t at = (int64_t)draw_below(&draw, 200) - 100;
        switch (draw_below(&draw, 4)) {
        case 0:
        case 1:
            set(&model, i, at);
            break;
        case 2:
            take_out(&model, i);
            break;
        default:
            take_due(&model, at);
        }
        cr_assert_eq(model.heap.len, model.len, "seed %lu", (unsigned long)seed);
        cr_assert_eq(zsnmp_heap_first(&model.heap), earliest(&model), "seed %lu",
                     (unsigned long)seed);
    }
    while (model.len > 0) {
        take_due(&model, INT64_MAX);
    }
    zsnmp_heap_clear(&model.heap);
}

Test(base_heap, agrees_with_a_naive_model)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        compare(seed);
    }
}
