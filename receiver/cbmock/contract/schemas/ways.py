"""Ways: how often one part of a value would be checked, by way of different schemas.

Engines follow each way on its own: forty schemas that each refer twice to the one before
have a million million ways. It decides by one bundle's definitions. It must not know
engines or values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cbmock.description.schema_keywords import (
    ONE_SCHEMA,
    SCHEMA_LIST,
    SCHEMA_MAP,
    SUBSCHEMAS,
)

MOST_WAYS = 100_000
"""In how many ways one part may be checked: 10 ms in jsonschema-rs, 2 s in jsonschema.

The largest known documents have some 900.
"""
TOO_MANY = f"one part of a value would be checked in more than {MOST_WAYS:,} ways"
_MOST_NAMES = 500
"""How many members are counted apart; of more the one with the most ways stands for all."""
_ONE = ("not", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf")
_LEADING = SUBSCHEMAS | {"$ref"}


def first_multiplying(definitions: Mapping[str, Any]) -> Any:
    """Return a definition with more than `MOST_WAYS` ways to check one part, or None.

    An engine remembers the verdict of a schema that leads back to itself, so that way
    counts once. Where it closes depends on the order in which the engine reads: where
    one does, several orders are counted.
    """
    for starts in ([*definitions], [*definitions][::-1]):
        for step in (1, -1):
            counted = _Counted(definitions)
            for name in _inner_first(definitions, starts, step):
                counted.definition(name)
                if counted.known[name].most > MOST_WAYS:
                    return definitions[name]
            if not counted.leads_back:
                return None
    return None


def _inner_first(
    definitions: Mapping[str, Any], starts: Iterable[str], step: int
) -> Iterator[str]:
    """Yield the definitions, each after those that it leads to as far as that can be."""
    entered: set[str] = set()
    way: list[tuple[str | None, Iterator[str]]] = [(None, iter(starts))]
    while way:
        done, names = way[-1]
        name = next(names, None)
        if name is None:
            way.pop()
            if done is not None:
                yield done
        elif name not in entered:
            entered.add(name)
            way.append((name, iter([*_references(definitions[name])][::step])))


def _references(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict):
            continue
        if "$ref" in each:
            yield _target(each)
        for keyword, value in each.items():
            if keyword in ONE_SCHEMA:
                waiting.append(value)
            elif keyword in SCHEMA_LIST:
                waiting += value
            elif keyword in SCHEMA_MAP:
                waiting += value.values()


def _target(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


@dataclass(slots=True)
class _Members:
    """The ways to check each member of an object or array; `others` are not `named`."""

    named: dict[Any, int] = field(default_factory=dict)
    others: int = 0

    def add(self, more: _Members) -> None:
        """Add what another schema checks of the same value."""
        if more.named:
            for name in self.named.keys() - more.named.keys():
                self.named[name] += more.others
            for name, ways in more.named.items():
                self.named[name] = self.named.get(name, self.others) + ways
        elif more.others:
            for name in self.named:
                self.named[name] += more.others
        self.others += more.others
        if len(self.named) > _MOST_NAMES:
            self.others = self.most
            self.named.clear()

    @property
    def most(self) -> int:
        return max(self.others, *self.named.values(), 0)


@dataclass(slots=True)
class _WaysOfValue:
    """The ways to check a value itself, its properties, and its items."""

    itself: int = 1
    properties: _Members = field(default_factory=_Members)
    items: _Members = field(default_factory=_Members)

    def add(self, more: _WaysOfValue) -> None:
        """Add the ways of a schema that applies to the same value."""
        self.itself += more.itself
        self.properties.add(more.properties)
        self.items.add(more.items)

    @property
    def most(self) -> int:
        return self.itself + max(self.properties.most, self.items.most)


class _Counted:
    """Counts the ways of definitions; one that is not `known` yet leads back: one way."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self.known: dict[str, _WaysOfValue] = {}
        self.leads_back = False

    def definition(self, name: str) -> None:
        self.known[name] = self._of_schema(self._definitions[name])

    def _of_schema(self, schema: Any) -> _WaysOfValue:
        ways = _WaysOfValue()
        if not isinstance(schema, dict):
            return ways
        if "$ref" in schema:
            ways.add(self._of_reference(_target(schema)))
        for keyword in _ONE:
            if keyword in schema:
                ways.add(self._of_schema(schema[keyword]))
        for keyword in _LISTS:
            for each in schema.get(keyword, ()):
                ways.add(self._of_schema(each))
        for each in schema.get("dependentSchemas", {}).values():
            ways.add(self._of_schema(each))
        ways.properties.add(self._properties(schema))
        ways.items.add(self._items(schema))
        return ways

    def _of_reference(self, name: str) -> _WaysOfValue:
        known = self.known.get(name)
        if known is None:
            self.leads_back = True
            return _WaysOfValue()
        return known

    def _properties(self, schema: dict[str, Any]) -> _Members:
        every = self._sum(schema, "propertyNames")
        every += sum(map(self._most, schema.get("patternProperties", {}).values()))
        others = self._sum(schema, "additionalProperties", "unevaluatedProperties")
        return _Members(
            self._named(schema.get("properties", {}).items(), every), every + others
        )

    def _items(self, schema: dict[str, Any]) -> _Members:
        every = self._sum(schema, "contains")
        others = self._sum(schema, "items", "unevaluatedItems")
        positions = enumerate(schema.get("prefixItems", ()))
        return _Members(self._named(positions, every), every + others)

    def _named(self, members: Iterable[tuple[Any, Any]], every: int) -> dict[Any, int]:
        """Count the members that have more than one way: one of a kind adds little."""
        counted = ((name, self._most(each)) for name, each in members)
        return {name: every + ways for name, ways in counted if ways > 1}

    def _sum(self, schema: dict[str, Any], *keywords: str) -> int:
        return sum(self._most(schema[each]) for each in keywords if each in schema)

    def _most(self, schema: Any) -> int:
        if not isinstance(schema, dict) or schema.keys().isdisjoint(_LEADING):
            return 1
        return self._of_schema(schema).most
