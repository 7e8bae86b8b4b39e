"""Unsent answers: what clients have not taken yet, and who takes nothing any more.

It decides when a connection is ended for that, which nothing else would end: closing it
waits until all is sent. It must not know what is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class UnsentAnswers:
    """How much each client has not taken, and since when."""

    def __init__(self, idle: float) -> None:
        """End connections that take nothing for some seconds."""
        self._idle = idle
        self._since: dict[Any, tuple[int, float]] = {}

    def look(self, connections: Iterable[Any], now: float) -> None:
        """Look what is left for each connection; this is done about once a second."""
        left = {}
        for each in connections:
            size = each.transport.get_write_buffer_size()
            if not size:
                continue
            before = self._since.get(each)
            if before is None or before[0] != size:
                left[each] = size, now
            elif now - before[1] < self._idle:
                left[each] = before
            else:
                each.transport.abort()
        self._since = left
