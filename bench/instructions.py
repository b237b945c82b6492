#!/usr/bin/env python3
"""Counts the instructions of each layer's operation with callgrind, and compares them with a baseline.

Times are noise on shared machines; instructions of the same binary on the same input are not. Each
count is the difference of two runs that differ in nothing but the number of operations. More than
TOLERANCE above bench/instructions.json is an error, so is as much below it: then the baseline is to
be brought down with --update, or the next loss would go unseen.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LAYERS = TOP / os.environ.get("BUILD_DIR", "build") / "bench" / "layers"
BASELINE = TOP / "bench" / "instructions.json"
TOLERANCE = 0.05
FEW, MANY = 3200, 9600


def collected(name, count):
    """Instructions of a whole run."""
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", LAYERS,
                           name, str(count)], capture_output=True, text=True, timeout=300,
                          check=False)
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"instructions: {name}: {done.stderr.strip()}")
    return int(found.group(1))


def measure(name):
    return round((collected(name, MANY) - collected(name, FEW)) / (MANY - FEW), 1)


def compare(counts, baseline):
    """Prints a line a layer; how many are out of bounds."""
    bad = 0
    for name, now in counts.items():
        was = baseline.get(name)
        change = (now - was) / was if was else 0
        wrong = was is None or abs(change) > TOLERANCE
        bad += wrong
        note = "no baseline" if was is None else f"{was:8.1f} {change:+7.1%}"
        print(f"{'FAILED' if wrong else 'ok':6} {name:10} {now:8.1f} {note}")
    for name in baseline.keys() - counts.keys():
        print(f"FAILED {name:10} is in the baseline and nowhere else")
        bad += 1
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the baseline")
    args = parser.parse_args()
    names = subprocess.run([LAYERS, "--list"], capture_output=True, text=True,
                           check=True).stdout.split()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        counts = dict(zip(names, threads.map(measure, names)))
    if args.update:
        BASELINE.write_text(json.dumps(counts, indent=1) + "\n")
        print(f"wrote {BASELINE.relative_to(TOP)}")
        return 0
    bad = compare(counts, json.loads(BASELINE.read_text()))
    print(f"instructions: {len(counts) - bad} passed, {bad} failed")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
