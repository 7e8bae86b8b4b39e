"""Lint: every finding about what a document's API sends.

It decides their order. It must not know how they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.lint import documents, examples, keys, operations, structure
from cbmock.lint.findings import SEVERITIES, Finding
from cbmock.lint.schemas import SchemaFindings


def lint(description: Description, found: Iterable[Operation]) -> tuple[Finding, ...]:
    """Return the findings about the operations of a description, each place once."""
    listed = tuple(found)
    schemas = SchemaFindings(description)
    all_findings = chain(
        documents.document_findings(description),
        structure.structure_findings(description, listed),
        operations.findings_between(listed),
        *(_of_operation(each, description, schemas) for each in listed),
    )
    distinct = {(each.code, each.pointer, each.detail): each for each in all_findings}
    return tuple(sorted(distinct.values(), key=_order))


def _of_operation(
    operation: Operation, description: Description, schemas: SchemaFindings
) -> Iterator[Finding]:
    yield from keys.key_findings(operation, description)
    yield from operations.operation_findings(operation, description)
    yield from schemas.below(operation)
    yield from examples.example_findings(operation, description)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    gravity = SEVERITIES.index(finding.severity)
    return finding.document, finding.line or 0, gravity, finding.pointer + finding.code
