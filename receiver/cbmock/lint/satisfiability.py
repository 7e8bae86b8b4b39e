"""Findings about bodies without a valid value, and about overlapping alternatives.

It decides both by the values that a generator finds, which is an argument. It must not
know how values are generated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Protocol

from cbmock.contract.schemas import dialects
from cbmock.contract.schemas.schema import Schema
from cbmock.description import json_pointer, schema_keywords, schema_resources
from cbmock.description.documents import Document
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.lint.examples import example_values
from cbmock.lint.findings import Finding, finding
from cbmock.lint.message_contents import MessageContent, operation_contents
from cbmock.lint.plain_schemas import PlainSchemas
from cbmock.violations import shown

_LEADING = schema_keywords.SUBSCHEMAS | {"additionalItems", "dependencies", "$ref"}
_MOST_PAIRS = 100
"""How many pairs of alternatives are compared in one document."""
_DEEPEST = 10
"""How deep nested `allOf` and references are followed for constants."""


class Samples(Protocol):
    """A generator of values."""

    def sample(self, schema: Schema, /) -> Any:
        """Return a valid value; `ReceiverError` if none is found."""

    def reason_without_sample(self, schema: Schema, /) -> str | None:
        """Return why no value is found; None if one is found."""


class SampleFindings:
    """Checks the bodies of requests, each schema of a document only once."""

    def __init__(self, description: Description, samples: Samples) -> None:
        """Start without any schema seen."""
        self._description = description
        self._samples = samples
        self._seen: set[NodePlace] = set()
        self._pairs = 0
        self._plain = PlainSchemas(description)
        self._known_schemas: dict[NodePlace, Schema] = {}
        self._known_samples: dict[NodePlace, Any] = {}
        self._known_constants: dict[NodePlace, _Constants] = {}

    def below(self, operation: Operation) -> Iterator[Finding]:
        """Yield what is wrong with the bodies that an operation receives."""
        for content in operation_contents(operation, self._description):
            schema = content.node.get("schema")
            if not content.sent or schema is None:
                continue
            if schema.place in self._seen:
                continue
            yield from self._body(schema, content)
            yield from self._alternatives(schema)

    def _body(self, node: Node, content: MessageContent) -> Iterator[Finding]:
        if self._plain.has_value(node):
            return
        detail = why_unsendable(content, self._schema(node), self._samples)
        if detail is not None:
            yield finding(node, "no-body-fits", detail)

    def _alternatives(self, root: Node) -> Iterator[Finding]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.place in self._seen or not isinstance(node.value, dict):
                continue
            self._seen.add(node.place)
            reference = node.value.get("$ref")
            try:
                if isinstance(reference, str):
                    target = schema_resources.follow(self._description, node, reference)
                    waiting.append(target)
                yield from self._overlap(node)
            except UnresolvableReference:
                continue  # another finding names the reference
            waiting += filter(_leads, schema_keywords.subschemas(node))

    def _overlap(self, node: Node) -> Iterator[Finding]:
        """Look for a value that matches two alternatives of a `oneOf`."""
        listed = node.get("oneOf")
        alternatives = [] if listed is None else [*listed.items()]
        for one, other in combinations(alternatives, 2):
            if self._pairs >= _MOST_PAIRS:
                return
            value = self._common(node, one, other)
            if value is not _NONE:
                detail = (
                    f"{shown(value)} fits alternatives {one.tokens[-1]} and "
                    f"{other.tokens[-1]} of `oneOf`, so it is refused"
                )
                yield finding(node, "overlapping-alternatives", detail)
                return

    def _common(self, node: Node, one: Node, other: Node) -> Any:
        """Return a value that matches both alternatives and all else at `node`.

        `_NONE` if none is found.
        """
        if self._apart(one, other):
            return _NONE
        self._pairs += 1
        both = self._schema(_both(node, one, other, self._description))
        for each in (one, other):
            value = self._sample(each)
            if value is not _NONE and both.is_valid(value):
                return value
        return self._generated(both)

    def _apart(self, one: Node, other: Node) -> bool:
        """Return whether constants of a property, which one requires, tell them apart."""
        first, second = self._constants(one), self._constants(other)
        return any(
            name in first.values
            and name in second.values
            and not any(value in second.values[name] for value in first.values[name])
            for name in first.required | second.required
        )

    def _constants(self, node: Node) -> _Constants:
        known = self._known_constants.get(node.place)
        if known is None:
            known = self._known_constants[node.place] = _Constants()
            self._collect(node, known, 0)
        return known

    def _collect(self, node: Node, found: _Constants, depth: int) -> None:
        try:
            node = schema_resources.resolve(self._description, node)
        except UnresolvableReference:
            return  # another finding names the reference
        if not isinstance(node.value, dict) or depth > _DEEPEST:
            return
        required = node.value.get("required")
        names = required if isinstance(required, list) else []
        found.required.update(name for name in names if isinstance(name, str))
        properties = node.get("properties")
        for name, each in () if properties is None else properties.members():
            stated = each.value if isinstance(each.value, dict) else {}
            values = [stated["const"]] if "const" in stated else stated.get("enum")
            if isinstance(values, list):
                found.values[name] = values
        parts = node.get("allOf")
        for part in () if parts is None else parts.items():
            self._collect(part, found, depth + 1)

    def _sample(self, node: Node) -> Any:
        if node.place not in self._known_samples:
            self._known_samples[node.place] = self._generated(self._schema(node))
        return self._known_samples[node.place]

    def _generated(self, schema: Schema) -> Any:
        try:
            return self._samples.sample(schema)
        except UnresolvableReference:
            raise
        except ReceiverError:
            return _NONE

    def _schema(self, node: Node) -> Schema:
        known = self._known_schemas.get(node.place)
        if known is None:
            known = Schema(node, self._description, waived="writeOnly")
            self._known_schemas[node.place] = known
        return known


def _leads(node: Node) -> bool:
    """Return whether there may be alternatives at a schema or below it; most have none."""
    return isinstance(node.value, dict) and not _LEADING.isdisjoint(node.value)


def why_unsendable(
    content: MessageContent, schema: Schema, samples: Samples
) -> str | None:
    """Return why no body, or no value of a required parameter or header, can be valid.

    None if there may be one.
    """
    if content.is_optional:
        return None
    try:
        examples = example_values(content.node, schema.description)
        if any(schema.is_valid(value) for _, value in examples):
            return None  # an example is much faster than a generated value
        reason = samples.reason_without_sample(schema)
    except UnresolvableReference:
        return None  # another finding names the reference
    if reason is None:
        return None
    what = "body" if content.key is not None else "value"
    return f"no {what} was found that the schema accepts: {reason}"


@dataclass(frozen=True, slots=True)
class _Constants:
    """The constants of an object's schema by property, and its required properties."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)


