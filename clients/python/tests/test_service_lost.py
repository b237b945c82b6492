"""The service goes away: every call ends, with a result or with service_lost, and later ones work."""

import os
import signal
import socket
import threading
import time

import gevent
import pytest
import styles
import vectors
import zmq

import zsnmp

NAME = "1.3.6.1.2.1.1.5.0"
LOCATION = "1.3.6.1.2.1.1.6.0"


@pytest.fixture(scope="module")
def fragile():
    """A service that tests may kill. Each leaves it running."""
    with vectors.Serve() as one:
        one.say("rule 127.40.0.0/16: dead")
        yield one


@pytest.fixture
def impatient(kind, fragile):
    one = kind(fragile.endpoint, heartbeat=0.2, patience=1, timeout_ms=60000)
    yield one
    one.close()


def outcome(style, running):
    """The result of a call, or its error."""
    try:
        return style.wait(running)
    except zsnmp.Error as error:
        return error


def in_flight(style):
    return styles.call(style, style.client.info)["requests_in_flight"]


def start_many(style, serve):
    """1000 requests in flight: to devices that do not answer in time, as calls, walks and batches."""
    client = style.client
    peers = [f"127.40.{number // 200}.{number % 200 + 1}:{serve.port}" for number in range(1000)]
    running = [style.start(client.get, peer, NAME) for peer in peers[:150]]
    running += [style.start(client.walk(peer, NAME[:-2])) for peer in peers[150:200]]
    running += [style.start(client.get_many, peers[200:600], NAME)]
    more = {"timeout_ms": 60000}
    requests = [{"op": "get", "peer": peer, "oids": [NAME], **more} for peer in peers[600:]]
    running += [style.start(client.batch, requests)]
    while in_flight(style) < 1000:
        pass
    return running


def assert_lost(error, retryable=True):
    assert isinstance(error, zsnmp.ServiceLost), error
    said = (error.code, error.name, error.sent, error.retryable)
    assert said == (0, "service_lost", "maybe", retryable)


def test_killed_with_a_thousand_in_flight(impatient, fragile):
    running = start_many(impatient, fragile)
    fragile.say("kill")
    *calls, many, batch = [outcome(impatient, one) for one in running]
    fragile.say("start")
    for error in calls:
        assert_lost(error)
    assert len(many) == len(batch) == 400
    for _, error in many:
        assert_lost(error)
    for reply in batch:
        assert_lost(zsnmp.error_of(reply))
    assert styles.call(impatient, impatient.client.ping)["pong"] is True
    # What was told to have failed is not carried out by the new service.
    assert in_flight(impatient) == 0


def test_orderly_end_answers_and_later_calls_work(fragile):
    """All styles at once, since the service takes its grace time."""
    all_styles = [kind(fragile.endpoint, heartbeat=0.2, patience=1) for kind in styles.STYLES]
    try:
        peer = f"127.40.8.1:{fragile.port}"
        running = [(one, one.start(one.client.get, peer, NAME, timeout_ms=60000)) for one in all_styles]
        while in_flight(all_styles[0]) == 0:
            pass
        fragile.say("stop")
        for style, one in running:
            error = outcome(style, one)
            assert isinstance(error, zsnmp.Error) and error.name in ("shutting_down", "service_lost")
        fragile.say("start")
        for style in all_styles:
            assert styles.call(style, style.client.ping)["pong"] is True
    finally:
        for style in all_styles:
            style.close()


def test_a_silent_service_counts_as_lost(impatient, fragile):
    client = impatient.client
    styles.call(impatient, client.ping)
    fragile.say("pause")
    try:
        peer = f"127.0.0.1:{fragile.port}"
        get = impatient.start(client.get, peer, NAME)
        write = impatient.start(client.set, peer, [(LOCATION, "s", "x")], community="private")
        assert_lost(outcome(impatient, get))
        assert_lost(outcome(impatient, write), retryable=False)
    finally:
        fragile.say("resume")
    assert styles.call(impatient, client.ping)["pong"] is True


