"""Discriminators: which schema a value says that it is of, and whether it is.

It decides what is told about it. None of it changes whether a value is valid (OAS 3.1.1
§4.8.25), so all of it is warnings. It must not know how values are walked through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.description import json_pointer, schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.violations import Violation, shortened, shown

_COMPONENT = re.compile(r"[A-Za-z0-9._-]+")

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Discriminator:
    """A Discriminator Object (OAS 3.1.1 §4.8.25), `part` being the schema around it."""

    part: Node
    description: Description
    property: str

    def told(
        self, at: Place, value: dict[str, Any], schema_of: Callable[[Node], Schema]
    ) -> Iterator[Violation]:
        """Tell what is odd about an object; `schema_of` compiles or remembers one."""
        if self.property not in value:
            detail = f"{shown(self.property)} is missing, which says what the value is"
            yield self._remark("discriminator-missing", detail, at)
            return
        name = value[self.property]
        if not isinstance(name, str):
            return
        target = self._target(name)
        if target is None or (self.branches and target.place not in self.branches):
            detail = f"{shown(name)} names no schema that the document has for it"
            at = (*at, self.property)
            yield self._remark("discriminator-unmapped", detail, at, name)
        elif not self.branches and target.place != self.part.place:
            yield from _as(schema_of(target), at, value)

    @cached_property
    def branches(self) -> frozenset[Any]:
        """Where the alternatives lead that are references; inline ones do not count."""
        either = (self.part.get(keyword) for keyword in ("oneOf", "anyOf"))
        return frozenset(
            schema_resources.resolve(self.description, branch).place
            for listed in either
            if listed is not None
            for branch in listed.items()
        )

    def _target(self, name: str) -> Node | None:
        """Follow a name: as it is mapped, by a component's name before a URI."""
        mapping = self.part.value["discriminator"].get("mapping")
        mapped = mapping.get(name, name) if isinstance(mapping, dict) else name
        if not isinstance(mapped, str):
            return None
        components = self.description.root.get("components")
        schemas = None if components is None else components.get("schemas")
        try:
            if _COMPONENT.fullmatch(mapped) and schemas is not None:
                found = schemas.get(mapped)
                if found is not None:
                    return schema_resources.resolve(self.description, found)
            if mapped is name:
                return None  # what senders write is never followed
            found = schema_resources.follow(self.description, self.part, mapped)
            return schema_resources.resolve(self.description, found)
        except (UnresolvableReference, ValueError):
            return None

    def _remark(
        self, code: str, detail: str, at: Place, value: Any = None
    ) -> Violation:
        return Violation(
            location="body",
            name=shortened(self.property),
            pointer=json_pointer.fragment(at),
            code=code,
            detail=detail,
            severity="warning",
            schema=self.part.pointer,
            received=shortened(value),
        )


def of_schema(part: Node, description: Description) -> Discriminator | None:
    """Return the discriminator of a schema; None where there is none that says anything.

    With a `defaultMapping` (3.2) any value is of a schema.
    """
    stated = part.value.get("discriminator")
    if not isinstance(stated, dict) or "defaultMapping" in stated:
        return None
    name = stated.get("propertyName")
    if not isinstance(name, str):
        return None
    return Discriminator(part, description, name)


def _as(schema: Schema, at: Place, value: Any) -> Iterator[Violation]:
    """Hold a value against the child that it names: its parent never searches it."""
    try:
        if schema.is_valid(value):
            return
        from cbmock.contract.explain import explanation  # noqa: PLC0415 - loads jsonschema

        found = explanation.explain(schema, value)
    except UnresolvableReference:
        return
    for each in found:
        pointer = json_pointer.fragment(at) + (each.pointer or "#")[1:]
        yield replace(each, pointer=pointer, severity="warning")
