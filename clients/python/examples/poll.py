#!/usr/bin/env python3
"""Polls SNMP devices through a ZSNMP service and prints a table of what they say of themselves.

poll.py 192.0.2.1 192.0.2.2 router.example.net:161
poll.py --file devices.txt --community lab
"""

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path

import zsnmp

NAME = "1.3.6.1.2.1.1.5.0"
UPTIME = "1.3.6.1.2.1.1.3.0"
LOCATION = "1.3.6.1.2.1.1.6.0"
INTERFACES = "1.3.6.1.2.1.2.1.0"


def progress(done, total, failed):
    """Draws the bar where somebody can see it; it is no part of the result."""
    if sys.stderr.isatty():
        filled = 40 * done // total
        bar = "#" * filled + "." * (40 - filled)
        end = "\n" if done == total else ""
        print(f"\r[{bar}] {done}/{total}, {failed} failed", end=end, file=sys.stderr, flush=True)


def text(value):
    """A value as a person reads it; a dash for what the device does not have."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "-" if value is None or isinstance(value, zsnmp.Missing) else str(value)


def row(peer, result):
    if isinstance(result, zsnmp.Error):
        return [peer, f"({result.name})", "", "", ""]
    ticks = result.get(UPTIME)
    uptime = timedelta(seconds=ticks // 100) if isinstance(ticks, int) else None
    return [
        peer,
        text(result.get(NAME)),
        text(uptime),
        text(result.get(INTERFACES)),
        text(result.get(LOCATION)),
    ]


def print_table(rows):
    rows = [["device", "name", "uptime", "if", "location"], *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description="Poll SNMP devices through a ZSNMP service.")
    parser.add_argument("peers", nargs="*", metavar="DEVICE", help="host or host:port")
    parser.add_argument("--file", type=Path, help="a file of devices, one a line")
    parser.add_argument("--endpoint", default="tcp://127.0.0.1:7161", help="the service (%(default)s)")
    parser.add_argument("--community", default="public", help="for all devices (%(default)s)")
    given = parser.parse_args()
    peers = given.peers + (given.file.read_text().split() if given.file else [])
    peers = list(dict.fromkeys(peers))
    if not peers:
        parser.error("no devices")

    results = {}
    failed = 0
    begin = time.monotonic()
    with zsnmp.Client(given.endpoint, community=given.community) as client:
        for peer, result in client.get_many(peers, [NAME, UPTIME, INTERFACES, LOCATION]):
            results[peer] = result
            failed += isinstance(result, zsnmp.Error)
            progress(len(results), len(peers), failed)
    seconds = time.monotonic() - begin

    print_table([row(peer, results[peer]) for peer in peers])
    print(f"{len(peers) - failed} of {len(peers)} devices answered in {seconds:.2f} s")
    return 1 if failed == len(peers) else 0


if __name__ == "__main__":
    sys.exit(main())
