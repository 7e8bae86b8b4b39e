"""Whether a part of a document says the same in two versions, wherever it refers to.

It decides only where that is sure without reading schemas; all else is compared in
full.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference

_WORDS = frozenset({"description", "summary", "title", "example", "examples"})
_NAMES = frozenset({"properties", "patternProperties", "headers", "content"})
"""Maps whose keys are names, not fields."""
_UNSURE = frozenset(
    {
        *("$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$schema", "$defs"),
        *("discriminator", "encoding", "links"),
    }
)
"""Fields whose meaning is not in the part itself."""


def is_unchanged(
    one: Node, one_in: Description, other: Node, other_in: Description
) -> bool:
    """Return whether two parts are surely the same, apart from words."""
    waiting, seen = [(one, other, False)], set()
    while waiting:
        one, other, named = waiting.pop()
        try:
            one, other = _target(one_in, one), _target(other_in, other)
        except UnresolvableReference:
            return False
        if (one.place, other.place) in seen:
            continue
        seen.add((one.place, other.place))
        had, has = dict(_fields(one, named=named)), dict(_fields(other, named=named))
        if not named and not _UNSURE.isdisjoint(had):
            return False
        if had.keys() != has.keys() or _scalar(one) != _scalar(other):
            return False
        waiting += (
            (had[name], has[name], not named and name in _NAMES) for name in had
        )
    return one_in.version == other_in.version


def _target(description: Description, node: Node) -> Node:
    while isinstance(node.value, dict) and "$ref" in node.value:
        if node.value.keys() - _WORDS != {"$ref"}:
            raise UnresolvableReference(
                "has siblings", reference=str(node.value["$ref"]), pointer=node.pointer
            )
        found = schema_resources.resolve(description, node)
        if found.place == node.place:
            break
        node = found
    return node


def _fields(node: Node, *, named: bool) -> Iterator[tuple[str, Node]]:
    for name, each in node.members():
        if named or name not in _WORDS:
            yield name, each
    for index, each in enumerate(node.items()):
        yield str(index), each


def _scalar(node: Node) -> tuple[type, Any]:
    """Return what is compared of a value itself: `1` is neither `true` nor `1.0`."""
    value = node.value
    return type(value), None if isinstance(value, dict | list) else value
