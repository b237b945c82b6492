"""zsnmpd against Debian's snmpd, with net-snmp's own tools as the oracle."""
import pytest

import harness
from conftest import (AUTH_PASS, AUTHS, CONTEXT, CONTEXT_ROOT, PRIV_PASS, PRIVS, WRITABLE, Snmpd,
                      snmpd_config, user_name, v3)

SYSTEM = "1.3.6.1.2.1.1"
DESCR, UPTIME, CONTACT, NAME, LOCATION = (f"{SYSTEM}.{n}.0" for n in (1, 3, 4, 5, 6))
SUBTREES = {
    "system": SYSTEM, "interfaces": "1.3.6.1.2.1.2", "ifX": "1.3.6.1.2.1.31",
    "ip addresses": "1.3.6.1.2.1.4.20", "load (opaque floats)": "1.3.6.1.4.1.2021.10",
    "writable": WRITABLE, "usm": "1.3.6.1.6.3.15", "vacm": "1.3.6.1.6.3.16",
}
PAIRS = [(None, None)] + [(a, p) for a in AUTHS for p in (None, *PRIVS)]
WHO = {"v1": {"version": "1"}, "v2c": {}, "noAuthNoPriv": v3(), "authNoPriv": v3("SHA-256"),
       "authPriv": v3("SHA-256", "AES")}
TRANSPORTS = ("udp", "udp6", "tcp")


def who_id(value):
    return "-".join(filter(None, value)) or "none" if isinstance(value, tuple) else None


def compare(client, oracle, peer, who, op, tool, **keys):
    """The same question to the broker, and to the oracle before and after it."""
    before = tool()
    reply = client.ask(op=op, peer=peer, form="list", timeout_ms=5000, **who, **keys)
    after = tool()
    harness.same_varbinds(harness.varbinds(reply), before, after)
    return reply


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", WHO)
def test_every_operation(snmpd, client, version, transport):
    who, oracle, peer = WHO[version], snmpd.oracle, getattr(snmpd, transport)
    oids = [DESCR, UPTIME, "1.3.6.1.2.1.2.1.0"]
    compare(client, oracle, peer, who, "get", lambda: oracle.get(who, peer, *oids), oids=oids)
    compare(client, oracle, peer, who, "get_next", lambda: oracle.get_next(who, peer, *oids),
            oids=oids)
    walk = compare(client, oracle, peer, who, "walk", lambda: oracle.walk(who, peer, SYSTEM),
                   oids=[SYSTEM])
    assert walk["complete"] is True and walk["stop"] == "out_of_tree"
    walk = compare(client, oracle, peer, who, "walk", lambda: oracle.walk(who, peer, SYSTEM),
                   oids=[SYSTEM], bulk=False)
    assert walk["complete"] is True
    if version != "v1":
        compare(client, oracle, peer, who, "get_bulk",
                lambda: oracle.get_bulk(who, peer, 1, 4, UPTIME, SYSTEM),
                oids=[UPTIME, SYSTEM], non_repeaters=1, max_repetitions=4)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("version", WHO)
def test_set_is_read_back(snmpd, client, version, transport):
    who = dict(WHO[version], **({"community": "private"} if version in ("v1", "v2c") else {}))
    peer, text = getattr(snmpd, transport), f"set over {transport} as {version}"
    reply = client.ask(op="set", peer=peer, set=[[CONTACT, "s", text], [NAME, "s", "n"]],
                       form="list", **who)
    assert [harness.canonical(*vb) for vb in harness.varbinds(reply)] == [
        (CONTACT, 4, text.encode()), (NAME, 4, b"n")]
    assert snmpd.oracle.get(who, peer, CONTACT) == [(CONTACT, 4, text.encode())]
    assert client.ask(op="get", peer=peer, oids=[CONTACT], **who)["varbinds"] == {
        CONTACT: text.encode()}


