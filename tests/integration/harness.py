"""What the tests are made of: child processes, ZeroMQ clients, net-snmp's tools as the oracle.

Nothing here judges zsnmp; it starts, asks, collects and cleans up. It must never end a process
that it did not start, nor wait without a bound.
"""
import itertools
import math
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import msgpack
import zmq

TOP = Path(__file__).resolve().parents[2]
BUILD = (TOP / os.environ.get("BUILD_DIR", "build")).resolve()
SANITIZED = any(BUILD.name.endswith("-" + kind) for kind in ("address", "undefined", "thread"))
SCALE = float(os.environ.get("ZSNMP_TEST_SCALE", "0.1" if SANITIZED else "1"))
# How long anything may take before a test gives up: bounds hangs, asserts no speed.
PATIENCE = float(os.environ.get("ZSNMP_TEST_PATIENCE", "120" if SANITIZED else "30"))
SANITIZER_REPORT = re.compile(
    r"(ERROR|WARNING): \w+Sanitizer|runtime error:|SUMMARY: \w+Sanitizer")


if BUILD.name.endswith("-thread"):
    os.environ["TSAN_OPTIONS"] = ":".join(filter(None, [
        os.environ.get("TSAN_OPTIONS"),
        f"suppressions={Path(__file__).with_name('tsan.supp')}"]))


def scaled(count, least=1):
    return max(least, int(count * SCALE))


def binary(name):
    return str(BUILD / "bin" / name)


# --- ports and memory ------------------------------------------------------------------------


def free_port(address="127.0.0.1", kinds=(socket.SOCK_DGRAM, socket.SOCK_STREAM)):
    """A port that was free a moment ago for all kinds of sockets asked for."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for _ in range(100):
        held = []
        try:
            port = 0
            for kind in kinds:
                sock = socket.socket(family, kind)
                held.append(sock)
                sock.bind((address, port))
                port = sock.getsockname()[1]
            return port
        except OSError:
            continue
        finally:
            for sock in held:
                sock.close()
    raise RuntimeError("no free port found")


class SilentPort:
    """A UDP port on all of 127/8 that takes datagrams and never answers: dead devices."""

    def __init__(self, address="0.0.0.0"):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((address, 0))
        self.port = self.sock.getsockname()[1]

    def wait(self):
        """The next datagram."""
        self.sock.settimeout(PATIENCE)
        return self.sock.recv(65536)

    def received(self):
        """Datagrams that wait in the socket, all of them."""
        out = []
        self.sock.setblocking(False)
        try:
            while True:
                out.append(self.sock.recv(65536))
        except BlockingIOError:
            return out

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no VmRSS")


# --- configuration ---------------------------------------------------------------------------

SERVER_KEYS = ("body_max message_max batch_max client_window client_backlog backlog_total hwm "
               "handshake_ms io_threads grace_ms linger_ms ipc_mode").split()


def config(**keys):
    """Text of a configuration file for zsnmpd, in czmq's ZPL."""
    lines = []
    for section in ("server", "pool"):
        lines.append(section)
        lines += [f'    {key} = "{value}"' for key, value in keys.items()
                  if (key in SERVER_KEYS) == (section == "server")]
    return "\n".join(lines) + "\n"


# --- child processes -------------------------------------------------------------------------


class Child:
    """A child process whose output is read as it comes."""

    def __init__(self, argv, env=None, **kwargs):
        self.argv = argv
        self.output = {"stdout": [], "stderr": []}
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})}, text=True, errors="replace", **kwargs)
        self._readers = [
            threading.Thread(target=self._read, args=(name,), daemon=True)
            for name in self.output]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read(self, name):
        for line in getattr(self.process, name):
            with self._changed:
                self.output[name].append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def text(self, name="stderr"):
        with self._changed:
            return "".join(self.output[name])

    def wait_line(self, pattern, name="stderr", seconds=PATIENCE):
        """The first match of pattern in a line of output; fails when the child ends first."""
        regex, end, at = re.compile(pattern), time.monotonic() + seconds, 0
        with self._changed:
            while True:
                lines = self.output[name]
                while at < len(lines):
                    match = regex.search(lines[at])
                    if match:
                        return match
                    at += 1
                left = end - time.monotonic()
                gone = not any(r.is_alive() for r in self._readers)
                if left <= 0 or gone:
                    why = f"ended with status {self.process.poll()}" if gone else "is silent"
                    raise AssertionError(
                        f"{self.argv[0]} {why}, no line matches {pattern!r}:\n"
                        + "".join(self.output["stdout"] + self.output["stderr"]))
                self._changed.wait(min(left, 0.2))

    def wait(self, seconds=PATIENCE):
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(10)
        return status

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=PATIENCE):
        """Asks the child to end; returns its status. One that does not end is killed: an error."""
        if self.process.poll() is None:
            self.send_signal(number)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait(10)
            raise AssertionError(f"{self.argv[0]} ignored signal {number} for {seconds} s:\n"
                                 + self.text()) from None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait(10)


