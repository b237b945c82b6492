"""How calls end before their time: left, cancelled, interrupted, closed; and threads beside each other."""

import asyncio
import concurrent.futures
import os
import signal
import socket
import threading
import time

import gevent
import msgpack
import pytest
import styles
import zmq
from styles import call

import zsnmp

NAME = "1.3.6.1.2.1.1.5.0"
IF_TABLE = "1.3.6.1.2.1.2.2"
COLUMN = IF_TABLE + ".1.2"
#: Of a column without an end.
ROWS = [f"{COLUMN}.1", f"{COLUMN}.2", *(f"{COLUMN}.2.{row}" for row in range(1, 399))]


@pytest.fixture
def dead(serve, device):
    """The peer of a device that never answers."""
    serve.say(f"rule {device.split(':')[0]}: dead")
    return device


@pytest.fixture
def endless(serve, device):
    """The peer of a device one column of which has no end."""
    serve.say(f"rule {device.split(':')[0]}: walk=endless")
    return device


def under_way(client, peer):
    """How many requests of a device wait or are in flight."""
    known = client.devices(limit=10000)["devices"]
    return sum(one["queued"] + one["in_flight"] for one in known if one["peer"] == f"udp:{peer}")


def until(client, peer, count):
    """Waits until so many requests of a device are under way."""
    end = time.monotonic() + styles.PATIENCE
    while under_way(client, peer) != count:
        assert time.monotonic() < end, f"not {count} requests, but {under_way(client, peer)}"
        gevent.sleep(0.001)


def test_leaving_a_walk_cancels_it(style, client, endless):
    walk = style.client.walk(endless, COLUMN, stream=1)
    rows = call(style, walk, at_most=3)
    assert [oid for oid, _ in rows] == ROWS[:3]
    assert walk.reply is None
    until(client, endless, 0)


def test_leaving_a_batch_cancels_it(style, client, dead):
    requests = [{"op": "get", "peer": dead, "oids": [NAME], "timeout_ms": 60000} for _ in range(20)]
    ((place, reply),) = call(style, style.client.batch_iter, [*requests, {"op": "ping"}], at_most=1)
    assert (place, reply["pong"]) == (20, True)
    until(client, dead, 0)


@pytest.mark.parametrize("kind", [styles.Asyncio, styles.Gevent], ids=lambda kind: kind.name)
@pytest.mark.parametrize("method", ["get", "walk", "get_many"])
def test_cancelling(method, style, client, dead):
    what = [dead] if method == "get_many" else dead
    running = style.start(getattr(style.client, method), what, NAME, timeout_ms=60000)
    until(client, dead, 1)
    style.cancel(running)
    until(client, dead, 0)
    if style.name == "asyncio":
        with pytest.raises(concurrent.futures.CancelledError):
            style.wait(running)
    else:
        assert isinstance(style.wait(running), gevent.GreenletExit)


def test_gevent_timeout(serve, client, dead):
    with zsnmp.green.Client(serve.endpoint) as green:
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.01):
            green.get(dead, NAME, timeout_ms=60000)
        until(client, dead, 0)
        assert green.ping()


def test_keyboard_interrupt(serve, client, dead):
    def interrupt():
        until(client, dead, 1)
        os.kill(os.getpid(), signal.SIGINT)

    with zsnmp.Client(serve.endpoint) as mine:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            mine.get(dead, NAME, timeout_ms=60000)
        thread.join(styles.PATIENCE)
        until(client, dead, 0)
        assert mine.ping()


def test_closing_ends_calls(kind, serve, client, dead):
    style = kind(serve.endpoint)
    try:
        running = style.start(style.client.get, dead, NAME, timeout_ms=60000)
        until(client, dead, 1)
        styles.call(style, style.client.close)
        with pytest.raises(zsnmp.ServiceLost, match="closed"):
            style.wait(running)
        with pytest.raises(RuntimeError, match="closed"):
            styles.call(style, style.client.ping)
    finally:
        style.close()


def test_walks_that_are_cut_off_say_so(style, serve, device):
    root = IF_TABLE + ".1.1"
    walk = style.client.walk(device, root, limit=2)
    assert [oid for oid, _ in call(style, walk)] == [f"{root}.1", f"{root}.2"]
    assert (walk.complete, walk.stop, walk.next) == (False, "limit", f"{root}.2")
    rest = style.client.walk(device, root, start=walk.next)
    assert [oid for oid, _ in call(style, rest)] == [f"{root}.3", f"{root}.4"]
    assert (rest.complete, rest.stop, rest.next) == (True, "out_of_tree", None)
    address = device.split(":")[0]
    for fault, error, stop in (
        ("same", zsnmp.WalkCutOff, "loop"),
        ("loop", zsnmp.WalkCutOff, "non_increasing"),
        ("stop", zsnmp.DeviceError, "device_error"),
        ("silent", zsnmp.Timeout, "timeout"),
    ):
        serve.say(f"rule {address}: clear")
        serve.say(f"rule {address}: walk={fault}:2")
        rows = []
        with pytest.raises(error) as caught:
            walk = style.client.walk(device, root, stream=1, timeout_ms=50, retries=0)
            call(style, walk, into=rows)
        assert [oid for oid, _ in rows] == [f"{root}.1", f"{root}.2"]
        assert (caught.value.stop, caught.value.next) == (stop, f"{root}.2")
        with pytest.raises(error):
            call(style, style.client.table, device, IF_TABLE + ".1", [1], timeout_ms=50, retries=0)


