"""Fast check: True if the value of a JSON body certainly has no violations.

Whatever it does not accept is read and checked in full. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jiter

from cbmock.contract.schemas.schema import Schema
from cbmock.errors import UnresolvableReference
from cbmock.http.media_types import MediaType

FastCheck = Callable[[Any], bool]
"""True if a body of this value certainly has no violations; else it is checked in full."""


def fast_check_of(schema: Schema | None, media_type: MediaType) -> FastCheck | None:
    """Return the fast check for a media type and schema; None if they have none."""
    if not media_type.is_json or media_type.charset not in (None, "utf-8"):
        return None
    try:
        return _anything if schema is None else schema.fast_check
    except UnresolvableReference:
        return None


def exact_value(data: bytes) -> Any:
    """Return the value of a JSON text that is not plain; raises `ValueError` if unclear.

    jiter is slower, keeps decimals exact and refuses repeated names.
    """
    return jiter.from_json(
        data,
        allow_inf_nan=False,
        cache_mode="keys",
        catch_duplicate_keys=True,
        float_mode="decimal",
    )


def _anything(_value: object) -> bool:
    return True
