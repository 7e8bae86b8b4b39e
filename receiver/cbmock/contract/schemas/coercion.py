"""Readings: which typed values a text may stand for.

It decides whether `12` is a number or a string by the schema (OAS 3.2.0 §4.8.14.8,
"Non-JSON Data"). It must not know where the text was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cbmock.description import schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_MOST_DIGITS = 1000
_DEEPEST = 50
"""How many schemas are followed at one value."""


def readings(text: str, kinds: frozenset[str] | None) -> Iterator[Any]:
    """Yield the values that a text may stand for, of the allowed types; None allows all.

    A string first where strings are allowed; the text itself where nothing else fits.
    """
    found: list[Any] = []
    if kinds is None or "string" in kinds:
        found.append(text)
    for kind, value in _typed(text):
        if kinds is None or kind in kinds:
            found.append(value)
    if text in ("", "null") and kinds and "null" in kinds and "string" not in kinds:
        found.append(None)
    yield from found or [text]


def _typed(text: str) -> Iterator[tuple[str, Any]]:
    if text in ("true", "false"):
        yield "boolean", text == "true"
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return
    try:
        value, _ = json_text.read(text.encode())
    except NotJSON:
        return  # out of range
    if isinstance(value, float) and value.is_integer():
        yield "integer", int(value)
    yield "integer" if isinstance(value, int) else "number", value


# --- a schema together with those that it combines --------------------------------------


def parts(node: Node, description: Description) -> Iterator[Node]:
    """Go through a schema and those that it combines, by `$ref` and the combinators.

    Raises `UnresolvableReference`.
    """
    seen = set()
    waiting = [node]
    while waiting:
        part = waiting.pop(0)
        if part.place in seen:
            continue
        seen.add(part.place)
        yield part
        waiting += always(part, description)
        for keyword in ("anyOf", "oneOf"):
            combined = part.get(keyword)
            waiting += [] if combined is None else combined.items()


def always(part: Node, description: Description) -> Iterator[Node]:
    """Go through the schemas that apply wherever this one does: `$ref` and `allOf`.

    Raises `UnresolvableReference`.
    """
    reference = part.get("$ref")
    if reference is not None and isinstance(reference.value, str):
        yield schema_resources.follow(description, part, reference.value)
    all_of = part.get("allOf")
    yield from () if all_of is None else all_of.items()


def types(node: Node, description: Description) -> frozenset[str] | None:
    """Find the types that a schema allows, through `$ref` and the combinators.

    None if nothing limits them; `integer` is listed wherever `number` is. Raises
    `UnresolvableReference`.
    """
    return _types(node, description, {}, 0)


def _types(
    node: Node,
    description: Description,
    seen: dict[NodePlace, frozenset[str] | None],
    depth: int,
) -> frozenset[str] | None:
    """Find the types of a schema, of each once: `seen` has those found already."""
    if node.place in seen:
        return seen[node.place]
    if not isinstance(node.value, dict) or depth > _DEEPEST:
        return None
    seen[node.place] = None  # what leads back to itself limits nothing more
    found = _own_types(node.value)
    reference = node.value.get("$ref")
    if isinstance(reference, str):
        target = schema_resources.follow(description, node, reference)
        found = _both(found, _types(target, description, seen, depth + 1))
    all_of = node.get("allOf")
    for each in () if all_of is None else all_of.items():
        found = _both(found, _types(each, description, seen, depth + 1))
    for keyword in ("anyOf", "oneOf"):
        either = node.get(keyword)
        branches = [] if either is None else list(either.items())
        inners = [_types(each, description, seen, depth + 1) for each in branches]
        known = [inner for inner in inners if inner is not None]
        if known and len(known) == len(inners):
            found = _both(found, frozenset[str]().union(*known))
    if found is not None and node.value.get("nullable") is True:
        # Also where it has no effect: what was sent is null, and that is judged.
        found |= {"null"}
    seen[node.place] = found
    return found


def _own_types(schema: dict[str, Any]) -> frozenset[str] | None:
    own = schema.get("type")
    if not isinstance(own, str | list):
        return None
    named = {own} if isinstance(own, str) else set(map(str, own))
    if "number" in named:
        named.add("integer")
    return frozenset(named)


def _both(
    one: frozenset[str] | None, other: frozenset[str] | None
) -> frozenset[str] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other
