"""The command line against net-snmp's tools, real and simulated devices, and a fake broker."""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time

import pytest

import harness
from conftest import AUTH_PASS, CONTEXT, CONTEXT_ROOT, PRIV_PASS, WRITABLE
from fake_broker import (COUNTER64, INTEGER, STRING, TIMETICKS, FakeBroker, failure)

ZSNMP = harness.binary("zsnmp")
SYSTEM, SYS_DESCR, SYS_LOCATION = "1.3.6.1.2.1.1", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.6.0"
IF_TABLE = "1.3.6.1.2.1.2.2"
UNSET = ("ZSNMP_ENDPOINT", "ZSNMP_COMMUNITY", "ZSNMP_AUTH_PASS", "ZSNMP_PRIV_PASS")


def environment(**more):
    env = {key: value for key, value in os.environ.items() if key not in UNSET}
    return {**env, **more}


def zsnmp(endpoint, *args, status=0, env=None, text=True, **more):
    done = subprocess.run([ZSNMP, *args, "-e", endpoint], env=environment(**(env or {})),
                          capture_output=True, text=text, timeout=harness.PATIENCE, check=False,
                          **more)
    stderr = done.stderr if text else done.stderr.decode()
    assert not harness.SANITIZER_REPORT.search(stderr), stderr
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def netsnmp(tool, *args):
    env = {"PATH": os.environ["PATH"], "MIBS": "", "MIBDIRS": "/nonexistent",
           "SNMPCONFPATH": "/nonexistent", "SNMP_PERSISTENT_DIR": "/nonexistent", "LC_ALL": "C"}
    done = subprocess.run([tool, "-On", "-t", "5", *args], env=env, capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    return done.stdout


def still(output):
    """Lines without the values that move."""
    return [re.sub(r"(Timeticks|Counter32|Counter64): .*", r"\1", line)
            for line in output.splitlines()]


def fixed(*varbinds, **more):
    """An answer that is always the same."""
    return lambda message: {"varbinds": [list(vb) for vb in varbinds], **more}


# --- against net-snmp ------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1", "2c"])
def test_get_prints_what_snmpget_prints(broker, sim, version):
    args = ["-v", version, "-c", "public", sim.peer(3), SYS_DESCR, SYS_LOCATION,
            "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.2.2.1.6.1", "1.3.6.1.2.1.2.2.1.5.1"]
    assert zsnmp(broker.tcp, "get", *args).stdout == netsnmp("snmpget", *args)


def test_get_of_what_is_not_there_as_snmpget_prints_it(broker, sim):
    args = ["-v2c", "-c", "public", sim.peer(0), "1.3.6.1.2.1.1.1.1", "1.3.6.1.9.9.0"]
    assert zsnmp(broker.ipc, "get", *args).stdout == netsnmp("snmpget", *args)


def test_next_and_bulk_print_what_the_tools_print(broker, sim):
    args = ["-v2c", "-c", "public", sim.peer(0), "1.3.6.1.2.1.1.5", IF_TABLE]
    assert zsnmp(broker.ipc, "next", *args).stdout == netsnmp("snmpgetnext", *args)
    args = ["-v2c", "-c", "public", "-Cn1", "-Cr4", *args[3:]]
    assert zsnmp(broker.ipc, "bulk", *args).stdout == netsnmp("snmpbulkget", *args)


@pytest.mark.parametrize("root", [SYSTEM, IF_TABLE, SYS_DESCR])
@pytest.mark.parametrize("who", [["-v1"], ["-v2c"], ["-v2c", "--no-bulk"]])
def test_walk_prints_what_snmpwalk_prints(broker, sim, root, who):
    ours = zsnmp(broker.ipc, "walk", *who, "-c", "public", sim.peer(1), root).stdout
    theirs = netsnmp("snmpwalk", who[0], "-c", "public", sim.peer(1), root)
    assert still(ours) == still(theirs) != []


def test_walk_of_snmpd(broker, snmpd):
    args = ["-v2c", "-c", "public", snmpd.udp, SYSTEM]
    ours, theirs = zsnmp(broker.ipc, "walk", *args).stdout, netsnmp("snmpwalk", *args)
    assert still(ours) == still(theirs) != []


@pytest.mark.parametrize("kind,value", [("i", "-5"), ("s", "a \"quoted\" word"), ("x", "00ff10"),
                                        ("o", ".1.3.6.1.4.1.7")])
def test_set_prints_what_snmpset_prints(broker, snmpd, kind, value):
    number = {"i": 1, "s": 3, "x": 3, "o": 4}[kind]
    args = ["-v2c", "-c", "private", snmpd.udp, f"{WRITABLE}.{number}.0", kind, value]
    ours = zsnmp(broker.ipc, "set", *args).stdout
    assert ours == netsnmp("snmpset", *args)
    assert ours == netsnmp("snmpget", *args[:5])


def test_set_of_several(broker, sim):
    args = ["-c", "private", sim.peer(7), SYS_LOCATION, "s", "room 7", "1.3.6.1.2.1.1.5.0", "s",
            "--name"]
    done = zsnmp(broker.ipc, "set", *args)
    assert done.stdout == (f".{SYS_LOCATION} = STRING: \"room 7\"\n"
                           ".1.3.6.1.2.1.1.5.0 = STRING: \"--name\"\n")


@pytest.mark.parametrize("options", [
    ["-v3", "-u", "u", "-l", "noAuthNoPriv"],
    ["-v3", "-u", "u-MD5", "-l", "authNoPriv", "-A", AUTH_PASS],
    ["-v3", "-u", "u-SHA-256-AES", "-l", "authPriv", "-a", "SHA-256", "-A", AUTH_PASS, "-x", "AES",
     "-X", PRIV_PASS],
])
def test_version_3_with_the_options_of_snmpget(broker, snmpd, options):
    args = [*options, snmpd.udp, SYS_DESCR]
    ours = zsnmp(broker.ipc, "get", *args).stdout
    assert ours == netsnmp("snmpget", *args) != ""


def test_context_and_secrets_from_the_environment(broker, snmpd):
    options = ["-u", "u-SHA-512-AES-256", "-a", "SHA-512", "-x", "AES-256", "-n", CONTEXT]
    ours = zsnmp(broker.ipc, "get", *options, snmpd.udp, f"{CONTEXT_ROOT}.1.0",
                 env={"ZSNMP_AUTH_PASS": AUTH_PASS, "ZSNMP_PRIV_PASS": PRIV_PASS}).stdout
    plain = zsnmp(broker.ipc, "get", snmpd.udp, SYS_DESCR).stdout
    assert ours.split(" = ")[1] == plain.split(" = ")[1]


def test_errors_of_a_device(broker, snmpd):
    done = zsnmp(broker.ipc, "get", "-v1", snmpd.udp, SYS_DESCR, "1.3.6.1.9.9.0")
    assert ".1.3.6.1.9.9.0 = No Such Instance" in done.stdout
    done = zsnmp(broker.ipc, "get", "-v1", snmpd.udp, "1.3.6.1.9.9.0", status=1)
    assert done.stderr.startswith(f"{snmpd.udp}: noSuchName: ")
    assert done.stderr.rstrip().endswith(": .1.3.6.1.9.9.0")
    done = zsnmp(broker.ipc, "set", "-c", "public", snmpd.udp, f"{WRITABLE}.1.0", "i", "1",
                 status=1)
    assert f"{snmpd.udp}: noAccess: " in done.stderr
    done = zsnmp(broker.ipc, "get", "-u", "u-SHA", "-a", "SHA", "-A", "not this one", snmpd.udp,
                 SYS_DESCR, status=1)
    assert f"{snmpd.udp}: wrong_digest: " in done.stderr


def test_timeout_of_a_device(broker, dead):
    peer = f"127.0.0.1:{dead.port}"
    done = zsnmp(broker.ipc, "get", "-t", "0.05", "-r", "1", peer, SYS_DESCR, status=1)
    assert done.stdout == ""
    assert done.stderr == f"{peer}: timeout: the device did not answer in time\n"
    done = zsnmp(broker.ipc, "walk", "-t", "0.05", "-r0", peer, status=1)
    assert f"{peer}: the walk is not complete: timeout" in done.stderr


def test_many_devices_of_a_file(broker, sim, dead, tmp_path):
    count = harness.scaled(3000, 200)
    peers = [sim.peer(i) for i in range(count)] + [f"127.0.0.1:{dead.port}"]
    path = tmp_path / "peers"
    path.write_text("# devices\n" + "\n".join(peers) + "\n\n", encoding="utf-8")
    done = zsnmp(broker.ipc, "get", "--peers", str(path), "-t", "2", "-r0", SYS_DESCR, "--json",
                 status=1)
    replies = {reply["peer"]: reply for reply in map(json.loads, done.stdout.splitlines())}
    assert set(replies) == set(peers) and len(done.stdout.splitlines()) == len(peers)
    bad = replies.pop(peers[-1])
    assert not bad["ok"] and bad["error"]["name"] == "timeout" and bad["varbinds"] == []
    assert all(r["ok"] and r["varbinds"][0]["oid"] == SYS_DESCR for r in replies.values())
    assert done.stderr.startswith(
        f"zsnmp: {count + 1} of {count + 1} devices: {count} ok, 1 failed; {count} varbinds in ")


def test_walk_with_a_limit(broker, sim):
    done = zsnmp(broker.ipc, "walk", "--limit", "3", sim.peer(0), IF_TABLE)
    assert len(done.stdout.splitlines()) == 3
    assert re.search(r"not complete: limit; it goes on at \.1\.3\.6\.1\.2\.1\.2\.2\.", done.stderr)


def test_admin_commands(broker, sim):
    zsnmp(broker.ipc, "get", "-p", sim.peer(0), "-p", sim.peer(1), SYS_DESCR)
    assert re.match(re.escape(broker.ipc) + r": zsnmpd \S+, ZSNMP/1, up ",
                    zsnmp(broker.ipc, "ping").stdout)
    info = json.loads(zsnmp(broker.ipc, "info", "--json").stdout)["info"]
    text = zsnmp(broker.ipc, "info").stdout
    assert {line.split()[0] for line in text.splitlines()} == set(info)
    devices = json.loads(zsnmp(broker.ipc, "devices", "--json", "--limit", "10000").stdout)
    assert any(row["peer"].endswith(sim.peer(1)) for row in devices["devices"])
    table = zsnmp(broker.ipc, "devices", "--sort", "rtt", "--limit", "1").stdout.splitlines()
    assert table[0].split()[0] == "PEER" and len(table) == 3
    assert table[2] == f"1 of {devices['known']} devices"


# --- forms of output -------------------------------------------------------------------------

BINARY = b"\x00\xff"
ALL = [("1.3.1", STRING, b'say "hi",\nthere'), ("1.3.2", STRING, BINARY),
       ("1.3.3", COUNTER64, 2**64 - 1), ("1.3.4", INTEGER, -2**31), ("1.3.5", TIMETICKS, 123)]


def test_json_is_exact():
    with FakeBroker(fixed(*ALL)) as fake:
        done = zsnmp(fake.endpoint, "get", "--json", "h:1", "1.3")
    assert json.loads(done.stdout) == {
        "peer": "h:1", "ok": True, "error": None, "varbinds": [
            {"oid": "1.3.1", "type": "OCTET STRING", "value": 'say "hi",\nthere'},
            {"oid": "1.3.2", "type": "OCTET STRING", "value": "00ff", "encoding": "hex"},
            {"oid": "1.3.3", "type": "Counter64", "value": 2**64 - 1},
            {"oid": "1.3.4", "type": "INTEGER", "value": -2**31},
            {"oid": "1.3.5", "type": "TimeTicks", "value": 123}]}


def test_csv_is_read_back():
    with FakeBroker(fixed(*ALL)) as fake:
        done = zsnmp(fake.endpoint, "get", "--csv", "-q", "-p", "a", "-p", "b", "1.3", text=False)
    assert done.stderr == b"" and b"\r\n" in done.stdout
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    assert list(rows[0]) == ["peer", "oid", "type", "value", "error"]
    mine = [tuple(r.values())[1:] for r in rows if r["peer"] == "b"]
    assert mine == [("1.3.1", "OCTET STRING", 'say "hi",\nthere', ""),
                    ("1.3.2", "Hex-STRING", "00ff", ""),
                    ("1.3.3", "Counter64", str(2**64 - 1), ""),
                    ("1.3.4", "INTEGER", str(-2**31), ""), ("1.3.5", "TimeTicks", "123", "")]


def test_several_peers_prefix_their_lines():
    with FakeBroker(fixed(("1.3.5", TIMETICKS, 123))) as fake:
        done = zsnmp(fake.endpoint, "get", "-p", "a", "--peers", "-", "1.3", input="b\n# no\nc\n")
    assert sorted(done.stdout.splitlines()) == [
        f"{peer}: .1.3.5 = Timeticks: (123) 0:00:01.23" for peer in "abc"]
    assert done.stderr.startswith("zsnmp: 3 of 3 devices: 3 ok, 0 failed; 3 varbinds in ")


def test_part_of_the_devices_fail():
    def answer(message):
        if message["peer"] == "bad":
            return {"error": failure(100, "timeout", "the device did not answer in time")}
        return {"varbinds": [["1.3.1", INTEGER, 1]]}

    with FakeBroker(answer) as fake:
        done = zsnmp(fake.endpoint, "get", "-p", "bad", "-p", "good", "-q", "1.3", status=1)
    assert done.stdout == "good: .1.3.1 = INTEGER: 1\n"
    assert done.stderr == "bad: timeout: the device did not answer in time\n"


def test_output_that_cannot_be_written():
    with FakeBroker(fixed(*ALL)) as fake, open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([ZSNMP, "get", "-e", fake.endpoint, "h", "1.3"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE,
                              env=environment(), check=False)
    assert done.returncode == 1
    assert "could not be written" in done.stderr


# --- requests --------------------------------------------------------------------------------


def test_one_peer_is_a_map_and_several_are_batches():
    with FakeBroker(fixed()) as fake:
        zsnmp(fake.endpoint, "get", "h", "1.3")
        zsnmp(fake.endpoint, "get", "-p", "h", "-p", "i", "1.3")
        assert isinstance(fake.bodies[0], dict) and isinstance(fake.bodies[1], list)
        assert fake.messages[0] == {"id": 0, "peer": "h", "form": "list", "op": "get",
                                    "oids": ["1.3"]}


@pytest.mark.parametrize("as_batch", [False, True])
@pytest.mark.parametrize("delimiter", [False, True])
def test_replies_in_either_shape(as_batch, delimiter):
    with FakeBroker(fixed(*ALL), as_batch=as_batch, delimiter=delimiter) as fake:
        assert len(zsnmp(fake.endpoint, "get", "h", "1.3").stdout.splitlines()) == 6


def test_the_window_bounds_what_is_unanswered():
    """The broker answers only when it has as many as the window: more must never come."""
    window, held, most = 7, [], []

    def answer(message):
        held.append(message["id"])
        most.append(len(held))
        left[0] -= 1
        if len(held) == window or left[0] == 0:
            replies = [{"id": key, "varbinds": []} for key in held]
            held.clear()
            return replies
        return None

    left = [50]
    peers = "\n".join(f"p{i}" for i in range(50))
    with FakeBroker(answer) as fake:
        zsnmp(fake.endpoint, "get", "--peers", "-", "--window", str(window), "1.3", input=peers)
        assert sorted(m["peer"] for m in fake.messages) == sorted(peers.split())
    assert max(most) == window


def test_duplicate_and_strange_replies_do_no_harm():
    def answer(message):
        good = {"id": message["id"], "varbinds": [["1.3.1", INTEGER, 1]]}
        return [{"id": 77, "varbinds": []}, {"id": "x", "varbinds": []}, good, dict(good)]

    with FakeBroker(answer) as fake:
        done = zsnmp(fake.endpoint, "get", "-q", "-p", "a", "-p", "b", "1.3")
    assert sorted(done.stdout.splitlines()) == ["a: .1.3.1 = INTEGER: 1", "b: .1.3.1 = INTEGER: 1"]


def test_an_empty_walk_asks_for_the_object_itself():
    def answer(message):
        if message["op"] == "walk":
            return {"varbinds": [], "complete": True, "stop": "out_of_tree"}
        return {"varbinds": [["1.3.1", INTEGER, 1]]}

    with FakeBroker(answer) as fake:
        assert zsnmp(fake.endpoint, "walk", "h", "1.3.1").stdout == ".1.3.1 = INTEGER: 1\n"
        assert [m["op"] for m in fake.messages] == ["walk", "get"]


# --- brokers that are not what they should be ------------------------------------------------


@pytest.mark.parametrize("command", [["get", "h", "1.3"], ["ping"], ["devices"]])
def test_no_broker(command):
    endpoint = f"tcp://127.0.0.1:{harness.free_port()}"
    done = zsnmp(endpoint, *command, "--broker-timeout", "0.3", status=3)
    assert done.stderr == f"zsnmp: no answer from the broker at {endpoint} within 0.3 s\n"


def test_a_broker_that_is_deaf():
    with FakeBroker(lambda _: None, deaf=True) as fake:
        done = zsnmp(fake.endpoint, "get", "h", "1.3", "--broker-timeout", "0.4", status=3)
        assert fake.pings > 0
    assert "within 0.4 s" in done.stderr


def test_a_broker_that_pings_but_owes_a_reply():
    with FakeBroker(lambda _: None) as fake:
        done = zsnmp(fake.endpoint, "get", "h", "1.3", "--broker-timeout", "1", status=3)
    assert "but to pings" in done.stderr


def test_a_slow_walk_is_not_taken_for_a_dead_broker():
    """It answers after more pings than a silent broker would have been given."""
    with FakeBroker(lambda _: None) as fake:
        child = subprocess.Popen([ZSNMP, "walk", "h", "-e", fake.endpoint, "--broker-timeout",
                                  "2"], env=environment())
        try:
            fake.wait_pings(6)
            assert child.poll() is None
        finally:
            child.kill()
            child.wait()


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x80\x80", b"\xc0", b"\x01", b"\xdd\xff\xff\xff\xff",
                                  b"\x91\x01", b"\x81\xa8varbinds\x91\x01" * 2, b"\x91" * 2000])
