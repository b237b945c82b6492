"""Devices and others that answer wrongly: requests end truthfully, and info counts what was dropped.

The agent is scripted; it knows the community and the request-id, as anybody on the path does.
"""
import random
import socket

import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID, OTHER = f"{ROOT}.1.0", f"{ROOT}.2.0"
TRUE, FORGED = ber.integer(1), ber.integer(666)
QUICK = {"timeout_ms": 200, "retries": 0}


def answer(message, value=TRUE, **changes):
    return ber.response(message, [ber.varbind(o, value) for o in message.oids], **changes)


class Counters:
    """How far the counters of a broker have moved."""

    def __init__(self, client):
        self.client, self.before = client, client.info()

    def moved(self, name):
        return self.client.info()[name] - self.before[name]


@pytest.fixture
def counters(client):
    return Counters(client)


def ask(client, device, **keys):
    return client.ask(**{"op": "get", "peer": device.peer, "oids": [OID], **QUICK, **keys})


# Replies that are dropped: alone they lead to a time-out, before the true answer they change nothing.
FALSE = {
    "wrong request-id": (lambda m: answer(m, FORGED, request_id=m.request_id ^ 1),
                         "drop_unknown_id"),
    "request-id 0": (lambda m: answer(m, FORGED, request_id=0), "drop_unknown_id"),
    "wide request-id": (lambda m: answer(m, FORGED, request_id=m.request_id + (1 << 32)), None),
    "wrong community": (lambda m: answer(m, FORGED, community=b"wrong"), "drop_wrong_version"),
    "empty community": (lambda m: answer(m, FORGED, community=b""), "drop_wrong_version"),
    "version 1": (lambda m: answer(m, FORGED, version=ber.V1), "drop_wrong_version"),
    "version 2": (lambda m: answer(m, FORGED, version=2), None),
    "version 9": (lambda m: answer(m, FORGED, version=9), None),
    "the request itself": (lambda m: m.raw, "drop_not_response"),
    "a set": (lambda m: answer(m, FORGED, pdu_type=ber.SET), "drop_not_response"),
    "a trap": (lambda m: answer(m, FORGED, pdu_type=0xA7), "drop_not_response"),
    "an inform": (lambda m: answer(m, FORGED, pdu_type=0xA6), "drop_not_response"),
    "a report in v2c": (lambda m: answer(m, FORGED, pdu_type=ber.REPORT), None),
    "garbage": (lambda m: b"\x00" * 40, "drop_malformed"),
    "text": (lambda m: b"HTTP/1.1 400 Bad Request\r\n\r\n", "drop_malformed"),
    "empty datagram": (lambda m: b"", "drop_malformed"),
    "one byte": (lambda m: b"\x30", "drop_malformed"),
    "half a message": (lambda m: answer(m, FORGED)[:20], None),
    "last byte missing": (lambda m: answer(m, FORGED)[:-1], None),
    "forged length": (lambda m: b"\x30\x84\xff\xff\xff\xff" + answer(m, FORGED)[2:], None),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_reply_alone_is_a_timeout(client, counters, new_agent, name):
    forge, counter = FALSE[name]
    device = new_agent(lambda agent, m, source: forge(m))
    reply = ask(client, device)
    assert harness.error_of(reply) == ("timeout", 100), reply
    assert not reply.get("varbinds")
    drops = {k: counters.moved(k) for k in counters.before if k.startswith("drop_")}
    assert sum(drops.values()) == 1, drops
    if counter:
        assert drops[counter] == 1, drops


@pytest.mark.parametrize("name", FALSE)
def test_false_reply_before_the_true_one(client, new_agent, name):
    forge, _ = FALSE[name]
    device = new_agent(lambda agent, m, source: [forge(m), answer(m)])
    assert harness.varbinds(ask(client, device, timeout_ms=5000)) == {OID: 1}


@pytest.mark.parametrize("address, port", [("127.0.0.1", "other"), ("127.0.0.2", "same"),
                                           ("127.0.0.2", "other")])
def test_reply_from_elsewhere(client, counters, new_agent, address, port):
    """Right id, right community, wrong sender."""
    device = new_agent(lambda agent, m, source: agent.send(answer(m, FORGED), source, elsewhere))
    elsewhere = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        elsewhere.bind((address, device.port if port == "same" else 0))
        assert harness.error_of(ask(client, device)) == ("timeout", 100)
        assert counters.moved("drop_wrong_source") == 1

        def both(agent, m, source):
            agent.send(answer(m, FORGED), source, elsewhere)
            return answer(m)

        device.script = both
        assert harness.varbinds(ask(client, device, timeout_ms=5000)) == {OID: 1}
        assert counters.moved("drop_wrong_source") == 2
    finally:
        elsewhere.close()


def test_reply_of_one_device_for_another(client, counters, new_agent):
    """A polled device knows our port: it still cannot answer for its neighbour."""
    victim = new_agent()
    held = []

    def attack(agent, m, source):
        held.append(source)
        waiting = victim.seen[0]
        return [answer(waiting, FORGED), answer(m)]

    attacker = new_agent(attack)
    key = client.send({"op": "get", "peer": victim.peer, "oids": [OID], "timeout_ms": 3000,
                       "retries": 0})[0]
    victim.wait()
    assert harness.varbinds(ask(client, attacker, timeout_ms=5000)) == {OID: 1}
    assert harness.error_of(client.collect([key])[key]) == ("timeout", 100)
    assert counters.moved("drop_wrong_source") + counters.moved("drop_unknown_id") == 1


def test_duplicate_replies(client, counters, new_agent):
    device = new_agent(lambda agent, m, source: [answer(m)] * 3)
    for _ in range(5):
        assert harness.varbinds(ask(client, device, timeout_ms=5000)) == {OID: 1}
    # The last copies may still be in the socket: the next exchange is behind them there.
    ask(client, device, timeout_ms=5000)
    assert 10 <= counters.moved("drop_unknown_id") <= 12
    client.alive()


def test_late_reply(client, counters, new_agent):
    """What comes after the time-out completes nothing, and the next request least of all."""
    device = new_agent()
    source = []
    device.script = lambda agent, m, s: source.append(s)
    assert harness.error_of(ask(client, device)) == ("timeout", 100)
    late = answer(device.seen[0], FORGED)
    device.script = lambda agent, m, s: [late, answer(m)]
    assert harness.varbinds(ask(client, device, timeout_ms=5000)) == {OID: 1}
    assert counters.moved("drop_unknown_id") == 1


def test_request_ids_do_not_repeat_or_count_up(client, new_agent):
    device = new_agent(lambda agent, m, source: answer(m))
    for reply in client.ask_all(*({"op": "get", "peer": device.peer, "oids": [f"{ROOT}.{i}.0"],
                                   "timeout_ms": 5000 + i} for i in range(500))):
        harness.varbinds(reply)
    ids = [m.request_id for m in device.seen]
    assert len(set(ids)) == len(ids)
    assert all(0 < i < 2**31 for i in ids)
    steps = {b - a for a, b in zip(ids, ids[1:])}
    assert len(steps) > 490, "request-ids follow a pattern"
    assert max(ids) - min(ids) > 2**29


# --- answers that are responses, but not what was asked --------------------------------------------------


def test_empty_varbind_list(client, new_agent):
    device = new_agent(lambda agent, m, source: ber.response(m, []))
    for op in ("get", "get_next", "get_bulk", "walk"):
        reply = ask(client, device, op=op)
        assert not reply.get("varbinds")
        if op == "walk":
            assert reply["complete"] is False or "error" in reply
    assert len(device.seen) < 40


@pytest.mark.parametrize("count", [1, 3, 500])
def test_wrong_number_of_varbinds(client, new_agent, count):
    """The reply shows what the device said or says that it was wrong, and it comes once."""
    said = [ber.varbind(f"{ROOT}.{n}.0", TRUE) for n in range(count)]
    device = new_agent(lambda agent, m, source: ber.response(m, said))
    reply = ask(client, device, oids=[OID, OTHER])
    if "error" not in reply:
        assert list(reply["varbinds"]) == [f"{ROOT}.{n}.0" for n in range(count)]
    client.alive()


def test_answer_about_another_object(client, new_agent):
    device = new_agent(lambda agent, m, source: ber.response(m, [ber.varbind(OTHER, TRUE)]))
    reply = ask(client, device)
    assert "error" in reply or list(reply["varbinds"]) == [OTHER], "the OID is not the device's"


@pytest.mark.parametrize("status, index", [(99, 0), (-1, 0), (19, 1), (5, -7), (5, 2**31 - 1),
                                           (5, 200), (2**31 - 1, 0)])
def test_error_status_out_of_range(client, new_agent, status, index):
    device = new_agent(lambda agent, m, source: answer(m, ber.null(), status=status, index=index))
    reply = ask(client, device)
    name, code = harness.error_of(reply)
    assert code == status if 1 <= status <= 18 else code in (5, 100, 500), name
    assert reply["error"]["index"] >= 0
    client.alive()


BAD_VALUES = {
    "integer of 9 bytes": ber.tlv(2, b"\x01" * 9),
    "integer of no bytes": ber.tlv(2, b""),
    "counter of 6 bytes": ber.tlv(65, b"\x01" * 6),
    "counter64 of 10 bytes": ber.tlv(70, b"\x01" * 10),
    "address of 3 bytes": ber.tlv(64, b"\x01" * 3),
    "address of 16 bytes": ber.tlv(64, b"\x01" * 16),
    "OID of 200 sub-ids": ber.tlv(6, b"\x2b" + b"\x01" * 200),
    "OID of no bytes": ber.tlv(6, b""),
    "OID cut in a sub-id": ber.tlv(6, b"\x2b\x81"),
    "OID with a sub-id of 40 bits": ber.tlv(6, b"\x2b\x9f\xff\xff\xff\xff\x7f"),
    "unknown tag": ber.tlv(0x4F, b"abc"),
    "value beyond the end": b"\x04\x7fabc",
    "opaque float of 2 bytes": ber.tlv(68, b"\x9f\x78\x02ab"),
    "opaque of nothing": ber.tlv(68, b""),
    "opaque of a forged length": ber.tlv(68, b"\x9f\x78\x7fabcd"),
    "null with content": ber.tlv(5, b"abc"),
    "float that is no number": ber.opaque_float(b"\x7f\xc0\x00\x00"),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_odd_values(client, new_agent, name):
    device = new_agent(lambda agent, m, source: answer(m, BAD_VALUES[name]))
    for keys in ({}, {"form": "list"}, {"op": "walk", "oids": [ROOT]}):
        reply = ask(client, device, **keys)
        assert ("error" in reply) or "varbinds" in reply
    client.alive()


def test_mutated_replies(client, new_agent):
    """Random damage to true answers of all operations: each request ends, the broker lives."""
    rng = random.Random(20260101)
    mib = Mib({f"{ROOT}.{n}.0": value for n, value in enumerate(
        [TRUE, ber.octets(b"text"), ber.oid("1.3.6.1"), ber.integer(7, 70), ber.null()], 1)})

    def damage(agent, m, source):
        packet = bytearray(mib(agent, m, source))
        for _ in range(rng.randint(1, 4)):
            where = rng.randrange(len(packet))
            kind = rng.random()
            if kind < 0.6:
                packet[where] = rng.randrange(256)
            elif kind < 0.8:
                del packet[where:where + rng.randint(1, 4)]
            else:
                packet[where:where] = rng.randbytes(rng.randint(1, 4))
        return bytes(packet)

    devices = [new_agent(damage) for _ in range(25)]
    ops = ("get", "get_next", "get_bulk", "walk")
    ids = []
    for n in range(harness.scaled(1000, 100)):
        ids += client.send({"op": ops[n % 4], "peer": devices[n % 25].peer,
                            "oids": [ROOT if n % 2 else OID], "timeout_ms": 50, "retries": 1, "form": ("map", "list")[n // 4 % 2],
                            "version": ("1", "2c")[n % 4 == 0]})
    for reply in client.collect(ids).values():
        assert "error" in reply or "varbinds" in reply
    client.alive()


# --- walks ---------------------------------------------------------------------------------------------


def looping(names):
    """A device whose next object is always the one after in a ring of names."""
    ring = [ber.subids(n) for n in names]

    def after(oid):
        return ring[(ring.index(oid) + 1) % len(ring)] if oid in ring else ring[0]

    def script(agent, m, source):
        out, at = [], m.oids[0]
        for _ in range(m.max_repetitions if m.pdu_type == ber.GET_BULK else 1):
            at = after(at)
            out.append(ber.varbind(at, TRUE))
        return ber.response(m, out)
    return script


RINGS = {
    "the same for ever": [f"{ROOT}.5.0"],
    "back to the start": [f"{ROOT}.{n}.0" for n in (1, 2, 3, 4)],
    "a step back": [f"{ROOT}.{n}.0" for n in (1, 2, 5, 4)],
}


@pytest.mark.parametrize("keys", [{}, {"bulk": False}, {"version": "1"},
                                  {"max_repetitions": 2}], ids=repr)
@pytest.mark.parametrize("name", RINGS)
def test_walk_that_does_not_increase(client, new_agent, name, keys):
    device = new_agent(looping(RINGS[name]))
    reply = ask(client, device, op="walk", oids=[ROOT], form="list", timeout_ms=2000, **keys)
    assert reply["stop"] in ("non_increasing", "loop") and reply["complete"] is False
    names = [vb[0] for vb in reply["varbinds"]]
    expected = RINGS[name]
    good = 1 + next((n for n in range(len(expected) - 1) if ber.subids(expected[n]) >= ber.subids(
        expected[n + 1])), len(expected) - 1)
    assert names[:good] == expected[:good], "what came in order is missing"
    assert len(device.seen) < 10


def test_walk_goes_on_with_smaller_pdus_after_too_big(client, new_agent):
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 60)})

    def script(agent, m, source):
        if m.pdu_type == ber.GET_BULK and m.max_repetitions > 3:
            return ber.response(m, [], status=1)
        return mib(agent, m, source)

    device = new_agent(script)
    reply = ask(client, device, op="walk", oids=[ROOT], timeout_ms=2000)
    assert len(harness.varbinds(reply)) == 59 and reply["complete"] is True
    assert len(device.seen) < 80


