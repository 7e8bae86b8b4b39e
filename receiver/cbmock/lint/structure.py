"""Findings about fields: values of a wrong type, and names that no object has.

It decides why a callback, a webhook or a part of it cannot be read at all. It must not
know what the fields are for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from cbmock.description.discovery import lacks_key
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.description.schema_keywords import SUBSCHEMAS
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, finding
from cbmock.lint.map_names import name_findings
from cbmock.lint.object_fields import (
    FIELDS,
    METHODS,
    FieldType,
    ObjectType,
    expected,
    mismatch,
    nearest,
)
from cbmock.lint.required_fields import missing_fields
from cbmock.lint.rewritten import rewritten_name, rewritten_text

_EVENTS = ("webhooks", "x-webhooks", "callbacks")
_OF_SCHEMAS = SUBSCHEMAS | {"type", "format", "enum", "schema", "maxLength", "minimum"}
_SCHEMA_PLACE: dict[ObjectType, str] = {
    "Request Body Object": "`content`, below a media type and `schema`",
    "Response Object": "`content`, below a media type and `schema`",
    "Media Type Object": "`schema`",
    "Parameter Object": "`schema`",
    "Header Object": "`schema`",
}


def structure_findings(
    description: Description, operations: Iterable[Operation]
) -> tuple[Finding, ...]:
    """Return findings for callbacks and webhooks that cannot be read."""
    walk = _StructureWalk(description)
    listed = tuple(operations)
    found = [*walk.root(), *walk.inbound(listed)]
    if not listed:
        detail = "the document has no callbacks and no webhooks"
        looks = [each for each in found if each.code != "unknown-field"]
        if looks:
            detail += f"; {looks[0].pointer} looks like one"
        detail += ". --paths PATTERN takes ordinary paths for what the API sends"
        found.append(finding(description.root, "nothing-to-receive", detail))
    return tuple(found)


class _StructureWalk:
    """Checks objects, each only once."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._seen: set[tuple[ObjectType, NodePlace]] = set()
        self._callbacks_seen: set[NodePlace] = set()

    def root(self) -> Iterator[Finding]:
        root = self._description.root
        read = ("webhooks", "x-webhooks", "paths", "components")
        yield from _names(root, "OpenAPI Object", only=read)
        for name in ("paths", "webhooks", "x-webhooks", "components"):
            yield from _type(root, name, "object")
        for name in ("webhooks", "x-webhooks"):
            for event, item in _members(root, name):
                yield from rewritten_name(item, event)
                yield from self._webhook(event, item)
        for path, item in _members(root, "paths"):
            if not path.startswith("x-"):
                yield from self._path(path, item)
        info = root.get("info")
        yield from () if info is None else _stray(info)
        components = root.get("components")
        if components is not None:
            yield from _names(components, "Components Object", only=("callbacks",))
            yield from self._callbacks(components)

    def _webhook(self, name: str, item: Node) -> Iterator[Finding]:
        if lacks_key(name, item):
            detail = f"{name!r} is a method; the webhook's name is missing above it"
            yield finding(item, "webhook-name-missing", detail)
        else:
            yield from self._item(item, f"the webhook {name!r}")

    def _path(self, path: str, item: Node) -> Iterator[Finding]:
        if not path.startswith("/"):
            event = nearest(path, _EVENTS)
            if event is not None and isinstance(item.value, dict):
                detail = f"`{path}` under `paths` is ignored; {_HOME[event]}"
                yield finding(item, "misplaced-field", detail)
            return
        why = mismatch(item.value, "object")
        if why is not None:
            yield finding(item, "wrong-type", f"the path {path!r} {why}; it is ignored")
            return
        for method in METHODS:
            yield from _type(item, method, "object")
        yield from _names(item, "Path Item Object", only=METHODS, within="callback")
        for method, operation in item.members():
            if method in METHODS and isinstance(operation.value, dict):
                yield from _names(operation, "Operation Object", only=("callbacks",))
                yield from self._callbacks(operation)
                yield from _read_by_keys(operation)
                yield from _stray_below(operation)

    def _callbacks(self, owner: Node) -> Iterator[Finding]:
        yield from _type(owner, "callbacks", "object")
        for name, node in _members(owner, "callbacks"):
            yield from _ignored_siblings(node)
            callback = self._resolved(node)
            if callback is None or callback.place in self._callbacks_seen:
                continue
            self._callbacks_seen.add(callback.place)
            yield from rewritten_name(node, name)
            why = mismatch(callback.value, "object")
            if name == "$ref" and isinstance(callback.value, str):
                detail = (
                    "`callbacks` cannot be a reference; write one for each callback"
                )
                yield finding(callback, "wrong-type", detail)
            elif why is not None:
                detail = f"the callback {name!r} {why}"
                yield finding(callback, "wrong-type", detail)
            elif not any(not key.startswith("x-") for key in callback.value):
                detail = f"the callback {name!r} has no key, so nothing is served"
                yield finding(callback, "no-operation", detail)
            for key, item in callback.members():
                if not key.startswith("x-") and not lacks_key(key, item):
                    yield from self._keyed(item, f"the key {key!r} of {name!r}")

    def _keyed(self, node: Node, called: str) -> Iterator[Finding]:
        """Check a Path Item below a key, or one that is nested a level too deep."""
        item = self._resolved(node)
        too_deep = [] if item is None or _is_served(item) else _path_items_inside(item)
        if item is None or not too_deep:
            yield from self._item(node, called)
            return
        detail = (
            f"{called} has no operation, so nothing is served; {too_deep[0][0]!r} is a "
            "level too deep for a key"
        )
        yield finding(item, "no-operation", detail)

    def _item(self, node: Node, called: str) -> Iterator[Finding]:
        """Check a Path Item of a callback or webhook."""
        item = self._resolved(node)
        if item is None:
            return
        why = mismatch(item.value, "object")
        if why is not None:
            yield finding(item, "wrong-type", f"{called} {why}")
            return
        yield from _type(item, "$ref", "string")
        served = _is_served(item)
        inner = [] if served else _path_items_inside(item)
        for key, each in inner:
            yield from self._item(each, f"the key {key!r} of {called}")
        if inner:
            return
        found = [*_names(item, "Path Item Object")]
        for name in METHODS:
            found += _type(item, name, "object")
        yield from found
        if not served and not any(each.code == "misspelt-field" for each in found):
            detail = f"{called} has no operation, so nothing is served"
            if {"requestBody", "responses"} & item.value.keys():
                detail += "; is the method missing above `requestBody` and `responses`?"
            yield finding(item, "no-operation", detail)

    def inbound(self, operations: Iterable[Operation]) -> Iterator[Finding]:
        for operation in operations:
            if operation.node is None or not operation.served:
                continue
            yield from self._object(operation.node, "Operation Object")
            yield from self._callbacks(operation.node)
            shared = operation.path_item and operation.path_item.fields.get(
                "parameters"
            )
            if shared:
                yield from self._field(shared, ("list", "Parameter Object"))

    def _object(self, node: Node, kind: ObjectType) -> Iterator[Finding]:
        found = self._resolved(node)
        if found is None or (kind, found.place) in self._seen:
            return
        self._seen.add((kind, found.place))
        why = mismatch(found.value, "object")
        if why is not None:
            yield finding(found, "wrong-type", f"{_a(kind)} {why}")
            return
        yield from _names(found, kind)
        yield from missing_fields(found, kind)
        for name, field in FIELDS[kind].items():
            child = found.get(name)
            if child is None:
                continue
            wrong = [*_type(found, name, expected(field))]
            yield from wrong
            if not wrong:
                yield from self._field(child, field)

    def _field(self, node: Node, field: FieldType) -> Iterator[Finding]:
        if isinstance(field, str):
            return
        shape, kind = field
        if shape == "one":
            yield from self._object(node, kind)
        elif shape == "list":
            for each in node.items():
                yield from self._object(each, kind)
        else:
            for name, each in node.members():
                yield from name_findings(kind, name, each)
                if kind != "Response Object" or not name.startswith("x-"):
                    yield from self._object(each, kind)

    def _resolved(self, node: Node) -> Node | None:
        try:
            return self._description.resolve(node)
        except UnresolvableReference:
            return None  # another finding names the reference


