"""GETs and walks with pysnmp's asyncio interface: one engine, a transport target for each device."""
import argparse
import asyncio
import importlib.metadata
import json
import resource
import time

from pysnmp.hlapi.v3arch.asyncio import (CommunityData, ContextData, ObjectIdentity, ObjectType,
                                         SnmpEngine, UdpTransportTarget, bulk_walk_cmd, get_cmd)

UPTIME, IF_TABLE = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2"


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def get(engine, community, target):
    error, status, _, rows = await get_cmd(engine, community, target, ContextData(),
                                           ObjectType(ObjectIdentity(UPTIME)), lookupMib=False)
    return 0 if error or status else len(rows)


async def walk(engine, community, target):
    count = 0
    async for error, status, _, rows in bulk_walk_cmd(
            engine, community, target, ContextData(), 0, 50, ObjectType(ObjectIdentity(IF_TABLE)),
            lookupMib=False, lexicographicMode=False):
        if error or status:
            return 0
        count += len(rows)
    return count


async def run(args):
    engine, community = SnmpEngine(), CommunityData("public", mpModel=1)
    with open(args.addresses, encoding="ascii") as lines:
        devices = [await UdpTransportTarget.create((line.strip(), args.port),
                                                   timeout=args.timeout_ms / 1000, retries=2)
                   for line in lines if line.strip()]
    one = get if args.op == "get" else walk
    numbers, latencies, varbinds, errors = iter(range(args.total)), [], 0, 0

    async def work():
        nonlocal varbinds, errors
        for number in numbers:
            began = time.perf_counter()
            got = await one(engine, community, devices[number % len(devices)])
            latencies.append((time.perf_counter() - began) * 1e6)
            varbinds += got
            errors += got == 0

    before, start = cpu(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(args.concurrency)))
    elapsed, used = time.perf_counter() - start, cpu() - before
    latencies.sort()
    print(json.dumps({
        "name": "pysnmp", "version": importlib.metadata.version("pysnmp"), "ops": args.total,
        "varbinds": varbinds, "errors": errors, "elapsed_s": elapsed, "cpu_s": used,
        "p50_us": latencies[len(latencies) // 2], "p99_us": latencies[len(latencies) * 99 // 100],
        "rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--addresses", required=True)
    parser.add_argument("--op", choices=("get", "walk"), default="get")
    parser.add_argument("--total", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--timeout-ms", type=int, default=1000)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
