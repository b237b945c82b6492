"""GETs and walks with net-snmp's snmpget and snmpbulkwalk: a process each, as scripts do it."""
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from common import IF_TABLE, UPTIME, cpu, parse, report  # noqa: E402

ENV = {"PATH": os.environ["PATH"], "MIBS": "", "MIBDIRS": "/nonexistent"}


def main():
    args = parse()
    devices = args.addresses
    tool = ["snmpget"] if args.op == "get" else ["snmpbulkwalk", "-Cr50"]
    tool += ["-v2c", "-cpublic", "-On", "-Oq", f"-t{args.timeout_ms / 1000:g}", "-r2"]
    numbers, lock, latencies, counts = iter(range(args.total)), threading.Lock(), [], []

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            peer = f"{devices[number % len(devices)]}:{args.port}"
            began = time.perf_counter()
            done = subprocess.run([*tool, peer, UPTIME if args.op == "get" else IF_TABLE], env=ENV,
                                  capture_output=True, check=False)
            latencies.append((time.perf_counter() - began) * 1e6)
            counts.append(done.stdout.count(b"\n") if done.returncode == 0 else 0)

    before, start = cpu(resource.RUSAGE_CHILDREN), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(args.concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    version = subprocess.run(["snmpget", "-V"], capture_output=True, text=True, check=False)
    report("net-snmp tools", counts, latencies, elapsed, cpu(resource.RUSAGE_CHILDREN) - before,
           resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, version.stderr.split()[-1])


if __name__ == "__main__":
    main()
