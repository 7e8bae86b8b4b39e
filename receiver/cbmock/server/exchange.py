"""The exchange: one request whose answer has to wait, handled by uvicorn's protocol.

It decides how a request that was parsed here is handed on to uvicorn's own protocol,
which calls the application and writes the answer. It must not know what is requested.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from cbmock.clocks import monotonic
from cbmock.http.messages import Headers

CLIENT = "cbmock.client"
"""The ASGI extension that holds the `Client`; only our own server has it."""
TARGET = "cbmock.target"
"""The one that holds path and query as sent: `query_string` cannot tell `/x?` from `/x`."""

_CURRENT: ContextVar[UvicornExchange | None] = ContextVar(
    "cbmock_exchange", default=None
)

# A linger time of 0 sends a reset at the close; platforms differ in `struct linger`.
_NO_LINGERING = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

_ORIGIN = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*")


def target_of(url: bytes) -> str:
    """Return path and query of the URL in a request line, as they were sent."""
    if not url.startswith(b"/"):
        origin = _ORIGIN.match(url)
        if origin is not None:
            url = url[origin.end() :]
            url = url if url.startswith(b"/") else b"/" + url
    return url.partition(b"#")[0].decode("latin-1")


class Head(NamedTuple):
    """The parsed head of a request; `stays` if its connection stays open after it.

    A tuple, since every request has one, and a dataclass takes three times as long to
    make.
    """

    method: str
    url: bytes
    headers: Headers
    version: str
    stays: bool

    @property
    def target(self) -> str:
        """The URL without its origin; an absolute URL has one (RFC 9112 §3.2)."""
        return target_of(self.url)

    @property
    def is_chunked(self) -> bool:
        """Whether the body is chunked."""
        return "transfer-encoding" in self.headers

    @property
    def framed(self) -> bytes:
        """A head with only the fields that frame the request and its answer."""
        length = self.headers.get("content-length")
        fields = [
            "host: cbmock",
            "transfer-encoding: chunked" if self.is_chunked else "",
            f"content-length: {length}" if length is not None else "",
            "expect: 100-continue" if self.headers.framing.expects else "",
            "" if self.stays else "connection: close",
        ]
        method = "HEAD" if self.method == "HEAD" else "POST"
        lines = [f"{method} / HTTP/{self.version}", *filter(None, fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def complete(self, scope: Scope) -> None:
        """Add to an ASGI scope what `framed` left out."""
        target = self.target
        raw_path, _, query = target.partition("?")
        scope["method"] = self.method
        scope["path"] = unquote(raw_path)
        scope["raw_path"] = raw_path.encode("latin-1")
        scope["query_string"] = query.encode("latin-1")
        scope["headers"] = list(self.headers.raw)
        scope["extensions"] = {**(scope.get("extensions") or {}), TARGET: target}


class Client:
    """The connection of a sender, for applications that look at it or end it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Represent the client of a transport."""
        self._transport = transport
        self.has_finished = asyncio.Event()
        """Set once the client has stopped sending; it may still read, or have disconnected."""
        self.finished_at: float | None = None
        """When that was, by `clocks.monotonic`."""
        self.is_refused = False
        """Whether what it sent last was refused before it was complete, and recorded."""

    def finish(self) -> None:
        """Mark that it has stopped sending."""
        if self.finished_at is None:
            self.finished_at = monotonic()
            self.has_finished.set()

    def reset(self) -> None:
        """End it with a TCP RST; unsent data is lost."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None and connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self._transport.abort()

    def hang_up(self) -> None:
        """Close it once all written data has been sent."""
        self._transport.close()


class Owner(Protocol):
    """The connection that an exchange belongs to."""

    transport: asyncio.Transport
    client: Client

    def stock(self) -> Any:
        """Return a new protocol of uvicorn's for one exchange."""

    def exchange_over(self, exchange: UvicornExchange, *, ends: bool) -> None:
        """Continue after an exchange; with `ends` the connection is closed."""


class BodySink(Protocol):
    """Receives the body of a request."""

    def add(self, part: bytes) -> None:
        """Add one part; it may raise `Refused`."""


