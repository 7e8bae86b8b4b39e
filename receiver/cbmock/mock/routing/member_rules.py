"""Member rules: which members a body may have, and their possible values.

It decides which values a member can have, through references and alternatives, so that
operations can be compared by them. It must not know requests or operations.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cbmock.contract.bodies import form_fields
from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.mock.examples import as_text

MemberPath = tuple[str, ...]
Allowed = dict[MemberPath, tuple[Any, ...]]

_MOST_PARTS = 500
"""How many schemas are examined for one body; some documents have thousands."""
_DEEPEST = 5
ABSENT: Any = object()
FIRST_ITEM = "0"
"""The path token for an array: the items of a batch are events of one kind."""


_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean"}


@dataclass(frozen=True, slots=True)
class MemberRules:
    """What a body's schema says about its members.

    `allowed` are the possible values of members, by path, if the schema lists them.
    `required` are the required members of the outermost object. `known` are all members
    that it allows, or None if it allows any. `types` are those of the body, or None if
    nothing limits them.
    """

    allowed: Mapping[MemberPath, tuple[Any, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    known: frozenset[str] | None = None
    types: frozenset[str] | None = None

    def may_be(self, value: Any) -> bool:
        """Return whether a body of the value's type may be valid."""
        stated = _TYPES.get(type(value))
        return self.types is None or stated is None or stated in self.types

    def likeness(self, sent: SentMembers) -> tuple[int, ...]:
        """Count down for members whose value is not allowed, the outermost first."""
        counts = [0] * (_DEEPEST + 1)
        for path, allowed in self.allowed.items():
            counts[min(len(path), _DEEPEST)] -= sent.differs(path, allowed)
        return tuple(counts)

    def misfits(self, value: Mapping[str, Any]) -> int:
        """Count missing required members, and members that are not allowed."""
        strange = 0 if self.known is None else len(value.keys() - self.known)
        return len(self.required - value.keys()) + strange


@dataclass(frozen=True, slots=True)
class SentMembers:
    """The members of a sent body; in forms and XML all `are_texts`, whatever their type."""

    value: Any
    are_texts: bool = False
    is_form: bool = False

    def at(self, path: MemberPath) -> Any:
        """Return the value at a path; `ABSENT` where there is none."""
        value = self.value
        for name in path:
            if isinstance(value, list) and value and name == FIRST_ITEM:
                value = value[0]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                return self._in_field(path)
        return value

    def _in_field(self, path: MemberPath) -> Any:
        """Return what a field's name or the JSON inside it has at a path."""
        if not self.is_form or not isinstance(self.value, dict):
            return ABSENT
        only = next(iter(self.value), None) if len(self.value) == 1 else None
        whole = (only,) if only in form_fields.WRAPPERS else ()
        for tokens in (path, (*whole, *path)):
            with contextlib.suppress(LookupError):
                return form_fields.lookup(self.value, tokens)
        return ABSENT

    def differs(self, path: MemberPath, allowed: tuple[Any, ...]) -> bool:
        """Return whether a member is present with a value that is not allowed."""
        value = self.at(path)
        if value is ABSENT:
            return False
        return not self.is_one_of(value, allowed)

    def is_one_of(self, value: Any, allowed: tuple[Any, ...]) -> bool:
        """Return whether a sent value is one of those that a schema lists."""
        if self.are_texts:
            return as_text(value) in map(as_text, allowed)
        return value in allowed


