"""Members: the schema of each property of an object and each item of an array.

It decides by one flat set of keywords. It must not know how values are made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from cbmock.contract.schemas.engine import keyword_validator
from cbmock.mock.generation.merged_schema import Keywords, same
from cbmock.mock.generation.schema_parts import Definitions, only_value

_MOST_MORE = 2
"""How many members more than needed objects have that must differ from others."""


def required_names(keywords: Keywords) -> list[str]:
    """Return the required names, and those that they require in turn."""
    return _with_dependents(keywords, keywords.get("required", ()))


def _with_dependents(keywords: Keywords, first: Iterable[str]) -> list[str]:
    dependent = keywords.get("dependentRequired", {})
    names = list(dict.fromkeys(first))
    for name in names:
        needed = dict.fromkeys(dependent.get(name, ()))
        names += [each for each in needed if each not in names]
    return names


def object_sizes(
    keywords: Keywords, definitions: Definitions
) -> Iterable[tuple[tuple[str, ...], float]]:
    """Return the names and sizes of objects to try, the smallest first."""
    required = required_names(keywords)
    least = max(keywords.get("minProperties", 0), len(required))
    most = keywords.get("maxProperties", math.inf)
    properties = keywords.get("properties", {})
    constant = [
        name
        for name, each in properties.items()
        if name not in required and only_value(each, definitions)
    ]
    telling = _with_dependents(keywords, [*required, *constant])
    if len(telling) > most:
        telling = [*required, *constant][: int(most)]
    whole = min(max(least, len(properties)), most)
    choices = (
        (telling, max(least, len(telling))),
        (required, least),
        (required, whole),
    )
    return dict.fromkeys((tuple(names), size) for names, size in choices)


def larger_sizes(keywords: Keywords) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the same of objects that have more members only to differ from others."""
    required = tuple(required_names(keywords))
    least = max(keywords.get("minProperties", 0), len(required))
    for size in range(least + 1, least + 1 + _MOST_MORE):
        if size <= keywords.get("maxProperties", math.inf):
            yield required, size


def item_schemas(keywords: Keywords, size: int) -> list[Any]:
    """Return the schema of each item of an array."""
    schemas = list(keywords.get("prefixItems", ()))[:size]
    following = keywords.get("items", True)
    for contained, count in keywords.get("$contains", ()):
        schemas += [{"allOf": [contained, following]}] * count
    return schemas + [following] * (size - len(schemas))


def no_value(name: str, schema: Any, reason: str | None) -> str:
    """Return why an object has no value for a required property."""
    if schema is False:
        return f"the property {name!r} is required, and not allowed"
    why = "" if reason is None else f": {reason}"
    return f"the required property {name!r} has no valid value{why}"


def property_schema(keywords: Keywords, name: str) -> Any:
    """Return the schema of the value of one property."""
    found = []
    if name in keywords.get("properties", {}):
        found.append(keywords["properties"][name])
    for pattern, schema in keywords.get("patternProperties", {}).items():
        engine = keyword_validator("pattern", pattern)
        if engine is not None and engine.is_valid(name):
            found.append(schema)
    if not found:
        return keywords.get("additionalProperties", True)
    return found[0] if len(found) == 1 else {"allOf": found}


def varied(whole: Any, key: Any, values: Iterator[Any]) -> Iterator[Any]:
    """Put one value after another at one place of an array or object."""
    for value in values:
        other = whole.copy()
        other[key] = value
        yield other


def distinct(stream: Iterator[Any], others: list[Any]) -> Iterator[Any]:
    """Leave out the values that are among the others."""
    for value in stream:
        if not any(same(value, other) for other in others):
            yield value
