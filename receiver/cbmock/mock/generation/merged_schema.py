"""Flat sets of keywords: several schemas that one value must match, merged into one.

It decides what the keywords of an `allOf` mean together, and which types they allow. It
must not know how values are generated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import zip_longest
from operator import or_
from typing import Any

from cbmock.violations import shown

Keywords = dict[str, Any]


class _NothingInCommonError(Exception):
    """Values of one keyword that cannot be merged."""


class Contradiction(Exception):
    """Two values of a keyword that exclude each other; the text names them."""


def merge(parts: list[Keywords]) -> Keywords:
    """Merge keywords so that a value must satisfy all of them.

    Raises `Contradiction` if no value can.
    """
    merged: Keywords = {}
    for part in parts:
        for name, value in part.items():
            if name not in merged:
                merged[name] = value
                continue
            try:
                merged[name] = _JOINED.get(name, _first)(merged[name], value)
            except _NothingInCommonError:
                both = f"{shown(merged[name])} and {shown(value)}"
                raise Contradiction(f"`{name}` is both {both}") from None
    return merged


def same(one: Any, other: Any) -> bool:
    """Compare two JSON values: numbers by value, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[n], other[n]) for n in one)
    return bool(one == other)


def _first(one: Any, _other: Any) -> Any:
    return one


def _concatenated(one: Any, other: Any) -> Any:
    return [*one, *other]


def _all_of(one: Any, other: Any) -> Any:
    return {"allOf": [one, other]}


def _properties(one: Any, other: Any) -> Any:
    common = {name: _all_of(one[name], other[name]) for name in one if name in other}
    return {**one, **other, **common}


def _dependencies(one: Any, other: Any) -> Any:
    return {name: [*one.get(name, ()), *other.get(name, ())] for name in one | other}


def _positions(one: Any, other: Any) -> Any:
    return [_all_of(*pair) for pair in zip_longest(one, other, fillvalue=True)]


def _const(one: Any, other: Any) -> Any:
    if not same(one, other):
        raise _NothingInCommonError
    return one


def _enum(one: Any, other: Any) -> Any:
    common = [value for value in one if any(same(value, each) for each in other)]
    if not common:
        raise _NothingInCommonError
    return common


def _types(one: Any, other: Any) -> Any:
    """Keep the types that both allow: an integer is a number too."""
    first, second = ([each] if isinstance(each, str) else each for each in (one, other))
    common = [name for name in first if _allows(second, name)]
    common += [name for name in second if _allows(first, name) and name not in common]
    if not common:
        raise _NothingInCommonError
    return common


def _allows(types: list[str], name: str) -> bool:
    return name in types or (name == "integer" and "number" in types)


def _multiple_of(one: Any, other: Any) -> Any:
    first, second = Fraction(str(one)), Fraction(str(other))
    common = Fraction(
        math.lcm(first.numerator, second.numerator),
        math.gcd(first.denominator, second.denominator),
    )
    return common.numerator if common.denominator == 1 else float(common)


_JOINED: dict[str, Callable[[Any, Any], Any]] = {
    "$places": _concatenated,
    "$refs": or_,
    "additionalProperties": _all_of,
    "const": _const,
    "$contains": _concatenated,
    "dependentRequired": _dependencies,
    "dependentSchemas": _properties,
    "enum": _enum,
    "exclusiveMaximum": min,
    "exclusiveMinimum": max,
    "items": _all_of,
    "maxItems": min,
    "maxLength": min,
    "maxProperties": min,
    "maximum": min,
    "minItems": max,
    "minLength": max,
    "minProperties": max,
    "minimum": max,
    "multipleOf": _multiple_of,
    "pattern": _concatenated,
    "patternProperties": _properties,
    "prefixItems": _positions,
    "properties": _properties,
    "propertyNames": _all_of,
    "required": _concatenated,
    "type": _types,
    "uniqueItems": or_,
}


# --- kinds ------------------------------------------------------------------

_TELLING = (
    ("object", {"properties", "required", "additionalProperties", "minProperties"}),
    ("array", {"items", "prefixItems", "minItems", "$contains"}),
    ("string", {"pattern", "minLength", "maxLength", "format"}),
    ("number", {"minimum", "maximum", "multipleOf", "exclusiveMinimum"}),
)
_KINDS = ("object", "string", "integer", "number", "boolean", "array", "null")


def kinds(keywords: Keywords) -> tuple[list[str], list[str]]:
    """Return the types that a value may have: the likely ones, then all others."""
    stated = _stated(keywords)
    if stated:
        return sorted(stated, key=lambda kind: kind == "null"), []
    likely = [kind for kind, telling in _TELLING if telling & keywords.keys()]
    others = [kind for kind in _KINDS if kind not in likely]
    return (likely, others) if likely else (others, [])


def has_type(value: Any, keywords: Keywords) -> bool:
    """Return whether a stated value is of a stated type."""
    stated = _stated(keywords)
    return not stated or any(kind in stated for kind in _PYTHON.get(type(value), ()))


def _stated(keywords: Keywords) -> list[str]:
    stated = keywords.get("type", [])
    return [stated] if isinstance(stated, str) else stated


_PYTHON: dict[type, tuple[str, ...]] = {
    bool: ("boolean",),
    dict: ("object",),
    float: ("number", "integer"),
    int: ("integer", "number"),
    list: ("array",),
    str: ("string",),
    type(None): ("null",),
}
