"""Tries, time-outs, deadlines: what goes out on the wire, and what the reply says about it."""
import ber
import harness
import pytest
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID = f"{ROOT}.1.0"
MIB = {f"{ROOT}.{n}.0": ber.integer(n) for n in range(1, 30)}


def answers_from(try_number):
    """A device that swallows packets before the one of this number (from 1)."""
    mib = Mib(MIB)
    return lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) >= try_number else None


@pytest.mark.parametrize("retries", [0, 1, 4])
@pytest.mark.parametrize("version", ["1", "2c"])
def test_number_of_tries(client, new_agent, retries, version):
    device = new_agent()
    reply = client.ask(op="get", peer=device.peer, oids=[OID], version=version, timeout_ms=60,
                       retries=retries, timing=True)
    assert harness.error_of(reply) == ("timeout", 100)
    assert reply["tries"] == retries + 1 == len(device.seen)
    assert reply["error"]["sent"] == "maybe" and reply["error"]["retryable"] is True


@pytest.mark.parametrize("op", ["get", "get_next", "get_bulk", "set"])
def test_retries_keep_their_request_id(client, new_agent, op):
    """A SET that comes twice must be recognisable as one: same id, same bytes."""
    device = new_agent(answers_from(3))
    items = {"set": [[OID, "i", 7]]} if op == "set" else {"oids": [OID]}
    reply = client.ask(op=op, peer=device.peer, timeout_ms=100, retries=5, timing=True, **items)
    harness.varbinds(reply)
    assert reply["tries"] == 3
    assert len({m.request_id for m in device.seen}) == 1
    assert len({m.raw for m in device.seen}) == 1


@pytest.mark.parametrize("good", [True, False], ids=["good", "damaged"])
@pytest.mark.parametrize("op", ["get", "get_next", "walk"])
def test_late_answer_to_what_was_asked_first(client, new_agent, op, good):
    """The last try asks for less. A device that is only slow answers the first one then."""
    mib = Mib(MIB)

    def script(agent, m, source):
        if len(agent.seen) < 3:
            return None
        if len(agent.seen) > 3:
            return mib(agent, m, source)
        first = mib(agent, agent.seen[0], source)
        smaller = mib(agent, m, source)
        damaged = first[:-2] + b"\x7f" + first[-1:]  # the last value would end behind the message
        return [first if good else damaged, smaller]

    device = new_agent(script)
    oids = [ROOT] if op == "walk" else [f"{ROOT}.{n}.0" for n in range(1, 9)]
    reply = client.ask(op=op, peer=device.peer, oids=oids, timeout_ms=150, retries=2)
    assert len(harness.varbinds(reply)) == (29 if op == "walk" else 8)
    first, _, smaller = (m.request_id for m in device.seen[:3])
    assert first != smaller
    assert reply.get("quirks", []) == ([] if good else ["malformed"])
    behind = [m.oids[0][-2] for m in device.seen[3:]]
    if good:
        assert set(behind) <= {25, 29}, "it went on behind the rows of the first answer"
    else:
        assert behind and behind[0] <= 2


def test_unanswered_set_says_maybe(client, new_agent):
    device = new_agent()
    reply = client.ask(op="set", peer=device.peer, set=[[OID, "i", 1]], timeout_ms=100, retries=2)
    assert harness.error_of(reply) == ("timeout", 100)
    assert reply["error"]["sent"] == "maybe"
    assert reply["error"]["retryable"] is False, "a blind repetition may carry it out twice"
    assert len({m.request_id for m in device.seen}) == 1 and len(device.seen) == 3


def test_unanswered_v3_set_keeps_its_request_id_inside(client, snmpd):
    """Through a device that is there: written once, read back."""
    who = {"version": "3", "user": "u-SHA", "auth_proto": "SHA", "auth_pass": "auth pass 1234"}
    reply = client.ask(op="set", peer=snmpd.udp, set=[["1.3.6.1.2.1.1.4.0", "s", "once"]],
                       timing=True, **who)
    assert harness.varbinds(reply) and reply["tries"] >= 1


def test_reply_to_an_earlier_try_counts(client, new_agent):
    """The device is slower than the time-out: its answer to the first try is an answer."""
    first = []

    def script(agent, m, source):
        first.append(m)
        return ber.response(first[0], [ber.varbind(OID, ber.integer(1))]) if len(
            first) == 2 else None

    device = new_agent(script)
    reply = client.ask(op="get", peer=device.peer, oids=[OID], timeout_ms=100, retries=3,
                       timing=True)
    assert harness.varbinds(reply) == {OID: 1} and reply["tries"] == 2


def test_walk_retries_each_pdu(client, new_agent):
    """Every other packet is lost."""
    mib = Mib(MIB)
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) % 2 == 0 else None)
    reply = client.ask(op="walk", peer=device.peer, oids=[ROOT], max_repetitions=10,
                       timeout_ms=100, retries=2, timing=True)
    assert list(harness.varbinds(reply)) == list(MIB) and reply["complete"] is True
    assert reply["tries"] == len(device.seen) == 6


