/* Sending: queues of clients that do not read, their limits, and who pays for them. */
#include "front_fixture.h"

#include <unistd.h>

#define HWM 2 /* inproc adds both sides' */

static void retry_later(struct front_fixture *f)
{
    front_fixture_poll(f);
    f->server.now_us += ZSNMP_RETRY_MAX_US;
    zsnmp_front_retry(&f->server);
}

Test(front_out, pending_replies_keep_their_order)
{
    struct front_fixture *f = front_fixture_new(HWM);
    void *dealer = front_fixture_dealer(f, "slow", HWM);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "slow", 4);
    for (uint8_t i = 0; i < 100; i++) {
        front_fixture_send(f, client, i, 10);
    }
    cr_assert_not_null(client->first, "nothing is pending");
    cr_assert_gt(f->server.stats.backlog_bytes, 0);
    int expected = 0;
    for (int rounds = 0; expected < 100 && rounds < 1000; rounds++) {
        int tag;
        while ((tag = front_fixture_tag(dealer)) >= 0) {
            cr_assert_eq(tag, expected);
            expected++;
        }
        retry_later(f);
    }
    cr_assert_eq(expected, 100);
    cr_assert_null(client->first);
    cr_assert_eq(f->server.stats.backlog_bytes, 0);
    cr_assert_eq(f->server.stats.messages_out, 100);
    cr_assert(client->is_idle);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_out, one_full_client_delays_no_other)
{
    struct front_fixture *f = front_fixture_new(HWM);
    void *slow = front_fixture_dealer(f, "slow", HWM);
    void *good = front_fixture_dealer(f, "good", HWM);
    struct zsnmp_client *slow_client = zsnmp_client_find(&f->server, "slow", 4);
    struct zsnmp_client *good_client = zsnmp_client_find(&f->server, "good", 4);
    for (uint8_t i = 0; i < 100; i++) {
        front_fixture_send(f, slow_client, i, 10);
        front_fixture_send(f, good_client, i, 10);
        cr_assert_eq(front_fixture_tag(good), i);
    }
    cr_assert_null(good_client->first);
    zmq_close(slow);
    zmq_close(good);
    front_fixture_free(f);
}

Test(front_out, a_clients_backlog_is_bounded)
{
    struct front_fixture *f = front_fixture_new(HWM);
    f->server.options.client_backlog = 100000;
    void *dealer = front_fixture_dealer(f, "slow", HWM);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "slow", 4);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
        refused += !front_fixture_send(f, client, 1, 10000);
        cr_assert_leq(client->backlog, 100000);
    }
    cr_assert_gt(refused, 150);
    cr_assert(front_fixture_send(f, client, 2, 100), "no reserve for an error");
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_out, who_holds_most_pays_when_all_is_full)
{
    struct front_fixture *f = front_fixture_new(HWM);
    f->server.options.client_backlog = 100000;
    f->server.options.backlog_total = 100000;
    void *hog = front_fixture_dealer(f, "hog", HWM);
    void *late = front_fixture_dealer(f, "late", HWM);
    struct zsnmp_client *hog_client = zsnmp_client_find(&f->server, "hog", 3);
    struct zsnmp_client *late_client = zsnmp_client_find(&f->server, "late", 4);
    for (int i = 0; i < 100; i++) {
        front_fixture_send(f, hog_client, 1, 2000);
    }
    uint64_t dropped = f->server.stats.replies_dropped;
    for (int i = 0; i < 10; i++) {
        front_fixture_send(f, late_client, 2, 2000);
    }
    cr_assert_not_null(late_client->first);
    cr_assert_gt(f->server.stats.replies_dropped, dropped);
    cr_assert_leq(f->server.stats.backlog_bytes, 100000);
    int got = 0;
    for (int rounds = 0; got < 10 && rounds < 1000; rounds++) {
        while (front_fixture_tag(late) == 2) {
            got++;
        }
        retry_later(f);
    }
    cr_assert_eq(got, 10, "the late client lost replies to the hog");
    zmq_close(hog);
    zmq_close(late);
    front_fixture_free(f);
}

Test(front_out, large_replies_are_counted_in_bytes_inside_zeromq)
{
    struct front_fixture *f = front_fixture_new(1000);
    void *dealer = front_fixture_dealer(f, "slow", 1000);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "slow", 4);
    for (uint8_t i = 0; i < 20; i++) {
        front_fixture_send(f, client, i, 1u << 20);
        cr_assert_leq(atomic_load(&client->credit->bytes), ZSNMP_WITH_ZMQ_MAX);
    }
    cr_assert_not_null(client->first);
    int expected = 0;
    for (int rounds = 0; expected < 20 && rounds < 1000; rounds++) {
        while (front_fixture_tag(dealer) == expected) {
            expected++;
        }
        retry_later(f);
    }
    cr_assert_eq(expected, 20);
    cr_assert_eq(atomic_load(&client->credit->bytes), 0);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_out, one_reply_larger_than_the_credit_goes_out_alone)
{
    struct front_fixture *f = front_fixture_new(1000);
    void *dealer = front_fixture_dealer(f, "big", 1000);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "big", 3);
    front_fixture_send(f, client, 7, ZSNMP_WITH_ZMQ_MAX + 1);
    cr_assert_eq(front_fixture_tag(dealer), 7);
    zmq_close(dealer);
    front_fixture_free(f);
}

Test(front_out, a_client_that_has_gone_is_counted)
{
    struct front_fixture *f = front_fixture_new(HWM);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "nobody", 6);
    front_fixture_send(f, client, 1, 10);
    cr_assert_eq(f->server.stats.replies_unroutable, 1);
    void *dealer = front_fixture_dealer(f, "soon", HWM);
    client = zsnmp_client_find(&f->server, "soon", 4);
    for (uint8_t i = 0; i < 20; i++) {
        front_fixture_send(f, client, i, 10);
    }
    cr_assert_not_null(client->first);
    zmq_close(dealer);
    for (int rounds = 0; client->first != NULL && rounds < 1000; rounds++) {
        usleep(1000); /* ZeroMQ's own thread ends the connection */
        retry_later(f);
    }
    cr_assert_null(client->first);
    cr_assert_gt(f->server.stats.replies_unroutable, 1);
    cr_assert_eq(f->server.stats.backlog_bytes, 0);
    front_fixture_free(f);
}

Test(front_out, nothing_is_sent_without_a_socket)
{
    struct front_fixture *f = front_fixture_new(HWM);
    struct zsnmp_client *client = zsnmp_client_find(&f->server, "x", 1);
    zsnmp_front_lost(&f->server);
    front_fixture_send(f, client, 1, 10);
    front_fixture_send(f, client, 1, 10000);
    cr_assert_eq(f->server.stats.replies_unroutable, 2);
    front_fixture_free(f);
}
