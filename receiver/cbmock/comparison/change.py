"""A change between two versions of a document, as a value.

It must not know how changes are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cbmock.description.operations import Operation
from cbmock.description.references import Node
from cbmock.mock.call import reference
from cbmock.violations import Violation

ChangeSeverity = Literal["breaking", "risky", "safe"]
Side = Literal["old", "new"]
Cause = tuple[str, str | None, str | None]
"""A violation's code, its pointer with `*` for indices, and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPlace:
    """Where something stands in a document; `line` counts from 1."""

    pointer: str
    line: int | None

    def record(self) -> dict[str, Any]:
        """Return the place as JSON."""
        return {"pointer": self.pointer, "line": self.line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change for receivers of an operation.

    `payload` is valid in the version `valid_in` and not in the other; where `valid_in` is
    None no payload shows the change to a contract, and a payload that is there holds what
    came or went. `cause`, `member` and `header` say which calls it concerns, `calls` how
    many of the recorded ones it does (None where none were looked at).
    """

    operation: Operation
    severity: ChangeSeverity
    kind: str
    detail: str
    old: DocumentPlace | None = None
    new: DocumentPlace | None = None
    payload: Any = None
    valid_in: Side | None = None
    cause: Cause | None = None
    member: tuple[str, ...] | None = None
    header: str | None = None
    calls: int | None = None

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock diff --format json` prints."""
        recorded = {} if self.calls is None else {"calls": self.calls}
        return {
            "operation": reference(self.operation),
            "severity": self.severity,
            "kind": self.kind,
            "old": None if self.old is None else self.old.record(),
            "new": None if self.new is None else self.new.record(),
            "payload": self.payload,
            "valid_in": self.valid_in,
            "detail": self.detail,
            **recorded,
        }


def place_of(node: Node | None) -> DocumentPlace | None:
    """Return where a node stands."""
    if node is None:
        return None
    line = getattr(node.pointer, "line", None)
    return DocumentPlace(pointer=str(node.pointer), line=line)


def cause_of(violation: Violation, status: int | None = None) -> Cause:
    """Return what stays the same where the same thing is wrong again.

    `status` is that of the response where the violation is about one.
    """
    name = violation.name if status is None else f"{status} {violation.name}"
    return violation.code, _without_indices(violation.pointer), name


def _without_indices(pointer: str | None) -> str | None:
    """Let one pointer stand for the same place in every item."""
    if pointer is None:
        return None
    return "/".join("*" if each.isdecimal() else each for each in pointer.split("/"))
