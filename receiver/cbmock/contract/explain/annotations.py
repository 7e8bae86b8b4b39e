"""Annotations: warnings about valid values.

It decides about `writeOnly` values that were sent, texts that are not in their
`contentEncoding`, and values that name another schema than the one they match. It must not
know media types.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.contract.explain import discriminators
from cbmock.contract.explain.discriminators import Discriminator
from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.description import json_pointer
from cbmock.description.references import Description, Node
from cbmock.violations import MOST_VIOLATIONS, Violation, shortened, shown

_MOST_STEPS = 20_000
"""How many values are examined; this limits warnings only, not validity."""

_SPACE = re.compile(r"\s+")


def warnings_about(schema: Schema, value: Any) -> tuple[Violation, ...]:
    """Return the warnings about a value."""
    walk = _walk(schema)
    found: dict[tuple[str | None, str], Violation] = {}
    for each in walk.through(value):
        found.setdefault((each.pointer, each.code), each)
        if len(found) >= MOST_VIOLATIONS:
            break
    return tuple(found.values())


def repeats(warning: Violation, errors: Iterable[Violation]) -> bool:
    """Return whether an error has the cause of a warning about a discriminator already.

    Its property is missing for the schema too, or has a value that the schema refuses.
    """
    if warning.code == "discriminator-missing":
        return any(
            each.code == "required"
            and each.pointer == warning.pointer
            and warning.name in str(each.name).split(", ")
            for each in errors
        )
    return warning.code == "discriminator-unmapped" and any(
        each.pointer == warning.pointer for each in errors
    )


def _walk(schema: Schema) -> _AnnotationWalk:
    """Return the walk of a schema, which keeps what was compiled on the way."""
    found: _AnnotationWalk | None = schema.derived.get(_AnnotationWalk)
    if found is None:
        found = schema.derived[_AnnotationWalk] = _AnnotationWalk(schema)
    return found


@dataclass(frozen=True, slots=True)
class _Below:
    """The subschemas of one Schema Object by what they apply to.

    Only those that can lead to a warning; None stands for the others.
    """

    properties: Mapping[str, Node | None]
    additional: Node | None
    first: tuple[Node | None, ...]
    items: Node | None

    def below(self, token: str | int) -> Node | None:
        """Return the subschema of one member or item."""
        if isinstance(token, str):
            return self.properties.get(token, self.additional)
        return self.first[token] if token < len(self.first) else self.items


class _AnnotationWalk:
    """Goes through a value and the schemas that apply to its parts.

    Schemas are read once for all values. Nodes are known by the identity of
    their values, which the documents keep.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._description = schema.description
        self._branches: dict[int, Schema] = {}
        self._closures: dict[int, tuple[tuple[Node, ...], tuple[Node, ...]]] = {}
        self._known_below: dict[int, _Below] = {}
        self._discriminators: dict[int, Discriminator | None] = {}

    def through(self, value: Any) -> Iterator[Violation]:
        waiting: list[tuple[ValuePath, Any, list[Node]]] = [
            ((), value, [self._schema.node])
        ]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            at, each, nodes = waiting.pop()
            parts = list(self._applying(nodes, each))
            yield from _keyword_warnings(at, each, parts)
            yield from self._discriminated(at, each, parts)
            members: Iterable[tuple[str | int, Any]] = ()
            if isinstance(each, dict):
                members = each.items()
            elif isinstance(each, list):
                members = enumerate(each)
            subschemas = [self._below_of(part) for part in parts] if members else []
            for token, member in members:
                found = [
                    node for a in subschemas if (node := a.below(token)) is not None
                ]
                if found:
                    waiting.append(((*at, token), member, found))

    def _discriminated(
        self, at: ValuePath, value: Any, parts: list[Node]
    ) -> Iterator[Violation]:
        found: list[Violation] = []
        for part in parts:
            key = id(part.value)
            if key not in self._discriminators:
                read = discriminators.discriminator_of(part, self._description)
                self._discriminators[key] = read
            discriminator = self._discriminators[key]
            if discriminator is not None and isinstance(value, dict):
                found += discriminator.check(at, value, self._branch)
        # What does not match is named there with its reason, which is not repeated.
        mismatch = any(each.code == "discriminator-mismatch" for each in found)
        yield from (
            each
            for each in found
            if not mismatch or each.code.startswith("discriminator-")
        )

    def _applying(self, nodes: list[Node], value: Any) -> Iterator[Node]:
        """Go through the parts of schemas, and those alternatives that match."""
        seen = set()
        waiting = list(nodes)
        while waiting:
            parts, branches = self._closure(waiting.pop())
            for part in parts:
                if id(part.value) not in seen:
                    seen.add(id(part.value))
                    yield part
            waiting += [
                branch
                for branch in branches
                if id(branch.value) not in seen and self._branch(branch).is_valid(value)
            ]

    def _closure(self, node: Node) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        """Return the parts that always apply, and their alternatives."""
        found = self._closures.get(id(node.value))
        if found is None:
            parts: dict[int, Node] = {}
            branches: list[Node] = []
            waiting = [node]
            while waiting:
                part = waiting.pop()
                if id(part.value) in parts or not isinstance(part.value, dict):
                    continue
                parts[id(part.value)] = part
                waiting += coercion.always(part, self._description)
                branches += _alternatives(part)
            marked_branches = tuple(each for each in branches if self._is_marked(each))
            found = self._closures[id(node.value)] = (
                tuple(parts.values()),
                marked_branches,
            )
        return found

    def _below_of(self, part: Node) -> _Below:
        found = self._known_below.get(id(part.value))
        if found is None:
            properties, prefix = part.get("properties"), part.get("prefixItems")
            named = () if properties is None else properties.members()
            listed = () if prefix is None else prefix.items()
            found = self._known_below[id(part.value)] = _Below(
                {name: self._if_marked(each) for name, each in named},
                self._if_marked(part.get("additionalProperties")),
                tuple(map(self._if_marked, listed)),
                self._if_marked(part.get("items")),
            )
        return found

    def _branch(self, node: Node) -> Schema:
        found = self._branches.get(id(node.value))
        if found is None:
            found = self._branches[id(node.value)] = Schema(node, self._description)
        return found

    def _if_marked(self, node: Node | None) -> Node | None:
        return node if node is not None and self._is_marked(node) else None

    def _is_marked(self, node: Node) -> bool:
        """Return whether a schema, or one below it, can lead to a warning."""
        return id(node.value) in self._marked

    @functools.cached_property
    def _marked(self) -> set[int]:
        around: dict[int, list[int]] = {}
        marked: list[int] = []
        waiting = [self._schema.node]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            key = id(node.value)
            if key in seen or not isinstance(node.value, dict):
                continue
            seen.add(key)
            if _MARKS & node.value.keys():
                marked.append(key)
            for child in _below(node, self._description):
                around.setdefault(id(child.value), []).append(key)
                waiting.append(child)
        found: set[int] = set()
        while marked:
            key = marked.pop()
            if key not in found:
                found.add(key)
                marked += around.get(key, ())
        return found