@pytest.mark.parametrize("name", SUBTREES)
def test_walks_of_many_types(snmpd, client, name):
    root = SUBTREES[name]
    reply = compare(client, snmpd.oracle, snmpd.udp, {}, "walk",
                    lambda: snmpd.oracle.walk({}, snmpd.udp, root), oids=[root])
    assert reply["complete"] is True and len(reply["varbinds"]) > 0


def test_the_whole_tree(snmpd, client):
    """Objects come and go in a living system: what two oracle walks agree on must be there."""
    before = {vb[0]: vb for vb in snmpd.oracle.walk({}, snmpd.udp, "1.3")}
    reply = client.ask(op="walk", peer=snmpd.udp, oids=["1.3"], form="list", timeout_ms=10000)
    after = {vb[0]: vb for vb in snmpd.oracle.walk({}, snmpd.udp, "1.3")}
    harness.varbinds(reply)
    assert reply["complete"] is True
    mine = {vb[0]: vb for vb in (harness.canonical(*v) for v in reply["varbinds"])}
    assert len(mine) == len(reply["varbinds"]), "an OID came twice"
    steady = [oid for oid in before if before[oid] == after.get(oid)]
    assert len(steady) > 500
    lost = [oid for oid in steady if oid not in mine]
    assert len(lost) < len(steady) // 100, lost[:10]
    changed = [oid for oid in steady if oid in mine and mine[oid] != before[oid]]
    assert len(changed) < len(steady) // 100, [(mine[o], before[o]) for o in changed[:10]]
    assert [o for o in steady if o in mine and mine[o][1] != before[o][1]] == []


@pytest.mark.parametrize("pair", PAIRS, ids=who_id)
def test_every_pair_of_protocols(snmpd, client, pair):
    who = v3(*pair)
    assert snmpd.oracle.get(who, snmpd.udp, DESCR), "the oracle itself cannot speak this pair"
    compare(client, snmpd.oracle, snmpd.udp, who, "walk",
            lambda: snmpd.oracle.walk(who, snmpd.udp, SYSTEM), oids=[SYSTEM])
    text = f"contact of {user_name(*pair)}"
    for transport in TRANSPORTS:
        peer = getattr(snmpd, transport)
        value = f"{text} over {transport}"
        reply = client.ask(op="set", peer=peer, set=[[CONTACT, "s", value]], **who)
        assert harness.varbinds(reply) == {CONTACT: value.encode()}
        assert snmpd.oracle.get({}, snmpd.udp, CONTACT) == [(CONTACT, 4, value.encode())]
        got = client.ask(op="get", peer=peer, oids=[CONTACT], **who)
        assert harness.varbinds(got) == {CONTACT: value.encode()}
        bulk = client.ask(op="get_bulk", peer=peer, oids=[SYSTEM], max_repetitions=3, **who)
        assert len(harness.varbinds(bulk)) == 3


@pytest.mark.parametrize("name", ["sha256", "SHA256", "sha-256", "SHA-256"])
def test_names_of_protocols_as_people_write_them(snmpd, client, name):
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR],
                       **v3("SHA-256", "AES", auth_proto=name))
    if "error" in reply:  # the exact names are the contract, others a courtesy
        assert name != "SHA-256" and harness.error_of(reply)[0] in ("bad_request", "unsupported")


def test_level_follows_from_what_is_given_and_may_be_said(snmpd, client):
    for level, who in (("noAuthNoPriv", v3()), ("authNoPriv", v3("SHA")),
                       ("authPriv", v3("SHA", "AES"))):
        reply = client.ask(op="get", peer=snmpd.udp, oids=[CONTACT], level=level, **who)
        assert list(harness.varbinds(reply)) == [CONTACT]


def test_context(snmpd, client):
    who = v3("SHA-256", "AES", context=CONTEXT)
    oid = f"{CONTEXT_ROOT}.1.0"
    compare(client, snmpd.oracle, snmpd.udp, who, "get",
            lambda: snmpd.oracle.get(who, snmpd.udp, oid), oids=[oid])
    there = client.ask(op="get", peer=snmpd.udp, oids=[oid], **who)
    assert harness.varbinds(there)[oid]
    outside = client.ask(op="get", peer=snmpd.udp, oids=[oid], **v3("SHA-256", "AES"))
    assert harness.varbinds(outside) == {oid: None}


