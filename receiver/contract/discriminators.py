"""Discriminators: which schema a value says that it is of, and whether it is.

It decides what is told about it. None of it changes whether a value is valid (OAS 3.1.1
§4.8.25), so all of it is warnings. It must not know how values are walked through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from receiver.contract import resources
from receiver.contract.schemas import Schema
from receiver.contract.violations import Violation, shortened, shown
from receiver.description import pointers
from receiver.description.references import Description, Node
from receiver.errors import UnresolvableReference

_COMPONENT = re.compile(r"[A-Za-z0-9._-]+")

Place = tuple[str | int, ...]


def told(
    at: Place,
    value: Any,
    part: Node,
    description: Description,
    schema_of: Callable[[Node], Schema],
) -> Iterator[Violation]:
    """Tell what is odd about a value below a Discriminator Object, if there is one.

    `schema_of` compiles a schema, or remembers it.
    """
    stated = part.value.get("discriminator")
    if not isinstance(stated, dict) or not isinstance(value, dict):
        return
    property_ = stated.get("propertyName")
    if not isinstance(property_, str) or "defaultMapping" in stated:
        return
    if property_ not in value:
        detail = f"{shown(property_)} is missing, which says what the value is"
        yield _remark("discriminator-missing", detail, at, part, property_)
        return
    name = value[property_]
    if not isinstance(name, str):
        return
    target = _target(part, stated, name, description)
    branches = _branches(part, description)
    if target is None or (branches and target.place not in branches):
        detail = f"{shown(name)} names no schema that the document has for it"
        at = (*at, property_)
        yield _remark("discriminator-unmapped", detail, at, part, property_, name)
    elif not branches and target.place != part.place:
        yield from _as(schema_of(target), at, value)


def _as(schema: Schema, at: Place, value: Any) -> Iterator[Violation]:
    """Hold a value against the child that it names: its parent never searches it."""
    try:
        if schema.is_valid(value):
            return
        from receiver.contract import explanation  # noqa: PLC0415 - loads jsonschema

        found = explanation.explain(schema, value)
    except UnresolvableReference:
        return
    for each in found:
        pointer = pointers.fragment(at) + (each.pointer or "#")[1:]
        yield replace(each, pointer=pointer, severity="warning")


def _target(
    part: Node, stated: dict[str, Any], name: str, description: Description
) -> Node | None:
    """Follow a name: as it is mapped, by a component's name before a URI."""
    mapping = stated.get("mapping")
    mapped = mapping.get(name, name) if isinstance(mapping, dict) else name
    if not isinstance(mapped, str):
        return None
    components = description.root.get("components")
    schemas = None if components is None else components.get("schemas")
    try:
        if _COMPONENT.fullmatch(mapped) and schemas is not None:
            found = schemas.get(mapped)
            if found is not None:
                return resources.resolve(description, found)
        if mapped is name:
            return None  # what senders write is never followed
        found = resources.follow(description, part, mapped)
        return resources.resolve(description, found)
    except (UnresolvableReference, ValueError):
        return None


def _branches(part: Node, description: Description) -> set[Any]:
    """Return where the alternatives lead that are references; inline ones do not count."""
    found = set()
    for keyword in ("oneOf", "anyOf"):
        either = part.get(keyword)
        for branch in () if either is None else either.items():
            try:
                found.add(resources.resolve(description, branch).place)
            except UnresolvableReference:
                continue
    return found


def _remark(
    code: str,
    detail: str,
    at: Place,
    part: Node,
    name: str,
    value: Any = None,
) -> Violation:
    return Violation(
        location="body",
        name=shortened(name),
        pointer=pointers.fragment(at),
        code=code,
        detail=detail,
        severity="warning",
        schema=part.pointer,
        received=shortened(value),
    )
