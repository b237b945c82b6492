/* What comes first: order, and taking out from anywhere. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/order.h"

#define NODES 2000

static struct zsnmp_order_node nodes[NODES];

static void check_sorted(struct zsnmp_order *order, size_t count)
{
    uint64_t last = 0;
    struct zsnmp_order_node *node;
    while ((node = zsnmp_order_pop(order)) != NULL) {
        cr_assert_geq(node->key, last);
        cr_assert_not(zsnmp_order_has(node));
        last = node->key;
        count--;
    }
    cr_assert_eq(count, 0);
}

Test(base_order, comes_out_sorted)
{
    struct zsnmp_order order = {0};
    srand(1);
    for (size_t i = 0; i < NODES; i++) {
        zsnmp_order_push(&order, &nodes[i], (uint64_t)rand() % 500);
    }
    check_sorted(&order, NODES);
}

Test(base_order, in_and_out_at_random)
{
    struct zsnmp_order order = {0};
    size_t inside = 0;
    srand(2);
    for (int step = 0; step < 100000; step++) {
        struct zsnmp_order_node *node = &nodes[rand() % NODES];
        if (rand() % 8 == 0 && order.first != NULL) {
            uint64_t key = order.first->key;
            cr_assert_eq(zsnmp_order_pop(&order)->key, key);
            inside--;
        } else if (zsnmp_order_has(node)) {
            zsnmp_order_remove(&order, node);
            inside--;
        } else {
            zsnmp_order_push(&order, node, (uint64_t)rand() % 1000);
            inside++;
        }
        cr_assert_eq(order.first == NULL, inside == 0);
        cr_assert(order.first == NULL || zsnmp_order_has(order.first));
    }
    check_sorted(&order, inside);
}

Test(base_order, what_is_out_can_be_taken_out_again)
{
    struct zsnmp_order order = {0};
    zsnmp_order_remove(&order, &nodes[0]);
    zsnmp_order_push(&order, &nodes[0], 5);
    zsnmp_order_remove(&order, &nodes[0]);
    zsnmp_order_remove(&order, &nodes[0]);
    cr_assert_null(order.first);
    cr_assert_null(zsnmp_order_pop(&order));
}

/* As deep as it gets, and as wide. */
Test(base_order, sorted_and_reversed_input)
{
    struct zsnmp_order order = {0};
    for (size_t i = 0; i < NODES; i++) {
        zsnmp_order_push(&order, &nodes[i], NODES - i);
    }
    check_sorted(&order, NODES);
    for (size_t i = 0; i < NODES; i++) {
        zsnmp_order_push(&order, &nodes[i], i);
    }
    check_sorted(&order, NODES);
}

/* Mostly in order, as requests come: at the end, now and then at the front, and some in between. */
Test(base_order, nearly_sorted_input)
{
    struct zsnmp_order order = {0};
    size_t inside = 0;
    uint64_t turn = 1000;
    srand(3);
    for (int step = 0; step < 100000; step++) {
        struct zsnmp_order_node *node = &nodes[rand() % NODES];
        int what = rand() % 16;
        if (zsnmp_order_has(node) && what < 4) {
            zsnmp_order_remove(&order, node);
            inside--;
        } else if (what < 8 && inside > 0) {
            node = zsnmp_order_pop(&order);
            inside--;
            if (what == 4) { /* put back, as it was */
                zsnmp_order_put_back(&order, node);
                inside++;
                cr_assert_eq(order.first->key, node->key);
            }
        } else if (!zsnmp_order_has(node)) {
            uint64_t key = what == 8 ? (uint64_t)rand() % turn : turn++;
            zsnmp_order_push(&order, node, key);
            inside++;
        }
        cr_assert_eq(order.first == NULL, inside == 0);
    }
    check_sorted(&order, inside);
}

/* Of the same key, in the order in which they came. */
Test(base_order, the_same_key)
{
    struct zsnmp_order order = {0};
    for (size_t i = 0; i < NODES; i++) {
        zsnmp_order_push(&order, &nodes[i], 7);
    }
    for (size_t i = 0; i < NODES; i++) {
        cr_assert_eq(zsnmp_order_pop(&order), &nodes[i]);
    }
}

/* Looked over and put back, the last first: nothing has changed, whatever is left in between. */
Test(base_order, put_back)
{
    for (size_t left = 0; left < 3; left++) {
        struct zsnmp_order order = {0};
        struct zsnmp_order_node *taken[5];
        for (size_t i = 0; i < 5 + left; i++) {
            zsnmp_order_push(&order, &nodes[i], 7 + i / 6);
        }
        for (size_t i = 0; i < 5; i++) {
            taken[i] = zsnmp_order_pop(&order);
        }
        for (size_t i = 5; i > 0; i--) {
            zsnmp_order_put_back(&order, taken[i - 1]);
        }
        for (size_t i = 0; i < 5 + left; i++) {
            cr_assert_eq(zsnmp_order_pop(&order), &nodes[i]);
        }
    }
}
