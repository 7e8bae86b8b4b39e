"""HTTP/2: the application served by hypercorn, for senders that speak nothing else.

It decides how hypercorn is set up: prior knowledge without TLS, ALPN with it. It must not
know what is served. Needs the extra `openapi-receiver[http2]`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from typing import Any

from cbmock.errors import ReceiverError


def use_alpn(context: ssl.SSLContext) -> None:
    """Offer HTTP/2 to clients that choose the protocol with TLS."""
    context.set_alpn_protocols(["h2", "http/1.1"])


def needs_hypercorn() -> None:
    """Raise `ReceiverError` where hypercorn is not installed."""
    try:
        import hypercorn  # noqa: F401, PLC0415 - an extra
    except ImportError:
        message = (
            "HTTP/2 needs hypercorn: pip install 'openapi-receiver[http2]' brings it."
        )
        raise ReceiverError(message) from None


async def serve(
    app: Any,
    sockets: Sequence[socket.socket],
    tls: ssl.SSLContext | None,
    ended: asyncio.Event,
) -> None:
    """Serve on sockets that are bound already until `ended` is set."""
    from hypercorn.asyncio import serve as hypercorn_serve  # noqa: PLC0415 - an extra
    from hypercorn.config import Config  # noqa: PLC0415 - (the same)

    class _HypercornConfig(Config):
        """A configuration whose certificate is loaded already."""

        @property
        def ssl_enabled(self) -> bool:
            return tls is not None

        def create_ssl_context(self) -> ssl.SSLContext | None:
            return tls

    config = _HypercornConfig()
    # hypercorn closes what it serves on; these sockets are their owner's.
    config.bind = [f"fd://{os.dup(each.fileno())}" for each in sockets]
    config.accesslog = config.errorlog = None
    config.include_server_header = False
    config.graceful_timeout = 0.3
    await hypercorn_serve(app, config, shutdown_trigger=ended.wait, mode="asgi")
