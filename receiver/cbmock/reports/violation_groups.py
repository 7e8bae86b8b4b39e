"""Groups of equal violations: what many calls have in common.

It decides which violations are equal: those of one rule at one place, in any item of an
array. It must not know how groups are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.mock.call import Call, reference
from cbmock.violations import Violation

NO_LONGER_VALID = "Valid when they arrived, but no longer"
"""The headline of groups of calls that another version of the document refuses."""


@dataclass(frozen=True, slots=True)
class ViolationGroup:
    """A violation of several calls: their number, and the first one."""

    operation: Operation | None
    violation: Violation
    count: int
    example: Call

    @property
    def name(self) -> str:
        """The name of the operation, for messages."""
        return "no operation" if self.operation is None else self.operation.name

    @property
    def rule(self) -> str:
        """The place and the code: `body #/paid [type]`."""
        place = self.violation.pointer or self.violation.name or ""
        return f"{f'{self.violation.location} {place}'.strip()} [{self.violation.code}]"

    def __str__(self) -> str:
        """Format it as a line."""
        return (
            f"{self.count} to {self.name}: {self.rule} {self.violation.detail} "
            f"(call {self.example.id})"
        )

    def record(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "operation": None if self.operation is None else reference(self.operation),
            "violation": self.violation.record(),
            "count": self.count,
            "example": self.example.id,
        }


def grouped(
    found: Iterable[tuple[Call, Operation | None, Iterable[Violation]]],
) -> tuple[ViolationGroup, ...]:
    """Group calls by their violations, the most frequent first.

    Each call comes with the operation that it was for before, for which it counts if it
    has none now.
    """
    groups: dict[tuple[object, ...], ViolationGroup] = {}
    for call, before, violations in found:
        operation = call.operation or before
        # A call counts once, even if it violates a rule several times.
        own = {_rule(operation, each): each for each in violations}
        for rule, violation in own.items():
            known = groups.get(rule)
            groups[rule] = (
                ViolationGroup(operation, violation, 1, call)
                if known is None
                else replace(known, count=known.count + 1)
            )
    return tuple(
        sorted(groups.values(), key=lambda each: (-each.count, each.example.id))
    )


def _rule(operation: Operation | None, violation: Violation) -> tuple[object, ...]:
    place = re.sub(r"/[0-9]+(?=/|$)", "/*", violation.pointer or "")
    identity = None if operation is None else operation.identity
    # In a body the name is the pointer's last token, so it may be an index as well.
    named = violation.name if violation.location != "body" or not place else None
    return identity, violation.location, named, place, violation.code
