"""GETs that wait for a device go out together, and each gets its own answer."""
import pytest

import ber
import harness
from agent import Mib
from test_lanes import Gate, wait_for

ROOT = "1.3.6.1.4.1.55555.1"
MIB = {f"{ROOT}.{i}.0": ber.integer(i) for i in range(1, 101)}


def get(device, *numbers, **keys):
    return {"op": "get", "peer": device.peer, "oids": [f"{ROOT}.{n}.0" for n in numbers],
            "timeout_ms": 20000, **keys}


def values(*numbers):
    return {f"{ROOT}.{n}.0": n for n in numbers}


def held(client, device, gate, *messages):
    """Sends four GETs that fill the device's window, and then others; opens when all are there."""
    first = client.send(*(get(device, 90 + i, timeout_ms=19000 + i) for i in range(4)))
    wait_for(lambda: len(gate.kept) == 4)
    ids = client.send(*messages, batch=True)
    wait_for(lambda: client.info()["requests_queued"] >= len(messages))
    gate.release(device)
    client.collect(first)
    return ids


def asked(device):
    """How many names each packet behind the first four asked for."""
    return [len(m.oids) for m in device.seen[4:]]


@pytest.fixture
def own(new_broker, new_dealer):
    return new_dealer(new_broker().ipc)


