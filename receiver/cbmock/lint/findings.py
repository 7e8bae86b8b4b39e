"""What a finding is: one fault of the document, where it stands, what to write instead.

It must not know how faults are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cbmock.description.positions import position
from cbmock.description.references import LEADS_BACK, Node
from cbmock.errors import UnresolvableReference

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the gravest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of the document.

    `code` is short and stable, `detail` what is wrong, `instead` what to write, where
    that can be said. `document` is its name, `pointer` where the fault stands (with the
    document's name), `line` and `column` from 1, None for a document without text.
    """

    code: str
    severity: Severity
    detail: str
    pointer: str
    document: str
    line: int | None = None
    column: int | None = None
    instead: str | None = None

    @property
    def where(self) -> str:
        """Where it stands, for people: `openapi.yaml:12:5`."""
        place = "" if self.line is None else f":{self.line}:{self.column}"
        return self.document + place

    def record(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "detail": self.detail,
            "instead": self.instead,
            "document": self.document,
            "pointer": self.pointer,
            "line": self.line,
            "column": self.column,
        }


def finding(
    node: Node,
    code: str,
    severity: Severity,
    detail: str,
    *,
    instead: str | None = None,
) -> Finding:
    """Build a finding about the value at `node`."""
    found = position(node.document, node.tokens)
    return Finding(
        code=code,
        severity=severity,
        detail=detail,
        pointer=node.pointer,
        document=node.document.name,
        line=None if found is None else found[0],
        column=None if found is None else found[1],
        instead=instead,
    )


def broken(node: Node, error: UnresolvableReference) -> Finding:
    """Build a finding about a reference that leads nowhere, or back to itself."""
    loop = error.reason == LEADS_BACK
    return finding(
        node, "ref-loop" if loop else "ref-unresolvable", "error", error.message
    )
