"""More than fits is refused at once; memory has a ceiling; afterwards all is as before."""
import harness
from test_lanes import wait_for

ROOT = "1.3.6.1.2.1.2.2"
MIB = 1 << 20


def pool(**keys):
    return "pool\n" + "".join(f"    {k} = {v}\n" for k, v in keys.items())


def test_memory_of_requests(new_broker, new_dealer, dead):
    """Twenty thousand requests of 40 names to a device that is silent, and room for some."""
    broker = new_broker(config=pool(memory_max="16M", device_queue_max=1000000,
                                    breaker_failures=0))
    client = new_dealer(broker.ipc)
    ids = []
    for part in range(20):
        ids += client.send(*({"op": "get", "peer": f"127.0.0.1:{dead.port}", "timeout_ms": 20000,
                              "deadline_ms": 2000,
                              "oids": [f"1.3.6.1.4.1.{part}.{i}.{k}" for k in range(40)]}
                             for i in range(1000)))
    top = client.info()["memory_bytes"]
    replies = client.collect(ids)
    names = [harness.error_of(r)[0] for r in replies.values()]
    assert set(names) == {"queue_full", "deadline"}
    assert 1000 < names.count("deadline") < 20000
    assert top <= 17 * MIB and (top > 12 * MIB or harness.SANITIZED)
    assert client.info()["memory_bytes"] == 0
    refused = next(r for r in replies.values() if harness.error_of(r)[0] == "queue_full")
    assert refused["error"]["sent"] == "no" and refused["error"]["retryable"] is True


def test_memory_of_replies(new_broker, new_dealer, new_sim):
    """Walks without an end; each ends, says where, and can go on there."""
    sim = new_sim("--scenario", "walk-endless=127.0.1.0/24", "--max-size", "8000")
    broker = new_broker(config=pool(memory_max="24M"))
    client = new_dealer(broker.ipc)
    before = harness.rss_kib(broker.process.pid)
    ids = client.send(*({"op": "walk", "peer": f"127.0.1.{i}:{sim.port}", "oids": [ROOT]}
                        for i in range(1, 41)))
    most = []

    def over():
        most.append(client.info()["memory_bytes"])
        return all(i in client.replies for i in ids)

    wait_for(over, harness.PATIENCE)
    replies = [client.replies[i] for i in ids]
    for reply in replies:
        assert harness.error_of(reply) == ("too_large", 402)
        assert reply["stop"] == "limit" and reply["next"] == list(reply["varbinds"])[-1]
    assert max(most) <= 26 * MIB
    assert harness.rss_kib(broker.process.pid) - before < 160 * 1024
    assert client.info()["memory_bytes"] == 0
    on = client.ask(op="walk", peer=replies[0]["peer"], oids=[ROOT], start=replies[0]["next"],
                    limit=10)
    assert len(harness.varbinds(on)) == 10


def test_no_ceiling(new_broker, new_dealer, dead):
    broker = new_broker(config=pool(memory_max=0, breaker_failures=0))
    client = new_dealer(broker.ipc)
    ids = client.send(*({"op": "get", "peer": f"127.0.0.1:{dead.port}", "deadline_ms": 300,
                         "timeout_ms": 20000, "oids": [f"1.3.6.1.{i}"]} for i in range(1, 1000)))
    assert {harness.error_of(r)[0] for r in client.collect(ids).values()} == {"deadline"}
