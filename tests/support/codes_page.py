"""The page `docs/codes.md`, made from the tables of codes.

`make reference` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cbmock.lint.findings import FINDING_CODES
from cbmock.violation_codes import (
    answers,
    bodies,
    deliveries,
    handshakes,
    requests,
    schema_keywords,
    signatures,
)
from cbmock.violation_codes.code import Code

PAGE = Path(__file__).parents[2] / "docs" / "codes.md"

HEAD = """\
# Codes

Every violation and every finding has a code: it is stable, has one meaning, and stands in
the records of the control API, in reports, and in `--format json`.

A **violation** is what a sender did against the contract. `cbmock.allow_violations("CODE")`
lets it pass in one test; a location (`body`, `header`, `delivery`, …) allows all codes at
that place. An unknown code is an error that names the nearest one. The severity is the
usual one: XML bodies, and below OpenAPI 3.1 bodies of GET, HEAD and DELETE, only cause
warnings.

A **finding** is what is wrong with the document; `cbmock lint` shows them.
"""
SECTIONS = (
    ("URL, method, parameters, credentials", requests.CODES),
    ("Bodies", bodies.CODES),
    ("Schemas", schema_keywords.CODES),
    ("Signatures", signatures.CODES),
    ("Deliveries", deliveries.CODES),
    ("Handshakes", handshakes.CODES),
    ("Answers of receivers", answers.CODES),
)


def page() -> str:
    """Return the whole page."""
    lines = [HEAD, "## Violations", ""]
    for title, codes in SECTIONS:
        lines += [f"### {title}", "", *_violations(codes), ""]
    lines += ["## Findings", ""]
    lines += _table(
        ("code", "severity", "meaning", "example", "what to do"),
        (
            (f"`{code}`", each.severity, each.meaning, _text(each.example), each.advice)
            for code, each in sorted(FINDING_CODES.items())
        ),
    )
    return "\n".join(lines) + "\n"


def _violations(codes: Iterable[Code]) -> Iterator[str]:
    return _table(
        ("code", "severity", "location", "meaning", "example", "what to do"),
        (
            (
                f"`{each.code}`",
                each.severity,
                ", ".join(each.locations),
                each.meaning,
                _text(each.example),
                each.advice,
            )
            for each in codes
        ),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |"


def _text(example: str) -> str:
    """Write an example as code; one that holds backticks needs more of them."""
    return f"`` {example} ``" if "`" in example else f"`{example}`"