def test_garbage(body):
    with FakeBroker(lambda _: body) as fake:
        for command in (["get", "h", "1.3"], ["info"]):
            done = zsnmp(fake.endpoint, *command, status=3)
            assert "not of the protocol" in done.stderr


def test_a_broker_that_refuses():
    refusal = {"id": None, "error": failure(400, "bad_request", "body: too large")}
    with FakeBroker(lambda _: dict(refusal)) as fake:
        done = zsnmp(fake.endpoint, "get", "h", "1.3", status=3)
        assert done.stderr == "zsnmp: the broker refuses: bad_request: body: too large\n"
    with FakeBroker(lambda _: {"error": failure(401, "unsupported", "op: unknown")}) as fake:
        done = zsnmp(fake.endpoint, "devices", status=1)
        assert "unsupported" in done.stderr


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://", "carrier://pigeon"])
def test_endpoints_that_are_none(endpoint):
    done = zsnmp(endpoint, "ping", status=2)
    assert endpoint in done.stderr


def test_usage():
    done = zsnmp("tcp://127.0.0.1:1", "get", "h", "sysDescr.0", status=2)
    assert "sysDescr.0" in done.stderr and "zsnmp get --help" in done.stderr
    for args in (["--help"], ["walk", "--help"], ["--version"]):
        done = subprocess.run([ZSNMP, *args], capture_output=True, text=True, check=False,
                              timeout=harness.PATIENCE)
        assert done.returncode == 0 and done.stdout and not done.stderr
    done = zsnmp("tcp://127.0.0.1:1", "get", "--peers", "/nonexistent/file", "1.3", status=2)
    assert "/nonexistent/file" in done.stderr


