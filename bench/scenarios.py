"""The scenarios: what each starts, asks and gives back.

A scenario is a function of a simulator, a directory for sockets, and seconds; its result is what a
load program prints, with more where more was seen. A run with errors, missing replies or datagrams
dropped by the kernel raises Failed.
"""
import json
from pathlib import Path

from processes import BUILD, TOP, Broker, Child, Failed, load, load_argv, run_json, running

USERS = [f"--user=u{i}:authPriv:SHA:pass-phrase-{i}:AES:pass-phrase-{i}" for i in range(5)]
WINDOW = 1000   # requests in flight
MANY = 50000    # requests at once
HELD_MS = 5000  # so long devices take to answer while memory is looked at
V3 = ("--user", "sha-aes128")
FLAT, TABLES = ("--interfaces", "8"), ("--interfaces", "64")
OPEN_WINDOW = {"window": MANY, "device_window": MANY // 1000}
OWN_USERS, SOME_DEAD = tuple(USERS), (*USERS, "--dead", "every:20")


def check(info):
    if info["drop_kernel"] or info["hook_trips"]:
        raise Failed(f"drop_kernel {info['drop_kernel']}, hook_trips {info['hook_trips']}")


def bare(sim, _directory, seconds, options=()):
    return run_json([BUILD / "bench/bare", "--port", sim.port, "--seconds", seconds, *options])


def broker_run(sim, directory, seconds, *, devices=1000, batch=50, in_flight=WINDOW,
               transport="ipc", workers=1, options=()):
    """A loop, closed unless the options name a rate, after each device has been asked once."""
    with running(Broker(directory, transport, {"workers": workers})) as broker:
        result = load(sim, broker, "--devices", devices, "--batch", batch, "--in-flight", in_flight,
                      "--warm", max(devices, 2000), "--seconds", seconds, *options)
        info = broker.info()
        result["first_reply_ms"] = broker.first_reply_ms
        check(info)
        result["loop_max_us"] = info["loop_max_us"]
        return result


def library_run(sim, _directory, seconds, options=()):
    result = run_json([BUILD / "bench/lib", "--port", sim.port, "--seconds", seconds, "--warm",
                       2000, *options])
    check(result)
    return result


HALF = {}


def half_rate(sim, directory, anew):
    """Half of what the broker sustains now, in whole thousands: the rate of all at half load."""
    if anew or not HALF:
        full = broker_run(sim, directory, 1)
        HALF["rate"] = max(1000, int(full["ops"] / full["elapsed_s"] / 2000) * 1000)
    return HALF["rate"]


def half_load(sim, directory, seconds, who):
    """The broker goes first and finds out the rate; the others follow at the same."""
    rate = half_rate(sim, directory, anew=who == "broker")
    at = ("--rate", rate)
    if who == "broker":
        result = broker_run(sim, directory, seconds, in_flight=MANY, options=at)
    else:
        result = {"library": library_run, "bare": bare}[who](sim, directory, seconds, options=at)
    return {**result, "rate": rate}


def opening(sim, directory, _seconds, devices=10000):
    """CPU of the first GET of each device, and of the same GETs once the sessions are there."""
    with running(Broker(directory, "ipc", {"workers": 1})) as broker:
        options = ["--devices", devices, "--batch", 50, "--in-flight", WINDOW, "--total", devices,
                   "--users", len(USERS)]
        first, again = load(sim, broker, *options), load(sim, broker, *options)
        check(broker.info())
        return {**first, "again_cpu_s": again["cpu_s"],
                "opening_cpu_s": first["cpu_s"] - again["cpu_s"]}


def dead(sim, directory, seconds, every=0, rate=4000, devices=10000):
    """Devices of version 3 never seen before, at a fixed rate: latencies of the living ones."""
    with running(Broker(directory, "ipc", {"workers": 1})) as broker:
        result = load(sim, broker, "--devices", devices, "--batch", 50, "--in-flight", 200000,
                      "--rate", rate, "--seconds", max(seconds, devices / rate * 2), "--users",
                      len(USERS), "--timeout", 500, "--retries", 2, "--dead", every)
        info = broker.info()
        check(info)
        return {**result, "loop_max_us": info["loop_max_us"]}


OVERLOAD_S = 10
OVERLOAD_POOL = {"workers": 1, "queue_max": 50000, "memory_max": "128M"}


def among(sim, directory, seconds, dead_every=0, slow_every=0, rate=20000, devices=10000):
    """10,000 devices at a fixed rate, as a poller asks them; figures of the healthy ones.

    From the first second on: most of what the dead ones cost is before they are known to be dead.
    """
    for every, what in ((dead_every, "dead"), (slow_every, "delay=2000")):
        if every:
            sim.rule(f"every:{every}: {what}")
    try:
        with running(Broker(directory, "ipc", {"workers": 1})) as broker:
            result = load(sim, broker, "--devices", devices, "--batch", 50, "--in-flight", 500000,
                          "--rate", rate, "--seconds", max(seconds, 8), "--timeout", 1000,
                          "--dead", dead_every, "--slow", slow_every)
            info = broker.info()
            check(info)
            healthy = sum(1 for n in range(0x010001, 0x010001 + devices)
                          if not ((dead_every and n % dead_every == 0)
                                  or (slow_every and n % slow_every == 0)))
            return {**result, "loop_max_us": info["loop_max_us"], "probes": info["breaker_probes"],
                    "asked_per_s": rate * healthy / devices}
    finally:
        sim.rule("*: clear")


def overload(sim, directory, seconds, times=3, delay_ms=160):
    """More work than can be done, by a client that does not wait for answers: what is done of it,
    against what is done when just enough is asked for. Where devices take their time they are the
    limit; else it is the machine, which the client then needs as well."""
    options = ("--devices", 1000, "--batch", 50, "--timeout", 5000)
    if delay_ms:
        sim.rule(f"*: delay={delay_ms}")
    try:
        with running(Broker(directory, "ipc", OVERLOAD_POOL)) as broker:
            full = load(sim, broker, *options, "--in-flight", 6000, "--warm", 12000, "--seconds",
                        max(seconds, 3))
            most = full["ops"] / full["elapsed_s"]
            over = load(sim, broker, *options, "--in-flight", 500000, "--rate",
                        int(times * most), "--seconds", max(seconds, OVERLOAD_S), "--refused")
            check(broker.info())
            after = load(sim, broker, *options, "--in-flight", 100, "--total", 500)
            return {**over, "goodput": over["healthy"] / over["elapsed_s"] / most,
                    "after_ms": after["elapsed_s"] * 1000}
    finally:
        sim.rule("*: clear")


def idle(sim, directory, _seconds, few, many, options=()):
    """Growth of the broker from so few idle devices to so many, by device."""
    with running(Broker(directory, "ipc", {"workers": 1})) as broker:
        sizes = []
        for devices in (few, many):
            result = load(sim, broker, "--devices", devices, "--total", devices, "--batch", 50,
                          "--in-flight", WINDOW, *options)
            broker.info_when(lambda info, n=devices: info["devices"] == n, f"{devices} devices")
            sizes.append(broker.settled_kb())
        check(broker.info())
        return {**result, "kib_idle": (sizes[1] - sizes[0]) / (many - few)}


def waiting(sim, directory, _seconds, pool, in_air):
    """Growth of the broker by 50,000 requests to devices that take their time, by request.

    All devices are known before, so it is the requests alone, with all that the broker keeps for
    them; what the kernel has of their datagrams is not in it.
    """
    options = ("--devices", 1000, "--batch", 50, "--timeout", 4 * HELD_MS)
    with running(Broker(directory, "ipc", {"workers": 1, **pool})) as broker:
        load(sim, broker, *options, "--in-flight", 50, "--total", 2000)
        before = broker.settled_kb()
        sim.rule(f"*: delay={HELD_MS}")
        try:
            with running(Child(load_argv(sim, broker, (*options, "--in-flight", MANY, "--total",
                                                       MANY)))) as client:
                seen = hold(broker, in_air)
                sim.rule("*: clear")
                result = client.result()
        finally:
            sim.rule("*: clear")
        return {**result, "in_air": seen["requests_in_flight"],
                "kib_request": (seen["rss_kb"] - before) / MANY}


def hold(broker, in_air):
    """Its memory and counters while it has all of them, in the air where that is asked for."""
    def all_there(info):
        queued = 0 if in_air else info["requests_queued"]
        return info["requests_in_flight"] + queued == MANY

    broker.info_when(all_there, f"{MANY} requests " + ("in the air" if in_air else "in the broker"))
    kb = broker.settled_kb()
    info = broker.info()
    if not all_there(info):
        raise Failed("requests were over before memory stood still")
    return {**info, "rss_kb": kb}


def drops(sim, directory, _seconds):
    """50,000 requests at once at the default settings, to devices that answer at once."""
    with running(Broker(directory, "ipc", {})) as broker:
        result = load(sim, broker, "--devices", 1000, "--batch", 50, "--in-flight", MANY, "--total",
                      MANY)
        info = broker.info()
        return {**result, **{key: info[key] for key in ("drop_kernel", "packets_resent")}}


def peer(sim, directory, _seconds, spec, op):
    """Another's library on the same agents: its least CPU and its most throughput, each at the
    number of requests in flight that suits it best."""
    addresses = Path(directory) / "addresses"
    addresses.write_text("".join(f"127.1.{i >> 8}.{i & 255}\n" for i in range(1, 1001)))
    runs = []
    for concurrency in spec["concurrency"]:
        one = run_json([*(TOP / w if "/" in w else w for w in spec["run"]), "--port", sim.port,
                        "--addresses", addresses, "--op", op, "--total", spec[op + "s"],
                        "--concurrency", concurrency, "--timeout-ms", 5000])
        if one["errors"]:
            raise Failed(f"{spec['name']}: {one['errors']} errors")
        runs.append(one)
    fastest = max(runs, key=lambda one: one["ops"] / one["elapsed_s"])
    cheapest = min(runs, key=lambda one: one["cpu_s"] / one["ops"])
    return {**cheapest, "elapsed_s": fastest["elapsed_s"] * cheapest["ops"] / fastest["ops"]}


def scenario(name, group, what, sim, function, **keys):
    return {"name": name, "group": group, "what": what, "sim": sim, "run": function, "keys": keys}


def peers():
    """Scenarios of the peers that `make bench-peers` has set up."""
    for spec in json.loads((TOP / "bench/peers/peers.json").read_text()):
        if not (BUILD / "bench/peers" / spec["needs"]).exists():
            continue
        for op, what in (("get", "GETs, 1,000 devices"), ("walk", "ifTable of 64 rows, 22 columns")):
            yield scenario(f"{spec['name']}-{op}", "peers", f"{spec['name']}: {what}", TABLES, peer,
                           spec=spec, op=op)


BARE = scenario("bare", "limit", "sendto/recvfrom loop, 1,000 devices", FLAT, bare)
# Groups whose CPU is set against bare loops right before and after.
TO_LIMIT = ("v2c", "devices", "library", "walk", "v3", "peers")
HALVES = (
    scenario("half-broker", "latency", "the broker at half of what it sustains", FLAT, half_load,
             who="broker"),
    scenario("half-lib", "latency", "the library at the same rate", FLAT, half_load, who="library"),
    scenario("half-bare", "latency", "the bare loop at the same rate", FLAT, half_load, who="bare"),
)
SCENARIOS = [
    BARE,
    scenario("one", "v2c", "one GET a message, 1,000 devices", FLAT, broker_run, batch=0),
    scenario("batch", "v2c", "GETs in batches of 50, 1,000 devices", FLAT, broker_run),
    scenario("lib", "library", "the library: GETs, 1,000 devices", FLAT, library_run),
    scenario("batch-tcp", "v2c", "batches of 50 over tcp", FLAT, broker_run, transport="tcp"),
    scenario("batch-2", "v2c", "batches of 50, 2 workers", FLAT, broker_run, workers=2),
    scenario("devices-100", "devices", "100 devices", FLAT, broker_run, devices=100, in_flight=200),
    scenario("devices-10k", "devices", "10,000 devices", FLAT, broker_run, devices=10000),
    scenario("devices-100k", "devices", "100,000 devices", FLAT, broker_run, devices=100000),
    scenario("walk", "walk", "walks: ifTable of 64 rows, 22 columns", TABLES, broker_run,
             in_flight=200, options=("--walk",)),
    scenario("lib-walk", "library", "the library: ifTable of 64 rows, 22 columns", TABLES,
             library_run, options=("--walk", "--in-flight", 200)),
    scenario("v3-10", "v3", "authPriv SHA AES-128, 10 devices", FLAT, broker_run, devices=10,
             in_flight=40, options=V3),
    scenario("v3-1k", "v3", "authPriv SHA AES-128, 1,000 devices", FLAT, broker_run, options=V3),
    scenario("v3-10k", "v3", "authPriv SHA AES-128, 10,000 devices", FLAT, broker_run,
             devices=10000, options=V3),
    scenario("open", "v3", "first GET to 10,000 v3 devices, 5 pass phrases", OWN_USERS, opening),
    *HALVES, *HALVES, *HALVES,  # a p99 is soon spoilt by what else the machine does
    scenario("idle-v2c", "memory", "100,000 idle v2c devices", FLAT, idle, few=10000, many=100000),
    scenario("idle-v3", "memory", "50,000 idle v3 devices", FLAT, idle, few=10000, many=50000,
             options=V3),
    scenario("queued", "memory", "50,000 GETs at once, default settings", FLAT, waiting,
             pool={}, in_air=False),
    scenario("inflight", "memory", "50,000 GETs at once, the window open", FLAT, waiting,
             pool=OPEN_WINDOW, in_air=True),
    scenario("drops", "drops", "50,000 GETs at once, default settings", FLAT, drops),
    scenario("alive", "dead", "10,000 new v3 devices, all alive", OWN_USERS, dead),
    scenario("dead", "dead", "the same, 500 of them dead", SOME_DEAD, dead, every=20),
    scenario("healthy", "among", "10,000 v2c devices, 20,000 GETs a second", FLAT, among),
    scenario("among", "among", "the same, 20% dead and 5% slow (2 s): the healthy ones", FLAT,
             among, dead_every=5, slow_every=19),
    scenario("overload", "overload", "three times more than 1,000 devices of 160 ms can do", FLAT,
             overload),
    scenario("overload-cpu", "overload", "three times more than the machine can do", FLAT,
             overload, delay_ms=0),
]
