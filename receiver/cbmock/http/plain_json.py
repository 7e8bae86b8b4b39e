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
    kept = _kept.values.get(id(data))
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


class _KeptValues:
    """Texts and their values, by the ids of the texts: no other text has one meanwhile."""

    def __init__(self) -> None:
        self.values: dict[int, tuple[bytes, Any, object]] = {}
        self._bytes = 0

    def add(self, data: bytes, value: Any, refused_by: object) -> None:
        """Keep a value; all others go if they are too many."""
        size = len(data)
        if id(data) in self.values or size > _MOST_BYTES:
            return
        if len(self.values) >= _MOST_KEPT or self._bytes + size > _MOST_BYTES:
            self.values.clear()
            self._bytes = 0
        self.values[id(data)] = data, value, refused_by
        self._bytes += size

    def drop(self, data: bytes) -> None:
        """Let the value go."""
        if self.values.pop(id(data), None) is not None:
            self._bytes -= len(data)


_MOST_KEPT, _MOST_BYTES = 128, 2**20
"""More than requests are checked together."""
_kept = _KeptValues()


def keep(data: bytes, value: Any, refused_by: object = None) -> None:
    """Keep the value of a text that is read again soon; nobody may change the value.

    `refused_by` is what has found it invalid, if anything has.
    """
    _kept.add(data, value, refused_by)


def refused_by(data: bytes) -> object:
    """Return what has found the value of a text invalid, if the value is kept."""
    kept = _kept.values.get(id(data))
    return None if kept is None else kept[2]


def forget(data: bytes) -> None:
    """Do not keep the value of a text any longer: the next is read into its memory."""
    _kept.drop(data)
