"""Sending: an answer is sent whole, late, slowly, in half, or not at all.

It decides which bytes are sent and when, and how long requests wait. It must not know
why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send

from cbmock.clocks import monotonic
from cbmock.http.messages import Response
from cbmock.mock.call import Scripted
from cbmock.mock.faults import Sent
from cbmock.server.exchange import CLIENT, Client
from cbmock.server.limits import DEFAULT

T = TypeVar("T")

_MOST_DROPS = 50
_MOMENT = 1.0
"""Seconds after which a client that has stopped sending counts as disconnected."""


class TooManyWaits(Exception):
    """The limit of waiting requests is reached."""


class PendingWaits:
    """Waiting requests: each ends with its client, all end with the server."""

    def __init__(self, limit: int = DEFAULT.waits) -> None:
        """Start empty; at most `limit` requests may wait."""
        self._limit = limit
        self._waiting: set[asyncio.Task[Any]] = set()
        self.ended = False

    @property
    def count(self) -> int:
        """How many requests wait."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether no other request may wait."""
        return len(self._waiting) >= self._limit

    def end(self) -> None:
        """End all waits: the server is about to stop."""
        self.ended = True
        for each in tuple(self._waiting):
            each.cancel()

    async def run(
        self, waiting: Coroutine[Any, Any, T], receive: Receive, client: Client | None
    ) -> T | None:
        """Wait for something; None if its client or the server ends first.

        A client that has stopped sending may still read, so it gets a moment.
        """
        if self.ended or self.is_full:
            waiting.close()
            if self.ended:
                return None
            raise TooManyWaits
        task = asyncio.ensure_future(waiting)
        ends = [task, asyncio.ensure_future(_gone(receive))]
        if client is not None:
            ends.append(asyncio.ensure_future(_finished(client, _MOMENT)))
        self._waiting.add(task)
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(task)
            for each in ends:
                each.cancel()
        return task.result() if task.done() and not task.cancelled() else None

    async def pause(
        self, seconds: float | None, receive: Receive, client: Client | None = None
    ) -> bool:
        """Wait some seconds, None without end; return whether both sides are still there.

        A sender that has stopped sending is not waited for without end.
        """
        if self.ended:
            return False
        gone = asyncio.ensure_future(_gone(receive))
        self._waiting.add(gone)
        ends = {gone}
        if client is not None and seconds is None:
            ends.add(asyncio.ensure_future(_finished(client, 0)))
        try:
            over, _ = await asyncio.wait(
                ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for each in ends:
                each.cancel()
            self._waiting.discard(gone)
        return not over


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _finished(client: Client, moment: float) -> None:
    await client.has_finished.wait()
    await asyncio.sleep(moment)


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


def client_of(scope: Scope) -> Client | None:
    """Return the client of an ASGI scope; None if the server is not our own."""
    client: Client | None = (scope.get("extensions") or {}).get(CLIENT)
    return client


class ScriptedSender:
    """One answer of a script, on its way to the sender."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, pending_waits: PendingWaits
    ) -> None:
        """Answer the request of this ASGI scope."""
        self._client = client_of(scope)
        self._receive = receive
        self._send = send
        self._pending_waits = pending_waits

    async def send(self, response: Response, scripted: Scripted) -> Sent:
        """Send the answer as its script says; return how much of it was sent."""
        fault, delay = scripted.fault, scripted.delay
        if fault == "slow":
            return await self._drip(response, delay)
        if fault == "silence":
            await self._pause(delay or None)
            await self._drop()
        elif delay and not await self._pause(delay):
            await self._drop()
        elif fault == "reset":
            await self._drop(reset=True)
        elif fault == "half":
            await _begin(response, self._send)
            await self._part(response.body[: len(response.body) // 2])
            await self._drop()
            return "part"
        else:
            await send_whole(response, self._send)
            return "whole"
        return "nothing"

    @property
    def over_at(self) -> float:
        """When the sender no longer waited for the answer: by now, or since it went."""
        now = monotonic()
        gone = None if self._client is None else self._client.finished_at
        return now if gone is None else min(now, gone)

    async def _pause(self, seconds: float | None) -> bool:
        return await self._pending_waits.pause(seconds, self._receive, self._client)

    async def _part(self, data: bytes) -> None:
        message = {"type": "http.response.body", "body": data, "more_body": True}
        await self._send(message)

    async def _drip(self, response: Response, seconds: float) -> Sent:
        body = response.body
        size = -(-len(body) // _MOST_DROPS) or 1
        drops = [body[at : at + size] for at in range(0, len(body), size)]
        began = monotonic()
        await _begin(response, self._send)
        for count, drop in enumerate(drops, 1):
            # Timers are coarse, so each part is sent by the clock, not after the one
            # before.
            due = began + seconds * count / len(drops)
            if not await self._pause(max(due - monotonic(), 0)):
                await self._drop()
                return "part"
            await self._part(drop)
        await self._send({"type": "http.response.body", "body": b""})
        return "whole"

    async def _drop(self, *, reset: bool = False) -> None:
        """End the connection, and wait for its end.

        On a transport that is not our own connection, the sender gets an exception.
        """
        if self._client is None:
            raise ConnectionResetError("a script of cbmock drops this connection")
        if reset:
            self._client.reset()
        else:
            self._client.hang_up()
        await _gone(self._receive)
