"""Findings about callback keys: invalid grammar, and expressions without a value.

It decides whether an expression finds its value in the parent's request or response. It
must not know how keys are matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from cbmock.description import json_pointer, schema_resources
from cbmock.description.operations import Operation, Parent
from cbmock.description.references import Description, Node
from cbmock.description.runtime_expressions import (
    BARE_NAMES,
    Expression,
    GrammarFinding,
    Source,
)
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, finding

_PARAMETERS = {
    Source.REQUEST_QUERY: "query",
    Source.REQUEST_PATH: "path",
    Source.REQUEST_HEADER: "header",
    Source.REQUEST_COOKIE: "cookie",
}
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# The standard's own examples read these, although they cannot be declared.
_UNDECLARABLE = frozenset({"accept", "content-type", "authorization", "host"})


def key_findings(operation: Operation, description: Description) -> Iterator[Finding]:
    """Yield what is wrong with an operation's key."""
    key, item = operation.key, operation.item
    if key is None or item is None:
        return
    conforming = _as_in_fastapi(operation, description)
    if conforming is not None:
        detail = (
            f"{key.text!r} is the form that the documentation of FastAPI has; it is read as "
            f"{conforming!r}"
        )
        yield finding(item, "expr-fastapi", detail, instead=conforming)
    for each in key.findings:
        if conforming is not None and each.code in _OF_FASTAPI:
            continue
        instead = each.instead
        if each.code == "expr-bare-name" and operation.parent is not None:
            instead = _conforming(each, operation.parent, description)
        yield finding(item, each.code, each.detail, instead=instead)
    if operation.parent is None:
        return
    for expression in key.expressions:
        yield from _of_expression(expression, operation.parent, item, description)


_OF_FASTAPI = frozenset({"expr-bare-name", "expr-dot-body"})


def _as_in_fastapi(operation: Operation, description: Description) -> str | None:
    """Return the conforming key if it is in FastAPI's form and its names are declared.

    That form is `{$callback_url}/{$request.body.id}`, the names being parameters.
    """
    key, parent = operation.key, operation.parent
    if key is None or parent is None:
        return None
    codes = {each.code for each in key.findings}
    dollar = any(e.source in BARE_NAMES and e.text[:1] == "$" for e in key.expressions)
    if not dollar or codes - _OF_FASTAPI - {"expr-path-var"}:
        return None
    written = []
    for part in key.parts:
        if isinstance(part, str):
            written.append(part)
        elif part.source in BARE_NAMES:
            found = _meaning(part.name, parent, description)
            if found is None:
                return None
            written.append(f"{{{found}}}")
        else:
            written.append(f"{{{part.canonical}}}")
    return "".join(written)


def _conforming(
    found: GrammarFinding, parent: Parent, description: Description
) -> str | None:
    """Return the expression for a bare name: of the parameter or property of that name."""
    return _meaning((found.instead or "").rpartition(".")[2], parent, description)


def _meaning(name: str, parent: Parent, description: Description) -> str | None:
    for source, location in _PARAMETERS.items():
        if source is not Source.REQUEST_COOKIE and _declared(
            name, location, parent, description
        ):
            return f"{source.value}.{name}"
    schemas = _request_schemas(parent, description)
    if schemas and _has(schemas, (name,), description):
        return f"$request.body#{json_pointer.render((name,))}"
    return None


def _of_expression(
    expression: Expression, parent: Parent, item: Node, description: Description
) -> Iterator[Finding]:
    written = f"{{{expression.text}}}"
    source = expression.source
    if source in (Source.RESPONSE_QUERY, Source.RESPONSE_PATH):
        detail = f"{written} can never be read: a response has no query and no path"
        yield finding(item, "expr-unresolvable", detail)
    elif source in _PARAMETERS:
        yield from _of_parameter(expression, parent, item, description)
    elif source is Source.PARAMETER:
        if not _declared(expression.name, None, parent, description) and not _has(
            _request_schemas(parent, description), (expression.name,), description
        ):
            detail = (
                f"{written}: {parent.label} has no parameter and its body no property "
                f"{expression.name!r}"
            )
            yield finding(item, "expr-undeclared", detail)
    elif source is Source.REQUEST_BODY:
        schemas = _request_schemas(parent, description)
        if not schemas:
            detail = f"{written}: {parent.label} documents no body to read"
            yield finding(item, "expr-no-body", detail)
        yield from _of_pointer(expression, schemas, item, description)
    elif source is Source.RESPONSE_BODY:
        schemas = _response_schemas(parent, description)
        yield from _of_pointer(expression, schemas, item, description)


def _of_parameter(
    expression: Expression, parent: Parent, item: Node, description: Description
) -> Iterator[Finding]:
    location = _PARAMETERS[expression.source]
    if location == "header" and expression.name.lower() in _UNDECLARABLE:
        return
    if _declared(expression.name, location, parent, description):
        return
    detail = (
        f"{{{expression.text}}}: {parent.label} declares no {location} parameter "
        f"{expression.name!r}"
    )
    yield finding(item, "expr-undeclared", detail)


