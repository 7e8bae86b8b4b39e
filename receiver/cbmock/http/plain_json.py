"""Plain JSON: texts that can be written in one way only are read much faster.

It decides for which texts nothing is lost by the faster reader. It must not know what is
wrong with the others.
"""

from __future__ import annotations

from typing import Any

import orjson

_SPACE = b" \t\r\n"


class NotPlain(ValueError):
    """The text has to be read by a reader that is slower and more exact."""


def read(data: bytes) -> Any:
    """Return the value of an unambiguous JSON text in UTF-8; `NotPlain` for others.

    orjson drops repeated names and turns long integers into floats; if its output equals
    its input, nothing was lost.
    """
    kept = _kept.get(id(data))
    if kept is not None:
        return kept[1]
    if b"\\" in data and _has_optional_escapes(data):
        raise NotPlain
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value)
    except (ValueError, TypeError):  # not JSON for orjson, or nested too deeply for it
        raise NotPlain from None
    if again == data or _is_same(again, data):
        return value
    raise NotPlain


def _has_optional_escapes(data: bytes) -> bool:
    """Return whether a text may contain escapes that JSON does not require."""
    return b"\\u" in data or b"\\/" in data


def _is_same(text: bytes, other: bytes) -> bool:
    """Return whether two texts are equal except for white space.

    White space inside strings need not be compared: one text was made from the other.
    """
    return len(text) < len(other) and (
        text.translate(None, _SPACE) == other.translate(None, _SPACE)
    )


_MOST_KEPT, _LARGE, _LARGEST_KEPT = 16, 2**16, 2**20
_kept: dict[int, tuple[bytes, Any]] = {}
"""Texts and their values, by the ids of the texts: no other text has one meanwhile."""


def keep(data: bytes, value: Any) -> None:
    """Keep the value of a text that is read again soon; nobody may change the value."""
    if len(_kept) >= _MOST_KEPT or len(data) > _LARGE:
        _kept.clear()
    if len(data) <= _LARGEST_KEPT:
        _kept[id(data)] = data, value