_MARKS = frozenset({"writeOnly", "contentEncoding", "discriminator"})


def _alternatives(part: Node) -> Iterator[Node]:
    for keyword in ("anyOf", "oneOf"):
        either = part.get(keyword)
        yield from () if either is None else either.items()


def _below(node: Node, description: Description) -> Iterator[Node]:
    yield from coercion.always(node, description)
    yield from _alternatives(node)
    properties, prefix = node.get("properties"), node.get("prefixItems")
    yield from () if properties is None else (each for _, each in properties.members())
    yield from () if prefix is None else prefix.items()
    for keyword in ("additionalProperties", "items"):
        child = node.get(keyword)
        if child is not None:
            yield child


def _keyword_warnings(
    at: ValuePath, value: Any, parts: list[Node]
) -> Iterator[Violation]:
    for part in parts:
        if not isinstance(part.value, dict):
            continue
        if at and part.value.get("writeOnly") is True:
            detail = f"{shown(str(at[-1]))} is writeOnly: its owner does not send it"
            yield _warning("writeonly-sent", detail, at, part)
        coding = part.value.get("contentEncoding")
        if isinstance(value, str) and isinstance(coding, str):
            decoded = _CODINGS.get(coding.lower())
            if decoded is not None and not decoded(value):
                detail = f"{shown(value)} is not {coding.lower()}"
                yield _warning("contentEncoding", detail, at, part, value)


def _warning(
    code: str, detail: str, at: ValuePath, part: Node, value: Any = None
) -> Violation:
    return Violation(
        location="body",
        name=shortened(str(at[-1])) if at else None,
        pointer=json_pointer.fragment(at),
        code=code,
        detail=detail,
        severity="warning",
        schema=part.pointer,
        received=shortened(value),
    )


def _is_base64(text: str) -> bool:
    return _decodes(base64.b64decode, _SPACE.sub("", text))


def _is_base64url(text: str) -> bool:
    """Return whether it is base64url; RFC 4648 §5 lets its padding be left out."""
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
