"""Bodies: which Media Type Object a request's content is checked against.

It decides whether content is required, its media type, and its value (OAS 3.1.1
§4.8.13). It must not know parameters or which operation was matched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from cbmock.contract.bodies import fast_check, payload, readers
from cbmock.contract.bodies.fast_check import FastCheck
from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.broken_references import can_be_media_type
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import content_codings, json_text, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request
from cbmock.violations import Severity, Violation, shown

_OCTETS = MediaType("application", "octet-stream")
_JSON = MediaType("application", "json")


@dataclass(frozen=True, kw_only=True)
class RequestBody:
    """A Request Body Object (OAS 3.1.1 §4.8.13) ready to check content with.

    `content` holds a schema, or None, for each media type key. `severity` is that of its
    violations: below 3.1 the bodies of GET, HEAD and DELETE are to be ignored.
    """

    required: bool
    content: Mapping[str, Schema | None]
    node: Node = field(repr=False)
    description: Description = field(repr=False)
    severity: Severity = "error"

    def media_type_object(self, key: str) -> MediaTypeObject:
        """Return the Media Type Object of a key; read once, when first needed."""
        found = self._described.get(key)
        if found is None:
            node = self.description.resolve(self.node.child("content", key))
            schema = self.content[key]
            shape = None if schema is None else Shape(schema)
            found = self._described[key] = MediaTypeObject(
                node, self.description, shape
            )
        return found

    @cached_property
    def _described(self) -> dict[str, MediaTypeObject]:
        return {}


_IGNORED_BELOW_31 = ("GET", "HEAD", "DELETE")


def request_body_of(
    node: Node, method: str, description: Description
) -> RequestBody | None:
    """Return an operation's Request Body Object; may raise `UnresolvableReference`."""
    referenced = node.get("requestBody")
    if referenced is None:
        return None
    body = description.resolve(referenced)
    if not isinstance(body.value, dict):
        return None
    every = description.version.bodies_of_every_method
    ignored = not every and method in _IGNORED_BELOW_31
    return RequestBody(
        required=body.value.get("required") is True and not ignored,
        content=schemas_of(body, description),
        node=body,
        description=description,
        severity="warning" if ignored else "error",
    )


def schemas_of(node: Node, description: Description) -> dict[str, Schema | None]:
    """Return the schema for each media type of a `content` map."""
    content = node.get("content")
    found: dict[str, Schema | None] = {}
    for key, each in () if content is None else content.members():
        schema = None
        if can_be_media_type(key):
            schema = description.resolve(each).get("schema")
        found[key] = None if schema is None else Schema(schema, description)
    return found


class CheckedBody(NamedTuple):
    """A body's value, the media type key that it was read by, and its violations."""

    value: Any = None
    media_type: str | None = None
    violations: tuple[Violation, ...] = ()


def check(
    body: RequestBody | None, request: Request, *, place: str | None = None
) -> CheckedBody:
    """Check a request's content; never raises.

    `place` is the operation, for violations where it documents no body.
    """
    if body is None:
        return _undocumented(request, place)
    try:
        data = decoded_body(request)
    except NotDecoded as error:
        undecoded = _undecoded(body, request, error.violation)
        return CheckedBody(violations=_with_severity(body, (undecoded,)))
    if not data:
        return _absent(body)
    sent, found = _media_type(body, request, data)
    key = media_types.choose(body.content, sent)
    if key is None:
        if body.content:
            found = (*found, _unexpected_media_type(body, sent, request, data))
        return CheckedBody(violations=_with_severity(body, found))
    content = content_of(body, key, sent, data)
    if not found and not content.violations:
        return content
    return content._replace(violations=_with_severity(body, found + content.violations))


class ContentLabel(NamedTuple):
    """What a request says of its content: its type, and the key of `body` that reads it."""

    body: RequestBody
    key: str
    sent: MediaType


def label_of(body: RequestBody, request: Request) -> ContentLabel | None:
    """Return the label of a request's content if it is documented and not encoded."""
    stated = request.headers.get("content-type")
    sent = None if stated is None else media_types.parse(stated)
    key = None if sent is None else media_types.choose(body.content, sent)
    if sent is None or key is None or "content-encoding" in request.headers:
        return None
    return ContentLabel(body, key, sent)


