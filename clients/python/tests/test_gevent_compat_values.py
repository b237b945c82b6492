"""zsnmp.gevent_compat: values of all types and how they are printed, and traps.

Debian's net-snmp is the judge: snmpbulkwalk prints the same values, snmptrap makes the traps.
"""

import math
import os
import random
import shutil
import socket
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import pytest

from zsnmp import _message
from zsnmp import gevent_compat as async_session
from zsnmp.gevent_compat import AsyncSession, SNMPError

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests" / "integration"))
import harness

PATIENCE = 60  # seconds: bounds hangs, asserts no speed
ROOT = (1, 3, 6, 1, 4, 1, 32473, 5)

#: What the device says as snmpwalk -On prints it, and what gevent_snmp makes of it.
VALUES = [
    ('STRING: "plain, \\\\ and \\"quoted\\""', "OCTET_STR", b'plain, \\ and "quoted"'),
    ('""', "OCTET_STR", b""),
    ("Hex-STRING: 00 01 02 41 42 43 FF", "OCTET_STR", b"\0\1\2ABC\xff"),
    ("Hex-STRING: 41 42 0A 43 09 44", "OCTET_STR", b"AB\nC\tD"),
    ("Hex-STRING: 41 42 43 00", "OCTET_STR", b"ABC\0"),
    ("Hex-STRING: " + " ".join(f"{byte:02X}" for byte in range(40)), "OCTET_STR", bytes(range(40))),
    ("Hex-STRING: " + "AB " * 16, "OCTET_STR", b"\xab" * 16),
    ("INTEGER: -2147483648", "INTEGER", -(2**31)),
    ("Counter32: 4294967295", "COUNTER", 2**32 - 1),
    ("Gauge32: 4294967295", "GAUGE", 2**32 - 1),
    ("Timeticks: (4294967295) 497 days, 2:27:52.95", "TIMETICKS", 2**32 - 1),
    ("Timeticks: (8640001) 1 day, 0:00:00.01", "TIMETICKS", 8640001),
    ("Timeticks: (0) 0:00:00.00", "TIMETICKS", 0),
    ("Counter64: 18446744073709551615", "COUNTER64", 2**64 - 1),
    ("IpAddress: 192.0.2.1", "IPADDRESS", "192.0.2.1"),
    ("OID: .1.3.6.1.4.1.32473", "OBJECT_ID", [1, 3, 6, 1, 4, 1, 32473]),
    ("OID: .0.0", "OBJECT_ID", [0, 0]),
    ("OID: .2.5.6", "OBJECT_ID", [2, 5, 6]),
    ("NULL", "NULL", None),
    ("Opaque: Float: 1.500000", "APP_FLOAT", 1.5),
    ("OPAQUE: 01 02 03", "UNKNOWN", b"\1\2\3"),
    ("Opaque: Int64: -5", "UNKNOWN", -5),
]
OIDS = [(*ROOT, number) for number in range(1, len(VALUES) + 1)]


def tool(name):
    path = shutil.which(name)
    assert path, f"{name} is not installed: the Debian package snmp is needed"
    return path


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    record = tmp_path_factory.mktemp("record") / "values.walk"
    lines = [f".{async_session.oid_tuple_to_str(oid)} = {said}\n" for oid, (said, *_) in zip(OIDS, VALUES)]
    lines.append(".1.3.6.1.4.1.32473.6.0 = INTEGER: 1\n")  # so that what is above is not the end of all
    record.write_text("".join(lines))
    simulator = harness.Simulator("--record", f"{record}=127.0.0.1")
    yield f"127.0.0.1:{simulator.port}"
    simulator.stop()


@pytest.fixture
def session(serve, device):
    async_session.connect(serve.endpoint)
    session = AsyncSession({"peername": device, "version": "2c", "community": "public", "retries": 3,
                            "timeout": 2})  # fmt: skip
    session.open_session()
    return session


@pytest.fixture
def options():
    """Toggles output options, and back when the test is over."""
    yield async_session.toggle_netsnmp_format_options
    async_session._printer.__init__()


@pytest.fixture
def environment(tmp_path):
    return {**os.environ, "MIBS": "", "MIBDIRS": str(tmp_path), "SNMPCONFPATH": str(tmp_path), "LC_ALL": "C"}


