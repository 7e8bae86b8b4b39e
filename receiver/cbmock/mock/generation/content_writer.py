"""Content writer: a value as content of one media type, except multipart.

It decides how each media type writes a value, and which type stands for a range. It must
not know multipart bodies, or how values are made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cbmock.contract.bodies import sequential
from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.mock.examples import ABSENT, as_json, as_text
from cbmock.mock.generation import form_writer

FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_TEXT = "text/plain"
_OCTETS = "application/octet-stream"

# The type to send for a range, if the value itself suggests none.
_OF_RANGES = {
    "audio/*": "audio/mpeg",
    "image/*": "image/png",
    "multipart/*": "multipart/form-data",
    "text/*": _TEXT,
    "video/*": "video/mp4",
}


def write_content(
    key: str, value: Any, shape: Shape | None = None
) -> tuple[str, bytes]:
    """Write a value as the media type `key` asks; return its Content-Type as well.

    A range becomes a type within it; bytes stay as they are, `ABSENT` is written as no
    content. A text is already content for media types that are not JSON (OAS 3.1.1
    §4.8.19): XML, or the lines of a sequence. `shape` is the schema.
    """
    key, found = concrete(key, value)
    if value is ABSENT:
        return key, b""
    if isinstance(value, bytes):
        return key, value
    if is_sequential(found):
        return key, _sequence(found, value)
    if found.is_json:
        return key, _encoded(as_json(value))
    if isinstance(value, dict) and found.essence == FORM:
        return key, form_writer.write_form(value, {})
    if is_xml(found):
        from cbmock.mock.generation import xml_writer  # noqa: PLC0415 - 10 ms, few need it

        return key, xml_writer.write_xml(value, shape)
    return key, _encoded(as_text(value))


def concrete(key: str, value: Any) -> tuple[str, MediaType]:
    """Return a media type as it is written and read; of a range, one within it."""
    found = media_types.parse(key)
    if found is None or "*" in found.essence:
        key = _of_range("*/*" if found is None else found.essence, value)
        found = media_types.parse(key)
    return key, found or MediaType("text", "plain")


def is_xml(media_type: MediaType) -> bool:
    """Return whether bodies of a media type are XML (RFC 7303)."""
    return media_type.subtype == "xml" or media_type.subtype.endswith("+xml")


def is_sequential(media_type: MediaType) -> bool:
    """Return whether bodies of a media type are one item after another."""
    return media_type.essence in sequential.MEDIA_TYPES or media_type.subtype.endswith(
        "+json-seq"
    )


def _of_range(media_range: str, value: Any) -> str:
    """Return a concrete type within a range, as the value suggests."""
    by_value = _JSON
    if isinstance(value, bytes):
        by_value = _OCTETS
    elif isinstance(value, str) or value is ABSENT:
        by_value = _TEXT
    kind, _, subtype = media_range.partition("/")
    suffix = subtype.removeprefix("*")
    # RFC 4735 registers `example` for every type.
    possible = (by_value, _JSON, _OF_RANGES.get(media_range), f"{kind}/example{suffix}")
    for each in filter(None, possible):
        parsed = media_types.parse(each)
        if parsed is not None and media_types.specificity(media_range, parsed):
            return each
    return by_value


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


# --- sequences (OAS 3.2.0 §4.14.3) ------------------------------------------------------


def _sequence(media_type: MediaType, value: Any) -> bytes:
    """Write each item of a list in its frame; any other value is the only item."""
    if isinstance(value, str):
        return _encoded(value)
    items = value if isinstance(value, list) else [value]
    if media_type.essence == "text/event-stream":
        return _encoded("".join(map(_event, items)))
    if media_type.subtype.endswith("json-seq"):
        return _encoded("".join(f"\x1e{as_json(each)}\n" for each in items))
    return _encoded("".join(f"{as_json(each)}\n" for each in items))


_FIELDS = ("event", "id", "retry", "data")


def _event(item: Any) -> str:
    """Write a server-sent event (HTML §9.2.6); any other value becomes its data."""
    event = item if isinstance(item, dict) and "data" in item else {"data": item}
    fields = ((name, as_text(event[name])) for name in _FIELDS if name in event)
    lines = (f"{name}: {line}" for name, text in fields for line in _lines(text))
    return "\n".join(lines) + "\n\n"


def _lines(text: str) -> Iterable[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
