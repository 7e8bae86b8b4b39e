"""Nested names (`deepObject`): `p[a][0]=x` gives the place of a text in a nested value.

It decides what is an array and what an object; the standard defines one level only (OAS
3.2.0 §4.8.12.3). It must not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from cbmock.contract.schemas.subschemas import Shape

_KEYS = re.compile(r"(?:\[[^\[\]]*\])+")
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class NestedEntry:
    """One text and the keys that lead to it.

    `name` is the whole name as sent, `raw` the text, still percent-encoded.
    """

    name: str
    keys: tuple[str, ...]
    text: str
    raw: str


def below(name: str, pairs: Mapping[str, Sequence[str]]) -> list[NestedEntry]:
    """Return the entries of a property among raw values by name."""
    return entries(name, ((key, raw) for key, raws in pairs.items() for raw in raws))


def entries(name: str, pairs: Iterable[tuple[str, str]]) -> list[NestedEntry]:
    """Return the pairs whose names are this name followed by keys in brackets."""
    found = []
    for key, raw in pairs:
        rest = key[len(name) :]
        if not key.startswith(name) or not _KEYS.fullmatch(rest):
            continue
        keys = tuple(rest[1:-1].split("]["))
        if len(keys) <= _DEEPEST:
            found.append(NestedEntry(key, keys, unquote_plus(raw), raw))
    return found


def nested_value(shape: Shape | None, found: Sequence[NestedEntry]) -> Any:
    """Build the nested value; a text takes precedence over entries below it."""
    texts = [entry.text for entry in found if not entry.keys]
    if texts:
        if shape is not None and shape.kind == "array":
            return [_text(shape.items, text) for text in texts]
        return _text(shape, texts[0])
    if _is_array(shape, found):
        return [
            nested_value(None if shape is None else shape.item(index), group)
            for index, group in enumerate(_items(found))
        ]
    return {
        name: nested_value(None if shape is None else shape.below(name), group)
        for name, group in _members(found).items()
    }


def first_unread(shape: Shape | None, found: Sequence[NestedEntry]) -> str | None:
    """Return the first name that `nested_value` ignores because its place is taken."""
    texts = [entry for entry in found if not entry.keys]
    if texts:
        all_read = shape is not None and shape.kind == "array"
        left = (e for e in found if e.keys or not (all_read or e is texts[0]))
        return next((entry.name for entry in left), None)
    if _is_array(shape, found):
        groups = [
            (None if shape is None else shape.item(index), group)
            for index, group in enumerate(_items(found))
        ]
    else:
        groups = [
            (None if shape is None else shape.below(name), group)
            for name, group in _members(found).items()
        ]
    unread = (first_unread(below, group) for below, group in groups)
    return next(filter(None, unread), None)


def without_name(shape: Shape | None, found: Sequence[NestedEntry]) -> str | None:
    """Return the first name `p[]` if an object is expected, which has no such member."""
    if shape is None or shape.kind != "object" or "" in shape.properties:
        return None
    return next((each.name for each in found if each.keys[:1] == ("",)), None)


def _text(shape: Shape | None, text: str) -> Any:
    return text if shape is None else shape.candidates(text)[0]


def _is_array(shape: Shape | None, found: Sequence[NestedEntry]) -> bool:
    kind = None if shape is None else shape.kind
    if kind is not None:
        return kind == "array" and all(_is_index(entry.keys[0]) for entry in found)
    return all(entry.keys[0] == "" for entry in found)


def _is_index(key: str) -> bool:
    return not key or (key.isascii() and key.isdigit())


def _members(found: Sequence[NestedEntry]) -> dict[str, list[NestedEntry]]:
    """Group by the first key."""
    members: dict[str, list[NestedEntry]] = {}
    for entry in found:
        deeper = replace(entry, keys=entry.keys[1:])
        members.setdefault(entry.keys[0], []).append(deeper)
    return members


def _items(found: Sequence[NestedEntry]) -> list[list[NestedEntry]]:
    """Group by index, in ascending order; an entry without index is an item of its own."""
    numbered: dict[str, list[NestedEntry]] = {}
    own: list[list[NestedEntry]] = []
    for entry in found:
        deeper = replace(entry, keys=entry.keys[1:])
        if entry.keys[0]:
            numbered.setdefault(entry.keys[0].lstrip("0"), []).append(deeper)
        else:
            own.append([deeper])
    in_order = sorted(numbered, key=lambda digits: (len(digits), digits))
    return [numbered[digits] for digits in in_order] + own