def test_walk_of_a_device_that_finds_everything_too_big(client, new_agent):
    device = new_agent(lambda agent, m, source: ber.response(m, [], status=1))
    reply = ask(client, device, op="walk", oids=[ROOT], timeout_ms=2000)
    assert reply["complete"] is False and reply["stop"] == "too_big"
    assert harness.error_of(reply) == ("tooBig", 1)
    assert len(device.seen) < 40


def test_walk_of_a_device_without_getbulk(client, new_agent):
    """Some agents swallow GETBULK; the walk goes on with GETNEXT."""
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 6)})
    device = new_agent(lambda agent, m, source: None if m.pdu_type == ber.GET_BULK else mib(
        agent, m, source))
    keys = {"op": "walk", "oids": [ROOT], "timeout_ms": 150, "retries": 2}
    reply = ask(client, device, **keys)
    assert len(harness.varbinds(reply)) == 5 and reply["complete"] is True
    bulks = sum(m.pdu_type == ber.GET_BULK for m in device.seen)
    assert bulks == 4  # two of two tries, twice
    reply = ask(client, device, **keys)  # what was learned is remembered
    assert len(harness.varbinds(reply)) == 5 and reply["complete"] is True
    assert sum(m.pdu_type == ber.GET_BULK for m in device.seen) == bulks


