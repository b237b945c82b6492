"""SNMPv3: what a discovery costs and for whom, localised keys, errors told apart, reports that lie."""
import hashlib
import time

import pytest

import ber
import harness
from conftest import AUTH_PASS, AUTHS, PRIV_PASS, PRIVS, v3
from usm import UNKNOWN_ENGINE, Device, Message, engine_id, message, report

OID = "1.3.6.1.4.1.55555.1.1.0"
NAME = "1.3.6.1.2.1.1.5.0"
ENGINE = "1.3.6.1.6.3.10.2.1.1.0"  # snmpEngineID
NOAUTH = {"version": "3", "user": "noauth"}
USM_STATS = "1.3.6.1.6.3.15.1.1"
UNKNOWN_USER, WRONG_DIGEST = f"{USM_STATS}.3.0", f"{USM_STATS}.5.0"
HASH = {"MD5": "md5", "SHA": "sha1"}
KEY_BYTES = {"DES": 16, "AES": 16, "AES-192": 24, "AES-256": 32, "AES-192-C": 24, "AES-256-C": 32}


def sim_user(auth, priv=None, **more):
    """Keys of a request as the simulator's built-in user of these protocols."""
    name = auth.lower().replace("-", "")
    keys = {"version": "3", "user": name, "auth_proto": auth, "auth_pass": f"authpass-{name}"}
    if priv:
        cipher = "aes128" if priv == "AES" else priv.lower().replace("-", "")
        keys.update(user=f"{name}-{cipher}", priv_proto=priv, priv_pass=f"privpass-{cipher}")
    return {**keys, **more}


def get(peer, **keys):
    return {"op": "get", "peer": peer, "oids": [NAME], **keys}


def until(client, condition, what):
    end = time.monotonic() + harness.PATIENCE
    while not condition(client.info()):
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.02)


# --- keys (RFC 3414 A.2 and 2.6; the two ways to lengthen them) ---------------------------------


def master_key(auth, phrase):
    name = HASH.get(auth, auth.replace("-", "").lower())
    data = phrase.encode()
    return hashlib.new(name, (data * (1048576 // len(data) + 1))[:1048576]).digest()


def localised(auth, key, engine):
    name = HASH.get(auth, auth.replace("-", "").lower())
    return hashlib.new(name, key + engine + key).digest()


def privacy_key(auth, priv, phrase, engine):
    """The Cisco devices derive again from what they have, draft-blumenthal hashes it."""
    key = localised(auth, master_key(auth, phrase), engine)
    while len(key) < KEY_BYTES[priv]:
        if priv.endswith("-C"):
            more = hashlib.new(HASH.get(auth, auth.replace("-", "").lower()))
            block = (key * (1048576 // len(key) + 1))[:1048576]
            more.update(block)
            key += localised(auth, more.digest(), engine)
        else:
            key += hashlib.new(HASH.get(auth, auth.replace("-", "").lower()), key).digest()
    return key


@pytest.mark.parametrize("form", [bytes, str], ids=["bin", "hex"])
@pytest.mark.parametrize("auth", AUTHS)
def test_localised_auth_key(snmpd, client, auth, form):
    engine = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **v3())["varbinds"][ENGINE]
    key = localised(auth, master_key(auth, AUTH_PASS), engine)
    who = v3(auth)
    del who["auth_pass"]
    derived = client.info()["v3_keys_derived"]
    reply = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **who,
                       auth_key=key if form is bytes else "0x" + key.hex())
    assert harness.varbinds(reply) == {ENGINE: engine}
    assert client.info()["v3_keys_derived"] == derived
    spoilt = bytes([key[0] ^ 1]) + key[1:]
    reply = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **who, auth_key=spoilt,
                       timeout_ms=300, retries=0)
    assert harness.error_of(reply) == ("wrong_digest", 201)


@pytest.mark.parametrize("priv", PRIVS)
@pytest.mark.parametrize("auth", ["MD5", "SHA", "SHA-512"])
def test_localised_priv_key(snmpd, client, auth, priv):
    engine = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **v3())["varbinds"][ENGINE]
    who = v3(auth, priv, auth_key=localised(auth, master_key(auth, AUTH_PASS), engine),
             priv_key=privacy_key(auth, priv, PRIV_PASS, engine))
    del who["auth_pass"], who["priv_pass"]
    reply = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **who)
    assert harness.varbinds(reply) == {ENGINE: engine}
    # One of each: a pass phrase for the one, a key for the other.
    mixed = v3(auth, priv, priv_key=who["priv_key"])
    del mixed["priv_pass"]
    reply = client.ask(op="get", peer=snmpd.udp, oids=[ENGINE], **mixed)
    assert harness.varbinds(reply) == {ENGINE: engine}


