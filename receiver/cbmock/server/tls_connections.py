"""TLS connections: each is accepted, looked at, and encrypted before it is served.

It decides what becomes of a client with which no encrypted connection comes about: asyncio's
own server drops it without a word. It must not know what is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine

from cbmock.http.messages import Headers, Request, Response
from cbmock.server import refusals
from cbmock.server.limits import Limits
from cbmock.violations import Violation

_HANDSHAKE = 0x16
"""The first octet of TLS (RFC 8446 §5.1)."""
_PAUSE = 1.0
"""Seconds until the next attempt where the system had no descriptor left."""

Connect = Callable[[], asyncio.Protocol]
Refuse = Callable[[Request, Violation], Response]


class TlsServer:
    """Accepts the connections of one listening socket, as `asyncio.Server` does."""

    def __init__(
        self,
        listening: socket.socket,
        context: ssl.SSLContext,
        connect: Connect,
        refuse: Refuse,
        limits: Limits,
    ) -> None:
        """Accept from now on.

        `connect` makes the protocol of a connection, encrypted or not; `refuse` records a
        client with which no connection came about.
        """
        self._listening = listening
        self._context = context
        self._connect = connect
        self._refuse = refuse
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begin(self._accept())

    def close(self) -> None:
        """Accept no more, and let go of those that are not connected yet."""
        for each in self._tasks:
            each.cancel()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        with self._listening:
            while True:
                try:
                    accepted, _ = await self._loop.sock_accept(self._listening)
                except OSError:
                    await asyncio.sleep(_PAUSE)
                    continue
                if len(self._tasks) > self._limits.connections:
                    accepted.close()
                else:
                    self._begin(self._welcome(accepted))

    async def _welcome(self, accepted: socket.socket) -> None:
        """Serve a client that speaks TLS, or tell what is wrong with it."""
        with contextlib.ExitStack() as stack:
            stack.callback(accepted.close)
            first = await self._first_octet(accepted)
            if first is None:
                return  # whoever only looks whether somebody listens
            try:
                await self._loop.connect_accepted_socket(
                    self._connect,
                    accepted,
                    ssl=self._context if first == _HANDSHAKE else None,
                    ssl_handshake_timeout=(
                        self._limits.half_sent if first == _HANDSHAKE else None
                    ),
                )
            except OSError as error:
                nothing = Request("", "", Headers(), b"", "https")
                self._refuse(nothing, refusals.not_connected(error))
            stack.pop_all()  # the socket is the connection's now

    async def _first_octet(self, accepted: socket.socket) -> int | None:
        """Wait for what a client begins with, and leave it there; None if it has gone."""
        ready = asyncio.Event()
        self._loop.add_reader(accepted, ready.set)
        try:
            await asyncio.wait_for(ready.wait(), self._limits.idle)
            begun = accepted.recv(1, socket.MSG_PEEK)
        except OSError:  # a timeout is one
            return None
        finally:
            self._loop.remove_reader(accepted)
        return begun[0] if begun else None
