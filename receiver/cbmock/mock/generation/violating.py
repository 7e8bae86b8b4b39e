"""Violating schemas: for each keyword, schemas whose values it refuses.

It decides in which single points a schema can be violated, the plainest first. It must not
know how values are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from cbmock.mock.generation.schema_parts import Definitions, parts
from cbmock.mock.generation.streams import in_turn

_MOST_TEXTS = 40
_LENGTHS = (1, 3, 12)
_TEXTS = ("", " ", "-", "0", "a", "A", "é", "a b")
_KINDS = ("object", "string", "integer", "number", "boolean", "array", "null")


def violating(schema: Any, definitions: Definitions) -> Iterator[Any]:
    """Yield schemas whose values violate a schema, each in one point.

    A value of one is not always a violation: it has to be checked.
    """
    if schema is False:
        yield True
    for part in parts(schema, definitions):
        ways = (
            way(part, part[keyword])
            for keyword, way in _WAYS.items()
            if keyword in part
        )
        yield from in_turn(ways)


def _never(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a schema of objects with a member that violates the schema of its name."""
    return {"required": [name], "properties": {name: {"not": part}}}


def _type(_: Mapping[str, Any], stated: Any) -> Iterator[Any]:
    names = {stated} if isinstance(stated, str) else {*stated}
    others = [kind for kind in _KINDS if kind not in names]
    if "number" in names and "integer" in others:
        others.remove("integer")
    if others:
        yield {"type": others}


def _required(_: Mapping[str, Any], names: list[str]) -> Iterator[Any]:
    yield from ({"type": "object", "properties": {name: False}} for name in names)


def _properties(_: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[Any]:
    yield from (_never(below, name) for name, below in properties.items())


def _pattern_properties(
    _: Mapping[str, Any], properties: Mapping[str, Any]
) -> Iterator[Any]:
    from cbmock.mock.generation import regex  # noqa: PLC0415 - 10 ms, few need it

    for pattern, below in properties.items():
        yield from (_never(below, name) for name in islice(regex.strings(pattern), 2))


def _others(part: Mapping[str, Any], below: Any) -> Iterator[Any]:
    properties = part.get("properties", {})
    numbered = (f"property{number}" for number in range(1, len(properties) + 2))
    name = next(name for name in numbered if name not in properties)
    yield {"required": [name]} if below is False else _never(below, name)


def _names(_: Mapping[str, Any], below: Any) -> Iterator[Any]:
    yield {"type": "object", "minProperties": 1, "propertyNames": {"not": below}}


def _dependent_names(
    _: Mapping[str, Any], dependent: Mapping[str, list[str]]
) -> Iterator[Any]:
    for name, others in dependent.items():
        for other in {*others} - {name}:
            yield {"required": [name], "properties": {other: False}}


def _dependent_schemas(
    _: Mapping[str, Any], dependent: Mapping[str, Any]
) -> Iterator[Any]:
    for name, below in dependent.items():
        yield {"type": "object", "required": [name], "not": below}


def _items(part: Mapping[str, Any], below: Any) -> Iterator[Any]:
    before = len(part.get("prefixItems", ()))
    refused: dict[str, Any] = {"contains": {"not": below}}
    if before:
        refused = {"prefixItems": [*[True] * before, {"not": below}]}
    if below is False:
        refused = {}
    yield {"type": "array", "minItems": before + 1, **refused}


def _positions(_: Mapping[str, Any], listed: list[Any]) -> Iterator[Any]:
    for index, below in enumerate(listed):
        before = [True] * index
        yield {
            "type": "array",
            "minItems": index + 1,
            "prefixItems": [*before, {"not": below}],
        }


def _contains(part: Mapping[str, Any], below: Any) -> Iterator[Any]:
    if part.get("minContains", 1) > 0:
        yield {"type": "array", "items": {"not": below}}
    if "maxContains" in part:
        yield {
            "type": "array",
            "contains": below,
            "minContains": part["maxContains"] + 1,
        }


def _unique(_: Mapping[str, Any], stated: Any) -> Iterator[Any]:
    if stated is True:
        yield {"type": "array", "minItems": 2}  # the same item is repeated


def _pattern(_: Mapping[str, Any], pattern: str) -> Iterator[Any]:
    """Try texts of each character of the pattern, which it excludes or counts."""
    characters = dict.fromkeys(each for each in pattern if each.isalnum())
    texts = [each * size for each in characters for size in _LENGTHS]
    yield {"enum": [*_TEXTS, *texts[:_MOST_TEXTS]]}


def _not(_: Mapping[str, Any], below: Any) -> Iterator[Any]:
    yield below


def _any_of(_: Mapping[str, Any], branches: list[Any]) -> Iterator[Any]:
    yield {"$violates": branches}


def _one_of(_: Mapping[str, Any], branches: list[Any]) -> Iterator[Any]:
    yield {"$violates": branches}
    yield from ({"allOf": [one, branches[0]]} for one in branches[1:])


def _if(part: Mapping[str, Any], condition: Any) -> Iterator[Any]:
    if "then" in part:
        yield {"allOf": [condition], "$violates": [part["then"]]}
    if "else" in part:
        yield {"$violates": [condition, part["else"]]}


def _below(upper: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    """Return what has less than a count."""

    def way(_: Mapping[str, Any], least: int) -> Iterator[Any]:
        if least > 0:
            yield {upper: least - 1}

    return way


def _above(lower: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    """Return what has more than a count."""
    return lambda _, most: iter(({lower: most + 1},))


def _beyond(limit: str) -> Callable[[Mapping[str, Any], Any], Iterator[Any]]:
    """Return what is on the other side of a bound."""
    return lambda _, bound: iter(({limit: bound},))


_WAYS: Mapping[str, Callable[[Mapping[str, Any], Any], Iterator[Any]]] = {
    "required": _required,
    "properties": _properties,
    "dependentRequired": _dependent_names,
    "additionalProperties": _others,
    "unevaluatedProperties": _others,
    "minLength": _below("maxLength"),
    "maxLength": _above("minLength"),
    "minItems": _below("maxItems"),
    "maxItems": _above("minItems"),
    "minProperties": _below("maxProperties"),
    "maxProperties": _above("minProperties"),
    "minimum": _beyond("exclusiveMaximum"),
    "maximum": _beyond("exclusiveMinimum"),
    "exclusiveMinimum": _beyond("maximum"),
    "exclusiveMaximum": _beyond("minimum"),
    "anyOf": _any_of,
    "oneOf": _one_of,
    "type": _type,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "propertyNames": _names,
    "dependentSchemas": _dependent_schemas,
    "items": _items,
    "unevaluatedItems": _items,
    "prefixItems": _positions,
    "contains": _contains,
    "uniqueItems": _unique,
    "not": _not,
    "if": _if,
}
"""The ways to violate each keyword, whose schema and value are the arguments."""
