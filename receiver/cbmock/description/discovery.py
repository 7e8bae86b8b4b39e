"""Discovery: the operations of a description, found in document order.

It decides which operations exist and their direction. It must not know requests, URLs of a
running mock, or schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from cbmock.description import callback_keys, path_items
from cbmock.description.operations import (
    DEFAULT_SCOPE,
    Direction,
    Operation,
    Parent,
    Scope,
)
from cbmock.description.path_items import FIXED_METHODS, PathItem
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import DocumentError, UnresolvableReference


def discover(
    description: Description, scope: Scope = DEFAULT_SCOPE
) -> tuple[Operation, ...]:
    """Find every callback and webhook operation, in document order.

    A broken reference gives one operation with an `error`; all others are found.
    Raises `DocumentError` if the document is not OpenAPI 3.
    """
    _require_openapi_3(description)
    of_entry = chain(
        _callbacks_of_paths(description, scope),
        _webhooks(description),
        _paths(description, scope),
    )
    found = [*_with_nested(description, of_entry)]
    mentioned = {(operation.pointer, operation.expression) for operation in found}
    found += [
        replace(operation, included=scope.unreferenced)
        for operation in _with_nested(description, _components(description))
        if (operation.pointer, operation.expression) not in mentioned
    ]
    return tuple(found)


def _require_openapi_3(description: Description) -> None:
    name, tree = description.entry.name, description.entry.tree
    if not isinstance(tree, dict):
        what = "it is empty" if tree is None else "its top level is not an object"
        raise DocumentError(f"is not an OpenAPI document: {what}", document=name)
    if "swagger" in tree:
        raise DocumentError(
            f"is Swagger {tree['swagger']}, which has no callbacks",
            document=name,
            advice="Convert it to OpenAPI 3 first; cbmock reads 3.0, 3.1 and 3.2.",
        )
    version = description.entry.openapi
    if version is None or not version.startswith("3."):
        stated = (
            f"openapi: {tree['openapi']!r}"
            if "openapi" in tree
            else "no `openapi` field"
        )
        raise DocumentError(
            f"is not an OpenAPI 3 document ({stated})",
            document=name,
            advice="cbmock reads OpenAPI 3.0, 3.1 and 3.2.",
        )


# --- the places of operations -----------------------------------------------------------


def _callbacks_of_paths(description: Description, scope: Scope) -> Iterator[Operation]:
    paths = description.root.get("paths")
    if paths is None:
        return
    for path, item in paths.members():
        if path.startswith("x-") or scope.takes(path):
            continue
        if not _may_call_back(item.value):
            continue
        try:
            resolved = path_items.read(description, item)
        except UnresolvableReference:
            continue  # a path that cannot be read has no known callbacks
        for method, node, error in path_items.methods(description, resolved):
            if error is None:
                parent = _parent(method, path, node, resolved)
                yield from _callbacks(description, _callback_of(parent))


def _may_call_back(item: Any) -> bool:
    """Return quickly whether a Path Item may have callbacks; most have none."""
    if not isinstance(item, dict) or "$ref" in item or "additionalOperations" in item:
        return True
    members = (each for each in item.values() if isinstance(each, dict))
    return any("callbacks" in each or "$ref" in each for each in members)


def _webhooks(description: Description) -> Iterator[Operation]:
    seen: set[str] = set()
    for container in ("webhooks", "x-webhooks"):
        node = description.root.get(container)
        if node is None:
            continue
        for name, item in node.members():
            if name in seen:
                continue  # `webhooks` wins over `x-webhooks`
            seen.add(name)
            yield from _webhook(description, name, item)


def _webhook(description: Description, name: str, item: Node) -> Iterator[Operation]:
    found = Operation(
        kind="webhook", name=name, method=None, pointer=item.pointer, item=item
    )
    try:
        resolved = path_items.read(description, item)
    except UnresolvableReference as error:
        yield replace(found, error=error.message)
        return
    if any(path_items.methods(description, resolved)):
        yield from _of_path_item(description, found, resolved)
        return
    # Shaped like a callback: name → expression → path item (seen in `x-webhooks`).
    for inner in resolved.fields.values():
        shaped = replace(found, pointer=inner.pointer, item=inner)
        yield from _keyed(description, shaped, inner)


def _paths(description: Description, scope: Scope) -> Iterator[Operation]:
    """Yield the ordinary paths that describe requests of the API, as the scope says."""
    paths = description.root.get("paths")
    for path, item in () if paths is None else paths.members():
        if scope.takes(path):
            found = Operation(
                kind="webhook",
                name=path,
                method=None,
                pointer=item.pointer,
                item=item,
                key=replace(callback_keys.parse(path), findings=()),
            )
            yield from _keyed(description, found, item)


def _components(description: Description) -> Iterator[Operation]:
    components = description.root.get("components")
    container = None if components is None else components.get("callbacks")
    if container is None:
        return
    for name, node in container.members():
        unreferenced = Operation(
            kind="callback",
            name=name,
            method=None,
            pointer=node.pointer,
            item=node,
            referenced=False,
        )
        yield from _callback(description, unreferenced, node)


def _with_nested(
    description: Description, operations: Iterator[Operation]
) -> Iterator[Operation]:
    """Yield each operation, followed by its own callbacks.

    A callback's own callbacks are requests that its *receiver* sends: each level reverses
    the direction. Callbacks may contain themselves, and several operations may share one
    callback; the callbacks of one operation are found once.
    """
    seen: set[tuple[NodePlace, Parent, Direction, bool]] = set()
    levels = [operations]
    while levels:
        operation = next(levels[-1], None)
        if operation is None:
            levels.pop()
            continue
        yield operation
        if operation.node is None or operation.path_item is None:
            continue
        if operation.node.get("callbacks") is None:
            continue
        parent = _parent(
            str(operation.method),
            operation.expression or operation.name,
            operation.node,
            operation.path_item,
        )
        arrival = (
            operation.node.place,
            parent,
            operation.direction,
            operation.referenced,
        )
        if arrival not in seen:
            seen.add(arrival)
            nested = replace(
                _callback_of(parent),
                direction="outbound" if operation.direction == "inbound" else "inbound",
                referenced=operation.referenced,
            )
            levels.append(_callbacks(description, nested))


def _callback_of(parent: Parent) -> Operation:
    return Operation(
        kind="callback",
        name="",
        method=None,
        pointer=parent.node.pointer,
        parent=parent,
    )


def _callbacks(description: Description, like: Operation) -> Iterator[Operation]:
    """Yield the callbacks of a parent; fields that they do not set are those of `like`."""
    container = None if like.parent is None else like.parent.node.get("callbacks")
    if container is None:
        return
    for name, node in container.members():
        found = replace(like, name=name, pointer=node.pointer, item=node)
        yield from _callback(description, found, node)


def _callback(
    description: Description, found: Operation, node: Node
) -> Iterator[Operation]:
    try:
        callback = description.resolve(node)
    except UnresolvableReference as error:
        yield replace(found, error=error.message)
        return
    for text, item in callback.members():
        if text.startswith("x-"):
            continue
        if lacks_key(text, item):
            yield replace(
                found,
                method=text.upper(),
                operation_id=_operation_id(item),
                expression=text,
                key=callback_keys.missing(text),
                pointer=item.pointer,
                item=item,
                node=item,
                path_item=PathItem({text: item}),
            )
            continue
        keyed = replace(
            found,
            expression=text,
            key=callback_keys.parse(text),
            pointer=item.pointer,
            item=item,
        )
        yield from _keyed(description, keyed, item)


def lacks_key(text: str, item: Node) -> bool:
    """Return whether a method is in the place of a key or name, so a level is missing."""
    return (
        text in FIXED_METHODS
        and isinstance(item.value, dict)
        and bool(item.value)
        and not item.value.keys() & {*FIXED_METHODS, "$ref"}
    )


def _keyed(
    description: Description, found: Operation, item: Node
) -> Iterator[Operation]:
    try:
        resolved = path_items.read(description, item)
    except UnresolvableReference as error:
        yield replace(found, error=error.message)
        return
    yield from _of_path_item(description, found, resolved)


def _of_path_item(
    description: Description, found: Operation, item: PathItem
) -> Iterator[Operation]:
    for method, node, error in path_items.methods(description, item):
        if error is not None:
            found_here: dict[str, Any] = {"error": error.message}
        else:
            operation_id = _operation_id(node)
            key = found.key
            if found.kind == "callback" and key is not None:
                names = path_items.path_parameters(description, item, node)
                key = callback_keys.with_path_variables(key, names)
            found_here = {
                "operation_id": operation_id,
                "node": node,
                "path_item": item,
                "key": key,
            }
        yield replace(found, method=method, pointer=node.pointer, **found_here)


def _operation_id(node: Node) -> str | None:
    operation_id = node.value.get("operationId")
    return operation_id if isinstance(operation_id, str) else None


def _parent(method: str, path: str, node: Node, item: PathItem) -> Parent:
    return Parent(
        method=method,
        path=path,
        operation_id=_operation_id(node),
        node=node,
        path_item=item,
    )