class Broker(Child):
    """zsnmpd on an ipc and a tcp endpoint, ready when made."""

    by_endpoint = {}  # so that a client knows whose end it need not wait for

    def __init__(self, directory, *options, config=None, env=None, bind=None):
        argv = [binary("zsnmpd")]
        workers = os.environ.get("ZSNMP_TEST_WORKERS", "2")
        if workers and "--workers" not in options and "workers" not in (config or ""):
            argv += ["--workers", workers]
        if config is not None:
            path = Path(directory) / "zsnmpd.conf"
            path.write_text(config, encoding="utf-8")
            argv += ["--config", str(path)]
        self.ipc = f"ipc://{directory}/zsnmpd.sock"
        binds = bind or [self.ipc, "tcp://127.0.0.1:*"]
        for endpoint in binds:
            argv += ["--bind", endpoint]
        super().__init__(argv + list(options), env=env)
        try:
            self.wait_line(r"\bready\b")
        except AssertionError:
            self.kill()
            raise
        found = re.findall(r"(?:tcp|ipc)://[^\s,;\"')]+", self.text())
        tcp = [e for e in found if e.startswith("tcp://") and not e.endswith("*")]
        self.tcp = tcp[-1] if tcp else None
        self.by_endpoint.update((endpoint, self) for endpoint in [*binds, *found])

    def check_report(self):
        report = self.text()
        assert not SANITIZER_REPORT.search(report), "sanitizer report:\n" + report

    def end(self, number=signal.SIGTERM):
        """An orderly end: status 0 and nothing that a sanitizer complains about."""
        status = self.stop(number)
        self.check_report()
        assert status == 0, f"zsnmpd ended with status {status}:\n{self.text()}"

    def rss_kib(self):
        return rss_kib(self.pid)


class Simulator(Child):
    """zsnmp-sim on a free port; any address of 127/8 is a device of its own.

    With `control`, a directory, faults can be given while it runs.
    """

    def __init__(self, *options, port=0, control=None):
        self.path, self.line = None, None
        if control is not None:
            self.path = os.path.join(str(control), "sim.control")
            options = ("--control", self.path, *options)
        super().__init__([binary("zsnmp-sim"), "--port", str(port), "--exit-with-parent", *options])
        try:
            match = self.wait_line(r"^listening (\d+)$", name="stdout")
        except AssertionError:
            self.kill()
            raise
        self.port = int(match.group(1))

    def peer(self, index):
        """Device number index, from 0."""
        return f"{self.address(index)}:{self.port}"

    @staticmethod
    def address(index):
        index += 0x010001
        return f"127.{index >> 16}.{index >> 8 & 255}.{index & 255}"

    def say(self, line):
        """A line to the control socket, and the one that comes back."""
        if self.line is None:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(self.path)
            self.line = sock.makefile("rw")
            sock.close()  # the file keeps it
        self.line.write(line + "\n")
        self.line.flush()
        return self.line.readline().rstrip("\n")

    def rule(self, line):
        answer = self.say(line)
        assert answer == "ok", f"{line}: {answer}"

    def stats(self, address=None):
        answer = self.say("stats" if address is None else f"stats {address}")
        assert answer.startswith("ok "), answer
        return {name: int(value) for name, value in
                (word.split("=") for word in answer.split()[1:])}


# --- ZeroMQ clients --------------------------------------------------------------------------


def pack(message):
    return msgpack.packb(message, use_bin_type=True)


def unpack(body):
    return msgpack.unpackb(body, raw=False, strict_map_key=False,
                           unicode_errors="surrogateescape")


