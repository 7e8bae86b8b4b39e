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
"""A violation's code, its pointer and its name, with `*` for indices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPlace:
    """A place in a document; `line` counts from 1."""

    pointer: str
    line: int | None

    def record(self) -> dict[str, Any]:
        """Return the place as JSON."""
        return {"pointer": self.pointer, "line": self.line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change for receivers of an operation.

    `payload` is valid in the version `valid_in` and invalid in the other. If `valid_in`
    is None, no payload is invalid in one version only; `payload`, if any, then contains
    the member that was added or removed. `cause`, `member` and `header` decide which
    calls the change concerns. `calls` is the number of recorded calls that it concerns,
    None if no calls were given.
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
    """Return the place of a node."""
    if node is None:
        return None
    line = getattr(node.pointer, "line", None)
    return DocumentPlace(pointer=str(node.pointer), line=line)


def cause_of(violation: Violation, status: int | None = None) -> Cause:
    """Return what identifies a violation, equal for all violations of the same rule.

    `status` is the status of the response if the violation is about a response.
    """
    name = violation.name
    if name is not None and name.isdecimal():
        name = "*"
    if status is not None:
        name = f"{status} {name}"
    return violation.code, _without_indices(violation.pointer), name


def _without_indices(pointer: str | None) -> str | None:
    """Let one pointer stand for the same place in every item."""
    if pointer is None:
        return None
    return "/".join("*" if each.isdecimal() else each for each in pointer.split("/"))