def test_contexts_at_the_same_time(snmpd, client):
    """Requests of one user in two contexts in flight together get each their own answer."""
    oid, base = f"{CONTEXT_ROOT}.1.0", v3("SHA-256", "AES")
    requests = [dict(base, op="get", peer=snmpd.udp, oids=[oid],
                     **({"context": CONTEXT} if n % 2 else {})) for n in range(20)]
    for n, reply in enumerate(client.ask_all(*requests)):
        assert (harness.varbinds(reply)[oid] is not None) == bool(n % 2)


# --- SET: every type that snmpd lets be written -----------------------------------------------

SETTINGS = [
    (1, "i", -7, 2, -7), (1, "i", "2147483647", 2, 2147483647), (1, "i", -2147483648, 2,
                                                                  -2147483648),
    (2, "u", 4294967295, 66, 4294967295), (2, "u", "17", 66, 17),
    (3, "s", "hello", 4, b"hello"), (3, "s", b"\x00\xff\x80", 4, b"\x00\xff\x80"),
    (3, "s", "", 4, b""), (3, "s", "\u00e4", 4, "\u00e4".encode()),
    (3, "x", "00ff7e", 4, b"\x00\xff\x7e"), (3, "x", "00 FF 7E", 4, b"\x00\xff\x7e"),
    (3, "d", "1.2.255", 4, b"\x01\x02\xff"),
    (4, "o", "1.3.6.1.4.1.4294967295", 6, "1.3.6.1.4.1.4294967295"),
    (4, "o", ".1.3.6", 6, "1.3.6"),
    (5, "t", 99, 67, 99), (5, "t", "4294967295", 67, 4294967295),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s[1]}-{s[2]!r}")
def test_set_of_every_type(snmpd, client, setting):
    column, letter, value, kind, expected = setting
    oid = f"{WRITABLE}.{column}.0"
    who = {"community": "private"}
    reply = client.ask(op="set", peer=snmpd.udp, set=[[oid, letter, value]], form="list", **who)
    assert [harness.canonical(*vb) for vb in harness.varbinds(reply)] == [(oid, kind, expected)]
    assert snmpd.oracle.get(who, snmpd.udp, oid) == [(oid, kind, expected)]


def test_set_of_several_is_all_or_nothing(snmpd, client):
    who = {"community": "private"}
    client.ask(op="set", peer=snmpd.udp, set=[[CONTACT, "s", "before"]], **who)
    reply = client.ask(op="set", peer=snmpd.udp,
                       set=[[CONTACT, "s", "after"], [LOCATION, "i", 3]], **who)
    assert harness.error_of(reply) == ("wrongType", 7)
    assert reply["error"]["index"] == 2
    assert snmpd.oracle.get(who, snmpd.udp, CONTACT) == [(CONTACT, 4, b"before")]


# --- what the device refuses ---------------------------------------------------------------------


def test_no_such_name_in_v1(snmpd, client):
    """One name that is missing does not keep the others away."""
    missing = ["1.3.6.1.9.9.9.0", "1.3.6.1.9.9.8.0"]
    reply = client.ask(op="get", peer=snmpd.udp, version="1",
                       oids=[missing[0], DESCR, missing[1], CONTACT], form="list")
    found = {oid: (kind, value) for oid, kind, value in harness.varbinds(reply)}
    assert list(found) == [missing[0], DESCR, missing[1], CONTACT]
    assert [found[m] for m in missing] == [(129, None)] * 2
    assert found[DESCR][0] == found[CONTACT][0] == 4
    reply = client.ask(op="get", peer=snmpd.udp, version="1", oids=missing)
    assert harness.error_of(reply) == ("noSuchName", 2)
    assert reply["error"]["index"] == 1 and reply["error"]["sent"] == "yes"
    assert reply["error"]["retryable"] is False