# --- what a discovery costs, and for whom --------------------------------------------------------


def test_one_probe_for_all_credentials_of_a_device(client, sim):
    """However many wait, with whatever users: they share what the device says of itself."""
    before = client.info()["v3_probes"]
    peer = sim.peer(4711)
    users = (NOAUTH, sim_user("SHA"), sim_user("SHA", "AES"), sim_user("SHA-256"),
             sim_user("MD5", "DES"))
    for reply in client.ask_all(*(get(peer, **who) for who in users * 3)):
        assert harness.varbinds(reply)
    assert client.info()["v3_probes"] == before + 1


def test_device_met_before_costs_no_probe(new_broker, new_dealer, new_sim):
    """Its session and its record are gone; engine id and clock are not."""
    broker, sim = new_broker(config=harness.config(device_idle_ms=1000, workers=1)), new_sim()
    client = new_dealer(broker.ipc)
    who = sim_user("SHA-256", "AES")
    peers = [sim.peer(i) for i in range(20)]
    for reply in client.ask_all(*(get(p, **who) for p in peers)):
        assert harness.varbinds(reply)
    for _ in range(2):
        until(client, lambda info: info["sessions"] == 0 and info["devices"] == 0, "all let go")
        before = client.info()
        for reply in client.ask_all(*(get(p, timing=True, **who) for p in peers)):
            assert harness.varbinds(reply) and reply["tries"] == 1
        after = client.info()
        assert after["v3_probes"] == before["v3_probes"] == 20
        assert after["v3_reports"] == before["v3_reports"], "the clock was lost"


def test_engines_are_forgotten_with_too_many_devices(new_broker, new_dealer, new_sim):
    """As many as devices_max, the longest unused going first."""
    broker, sim = new_broker(config=harness.config(devices_max=10, workers=1)), new_sim()
    client = new_dealer(broker.ipc)
    for index in [*range(30), 29, 0]:
        assert harness.varbinds(client.ask(**get(sim.peer(index), **NOAUTH)))
    assert client.info()["v3_probes"] == 31, "the last is known, the first is not"


def test_given_engine_id_is_used(client, sim):
    peer, who = sim.peer(815), sim_user("SHA", "AES")
    engine = client.ask(op="get", peer=peer, oids=[ENGINE])["varbinds"][ENGINE]
    before = client.info()["v3_probes"]
    for given in (engine, engine.hex(), "0x" + engine.hex()):
        assert harness.varbinds(client.ask(**get(peer, **who, engine_id=given)))
    assert client.info()["v3_probes"] == before


@pytest.mark.parametrize("who", [NOAUTH, sim_user("SHA"), sim_user("SHA", "AES")],
                         ids=["noAuth", "auth", "priv"])
def test_given_engine_id_is_checked(client, sim, who):
    peer = sim.peer(816)
    before = client.info()["v3_probes"]
    reply = client.ask(**get(peer, **who, engine_id="80000000deadbeef", timeout_ms=300, retries=1))
    assert harness.error_of(reply) == ("unknown_engine_id", 203)
    assert client.info()["v3_probes"] == before, "it was asked for all the same"
    # The others of that device are not led astray.
    assert harness.varbinds(client.ask(**get(peer, **who)))


# --- errors told apart ----------------------------------------------------------------------------

