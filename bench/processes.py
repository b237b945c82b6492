"""What the benchmarks start: simulated agents, brokers, load programs."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import msgpack
import zmq

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / os.environ.get("BUILD_DIR", "build")


class Failed(Exception):
    pass


class Child:
    """A process of ours, ended by its id whatever happens."""

    def __init__(self, argv):
        self.name, self.said = Path(argv[0]).name, ""
        self.process = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            _, self.said = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, self.said = self.process.communicate()

    def result(self):
        """What a program that ends by itself printed."""
        try:
            text, self.said = self.process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name}: no end") from None
        if self.process.returncode != 0:
            raise Failed(f"{self.name}: {self.said.strip() or 'failed'}")
        return json.loads(text)


class Simulator(Child):
    """zsnmp-sim with a control socket in `directory`."""

    def __init__(self, options, directory):
        self.control = str(Path(directory) / f"sim-{time.monotonic_ns()}")
        super().__init__([BUILD / "bin/zsnmp-sim", "--port", "0", "--exit-with-parent",
                          "--control", self.control, *options])
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.stop()
            raise Failed("zsnmp-sim: " + self.said)
        self.port = int(line.split()[1])

    def rule(self, text):
        with socket.socket(socket.AF_UNIX) as control, control.makefile("rw") as lines:
            control.settimeout(20)
            control.connect(self.control)
            print(text, file=lines, flush=True)
            answer = lines.readline().strip()
        if answer != "ok":
            raise Failed(f"zsnmp-sim: {text}: {answer}")


class Broker(Child):
    """zsnmpd on a socket of its own in `directory`, with `pool` as its configuration."""

    def __init__(self, directory, transport, pool):
        self.started = time.monotonic()
        path = Path(directory) / f"{time.monotonic_ns()}"
        keys = "".join(f"    {name} = {value}\n" for name, value in pool.items())
        path.with_suffix(".conf").write_text(f"pool\n{keys}" if pool else "")
        self.endpoint = f"ipc://{path}.sock"
        bind = [self.endpoint, "tcp://127.0.0.1:*"] if transport == "tcp" else [self.endpoint]
        super().__init__([BUILD / "bin/zsnmpd", "-c", path.with_suffix(".conf"),
                          *(word for b in bind for word in ("-b", b))])
        try:
            self.info()
            self.first_reply_ms = (time.monotonic() - self.started) * 1000
            if transport == "tcp":
                self.endpoint = self.bound()
        except BaseException:
            self.stop()
            raise

    def bound(self):
        for line in self.process.stderr:
            found = [word.rstrip(",") for word in line.split() if word.startswith("tcp://")]
            if found:
                return found[0]
        raise Failed("zsnmpd does not say where it listens")

    def info(self):
        with contextlib.closing(zmq.Context.instance().socket(zmq.REQ)) as asking:
            asking.linger, asking.reconnect_ivl = 0, 1
            asking.connect(self.endpoint)
            asking.send(msgpack.packb({"op": "info"}))
            if not asking.poll(20000):
                raise Failed("zsnmpd does not answer")
            return msgpack.unpackb(asking.recv())["info"]

    def info_when(self, condition, what):
        """Its counters as soon as they say so."""
        for _ in polls(20):
            info = self.info()
            if condition(info):
                return info
        raise Failed(f"never: {what}")

    def settled_kb(self):
        """Its memory once it stands still, for what was freed is given back by and by."""
        last, same = 0, 0
        for _ in polls(5):
            self.info()
            last, before = rss_kb(self.pid), last
            same = same + 1 if last == before else 0
            if same == 5:
                break
        return last


def polls(seconds, step=0.02):
    """Occasions to look whether something has come about."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(step)


def run_json(argv):
    with running(Child(argv)) as child:
        return child.result()


@contextlib.contextmanager
def running(child):
    try:
        yield child
    finally:
        child.stop()


def rss_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def load_argv(sim, broker, options):
    """The ZeroMQ client of bench/load.c."""
    return [BUILD / "bench/load", "--endpoint", broker.endpoint, "--pid", broker.pid,
            "--port", sim.port, *options]


def load(sim, broker, *options):
    return run_json(load_argv(sim, broker, options))
