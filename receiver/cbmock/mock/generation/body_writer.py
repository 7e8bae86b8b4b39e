"""Body writer: a value as the content of a message.

It decides how each media type writes a value. It must not know requests, responses or
schemas.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.mock.examples import ABSENT, as_json, as_text

if TYPE_CHECKING:
    from xml.etree import ElementTree as ET

FORM = "application/x-www-form-urlencoded"
_JSON = MediaType("application", "json")
_TEXT = MediaType("text", "plain")
_OCTETS = MediaType("application", "octet-stream")
_BOUNDARY = "part-of-a-sample"
# What may stand in neither a name (ASCII is enough here) nor a text of XML 1.0 §2.2, §2.3.
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")
_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(key: str, value: Any) -> tuple[str, bytes]:
    """Write a value as the media type `key` asks; return its Content-Type as well.

    A range becomes a type of its own; octets stay as they are, `ABSENT` is written as no
    content.
    """
    found = media_types.parse(key)
    if found is None or "*" in found.essence:
        found = _of_range(value)
        key = found.essence
    if value is ABSENT:
        return key, b""
    if isinstance(value, bytes):
        return key, value
    if found.is_json:
        return key, _encoded(as_json(value))
    if isinstance(value, dict) and found.essence == FORM:
        return key, _form(value)
    if isinstance(value, dict) and found.type == "multipart":
        return f"{found.essence}; boundary={_BOUNDARY}", _multipart(value)
    if found.subtype == "xml" or found.subtype.endswith("+xml"):
        return key, _xml(value)
    return key, _encoded(as_text(value))


def _of_range(value: Any) -> MediaType:
    if isinstance(value, bytes):
        return _OCTETS
    return _TEXT if isinstance(value, str) or value is ABSENT else _JSON


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _form(value: dict[str, Any]) -> bytes:
    """Write a form; arrays repeat their name (OAS 3.1.1 §4.8.15.1)."""
    pairs = [
        (name, as_text(each))
        for name, member in value.items()
        for each in (member if isinstance(member, list) else [member])
    ]
    return urlencode(pairs, errors="replace").encode()


def _multipart(value: dict[str, Any]) -> bytes:
    """Write one part for each property, an array's items apart (RFC 7578 §4.3)."""
    lines = []
    for name, member in value.items():
        for each in member if isinstance(member, list) else [member]:
            quoted = name.replace('"', "%22").replace("\r", "").replace("\n", "")
            lines += [
                f"--{_BOUNDARY}",
                f'Content-Disposition: form-data; name="{quoted}"',
            ]
            if isinstance(each, dict | list):
                lines.append("Content-Type: application/json")
            lines += ["", as_text(each)]
    return _encoded("\r\n".join([*lines, f"--{_BOUNDARY}--", ""]))


def _xml(value: Any) -> bytes:
    """Write a value as one element with others below it, in UTF-8."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - 10 ms, few need it

    text: bytes = ET.tostring(_element("value", value), encoding="utf-8")
    return text


def _element(name: str, value: Any) -> ET.Element:
    """Write properties as elements of their names; XML Objects are not looked at."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - (the same)

    tag = _NO_NAME.sub("_", name)
    element = ET.Element(tag if tag[:1].isalpha() else "_" + tag)
    if isinstance(value, dict):
        for key, member in value.items():
            listed = member if isinstance(member, list) else [member]
            element.extend(_element(key, each) for each in listed)
    elif isinstance(value, list):
        element.extend(_element("item", each) for each in value)
    elif value is not None:
        element.text = _NO_TEXT.sub("", as_text(value))
    return element
