"""A receiver's response against the documented ones.

It decides whether status, media type, headers and content are documented (OAS 3.1.1
§4.8.16, §4.8.17). It must not know how the request was made or sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.contract.bodies import readers
from cbmock.contract.bodies.payload import not_checked
from cbmock.contract.bodies.request_body import MediaTypeObject
from cbmock.contract.parameters import parameter, parameter_values, raw_parameters
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import content_codings, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.messages import Request, Response
from cbmock.violations import Violation, shown

_WITHOUT_CONTENT = (204, 205, 304)


def check(
    operation: Operation, description: Description, response: Response
) -> tuple[Violation, ...]:
    """Return what is not as documented in a response; never raises."""
    responses = None if operation.node is None else operation.node.get("responses")
    codes = {} if responses is None else {c.lower(): n for c, n in responses.members()}
    codes = {code: node for code, node in codes.items() if not code.startswith("x-")}
    if not codes:
        return ()
    status = str(response.status)
    for code in (status, f"{status[0]}xx", "default"):
        if code in codes:
            return tuple(_check_documented(codes[code], description, response))
    return (
        Violation(
            location="url",
            code="undocumented-response",
            detail=f"the response {status} is not documented; documented: {', '.join(codes)}",
            schema=None if responses is None else responses.pointer,
            expected=list(codes),
            received=response.status,
        ),
    )


def _check_documented(
    referenced: Node, description: Description, response: Response
) -> Iterator[Violation]:
    try:
        node = description.resolve(referenced)
    except UnresolvableReference as error:
        yield not_checked(referenced, error)
        return
    yield from _headers(node, description, response)
    if response.status not in _WITHOUT_CONTENT:
        yield from _content(node, description, response)


def _headers(
    node: Node, description: Description, response: Response
) -> Iterator[Violation]:
    """Check headers as parameters are checked; `Content-Type` is described elsewhere."""
    stated = node.get("headers")
    request = Request("", "/", response.headers)
    for name, referenced in () if stated is None else stated.members():
        if name.lower() == "content-type":
            continue
        try:
            header = description.resolve(referenced)
        except UnresolvableReference:
            continue
        if isinstance(header.value, dict):
            read = parameter.header_parameter(name, header, description)
            raw = raw_parameters.split_request(request, {})
            yield from parameter_values.check((read,), raw)[1]


def _content(
    node: Node, description: Description, response: Response
) -> Iterator[Violation]:
    stated = node.get("content")
    content = {} if stated is None else dict(stated.members())
    if not content:
        return
    try:
        data = _decoded(response)
    except NotDecoded as error:
        yield error.violation
        return
    if not data:
        yield _violation("missing-body", "the documented content is missing", node)
        return
    written = response.headers.get("content-type")
    sent = None if written is None else media_types.parse(written)
    if sent is None:
        detail = f"the Content-Type {shown(written)} is not a media type"
        if written is None:
            detail = "the response has a body but no Content-Type"
        yield _media_type("missing-content-type", detail, node, content)
        return
    key = media_types.choose(dict.fromkeys(content), sent)
    if key is None:
        detail = (
            f"unexpected media type {sent.essence}; documented: {', '.join(content)}"
        )
        yield _media_type("media-type", detail, node, content)
        return
    try:
        media_type = description.resolve(content[key])
        schema = media_type.get("schema")
        shape = None
        if schema is not None:
            shape = Shape(Schema(schema, description, waived="readOnly"))
        described = MediaTypeObject(media_type, description, shape)
        yield from readers.read(described.payload(data, sent), media_type).violations
    except UnresolvableReference as error:
        yield not_checked(node, error)


def _decoded(response: Response) -> bytes:
    coding = response.headers.get("content-encoding")
    if coding is None or not response.body:
        return response.body
    return content_codings.decode(response.body, coding)


def _media_type(
    code: str, detail: str, node: Node, content: dict[str, Any]
) -> Violation:
    return Violation(
        location="media_type",
        name="Content-Type",
        code=code,
        detail=detail,
        schema=node.pointer,
        expected=list(content),
    )


def _violation(code: str, detail: str, node: Node) -> Violation:
    return Violation(
        location="body", pointer="#", code=code, detail=detail, schema=node.pointer
    )
