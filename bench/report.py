#!/usr/bin/env python3
"""Writes docs/BENCHMARKS.md and its plot from the results of the last `make bench`."""
import json
import sys

from figures import EXTRAS
from processes import BUILD, TOP

RESULTS = BUILD / "bench" / "results.json"
TARGET = TOP / "docs" / "BENCHMARKS.md"
PLOT = TOP / "docs" / "img" / "benchmarks.svg"

HEAD = """# Benchmarks

`make bench` starts simulated agents, a broker with one worker unless it says otherwise, and a client
in C that keeps so many requests in flight, all on one machine over loopback; beside them a program
on the library alone, other libraries (`make bench-peers` sets them up), and a bare loop of `sendto()`
and `recvfrom()` that exchanges the same GETs and does nothing else. Ratios to that loop say more than
times, which are the machine's: it runs right before and behind what is compared with it most, each
round has its own ratio, and the median is shown. `make bench BENCH=v3,walk` runs some of it,
`BENCH_RUNS` says how often (3). A run with an error, a missing reply or a datagram dropped by the
kernel does not count. This page is written by `make bench-report` from the last run.

CPU is that of all threads of the process under test, as the kernel accounts it to them
(`/proc/PID/task/*/schedstat`), so the work that sending does in the kernel's receive path on loopback
is in it, for the bare loop too. Latencies are the client's, from the request put into a message (at a
fixed rate: from when it was due) to the reply taken out of one; with as many requests in flight they
are mostly the time in queues, and on few cores the time until a thread gets one.

![CPU a GET and a varbind](img/benchmarks.svg)

"""

GROUPS = (("limit", "The limit"), ("v2c", "GETs, version 2c"), ("library", "The library alone"),
          ("devices", "Numbers of devices"), ("walk", "Walks"), ("v3", "SNMPv3"),
          ("latency", "Latency at a fixed rate"), ("memory", "Memory"), ("drops", "Many at once"),
          ("dead", "Dead devices"), ("peers", "Others"))


def cell(value, digits=2):
    return "" if not value else f"{value[0]:,.{digits}f}"


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
                   f"{cell(row['to_limit'])} | {cell(row['us_per_varbind'])} | "
                   f"{cell(row['ops_per_s'], 0)} | {milli[0]} | {milli[1]} |")
    return out


def asked(requirements):
    out = ["| what | this run | asked | |", "|---|---|---|---|"]
    return out + [f"| {what} | {figure} | {bound} | {'met' if met else '**not met**'} |"
                  for what, figure, bound, met in requirements]


def others(rows):
    out = ["| scenario | | |", "|---|---|---|"]
    for row in rows:
        for key, text, digits in EXTRAS:
            if key in row:
                out.append(f"| {row['what']} | {cell(row[key], digits)} | {text} |")
    return out


def bars(axis, rows, key, title, limit=None):
    """Horizontal bars with their figures; logarithmic, since libraries differ by powers of ten."""
    rows = [row for row in rows if key in row]
    names = [row["label"] for row in rows]
    values = [row[key][0] for row in rows]
    colours = ["#999999" if row["name"].startswith("bare") else
               "#d08a3a" if row["group"] == "peers" else "#2f6f9f" for row in rows]
    axis.barh(names, values, color=colours)
    axis.set_xscale("log")
    axis.invert_yaxis()
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_xlim(min(values) / 2, max(values) * 3)
    for i, value in enumerate(values):
        axis.text(value * 1.06, i, f"{value:,.2f}", va="center", fontsize=8)
    if limit:
        axis.axvline(limit, color="#999999", linewidth=0.8, linestyle="--")
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def plot(rows):
    try:
        import matplotlib
    except ImportError:
        sys.exit("bench-report: the plot needs Debian's python3-matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "zsnmp", "font.size": 9})
    from matplotlib import pyplot
    labels = {"bare": "bare UDP loop", "lib": "libzsnmp", "batch": "zsnmpd, batches of 50",
              "one": "zsnmpd, one a message", "v3-1k": "zsnmpd, v3 authPriv",
              "lib-walk": "libzsnmp", "walk": "zsnmpd"}
    by_name = {row["name"]: dict(row, label=labels.get(row["name"], row["name"].rsplit("-", 1)[0]))
               for row in rows if "us_per_op" in row}
    gets = [by_name[n] for n in ("bare", "lib", "batch", "one", "v3-1k") if n in by_name]
    walks = [by_name[n] for n in ("lib-walk", "walk") if n in by_name]
    gets += [r for r in by_name.values() if r["name"].endswith("-get")]
    walks += [r for r in by_name.values() if r["group"] == "peers" and r["name"].endswith("-walk")]
    figure, axes = pyplot.subplots(2, 1, figsize=(8, 0.34 * (len(gets) + len(walks)) + 1.8),
                                   height_ratios=[len(gets) + 1, len(walks) + 1])
    limit = by_name["bare"]["us_per_op"][0] if "bare" in by_name else None
    bars(axes[0], gets, "us_per_op", "GET: us of CPU, of all threads of the process", limit)
    bars(axes[1], walks, "us_per_varbind", "Walk of an ifTable: us of CPU a varbind")
    figure.tight_layout()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


def main():
    data = json.loads(RESULTS.read_text())
    rows, about = data["rows"], data["machine"]
    lines = [f"zsnmp {about['version']}, {about['date']}: {about['cpu']}, {about['cores']} cores, "
             f"Linux {about['kernel']}; medians of {len(data['rounds'])} runs of "
             f"{data['seconds']:g} seconds.", "", "## What is asked of it", "",
             *asked(data["requirements"]), ""]
    for group, title in GROUPS:
        some = [row for row in rows if row["group"] == group]
        if some:
            lines += [f"## {title}", "", *table(some), ""]
    lines += ["## What else was seen", "", *others(rows), ""]
    plot(rows)
    TARGET.write_text(HEAD + "\n".join(lines))
    print(f"wrote {TARGET.relative_to(TOP)} and {PLOT.relative_to(TOP)}")


if __name__ == "__main__":
    main()
