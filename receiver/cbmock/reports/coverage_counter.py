"""Counting: which items of a document the calls to its mock cover.

It decides which calls count, and what each covers. It must not know where they come from.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from cbmock.description.operations import Operation
from cbmock.mock.call import Call, reference
from cbmock.mock.mock import Mock
from cbmock.reports.coverage import Coverage, CoverageItem, OperationCoverage
from cbmock.reports.documented_items import DocumentedItems, documented_items

_AUTOMATIC = "FastAPI writes its HTTPValidationError into every operation"


class _SeenItems:
    """The items of one operation that were covered so far."""

    def __init__(self, documented: DocumentedItems) -> None:
        self._documented = documented
        self._calls = 0
        self._answered: set[str | None] = set()
        self._satisfied: set[tuple[str, str]] = set()

    def take(self, call: Call) -> None:
        self._calls += 1
        if call.sent != "nothing":
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
                CoverageItem(
                    code.replace("xx", "XX"),
                    code in self._answered,
                    omitted=_AUTOMATIC if code in documented.automatic else None,
                )
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
    """Return whether an operation documents the handshake itself."""
    operation = call.operation
    return (
        call.outcome == "handshake"
        and call.method in _ASKING
        and operation is not None
        and operation.method == call.method
    )


_ASKING = ("GET", "HEAD", "OPTIONS")
"""The methods of handshakes; a POST may be a handshake among the operation's events."""


class CoverageCounter:
    """Counts the calls to one mock one by one; thread-safe."""

    def __init__(self, mock: Mock) -> None:
        """Start without coverage."""
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
