"""Differences: the expected values beside the received ones.

It decides how two values are shown side by side. It must not know where they come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cbmock.reports.text import WIDTH, printable

_WIDEST = 34


class Difference(NamedTuple):
    """One difference between a call and the expectation; all fields are texts."""

    where: str
    wanted: str
    came: str

    def __str__(self) -> str:
        """Write it as a sentence."""
        return f"{self.where}: {self.wanted} is wanted, {self.came} came"


def side_by_side(differences: Sequence[Difference], indent: str) -> Iterator[str]:
    """Write differences as a table; rows that are too wide take two lines."""
    rows = [Difference(*map(printable, row)) for row in differences]
    fitting = [row for row in rows if max(map(len, row)) <= _WIDEST]
    if fitting:
        yield from _table([Difference("", "wanted", "came"), *fitting], indent)
    for row in rows:
        if row not in fitting:
            yield f"{indent}{row.where[:WIDTH]}"
            yield f"{indent}  wanted  {_cut(row.wanted)}"
            yield f"{indent}  came    {_cut(row.came)}"


def _table(rows: Sequence[Difference], indent: str) -> Iterator[str]:
    first = max(len(row.where) for row in rows)
    second = max(len(row.wanted) for row in rows)
    for row in rows:
        yield f"{indent}{row.where:<{first}}  {row.wanted:<{second}}  {row.came}"


def _cut(text: str) -> str:
    longest = WIDTH - 16
    return text if len(text) <= longest else text[: longest - 1] + "…"
