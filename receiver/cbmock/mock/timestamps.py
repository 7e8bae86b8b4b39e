"""Times as records write them.

It must not know what happened at a time.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache


def timestamp(seconds: float) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds."""
    part, whole = math.modf(seconds)
    more, micros = divmod(round(part * 1e6), 1_000_000)  # as `datetime` rounds
    return f"{_second(whole + more)}.{micros // 1000:03}Z"


@lru_cache(maxsize=16)
def _second(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
