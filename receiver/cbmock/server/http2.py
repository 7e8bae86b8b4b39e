"""HTTP/2: connections served by hypercorn, for senders that need it.

It decides how hypercorn is configured: prior knowledge without TLS, ALPN with TLS. It
must not know what is served, or which connections speak HTTP/2. Needs the extra
`openapi-receiver[http2]`.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from cbmock.errors import ReceiverError

PREFACE = b"PRI * HTTP/2"
"""The first bytes of a client with prior knowledge of HTTP/2 (RFC 9113 §3.4)."""
_GRACE = 0.3
"""Seconds that requests in progress have at the end."""


def use_alpn(context: ssl.SSLContext) -> None:
    """Offer HTTP/2 to TLS clients (ALPN)."""
    context.set_alpn_protocols(["h2", "http/1.1"])


def is_agreed(transport: asyncio.BaseTransport) -> bool:
    """Return whether a client chose HTTP/2 with TLS."""
    encrypted = transport.get_extra_info("ssl_object")
    return encrypted is not None and encrypted.selected_alpn_protocol() == "h2"


class Http2:
    """The connections of one server that speak HTTP/2."""

    def __init__(self, app: Any, *, idle: float) -> None:
        """Serve an ASGI application; raises `ReceiverError` without hypercorn.

        A connection may rest for `idle` seconds.
        """
        try:
            from hypercorn.app_wrappers import ASGIWrapper  # noqa: PLC0415 - an extra
            from hypercorn.asyncio.tcp_server import TCPServer  # noqa: PLC0415 - (the same)
            from hypercorn.asyncio.worker_context import WorkerContext  # noqa: PLC0415 - (the same)
            from hypercorn.config import Config  # noqa: PLC0415 - (the same)
        except ImportError:
            message = "HTTP/2 needs hypercorn: pip install 'openapi-receiver[http2]'"
            raise ReceiverError(message) from None
        self._connection = TCPServer
        self._app = ASGIWrapper(app)
        self._config = Config()
        self._config.accesslog = self._config.errorlog = None
        self._config.include_server_header = False
        self._config.keep_alive_timeout = idle
        self._context = WorkerContext(None)
        self._served: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def take(self, transport: asyncio.Transport, received: bytes = b"") -> None:
        """Serve a connection from now on; `data` are its first bytes."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, self._begin, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if received:
            protocol.data_received(received)

    def _begin(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        # With a coroutine, asyncio would log each one that is cancelled.
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._served[task] = writer
        task.add_done_callback(self._served.pop)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if writer.is_closing():  # the client has disconnected already
            return
        loop = asyncio.get_running_loop()
        await self._connection(
            self._app, loop, self._config, self._context, {}, reader, writer
        )

    async def end(self) -> None:
        """Tell clients about the end, and wait a moment for requests in progress."""
        await self._context.terminated.set()
        if not self._served:
            return
        _, late = await asyncio.wait(self._served, timeout=_GRACE)
        for each in late:
            self._served[each].transport.abort()
            each.cancel()
        if late:
            await asyncio.wait(late, timeout=_GRACE)