def _declared(
    name: str, location: str | None, parent: Parent, description: Description
) -> bool:
    lists = (parent.node.get("parameters"), parent.path_item.fields.get("parameters"))
    for parameters in lists:
        for each in () if parameters is None else parameters.items():
            try:
                value = description.resolve(each).value
            except UnresolvableReference:
                return True  # it may be this one; another finding names the reference
            if not isinstance(value, dict) or not isinstance(value.get("name"), str):
                continue
            if location is not None and value.get("in") != location:
                continue
            declared = value["name"]
            if declared == name or (
                value.get("in") == "header" and declared.lower() == name.lower()
            ):
                return True
    return False


# --- pointers into bodies -----------------------------------------------------------------


def _of_pointer(
    expression: Expression, schemas: list[Node], item: Node, description: Description
) -> Iterator[Finding]:
    tokens = expression.pointer
    if any(_PERCENT.search(token) for token in tokens or ()):
        decoded = json_pointer.render([unquote(token) for token in tokens or ()])
        detail = f"{{{expression.text}}}: a JSON Pointer here is not percent-encoded"
        instead = f"{{{expression.source.value}#{decoded}}}"
        yield finding(item, "expr-percent", detail, instead=instead)
        return
    if not tokens or not schemas or _has(schemas, tokens, description):
        return
    written = f"{{{expression.text}}}"
    head, last = tokens[:-1], tokens[-1]
    if "." in last and _has(schemas, (*head, *last.split(".")), description):
        right = json_pointer.render((*head, *last.split(".")))
        instead = f"{{{expression.source.value}#{right}}}"
        detail = f"{written}: a JSON Pointer separates properties by '/', not by '.'"
        yield finding(item, "expr-dot-pointer", detail, instead=instead)
        return
    if head and _is_string(schemas, head, description):
        outside = f"{{{expression.source.value}#{json_pointer.render(head)}}}/{last}"
        detail = f"{written} points into {json_pointer.render(head)}, which is a string"
        yield finding(item, "expr-pointer-vs-suffix", detail, instead=outside)
        return
    detail = (
        f"{written}: the documented body has nothing at {json_pointer.render(tokens)}"
    )
    yield finding(item, "expr-undeclared-property", detail)


def _request_schemas(parent: Parent, description: Description) -> list[Node]:
    body = parent.node.get("requestBody")
    return [] if body is None else _schemas(body, description)


def _response_schemas(parent: Parent, description: Description) -> list[Node]:
    responses = parent.node.get("responses")
    return [
        schema
        for code, response in (() if responses is None else responses.members())
        if code.startswith("2") or code == "default"
        for schema in _schemas(response, description)
    ]


def _schemas(node: Node, description: Description) -> list[Node]:
    try:
        content = description.resolve(node).get("content")
        found = [
            description.resolve(each).get("schema")
            for _, each in (() if content is None else content.members())
        ]
    except UnresolvableReference:
        return []
    return [schema for schema in found if schema is not None]


def _has(
    schemas: list[Node], tokens: json_pointer.Tokens, description: Description
) -> bool:
    """Return whether a value may be there, as far as the schema documents it."""
    return any(_reaches(schema, tokens, description, frozenset()) for schema in schemas)


def _reaches(
    node: Node,
    tokens: json_pointer.Tokens,
    description: Description,
    seen: frozenset[tuple[str, json_pointer.Tokens]],
) -> bool:
    if not tokens or not isinstance(node.value, dict):
        return True
    if node.place in seen:
        return False
    seen |= {node.place}
    token, *rest = tokens
    children, open_ = _children(node, token)
    if any(_reaches(each, tuple(rest), description, frozenset()) for each in children):
        return True
    if children:
        return False
    parts = _parts(node, description)
    if parts is None:
        return True  # part of the schema cannot be read
    if any(_reaches(each, tokens, description, seen) for each in parts):
        return True
    return open_ and not parts


def _children(node: Node, token: str) -> tuple[list[Node], bool]:
    """Return the schemas of a member, and whether nothing excludes the member."""
    properties, items = node.get("properties"), node.get("items")
    extra = node.get("additionalProperties")
    member = None if properties is None else properties.get(token)
    if member is not None:
        return [member], False
    if items is not None and token.isdecimal():
        return [items], False
    if extra is not None and isinstance(extra.value, dict):
        return [extra], False
    named = properties is not None and bool(properties.value)
    scalar = node.value.get("type") in ("string", "integer", "number", "boolean")
    return [], not named and not scalar and items is None


def _parts(node: Node, description: Description) -> list[Node] | None:
    """Return the schemas that also apply to the same value."""
    parts: list[Node] = []
    reference = node.value.get("$ref")
    if isinstance(reference, str):
        try:
            parts.append(schema_resources.follow(description, node, reference))
        except UnresolvableReference:
            return None
    for keyword in ("allOf", "anyOf", "oneOf"):
        listed = node.get(keyword)
        parts += [] if listed is None else list(listed.items())
    return parts


def _is_string(
    schemas: list[Node], tokens: json_pointer.Tokens, description: Description
) -> bool:
    """Return whether the property at the pointer is a string by its own `type`."""
    for schema in schemas:
        node = schema
        try:
            for token in tokens:
                node = schema_resources.resolve(description, node).child(
                    "properties", token
                )
            if (
                schema_resources.resolve(description, node).value.get("type")
                == "string"
            ):
                return True
        except (LookupError, TypeError, AttributeError, UnresolvableReference):
            continue
    return False
