"""Engines of SNMPv3 that change, are slow or lie: what recovers, ends, is never sent twice."""
import itertools
import time

import pytest

import ber
import harness
from agent import silent
from usm import Device, Message, engine_id, report

OID = "1.3.6.1.4.1.55555.1.1.0"
NAME = "1.3.6.1.2.1.1.5.0"
NOAUTH = {"version": "3", "user": "somebody"}
SESSIONS_MAX = 32  # of one device
AUTH = {"version": "3", "user": "sha256", "auth_proto": "SHA-256", "auth_pass": "authpass-sha256"}
PRIV = {**AUTH, "user": "sha256-aes256", "priv_proto": "AES-256", "priv_pass": "privpass-aes256"}


def get(device, **keys):
    return {"op": "get", "peer": device.peer, "oids": [OID], **NOAUTH, **keys}


def put(device, **keys):
    return {"op": "set", "peer": device.peer, "set": [[OID, "s", "new"]], **NOAUTH, **keys}


def until(client, condition, what):
    """Asks `info` until the condition holds for it."""
    end = time.monotonic() + harness.PATIENCE
    while not condition(client.info()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.02)


# --- the same engine, other boots -------------------------------------------------------------------


@pytest.mark.parametrize("who", [AUTH, PRIV], ids=["auth", "priv"])
@pytest.mark.parametrize("boots", [1, 6])
def test_restarted_device_is_answered_within_the_retries(client, new_sim, boots, who):
    """A device that has lost its boots is no attacker for ever (RFC 3414 section 3.2 7)."""
    keys = {"op": "get", "oids": [NAME], "timeout_ms": 500, "retries": 2, **who}
    first = new_sim("--engine-boots", "5", "--seed", "7")
    before = harness.varbinds(client.ask(peer=first.peer(0), **keys))
    assert first.stop() == 0
    second = new_sim("--engine-boots", str(boots), "--seed", "7", port=first.port)
    for _ in range(3):
        assert harness.varbinds(client.ask(peer=second.peer(0), **keys)) == before
    assert client.info()["hook_trips"] == 0


# --- another engine at the same address -------------------------------------------------------------


@pytest.fixture
def engine():
    return Device()


@pytest.fixture
def device(new_agent, engine, client):
    """A device whose first engine the broker knows."""
    agent = new_agent(engine)
    assert harness.varbinds(client.ask(**get(agent))) == {OID: engine_id("first")}
    return agent


def wait_done(device, engine, count):
    """Until the device has carried out so many messages in all."""
    while len(engine.done) < count:
        device.wait(harness.PATIENCE)


def test_gets_in_the_air_recover_when_the_device_is_replaced(client, device, engine):
    """Long before their time is over, with the one that found it out. Four fit the window."""
    engine.mute = lambda m: m.engine == engine_id("first")
    keys = client.send(*(get(device, timeout_ms=60_000 + i, retries=0) for i in range(3)))
    wait_done(device, engine, 4)
    engine.engine = engine_id("second")
    assert harness.varbinds(client.ask(**get(device))) == {OID: engine_id("second")}
    for reply in client.collect(keys).values():
        assert harness.varbinds(reply) == {OID: engine_id("second")}
    assert len([m for m in engine.refused if m.user]) == 1, "more than one paid for the discovery"


def test_set_that_may_be_done_is_not_sent_anew_after_a_refusal(client, device, engine):
    """The first try is carried out, its answer lost; the second finds another engine."""

    def mute(m):
        engine.engine = engine_id("second")
        return True

    engine.mute = mute
    reply = client.ask(**put(device, timeout_ms=200, retries=3))
    assert harness.error_of(reply) == ("timeout", 100), reply
    assert reply["error"]["sent"] == "maybe"
    engine.mute = lambda m: False
    assert harness.varbinds(client.ask(**get(device))) == {OID: engine_id("second")}
    assert len(engine.sets()) == 1
    assert {m.request_id for m in engine.refused if m.pdu_type == ber.SET} <= set(engine.sets())


def test_set_in_the_air_is_not_sent_anew_when_another_finds_the_new_engine(client, device, engine):
    engine.mute = lambda m: m.pdu_type == ber.SET
    key = client.send(put(device, timeout_ms=1500, retries=3))[0]
    wait_done(device, engine, 2)
    engine.engine = engine_id("second")
    assert harness.varbinds(client.ask(**get(device))) == {OID: engine_id("second")}
    reply = client.collect([key])[key]
    assert harness.error_of(reply) == ("timeout", 100), reply
    assert reply["error"]["sent"] == "maybe"
    client.ask(**get(device))  # behind whatever else the SET might have sent
    assert len(engine.sets()) == 1
    assert {m.request_id for m in engine.refused if m.pdu_type == ber.SET} <= set(engine.sets())


def test_set_of_which_every_try_was_refused_is_sent_anew(client, device, engine):
    engine.engine = engine_id("second")
    reply = client.ask(**put(device, timeout_ms=60_000, retries=0, timing=True))
    assert harness.varbinds(reply) == {OID: engine_id("second")}
    assert len(engine.sets()) == 1
    assert [m.pdu_type for m in engine.refused if m.user] == [ber.SET]
    assert engine.refused[0].request_id != engine.sets()[0]


