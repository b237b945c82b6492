"""What is required of zsnmp, each with the figure and whether it is met."""
from figures import between, cpu_ratio, rate, rounds, spread

TWO_WORKERS = 1.7
ADDED_US = 1000
CALM_LEAST = 3  # rounds without which nothing can be told
STOLEN = 0.005  # of the cores by the host, in a run that counts for a latency
BROKER = ("one", "batch", "walk", "v3-1k")
CORES_FOR_TWO = 5  # two workers, front, client, agents


def added_us(runs, key):
    """Median of what the broker's figure is above the library's of the same round."""
    return spread([broker[key] - library[key] for broker, library, _ in runs])[0]


def added(runs, key):
    each = [spread([one[key] for one in some])[0] / 1000 for some in zip(*runs)]
    return (f"{added_us(runs, key) / 1000:.2f} ms (broker {each[0]:.2f}, library {each[1]:.2f}, "
            f"bare loop {each[2]:.2f})")


class Needs:
    def __init__(self, rows, results, peers, cores):
        self.rows = {row["name"]: row for row in rows if "us_per_op" in row}
        self.results, self.peers, self.cores = results, peers, cores
        self.out = []

    def add(self, mark, what, wanted, figure, met):
        """`met`: yes, no, or None where the figure is only told."""
        self.out.append({"id": mark, "what": what, "wanted": wanted, "figure": figure, "met": met})

    def at_most(self, mark, what, limit, value, unit="", digits=2):
        if value is not None:
            self.add(mark, what, f"at most {limit:g}{unit}", f"{value:.{digits}f}{unit}",
                     value <= limit)

    def row(self, name, key):
        """Median of a figure; None where there is none."""
        found = self.rows.get(name, {}).get(key)
        return found[0] if found else None

    def costs(self):
        bare = " x bare loop"
        self.at_most("a", "one GET a message, v2c, 1,000 devices: CPU", 1.5,
                     self.row("one", "to_limit"), bare)
        self.at_most("a", "GETs in batches of 50: CPU", 1.35, self.row("batch", "to_limit"), bare)
        self.at_most("b", "walks of ifTable, 64 rows: CPU a varbind", 0.35,
                     self.row("walk", "us_per_varbind"), " us")
        two = between(self.results, "batch-2", "batch", lambda a, b: rate(a) / rate(b))
        if two is not None:
            enough = self.cores >= CORES_FOR_TWO
            told = "" if enough else f"; {self.cores} cores, shared with client and agents, cannot"
            self.add("c", "two workers against one: throughput", f"at least {TWO_WORKERS:g} x",
                     f"{two:.2f} x{told}", two >= TWO_WORKERS if enough else None)

    def beside(self):
        for one in (one for one in self.peers if one["ours"] in BROKER):
            good = min(one[key] for key in ("throughput", "cpu_op", "cpu_varbind")) > 1
            its = one["peer"].rsplit("-", 1)[0]
            self.add("d", f"{self.rows[one['ours']]['what']}, against {its}",
                     "more throughput, less CPU",
                     f"{one['throughput']:,.1f} x the throughput; 1/{one['cpu_op']:,.1f} of the CPU"
                     f" an operation, 1/{one['cpu_varbind']:,.1f} a varbind", good)

    def latency(self):
        """Of the rounds in which the bare loop alone keeps to what is asked for, the library's
        requests were submitted in time, and the host took no core away: in others the machine was
        busy with something else, and they say nothing for or against the broker."""
        every = list(rounds(self.results, "half-broker", "half-lib", "half-bare"))
        calm = [runs for runs in every
                if max(runs[2]["p99_us"], runs[1]["late_p99_us"]) < ADDED_US
                and max(one["stolen"] for one in runs) < STOLEN]
        if not every:
            return
        if len(calm) >= CALM_LEAST:
            figure = f"{added(calm, 'p99_us')}; {len(calm)} of {len(every)} rounds were undisturbed"
            met = added_us(calm, "p99_us") < ADDED_US
        else:
            figure = (f"cannot be told, the machine was busy otherwise in all but {len(calm)} of "
                      f"{len(every)} rounds")
            met = None
        self.add("e", "p99 that the broker adds to the library's, half load", "under 1 ms",
                 f"{figure}; of a usual 0.1 s {added(every, 'p99_slice_us')}", met)

    def losses(self):
        runs = self.results.get("drops", [])
        good = [one for one in runs if "failed" not in one]
        if not runs:
            return
        lost, resent = (sum(one[key] for one in good) for key in ("drop_kernel", "packets_resent"))
        figure = f"{lost}, {resent} sent again; all answered in {len(good)} of {len(runs)} runs"
        self.add("f", "50,000 requests at once, default settings: dropped by the kernel",
                 "none, all answered", figure, lost == 0 and len(good) == len(runs))

    def others(self):
        """What devices that are dead or slow cost those that are not, and what refusals cost."""
        slower = between(self.results, "among", "healthy",
                         lambda a, b: a["p99_slice_us"] / b["p99_slice_us"])
        if slower is not None:
            self.at_most("j", "20% dead and 5% slow devices: p99 of the healthy, of a usual 0.1 s",
                         1.1, slower, " x that without")
            done = between(self.results, "among", "healthy",
                           lambda a, b: a["healthy"] / a["elapsed_s"] / a["asked_per_s"])
            self.add("j", "the same: throughput of the healthy", "at least 0.9 of what is asked",
                     f"{done:.2f}", done >= 0.9)
        for name, what in (("overload", "three times more than the devices can do"),
                           ("overload-cpu", "three times more than the machine can do")):
            done = self.row(name, "goodput")
            if done is not None:
                self.add("k", f"{what}: what is done of it", "at least 0.9 of the most",
                         f"{done:.2f}; answers again after {self.row(name, 'after_ms'):,.0f} ms",
                         done >= 0.9)

    def sizes(self):
        grown = between(self.results, "devices-100k", "batch", cpu_ratio("ops"))
        self.at_most("g", "CPU a GET, 100,000 devices against 1,000", 1.25, grown, " x")
        first = [row["first_reply_ms"][0] for row in self.rows.values() if "first_reply_ms" in row]
        if first:
            self.add("h", "first reply after the start of the broker", "under 50 ms",
                     f"{max(first):.1f} ms", max(first) < 50)
        for name, key, what, limit in (
                ("idle-v2c", "kib_idle", "memory of an idle v2c device", 1.5),
                ("idle-v3", "kib_idle", "memory of an idle v3 device", 3),
                ("queued", "kib_request", "memory of a request in the broker, most queued", 2),
                ("inflight", "kib_request", "memory of a request in the air", 2)):
            value = self.row(name, key)
            if value is not None:
                self.add("i", what, f"under {limit:g} KiB", f"{value:.2f} KiB", value < limit)


def requirements(rows, results, peers, cores):
    needs = Needs(rows, results, peers, cores)
    needs.costs()
    needs.beside()
    needs.latency()
    needs.losses()
    needs.others()
    needs.sizes()
    return needs.out