def test_sent_no_where_nothing_went_out(client):
    reply = client.ask(op="set", peer="no.such.host.invalid", set=[[OID, "i", 1]])
    # Where the machine has no name server at all, nobody knows that the name does not exist.
    assert harness.error_of(reply)[0] in ("bad_address", "unreachable")
    assert reply["error"]["sent"] == "no"


def test_sent_yes_where_the_device_refused(client, new_agent):
    device = new_agent(lambda agent, m, source: ber.response(
        m, [ber.varbind(o, ber.null()) for o in m.oids], status=17, index=1))
    reply = client.ask(op="set", peer=device.peer, set=[[OID, "i", 1]])
    assert harness.error_of(reply) == ("notWritable", 17) and reply["error"]["sent"] == "yes"


# --- deadlines ----------------------------------------------------------------------------------------


def pass_time(client, dead):
    """Waits for something that takes half a second by itself: a time-out elsewhere."""
    client.ask(op="get", peer=f"127.0.0.1:{dead.port}", oids=[OID], timeout_ms=500, retries=0)


def test_deadline_ends_the_tries(client, new_agent, dead):
    device = new_agent()
    reply = client.ask(op="get", peer=device.peer, oids=[OID], timeout_ms=50, retries=100,
                       deadline_ms=220, timing=True)
    assert harness.error_of(reply) == ("deadline", 302)
    assert reply["error"]["sent"] == "maybe" and reply["error"]["retryable"] is True
    sent = reply["tries"]
    assert 1 <= sent <= 5
    pass_time(client, dead)
    assert len(device.seen) == sent, "a packet went out past the deadline"


def test_deadline_shorter_than_the_timeout(client, new_agent, dead):
    device = new_agent()
    reply = client.ask(op="get", peer=device.peer, oids=[OID], timeout_ms=60000, deadline_ms=100)
    assert harness.error_of(reply) == ("deadline", 302)
    pass_time(client, dead)
    assert len(device.seen) == 1


def test_work_that_waits_past_its_deadline_is_never_sent(client, new_agent, dead):
    """The device's window is full of requests that hang; one behind them expires unsent."""
    device = new_agent()
    hold = client.send(*({"op": "get", "peer": device.peer, "oids": [f"{ROOT}.{i}.0"],
                          "timeout_ms": 1500, "retries": 0} for i in range(1, 65)))
    late = client.send({"op": "get", "peer": device.peer, "oids": [f"{ROOT}.99.0"],
                        "deadline_ms": 200})[0]
    reply = client.collect([late])[late]
    assert harness.error_of(reply) == ("deadline", 302) and reply["error"]["sent"] == "no"
    for key in hold:
        client.send({"op": "cancel", "target": key})
    client.collect(hold)
    pass_time(client, dead)
    assert ber.subids(f"{ROOT}.99.0") not in [m.oids[0] for m in device.seen]


def test_deadline_in_a_walk_keeps_what_came(client, new_agent):
    mib = Mib(MIB)
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 3 else None)
    reply = client.ask(op="walk", peer=device.peer, oids=[ROOT], max_repetitions=5,
                       timeout_ms=60000, deadline_ms=400)
    assert harness.error_of(reply) == ("deadline", 302)
    assert list(reply["varbinds"]) == list(MIB)[:10]
    assert reply["stop"] == "deadline" and reply["complete"] is False
    assert reply["next"] == list(MIB)[9]


def test_deadline_that_is_not_reached_changes_nothing(client, new_agent):
    device = new_agent(Mib(MIB))
    reply = client.ask(op="walk", peer=device.peer, oids=[ROOT], deadline_ms=60000)
    assert list(harness.varbinds(reply)) == list(MIB)


def test_one_silent_device_does_not_delay_another(client, new_agent):
    """By order of events: the live device's replies are all in before the silent one's first."""
    silent, live = new_agent(), new_agent(Mib(MIB))
    slow = client.send(*({"op": "get", "peer": silent.peer, "oids": [OID], "timeout_ms": 3000,
                          "retries": 0} for _ in range(20)))
    quick = client.send(*({"op": "get", "peer": live.peer, "oids": [OID]} for _ in range(200)))
    replies = client.collect(quick)
    assert all(harness.varbinds(r) for r in replies.values())
    assert not set(slow) & set(client.order)
    client.send(*({"op": "cancel", "target": key} for key in slow))
    client.collect(slow)


def test_message_that_the_kernel_refuses_ends_its_request_alone(client, sim):
    """In one go with others that can be sent: each gets its own outcome, at once."""
    broadcast = {"op": "get", "peer": "255.255.255.255:161", "oids": ["1.3.6.1.2.1.1.3.0"],
                 "timeout_ms": 60_000, "timing": True}
    good = [{**broadcast, "peer": sim.peer(i)} for i in range(200)]
    keys = client.send(*(m for one in good for m in (one, dict(broadcast))))
    replies = client.collect(keys)
    for ours, refused in zip(keys[::2], keys[1::2]):
        assert harness.varbinds(replies[ours])
        error = replies[refused]["error"]
        assert (error["name"], error["sent"], replies[refused]["tries"]) == ("send_failed", "no", 0)
