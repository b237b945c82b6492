"""How much a device is asked for at a time: what finds itself is as good as the best that is fixed.

The devices play the same record, so that a walk takes as many packets from each of them.
"""
import math

import pytest

import harness

ROOT = "1.3.6.1.4.1.55555.1"
COLUMNS, ROWS = 20, 24
FIXED = (1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 24, 25, 28, 32, 40, 48, 50, 56, 60, 64,
         72, 80, 96, 100, 112, 128)
GETS = 4  # in which it may learn

# Scenario, or None for a device without one, and what is tried beside what the broker finds.
SCENARIOS = {
    None: FIXED,
    "small-messages": FIXED,
    "bulk-toobig": FIXED,
    "bulk-silent": (1, 10, 25),
    "bulk-silent-above": FIXED,
    "varbinds-toobig": FIXED,
    "varbinds-generr": FIXED,
    "varbinds-silent": FIXED,
    "varbinds-cut": FIXED,
}


def record(path):
    """A table and what is behind it, as snmpbulkwalk -On prints it."""
    lines = [f".{ROOT}.{column}.{row} = {kind}: {column * row * 1000}"
             for column in range(1, COLUMNS + 1) for row in range(1, ROWS + 1)
             for kind in (("INTEGER", "Counter32", "Gauge32")[column % 3],)]
    lines += [f".1.3.6.1.4.1.55555.2.{row} = INTEGER: {row}" for row in range(1, 200)]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def walk_all(client, sim, walks):
    """Walks addresses, each with keys of its own, side by side; the packets that each has got."""
    for reply in client.ask_all(*({"op": "walk", "peer": f"{address}:{sim.port}", "oids": [ROOT],
                                   **keys} for address, keys in walks)):
        assert len(harness.varbinds(reply)) == COLUMNS * ROWS and reply["complete"] is True
    return [sim.stats(address)["requests"] for address, _ in walks]


@pytest.fixture
def devices(new_sim, tmp_path):
    """A simulator, and an address for each way to walk a device of each scenario."""
    addresses, options = {}, []
    for number, (scenario, fixed) in enumerate(SCENARIOS.items()):
        addresses[scenario] = [f"127.23.{number}.{i + 1}" for i in range(len(fixed) + 1)]
    everywhere = ",".join(",".join(ones) for ones in addresses.values())
    for scenario, ones in addresses.items():
        if scenario is not None:
            options += ["--scenario", f"{scenario}={ones[0]}-{ones[-1]}"]
    sim = new_sim("--record", f"{record(tmp_path / 'table.walk')}={everywhere}", *options,
                  control=tmp_path)
    sim.rule("127.23.0.0/16: count")
    return sim, addresses


def test_walks_take_as_few_packets_as_the_best_fixed_size(devices, client):
    sim, addresses = devices
    found = [(ones[0], {}) for ones in addresses.values()]
    fixed = [(one, {"max_repetitions": size}) for scenario, ones in addresses.items()
             for one, size in zip(ones[1:], SCENARIOS[scenario])]
    counts = walk_all(client, sim, found + fixed)[len(found):]
    best = {scenario: min(counts.pop(0) for _ in sizes) for scenario, sizes in SCENARIOS.items()}
    before = walk_all(client, sim, found)
    took = [after - n for after, n in zip(walk_all(client, sim, found), before)]
    worse = {scenario: (n, best[scenario]) for scenario, n in zip(SCENARIOS, took)
             if n > math.ceil(1.1 * best[scenario])}
    assert not worse, "packets of the third walk, and of the best"


def test_gets_take_as_few_packets_as_fit(devices, client):
    """Names by the hundred: the limit of the device is found, and asked for from then on."""
    sim, addresses = devices
    names = [f"{ROOT}.{column}.{row}" for column in range(1, 5) for row in range(1, ROWS + 1)]
    least = {None: 2, "small-messages": math.ceil(len(names) / 20), "varbinds-toobig": 10,
             # Not kept, as it may be one of the names: it is halved anew each time.
             "varbinds-generr": 16, "varbinds-silent": 10, "varbinds-cut": 10}
    for _ in range(GETS + 1):
        before = {one: sim.stats(addresses[one][0])["get"] for one in least}
        replies = client.ask_all(*({"op": "get", "peer": f"{addresses[one][0]}:{sim.port}",
                                    "oids": names} for one in least))
        for reply in replies:
            assert list(harness.varbinds(reply)) == names
        took = {one: sim.stats(addresses[one][0])["get"] - before[one] for one in least}
    assert {one: n for one, n in took.items() if n > math.ceil(1.1 * least[one])} == {}