WRONG = {
    "unknown_user": sim_user("SHA", user="nobody"),
    "wrong_digest": sim_user("SHA", auth_pass="not the pass phrase"),
    "wrong_digest by protocol": sim_user("SHA", auth_proto="SHA-256"),
    "decryption_error": sim_user("SHA", "AES", priv_pass="not the pass phrase"),
    "unsupported_security_level": sim_user("SHA", priv_proto="AES", priv_pass="privpass-aes128"),
    "unknown_context": sim_user("SHA", "AES", context="nowhere"),
}


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("what", WRONG)
def test_errors_are_told_apart(client, sim, what, retries):
    reply = client.ask(**get(sim.peer(5000), timeout_ms=400, retries=retries, **WRONG[what]))
    assert harness.error_of(reply)[0] == what.split()[0], reply
    assert client.ask(**get(sim.peer(5000), **sim_user("SHA", "AES")))["varbinds"]


def test_authentic_report_ends_at_once(client, sim):
    """Whoever knows the keys may say that there is no such context: no time-out is waited for."""
    key = client.send(get(sim.peer(5001), timeout_ms=600_000, retries=0,
                          **WRONG["unknown_context"]))[0]
    assert harness.error_of(client.collect([key])[key])[0] == "unknown_context"


# --- reports that lie -----------------------------------------------------------------------------


class Liar(Device):
    """Says what `lies` yields for a message before, or instead of, what is true."""

    def __init__(self, lies, silent=lambda m: False):
        super().__init__()
        self.lies, self.silent, self.lied, self.source = lies, silent, 0, None

    def __call__(self, agent, packet, source):
        m = Message(packet.raw)
        truth = super().__call__(agent, packet, source)
        if not m.engine:
            return truth
        self.source = source
        for lie in self.lies(m):
            agent.send(lie, source)
            self.lied += 1
        return None if self.silent(m) else truth


LIES = {
    "unknown user": lambda m: [report(m, engine_id("first"), UNKNOWN_USER)],
    "wrong digest": lambda m: [report(m, engine_id("first"), WRONG_DIGEST)],
    "another engine": lambda m: [report(m, engine_id("forged"), UNKNOWN_ENGINE)],
    "clock": lambda m: [report(m, engine_id("first"), f"{USM_STATS}.2.0")],
    "all of them": lambda m: [report(m, engine_id("forged"), f"{USM_STATS}.{n}.0")
                              for n in range(1, 7)],
}


def ask_for(device, **keys):
    return {"op": "get", "peer": device.peer, "oids": [OID], **NOAUTH, **keys}


@pytest.mark.parametrize("lie", LIES)
def test_forged_report_ends_nothing(client, new_agent, lie):
    liar = Liar(LIES[lie])
    device = new_agent(liar)
    keys = client.send(*(ask_for(device, timeout_ms=20_000 + i, retries=0) for i in range(20)))
    for reply in client.collect(keys).values():
        assert harness.varbinds(reply) == {OID: engine_id("first")}
    assert liar.lied >= 20


@pytest.mark.parametrize("lie", LIES)
def test_forged_report_and_a_lost_answer_end_nothing(client, new_agent, lie):
    """The answer to the first try is lost: the next try is answered, long before the time-out."""
    seen = set()

    def first_time(m):
        new = m.request_id not in seen
        seen.add(m.request_id)
        return new and m.user != b""

    device = new_agent(Liar(LIES[lie], silent=first_time))
    reply = client.ask(**ask_for(device, timeout_ms=20_000, retries=2))
    assert harness.varbinds(reply) == {OID: engine_id("first")}


def test_forged_report_does_not_shorten_the_last_try(client, new_agent):
    """Its answer comes when the report is long believed, if it were believed."""
    held = []

    def lies(m):
        held.append(m)
        return LIES["wrong digest"](m)

    liar = Liar(lies, silent=lambda m: True)
    device = new_agent(liar)
    key = client.send(ask_for(device, timeout_ms=20_000, retries=0))[0]
    device.wait()
    end = time.monotonic() + harness.PATIENCE
    while not held:
        assert time.monotonic() < end
        client.alive()
    # Far more than the pause after a report, in round trips of the broker rather than in time.
    for _ in range(200):
        client.alive()
    assert key not in client.replies
    device.send(message(held[-1], engine_id("first"), ber.RESPONSE,
                        [ber.varbind(OID, ber.octets(b"late"))]), liar.source)
    assert harness.varbinds(client.collect([key])[key]) == {OID: b"late"}
