"""`python benchmarks`: measure, print one table, and write JSON, a plot and a page.

Only ratios within one run are meaningful; slowness is never a failure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if not __package__:  # `python benchmarks` puts this folder first, not the one above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks import (
    beside,
    curves,
    disks,
    durable,
    fixtures,
    journal,
    page,
    parts,
    receiving,
    starts,
    table,
    throughput,
)
from benchmarks.machine import machine, versions
from benchmarks.servers import ROOT, furnish
from benchmarks.study import Found, NotMeasured, Rounds, Setting
from benchmarks.targets import TARGETS, Row, Target

DOCS = ROOT / "docs"
Study = Callable[[Setting], Found]

_OF_RACES = ("{}", "{}-limit", "{}-bytes", "{}-p99", "{}-longest")
_PEERS = ("prism-{}", "wiremock-{}", "fastify-{}")


def _race(body: str) -> set[str]:
    return {row.format(body) for row in (*_OF_RACES, *_PEERS)}


def _limited(name: str) -> set[str]:
    return {name, f"{name}-limit"}


# A study and the rows that it measures; a study without rows is only drawn.
STUDIES: tuple[tuple[Study, set[str]], ...] = (
    (throughput.small, _race("small") | {"fastify-small-limit"}),
    (throughput.own, _limited("own")),
    (throughput.signed, {"signed", "signed-github"}),
    (
        throughput.large,
        _race("large") | _limited("broken") | _limited("many") | {"large-alone"},
    ),
    (beside.beside, {"beside", "idle"}),
    (throughput.operations, {"operations"}),
    (journal.memory, {"memory", "memory-small", "memory-small-limit", "bound"}),
    (journal.growth, {"journal", "wait", "wait-kept"}),
    (
        durable.durable,
        {f"{e}-{s}" for e in durable.ENGINES for s in ("small", "large")},
    ),
    (disks.disks, disks.ROWS),
    (durable.shared, {"sqlite-million", "wait-shared"}),
    (
        page.page,
        {f"page-{each}" for each in ("ready", "limit", "frames", "open", "beside")},
    ),
    (
        starts.starts,
        {"start-yaml", "lint", *_limited("start"), *_limited("start-large")},
    ),
    (fixtures.fixtures, {*fixtures.ROWS, "plugin"}),
    (receiving.receiving, {"fire-late", "bugs", "cases", "cases-http"}),
    (parts.parts, {f"part-{each}" for each in parts.PARTS}),
    (curves.sizes, {"sizes", *curves.ROWS, *curves.LIMITS}),
    (curves.connections, {"connections"}),
)
CURVES = ("sizes", "connections")


def measured(study: Study, setting: Setting) -> Found:
    """Run a study; an error that stops it is the reason for each of its rows."""
    try:
        return study(setting)
    except (NotMeasured, OSError) as reason:  # OSError: a server has ended
        return Found(why=dict.fromkeys(setting.wanted, str(reason)))


def rows(targets: list[Target], found: Found) -> list[Row]:
    """Return the rows of the table."""
    return [
        Row(
            target,
            found.ratios.get(target.name, ()),
            found.why.get(target.name, ""),
            found.notes.get(target.name, ""),
        )
        for target in targets
    ]


def run(names: tuple[str, ...], rounds: Rounds) -> tuple[list[Row], dict[str, Any]]:
    """Measure the rows of these names, by default all; return them and the report."""
    targets = [each for each in TARGETS if each.chosen(names)]
    wanted = {each.name for each in targets}
    wanted |= {each for each in CURVES if not names or each in names}
    total = Found()
    with tempfile.TemporaryDirectory(prefix="cbmock-") as folder:
        furnish(Path(folder))
        for study, its in STUDIES:
            if not its & wanted:
                continue
            began = time.monotonic()
            print(f"{study.__name__} ...", file=sys.stderr, flush=True)
            setting = Setting(frozenset(its & wanted), rounds, Path(folder))
            one = measured(study, setting)
            for kept, new in zip(_parts(total), _parts(one), strict=True):
                kept.update(new)
            took = time.monotonic() - began
            print(f"{study.__name__}: {took:.0f} s", file=sys.stderr, flush=True)
    found = rows(targets, total)
    report = {
        "machine": machine(),
        "versions": versions(),
        "rounds": vars(rounds),
        "rows": [row.record() for row in found],
        "figures": total.figures,
    }
    return found, report


def _parts(found: Found) -> tuple[dict[str, Any], ...]:
    return found.ratios, found.notes, found.why, found.figures


def write(found: list[Row], report: dict[str, Any], folder: Path) -> None:
    """Write `benchmarks.json`, the plot, and the table into its page."""
    from benchmarks import plot  # noqa: PLC0415 - matplotlib takes a second

    text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    (folder / "benchmarks.json").write_text(text, "utf-8")
    plot.draw(report, folder / "benchmarks.svg")
    at = report["machine"]
    kind = (
        f"{at['date']}, {at['processor']}, {at['cores']} cores, Python {at['python']}"
    )
    page = f"{table.markdown(found)}\n\n{table.met(found)}. Measured: {kind}."
    table.put(folder / "benchmarks.md", page)


def main() -> None:
    """Read the options, measure, print, and write the files if all rows were measured."""
    listed = ", ".join([*(each.name for each in TARGETS), *CURVES])
    parser = argparse.ArgumentParser(
        prog="python benchmarks",
        description=(__doc__ or "").partition("\n")[0],
        epilog=f"Rows: {listed}.",
    )
    only = (
        "measure this row and those whose names begin with it and `-`; write no files"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help=only
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=5,
        help="5 by default; twice as many for throughput",
    )
    parser.add_argument("--seconds", type=int, default=1, help="duration of each load")
    parser.add_argument(
        "--out", type=Path, default=DOCS, help="where files are written"
    )
    asked = parser.parse_args()
    names = tuple(asked.only)
    unknown = [
        name
        for name in names
        if name not in CURVES and not any(each.chosen((name,)) for each in TARGETS)
    ]
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; there are: {listed}")
    began = time.monotonic()
    found, report = run(names, Rounds(asked.rounds, asked.seconds))
    print(table.plain(found))
    print(f"{table.met(found)}; {time.monotonic() - began:.0f} s in all.")
    if not names:
        write(found, report, asked.out)


if __name__ == "__main__":
    main()