def fast_check_of(label: ContentLabel) -> FastCheck | None:
    """Return the fast check of bodies with a label."""
    return fast_check.fast_check_of(label.body.content[label.key], label.sent)


def check_labelled(label: ContentLabel, data: bytes) -> CheckedBody:
    """Check the content of a request whose label is known; never raises."""
    if not data:
        return _absent(label.body)
    content = content_of(*label, data)
    found = _with_severity(label.body, content.violations)
    return CheckedBody(content.value, content.media_type, found)


def decoded_body(request: Request) -> bytes:
    """Return a request's body without content codings; `NotDecoded` where one is broken."""
    stated = request.headers.get("content-encoding")
    if stated is None or not request.body:
        return request.body
    return content_codings.decode(request.body, stated)


def content_of(
    body: RequestBody, key: str, sent: MediaType, data: bytes
) -> CheckedBody:
    """Check decoded bytes by the Media Type Object of a key."""
    described = body.media_type_object(key)
    try:
        reading = readers.read(described.payload(data, sent), described.node)
    except UnresolvableReference as error:
        return CheckedBody(None, key, (payload.not_checked(described.node, error),))
    return CheckedBody(reading.value, key, reading.violations)


def _undecoded(body: RequestBody, request: Request, violation: Violation) -> Violation:
    """Place a violation of a content coding; say what the body is if it is not encoded."""
    detail = violation.detail
    if violation.code == "content-coding":
        detail += _hint(body, None, request, request.body)
    return replace(violation, detail=detail, schema=body.node.pointer)


def _undocumented(request: Request, place: str | None) -> CheckedBody:
    if not request.body:
        return CheckedBody()
    return CheckedBody(
        violations=(
            Violation(
                location="body",
                pointer="#",
                code="unexpected-body",
                detail="the request has a body, but the operation documents none",
                severity="warning",
                schema=place,
            ),
        )
    )


def _absent(body: RequestBody) -> CheckedBody:
    if not body.required:
        return CheckedBody()
    return CheckedBody(
        violations=(
            Violation(
                location="body",
                pointer="#",
                code="missing-body",
                detail="the required body is missing",
                schema=body.node.pointer,
                expected=list(body.content),
            ),
        )
    )


def _media_type(
    body: RequestBody, request: Request, data: bytes
) -> tuple[MediaType, tuple[Violation, ...]]:
    """Read `Content-Type`; if absent, take the only key, else guess from the bytes."""
    stated = request.headers.get("content-type")
    sent = None if stated is None else media_types.parse(stated)
    if sent is not None:
        return sent, ()
    detail = "the request has a body but no Content-Type"
    if stated is not None:
        detail = f"the Content-Type {shown(stated)} is not a media type"
    violation = Violation(
        location="media_type",
        name="Content-Type",
        code="missing-content-type" if stated is None else "syntax",
        detail=detail + _hint(body, None, request, data),
        schema=body.node.pointer,
        expected=list(body.content),
        received=stated,
    )
    return _guess(body, data), (violation,)


def _guess(body: RequestBody, data: bytes) -> MediaType:
    if len(body.content) == 1:
        only = media_types.parse(next(iter(body.content)))
        if only is not None and "*" not in only.essence:
            return only
    try:
        json_text.read(data)
    except NotJSON:
        return _OCTETS
    return _JSON


def _hint(
    body: RequestBody, sent: MediaType | None, request: Request, data: bytes
) -> str:
    """Return the hint about a body with a wrong or missing `Content-Type`."""
    from cbmock.contract.bodies import labels  # noqa: PLC0415 - 3 ms (XML)

    return labels.hint(body.content, sent, request.headers, data)


def _unexpected_media_type(
    body: RequestBody, sent: MediaType, request: Request, data: bytes
) -> Violation:
    keys = list(body.content)
    listed = ", ".join(keys[:5])
    detail = f"unexpected media type {sent.essence}; documented: {listed}"
    return Violation(
        location="media_type",
        name="Content-Type",
        code="media-type",
        detail=detail + _hint(body, sent, request, data),
        schema=body.node.pointer,
        severity=body.severity,
        expected=keys,
        received=sent.essence,
    )


def _with_severity(
    body: RequestBody, violations: tuple[Violation, ...]
) -> tuple[Violation, ...]:
    if body.severity == "error":
        return violations
    return tuple(replace(each, severity=body.severity) for each in violations)
