"""Walks of several roots: at the same time where they can be, and each with an end of its own."""
import pytest

import ber
import harness
from agent import Mib
from test_lanes import Gate, wait_for

ROOT = "1.3.6.1.4.1.55555.1"
TABLE = {f"{ROOT}.{column}.{row}": ber.integer(100 * column + row)
         for column in range(1, 13) for row in range(1, 61)}
COLUMNS = [f"{ROOT}.{c}" for c in range(1, 13)]


def column(c):
    return {oid: 100 * c + row for row, oid in
            enumerate((f"{ROOT}.{c}.{r}" for r in range(1, 61)), 1)}


def all_of(*columns):
    return {oid: value for c in columns for oid, value in column(c).items()}


def walk(device, *columns, **keys):
    return {"op": "walk", "peer": device.peer, "oids": [COLUMNS[c - 1] for c in columns], **keys}


@pytest.mark.parametrize("keys", [{}, {"version": "1"}, {"bulk": False}, {"limit": 100000},
                                  {"max_repetitions": 7}], ids=repr)
@pytest.mark.parametrize("columns", [(3, 1), range(1, 13), (5, 5), (12, 2, 7)], ids=repr)
def test_rows_in_the_order_of_the_roots(client, new_agent, columns, keys):
    reply = client.ask(**walk(new_agent(Mib(TABLE)), *columns, form="list", **keys))
    rows = [(oid, value) for oid, _, value in harness.varbinds(reply)]
    assert rows == [pair for c in columns for pair in column(c).items()]
    assert reply["complete"] is True and "next" not in reply
    assert reply["stop"] == ("end_of_view" if columns[-1] == 12 else "out_of_tree")


def test_roots_are_walked_at_the_same_time_within_the_window(client, new_agent):
    gate = Gate(Mib(TABLE))
    device = new_agent(gate)
    key = client.send(walk(device, *range(1, 13), timeout_ms=20000))[0]
    wait_for(lambda: len(gate.kept) == 4)
    assert len({m.oids[0] for m in device.seen}) == 4
    gate.release(device)
    reply = client.collect([key])[key]
    assert harness.varbinds(reply) == all_of(*range(1, 13)) and gate.most == 4


def test_the_clients_window_counts_for_roots(client, new_agent):
    gate = Gate(Mib(TABLE))
    device = new_agent(gate)
    key = client.send(walk(device, 1, 2, 3, timeout_ms=20000, device_window=1))[0]
    wait_for(lambda: len(gate.kept) == 1)
    gate.release(device)
    assert harness.varbinds(client.collect([key])[key]) == all_of(1, 2, 3)
    assert gate.most == 1


def broken(mib, at):
    """Answers walks of one column with an error from the 31st row on."""
    def script(agent, m, source):
        oid = m.oids[0]
        if oid[:-1] == ber.subids(at) and oid[-1] + max(m.max_repetitions or 1, 1) > 30:
            return ber.response(m, [ber.varbind(o, ber.null()) for o in m.oids], status=5, index=1)
        return mib(agent, m, source)
    return script


def test_one_root_that_fails_does_not_end_the_others(client, new_agent):
    device = new_agent(broken(Mib(TABLE), COLUMNS[1]))
    reply = client.ask(**walk(device, 1, 2, 3, max_repetitions=10))
    assert harness.error_of(reply) == ("genErr", 5) and reply["error"]["index"] == 2
    assert reply["stop"] == "device_error" and reply["complete"] is False
    rows = reply["varbinds"]
    assert all_of(1, 3).items() <= rows.items()
    last = f"{COLUMNS[1]}.30"
    assert last in rows and f"{COLUMNS[1]}.31" not in rows
    assert reply["next"] == [None, last, None]


def test_going_on_where_it_ended(client, new_agent):
    bad, good = new_agent(broken(Mib(TABLE), COLUMNS[1])), new_agent(Mib(TABLE))
    first = client.ask(**walk(bad, 1, 2, 3, max_repetitions=10))
    again = client.ask(**walk(good, 1, 2, 3, start=first["next"]))
    assert again["complete"] is True and len(again["varbinds"]) == 30
    assert {**first["varbinds"], **again["varbinds"]} == all_of(1, 2, 3)