class Dealer:
    """A pipelining client. Keeps each reply by its id and notices the second one of an id."""

    _ids = itertools.count(1)

    def __init__(self, endpoint, identity=None, delimiter=False, **options):
        self.broker = Broker.by_endpoint.get(endpoint)
        self.sock = zmq.Context.instance().socket(zmq.DEALER)
        self.sock.linger = 0
        self.sock.sndhwm = self.sock.rcvhwm = 0
        for name, value in options.items():
            self.sock.setsockopt(getattr(zmq, name.upper()), value)
        if identity is not None:
            self.sock.identity = identity
        self.sock.connect(endpoint)
        self.delimiter = delimiter
        self.replies = {}
        self.order = []
        self.bodies = []  # kinds of bodies received: list or dict

    @classmethod
    def new_id(cls):
        return next(cls._ids)

    def send_raw(self, *frames):
        self.sock.send_multipart(([b""] if self.delimiter else []) + list(frames))

    def send(self, *messages, batch=None):
        """Sends maps; several, or batch=True, as an array. Ids are added where missing."""
        ids = []
        for message in messages:
            message.setdefault("id", self.new_id())
            ids.append(message["id"])
        batch = len(messages) > 1 if batch is None else batch
        self.send_raw(pack(list(messages) if batch else messages[0]))
        return ids

    def wait(self, seconds):
        """Whether something arrives in time; fails where the broker has died and nothing will."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if self.sock.poll(max(0, int(min(left, 0.5) * 1000))):
                return True
            if left <= 0:
                return False
            status = self.broker.process.poll() if self.broker else None
            if status is not None and not self.sock.poll(1000):
                raise AssertionError(f"zsnmpd ended with status {status} and owes replies:\n"
                                     + self.broker.text())

    def receive(self, seconds=PATIENCE):
        """The next body, unpacked."""
        if not self.wait(seconds):
            raise AssertionError(f"no reply within {seconds} s")
        frames = self.sock.recv_multipart()
        if self.delimiter:
            assert frames[0] == b"" and len(frames) == 2, frames
            frames = frames[1:]
        assert len(frames) == 1, f"{len(frames)} frames"
        body = unpack(frames[0])
        self.bodies.append(type(body))
        return body

    def take(self, body):
        for reply in body if isinstance(body, list) else [body]:
            assert isinstance(reply, dict) and "id" in reply, reply
            key = reply["id"]
            assert key not in self.replies, f"second reply for id {key!r}: {reply}"
            self.replies[key] = reply
            self.order.append(key)

    def collect(self, ids, seconds=PATIENCE):
        """The replies for all ids, as a dictionary; others that come meanwhile are kept."""
        wanted, end = set(ids), time.monotonic() + seconds
        missing = wanted - self.replies.keys()
        while missing:
            if not self.wait(end - time.monotonic()):
                raise AssertionError(
                    f"{len(missing)} of {len(wanted)} replies missing, such as {min(missing)!r}")
            before = len(self.order)
            self.take(self.receive(1))
            missing.difference_update(self.order[before:])
        return {key: self.replies[key] for key in ids}

    def ask(self, **message):
        """One request, its reply."""
        key = self.send(message)[0]
        return self.collect([key])[key]

    def ask_all(self, *messages, batch=None):
        ids = self.send(*messages, batch=batch)
        replies = self.collect(ids)
        return [replies[key] for key in ids]

    def alive(self):
        """The broker still answers on this very connection; nothing but that came."""
        before = set(self.order)
        key = self.send({"op": "ping"})[0]
        reply = self.collect([key])[key]
        assert "error" not in reply, reply
        assert set(self.order) - before == {key}, "a reply that nobody asked for"

    def info(self):
        return self.ask(op="info")["info"]

    def close(self):
        self.sock.close(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Req:
    """A lock-step client."""

    def __init__(self, endpoint):
        self.sock = zmq.Context.instance().socket(zmq.REQ)
        self.sock.linger = 0
        self.sock.connect(endpoint)

    def ask(self, message):
        self.sock.send(pack(message))
        if not self.sock.poll(PATIENCE * 1000):
            raise AssertionError(f"no reply within {PATIENCE} s")
        frames = self.sock.recv_multipart()
        assert len(frames) == 1
        return unpack(frames[0])

    def close(self):
        self.sock.close(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def error_of(reply):
    """Name and code of a reply's error, well-formed; fails where there is none."""
    error = reply.get("error")
    assert error is not None, f"no error in {reply}"
    assert set(error) == {"code", "name", "message", "index", "retryable", "sent"}, error
    assert isinstance(error["code"], int) and isinstance(error["name"], str), error
    assert isinstance(error["message"], str) and error["message"], error
    assert isinstance(error["index"], int) and isinstance(error["retryable"], bool), error
    assert error["sent"] in ("no", "maybe", "yes"), error
    return error["name"], error["code"]


def varbinds(reply):
    """The varbinds of a reply that must have succeeded."""
    assert "error" not in reply, reply["error"]
    return reply["varbinds"]


# --- the oracle ------------------------------------------------------------------------------

OID_LINE = re.compile(r"^(\.[0-9.]+|\.iso) = (.*)$")
TYPES = {
    "INTEGER": 2, "OID": 6, "IpAddress": 64, "Counter32": 65, "Gauge32": 66, "Opaque": 68,
    "Counter64": 70, "UInteger32": 71, "Hex-STRING": 4, "STRING": 4, "BITS": 4,
}
OPAQUES = {"Counter64": 118, "Int64": 122, "UInt64": 123}
EXCEPTIONS = (("No Such Object", 128), ("No Such Instance", 129), ("No more variables", 130))


