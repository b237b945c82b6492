#!/usr/bin/env python3
"""Writes docs/BENCHMARKS.md from the results of the last `make bench`."""
import json
import os
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
RESULTS = TOP / os.environ.get("BUILD_DIR", "build") / "bench" / "results.json"
TARGET = TOP / "docs" / "BENCHMARKS.md"

HEAD = """# Benchmarks

`make bench` starts simulated agents, a broker with one worker unless it says otherwise, and a client
in C that keeps so many requests in flight, all on one machine over loopback; beside them a bare
loop of `sendto()` and `recvfrom()` that exchanges the same GETs and does nothing else. Ratios to
that loop say more than times, which are the machine's. `make bench BENCH=v3,walk` runs some of it,
`BENCH_RUNS` says how often (3). Runs are interleaved; medians are shown, with the spread. A run with
an error, a missing reply or a datagram dropped by the kernel does not count. This page is written by
`make bench-report` from the last run.

CPU is that of all threads of the process under test, as the kernel accounts it to them
(`/proc/PID/task/*/schedstat`), so the work that sending does in the kernel's receive path on loopback
is in it, for the bare loop too. Latencies are the client's, from the request put into a message to
the reply taken out of one; with as many requests in flight they are mostly the time in queues.

"""


def cell(value, digits=2):
    return "" if value is None else f"{value[0]:,.{digits}f}"


def table(rows):
    out = ["| scenario | us of CPU a GET or walk | min to max | times the bare loop | us a varbind | a second"
           " | p50 ms | p99 ms |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        if "us_per_op" not in row:
            out.append(f"| {row['what']} | failed | | | | | | |")
            continue
        _, low, high = row["us_per_op"]
        milli = [f"{row[k][0] / 1000:.2f}" if k in row and row[k][0] else ""
                 for k in ("p50_us", "p99_us")]
        out.append(f"| {row['what']} | {cell(row['us_per_op'])} | {low:.2f} to {high:.2f} | "
                   f"{row['to_limit']:.2f} | {cell(row['us_per_varbind'])} | "
                   f"{cell(row['ops_per_s'], 0)} | {milli[0]} | {milli[1]} |")
    return out


def others(rows):
    texts = (("opening_cpu_s", "CPU for opening the sessions, beyond that of the GETs", "s", 2),
             ("loop_max_us", "longest round of a worker", "us", 0),
             ("kb_per_device", "memory a device, all of the broker's growth", "KiB", 2),
             ("first_reply_ms", "from the start of the broker to its first reply", "ms", 1))
    out = ["| scenario | | |", "|---|---|---|"]
    for row in rows:
        for key, text, unit, digits in texts:
            if key in row:
                out.append(f"| {row['what']} | {text} | {cell(row[key], digits)} {unit} |")
    return out


def main():
    data = json.loads(RESULTS.read_text())
    rows, about = data["rows"], data["machine"]
    runs = max(len(r) for r in data["runs"].values())
    lines = [f"zsnmp {about['version']}, {about['date']}: {about['cpu']}, {about['cores']} cores, "
             f"Linux {about['kernel']}; medians of {runs} runs of {data['seconds']:g} seconds.", ""]
    for group, title in (("limit", "The limit"), ("v2c", "GETs, version 2c"),
                         ("devices", "Numbers of devices"), ("walk", "Walks"),
                         ("v3", "SNMPv3"), ("dead", "Dead devices"), ("peers", "Others")):
        some = [row for row in rows if row["group"] == group]
        if some:
            lines += [f"## {title}", "", *table(some), ""]
    lines += ["## What else was seen", "", *others(rows), ""]
    TARGET.write_text(HEAD + "\n".join(lines))
    print(f"wrote {TARGET.relative_to(TOP)}")


if __name__ == "__main__":
    main()
