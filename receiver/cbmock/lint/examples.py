"""Findings about examples: those that are not valid against their own schema.

It must not know where answers are built from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cbmock.contract.schemas.bundling import Annotation
from cbmock.contract.schemas.schema import Schema
from cbmock.description import schema_resources
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference
from cbmock.http import media_types
from cbmock.lint.findings import Finding, broken_reference, finding
from cbmock.lint.message_contents import (
    MessageContent,
    operation_contents,
    response_contents,
)
from cbmock.violations import errors

_MOST_SCHEMAS = 50
"""How many compiled schemas are kept for the examples to come."""


class ExampleFindings:
    """Checks examples; those of one schema by what was compiled once."""

    def __init__(self, description: Description) -> None:
        """Start without any schema compiled."""
        self._description = description
        self._compiled: dict[tuple[NodePlace, Annotation], Schema] = {}

    def below(self, operation: Operation) -> Iterator[Finding]:
        """Yield the examples of an operation that are invalid, with the first reason."""
        for content in operation_contents(operation, self._description):
            yield from self._of_content(content)

    def of_responses(self, operation: Operation) -> Iterator[Finding]:
        """Yield invalid examples of its responses only, which are sent nevertheless."""
        for content in response_contents(operation, self._description):
            yield from self._of_content(content)

    def _of_content(self, content: MessageContent) -> Iterator[Finding]:
        yield from _unreadable(content.node, self._description)
        schema = content.node.get("schema")
        if schema is None or not _is_json(content.key):
            return
        waived: Annotation = "writeOnly" if content.sent else "readOnly"
        for node, value in example_values(content.node, self._description):
            if content.key is None and isinstance(value, str):
                continue  # it may be the serialized field (OAS 3.1.1 §4.8.21)
            if not self._accepts(schema, waived, value):
                own = Schema(schema, self._description, waived=waived)
                yield from example_findings(node, value, own)

    def _accepts(self, node: Node, waived: Annotation, value: Any) -> bool:
        """Return whether a value is valid; False if the schema cannot be read."""
        try:
            target = self._target(node)
            key = target.place, waived
            if key not in self._compiled:
                if len(self._compiled) == _MOST_SCHEMAS:
                    self._compiled.clear()
                self._compiled[key] = Schema(target, self._description, waived=waived)
            return self._compiled[key].is_valid(value)
        except UnresolvableReference:
            return False

    def _target(self, node: Node) -> Node:
        """Return what a schema only refers to, where that is the same on every way."""
        refers = isinstance(node.value, dict) and node.value.keys() == {"$ref"}
        if not refers or schema_resources.has_identifiers(node.document):
            return node
        return schema_resources.follow(self._description, node, str(node.value["$ref"]))


def _unreadable(carrier: Node, description: Description) -> Iterator[Finding]:
    """Yield references to examples, and external values, that cannot be read."""
    examples = carrier.get("examples")
    for _, each in () if examples is None else examples.members():
        try:
            external = description.resolve(each).get("externalValue")
        except UnresolvableReference as error:
            yield broken_reference(each, error)
            continue
        if external is None or not isinstance(external.value, str):
            continue
        try:
            description.literal(external, external.value)
        except UnresolvableReference as error:
            detail = f"the example is left out: it {error.reason}"
            yield finding(external, "example-unreadable", detail)


def _is_json(key: str | None) -> bool:
    """Return whether examples are data for the schema, as those of a header always are."""
    media_type = None if key is None else media_types.parse(key)
    return key is None or (media_type is not None and media_type.is_json)


def example_values(
    carrier: Node, description: Description
) -> Iterator[tuple[Node, Any]]:
    """Yield each example with the data that it contains."""
    examples = carrier.get("examples")
    for _, each in () if examples is None else examples.members():
        try:
            yield from _values(description.resolve(each), description)
        except UnresolvableReference:
            continue
    single = carrier.get("example")
    if single is not None:
        yield single, single.value


def _values(example: Node, description: Description) -> Iterator[tuple[Node, Any]]:
    for name in ("dataValue", "value"):
        value = example.get(name)
        if value is not None:
            yield value, value.value
            return
    serialized, external = example.get("serializedValue"), example.get("externalValue")
    if serialized is not None and isinstance(serialized.value, str):
        yield serialized, _inside(serialized.value)
    elif external is not None and isinstance(external.value, str):
        octets = description.literal(external, external.value)
        yield external, _inside(octets.decode("utf-8", "replace"))


def example_findings(example: Node, value: Any, schema: Schema) -> Iterator[Finding]:
    """Yield what is wrong with an example, the first reason only."""
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - 30 ms, loads jsonschema

    try:
        if schema.is_valid(value):
            return
        if isinstance(value, str) and schema.is_valid(_inside(value)):
            detail = "the example is a string that holds JSON; write the JSON itself"
            yield finding(example, "stringified-example", detail)
            return
        violations = errors(explanation.explain(schema, value))
    except UnresolvableReference:
        return
    if violations:
        where = (
            ""
            if violations[0].pointer in (None, "#")
            else f" at {violations[0].pointer}"
        )
        detail = f"the example is not valid against its own schema{where}: {violations[0].detail}"
        yield finding(example, "example-invalid", detail)


def _inside(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
