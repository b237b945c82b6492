"""zsnmp-sim's faults as its users give them: options, files and the control socket, on the wire."""
import contextlib
import os
import socket
import stat
import struct
import subprocess
import threading
from pathlib import Path

import pytest

import ber
import harness

UPTIME, NAME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"


def connect(sim):
    sock = socket.socket(socket.AF_UNIX)
    # A timeout of Python's makes it non-blocking: refused rather than patient while many come.
    patience = struct.pack("ll", int(harness.PATIENCE), 0)
    for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
        sock.setsockopt(socket.SOL_SOCKET, option, patience)
    sock.connect(sim.path)
    return sock


def snmpget(peer, *oids, version="2c", timeout="0.5", retries="0"):
    done = subprocess.run(["snmpget", "-v", version, "-c", "public", "-On", "-t", timeout, "-r",
                           retries, peer, *oids], capture_output=True, text=True, check=False,
                          env={"PATH": os.environ["PATH"], "MIBS": ""})
    return done.stdout if done.returncode == 0 else None


@pytest.fixture
def fleet(new_sim, directory):
    return new_sim(control=directory)


# --- the control socket ------------------------------------------------------------------------


def test_lines_in_pieces_and_many_at_once(fleet):
    with connect(fleet) as sock:
        answers = sock.makefile()
        for piece in ("127.0.0.", "1: co", "unt\n", "he", "lp\r\nnonsense\n127.0.0.1: boots=2\n"):
            sock.sendall(piece.encode())
        assert answers.readline() == "ok\n"
        assert answers.readline().startswith("ok SELECTOR: ACTION")
        assert answers.readline().startswith("error: neither a rule")
        assert answers.readline() == "ok\n"


def test_line_that_is_too_long(fleet):
    with connect(fleet) as sock:
        answers = sock.makefile()
        sock.sendall(b"x" * 100_000 + b"\n127.0.0.1: count\n")
        assert answers.readline() == "error: line too long\n"
        assert answers.readline() == "ok\n"


def test_clients_come_and_go(fleet):
    """More at a time than there are places, some in the middle of a line; the others go on."""
    fleet.rule("127.0.0.1: count")
    many = [connect(fleet) for _ in range(100)]
    for sock in many[::2]:
        with contextlib.suppress(BrokenPipeError):  # beyond the places there are
            sock.sendall(b"127.0.0.1: cou")
    for sock in many:
        sock.close()
    fleet.rule("127.0.0.1: count")
    for _ in range(100):
        with connect(fleet) as sock:
            sock.sendall(b"stats\n")
            assert sock.recv(10).startswith(b"ok ")


def test_client_that_does_not_read_is_cut_off(fleet):
    with connect(fleet) as sock:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(100_000):
                sock.sendall(b"stats\n")
    fleet.rule("127.0.0.1: count")


