"""Bundles: a Schema Object and all that it refers to, as one 2020-12 schema.

It decides what is copied from the user's documents, and remembers where each copied
schema came from. It must not know validators, values or messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from cbmock.contract.schemas import dialects, format_readings, waived
from cbmock.contract.schemas.dialects import Dialect
from cbmock.contract.schemas.endless import first_endless
from cbmock.contract.schemas.ways import TOO_MANY, first_multiplying
from cbmock.description import schema_keywords, schema_resources
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UncheckableSchema, UnresolvableReference

Annotation = Literal["writeOnly", "readOnly"]
DynamicScope = Mapping[str, Node]
"""The outermost dynamic anchors on the way to a schema, by name."""

_CODING = "contentEncoding"
_ANNOTATED = frozenset({_CODING, "discriminator"})
_OBJECTS = frozenset({"allOf", "if"})
"""Keywords that are added where a keyword of the user is read as a schema."""
_DEEPEST = 100
"""How deep a schema is copied recursively, because Python limits recursion."""
_MOST_COPIES = 1000
"""How many schemas are copied again for other targets of dynamic references."""


class SchemaOrigin(NamedTuple):
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
    `annotated` says that there may be warnings about valid values (`writeOnly`,
    `contentEncoding`, `discriminator`). `formats` are the formats that are asserted.
    `endless` is a schema that applies itself to the same value again.
    """

    schema: dict[str, Any]
    places: dict[int, SchemaOrigin]
    nullable: bool
    annotated: bool = False
    formats: frozenset[str] = frozenset()
    endless: Node | None = None

    def at(self, path: Iterable[str | int]) -> SchemaOrigin | None:
        """Return the origin of the schema at an error's path, which leaves out `$ref`."""
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
            return SchemaOrigin(self.places[id(origin)].node.child(*steps))
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
    partial: bool = False,
) -> Bundle:
    """Copy the schema at `node` with everything that it reaches.

    `waived` names the annotation whose properties may be absent although required: in a
    callback the sender owns the data, so it need not send `writeOnly` ones. Raises
    `UnresolvableReference`; with `partial`, such a reference is a schema that no value
    matches instead. Raises `UncheckableSchema`, a kind of it.
    """
    copying = _Copying(description, waived, lenient=lenient, partial=partial)
    root = copying.reference(node)
    while copying.waiting:
        copying.copy_next()
    schema: dict[str, Any] = {**root, "$defs": copying.definitions}
    copying.places[id(schema)] = SchemaOrigin(node)
    if (many := first_multiplying(copying.definitions)) is not None:
        raise UncheckableSchema(copying.places[id(many)].node.pointer, TOO_MANY)
    endless = first_endless(copying.definitions)
    origin = None if endless is None else copying.places.get(id(endless))
    return Bundle(
        schema,
        copying.places,
        copying.nullable,
        copying.annotations or endless is not None,
        frozenset(copying.formats),
        None if origin is None else origin.node,
    )