def test_a_slow_device_is_no_lost_service(impatient, fragile):
    """The pings are answered meanwhile, so patience does not end the call."""
    peer = f"127.40.9.1:{fragile.port}"
    error = outcome(impatient, impatient.start(impatient.client.get, peer, NAME, timeout_ms=1500, retries=0))
    assert isinstance(error, zsnmp.Timeout)


def test_no_service_at_all(kind, fragile):
    fragile.say("kill")
    try:
        style = kind(fragile.endpoint, heartbeat=0.1, patience=0.3)
        try:
            assert_lost(outcome(style, style.start(style.client.ping)))
            waiting = style.start(style.client.ping)
            assert_lost(outcome(style, waiting))
        finally:
            fragile.say("start")
        assert styles.call(style, style.client.ping)["pong"] is True
    finally:
        style.close()


def test_a_call_cancelled_without_a_service_is_not_sent_later(kind, fragile):
    fragile.say("kill")
    style = kind(fragile.endpoint)
    try:
        client = style.client
        what = (f"127.0.0.3:{fragile.port}", [(LOCATION, "s", "late")])

        def sent():
            end = time.monotonic() + styles.PATIENCE
            while not client._core.awaiting:
                assert time.monotonic() < end
                gevent.sleep(0.001)

        if style.name == "blocking":
            thread = threading.Thread(target=lambda: (sent(), os.kill(os.getpid(), signal.SIGINT)))
            thread.start()
            with pytest.raises(KeyboardInterrupt):
                client.set(*what, community="private")
            thread.join()
        else:
            running = style.start(client.set, *what, community="private")
            sent()
            style.cancel(running)
    finally:
        fragile.say("start")
    try:
        # The worker of the device has got this one behind the SET, had that been sent.
        assert styles.call(style, client.get, what[0], NAME) == {NAME: b"sim-127-0-0-3"}
        assert styles.call(style, client.info)["requests_accepted"] == 1
    finally:
        style.close()


def test_walk_says_where_it_was_when_the_service_went(impatient, fragile):
    peer = f"127.0.0.2:{fragile.port}"
    fragile.say("rule 127.0.0.2: clear")
    root = "1.3.6.1.2.1.2.2.1.2"
    walk = impatient.client.walk(peer, root, stream=1, max_repetitions=1)
    rows = []
    fragile.say("rule 127.0.0.2: walk=silent:2")
    running = impatient.start(walk, into=rows)
    while len(rows) < 2:
        styles.call(impatient, impatient.client.ping)
    fragile.say("kill")
    error = outcome(impatient, running)
    fragile.say("start")
    assert_lost(error)
    assert [oid for oid, _ in rows] == [f"{root}.1", f"{root}.2"]
    assert error.next == f"{root}.2"


def test_connection_lost_while_idle_costs_no_call(impatient, fragile):
    styles.call(impatient, impatient.client.ping)
    fragile.say("kill")
    fragile.say("start")
    assert styles.call(impatient, impatient.client.ping)["pong"] is True


def test_curve(kind):
    with vectors.Serve("--curve") as serve:
        curve = serve.curve
        keys = {"server_key": curve["server_key"], "public_key": curve["client_public"]}
        style = kind(curve["endpoint"], secret_key=curve["client_secret"], **keys)
        try:
            peer = f"127.0.0.1:{serve.port}"
            assert styles.call(style, style.client.get, peer, NAME) == {NAME: b"sim-127-0-0-1"}
        finally:
            style.close()
        wrong = dict(keys, public_key=zmq.curve_keypair()[0], heartbeat=0.2, patience=1)
        style = kind(curve["endpoint"], secret_key=curve["client_secret"], **wrong)
        try:
            assert_lost(outcome(style, style.start(style.client.ping)))
        finally:
            style.close()


def test_an_idle_client_holds_up_nobody(kind, monkeypatch):
    """Something takes its connections and ends them at once, as a proxy does whose service is gone."""
    monkeypatch.setitem(zmq.Context.instance().sockopts, zmq.RECONNECT_IVL, 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(styles.PATIENCE)
        style = kind(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        try:
            for _ in range(1200):  # two events each, more than a queue of ZeroMQ holds by default
                server.accept()[0].close()
        finally:
            style.client._link.broken()  # would set the thread free
            style.close()
