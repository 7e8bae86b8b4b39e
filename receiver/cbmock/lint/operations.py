"""Findings about operations: their identity, responses, parameters and security.

It must not know keys, schemas or examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cbmock.contract.parameters.parameter import IGNORED_HEADERS
from cbmock.contract.parameters.styles import DELIMITERS
from cbmock.description import schema_resources
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import media_types
from cbmock.lint.findings import Finding, FindingName, broken_reference, finding
from cbmock.lint.message_contents import MessageContent, operation_contents
from cbmock.lint.object_fields import nearest

_BODILESS: Mapping[str, FindingName] = {"204": "204-content", "304": "304-content"}


def operation_findings(
    operation: Operation, description: Description
) -> Iterator[Finding]:
    """Yield what is wrong with one operation by itself."""
    item = operation.item
    if item is None:
        return
    if operation.kind == "webhook" or operation.expression is not None:
        yield from _siblings(item)
    if operation.error is not None:
        yield finding(item, "unreadable", operation.error)
    if not operation.referenced:
        detail = (
            f"no operation uses the callback {operation.name!r}, so it is not served"
        )
        yield finding(item, "unreferenced", detail)
    if operation.direction == "outbound":
        detail = (
            f"{operation.name!r} is inside a callback or webhook: its receiver sends "
            "it, so it is not served"
        )
        yield finding(item, "nested-callback", detail)
    if operation.node is None or not operation.served:
        return
    yield from _responses(operation.node, description)
    yield from _parameters(operation, operation.node, description)
    contents = tuple(operation_contents(operation, description))
    yield from _multipart(contents, description)
    yield from _encodings(contents, description)
    yield from _servers(operation, operation.node)
    yield from _security(operation.node, description)


def _repeated(parameters: Iterable[Node]) -> Iterator[Finding]:
    """Look for parameters of one name and place in one list (OAS 3.1.1 §4.8.10)."""
    seen: set[tuple[str, str]] = set()
    for node in parameters:
        value = node.value if isinstance(node.value, dict) else {}
        name, place = value.get("name"), value.get("in")
        if not isinstance(name, str) or not isinstance(place, str):
            continue
        key = (name.lower() if place == "header" else name), place
        if key in seen:
            detail = f"the {place} parameter {name!r} is documented twice in one list"
            yield finding(node, "dup-parameter", detail)
        seen.add(key)
    places = {place for _, place in seen}
    if {"query", "querystring"} <= places:
        where = next(n for n in parameters if n.value.get("in") == "querystring")
        detail = "a `querystring` parameter excludes parameters in `query`"
        yield finding(where, "parameter-conflict", detail)


def _conflicts(node: Node) -> Iterator[Finding]:
    """Look for fields of one parameter that exclude each other (OAS 3.2.0 §4.12.2)."""
    value = node.value
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return
    called = f"the {value.get('in')} parameter {value['name']!r}"
    content = value.get("content")
    if "schema" in value and "content" in value:
        detail = f"{called} has both `schema` and `content`"
        yield finding(node, "parameter-conflict", detail)
    if isinstance(content, dict) and len(content) > 1:
        detail = f"{called} has {len(content)} entries in `content`; one is allowed"
        yield finding(node, "parameter-conflict", detail)
    if value.get("in") == "cookie" and value.get("explode") is False:
        detail = (
            f"the cookie {value['name']!r} has `explode: false`: commas cannot be in a "
            "cookie"
        )
        where = node.get("explode") or node
        yield finding(where, "cookie-explode", detail)


def _siblings(item: Node) -> Iterator[Finding]:
    value = item.value
    if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
        return
    beside = sorted(value.keys() - {"$ref", "summary", "description"})
    if beside:
        detail = (
            f"{', '.join(beside)} beside a path item's $ref is undefined; here it takes "
            "precedence over the referenced field"
        )
        yield finding(item, "pathitem-ref-siblings", detail)


def _responses(node: Node, description: Description) -> Iterator[Finding]:
    responses = node.get("responses")
    codes = [] if responses is None else [code for code, _ in responses.members()]
    if not any(code.startswith("2") or code == "default" for code in codes):
        detail = "no successful response is documented; the mock answers 204"
        where = responses or node
        yield finding(where, "no-success-response", detail)
    for code, response in () if responses is None else responses.members():
        if code.startswith("x-"):
            continue
        if code.lower() == code and code.endswith("xx"):
            detail = f"the range {code!r} is written with an upper-case X"
            instead = code.upper()
            yield finding(response, "range-case", detail, instead=instead)
        try:
            content = description.resolve(response).get("content")
        except UnresolvableReference as error:
            yield broken_reference(response, error)
            continue
        if code in _BODILESS and content is not None and content.value:
            detail = f"a {code} has no body; the documented content is never sent"
            yield finding(content, _BODILESS[code], detail)


def _parameters(
    operation: Operation, node: Node, description: Description
) -> Iterator[Finding]:
    item = operation.path_item
    lists = [node.get("parameters")]
    if item is not None:
        lists.append(item.fields.get("parameters"))
    for parameters in lists:
        resolved = []
        for each in () if parameters is None else parameters.items():
            try:
                found = description.resolve(each)
            except UnresolvableReference as error:
                yield broken_reference(each, error)
                continue
            resolved.append(found)
            yield from _parameter(operation, found)
            yield from _style(found, description)
            yield from _conflicts(found)
        yield from _repeated(resolved)


def _parameter(operation: Operation, node: Node) -> Iterator[Finding]:
    if not isinstance(node.value, dict):
        return
    name, location = node.value.get("name"), node.value.get("in")
    if not isinstance(name, str):
        return
    if location == "header" and name.lower() in IGNORED_HEADERS:
        detail = f"a header parameter {name!r} is ignored (OAS 3.1.1 §4.8.12.1)"
        yield finding(node, "ignored-header-param", detail)
    if location == "path" and not _bindable(operation, name):
        detail = (
            f"the URL has no place for the path parameter {name!r}; it is not checked"
        )
        yield finding(node, "unbindable-path-param", detail)


def _style(node: Node, description: Description) -> Iterator[Finding]:
    """Look for styles that are not defined for what is sent (OAS 3.1.1 §4.8.12.3)."""
    schema = node.get("schema")
    style = node.value.get("style") if isinstance(node.value, dict) else None
    if style in DELIMITERS and node.value.get("explode") is True:
        detail = f"{style} is not defined with `explode: true`; `a=1&a=2` is read"
        where = node.get("explode") or node
        yield finding(where, "delimited-exploded", detail)
    if style != "deepObject" or schema is None:
        return
    for name, each in _properties(schema, description):
        if each.get("type") in ("object", "array"):
            detail = (
                f"deepObject is not defined for {name!r}, which is an {each['type']}; "
                "`a[b][c]`, `a[b][]` and `a[b][0]` are read"
            )
            yield finding(node, "deepobject-nested", detail)
            return


def _properties(
    schema: Node, description: Description
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the properties that can be read, with references followed."""
    try:
        properties = schema_resources.resolve(description, schema).get("properties")
        for name, each in () if properties is None else properties.members():
            value = schema_resources.resolve(description, each).value
            if isinstance(value, dict):
                yield name, value
    except UnresolvableReference:
        return


