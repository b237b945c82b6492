"""The part without I/O, with a clock of the test's own."""

import msgpack
import pytest

from zsnmp._core import BODY_BYTES, BODY_MESSAGES, Core, Garbled
from zsnmp._operations import PARTS_KEPT, StreamState

PING = {"op": "ping"}


@pytest.fixture
def core():
    return Core(5, 15)


def enqueue(core, requests, deliver):
    numbers = []
    core.enqueue(requests, deliver, numbers)
    return numbers


def sent(core, now=0.0):
    """The messages of each body."""
    bodies = [msgpack.unpackb(body) for body in core.bodies(now)]
    return [body if isinstance(body, list) else [body] for body in bodies]


def test_what_is_asked_for_together_goes_out_together(core):
    enqueue(core, [PING], print)
    assert [len(body) for body in sent(core)] == [1]
    enqueue(core, [PING] * (BODY_MESSAGES + 20), print)
    assert [len(body) for body in sent(core)] == [BODY_MESSAGES, 20]
    enqueue(core, [{"op": "x", "fill": b"x" * (BODY_BYTES // 2)}] * 3 + [PING], print)
    assert [len(body) for body in sent(core)] == [1, 1, 2]
    assert sent(core) == []


def test_what_is_cancelled_before_it_was_sent_is_not(core):
    first, second = enqueue(core, [PING, PING], print)
    core.cancel([first])
    assert [message["id"] for message in sent(core)[0]] == [second]
    core.cancel([second])
    assert [message["target"] for message in sent(core)[0]] == [second]
    core.cancel([second])
    assert sent(core) == []


def test_of_requests_one_of_which_is_wrong_none_is_sent(core):
    with pytest.raises(TypeError):
        enqueue(core, [PING, {"op": object()}, PING], print)
    assert not core.unsent
    enqueue(core, [PING], print)
    assert len(sent(core)[0]) == 1


def test_parts_and_the_last_reply(core):
    got = []
    (number,) = enqueue(core, [PING], got.append)
    sent(core)
    for reply in ({"more": True}, {"more": True}, {"more": False}, {"late": True}):
        core.receive(msgpack.packb({"id": number, **reply}), 1.0)
    assert [reply.get("more") for reply in got] == [True, True, False]
    assert not core.awaiting


def test_watch_over_the_service(core):
    got = []
    assert core.tick(0.0) is None
    (number,) = enqueue(core, [PING, {"op": "set"}], got.append)[:1]
    sent(core, now=100.0)
    assert core.tick(101.0) == 4.0 and not core.unsent
    core.receive(b"\x90", 103.0)  # anything counts
    assert core.tick(105.0) == 3.0
    assert core.tick(108.0) == 10.0
    assert [message["op"] for message in sent(core)[0]] == ["ping"]
    assert core.tick(110.0) == 8.0 and not core.unsent
    assert core.tick(118.0) == 0.0
    core.lose("gone")
    assert [(reply["error"]["retryable"], reply["error"]["sent"]) for reply in got] == [
        (True, "maybe"),
        (False, "maybe"),
    ]
    assert got[0]["id"] == number and core.tick(119.0) is None


def test_who_was_busy_elsewhere_has_not_waited(core):
    """A program that comes back after an hour first asks whether the service is there."""
    enqueue(core, [PING], print)
    sent(core, now=0.0)
    assert core.tick(3600.0) == 10.0
    assert core.unsent


def test_calls_that_were_not_sent_are_not_lost_with_the_connection(core):
    got = []
    enqueue(core, [PING], got.append)
    core.lose("gone")
    assert got == [] and core.unsent
    core.close("closed")
    assert [reply["error"]["message"] for reply in got] == ["closed"]
    assert not core.unsent


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x05", b"\x90 and more", b"\x91\x05", b"\x81\xa1x\x01", b"\x81\xa2id\xc0"]
)
def test_what_is_no_reply(core, body):
    with pytest.raises(Garbled):
        core.receive(body, 0.0)


@pytest.mark.parametrize("heartbeat, patience", [(0, 1), (-1, 1), (5, 5), (6, 5)])
def test_times_that_make_no_sense(heartbeat, patience):
    with pytest.raises(ValueError, match="heartbeat"):
        Core(heartbeat, patience)


@pytest.mark.parametrize("key", [b"id", b"stream"])
def test_keys_are_text(core, key):
    """To the service b"id" is a second id, and the reply would come under that one."""
    with pytest.raises(ValueError, match="keys"):
        enqueue(core, [{"op": "ping", key: 5}], print)
    assert not core.unsent


class Kept:
    """A box that nobody empties."""

    def __init__(self):
        self.items = []
        self.put = self.items.append


@pytest.mark.parametrize("name, goes_on", [("cancelled", True), ("shutting_down", False), ("queue_full", False)])
def test_a_parked_walk_goes_on_only_where_it_was_the_client_that_stopped_it(name, goes_on):
    stopped = []
    state = StreamState({"op": "walk", "oids": ["1.3"]}, Kept(), stopped.append)
    parts = [{"id": 7, "varbinds": {f"1.3.{n}": n}, "more": True} for n in range(PARTS_KEPT)]
    for part in parts:
        state.put(part)
    assert stopped == [7]
    assert all(state.took(part) == (part, None) for part in parts)
    end = {"id": 7, "more": False, "stop": "cancelled", "error": {"code": 303, "name": name}}
    reply, request = state.took(end)
    assert (request is not None) == goes_on
    assert ("error" in reply) != goes_on and reply.get("next") == (None if goes_on else f"1.3.{PARTS_KEPT - 1}")
