"""Findings on responses: documented responses that the mock cannot send.

It decides which documented responses have no value. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.lint.examples import ExampleFindings
from cbmock.lint.findings import Finding, finding
from cbmock.lint.lint import ENDLESS, lint, ordered
from cbmock.lint.message_contents import response_contents
from cbmock.mock.generation import schema_samples
from cbmock.mock.responses import response_body, response_headers
from cbmock.mock.responses.response_body import NotGenerated, described_response


def response_findings(
    operation: Operation, description: Description
) -> tuple[Finding, ...]:
    """Return the findings on an operation's examples and schemas of responses."""
    of_examples = ExampleFindings(description).of_responses(operation)
    return tuple(chain(of_examples, _not_generated(operation, description)))


def all_findings(
    description: Description, operations: Iterable[Operation]
) -> tuple[Finding, ...]:
    """Return the findings of lint, and those about answers that cannot be generated."""
    listed = tuple(operations)
    found = lint(description, listed, schema_samples)
    if any(each.code in ENDLESS for each in found):
        return found
    served = (each for each in listed if each.served)
    return ordered([*found, *chain(*(_not_generated(e, description) for e in served))])


def _not_generated(operation: Operation, description: Description) -> Iterator[Finding]:
    """Find the schemas for which no value exists, or none that can be found."""
    for each in response_contents(operation, description):
        place = each.node.get("schema") or each.node.get("itemSchema")
        if place is None:
            continue
        reason = (
            response_headers.reason_without_value(each.node, description)
            if each.key is None
            else _reason_without_body(each.key, each.node, description)
        )
        if reason:
            detail = f"the mock cannot answer with this, no value was found: {reason}"
            yield finding(place, "no-sample", detail)


def _reason_without_body(key: str, node: Node, description: Description) -> str:
    try:
        response_body.value_of(key, described_response(node, description))
    except NotGenerated as error:
        return "" if error.unreadable else error.reason
    return ""
