"""Findings about schemas that exclude each other, so that no value or fewer are valid.

It decides this by keywords alone and names both places. It must not generate values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, finding
from cbmock.violations import shown

_BOUNDS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
)


def contradictions(node: Node, description: Description) -> Iterator[Finding]:
    """Yield findings for contradictions in one Schema Object, and in its `allOf`."""
    if isinstance(node.value.get("$ref"), str) and len(node.value) == 1:
        return
    yield from _bounds(node)
    yield from _closed(node)
    yield from _constants(node)
    yield from _parts(node, description)


def _bounds(node: Node) -> Iterator[Finding]:
    for low, high in _BOUNDS:
        least, most = _number(node.value.get(low)), _number(node.value.get(high))
        if least is None or most is None:
            continue
        if least > most or (least == most and "exclusive" in low + high):
            relation = "above" if least > most else "equal to"
            detail = (
                f"`{low}: {least}` is {relation} `{high}: {most}`: no value is valid"
            )
            yield finding(node, "contradiction", detail)


def _number(value: Any) -> float | None:
    return (
        value
        if isinstance(value, int | float) and value is not True and value is not False
        else None
    )


def _closed(node: Node) -> Iterator[Finding]:
    """Look for required names, or a number of them, that a closed object excludes."""
    closed = _Closed.at(node)
    if closed is None:
        return
    for name in closed.excluded(_required(node.value)):
        detail = (
            f"{name!r} is required, but `{closed.keyword}: false` excludes it: it is not "
            "among the properties, so no object is valid"
        )
        yield finding(node, "contradiction", detail)
    least = _number(node.value.get("minProperties"))
    if least is not None and not closed.patterns and least > len(closed.names):
        detail = (
            f"`minProperties: {least}` is more than the {len(closed.names)} properties "
            f"that `{closed.keyword}: false` leaves: no object is valid"
        )
        yield finding(node, "contradiction", detail)


def _required(schema: dict[str, Any]) -> list[str]:
    listed = schema.get("required")
    return [n for n in listed if isinstance(n, str)] if isinstance(listed, list) else []


class _Closed:
    """The property names that a closed object allows."""

    def __init__(self, keyword: str, schema: dict[str, Any]) -> None:
        named, patterns = schema.get("properties"), schema.get("patternProperties")
        self.keyword = keyword
        self.names = set(named) if isinstance(named, dict) else set()
        self.patterns = list(patterns) if isinstance(patterns, dict) else []

    @classmethod
    def at(cls, node: Node) -> _Closed | None:
        """Return the closed object of a schema; None if it is open."""
        if node.value.get("additionalProperties") is False:
            return cls("additionalProperties", node.value)
        alone = not node.value.keys() & {
            *("allOf", "anyOf", "oneOf", "if", "then", "else", "$ref", "$dynamicRef"),
            "dependentSchemas",
        }
        if alone and node.value.get("unevaluatedProperties") is False:
            return cls("unevaluatedProperties", node.value)
        return None

    def excluded(self, names: list[str]) -> list[str]:
        """Return the names that are not allowed."""
        return [
            name
            for name in dict.fromkeys(names)
            if name not in self.names and not any(map(self._fits(name), self.patterns))
        ]

    def _fits(self, name: str) -> Any:
        def fits(pattern: str) -> bool:
            try:
                return re.search(pattern, name) is not None
            except re.error:
                return True  # a pattern of ECMA-262 that Python cannot read

        return fits


def _constants(node: Node) -> Iterator[Finding]:
    """Look for constants that the schema's own `type` excludes."""
    types = _types(node.value)
    yield from _default(node, types)
    if node.value.get("enum") == []:
        detail = "`enum` lists no value: no value is valid"
        yield finding(node, "contradiction", detail)
        return
    if not types:
        return
    named = " or ".join(types)
    constants = node.get("enum")
    listed = [] if constants is None else [*constants.items()]
    wrong = [each for each in listed if not _is_of(each.value, types)]
    if wrong and len(wrong) == len(listed):
        detail = f"no value of `enum` is of type {named}: no value is valid"
        yield finding(node, "contradiction", detail)
    else:
        for each in wrong:
            detail = f"{shown(each.value)} in `enum` is not of type {named} and is never valid"
            yield finding(each, "constant-type", detail)
    const = node.get("const")
    if const is not None and not _is_of(const.value, types):
        detail = (
            f"`const: {shown(const.value)}` is not of type {named}: no value is valid"
        )
        yield finding(const, "contradiction", detail)


def _default(node: Node, types: list[str]) -> Iterator[Finding]:
    """Look for a default that the schema's own `type` or `enum` excludes."""
    default, listed = node.get("default"), node.value.get("enum")
    if default is None:
        return
    stated = f"`default: {shown(default.value)}`"
    # null is what is left out, and documents of 3.0 cannot list it everywhere.
    unlisted = default.value is not None and isinstance(listed, list)
    if types and not _is_of(default.value, types):
        detail = f"{stated} is not of type {' or '.join(types)}"
        yield finding(default, "constant-type", detail)
    elif unlisted and listed and default.value not in listed:
        yield finding(default, "constant-type", f"{stated} is none of `enum`")


_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int, float),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def _types(schema: dict[str, Any]) -> list[str]:
    """Return the types of a schema, null too if `nullable` adds it; none if unreadable."""
    type_ = schema.get("type")
    listed = type_ if isinstance(type_, list) else [type_]
    names = [each for each in listed if isinstance(each, str) and each in _TYPES]
    if len(names) < len(listed):
        return []
    return [*names, "null"] if schema.get("nullable") is True else names


def _is_of(value: Any, types: list[str]) -> bool:
    for name in types:
        if isinstance(value, bool) and name != "boolean":
            continue
        if isinstance(value, float) and name == "integer" and not value.is_integer():
            continue
        if isinstance(value, _TYPES[name]):
            return True
    return False


def _parts(node: Node, description: Description) -> Iterator[Finding]:
    """Look for closed parts of an `allOf` that exclude properties of the others."""
    listed = node.get("allOf")
    parts = (
        []
        if listed is None
        else [_target(each, description) for each in listed.items()]
    )
    known = [each for each in (node, *parts) if each and isinstance(each.value, dict)]
    for closing, other in permutations(known, 2):
        closed = _Closed.at(closing)
        if closed is None or (
            closing is node and closed.keyword != "additionalProperties"
        ):
            continue
        required = closed.excluded(_required(other.value))
        if required:
            detail = (
                f"{other.pointer} requires {', '.join(map(repr, required[:5]))}, which "
                f"`{closed.keyword}: false` at {closing.pointer} excludes: no object is "
                "valid"
            )
            yield finding(node, "contradiction", detail)
        elif closing is not node:  # the schema's own is `additionalprops-allof`
            named = other.value.get("properties")
            optional = closed.excluded([*named] if isinstance(named, dict) else [])
            if optional:
                detail = (
                    f"{other.pointer} has {', '.join(map(repr, optional[:5]))}, which "
                    f"`{closed.keyword}: false` at {closing.pointer} excludes"
                )
                yield finding(node, "closed-part", detail, instead=_OPEN)


_OPEN = "unevaluatedProperties: false beside allOf (OpenAPI 3.1 and newer)"


def _target(node: Node, description: Description) -> Node | None:
    try:
        return schema_resources.resolve(description, node)
    except UnresolvableReference:
        return None  # another finding names the reference
