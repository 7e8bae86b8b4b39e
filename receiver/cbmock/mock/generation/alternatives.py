"""Alternatives: lists of branches; a value must match one branch of each list.

It decides what is tried for `oneOf`, `anyOf`, `if` and `not`, the plainest first. It must
not know how values are made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

_MOST_VARIANTS = 48
"""How many ways to violate other branches are tried."""

Definitions = Mapping[str, Any]


def alternatives(
    schema: Mapping[str, Any], definitions: Definitions, *, violating: bool
) -> list[list[Any]]:
    """Return lists of branches; a value must match one branch of each list.

    With `violating`, further branches follow. Their values also violate the schemas that
    must not match: the other branches of a `oneOf`, an `if` whose `else` applies, a `not`.
    """
    found = [list(schema["anyOf"])] if "anyOf" in schema else []
    if "oneOf" in schema:
        branches = list(schema["oneOf"])
        if violating:
            branches += islice(_exclusive(branches, definitions), _MOST_VARIANTS)
        found.insert(0, branches)
    if "if" in schema:
        condition, otherwise = schema["if"], schema.get("else", True)
        both = {"allOf": [condition, schema.get("then", True)]}
        variants = _violating(condition, definitions) if violating else iter(())
        others = ({"allOf": [otherwise, each]} for each in variants)
        found.append([both, otherwise, *islice(others, _MOST_VARIANTS)])
    if violating and "not" in schema:
        variants = _violating(schema["not"], definitions)
        found.append([True, *islice(variants, _MOST_VARIANTS)])
    return found


def is_late(schema: Any, refs: Counter[str]) -> tuple[bool, bool]:
    """Rank branches: null and recursive ones come last."""
    if not isinstance(schema, dict):
        return False, False
    name = reference(schema)
    return schema.get("type") == "null", refs[name] > 0


def reference(schema: Mapping[str, Any]) -> str:
    """Return the name of the definition that a schema refers to; empty for none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def only_value(schema: Any, definitions: Definitions) -> bool:
    """Return whether a schema allows one value only, and not null."""
    for part in parts(schema, definitions):
        if "const" in part:
            return part["const"] is not None
        if isinstance(part.get("enum"), list) and len(part["enum"]) == 1:
            return part["enum"][0] is not None
    return False


def parts(schema: Any, definitions: Definitions) -> Iterator[Mapping[str, Any]]:
    """Go through a schema and those that it always combines: `$ref` and `allOf`."""
    seen = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict) or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if reference(part):
            waiting.append(definitions[reference(part)])
        waiting += part.get("allOf", ())


def _exclusive(branches: list[Any], definitions: Definitions) -> Iterator[Any]:
    """Yield each branch together with one way to violate another."""
    for branch in branches:
        for other in branches:
            if other is not branch:
                for variant in _violating(other, definitions):
                    yield {"allOf": [branch, variant]}


def _violating(schema: Any, definitions: Definitions) -> Iterator[Any]:
    """Yield schemas whose values violate a schema, each in one point."""
    for part in parts(schema, definitions):
        properties = part.get("properties", {})
        for name in part.get("required", ()):
            yield {"properties": {name: False}}
        for name, below in properties.items():
            yield {"required": [name], "properties": {name: {"not": below}}}
        for name, others in part.get("dependentRequired", {}).items():
            for other in {*others} - {name}:
                yield {"required": [name], "properties": {other: False}}
        if False in (
            part.get("additionalProperties"),
            part.get("unevaluatedProperties"),
        ):
            yield {"required": [next(_strange(properties))]}
        yield from _of_sizes(part)
        for each in chain(part.get("anyOf", ()), part.get("oneOf", ())):
            yield from _violating(each, definitions)


def _strange(properties: Mapping[str, Any]) -> Iterator[str]:
    numbered = (f"property{number}" for number in range(1, len(properties) + 2))
    return (name for name in numbered if name not in properties)


def _of_sizes(part: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what lies beyond each limit."""
    for lower, upper in (
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
    ):
        if part.get(lower, 0) > 0:
            yield {upper: part[lower] - 1}
        if upper in part:
            yield {lower: part[upper] + 1}
    if "minimum" in part:
        yield {"exclusiveMaximum": part["minimum"]}
    if "maximum" in part:
        yield {"exclusiveMinimum": part["maximum"]}
    if "exclusiveMinimum" in part:
        yield {"maximum": part["exclusiveMinimum"]}
    if "exclusiveMaximum" in part:
        yield {"minimum": part["exclusiveMaximum"]}
