"""The plot of docs/BENCHMARKS.md: CPU of a GET and of a walk's varbind, side by side.

Bars are ratios to the bare loops right before and after, in microseconds of the median bare loop:
the microseconds of each run are those of the machine's speed just then.
"""

GETS = {"lib": "libzsnmp in the program", "batch": "zsnmpd, batches of 50",
        "one": "zsnmpd, one GET a message", "batch-2": "zsnmpd, two workers",
        "devices-100k": "zsnmpd, 100,000 devices", "v3-1k": "zsnmpd, v3 authPriv"}
WALKS = {"lib-walk": "libzsnmp in the program", "walk": "zsnmpd"}
COLOURS = {"library": "#1b7f79", "peers": "#b8b2a7"}
BROKER, INK, FAINT = "#2b5c8a", "#222222", "#8a8a8a"


def bars_of(rows, ours, suffix, limit):
    """Label, (median, least, most), colour; ours in their order, then the others by their cost."""
    by_name = {row["name"]: row for row in rows if row.get("to_limit")}
    found = [(label, by_name[name]) for name, label in ours.items() if name in by_name]
    others = [(row["label"], row) for row in by_name.values()
              if row["group"] == "peers" and row["name"].endswith(suffix)]
    found += sorted(others, key=lambda pair: pair[1]["to_limit"][0])
    return [(label, [ratio * limit for ratio in row["to_limit"]],
             COLOURS.get(row["group"], BROKER)) for label, row in found]


def figure_of(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def draw(axis, bars, title, limit=None):
    values = [middle for _, (middle, _, _), _ in bars]
    least, most = min(values + ([limit] if limit else [])), max(values)
    spans = [[m - low for _, (m, low, _), _ in bars], [high - m for _, (m, _, high), _ in bars]]
    axis.barh(range(len(bars)), values, height=0.66, color=[colour for *_, colour in bars],
              xerr=spans, ecolor=INK, capsize=2, error_kw={"elinewidth": 0.8, "capthick": 0.8})
    if most > 30 * least:
        axis.set_xscale("log")
        axis.set_xlim(least / 3, most * 6)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axis.minorticks_off()
        title += ", log scale"
    else:
        axis.set_xlim(0, max(high for _, (_, _, high), _ in bars) * 1.18)
    for place, (_, (middle, _, high), _) in enumerate(bars):
        axis.annotate(figure_of(middle), (high, place), xytext=(6, 0), textcoords="offset points",
                      va="center", color=INK, zorder=4,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
    if limit:
        axis.axvline(limit, color="#c0392b", linewidth=1, linestyle=(0, (4, 3)), zorder=3)
        axis.annotate(f"bare UDP loop {figure_of(limit)}", (limit, 1), xytext=(0, 3),
                      xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
                      va="bottom", color="#c0392b")
    axis.set_yticks(range(len(bars)), [label for label, *_ in bars])
    axis.set_ylim(len(bars) - 0.4, -0.6)
    axis.set_title(title, loc="left", pad=18 if limit else 8, fontweight="bold", fontsize=10)
    axis.tick_params(axis="y", length=0)
    axis.tick_params(axis="x", colors=FAINT, length=0)
    axis.grid(axis="x", color="#e6e6e6", linewidth=0.7)
    axis.set_axisbelow(True)
    for side in ("top", "right", "bottom", "left"):
        axis.spines[side].set_visible(False)


def plot(rows, target):
    """Writes the SVG, the same for the same rows; ImportError where there is no matplotlib."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "zsnmp", "font.size": 9,
                                "font.family": "sans-serif", "text.color": INK})
    from matplotlib import pyplot
    limit = next((row["us_per_op"][0] for row in rows if row["group"] == "limit"), None)
    if limit is None:
        return False
    panels = [panel for panel in (
        (bars_of(rows, GETS, "-get", limit), "A GET: µs of CPU", limit),
        (bars_of(rows, WALKS, "-walk", limit), "A walk of ifTable, 64 rows: µs of CPU a varbind"))
        if panel[0]]
    if not panels:
        return False
    heights = [len(bars) + 1.6 for bars, *_ in panels]
    figure, axes = pyplot.subplots(len(panels), 1, figsize=(8, 0.27 * sum(heights) + 0.5),
                                   height_ratios=heights, squeeze=False, layout="constrained")
    for axis, panel in zip(axes[:, 0], panels):
        draw(axis, *panel)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None, "Creator": None})
    return True