@pytest.mark.parametrize("who, oid, letter, value, name, code", [
    ({"community": "private"}, DESCR, "s", "x", "notWritable", 17),
    ({"community": "private"}, CONTACT, "i", 3, "wrongType", 7),
    ({"community": "private"}, CONTACT, "s", "x" * 300, "wrongLength", 8),
    ({"community": "public"}, CONTACT, "s", "x", "noAccess", 6),
    ({"community": "private", "version": "1"}, CONTACT, "i", 3, "badValue", 3),
    (dict(version="3", user="reader", auth_proto="SHA-256", auth_pass=AUTH_PASS), CONTACT, "s",
     "x", "noAccess", 6),
], ids=lambda v: v if isinstance(v, str) and v.isalpha() else None)
def test_refused_settings(snmpd, client, who, oid, letter, value, name, code):
    with pytest.raises(harness.OracleError, match=name):
        snmpd.oracle.set(who, snmpd.udp, (oid, letter, value))
    reply = client.ask(op="set", peer=snmpd.udp, set=[[oid, letter, value]], **who)
    assert harness.error_of(reply) == (name, code)
    assert reply["error"]["index"] == 1


def test_authorization(snmpd, client):
    """A user whom snmpd knows but gives no access to anything."""
    who = dict(version="3", user="stranger", auth_proto="SHA-256", auth_pass=AUTH_PASS)
    with pytest.raises(harness.OracleError, match="authorizationError"):
        snmpd.oracle.get(who, snmpd.udp, DESCR)
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **who)
    assert harness.error_of(reply) == ("authorizationError", 16)


def test_outside_of_the_view(snmpd, client):
    who = {"community": "narrow"}
    compare(client, snmpd.oracle, snmpd.udp, who, "walk",
            lambda: snmpd.oracle.walk(who, snmpd.udp, SYSTEM), oids=[SYSTEM])
    reply = client.ask(op="walk", peer=snmpd.udp, oids=["1.3.6.1.2.1"], **who)
    assert reply["complete"] is True and reply["stop"] == "end_of_view"
    assert all(oid.startswith(SYSTEM + ".") for oid in harness.varbinds(reply))


def test_exceptions_of_the_device(snmpd, client):
    oids = ["1.3.6.1.9.9.9.0", "1.3.6.1.2.1.1.1.7"]
    compare(client, snmpd.oracle, snmpd.udp, {}, "get",
            lambda: snmpd.oracle.get({}, snmpd.udp, *oids), oids=oids)
    end = "1.3.6.1.6.4"
    compare(client, snmpd.oracle, snmpd.udp, {}, "get_next",
            lambda: snmpd.oracle.get_next({}, snmpd.udp, end), oids=[end])


# --- who is not let in -----------------------------------------------------------------------------

FAST = {"timeout_ms": 300, "retries": 1}


def test_wrong_community_times_out(snmpd, client):
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], community="wrong", **FAST)
    assert harness.error_of(reply) == ("timeout", 100)
    assert reply["error"]["sent"] == "maybe" and reply["error"]["retryable"] is True


def test_unknown_user(snmpd, client):
    who = v3("SHA-256", "AES", user="nobody")
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **who)
    assert harness.error_of(reply) == ("unknown_user", 200)


def test_wrong_auth_pass(snmpd, client):
    for transport in TRANSPORTS:
        reply = client.ask(op="get", peer=getattr(snmpd, transport), oids=[DESCR],
                           **v3("SHA-256", "AES", auth_pass="not the right one"))
        assert harness.error_of(reply) == ("wrong_digest", 201)


def test_wrong_auth_protocol(snmpd, client):
    who = v3("SHA-256", "AES", auth_proto="SHA-512")
    assert harness.error_of(client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **who)) == (
        "wrong_digest", 201)


