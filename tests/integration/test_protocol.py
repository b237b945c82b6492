"""Each row of docs/PROTOCOL.md, with plain pyzmq and msgpack as the foreign client.

Values come from a scripted agent whose bytes are known, so that types are compared exactly.
"""
import struct

import msgpack
import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OBJECTS = {  # oid: (encoded, tag, value in list form, value in map form)
    f"{ROOT}.1.0": (ber.integer(-2147483648), 2, -2147483648, -2147483648),
    f"{ROOT}.2.0": (ber.octets(b"text\x00\xff"), 4, b"text\x00\xff", b"text\x00\xff"),
    f"{ROOT}.3.0": (ber.octets(b""), 4, b"", b""),
    f"{ROOT}.4.0": (ber.null(), 5, None, None),
    f"{ROOT}.5.0": (ber.oid("1.3.6.1.4.1.4294967295"), 6, "1.3.6.1.4.1.4294967295",
                    "1.3.6.1.4.1.4294967295"),
    f"{ROOT}.6.0": (ber.octets(bytes([192, 0, 2, 255]), 64), 64, "192.0.2.255", "192.0.2.255"),
    f"{ROOT}.7.0": (ber.integer(4294967295, 65), 65, 4294967295, 4294967295),
    f"{ROOT}.8.0": (ber.integer(4294967295, 66), 66, 4294967295, 4294967295),
    f"{ROOT}.9.0": (ber.integer(8640000, 67), 67, 8640000, 8640000),
    f"{ROOT}.10.0": (ber.tlv(68, b"\x04\x03abc"), 68, b"\x04\x03abc", b"\x04\x03abc"),
    f"{ROOT}.11.0": (ber.integer(18446744073709551615, 70), 70, 18446744073709551615,
                     18446744073709551615),
    f"{ROOT}.12.0": (ber.opaque_float(struct.pack(">f", 1.5)), 120, 1.5, 1.5),
    f"{ROOT}.13.0": (ber.opaque_double(struct.pack(">d", 2.25)), 121, 2.25, 2.25),
    f"{ROOT}.14.0": (ber.integer(0), 2, 0, 0),
    f"{ROOT}.15.0": (ber.integer(0, 70), 70, 0, 0),
    f"{ROOT}.16.0": (ber.octets(bytes(range(256)) * 4), 4, bytes(range(256)) * 4,
                     bytes(range(256)) * 4),
}
FIRST, SECOND = f"{ROOT}.1.0", f"{ROOT}.2.0"
LAST = f"{ROOT}.16.0"
MISSING = "1.3.6.1.4.1.66666.0"


def proper():
    return Mib({oid: entry[0] for oid, entry in OBJECTS.items()})


def in_map_form():
    return {oid: entry[3] for oid, entry in OBJECTS.items()}


@pytest.fixture
def device(new_agent):
    return new_agent(proper())


@pytest.fixture
def get(client, device):
    """Asks the device, GET of FIRST where nothing else is said; keys of value ... are left out."""
    def ask(**keys):
        message = {"op": "get", "peer": device.peer, "oids": [FIRST], **keys}
        return client.ask(**{k: v for k, v in message.items() if v is not ...})
    return ask


def refused(reply, name="bad_request", code=400):
    assert harness.error_of(reply) == (name, code)
    assert reply["error"]["sent"] == "no"
    return reply


# --- id ----------------------------------------------------------------------------------------

IDS = [0, 1, 127, 128, 2**32, 2**64 - 1, "", "text", "x" * 64, "\u00e4\u4e16", b"", b"\x00\xff",
       b"b" * 64]


@pytest.mark.parametrize("key", IDS, ids=repr)
def test_id_comes_back_unchanged(client, device, key):
    for message in ({"op": "ping"}, {"op": "get", "peer": device.peer, "oids": [FIRST]},
                    {"op": "nonsense"}):
        client.replies.clear()
        reply = client.ask(**message, id=key)
        assert reply["id"] == key and type(reply["id"]) is type(key)


@pytest.mark.parametrize("message", [{"op": "ping"}, {"op": "ping", "id": None},
                                     {"op": "nonsense"}], ids=repr)
def test_id_is_nil_where_absent(client, message):
    client.send_raw(harness.pack(message))
    reply = client.receive()
    assert "id" in reply and reply["id"] is None


def test_id_in_a_wider_form_than_it_needs(client):
    """Equal ids are equal however they are encoded."""
    client.send_raw(b"\x82\xa2id\xcd\x00\x07\xa2op\xa4ping")
    assert client.receive()["id"] == 7


def test_the_same_id_twice_in_flight(client, new_agent):
    """Unwise, but each request gets its reply."""
    device = new_agent(proper())
    for _ in range(10):
        client.send_raw(harness.pack({"op": "get", "peer": device.peer, "oids": [FIRST], "id": 5}))
    assert [client.receive()["varbinds"] for _ in range(10)] == [{FIRST: -2147483648}] * 10
    client.alive()


@pytest.mark.parametrize("key", ["x" * 65, b"x" * 65, -1, 1.5, True, [1], {"a": 1}],
                         ids=lambda v: repr(v)[:12])
def test_bad_id(client, key):
    client.send_raw(harness.pack({"op": "ping", "id": key}))
    reply = client.receive()
    refused(reply)
    assert reply["id"] is None
    client.alive()


# --- op ----------------------------------------------------------------------------------------


def test_get(get):
    reply = get(oids=[SECOND, FIRST])
    assert list(reply["varbinds"].items()) == [(SECOND, b"text\x00\xff"), (FIRST, -2147483648)]
    assert set(reply) == {"id", "peer", "varbinds"}


def test_get_next(get):
    assert get(op="get_next", oids=[FIRST])["varbinds"] == {SECOND: b"text\x00\xff"}


