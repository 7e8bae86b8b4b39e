"""Sequential media types: bodies of one item after another (OAS 3.2.0 §4.8.14.5).

It decides where items begin and end: JSON Lines, JSON text sequences (RFC 7464),
server-sent events. It must not know other media types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cbmock.contract.bodies.payload import (
    ParsedBody,
    Payload,
    at_path,
    validate,
    violation,
)
from cbmock.contract.bodies.text import NotText, decode
from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.violations import Violation

_MOST_ITEMS = 100_000
_MOST_VIOLATIONS = 50
_UNREADABLE = object()


def read(payload: Payload) -> ParsedBody:
    """Read a sequence; validate each item by `itemSchema`, all of them by `schema`.

    Below 3.2, a schema that does not describe an array describes the first item.
    """
    # What remains ends with `json-seq` (RFC 7464, RFC 8091).
    split = _SPLITTERS.get(payload.media_type.essence, _records)
    found: list[Violation] = []
    items: list[Any] = []
    for item in split(payload.data, found):
        if len(items) == _MOST_ITEMS:
            detail = f"only the first {_MOST_ITEMS} items were checked"
            found.append(violation("unchecked", detail, severity="warning"))
            break
        items.append(item)
    held = _validate(payload, items)
    value = [None if item is _UNREADABLE else item for item in items]
    return ParsedBody(value, (*found[:_MOST_VIOLATIONS], *held[:_MOST_VIOLATIONS]))


def _validate(payload: Payload, items: list[Any]) -> tuple[Violation, ...]:
    """Validate the items; the unreadable ones have been reported already."""
    held: tuple[Violation, ...] = ()
    shape = payload.shape
    if shape is not None and _describes_all(payload, shape):
        if not any(item is _UNREADABLE for item in items):
            held = validate(shape.schema, items)
    elif shape is not None and items and items[0] is not _UNREADABLE:
        held = validate(shape.schema, items[0], at=(0,))
    for index, item in enumerate(items):
        if payload.items is None or len(held) > _MOST_VIOLATIONS:
            break
        if item is not _UNREADABLE:
            held += validate(payload.items.schema, item, at=(index,))
    return held


def _describes_all(payload: Payload, shape: Shape) -> bool:
    if payload.version.sequences or shape.kind == "array":
        return True
    return "array" in (shape.types or ())


# Regexes skip blanks faster than Python code; items are split off one at a time.
_LINE = re.compile(rb"\S[^\n]*")
_RECORD = re.compile(rb"[^\s\x1e][^\x1e]*")


def _lines(data: bytes, found: list[Violation]) -> Iterator[Any]:
    """Read each line that is not blank as JSON."""
    return _texts(_LINE.finditer(data), found)


def _records(data: bytes, found: list[Violation]) -> Iterator[Any]:
    """Read each text after a record separator as JSON (RFC 7464 §2)."""
    first = re.search(rb"\S", data)
    if first is not None and first[0] != b"\x1e":
        detail = "the sequence does not start with a record separator (RFC 7464 §2)"
        found.append(violation("syntax", detail))
    return _texts(_RECORD.finditer(data), found)


def _texts(texts: Iterator[re.Match[bytes]], found: list[Violation]) -> Iterator[Any]:
    for index, text in enumerate(texts):
        try:
            value, suspicious = json_text.read(text[0])
        except NotJSON as error:
            value, suspicious = _UNREADABLE, (error.violation,)
        if len(found) < _MOST_VIOLATIONS:
            found += at_path(suspicious, (index,))
        yield value


# A line that is not empty, its end, and the empty lines that end an event.
_FIELD = re.compile(r"(?P<line>[^\r\n]+)(?:\r\n|\n|\r|\Z)(?P<last>[\r\n]*)", re.ASCII)


def _events(data: bytes, found: list[Violation]) -> Iterator[Any]:
    """Read server-sent events (HTML §9.2.6): an object for each that has data."""
    try:
        text, suspicious = decode(data, None)
    except NotText as error:
        found.append(error.violation)
        return
    found += suspicious
    event: dict[str, Any] = {}
    lines: list[str] = []
    for field in _FIELD.finditer(text):
        name, _, value = field["line"].partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            lines.append(value)
        elif name == "event" or (name == "id" and "\0" not in value):
            event[name] = value
        elif name == "retry" and re.fullmatch(r"[0-9]{1,18}", value):
            event[name] = int(value)
        if field["last"]:
            if lines:
                yield {**event, "data": "\n".join(lines)}
            event, lines = {}, []
    if lines:
        detail = "the last event does not end with a blank line, so it is not an event"
        found.append(violation("unfinished-event", detail, severity="warning"))


_SPLITTERS: Mapping[str, Callable[[bytes, list[Violation]], Iterator[Any]]] = {
    **dict.fromkeys(
        (
            "application/json-lines",
            "application/jsonl",
            "application/jsonlines",
            "application/ndjson",
            "application/x-jsonlines",
            "application/x-ndjson",
        ),
        _lines,
    ),
    "application/json-seq": _records,
    "text/event-stream": _events,
}
MEDIA_TYPES = frozenset(_SPLITTERS)
"""The media types that are sequences, besides those with the suffix `+json-seq`."""
