#!/usr/bin/env python3
"""What a GET through zsnmp.gevent_compat costs: CPU of this process and of zsnmpd.

Starts zsnmp-sim and zsnmpd (BUILD_DIR, default build) and lets each of many greenlets ask a device of its
own for sysUpTime.0, one GET after the other. By hand: its figures depend on the machine and its load.
"""

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from pathlib import Path

import gevent

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "integration")]
import harness

from zsnmp import gevent_compat

UPTIME = (1, 3, 6, 1, 2, 1, 1, 3, 0)
WARM_UP = 2  # GETs of each greenlet that are not counted


def cpu_seconds(pid):
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def session(peer):
    config = {"peername": peer, "version": "2c", "community": "public", "retries": 3, "timeout": 3}
    one = gevent_compat.AsyncSession(config)
    one.open_session()
    return one


def poll(sessions, gets):
    def run(one):
        for _ in range(gets):
            one.get([UPTIME])

    greenlets = [gevent.spawn(run, one) for one in sessions]
    gevent.joinall(greenlets, raise_error=True)


def measure(sessions, gets, pid):
    poll(sessions, WARM_UP)
    ours, theirs, began = time.process_time(), cpu_seconds(pid), time.monotonic()
    poll(sessions, gets)
    count = len(sessions) * gets
    took = time.monotonic() - began
    ours, theirs = time.process_time() - ours, cpu_seconds(pid) - theirs
    print(
        f"{count} GETs in {took:.2f} s, {count / took:.0f} a second; CPU of one: "
        f"{(ours + theirs) / count * 1e6:.1f} us, client {ours / count * 1e6:.1f}, "
        f"zsnmpd {theirs / count * 1e6:.1f}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--greenlets", type=int, default=1000)
    parser.add_argument("--gets", type=int, default=200, help="GETs of each greenlet (200)")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="show where the client's time goes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zsnmp-bench-") as directory:
        simulator = harness.Simulator()
        broker = harness.Broker(directory)
        try:
            gevent_compat.connect(broker.ipc)
            sessions = [session(simulator.peer(number)) for number in range(args.greenlets)]
            for _ in range(args.repeat):
                measure(sessions, args.gets, broker.pid)
            if args.profile:
                profile = cProfile.Profile()
                profile.runcall(poll, sessions, args.gets)
                pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        finally:
            broker.stop()
            simulator.stop()


if __name__ == "__main__":
    main()