def test_wrong_priv_pass(snmpd, client):
    """RFC 3414 wants a report; net-snmp keeps silent where the bytes do not parse."""
    who = v3("SHA-256", "AES", priv_pass="not the right one")
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **who, **FAST)
    assert harness.error_of(reply) in (("timeout", 100), ("decryption_error", 204))


def test_unsupported_level(snmpd, client):
    who = v3("SHA-256", priv_proto="AES", priv_pass=PRIV_PASS)
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **who)
    assert harness.error_of(reply) == ("unsupported_security_level", 205)


def test_wrong_and_right_credentials_side_by_side(snmpd, client):
    """A wrong pass phrase spoils nothing for the right one, same user and device."""
    right, wrong = v3("SHA", "AES"), v3("SHA", "AES", auth_pass="not the right one")
    requests = [dict(op="get", peer=snmpd.udp, oids=[DESCR], **(wrong if n % 2 else right))
                for n in range(20)]
    for n, reply in enumerate(client.ask_all(*requests)):
        if n % 2:
            assert harness.error_of(reply) == ("wrong_digest", 201)
        else:
            assert harness.varbinds(reply)


def test_given_engine_id(snmpd, client):
    engine = snmpd.oracle.get({}, snmpd.udp, "1.3.6.1.6.3.10.2.1.1.0")[0][2]
    who = v3("SHA-256", "AES")
    for form in (engine, engine.hex()):
        reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], engine_id=form, **who)
        assert list(harness.varbinds(reply)) == [DESCR]
    reply = client.ask(op="get", peer=snmpd.udp, oids=[DESCR], context_engine_id=engine, **who)
    assert list(harness.varbinds(reply)) == [DESCR]


# --- a device that is started anew ------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["same", "other"])
def test_restarted_device_is_recovered(client, directory, engine):
    """Boots and time run backwards, or the engine id changes: the next requests still succeed."""
    port, who = harness.free_port(), v3("SHA-256", "AES")

    def start(number, engine_id):
        path = f"{directory}/{number}"  # a directory of its own: boots start at 1 again
        harness.os.makedirs(path + "/persistent")
        config = snmpd_config(port, path + "/persistent") + f"engineID {engine_id}\n"
        return Snmpd(path, port=port, config=config)

    first = start(1, "one")
    try:
        for _ in range(2):
            harness.varbinds(client.ask(op="get", peer=first.udp, oids=[DESCR], **who))
    finally:
        first.stop()
    second = start(2, "one" if engine == "same" else "two")
    try:
        for _ in range(2):
            reply = client.ask(op="get", peer=second.udp, oids=[DESCR], timeout_ms=3000, **who)
            assert list(harness.varbinds(reply)) == [DESCR]
    finally:
        second.stop()


def test_secrets_stay_secret(snmpd, new_broker, new_dealer):
    """Neither replies, info, devices nor the most talkative log tell a community or a phrase."""
    broker = new_broker("--log-level", "debug")
    client = new_dealer(broker.ipc)
    secrets = ("sesam-community", "sesam-auth-pass", "sesam-priv-pass")
    said = [
        client.ask(op="get", peer=snmpd.udp, oids=[DESCR], community=secrets[0], **FAST),
        client.ask(op="get", peer=snmpd.udp, oids=[DESCR], **v3(
            "SHA-256", "AES", auth_pass=secrets[1], priv_pass=secrets[2]), **FAST),
        client.ask(op="get", peer=snmpd.udp, oids=["nonsense"], community=secrets[0]),
        client.ask(op="set", peer=snmpd.udp, set=[[CONTACT, "?", 1]], community=secrets[0]),
        client.ask(op="info"), client.ask(op="devices"),
    ]
    client.send_raw(harness.pack({"community": secrets[0], "auth_pass": secrets[1]})[:-1])
    said.append(client.receive())
    broker.end()
    text = repr(said) + broker.text("stderr") + broker.text("stdout")
    assert [s for s in secrets if s in text] == []