@pytest.mark.parametrize("package", [zsnmp, zsnmp.green], ids=["blocking", "gevent"])
def test_a_walk_that_nobody_reads_is_parked(package, serve, endless):
    """Other calls go on over the same socket; the walk does so behind its last row, and keeps its limit."""
    with package.Client(serve.endpoint) as client:
        walk = client.walk(endless, COLUMN, stream=1, limit=400)
        rows = iter(walk)
        oids = [next(rows)[0]]
        until(client, endless, 0)
        oids += [oid for oid, _ in rows]
        assert oids == ROWS and walk.stop == "limit"


async def busy(client, peer):
    known = (await client.devices(limit=10000))["devices"]
    return any(one["in_flight"] or one["queued"] for one in known if one["peer"] == f"udp:{peer}")


def test_an_async_walk_that_nobody_reads_is_parked(serve, endless):
    async def main():
        async with zsnmp.aio.Client(serve.endpoint) as client:
            walk = client.walk(endless, COLUMN, stream=1, limit=400, deadline_ms=60000)
            rows = walk.__aiter__()
            oids = [(await rows.__anext__())[0]]
            while await busy(client, endless):
                pass
            oids += [oid async for oid, _ in rows]
            assert oids == ROWS and walk.stop == "limit"

    asyncio.run(asyncio.wait_for(main(), styles.PATIENCE))


def test_a_walk_that_the_collector_ends(serve, client, endless):
    """It may do so within any allocation, so also where the thread has the client's lock."""
    with zsnmp.Client(serve.endpoint) as mine:
        rows = iter(mine.walk(endless, COLUMN, stream=1))
        next(rows)
        with mine._lock:
            rows.close()
        assert mine.ping()
        until(client, endless, 0)


def test_threads_share_a_blocking_client(serve, addresses):
    peers = [f"{next(addresses)}:{serve.port}" for _ in range(64)]
    serve.say(f"rule {peers[0].split(':')[0]}: dead")

    def poll(peer):
        """Calls of all kinds, of which those to the dead device outlast those of other threads."""
        if peer == peers[0]:
            with pytest.raises(zsnmp.Timeout):
                client.get(peer, NAME, timeout_ms=200, retries=0)
            return
        want = f"sim-{peer.split(':')[0].replace('.', '-')}".encode()
        for _ in range(10):
            assert client.get(peer, NAME) == {NAME: want}
            assert len(list(client.walk(peer, IF_TABLE, stream=10))) == 88
            assert len(client.batch([{"op": "ping"}] * 5)) == 5

    with zsnmp.Client(serve.endpoint) as client:
        with concurrent.futures.ThreadPoolExecutor(len(peers)) as threads:
            for running in [threads.submit(poll, peer) for peer in peers]:
                running.result(styles.PATIENCE)


@pytest.mark.parametrize("package", [zsnmp, zsnmp.green], ids=["blocking", "gevent"])
def test_after_a_fork_a_client_says_so(package, serve):
    with package.Client(serve.endpoint) as client:
        assert client.ping()
        child = os.fork()
        if child == 0:
            try:
                client.ping()
            except RuntimeError as error:
                client.close()
                os._exit(0 if "fork" in str(error) else 1)
            os._exit(2)
        assert os.waitpid(child, 0)[1] == 0
        assert client.ping()


def test_a_child_leaves_the_client_of_its_parent_alone(serve, client, dead):
    """They share what wakes the reader, which would find no rest any more."""
    with concurrent.futures.ThreadPoolExecutor(1) as threads, zsnmp.Client(serve.endpoint) as mine:
        running = threads.submit(mine.get, dead, NAME, timeout_ms=60000)
        until(client, dead, 1)
        child = os.fork()
        if child == 0:
            mine.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        with pytest.raises(BlockingIOError):
            mine._wake_in.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        mine.close()
        with pytest.raises(zsnmp.ServiceLost):
            running.result(styles.PATIENCE)


def test_an_async_client_belongs_to_one_loop(serve):
    client = zsnmp.aio.Client(serve.endpoint)

    async def ping():
        return await client.ping()

    assert asyncio.run(ping())
    for _ in range(2):
        with pytest.raises(RuntimeError, match="loop"):
            asyncio.run(asyncio.wait_for(ping(), styles.PATIENCE))
    asyncio.run(client.close())


def test_a_gevent_client_belongs_to_one_thread(serve):
    with zsnmp.green.Client(serve.endpoint) as client, concurrent.futures.ThreadPoolExecutor(1) as threads:
        assert client.ping()

        def ping():
            with gevent.Timeout(styles.PATIENCE):
                client.ping()

        with pytest.raises(RuntimeError, match="hub"):
            threads.submit(ping).result()
        assert client.ping()


def test_a_service_that_talks_nonsense_ends_the_calls(kind):
    """Whatever comes, nobody waits for ever; and the client connects anew."""
    for answer in (b"\xc1", b"\x05", msgpack.packb([{"no": "id"}]), msgpack.packb({"id": None, "error": {}})):
        with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
            router.linger = 0
            port = router.bind_to_random_port("tcp://127.0.0.1")
            style = kind(f"tcp://127.0.0.1:{port}")
            try:
                running = style.start(style.client.ping)
                peer, _ = receive(router)
                router.send_multipart([peer, answer])
                with pytest.raises(zsnmp.ServiceLost):
                    style.wait(running)
                running = style.start(style.client.ping)
                peer, body = receive(router)
                number = msgpack.unpackb(body)["id"]
                router.send_multipart([peer, msgpack.packb({"id": 10**6})])  # nobody's: it is ignored
                router.send_multipart([peer, msgpack.packb({"id": number, "pong": True})])
                assert style.wait(running)["pong"] is True
            finally:
                style.close()


def receive(router):
    end = time.monotonic() + styles.PATIENCE
    while not router.poll(0):
        assert time.monotonic() < end, "nothing came"
        gevent.sleep(0.001)
    return router.recv_multipart()