class _Copying:
    """The copy in progress: breadth first, each referenced schema once."""

    def __init__(
        self,
        description: Description,
        waived: Annotation,
        *,
        lenient: bool,
        partial: bool = False,
    ) -> None:
        self.description = description
        self.readings = description.formats
        self.waived = waived
        self.lenient = lenient
        self.partial = partial
        self.definitions: dict[str, Any] = {}
        self.places: dict[int, SchemaOrigin] = {}
        self.nullable = False
        self.annotations = False
        self.formats: set[str] = set()
        self.depth = 0
        self.scope: DynamicScope = {}
        self.waiting: deque[tuple[str, Node, DynamicScope]] = deque()
        self._names: dict[Any, str] = {}
        self._copied_places: set[NodePlace] = set()
        self._known: dict[Hashable, dict[str, Any]] = {}

    def reference(self, node: Node) -> dict[str, Any]:
        """Return a `$ref` to the copy of `node`, made now or later.

        The target of a dynamic reference below it depends on the path that led here, so
        each path that makes a difference has a copy of its own.
        """
        scope = self._entered(node)
        key = node.place, tuple((name, to.place) for name, to in scope.items())
        name = self._names.get(key)
        if name is None:
            self._copied_places.add(node.place)
            if len(self._names) - len(self._copied_places) > _MOST_COPIES:
                reason = "its dynamic references would be resolved in too many ways"
                raise UncheckableSchema(node.pointer, reason)
            name = self._names[key] = str(len(self._names))
            self.waiting.append((name, node, scope))
        return {"$ref": f"#/$defs/{name}"}

    def _entered(self, node: Node) -> DynamicScope:
        """Add a resource's dynamic anchors; those met earlier take precedence."""
        dynamic = schema_resources.around(node).dynamic
        return {**dynamic, **self.scope} if dynamic else self.scope

    def copy_next(self) -> None:
        name, node, self.scope = self.waiting.popleft()
        self.depth = len(node.tokens)
        self.definitions[name] = self.copy(node)

    def copy(self, node: Node) -> dict[str, Any] | bool:
        """Copy one schema and those inside it; references and deep ones are copied later."""
        original = node.value
        if len(node.tokens) - self.depth > _DEEPEST:
            return self.reference(node)
        if isinstance(original, bool):
            return original
        if not isinstance(original, dict):
            return True
        content = schema_keywords.content(node)
        known = self._known.get(content)
        if known is not None:
            copied = dict(known)
            self._remember(copied, node)
            return copied
        copied = self._read(node, original)
        if content is not None and not copied.keys() & _OBJECTS:
            self._known[content] = copied
        return copied

    def _read(self, node: Node, original: dict[str, Any]) -> dict[str, Any]:
        version = self.description.version_at(node.document)
        dialect = dialects.dialect(version, schema_resources.schema_uri(node))
        before = self.scope
        if "$id" in original:
            self.scope = self._entered(node)
        copied = self._copied(node, original, dialect)
        self.scope = before
        if original.get("writeOnly") is True or _ANNOTATED & original.keys():
            self.annotations = True
        if dialects.ineffective_nullable(original, version):
            self.nullable = True
            if self.lenient:
                # Unlike `anyOf`, this keeps the errors of values that are not null.
                self._remember(copied, node)
                copied = {"if": {"type": "null"}, "else": copied}
        self._remember(copied, node)
        return copied

    def _copied(
        self, node: Node, original: dict[str, Any], dialect: Dialect
    ) -> dict[str, Any]:
        reference = original.get("$ref")
        if isinstance(reference, str):
            pointed = self._pointed(node, reference)
            if schema_keywords.reference_alone(self.description, node):
                return pointed
        else:
            pointed = {}
        asserted = dialect.assertions(original)
        copied = pointed | {
            name: asserted[name] for name in asserted if name not in dialect.unknown
        }
        self._format(copied, original, node)
        if isinstance(original.get(_CODING), str):
            copied[_CODING] = original[_CODING]  # for values that are generated
        for keyword, child in node.members():
            if keyword not in dialect.unknown:
                self._subschemas(copied, keyword, child)
        self._positions(copied, node)
        for keyword in ("$dynamicRef", "$recursiveRef"):
            if keyword in original and keyword not in dialect.unknown:
                self._dynamic(copied, keyword, node)
        if "required" in copied:
            may_lack = waived.names(
                node, self.waived, self.description, partial=self.partial
            )
            copied["required"] = [n for n in copied["required"] if n not in may_lack]
        return copied

    def _pointed(self, node: Node, reference: str) -> dict[str, Any]:
        try:
            target = schema_resources.follow(self.description, node, reference)
        except UnresolvableReference:
            if self.partial:
                return {"not": {}}
            raise
        return self.reference(target)

    def _remember(self, copied: dict[str, Any], node: Node) -> None:
        self.places[id(copied)] = SchemaOrigin(node)

    def _format(
        self, copied: dict[str, Any], original: dict[str, Any], node: Node
    ) -> None:
        name = original.get("format")
        if not isinstance(name, str) or format_readings.off(name, self.readings):
            return
        asserted = format_readings.asserted(name, self.readings)
        if asserted is not None:
            copied["format"] = asserted
            self.formats.add(asserted)
        bounds = dialects.NUMBER_FORMATS.get(name)
        if bounds is not None:
            bounds = dict(bounds)
            self.places[id(bounds)] = SchemaOrigin(node, "format")
            copied["allOf"] = [bounds]

    def _dynamic(self, copied: dict[str, Any], keyword: str, node: Node) -> None:
        """Resolve a dynamic reference by the path that led here."""
        reference = node.value[keyword]
        if not isinstance(reference, str):
            return
        if keyword == "$recursiveRef":
            static = schema_resources.around(node).node
            recursive = static.value.get("$recursiveAnchor") is True
            target = self.scope.get("", static) if recursive else static
        else:
            anchor = schema_resources.anchored(self.description, node, reference)
            if anchor is None:
                target = schema_resources.follow(self.description, node, reference)
            else:
                target = self.scope.get(reference.rpartition("#")[2], anchor)
        pointed = self.reference(target)
        self.places[id(pointed)] = SchemaOrigin(node, keyword)
        copied["allOf"] = [*copied.get("allOf", []), pointed]

    def _subschemas(self, copied: dict[str, Any], keyword: str, child: Node) -> None:
        value = child.value
        if keyword in schema_keywords.ONE_SCHEMA and isinstance(value, dict | bool):
            copied[keyword] = self.copy(child)
        elif (
            keyword in schema_keywords.SCHEMA_LIST and isinstance(value, list) and value
        ):
            copied[keyword] = copied.get(keyword, []) + [
                self.copy(item) for item in child.items()
            ]
        elif keyword in schema_keywords.SCHEMA_MAP:
            copied[keyword] = copied.get(keyword, {}) | {
                name: self.copy(each) for name, each in child.members()
            }
        elif keyword == "dependencies":
            self._dependencies(copied, child)

    def _dependencies(self, copied: dict[str, Any], node: Node) -> None:
        """Read `dependencies`, which 2019-09 made two keywords of."""
        for name, each in node.members():
            if isinstance(each.value, list):
                required = [n for n in each.value if isinstance(n, str)]
                copied.setdefault("dependentRequired", {})[name] = required
            elif isinstance(each.value, dict | bool):
                copied.setdefault("dependentSchemas", {})[name] = self.copy(each)

    def _positions(self, copied: dict[str, Any], node: Node) -> None:
        """Read the array form of `items`, which 2020-12 calls `prefixItems`."""
        items, rest = node.get("items"), node.get("additionalItems")
        if items is None or not isinstance(items.value, list):
            return
        if items.value:
            copied["prefixItems"] = [self.copy(item) for item in items.items()]
        if rest is not None and isinstance(rest.value, dict | bool):
            copied["items"] = self.copy(rest)
