"""GETs and walks with gufo_snmp's asyncio interface: a session for each device, kept, and tasks."""
import asyncio
import resource
import sys
import time
from pathlib import Path

from gufo.snmp import SnmpVersion
from gufo.snmp.aio import SnmpSession

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from common import IF_TABLE, UPTIME, cpu, parse, report  # noqa: E402


async def one(session, op):
    if op == "get":
        return 0 if await session.get(UPTIME) is None else 1
    count = 0
    async for _ in session.getbulk(IF_TABLE):
        count += 1
    return count


async def run(args):
    sessions = [SnmpSession(addr=address, port=args.port, community="public",
                            version=SnmpVersion.v2c, timeout=args.timeout_ms / 1000,
                            max_repetitions=50) for address in args.addresses]
    numbers, latencies, counts = iter(range(args.total)), [], []

    async def work():
        for number in numbers:
            began = time.perf_counter()
            try:
                got = await one(sessions[number % len(sessions)], args.op)
            except (TimeoutError, OSError):
                got = 0
            latencies.append((time.perf_counter() - began) * 1e6)
            counts.append(got)

    before, start = cpu(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(args.concurrency)))
    report("gufo_snmp", counts, latencies, time.perf_counter() - start, cpu() - before,
           resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    asyncio.run(run(parse()))