def test_socket_file(new_sim, directory):
    """Only its owner's; a dead one's is replaced, a living one's is not, nor any other file."""
    sim = harness.Simulator(control=directory)
    path = Path(sim.path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def refused(what):
        done = subprocess.run([harness.binary("zsnmp-sim"), "--control", str(path)],
                              capture_output=True, text=True, timeout=harness.PATIENCE, check=False)
        assert done.returncode == 1 and f"--control: {path}: Address already in use" in done.stderr, what

    refused("somebody listens")
    sim.rule("127.0.0.1: count")
    sim.kill()
    assert path.exists()
    second = new_sim(control=directory)
    second.rule("127.0.0.1: count")
    assert second.stop() == 0
    assert not path.exists()
    path.write_text("of another kind")
    refused("no socket")
    assert path.read_text() == "of another kind"


@pytest.mark.parametrize("options,text", [
    (("--rule", "127.0.0.1: nothing"), "--rule: no such action: nothing"),
    (("--rule", "nowhere: count"), "--rule: no selector: nowhere"),
    (("--rules", "/nonexistent/rules"), "--rules: /nonexistent/rules: No such file"),
    (("--scenario", "nothing"), "--scenario: no such scenario: nothing (zsnmp-sim --scenario list"),
    (("--scenario", "dead=nowhere"), "--scenario: no selector: nowhere"),
])
def test_wrong_rules_on_the_command_line(options, text):
    done = subprocess.run([harness.binary("zsnmp-sim"), *options], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    assert done.returncode == 2 and text in done.stderr


def test_rules_of_a_file(new_sim, directory):
    path = Path(directory) / "rules"
    path.write_text("# who is dead\n\n127.0.0.9: dead\n")
    sim = new_sim("--rules", str(path), "--rule", "127.0.0.10: drop=1")
    assert snmpget(f"127.0.0.8:{sim.port}", NAME)
    assert snmpget(f"127.0.0.9:{sim.port}", NAME) is None
    assert snmpget(f"127.0.0.10:{sim.port}", NAME, retries="1")
    path.write_text("127.0.0.9: dead\n127.0.0.9: nothing\n")
    done = subprocess.run([harness.binary("zsnmp-sim"), "--rules", str(path)], capture_output=True,
                          text=True, timeout=harness.PATIENCE, check=False)
    assert done.returncode == 2 and f"{path}:2: no such action" in done.stderr


def test_scenarios(new_sim, directory):
    done = subprocess.run([harness.binary("zsnmp-sim"), "--scenario", "list"], capture_output=True,
                          text=True, timeout=harness.PATIENCE, check=True)
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(names) >= 40 and "walk-loop" in names
    sim = new_sim("--scenario", "dead=127.0.0.2", "--scenario", "error-generr=127.0.0.3",
                  control=directory)
    assert snmpget(f"127.0.0.1:{sim.port}", NAME)
    assert snmpget(f"127.0.0.2:{sim.port}", NAME, timeout="0.2") is None
    assert sim.say("scenario nothing").startswith("error: no such scenario: nothing")
    for name in names:
        assert sim.say(f"scenario {name}=127.0.0.4") == "ok", name
    sim.rule("*: clear")
    assert snmpget(f"127.0.0.2:{sim.port}", NAME)


# --- actions on the wire -------------------------------------------------------------------------


def exchange(sim, address, count=1):
    """A GET, and so many replies to it, in their order; None for each that does not come."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(harness.PATIENCE if count > 0 else 0.2)
        sock.sendto(bytes.fromhex("302902010104067075626c6963a01c0204000000070201000201003"
                                  "00e300c06082b060102010103000500"), (address, sim.port))
        return [ber.Message(sock.recvfrom(65536)[0]) for _ in range(count)]


def test_duplicates(fleet):
    fleet.rule("127.0.0.1: duplicate")
    first, second = exchange(fleet, "127.0.0.1", 2)
    assert first.request_id == second.request_id == 7


REQUEST = bytes.fromhex("302902010104067075626c6963a01c0204000000070201000201003"
                        "00e300c06082b060102010103000500")


def datagrams(sim, address, count, requests=1):
    """What comes to so many requests, with where it came from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(harness.PATIENCE)
        for number in range(requests):
            sock.sendto(REQUEST.replace(b"\0\0\0\7", bytes([0, 0, 0, 7 + number])),
                        (address, sim.port))
        return [sock.recvfrom(65536) for _ in range(count)]


def test_copies(fleet):
    fleet.rule("127.0.0.1: duplicate=7")
    assert len({data for data, _ in datagrams(fleet, "127.0.0.1", 7)}) == 1
    fleet.rule("127.0.0.1: duplicate=off count")
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME)
    assert fleet.stats()["datagrams_out"] == 8


def test_replies_from_elsewhere(fleet):
    fleet.rule("127.0.0.1: source=port")
    (data, (address, port)), = datagrams(fleet, "127.0.0.1", 1)
    assert address == "127.0.0.1" and port != fleet.port and ber.Message(data).request_id == 7
    assert datagrams(fleet, "127.0.0.1", 1)[0][1] == (address, port), "one other port"
    fleet.rule("127.0.0.1: source=address delay=1")
    (data, source), = datagrams(fleet, "127.0.0.1", 1)
    assert source == ("127.64.0.1", fleet.port) and ber.Message(data).request_id == 7
    fleet.rule("127.0.0.1: source=off delay=0")
    assert datagrams(fleet, "127.0.0.1", 1)[0][1] == ("127.0.0.1", fleet.port)


def test_replies_from_another_port_over_ipv6(fleet):
    fleet.rule("*: source=port")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.settimeout(harness.PATIENCE)
        sock.sendto(REQUEST, ("::1", fleet.port))
        data, source = sock.recvfrom(65536)
    assert source[0] == "::1" and source[1] != fleet.port and ber.Message(data).request_id == 7


def test_replies_that_overtake(fleet):
    fleet.rule("127.0.0.1: reorder=2")
    ids = [ber.Message(data).request_id for data, _ in datagrams(fleet, "127.0.0.1", 3, requests=3)]
    assert ids == [8, 9, 7]


def test_strangers_come_first(fleet):
    fleet.rule("127.0.0.1: stranger-report garbage-before duplicate")
    report, garbage, first, second = (d for d, _ in datagrams(fleet, "127.0.0.1", 4))
    assert report[2:5] == bytes([2, 1, 3]) and len(garbage) == 64
    assert first == second and ber.Message(first).request_id == 7


def test_datagrams_cut_short(fleet):
    fleet.rule("127.0.0.1: truncate=0")
    assert datagrams(fleet, "127.0.0.1", 1)[0][0] == b""


def test_help_names_all_actions(fleet):
    words = {word.split("=")[0].split("[")[0] for word in fleet.say("help").split()}
    assert {"reboot", "walk", "varbinds-generr-above", "stranger-report", "clear"} <= words


def test_losses_are_counted(fleet):
    fleet.rule("127.0.0.1: drop=1")
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME) is None
    fleet.rule("127.0.0.1: drop-replies=1")
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME) is None
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME)
    assert fleet.stats()["dropped_fault"] == 2
    counted = fleet.stats("127.0.0.1")
    assert (counted["requests"], counted["get"], counted["replies"]) == (3, 2, 1)


