"""Fast check: True if a JSON body certainly has no violations.

Whatever it does not accept is read and checked in full. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jiter
import orjson

from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.http.media_types import MediaType

FastCheck = Callable[[bytes], bool]
"""True if a body certainly has no violations; False means that it must be read."""

_SPACE = b" \t\r\n"


def fast_check_of(schema: Schema | None, media_type: MediaType) -> FastCheck | None:
    """Return the fast check for a media type and schema; None if they have none."""
    if not media_type.is_json or media_type.charset not in (None, "utf-8"):
        return None
    try:
        accepts = _anything if schema is None else schema.fast_check
    except UnresolvableReference:
        return None
    if accepts is None:
        return None

    def fast_check(data: bytes) -> bool:
        try:
            return accepts(_value(data))
        except ValueError:
            return False

    return fast_check


def _value(data: bytes) -> Any:
    """Return the value of an unambiguous JSON text; raises `ValueError` for others.

    orjson drops repeated names and turns long integers into floats; if its output equals
    its input, nothing was lost. Texts that could be written in several ways are read by
    jiter, which is slower, keeps decimals exact and refuses repeated names.
    """
    if b"\\" not in data or not _has_optional_escapes(data):
        try:
            value = orjson.loads(data)
            again = orjson.dumps(value)
            lossless = again == data or _is_same(again, data)
        except (
            ValueError,
            TypeError,
        ):  # not JSON for orjson, or nested too deeply for it
            lossless = False
        if lossless:
            return value
    return jiter.from_json(
        data,
        allow_inf_nan=False,
        cache_mode="keys",
        catch_duplicate_keys=True,
        float_mode="decimal",
    )


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


def _anything(_value: object) -> bool:
    return True
