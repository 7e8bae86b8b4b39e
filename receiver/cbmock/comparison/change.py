"""A change between two versions of a document, as a value.

It must not know how changes are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cbmock.description.operations import Operation
from cbmock.description.references import Node
from cbmock.mock.call import reference

Severity = Literal["breaking", "risky", "safe"]
Version = Literal["old", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a document; `line` counts from 1."""

    pointer: str
    line: int | None

    def record(self) -> dict[str, Any]:
        """Return the place as JSON."""
        return {"pointer": self.pointer, "line": self.line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change for receivers of an operation.

    `payload` is valid in the version `valid_in` and not in the other; both are None where
    no payload shows the change.
    """

    operation: Operation
    severity: Severity
    kind: str
    detail: str
    old: Place | None = None
    new: Place | None = None
    payload: Any = None
    valid_in: Version | None = None

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock diff --format json` prints."""
        return {
            "operation": reference(self.operation),
            "severity": self.severity,
            "kind": self.kind,
            "old": None if self.old is None else self.old.record(),
            "new": None if self.new is None else self.new.record(),
            "payload": self.payload,
            "valid_in": self.valid_in,
            "detail": self.detail,
        }


def place_of(node: Node | None) -> Place | None:
    """Return where a node stands."""
    if node is None:
        return None
    line = getattr(node.pointer, "line", None)
    return Place(pointer=str(node.pointer), line=line)
