"""Glances: whether there is nothing to say about a body, told faster than by reading it.

It decides for JSON alone, and only that a body is beyond doubt: whatever it does not take
is read with care. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Callable

import jiter

from receiver.contract.media_types import MediaType
from receiver.contract.schemas import Schema
from receiver.errors import UnresolvableReference

Glance = Callable[[bytes], bool]
"""Tells whether nothing is wrong or odd about a body; False means that it must be read."""


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
            # Repeated names, lone surrogates and deep texts raise; decimals are exact, so
            # that what no float can hold is not taken for another number.
            value = jiter.from_json(
                data,
                allow_inf_nan=False,
                cache_mode="keys",
                catch_duplicate_keys=True,
                float_mode="decimal",
            )
        except ValueError:
            return False
        return takes(value)

    return glance


def _anything(_value: object) -> bool:
    return True
