"""TLS connections: accepted, inspected, and encrypted before they are served.

It decides how a client without an encrypted connection is recorded; asyncio's own
server would drop it silently. It must not know what is served.
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
"""Seconds until the next attempt if the system has no descriptor left."""

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
        """Start accepting connections.

        `connect` makes the protocol of a connection, encrypted or not; `refuse` records
        a client that could not be connected.
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
        """Accept no more, and drop clients that are not connected yet."""
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
        """Serve a client that speaks TLS, or record what is wrong with it."""
        with contextlib.ExitStack() as stack:
            stack.callback(accepted.close)
            first = await self._first_octet(accepted)
            if first is None:
                return  # a client that only checks whether the port is open
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
                violation = refusals.not_connected(error)
                if isinstance(error, ConnectionAbortedError):  # by the loop, in time
                    violation = refusals.too_slow(self._limits)
                self._refuse(nothing, violation)
            stack.pop_all()  # the socket belongs to the connection now

    async def _first_octet(self, accepted: socket.socket) -> int | None:
        """Peek at the first byte of a client; None if the client disconnected."""
        ready = asyncio.Event()
        self._loop.add_reader(accepted, ready.set)
        try:
            await asyncio.wait_for(ready.wait(), self._limits.idle)
            begun = accepted.recv(1, socket.MSG_PEEK)
        except OSError:  # includes a timeout
            return None
        finally:
            self._loop.remove_reader(accepted)
        return begun[0] if begun else None
