"""What v3 devices do on bad days, replayed by zsnmp-sim: recovered at once, and answered truly."""
import pytest

import harness
from test_v3 import NAME, NOAUTH, get, sim_user

IF_TABLE = "1.3.6.1.2.1.2.2"
AUTH, PRIV = sim_user("SHA"), sim_user("SHA", "AES")
BOOTS, TIME = "1.3.6.1.6.3.10.2.1.2.0", "1.3.6.1.6.3.10.2.1.3.0"
# Nothing here may wait for a time-out: it would be noticed.
LONG = {"timeout_ms": 60_000, "retries": 0, "timing": True}


@pytest.fixture
def fleet(new_sim, directory):
    return new_sim("--interfaces", "8", control=directory)


def ok(reply):
    assert "error" not in reply, reply
    return reply


def requests_for(fleet, address, work):
    before = fleet.stats(address)["requests"]
    work()
    return fleet.stats(address)["requests"] - before


@pytest.fixture
def met(client, fleet):
    """A device whose engine and clock the broker knows; requests to it are counted."""
    fleet.rule("*: count")
    for who in (AUTH, PRIV):
        ok(client.ask(**get(fleet.peer(0), **who)))
        ok(client.ask(**get(fleet.peer(0), **who)))
    return fleet.peer(0)


@pytest.mark.parametrize("who", [AUTH, PRIV], ids=["auth", "priv"])
@pytest.mark.parametrize("what", [
    "reboot", "boots=2147483646", "time=2000000000", "boots=0 time=0", "boots=0",
    "time=1", "boots=1 time=1", "time=5 clock=frozen", "clock=1000",
])
def test_clock_is_followed_within_two_round_trips(client, fleet, met, what, who):
    address = fleet.address(0)
    fleet.rule(f"{address}: boots=1000 time=1000000")
    ok(client.ask(**get(met, **who, **LONG)))
    ok(client.ask(**get(met, **who, **LONG)))
    fleet.rule(f"{address}: {what}")
    trips = requests_for(fleet, address, lambda: ok(client.ask(**get(met, **who, **LONG))))
    assert trips <= 2
    assert requests_for(fleet, address, lambda: ok(client.ask(**get(met, **who, **LONG)))) <= 2
    assert client.info()["hook_trips"] == 0


def test_frozen_clock_is_followed_for_as_long_as_it_stands(new_broker, new_dealer, fleet):
    """Its time runs at 1000 times ours, then stands, then goes back: never more than two trips."""
    client = new_dealer(new_broker(config=harness.config(workers=1)).ipc)
    address, peer = fleet.address(1), fleet.peer(1)
    fleet.rule(f"{address}: count")
    for clock in ("clock=1000", "clock=frozen", "time=10", "clock=1", "boots=77 time=3",
                  "boots=2 time=200000"):
        fleet.rule(f"{address}: {clock}")
        for _ in range(5):
            assert requests_for(fleet, address,
                                lambda: ok(client.ask(**get(peer, **PRIV, **LONG)))) <= 3
        values = client.ask(op="get", peer=peer, oids=[BOOTS, TIME], **PRIV, **LONG)["varbinds"]
        assert values[BOOTS] <= 77


def test_latched_boots_are_told(client, fleet):
    """An engine whose boots are at their end is out of everybody's window (RFC 3414 2.2.2)."""
    fleet.rule(f"{fleet.address(2)}: boots=2147483647")
    reply = client.ask(**get(fleet.peer(2), **AUTH, timeout_ms=300, retries=1))
    assert harness.error_of(reply) == ("not_in_time_window", 202)
    fleet.rule(f"{fleet.address(2)}: clear")
    ok(client.ask(**get(fleet.peer(2), **AUTH, **LONG)))


