"""Response headers: the fields that a documented response is sent with.

It decides which of the documented headers are sent, and with which value. It must not know
statuses or bodies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cbmock.contract.parameters import parameter
from cbmock.contract.schemas.schema import Schema
from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.mock.examples import ABSENT, examples
from cbmock.mock.generation import serialization
from cbmock.mock.responses.response_body import sampled

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# These describe the transfer, which the mock decides; content is sent without coding.
_FRAMING = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TELLING = frozenset({"const", "default", "enum", "example", "examples"})


class DocumentedHeader(NamedTuple):
    """A header field of an answer; `not_generated` is why a required one has no text."""

    name: str
    text: str | None
    not_generated: str = ""


def headers_of(node: Node, description: Description) -> Iterator[DocumentedHeader]:
    """Yield the documented header fields that have a value of their own, or must be sent."""
    for name, referenced in members(node.get("headers")):
        if name.lower() in _FRAMING or not _TOKEN.fullmatch(name):
            continue
        try:
            header = description.resolve(referenced)
        except UnresolvableReference:
            continue  # lint names the reference
        reason = reason_without_value(header, description)
        value = ABSENT if reason else _value(header, description)
        if reason:
            yield DocumentedHeader(name, None, reason)
        elif value is not ABSENT:
            read = parameter.header_parameter(name, header, description)
            yield DocumentedHeader(name, serialization.text(read, value))


def reason_without_value(header: Node, description: Description) -> str:
    """Say why a required header has no value; empty where it has one or may be absent."""
    if not isinstance(header.value, dict) or header.value.get("required") is not True:
        return ""
    try:
        _header(header, description)
    except UnresolvableReference:
        return ""  # lint names the reference
    except ReceiverError as error:
        return str(getattr(error, "reason", error.message))
    return ""


def _value(header: Node, description: Description) -> Any:
    try:
        return _header(header, description)
    except ReceiverError:
        return ABSENT


def _header(header: Node, description: Description) -> Any:
    """Return a header's value if it has one of its own or is required."""
    if not isinstance(header.value, dict):
        return ABSENT
    carrier = next(
        (each for _, each in members(header.get("content"))),
        header,
    )
    carrier = description.resolve(carrier)
    for example in examples(carrier, description).values():
        return example
    schema = carrier.get("schema")
    if schema is None:
        return ABSENT
    stated = schema_resources.resolve(description, schema).value
    telling = stated.keys() & _TELLING if isinstance(stated, dict) else ()
    if telling or header.value.get("required"):
        return sampled(Schema(schema, description, waived="readOnly"))
    return ABSENT


def members(node: Node | None) -> Iterator[tuple[str, Node]]:
    """Go through the members of a node, if there is one."""
    return iter(()) if node is None else node.members()
