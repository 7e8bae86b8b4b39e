"""Calls that were valid when they arrived, and no longer are: a row for each violation.

It must not know which version of the document they were recorded with.
"""

from __future__ import annotations

from collections.abc import Iterable

from cbmock.reports.html.deliveries import call_anchor
from cbmock.reports.html.markup import Children, h, table
from cbmock.reports.html.places import Record, sentence
from cbmock.reports.violation_groups import NO_LONGER_VALID


def view(test: int, groups: Iterable[Record]) -> Children:
    """Show the groups, each with a link to its first call."""
    rows = [_row(test, each) for each in groups]
    if not rows:
        return None
    heads = ("calls", "operation", "violation", "for example")
    return h("h3", NO_LONGER_VALID), table(heads, rows)


def _row(test: int, group: Record) -> tuple[Children, ...]:
    operation, example = group["operation"], group["example"]
    return (
        group["count"],
        "no callback or webhook" if operation is None else operation["name"],
        sentence(group["violation"]),
        h("a", f"call {example}", href=f"#{call_anchor(test, example)}"),
    )
