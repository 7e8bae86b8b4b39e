"""Allowed violations: what a test tolerates of its calls.

It decides which violations count. It must not know how calls are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cbmock.description.operations import Operation
from cbmock.mock.call import Call
from cbmock.triggers.expected_callbacks import MissingCallback
from cbmock.violation_codes.table import check_codes
from cbmock.violations import Violation, errors


class AllowedViolations:
    """The codes and locations that are allowed, each for all operations or for one."""

    def __init__(self) -> None:
        """Start with nothing allowed."""
        self._allowed: list[tuple[Operation | None, frozenset[str]]] = []

    def add(self, codes: Iterable[str], operation: Operation | None) -> None:
        """Allow codes or locations, of one operation or of all."""
        named = frozenset(codes)
        check_codes(named)
        self._allowed.append((operation, named))

    def missing(self, callbacks: Iterable[MissingCallback]) -> list[MissingCallback]:
        """Return the missing callbacks that are errors and not allowed."""
        return [
            each
            for each in callbacks
            if each.severity == "error" and not self.has(each.violation, each.concerns)
        ]

    def fails(self, call: Call) -> bool:
        """Return whether a call has an error that is not allowed."""
        return any(not self.has(each, call.is_for) for each in errors(call.violations))

    def has(self, violation: Violation, concerns: Callable[[Operation], bool]) -> bool:
        """Return whether a violation is allowed; `concerns` tests its operation."""
        return any(
            (operation is None or concerns(operation))
            and (not codes or codes & {violation.code, violation.location})
            for operation, codes in self._allowed
        )