def test_lost_packets_are_no_reason_to_give_up_getbulk(client, new_agent):
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 60)})
    device = new_agent(lambda agent, m, source: None if len(agent.seen) in (1, 2) else mib(
        agent, m, source))
    reply = ask(client, device, op="walk", oids=[ROOT], max_repetitions=20, timeout_ms=150,
                retries=2)
    assert len(harness.varbinds(reply)) == 59 and reply["complete"] is True
    kinds = [m.pdu_type for m in device.seen]
    assert kinds[:4] == [ber.GET_BULK, ber.GET_BULK, ber.GET_NEXT, ber.GET_BULK]
    assert ber.GET_NEXT not in kinds[3:]


def test_walk_that_stalls_keeps_what_came(client, new_agent):
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 60)})
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 3 else None)
    reply = ask(client, device, op="walk", oids=[ROOT], max_repetitions=5)
    assert harness.error_of(reply) == ("timeout", 100)
    assert list(reply["varbinds"]) == [f"{ROOT}.{n}.0" for n in range(1, 11)]
    assert reply["complete"] is False and reply["stop"] == "timeout"
    assert reply["next"] == f"{ROOT}.10.0"


def test_walk_that_meets_an_error_keeps_what_came(client, new_agent):
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 60)})
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 2 else ber.response(m, [], status=5))
    reply = ask(client, device, op="walk", oids=[ROOT], max_repetitions=5, timeout_ms=2000)
    assert harness.error_of(reply) == ("genErr", 5)
    assert len(reply["varbinds"]) == 5
    assert reply["complete"] is False and reply["stop"] == "device_error"


