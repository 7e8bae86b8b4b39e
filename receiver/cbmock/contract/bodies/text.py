"""Text bodies: bytes decoded to characters, and the value of the text.

It decides how bytes are decoded. It must not know what the text means.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from cbmock.contract.bodies.payload import ParsedBody, Payload, validate, violation
from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import json_text
from cbmock.violations import Violation


class NotText(ValueError):
    """The bytes are not valid in their charset; `violation` says which."""

    def __init__(self, violation: Violation) -> None:
        """Keep the violation."""
        super().__init__(violation.detail)
        self.violation = violation


def decode(data: bytes, charset: str | None) -> tuple[str, tuple[Violation, ...]]:
    """Return the text without a byte order mark, and warnings.

    An unknown charset is read as UTF-8.
    """
    encoding = json_text.encoding(charset)
    found: tuple[Violation, ...] = ()
    if encoding is None:
        detail = f"the charset {str(charset)[:40]!r} is unknown, read as UTF-8"
        found = (violation("charset", detail, severity="warning"),)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        detail = json_text.undecodable(error)
        raise NotText(violation("encoding", detail)) from None
    return text.removeprefix("\ufeff"), found


def read(payload: Payload) -> ParsedBody:
    """Read text, typed by its schema (OAS 3.2.0 §4.8.14.8).

    Where only an object or an array is documented it is read as JSON: Amazon SNS sends
    JSON as text/plain.
    """
    try:
        text, found = decode(payload.data, payload.media_type.charset)
    except NotText as error:
        return ParsedBody(None, (error.violation,))
    if payload.shape is None:
        return ParsedBody(text, found)
    value, suspicious = _typed(text, payload.shape)
    found += suspicious
    return ParsedBody(value, found + validate(payload.shape.schema, value))


def _typed(text: str, shape: Shape) -> tuple[Any, tuple[Violation, ...]]:
    if shape.kind is not None:
        with suppress(json_text.NotJSON):
            # UTF-7 can hold half a surrogate pair, which is no JSON either.
            return json_text.read(text.encode(errors="surrogatepass"))
    return shape.candidates(text)[0], ()
