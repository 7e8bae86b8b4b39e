"""Lint: every finding about the callbacks and webhooks of a document.

It decides their order. It must not know how they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.lint import documents, keys, operations, structure
from cbmock.lint.examples import ExampleFindings
from cbmock.lint.findings import SEVERITIES, Finding
from cbmock.lint.satisfiability import SampleFindings, Samples
from cbmock.lint.schemas import SchemaFindings


def lint(
    description: Description, found: Iterable[Operation], samples: Samples
) -> tuple[Finding, ...]:
    """Return the findings about the operations of a description, without repeats.

    `samples` generates values, to find bodies that nobody can send. If a contradiction
    explains why, only the contradiction is reported.
    """
    listed = tuple(found)
    schemas, examples = SchemaFindings(description), ExampleFindings(description)
    read = [
        *documents.document_findings(description),
        *structure.structure_findings(description, listed),
        *operations.findings_between(listed),
        *chain(
            *(_of_operation(each, description, schemas, examples) for each in listed)
        ),
    ]
    if not any(each.code in ENDLESS for each in read):
        read += schemas.of_examples()
        generated = SampleFindings(description, samples)
        found_by_samples = chain(*(generated.below(each) for each in listed))
        contradictions = [e.pointer for e in read if e.code == "contradiction"]
        read += (
            each
            for each in found_by_samples
            if each.code != "no-body-fits"
            or not any(place.startswith(each.pointer) for place in contradictions)
        )
    return ordered(read)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of the document, each place once."""
    distinct = {(each.code, each.pointer, each.detail): each for each in findings}
    return tuple(sorted(distinct.values(), key=_order))


ENDLESS = frozenset({"schema-loop", "ref-loop"})
"""Codes that cause findings about generated bodies, which are then left out."""


def _of_operation(
    operation: Operation,
    description: Description,
    schemas: SchemaFindings,
    examples: ExampleFindings,
) -> Iterator[Finding]:
    yield from keys.key_findings(operation, description)
    yield from operations.operation_findings(operation, description)
    yield from schemas.below(operation)
    yield from examples.below(operation)


def _order(finding: Finding) -> tuple[str, int, int, str]:
    gravity = SEVERITIES.index(finding.severity)
    return finding.document, finding.line or 0, gravity, finding.pointer + finding.code