# --- terminals and signals -------------------------------------------------------------------


def test_interrupted_walks_hand_over_what_they_have():
    def answer(message):
        if message["op"] == "cancel":
            return [{"id": message["target"], "varbinds": [["1.3.6.1.2.1.1.1.0", INTEGER, 5]],
                     "error": failure(303, "cancelled", "the request was cancelled"),
                     "complete": False, "stop": "cancelled", "next": "1.3.6.1.2.1.1.1.0"},
                    {"cancelled": True}]
        if message["peer"] == "quick":
            return {"varbinds": [["1.3.1", INTEGER, 1]], "complete": True, "stop": "end_of_view"}
        return None

    with FakeBroker(answer) as fake:
        child = subprocess.Popen([ZSNMP, "walk", "-p", "quick", "-p", "slow", "-e", fake.endpoint],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env=environment())
        try:
            fake.wait_messages(2)
            first = child.stdout.readline()
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=harness.PATIENCE)
        finally:
            child.kill()
            child.wait()
        cancels = [m["target"] for m in fake.messages if m["op"] == "cancel"]
    assert child.returncode == 130
    assert first == "quick: .1.3.1 = INTEGER: 1\n"
    assert out == "slow: .1.3.6.1.2.1.1.1.0 = INTEGER: 5\n"
    assert "slow: the walk is not complete: cancelled" in err
    assert cancels == [2]


