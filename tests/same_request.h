/*
 * Whether two requests ask the same, down to the last option: what a copy of one before must come
 * to beside what the decoder makes of the same message.
 */
#ifndef ZSNMP_TESTS_SAME_REQUEST_H
#define ZSNMP_TESTS_SAME_REQUEST_H

#include "base/request.h"

static inline bool same_str(const struct zsnmp_str *a, const struct zsnmp_str *b)
{
    return a->len == b->len && (a->data == NULL) == (b->data == NULL) &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0) &&
           (a->data == NULL || (a->data[a->len] == '\0' && b->data[b->len] == '\0'));
}

static inline bool same_items(const struct zsnmp_request *a, const struct zsnmp_request *b)
{
    const struct zsnmp_item *one = a->items;
    const struct zsnmp_item *other = b->items;
    for (; one != NULL && other != NULL; one = one->next, other = other->next) {
        if (one->oid_len != other->oid_len || one->type != other->type ||
            one->missing != other->missing || one->data_len != other->data_len ||
            memcmp(one->oid, other->oid, one->oid_len * sizeof *one->oid) != 0) {
            return false;
        }
        if ((one->next == NULL && one != a->items_last) ||
            (other->next == NULL && other != b->items_last)) {
            return false;
        }
    }
    return one == NULL && other == NULL && a->item_count == b->item_count;
}

static inline bool same_creds(const struct zsnmp_creds *a, const struct zsnmp_creds *b)
{
    return a->version == b->version && a->level == b->level && a->auth_proto == b->auth_proto &&
           a->priv_proto == b->priv_proto && same_str(&a->community, &b->community) &&
           same_str(&a->user, &b->user) && same_str(&a->auth_pass, &b->auth_pass) &&
           same_str(&a->priv_pass, &b->priv_pass) && same_str(&a->auth_key, &b->auth_key) &&
           same_str(&a->priv_key, &b->priv_key) && same_str(&a->engine_id, &b->engine_id);
}

static inline bool same_request(const struct zsnmp_request *a, const struct zsnmp_request *b)
{
    return a->op == b->op && a->form == b->form && a->exceptions == b->exceptions &&
           a->timing == b->timing && a->walk_bulk == b->walk_bulk && a->priority == b->priority &&
           a->timeout_ms == b->timeout_ms && a->retries == b->retries &&
           a->deadline_ms == b->deadline_ms && a->device_window == b->device_window &&
           a->device_queue_max == b->device_queue_max &&
           a->device_interval_ms == b->device_interval_ms && a->non_repeaters == b->non_repeaters &&
           a->max_repetitions == b->max_repetitions && a->limit == b->limit &&
           a->stream == b->stream && a->start == NULL && b->start == NULL &&
           same_str(&a->peer, &b->peer) && same_str(&a->id, &b->id) &&
           same_str(&a->context, &b->context) &&
           same_str(&a->context_engine_id, &b->context_engine_id) &&
           same_creds(&a->creds, &b->creds) && same_items(a, b);
}

#endif
