"""Broken references: which references an operation needs, and the first that is broken.

It decides that a broken reference affects only the operations that need it, and where a
`$ref` is a reference. It must not know what the objects are for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from cbmock.description import schema_keywords, schema_resources
from cbmock.description.documents import dollars
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference

ObjectKind = Literal[
    "request body", "parameter", "header", "media type", "encoding", "schema"
]
Container = Literal["one", "list", "map"]
"""Whether a field is one object, a list of objects, or a map of objects."""
_ReadField = tuple[str, Container, ObjectKind]

# The fields of each object whose objects are needed to read a request (OAS 3.2.0 §4.12 to
# §4.15, §4.21). A `$ref` in any other field is data.
_VALUE: tuple[_ReadField, ...] = (
    ("schema", "one", "schema"),
    ("content", "map", "media type"),
)
_ENCODINGS: tuple[_ReadField, ...] = (("encoding", "map", "encoding"),)
_SEQUENCES: tuple[_ReadField, ...] = (
    ("itemSchema", "one", "schema"),
    ("prefixEncoding", "list", "encoding"),
    ("itemEncoding", "one", "encoding"),
)
_FIELDS: Mapping[ObjectKind, tuple[_ReadField, ...]] = {
    "request body": (("content", "map", "media type"),),
    "parameter": _VALUE,
    "header": _VALUE,
    "media type": (("schema", "one", "schema"), *_ENCODINGS),
    "encoding": (("headers", "map", "header"), *_ENCODINGS),
}
_IN_SEQUENCE: frozenset[ObjectKind] = frozenset({"media type", "encoding"})


def readable(
    operations: Iterable[Operation], description: Description
) -> tuple[Operation, ...]:
    """Return the operations; those served whose request cannot be read have an `error`."""
    listed = tuple(operations)
    if _nothing_broken(description):
        return listed
    broken = _BrokenReferences(description)
    served = [index for index, each in enumerate(listed) if each.served]
    errors = {index: broken.reference_of(listed[index]) for index in served}
    # A document that one operation refers to may contain the target of another one, by its
    # identifier (OAS 3.2.0: a reference is unresolvable only after all documents are parsed).
    known = 0
    while known < len(description.documents) and any(errors.values()):
        known = len(description.documents)
        for index, error in errors.items():
            if error is not None:
                errors[index] = broken.reference_of(listed[index])
    return tuple(
        each if error is None else replace(each, error=error.message)
        for index, each in enumerate(listed)
        for error in (errors.get(index),)
    )


_KEYWORD = '"$ref"'
_ITS_VALUE = re.compile(r'\s*:\s*("(?:[^"\\]|\\.)*")')


def _references_in(text: str) -> Iterator[str]:
    """Yield the references in a JSON text, and what looks like one.

    A regular expression for both would take many times as long.
    """
    for at in dollars(text):
        if text.startswith(_KEYWORD, at - 1):
            value = _ITS_VALUE.match(text, at - 1 + len(_KEYWORD))
            if value is not None:
                yield value[1]


def _nothing_broken(description: Description) -> bool:
    """Return whether, by a text search, every reference certainly has a target.

    That is usual, and walking over large documents is slow. References into other documents
    and schemas with an `$id` are left to the walk: they may be data, and no document is
    opened for data.
    """
    document = description.entry
    if document.text is None or not document.is_json:
        return False
    if schema_resources.has_identifiers(document):
        return False
    for written in set(_references_in(document.text)):
        reference = json.loads(written)
        if not reference.startswith("#"):
            return False
        try:
            description.resolve(Node({"$ref": reference}, document, (written,)))
        except UnresolvableReference:
            return False
    return True


class _BrokenReferences:
    """Finds broken references; objects that several operations use are visited once."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._sound: set[tuple[ObjectKind, NodePlace]] = set()

    def reference_of(self, operation: Operation) -> UnresolvableReference | None:
        """Return why an operation's request cannot be read, if so."""
        seen: set[tuple[ObjectKind, NodePlace]] = set()
        waiting = list(_roots(operation))
        while waiting:
            kind, node = waiting.pop()
            if (kind, node.place) in self._sound or (kind, node.place) in seen:
                continue
            seen.add((kind, node.place))
            try:
                waiting += self._below(kind, node)
            except UnresolvableReference as error:
                return error
        self._sound |= seen
        return None

    def _below(self, kind: ObjectKind, node: Node) -> Iterator[tuple[ObjectKind, Node]]:
        """Yield the objects directly below one, and what its references lead to."""
        if kind == "schema":
            yield from (("schema", each) for each in self._of_schema(node))
            return
        found = self._description.resolve(node)
        sequences = self._description.version_at(found.document).sequences
        more = _SEQUENCES if sequences and kind in _IN_SEQUENCE else ()
        for name, shape, below in (*_FIELDS[kind], *more):
            field = found.get(name)
            if field is not None:
                yield from ((below, each) for each in _members(field, shape, below))

    def _of_schema(self, node: Node) -> Iterator[Node]:
        if not isinstance(node.value, dict):
            return
        for keyword in ("$ref", "$dynamicRef"):
            reference = node.value.get(keyword)
            if isinstance(reference, str):
                schema_resources.resolve(self._description, node)
                yield schema_resources.follow(self._description, node, reference)
        if not isinstance(
            node.value.get("$ref"), str
        ) or not schema_keywords.reference_alone(self._description, node):
            yield from schema_keywords.subschemas(node)


def _members(field: Node, shape: Container, kind: ObjectKind) -> Iterator[Node]:
    if shape == "one":
        yield field
    elif shape == "list":
        yield from field.items()
    else:
        for name, each in field.members():
            if kind != "media type" or can_be_media_type(name):
                yield each


def can_be_media_type(name: str) -> bool:
    """Return whether a body may have the media type of an entry of `content`.

    Other entries, such as `x-…`, are never read.
    """
    return "/" in name


def _roots(operation: Operation) -> Iterator[tuple[ObjectKind, Node]]:
    """Yield what must be read to check a request."""
    owners = []
    if operation.node is not None:
        body = operation.node.get("requestBody")
        if body is not None:
            yield "request body", body
        owners.append(operation.node.get("parameters"))
    if operation.path_item is not None:
        owners.append(operation.path_item.fields.get("parameters"))
    for parameters in owners:
        if parameters is not None:
            yield from (("parameter", each) for each in parameters.items())
