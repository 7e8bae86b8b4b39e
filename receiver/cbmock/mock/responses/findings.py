"""Findings on responses: what is documented and cannot be answered.

It decides which documented responses have no value. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.lint import examples as example_findings
from cbmock.lint.findings import Finding, finding
from cbmock.lint.message_contents import response_contents
from cbmock.mock.responses import response_body
from cbmock.mock.responses.response_body import NotGenerated, described_response


def response_findings(
    operation: Operation, description: Description
) -> tuple[Finding, ...]:
    """Return the findings on an operation's examples and schemas of responses."""
    of_examples = example_findings.response_example_findings(operation, description)
    return tuple(chain(of_examples, _not_generated(operation, description)))


def _not_generated(operation: Operation, description: Description) -> Iterator[Finding]:
    """Find the schemas for which no value exists, or none that can be found."""
    for each in response_contents(operation, description):
        place = each.node.get("schema") or each.node.get("itemSchema")
        if each.key is None or place is None:
            continue
        try:
            response_body.value_of(each.key, described_response(each.node, description))
        except NotGenerated as error:
            if error.unreadable:
                continue
            detail = (
                f"the mock cannot answer with this, no value was found: {error.reason}"
            )
            yield finding(place, "no-sample", detail)
