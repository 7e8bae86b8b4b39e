"""Answers: how one leaves: whole, late, in drops, in half, or not at all.

It decides what goes over the wire and when. It must not know why.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING, Any

from cbmock.http.messages import Response
from cbmock.mock.call import Scripted

if TYPE_CHECKING:
    from cbmock.server.app import Receive, Scope, Send

CONNECTION = "cbmock.connection"
"""The ASGI extension that holds the `Connection`, where the server is our own."""

_MOST_DROPS = 50


# Whoever closes without lingering sends a reset; `struct linger` has its own size there.
_NO_LINGERING = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Connection:
    """What an answer may do to the connection that it leaves by."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Stand for the connection of a transport."""
        self._transport = transport

    def reset(self) -> None:
        """End it with a TCP RST; what was not sent yet is lost."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self._transport.abort()

    def hang_up(self) -> None:
        """Close it once what was written has been sent."""
        self._transport.close()


class Patience:
    """Waits that end with their sender or their server."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self.waiting: set[asyncio.Task[Any]] = set()
        self.ended = False

    def end(self) -> None:
        """Let go of those who wait: the server is about to end."""
        self.ended = True
        for each in tuple(self.waiting):
            each.cancel()

    async def pause(self, seconds: float | None, receive: Receive) -> bool:
        """Wait so long, None for ever; tell whether sender and server are still there."""
        if self.ended:
            return False
        gone = asyncio.ensure_future(_gone(receive))
        self.waiting.add(gone)
        try:
            over, _ = await asyncio.wait({gone}, timeout=seconds)
        finally:
            gone.cancel()
            self.waiting.discard(gone)
        return not over


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_whole(response: Response, send: Send) -> None:
    """Send an answer at once."""
    await _begin(response, send)
    await send({"type": "http.response.body", "body": response.body})


async def _begin(response: Response, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": response.headers.raw,
        }
    )


class Acting:
    """One answer of a script, on its way to the sender."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, patience: Patience
    ) -> None:
        """Answer the request of this ASGI scope."""
        extensions = scope.get("extensions") or {}
        self._connection: Connection | None = extensions.get(CONNECTION)
        self._receive = receive
        self._send = send
        self._patience = patience

    async def act(self, response: Response, scripted: Scripted) -> None:
        """Send the answer as its script says."""
        fault, delay = scripted.fault, scripted.delay
        if fault == "silence":
            await self._pause(delay or None)
            await self._drop()
        elif fault == "slow":
            await self._drip(response, delay)
        elif delay and not await self._pause(delay):
            await self._drop()
        elif fault == "reset":
            await self._drop(reset=True)
        elif fault == "half":
            await _begin(response, self._send)
            await self._part(response.body[: len(response.body) // 2])
            await self._drop()
        else:
            await send_whole(response, self._send)

    async def _pause(self, seconds: float | None) -> bool:
        return await self._patience.pause(seconds, self._receive)

    async def _part(self, data: bytes) -> None:
        message = {"type": "http.response.body", "body": data, "more_body": True}
        await self._send(message)

    async def _drip(self, response: Response, seconds: float) -> None:
        body = response.body
        size = -(-len(body) // _MOST_DROPS) or 1
        drops = [body[at : at + size] for at in range(0, len(body), size)]
        began = time.monotonic()
        await _begin(response, self._send)
        for count, drop in enumerate(drops, 1):
            # Timers are coarse: each drop is due by the clock, not after the one before.
            due = began + seconds * count / len(drops)
            if not await self._pause(max(due - time.monotonic(), 0)):
                return await self._drop()
            await self._part(drop)
        await self._send({"type": "http.response.body", "body": b""})
        return None

    async def _drop(self, *, reset: bool = False) -> None:
        """End the connection, and wait until it has ended.

        Behind a transport that is no connection of ours the sender gets the error itself.
        """
        if self._connection is None:
            raise ConnectionResetError("a script of cbmock drops this connection")
        if reset:
            self._connection.reset()
        else:
            self._connection.hang_up()
        await _gone(self._receive)
