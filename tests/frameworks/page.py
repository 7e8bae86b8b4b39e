"""The results as tables between the markers of a page, each row with its date."""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from tests.frameworks.about import About
from tests.frameworks.judged import Judged

LONGEST = 150
HEADS = {
    "frameworks": (
        "framework",
        "tried",
        "callbacks and webhooks are",
        "operations",
        "errors and warnings",
        "requests",
        "cured",
        "taken although wrong",
    ),
    "contradictions": ("framework", "cbmock says", "why, and the cure"),
    "rewriters": (
        "tool",
        "tried",
        "does",
        "operations",
        "requests",
        "lost or changed",
        "the cure",
    ),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one framework, by table, and what nothing explains."""

    tables: dict[str, list[tuple[str, ...]]]
    unexplained: tuple[str, ...]
    summary: str


def rows(about: About, versions: list[str], results: dict[str, Judged]) -> Rows:
    """Return the rows of one framework; `results` are as written, and cured."""
    written, cured = results["written"], results.get("cured")
    taken = [f"taken: {each}" for each in written.taken]
    causes = {text: about.cure(text) for text in [*sorted(written.said), *taken]}
    said = [*causes, *(cured.said if cured else ())]
    gone = [
        says
        for each in about.cures
        for says in each.says
        if not any(says in text for text in said)
    ]
    count = f"{len(written.taken)} of {len(written.wrong)}"
    row = (
        " ".join([about.title, ", ".join(versions)]).strip(),
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        about.how,
        ", ".join(written.operations) or "none",
        ", ".join(f"{n} × `{code}`" for code, n in written.codes.items()) or "none",
        written.counted,
        cured.counted if cured else "",
        ": ".join(filter(None, [count, ", ".join(written.taken)])),
    )
    contradictions = [
        (
            about.title,
            "; ".join(_code(text) for text in causes if causes[text] == why),
            why,
        )
        for why in dict.fromkeys(causes.values())
    ]
    unexplained = [text for text, why in causes.items() if not why]
    unexplained += [f"cured, still {text}" for text in _left(about, cured)]
    return Rows(
        {"frameworks": [row], "contradictions": contradictions},
        (*unexplained, *(f"no longer so: {each}" for each in gone)),
        f"{row[3]}; {row[5]}, cured {row[6] or '-'}",
    )


def _left(about: About, cured: Judged | None) -> set[str]:
    """Return what the cure should have ended: what refuses, and what nobody explains."""
    return {
        text
        for verdict in (cured.verdicts.values() if cured else ())
        for text in verdict.said
        if not (verdict.valid and about.cure(text))
    }


def rewritten(
    about: About, versions: list[str], ours: Judged, results: dict[str, Judged]
) -> Rows:
    """Return a row for each thing that a tool does, beside what it was given."""
    table, unexplained = [], []
    for name, written in results.items():
        lost = sorted(written.said - ours.said)
        lost += [f"taken: {each}" for each in written.taken if each not in ours.taken]
        gone = set(ours.operations) - set(written.operations or ours.operations)
        lost += [f"{each} is lost" for each in sorted(gone)]
        row = (
            " ".join([about.title, ", ".join(versions)]).strip(),
            f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
            name,
            ", ".join(written.operations) or "none",
            written.counted,
            "; ".join(map(_code, lost)) or "nothing",
            "; ".join(dict.fromkeys(filter(None, map(about.cure, lost)))),
        )
        table.append(row)
        unexplained += [f"{name}: {each}" for each in lost if not about.cure(each)]
    said = "; ".join(f"{row[2]}: {row[4]}" for row in table)
    return Rows({"rewriters": table}, tuple(unexplained), said)


def _code(text: str) -> str:
    """Return `code: detail` with the code as code, and both ends of a long detail."""
    code, _, detail = text.partition(": ")
    detail = re.sub(r"(?<=')/\S*?/out/", "/…/", detail)  # where it was made
    if len(detail) > LONGEST:
        detail = f"{detail[: LONGEST // 3]} … {detail[-LONGEST // 2 :]}"
    return f"`{code}`: {detail}" if detail else text


def put(page: Path, about: About, found: Rows) -> None:
    """Put the rows into their tables, in place of the older ones of the framework."""
    text = page.read_text("utf-8")
    for name, new in found.tables.items():
        begin, end = f"<!-- {name}: written by `make matrix` -->", "<!-- end -->"
        before, _, rest = text.partition(begin)
        table, marker, after = rest.partition(end)
        if not marker:
            raise ValueError(f"{page} has no line {begin!r} with {end!r} after it")
        kept = [line for line in table.splitlines() if line.startswith("| ")][2:]
        kept = [line for line in kept if not _belongs(line, about)]
        lines = sorted([*kept, *map(_line, new)], key=str.casefold)
        head = [_line(HEADS[name]), _line(("---",) * len(HEADS[name]))]
        text = "\n".join([before + begin, "", *head, *lines, "", end + after])
    page.write_text(text, "utf-8")


def _belongs(line: str, about: About) -> bool:
    first = line.removeprefix("| ").partition(" | ")[0]
    return re.split(r" \d", first)[0] == about.title


def _line(cells: tuple[str, ...]) -> str:
    escaped = (each.replace("|", "\\|").replace("\n", " ") for each in cells)
    return f"| {' | '.join(escaped)} |"
