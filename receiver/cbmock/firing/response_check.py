"""A receiver's response against the documented ones.

It decides whether status, media type, headers and content are documented (OAS 3.1.1
§4.8.16, §4.8.17). It must not know how the request was made or sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cbmock.contract.bodies import readers
from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.bodies.payload import not_checked
from cbmock.contract.parameters import parameter, parameter_values, raw_parameters
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.operations import Operation
from cbmock.description.references import Description, Node, NodePlace
from cbmock.errors import UnresolvableReference
from cbmock.http import content_codings, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.messages import Request, Response
from cbmock.violations import Violation, shown

_WITHOUT_CONTENT = (204, 205, 304)


_MOST_REMEMBERED = 1024
_LARGEST_REMEMBERED = 65_536

_ResponseKey = tuple[int, int, tuple[tuple[bytes, bytes], ...], bytes]


@dataclass(frozen=True, slots=True)
class ResponseCheck:
    """Judges the responses of one description; never raises.

    The result for an equal response is cached, because receivers answer most deliveries
    in the same way. The cache changes no result.
    """

    description: Description
    _known: dict[_ResponseKey, tuple[Violation, ...]] = field(
        default_factory=dict, init=False
    )
    _media_types: dict[NodePlace, MediaTypeObject] = field(
        default_factory=dict, init=False
    )

    def check(self, operation: Operation, response: Response) -> tuple[Violation, ...]:
        """Return the violations of a response."""
        raw = response.headers.raw
        fields = tuple([pair for pair in raw if pair[0].lower() != b"date"])
        key = id(operation), response.status, fields, response.body
        found = self._known.get(key)
        if found is None:
            found = tuple(self._found(operation, response))
            if len(response.body) <= _LARGEST_REMEMBERED:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = found
        return found

    def _found(self, operation: Operation, response: Response) -> Iterator[Violation]:
        responses = None if operation.node is None else operation.node.get("responses")
        codes = (
            {} if responses is None else {c.lower(): n for c, n in responses.members()}
        )
        codes = {
            code: node for code, node in codes.items() if not code.startswith("x-")
        }
        if not codes:
            return
        status = str(response.status)
        for code in (status, f"{status[0]}xx", "default"):
            if code in codes:
                yield from self._documented(codes[code], response)
                return
        yield Violation(
            location="url",
            code="undocumented-response",
            detail=f"the response {status} is not documented; documented: {', '.join(codes)}",
            schema=None if responses is None else responses.pointer,
            expected=list(codes),
            received=response.status,
        )

    def _documented(self, referenced: Node, response: Response) -> Iterator[Violation]:
        try:
            node = self.description.resolve(referenced)
        except UnresolvableReference as error:
            yield not_checked(referenced, error)
            return
        yield from _headers(node, self.description, response)
        if response.status not in _WITHOUT_CONTENT:
            yield from self._content(node, response)

    def _content(self, node: Node, response: Response) -> Iterator[Violation]:
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
            detail = f"unexpected media type {sent.essence}; documented: {', '.join(content)}"
            yield _media_type("media-type", detail, node, content)
            return
        try:
            described = self._described(content[key])
            yield from readers.read(
                described.payload(data, sent), described.node
            ).violations
        except UnresolvableReference as error:
            yield not_checked(node, error)

    def _described(self, referenced: Node) -> MediaTypeObject:
        """Return a prepared Media Type Object; each is made once."""
        media_type = self.description.resolve(referenced)
        found = self._media_types.get(media_type.place)
        if found is None:
            schema = media_type.get("schema")
            shape = None
            if schema is not None:
                shape = Shape(Schema(schema, self.description, waived="readOnly"))
            found = MediaTypeObject(media_type, self.description, shape)
            self._media_types[media_type.place] = found
        return found


def check(
    operation: Operation, description: Description, response: Response
) -> tuple[Violation, ...]:
    """Return the violations of one response; never raises."""
    return ResponseCheck(description).check(operation, response)


def _headers(
    node: Node, description: Description, response: Response
) -> Iterator[Violation]:
    """Check headers like parameters, except `Content-Type`, which `content` describes."""
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
