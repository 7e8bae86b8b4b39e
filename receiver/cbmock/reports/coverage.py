"""Coverage: which of the documented callbacks and webhooks were really played.

It decides what is seen, how the percentage comes about and how people are told. It must
not know calls; they are counted elsewhere (`counting`).

What a document promises are *items*: every operation that is served, every response that
is documented for it, every branch of a `oneOf` or `anyOf` in its request body. Covered
means success: only valid calls that are one operation's alone count. An operation is seen
with the first of them, a response when one was answered with it (`200`, else `2XX`, else
`default`), a branch when the body of one satisfied it. The percentage is
items seen / all items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.reports.text import numbered


@dataclass(frozen=True, slots=True)
class Item:
    """One response or branch: what it is called, where it stands, whether it was seen."""

    name: str
    seen: bool
    pointer: str | None = None
    media_type: str | None = None

    @property
    def label(self) -> str:
        """How people are told of it."""
        return self.name if self.pointer is None else f"{self.name} [{self.pointer}]"


@dataclass(frozen=True, slots=True)
class Covered:
    """What was seen of one operation.

    `operation` is its reference as in a call's record, `calls` how many counted.
    """

    operation: Mapping[str, Any]
    calls: int
    responses: tuple[Item, ...]
    branches: tuple[Item, ...]

    @property
    def items(self) -> tuple[bool, ...]:
        """Whether each item was seen, the operation first."""
        return (
            self.calls > 0,
            *(each.seen for each in (*self.responses, *self.branches)),
        )

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same operation in another record."""
        parent = self.operation["parent"] or {}
        told = ("kind", "name", "method", "expression", "pointer")
        return (
            *(self.operation[each] for each in told),
            parent.get("method"),
            parent.get("path"),
        )

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "operation": dict(self.operation),
            "calls": self.calls,
            "responses": [
                {"status": each.name, "seen": each.seen} for each in self.responses
            ],
            "branches": [
                {
                    "name": each.name,
                    "pointer": each.pointer,
                    "media_type": each.media_type,
                    "seen": each.seen,
                }
                for each in self.branches
            ],
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen of a document's operations; `left_out` are calls that don't count."""

    operations: tuple[Covered, ...] = ()
    left_out: int = 0

    @property
    def total(self) -> int:
        """How many items there are."""
        return sum(len(each.items) for each in self.operations)

    @property
    def covered(self) -> int:
        """How many items were seen."""
        return sum(sum(each.items) for each in self.operations)

    @property
    def percent(self) -> float:
        """Items seen of all items, in percent, rounded down; 100 of nothing."""
        if not self.total:
            return 100.0
        return self.covered * 1000 // self.total / 10

    def reaches(self, percent: float) -> bool:
        """Tell whether at least `percent` of the items were seen."""
        return self.covered * 100 >= percent * self.total

    def merged(self, other: Coverage) -> Coverage:
        """Return what was seen in either."""
        found = {each.key: each for each in self.operations}
        for each in other.operations:
            known = found.get(each.key)
            found[each.key] = each if known is None else _both(known, each)
        return Coverage(tuple(found.values()), self.left_out + other.left_out)

    def record(self) -> dict[str, Any]:
        """Return it as JSON: what the control API answers and reports hold."""
        return {
            "percent": self.percent,
            "covered": self.covered,
            "total": self.total,
            "left_out": self.left_out,
            "operations": [each.record() for each in self.operations],
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Coverage:
        """Read what `record` wrote."""
        return cls(
            tuple(
                Covered(
                    each["operation"],
                    each["calls"],
                    tuple(Item(i["status"], i["seen"]) for i in each["responses"]),
                    tuple(
                        Item(i["name"], i["seen"], i["pointer"], i["media_type"])
                        for i in each["branches"]
                    ),
                )
                for each in record["operations"]
            ),
            record["left_out"],
        )

    def __str__(self) -> str:
        """Write it as the table of the terminal summary."""
        return "\n".join(lines(self))


def _both(one: Covered, other: Covered) -> Covered:
    return Covered(
        one.operation,
        one.calls + other.calls,
        _either(one.responses, other.responses),
        _either(one.branches, other.branches),
    )


def _either(one: Iterable[Item], other: Iterable[Item]) -> tuple[Item, ...]:
    found: dict[tuple[str | None, ...], Item] = {}
    for each in (*one, *other):
        key = each.name, each.pointer, each.media_type
        if key not in found or each.seen:
            found[key] = each
    return tuple(found.values())


def lines(coverage: Coverage) -> Iterable[str]:
    """Write a line for each operation, what was not seen below it, and the total."""
    for each in coverage.operations:
        operation = each.operation
        told = [f"{operation['name']} {operation['method']}: {numbered(each.calls)}"]
        for noun, items in (("responses", each.responses), ("branches", each.branches)):
            if items:
                told.append(f"{sum(i.seen for i in items)} of {len(items)} {noun}")
        yield ", ".join(told)
        for noun, items in (("response", each.responses), ("branch", each.branches)):
            yield from (f"    not seen: {noun} {i.label}" for i in items if not i.seen)
    seen = f"{coverage.covered} of {coverage.total} items"
    yield f"covered: {seen}, {coverage.percent:g} %"
    if coverage.left_out:
        calls = numbered(coverage.left_out)
        yield f"    {calls} left out: invalid, ambiguous or unmatched"


def required(coverage: Coverage, percent: float) -> str | None:
    """Say that the coverage is too low; None where it is not."""
    if coverage.reaches(percent):
        return None
    return f"coverage of {coverage.percent:g} % is below the {percent:g} % required"