def parse_value(text):
    """A value as the tools print it with -On -Oe -OU -Ot -Ox: (type, value)."""
    for start, tag in EXCEPTIONS:
        if text.startswith(start):
            return tag, None
    if text in ('""', "NULL"):
        return (4, b"") if text == '""' else (5, None)
    if re.fullmatch(r"\d+", text):
        return 67, int(text)
    kind, value = text.split(": ", 1) if ": " in text else (text.rstrip(":"), "")
    if kind == "Timeticks":
        return 67, int(value.strip("()").split(")")[0])
    if kind == "Opaque":
        inner, number = value.split(": ", 1)
        if inner in OPAQUES:
            return OPAQUES[inner], int(number)
        assert inner == "Float", text  # a double is printed as one too
        return 120, float(number)
    if kind == "Hex-STRING":
        return 4, bytes.fromhex(value)
    if kind == "STRING":
        return 4, value.strip('"').encode()
    if kind == "OID":
        return 6, value.lstrip(".")
    if kind == "IpAddress":
        return 64, value
    return TYPES[kind], int(value)


def parse_output(text):
    """Output of the tools as a list of (oid, type, value)."""
    entries = []
    for line in text.splitlines():
        match = OID_LINE.match(line)
        if match:
            entries.append([match.group(1).lstrip("."), match.group(2)])
        elif entries and line.strip() and not line.startswith("End of MIB"):
            entries[-1][1] += " " + line
    return [(oid, *parse_value(value.strip())) for oid, value in entries]


class OracleError(Exception):
    """The tool said that it failed; the text is what it said."""


def credentials_options(who):
    """A request's credentials as options of the tools."""
    version = str(who.get("version", "2c"))
    if version != "3":
        return ["-v", version, "-c", who.get("community", "public")]
    level = ("noAuthNoPriv", "authNoPriv", "authPriv")[("auth_pass" in who) + ("priv_pass" in who)]
    out = ["-v", "3", "-u", who["user"], "-l", level]
    for option, key in (("-a", "auth_proto"), ("-A", "auth_pass"), ("-x", "priv_proto"),
                        ("-X", "priv_pass"), ("-n", "context")):
        if key in who:
            out += [option, who[key]]
    return out


class Oracle:
    """net-snmp's own tools, told to print what can be compared."""

    def __init__(self, directory, timeout=5):
        self.timeout = timeout
        self.env = {"PATH": os.environ["PATH"], "MIBS": "", "MIBDIRS": "/nonexistent",
                    "SNMPCONFPATH": str(directory), "SNMP_PERSISTENT_DIR": str(directory),
                    "LC_ALL": "C"}

    def run(self, tool, who, peer, *args):
        argv = [tool, *credentials_options(who), "-t", str(self.timeout), "-r", "2", "-On", "-Oe", "-OU", "-Ot",
                "-Ox", *([] if "set" in tool else ["-Ir"])]
        done = subprocess.run(argv + self.options(tool) + [peer, *args], env=self.env,
                              capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
        if done.returncode != 0:
            raise OracleError(done.stderr + done.stdout)
        return parse_output(done.stdout)

    @staticmethod
    def options(tool):
        return ["-Cc"] if tool in ("snmpwalk", "snmpbulkwalk") else []

    def get(self, who, peer, *oids):
        return self.run("snmpget", who, peer, *oids)

    def get_next(self, who, peer, *oids):
        return self.run("snmpgetnext", who, peer, *oids)

    def get_bulk(self, who, peer, non_repeaters, max_repetitions, *oids):
        return self.run("snmpbulkget", who, peer, f"-Cn{non_repeaters}", f"-Cr{max_repetitions}",
                        *oids)

    def walk(self, who, peer, oid):
        tool = "snmpwalk" if str(who.get("version", "2c")) == "1" else "snmpbulkwalk"
        # The end of the view is printed like an object.
        return [vb for vb in self.run(tool, who, peer, oid) if vb[1] != 130]

    def set(self, who, peer, *settings):
        args = [str(part) for setting in settings for part in setting]
        return self.run("snmpset", who, peer, *args)


def canonical(oid, kind, value):
    """A varbind of a list-form reply as the oracle would say it."""
    oid = oid if isinstance(oid, str) else ".".join(map(str, oid))
    if kind == 120 and value is not None and math.isfinite(value):
        value = float(f"{value:f}")
    return oid, kind, value


def same_varbinds(ours, oracle_before, oracle_after):
    """
    Compares a list-form reply with what the oracle saw before and after it. Counters move: where
    the oracle disagrees with itself a number must lie between.
    """
    ours = [canonical(*vb) for vb in ours]
    assert [vb[:2] for vb in ours] == [vb[:2] for vb in oracle_before]
    assert [vb[:2] for vb in ours] == [vb[:2] for vb in oracle_after]
    for mine, before, after in zip(ours, oracle_before, oracle_after):
        if before[2] == after[2]:
            assert mine == before
        else:
            low, high = sorted((before[2], after[2]))
            assert low <= mine[2] <= high, (mine, before, after)
