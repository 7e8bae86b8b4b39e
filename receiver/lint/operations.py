"""Findings about operations: their identity, responses, parameters and security.

It must not know keys, schemas or examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from receiver.contract.parameters import IGNORED_HEADERS
from receiver.description.operations import Operation
from receiver.description.references import Description, Node
from receiver.errors import UnresolvableReference
from receiver.lint.findings import Finding, finding


def of_operation(operation: Operation, description: Description) -> Iterator[Finding]:
    """Yield what is wrong with one operation by itself."""
    item = operation.item
    if item is None:
        return
    yield from _siblings(item)
    if operation.error is not None:
        yield finding(item, "unreadable", "error", operation.error)
    if not operation.referenced:
        detail = (
            f"no operation uses the callback {operation.name!r}, so it is not served"
        )
        yield finding(item, "unreferenced", "info", detail)
    if operation.direction == "outbound":
        detail = (
            f"{operation.name!r} stands inside a callback or webhook: its receiver sends "
            "it, so it is not served"
        )
        yield finding(item, "nested-callback", "info", detail)
    if operation.node is None or not operation.served:
        return
    yield from _responses(operation.node, description)
    yield from _parameters(operation, operation.node, description)
    yield from _servers(operation, operation.node)
    yield from _security(operation.node, description)


def _siblings(item: Node) -> Iterator[Finding]:
    value = item.value
    if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
        return
    beside = sorted(value.keys() - {"$ref", "summary", "description"})
    if beside:
        detail = (
            f"{', '.join(beside)} beside a path item's $ref is undefined; here it wins "
            "over what the reference has"
        )
        yield finding(item, "pathitem-ref-siblings", "warning", detail)


def _responses(node: Node, description: Description) -> Iterator[Finding]:
    responses = node.get("responses")
    codes = [] if responses is None else [code for code, _ in responses.members()]
    if not any(code.startswith("2") or code == "default" for code in codes):
        detail = "no success is documented; the mock answers 204"
        where = responses or node
        yield finding(where, "no-success-response", "warning", detail)
    for code, response in () if responses is None else responses.members():
        if code.startswith("x-"):
            continue
        if code.lower() == code and code.endswith("xx"):
            detail = f"the range {code!r} is written with an upper-case X"
            instead = code.upper()
            yield finding(response, "range-case", "warning", detail, instead=instead)
        try:
            content = description.resolve(response).get("content")
        except UnresolvableReference as error:
            yield finding(response, "ref-unresolvable", "error", error.message)
            continue
        if code in ("204", "304") and content is not None and content.value:
            detail = f"a {code} has no body; the documented content is never sent"
            yield finding(content, f"{code}-content", "warning", detail)


def _parameters(
    operation: Operation, node: Node, description: Description
) -> Iterator[Finding]:
    item = operation.path_item
    lists = [node.get("parameters")]
    if item is not None:
        lists.append(item.fields.get("parameters"))
    for parameters in lists:
        for each in () if parameters is None else parameters.items():
            try:
                found = description.resolve(each)
            except UnresolvableReference as error:
                yield finding(each, "ref-unresolvable", "error", error.message)
                continue
            yield from _parameter(operation, found)


def _parameter(operation: Operation, node: Node) -> Iterator[Finding]:
    if not isinstance(node.value, dict):
        return
    name, location = node.value.get("name"), node.value.get("in")
    if not isinstance(name, str):
        return
    if location == "header" and name.lower() in IGNORED_HEADERS:
        detail = f"a header parameter {name!r} is ignored (OAS 3.1.1 §4.8.12.1)"
        yield finding(node, "ignored-header-param", "warning", detail)
    if location == "path" and not _bindable(operation, name):
        detail = (
            f"the URL has no place for the path parameter {name!r}; it is not checked"
        )
        yield finding(node, "unbindable-path-param", "warning", detail)


def _bindable(operation: Operation, name: str) -> bool:
    if operation.key is None:
        return f"{{{name}}}" in operation.name
    return any(each.name == name for each in operation.key.expressions)


def _servers(operation: Operation, node: Node) -> Iterator[Finding]:
    item = operation.path_item
    servers = node.get("servers") or (item and item.fields.get("servers"))
    if servers:
        detail = (
            f"a {operation.kind} goes to the URL that was registered; servers only add "
            "URLs that it is recognised at"
        )
        yield finding(servers, "servers-on-callback", "info", detail)


def _security(node: Node, description: Description) -> Iterator[Finding]:
    own = node.get("security")
    if own is None:
        root = description.root.get("security")
        if root is not None and root.value:
            detail = (
                "the document's root security is for calls to the API and is not "
                "asked of what the API sends"
            )
            yield finding(node, "root-security-not-applied", "info", detail)
        return
    schemes = description.root.get("components")
    schemes = schemes and schemes.get("securitySchemes")
    known = set() if schemes is None else {name for name, _ in schemes.members()}
    for requirement in own.items():
        for name, each in requirement.members():
            is_uri = description.version >= (3, 2) and (":" in name or "#" in name)
            if name not in known and not is_uri:
                detail = f"there is no security scheme {name!r}"
                yield finding(each, "security-scheme", "error", detail)


def of_all(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield what is wrong between operations."""
    listed = tuple(operations)
    yield from _identifiers(listed)
    yield from _collisions(listed)


def _collisions(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield callbacks that go to one URL with one method and one body."""
    seen: dict[object, Operation] = {}
    for operation in operations:
        if not operation.served or operation.parent is None or operation.item is None:
            continue
        url = (operation.parent, operation.expression, operation.method)
        first = seen.setdefault(url, operation)
        if first.name != operation.name and _body(first) == _body(operation):
            detail = (
                f"{operation.name!r} and {first.name!r} are sent to the same URL with "
                "the same method and body: nothing tells them apart"
            )
            yield finding(operation.item, "colliding-callbacks", "warning", detail)


def _body(operation: Operation) -> object:
    return None if operation.node is None else operation.node.value.get("requestBody")


def _identifiers(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield operationIds that are used twice."""
    seen: dict[str, Operation] = {}
    for operation in operations:
        name, node = operation.operation_id, operation.node
        if name is None or node is None:
            continue
        first = seen.setdefault(name, operation)
        if first.pointer != operation.pointer:
            detail = f"operationId {name!r} is used before, at {first.pointer}"
            where = node.get("operationId") or node
            yield finding(where, "dup-operation-id", "warning", detail)
