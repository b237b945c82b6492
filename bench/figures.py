"""Figures from the raw results of runs.

`results` has a list of runs for each scenario, as many a round for all that are compared. A ratio
is taken within a round and the median of the ratios reported: machines change their speed between
rounds. CPU is compared by what it is to the bare loops that ran right before and after.
"""
import statistics

# Of a row, besides what all have: median, least and most over the runs.
EXTRAS = ("p50_us", "p99_us", "p99_slice_us", "late_p99_us", "rss_kb", "rate", "kib_idle",
          "kib_request", "in_air", "drop_kernel", "packets_resent", "first_reply_ms",
          "loop_max_us", "opening_cpu_s", "goodput", "after_ms")


def per(one, of):
    return one["cpu_s"] * 1e6 / one[of]


def rate(one):
    return one["ops"] / one["elapsed_s"]


def to_limit(one):
    """CPU a varbind, in exchanges of the bare loop."""
    return per(one, "varbinds") / one["bare_us"] if "bare_us" in one else None


def spread(values):
    values = [value for value in values if value is not None]
    return (statistics.median(values), min(values), max(values)) if values else None


def median(runs, value):
    return spread([value(one) for one in runs if "failed" not in one])


def rounds(results, *names):
    """Tuples of the runs of one round, where none failed."""
    for runs in zip(*(results.get(name, []) for name in names)):
        if not any("failed" in one for one in runs):
            yield runs


def between(results, one, other, value):
    """Median of value(run of one, run of other) over the rounds; None: never."""
    found = spread([value(a, b) for a, b in rounds(results, one, other)])
    return found and found[0]


def cpu_ratio(of):
    """How many times the CPU of the second the first takes, an operation or a varbind."""
    def ratio(one, other):
        drift = other["bare_us"] / one["bare_us"] if "bare_us" in one and "bare_us" in other else 1
        return per(one, of) / per(other, of) * drift
    return ratio


def summary(entries, results):
    rows = []
    for entry in {entry["name"]: entry for entry in entries}.values():
        runs = results[entry["name"]]
        good = [one for one in runs if "failed" not in one]
        row = {"name": entry["name"], "group": entry["group"], "what": entry["what"],
               "failed": len(runs) - len(good)}
        if good:
            row["us_per_op"] = median(runs, lambda one: per(one, "ops"))
            row["us_per_varbind"] = median(runs, lambda one: per(one, "varbinds"))
            row["ops_per_s"] = median(runs, rate)
            row["to_limit"] = (1, 1, 1) if entry["group"] == "limit" else median(runs, to_limit)
            for key in EXTRAS:
                if key in good[0]:
                    row[key] = median(runs, lambda one, k=key: one[k])
        rows.append(row)
    return rows


# What of ours does the same as a peer's scenario, by the end of its name.
COUNTERPARTS = {"get": ("one", "batch", "lib"), "walk": ("walk", "lib-walk"), "v3": ("v3-1k",)}


def beside_peers(rows, results):
    """How many times better each of ours is than each of the peers' scenarios."""
    better = {"throughput": lambda ours, its: rate(ours) / rate(its),
              "cpu_op": lambda ours, its: cpu_ratio("ops")(its, ours),
              "cpu_varbind": lambda ours, its: cpu_ratio("varbinds")(its, ours),
              "p50": lambda ours, its: its["p50_us"] / ours["p50_us"],
              "p99": lambda ours, its: its["p99_us"] / ours["p99_us"],
              "memory": lambda ours, its: its["rss_kb"] / ours["rss_kb"]}
    out = []
    for row in rows:
        if row["group"] != "peers" or "us_per_op" not in row:
            continue
        for name in COUNTERPARTS.get(row["name"].rsplit("-", 1)[-1], ()):
            ratios = {key: between(results, name, row["name"], value)
                      for key, value in better.items()}
            if ratios["throughput"] is not None:
                out.append({"ours": name, "peer": row["name"], **ratios})
    return out
