"""Walks that come in parts: all rows once and in order, and no more memory than a few parts."""
import time

import msgpack
import pytest
import zmq

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
MIB = {f"{ROOT}.{i}.0": ber.integer(i) for i in range(1, 104)}
ROWS = [(oid, i) for i, oid in enumerate(MIB, 1)]


class Stream:
    """The parts of one walk, as they come on a socket of their own."""

    def __init__(self, endpoint, delimiter=False, array=False, **keys):
        self.sock = zmq.Context.instance().socket(zmq.DEALER)
        self.sock.linger = 0
        self.sock.rcvhwm = 1
        self.sock.connect(endpoint)
        self.prefix = [b""] if delimiter else []
        message = {"id": 1, "op": "walk", "oids": [ROOT], **keys}
        self.send([message] if array else message)

    def send(self, body):
        self.sock.send_multipart([*self.prefix, msgpack.packb(body)])

    def messages(self):
        """Each message, the last one included."""
        while True:
            assert self.sock.poll(harness.PATIENCE * 1000), "no part came"
            body = msgpack.unpackb(self.sock.recv_multipart()[-1], strict_map_key=False)
            for message in body if isinstance(body, list) else [body]:
                yield message
                if message["id"] == 1 and message.get("more") is not True:
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close(0)


def rows_of(messages):
    return [pair for m in messages for pair in m.get("varbinds", {}).items()]


