/* Defaults and ranges of the server's options. Pure. */
#include "front.h"

#define MIB (1024u * 1024u)

void zsnmp_server_options_init(zsnmp_server_options_t *options)
{
    *options = (zsnmp_server_options_t){
        .body_max = 8 * MIB,
        .message_max = 16 * MIB,
        .batch_max = 10000,
        .client_window = 100000,
        .client_backlog = 64 * MIB,
        .backlog_total = 256 * MIB,
        .hwm = 1000,
        .handshake_ms = 5000,
        .io_threads = 1,
    };
}

static bool within(uint32_t value, uint32_t min, uint32_t max)
{
    return value >= min && value <= max;
}

zsnmp_err_t zsnmp_server_options_check(const zsnmp_server_options_t *options)
{
    bool good = within(options->body_max, 1024, 1024 * MIB) &&
                within(options->message_max, options->body_max, 1024 * MIB) &&
                within(options->batch_max, 1, 1000000) &&
                within(options->client_window, 1, 10000000) &&
                within(options->client_backlog, 1024, 1024 * MIB) &&
                within(options->backlog_total, options->client_backlog, UINT32_MAX) &&
                within(options->hwm, 1, 1000000) && within(options->handshake_ms, 10, 3600000) &&
                within(options->io_threads, 1, 16);
    return good ? ZSNMP_OK : ZSNMP_E_BAD_REQUEST;
}