@pytest.fixture
def liar(new_agent):
    """Each packet is answered with a report of an engine never heard of."""
    numbers = itertools.count()
    return new_agent(lambda agent, packet, source: report(
        Message(packet.raw), engine_id(f"engine {next(numbers)}")))


@pytest.mark.parametrize("op", [get, put])
def test_new_engine_every_time_ends(client, liar, op):
    many = 20
    keys = client.send(*(op(liar, timeout_ms=100, retries=1) for _ in range(many)))
    for reply in client.collect(keys).values():
        assert harness.error_of(reply)[0] == "unknown_engine_id", reply
    assert len(liar.seen) <= many * 8, "the device had more packets than the tries allow"
    client.alive()


def test_new_engine_every_time_ends_while_others_ask(client, liar):
    """Others that come in a stream and find yet another engine do not begin its time anew."""
    key = client.send(get(liar, timeout_ms=500, retries=0))[0]
    end = time.monotonic() + harness.PATIENCE / 2
    while key not in client.replies:
        assert time.monotonic() < end, "the others keep it from ending"
        client.ask(**get(liar, timeout_ms=60, retries=0))
    assert harness.error_of(client.replies[key])[0] in ("unknown_engine_id", "timeout")


# --- discoveries that take long ---------------------------------------------------------------------


@pytest.mark.parametrize("order", ["impatient first", "patient first"])
def test_one_discovery_serves_two_patiences(broker, client, new_dealer, new_agent, order):
    """The impatient one ends by itself, the patient one is answered when the device speaks."""
    device, other = new_agent(silent), new_dealer(broker.ipc)
    patient = get(device, timeout_ms=500, retries=50)
    impatient = get(device, timeout_ms=100, retries=0)
    if order == "patient first":
        mine = other.send(patient)[0]
        other.alive()
        reply = client.ask(**impatient)
    else:
        key = client.send(impatient)[0]
        client.alive()
        mine = other.send(patient)[0]
        reply = client.collect([key])[key]
    assert harness.error_of(reply) == ("timeout", 100)
    other.alive()
    assert mine not in other.replies, "the patient one was not waited with"
    device.script = Device()
    assert harness.varbinds(other.collect([mine])[mine]) == {OID: engine_id("first")}


def test_device_is_let_go_while_its_probe_is_out(new_broker, new_dealer, new_agent):
    """Those who waited for the probe are gone, by deadline or cancel; then device and session go."""
    broker = new_broker(config=harness.config(device_idle_ms=1000))
    client, late, dropped = new_dealer(broker.ipc), new_agent(silent), new_agent(silent)
    keys = client.send(get(late, timeout_ms=1600, deadline_ms=50), get(dropped, timeout_ms=1600))
    late.wait(harness.PATIENCE)
    dropped.wait(harness.PATIENCE)
    assert client.ask(op="cancel", target=keys[1])["cancelled"] is True
    replies = client.collect(keys)
    assert harness.error_of(replies[keys[0]]) == ("deadline", 302)
    assert harness.error_of(replies[keys[1]]) == ("cancelled", 303)
    until(client, lambda info: info["devices"] == 0 and info["sessions"] == 0, "no device left")
    # Past the time of the probe's next try.
    client.ask(op="get", peer=late.peer, oids=[OID], timeout_ms=800, retries=0)
    client.alive()
    late.script = Device()
    assert harness.varbinds(client.ask(**get(late))) == {OID: engine_id("first")}


# --- many credentials for one device -----------------------------------------------------------------


def test_many_pass_phrases_keep_nobody_else_waiting(new_broker, new_dealer, new_agent, sim):
    """Each costs a derivation; their requests are over before it is done, or even begun."""
    broker = new_broker("--workers", "1")
    client, device = new_dealer(broker.ipc), new_agent(silent)
    keys, most = [], 0
    for wave in range(20):
        keys += client.send(*({"op": "get", "peer": device.peer, "oids": [OID], "version": "3",
                               "user": "u", "auth_proto": "SHA-512", "deadline_ms": 2,
                               "auth_pass": f"pass phrase {wave} {n}"} for n in range(20)))
        most = max(most, client.info()["sessions"])
    other = client.ask(op="get", peer=sim.peer(0), oids=[NAME], retries=0,
                       timeout_ms=int(harness.PATIENCE * 500), **AUTH)
    assert list(harness.varbinds(other)) == [NAME]
    for reply in client.collect(keys).values():
        assert harness.error_of(reply)[0] in ("deadline", "queue_full"), reply
    assert 1 <= most <= SESSIONS_MAX


def test_more_users_than_sessions_on_one_device(new_broker, new_dealer, new_agent):
    """Sessions whose probe is out, and nobody waits for, make room for others."""
    broker = new_broker("--workers", "1")
    client, device = new_dealer(broker.ipc), new_agent(silent)
    users = [f"user {n}" for n in range(SESSIONS_MAX + 8)]
    for user in users:
        reply = client.ask(**get(device, user=user, timeout_ms=3000, deadline_ms=10))
        assert harness.error_of(reply) == ("deadline", 302)
    assert client.info()["sessions"] <= SESSIONS_MAX
    device.script = Device()
    for user in users:
        assert harness.varbinds(client.ask(**get(device, user=user))) == {OID: engine_id("first")}
    assert client.info()["sessions"] <= SESSIONS_MAX
