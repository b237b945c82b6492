"""Prints results."""
from figures import per, rate

# Figures of some scenarios only: key, text, unit, digits.
OTHERS = (("opening_cpu_s", "CPU for opening the sessions, beyond that of the GETs", "s", 2),
          ("loop_max_us", "longest round of a worker", "us", 0),
          ("p99_slice_us", "p99 of a usual tenth of a second", "us", 0),
          ("late_p99_us", "so late was the client itself, p99", "us", 0),
          ("rate", "GETs a second, open loop", "", 0),
          ("kib_idle", "memory a device", "KiB", 2),
          ("kib_request", "memory a request", "KiB", 2),
          ("in_air", "of the requests were in the air", "", 0),
          ("drop_kernel", "datagrams dropped by the kernel", "", 0),
          ("packets_resent", "datagrams sent again", "", 0))
BETTER = ("throughput", "cpu_op", "cpu_varbind", "p50", "p99", "memory")
MET = {True: "met", False: "NOT MET", None: "told"}
# Groups whose CPU an operation says nothing: what counts of them is elsewhere.
ASIDE = ("memory", "drops")


def told(row):
    """Its figures of OTHERS, where they say something."""
    for key, text, unit, digits in OTHERS:
        counts = {"late_p99_us": "rate" in row, "p99_slice_us": "rate" in row,
                  "drop_kernel": row["group"] == "drops",
                  "packets_resent": row["group"] == "drops"}
        if key in row and counts.get(key, True):
            yield text, f"{row[key][0]:,.{digits}f} {unit}".rstrip()


def brief(one):
    if "failed" in one:
        return "FAILED: " + one["failed"]
    return (f"{per(one, 'ops'):7.2f} us/op {per(one, 'varbinds'):6.2f} us/varbind "
            f"{rate(one):9.0f} op/s")


def line(row):
    middle, low, high = row["us_per_op"]
    limit = f"{row['to_limit'][0]:7.2f}" if row.get("to_limit") else f"{'':7}"
    p50, p99 = (f"{row[k][0]:7.0f}" if k in row else f"{'':7}" for k in ("p50_us", "p99_us"))
    rss = f"{row['rss_kb'][0] / 1024:6.0f}" if "rss_kb" in row else f"{'':6}"
    return (f"{row['name']:14} {middle:9.2f} {f'{low:.2f}..{high:.2f}':>19} "
            f"{row['us_per_varbind'][0]:8.2f} {limit} {row['ops_per_s'][0]:8.0f} {p50} {p99} "
            f"{rss}  {row['what']}")


def show(rows, peers, needs):
    print(f"\n{'':14} {'us/op':>9} {'min..max':>19} {'us/vb':>8} {'x bare':>7} {'op/s':>8} "
          f"{'p50 us':>7} {'p99 us':>7} {'MiB':>6}")
    for row in rows:
        failed = f"  ({row['failed']} runs failed)" if row["failed"] else ""
        if "us_per_op" not in row:
            print(f"{row['name']:14} FAILED")
        elif row["group"] not in ASIDE:
            print(line(row) + failed)
        else:
            print(f"{row['name']:14} {row['what']}{failed}")
    print()
    for row in rows:
        for text, figure in told(row):
            print(f"{row['name']:14} {figure:>12}  {text}")
    for one in peers:
        print(f"{one['ours']:9} against {one['peer']:14} so many times better: "
              + ", ".join(f"{key} {one[key]:,.2f}" for key in BETTER))
    print()
    for need in needs:
        print(f"({need['id']}) {MET[need['met']]:8} {need['what']}: {need['figure']} "
              f"({need['wanted']})")