def test_get_bulk(get, device):
    reply = get(op="get_bulk", oids=[ROOT, f"{ROOT}.5"], non_repeaters=1, max_repetitions=3)
    assert list(reply["varbinds"]) == [FIRST, f"{ROOT}.5.0", f"{ROOT}.6.0", f"{ROOT}.7.0"]
    assert (device.seen[-1].pdu_type, device.seen[-1].non_repeaters,
            device.seen[-1].max_repetitions) == (ber.GET_BULK, 1, 3)


def test_walk_uses_getbulk_on_v2c(get, device):
    reply = get(op="walk", oids=[ROOT])
    assert reply["varbinds"] == in_map_form()
    assert list(reply["varbinds"]) == list(OBJECTS)
    assert {m.pdu_type for m in device.seen} == {ber.GET_BULK}
    assert reply["complete"] is True and reply["stop"] == "end_of_view"
    assert "next" not in reply or reply["next"] is None


@pytest.mark.parametrize("keys", [{"version": "1"}, {"bulk": False}, {"version": "1",
                                                                     "bulk": True}], ids=repr)
def test_walk_uses_getnext(get, device, keys):
    reply = get(op="walk", oids=[ROOT], **keys)
    assert reply["varbinds"] == in_map_form()
    assert {m.pdu_type for m in device.seen} == {ber.GET_NEXT}
    assert reply["complete"] is True and reply["stop"] == "end_of_view"


def test_walk_ends_with_the_subtree(get):
    reply = get(op="walk", oids=[f"{ROOT}.5"])
    assert list(reply["varbinds"]) == [f"{ROOT}.5.0"]
    assert reply["complete"] is True and reply["stop"] == "out_of_tree"


def test_walk_of_a_leaf_or_of_nothing(get):
    """Like snmpwalk's second step, but never outside of what was asked."""
    for oid in (FIRST, MISSING, "1.3.6.1.4.1.55555.0"):
        reply = get(op="walk", oids=[oid])
        assert all(name == oid for name in harness.varbinds(reply))
        assert reply["complete"] is True


def test_walk_honours_max_repetitions(get, device):
    get(op="walk", oids=[ROOT], max_repetitions=5)
    assert {m.max_repetitions for m in device.seen} == {5}
    assert len(device.seen) == 4


def test_set(get, device):
    reply = get(op="set", oids=..., set=[[FIRST, "i", 5], [SECOND, "s", "new"]])
    assert reply["varbinds"] == {FIRST: 5, SECOND: b"new"}
    assert device.seen[-1].pdu_type == ber.SET
    assert device.seen[-1].varbinds == [(ber.subids(FIRST), 2, b"\x05"),
                                        (ber.subids(SECOND), 4, b"new")]


def test_ping(client):
    reply = client.ask(op="ping")
    assert "error" not in reply
    assert isinstance(reply["version"], str) and reply["version"].count(".") == 2
    assert reply["protocol"] == "ZSNMP/1"
    uptime = [v for k, v in reply.items() if k.startswith("uptime")]
    assert len(uptime) == 1 and isinstance(uptime[0], int) and uptime[0] >= 0


def stat_names():
    """The names that include/zsnmp.h promises."""
    text = (harness.TOP / "include" / "zsnmp.h").read_text(encoding="utf-8")
    block = text.split("#define ZSNMP_STATS(X)")[1].split("typedef struct")[0]
    import re
    return re.findall(r"X\((\w+),", block)


def test_info(client, get):
    before, _ = client.info(), get()
    after = client.info()
    names = stat_names()
    assert len(names) > 20
    for name in names:
        assert isinstance(after[name], int), name
    moved = {n: after[n] - before[n] for n in names}
    assert moved["requests_accepted"] == moved["requests_ok"] == moved["varbinds"] == 1
    assert moved["packets_sent"] == moved["packets_received"] == 1
    assert moved["bytes_sent"] > 40 and moved["requests_failed"] == 0
    assert after["requests_in_flight"] == after["requests_queued"] == 0
    assert all(isinstance(v, (int, str)) for v in after.values())


def device_rows(client, **keys):
    reply = client.ask(op="devices", **keys)
    assert "error" not in reply, reply
    assert isinstance(reply["devices"], list)
    return reply["devices"]


def test_devices(client, new_agent, new_broker, new_dealer, dead):
    client = new_dealer(new_broker().ipc)
    assert device_rows(client) == []
    agents = [new_agent(proper()) for _ in range(3)]
    for n, one in enumerate(agents):
        for _ in range(n + 1):
            client.ask(op="get", peer=one.peer, oids=[FIRST])
    client.ask(op="get", peer=f"127.0.0.1:{dead.port}", oids=[FIRST], timeout_ms=100, retries=1)
    rows = device_rows(client)
    assert len(rows) == 4
    assert [r["peer"] for r in rows] == sorted(r["peer"] for r in rows)
    by_port = {int(r["peer"].rsplit(":", 1)[1]): r for r in rows}
    for n, one in enumerate(agents):
        row = by_port[one.port]
        assert row["requests"] == n + 1 and row["timeouts"] == 0 and row["rtt_us"] > 0
    assert by_port[dead.port]["timeouts"] == 2
    rows = device_rows(client, sort="requests", limit=2)
    assert [r["requests"] for r in rows] == [3, 2]
    assert device_rows(client, sort="timeouts", limit=1)[0]["timeouts"] == 2
    for sort in ("peer", "rtt", "queued", "last_seen"):
        assert len(device_rows(client, sort=sort)) == 4
    first = device_rows(client, limit=1, sort=b"peer")  # its age grows from one call to the next
    assert [r["peer"] for r in first] == [r["peer"] for r in device_rows(client)[:1]]
    refused(client.ask(op="devices", sort="beauty"))
    refused(client.ask(op="devices", limit=-1))
    refused(client.ask(op="devices", limit=0))


