"""Unsendable values: why a documented request cannot be valid.

It decides by the schemas of the body, the parameters and the headers of parts. It must not
send anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from cbmock.contract.schemas.schema import Schema
from cbmock.description.operations import Operation
from cbmock.description.references import Description
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.firing import variants
from cbmock.firing.documented_request import Choices, documented_request
from cbmock.lint.message_contents import operation_contents
from cbmock.lint.satisfiability import why_unsendable
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock
from cbmock.violations import errors


def why_invalid(mock: Mock, operation: Operation, choices: Choices) -> tuple[str, ...]:
    """Return why no valid request can be made; empty if the documented one is valid."""
    whole = documented_request(mock, operation, choices)
    if variants.is_valid(mock, operation, whole.request):
        return ()
    return tuple(_unsendable(operation, mock.description))


def must_be_sendable(mock: Mock, operation: Operation) -> None:
    """Raise `ReceiverError` with the reasons if the document allows no request."""
    whole = documented_request(mock, operation)
    found = variants.faults(mock, operation, whole.request)
    if found is not None and not errors(found):
        return
    reasons = [*_unsendable(operation, mock.description)]
    if not reasons and found is None:
        reasons = ["it is taken for one of another operation"]
    elif not reasons and found is not None:
        reasons = [f"{each.where}: {each.detail}" for each in errors(found)[:1]]
    raise ReceiverError(f"no valid request can be made: {'; '.join(reasons)}")


def _unsendable(operation: Operation, description: Description) -> Iterator[str]:
    """Yield the place and the reason of each value that a request needs and cannot have."""
    for content in operation_contents(operation, description):
        node = content.node.get("schema")
        if not content.sent or node is None:
            continue
        schema = Schema(node, description, waived="writeOnly")
        reason = why_unsendable(content, schema, schema_samples)
        if reason is not None:
            yield f"{node.pointer}: {reason}"
        elif not content.is_optional:
            try:
                _ = schema.bundle
            except UnresolvableReference as error:
                yield error.message
