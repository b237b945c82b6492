/* Shapes of replies: alone, in arrays, and all of an enveloped batch in one message. */
#include "front_fixture.h"

static void deliver(struct front_fixture *f, const struct zsnmp_route *route, const char *text)
{
    struct zsnmp_buf reply;
    zsnmp_buf_init(&reply, 1u << 24);
    cr_assert(zsnmp_buf_append(&reply, text, strlen(text)));
    zsnmp_front_deliver(&f->server, route, &reply, NULL, 0);
    zsnmp_buf_clear(&reply);
}

/* Frames of the next message joined by '|'; "" where there is none. */
static const char *receive(void *dealer)
{
    static char text[16384];
    size_t len = 0;
    int more = 1;
    text[0] = '\0';
    while (more != 0) {
        int got = zmq_recv(dealer, text + len, sizeof text - len - 2, ZMQ_DONTWAIT);
        if (got < 0) {
            break;
        }
        len += (size_t)got;
        size_t size = sizeof more;
        cr_assert_eq(zmq_getsockopt(dealer, ZMQ_RCVMORE, &more, &size), 0);
        if (more != 0) {
            text[len++] = '|';
        }
        text[len] = '\0';
    }
    return text;
}

Test(front_reply, single_requests_get_single_replies)
{
    struct front_fixture *f = front_fixture_new(10);
    void *dealer = front_fixture_dealer(f, "c", 10);
    struct zsnmp_route route = {.client = zsnmp_client_find(&f->server, "c", 1)};
    deliver(f, &route, "one");
    cr_assert_str_eq(receive(dealer), "one");
    route.delimiter = true;
    deliver(f, &route, "two");
    cr_assert_str_eq(receive(dealer), "|two");
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_reply, an_array_holds_all_that_is_ready)
{
    struct front_fixture *f = front_fixture_new(10);
    void *dealer = front_fixture_dealer(f, "c", 10);
    struct zsnmp_route route = {.client = zsnmp_client_find(&f->server, "c", 1), .array = true};
    deliver(f, &route, "a");
    deliver(f, &route, "b");
    cr_assert_str_eq(receive(dealer), "");
    zsnmp_front_flush_ready(&f->server);
    cr_assert_str_eq(receive(dealer), "\x92"
                                      "ab"); /* MessagePack: an array of two */
    zsnmp_front_flush_ready(&f->server);
    cr_assert_str_eq(receive(dealer), "");
    for (int i = 0; i < 20; i++) {
        deliver(f, &route, "c");
    }
    zsnmp_front_flush_ready(&f->server);
    char text[64];
    cr_assert_eq(zmq_recv(dealer, text, sizeof text, 0), 23);
    cr_assert_arr_eq(text,
                     "\xdc\x00\x14"
                     "cc",
                     5);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_reply, a_large_array_is_sent_before_the_round_ends)
{
    struct front_fixture *f = front_fixture_new(100);
    void *dealer = front_fixture_dealer(f, "c", 100);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "c", 1);
    struct zsnmp_route route = {.client = client, .array = true};
    for (int i = 0; i < 10; i++) {
        struct zsnmp_buf reply;
        zsnmp_buf_init(&reply, 1u << 20);
        cr_assert_not_null(zsnmp_buf_reserve(&reply, 100000));
        memset(reply.data, 'x', 100000);
        reply.len = 100000;
        zsnmp_front_deliver(&f->server, &route, &reply, NULL, 0);
        zsnmp_buf_clear(&reply);
        cr_assert_leq(client->ready.len, ZSNMP_ARRAY_SOFT);
    }
    zsnmp_front_flush_ready(&f->server);
    cr_assert_eq(f->server.stats.messages_out, 4); /* of three, three, three and one */
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_reply, an_enveloped_batch_gets_one_message)
{
    struct front_fixture *f = front_fixture_new(10);
    void *dealer = front_fixture_dealer(f, "c", 10);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "c", 1);
    struct zsnmp_batch *batch = calloc(1, sizeof *batch);
    batch->left = 3;
    zsnmp_buf_init(&batch->buf, ZSNMP_REPLY_BYTES_MAX);
    struct zsnmp_route route = {.client = client, .batch = batch, .delimiter = true};
    deliver(f, &route, "a");
    deliver(f, &route, "b");
    zsnmp_front_flush_ready(&f->server);
    cr_assert_str_eq(receive(dealer), "");
    cr_assert_gt(client->backlog, 0);
    deliver(f, &route, "c");
    cr_assert_str_eq(receive(dealer), "|\x93"
                                      "abc");
    cr_assert_eq(client->backlog, 0);
    cr_assert_eq(f->server.stats.backlog_bytes, 0);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_reply, a_batch_gathers_no_more_than_the_backlog)
{
    struct front_fixture *f = front_fixture_new(10);
    f->server.options.client_backlog = 200000;
    void *dealer = front_fixture_dealer(f, "c", 10);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "c", 1);
    struct zsnmp_batch *batch = calloc(1, sizeof *batch);
    batch->left = 100;
    zsnmp_buf_init(&batch->buf, ZSNMP_REPLY_BYTES_MAX);
    struct zsnmp_route route = {.client = client, .batch = batch, .delimiter = true};
    for (int i = 0; i < 100; i++) {
        cr_assert_leq(client->backlog, 200000);
        struct zsnmp_buf reply;
        zsnmp_buf_init(&reply, 1u << 20);
        cr_assert_not_null(zsnmp_buf_reserve(&reply, 10000));
        memset(reply.data, 'x', 10000);
        reply.len = 10000;
        zsnmp_front_deliver(&f->server, &route, &reply, NULL, 0);
        zsnmp_buf_clear(&reply);
    }
    cr_assert_eq(client->backlog, 0);
    cr_assert_eq(f->server.stats.messages_out, 1);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_reply, what_cannot_be_kept_is_answered_by_an_error)
{
    struct front_fixture *f = front_fixture_new(2);
    f->server.options.client_backlog = 50000;
    void *dealer = front_fixture_dealer(f, "c", 2);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "c", 1);
    for (int i = 0; i < 100; i++) {
        struct zsnmp_route route = {.client = client, .array = i % 2 == 0};
        struct zsnmp_buf reply;
        zsnmp_buf_init(&reply, 1u << 20);
        cr_assert_not_null(zsnmp_buf_reserve(&reply, 10000));
        memset(reply.data, 'x', 10000);
        reply.len = 10000;
        zsnmp_front_deliver(&f->server, &route, &reply, NULL, 0);
        zsnmp_buf_clear(&reply);
        zsnmp_front_flush_ready(&f->server);
    }
    cr_assert_eq(f->server.stats.replies_dropped, 0);
    cr_assert_leq(client->backlog, 50000 + 100 * ZSNMP_ERROR_BYTES);
    int got = 0;
    for (int rounds = 0; got < 100 && rounds < 1000; rounds++) {
        front_fixture_poll(f);
        f->server.now_us += ZSNMP_RETRY_MAX_US;
        zsnmp_front_retry(&f->server);
        while (receive(dealer)[0] != '\0') {
            got++;
        }
    }
    cr_assert_eq(got, 100);
    zmq_close(dealer);
    front_fixture_free(f);
}