class Body(BodySink, Protocol):
    """What has arrived of a body that is not complete."""

    def clear(self) -> None:
        """Drop what has arrived."""


class UvicornExchange(asyncio.Transport):
    """One request with a uvicorn protocol of its own; this is the protocol's transport.

    Data that arrives before it is started waits here. It passes on everything that the
    protocol does with the connection, until the application has answered.
    """

    def __init__(self, owner: Owner, head: Head, body: Body) -> None:
        """Take over a request with its head; `body` keeps it while it comes in parts."""
        super().__init__()
        self.head = head
        self.body = body
        self._owner = owner
        self._chunked = head.is_chunked
        self._waiting = [head.framed]
        self._stock: Any = None
        self._over = False
        self._ends = False
        self.has_arrived = False
        self.has_written = False

    @property
    def client(self) -> Client:
        """The client of its connection."""
        return self._owner.client

    # --- from the client ---

    def start(self) -> None:
        """Pass the request to the application."""
        self._stock = self._owner.stock()
        token = _CURRENT.set(self)
        try:
            self._stock.connection_made(self)
            for data in self._waiting:
                self._stock.data_received(data)
        finally:
            _CURRENT.reset(token)
        self._waiting.clear()

    def add(self, part: bytes) -> None:
        """Add a part of the body; raises `Refused` if it is too large."""
        self.body.add(part)
        self._take(b"%x\r\n%b\r\n" % (len(part), part) if self._chunked else part)

    def end_body(self) -> None:
        """Mark the request as complete."""
        self.has_arrived = True
        self.body.clear()  # the application has it
        if self._chunked:
            self._take(b"0\r\n\r\n")

    def _take(self, data: bytes) -> None:
        if self._stock is None:
            self._waiting.append(data)
        elif not self._over:
            self._stock.data_received(data)

    def lose(self, reason: Exception | None) -> None:
        """Tell the application that its client has disconnected."""
        if self._stock is not None and not self._over:
            self._over = True
            self._stock.connection_lost(reason)

    def pause_writing(self) -> None:
        """Pause the application until the client has read."""
        if self._stock is not None:
            self._stock.pause_writing()

    def resume_writing(self) -> None:
        """Resume the application."""
        if self._stock is None:
            self.start()
        else:
            self._stock.resume_writing()

    def finish_soon(self) -> None:
        """Make the answer the last one of its connection."""
        self._ends = True
        if self._stock is not None and not self._over:
            self._stock.shutdown()

    def finish(self) -> None:
        """End the exchange: the application has answered, or will not."""
        if not self._over:
            self.lose(None)
            self._owner.exchange_over(self, ends=self._ends)

    # --- from uvicorn's protocol, as its transport ---

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a part of the answer."""
        if not self._over:
            self.has_written = True
            self._owner.transport.write(data)

    def writelines(
        self, list_of_data: Iterable[bytes | bytearray | memoryview]
    ) -> None:
        """Send parts of the answer."""
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        """End the connection once the application has answered."""
        if not self._over:
            self._ends = True

    def abort(self) -> None:
        """End the connection at once."""
        self._owner.transport.abort()

    def is_closing(self) -> bool:
        """Return whether nothing more can be sent."""
        return self._over or self._owner.transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return facts about the connection."""
        return self._owner.transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop reading from the client."""
        if not self.is_closing():
            self._owner.transport.pause_reading()

    def resume_reading(self) -> None:
        """Continue reading from the client."""
        if not self.is_closing():
            self._owner.transport.resume_reading()


def served(app: ASGIApp) -> ASGIApp:
    """Return an application that tells `app` its client, and ends its exchanges."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _CURRENT.get()
        if exchange is None:
            await app(scope, receive, send)
            return
        exchange.head.complete(scope)
        scope["extensions"][CLIENT] = exchange.client
        try:
            await app(scope, receive, send)
        finally:
            # After uvicorn has handled an exception, or a missing answer.
            asyncio.get_running_loop().call_soon(exchange.finish)

    return application
