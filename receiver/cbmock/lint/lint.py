"""Lint: every finding about what a document's API sends.

It decides the order in which they are told. It must not know how they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.lint import documents, examples, keys, operations
from cbmock.lint.findings import SEVERITIES, Finding
from cbmock.lint.schemas import Schemas


def lint(description: Description, found: Iterable[Operation]) -> tuple[Finding, ...]:
    """Return the findings about the operations of a description, each place once."""
    listed = tuple(found)
    schemas = Schemas(description)
    told = chain(
        documents.of_description(description),
        operations.of_all(listed),
        *(_of_operation(each, description, schemas) for each in listed),
    )
    distinct = {(each.code, each.pointer, each.detail): each for each in told}
    return tuple(sorted(distinct.values(), key=_order))


def _of_operation(
    operation: Operation, description: Description, schemas: Schemas
) -> Iterator[Finding]:
    yield from keys.of_key(operation, description)
    yield from operations.of_operation(operation, description)
    yield from schemas.of_operation(operation)
    yield from examples.of_operation(operation, description)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    gravity = SEVERITIES.index(finding.severity)
    return finding.document, finding.line or 0, gravity, finding.pointer + finding.code
