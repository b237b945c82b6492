"""One device never hurts the others: limits, order, merging, and devices that are down."""
import time

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID = f"{ROOT}.1.0"
MIB = {f"{ROOT}.{i}.0": ber.integer(i) for i in range(1, 41)}


class Gate:
    """A script that keeps its answers until it is opened."""

    def __init__(self, script):
        self.script, self.open, self.kept, self.most = script, False, [], 0

    def __call__(self, agent, message, source):
        if self.open:
            return self.script(agent, message, source)
        self.kept.append((message, source))
        self.most = max(self.most, len(self.kept))
        return None

    def release(self, agent):
        self.open = True
        kept, self.kept = self.kept, []
        for message, source in kept:
            agent.send(self.script(agent, message, source), source)


def get(device, number=1, **keys):
    return {"op": "get", "peer": device.peer, "oids": [f"{ROOT}.{number}.0"],
            "timeout_ms": 20000 + number,
            **keys}


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


def asked(device):
    return [m.oids[0][-2] for m in device.seen]


# --- limits ----------------------------------------------------------------------------------------


def test_in_flight_limit_of_a_request(client, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    ids = client.send(*(get(device, i, device_window=2) for i in range(1, 11)))
    wait_for(lambda: len(gate.kept) == 2)
    first = client.send(get(device, 40))[0]
    wait_for(lambda: client.ask(op="devices")["devices"] is not None and len(gate.kept) == 2)
    gate.release(device)
    for reply in client.collect([*ids, first]).values():
        harness.varbinds(reply)
    assert gate.most == 2


def test_queue_cap_of_a_request(client, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    ids = client.send(*(get(device, i) for i in range(1, 7)))  # four go out, two wait
    wait_for(lambda: len(gate.kept) == 4)
    refused = client.ask(**get(device, 7, device_queue_max=2))
    assert harness.error_of(refused) == ("queue_full", 300) and refused["error"]["sent"] == "no"
    last = client.send(get(device, 8, device_queue_max=3))[0]
    gate.release(device)
    for reply in client.collect([*ids, last]).values():
        harness.varbinds(reply)


def intervals(device):
    return [b - a for a, b in zip(device.times, device.times[1:])]


def timed(script):
    def run(agent, message, source):
        agent.times = getattr(agent, "times", []) + [time.monotonic()]
        return script(agent, message, source)
    return run


def test_interval_of_a_request_walks_and_retries_too(client, new_agent):
    device = new_agent(timed(Mib(MIB)))
    walk = {"op": "walk", "peer": device.peer, "oids": [ROOT], "max_repetitions": 5,
            "device_interval_ms": 60}
    replies = client.ask_all(walk, *(get(device, i, device_interval_ms=60) for i in range(1, 4)))
    for reply in replies:
        harness.varbinds(reply)
    assert len(device.seen) >= 11
    assert min(intervals(device)) > 0.05

    mute = new_agent(timed(lambda *_: None))
    reply = client.ask(**get(mute, timeout_ms=20, retries=3, device_interval_ms=100))
    assert harness.error_of(reply)[0] == "timeout"
    assert len(mute.seen) == 4 and min(intervals(mute)) > 0.09


def test_interval_of_the_configuration(new_broker, new_dealer, new_agent):
    broker = new_broker(config="pool\n    device_interval_ms = 50\n")
    device = new_agent(timed(Mib(MIB)))
    for reply in new_dealer(broker.ipc).ask_all(*(get(device, i) for i in range(1, 7))):
        harness.varbinds(reply)
    assert len(device.seen) == 6 and min(intervals(device)) > 0.04


def test_deadline_while_the_interval_lasts(client, new_agent):
    device = new_agent(Mib(MIB))
    ids = client.send(get(device, 1, device_interval_ms=3000),
                      get(device, 2, device_interval_ms=3000, deadline_ms=150))
    replies = client.collect(ids)
    harness.varbinds(replies[ids[0]])
    late = replies[ids[1]]
    assert harness.error_of(late) == ("deadline", 302) and late["error"]["sent"] == "no"
    assert asked(device) == [1]


# --- order -----------------------------------------------------------------------------------------


def test_priority_decides_among_those_that_wait(client, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    one = {"device_window": 1}
    ids = client.send(get(device, 1, **one))
    wait_for(lambda: len(gate.kept) == 1)
    ids += client.send(*(get(device, 10 + p, priority=p, **one) for p in (7, 4, 2, 0)))
    gate.release(device)
    client.collect(ids)
    assert asked(device) == [1, 10, 12, 14, 17]


def test_nobody_starves(client, new_agent):
    """Of two that never stop asking, the second gets its share."""
    gate = Gate(Mib({f"{ROOT}.{i}.0": ber.integer(i) for i in range(300)}))
    device = new_agent(gate)
    one = {"device_window": 1}
    ids = client.send(get(device, 0, **one))
    wait_for(lambda: len(gate.kept) == 1)
    ids += client.send(*(get(device, i, priority=0, **one) for i in range(1, 101)))
    ids += client.send(*(get(device, i, priority=3, **one) for i in range(201, 211)))
    gate.release(device)
    client.collect(ids)
    order = asked(device)
    first = order.index(201)
    assert 4 <= first <= 10, "eight of priority 0 for one of priority 3"
    assert order.index(210) <= 95


def test_a_flood_of_one_client_does_not_delay_another(client, broker, new_dealer, new_agent):
    gate = Gate(Mib({f"{ROOT}.{i}.0": ber.integer(i) for i in range(3000)}))
    device = new_agent(gate)
    flood = client.send(*(get(device, i, device_window=1) for i in range(2000)))
    wait_for(lambda: len(gate.kept) == 1)
    other = new_dealer(broker.ipc)
    ids = other.send(*(get(device, 2001 + i, device_window=1) for i in range(3)))
    wait_for(lambda: row(client, device)["queued"] == 2002)
    gate.release(device)
    other.collect(ids)
    client.collect(flood)
    order = asked(device)
    assert max(order.index(n) for n in (2001, 2002, 2003)) < 10


def row(client, device):
    rows = client.ask(op="devices", limit=1000)["devices"]
    return next(r for r in rows if r["peer"] == f"udp:{device.peer}")


# --- merging ---------------------------------------------------------------------------------------


def test_the_same_read_goes_out_once(client, broker, new_dealer, new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    clients = [client] + [new_dealer(broker.ipc) for _ in range(4)]
    before = client.ask(op="info")["info"]["requests_merged"]
    ids = [c.send(get(device), get(device, 2)) for c in clients]
    wait_for(lambda: client.ask(op="info")["info"]["requests_merged"] == before + 8)
    gate.release(device)
    for c, mine in zip(clients, ids):
        replies = c.collect(mine)
        assert [harness.varbinds(replies[i]) for i in mine] == [{OID: 1}, {f"{ROOT}.2.0": 2}]
    assert sorted(asked(device)) == [1, 2]


def test_what_differs_is_not_merged(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config="pool\n    combine_max = 0\n").ipc)
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    variants = [{}, {"community": "other"}, {"version": "1"}, {"form": "list"}, {"retries": 1},
                {"exceptions": True}, {"op": "get_next"}, {"timeout_ms": 19999}]
    ids = client.send(*(get(device, **{"device_window": 1000, **v}) for v in variants))
    wait_for(lambda: len(gate.kept) == 4)
    gate.release(device)
    client.collect(ids)
    assert len(device.seen) == len(variants)


def test_cancel_and_deadline_of_the_first_do_not_end_the_others(client, broker, new_dealer,
                                                               new_agent):
    gate = Gate(Mib(MIB))
    device = new_agent(gate)
    others = [new_dealer(broker.ipc) for _ in range(3)]
    first = client.send(get(device))[0]
    wait_for(lambda: len(gate.kept) == 1)
    ids = [others[0].send(get(device))[0], others[1].send(get(device, deadline_ms=150))[0],
           others[2].send(get(device))[0]]
    assert client.ask(op="cancel", target=first)["cancelled"] is True
    assert harness.error_of(client.collect([first])[first])[0] == "cancelled"
    assert harness.error_of(others[1].collect([ids[1]])[ids[1]])[0] == "deadline"
    gate.release(device)
    for c, mine in ((others[0], ids[0]), (others[2], ids[2])):
        assert harness.varbinds(c.collect([mine])[mine]) == {OID: 1}
    assert len(device.seen) == 2


def test_a_read_behind_a_set_sees_it(client, new_agent):
    """The GET under way was sent before the SET was over: nobody else may get its answer."""
    mib, kept = Mib(dict(MIB)), []

    def script(agent, message, source):
        if message.pdu_type == ber.GET and not kept:
            kept.append((mib(agent, message, source), source))  # the old value, on its way
            return None
        return mib(agent, message, source)

    device = new_agent(script)
    old = client.send(get(device))[0]
    wait_for(lambda: kept)
    done = client.ask(op="set", peer=device.peer, set=[[OID, "i", 99]])
    assert harness.varbinds(done) == {OID: 99}
    assert harness.varbinds(client.ask(**get(device))) == {OID: 99}
    device.send(*kept[0])
    assert harness.varbinds(client.collect([old])[old]) == {OID: 1}


def test_ten_clients_one_walk(broker, new_dealer, new_agent):
    """What ten clients ask a device for at once is on the wire once."""
    gate = Gate(Mib({f"{ROOT}.{c}.{r}": ber.integer(r) for c in range(19) for r in range(64)}))
    device = new_agent(gate)
    clients = [new_dealer(broker.ipc) for _ in range(10)]
    before = clients[0].ask(op="info")["info"]["requests_merged"]
    ids = [c.send({"op": "walk", "peer": device.peer, "oids": [ROOT], "max_repetitions": 25,
                   "timeout_ms": 20000})[0] for c in clients]
    wait_for(lambda: clients[0].ask(op="info")["info"]["requests_merged"] == before + 9)
    gate.release(device)
    for c, mine in zip(clients, ids):
        reply = c.collect([mine])[mine]
        assert reply["complete"] is True and len(reply["varbinds"]) == 19 * 64
    assert len(device.seen) <= 19 * 64 // 25 + 2


# --- time-outs -------------------------------------------------------------------------------------


def test_tries_adapt_to_the_round_trip(client, new_agent):
    """Known to answer within a millisecond, a lost packet is sent again long before a second."""
    mib, lose = Mib(MIB), []

    def script(agent, message, source):
        return lose.pop() if lose else mib(agent, message, source)

    device = new_agent(timed(script))
    for i in range(1, 6):
        harness.varbinds(client.ask(op="get", peer=device.peer, oids=[f"{ROOT}.{i}.0"]))
    gaps = []
    for _ in range(3):  # a stalled machine may be late once, not each time
        lose.append(None)
        reply = client.ask(op="get", peer=device.peer, oids=[OID], timing=True)
        assert harness.varbinds(reply) == {OID: 1} and reply["tries"] == 2
        gaps.append(device.times[-1] - device.times[-2])
    assert 0.2 < min(gaps) < 0.9


def test_all_tries_together_take_as_long_as_promised(client, new_agent):
    mib, mute = Mib(MIB), []
    device = new_agent(lambda *a: None if mute else mib(*a))
    harness.varbinds(client.ask(op="get", peer=device.peer, oids=[OID]))
    mute.append(True)
    start = time.monotonic()
    reply = client.ask(op="get", peer=device.peer, oids=[OID], retries=1, timing=True)
    took = time.monotonic() - start
    assert harness.error_of(reply)[0] == "timeout" and reply["tries"] == 2
    assert took > 1.95


def test_what_the_client_says_of_time_is_obeyed(client, new_agent):
    mib, mute = Mib(MIB), []
    device = new_agent(timed(lambda *a: None if mute else mib(*a)))
    harness.varbinds(client.ask(op="get", peer=device.peer, oids=[OID]))
    mute.append(True)
    reply = client.ask(**get(device, timeout_ms=150, retries=3, timing=True))
    assert harness.error_of(reply)[0] == "timeout" and reply["tries"] == 4
    gaps = intervals(device)[1:]
    assert len(gaps) == 3 and min(gaps) > 0.14


# --- devices that are down -------------------------------------------------------------------------

BREAKER = "pool\n    combine_max = 0\n    breaker_failures = 2\n    breaker_min_ms = 300\n    breaker_max_ms = 1200\n"


def fail_twice(client, device, **keys):
    for i in (1, 2):
        reply = client.ask(**get(device, i, timeout_ms=1000, retries=0, **keys))
        assert harness.error_of(reply) == ("timeout", 100)


def test_a_device_that_is_down(new_broker, new_dealer, new_agent):
    """Refused at once while it is down, looked for ever more rarely, found again."""
    client = new_dealer(new_broker(config=BREAKER).ipc)
    mib, alive = Mib({**MIB, "1.3.6.1.2.1.1.3.0": ber.integer(1)}), []
    device = new_agent(timed(lambda *a: mib(*a) if alive else None))
    fail_twice(client, device)
    reply = client.ask(**get(device, 3))
    assert harness.error_of(reply) == ("device_down", 101)
    assert reply["error"]["sent"] == "no" and reply["error"]["retryable"] is True
    known = row(client, device)
    assert known["state"] == "down" and known["changes"] == 1 and known["down_ms"] >= 0
    walk = client.ask(op="walk", peer=device.peer, oids=[ROOT])
    assert harness.error_of(walk)[0] == "device_down" and walk["stop"] == "device_down"
    assert walk["complete"] is False

    wait_for(lambda: len(device.seen) == 5)
    probes = intervals(device)[2:]
    assert all(m.oids == [ber.subids("1.3.6.1.2.1.1.3.0")] for m in device.seen[2:])
    assert probes[0] > 0.55 and probes[1] > 1.1, "each pause is twice as long, up to the limit"
    alive.append(True)
    wait_for(lambda: row(client, device)["state"] == "up")
    assert harness.varbinds(client.ask(**get(device))) == {OID: 1}
    assert row(client, device)["changes"] == 2
    info = client.ask(op="info")["info"]
    assert info["breakers_opened"] == info["breakers_closed"] == 1 and info["breakers_open"] == 0


def test_what_waits_is_answered_at_once(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config=BREAKER).ipc)
    device = new_agent()
    ids = client.send(*(get(device, i, timeout_ms=1000, retries=0) for i in range(1, 41)))
    names = [harness.error_of(r)[0] for r in client.collect(ids).values()]
    # Two failures one after the other: those that are under way together count once.
    assert names.count("timeout") == 8 and names.count("device_down") == 32
    assert all(m.oids[0] == ber.subids("1.3.6.1.2.1.1.3.0") for m in device.seen[8:])


def test_a_wrong_community_takes_the_device_from_nobody_else(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config=BREAKER).ipc)
    mib = Mib(MIB)
    device = new_agent(lambda agent, m, source: mib(agent, m, source)
                       if m.community == b"public" else None)
    fail_twice(client, device, community="wrong")
    assert harness.error_of(client.ask(**get(device, community="wrong")))[0] == "device_down"
    assert harness.varbinds(client.ask(**get(device))) == {OID: 1}
    assert harness.error_of(client.ask(**get(device, 2, community="wrong")))[0] == "device_down"


def test_who_is_impatient_proves_nothing(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config=BREAKER).ipc)
    device = new_agent()
    for i in range(1, 9):
        reply = client.ask(**get(device, i, timeout_ms=20, retries=0))
        assert harness.error_of(reply)[0] == "timeout"
    assert row(client, device)["state"] == "up"


