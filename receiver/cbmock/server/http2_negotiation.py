"""HTTP/2: how a client asks for it, and whether it can be served.

It decides by what a client says first: prior knowledge without TLS, ALPN with TLS. It
must not know how HTTP/2 is served. Needs the extra `openapi-receiver[http2]`.
"""

from __future__ import annotations

import asyncio
import ssl

from cbmock import extras


def need() -> None:
    """Raise `ReceiverError` if the library is not installed."""
    extras.need("h2", "HTTP/2")


def use_alpn(context: ssl.SSLContext) -> None:
    """Offer HTTP/2 to TLS clients (ALPN)."""
    context.set_alpn_protocols(["h2", "http/1.1"])


def is_agreed(transport: asyncio.BaseTransport) -> bool:
    """Return whether a client chose HTTP/2 with TLS."""
    encrypted = transport.get_extra_info("ssl_object")
    return encrypted is not None and encrypted.selected_alpn_protocol() == "h2"
