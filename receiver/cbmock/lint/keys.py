"""Findings about callback keys: invalid grammar, and expressions without a value.

It decides whether an expression finds its value in the parent's request or response. It
must not know how keys are matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

from cbmock.description import json_pointer
from cbmock.description.operations import Operation, Parent
from cbmock.description.references import Description, Node
from cbmock.description.runtime_expressions import (
    BARE_NAMES,
    Expression,
    GrammarFinding,
    Source,
)
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, broken_reference, finding
from cbmock.lint.parent_messages import (
    DocumentedBody,
    declared,
    registered_url,
    request_body,
    response_body,
)

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
        instead = _advice(each, operation.parent, description)
        yield finding(item, each.code, each.detail, instead=instead)
    if operation.parent is None:
        return
    for expression in key.expressions:
        try:
            yield from _of_expression(expression, operation.parent, item, description)
        except UnresolvableReference as error:
            yield broken_reference(item, error)


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


def _advice(
    found: GrammarFinding, parent: Parent | None, description: Description
) -> str | None:
    """Return what to write instead, with the names that the parent documents."""
    if found.instead is None or parent is None:
        return found.instead
    if found.code == "expr-bare-name":
        name = found.instead.rpartition(".")[2]
        return _meaning(name, parent, description)
    if found.code in ("key-missing", "key-relative"):
        registered = registered_url(parent, description)
        return found.instead.replace("$request.body#/callbackUrl", registered, 1)
    return found.instead


def _meaning(name: str, parent: Parent, description: Description) -> str | None:
    """Return the expression for a bare name: of the parameter or property of that name."""
    with suppress(UnresolvableReference):
        for source, location in _PARAMETERS.items():
            if source is not Source.REQUEST_COOKIE and declared(
                name, location, parent, description
            ):
                return f"{source.value}.{name}"
        if request_body(parent, description).has((name,), description):
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
        body = request_body(parent, description)
        if not declared(expression.name, None, parent, description) and not body.has(
            (expression.name,), description
        ):
            detail = (
                f"{written}: {parent.label} has no parameter and its body no property "
                f"{expression.name!r}"
            )
            yield finding(item, "expr-undeclared", detail)
    elif source in (Source.REQUEST_BODY, Source.RESPONSE_BODY):
        read = request_body if source is Source.REQUEST_BODY else response_body
        body = read(parent, description)
        if not body.documented:
            what = "body" if source is Source.REQUEST_BODY else "response body"
            detail = f"{written}: {parent.label} documents no {what} to read"
            yield finding(item, "expr-no-body", detail)
        yield from _of_pointer(expression, body, item, description)


def _of_parameter(
    expression: Expression, parent: Parent, item: Node, description: Description
) -> Iterator[Finding]:
    location = _PARAMETERS[expression.source]
    if location == "header" and expression.name.lower() in _UNDECLARABLE:
        return
    if declared(expression.name, location, parent, description):
        return
    detail = (
        f"{{{expression.text}}}: {parent.label} declares no {location} parameter "
        f"{expression.name!r}"
    )
    yield finding(item, "expr-undeclared", detail)


def _of_pointer(
    expression: Expression, body: DocumentedBody, item: Node, description: Description
) -> Iterator[Finding]:
    tokens = expression.pointer
    if any(_PERCENT.search(token) for token in tokens or ()):
        decoded = json_pointer.render([unquote(token) for token in tokens or ()])
        detail = f"{{{expression.text}}}: a JSON Pointer here is not percent-encoded"
        instead = f"{{{expression.source.value}#{decoded}}}"
        yield finding(item, "expr-percent", detail, instead=instead)
        return
    if not tokens or not body.documented or body.has(tokens, description):
        return
    written = f"{{{expression.text}}}"
    head, last = tokens[:-1], tokens[-1]
    if "." in last and body.has((*head, *last.split(".")), description):
        right = json_pointer.render((*head, *last.split(".")))
        instead = f"{{{expression.source.value}#{right}}}"
        detail = f"{written}: a JSON Pointer separates properties by '/', not by '.'"
        yield finding(item, "expr-dot-pointer", detail, instead=instead)
        return
    if head and body.has_string(head, description):
        outside = f"{{{expression.source.value}#{json_pointer.render(head)}}}/{last}"
        detail = f"{written} points into {json_pointer.render(head)}, which is a string"
        yield finding(item, "expr-pointer-vs-suffix", detail, instead=outside)
        return
    detail = (
        f"{written}: the documented body has nothing at {json_pointer.render(tokens)}"
    )
    yield finding(item, "expr-undeclared-property", detail)
