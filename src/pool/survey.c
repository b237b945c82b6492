/*
 * Surveys: which devices does this worker know, the first so many in some
 * order. Goes through the devices a bounded number a round, keeping the best
 * rows in a heap whose top is the worst of them.
 */
#include <stdlib.h>

#include "pool/inside.h"
#include "pool/worker.h"

/*
 * Goes downwards: what is added meanwhile comes behind. When a device is let
 * go the last one takes its place, and may come by a second time: so each
 * device remembers the survey that has seen it.
 */
static void start(struct zsnmp_worker *self, struct zsnmp_survey *survey)
{
    self->survey++;
    survey->known = self->device_count;
    survey->at = self->device_count;
}

void zsnmp_survey_begin(struct zsnmp_worker *self, struct zsnmp_survey *survey)
{
    struct zsnmp_survey **end = &self->surveys;
    while (*end != NULL) { /* a few: each asker has a bound */
        end = &(*end)->next;
    }
    survey->count = 0;
    survey->next = NULL;
    *end = survey;
    if (self->surveys == survey) {
        start(self, survey);
    }
}

static bool worse(const struct zsnmp_survey *survey, size_t a, size_t b)
{
    return zsnmp_device_row_compare(&survey->rows[a], &survey->rows[b], survey->sort) > 0;
}

static void swap(struct zsnmp_survey *survey, size_t a, size_t b)
{
    struct zsnmp_device_row row = survey->rows[a];
    survey->rows[a] = survey->rows[b];
    survey->rows[b] = row;
}

static void sink(struct zsnmp_survey *survey)
{
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child >= survey->count) {
            return;
        }
        if (child + 1 < survey->count && worse(survey, child + 1, child)) {
            child++;
        }
        if (!worse(survey, child, at)) {
            return;
        }
        swap(survey, at, child);
        at = child;
    }
}

static void rise(struct zsnmp_survey *survey)
{
    for (size_t at = survey->count - 1; at > 0 && worse(survey, at, (at - 1) / 2);) {
        swap(survey, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void consider(const struct zsnmp_worker *self, struct zsnmp_survey *survey,
                     const struct zsnmp_device *device)
{
    struct zsnmp_device_row row;
    zsnmp_device_fill_row(self, device, &row);
    if (survey->count < survey->limit) {
        survey->rows[survey->count++] = row;
        rise(survey);
    } else if (survey->limit > 0 &&
               zsnmp_device_row_compare(&row, &survey->rows[0], survey->sort) < 0) {
        survey->rows[0] = row;
        sink(survey);
    }
}

void zsnmp_survey_step(struct zsnmp_worker *self)
{
    struct zsnmp_survey *survey = self->surveys;
    if (survey == NULL) {
        return;
    }
    if (survey->at > self->device_count) {
        survey->at = self->device_count;
    }
    for (unsigned i = 0; i < ZSNMP_SURVEY_STEP && survey->at > 0; i++) {
        struct zsnmp_device *device = self->devices[--survey->at];
        if (device->survey != self->survey) {
            device->survey = self->survey;
            consider(self, survey, device);
        }
    }
    if (survey->at == 0) {
        self->surveys = survey->next;
        if (self->surveys != NULL) {
            start(self, self->surveys);
        }
        zsnmp_mailbox_push(survey->reply_to, &survey->msg);
        zsnmp_pool_release(self->pool, 1);
    }
}