def test_values_of_all_types(session):
    for walk in session.walk, session.walk_with_get_bulk:
        assert walk(ROOT) == {oid: value for oid, (_, _, value) in zip(OIDS, VALUES)}
    typed = session.get(OIDS, {"get_var_type": True})
    assert list(typed.values()) == [(kind, value) for _, kind, value in VALUES]


@pytest.mark.parametrize(
    "letters", ["", *"qQtxanfsSuTbeEUvX", "qt", "xT", "nq", "aT", "qQ", "Qq", "QQ", "qqq", "xq", "un"]
)
def test_values_are_printed_as_net_snmp_does(session, device, options, environment, letters):
    options(letters)
    walked = session.walk(ROOT, {"get_netsnmp_string": True})
    said = subprocess.run(
        [tool("snmpbulkwalk"), "-v2c", "-c", "public", "-Ov" + letters.replace("v", ""), device,
         async_session.oid_tuple_to_str(ROOT)],
        capture_output=True, check=True, env=environment, timeout=PATIENCE).stdout  # fmt: skip
    assert b"".join(shown + b"\n" for _, shown in walked.values()) == said


def test_options_are_toggled(session, options):
    oid = OIDS[7]

    def shown():
        return session.get([oid], {"get_netsnmp_string": True})[oid][1]

    assert shown() == b"INTEGER: -2147483648"
    options("q")
    assert shown() == b"-2147483648"
    options(b"q")
    assert shown() == b"INTEGER: -2147483648"
    with pytest.raises(ValueError, match=r"Option \(z\)"):
        options("z")


def test_values_with_type_and_text(session):
    both = session.get([OIDS[7]], {"get_var_type": True, "get_netsnmp_string": True})
    assert both == {OIDS[7]: ("INTEGER", -(2**31), b"INTEGER: -2147483648")}
    oids = [(*ROOT, 7, 1), (1, 3, 7, 0)]
    shown = session.get(oids, {"get_netsnmp_string": True})
    assert shown[oids[0]] == (None, b"No Such Instance currently exists at this OID")
    assert shown[oids[1]] == (None, b"No Such Object available on this agent at this OID")
    end = session.get_next((1, 4), {"get_netsnmp_string": True})[(1, 4)]
    assert end == (None, b"No more variables left in this MIB View (It is past the end of the MIB tree)")


def test_an_address_of_another_size():
    flags = {"get_netsnmp_string": True}
    assert async_session._value(64, b"\1\2\3\4\5", {}) == "1.2.3.4"
    assert async_session._value(64, b"\1\2", flags) == ("1.2", b"IpAddress: 1.2")


# --- traps -----------------------------------------------------------------------------------

ENTERPRISE = (1, 3, 6, 1, 4, 1, 32473)
TRAP_OID = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SENT = [
    ("i", "-5", -5), ("u", "4294967295", 2**32 - 1), ("c", "7", 7), ("t", "4294967295", 2**32 - 1),
    ("s", "a text", b"a text"), ("x", "00ff", b"\0\xff"), ("d", "1.2.3", b"\1\2\3"), ("n", "", None),
    ("a", "192.0.2.7", "192.0.2.7"), ("o", ".2.999.4294967295", [2, 999, 4294967295]), ("b", "1", b"\x40"),
    ("C", "18446744073709551615", 2**64 - 1), ("F", "1.5", 1.5), ("D", "-2.25", -2.25),
    ("I", "-6", -6), ("U", "18446744073709551615", 2**64 - 1), ("s", "x" * 300, b"x" * 300),
]  # fmt: skip


@pytest.fixture
def caught(environment):
    """What a manager's socket gets when snmptrap is run with some options and a trap."""

    def catch(*arguments, options=()):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(PATIENCE)
            peer = f"127.0.0.1:{sock.getsockname()[1]}"
            with subprocess.Popen([tool("snmptrap"), *options, "-c", "public", peer, *arguments],
                                  env=environment, stderr=subprocess.DEVNULL) as program:  # fmt: skip
                try:
                    return sock.recv(65536)
                finally:
                    program.kill()

    return catch


