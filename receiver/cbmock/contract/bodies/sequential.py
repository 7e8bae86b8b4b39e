"""Sequences: bodies of one item after another (OAS 3.2.0 §4.8.14.5).

It decides where items begin and end: JSON Lines, RFC 7464 texts, server-sent events. It
must not know other media types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from cbmock.contract.bodies.payload import Payload, Reading, against, moved, violation
from cbmock.contract.bodies.text import NotText, decode
from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.http.media_types import MediaType
from cbmock.violations import Violation

_LINES = frozenset(
    {
        "application/json-lines",
        "application/jsonl",
        "application/jsonlines",
        "application/ndjson",
        "application/x-jsonlines",
        "application/x-ndjson",
    }
)
_MOST_ITEMS = 100_000
_MOST_VIOLATIONS = 50
_UNREADABLE = object()


def fits(media_type: MediaType) -> bool:
    """Tell whether bodies of a type are sequences."""
    return _cut(media_type) is not None


def _cut(
    media_type: MediaType,
) -> Callable[[bytes, list[Violation]], Iterator[Any]] | None:
    if media_type.essence in _LINES:
        return _lines
    if media_type.essence == "application/json-seq":
        return _records
    if media_type.subtype.endswith("+json-seq"):
        return _records
    return _events if media_type.essence == "text/event-stream" else None


def read(payload: Payload) -> Reading:
    """Read a sequence, each item held against `itemSchema`, all against `schema`.

    Below 3.2, a schema that is no array's is about the first item.
    """
    cut = _cut(payload.media_type)
    assert cut is not None
    found: list[Violation] = []
    items: list[Any] = []
    for item in cut(payload.data, found):
        if len(items) == _MOST_ITEMS:
            detail = f"only the first {_MOST_ITEMS} items were checked"
            found.append(violation("unchecked", detail, severity="warning"))
            break
        items.append(item)
    held = _held(payload, items)
    value = [None if item is _UNREADABLE else item for item in items]
    return Reading(value, (*found[:_MOST_VIOLATIONS], *held[:_MOST_VIOLATIONS]))


def _held(payload: Payload, items: list[Any]) -> tuple[Violation, ...]:
    """Hold the items against what is said about them; the unreadable are told already."""
    held: tuple[Violation, ...] = ()
    shape = payload.shape
    if shape is not None and _about_all(payload, shape):
        if not any(item is _UNREADABLE for item in items):
            held = against(shape.schema, items)
    elif shape is not None and items and items[0] is not _UNREADABLE:
        held = against(shape.schema, items[0], at=(0,))
    for index, item in enumerate(items):
        if payload.items is None or len(held) > _MOST_VIOLATIONS:
            break
        if item is not _UNREADABLE:
            held += against(payload.items.schema, item, at=(index,))
    return held


def _about_all(payload: Payload, shape: Shape) -> bool:
    if payload.version.sequences or shape.kind == "array":
        return True
    return "array" in (shape.types or ())


# Whatever is blank is passed over at the speed of C, and nothing is cut in advance.
_LINE = re.compile(rb"\S[^\n]*")
_RECORD = re.compile(rb"[^\s\x1e][^\x1e]*")


def _lines(data: bytes, found: list[Violation]) -> Iterator[Any]:
    """Read each line that is not blank as JSON."""
    return _texts(_LINE.finditer(data), found)


def _records(data: bytes, found: list[Violation]) -> Iterator[Any]:
    """Read each text behind a record separator as JSON (RFC 7464 §2)."""
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
            found += moved(suspicious, (index,))
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
        detail = "the last event does not end with a blank line, and does not count"
        found.append(violation("incomplete", detail, severity="warning"))
