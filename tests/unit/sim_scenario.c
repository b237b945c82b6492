/*
 * Scenarios: each is a rule that is taken, docs/SIMULATOR.md describes it, and the devices that
 * are selected have it.
 */
#include "sim_help.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario.h"

#define DOC "docs/SIMULATOR.md"
#define DOC_MAX (256u * 1024)
#define NAME "1.3.6.1.2.1.1.5.0"

static char error[ZSNMP_SIM_RULE_ERROR_MAX];

static char *read_doc(void)
{
    char *doc = calloc(1, DOC_MAX);
    FILE *file = fopen(DOC, "r");
    cr_assert(doc != NULL && file != NULL, "run me where " DOC " is");
    cr_assert_lt(fread(doc, 1, DOC_MAX - 1, file), DOC_MAX - 1);
    fclose(file);
    return doc;
}

Test(sim_scenario, each_is_a_rule)
{
    const struct zsnmp_sim_scenario *s = NULL;
    size_t i = 0;
    for (; (s = zsnmp_sim_scenario_nth(i)) != NULL; i++) {
        struct zsnmp_sim_faults *faults = zsnmp_sim_faults_new();
        cr_assert_not_null(faults);
        cr_assert(zsnmp_sim_scenario_add(faults, s->name, 0, error), "%s: %s", s->name, error);
        cr_assert(zsnmp_sim_faults_active(faults));
        zsnmp_sim_faults_destroy(&faults);
    }
    cr_assert_geq(i, 40);
}

Test(sim_scenario, each_has_a_name_of_its_own)
{
    const struct zsnmp_sim_scenario *s = NULL;
    for (size_t i = 0; (s = zsnmp_sim_scenario_nth(i)) != NULL; i++) {
        cr_assert_eq(strspn(s->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(s->name), "%s",
                     s->name);
        cr_assert(strlen(s->summary) > 10 && strlen(s->summary) < 80, "%s", s->name);
        cr_assert_str_neq(s->name, "list");
        for (size_t k = 0; k < i; k++) {
            cr_assert_str_neq(s->name, zsnmp_sim_scenario_nth(k)->name);
            cr_assert_str_neq(s->actions, zsnmp_sim_scenario_nth(k)->actions);
        }
    }
}

Test(sim_scenario, the_document_has_each)
{
    char *doc = read_doc();
    const struct zsnmp_sim_scenario *s = NULL;
    for (size_t i = 0; (s = zsnmp_sim_scenario_nth(i)) != NULL; i++) {
        char row[600];
        (void)snprintf(row, sizeof row, "\n| `%s` | `%s` | %s | ", s->name, s->actions, s->summary);
        cr_assert_not_null(strstr(doc, row), DOC " has no row%s", row);
    }
    free(doc);
}

/* Every action that help tells of stands in the document too. */
Test(sim_scenario, the_document_has_each_action)
{
    char *doc = read_doc();
    char help[8192] = "";
    char *save = NULL;
    FILE *to = fmemopen(help, sizeof help - 1, "w");
    cr_assert_not_null(to);
    zsnmp_sim_rule_help(to);
    fclose(to);
    for (char *w = strtok_r(help, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
        char name[60];
        char value[60];
        w[strcspn(w, "=[")] = '\0';
        (void)snprintf(name, sizeof name, "`%s`", w);
        (void)snprintf(value, sizeof value, "`%s=", w);
        cr_assert(strstr(doc, name) != NULL || strstr(doc, value) != NULL, DOC " lacks %s", w);
    }
    free(doc);
}

Test(sim_scenario, of_all_devices_or_some)
{
    struct sim_bed *bed = sim_bed_new(4);
    cr_assert(zsnmp_sim_scenario_add(bed->world->faults, "dead=127.1.2.4", 0, error));
    cr_assert(sim_get(bed, 1, ZSNMP_SIM_PDU_GET, NAME));
    cr_assert(zsnmp_sim_scenario_add(bed->world->faults, "get-silent=127.1.2.0/24", 0, error));
    cr_assert_not(sim_get(bed, 1, ZSNMP_SIM_PDU_GET, NAME));
    cr_assert(sim_get(bed, 1, ZSNMP_SIM_PDU_GETNEXT, NAME));
    cr_assert(zsnmp_sim_scenario_add(bed->world->faults, "dead", 0, error));
    cr_assert_not(sim_get(bed, 1, ZSNMP_SIM_PDU_GETNEXT, NAME));
    sim_bed_destroy(&bed);
}

Test(sim_scenario, names_and_selectors_that_are_none)
{
    static const char *const wrong[][2] = {
        {"", "no such scenario"},           {"walk", "--scenario list"},
        {"walk-same=", "no selector"},      {"walk-same=nowhere", "no selector: nowhere"},
        {"=127.0.0.1", "no such scenario"}, {"walk-same:127.0.0.1", "no such scenario"},
    };
    char text[ZSNMP_SIM_RULE_MAX + 100];
    struct zsnmp_sim_faults *faults = zsnmp_sim_faults_new();
    cr_assert_not_null(faults);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_not(zsnmp_sim_scenario_add(faults, wrong[i][0], 0, error), "%s", wrong[i][0]);
        cr_assert_not_null(strstr(error, wrong[i][1]), "%s", error);
    }
    (void)snprintf(text, sizeof text, "dead=%0*d", ZSNMP_SIM_RULE_MAX, 1);
    cr_assert_not(zsnmp_sim_scenario_add(faults, text, 0, error));
    cr_assert_not_null(strstr(error, "too long"), "%s", error);
    cr_assert_not(zsnmp_sim_faults_active(faults));
    zsnmp_sim_faults_destroy(&faults);
}