def test_cancel(client, dead):
    peer = f"127.0.0.1:{dead.port}"
    for target in (client.new_id(), "name", b"\x00bytes"):
        client.send({"id": target, "op": "get", "peer": peer, "oids": [FIRST],
                     "timeout_ms": 60000})
        reply = client.ask(op="cancel", target=target)
        assert reply.get("cancelled") is True and "error" not in reply
        gone = client.collect([target])[target]
        assert harness.error_of(gone) == ("cancelled", 303)
        assert gone["error"]["retryable"] is False
        again = client.ask(op="cancel", target=target)
        assert harness.error_of(again) == ("unknown_request", 404)
    client.alive()


def test_cancel_of_a_walk_keeps_what_came(client, new_agent):
    whole = proper()

    def stalls(agent, message, source):
        return whole(agent, message, source) if len(agent.seen) < 3 else None

    device = new_agent(stalls)
    key = client.send({"op": "walk", "peer": device.peer, "oids": [ROOT], "max_repetitions": 2,
                       "timeout_ms": 60000})[0]
    for _ in range(3):
        device.wait()
    client.ask(op="cancel", target=key)
    reply = client.collect([key])[key]
    assert harness.error_of(reply) == ("cancelled", 303)
    assert list(reply["varbinds"]) == list(OBJECTS)[:4]
    assert reply["complete"] is False and reply["stop"] == "cancelled"
    assert reply["next"] == list(OBJECTS)[3]


def test_cancel_needs_a_known_target(client):
    assert harness.error_of(client.ask(op="cancel", target="never")) == ("unknown_request", 404)
    refused(client.ask(op="cancel"))
    refused(client.ask(op="cancel", target=[1]))
    refused(client.ask(op="cancel", target="x" * 65))


def test_cancel_reaches_own_requests_only(client, new_dealer, broker, dead):
    key = client.send({"op": "get", "peer": f"127.0.0.1:{dead.port}", "oids": [FIRST],
                       "timeout_ms": 60000})[0]
    client.alive()  # so that the request is in before the other client speaks
    other = new_dealer(broker.ipc)
    assert harness.error_of(other.ask(op="cancel", target=key)) == ("unknown_request", 404)
    assert client.ask(op="cancel", target=key)["cancelled"] is True
    client.collect([key])


@pytest.mark.parametrize("op", ["", "GET", "getnext", "get ", "x" * 1000, b"\xff"],
                         ids=lambda v: repr(v)[:20])
def test_unknown_op(client, get, op):
    refused(get(op=op), "unsupported", 401)
    client.alive()


@pytest.mark.parametrize("op", [1, None, [], {}, 1.5, True, ...], ids=repr)
def test_op_that_is_no_string(client, get, op):
    refused(get(op=op))
    client.alive()


def test_nil_counts_as_absent(get, device):
    nothing = dict.fromkeys("version community user level auth_proto auth_pass priv_proto "
                            "priv_pass context engine_id context_engine_id profile set "
                            "non_repeaters max_repetitions timeout_ms retries deadline_ms "
                            "priority form exceptions stream limit must timing bulk".split())
    assert get(**nothing)["varbinds"] == {FIRST: -2147483648}
    assert (device.seen[-1].version, device.seen[-1].community) == (ber.V2C, b"public")




def test_get_bulk_has_a_default_of_repetitions(get, device):
    assert len(harness.varbinds(get(op="get_bulk", oids=[ROOT]))) == 10
    assert (device.seen[-1].non_repeaters, device.seen[-1].max_repetitions) == (0, 10)


# --- peer, version, community --------------------------------------------------------------------


def test_forms_of_peers(client, device, new_agent):
    port = device.port
    for peer in (f"127.0.0.1:{port}", f"udp:127.0.0.1:{port}", f"UDP:127.0.0.1:{port}",
                 f"localhost:{port}", f"udp:localhost:{port}"):
        reply = client.ask(op="get", peer=peer, oids=[FIRST])
        assert reply["peer"] == peer and harness.varbinds(reply) == {FIRST: -2147483648}
    reply = client.ask(op="get", peer=f"127.0.0.1:{port}".encode(), oids=[FIRST])
    assert harness.varbinds(reply) and reply["peer"] in (f"127.0.0.1:{port}",
                                                         f"127.0.0.1:{port}".encode())


def test_peer_over_udp6_and_tcp(client, snmpd):
    for peer in (snmpd.udp6, f"udp6:[0:0:0:0:0:0:0:1]:{snmpd.port}", f"[::1]:{snmpd.port}",
                 snmpd.tcp):
        reply = client.ask(op="get", peer=peer, oids=["1.3.6.1.2.1.1.1.0"])
        assert reply["peer"] == peer and harness.varbinds(reply)


def test_port_161_is_the_default(client, new_agent):
    """Nobody needs to answer there: what counts is where the packet goes."""
    try:
        device = new_agent(proper(), address="127.99.88.77", port=161)
    except OSError as problem:
        pytest.skip(f"cannot bind port 161: {problem}")
    assert harness.varbinds(client.ask(op="get", peer="127.99.88.77", oids=[FIRST]))
    assert len(device.seen) == 1


@pytest.mark.parametrize("peer", ["", ":", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x",
                                  "udp6:[::1", "udp:", "ipx:1", "x" * 300, "a b", "a\x00b",
                                  "unix:/tmp/x", "300.1.1.1:x", "/etc/passwd", b"\xff\xfe"],
                         ids=lambda v: repr(v)[:20])
