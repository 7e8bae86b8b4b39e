"""Elements: a value as an XML text.

It decides how properties are named as elements. It must not know media types.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from cbmock.mock.generation.body_writer import plain

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")
_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(value: Any) -> bytes:
    """Write a value as one element with others below it, in UTF-8."""
    text: bytes = ET.tostring(_element("value", value), encoding="utf-8")
    return text


def _element(name: str, value: Any) -> ET.Element:
    """Write properties as elements of their names; XML Objects are not looked at."""
    tag = _NO_NAME.sub("_", name)
    element = ET.Element(tag if tag[:1].isalpha() else "_" + tag)
    if isinstance(value, dict):
        for key, member in value.items():
            listed = member if isinstance(member, list) else [member]
            element.extend(_element(key, each) for each in listed)
    elif isinstance(value, list):
        element.extend(_element("item", each) for each in value)
    elif value is not None:
        element.text = _NO_TEXT.sub("", plain(value))
    return element
