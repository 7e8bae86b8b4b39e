"""Slices: a long iteration in threads, a short part at a time.

It decides how long a part takes. It must not know what is iterated over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TypeVar

from cbmock.clocks import monotonic

T = TypeVar("T")

_SLICE = 0.02
"""Seconds that a slice takes at most. An iteration that is cancelled ends after it."""


async def in_slices(items: Iterable[T]) -> AsyncIterator[list[T]]:
    """Yield the items in lists; the event loop is free while a list is made."""
    source = iter(items)
    while slice_ := await asyncio.to_thread(_slice, source):
        yield slice_


def _slice(source: Iterator[T]) -> list[T]:
    end, found = monotonic() + _SLICE, []
    for each in source:
        found.append(each)
        if monotonic() >= end:
            break
    return found
