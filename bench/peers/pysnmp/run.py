"""GETs and walks with pysnmp's asyncio interface: one engine, a transport target for each device."""
import asyncio
import resource
import sys
import time
from pathlib import Path

from pysnmp.hlapi.v3arch.asyncio import (CommunityData, ContextData, ObjectIdentity, ObjectType,
                                         SnmpEngine, UdpTransportTarget, bulk_walk_cmd, get_cmd)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from common import IF_TABLE, UPTIME, cpu, parse, report  # noqa: E402


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
    devices = [await UdpTransportTarget.create((address, args.port),
                                               timeout=args.timeout_ms / 1000, retries=2)
               for address in args.addresses]
    one = get if args.op == "get" else walk
    numbers, latencies, counts = iter(range(args.total)), [], []

    async def work():
        for number in numbers:
            began = time.perf_counter()
            counts.append(await one(engine, community, devices[number % len(devices)]))
            latencies.append((time.perf_counter() - began) * 1e6)

    for device in devices[:args.total]:  # what it keeps of each device is made at the first request
        await get(engine, community, device)
    before, start = cpu(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(args.concurrency)))
    report("pysnmp", counts, latencies, time.perf_counter() - start, cpu() - before,
           resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    asyncio.run(run(parse()))
