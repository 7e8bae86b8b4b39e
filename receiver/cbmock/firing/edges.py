"""Edges: the values and sizes at the boundaries that the keywords of schemas name.

It decides which values are worth trying. It must not know where they are put.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.contract.schemas.schema import Schema

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
    found = [*_EVERYWHERE]
    for name, value in _keywords([each.bundle.schema for each in schemas]):
        if name in _STATED:
            found.append(value)
        elif name in _LISTED and isinstance(value, list):
            found += value
        elif name in _NUMERIC and isinstance(value, int | float):
            found += _edges(name, value)
    unique: list[Any] = []
    for each in found:
        if not any(type(each) is type(other) and each == other for other in unique):
            unique.append(each)
    return unique[:_MOST_CANDIDATES]


def _edges(name: str, value: float) -> list[Any]:
    if name.endswith("Length"):
        length = min(int(value), _LONGEST)
        return ["a" * length, "é" * length]
    if name == "multipleOf":
        return [value, value * 2, value / 2]
    return [value, value + 1, value - 1, value * 2]


def sizes(*schemas: Schema) -> list[int]:
    """Return the lengths of arrays that the schemas' keywords name, and those beside."""
    found = {2}
    for name, value in _keywords([each.bundle.schema for each in schemas]):
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
