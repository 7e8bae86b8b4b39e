"""The protocol of a server with TLS or HTTP/2, which finds out what a client speaks.

It decides by a client's first bytes whether it speaks HTTP/2, and whether encryption is
missing. It must not know how HTTP/2 is served.
"""

from __future__ import annotations

import asyncio

from cbmock.server import http2_negotiation, refusals
from cbmock.server.application import Http2
from cbmock.server.exchange import BodySink, Head
from cbmock.server.protocol import HttpProtocol
from cbmock.server.refusals import Refused
from cbmock.violations import Violation


class ChoosingProtocol(HttpProtocol):
    """One connection; it is served here unless it speaks HTTP/2."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start serving a client."""
        super().connection_made(transport)
        connect = self._serving.http2
        if connect is None or self._refusing:
            return
        if http2_negotiation.is_agreed(transport):
            self._change_to_http2(connect, b"")

    @property
    def _lacks_encryption(self) -> bool:
        is_encrypted = self.transport.get_extra_info("sslcontext") is not None
        return self._serving.scheme == "https" and not is_encrypted

    def begin(self, head: Head) -> BodySink:
        """Begin a request; raises `Refused` if it should have been encrypted."""
        if self._lacks_encryption:
            raise Refused(refusals.NOT_ENCRYPTED)
        return super().begin(head)

    def refuse(self, violation: Violation) -> None:
        """Refuse bytes that are not a request, unless they begin HTTP/2."""
        if self._lacks_encryption:
            super().refuse(refusals.NOT_ENCRYPTED)
            return
        begun = self._parser.unfinished
        has_gone = self.client.has_finished.is_set()
        is_http2 = begun.startswith(refusals.PREFACE) and not has_gone
        connect = self._serving.http2
        if connect is not None and is_http2:
            self._change_to_http2(connect, begun)
        else:
            super().refuse(violation)

    def _change_to_http2(self, connect: Http2, received: bytes) -> None:
        connection = connect(self._serving, self.loop)
        self._refusing = True  # later data is not for this protocol
        self._cancel_timer()
        self._serving.batch.end()
        self._serving.connections.discard(self)
        self.transport.set_protocol(connection)
        connection.connection_made(self.transport)
        if received:
            connection.data_received(received)