def varbinds():
    return [
        word
        for number, (kind, value, _) in enumerate(SENT)
        for word in (f".1.3.6.1.4.1.{number}", kind, value)
    ]


def test_trap_v2(caught):
    data = caught("12345", ".1.3.6.1.4.1.32473.0.1", *varbinds(), options=["-v2c"])
    trap = AsyncSession.decode_trap(data)
    assert (trap["msg_type"], trap["msg_type_raw"]) == ("v2_trap", 167)
    assert isinstance(trap["request_id"], int) and set(trap) == {
        "varbinds", "request_id", "msg_type_raw", "msg_type"}  # fmt: skip
    expected = {UPTIME: 12345, TRAP_OID: [*ENTERPRISE, 0, 1]}
    expected.update(((1, 3, 6, 1, 4, 1, number), value) for number, (_, _, value) in enumerate(SENT))
    assert trap["varbinds"] == expected


def test_trap_v1(caught):
    plain = [SENT[at] for at in (0, 1, 4)]
    words = [
        word
        for number, (kind, value, _) in enumerate(plain)
        for word in (f".1.3.6.1.4.1.{number}", kind, value)
    ]
    data = caught(".1.3.6.1.4.1.32473", "192.0.2.9", "6", "17", "8640001", *words, options=["-v1"])
    assert AsyncSession.decode_trap(data) == {
        "varbinds": {(1, 3, 6, 1, 4, 1, number): value for number, (_, _, value) in enumerate(plain)},
        "request_id": 0,
        "msg_type_raw": 164,
        "msg_type": "v1_trap",
        "trap_type": 6,
        "specific_type": 17,
        "agent_addr": "192.0.2.9",
        "uptime": 8640001,
        "enterprise": ENTERPRISE,
    }


def test_inform(caught):
    trap = AsyncSession.decode_trap(caught("5", ".1.3.6.1.4.1.32473.0.1", options=["-v2c", "-Ci"]))
    assert (trap["msg_type"], trap["msg_type_raw"]) == ("unknown", 166)
    assert trap["varbinds"][UPTIME] == 5


def test_flags_of_traps(caught):
    data = caught("12345", ".1.3.6.1.4.1.32473.0.1", options=["-v2c"])
    rows = [(UPTIME, 12345), (TRAP_OID, [*ENTERPRISE, 0, 1])]
    assert AsyncSession.decode_trap(data, {"as_list": True})["varbinds"] == rows
    ordered = AsyncSession.decode_trap(data, py_flags={"as_ordered_dict": True})["varbinds"]
    assert type(ordered) is OrderedDict and list(ordered.items()) == rows
    flags = {"get_var_type": True, "get_netsnmp_string": True}
    assert AsyncSession.decode_trap(data, flags)["varbinds"] == {
        UPTIME: ("TIMETICKS", 12345, b"Timeticks: (12345) 0:02:03.45"),
        TRAP_OID: ("OBJECT_ID", [*ENTERPRISE, 0, 1], b"OID: iso.3.6.1.4.1.32473.0.1"),
    }


def test_traps_of_version_3_are_refused(caught):
    options = ["-v3", "-u", "nobody", "-l", "noAuthNoPriv", "-e", "0x8000000001020304"]
    data = caught("5", ".1.3.6.1.4.1.32473.0.1", options=options)
    with pytest.raises(SNMPError, match="snmp_parse error: neither version 1 nor 2c"):
        AsyncSession.decode_trap(data)


def message(pdu, version=b"\2\1\1", community=b"\4\6public"):
    """A message around a PDU, both short."""
    return b"\x30" + bytes([len(version + community + pdu)]) + version + community + pdu


def trap_with(value):
    """A trap of version 2 with one varbind, 1.3.6.1, of this value."""
    row = b"\6\3\x2b\6\1" + value
    rows = b"\x30" + bytes([len(row)]) + row
    body = b"\2\1\5\2\1\0\2\1\0" + b"\x30" + bytes([len(rows)]) + rows
    return message(b"\xa7" + bytes([len(body)]) + body)