def _ignored_siblings(node: Node) -> Iterator[Finding]:
    """Check a Reference Object in place of a Callback Object (OAS 3.1.1 §4.8.23)."""
    value = node.value
    if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
        return
    beside = sorted(value.keys() - {"$ref", "summary", "description"})
    if beside:
        detail = f"{', '.join(beside)} beside the $ref of a callback is ignored"
        yield finding(node, "reference-siblings", detail)


def _is_served(item: Node) -> bool:
    """Return whether a Path Item has a method, whatever its value is."""
    methods = (*METHODS, "additionalOperations")
    return isinstance(item.value, dict) and any(each in item.value for each in methods)


def _path_items_inside(item: Node) -> list[tuple[str, Node]]:
    """Return the keyed Path Items in a webhook, as `x-webhooks` may have like callbacks."""
    return [
        (key, each)
        for key, each in item.members()
        if isinstance(each.value, dict) and {*METHODS} & each.value.keys()
    ]


_HOME = {
    "webhooks": "`webhooks` is a field of the document's root",
    "x-webhooks": "`x-webhooks` is a field of the document's root",
    "callbacks": "`callbacks` is a field of an Operation Object",
}


def _names(
    node: Node,
    kind: ObjectType,
    *,
    only: Iterable[str] | None = None,
    within: str = "",
) -> Iterator[Finding]:
    """Yield findings for unknown fields; with `only`, for those near one of these names.

    `within` restricts them to fields whose value has that word in a name.
    """
    for name, field in node.members():
        if name in FIELDS[kind]:
            continue
        found = nearest(name, FIELDS[kind])
        event = _event(name)
        if found is not None and (only is None or found in only):
            if not _mentions(field, within):
                continue
            detail = f"`{name}` is not a field of {_a(kind)}; did you mean `{found}`?"
            yield finding(field, "misspelt-field", detail, instead=found)
        elif event is not None and isinstance(field.value, dict | list):
            detail = f"`{name}` is ignored here; {_HOME[event]}"
            yield finding(field, "misplaced-field", detail)
        elif only is not None or name.startswith("x-"):
            continue
        elif kind in _SCHEMA_PLACE and name in _OF_SCHEMAS:
            detail = f"`{name}` is ignored here; it belongs under {_SCHEMA_PLACE[kind]}"
            yield finding(field, "misplaced-field", detail)
        else:
            detail = f"`{name}` is not a field of {_a(kind)} and is ignored"
            yield finding(field, "unknown-field", detail)


