"""The attributes of CloudEvents 1.0.2, in header fields and in JSON members.

It decides which attributes are required and how each is written. An event needs the
required ones; the document's schema decides about all others, so a value there that
CloudEvents does not allow is only a warning. It must not know modes or schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from cbmock.contract.bodies.event_mode import REQUIRED
from cbmock.contract.schemas import formats
from cbmock.description import json_pointer
from cbmock.http import media_types
from cbmock.http.messages import Headers, unquoted
from cbmock.violations import Severity, Violation, shown

_FORMATS = {"source": "uri-reference", "time": "date-time", "dataschema": "uri"}
_NOT_EMPTY = (*REQUIRED, "subject", "dataschema", "datacontenttype")
_KNOWN = frozenset({*_NOT_EMPTY, "time"})
_NEEDED = frozenset({*REQUIRED, "data_base64"})
"""What every receiver needs: which event it is, and its data."""
_NAME = re.compile(r"[a-z0-9]+")
_PRINTABLE = re.compile(rb"[\x20-\x7e\t]*")
_VERSION = "1.0"
_MOST = 2**31


def violation(
    detail: str,
    *,
    name: str | None = None,
    pointer: str | None = None,
    severity: Severity = "error",
    received: Any = None,
) -> Violation:
    """Return a violation of CloudEvents: at a member, or at a header field."""
    return Violation(
        location="header" if pointer is None else "body",
        name=name,
        pointer=pointer,
        code="cloudevents",
        detail=detail,
        severity=severity,
        received=received,
    )


# --- binary mode ---


def header_violations(headers: Headers) -> tuple[Violation, ...]:
    """Return what is wrong with the attributes in header fields (HTTP binding 3.1)."""
    found: list[Violation] = []
    values: dict[str, str] = {}
    for raw, octets in headers.raw:
        field = raw.decode("latin-1").lower()
        if not field.startswith("ce-"):
            continue
        name = field.removeprefix("ce-")
        if name == "datacontenttype":
            detail = (
                "in binary mode Content-Type says it; there is no ce-datacontenttype"
            )
            found.append(violation(detail, name=field, severity="warning"))
            continue
        try:
            values[name] = attribute(octets)
        except UnicodeDecodeError:
            detail = "the percent-encoded octets are not UTF-8"
            shown_value = octets.decode("latin-1")[:200]
            found.append(violation(detail, name=field, received=shown_value))
            values[name] = "?"
            continue
        if not _PRINTABLE.fullmatch(octets):
            detail = (
                "characters other than printable ASCII are percent-encoded as UTF-8 "
                "(the CloudEvents SDK for JavaScript does not)"
            )
            found.append(violation(detail, name=field, severity="warning"))
        elif name not in _KNOWN and values[name] in ("True", "False"):
            detail = f"{values[name]!r} is a text; a boolean is written in lower case"
            found.append(violation(detail, name=field, severity="info"))
    for name, detail in _wrong(values):
        field = f"ce-{name}"
        found.append(
            violation(
                detail,
                name=field,
                severity=_severity(name),
                received=values.get(name),
            )
        )
    return tuple(found)


def attribute(octets: bytes) -> str:
    """Read an attribute's header field (HTTP binding 3.1.3.2).

    It is unquoted first, then percent-decoded once. Raises `UnicodeDecodeError` if the
    result is not UTF-8.
    """
    text = octets.decode("latin-1").strip(" \t")
    text = unquoted(text)
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")


# --- structured mode ---


def member_violations(
    event: Mapping[str, Any], at: int | None = None
) -> tuple[Violation, ...]:
    """Return what is wrong with the attributes of an event in JSON; null is absent.

    `at` is the event's place in a batch.
    """
    start: tuple[str | int, ...] = () if at is None else (at,)

    def wrong(name: str, detail: str) -> Violation:
        pointer = json_pointer.fragment((*start, name))
        return violation(detail, name=name, pointer=pointer, severity=_severity(name))

    found: list[Violation] = []
    values: dict[str, str] = {}
    for name, value in event.items():
        if value is None or name in ("data", "data_base64"):
            continue
        if isinstance(value, str):
            values[name] = value
        elif name in _KNOWN:
            found.append(wrong(name, f"{name} must be a string, not {shown(value)}"))
            values[name] = "?"
        elif isinstance(value, dict | list):
            found.append(wrong(name, f"an attribute is not {_kind(value)}"))
            values[name] = "?"
        elif not isinstance(value, bool) and not _is_integer(value):
            found.append(wrong(name, f"{shown(value)} is not an integer of 32 bits"))
            values[name] = "?"
        else:
            values[name] = "?"
    named = {each.name for each in found}
    found += [wrong(*each) for each in _wrong(values) if each[0] not in named]
    if event.get("data") is not None and event.get("data_base64") is not None:
        found.append(wrong("data_base64", "data and data_base64 exclude each other"))
    encoded = event.get("data_base64")
    if encoded is not None and not (
        isinstance(encoded, str) and formats.fits("base64", encoded)
    ):
        found.append(wrong("data_base64", "data_base64 must be a base64 string"))
    return tuple(found)


def _is_integer(value: Any) -> bool:
    """Return whether a number has 32 bits; `range` would be gone through for a float."""
    return bool(-_MOST <= value < _MOST and value == int(value))


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "an array"


# --- both ---


def _severity(name: str) -> Severity:
    return "error" if name in _NEEDED else "warning"


def _wrong(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names of invalid attributes, each with a sentence on what is wrong."""
    for name in REQUIRED:
        if name not in values:
            yield name, f"{name} is missing, which every event has"
    for name, value in values.items():
        if not value and name in _NOT_EMPTY:
            yield name, f"{name} must not be empty"
        elif name == "specversion" and value not in (_VERSION, "?"):
            yield name, f"specversion {value[:50]!r} is not known; it is '{_VERSION}'"
        elif name in _FORMATS and value != "?" and not _fits(name, value):
            row = formats.FORMATS[_FORMATS[name]]
            hint = row.hint(value)
            because = f": {hint}" if hint else ""
            yield name, f"{shown(value)} is not {row.noun}{because}"
        elif (
            name == "datacontenttype" and value != "?" and not media_types.parse(value)
        ):
            yield name, f"{shown(value)} is not a media type"
        elif not _NAME.fullmatch(name):
            yield name, f"{name[:50]!r} is not an attribute name: only a-z and 0-9"


def _fits(name: str, value: str) -> bool:
    return formats.fits(_FORMATS[name], value)