def wait_for(condition, seconds=harness.PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@pytest.mark.parametrize("shape", [{}, {"array": True}, {"delimiter": True}], ids=repr)
@pytest.mark.parametrize("stream", [1, 10, 25, 51, 103, 104, 100000])
def test_parts(broker, new_agent, stream, shape):
    device = new_agent(Mib(MIB))
    with Stream(broker.ipc, peer=device.peer, stream=stream, **shape) as walk:
        messages = list(walk.messages())
    *parts, last = messages
    assert rows_of(messages) == ROWS
    assert all(len(m["varbinds"]) == stream and m["more"] is True for m in parts)
    assert all(m["peer"] == device.peer and "complete" not in m for m in parts)
    assert last["more"] is False and last["complete"] is True and last["stop"] == "end_of_view"
    assert len(parts) in (len(ROWS) // stream, (len(ROWS) - 1) // stream)


@pytest.mark.parametrize("keys", [{"version": "1"}, {"bulk": False}, {"form": "list"},
                                  {"max_repetitions": 7}], ids=repr)
def test_parts_of_other_walks(broker, new_agent, keys):
    device = new_agent(Mib(MIB))
    with Stream(broker.ipc, peer=device.peer, stream=20, **keys) as walk:
        messages = list(walk.messages())
    found = [len(m["varbinds"]) for m in messages]
    assert found == [20, 20, 20, 20, 20, 3] and messages[-1]["complete"] is True


def test_no_more_and_no_stream(client, new_agent):
    reply = client.ask(op="walk", peer=new_agent(Mib(MIB)).peer, oids=[ROOT])
    assert "more" not in reply


@pytest.mark.parametrize("limit", [1, 19, 20, 21, 40, 45, 103])
def test_limit_counts_all_parts(broker, new_agent, limit):
    device = new_agent(Mib(MIB))
    with Stream(broker.ipc, peer=device.peer, stream=20, limit=limit) as walk:
        messages = list(walk.messages())
    assert rows_of(messages) == ROWS[:limit]
    assert messages[-1]["stop"] == "limit" and messages[-1]["next"] == ROWS[limit - 1][0]


def test_a_device_that_dies_half_way(broker, new_agent):
    mib = Mib(MIB)
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 5 else None)
    with Stream(broker.ipc, peer=device.peer, stream=10, timeout_ms=200, retries=0) as walk:
        messages = list(walk.messages())
    assert harness.error_of(messages[-1]) == ("timeout", 100)
    assert messages[-1]["stop"] == "timeout" and messages[-1]["next"] == ROWS[39][0]
    assert rows_of(messages) == ROWS[:40]


@pytest.mark.parametrize("message", [{"op": "get", "stream": 5}, {"op": "walk", "stream": -1},
                                     {"op": "walk", "stream": "many"}], ids=repr)
def test_bad_streams(client, new_agent, message):
    reply = client.ask(peer=new_agent().peer, oids=[ROOT + ".1"], **message)
    assert harness.error_of(reply) == ("bad_request", 400)
    assert reply["error"]["message"].startswith("stream:")


def test_not_in_a_batch_that_gets_one_message(broker, new_dealer, new_agent):
    device = new_agent(Mib(MIB))
    client = new_dealer(broker.ipc, delimiter=True)
    replies = client.ask_all({"op": "walk", "peer": device.peer, "oids": [ROOT], "stream": 5},
                             {"op": "get", "peer": device.peer, "oids": [ROWS[0][0]]})
    assert harness.error_of(replies[0]) == ("bad_request", 400)
    assert harness.varbinds(replies[1]) == dict(ROWS[:1])


def test_cancel(broker, new_sim):
    sim = new_sim("--scenario", "walk-endless")
    with Stream(broker.ipc, peer=f"127.0.0.2:{sim.port}", oids=["1.3.6.1.2.1.2.2"],
                stream=100) as walk:
        seen = []
        for message in walk.messages():
            if message["id"] == 1:
                seen.append(message)
                if len(seen) == 20:
                    walk.send({"id": 2, "op": "cancel", "target": 1})
    assert harness.error_of(seen[-1]) == ("cancelled", 303) and seen[-1]["stop"] == "cancelled"
    assert len(rows_of(seen)) >= 2000


def test_who_has_gone_is_walked_for_no_more(broker, client, new_sim):
    sim = new_sim("--scenario", "walk-endless")
    with Stream(broker.ipc, peer=f"127.0.0.2:{sim.port}", oids=["1.3.6.1.2.1.2.2"],
                stream=100) as walk:
        next(walk.messages())
        before = client.info()["requests_cancelled"]
    wait_for(lambda: client.info()["requests_cancelled"] == before + 1)
    assert client.info()["requests_in_flight"] == 0


def test_a_slow_client_holds_up_its_walk_and_nothing_else(broker, client, new_sim):
    """Four of them would fill the device's window, if they kept their places."""
    sim = new_sim("--scenario", "walk-endless=127.0.0.2")
    streams = [Stream(broker.ipc, peer=f"127.0.0.2:{sim.port}", oids=["1.3.6.1.2.1.2.2"],
                      stream=1000, timeout_ms=5000 + i) for i in range(6)]
    for walk in streams:
        next(walk.messages())
    sent = [0]

    def stands():
        sent.append(client.info()["varbinds"])
        return len(sent) > 10 and len(set(sent[-10:])) == 1

    wait_for(stands)
    reply = client.ask(op="get", peer=f"127.0.0.2:{sim.port}", oids=["1.3.6.1.2.1.1.5.0"])
    assert harness.varbinds(reply)
    before = client.info()["requests_cancelled"]
    for walk in streams:
        walk.sock.close(0)
    wait_for(lambda: client.info()["requests_cancelled"] == before + len(streams))


@pytest.mark.heavy
def test_a_million_rows_for_a_slow_client(new_broker, new_dealer, new_sim):
    """Flat memory in the broker, whatever the client's speed."""
    sim = new_sim("--scenario", "walk-endless", "--max-size", "8000")
    broker = new_broker()
    client = new_dealer(broker.ipc)
    total = int(1000000 * harness.SCALE)
    keys = {"peer": f"127.0.0.2:{sim.port}", "oids": ["1.3.6.1.2.1.2.2"]}
    with Stream(broker.ipc, stream=1000, limit=3000, **keys) as walk:
        assert len(rows_of(walk.messages())) == 3000
    before = harness.rss_kib(broker.process.pid)
    most, count, last = 0, 0, None
    with Stream(broker.ipc, stream=1000, limit=total, **keys) as walk:
        for number, message in enumerate(walk.messages()):
            count += len(message["varbinds"])
            last = message
            if number % 50 == 0:
                time.sleep(0.05)  # that is what is slow about it
                most = max(most, harness.rss_kib(broker.process.pid))
    assert count == total and last["stop"] == "limit" and client.info()["drop_kernel"] == 0
    assert most - before < 8 * 1024
