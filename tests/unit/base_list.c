/*
 * Linked lists: order, and that taking a node out twice does no harm.
 */
#include "base/list.h"

#include <criterion/criterion.h>

#include "base_help.h"

#define NODES 50

struct thing {
    int before;
    struct zsnmp_list link;
};

Test(base_list, first_in_first_out)
{
    struct zsnmp_list list;
    struct thing things[3];
    zsnmp_list_init(&list);
    cr_assert(zsnmp_list_empty(&list));
    cr_assert_null(zsnmp_list_pop(&list));
    for (int i = 0; i < 3; i++) {
        zsnmp_list_push(&list, &things[i].link);
    }
    for (int i = 0; i < 3; i++) {
        struct zsnmp_list *node = zsnmp_list_pop(&list);
        cr_assert_eq(ZSNMP_CONTAINER(node, struct thing, link), &things[i]);
    }
    cr_assert(zsnmp_list_empty(&list));
}

Test(base_list, taken_out_twice)
{
    struct zsnmp_list list;
    struct zsnmp_list a;
    struct zsnmp_list b;
    zsnmp_list_init(&list);
    zsnmp_list_push(&list, &a);
    zsnmp_list_push_front(&list, &b);
    zsnmp_list_remove(&b);
    zsnmp_list_remove(&b);
    cr_assert(zsnmp_list_empty(&b), "it points to itself");
    cr_assert_eq(zsnmp_list_pop(&list), &a);
    zsnmp_list_remove(&a);
    cr_assert(zsnmp_list_empty(&list));
}

/* The model is an array of indices, moved by hand. */
struct model {
    int order[NODES];
    int len;
};

static int find(const struct model *model, int i)
{
    for (int at = 0; at < model->len; at++) {
        if (model->order[at] == i) {
            return at;
        }
    }
    return -1;
}

static void insert(struct model *model, int at, int i)
{
    for (int k = model->len++; k > at; k--) {
        model->order[k] = model->order[k - 1];
    }
    model->order[at] = i;
}

static void erase(struct model *model, int at)
{
    model->len--;
    for (int k = at; k < model->len; k++) {
        model->order[k] = model->order[k + 1];
    }
}

static void step(struct draw *draw, struct model *model, struct zsnmp_list *list,
                 struct zsnmp_list *nodes)
{
    int i = (int)draw_below(draw, NODES);
    int at = find(model, i);
    bool front = draw_below(draw, 2) == 0;
    if (at >= 0) {
        zsnmp_list_remove(&nodes[i]);
        erase(model, at);
    } else if (front) {
        zsnmp_list_push_front(list, &nodes[i]);
        insert(model, 0, i);
    } else {
        zsnmp_list_push(list, &nodes[i]);
        insert(model, model->len, i);
    }
}

Test(base_list, agrees_with_a_naive_model)
{
    struct draw draw = {1};
    struct model model = {.len = 0};
    struct zsnmp_list list;
    struct zsnmp_list nodes[NODES];
    zsnmp_list_init(&list);
    for (int i = 0; i < 5000; i++) {
        step(&draw, &model, &list, nodes);
        const struct zsnmp_list *at = list.next;
        for (int k = 0; k < model.len; k++, at = at->next) {
            cr_assert_eq(at, &nodes[model.order[k]], "seed 1, step %d", i);
            cr_assert_eq(at->prev->next, at);
        }
        cr_assert_eq(at, &list);
    }
}