def test_bad_peers(client, get, peer):
    name = harness.error_of(get(peer=peer))[0]
    assert name in ("bad_request", "bad_address"), name
    client.alive()


@pytest.mark.parametrize("peer", [..., None, 1, [], {}, 1.5], ids=repr)
def test_peer_of_the_wrong_type(client, get, peer):
    refused(get(peer=peer))


@pytest.mark.parametrize("version, wire", [("1", 0), ("2c", 1), ("2", 1), (1, 0), (2, 1), (b"2c", 1),
                                           (..., 1)], ids=repr)
def test_version(get, device, version, wire):
    assert harness.varbinds(get(version=version))
    assert device.seen[-1].version == wire


def test_user_without_version_means_3(client, snmpd):
    reply = client.ask(op="get", peer=snmpd.udp, user="u", oids=["1.3.6.1.2.1.1.1.0"])
    assert harness.varbinds(reply)


@pytest.mark.parametrize("version", ["3c", "v2c", 0, 4, -1, [], 1.0, ""], ids=repr)
def test_bad_version(get, version):
    refused(get(version=version))


def test_version_3_by_number(client, snmpd):
    reply = client.ask(op="get", peer=snmpd.udp, version=3, user="u",
                       oids=["1.3.6.1.2.1.1.1.0"])
    assert harness.varbinds(reply)


@pytest.mark.parametrize("community, sent", [(..., b"public"), ("secret", b"secret"),
                                             (b"\x00\xff", b"\x00\xff"), ("", b""),
                                             ("x" * 255, b"x" * 255)], ids=lambda v: repr(v)[:12])
def test_community(get, device, community, sent):
    assert harness.varbinds(get(community=community))
    assert device.seen[-1].community == sent


@pytest.mark.parametrize("community", ["x" * 256, 1, []], ids=lambda v: repr(v)[:12])
def test_bad_community(get, community):
    refused(get(community=community))


# --- SNMPv3 keys (what they do is in test_snmpd) ---------------------------------------------------

V3 = {"version": "3", "user": "someone"}


@pytest.mark.parametrize("keys", [
    {"user": ...}, {"user": ""}, {"user": "x" * 33}, {"user": 1},
    {"auth_pass": "short", "auth_proto": "SHA"}, {"auth_pass": "x" * 256, "auth_proto": "SHA"},
    {"auth_proto": "ROT13", "auth_pass": "long enough"}, {"auth_proto": 1, "auth_pass": "long12345"},
    {"auth_proto": "SHA"},
    {"auth_proto": "SHA", "auth_pass": "long enough", "priv_proto": "AES", "priv_pass": "short"},
    {"auth_proto": "SHA", "auth_pass": "long enough", "priv_proto": "AES"},
    {"auth_proto": "SHA", "auth_pass": "long enough", "priv_proto": "3DES",
     "priv_pass": "long enough"},
    {"priv_proto": "AES", "priv_pass": "long enough"},
    {"level": "authPriv"}, {"level": "authNoPriv"}, {"level": "very safe"}, {"level": 7},
    {"context": 5}, {"context": "x" * 256}, {"engine_id": 5}, {"engine_id": b"x" * 33},
    {"engine_id": b"xxxx"}, {"engine_id": "not hex"}, {"context_engine_id": b"x" * 33},
    {"context_engine_id": []},
], ids=lambda v: ",".join(f"{k}={v!r:.12}" for k, v in v.items()))
def test_bad_v3_keys(get, keys):
    refused(get(**{**V3, **keys}))


def test_v3_keys_are_checked_before_anything_is_sent(get, device):
    refused(get(**V3, auth_proto="SHA"))
    assert device.seen == []


# --- what comes with a later version ----------------------------------------------------------------


def test_profile_is_not_supported_yet(get):
    refused(get(profile="lab"), "unsupported", 401)


@pytest.mark.parametrize("priority", range(8))
def test_priority(get, priority):
    assert harness.varbinds(get(priority=priority))


@pytest.mark.parametrize("priority", [8, -1, "high"], ids=repr)
def test_bad_priority(get, priority):
    refused(get(priority=priority))


# --- must ------------------------------------------------------------------------------------------


def test_unknown_keys_are_ignored(get):
    assert harness.varbinds(get(colour="blue", nested={"a": [1, {"b": None}]}))


def test_must_of_known_keys(get):
    assert harness.varbinds(get(must=["oids", "peer", b"op", "timeout_ms"]))
    assert harness.varbinds(get(must=[]))


def test_must_of_an_unknown_key(get, device):
    refused(get(colour="blue", must=["colour"]), "unsupported", 401)
    refused(get(must=["oids", "colour"]), "unsupported", 401)
    assert device.seen == []


@pytest.mark.parametrize("must", ["oids", 1, [1], [["oids"]], {"oids": 1}], ids=repr)
def test_bad_must(get, must):
    refused(get(must=must))


# --- oids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("oid", [FIRST, "." + FIRST, FIRST.encode(), list(ber.subids(FIRST))],
                         ids=repr)
def test_forms_of_oids(get, oid):
    assert get(oids=[oid])["varbinds"] == {FIRST: -2147483648}


def test_oid_of_128_subids(get, device):
    longest = [1, 3] + [4294967295] * 126
    assert get(oids=[longest])["varbinds"] == {ber.text(longest): None}
    assert device.seen[-1].oids == [tuple(longest)]
    for too_long in (longest + [1], ber.text(longest + [1])):
        refused(get(oids=[too_long]))


BAD_OIDS = ["", ".", "1..3", "1.3.", "1.3.x", "1.3.-1", "1.3.4294967296", "3.1.1", "1.40.1",
            "1.3 .6", "\u0661.3", "1.3.99999999999999999999", [], [1, 3, 4294967296], [1, 3, -1],
            [3, 1], [0, 40], [1, "3"], [1, 3.0], None, 5, {}, True, [[1, 3]], b"\x01\x03", "..1.3"]


