"""What the benchmarks start: simulated agents, brokers, load programs."""
import contextlib
import json
import os
import signal
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
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


class Simulator(Child):
    def __init__(self, options):
        super().__init__([BUILD / "bin/zsnmp-sim", "--port", "0", "--exit-with-parent", *options])
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise Failed("zsnmp-sim: " + self.process.stderr.read())
        self.port = int(line.split()[1])


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
        self.info()
        self.first_reply_ms = (time.monotonic() - self.started) * 1000
        if transport == "tcp":
            self.endpoint = next(e for e in self.bound() if e.startswith("tcp:"))

    def bound(self):
        for line in self.process.stderr:
            words = line.split()
            found = [w.rstrip(",") for w in words if w.startswith("tcp://")]
            if found:
                return found
        raise Failed("zsnmpd does not say where it listens")

    def info(self):
        with contextlib.closing(zmq.Context.instance().socket(zmq.REQ)) as socket:
            socket.linger, socket.reconnect_ivl = 0, 1
            socket.connect(self.endpoint)
            socket.send(msgpack.packb({"op": "info"}))
            if not socket.poll(20000):
                raise Failed("zsnmpd does not answer")
            reply = msgpack.unpackb(socket.recv())
            return reply.get("info", reply)


def run_json(argv):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=300,
                          check=False)
    if done.returncode != 0:
        raise Failed(f"{Path(argv[0]).name}: {done.stderr.strip() or 'failed'}")
    return json.loads(done.stdout)


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


def load(sim, broker, *options):
    """The ZeroMQ client of bench/load.c."""
    return run_json([BUILD / "bench/load", "--endpoint", broker.endpoint, "--pid", broker.pid,
                     "--port", sim.port, *options])
