"""Fast check: True if a JSON body certainly has no violations.

Whatever it does not accept is read and checked in full. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jiter

from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.http import plain_json
from cbmock.http.media_types import MediaType
from cbmock.http.plain_json import NotPlain

FastCheck = Callable[[bytes], bool]
"""True if a body certainly has no violations; False means that it must be read."""


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

    Texts that could be written in several ways are read by jiter, which is slower, keeps
    decimals exact and refuses repeated names.
    """
    try:
        return plain_json.read(data)
    except NotPlain:
        return jiter.from_json(
            data,
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=True,
            float_mode="decimal",
        )


def _anything(_value: object) -> bool:
    return True