@pytest.mark.parametrize("limit", [1, 59, 60, 61, 130])
def test_limit_and_on(client, new_agent, limit):
    device, rows, keys, parts = new_agent(Mib(TABLE)), {}, {}, 0
    while True:
        reply = client.ask(**walk(device, 4, 2, 9, limit=limit, **keys))
        assert len(reply["varbinds"]) <= limit
        rows.update(reply["varbinds"])
        parts += 1
        if reply["complete"]:
            break
        assert reply["stop"] == "limit" and len(reply["next"]) == 3 and parts < 200
        keys = {"start": reply["next"]}
    assert list(rows.items()) == list(all_of(4, 2, 9).items())


def test_a_device_that_dies_half_way(client, new_agent):
    mib = Mib(TABLE)
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 10 else None)
    reply = client.ask(**walk(device, *range(1, 13), max_repetitions=10, timeout_ms=100, retries=0))
    assert harness.error_of(reply) == ("timeout", 100) and reply["stop"] == "timeout"
    assert reply["complete"] is False and reply["varbinds"].items() <= all_of(*range(1, 13)).items()
    rest = client.ask(**walk(new_agent(Mib(TABLE)), *range(1, 13), start=reply["next"]))
    assert {**reply["varbinds"], **rest["varbinds"]} == all_of(*range(1, 13))
    assert not set(reply["varbinds"]) & set(rest["varbinds"])


def test_cancel_and_deadline(client, new_agent):
    mib = Mib(TABLE)
    device = new_agent(lambda agent, m, source: mib(agent, m, source) if len(
        agent.seen) < 8 else None)
    key = client.send(walk(device, *range(1, 13), timeout_ms=60000, max_repetitions=10))[0]
    wait_for(lambda: len(device.seen) >= 11)
    assert client.ask(op="cancel", target=key)["cancelled"] is True
    reply = client.collect([key])[key]
    assert harness.error_of(reply) == ("cancelled", 303) and reply["stop"] == "cancelled"
    assert len(reply["varbinds"]) >= 70 and reply["complete"] is False
    late = client.ask(**walk(device, 1, 2, timeout_ms=60000, deadline_ms=100))
    assert harness.error_of(late) == ("deadline", 302) and late["stop"] == "deadline"
    assert client.info()["requests_in_flight"] == 0 and client.info()["requests_queued"] == 0


def test_shutdown(new_broker, new_dealer, new_agent):
    broker = new_broker(config="server\n    grace_ms = 50\n")
    client, device = new_dealer(broker.ipc), new_agent()
    key = client.send(walk(device, *range(1, 13), timeout_ms=60000))[0]
    wait_for(lambda: len(device.seen) == 4)
    broker.send_signal(15)
    assert harness.error_of(client.collect([key])[key]) == ("shutting_down", 304)
    assert broker.wait() == 0


def test_parts_of_several_roots(broker, new_agent):
    from test_streams import Stream, rows_of
    device = new_agent(Mib(TABLE))
    with Stream(broker.ipc, peer=device.peer, oids=[COLUMNS[c] for c in (3, 0, 7)],
                stream=50) as stream:
        messages = list(stream.messages())
    assert [len(m["varbinds"]) for m in messages] == [50, 50, 50, 30]
    assert dict(rows_of(messages)) == all_of(4, 1, 8) and messages[-1]["complete"] is True


def test_the_same_root_of_several_clients_goes_out_once(client, broker, new_dealer, new_agent):
    gate = Gate(Mib(TABLE))
    device = new_agent(gate)
    other = new_dealer(broker.ipc)
    a = client.send(walk(device, 1, 2, 3, timeout_ms=20000))[0]
    wait_for(lambda: len(gate.kept) == 3)
    b = other.send(walk(device, 3, 2, timeout_ms=20000))[0]
    wait_for(lambda: client.info()["requests_queued"] == 0 and gate.most == 3)
    gate.release(device)
    assert harness.varbinds(client.collect([a])[a]) == all_of(1, 2, 3)
    assert harness.varbinds(other.collect([b])[b]) == all_of(3, 2)


@pytest.mark.parametrize("start", [[], ["1.3.6.1.4.1.55555.1.1.5"], [None, None],
                                   ["1.3.6.1.4.1.55555.1.1.5", "1.3.7"], [None, "x"],
                                   [None] * 2000, "1.3.6.1.4.1.55555.1.1.5"], ids=lambda s: repr(s)[:40])
def test_bad_starts(client, new_agent, start):
    reply = client.ask(**walk(new_agent(), 1, 2, start=start))
    assert harness.error_of(reply)[0] in ("bad_request", "too_large")
    assert reply["error"]["message"].startswith("start:")
