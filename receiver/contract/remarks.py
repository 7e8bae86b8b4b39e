"""Remarks: what a valid value still makes people wonder about.

It decides what is told about annotations: `writeOnly` values that were sent, texts that
are not in their `contentEncoding`, and values that are not what they say they are. It must not know media types.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from receiver.contract import discriminators, readings
from receiver.contract.schemas import Schema
from receiver.contract.violations import Violation, shortened, shown
from receiver.description import pointers
from receiver.description.references import Node

_MOST_STEPS = 20_000
"""How many values are looked at; a remark is no verdict."""

_MOST = 20
_SPACE = re.compile(r"\s+")

Place = tuple[str | int, ...]


def of(schema: Schema, value: Any) -> tuple[Violation, ...]:
    """Return what there is to say about a value; all of it warnings."""
    walk = _walk(schema)
    found: dict[tuple[str | None, str], Violation] = {}
    for each in walk.through(value):
        found.setdefault((each.pointer, each.code), each)
        if len(found) >= _MOST:
            break
    return tuple(found.values())


@functools.lru_cache(maxsize=1024)
def _walk(schema: Schema) -> _Walk:
    """Keep what was compiled on the way."""
    return _Walk(schema)


class _Walk:
    """Goes through a value and the schemas that are about its parts."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._branches: dict[Any, Schema] = {}

    def through(self, value: Any) -> Iterator[Violation]:
        waiting: list[tuple[Place, Any, list[Node]]] = [
            ((), value, [self._schema.node])
        ]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            at, each, nodes = waiting.pop()
            parts = [part for node in nodes for part in self._applying(node, each)]
            yield from _said(at, each, parts)
            for part in parts:
                if isinstance(part.value, dict):
                    yield from discriminators.told(
                        at, each, part, self._schema.description, self._branch
                    )
            if isinstance(each, dict):
                waiting += [
                    ((*at, name), member, about)
                    for name, member in each.items()
                    if (about := _about_property(parts, name))
                ]
            elif isinstance(each, list):
                waiting += [
                    ((*at, index), item, about)
                    for index, item in enumerate(each)
                    if (about := _about_item(parts, index))
                ]

    def _applying(self, node: Node, value: Any) -> Iterator[Node]:
        """Go through the parts of a schema; of alternatives those that fit."""
        description = self._schema.description
        seen = set()
        waiting = [node]
        while waiting:
            part = waiting.pop()
            if part.place in seen:
                continue
            seen.add(part.place)
            yield part
            waiting += readings.always(part, description)
            for keyword in ("anyOf", "oneOf"):
                either = part.get(keyword)
                for branch in () if either is None else either.items():
                    if self._branch(branch).is_valid(value):
                        waiting.append(branch)

    def _branch(self, node: Node) -> Schema:
        if node.place not in self._branches:
            self._branches[node.place] = Schema(node, self._schema.description)
        return self._branches[node.place]


def _about_property(parts: list[Node], name: str) -> list[Node]:
    found = []
    for part in parts:
        properties = part.get("properties")
        own = None if properties is None else properties.get(name)
        own = own or part.get("additionalProperties")
        if own is not None:
            found.append(own)
    return found


def _about_item(parts: list[Node], index: int) -> list[Node]:
    found = []
    for part in parts:
        prefix = part.get("prefixItems")
        listed = [] if prefix is None else list(prefix.items())
        own = listed[index] if index < len(listed) else part.get("items")
        if own is not None:
            found.append(own)
    return found


def _said(at: Place, value: Any, parts: list[Node]) -> Iterator[Violation]:
    for part in parts:
        if not isinstance(part.value, dict):
            continue
        if at and part.value.get("writeOnly") is True:
            detail = f"{shown(str(at[-1]))} is writeOnly: its owner does not send it"
            yield _remark("writeonly-sent", detail, at, part)
        coding = part.value.get("contentEncoding")
        if isinstance(value, str) and isinstance(coding, str):
            decoded = _CODINGS.get(coding.lower())
            if decoded is not None and not decoded(value):
                detail = f"{shown(value)} is not {coding.lower()}"
                yield _remark("contentEncoding", detail, at, part, value)


def _remark(
    code: str, detail: str, at: Place, part: Node, value: Any = None
) -> Violation:
    return Violation(
        location="body",
        name=shortened(str(at[-1])) if at else None,
        pointer=pointers.fragment(at),
        code=code,
        detail=detail,
        severity="warning",
        schema=part.pointer,
        received=shortened(value),
    )


def _is_base64(text: str) -> bool:
    return _decodes(base64.b64decode, _SPACE.sub("", text))


def _is_base64url(text: str) -> bool:
    """Tell whether it is base64url; RFC 4648 §5 lets its padding be left out."""
    plain = _SPACE.sub("", text).rstrip("=")
    if "+" in plain or "/" in plain:
        return False
    padded = plain.replace("-", "+").replace("_", "/") + "=" * (-len(plain) % 4)
    return _decodes(base64.b64decode, padded)


def _decodes(decode: Callable[..., bytes], text: str) -> bool:
    try:
        decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


_CODINGS: Mapping[str, Callable[[str], bool]] = {
    "base64": _is_base64,
    "base64url": _is_base64url,
}