def test_reboots_in_the_middle_of_walks(client, fleet):
    """100 devices: no time-out, and one packet more than the walk takes."""
    many = harness.scaled(100, 10)
    peers = [fleet.peer(100 + i) for i in range(many)]
    fleet.rule("*: count")

    def walks():
        ids = client.send(*({"op": "walk", "peer": p, "oids": [IF_TABLE], "max_repetitions": 10,
                             **PRIV, **LONG} for p in peers))
        return [ok(r) for r in client.collect(ids).values()]

    walks()
    usual = [fleet.stats(fleet.address(100 + i))["requests"] for i in range(many)]
    whole = walks()
    usual = [fleet.stats(fleet.address(100 + i))["requests"] - n for i, n in enumerate(usual)]
    for i in range(many):
        fleet.rule(f"{fleet.address(100 + i)}: reboot=after:{1 + i % 10} count")
    timeouts = client.info()["requests_timeout"]
    for reply in walks():
        assert reply["complete"] is True and len(reply["varbinds"]) == len(whole[0]["varbinds"])
    for i in range(many):
        counted = fleet.stats(fleet.address(100 + i))
        assert counted["requests"] == usual[i] + 1 and counted["reports"] == 1
    assert client.info()["requests_timeout"] == timeouts


@pytest.mark.parametrize("who", [AUTH, PRIV], ids=["auth", "priv"])
def test_devices_that_share_an_engine_id(client, fleet, who):
    """500 clones with their own boots, times and keys: they never meet."""
    many = harness.scaled(500, 50)
    fleet.rule(f"{fleet.address(1000)}-{fleet.address(1000 + many - 1)}: "
               "engine-id=800000007a736e6d70 count")
    spec = "sha-aes128:authPriv:SHA:the other pass:AES:privpass-aes128".replace(" ", "-")
    for i in range(many):
        own = f" user={spec}" if i % 7 == 3 and who is PRIV else ""
        fleet.rule(f"{fleet.address(1000 + i)}: boots={i % 50} time={i * 977}{own}")
    peers = [fleet.peer(1000 + i) for i in range(many)]

    def creds(i):
        return {**who, "auth_pass": "the-other-pass"} if i % 7 == 3 and who is PRIV else who

    before = client.info()["requests_timeout"]
    for turn in range(3):
        counted = fleet.stats()["datagrams_in"]
        replies = client.ask_all(*(get(p, **creds(i), **LONG) for i, p in enumerate(peers)))
        names = {harness.varbinds(ok(r))[NAME] for r in replies}
        assert len(names) == many, "an answer of another device"
        trips = fleet.stats()["datagrams_in"] - counted
        assert trips <= many * (3 if turn == 0 else 1), "a discovery, the clock, the answer"
    assert client.info()["requests_timeout"] == before


@pytest.mark.parametrize("who", [NOAUTH, AUTH, PRIV], ids=["noAuth", "auth", "priv"])
def test_replaced_device(client, fleet, who):
    """Another engine id at the same address: report, probe, answer."""
    address, peer = fleet.address(3), fleet.peer(3)
    fleet.rule(f"{address}: count")
    ok(client.ask(**get(peer, **who, **LONG)))
    ok(client.ask(**get(peer, **who, **LONG)))
    for number in range(5):
        fleet.rule(f"{address}: engine-id=80000000{number:08x} boots={5 - number} time=10")
        assert requests_for(fleet, address,
                            lambda: ok(client.ask(**get(peer, **who, **LONG)))) <= 3
        assert requests_for(fleet, address,
                            lambda: ok(client.ask(**get(peer, **who, **LONG)))) == 1


def test_replaced_device_is_found_by_all_credentials_with_one_probe(client, fleet):
    address, peer = fleet.address(4), fleet.peer(4)
    users = [NOAUTH, AUTH, PRIV, sim_user("SHA-256"), sim_user("MD5", "DES")]
    for reply in client.ask_all(*(get(peer, **who, **LONG) for who in users)):
        ok(reply)
    fleet.rule(f"{address}: engine-id=8000000001020304")
    before = client.info()["v3_probes"]
    for reply in client.ask_all(*(get(peer, **who, **LONG) for who in users * 3)):
        ok(reply)
    assert client.info()["v3_probes"] == before + 1


