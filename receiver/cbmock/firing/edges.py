"""Edges: the values and sizes at the boundaries that the keywords of schemas name.

It decides which values are worth trying. It must not know where they are put.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape

_NUMERIC = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
    }
)
_STATED = ("const", "default", "example")
_LISTED = ("enum", "examples")
_MOST_CANDIDATES = 120
_LONGEST = 10_000
_MOST_ITEMS = 100
_EVERYWHERE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    0.5,
    2**53 + 1,
    "",
    "a",
    "Zoë 你好 😀 \"'\\/<&>",
    "a" * 2000,
    [],
    {},
)


def candidates(*schemas: Schema) -> list[Any]:
    """Gather the values at the edges of every keyword that the schemas refer to."""
    keywords = _keywords([each.bundle.schema for each in schemas])
    found = _unique([*_EVERYWHERE, *_at_edges(keywords)])
    return found[:_MOST_CANDIDATES]


def values(shapes: Iterable[Shape]) -> list[Any]:
    """Gather the values at the edges of the keywords that are stated for one value."""
    return _unique([*_at_edges(_stated(shapes)), *_EVERYWHERE])


def _stated(shapes: Iterable[Shape]) -> Iterator[tuple[str, Any]]:
    for shape in shapes:
        for part, _ in shape.parts:
            if isinstance(part.value, dict):
                yield from part.value.items()


def _at_edges(keywords: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    for name, value in keywords:
        if name in _STATED:
            yield value
        elif name in _LISTED and isinstance(value, list):
            yield from value
        elif name in _NUMERIC and isinstance(value, int | float):
            yield from _edges(name, value)


def _unique(found: list[Any]) -> list[Any]:
    unique: list[Any] = []
    for each in found:
        if not any(type(each) is type(other) and each == other for other in unique):
            unique.append(each)
    return unique


def _edges(name: str, value: float) -> list[Any]:
    if name.endswith("Length"):
        length = min(int(value), _LONGEST)
        return ["a" * length, "é" * length]
    if name == "multipleOf":
        return [value, value * 2, value / 2]
    return [value, value + 1, value - 1, value * 2]


def sizes(shapes: Iterable[Shape]) -> list[int]:
    """Return the lengths of an array that its keywords name, and those beside."""
    found = {2}
    for name, value in _stated(shapes):
        if name in ("minItems", "maxItems") and isinstance(value, int):
            found |= {value - 1, value, value + 1}
    return sorted(each for each in found if 0 < each <= _MOST_ITEMS)


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    """Go through every keyword of a schema and of those inside, each object once."""
    waiting, seen = [schema], set()
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, dict):
            yield from here.items()
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
