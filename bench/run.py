#!/usr/bin/env python3
"""Runs the benchmarks: zsnmpd, the bare UDP loop beside it, on the same simulated agents.

Each scenario is a row of SCENARIOS; rows that share a simulator's options share the simulator. The
runs are interleaved (A B C A B C), so that what disturbs the machine disturbs all alike. Medians are
reported, with the spread; a run with errors, missing replies or drops by the kernel counts as failed.
"""
import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgpack
import zmq

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / os.environ.get("BUILD_DIR", "build")
RESULTS = BUILD / "bench" / "results.json"
USERS = [f"--user=u{i}:authPriv:SHA:pass-phrase-{i}:AES:pass-phrase-{i}" for i in range(5)]
WINDOW = 1000


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


def bare(sim, _directory, seconds, window=256, devices=1000):
    return run_json([BUILD / "bench/bare", "--port", sim.port, "--devices", devices,
                     "--window", window, "--seconds", seconds])


def load(sim, broker, *options):
    return run_json([BUILD / "bench/load", "--endpoint", broker.endpoint, "--pid", broker.pid,
                     "--port", sim.port, *options])


@contextlib.contextmanager
def running(child):
    try:
        yield child
    finally:
        child.stop()


def broker_run(sim, directory, seconds, *, devices=1000, batch=50, in_flight=WINDOW, transport="ipc",
               workers=1, options=()):
    """A closed loop, after each device has been asked once."""
    with running(Broker(directory, transport, {"workers": workers})) as broker:
        empty = rss_kb(broker.pid)
        result = load(sim, broker, "--devices", devices, "--batch", batch, "--in-flight", in_flight,
                      "--warm", max(devices, 2000), "--seconds", seconds, *options)
        info = broker.info()
        result["first_reply_ms"] = broker.first_reply_ms
        if devices >= 10000:  # with fewer it is what all have in common
            result["kb_per_device"] = (rss_kb(broker.pid) - empty) / devices
        check(info)
        result["loop_max_us"] = info["loop_max_us"]
        return result


def opening(sim, directory, _seconds, devices=10000):
    """CPU of the first GET of each device, and of the same GETs once the sessions are there."""
    with running(Broker(directory, "ipc", {"workers": 1})) as broker:
        options = ["--devices", devices, "--batch", 50, "--in-flight", WINDOW, "--total", devices,
                   "--users", len(USERS)]
        first, again = load(sim, broker, *options), load(sim, broker, *options)
        check(broker.info())
        return {**first, "again_cpu_s": again["cpu_s"],
                "opening_cpu_s": first["cpu_s"] - again["cpu_s"]}


def dead(sim, directory, seconds, every=0, rate=4000, devices=10000):
    """Devices of version 3 never seen before, at a fixed rate: latencies of the living ones."""
    with running(Broker(directory, "ipc", {"workers": 1})) as broker:
        result = load(sim, broker, "--devices", devices, "--batch", 50, "--in-flight", 200000,
                      "--rate", rate, "--seconds", max(seconds, devices / rate * 2), "--users",
                      len(USERS), "--timeout", 500, "--retries", 2, "--dead", every)
        info = broker.info()
        check(info)
        return {**result, "loop_max_us": info["loop_max_us"]}


def peer(sim, directory, _seconds, spec, op):
    """Another's library on the same agents, at its best number of requests in flight."""
    addresses = Path(directory) / "addresses"
    addresses.write_text("".join(f"127.1.{i >> 8}.{i & 255}\n" for i in range(1, 1001)))
    best = None
    for concurrency in spec["concurrency"]:
        one = run_json([*(TOP / w if "/" in w else w for w in spec["run"]), "--port", sim.port,
                        "--addresses", addresses, "--op", op, "--total", spec[op + "s"],
                        "--concurrency", concurrency, "--timeout-ms", 5000])
        if one["errors"]:
            raise Failed(f"{spec['name']}: {one['errors']} errors")
        best = one if best is None or per(one, "ops") < per(best, "ops") else best
    return best


def peers():
    """Scenarios of the peers that `make bench-peers` has set up."""
    for spec in json.loads((TOP / "bench/peers/peers.json").read_text()):
        if not (BUILD / "bench/peers" / spec["needs"]).exists():
            continue
        for op, what in (("get", "GETs, 1,000 devices"), ("walk", "ifTable of 64 rows, 22 columns")):
            yield scenario(f"{spec['name']}-{op}", "peers", f"{spec['name']}: {what}", TABLES, peer,
                           spec=spec, op=op)


def rss_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def check(info):
    if info["drop_kernel"] or info["hook_trips"]:
        raise Failed(f"drop_kernel {info['drop_kernel']}, hook_trips {info['hook_trips']}")


V3 = ("--user", "sha-aes128")
FLAT, TABLES = ("--interfaces", "8"), ("--interfaces", "64")
OWN_USERS, SOME_DEAD = tuple(USERS), (*USERS, "--dead", "every:20")


def scenario(name, group, what, sim, function, **keys):
    return {"name": name, "group": group, "what": what, "sim": sim, "run": function, "keys": keys}