def test_late_replies_do_not_hold_others(fleet):
    """A reply that comes in ten minutes, and the next one at once."""
    fleet.rule("127.0.0.1: delay=600000")
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME, timeout="0.1") is None
    assert snmpget(f"127.0.0.2:{fleet.port}", NAME)
    fleet.rule("127.0.0.1: delay=0")
    assert snmpget(f"127.0.0.1:{fleet.port}", NAME)


def test_restart_resets_the_uptime(fleet):
    before = int(snmpget(f"127.0.0.1:{fleet.port}", UPTIME).split("(")[1].split(")")[0])
    fleet.rule("127.0.0.1: reboot")
    after = int(snmpget(f"127.0.0.1:{fleet.port}", UPTIME).split("(")[1].split(")")[0])
    assert after < before and after < 100 * harness.PATIENCE


@pytest.mark.parametrize("prefix", ["udp6:[::1]", "tcp6:[::1]"])
def test_all_devices_is_ipv6_too(fleet, prefix):
    fleet.rule("*: drop=1")
    assert snmpget(f"{prefix}:{fleet.port}", NAME, timeout="0.2") is None
    assert snmpget(f"{prefix}:{fleet.port}", NAME)


def test_tcp(fleet):
    fleet.rule("127.0.0.1: drop-replies=1 delay=600000 duplicate")
    assert snmpget(f"tcp:127.0.0.1:{fleet.port}", NAME, timeout="0.2") is None
    assert snmpget(f"tcp:127.0.0.1:{fleet.port}", NAME), "late and double are for datagrams"


def test_rules_while_four_threads_answer(new_sim, directory):
    sim = new_sim("--threads", "4", control=directory)
    stop, answered, over = threading.Event(), [0] * 4, threading.Semaphore(0)

    def ask(place):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            number = place * 50
            while not (stop.is_set() and answered[place]):
                number += 1
                sock.sendto(bytes.fromhex("302902010104067075626c6963a01c0204000000070201000201003"
                                          "00e300c06082b060102010103000500"),
                            (f"127.0.{number % 200}.1", sim.port))
                try:
                    sock.recvfrom(65536)
                    answered[place] += 1
                except TimeoutError:
                    pass
            over.release()

    threads = [threading.Thread(target=ask, args=(i,), daemon=True) for i in range(4)]
    for thread in threads:
        thread.start()
    for number in range(harness.scaled(300, 50)):
        sim.rule(f"127.0.{number % 200}.0/24: drop=1 boots={number} user=u{number}:noAuthNoPriv")
        sim.rule("127.0.0.0/16: count")
        if number % 50 == 49:
            sim.rule("*: clear")
    sim.rule("*: clear")
    stop.set()
    for _ in threads:  # all devices answer again, so each ends with an answer
        assert over.acquire(timeout=harness.PATIENCE), answered
