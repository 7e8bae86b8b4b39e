"""Bodies: which Media Type Object a request's content is held against, and the outcome.

It decides when content is required, of which type it is and what it says (OAS 3.1.1
§4.8.13). It must not know parameters or which operation was matched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from receiver.contract import json_text, media_types
from receiver.contract.json_text import NotJSON
from receiver.contract.media_types import MediaType
from receiver.contract.schemas import Schema
from receiver.contract.violations import Severity, Violation
from receiver.description.references import Description, Node
from receiver.errors import UnresolvableReference
from receiver.http import Request

_OCTETS = MediaType("application", "octet-stream")
_JSON = MediaType("application", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """A Request Body Object (OAS 3.1.1 §4.8.13) ready to check content with.

    `content` holds a schema, or None, for each media type key. `severity` is what a
    breach weighs: below 3.1 the bodies of GET, HEAD and DELETE are to be ignored.
    """

    required: bool
    content: Mapping[str, Schema | None]
    node: Node = field(repr=False)
    severity: Severity = "error"


_IGNORED_BELOW_31 = ("GET", "HEAD", "DELETE")


def of_operation(
    node: Node, method: str, description: Description
) -> RequestBody | None:
    """Return an operation's Request Body Object; may raise `UnresolvableReference`."""
    referenced = node.get("requestBody")
    if referenced is None:
        return None
    body = description.resolve(referenced)
    if not isinstance(body.value, dict):
        return None
    ignored = description.version < (3, 1) and method in _IGNORED_BELOW_31
    return RequestBody(
        required=body.value.get("required") is True and not ignored,
        content=content_of(body, description),
        node=body,
        severity="warning" if ignored else "error",
    )


def content_of(node: Node, description: Description) -> dict[str, Schema | None]:
    """Return the schema for each media type of a `content` map."""
    content = node.get("content")
    found: dict[str, Schema | None] = {}
    for key, each in () if content is None else content.members():
        schema = description.resolve(each).get("schema")
        found[key] = None if schema is None else Schema(schema, description)
    return found


@dataclass(frozen=True, slots=True)
class Content:
    """What a body turned out to say: its value, the key it was read by, the breaches."""

    value: Any = None
    media_type: str | None = None
    violations: tuple[Violation, ...] = ()


def check(
    body: RequestBody | None, request: Request, *, place: str | None = None
) -> Content:
    """Hold a request's content against what is documented; never raises.

    `place` is where the operation stands that may document no body at all.
    """
    if body is None:
        return _undocumented(request, place)
    if not request.body:
        return _absent(body)
    sent, found = _media_type(body, request)
    key = media_types.choose(body.content, sent)
    if key is None:
        if body.content:
            found = (*found, _not_taken(body, sent))
        return Content(violations=_weighed(body, found))
    content = _content(body, key, sent, request)
    return replace(content, violations=_weighed(body, found + content.violations))


def _content(body: RequestBody, key: str, sent: MediaType, request: Request) -> Content:
    if not sent.is_json:
        return Content(media_type=key)
    try:
        value, found = json_text.read(request.body, charset=sent.charset)
    except NotJSON as error:
        return Content(None, key, _placed(body, key, (error.violation,)))
    if found:
        found = _placed(body, key, found)
    schema = body.content[key]
    if schema is not None:
        found += _against(schema, value)
    return Content(value, key, found)


def _placed(
    body: RequestBody, key: str, violations: tuple[Violation, ...]
) -> tuple[Violation, ...]:
    """Say at which Media Type Object a text was expected."""
    place = body.node.child("content", key).pointer
    return tuple(replace(each, schema=place) for each in violations)


def _undocumented(request: Request, place: str | None) -> Content:
    if not request.body:
        return Content()
    return Content(
        violations=(
            Violation(
                location="body",
                pointer="#",
                code="unexpected-body",
                detail="a body was sent, none is documented",
                severity="warning",
                schema=place,
            ),
        )
    )


def _absent(body: RequestBody) -> Content:
    if not body.required:
        return Content()
    return Content(
        violations=(
            Violation(
                location="body",
                pointer="#",
                code="missing",
                detail="the required body is absent",
                schema=body.node.pointer,
                expected=list(body.content),
            ),
        )
    )


def _media_type(
    body: RequestBody, request: Request
) -> tuple[MediaType, tuple[Violation, ...]]:
    """Read `Content-Type`; where it is absent, the only key, else what it looks like."""
    stated = request.headers.get("content-type")
    sent = None if stated is None else media_types.parse(stated)
    if sent is not None:
        return sent, ()
    detail = "a body came without a Content-Type"
    if stated is not None:
        detail = f"Content-Type {stated!r} is no media type"
    violation = Violation(
        location="media_type",
        name="Content-Type",
        code="missing" if stated is None else "syntax",
        detail=detail,
        schema=body.node.pointer,
        expected=list(body.content),
        received=stated,
    )
    return _guess(body, request), (violation,)


def _guess(body: RequestBody, request: Request) -> MediaType:
    if len(body.content) == 1:
        only = media_types.parse(next(iter(body.content)))
        if only is not None and "*" not in only.essence:
            return only
    try:
        json_text.read(request.body)
    except NotJSON:
        return _OCTETS
    return _JSON


def _not_taken(body: RequestBody, sent: MediaType) -> Violation:
    keys = list(body.content)
    return Violation(
        location="media_type",
        name="Content-Type",
        code="media-type",
        detail=f"{sent.essence} is not documented, only {', '.join(keys[:5])}",
        schema=body.node.pointer,
        severity=body.severity,
        expected=keys,
        received=sent.essence,
    )


def _against(schema: Schema, value: Any) -> tuple[Violation, ...]:
    try:
        if schema.is_valid(value):
            return ()
    except UnresolvableReference as error:
        return (
            Violation(
                location="body",
                pointer="#",
                code="unreadable-schema",
                detail=f"the body was not checked: {error.message}",
                severity="warning",
                schema=schema.node.pointer,
            ),
        )
    from receiver.contract import explanation  # noqa: PLC0415 - loads jsonschema

    return explanation.explain(schema, value)


def _weighed(
    body: RequestBody, violations: tuple[Violation, ...]
) -> tuple[Violation, ...]:
    if body.severity == "error":
        return violations
    return tuple(replace(each, severity=body.severity) for each in violations)