SCENARIOS = [
    scenario("bare", "limit", "sendto/recvfrom loop, 1,000 devices", FLAT, bare),
    scenario("one", "v2c", "one GET a message, 1,000 devices", FLAT, broker_run, batch=0),
    scenario("batch", "v2c", "GETs in batches of 50, 1,000 devices", FLAT, broker_run),
    scenario("batch-tcp", "v2c", "the same over tcp", FLAT, broker_run, transport="tcp"),
    scenario("batch-2", "v2c", "the same with 2 workers", FLAT, broker_run, workers=2),
    scenario("devices-100", "devices", "100 devices", FLAT, broker_run, devices=100, in_flight=200),
    scenario("devices-10k", "devices", "10,000 devices", FLAT, broker_run, devices=10000),
    scenario("devices-100k", "devices", "100,000 devices", FLAT, broker_run, devices=100000),
    scenario("walk", "walk", "ifTable of 64 rows, 22 columns", TABLES, broker_run, in_flight=200,
             options=("--walk",)),
    scenario("v3-10", "v3", "authPriv SHA AES-128, 10 devices", FLAT, broker_run, devices=10,
             in_flight=40, options=V3),
    scenario("v3-1k", "v3", "authPriv SHA AES-128, 1,000 devices", FLAT, broker_run, options=V3),
    scenario("v3-10k", "v3", "authPriv SHA AES-128, 10,000 devices", FLAT, broker_run,
             devices=10000, options=V3),
    scenario("open", "v3", "first GET to 10,000 v3 devices, 5 pass phrases", OWN_USERS, opening),
    scenario("alive", "dead", "10,000 new v3 devices, all alive", OWN_USERS, dead),
    scenario("dead", "dead", "the same, 500 of them dead", SOME_DEAD, dead, every=20),
]


def chosen(names):
    SCENARIOS.extend(peers())
    wanted = [n for word in names for n in word.split(",") if n]
    unknown = set(wanted) - {s["name"] for s in SCENARIOS} - {s["group"] for s in SCENARIOS}
    if unknown:
        sys.exit(f"bench: no such scenario: {', '.join(sorted(unknown))}")
    return [s for s in SCENARIOS if not wanted or s["name"] in wanted or s["group"] in wanted
            or s["name"] == "bare"]


def once(entry, sims, directory, seconds):
    if entry["sim"] not in sims:
        sims[entry["sim"]] = Simulator(entry["sim"])
    return entry["run"](sims[entry["sim"]], directory, seconds, **entry["keys"])


def run_all(entries, runs, seconds):
    results = {entry["name"]: [] for entry in entries}
    sims = {}
    try:
        with tempfile.TemporaryDirectory(prefix="zsnmp-bench-") as directory:
            for number in range(runs):
                for entry in entries:
                    try:
                        one = once(entry, sims, directory, seconds)
                    except Failed as why:
                        one = {"failed": str(why)}
                    results[entry["name"]].append(one)
                    print(f"run {number + 1}/{runs}  {entry['name']:14} {brief(one)}", flush=True)
    finally:
        for sim in sims.values():
            sim.stop()
    return results


def per(one, of):
    return one["cpu_s"] * 1e6 / one[of]


def brief(one):
    if "failed" in one:
        return "FAILED: " + one["failed"]
    return (f"{per(one, 'ops'):7.2f} us/op {per(one, 'varbinds'):6.2f} us/varbind "
            f"{one['ops'] / one['elapsed_s']:9.0f} op/s")


def median(runs, value):
    values = [value(one) for one in runs if "failed" not in one]
    return (statistics.median(values), min(values), max(values)) if values else None


def summary(entries, results):
    limit = median(results["bare"], lambda one: per(one, "ops")) if "bare" in results else None
    rows = []
    for entry in entries:
        runs = results[entry["name"]]
        good = [one for one in runs if "failed" not in one]
        row = {"name": entry["name"], "group": entry["group"], "what": entry["what"],
               "failed": len(runs) - len(good)}
        if good:
            row["us_per_op"] = median(runs, lambda one: per(one, "ops"))
            row["us_per_varbind"] = median(runs, lambda one: per(one, "varbinds"))
            row["ops_per_s"] = median(runs, lambda one: one["ops"] / one["elapsed_s"])
            row["to_limit"] = row["us_per_op"][0] / limit[0] if limit else None
            for key in ("p50_us", "p99_us", "kb_per_device", "first_reply_ms", "loop_max_us",
                        "opening_cpu_s"):
                if key in good[0]:
                    row[key] = median(runs, lambda one, k=key: one[k])
        rows.append(row)
    return rows


def show(rows):
    print(f"\n{'':14} {'us/op':>7} {'min..max':>15} {'x limit':>7} {'us/vb':>6} {'op/s':>8} "
          f"{'p50 us':>7} {'p99 us':>7}")
    for row in rows:
        if "us_per_op" not in row:
            print(f"{row['name']:14} FAILED")
            continue
        middle, low, high = row["us_per_op"]
        p50, p99 = (row[k][0] if k in row else 0 for k in ("p50_us", "p99_us"))
        print(f"{row['name']:14} {middle:7.2f} {low:7.2f}..{high:<6.2f} {row['to_limit'] or 0:7.2f} "
              f"{row['us_per_varbind'][0]:6.2f} {row['ops_per_s'][0]:8.0f} {p50:7.0f} {p99:7.0f}  "
              f"{row['what']}" + (f"  ({row['failed']} runs failed)" if row["failed"] else ""))
    for row in rows:
        for key, text in (("opening_cpu_s", "s of CPU for opening"),
                          ("loop_max_us", "us, the longest round of a worker"),
                          ("kb_per_device", "KiB of memory a device"),
                          ("first_reply_ms", "ms from start to the first reply")):
            if key in row:
                print(f"{row['name']:14} {row[key][0]:10.2f} {text}")


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="ascii")
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "version": (TOP / "VERSION").read_text().strip(), "date": time.strftime("%Y-%m-%d")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("names", nargs="*", help="scenarios or groups; all where none is given")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    entries = chosen(args.names)
    results = run_all(entries, args.runs, args.seconds)
    rows = summary(entries, results)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "seconds": args.seconds, "rows": rows,
                                   "runs": results}, indent=1))
    show(rows)
    print(f"raw results: {RESULTS.relative_to(TOP)}")
    return any(row["failed"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