def test_walk_without_an_end_stops_at_the_limit_or_deadline(client, new_agent):
    """An agent that invents objects for ever."""
    def script(agent, m, source):
        last = m.oids[0][-1] if len(m.oids[0]) > len(ber.subids(ROOT)) else 0
        return ber.response(m, [ber.varbind(f"{ROOT}.{last + n}", TRUE)
                                for n in range(1, m.max_repetitions + 1)])

    device = new_agent(script)
    reply = ask(client, device, op="walk", oids=[ROOT], limit=1000, timeout_ms=2000)
    assert len(harness.varbinds(reply)) == 1000 and reply["stop"] == "limit"
    reply = ask(client, device, op="walk", oids=[ROOT], deadline_ms=300, timeout_ms=2000)
    assert harness.error_of(reply) == ("deadline", 302)
    assert reply["stop"] == "deadline" and reply["complete"] is False
    assert reply["next"] == list(reply["varbinds"])[-1]


def test_end_of_view_in_the_middle_of_a_bulk(client, new_agent):
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 4)})
    device = new_agent(mib)
    reply = ask(client, device, op="walk", oids=[ROOT], max_repetitions=50, timeout_ms=2000)
    assert len(harness.varbinds(reply)) == 3 and len(device.seen) == 1
    assert reply["complete"] is True and reply["stop"] == "end_of_view"