def test_what_waits_goes_out_together(own, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    ids = held(own, device, gate, *(get(device, i) for i in range(1, 51)))
    replies = own.collect(ids)
    for i, key in enumerate(ids, 1):
        assert harness.varbinds(replies[key]) == values(i)
    assert sum(asked(device)) == 50 and asked(device)[:2] == [24, 24] and len(asked(device)) <= 4
    assert own.info()["requests_bundled"] >= 2 and own.info()["requests_in_flight"] == 0


def test_forms_and_several_names(own, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    messages = [get(device, 1, 2, 3), get(device, 4, form="list"), get(device, 5, 500),
                get(device, 6, 501, exceptions=True), get(device, 7, timing=True)]
    ids = held(own, device, gate, *messages)
    replies = own.collect(ids)
    a, b, c, d, e = (replies[i] for i in ids)
    assert harness.varbinds(a) == values(1, 2, 3)
    assert harness.varbinds(b) == [[f"{ROOT}.4.0", 2, 4]]
    assert harness.varbinds(c) == {**values(5), f"{ROOT}.500.0": None}
    assert d["varbinds"][f"{ROOT}.6.0"] == 6 and d["varbinds"][f"{ROOT}.501.0"] is not None
    assert harness.varbinds(e) == values(7) and e["tries"] == 1 and e["rtt_us"] > 0
    assert asked(device) == [9]


def test_what_is_not_put_together(own, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    messages = [get(device, 1, version="1"), get(device, 2, community="other"),
                get(device, 3, timeout_ms=15000), get(device, 4, retries=1),
                get(device, 5, op="get_next"), get(device, *range(6, 23))]
    own.collect(held(own, device, gate, *messages))
    assert sorted(asked(device)) == [1, 1, 1, 1, 1, 17]


def failing(mib, bad, status, index=True):
    """Answers a packet that holds a bad name with an error."""
    def script(agent, m, source):
        for place, oid in enumerate(m.oids, 1):
            if oid == ber.subids(f"{ROOT}.{bad}.0"):
                same = [ber.varbind(o, ber.null()) for o in m.oids]
                return ber.response(m, same, status=status, index=place if index else 0)
        return mib(agent, m, source)
    return script


@pytest.mark.parametrize("status, name", [(5, "genErr"), (16, "authorizationError")])
@pytest.mark.parametrize("index", [True, False])
def test_one_that_fails_does_not_fail_the_others(own, new_agent, status, name, index):
    gate = Gate(failing(Mib(MIB), 13, status, index))
    device = new_agent(gate)
    ids = held(own, device, gate, *(get(device, i, i + 30) for i in range(1, 21)))
    replies = own.collect(ids)
    for i, key in enumerate(ids, 1):
        if i == 13:
            assert harness.error_of(replies[key])[0] == name
            assert replies[key]["error"]["index"] == (1 if index or status == 5 else 0)
        else:
            assert harness.varbinds(replies[key]) == values(i, i + 30)


def test_a_device_that_answers_few_names(own, new_agent):
    mib = Mib(MIB)

    def script(agent, m, source):
        if len(m.oids) > 5:
            return ber.response(m, [ber.varbind(o, ber.null()) for o in m.oids], status=1)
        return mib(agent, m, source)

    gate = Gate(script)
    device = new_agent(gate)
    ids = held(own, device, gate, *(get(device, i) for i in range(1, 51)))
    for i, reply in enumerate(own.collect(ids).values(), 1):
        assert harness.varbinds(reply) == values(i)
    more = own.ask_all(*(get(device, i) for i in range(51, 91)))
    assert [harness.varbinds(r) for r in more] == [values(i) for i in range(51, 91)]
    assert max(asked(device)[-8:]) <= 5, "it is known how many fit"


def test_wrong_names(own, new_agent):
    """A device that swaps names: nobody gets what was another's."""
    def script(agent, m, source):
        return ber.response(m, [ber.varbind(o, ber.integer(o[-2])) for o in reversed(m.oids)])

    gate = Gate(script)
    device = new_agent(gate)
    ids = held(own, device, gate, *(get(device, i) for i in range(1, 21)))
    for i, reply in enumerate(own.collect(ids).values(), 1):
        if "error" in reply:
            assert harness.error_of(reply)[0] == "genErr"
        else:
            assert harness.varbinds(reply) == values(i)


def test_cancel_and_deadline_of_one(own, new_agent):
    mib, mute = Mib(MIB), []
    gate = Gate(lambda agent, m, source: None if mute and len(m.oids) > 1 else mib(agent, m, source))
    device = new_agent(gate)
    mute.append(True)
    keys = {"timeout_ms": 1000, "retries": 3}
    first = own.send(*(get(device, 90 + i, timeout_ms=19000 + i) for i in range(4)))
    wait_for(lambda: len(gate.kept) == 4)
    ids = own.send(*(get(device, i, **keys) for i in range(1, 6)),
                   get(device, 6, deadline_ms=700, **keys))
    wait_for(lambda: own.info()["requests_queued"] >= 6)
    gate.release(device)
    wait_for(lambda: any(len(m.oids) == 6 for m in device.seen))
    assert own.ask(op="cancel", target=ids[1])["cancelled"] is True
    assert harness.error_of(own.collect([ids[1]])[ids[1]])[0] == "cancelled"
    assert harness.error_of(own.collect([ids[5]])[ids[5]])[0] == "deadline"
    mute.clear()
    replies = own.collect([ids[i] for i in (0, 2, 3, 4)])
    for i in (0, 2, 3, 4):
        assert harness.varbinds(replies[ids[i]]) == values(i + 1)
    own.collect(first)


def test_what_is_over_before_it_is_sent_never_is(own, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    first = own.send(*(get(device, 90 + i, timeout_ms=19000 + i) for i in range(4)))
    wait_for(lambda: len(gate.kept) == 4)
    ids = own.send(*(get(device, i) for i in range(1, 6)), get(device, 6, deadline_ms=200))
    wait_for(lambda: own.info()["requests_queued"] >= 6)
    assert own.ask(op="cancel", target=ids[1])["cancelled"] is True
    assert harness.error_of(own.collect([ids[5]])[ids[5]])[0] == "deadline"
    gate.release(device)
    own.collect([*first, *ids])
    assert not any(set(m.oids) & {ber.subids(f"{ROOT}.{n}.0") for n in (2, 6)}
                   for m in device.seen)


def test_a_slow_answer_counts_whoever_has_left(own, new_agent):
    """It comes after the second try has gone out, and one of those that asked is gone by then."""
    mib, late = Mib(MIB), []

    def script(agent, m, source):
        if len(m.oids) == 10 and len(late) < 2:
            late.append((mib(agent, m, source), source))
            return None
        return mib(agent, m, source)

    gate = Gate(script)
    device = new_agent(gate)
    keys = {"timeout_ms": 1000, "retries": 1}
    first = own.send(*(get(device, 90 + i, timeout_ms=19000 + i) for i in range(4)))
    wait_for(lambda: len(gate.kept) == 4)
    ids = own.send(*(get(device, i, **keys) for i in range(1, 11)))
    wait_for(lambda: own.info()["requests_queued"] >= 10)
    gate.release(device)
    wait_for(lambda: len(late) == 1)
    own.ask(op="cancel", target=ids[4])
    wait_for(lambda: len(late) == 2)
    device.send(*late[0])
    replies = own.collect([*first, *ids])
    for i, key in enumerate(ids, 1):
        if i != 5:
            assert harness.varbinds(replies[key]) == values(i)


def test_a_device_that_dies(own, new_agent):
    mib, dead = Mib(MIB), []
    gate = Gate(lambda *a: None if dead else mib(*a))
    device = new_agent(gate)
    keys = {"timeout_ms": 100, "retries": 1}
    first = own.send(*(get(device, 90 + i, timeout_ms=19000 + i) for i in range(4)))
    wait_for(lambda: len(gate.kept) == 4)
    ids = own.send(*(get(device, i, **keys) for i in range(1, 51)))
    wait_for(lambda: own.info()["requests_queued"] >= 50)
    gate.release(device)
    dead.append(True)
    own.collect(first)
    names = {harness.error_of(r)[0] for r in own.collect(ids).values() if "error" in r}
    assert names <= {"timeout", "device_down"}
    wait_for(lambda: all(own.info()[key] == 0 for key in
                         ("requests_in_flight", "requests_queued", "memory_bytes")))


def test_shutdown(new_broker, new_dealer, new_agent):
    broker = new_broker(config="server\n    grace_ms = 50\n")
    client = new_dealer(broker.ipc)
    gate = Gate(lambda *_: None)
    device = new_agent(gate)
    ids = client.send(*(get(device, i) for i in range(1, 41)))
    wait_for(lambda: len(gate.kept) == 2)
    broker.send_signal(15)
    assert {harness.error_of(r)[0] for r in client.collect(ids).values()} == {"shutting_down"}
    assert broker.wait() == 0


def test_version_3(own, new_sim):
    sim = new_sim("--interfaces", "64", "--rule", "127.0.0.7: delay=20 count", )
    usm = {"user": "sha-aes128", "auth_proto": "SHA", "auth_pass": "authpass-sha",
           "priv_proto": "AES", "priv_pass": "privpass-aes128"}
    base = {"op": "get", "peer": f"127.0.0.7:{sim.port}", "timeout_ms": 20000, **usm}
    replies = own.ask_all(*({**base, "oids": [f"1.3.6.1.2.1.2.2.1.1.{i}"]} for i in range(1, 65)))
    for i, reply in enumerate(replies, 1):
        assert harness.varbinds(reply) == {f"1.3.6.1.2.1.2.2.1.1.{i}": i}
    assert own.info()["requests_bundled"] > 0 and own.info()["packets_sent"] < 40


def test_off(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config="pool\n    combine_max = 0\n").ipc)
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    client.collect(held(client, device, gate, *(get(device, i) for i in range(1, 31))))
    assert asked(device) == [1] * 30
