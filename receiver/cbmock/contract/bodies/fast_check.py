"""Glances: whether there is nothing to say about a body, told faster than by reading it.

It decides for JSON alone, and only that a body is beyond doubt: whatever it does not take
is read with care. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.http.media_types import MediaType

Glance = Callable[[bytes], bool]
"""Tells whether nothing is wrong or odd about a body; False means that it must be read."""

_SPACE = b" \t\r\n"


def of(schema: Schema | None, media_type: MediaType) -> Glance | None:
    """Return the glance at bodies of a type and schema; None where only reading tells."""
    if not media_type.is_json or media_type.charset not in (None, "utf-8"):
        return None
    try:
        takes = _anything if schema is None else schema.decides
    except UnresolvableReference:
        return None
    if takes is None:
        return None

    def glance(data: bytes) -> bool:
        try:
            return takes(_value(data))
        except ValueError:
            return False

    return glance


def _value(data: bytes) -> Any:
    """Return the value of a text about which nothing is odd; `ValueError` for others.

    The faster reader loses repeated names, and makes floats of long integers. Where it
    writes again what it has read, nothing was lost. Of texts that may be written in more
    than one way the slower one tells: it keeps decimals exact.
    """
    if b"\\" not in data or not _has_idle_escapes(data):
        try:
            value = orjson.loads(data)
            again = orjson.dumps(value)
            lossless = again == data or _is_same(again, data)
        except (ValueError, TypeError):  # no JSON to it, or too deep to be written
            lossless = False
        if lossless:
            return value
    import jiter  # noqa: PLC0415 - few bodies need it

    return jiter.from_json(
        data,
        allow_inf_nan=False,
        cache_mode="keys",
        catch_duplicate_keys=True,
        float_mode="decimal",
    )


def _has_idle_escapes(data: bytes) -> bool:
    """Tell whether a text has escapes that it could do without."""
    return b"\\u" in data or b"\\/" in data


def _is_same(text: bytes, other: bytes) -> bool:
    """Tell whether two texts differ in nothing but white space.

    White space in strings is not looked at: it is the same in both by their making.
    """
    return len(text) < len(other) and (
        text.translate(None, _SPACE) == other.translate(None, _SPACE)
    )


def _anything(_value: object) -> bool:
    return True