def test_more_repetitions_than_asked(client, new_agent):
    """A device that sends the whole table whatever was asked: the walk is whole, nothing twice."""
    mib = Mib({f"{ROOT}.{n}.0": TRUE for n in range(1, 40)})

    def script(agent, m, source):
        m.index = 40
        return ber.response(m, mib.bulk(m))

    device = new_agent(script)
    reply = ask(client, device, op="walk", oids=[ROOT], max_repetitions=2, form="list",
                timeout_ms=2000)
    names = [vb[0] for vb in reply["varbinds"]]
    assert len(names) == len(set(names))
    assert names == [f"{ROOT}.{n}.0" for n in range(1, 40)] or "error" in reply


# --- v3: what an attacker on the path may send -----------------------------------------------------------


def v3_message(msg_id, flags, engine, user, scoped):
    header = ber.integer(msg_id) + ber.integer(65507) + ber.octets(bytes([flags])) + ber.integer(3)
    usm = ber.tlv(0x30, ber.octets(engine) + ber.integer(1) + ber.integer(1) + ber.octets(user)
                  + ber.octets(b"") + ber.octets(b""))
    return ber.tlv(0x30, ber.integer(3) + ber.tlv(0x30, header) + ber.octets(usm) + scoped)


def test_v3_garbage_instead_of_a_report(client, counters, new_agent):
    rng = random.Random(7)
    device = new_agent(lambda agent, m, source: [
        v3_message(m.msg_id, 0, b"", b"", ber.octets(rng.randbytes(30))),
        v3_message(m.msg_id ^ 1, 0, b"engine-id", b"", ber.tlv(0x30, b"")),
        m.raw])
    reply = ask(client, device, version="3", user="u", auth_proto="SHA", auth_pass="long enough")
    assert harness.error_of(reply)[0] in ("timeout", "unknown_engine_id", "other_report")
    assert sum(counters.moved(k) for k in counters.before if k.startswith("drop_")) >= 1
    client.alive()


def test_v3_discovery_that_never_ends(client, new_agent):
    """Each packet is answered with unknownEngineID and another engine id: it ends all the same."""
    count = iter(range(1, 1 << 30))

    def script(agent, m, source):
        engine = b"\x80\x00\x1f\x88\x04" + next(count).to_bytes(4, "big")
        pdu = ber.tlv(ber.REPORT, ber.integer(0) + ber.integer(0) + ber.integer(0) + ber.tlv(
            0x30, ber.varbind("1.3.6.1.6.3.15.1.1.4.0", ber.integer(1, 65))))
        return v3_message(m.msg_id, 0, engine, b"", ber.tlv(
            0x30, ber.octets(engine) + ber.octets(b"") + pdu))

    device = new_agent(script)
    reply = ask(client, device, version="3", user="u", auth_proto="SHA", auth_pass="long enough",
                timeout_ms=500, retries=1)
    assert harness.error_of(reply)[0] in ("unknown_engine_id", "timeout")
    assert len(device.seen) < 30
    client.alive()
