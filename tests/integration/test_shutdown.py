"""Starting and stopping zsnmpd: readiness, signals, grace, what is said when it cannot start."""
import os
import signal
import socket
import subprocess
import tempfile

import pytest

import ber
import harness
from agent import Mib

ROOT = "1.3.6.1.4.1.55555.1"
OID = f"{ROOT}.1.0"
VERSION = (harness.TOP / "VERSION").read_text(encoding="utf-8").strip()


def run(*options, env=None):
    return subprocess.run([harness.binary("zsnmpd"), *options], capture_output=True, text=True,
                          timeout=10, env={**os.environ, **(env or {})}, check=False,
                          stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_idle_broker_ends_with_status_0(new_broker, number):
    broker = new_broker()
    broker.end(number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_running_work_is_answered_within_the_grace(new_broker, new_dealer, new_agent, number):
    """The device answers only after the signal; its reply still reaches the client."""
    held = []
    device = new_agent(lambda agent, m, source: held.append((m, source)))
    broker = new_broker(config=harness.config(grace_ms=60_000))
    client = new_dealer(broker.ipc)
    key = client.send({"op": "get", "peer": device.peer, "oids": [OID], "timeout_ms": 60000})[0]
    device.wait()
    broker.send_signal(number)
    # New requests are refused: that they are shows that the signal has arrived.
    refused = None
    for _ in range(1000):
        reply = client.ask(op="get", peer=device.peer, oids=[OID], timeout_ms=1, retries=0)
        if harness.error_of(reply)[0] == "shutting_down":
            refused = reply
            break
    assert refused and refused["error"]["code"] == 304
    assert refused["error"]["sent"] == "no" and refused["error"]["retryable"] is True
    message, source = held[0]
    device.send(ber.response(message, [ber.varbind(OID, ber.integer(42))]), source)
    assert harness.varbinds(client.collect([key])[key]) == {OID: 42}
    assert broker.wait() == 0
    broker.check_report()


def test_the_rest_is_answered_shutting_down(new_broker, new_dealer, dead):
    """Work that outlives the grace: every request gets its reply all the same."""
    broker = new_broker(config=harness.config(grace_ms=500))
    client, other = new_dealer(broker.ipc), new_dealer(broker.tcp)
    wanted = []
    for one in (client, other):
        ids = one.send(*({"op": ("get", "walk")[n % 2], "peer": f"127.0.0.{n % 20 + 1}:{dead.port}",
                          "oids": [OID], "timeout_ms": 600000} for n in range(500)))
        one.alive()
        wanted.append((one, ids))
    broker.send_signal(signal.SIGTERM)
    for one, ids in wanted:
        for reply in one.collect(ids).values():
            assert harness.error_of(reply) == ("shutting_down", 304)
            assert reply["error"]["retryable"] is True
    assert broker.wait() == 0
    broker.check_report()


def test_a_set_under_way_says_maybe(new_broker, new_dealer, dead):
    broker = new_broker(config=harness.config(grace_ms=500))
    client = new_dealer(broker.ipc)
    key = client.send({"op": "set", "peer": f"127.0.0.1:{dead.port}", "set": [[OID, "i", 1]],
                       "timeout_ms": 600000})[0]
    assert dead.wait()
    broker.send_signal(signal.SIGTERM)
    reply = client.collect([key])[key]
    assert harness.error_of(reply) == ("shutting_down", 304) and reply["error"]["sent"] == "maybe"
    assert reply["error"]["retryable"] is False
    assert broker.wait() == 0


def test_a_second_signal_cuts_the_grace_short(new_broker, new_dealer, dead):
    """For people who will not wait; nothing is left behind, and the status tells of it."""
    with tempfile.TemporaryDirectory(prefix="zsnmp-") as directory:
        broker = harness.Broker(directory, config=harness.config(grace_ms=3600000))
        try:
            client = new_dealer(broker.ipc)
            client.send(*({"op": "get", "peer": f"127.0.0.1:{dead.port}", "oids": [OID],
                           "timeout_ms": 600000} for _ in range(50)))
            client.alive()
            broker.send_signal(signal.SIGTERM)
            broker.wait_line("stopping")
            broker.send_signal(signal.SIGTERM)
            assert broker.wait() == 1
            assert not os.path.exists(broker.ipc[len("ipc://"):])
            broker.check_report()
        finally:
            broker.kill()


def test_clients_that_do_not_read_do_not_hold_the_end(new_broker, new_dealer, new_sim):
    sim = new_sim("--interfaces", "200")
    broker = new_broker()
    lazy = new_dealer(broker.ipc, rcvhwm=1, rcvbuf=4096)
    lazy.alive()
    for n in range(200):
        lazy.send({"op": "walk", "peer": sim.peer(n), "oids": ["1.3.6.1.2.1.2.2"]})
    broker.end()


def test_second_start_on_the_same_port(new_broker):
    broker = new_broker()
    done = run("--bind", broker.tcp)
    assert done.returncode not in (0, None) and done.returncode > 0
    assert broker.tcp in done.stderr and "in use" in done.stderr.lower(), done.stderr


@pytest.mark.parametrize("options, word", [
    (["--bind", "nonsense"], "nonsense"), (["--bind", "tcp://127.0.0.1:99999"], "99999"),
    (["--bind", "ipc:///no/such/directory/socket"], "/no/such/directory"),
    (["--no-such-option"], "no-such-option"), (["--workers", "0x"], "workers"),
    (["--workers", "65"], "65"), (["--workers", "-1"], "workers"),
    (["--log-level", "loud"], "loud"), (["--config", "/no/such/file"], "/no/such/file"),
    (["stray"], "stray"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_wrong_options_are_named(options, word):
    done = run(*options)
    assert done.returncode > 0
    assert word in done.stderr, done.stderr


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0 and done.stderr == ""
    for option in ("--bind", "--workers", "--config", "--log-level", "--version", "--help"):
        assert option in done.stdout
    done = run("--version")
    assert done.returncode == 0 and VERSION in done.stdout and done.stderr == ""


def test_version_in_ping(broker, client):
    assert client.ask(op="ping")["version"] == VERSION


def test_number_of_workers(new_broker, new_dealer, new_agent):
    """All workers serve: devices spread over them, and each gets its answers."""
    device_count = 40
    devices = [new_agent(Mib({OID: ber.integer(n)})) for n in range(device_count)]
    for workers in (1, 3):
        broker = new_broker("--workers", str(workers))
        client = new_dealer(broker.ipc)
        replies = client.ask_all(*({"op": "get", "peer": d.peer, "oids": [OID]} for d in devices))
        assert [harness.varbinds(r)[OID] for r in replies] == list(range(device_count))
        rows = client.ask(op="devices", limit=100)["devices"]
        assert len({row["worker"] for row in rows}) == workers


def test_sd_notify(directory, new_broker):
    path = f"{directory}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.settimeout(harness.PATIENCE)
        broker = new_broker(env={"NOTIFY_SOCKET": path})
        said = sock.recv(4096).decode()
        assert "READY=1" in said.splitlines()
        broker.end()
        sock.settimeout(10)
        said = sock.recv(4096).decode()
        assert "STOPPING=1" in said.splitlines()


def test_sd_notify_abstract_socket(directory, new_broker):
    name = f"zsnmp-test-{os.getpid()}-{os.path.basename(directory)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        sock.settimeout(harness.PATIENCE)
        new_broker(env={"NOTIFY_SOCKET": "@" + name})
        assert "READY=1" in sock.recv(4096).decode().splitlines()


def test_notify_socket_that_is_not_there(directory, new_broker, new_dealer):
    broker = new_broker(env={"NOTIFY_SOCKET": f"{directory}/nothing"})
    new_dealer(broker.ipc).alive()


def test_log_levels(new_broker, new_dealer):
    """Readiness is told at every level that people run daemons with, bad input floods no log."""
    broker = new_broker("--log-level", "info")
    client = new_dealer(broker.ipc)
    for _ in range(2000):
        client.send_raw(b"\xc1")
        client.receive()
    broker.end()
    assert len(broker.text().splitlines()) < 200


def test_logs_go_to_stderr_only(new_broker, new_dealer):
    broker = new_broker("--log-level", "debug")
    new_dealer(broker.ipc).alive()
    broker.end()
    assert broker.text("stdout") == ""