def rules_of(schema: Schema | None) -> MemberRules:
    """Read the rules of a body's schema."""
    if schema is None:
        return MemberRules()
    required: set[str] = set()
    closed: list[frozenset[str]] = []
    try:
        for part in always(schema.node, schema.description):
            listed = part.value.get("required")
            if isinstance(listed, list):
                required |= {each for each in listed if isinstance(each, str)}
            properties = part.get("properties")
            names = frozenset() if properties is None else frozenset(properties.value)
            others = "patternProperties" in part.value
            if part.value.get("additionalProperties") is False and not others:
                closed.append(names)
        types = coercion.types(schema.node, schema.description)
    except (UnresolvableReference, TypeError):
        return MemberRules()
    reading = _AllowedValues(schema.description)
    # In envelopes the constants are nested; what is outside must not be lost among many.
    allowed = reading.allowed(schema.node, deepest=1)
    nested = reading.allowed(schema.node, deepest=_DEEPEST)
    allowed |= {path: nested[path] for path in sorted(nested, key=len)} | allowed
    known = frozenset.intersection(*closed) if closed else None
    return MemberRules(allowed, frozenset(required), known, types)


def always(node: Node, description: Description) -> Iterator[Node]:
    """Go through a schema and those that it always combines: `$ref` and `allOf`."""
    seen = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.place in seen or not isinstance(part.value, dict):
            continue
        seen.add(part.place)
        yield part
        reference = part.value.get("$ref")
        if isinstance(reference, str):
            waiting.append(description.follow(part, reference))
        combined = part.get("allOf")
        waiting += [] if combined is None else combined.items()


def listed(schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Return the values that a schema itself lists; None if it lists none."""
    if "const" in schema:
        return (schema["const"],)
    stated = schema.get("enum")
    return tuple(stated) if isinstance(stated, list) and stated else None


def values_of(node: Node, description: Description) -> tuple[Any, ...] | None:
    """Return the values that a schema can have, through its branches; None for any."""
    return _AllowedValues(description).allowed(node, deepest=0).get(())


class _AllowedValues:
    """Reads the allowed values of a schema, branch by branch."""

    def __init__(self, description: Description) -> None:
        self._description = description

    def allowed(self, node: Node, *, deepest: int) -> Allowed:
        self._left = _MOST_PARTS
        return self._allowed(node, deepest, frozenset())

    def _allowed(self, node: Node, deepest: int, above: frozenset[Any]) -> Allowed:
        found: Allowed = {}
        if node.place in above:
            return found
        above |= {node.place}
        try:
            parts = list(always(node, self._description))
        except UnresolvableReference:
            return found
        for part in parts:
            self._left -= 1
            if self._left < 0:
                return found
            own = listed(part.value)
            if own is not None:
                _join(found, {(): own})
            properties = part.get("properties") if deepest else None
            for name, below in _members(properties):
                inner = self._allowed(below, deepest - 1, above)
                _join(found, {(name, *path): each for path, each in inner.items()})
            items = part.get("items") if deepest else None
            if items is not None:
                inner = self._allowed(items, deepest, above)
                _join(found, {(FIRST_ITEM, *p): each for p, each in inner.items()})
            for keyword in ("oneOf", "anyOf"):
                branches = part.get(keyword)
                if branches is not None and isinstance(branches.value, list):
                    _join(found, self._of_branches(branches, deepest, above))
        return found

    def _of_branches(
        self, branches: Node, deepest: int, above: frozenset[Any]
    ) -> Allowed:
        """Return what all branches list, each value that any of them allows."""
        each_allowed = [
            self._allowed(each, deepest, above)
            for each in branches.items()
            if not _is_null(each)
        ]
        if not each_allowed:
            return {}
        common = set.intersection(*(set(each) for each in each_allowed))
        return {
            path: tuple(value for each in each_allowed for value in each[path])
            for path in common
        }


def _members(properties: Node | None) -> Iterator[tuple[str, Node]]:
    return iter(()) if properties is None else properties.members()


def _is_null(node: Node) -> bool:
    return isinstance(node.value, dict) and node.value.get("type") == "null"


def _join(found: Allowed, other: Allowed) -> None:
    """Keep what both allow."""
    for path, values in other.items():
        if path in found:
            found[path] = tuple(each for each in found[path] if each in values)
        else:
            found[path] = values
