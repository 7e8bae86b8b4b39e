"""The interface between a connection and the application that it serves.

It decides what they share. It must not know how requests are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from starlette.types import Receive, Scope, Send

from cbmock.http.messages import HeaderCache, Request, Response
from cbmock.server.batch import RequestBatch
from cbmock.server.limits import Limits
from cbmock.violations import Violation

LINGERS = 1.0
"""Seconds during which data from a refused client is read and dropped, so that the
client can read the answer (RFC 9112 §9.6)."""
MOST_UNREAD = 2**16
"""Bytes that wait to be read until no more is received."""


class Application(Protocol):
    """An ASGI application that can also be called directly, without ASGI."""

    limits: Limits
    headers: HeaderCache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""

    def target(self, url: bytes) -> str | None:
        """Return the target of a request that can be answered at once."""

    def refuse(self, request: Request, violation: Violation) -> Response:
        """Record bytes that are not a request; return the refusal."""


class ServedConnection(Protocol):
    """A connection of the server."""

    def shutdown(self) -> None:
        """Close it once no request is in progress."""


@dataclass(slots=True)
class Serving:
    """What a server's connections share; `stock` makes one of uvicorn's protocols.

    `fields` are the header fields that every answer has, with the `date`; `scheme` is that
    of all URLs, `http2` serves a connection that speaks HTTP/2, if it may.
    """

    app: Application
    batch: RequestBatch
    stock: Callable[[], asyncio.Protocol]
    connections: set[ServedConnection] = field(default_factory=set)
    date: bytes = b""
    fields: bytes = b""
    scheme: str = "http"
    http2: Http2 | None = None


Http2 = Callable[[Serving, asyncio.AbstractEventLoop], asyncio.Protocol]
"""Makes the protocol of a connection that speaks HTTP/2."""


async def live(receive: Receive, send: Send) -> None:
    """Answer the lifespan messages of ASGI."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
