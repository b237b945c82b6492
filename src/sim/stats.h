/*
 * Counters of one thread: it alone adds, anyone may read. The list is the order of printing.
 */
#ifndef ZSNMP_SIM_STATS_H
#define ZSNMP_SIM_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#define ZSNMP_SIM_STATS(X)                                                                         \
    X(datagrams_in)                                                                                \
    X(datagrams_out)                                                                               \
    X(tcp_connections)                                                                             \
    X(tcp_messages_in)                                                                             \
    X(tcp_messages_out)                                                                            \
    X(get)                                                                                         \
    X(getnext)                                                                                     \
    X(getbulk)                                                                                     \
    X(set)                                                                                         \
    X(replies)                                                                                     \
    X(varbinds_out)                                                                                \
    X(error_responses)                                                                             \
    X(too_big)                                                                                     \
    X(writes)                                                                                      \
    X(v1)                                                                                          \
    X(v2c)                                                                                         \
    X(v3)                                                                                          \
    X(reports)                                                                                     \
    X(report_unsupported_sec_levels)                                                               \
    X(report_not_in_time_windows)                                                                  \
    X(report_unknown_user_names)                                                                   \
    X(report_unknown_engine_ids)                                                                   \
    X(report_wrong_digests)                                                                        \
    X(report_decryption_errors)                                                                    \
    X(report_unknown_contexts)                                                                     \
    X(report_unknown_pdu_handlers)                                                                 \
    X(keys_localised)                                                                              \
    X(dropped_malformed)                                                                           \
    X(dropped_community)                                                                           \
    X(dropped_version)                                                                             \
    X(dropped_pdu_type)                                                                            \
    X(dropped_source)                                                                              \
    X(dropped_no_device)                                                                           \
    X(dropped_dead)                                                                                \
    X(dropped_fault)                                                                               \
    X(dropped_late)                                                                                \
    X(forged)                                                                                      \
    X(dropped_send)

#define ZSNMP_SIM_STAT_FIELD(name) _Atomic uint64_t name;
struct zsnmp_sim_stats {
    ZSNMP_SIM_STATS(ZSNMP_SIM_STAT_FIELD)
};
#undef ZSNMP_SIM_STAT_FIELD

/* A plain addition: one thread writes, so that nothing is lost without a locked instruction. */
static inline void zsnmp_sim_count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

#endif
