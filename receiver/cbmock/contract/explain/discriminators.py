"""Discriminators: which schema a value names, and whether the value matches it.

A discriminator never changes whether a value is valid (OAS 3.1.1 §4.8.25), so all of its
violations are warnings.
It must not know how values are walked through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cbmock.contract.explain.best_branch import alternative_name
from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.description import json_pointer, schema_resources
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.violations import Violation, shortened, shown

_COMPONENT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Discriminator:
    """A Discriminator Object (OAS 3.1.1 §4.8.25), `part` being the schema around it."""

    part: Node
    description: Description
    property: str

    def check(
        self, at: ValuePath, value: dict[str, Any], schema_of: Callable[[Node], Schema]
    ) -> Iterator[Violation]:
        """Check what a valid object names; `schema_of` compiles or remembers a schema."""
        if self.property not in value:
            detail = f"the discriminator property {shown(self.property)} is missing"
            yield self._warning("discriminator-missing", detail, at)
            return
        name = value[self.property]
        if not isinstance(name, str):
            return
        target = self._target(name)
        if not self._branches:
            if target is None:
                yield self._unmapped(at, name)
            elif target.place != self.part.place:
                yield from _check_child(schema_of(target), name, at, value)
            return
        branch = self._branch(name, target)
        if branch is None:
            yield self._unmapped(at, name)
        elif not schema_of(branch).is_valid(value):
            yield from self._mismatch(at, value, branch, schema_of)

    def _unmapped(self, at: ValuePath, name: str) -> Violation:
        detail = f"{shown(name)} is not a known discriminator value"
        at = (*at, self.property)
        return self._warning("discriminator-unmapped", detail, at, name)

    def _mismatch(
        self,
        at: ValuePath,
        value: dict[str, Any],
        named: Node,
        schema_of: Callable[[Node], Schema],
    ) -> Iterator[Violation]:
        """Warn if another alternative matches; if none does, the errors are reported."""
        from cbmock.contract.explain import explanation  # noqa: PLC0415 - 20 ms, few need it

        fitting = [each for each in self._branches if schema_of(each).is_valid(value)]
        if not fitting:
            return
        name = value[self.property]
        reason = explanation.explain(schema_of(named), value)[0].detail
        detail = (
            f"{shown(name)} names {_name(named)}, which does not match: {reason}; "
            f"{_name(fitting[0])} does"
        )
        at = (*at, self.property)
        yield self._warning("discriminator-mismatch", detail, at, name)

    @cached_property
    def _branches(self) -> tuple[Node, ...]:
        """The alternatives beside the discriminator."""
        either = (self.part.get(keyword) for keyword in ("oneOf", "anyOf"))
        return tuple(
            branch
            for listed in either
            if listed is not None
            for branch in listed.items()
        )

    def _branch(self, name: str, target: Node | None) -> Node | None:
        """Return the alternative that a name stands for.

        If the name leads to none, an alternative is recognised by a constant, and an inline
        one by its title: tools that bundle or dereference keep mappings as they were.
        """
        for each in self._branches:
            if target is not None:
                found = schema_resources.resolve(self.description, each)
                if found.place == target.place:
                    return each
        # The whole document has no name.
        component = target.tokens[-1] if target is not None and target.tokens else None
        for each in self._branches:
            constants = self._constants(each)
            if name in constants or (
                not constants
                and component is not None
                and isinstance(each.value, dict)
                and "$ref" not in each.value
                and each.value.get("title") == component
            ):
                return each
        return None

    def _constants(self, branch: Node) -> list[Any]:
        """Return the values of the property that a branch lists as allowed."""
        found: list[Any] = []
        for part in coercion.parts(branch, self.description):
            properties = part.get("properties")
            named = None if properties is None else properties.get(self.property)
            if named is None:
                continue
            for each in coercion.parts(named, self.description):
                if isinstance(each.value, dict) and "const" in each.value:
                    found.append(each.value["const"])
                elif isinstance(each.value, dict):
                    listed = each.value.get("enum")
                    found += listed if isinstance(listed, list) else []
        return found

    def _target(self, name: str) -> Node | None:
        """Follow a name through the mapping: first as a component's name, then as a URI."""
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
                return None  # a URI that a sender wrote is never followed
            found = schema_resources.follow(self.description, self.part, mapped)
            return schema_resources.resolve(self.description, found)
        except (UnresolvableReference, ValueError):
            return None

    def _warning(
        self, code: str, detail: str, at: ValuePath, value: Any = None
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


def discriminator_of(part: Node, description: Description) -> Discriminator | None:
    """Return the discriminator of a schema; None if it has none with an effect.

    With a `defaultMapping` (3.2) every value names a schema.
    """
    stated = part.value.get("discriminator")
    if not isinstance(stated, dict) or "defaultMapping" in stated:
        return None
    name = stated.get("propertyName")
    if not isinstance(name, str):
        return None
    return Discriminator(part, description, name)


def _check_child(
    schema: Schema, name: str, at: ValuePath, value: Any
) -> Iterator[Violation]:
    """Check a value against the child schema that it names, which no `oneOf` lists."""
    try:
        if schema.is_valid(value):
            return
        from cbmock.contract.explain import explanation  # noqa: PLC0415 - 20 ms, loads jsonschema

        found = explanation.explain(schema, value)
    except UnresolvableReference:
        return
    for each in found:
        pointer = json_pointer.fragment(at) + (each.pointer or "#")[1:]
        detail = f"as {shortened(name)}: {each.detail}"
        yield replace(each, pointer=pointer, detail=detail, severity="warning")


def _name(branch: Node) -> str:
    """Return the name of an alternative, else its number."""
    name = alternative_name(branch.value)
    return name or f"the alternative {int(branch.tokens[-1]) + 1}"
