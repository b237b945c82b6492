"""GETs and walks with net-snmp's snmpget and snmpbulkwalk: a process each, as scripts do it."""
import argparse
import json
import os
import resource
import subprocess
import threading
import time

UPTIME, IF_TABLE = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2"
ENV = {"PATH": os.environ["PATH"], "MIBS": "", "MIBDIRS": "/nonexistent"}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--addresses", required=True)
    parser.add_argument("--op", choices=("get", "walk"), default="get")
    parser.add_argument("--total", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--timeout-ms", type=int, default=1000)
    args = parser.parse_args()
    with open(args.addresses, encoding="ascii") as lines:
        devices = [line.strip() for line in lines if line.strip()]
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

    before, start = cpu(), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(args.concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    version = subprocess.run(["snmpget", "-V"], capture_output=True, text=True, check=False)
    latencies.sort()
    print(json.dumps({
        "name": "net-snmp tools", "version": version.stderr.split()[-1], "ops": args.total,
        "varbinds": sum(counts), "errors": counts.count(0), "elapsed_s": elapsed,
        "cpu_s": cpu() - before, "p50_us": latencies[len(latencies) // 2],
        "p99_us": latencies[len(latencies) * 99 // 100],
        "rss_kb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))


if __name__ == "__main__":
    main()
