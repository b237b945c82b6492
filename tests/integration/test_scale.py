"""Ten thousand devices through one zsnmpd: all answered, none twice, memory flat, the dead delay nobody."""
import subprocess

import pytest

import harness
from names import NameServer

NAME = "1.3.6.1.2.1.1.5.0"
IF_TABLE = "1.3.6.1.2.1.2.2"
INTERFACES, COLUMNS = 2, 22
V3 = {"version": "3", "user": "poller", "auth_proto": "SHA-256", "auth_pass": "auth pass phrase",
      "priv_proto": "AES", "priv_pass": "priv pass phrase"}
USER = "poller:authPriv:SHA-256:auth pass phrase:AES:priv pass phrase"


def devices(count=10_000):
    return harness.scaled(count, 200)


@pytest.fixture
def fleet(new_sim):
    return new_sim("--interfaces", str(INTERFACES), "--user", USER)


@pytest.fixture
def name_server():
    with NameServer({"known.example.net": "127.1.0.1"}) as server:
        yield server


def send_all(client, messages, size=500):
    ids = []
    for start in range(0, len(messages), size):
        ids += client.send(*messages[start:start + size], batch=True)
    return ids


def one_round(client, fleet, count, **who):
    """One GET each and one ifTable walk each; returns the GETs' values in the order of devices."""
    slow = {"timeout_ms": 10_000, "retries": 3}
    gets = send_all(client, [{"op": "get", "peer": fleet.peer(n), "oids": [NAME], **slow, **who}
                             for n in range(count)])
    walks = send_all(client, [{"op": "walk", "peer": fleet.peer(n), "oids": [IF_TABLE], **slow,
                               **who} for n in range(count)])
    replies = client.collect(gets + walks)
    for n, key in enumerate(walks):
        reply = replies[key]
        assert reply["peer"] == fleet.peer(n)
        assert len(harness.varbinds(reply)) == INTERFACES * COLUMNS
        assert reply["complete"] is True
    values = [harness.varbinds(replies[key])[NAME] for key in gets]
    client.replies.clear()
    client.order.clear()
    return values


@pytest.mark.heavy
@pytest.mark.parametrize("who", [{}, V3], ids=["v2c", "v3"])
def test_all_are_answered_and_memory_is_flat(new_broker, new_dealer, fleet, who):
    broker = new_broker()
    client = new_dealer(broker.ipc)
    count = devices(10_000 if not who else 2_000)
    first = one_round(client, fleet, count, **who)
    assert len(set(first)) == count, "two devices gave the same name: replies were mixed up"
    # How far memory goes up depends on how the threads interleave, but it must level off: what
    # leaked 100 bytes a request would grow by 2 MiB in each round.
    for rounds in range(2, 10):
        before = broker.rss_kib()
        assert one_round(client, fleet, count, **who) == first
        if harness.SANITIZED or broker.rss_kib() - before < 1024:  # they quarantine what is freed
            break
    else:
        raise AssertionError("memory grows with each round")
    client.alive()
    info = client.info()
    assert info["devices"] == count
    assert info["requests_accepted"] == info["requests_ok"] == 2 * rounds * count
    assert info["requests_failed"] == info["requests_in_flight"] == info["hook_trips"] == 0


@pytest.mark.heavy
def test_dead_devices_delay_nobody(new_broker, new_dealer, fleet, dead):
    """By order of events: each live reply is in before the first dead device's time-out."""
    client = new_dealer(new_broker().ipc)
    count, gone, live = devices(), [], []
    messages = []
    for n in range(count):
        peer = fleet.peer(n)
        is_dead = n % 20 == 0
        if is_dead:
            peer = peer.rsplit(":", 1)[0] + f":{dead.port}"
        for op, oid in (("get", NAME), ("walk", IF_TABLE)):
            key = client.new_id()
            (gone if is_dead else live).append(key)
            messages.append({"id": key, "op": op, "peer": peer, "oids": [oid],
                             "timeout_ms": 8000, "retries": 0})
    send_all(client, messages)
    replies = client.collect(live + gone)
    for key in live:
        harness.varbinds(replies[key])
    for key in gone:
        assert harness.error_of(replies[key])[0] in ("timeout", "device_down")
    first_dead = min(client.order.index(key) for key in gone[:200])
    assert first_dead >= len(live), f"{len(live) - first_dead} live replies came after a time-out"


@pytest.mark.heavy
def test_dead_devices_of_the_simulator_itself(new_broker, new_dealer, new_sim):
    fleet = new_sim("--interfaces", "1", "--dead", "every:20")
    client = new_dealer(new_broker().ipc)
    count = devices(2_000)
    ids = send_all(client, [{"op": "get", "peer": fleet.peer(n), "oids": [NAME],
                             "timeout_ms": 3000, "retries": 0} for n in range(count)])
    replies = client.collect(ids)
    failed = [k for k in ids if "error" in replies[k]]
    assert len(failed) == count // 20
    assert all(harness.error_of(replies[k]) == ("timeout", 100) for k in failed)
    order = [("error" in replies[k]) for k in client.order]
    assert order == sorted(order), "a live reply came after a time-out"


def test_a_storm_on_one_device(new_broker, new_dealer, fleet):
    """Its lane lets a few out at a time: all are answered, and it is not drowned."""
    client = new_dealer(new_broker().ipc)
    count = harness.scaled(5000, 500)
    replies = client.collect(send_all(client, [
        {"op": "get", "peer": fleet.peer(0), "oids": [NAME], "timeout_ms": 20_000}
        for _ in range(count)]))
    assert all(harness.varbinds(r) for r in replies.values())
    assert client.info()["packets_resent"] == 0


