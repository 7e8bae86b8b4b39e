"""Coverage: which parts of the documented callbacks and webhooks were called.

It decides which calls count, what is covered, and how the percentage is computed. It must
not know where calls come from.

The *items* of a document are: every operation that is served, every response that is
documented for it, every branch of a `oneOf` or `anyOf` in its request body. Only valid
calls that match exactly one operation count, and documented handshakes. An operation is
covered by the first such call. A response is covered when a call was answered with it
(`200`, else `2XX`, else `default`), a branch when a body was valid against it. Items
that a project omits, and the validation response that FastAPI adds by itself, count
only if they were covered. The percentage is covered items / all items.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cbmock.reports.text import numbered, printable

_STATUS = re.compile(r"[1-5](?:\d\d|[xX][xX])|default")
_SETTING = "coverage.omit"


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """One documented response or branch, and whether a call covered it.

    `omitted` says why it counts only if it was covered; None if it always counts.
    """

    name: str
    seen: bool
    pointer: str | None = None
    media_type: str | None = None
    omitted: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts as an item of the document."""
        return self.seen or self.omitted is None

    @property
    def label(self) -> str:
        """Its name in reports."""
        return self.name if self.pointer is None else f"{self.name} [{self.pointer}]"


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """The coverage of one operation.

    `operation` is its reference as in a call's record, `calls` the number of calls that
    count.
    """

    operation: Mapping[str, Any]
    calls: int
    responses: tuple[CoverageItem, ...]
    branches: tuple[CoverageItem, ...]
    omitted: str | None = None

    @property
    def items(self) -> tuple[bool, ...]:
        """Whether each item that counts is covered, the operation first."""
        if self.omitted is not None and not self.calls:
            return ()
        parts = (*self.responses, *self.branches)
        return (self.calls > 0, *(each.seen for each in parts if each.counts))

    def omitting(self, omit: Iterable[str]) -> OperationCoverage:
        """Omit uncovered items that match patterns of names and statuses."""
        found = self
        for text in omit:
            statuses = [
                each.lower() for each in text.split() if _STATUS.fullmatch(each)
            ]
            names = [each for each in text.split() if not _STATUS.fullmatch(each)]
            if not all(fnmatch.fnmatchcase(found.operation["name"], n) for n in names):
                continue
            if not statuses:
                found = replace(found, omitted=_SETTING)
                continue
            responses = tuple(
                replace(each, omitted=_SETTING)
                if each.name.lower() in statuses
                else each
                for each in found.responses
            )
            found = replace(found, responses=responses)
        return found

    @property
    def key(self) -> tuple[Any, ...]:
        """What identifies the operation across records."""
        parent = self.operation["parent"] or {}
        parts = ("kind", "name", "method", "expression", "pointer")
        return (
            *(self.operation[each] for each in parts),
            parent.get("method"),
            parent.get("path"),
        )

    def record(self) -> dict[str, Any]:
        """Return it as JSON, built from plain types only."""
        return {
            "operation": dict(self.operation),
            "calls": self.calls,
            **_reason(self.omitted),
            "responses": [
                {"status": each.name, "seen": each.seen, **_reason(each.omitted)}
                for each in self.responses
            ],
            "branches": [
                {
                    "name": each.name,
                    "pointer": None if each.pointer is None else str(each.pointer),
                    "media_type": each.media_type,
                    "seen": each.seen,
                }
                for each in self.branches
            ],
        }


