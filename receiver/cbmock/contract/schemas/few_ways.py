"""Few ways: whether one part of a value is certainly checked in few ways.

It decides by an upper bound, which needs no copy of the schema: most schemas are far below
the limit, and only the others have to be counted exactly (`ways`). It must not know
values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from cbmock.contract.schemas.ways import MOST_WAYS
from cbmock.description import schema_keywords, schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference

_SAME_VALUE = frozenset(
    {"allOf", "anyOf", "dependentSchemas", "else", "if", "not", "oneOf", "then"}
)
_EACH_FOR_ANOTHER_PART = frozenset({"properties", "prefixItems"})
_SUBSCHEMAS = schema_keywords.SUBSCHEMAS | {"additionalItems"}
_UNCLEAR = frozenset({"$dynamicRef", "$recursiveRef", "dependencies"})
"""What these lead to depends on the way to them, or on the dialect."""
_LEADING = _SUBSCHEMAS | _UNCLEAR | {"$ref"}
_DEEPEST = 50
"""How deep is looked: Python limits recursion, and copies split deeper schemas in parts."""


class _Most(NamedTuple):
    """The most ways to check a value itself, and any one part of it."""

    itself: float
    part: float

    @property
    def of_all(self) -> float:
        return self.itself + self.part


_PLAIN = _Most(2, 0)
"""Of a schema without others below it: 1, and 1 for a `format` that becomes bounds."""
_UNKNOWN = _Most(math.inf, math.inf)


class FewWays:
    """Looks once at each schema of a description that is referred to."""

    def __init__(self, description: Description) -> None:
        """Start without any schema seen."""
        self._description = description
        self._known: dict[NodePlace, _Most] = {}

    def certainly(self, node: Node) -> bool:
        """Return whether a schema has few ways; False if only the exact count can tell."""
        return self._of_place(node, 0).of_all <= MOST_WAYS

    def _of_place(self, node: Node, depth: int) -> _Most:
        known = self._known.get(node.place)
        if known is None:
            # What leads back is met again while this stands.
            self._known[node.place] = _UNKNOWN
            known = self._known[node.place] = self._of_schema(node, depth)
        return known

    def _of_schema(self, node: Node, depth: int) -> _Most:
        schema = node.value
        if not isinstance(schema, dict):
            return _PLAIN
        itself, part = _PLAIN
        for keyword in schema.keys() & _LEADING:
            if depth == _DEEPEST or keyword in _UNCLEAR:
                return _UNKNOWN
            if keyword == "$ref":
                target = self._target(node, depth + 1)
                itself, part = itself + target.itself, part + target.part
                continue
            below = [self._of_schema(e, depth + 1) for e in _below(node, keyword)]
            if keyword in _SAME_VALUE:
                itself += sum(each.itself for each in below)
                part += sum(each.part for each in below)
            elif keyword in _EACH_FOR_ANOTHER_PART:
                part += max((each.of_all for each in below), default=0)
            else:
                part += sum(each.of_all for each in below)
        return _Most(itself, part)

    def _target(self, node: Node, depth: int) -> _Most:
        """Follow a reference, unless dynamic ones below it may depend on where it is."""
        reference = node.value["$ref"]
        if not isinstance(reference, str):
            return _Most(0, 0)
        if schema_resources.has_identifiers(node.document):
            return _UNKNOWN
        try:
            target = schema_resources.follow(self._description, node, reference)
        except UnresolvableReference:
            return _UNKNOWN
        return self._of_place(target, depth)


def _below(node: Node, keyword: str) -> Iterator[Node]:
    child = node.child(keyword)
    if keyword in schema_keywords.SCHEMA_MAP:
        return (each for _, each in child.members())
    return child.items() if isinstance(child.value, list) else iter((child,))
