"""The body of a trigger's request or response, as the value that expressions read.

It decides how a body is read: all media types that the mock checks, with the types of
the documented schema. It must not know keys or what an expression is for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from cbmock.contract.bodies import form_fields, readers, request_body, sequential
from cbmock.contract.bodies.payload import Payload
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description import json_pointer
from cbmock.description.operations import Parent
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import content_codings, json_text, media_types
from cbmock.http.content_codings import NotDecoded
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.http.messages import Request, Response

UNDEFINED = object()
"""The value of an expression that finds nothing."""


@dataclass(frozen=True, slots=True)
class MessageBody:
    """The value of a body.

    `text` is the whole body as text, or its JSON value. `values` are the readings in
    which pointers are looked up, the documented one first; `is_form` says that they
    are the fields of a form. `unread` says why there is no reading although a body was
    sent.
    """

    text: Any = UNDEFINED
    values: tuple[Any, ...] = ()
    is_form: bool = False
    unread: str | None = None

    def at(self, tokens: json_pointer.Tokens | None) -> Any:
        """Return the value at a pointer (the body without one), or `UNDEFINED`.

        A file of text is that text; any other file is its bytes.
        """
        if not tokens:
            return self.values[0] if self.values else self.text
        return next((_text(each) for each in self._found(tokens)), UNDEFINED)

    def _found(self, tokens: json_pointer.Tokens) -> Iterator[Any]:
        for value in self.values:
            for pointer in _spellings(tokens):
                with contextlib.suppress(LookupError):
                    yield json_pointer.lookup(value, pointer)
        for value in self.values if self.is_form else ():
            with contextlib.suppress(LookupError):
                yield form_fields.lookup(value, tokens)


def _text(value: Any) -> Any:
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def read_request(
    request: Request, parent: Parent, description: Description
) -> MessageBody:
    """Read the body of a request to the parent operation."""
    try:
        body = request_body.request_body_of(parent.node, request.method, description)
    except UnresolvableReference:
        body = None
    return _read(request, body)


def read_response(
    response: Response, parent: Parent, description: Description
) -> MessageBody:
    """Read the body of a response of the parent operation."""
    status = str(response.status)
    documented = parent.node.get("responses")
    for code in (status, f"{status[0]}XX", f"{status[0]}xx", "default"):
        found = None if documented is None else documented.get(code)
        if found is not None:
            return _read(response, _content(found, description))
    return _read(response, None)


def _content(response: Node, description: Description) -> RequestBody | None:
    try:
        node = description.resolve(response)
        content = request_body.schemas_of(node, description)
    except UnresolvableReference:
        return None
    return RequestBody(
        required=False, content=content, node=node, description=description
    )


def _read(message: Request | Response, documented: RequestBody | None) -> MessageBody:
    data = _decoded(message)
    if not data:
        return MessageBody()
    stated = message.headers.get("content-type") or ""
    sent = media_types.parse(stated)
    if sent is None or sent.is_json:
        return _json(data, sent)
    text = data.decode("utf-8", "replace")
    if not _is_structured(sent):
        return MessageBody(
            text, unread=f"the body is {sent.essence}, which is not read"
        )
    values = tuple(_readings(data, sent, documented))
    if not values:
        return MessageBody(text, unread=f"the body is not valid {sent.essence}")
    return MessageBody(text, values, sent.is_form)


def _decoded(message: Request | Response) -> bytes:
    """Remove the content coding, unless the client has already done so."""
    coding = message.headers.get("content-encoding")
    if coding is None or not message.body:
        return message.body
    try:
        return content_codings.decode(message.body, coding)
    except NotDecoded:
        return message.body


def _json(data: bytes, sent: MediaType | None) -> MessageBody:
    try:
        value, _ = json_text.read(data, charset=None if sent is None else sent.charset)
    except NotJSON:
        kind = "has no Content-Type" if sent is None else f"is {sent.essence}"
        text = data.decode("utf-8", "replace")
        return MessageBody(text, unread=f"the body {kind} and is not valid JSON")
    return MessageBody(value, (value,))


def _is_structured(sent: MediaType) -> bool:
    """Return whether a body has members that a JSON Pointer can name.

    A form is an object of its fields, a sequence an array of its items. XML has none:
    only its schema says how it becomes properties, and OpenAPI defines pointers for
    JSON only.
    """
    return sent.is_form or readers.reader(sent) is sequential.read


def _readings(
    data: bytes, sent: MediaType, documented: RequestBody | None
) -> Iterator[Any]:
    """Yield the body with the types of its schema, then without a schema."""
    key = None if documented is None else media_types.choose(documented.content, sent)
    payloads = [Payload(data=data, media_type=sent)]
    try:
        if documented is not None and key is not None:
            payloads.insert(0, documented.media_type_object(key).payload(data, sent))
        for payload in payloads:
            value = readers.reader(sent)(payload).value
            if value is not None:
                yield value
    except UnresolvableReference:
        yield from _readings(data, sent, None)


def _spellings(tokens: json_pointer.Tokens) -> Iterator[json_pointer.Tokens]:
    """Yield the readings of a pointer, the most literal one first.

    They are the pointer as written, percent-decoded, and split at `.`.
    """
    yield from dict.fromkeys(
        (
            tokens,
            tuple(map(unquote, tokens)),
            tuple(part for token in tokens for part in token.split(".")),
        )
    )