@functools.lru_cache(maxsize=1024)
def _event(name: str) -> str | None:
    """Return the field of events that a name is near, an extension or not."""
    return nearest(name, _EVENTS) or nearest(name.removeprefix("x-"), ("callbacks",))


def _stray(node: Node) -> Iterator[Finding]:
    """Yield callbacks and webhooks of an object that has none."""
    for name, field in node.members():
        event = _event(name)
        if event is not None and isinstance(field.value, dict | list):
            detail = f"`{name}` is ignored here; {_HOME[event]}"
            yield finding(field, "misplaced-field", detail)


def _stray_below(operation: Node) -> Iterator[Finding]:
    """Yield callbacks a level too deep: in the responses or the body of an operation."""
    for name in ("responses", "requestBody"):
        node = operation.get(name)
        if node is not None:
            yield from _stray(node)
    for _, response in _members(operation, "responses"):
        yield from _stray(response)


def _read_by_keys(operation: Node) -> Iterator[Finding]:
    """Check what the keys of an operation's callbacks may read."""
    if operation.get("callbacks") is None:
        return
    for name in ("parameters", "requestBody", "responses"):
        yield from _type(operation, name, expected(FIELDS["Operation Object"][name]))


def _a(kind: ObjectType) -> str:
    return f"an {kind}" if kind[0] in "OE" else f"a {kind}"


def _mentions(node: Node, word: str) -> bool:
    if not word:
        return True
    return isinstance(node.value, dict) and any(
        word in each.lower() for each in node.value
    )


def _type(owner: Node, name: str, type_: str) -> Iterator[Finding]:
    field = owner.get(name)
    why = None if field is None else mismatch(field.value, type_)
    if field is not None and why is not None:
        yield finding(field, "wrong-type", f"`{name}` {why}; it is ignored")
        if type_ == "string":
            yield from rewritten_text(field, field.value)


def _members(owner: Node, name: str) -> Iterator[tuple[str, Node]]:
    """Go through the members of a map; of extensions only those that are objects."""
    field = owner.get(name)
    for key, each in () if field is None else field.members():
        if not key.startswith("x-") or isinstance(each.value, dict):
            yield key, each
