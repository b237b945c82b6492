"""The yardsticks measured against each other: the tests' own codec and net-snmp's tools."""
import struct

import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
VALUES = [
    (ber.integer(-129), 2, -129), (ber.integer(2**31 - 1), 2, 2**31 - 1),
    (ber.octets(b"\x00\xff text " * 30), 4, b"\x00\xff text " * 30), (ber.octets(b""), 4, b""),
    (ber.oid("1.3.6.1.4.1.4294967295"), 6, "1.3.6.1.4.1.4294967295"),
    (ber.octets(b"\xc0\x00\x02\x01", 64), 64, "192.0.2.1"), (ber.integer(2**32 - 1, 65), 65,
                                                           2**32 - 1),
    (ber.integer(0, 66), 66, 0), (ber.integer(7, 67), 67, 7),
    (ber.integer(2**64 - 1, 70), 70, 2**64 - 1),
    (ber.opaque_float(struct.pack(">f", -0.25)), 120, -0.25), (ber.null(), 5, None),
]


@pytest.fixture
def device(new_agent):
    return new_agent(Mib({f"{ROOT}.{n}.0": v[0] for n, v in enumerate(VALUES, 1)}))


EXPECTED = [(f"{ROOT}.{n}.0", tag, value) for n, (_, tag, value) in enumerate(VALUES, 1)]


def test_tools_read_what_the_codec_writes(device, directory):
    oracle = harness.Oracle(directory)
    assert oracle.get({}, device.peer, *(e[0] for e in EXPECTED)) == EXPECTED
    assert oracle.walk({}, device.peer, ROOT)[:len(EXPECTED)] == EXPECTED
    without_64 = [e for e in EXPECTED]
    assert oracle.walk({"version": "1"}, device.peer, ROOT) == without_64
    assert oracle.get_bulk({}, device.peer, 1, 2, ROOT, f"{ROOT}.4") == [
        EXPECTED[0], EXPECTED[4 - 1], EXPECTED[4]]


def test_codec_reads_what_the_tools_write(device, directory):
    harness.Oracle(directory).set({"community": "private"}, device.peer, (f"{ROOT}.1.0", "i", "-5"),
                                  (f"{ROOT}.5.0", "o", ".1.3.6.99999"))
    seen = device.seen[-1]
    assert (seen.version, seen.community, seen.pdu_type) == (1, b"private", ber.SET)
    assert seen.varbinds == [(ber.subids(f"{ROOT}.1.0"), 2, b"\xfb"),
                             (ber.subids(f"{ROOT}.5.0"), 6, ber.read(ber.oid("1.3.6.99999"))[1])]
    assert ber.message(1, b"private", ber.SET, seen.request_id, [
        ber.varbind(oid, ber.tlv(tag, content)) for oid, tag, content in seen.varbinds]) == seen.raw


def test_scripted_agent_says_what_went_wrong(new_agent, directory):
    device = new_agent(lambda agent, m, source: 1 / 0)
    with pytest.raises(harness.OracleError):
        harness.Oracle(directory).run("snmpget", {}, device.peer, "-r0", "-t0.2", ROOT)
    with pytest.raises(ZeroDivisionError):
        device.close()
    device.errors.clear()


def test_simulator_answers_the_tools(sim, directory):
    oracle = harness.Oracle(directory)
    names = {oracle.get({}, sim.peer(n), "1.3.6.1.2.1.1.5.0")[0][2] for n in (0, 1, 255, 9999)}
    assert len(names) == 4
    assert len(oracle.walk({}, sim.peer(3), "1.3.6.1.2.1.2.2")) == 4 * 22


def test_snmpd_is_set_up_as_the_tests_expect(snmpd):
    for peer in (snmpd.udp, snmpd.udp6, snmpd.tcp):
        assert len(snmpd.oracle.walk({}, peer, "1.3.6.1.2.1.1")) > 8
    root = "1.3.6.1.4.1.99998"
    who = {"version": "3", "user": "u", "context": "ctxa"}
    there = snmpd.oracle.get(who, snmpd.udp, f"{root}.1.0")
    assert there[0][1] == 4 and there[0][2]
    assert snmpd.oracle.get({"version": "3", "user": "u"}, snmpd.udp, f"{root}.1.0")[0][1] == 128