def test_a_device_of_version_3_that_is_down(new_broker, new_dealer, new_sim):
    sim = new_sim("--devices", "10", "--rule", "127.0.0.7: dead")
    client = new_dealer(new_broker(config=BREAKER).ipc)
    usm = {"user": "sha-aes128", "auth_proto": "SHA", "auth_pass": "authpass-sha",
           "priv_proto": "AES", "priv_pass": "privpass-aes128"}
    ask = {"op": "get", "peer": f"127.0.0.7:{sim.port}", "timeout_ms": 1000, "retries": 0, **usm}
    for i in (1, 2):
        reply = client.ask(**ask, oids=[f"1.3.6.1.2.1.1.{i}.0"])
        assert harness.error_of(reply)[0] == "timeout"
    assert harness.error_of(client.ask(**ask, oids=["1.3.6.1.2.1.1.3.0"]))[0] == "device_down"


def test_off(new_broker, new_dealer, new_agent):
    client = new_dealer(new_broker(config="pool\n    breaker_failures = 0\n    merge_ms = 0\n"
                                   "    combine_max = 0\n").ipc)
    device = new_agent()
    ids = client.send(*(get(device, timeout_ms=1000, retries=0) for _ in range(12)))
    assert {harness.error_of(r)[0] for r in client.collect(ids).values()} == {"timeout"}
    assert len(device.seen) == 12
