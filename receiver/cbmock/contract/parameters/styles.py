"""Styles: the raw text of a parameter, split into its items or properties.

It decides where each style (OAS 3.1.1 §4.8.12.2) puts its delimiters. It must not know
schemas or requests. What it returns is still percent-encoded: a percent-encoded delimiter
does not delimit (OAS 3.2.0 Appendix C).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cbmock.violations import shown


@dataclass(frozen=True, slots=True)
class Delimiter:
    """How a style delimits: as it is written, as it is read, and in words."""

    written: str
    read: re.Pattern[str]
    words: str


DELIMITERS: Mapping[str, Delimiter] = {
    "spaceDelimited": Delimiter("%20", re.compile(r"%20|\+| "), "a space"),
    "pipeDelimited": Delimiter("%7C", re.compile(r"%7C|\|", re.IGNORECASE), "|"),
}
"""The styles whose delimiter is percent-encoded (OAS 3.2.0 Appendix E)."""
_SEPARATOR = {"label": ".", "matrix": ";"}


class NotInStyle(ValueError):
    """A text is not written in its parameter's style; the message says why."""


def scalar(style: str, name: str, text: str) -> str:
    """Remove the prefix of a style."""
    if style == "label":
        return _after(".", text)
    if style == "matrix":
        return "" if text == f";{name}" else _after(f";{name}=", text)
    return text


def items(style: str, name: str, text: str, *, explode: bool) -> list[str]:
    """Split the text of an array."""
    if style == "matrix" and explode:
        plain = _after(";", text)
        parts = plain.split(";") if plain else []
        return [scalar(style, name, f";{part}") for part in parts]
    plain = scalar(style, name, text)
    if not plain:
        return []
    if style in DELIMITERS:
        return DELIMITERS[style].read.split(plain)
    # `.a.b` is what 3.0.0-3.0.3 and 3.1.0 print for `.a,b`.
    dotted = style == "label" and (explode or "," not in plain)
    return plain.split("." if dotted else ",")


def pairs(style: str, name: str, text: str, *, explode: bool) -> list[tuple[str, str]]:
    """Split the text of an object into names and values."""
    if not explode:
        flat = items(style, name, text, explode=False)
        if len(flat) % 2:
            raise NotInStyle(f"{shown(text)} is not a list of names and values")
        return list(zip(flat[::2], flat[1::2], strict=True))
    separator = _SEPARATOR.get(style, ",")
    plain = _after(separator, text) if style in _SEPARATOR else text
    found = []
    for part in plain.split(separator) if plain else []:
        key, equals, value = part.partition("=")
        if not equals:
            raise NotInStyle(f"{shown(text)} is not a list of names and values")
        found.append((key, value))
    return found


def _after(prefix: str, text: str) -> str:
    if not text:
        return ""  # an empty value is empty (OAS 3.2.1 §4.12.6)
    if not text.startswith(prefix):
        raise NotInStyle(f"{shown(text)} does not start with {prefix!r}")
    return text[len(prefix) :]
