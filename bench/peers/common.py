"""What the Python peers share: the options that each takes, and the line that each prints."""
import argparse
import importlib.metadata
import json
import resource

UPTIME, IF_TABLE = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2"


def parse():
    """The options, with the addresses read."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--addresses", required=True)
    parser.add_argument("--op", choices=("get", "walk"), default="get")
    parser.add_argument("--total", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--timeout-ms", type=int, default=1000)
    args = parser.parse_args()
    with open(args.addresses, encoding="ascii") as lines:
        args.addresses = [line.strip() for line in lines if line.strip()]
    return args


def cpu(who=resource.RUSAGE_SELF):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def report(package, counts, latencies, elapsed, used, rss_kb, version=None):
    """counts: varbinds of each operation; one without any is an error."""
    latencies.sort()
    print(json.dumps({
        "name": package, "version": version or importlib.metadata.version(package), "ops": len(counts),
        "varbinds": sum(counts), "errors": counts.count(0), "elapsed_s": elapsed, "cpu_s": used,
        "p50_us": latencies[len(latencies) // 2], "p99_us": latencies[len(latencies) * 99 // 100],
        "rss_kb": rss_kb}))
