#!/usr/bin/python3
"""The main job of zsnmp, end to end: simulated agents, zsnmpd, and a plain ZeroMQ client.

Starts zsnmp-sim and zsnmpd on free ports, polls every device (a GET of the system group and a
walk of ifTable), prints some of what came and a summary. Ends with status 0 when every request
was answered well. It must leave no process behind, whatever way it ends.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

try:
    import msgpack
    import zmq
except ImportError as problem:
    sys.exit(f"demo: {problem}: the Debian packages python3-zmq and python3-msgpack are needed")

TOP = Path(__file__).resolve().parents[1]
START_LIMIT, POLL_LIMIT, STOP_LIMIT = 20, 60, 20  # seconds: bounds for hangs, not for speed
BATCH = 250
SYSTEM = "1.3.6.1.2.1.1"
DESCR, UPTIME, NAME, LOCATION = (f"{SYSTEM}.{n}.0" for n in (1, 3, 5, 6))
IF_TABLE = "1.3.6.1.2.1.2.2"
IF_IN, IF_OUT, IF_OPER = (f"{IF_TABLE}.1.{n}." for n in (10, 16, 8))
AUTH_PASS, PRIV_PASS = "auth pass phrase", "priv pass phrase"
V3_USER = f"demo:authPriv:SHA-256:{AUTH_PASS}:AES:{PRIV_PASS}"
V3 = {"version": "3", "user": "demo", "auth_proto": "SHA-256", "auth_pass": AUTH_PASS,
      "priv_proto": "AES", "priv_pass": PRIV_PASS}


class Failure(Exception):
    """Something that the user is told in one line."""


class Child:
    """A process of ours; its output is read as it comes, the last lines are kept."""

    def __init__(self, name, *options):
        path = (TOP / os.environ.get("BUILD_DIR", "build") / "bin" / name).resolve()
        if not path.exists():
            raise Failure(f"{path} is missing: run `make` first")
        self.name, self.lines, self.changed = name, [], threading.Condition()
        self.process = subprocess.Popen(
            [str(path), *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines = self.lines[-200:] + [line.rstrip()]
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_line(self, pattern):
        """The first line that matches; fails when the process ends or says nothing for long."""
        end = time.monotonic() + START_LIMIT
        with self.changed:
            while True:
                for line in self.lines:
                    match = re.search(pattern, line)
                    if match:
                        return match
                left = end - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    what = "is not ready" if left <= 0 else "ended"
                    raise Failure(f"{self.name} {what}:\n  " + "\n  ".join(self.lines[-10:]))
                self.changed.wait(min(left, 0.1))

    def stop(self):
        """Ends the process by its own id; returns its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"none: it had to be killed after {STOP_LIMIT} s"


def requests_for(number, peer, is_v3):
    who = V3 if is_v3 else {}
    limits = {"timeout_ms": 5000, "retries": 2}
    yield {"id": f"get {number}", "op": "get", "peer": peer,
           "oids": [DESCR, UPTIME, NAME, LOCATION], **who, **limits}
    yield {"id": f"walk {number}", "op": "walk", "peer": peer, "oids": [IF_TABLE], **who, **limits}


def poll(endpoint, peers, is_v3):
    """Asks all devices through one DEALER socket; returns replies by id and the time it took."""
    messages = [m for n, peer in enumerate(peers) for m in requests_for(n, peer, is_v3(n))]
    replies = {}
    with zmq.Context() as context, context.socket(zmq.DEALER) as sock:
        sock.linger = 0
        sock.sndhwm = sock.rcvhwm = 0
        sock.connect(endpoint)
        start = time.monotonic()
        for at in range(0, len(messages), BATCH):
            sock.send(msgpack.packb(messages[at:at + BATCH]))
        while len(replies) < len(messages):
            left = start + POLL_LIMIT - time.monotonic()
            if left <= 0 or not sock.poll(int(left * 1000)):
                raise Failure(f"{len(messages) - len(replies)} of {len(messages)} requests got "
                              f"no reply within {POLL_LIMIT} s")
            body = msgpack.unpackb(sock.recv(), strict_map_key=False)
            for reply in body if isinstance(body, list) else [body]:
                if reply["id"] in replies:
                    raise Failure(f"request {reply['id']!r} got two replies")
                replies[reply["id"]] = reply
        return replies, time.monotonic() - start


def duration(ticks):
    seconds = ticks // 100
    days, clock = divmod(seconds, 86400)
    return f"{days}d {clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}"


def quantity(number):
    for unit in ("", "k", "M", "G", "T", "P"):
        if number < 1000 or unit == "P":
            return f"{number:.1f}{unit}" if unit else str(number)
        number /= 1000


def text(value, width):
    value = value.decode("utf-8", "replace")
    return value if len(value) <= width else value[:width - 1] + "…"


