"""Coverage: which parts of the documented callbacks and webhooks were called.

It decides which calls count, what is covered, and how the percentage is computed. It must
not know where calls come from.

The *items* of a document are: every operation that is served, every response that is
documented for it, every branch of a `oneOf` or `anyOf` in its request body. Only valid
calls that match exactly one operation count, and handshakes where they are documented. An operation is covered by the first of
them, a response when a call was answered with it (`200`, else `2XX`, else `default`), a
branch when a body was valid against it. The percentage is covered items / all items.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.description.operations import Operation
from cbmock.mock.call import Call, reference
from cbmock.mock.mock import Mock
from cbmock.reports.documented_items import DocumentedItems, documented_items
from cbmock.reports.text import numbered, printable


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """One documented response or branch, and whether a call covered it."""

    name: str
    seen: bool
    pointer: str | None = None
    media_type: str | None = None

    @property
    def label(self) -> str:
        """Its name in reports."""
        return self.name if self.pointer is None else f"{self.name} [{self.pointer}]"


@dataclass(frozen=True, slots=True)
class OperationCoverage:
    """What calls covered of one operation.

    `operation` is its reference as in a call's record, `calls` the number of calls that
    count.
    """

    operation: Mapping[str, Any]
    calls: int
    responses: tuple[CoverageItem, ...]
    branches: tuple[CoverageItem, ...]

    @property
    def items(self) -> tuple[bool, ...]:
        """Whether each item is covered, the operation first."""
        return (
            self.calls > 0,
            *(each.seen for each in (*self.responses, *self.branches)),
        )

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
            "responses": [
                {"status": each.name, "seen": each.seen} for each in self.responses
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


@dataclass(frozen=True, slots=True)
class Coverage:
    """What calls covered of a document; `left_out` is the number of calls that don't count."""

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
        """Covered items of all items in percent, rounded down; 100 if there are no items."""
        if not self.total:
            return 100.0
        return self.covered * 1000 // self.total / 10

    def reaches(self, percent: float) -> bool:
        """Return whether at least `percent` of the items are covered."""
        return self.covered * 100 >= percent * self.total

    def merged(self, other: Coverage) -> Coverage:
        """Return what is covered in either."""
        found = {each.key: each for each in self.operations}
        for each in other.operations:
            known = found.get(each.key)
            found[each.key] = each if known is None else _both(known, each)
        return Coverage(tuple(found.values()), self.left_out + other.left_out)

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
                        CoverageItem(i["status"], i["seen"]) for i in each["responses"]
                    ),
                    tuple(
                        CoverageItem(
                            i["name"], i["seen"], i["pointer"], i["media_type"]
                        )
                        for i in each["branches"]
                    ),
                )
                for each in record["operations"]
            ),
            record["left_out"],
        )

    def __str__(self) -> str:
        """Format it as in the terminal summary."""
        return "\n".join(lines(self))


def _both(one: OperationCoverage, other: OperationCoverage) -> OperationCoverage:
    return OperationCoverage(
        one.operation,
        one.calls + other.calls,
        _either(one.responses, other.responses),
        _either(one.branches, other.branches),
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
        operation = each.operation
        name = printable(f"{operation['name']} {operation['method']}")
        parts = [f"{name}: {numbered(each.calls)}"]
        for noun, items in (("responses", each.responses), ("branches", each.branches)):
            if items:
                parts.append(f"{sum(i.seen for i in items)} of {len(items)} {noun}")
        yield ", ".join(parts)
        for noun, items in (("response", each.responses), ("branch", each.branches)):
            yield from (
                printable(f"    not seen: {noun} {i.label}")
                for i in items
                if not i.seen
            )
    seen = f"{coverage.covered} of {coverage.total} items"
    yield f"covered: {seen}, {coverage.percent:g} %"
    if coverage.left_out:
        calls = numbered(coverage.left_out)
        yield f"    {calls} left out: invalid, ambiguous or unmatched"


def required(coverage: Coverage, percent: float) -> str | None:
    """Return the message that the coverage is too low; None if it is not."""
    if coverage.reaches(percent):
        return None
    return f"coverage of {coverage.percent:g} % is below the {percent:g} % required"


# --- counting calls ---


class _SeenItems:
    """What was covered of one operation so far."""

    def __init__(self, documented: DocumentedItems) -> None:
        self._documented = documented
        self._calls = 0
        self._answered: set[str | None] = set()
        self._satisfied: set[tuple[str, str]] = set()

    def take(self, call: Call) -> None:
        self._calls += 1
        self._answered.add(self._documented.answered(call.status))
        if len(self._satisfied) < len(self._documented.branches):
            self._satisfied |= self._documented.satisfied(call)

    @property
    def covered(self) -> OperationCoverage:
        documented = self._documented
        return OperationCoverage(
            reference(documented.operation),
            self._calls,
            tuple(
                CoverageItem(code.replace("xx", "XX"), code in self._answered)
                for code in documented.codes
            ),
            tuple(
                CoverageItem(
                    each.name, (key, each.pointer) in self._satisfied, each.pointer, key
                )
                for key, each in documented.branches
            ),
        )


def _asks(call: Call) -> bool:
    """Return whether a handshake is itself what an operation is documented for."""
    operation = call.operation
    return (
        call.outcome == "handshake"
        and call.method in _ASKING
        and operation is not None
        and operation.method == call.method
    )


_ASKING = ("GET", "HEAD", "OPTIONS")
"""The methods of questions: a POST to an operation may be a question among its events."""


class CoverageCounter:
    """Counts the calls to one mock one by one; thread-safe."""

    def __init__(self, mock: Mock) -> None:
        """Start with nothing covered."""
        self._mock = mock
        self._seen: dict[Operation, _SeenItems] = {}
        self._left_out = 0
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> None:
        """Count one call."""
        with self._lock:
            if call.outcome == "handshake" and call.valid and not _asks(call):
                return
            counts = call.outcome == "matched" or _asks(call)
            if call.operation is None or not counts or not call.valid:
                self._left_out += 1
            else:
                self._seen_items(call.operation).take(call)

    def _seen_items(self, operation: Operation) -> _SeenItems:
        if operation not in self._seen:
            self._seen[operation] = _SeenItems(documented_items(self._mock, operation))
        return self._seen[operation]

    @property
    def coverage(self) -> Coverage:
        """The coverage so far, of all operations that are served."""
        with self._lock:
            served = dict.fromkeys(mount.operation for mount in self._mock.mounts)
            found = tuple(self._seen_items(each).covered for each in served)
            return Coverage(found, self._left_out)


def measure(calls: Iterable[Call], mock: Mock) -> Coverage:
    """Return the coverage of a mock's document by calls."""
    counter = CoverageCounter(mock)
    for call in calls:
        counter(call)
    return counter.coverage
