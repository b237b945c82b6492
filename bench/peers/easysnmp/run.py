"""GETs and walks with easysnmp, a C extension on the system's net-snmp that blocks: a session for each
device, kept, and as many processes as requests are to be in flight."""
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import easysnmp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from common import IF_TABLE, UPTIME, cpu, parse, report  # noqa: E402


def one(session, op):
    if op == "get":
        return 1 if session.get(UPTIME).snmp_type == "TICKS" else 0
    return len(session.bulkwalk(IF_TABLE, max_repetitions=50))


def work(args, share, total, results, start):
    sessions = [easysnmp.Session(hostname=address, remote_port=args.port, version=2,
                                 community="public", timeout=args.timeout_ms / 1000, retries=2,
                                 use_numeric=True) for address in share]
    latencies, counts = [], []
    start.wait()
    before = cpu()
    for number in range(total):
        began = time.perf_counter()
        try:
            got = one(sessions[number % len(sessions)], args.op)
        except easysnmp.EasySNMPError:
            got = 0
        latencies.append((time.perf_counter() - began) * 1e6)
        counts.append(got)
    results.put((latencies, counts, cpu() - before,
                 resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def main():
    args = parse()
    results, start = multiprocessing.Queue(), multiprocessing.Barrier(args.concurrency + 1)
    for i in range(args.concurrency):
        share = args.addresses[i::args.concurrency]
        total = len(range(i, args.total, args.concurrency))
        multiprocessing.Process(target=work, args=(args, share, total, results, start)).start()
    start.wait()
    began = time.perf_counter()
    parts = [results.get() for _ in range(args.concurrency)]
    elapsed = time.perf_counter() - began
    report("easysnmp", [n for part in parts for n in part[1]],
           [t for part in parts for t in part[0]], elapsed, sum(part[2] for part in parts),
           sum(part[3] for part in parts))


if __name__ == "__main__":
    main()