@pytest.mark.parametrize("oid", BAD_OIDS, ids=lambda v: repr(v)[:24])
def test_bad_oids(client, get, device, oid):
    refused(get(oids=[FIRST, oid]))
    refused(get(op="walk", oids=[oid]))
    refused(get(op="set", oids=..., set=[[oid, "i", 1]]))
    assert device.seen == []
    client.alive()


@pytest.mark.parametrize("oids", [..., [], None, FIRST, 5, {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("op", ["get", "get_next", "get_bulk", "walk"])
def test_oids_missing_or_empty(get, op, oids):
    refused(get(op=op, oids=oids))


def test_duplicate_oids_are_kept_in_list_form(get):
    reply = get(oids=[FIRST, SECOND, FIRST], form="list")
    assert [vb[0] for vb in reply["varbinds"]] == [FIRST, SECOND, FIRST]


def test_a_thousand_varbinds_and_one_more(client, get, device):
    oids = [f"{ROOT}.1.{n}" for n in range(1000)]
    reply = get(oids=oids)
    assert list(harness.varbinds(reply)) == oids
    refused(get(oids=oids + [FIRST]), "too_large", 402)


def test_100000_oids(client, get):
    refused(get(oids=[FIRST] * 100_000), "too_large", 402)
    client.alive()


# --- set -------------------------------------------------------------------------------------------

X = f"{ROOT}.1.0"
SETTINGS = [  # letter, value, encoded
    ("i", 5, ber.integer(5)), ("i", "-5", ber.integer(-5)), ("i", -2147483648,
                                                            ber.integer(-2147483648)),
    ("u", 4294967295, ber.integer(4294967295, 66)), ("u", "7", ber.integer(7, 66)),
    ("c", 4294967295, ber.integer(4294967295, 65)), ("t", 123, ber.integer(123, 67)),
    ("C", 18446744073709551615, ber.integer(18446744073709551615, 70)),
    ("a", "192.0.2.7", ber.octets(bytes([192, 0, 2, 7]), 64)),
    ("o", "1.3.6.1", ber.oid("1.3.6.1")), ("o", ".1.3.6.1", ber.oid("1.3.6.1")),
    ("o", [1, 3, 6, 1], ber.oid("1.3.6.1")),
    ("s", "text", ber.octets(b"text")), ("s", b"\x00\xff", ber.octets(b"\x00\xff")),
    ("s", "", ber.octets(b"")), ("x", "00ff", ber.octets(b"\x00\xff")),
    ("d", "0.255", ber.octets(b"\x00\xff")), ("n", None, ber.null()), ("n", "", ber.null()),
    ("b", "0,9", ber.octets(b"\x80\x40")),
    ("F", 1.5, ber.opaque_float(struct.pack(">f", 1.5))),
    ("F", "1.5", ber.opaque_float(struct.pack(">f", 1.5))),
    ("D", 2.25, ber.opaque_double(struct.pack(">d", 2.25))),
]


def setting_id(value):
    return f"{value[0]}-{value[1]!r}"


@pytest.mark.parametrize("setting", SETTINGS, ids=setting_id)
def test_set_letters(get, device, setting):
    letter, value, encoded = setting
    harness.varbinds(get(op="set", oids=..., set=[[X, letter, value]]))
    assert device.seen[-1].pdu_type == ber.SET
    oid, tag, content = device.seen[-1].varbinds[0]
    assert (oid, ber.tlv(tag, content)) == (ber.subids(X), encoded)


@pytest.mark.parametrize("letter, value", [("i", "-7"), ("u", "4294967295"), ("t", "99"),
                                           ("a", "192.0.2.1"), ("o", ".1.3.6.1.4294967295"),
                                           ("s", "text"), ("x", "00ff"), ("d", "1.2.255"),
                                           ("n", ""), ("b", "1,3"), ("F", "1.5"), ("D", "2.5"),
                                           ("I", "-5"), ("U", "12345678901234")])
def test_set_encodes_as_snmpset_does(get, device, directory, letter, value):
    """The same text given to snmpset makes the same varbind on the wire."""
    harness.Oracle(directory).set({}, device.peer, (X, letter, value))
    oracle = device.seen[-1].varbinds
    harness.varbinds(get(op="set", oids=..., set=[[X, letter, value]]))
    assert device.seen[-1].varbinds == oracle


BAD_SETTINGS = [
    None, [], [[]], [[X]], [[X, "i"]], [[X, "i", 5, 6]], [5], ["x"], {"a": 1},
    [[X, "?", 5]], [[X, "", 5]], [[X, "ii", 5]], [[X, 5, 5]], [[X, "i", "x"]],
    [[X, "i", 2147483648]], [[X, "i", -2147483649]], [[X, "i", "99999999999"]], [[X, "i", 1.5]],
    [[X, "i", None]], [[X, "i", []]], [[X, "u", -1]], [[X, "u", 4294967296]], [[X, "u", "-1"]],
    [[X, "c", 4294967296]], [[X, "t", -1]], [[X, "C", -1]], [[X, "a", "300.1.1.1"]],
    [[X, "a", "1.2.3"]], [[X, "a", 5]], [[X, "o", "1.3.x"]], [[X, "o", 5]], [[X, "x", "0g"]],
    [[X, "d", "1.256"]], [[X, "s", 5.5]], [[X, "b", "x"]], [[X, "F", "x"]], [[X, "x", "abc"]],
    [[X, "s", "x" * 65001]],
]


@pytest.mark.parametrize("setting", BAD_SETTINGS, ids=lambda v: repr(v)[:40].replace(X, "oid"))
def test_bad_settings(client, get, device, setting):
    reply = get(op="set", oids=..., set=setting)
    assert harness.error_of(reply)[0] in ("bad_request", "too_large")
    assert device.seen == []
    client.alive()


def test_set_without_settings(get):
    refused(get(op="set", oids=...))
    refused(get(op="set", oids=..., set=[]))


# --- non_repeaters, max_repetitions -------------------------------------------------------------------


@pytest.mark.parametrize("keys", [{"non_repeaters": -1}, {"non_repeaters": "x"},
                                  {"max_repetitions": -1}, {"max_repetitions": 2**31},
                                  {"non_repeaters": 1.5}], ids=repr)
def test_bad_bulk_parameters(get, keys):
    refused(get(op="get_bulk", **keys))


def test_get_bulk_in_v1_is_refused(get, device):
    assert harness.error_of(get(op="get_bulk", version="1"))[0] in ("bad_request", "unsupported")
    assert device.seen == []


# --- timeout_ms, retries, deadline_ms (the rest is in test_retry) ---------------------------------------


@pytest.mark.parametrize("key", ["timeout_ms", "retries", "deadline_ms", "limit"])
@pytest.mark.parametrize("value", [-1, 1.5, "x", "5", [], 2**64 - 1], ids=repr)
def test_bad_numbers(get, key, value):
    refused(get(op="walk", oids=[ROOT], **{key: value}))


def test_bad_bools(get):
    for key in ("bulk", "exceptions", "timing"):
        for value in (1, "true", []):
            refused(get(op="walk", oids=[ROOT], **{key: value}))


def test_defaults_of_timeout_and_retries(client, dead):
    reply = client.ask(op="get", peer=f"127.0.0.1:{dead.port}", oids=[FIRST], timing=True)
    assert harness.error_of(reply) == ("timeout", 100)
    assert reply["tries"] == 3 and len(dead.received()) == 3


# --- form, exceptions: value types ------------------------------------------------------------------


def test_value_types_in_map_form(get):
    reply = get(oids=list(OBJECTS))
    assert list(reply["varbinds"].items()) == list(in_map_form().items())
    for oid, value in reply["varbinds"].items():
        assert type(value) is type(OBJECTS[oid][3]), oid


def test_value_types_in_list_form(get):
    reply = get(oids=list(OBJECTS), form="list")
    got = [harness.canonical(*vb) for vb in reply["varbinds"]]
    assert got == [(oid, tag, value) for oid, (_, tag, value, _) in OBJECTS.items()]


def test_form_is_map_by_default(get):
    assert get(form="map") | {"id": 0} == get() | {"id": 0}


@pytest.mark.parametrize("form", ["table", "", 1], ids=repr)
def test_bad_form(get, form):
    refused(get(form=form))


def test_exceptions(new_agent, client):
    def script(agent, message, source):
        tags = {FIRST: ber.NO_SUCH_OBJECT, SECOND: ber.NO_SUCH_INSTANCE}
        return ber.response(message, [ber.varbind(o, ber.tlv(tags.get(ber.text(o), 130), b""))
                                      for o in message.oids])

    device = new_agent(script)
    oids = [FIRST, SECOND, MISSING]
    ask = {"op": "get", "peer": device.peer, "oids": oids}
    assert client.ask(**ask)["varbinds"] == dict.fromkeys(oids)
    assert client.ask(**ask, exceptions=False)["varbinds"] == dict.fromkeys(oids)
    assert list(client.ask(**ask, exceptions=True)["varbinds"].values()) == [
        msgpack.ExtType(1, bytes([tag])) for tag in (128, 129, 130)]
    assert [tuple(vb[1:]) for vb in client.ask(**ask, form="list")["varbinds"]] == [
        (128, None), (129, None), (130, None)]


def test_null_is_nil_with_exceptions_too(get):
    assert get(oids=[f"{ROOT}.4.0"], exceptions=True)["varbinds"] == {f"{ROOT}.4.0": None}


# --- limit, next ------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [{}, {"version": "1"}, {"max_repetitions": 3}], ids=repr)
def test_limit_and_next(get, keys):
    reply = get(op="walk", oids=[ROOT], limit=5, **keys)
    names = list(harness.varbinds(reply))
    assert names == list(OBJECTS)[:5]
    assert reply["complete"] is False and reply["stop"] == "limit"
    assert reply["next"] == names[-1]
    following = get(op="get_next", oids=[reply["next"]])
    assert list(harness.varbinds(following)) == [list(OBJECTS)[5]]


def test_walk_goes_on_from_next(get):
    names, more = [], {}
    for _ in OBJECTS:
        reply = get(op="walk", oids=[ROOT], limit=2, **more)
        names += list(harness.varbinds(reply))
        if reply["complete"]:
            break
        more = {"start": reply["next"]}
    assert names == list(OBJECTS)


def test_start_is_for_walks_below_their_root(get):
    refused(get(op="walk", oids=[ROOT], start="1.3.6.1.2.1"))
    refused(get(op="walk", oids=[ROOT], start="nonsense"))
    refused(get(op="get_next", oids=[ROOT], start=ROOT))


def test_limit_of_just_all(get):
    reply = get(op="walk", oids=[ROOT], limit=len(OBJECTS))
    assert len(harness.varbinds(reply)) == len(OBJECTS)
    assert reply["stop"] in ("limit", "end_of_view")
    assert reply["complete"] is (reply["stop"] == "end_of_view")


def test_limit_beyond_all(get):
    reply = get(op="walk", oids=[ROOT], limit=100000)
    assert len(harness.varbinds(reply)) == len(OBJECTS) and reply["complete"] is True


# --- timing -----------------------------------------------------------------------------------------


def test_timing(get):
    reply = get(timing=True)
    assert reply["tries"] == 1 and 0 < reply["rtt_us"] < harness.PATIENCE * 1_000_000
    reply = get(timing=False)
    assert "tries" not in reply and "rtt_us" not in reply


def test_timing_of_a_walk(get):
    reply = get(op="walk", oids=[ROOT], max_repetitions=4, timing=True)
    assert reply["tries"] == 5 and reply["rtt_us"] > 0


# --- errors -----------------------------------------------------------------------------------------

STATUSES = ("tooBig noSuchName badValue readOnly genErr noAccess wrongType wrongLength "
            "wrongEncoding wrongValue noCreation inconsistentValue resourceUnavailable "
            "commitFailed undoFailed authorizationError notWritable inconsistentName").split()


@pytest.mark.parametrize("status", range(1, 19), ids=lambda n: STATUSES[n - 1])
def test_error_status_by_name_and_number(new_agent, client, status):
    device = new_agent(lambda agent, m, source: ber.response(
        m, [ber.varbind(o, ber.null()) for o in m.oids], status=status, index=2))
    reply = client.ask(op="get", peer=device.peer, oids=[FIRST, SECOND])
    assert harness.error_of(reply) == (STATUSES[status - 1], status)
    index = 1 if status == 1 else 2  # tooBig: they were asked for one by one
    assert reply["error"]["index"] == index and reply["error"]["sent"] == "yes"
    assert reply["error"]["retryable"] is (status == 13)
    assert reply["peer"] == device.peer and not reply.get("varbinds")


def test_the_table_of_errors_is_the_one_of_the_header():
    """Codes that no test provokes are compared with what include/zsnmp.h says."""
    import re
    text = (harness.TOP / "include" / "zsnmp.h").read_text(encoding="utf-8")
    found = {name: int(code) for code, name in re.findall(r'X\(\w+, (\d+), "(\w+)"', text)}
    expected = {name: n for n, name in enumerate(STATUSES, 1)}
    expected.update({
        "timeout": 100, "device_down": 101, "unreachable": 102, "bad_address": 103,
        "send_failed": 104, "unknown_user": 200, "wrong_digest": 201, "not_in_time_window": 202,
        "unknown_engine_id": 203, "decryption_error": 204, "unsupported_security_level": 205,
        "queue_full": 300, "rate_limited": 301, "deadline": 302, "cancelled": 303,
        "shutting_down": 304, "forbidden": 305, "bad_request": 400, "unsupported": 401,
        "too_large": 402, "unknown_profile": 403, "unknown_request": 404, "internal": 500})
    assert {k: found.get(k) for k in expected} == expected


def test_unreachable_and_refused_tcp(client):
    """Nobody listens: the connection is refused, and the reply says so at once."""
    port = harness.free_port()
    reply = client.ask(op="get", peer=f"tcp:127.0.0.1:{port}", oids=[FIRST], timeout_ms=500)
    assert harness.error_of(reply)[0] in ("unreachable", "send_failed", "timeout")
    client.alive()


def test_queue_full(new_broker, new_dealer, dead):
    """One device takes a bounded number of waiting requests; each beyond it is told so."""
    client = new_dealer(new_broker().ipc)
    ids = []
    for thousand in range(12):
        ids += client.send(*({"op": "get", "peer": f"127.0.0.1:{dead.port}",
                              "oids": [f"{ROOT}.{thousand}.{i}"], "timeout_ms": 2000,
                              "retries": 0, "deadline_ms": 3000} for i in range(1000)))
    names = [harness.error_of(r)[0] for r in client.collect(ids).values()]
    assert set(names) <= {"queue_full", "deadline", "timeout", "device_down"}
    assert 1000 < names.count("queue_full") <= 2000


# --- peer in replies --------------------------------------------------------------------------------


def test_peer_is_in_every_reply_of_an_snmp_operation(client, device, dead):
    for keys in ({"peer": device.peer}, {"peer": f"127.0.0.1:{dead.port}", "timeout_ms": 100,
                                         "retries": 0}):
        for op in ("get", "get_next", "get_bulk", "walk"):
            reply = client.ask(op=op, oids=[FIRST], **keys)
            assert reply["peer"] == keys["peer"]
        reply = client.ask(op="set", set=[[X, "i", 1]], **keys)
        assert reply["peer"] == keys["peer"]
    for op in ("ping", "info", "devices"):
        assert "peer" not in client.ask(op=op)


# --- strings as str or bin, order of keys -------------------------------------------------------------


def test_everything_as_bin(client, device):
    client.send_raw(harness.pack({b"id": b"x", b"op": b"get", b"peer": device.peer.encode(),
                                  b"version": b"2c", b"oids": [FIRST.encode()],
                                  b"form": b"list"}))
    reply = client.receive()
    assert reply["id"] == b"x" and reply["varbinds"][0][2] == -2147483648


def test_any_order_of_keys(client, device):
    message = {"op": "get", "peer": device.peer, "oids": [FIRST], "id": "order", "form": "list"}
    import itertools
    for keys in itertools.islice(itertools.permutations(message), 0, 120, 7):
        client.replies.clear()
        client.send_raw(harness.pack({key: message[key] for key in keys}))
        assert client.collect(["order"])["order"]["varbinds"][0][2] == -2147483648


def test_a_key_given_twice(client, device):
    pairs = [("id", 1), ("op", "get"), ("oids", [FIRST]), ("oids", [SECOND]), ("op", "get"),
             ("peer", device.peer), ("peer", device.peer), ("id", 1)]
    client.send_raw(msgpack.Packer().pack_map_pairs(pairs))
    refused(client.receive())
    client.alive()


# --- bad input: one reply, and the connection lives on ---------------------------------------------------

NESTED = b"\x91" * 100_000 + b"\xc0"
BODIES = {
    "empty frame body": b"",
    "reserved byte": b"\xc1",
    "nil": b"\xc0",
    "a number": b"\x05",
    "a string": b"\xa5hello",
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "empty array": b"\x90",
    "array of numbers": b"\x93\x01\x02\x03",
    "array of a map and a number": b"\x92\x80\x01",
    "array of arrays": b"\x91\x91\x80",
    "truncated map": b"\x82\xa2op\xa4ping",
    "truncated string": b"\x81\xa2op\xdb\xff\xff\xff\xffping",
    "map of 4 billion": b"\xdf\xff\xff\xff\xff",
    "array of 4 billion": b"\xdd\xff\xff\xff\xff",
    "batch of 4 billion": b"\xdd\xff\xff\xff\xff\x80",
    "string of 4 GB": b"\x81\xdb\xff\xff\xff\xff",
    "bin of 4 GB": b"\x81\xc6\xff\xff\xff\xff",
    "ext of 4 GB": b"\x81\xc9\xff\xff\xff\xff\x01",
    "nested arrays": NESTED,
    "nested maps": b"\x81\xa1a" * 100_000 + b"\xc0",
    "nesting inside": b"\x82\xa2op\xa4ping\xa1x" + NESTED,
    "trailing bytes": b"\x81\xa2op\xa4ping\x00",
    "two maps": b"\x81\xa2op\xa4ping\x81\xa2op\xa4ping",
    "random": bytes((n * 151 + 7) & 255 for n in range(4096)),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_no_message(client, name):
    client.send_raw(BODIES[name])
    reply = client.receive()
    if isinstance(reply, list):
        assert len(reply) == 1
        reply = reply[0]
    assert reply["id"] is None
    assert harness.error_of(reply)[0] in (
        ("bad_request", "too_large") if "billion" in name else ("bad_request",))
    assert reply["error"]["sent"] == "no"
    client.alive()


def test_maps_that_are_no_request(client):
    for message in ({}, {"id": 1}, {1: 2}, {"op": "get"}, {None: None}, {"op": "get", "peer": "x"},
                    {str(n): n for n in range(1000)}):
        client.send_raw(harness.pack(message))
        reply = client.receive()
        assert harness.error_of(reply)[0] in ("bad_request", "too_large"), message
        client.alive()


def test_the_id_survives_an_error(client):
    assert client.ask(id="mine", op="get", peer=[], oids=5)["id"] == "mine"


def test_good_and_bad_in_one_batch(client, device):
    good = {"op": "get", "peer": device.peer, "oids": [FIRST]}
    replies = client.ask_all(dict(good), {"op": "nonsense"}, dict(good), {"op": "get"},
                             {"op": "ping"})
    assert ["error" in r for r in replies] == [False, True, False, True, False]


def test_a_body_of_10_mib(client, broker):
    before = broker.rss_kib()
    for body in (harness.pack({"op": "ping", "pad": b"x" * (10 << 20)}), b"\xc0" * (10 << 20),
                 b"\x91" * (10 << 20)):
        client.send_raw(body)
        reply = client.receive()
        assert harness.error_of(reply) == ("too_large", 402) and reply["id"] is None
        client.alive()
    assert broker.rss_kib() - before < 128 * 1024


def test_a_frame_beyond_the_message_limit_ends_the_connection_only(broker, new_dealer):
    other = new_dealer(broker.ipc)
    other.alive()
    bad = new_dealer(broker.ipc, reconnect_ivl=-1)
    bad.alive()
    monitor = bad.sock.get_monitor_socket()
    try:
        bad.send_raw(b"x" * (17 << 20))
        import zmq.utils.monitor
        for _ in range(100):
            assert monitor.poll(harness.PATIENCE * 1000), "still connected"
            if zmq.utils.monitor.recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED:
                break
        else:
            raise AssertionError("no disconnect among 100 events")
    finally:
        bad.sock.disable_monitor()
        monitor.close(0)
    other.alive()


@pytest.mark.parametrize("frames", [(b"", b"", b""), (b"a", b"b"), (b"",), (b"", b"x", b"y"),
                                    (b"\x81\xa2op\xa4ping", b""), (b"x",) * 50], ids=lambda f: str(
                                        len(f)) + "-" + repr(f[0])[:8])
def test_wrong_numbers_of_frames(broker, new_dealer, frames):
    """What is no message of ours gets at most an error, and spoils nothing that follows."""
    client = new_dealer(broker.ipc)
    client.send_raw(*frames)
    client.send_raw(harness.pack({"op": "ping", "id": "after"}))
    for _ in range(3):
        assert client.sock.poll(harness.PATIENCE * 1000), "the connection is dead"
        body = harness.unpack(client.sock.recv_multipart()[-1])
        if body["id"] == "after":
            assert "error" not in body
            return
        assert harness.error_of(body)[0] == "bad_request"
    raise AssertionError("no pong")


@pytest.mark.heavy
def test_many_bad_messages_cost_no_memory(broker, client):
    """Bounded, not counted: forged lengths and broken maps over and over."""
    bodies = [b for b in BODIES.values() if len(b) < 5000]
    count = harness.scaled(50_000, 1000)
    before, sent, got = None, 0, 0
    while got < count:
        while sent < count and sent - got < 500:
            client.send_raw(bodies[sent % len(bodies)])
            sent += 1
        client.receive()
        got += 1
        if got == count // 4:
            before = broker.rss_kib()
    if not harness.SANITIZED:
        assert broker.rss_kib() - before < 16 * 1024
    client.alive()
