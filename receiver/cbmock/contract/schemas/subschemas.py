"""Shapes: the items and properties that schemas describe, through `$ref` and combinators.

It decides how the text or part of a property is read. It must not know where the text was
sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.schema import Schema
from cbmock.description.references import Node

_SCALARS = frozenset({"string", "integer", "number", "boolean"})


class Shape:
    """The description of one value: by one schema, or by several that may all apply.

    Everything is looked up once; each look-up may raise `UnresolvableReference`.
    """

    def __init__(self, *schemas: Schema) -> None:
        """Keep the schemas, at least one."""
        self.schemas = schemas

    @property
    def schema(self) -> Schema:
        """The first of the schemas."""
        return self.schemas[0]

    def is_valid(self, value: Any) -> bool:
        """Return whether any of the schemas accepts the value."""
        return any(schema.is_valid(value) for schema in self.schemas)

    @cached_property
    def types(self) -> frozenset[str] | None:
        """The allowed types; None if all are."""
        found: set[str] = set()
        for types in self._types:
            if types is None:
                return None
            found |= types
        return frozenset(found)

    @cached_property
    def _types(self) -> tuple[frozenset[str] | None, ...]:
        return tuple(
            coercion.types(each.node, each.description) for each in self.schemas
        )

    @cached_property
    def kind(self) -> Literal["array", "object"] | None:
        """`array` or `object` if only that is allowed, else None."""
        if self.types is None:
            if self.properties:
                return "object"
            return None if self.items is None else "array"
        if self.types & _SCALARS:
            return None
        if "array" in self.types:
            return "array"
        return "object" if "object" in self.types else None

    @cached_property
    def items(self) -> Shape | None:
        """The shape of the items of an array."""
        return _shape(each for each in self._stated("items") if _is_stated(each))

    @cached_property
    def prefix(self) -> tuple[Shape, ...]:
        """The shapes of the first items of an array (`prefixItems`)."""
        listed = next(self._stated("prefixItems"), None)
        nodes = () if listed is None else listed.node.items()
        return tuple(Shape(Schema(node, self.schema.description)) for node in nodes)

    @cached_property
    def properties(self) -> Mapping[str, Shape]:
        """The shapes of the properties of an object, by name."""
        found: dict[str, list[Schema]] = {}
        for each in self._stated("properties"):
            for name, node in each.node.members():
                found.setdefault(name, []).append(Schema(node, each.description))
        return {name: Shape(*schemas) for name, schemas in found.items()}

    @cached_property
    def additional(self) -> Shape | None:
        """The shape of properties that the schema does not name, if it allows them.

        Only an explicit `additionalProperties` counts: otherwise any unrelated name would be a
        property.
        """
        stated = self._stated("additionalProperties")
        return _shape(each for each in stated if each.node.value is not False)

    @cached_property
    def open(self) -> bool:
        """Whether unknown names are allowed explicitly."""
        stated = ("additionalProperties", "patternProperties", "unevaluatedProperties")
        return not self.properties or any(
            each.node.value is not False
            for keyword in stated
            for each in self._stated(keyword)
        )

    def below(self, name: str) -> Shape | None:
        """Return the shape of one property, named or additional."""
        return self.properties.get(name) or self.additional

    def item(self, index: int) -> Shape | None:
        """Return the shape of one item."""
        return self.prefix[index] if index < len(self.prefix) else self.items

    def says(self, keyword: str) -> Iterator[Any]:
        """Yield the values of a keyword in all the schemas."""
        for each in self._stated(keyword):
            yield each.node.value

    def candidates(self, text: str) -> list[Any]:
        """Return the values that a text may stand for: the valid ones, else the likeliest."""
        found: list[Any] = []
        seen = set()
        for schema, types in zip(self.schemas, self._types, strict=True):
            possible = list(coercion.readings(text, types))
            valid = [each for each in possible if schema.is_valid(each)]
            for each in valid or possible[-1:]:
                if (type(each), each) not in seen:
                    seen.add((type(each), each))
                    found.append(each)
        return found

    @cached_property
    def parts(self) -> tuple[tuple[Node, Schema], ...]:
        """The Schema Objects that the schemas combine, each with its schema."""
        return tuple(
            (part, schema)
            for schema in self.schemas
            for part in coercion.parts(schema.node, schema.description)
        )

    def _stated(self, keyword: str) -> Iterator[Schema]:
        for part, schema in self.parts:
            found = part.get(keyword)
            if found is not None:
                yield Schema(found, schema.description)


def _is_stated(schema: Schema) -> bool:
    return isinstance(schema.node.value, dict)


def _shape(schemas: Iterator[Schema]) -> Shape | None:
    found = tuple(schemas)
    return Shape(*found) if found else None
