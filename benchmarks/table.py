"""The rows as a table, for a terminal and for a page."""

from __future__ import annotations

from pathlib import Path

from benchmarks.targets import Row

HEAD = ("what", "against", "target", "measured", "rounds", "met")
BEGIN, END = "<!-- table: written by `make bench` -->", "<!-- end of the table -->"


def cells(row: Row) -> tuple[str, ...]:
    """Return one row as text: the median, and the lowest and highest round."""
    target = row.target
    wanted = "" if target.ratio is None else f"{target.bound} {target.ratio:g} ×"
    if target.then is not None:
        wanted += f", then {target.then:g} ×"
    if row.ratio is None:
        return (target.what, target.against, wanted, f"not measured: {row.why}", "", "")
    spread = f"{_ratio(min(row.rounds))} to {_ratio(max(row.rounds))}"
    met = _YES_OR_NO[row.met]
    if row.met_then is not None:
        met += f", {_YES_OR_NO[row.met_then]}"
    what = f"{target.what} ({row.note})" if row.note else target.what
    measured = f"{_ratio(row.ratio)} ×"
    return (what, target.against, wanted, measured, spread, met)


_YES_OR_NO = {True: "yes", False: "no", None: ""}


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"  # noqa: PLR2004 - digits


def met(rows: list[Row]) -> str:
    """Return how many targets are met, and how many have no figure, as a sentence."""
    wanted = [row for row in rows if row.target.ratio is not None]
    count = sum(row.met is True for row in wanted)
    missing = sum(row.met is None for row in wanted)
    text = f"{count} of {len(wanted)} targets are met"
    harder = [row for row in rows if row.target.then is not None]
    if harder:
        count = sum(row.met_then is True for row in harder)
        text += f", and {count} of the {len(harder)} that follow"
    return text + (f"; {missing} not measured" if missing else "")


def plain(rows: list[Row]) -> str:
    """Return the table in columns."""
    lines = [HEAD, *map(cells, rows)]
    widths = [
        max(len(line[at]) for line in lines if "not measured" not in line[3])
        for at in range(len(HEAD))
    ]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def markdown(rows: list[Row]) -> str:
    """Return the table in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *map(cells, rows)]
    return "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def put(page: Path, text: str) -> None:
    """Put a text between the markers of a page."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no line {BEGIN!r} with {END!r} after it")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")