def _multipart(
    contents: Iterable[MessageContent], description: Description
) -> Iterator[Finding]:
    """Look for named parts in multipart bodies without part names (OAS 3.1.1 §4.8.15)."""
    for content in contents:
        media_type = None if content.key is None else media_types.parse(content.key)
        schema = content.node.get("schema")
        if not content.sent or media_type is None or schema is None:
            continue
        if media_type.type != "multipart" or media_type.subtype == "form-data":
            continue
        names = [name for name, _ in _properties(schema, description)]
        if names:
            detail = (
                f"{media_type.essence} has no names of parts; {', '.join(names[:5])} are "
                "found by Content-Disposition, Content-ID, or their order"
            )
            yield finding(content.node, "multipart-heuristic", detail)


def _encodings(
    contents: Iterable[MessageContent], description: Description
) -> Iterator[Finding]:
    """Look for encodings of unknown properties, which are ignored (OAS 3.1.1 §4.8.14.1)."""
    for content in contents:
        encoding, schema = content.node.get("encoding"), content.node.get("schema")
        if content.key is None or encoding is None or schema is None:
            continue
        known = {name for name, _ in _properties(schema, description)}
        for name, each in encoding.members() if known else ():
            if name not in known and _is_flat(schema, description):
                detail = (
                    f"`encoding` is for properties, and {name!r} is none: it is ignored"
                )
                near = nearest(name, known)
                yield finding(each, "encoding-property", detail, instead=near)


def _is_flat(schema: Node, description: Description) -> bool:
    """Return whether a schema has all of its properties itself."""
    value = schema_resources.resolve(description, schema).value
    combined = {"allOf", "anyOf", "oneOf", "if", "patternProperties"}
    return not combined & value.keys()


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
        yield finding(servers, "servers-on-callback", detail)


def _security(node: Node, description: Description) -> Iterator[Finding]:
    own = node.get("security")
    if own is None:
        root = description.root.get("security")
        if root is not None and root.value:
            detail = (
                "the document's root security is for calls to the API; it is not "
                "required of what the API sends"
            )
            yield finding(node, "root-security-not-applied", detail)
        return
    schemes = description.root.get("components")
    schemes = schemes and schemes.get("securitySchemes")
    known = set() if schemes is None else {name for name, _ in schemes.members()}
    for requirement in own.items():
        for name, each in requirement.members():
            is_uri = description.version.schemes_by_uri and (":" in name or "#" in name)
            if name not in known and not is_uri:
                detail = f"there is no security scheme {name!r}"
                yield finding(each, "security-scheme", detail)


def findings_between(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield findings that concern several operations."""
    listed = tuple(operations)
    yield from _repeated_ids(listed)
    yield from _collisions(listed)


def _collisions(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield callbacks that go to one URL with one method, the same parameters and body."""
    seen: dict[object, Operation] = {}
    for operation in operations:
        if not operation.served or operation.parent is None or operation.item is None:
            continue
        url = (operation.parent, operation.expression, operation.method)
        first = seen.setdefault(url, operation)
        if first.name != operation.name and _sent(first) == _sent(operation):
            detail = (
                f"{operation.name!r} and {first.name!r} are sent to the same URL with "
                "the same method, parameters and body: nothing documented distinguishes "
                "them"
            )
            yield finding(operation.item, "colliding-callbacks", detail)


def _sent(operation: Operation) -> list[object]:
    """Return the documented parts of a request, besides method and URL."""
    own = operation.node.value if operation.node is not None else {}
    shared = operation.path_item and operation.path_item.fields.get("parameters")
    parameters = [own.get("parameters"), shared.value if shared else None]
    return [own.get("requestBody"), *(each or [] for each in parameters)]


def _repeated_ids(operations: Iterable[Operation]) -> Iterator[Finding]:
    """Yield operationIds that several operations use."""
    seen: dict[str, Operation] = {}
    for operation in operations:
        name, node = operation.operation_id, operation.node
        if name is None or node is None:
            continue
        first = seen.setdefault(name, operation)
        if first.pointer != operation.pointer:
            detail = f"operationId {name!r} is also used at {first.pointer}"
            where = node.get("operationId") or node
            yield finding(where, "dup-operation-id", detail)
