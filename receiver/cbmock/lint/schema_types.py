"""Findings about types that exclude each other: of one value no type is left.

It decides by `type` alone, through references, parts and alternatives. It must not generate
values.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from cbmock.description import schema_keywords, schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, finding

Types = frozenset[str]
SeenTypes = dict[NodePlace, Types]
"""The types that schemas allow, by their places."""

_KNOWN: Types = frozenset(
    ("array", "boolean", "integer", "null", "number", "object", "string")
)
_ALTERNATIVES = ("anyOf", "oneOf")
_DEEPEST = 50
"""How many schemas are followed at one value."""


def type_conflicts(
    node: Node, description: Description, seen: SeenTypes
) -> Iterator[Finding]:
    """Yield a finding if the parts of one schema leave no type for a value.

    If a part itself has none, that part has the finding. `seen` is kept for the other
    schemas of the description, so that each is looked at once.
    """
    known = [
        (part, types)
        for part, types in _parts(node, description, seen)
        if types != _KNOWN
    ]
    if not all(types for _, types in known):
        return
    for (one, mine), (other, its) in combinations(known, 2):
        if not mine & its:
            detail = (
                f"{one.pointer} is of type {_named(mine)}, {other.pointer} of type "
                f"{_named(its)}: no value is valid"
            )
            yield finding(node, "contradiction", detail)
            return
    left = _KNOWN.intersection(*(types for _, types in known))
    for keyword in _ALTERNATIVES:
        branches = _branches(node, keyword, description, seen)
        if left and branches and all(each and not each & left for each in branches):
            detail = (
                f"no alternative of `{keyword}` is of type {_named(left)}: no value is "
                "valid"
            )
            yield finding(node, "contradiction", detail)


def _named(types: Types) -> str:
    # Every integer is a number.
    shown = types - {"integer"} if "number" in types else types
    return " or ".join(sorted(shown))


def _types(node: Node, description: Description, seen: SeenTypes, depth: int) -> Types:
    """Return the types that a schema allows, as far as its `type` keywords say."""
    if node.place in seen:
        return seen[node.place]
    if depth > _DEEPEST:
        return _KNOWN
    seen[node.place] = _KNOWN  # what leads back to itself says no more
    left = _KNOWN.intersection(
        *(types for _, types in _parts(node, description, seen, depth))
    )
    for keyword in _ALTERNATIVES:
        branches = _branches(node, keyword, description, seen, depth)
        if branches:
            left &= frozenset().union(*branches)
    seen[node.place] = left
    return left


def _parts(
    node: Node, description: Description, seen: SeenTypes, depth: int = 0
) -> Iterator[tuple[Node, Types]]:
    """Go through what always applies to the same value: itself, `$ref` and `allOf`."""
    if not isinstance(node.value, dict):
        return
    if isinstance(node.value.get("$ref"), str):
        try:
            target = schema_resources.resolve(description, node)
        except UnresolvableReference:
            return  # another finding names the reference
        alone = schema_keywords.reference_alone(description, node)
        if target.place != node.place:
            yield target, _types(target, description, seen, depth + 1)
        if alone:
            return
    yield node, _own(node, description)
    listed = node.get("allOf")
    for part in () if listed is None else listed.items():
        shown = part
        if isinstance(part.value, dict) and len(part.value) == 1:
            try:
                shown = schema_resources.resolve(description, part)
            except UnresolvableReference:
                continue  # as above
        yield shown, _types(part, description, seen, depth + 1)


def _branches(
    node: Node,
    keyword: str,
    description: Description,
    seen: SeenTypes,
    depth: int = 0,
) -> list[Types]:
    listed = node.get(keyword) if isinstance(node.value, dict) else None
    branches = [] if listed is None else [*listed.items()]
    return [_types(each, description, seen, depth + 1) for each in branches]


def _own(node: Node, description: Description) -> Types:
    stated = node.value.get("type")
    listed = stated if isinstance(stated, list) else [stated]
    names = frozenset(each for each in listed if isinstance(each, str))
    if len(names) < len(listed) or not names <= _KNOWN:
        return _KNOWN  # none, or not readable
    if "number" in names:
        names |= {"integer"}
    json_schema = description.version_at(node.document).json_schema
    if node.value.get("nullable") is True and not json_schema:
        names |= {"null"}
    return names
