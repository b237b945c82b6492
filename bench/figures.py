"""From runs to figures: medians, ratios within a round, and what was asked of them."""
import statistics

EXTRAS = (("opening_cpu_s", "s of CPU for opening the sessions, beyond that of the GETs", 2),
          ("loop_max_us", "us, the longest round of a worker", 0),
          ("kib_idle", "KiB of memory an idle device", 2),
          ("kib_request", "KiB of memory a request", 2),
          ("in_air", "of the requests were in the air", 0),
          ("drop_kernel", "datagrams dropped by the kernel", 0),
          ("packets_resent", "datagrams sent again", 0),
          ("rate", "GETs a second, as asked", 0),
          ("first_reply_ms", "ms from the start of the broker to its first reply", 1))


def per(one, of):
    return one["cpu_s"] * 1e6 / one[of]


def rate(one):
    return one["ops"] / one["elapsed_s"]


def brief(one):
    if "failed" in one:
        return "FAILED: " + one["failed"]
    return (f"{per(one, 'ops'):7.2f} us/op {per(one, 'varbinds'):6.2f} us/varbind "
            f"{rate(one):9.0f} op/s")


def spread(values):
    """Median, least and most."""
    return [statistics.median(values), min(values), max(values)] if values else None


def ratios(rounds, name):
    """A scenario's CPU per operation, in each round as a ratio to the bare loops nearest to it."""
    found = []
    for results in rounds:
        good = [(n, per(one, "ops")) for n, one in results if "failed" not in one]
        for i, (n, value) in enumerate(good):
            if n != name:
                continue
            before = [v for m, v in good[:i] if m == "bare"][-1:]
            behind = [v for m, v in good[i + 1:] if m == "bare"][:1]
            if before or behind:
                found.append(value / statistics.mean(before + behind))
    return found


def summary(entries, rounds):
    rows = []
    for entry in {e["name"]: e for e in entries}.values():
        runs = [one for results in rounds for name, one in results if name == entry["name"]]
        good = [one for one in runs if "failed" not in one]
        row = {"name": entry["name"], "group": entry["group"], "what": entry["what"],
               "failed": len(runs) - len(good)}
        if good:
            row["us_per_op"] = spread([per(one, "ops") for one in good])
            row["us_per_varbind"] = spread([per(one, "varbinds") for one in good])
            row["ops_per_s"] = spread([rate(one) for one in good])
            row["to_limit"] = spread(ratios(rounds, entry["name"])) \
                if entry["name"] != "bare" else [1.0, 1.0, 1.0]
            for key in ("p50_us", "p99_us", *(extra[0] for extra in EXTRAS)):
                if key in good[0]:
                    row[key] = spread([one[key] for one in good])
        rows.append(row)
    return rows


def against_peers(by_name):
    """Throughput and CPU beside each peer: (what, figure, whether we are ahead)."""
    for name, row in by_name.items():
        ours = by_name.get("walk" if name.endswith("-walk") else "batch")
        if row["group"] != "peers" or "us_per_op" not in row or not ours or "us_per_op" not in ours:
            continue
        faster = ours["ops_per_s"][0] / row["ops_per_s"][0]
        cheaper = row["us_per_varbind"][0] / ours["us_per_varbind"][0]
        yield (f"beside {row['what']}", f"{faster:,.1f} times the throughput, 1/{cheaper:,.1f} of "
               "the CPU a varbind", "more, less", faster > 1 and cheaper > 1)


def requirements(rows):
    """What the project asks of itself, each with the figure of this run: (what, figure, bound, met)."""
    by_name = {row["name"]: row for row in rows if not row["failed"]}
    table = []

    def add(what, names, figure, bound, text="{:.2f}", at_least=False):
        if all(n in by_name and "us_per_op" in by_name[n] for n in names):
            value = figure(*(by_name[n] for n in names))
            met = value >= bound if at_least else value <= bound
            limit = ("at least " if at_least else "at most ") + text.format(bound)
            table.append((what, text.format(value), limit, met))

    add("one GET a message, CPU in bare loops", ["one"], lambda r: r["to_limit"][0], 1.5)
    add("GETs in batches of 50, CPU in bare loops", ["batch"], lambda r: r["to_limit"][0], 1.35)
    add("walks, us of CPU a varbind", ["walk"], lambda r: r["us_per_varbind"][0], 0.35)
    add("two workers beside one, throughput", ["batch-2", "batch"],
        lambda two, one: two["ops_per_s"][0] / one["ops_per_s"][0], 1.7, at_least=True)
    add("p99 that the broker adds to the library's at half load, ms", ["half-broker", "half-lib"],
        lambda broker, lib: (broker["p99_us"][0] - lib["p99_us"][0]) / 1000, 1.0)
    add("CPU a GET with 100,000 devices beside 1,000", ["devices-100k", "batch"],
        lambda many, few: many["to_limit"][0] / few["to_limit"][0], 1.25)
    add("ms from start to first reply", ["one"], lambda r: r["first_reply_ms"][0], 50, "{:.1f}")
    add("KiB an idle v2c device", ["idle-v2c"], lambda r: r["kib_idle"][0], 1.5)
    add("KiB an idle v3 device", ["idle-v3"], lambda r: r["kib_idle"][0], 3.0)
    add("KiB a request that waits", ["queued"], lambda r: r["kib_request"][0], 2.0)
    add("KiB a request in the air", ["inflight"], lambda r: r["kib_request"][0], 2.0)
    add("datagrams dropped by the kernel, 50,000 GETs at once", ["drops"],
        lambda r: r["drop_kernel"][2], 0, "{:.0f}")
    return table + list(against_peers(by_name))


def show(rows):
    print(f"\n{'':14} {'us/op':>7} {'min..max':>15} {'x limit':>7} {'us/vb':>6} {'op/s':>8} "
          f"{'p50 us':>7} {'p99 us':>7}")
    for row in rows:
        if "us_per_op" not in row:
            print(f"{row['name']:14} FAILED")
            continue
        middle, low, high = row["us_per_op"]
        p50, p99 = (row[k][0] if k in row else 0 for k in ("p50_us", "p99_us"))
        limit = row["to_limit"][0] if row["to_limit"] else 0
        print(f"{row['name']:14} {middle:7.2f} {low:7.2f}..{high:<6.2f} {limit:7.2f} "
              f"{row['us_per_varbind'][0]:6.2f} {row['ops_per_s'][0]:8.0f} {p50:7.0f} {p99:7.0f}  "
              f"{row['what']}" + (f"  ({row['failed']} runs failed)" if row["failed"] else ""))
    for row in rows:
        for key, text, _ in EXTRAS:
            if key in row:
                print(f"{row['name']:14} {row[key][0]:10.2f} {text}")
    print()
    for what, figure, bound, met in requirements(rows):
        print(f"{'met' if met else 'NOT MET':8} {what}: {figure} ({bound})")