def _both(node: Node, one: Node, other: Node, description: Description) -> Node:
    """Return a schema of what matches two alternatives, in a document of its own.

    All else that is valid at `node` is valid there.
    """
    schema = dict(_keywords_beside(node, description))
    parts = [*schema.get("allOf", ()), _reference(one), _reference(other)]
    if "$ref" in schema:
        parts.append({"$ref": schema.pop("$ref")})
    pair = "&".join(json_pointer.fragment(each.tokens)[1:] for each in (one, other))
    uri = f"{one.document.uri}?{pair}"
    document = Document(one.document.name, uri, {**schema, "allOf": parts})
    return Node(document.tree, document)


def _keywords_beside(node: Node, description: Description) -> Iterator[tuple[str, Any]]:
    """Go through the keywords beside `oneOf`, with references to the schemas in them."""
    for keyword, child in node.members():
        if keyword == "$ref" and isinstance(child.value, str):
            yield (
                keyword,
                _reference(schema_resources.resolve(description, node))[keyword],
            )
        elif keyword in dialects.ASSERTIONS or keyword in ("format", "nullable"):
            yield keyword, child.value
        elif keyword in schema_keywords.ONE_SCHEMA:
            yield keyword, _reference(child)
        elif keyword in schema_keywords.SCHEMA_LIST and keyword != "oneOf":
            yield keyword, [_reference(each) for each in child.items()]
        elif keyword in schema_keywords.SCHEMA_MAP:
            yield keyword, {name: _reference(each) for name, each in child.members()}


def _reference(node: Node) -> dict[str, str]:
    return {"$ref": node.document.uri + json_pointer.fragment(node.tokens)}


_NONE: Any = object()
"""Means that no value was found, because None is a value."""
