#!/usr/bin/env python3
"""Runs the benchmarks: zsnmpd, the library, a bare UDP loop and other libraries, on the same agents.

The runs are interleaved (A B C A B C), so that what disturbs the machine disturbs all alike. Ratios
are made within a round, to the bare loop's runs right before and behind, and their median is
reported; a run with errors, missing replies or drops by the kernel counts as failed.
"""
import argparse
import json
import signal
import sys
import tempfile

from figures import brief, requirements, show, summary
from processes import BUILD, TOP, Failed, Simulator
from scenarios import SCENARIOS, machine, peers

RESULTS = BUILD / "bench" / "results.json"


def chosen(names):
    every = [*SCENARIOS, *peers()]
    wanted = [n for word in names for n in word.split(",") if n]
    unknown = set(wanted) - {s["name"] for s in every} - {s["group"] for s in every}
    if unknown:
        sys.exit(f"bench: no such scenario: {', '.join(sorted(unknown))}")
    picked = [s for s in every if not wanted or s["name"] in wanted or s["group"] in wanted
              or s["name"] == "bare"]
    # Of bare loops with nothing between them one is enough.
    return [s for i, s in enumerate(picked) if i == 0 or s["name"] != picked[i - 1]["name"]]


def once(entry, sims, directory, seconds):
    if entry["sim"] not in sims:
        sims[entry["sim"]] = Simulator(entry["sim"], directory)
    return entry["run"](sims[entry["sim"]], directory, seconds, **entry["keys"])


def run_round(number, args, entries, sims, directory):
    """One run of each, in order: (name, result) pairs."""
    results = []
    for entry in entries:
        try:
            one = once(entry, sims, directory, args.seconds)
        except Failed as why:
            one = {"failed": str(why)}
        results.append([entry["name"], one])
        print(f"run {number + 1}/{args.runs}  {entry['name']:14} {brief(one)}", flush=True)
    return results


def run_all(entries, args):
    sims = {}
    try:
        with tempfile.TemporaryDirectory(prefix="zsnmp-bench-") as directory:
            return [run_round(n, args, entries, sims, directory) for n in range(args.runs)]
    finally:
        for sim in sims.values():
            sim.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("names", nargs="*", help="scenarios or groups; all where none is given")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    entries = chosen(args.names)
    rounds = run_all(entries, args)
    rows = summary(entries, rounds)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "seconds": args.seconds, "rows": rows,
                                   "requirements": requirements(rows), "rounds": rounds}, indent=1))
    show(rows)
    print(f"raw results: {RESULTS.relative_to(TOP)}")
    return any(row["failed"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
