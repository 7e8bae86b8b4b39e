"""The outbox: answers that leave together at the end of an event loop's turn.

It decides when answers are written. It must not know what they say.
"""

from __future__ import annotations

import asyncio


class Outbox:
    """Answers of one event loop that are still to be written.

    Whoever waits for an answer sleeps, and to wake it costs as much as to write. The first
    answer does that for all that were made in the same turn.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: list[tuple[asyncio.Transport, bytes, bool]] = []

    def put(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        data: bytes,
        *,
        ends: bool,
    ) -> None:
        """Write an answer as soon as what has arrived is read; it may end its connection."""
        if not self._waiting:
            loop.call_soon(self.empty)
        self._waiting.append((transport, data, ends))

    def empty(self) -> None:
        """Write all that waits."""
        leaving, self._waiting = self._waiting, []
        for transport, data, ends in leaving:
            if not transport.is_closing():
                transport.write(data)
            if ends:
                transport.close()