def test_credentials_that_change_while_others_run(client, fleet):
    """The device's pass phrase changes under way: old ones are told so, new ones are answered."""
    address, peer = fleet.address(5), fleet.peer(5)
    new = {**PRIV, "auth_pass": "another-pass-phrase"}
    running = client.send(*(get(peer, **PRIV, **LONG) for _ in range(20)))
    for reply in client.collect(running).values():
        ok(reply)
    fleet.rule(f"{address}: delay=100")
    held = client.send(*(get(peer, **PRIV, **LONG) for _ in range(4)))
    ok(client.ask(**get(peer, **AUTH, **LONG)))
    fleet.rule(f"{address}: delay=0 user=sha-aes128:authPriv:SHA:another-pass-phrase:"
               "AES:privpass-aes128")
    keys = client.send(*(get(peer, **who, timeout_ms=300, retries=1)
                         for who in (PRIV, new) * 10))
    replies = client.collect(keys)
    for old, fresh in zip(keys[::2], keys[1::2]):
        assert harness.error_of(replies[old]) == ("wrong_digest", 201)
        ok(replies[fresh])
    for reply in client.collect(held).values():
        ok(reply)
    fleet.rule(f"{address}: no-user=sha-aes128")
    reply = client.ask(**get(peer, **new, timeout_ms=300, retries=1))
    assert harness.error_of(reply) == ("unknown_user", 200)


def test_wrong_privacy_key_that_the_device_does_not_tell(client, fleet):
    """As net-snmp's agent does it: it is silent, and silence is a time-out."""
    fleet.rule(f"{fleet.address(6)}: silent-decrypt")
    who = {**PRIV, "priv_pass": "not the pass phrase"}
    reply = client.ask(**get(fleet.peer(6), **who, timeout_ms=200, retries=1))
    assert harness.error_of(reply) == ("timeout", 100)
    ok(client.ask(**get(fleet.peer(6), **PRIV, **LONG)))


@pytest.mark.parametrize("who", [NOAUTH, AUTH, PRIV], ids=["noAuth", "auth", "priv"])
def test_round_trip_longer_than_the_time_out(client, fleet, who):
    """Discovery, clock and answer each come when further tries are out already."""
    peer = fleet.peer(7)
    fleet.rule(f"{fleet.address(7)}: delay=350")
    for _ in range(2):
        reply = ok(client.ask(**get(peer, **who, timeout_ms=150, retries=4, timing=True)))
        assert reply["tries"] > 1
    fleet.rule(f"{fleet.address(7)}: reboot")
    ok(client.ask(**get(peer, **who, timeout_ms=150, retries=4)))


@pytest.mark.parametrize("kind", ["unknownEngineID", "notInTimeWindow", "unknownUserName",
                                  "wrongDigest", "unsupportedSecLevel", "decryptionError"])
def test_forged_report_is_a_hint(client, fleet, kind):
    """Before each answer one comes from somebody on the way; with authentication it is told."""
    address = fleet.address(8)
    fleet.rule(f"{address}: forge={kind}")
    for who in (AUTH, PRIV):
        for _ in range(3):
            ok(client.ask(**get(fleet.peer(8), **who, **LONG)))
    walk = ok(client.ask(op="walk", peer=fleet.peer(8), oids=[IF_TABLE], **PRIV, **LONG))
    assert walk["complete"] is True
    assert fleet.stats()["forged"] >= 6


@pytest.mark.parametrize("kind", ["unknownEngineID", "notInTimeWindow", "wrongDigest"])
def test_forged_report_and_a_lost_answer(client, fleet, kind):
    """The next try follows at once, and is answered."""
    address, peer = fleet.address(9), fleet.peer(9)
    ok(client.ask(**get(peer, **PRIV, **LONG)))
    fleet.rule(f"{address}: forge={kind} drop-replies=1")
    ok(client.ask(**get(peer, **PRIV, timeout_ms=60_000, retries=1)))
    fleet.rule(f"{address}: clear")
    ok(client.ask(**get(peer, **PRIV, **LONG)))


def test_losses_and_doubles_of_v3(client, fleet):
    """A tenth is lost, everything comes twice: each request is answered once."""
    many = harness.scaled(200, 20)
    fleet.rule("*: loss=10 duplicate")
    keys = client.send(*(get(fleet.peer(2000 + i), **(AUTH, PRIV)[i % 2], timeout_ms=100, retries=9)
                         for i in range(many)))
    for reply in client.collect(keys).values():
        ok(reply)