def row(peer, is_v3, system, table):
    total = {prefix: sum(v for oid, v in table.items() if oid.startswith(prefix))
             for prefix in (IF_IN, IF_OUT)}
    states = [v for oid, v in table.items() if oid.startswith(IF_OPER)]
    return (peer.rsplit(":", 1)[0], "v3" if is_v3 else "v2c", text(system[NAME], 24),
            text(system[LOCATION], 20), duration(system[UPTIME]),
            f"{states.count(1)}/{len(states)}", quantity(total[IF_IN]), quantity(total[IF_OUT]))


def print_table(rows):
    head = ("device", "snmp", "name", "location", "uptime", "if up", "octets in", "octets out")
    widths = [max(len(str(r[i])) for r in [head, *rows]) for i in range(len(head))]
    for r in [head, tuple("-" * w for w in widths), *rows]:
        cells = [str(c).rjust(w) if i >= 4 else str(c).ljust(w)
                 for i, (c, w) in enumerate(zip(r, widths))]
        print("  " + "  ".join(cells).rstrip())


def report(peers, is_v3, replies, seconds):
    """Prints what came; returns the number of requests that failed."""
    errors, varbinds = {}, 0
    for reply in replies.values():
        varbinds += len(reply.get("varbinds") or ())
        if "error" in reply:
            name = reply["error"]["name"]
            errors[name] = errors.get(name, 0) + 1
    step = max(1, len(peers) // 12)
    shown = [n for n in range(0, len(peers), step)
             if not any("error" in replies[f"{op} {n}"] for op in ("get", "walk"))]
    print_table([row(peers[n], is_v3(n), replies[f"get {n}"]["varbinds"],
                     replies[f"walk {n}"]["varbinds"]) for n in shown[:12]])
    failed = sum(errors.values())
    said = ", ".join(f"{count} {name}" for name, count in sorted(errors.items())) or "0"
    print(f"\n  devices   {len(peers)} ({sum(map(is_v3, range(len(peers))))} of them SNMPv3)"
          f"\n  requests  {len(replies)}"
          f"\n  varbinds  {varbinds}"
          f"\n  time      {seconds:.2f} s"
          f"\n  rate      {len(replies) / seconds:,.0f} requests/s, "
          f"{varbinds / seconds:,.0f} varbinds/s"
          f"\n  errors    {said}")
    return failed


def run(options, children):
    sim = Child("zsnmp-sim", "--port", "0", "--interfaces", str(options.interfaces), "--user",
                V3_USER, "--exit-with-parent")
    children.append(sim)
    port = sim.wait_line(r"^listening (\d+)$").group(1)
    with tempfile.TemporaryDirectory(prefix="zsnmp-demo-") as directory:
        endpoint = f"ipc://{directory}/zsnmpd.sock"
        broker = Child("zsnmpd", "--bind", endpoint, "--bind", "tcp://127.0.0.1:*")
        children.append(broker)
        broker.wait_line(r"\bready\b")
        peers = [f"127.1.{n >> 8}.{n & 255}:{port}" for n in range(1, options.devices + 1)]
        every = 100 // options.v3 if options.v3 else 0

        def is_v3(number):
            return bool(every) and number % every == every - 1

        print(f"zsnmpd on {endpoint}, {len(peers)} simulated devices on UDP port {port}\n")
        replies, seconds = poll(endpoint, peers, is_v3)
        failed = report(peers, is_v3, replies, seconds)
        status = broker.stop()
        if status != 0:
            raise Failure(f"zsnmpd ended with status {status}:\n  " + "\n  ".join(
                broker.lines[-10:]))
    if failed:
        raise Failure(f"{failed} requests failed")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=1000, help="1 to 60000 (%(default)s)")
    parser.add_argument("--interfaces", type=int, default=8, help="a device (%(default)s)")
    parser.add_argument("--v3", type=int, default=10, metavar="PERCENT",
                        help="devices polled with SNMPv3 authPriv, 0 to 100 (%(default)s)")
    options = parser.parse_args()
    if not (1 <= options.devices <= 60000 and 0 <= options.v3 <= 100
            and 1 <= options.interfaces <= 10000):
        parser.error("a number is out of range")
    return options


def interrupted(number, _frame):
    raise KeyboardInterrupt(number)


def main():
    options, children, status = parse(), [], 0
    signal.signal(signal.SIGTERM, interrupted)
    try:
        run(options, children)
    except Failure as problem:
        print(f"demo: {problem}", file=sys.stderr)
        status = 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        status = 130
    except (OSError, zmq.ZMQError) as problem:
        print(f"demo: {problem}", file=sys.stderr)
        status = 1
    finally:
        for child in reversed(children):
            child.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())
