"""The turn: what arrives in one turn of an event loop is answered together, at its end.

It decides the order: all requests are judged and recorded, then all answers are written.
It must not know what is asked or answered.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from cbmock.http.messages import Request, Response
from cbmock.violations import Violation


class Connection(Protocol):
    """Where a request came from, and its answer goes."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def answer(self, response: Response, *, ends: bool) -> None:
        """Write an answer; it may end the connection."""


class Turn:
    """The requests of one turn that are still to be answered.

    What one step needs of program and memory is still at hand for the next request, but no
    longer after all other steps: sixteen requests together cost a quarter less. Whoever
    waits for an answer sleeps, and the first one wakes it for all.
    """

    def __init__(self, app: Any) -> None:
        """Have `app` take in what arrives."""
        self._app = app
        self._arrived: list[tuple[Connection, Request, Violation | None, bool]] = []

    def add(
        self,
        connection: Connection,
        request: Request,
        fault: Violation | None,
        *,
        ends: bool,
    ) -> None:
        """Take note of a request; its answer may end the connection."""
        if not self._arrived:
            connection.loop.call_soon(self.end)
        self._arrived.append((connection, request, fault, ends))

    def end(self) -> None:
        """Answer all that has arrived."""
        arrived, self._arrived = self._arrived, []
        if not arrived:
            return
        answered = 0
        try:
            for response in self._app.take([(each[1], each[2]) for each in arrived]):
                connection, _, _, ends = arrived[answered]
                connection.answer(response, ends=ends)
                answered += 1
        except BaseException:
            for connection, *_ in arrived[answered:]:
                connection.transport.abort()  # nobody shall wait for an answer
            raise
