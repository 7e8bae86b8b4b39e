"""Notes: violations of severity `info` that each operation reports only once.

It decides which codes are such notes. It must not know how they are found.
"""

from __future__ import annotations

from cbmock.description.operations import Operation
from cbmock.violations import Violation

_ONCE = frozenset({"cloudevents-data", "signature-unchecked"})


class Notes:
    """The notes reported so far: at most one for each operation and code."""

    def __init__(self) -> None:
        """Begin without notes."""
        self._given: set[tuple[str, str]] = set()

    def without_repeats(
        self, operation: Operation, violations: tuple[Violation, ...]
    ) -> tuple[Violation, ...]:
        """Leave out notes that an earlier call to the operation has already reported."""
        if not any(each.code in _ONCE for each in violations):
            return violations
        kept = []
        for each in violations:
            key = operation.identity, each.code
            if each.code not in _ONCE or key not in self._given:
                kept.append(each)
            if each.code in _ONCE:
                self._given.add(key)
        return tuple(kept)
