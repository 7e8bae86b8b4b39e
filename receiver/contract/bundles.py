"""Bundles: a Schema Object and all that it refers to, as one 2020-12 schema.

It decides what is copied from the user's documents, and remembers where each copied
schema came from. It must not know validators, values or messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from receiver.contract import dialects
from receiver.contract.dialects import Dialect
from receiver.description.references import Description, Node

Annotation = Literal["writeOnly", "readOnly"]

_DEEPEST = 100
"""How many steps into a schema are copied in one go: Python's calls have an end."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a copied schema came from.

    `keyword` is the user's keyword where the copy was made for it alone (`format` that
    became bounds), else None.
    """

    node: Node
    keyword: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A self-contained schema.

    `places` maps the identity of every object in `schema` to its origin. `nullable` says
    that a `nullable: true` somewhere has no effect; a lenient bundle gives it one.
    """

    schema: dict[str, Any]
    places: dict[int, Place]
    nullable: bool

    def at(self, path: Iterable[str | int]) -> Place | None:
        """Return what stands at an error's path, which leaves out `$ref`, if it does."""
        here: Any = self.schema
        origin = here
        steps: list[str | int] = []
        try:
            for step in path:
                if here is origin:
                    here = self._holding(here, step)
                    origin, steps = here, []
                here = here[step]
                steps.append(step)
                if id(here) in self.places:
                    origin, steps = here, []
            return Place(self.places[id(origin)].node.child(*steps))
        except (LookupError, TypeError):
            return None

    def _holding(self, schema: dict[str, Any], keyword: str | int) -> dict[str, Any]:
        """Follow `$ref`s to the schema that has the keyword itself."""
        seen: set[str] = set()
        while keyword not in schema and schema.get("$ref", "") not in {"", *seen}:
            seen.add(schema["$ref"])
            schema = self.schema["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema


def bundle(
    node: Node,
    description: Description,
    *,
    waived: Annotation = "writeOnly",
    lenient: bool = False,
) -> Bundle:
    """Copy the schema at `node` with everything that it reaches.

    `waived` names the annotation whose properties may be absent although required: in a
    callback the sender owns the data, so `writeOnly` ones are not expected of it. Raises
    `UnresolvableReference`.
    """
    copying = _Copying(description, waived, lenient=lenient)
    root = copying.reference(node)
    while copying.waiting:
        copying.copy_next()
    schema: dict[str, Any] = {**root, "$defs": copying.definitions}
    copying.places[id(schema)] = Place(node)
    return Bundle(schema, copying.places, copying.nullable)


class _Copying:
    """The copy in progress: breadth first, each referenced schema once."""

    def __init__(
        self, description: Description, waived: Annotation, *, lenient: bool
    ) -> None:
        self.description = description
        self.waived = waived
        self.lenient = lenient
        self.definitions: dict[str, Any] = {}
        self.places: dict[int, Place] = {}
        self.nullable = False
        self.depth = 0
        self.waiting: deque[tuple[str, Node]] = deque()
        self._names: dict[tuple[str, tuple[str, ...]], str] = {}

    def reference(self, node: Node) -> dict[str, Any]:
        """Return a `$ref` to the copy of `node`, made now or later."""
        name = self._names.get(node.place)
        if name is None:
            name = self._names[node.place] = str(len(self._names))
            self.waiting.append((name, node))
        return {"$ref": f"#/$defs/{name}"}

    def copy_next(self) -> None:
        name, node = self.waiting.popleft()
        self.depth = len(node.tokens)
        self.definitions[name] = self.copy(node)

    def copy(self, node: Node) -> dict[str, Any] | bool:
        """Copy one schema and those inside it; references wait, so does what is deep."""
        original = node.value
        if len(node.tokens) - self.depth > _DEEPEST:
            return self.reference(node)
        if isinstance(original, bool):
            return original
        if not isinstance(original, dict):
            return True
        version = self.description.version_at(node.document)
        dialect = dialects.dialect(version)
        copied = self._copied(node, original, dialect)
        if dialects.ineffective_nullable(original, version):
            self.nullable = True
            if self.lenient:
                copied = {"anyOf": [copied, {"type": "null"}]}
        self._remember(copied, node)
        return copied

    def _copied(
        self, node: Node, original: dict[str, Any], dialect: Dialect
    ) -> dict[str, Any]:
        reference = original.get("$ref")
        if isinstance(reference, str):
            pointed = self.reference(self.description.follow(node, reference))
            if dialect.reference_alone:
                return pointed
        else:
            pointed = {}
        copied = pointed | dialect.assertions(original)
        self._format(copied, original, node)
        for keyword, child in node.members():
            self._subschemas(copied, keyword, child)
        self._positions(copied, node)
        if "required" in copied:
            self._waive(copied, node)
        return copied

    def _remember(self, copied: dict[str, Any], node: Node) -> None:
        self.places[id(copied)] = Place(node)

    def _format(
        self, copied: dict[str, Any], original: dict[str, Any], node: Node
    ) -> None:
        name = original.get("format")
        if not isinstance(name, str):
            return
        if name in dialects.FORMATS:
            copied["format"] = name
        bounds = dialects.NUMBER_FORMATS.get(name)
        if bounds is not None:
            bounds = dict(bounds)
            self.places[id(bounds)] = Place(node, "format")
            copied["allOf"] = [bounds]

    def _subschemas(self, copied: dict[str, Any], keyword: str, child: Node) -> None:
        value = child.value
        if keyword in dialects.ONE_SCHEMA and isinstance(value, dict | bool):
            copied[keyword] = self.copy(child)
        elif keyword in dialects.SCHEMA_LIST and isinstance(value, list) and value:
            copied[keyword] = copied.get(keyword, []) + [
                self.copy(item) for item in child.items()
            ]
        elif keyword in dialects.SCHEMA_MAP:
            copied[keyword] = {name: self.copy(each) for name, each in child.members()}

    def _positions(self, copied: dict[str, Any], node: Node) -> None:
        """Read the array form of `items`, which 2020-12 calls `prefixItems`."""
        items, rest = node.get("items"), node.get("additionalItems")
        if items is None or not isinstance(items.value, list) or not items.value:
            return
        copied["prefixItems"] = [self.copy(item) for item in items.items()]
        if rest is not None and isinstance(rest.value, dict | bool):
            copied["items"] = self.copy(rest)

    def _waive(self, copied: dict[str, Any], node: Node) -> None:
        properties = node.get("properties")
        if properties is None:
            return
        waived = {
            name
            for name, each in properties.members()
            if self.annotated(each, self.waived)
        }
        if waived:
            copied["required"] = [n for n in copied["required"] if n not in waived]

    def annotated(self, node: Node, annotation: Annotation) -> bool:
        """Tell whether a property carries the annotation, itself or by reference."""
        if isinstance(node.value, dict) and node.value.get(annotation) is True:
            return True
        target = self.description.resolve(node)
        return isinstance(target.value, dict) and target.value.get(annotation) is True