def _reason(omitted: str | None) -> dict[str, str]:
    return {} if omitted is None else {"omitted": omitted}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of a document; `left_out` is the number of calls that do not count."""

    operations: tuple[OperationCoverage, ...] = ()
    left_out: int = 0

    @property
    def total(self) -> int:
        """How many items there are."""
        return sum(len(each.items) for each in self.operations)

    @property
    def covered(self) -> int:
        """How many items are covered."""
        return sum(sum(each.items) for each in self.operations)

    @property
    def percent(self) -> float:
        """The percentage of covered items, rounded down; 100 if there are no items."""
        if not self.total:
            return 100.0
        return self.covered * 1000 // self.total / 10

    def reaches(self, percent: float) -> bool:
        """Return whether at least `percent` of the items are covered."""
        return self.covered * 100 >= percent * self.total

    def merged(self, other: Coverage) -> Coverage:
        """Return the union of two coverages."""
        found = {each.key: each for each in self.operations}
        for each in other.operations:
            known = found.get(each.key)
            found[each.key] = each if known is None else _both(known, each)
        return Coverage(tuple(found.values()), self.left_out + other.left_out)

    def omitting(self, omit: Iterable[str]) -> Coverage:
        """Omit what a project's `coverage.omit` names: operations, statuses, or both."""
        patterns = tuple(omit)
        return replace(
            self, operations=tuple(e.omitting(patterns) for e in self.operations)
        )

    def record(self) -> dict[str, Any]:
        """Return it as JSON, for the control API and reports."""
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
                OperationCoverage(
                    each["operation"],
                    each["calls"],
                    tuple(
                        CoverageItem(i["status"], i["seen"], omitted=i.get("omitted"))
                        for i in each["responses"]
                    ),
                    tuple(
                        CoverageItem(
                            i["name"], i["seen"], i["pointer"], i["media_type"]
                        )
                        for i in each["branches"]
                    ),
                    each.get("omitted"),
                )
                for each in record["operations"]
            ),
            record["left_out"],
        )

    def __str__(self) -> str:
        """Format it for the terminal summary."""
        return "\n".join(lines(self))


def _both(one: OperationCoverage, other: OperationCoverage) -> OperationCoverage:
    return OperationCoverage(
        one.operation,
        one.calls + other.calls,
        _either(one.responses, other.responses),
        _either(one.branches, other.branches),
        one.omitted,
    )


def _either(
    one: Iterable[CoverageItem], other: Iterable[CoverageItem]
) -> tuple[CoverageItem, ...]:
    found: dict[tuple[str | None, ...], CoverageItem] = {}
    for each in (*one, *other):
        key = each.name, each.pointer, each.media_type
        if key not in found or each.seen:
            found[key] = each
    return tuple(found.values())


def lines(coverage: Coverage) -> Iterable[str]:
    """Yield a line for each operation, its items that are not covered, and the total."""
    for each in coverage.operations:
        if not each.items:
            continue
        operation = each.operation
        name = printable(f"{operation['name']} {operation['method']}")
        parts = [f"{name}: {numbered(each.calls)}"]
        for noun, items in (("responses", each.responses), ("branches", each.branches)):
            counting = [i for i in items if i.counts]
            if counting:
                played = sum(i.seen for i in counting)
                parts.append(f"{played} of {len(counting)} {noun}")
        yield ", ".join(parts)
        for noun, items in (("response", each.responses), ("branch", each.branches)):
            yield from (
                printable(f"    not seen: {noun} {i.label}")
                for i in items
                if i.counts and not i.seen
            )
    seen = f"{coverage.covered} of {coverage.total} items"
    yield f"covered: {seen}, {coverage.percent:g} %"
    for reason, count in _omitted(coverage).items():
        yield f"    left out, {count} time{'s' * (count != 1)}: {printable(reason)}"
    if coverage.left_out:
        calls = numbered(coverage.left_out)
        yield f"    {calls} left out: invalid, ambiguous or unmatched"


def _omitted(coverage: Coverage) -> Counter[str]:
    """Count the omitted items by kind and reason."""
    found: Counter[str] = Counter()
    for each in coverage.operations:
        if not each.items:
            found[f"operation {each.operation['name']} ({each.omitted})"] += 1
            continue
        for item in each.responses:
            if not item.counts:
                found[f"response {item.name} ({item.omitted})"] += 1
    return found


def required(coverage: Coverage, percent: float) -> str | None:
    """Return the message that the coverage is too low; None if it is not."""
    if coverage.reaches(percent):
        return None
    return f"coverage of {coverage.percent:g} % is below the {percent:g} % required"
