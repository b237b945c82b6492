#!/usr/bin/env python3
"""Runs the benchmarks: zsnmpd, the library and others on the same simulated agents.

Each scenario is a row of SCENARIOS; rows that share a simulator's options share the simulator. The
runs are interleaved (A B C A B C), so that what disturbs the machine disturbs all alike, and what
is set against the bare UDP loop has a run of it right before and right after. Medians are reported,
with the spread; a run with errors, missing replies or drops by the kernel counts as failed.
"""
import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time

from figures import beside_peers, per, summary
from needs import requirements
from processes import BUILD, TOP, Failed, Simulator
from scenarios import BARE, SCENARIOS, TO_LIMIT, peers
from show import brief, show

RESULTS = BUILD / "bench" / "results.json"


def chosen(names):
    every = [*SCENARIOS, *peers()]
    wanted = [n for word in names for n in word.split(",") if n]
    unknown = set(wanted) - {s["name"] for s in every} - {s["group"] for s in every}
    if unknown:
        sys.exit(f"bench: no such scenario: {', '.join(sorted(unknown))}")
    return [s for s in every if not wanted or s["name"] in wanted or s["group"] in wanted
            or s is BARE]


def cpu_ticks():
    """Of all cores together since the start: of all kinds, and what the host gave to others."""
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(word) for word in stat.readline().split()[1:9]]
    return sum(ticks), ticks[7]


class Session:
    """All runs of all scenarios, with the simulators that they share."""

    def __init__(self, entries, directory, seconds):
        self.entries, self.directory, self.seconds = entries, directory, seconds
        self.sims = {}
        self.results = {entry["name"]: [] for entry in (BARE, *entries)}
        self.bare = None  # the run of the bare loop that has just ended

    def once(self, entry, seconds):
        before = cpu_ticks()
        try:
            if entry["sim"] not in self.sims:
                self.sims[entry["sim"]] = Simulator(entry["sim"], self.directory)
            sim = self.sims[entry["sim"]]
            one = entry["run"](sim, self.directory, seconds, **entry["keys"])
        except Failed as why:
            one = {"failed": str(why)}
        total, stolen = (b - a for a, b in zip(before, cpu_ticks()))
        one["stolen"] = stolen / max(total, 1)
        self.results[entry["name"]].append(one)
        print(f"{entry['name']:14} {brief(one)}", flush=True)
        return one

    def limit(self):
        self.bare = self.once(BARE, min(self.seconds, 1))
        return self.bare

    def between_limits(self, entry):
        before = self.bare or self.limit()
        one = self.once(entry, self.seconds)
        bares = [per(bare, "ops") for bare in (before, self.limit()) if "failed" not in bare]
        if bares:
            one["bare_us"] = sum(bares) / len(bares)

    def round(self):
        self.bare = None
        for entry in self.entries:
            if entry["group"] in TO_LIMIT:
                self.between_limits(entry)
            elif entry is not BARE:
                self.once(entry, self.seconds)
                self.bare = None
        if not self.results["bare"]:
            self.limit()

    def end(self):
        for sim in self.sims.values():
            sim.stop()


def run_all(entries, runs, seconds):
    with tempfile.TemporaryDirectory(prefix="zsnmp-bench-") as directory:
        session = Session(entries, directory, seconds)
        try:
            for number in range(runs):
                print(f"run {number + 1} of {runs}", flush=True)
                session.round()
        finally:
            session.end()
    return session.results


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
    beside = beside_peers(rows, results)
    about = machine()
    stolen = [one["stolen"] for runs in results.values() for one in runs]
    about["stolen"], about["stolen_max"] = statistics.median(stolen), max(stolen)
    needs = requirements(rows, results, beside, about["cores"])
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": about, "seconds": args.seconds, "runs": args.runs,
                                   "rows": rows, "peers": beside, "needs": needs,
                                   "results": results}, indent=1))
    show(rows, beside, needs)
    print(f"raw results: {RESULTS.relative_to(TOP)}")
    return any(row["failed"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