@pytest.mark.heavy
def test_fifty_thousand_in_flight(new_broker, new_dealer, dead):
    """Requests to as many silent devices, all at once; each ends."""
    client = new_dealer(new_broker().ipc)
    count = harness.scaled(50_000, 2000)
    ids = send_all(client, [
        {"op": "get", "peer": f"127.{1 + (n >> 16)}.{n >> 8 & 255}.{n & 255}:{dead.port}",
         "oids": [NAME], "timeout_ms": 2000, "retries": 0} for n in range(count)], 5000)
    for reply in client.collect(ids).values():
        assert harness.error_of(reply)[0] in ("timeout", "device_down")
    info = client.info()
    assert info["requests_in_flight"] == info["requests_queued"] == 0


# --- names ---------------------------------------------------------------------------------------------


def test_names_are_resolved(new_broker, new_dealer, fleet):
    client = new_dealer(new_broker().ipc)
    for peer in (f"localhost:{fleet.port}", f"udp:localhost:{fleet.port}",
                 f"LOCALHOST:{fleet.port}", f"tcp:localhost:{fleet.port}"):
        reply = client.ask(op="get", peer=peer, oids=[NAME])
        assert harness.varbinds(reply) and reply["peer"] == peer
    replies = client.ask_all(*({"op": "get", "peer": f"localhost:{fleet.port}", "oids": [NAME]}
                               for _ in range(500)))
    assert len({harness.varbinds(r)[NAME] for r in replies}) == 1
    assert client.info()["names_resolved"] >= 1


def test_unknown_name_fails_while_others_go_on(new_broker, new_dealer, fleet, name_server):
    """One name server's answers: a name that exists, and many that do not."""
    broker = new_broker(config=harness.config(dns_servers=name_server.peer))
    client = new_dealer(broker.ipc)
    bad = client.send(*({"op": "get", "peer": f"host{n}.example.net:161", "oids": [NAME]}
                        for n in range(50)))
    good = send_all(client, [{"op": "get", "peer": fleet.peer(n), "oids": [NAME]}
                             for n in range(200)])
    good += client.send({"op": "get", "peer": f"known.example.net:{fleet.port}", "oids": [NAME]},
                        {"op": "walk", "peer": f"udp:known.example.net:{fleet.port}",
                         "oids": [IF_TABLE]})
    for reply in client.collect(good).values():
        harness.varbinds(reply)
    for reply in client.collect(bad).values():
        assert harness.error_of(reply) == ("bad_address", 103)
        assert reply["error"]["sent"] == "no" and reply["error"]["retryable"] is False


def test_dead_name_server_delays_no_numeric_peer(new_broker, new_dealer, fleet, dead):
    """Nobody says that the names do not exist: the failure may pass, and the reply says so."""
    broker = new_broker(config=harness.config(dns_servers=f"127.0.0.1:{dead.port}",
                                              dns_timeout_ms=2000))
    client = new_dealer(broker.ipc)
    bad = client.send(*({"op": "get", "peer": f"host{n}.example.net", "oids": [NAME],
                         "timeout_ms": 30_000} for n in range(50)))
    for _ in range(20):
        good = client.send(*({"op": "get", "peer": fleet.peer(n), "oids": [NAME]}
                             for n in range(50)))
        for reply in client.collect(good).values():
            harness.varbinds(reply)
    assert not set(bad) & set(client.order), "a name failed before the numeric peers were done"
    for reply in client.collect(bad).values():
        assert harness.error_of(reply) == ("unreachable", 102)
        assert reply["error"]["sent"] == "no" and reply["error"]["retryable"] is True
    assert dead.received(), "the name server was never asked"


def test_deadline_and_cancel_while_a_name_is_looked_up(new_broker, new_dealer, dead):
    broker = new_broker(config=harness.config(dns_servers=f"127.0.0.1:{dead.port}",
                                              dns_timeout_ms=60_000, grace_ms=500))
    client = new_dealer(broker.ipc)
    late = client.send({"op": "get", "peer": "one.example.net", "oids": [NAME],
                        "deadline_ms": 200})[0]
    assert harness.error_of(client.collect([late])[late]) == ("deadline", 302)
    key = client.send({"op": "get", "peer": "two.example.net", "oids": [NAME]})[0]
    assert client.ask(op="cancel", target=key)["cancelled"] is True
    assert harness.error_of(client.collect([key])[key]) == ("cancelled", 303)
    client.send({"op": "get", "peer": "three.example.net", "oids": [NAME], "id": "left"})
    client.alive()
    broker.send_signal(harness.signal.SIGTERM)
    assert harness.error_of(client.collect(["left"])["left"])[0] == "shutting_down"
    assert broker.wait() == 0


# --- what a real agent said, played by the simulator --------------------------------------------------------


def test_record_of_a_real_agent(snmpd, client, new_sim, directory):
    """snmpd's walk, kept with -On and played back, is the same through zsnmpd."""
    root = "1.3.6.1.2.1.1"
    text = subprocess.run(["snmpwalk", "-v2c", "-c", "public", "-On", snmpd.udp, root],
                          env=snmpd.oracle.env, capture_output=True, text=True, check=True,
                          timeout=harness.PATIENCE).stdout
    with open(f"{directory}/walk.txt", "w", encoding="utf-8") as out:
        out.write(text)
    player = new_sim("--record", f"{directory}/walk.txt=127.0.7.7")
    peer = f"127.0.7.7:{player.port}"
    wanted = snmpd.oracle.walk({}, peer, root)
    reply = client.ask(op="walk", peer=peer, oids=[root], form="list")
    assert [vb[:2] for vb in map(list, wanted)] == [vb[:2] for vb in reply["varbinds"]]
    assert reply["complete"] is True
