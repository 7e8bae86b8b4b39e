"""The plot: the ratios with their targets, and the cost curves.

It decides how figures are drawn. Equal figures give equal bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, FuncFormatter, NullFormatter

_FIXED: dict[Any, Any] = {
    "svg.hashsalt": "cbmock",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "figure.facecolor": "white",
}
_PLAIN = FuncFormatter(lambda value, _: f"{value:g} ×")
_MET, _MISSED, _LINE = "#2a7f62", "#b4443c", "#2f5d8a"


def draw(report: dict[str, Any], path: Path) -> None:
    """Draw a report, as `__main__` writes it, to an SVG file."""
    with mpl.rc_context(_FIXED):
        figure = plt.figure(figsize=(11, 11), layout="constrained")
        figure.suptitle(_title(report), fontsize=9)
        halves = figure.add_gridspec(2, 1)
        _rows(figure.add_subfigure(halves[0]).subplots(), report["rows"])
        figures = report["figures"]
        curves = (
            ("operations", "operations", "operations, × of one operation"),
            ("journal", "calls", "calls in the journal, × of the first seconds"),
            ("sizes", "bytes", "bytes of a body, × of bare uvicorn"),
            ("connections", "connections", "connections, × of bare uvicorn"),
        )
        places = figure.add_subfigure(halves[1]).subplots(2, 2).flat
        for axes, (name, x, title) in zip(places, curves, strict=True):
            _curve(axes, figures.get(name, []), x, title)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _title(report: dict[str, Any]) -> str:
    machine, versions = report["machine"], report["versions"]
    kind = f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}"
    python = f"{machine['system']}, Python {machine['python']}"
    listed = [f"{name} {version}" for name, version in versions.items()]
    half = (len(listed) + 1) // 2
    lines = [f"{machine['date']} · {kind} · {python}", " · ".join(listed[:half])]
    return "\n".join([*lines, " · ".join(listed[half:])])


def _rows(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """Draw each ratio relative to its target: 1 is the target, further right is better."""
    drawn = [row for row in rows if row["target"] and row["ratio"] is not None]
    reached = [
        row["ratio"] / row["target"]
        if row["bound"] == "at least"
        else row["target"] / max(row["ratio"], row["target"] / 100)
        for row in drawn
    ]
    names = [f"{row['what']} / {row['against']}" for row in drawn]
    colours = [_MET if row["met"] else _MISSED for row in drawn]
    axes.barh(names, reached, color=colours, height=0.6)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(_PLAIN)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title("targets: 1 is the target, further right is better", fontsize=9)
    for at, row in enumerate(drawn):
        axes.annotate(
            f" {row['ratio']:.2f} ×", (reached[at], at), va="center", fontsize=7
        )


def _curve(axes: Axes, points: list[dict[str, float]], x: str, title: str) -> None:
    known = [(point[x], point["ratio"]) for point in points if "ratio" in point]
    axes.plot(
        [each[0] for each in known], [each[1] for each in known], "o-", color=_LINE
    )
    if x != "calls":
        axes.set_xscale("log")
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.set_ylim(bottom=0)
    axes.set_title(title, fontsize=9)
