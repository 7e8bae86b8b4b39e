"""Branches: the alternatives of a schema (`oneOf`, `anyOf`), and which a value takes.

It decides where a schema has alternatives, at any depth, and which of them a valid value
satisfies. A branch is identified by its place in the document, so a component that is used
in several places counts once. It must not know requests or coverage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from cbmock.contract.schemas.schema import Schema
from cbmock.description import schema_keywords, schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference

Fork = Literal["oneOf", "anyOf"]

FORKS: tuple[Fork, ...] = ("oneOf", "anyOf")
_MOST_STEPS = 100_000
_ANY: Any = object()
"""Stands for every value, to get all that is below a schema."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative: `node` is its schema, `keyword` is `oneOf`, `anyOf` and the like."""

    node: Node
    keyword: Fork

    @property
    def pointer(self) -> str:
        """The place in the document, for people: `openapi.json#/…/oneOf/1`."""
        return self.node.pointer

    @property
    def name(self) -> str:
        """The name for people: the component's, else its title, constant or type."""
        schema = self.node.value if isinstance(self.node.value, dict) else {}
        if isinstance(schema.get("$ref"), str):
            return str(schema["$ref"]).rpartition("/")[2]
        for keyword in ("title", "const", "type"):
            if isinstance(schema.get(keyword), str):
                return str(schema[keyword])
        return self.node.tokens[-1]


class Branches:
    """The branches of one schema; found once, when first needed."""

    def __init__(self, schema: Schema) -> None:
        """Keep the schema; nothing is read yet."""
        self._schema = schema
        self._judges: dict[NodePlace, Schema] = {}

    @cached_property
    def all(self) -> tuple[Branch, ...]:
        """Every branch below the schema, in document order; no alternative twice."""
        found: dict[NodePlace, Branch] = {}
        for node, _ in self._walk(_ANY):
            found |= {each.node.place: each for each in self._forks(node)}
        return tuple(found.values())

    def matching(self, value: Any) -> frozenset[str]:
        """Return the pointers of the branches that a valid value satisfies."""
        found: set[str] = set()
        if not self.all:
            return frozenset()
        for node, part in self._walk(value):
            found |= {
                each.pointer
                for each in self._forks(node)
                if self._fits(each.node, part)
            }
            if len(found) == len(self.all):
                break
        return frozenset(found)

    def _walk(self, value: Any) -> Iterator[tuple[Node, Any]]:
        """Go through the schemas that apply to the value and its parts, each once."""
        waiting = [(self._schema.node, value)]
        seen: set[tuple[NodePlace, int]] = set()
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            node, part = waiting.pop()
            if (node.place, id(part)) in seen or not isinstance(node.value, dict):
                continue
            seen.add((node.place, id(part)))
            yield node, part
            waiting += reversed([*self._below(node, part)])

    def _below(self, node: Node, value: Any) -> Iterator[tuple[Node, Any]]:
        for reference in _references(node, self._schema.description):
            yield reference, value
            if _alone(node, self._schema.description):
                return
        for each in _items(node, "allOf"):
            yield each, value
        for branch in self._forks(node):
            if self._fits(branch.node, value):
                yield branch.node, value
        yield from self._conditional(node, value)
        yield from _of_object(node, value)
        yield from _of_array(node, value)

    def _forks(self, node: Node) -> Iterator[Branch]:
        """Go through the alternatives of one schema, except `false`."""
        if _alone(node, self._schema.description):
            return
        for keyword in FORKS:
            for each in _items(node, keyword):
                if isinstance(each.value, dict) or each.value is True:
                    yield Branch(each, keyword)

    def _conditional(self, node: Node, value: Any) -> Iterator[tuple[Node, Any]]:
        condition = node.get("if")
        for keyword, wanted in (("then", True), ("else", False)):
            found = node.get(keyword)
            if condition is None or found is None:
                continue
            if value is _ANY or self._fits(condition, value) is wanted:
                yield found, value
        for name, each in _members(node, "dependentSchemas"):
            if value is _ANY or (isinstance(value, dict) and name in value):
                yield each, value

    def _fits(self, node: Node, value: Any) -> bool:
        if value is _ANY:
            return True
        judge = self._judges.get(node.place)
        if judge is None:
            judge = self._judges[node.place] = Schema(node, self._schema.description)
        try:
            return judge.is_valid(value)
        except UnresolvableReference:
            return False


def _of_object(node: Node, value: Any) -> Iterator[tuple[Node, Any]]:
    if value is not _ANY and not isinstance(value, dict):
        return
    named = dict(_members(node, "properties"))
    patterns = dict(_members(node, "patternProperties"))
    additional = node.get("additionalProperties")
    if value is _ANY:
        others = [] if additional is None else [additional]
        yield from ((each, _ANY) for each in (*named.values(), *patterns.values()))
        yield from ((each, _ANY) for each in others)
        return
    for name, part in value.items():
        found = [named[name]] if name in named else []
        found += [each for p, each in patterns.items() if _found(p, name)]
        if not found and additional is not None:
            found = [additional]
        yield from ((each, part) for each in found)


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:  # valid in ECMA-262 only
        return False


def _of_array(node: Node, value: Any) -> Iterator[tuple[Node, Any]]:
    items = node.get("items")
    positions = [*_items(node, "prefixItems"), *_items(node, "items")]
    rest = node.get("additionalItems") if _items(node, "items") else items
    contains = node.get("contains")
    if value is _ANY:
        others = [each for each in (rest, contains) if each is not None]
        yield from ((each, _ANY) for each in (*positions, *others))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            about = positions[index] if index < len(positions) else rest
            yield from ((each, part) for each in (about, contains) if each is not None)


def _references(node: Node, description: Description) -> Iterator[Node]:
    for keyword in ("$ref", "$dynamicRef"):
        reference = node.value.get(keyword)
        if isinstance(reference, str):
            try:
                yield schema_resources.follow(description, node, reference)
            except UnresolvableReference:
                continue  # the contract reports it


def _alone(node: Node, description: Description) -> bool:
    """Return whether keywords beside a `$ref` are ignored, as in OpenAPI 3.0."""
    return "$ref" in node.value and schema_keywords.reference_alone(description, node)


def _items(node: Node, keyword: str) -> list[Node]:
    found = node.get(keyword)
    return [] if found is None else [*found.items()]


def _members(node: Node, keyword: str) -> Iterator[tuple[str, Node]]:
    found = node.get(keyword)
    if found is not None:
        yield from found.members()