@pytest.mark.parametrize("value, decoded", [
    (b"\2\1\xff", -1), (b"\2\4\x7f\xff\xff\xff", 2**31 - 1), (b"\2\5\0\0\0\0\5", 5),
    (b"\x41\5\0\xff\xff\xff\xff", 2**32 - 1), (b"\x41\4\xff\xff\xff\xff", 2**32 - 1),
    (b"\x46\x09\0" + b"\xff" * 8, 2**64 - 1), (b"\x46\1\0", 0), (b"\6\0", [0, 0]), (b"\6\1\x28", [1, 0]),
    (b"\6\2\x88\x37", [2, 999]), (b"\x80\0", None), (b"\x04\x81\1a", b"a"),
    (b"\x44\3\1\2\3", b"\1\2\3"), (b"\x44\3\x9f\x78\4", b"\x9f\x78\4"), (b"\x44\4\x9f\x7a\1\xff", -1),
])  # fmt: skip
def test_encodings_that_are_read(value, decoded):
    assert AsyncSession.decode_trap(trap_with(value))["varbinds"] == {(1, 3, 6, 1): decoded}


@pytest.mark.parametrize("data", [
    b"", b"\x30", b"\x30\x80", b"\x30\x85\0\0\0\0\0", b"\x30\0", b"\x30\3\2\1\1", trap_with(b"\5\0") + b"\0",
    trap_with(b"\5\0")[:-1], trap_with(b""), trap_with(b"\5\1a"), trap_with(b"\2\0"), trap_with(b"\x41\0"),
    trap_with(b"\2\5\1\0\0\0\0"), trap_with(b"\x41\5\1\0\0\0\0"), trap_with(b"\x46\x09\1" + b"\0" * 8),
    trap_with(b"\x40\3\1\2\3"), trap_with(b"\6\1\x80"), trap_with(b"\6\6\x90\x80\x80\x80\x80\0"),
    trap_with(b"\x30\0"), trap_with(b"\x81\1a"), trap_with(b"\x44\5\x9f\x78\2\0\0"),
    message(b"\x30\0"), message(b"\xa7\0"), message(b"\xa4\0"), message(b"\xa7\0", version=b"\2\1\3"),
    message(b"\xa7\0", version=b"\2\1\2"), message(b"\xa7\0", community=b"\2\1\0"),
    message(b"\xa7\0\5\0"), trap_with(b"\6\x7f" + b"\1" * 129),
])  # fmt: skip
def test_bytes_that_are_no_trap(data):
    with pytest.raises(SNMPError, match="^snmp_parse error: "):
        AsyncSession.decode_trap(data)


def test_only_bytes_can_be_a_trap():
    for data in "text", bytearray(trap_with(b"\5\0")), None:
        with pytest.raises(TypeError):
            AsyncSession.decode_trap(data)


def test_random_bytes_give_a_trap_or_an_error(caught):
    chance = random.Random(4711)
    seeds = [
        caught("12345", ".1.3.6.1.4.1.32473.0.1", *varbinds(), options=["-v2c"]),
        caught(".1.3.6.1.4.1.32473", "192.0.2.9", "6", "17", "8640001", options=["-v1"]),
        trap_with(b"\x44\7\x9f\x78\4\x3f\xc0\0\0"),
    ]
    flags = {"get_var_type": True, "get_netsnmp_string": True}
    whole = 0
    for turn in range(20000):
        data = bytearray(seeds[turn % len(seeds)])
        for _ in range(chance.randint(1, 4)):
            where = chance.randrange(len(data))
            data[where : where + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        for candidate in bytes(data), chance.randbytes(chance.randint(0, 60)):
            try:
                AsyncSession.decode_trap(candidate, flags)
                whole += 1
            except SNMPError:
                continue
    assert whole > 0  # the changes were not so many that nothing beyond the first bytes was read


def test_a_float_that_is_no_number():
    trap = AsyncSession.decode_trap(trap_with(b"\x44\7\x9f\x78\4\x7f\xc0\0\0"), {"get_netsnmp_string": True})
    value, shown = trap["varbinds"][(1, 3, 6, 1)]
    assert math.isnan(value) and shown == b"Opaque: Float: nan"


def test_an_object_identifier_of_the_largest_size():
    oid = b"\x2b" + b"\1" * 126
    assert _message._oid(oid) == (1, 3, *[1] * 126)
    with pytest.raises(ValueError):
        _message._oid(oid + b"\1")
