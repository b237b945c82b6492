#!/usr/bin/env python3
"""Writes docs/BENCHMARKS.md and its plot from the results of the last `make bench`."""
import json
import sys

from plot import plot
from processes import BUILD, TOP
from show import ASIDE, BETTER, told

RESULTS = BUILD / "bench" / "results.json"
TARGET = TOP / "docs" / "BENCHMARKS.md"
PLOT = TOP / "docs" / "img" / "benchmarks.svg"

HEAD = """# Benchmarks

`make bench` starts simulated agents and runs on them, one after the other: a bare loop of
`sendto()` and `recvfrom()` that exchanges GETs and does nothing else; the broker with one worker,
unless it says otherwise, and a client in C; a program that embeds the library; and other libraries
and tools where `make bench-peers` has set them up. All of it is on one machine over loopback.
`make bench BENCH=v3,walk` runs some of it, `BENCH_RUNS` says how often (3). This page is written by
`make bench-report` from the last run, whose raw results are in build/bench/results.json.

"""

HOW = """## How it is measured

- **Ratios say more than times**, which are the machine's and move while it runs. What is set
  against the bare loop has a run of it right before and right after; their mean is the denominator.
  A ratio is taken within a round of runs, and the median over the rounds is shown. How far the
  machine's speed moved meanwhile is what *min to max* of the bare loop tells. The plot shows the
  ratios, times the median of the bare loop.
- **CPU** is that of all threads of the process under test, as the kernel accounts it to them
  (`/proc/PID/task/*/schedstat`). The work that sending does in the kernel's receive path on
  loopback is in it, for the bare loop too. Of the library it is that of the whole program: what
  that does to make requests, submit them and read the replies is in it, as it would be in yours.
  *x bare* is CPU a varbind by CPU of an exchange of the bare loop.
- **Latency** counts from the request put into a message to the reply taken out of one; with a
  thousand requests in flight it is mostly the time in queues. At half load requests come at a fixed
  rate, half of what the broker sustained in a closed loop just before, and latency counts from the
  time when each was due; how late the client itself was is told with it. A round in which the bare
  loop at that rate has a p99 of a millisecond or more, or the library's requests come so
  late, or the host of a virtual machine gave half a percent of its cores to others, says nothing of what the broker adds; the median of the p99s of each tenth of a second is
  less easily disturbed, and told too.
- **Memory** is resident memory of the process under test; *MiB* is what it had at the end. A device
  is the growth from 10,000 idle devices to more, by device. A request is the growth from a broker
  that knows all devices to one that has 50,000 requests waiting for devices that do not answer yet,
  by request: the request, its place in queues, maps and timers, the client's record of it and what
  is left of the messages it came in. What the kernel keeps of datagrams is not in it.
- A run with an error, a missing reply or a datagram dropped by the kernel does not count, but where
  drops are what is measured.
"""

GROUPS = (("limit", "The limit"), ("v2c", "GETs, version 2c"), ("library", "The library alone"),
          ("devices", "Numbers of devices"), ("walk", "Walks"), ("v3", "SNMPv3"),
          ("latency", "Half load"), ("dead", "Dead devices"), ("among", "Healthy among dead and slow ones"),
          ("overload", "Overload"), ("peers", "Others"))
MET = {True: "met", False: "**not met**", None: "told"}


def cell(value, digits=2):
    return f"{value[0]:,.{digits}f}" if value else ""


def table(rows):
    out = ["| scenario | us of CPU | min to max | us a varbind | x bare | a second | p50 ms "
           "| p99 ms | MiB |", "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        if "us_per_op" not in row:
            out.append(f"| {row['what']} | failed | | | | | | | |")
            continue
        _, low, high = row["us_per_op"]
        milli = [f"{row[key][0] / 1000:,.2f}" if key in row else "" for key in ("p50_us", "p99_us")]
        cells = [row["what"], cell(row["us_per_op"]), f"{low:,.2f} to {high:,.2f}",
                 cell(row["us_per_varbind"]), cell(row["to_limit"]), cell(row["ops_per_s"], 0),
                 *milli, f"{row['rss_kb'][0] / 1024:,.0f}" if "rss_kb" in row else ""]
        out.append("| " + " | ".join(cells) + " |")
    return out


def needs_table(needs):
    out = ["| | what | required | measured | |", "|---|---|---|---|---|"]
    return out + [f"| {need['id']} | {need['what']} | {need['wanted']} | {need['figure']} | "
                  f"{MET[need['met']]} |" for need in needs]


def peers_table(peers, rows):
    what = {row["name"]: row["what"] for row in rows}
    out = ["| zsnmp | against | throughput | CPU | CPU a varbind | p50 | p99 | memory |",
           "|---|---|---|---|---|---|---|---|"]
    for one in peers:
        out.append(f"| {what[one['ours']]} | {one['peer'].rsplit('-', 1)[0]} | "
                   + " | ".join(f"{one[key]:,.2f}" for key in BETTER) + " |")
    return out


def others(rows):
    out = ["| scenario | | |", "|---|---|---|"]
    return out + [f"| {row['what']} | {text} | {figure} |" for row in rows
                  for text, figure in told(row)]


def label_peers(rows, results):
    """What a bar of a peer is called: name and version, as it said."""
    for row in rows:
        if row["group"] == "peers":
            said = next((one for one in results[row["name"]] if "version" in one), {})
            row["label"] = f"{row['name'].rsplit('-', 1)[0]} {said.get('version', '')}".strip()


def picture(rows):
    """The line that shows the plot; nothing where it can not be drawn."""
    try:
        drawn = plot(rows, PLOT)
    except ImportError:
        print("bench-report: no plot: it needs Debian's python3-matplotlib (scripts/deps bench)",
              file=sys.stderr)
        drawn = False
    if not drawn:
        PLOT.unlink(missing_ok=True)  # it would be that of another run
        return []
    print(f"wrote {PLOT.relative_to(TOP)}")
    return [f"![CPU of a GET and of a varbind, by program]({PLOT.relative_to(TARGET.parent)})", ""]


def main():
    data = json.loads(RESULTS.read_text())
    rows, about = data["rows"], data["machine"]
    label_peers(rows, data["results"])
    lines = [f"zsnmp {about['version']}, {about['date']}: {about['cpu']}, {about['cores']} cores, "
             f"Linux {about['kernel']}; medians of {data['runs']} runs of {data['seconds']:g} "
             f"seconds. The host took {about['stolen']:.1%} of the cores away in the median run, "
             f"{about['stolen_max']:.1%} in the worst.", "", *picture(rows),
             "## What is required", "", *needs_table(data["needs"]), "", *HOW.splitlines(), ""]
    for group, title in GROUPS:
        some = [row for row in rows if row["group"] == group and row["group"] not in ASIDE]
        if some:
            lines += [f"## {title}", "", *table(some), ""]
    if data["peers"]:
        lines += ["## How many times better", "", "Throughput, CPU of an operation and of a "
                  "varbind, against each of the others; latency and memory with what each had in "
                  "flight, which differs. Less than 1 is worse.", "",
                  *peers_table(data["peers"], rows), ""]
    lines += ["## What else was seen", "", *others(rows), ""]
    TARGET.write_text(HEAD + "\n".join(lines))
    print(f"wrote {TARGET.relative_to(TOP)}")


if __name__ == "__main__":
    main()
