"""Contents: a value as the content of a message.

It decides how each media type writes a value. It must not know requests, responses or
schemas.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.mock.examples import ABSENT

FORM = "application/x-www-form-urlencoded"
_JSON = MediaType("application", "json")
_TEXT = MediaType("text", "plain")
_OCTETS = MediaType("application", "octet-stream")
# What stands in neither a name (ASCII is enough here) nor a text of XML 1.0 §2.2, §2.3.
_BOUNDARY = "part-of-a-sample"


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
        return key, _encoded(_json(value))
    if isinstance(value, dict) and found.essence == FORM:
        return key, _form(value)
    if isinstance(value, dict) and found.type == "multipart":
        return f"{found.essence}; boundary={_BOUNDARY}", _multipart(value)
    if found.subtype == "xml" or found.subtype.endswith("+xml"):
        from cbmock.mock.generation import elements  # noqa: PLC0415 - 10 ms, few need it

        return key, elements.written(value)
    return key, _encoded(plain(value))


def _of_range(value: Any) -> MediaType:
    if isinstance(value, bytes):
        return _OCTETS
    return _TEXT if isinstance(value, str) or value is ABSENT else _JSON


def plain(value: Any) -> str:
    """Write a value where there is nothing but text: a string stays as it is."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _form(value: dict[str, Any]) -> bytes:
    """Write a form; arrays repeat their name (OAS 3.1.1 §4.8.15.1)."""
    pairs = [
        (name, plain(each))
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
            lines += ["", plain(each)]
    return _encoded("\r\n".join([*lines, f"--{_BOUNDARY}--", ""]))
