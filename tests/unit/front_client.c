/* Records of clients: found again, kept while something is open, trimmed oldest first. */
#include "front_fixture.h"

Test(front_client, same_id_same_record)
{
    struct front_fixture *f = front_fixture_new(10);
    struct zsnmp_client *a = zsnmp_client_find(&f->server, "a\0b", 3);
    cr_assert_not_null(a);
    cr_assert_eq(zsnmp_client_find(&f->server, "a\0b", 3), a);
    cr_assert_neq(zsnmp_client_find(&f->server, "a\0c", 3), a);
    cr_assert_neq(zsnmp_client_find(&f->server, "a", 1), a);
    cr_assert_eq(f->server.clients.len, 3);
    front_fixture_free(f);
}

Test(front_client, routing_id_longer_than_zmtp_allows)
{
    struct front_fixture *f = front_fixture_new(10);
    char id[256] = {0};
    cr_assert_null(zsnmp_client_find(&f->server, id, sizeof id));
    cr_assert_not_null(zsnmp_client_find(&f->server, id, 255));
    front_fixture_free(f);
}

Test(front_client, idle_ones_go_oldest_first)
{
    struct front_fixture *f = front_fixture_new(10);
    struct zsnmp_client *clients[5];
    for (uint8_t i = 0; i < 5; i++) {
        clients[i] = zsnmp_client_find(&f->server, &i, 1);
        zsnmp_client_settle(&f->server, clients[i]);
    }
    uint8_t first = 0;
    cr_assert_eq(zsnmp_client_find(&f->server, &first, 1), clients[0]); /* in use again */
    zsnmp_client_settle(&f->server, clients[0]);
    zsnmp_clients_trim(&f->server, 2);
    cr_assert_eq(f->server.idle_count, 2);
    cr_assert_eq(f->server.clients.len, 2);
    cr_assert_eq(zsnmp_client_find(&f->server, &first, 1), clients[0]);
    front_fixture_free(f);
}

Test(front_client, unanswered_ones_stay)
{
    struct front_fixture *f = front_fixture_new(10);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "x", 1);
    client->unanswered = 1;
    zsnmp_client_settle(&f->server, client);
    zsnmp_clients_trim(&f->server, 0);
    cr_assert_eq(zsnmp_client_find(&f->server, "x", 1), client);
    client->unanswered = 0;
    zsnmp_client_settle(&f->server, client);
    zsnmp_client_settle(&f->server, client); /* twice does no harm */
    cr_assert_eq(f->server.idle_count, 1);
    zsnmp_clients_trim(&f->server, 0);
    cr_assert_eq(f->server.clients.len, 0);
    front_fixture_free(f);
}

Test(front_options, ranges)
{
    zsnmp_server_options_t options;
    zsnmp_server_options_init(&options);
    cr_assert_eq(zsnmp_server_options_check(&options), ZSNMP_OK);
    options.message_max = options.body_max - 1;
    cr_assert_eq(zsnmp_server_options_check(&options), ZSNMP_E_BAD_REQUEST);
    zsnmp_server_options_init(&options);
    options.backlog_total = options.client_backlog - 1;
    cr_assert_eq(zsnmp_server_options_check(&options), ZSNMP_E_BAD_REQUEST);
    zsnmp_server_options_init(&options);
    options.hwm = 0;
    cr_assert_eq(zsnmp_server_options_check(&options), ZSNMP_E_BAD_REQUEST);
}