def test_interrupting_ends_the_work_of_the_broker(broker, dead):
    peer = f"127.0.0.1:{dead.port}"
    child = subprocess.Popen([ZSNMP, "walk", "-t", "300", peer, "-e", broker.ipc],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=environment())
    try:
        ready, _, _ = select.select([dead.sock], [], [], harness.PATIENCE)
        assert ready, "nothing was sent to the device"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=harness.PATIENCE)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 130
    assert f"{peer}: cancelled: " in err


def read_until(fd, pattern, seconds=None):
    """What comes from a terminal until the pattern is in it, or the terminal's other end closes."""
    data, end = b"", time.monotonic() + (seconds or harness.PATIENCE)
    while pattern is None or not re.search(pattern, data):
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        assert ready, f"{pattern!r} did not come: {data!r}"
        try:
            more = os.read(fd, 65536)
        except OSError:
            more = b""
        if not more:
            assert pattern is None, f"{pattern!r} did not come: {data!r}"
            break
        data += more
    return data


def run_on_terminal(arguments, fake_release):
    """Runs with standard error on a terminal; lets the broker answer when the bar is there."""
    master, slave = pty.openpty()
    child = subprocess.Popen([ZSNMP, *arguments], stdout=subprocess.PIPE, stderr=slave, text=True,
                             env=environment())
    os.close(slave)
    try:
        shown = read_until(master, rb"\[[#.]+\]")
        fake_release.set()
        shown += read_until(master, None)
        out, _ = child.communicate(timeout=harness.PATIENCE)
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return child.returncode, out, shown


def test_progress_bar_goes_away_and_never_meets_the_output():
    release = threading.Event()

    def answer(message):
        if message["peer"] == "last":
            assert release.wait(harness.PATIENCE)
        return {"varbinds": [["1.3.1", INTEGER, 1]]}

    with FakeBroker(answer, as_batch=False) as fake:
        status, out, shown = run_on_terminal(
            ["get", "-p", "a", "-p", "last", "1.3", "-e", fake.endpoint], release)
    assert status == 0
    assert out == "a: .1.3.1 = INTEGER: 1\nlast: .1.3.1 = INTEGER: 1\n"
    assert b"1/2 50%" in shown
    assert re.search(rb"\r\x1b\[Kzsnmp: 2 of 2 devices: 2 ok, 0 failed;[^\r\n]*\r\n$", shown)


def test_no_progress_bar_where_nobody_looks():
    with FakeBroker(fixed(("1.3.1", INTEGER, 1))) as fake:
        done = zsnmp(fake.endpoint, "get", "-p", "a", "-p", "b", "1.3")
    assert "\r" not in done.stderr and "\x1b" not in done.stderr
