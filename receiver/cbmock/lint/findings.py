"""What a finding is: one thing wrong in the document, where it is, what to write instead.

It must not know how findings are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from cbmock.description.documents import Document
from cbmock.description.positions import position
from cbmock.description.references import LEADS_BACK, Node
from cbmock.errors import UnresolvableReference
from cbmock.lint.codes import documents, keys, operations, schemas
from cbmock.lint.finding_codes import FindingCode
from cbmock.violations import Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The severities, the most severe first."""

FindingName = Literal[
    documents.DocumentFinding,
    keys.KeyFinding,
    operations.OperationFinding,
    schemas.SchemaFinding,
]
"""The code of any finding; each table of codes has a type of its own."""

FINDING_CODES: Mapping[str, FindingCode] = {
    each.code: each
    for each in chain(documents.CODES, keys.CODES, operations.CODES, schemas.CODES)
}
"""Every code that a finding can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong in the document.

    `code` is short and stable, `detail` what is wrong, `instead` what to write if that is
    known. `document` is the document's name, `pointer` the place (with the document's
    name), `line` and `column` count from 1 and are None for a document without text.
    """

    code: FindingName
    severity: Severity
    detail: str
    pointer: str
    document: str
    line: int | None = None
    column: int | None = None
    instead: str | None = None

    @property
    def where(self) -> str:
        """The place, for people: `openapi.yaml:12:5`."""
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
    node: Node, code: FindingName, detail: str, *, instead: str | None = None
) -> Finding:
    """Build a finding about the value at `node`."""
    found = position(node.document, node.tokens)
    line, column = (None, None) if found is None else found
    return Finding(
        code=code,
        severity=FINDING_CODES[code].severity,
        detail=detail,
        pointer=node.pointer,
        document=node.document.name,
        line=line,
        column=column,
        instead=instead,
    )


def text_finding(
    document: Document, line: int, code: FindingName, detail: str
) -> Finding:
    """Build a finding about a line of a document's text."""
    return Finding(
        code=code,
        severity=FINDING_CODES[code].severity,
        detail=detail,
        pointer=document.name + "#",
        document=document.name,
        line=line,
        column=1,
    )


def broken_reference(node: Node, error: UnresolvableReference) -> Finding:
    """Build a finding about a reference that has no target, or leads back to itself."""
    loop = error.reason == LEADS_BACK
    return finding(node, "ref-loop" if loop else "ref-unresolvable", error.message)
