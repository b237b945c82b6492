#!/usr/bin/env python3
"""How fast the client is: GETs of 1000 simulated devices in each style, and a long walk.

Starts zsnmp-sim and zsnmpd of BUILD_DIR (default build). What counts is the CPU of the client's own
process, all its threads included: simulator and service share the machine.

    build/clients/python-venv/bin/python clients/python/bench.py [--gets N] [--profile NAME]
"""

import argparse
import asyncio
import concurrent.futures
import cProfile
import os
import pstats
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import gevent

import zsnmp.aio
import zsnmp.green

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD_DIR", "build")
OIDS = [f"1.3.6.1.2.1.1.{column}.0" for column in (3, 5)]
DEVICES = 1000
TASKS = 200
THREADS = 16


def ready(process, stream, pattern):
    """Waits for the line that says a program is there."""
    for line in stream:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    sys.exit(f"{process.args[0]} has ended")


def start(directory):
    """(simulator, service), the endpoint and the peers."""
    sim = subprocess.Popen(
        [BUILD / "bin/zsnmp-sim", "--port", "0", "--interfaces", "1000"], stdout=subprocess.PIPE, text=True
    )
    port = ready(sim, sim.stdout, r"listening (\d+)")
    endpoint = f"ipc://{directory}/zsnmpd.sock"
    service = subprocess.Popen([BUILD / "bin/zsnmpd", "-b", endpoint], stderr=subprocess.PIPE, text=True)
    ready(service, service.stderr, "(ready)")
    peers = [f"127.60.{number // 250}.{number % 250 + 1}:{port}" for number in range(DEVICES)]
    return (sim, service), endpoint, peers


def blocking_batches(endpoint, peers, count):
    with zsnmp.Client(endpoint) as client:
        for _, result in client.get_many((peers[number % DEVICES] for number in range(count)), OIDS):
            assert len(result) == len(OIDS), result


def blocking_threads(endpoint, peers, count):
    def poll(first):
        for number in range(first, count, THREADS):
            client.get(peers[number % DEVICES], OIDS)

    with zsnmp.Client(endpoint) as client, concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(poll, range(THREADS)))


def blocking_one_by_one(endpoint, peers, count):
    with zsnmp.Client(endpoint) as client:
        for number in range(count):
            client.get(peers[number % DEVICES], OIDS)


def asyncio_tasks(endpoint, peers, count):
    async def main():
        async with zsnmp.aio.Client(endpoint) as client:

            async def poll(first):
                for number in range(first, count, TASKS):
                    await client.get(peers[number % DEVICES], OIDS)

            await asyncio.gather(*map(poll, range(TASKS)))

    asyncio.run(main())


def asyncio_batches(endpoint, peers, count):
    async def main():
        async with zsnmp.aio.Client(endpoint) as client:
            devices = (peers[number % DEVICES] for number in range(count))
            async for _, result in client.get_many(devices, OIDS):
                assert len(result) == len(OIDS), result

    asyncio.run(main())


def gevent_greenlets(endpoint, peers, count):
    def poll(first):
        for number in range(first, count, TASKS):
            client.get(peers[number % DEVICES], OIDS)

    with zsnmp.green.Client(endpoint) as client:
        gevent.joinall([gevent.spawn(poll, first) for first in range(TASKS)], raise_error=True)


def blocking_walk(endpoint, peers, count):
    with zsnmp.Client(endpoint) as client:
        rows = 0
        while rows < count:
            rows += sum(1 for _ in client.walk(peers[0], "1.3.6.1.2.1.2.2"))


BENCHES = {
    "blocking, get_many": blocking_batches,
    f"blocking, {THREADS} threads": blocking_threads,
    "blocking, one by one": blocking_one_by_one,
    f"asyncio, {TASKS} tasks": asyncio_tasks,
    "asyncio, get_many": asyncio_batches,
    f"gevent, {TASKS} greenlets": gevent_greenlets,
    "blocking, rows of a walk": blocking_walk,
}


def measure(name, bench, endpoint, peers, count):
    if "one by one" in name:
        count //= 10
    wall, cpu = time.perf_counter(), time.process_time()
    bench(endpoint, peers, count)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:28} {count / wall:10,.0f} {cpu / count * 1e6:8.2f} {count / cpu:10,.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gets", type=int, default=50000)
    parser.add_argument("--profile", help="profile those whose name has this in it, instead")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        programs, endpoint, peers = start(directory)
        try:
            print(f"{'':28} {'a second':>10} {'us CPU':>8} {'a CPU s':>10}")
            for name, bench in BENCHES.items():
                if not given.profile:
                    measure(name, bench, endpoint, peers, given.gets)
                elif given.profile in name:
                    profile = cProfile.Profile()
                    profile.runcall(bench, endpoint, peers, given.gets)
                    pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        finally:
            for program in programs:
                program.terminate()
                program.wait()


if __name__ == "__main__":
    main()
