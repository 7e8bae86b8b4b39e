"""The protocol: HTTP/1.1 off a socket, so that nothing that arrives vanishes.

It decides what happens to requests that the parser would give up on: an `Upgrade` is
declined (RFC 9110 §7.8 lets a server ignore it) and the body kept; what is no HTTP is
recorded and refused. It lets an answer end its connection. It must not know operations.
"""

from __future__ import annotations

import re
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from receiver.server.answers import CONNECTION, Connection

_HEAD = re.compile(rb"[A-Z-]+ \S+ HTTP/1\.[01]\r\n")
_UPGRADE = re.compile(rb"\r\nupgrade(?=:)", re.IGNORECASE)
# The parser stops at a header of that name, and what follows is lost.
_DISGUISE = b"x-cbmock-upgrade"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, which loses no request."""

    _received = b""

    def data_received(self, data: bytes) -> None:
        """Take in bytes; an `Upgrade` in a request's head is hidden from the parser."""
        self._received = data
        if b"pgrade" in data or b"PGRADE" in data:
            data = self._declined(data)
        super().data_received(data)

    def _declined(self, data: bytes) -> bytes:
        between = self.cycle is None or self.cycle.response_complete
        head, end, body = data.partition(b"\r\n\r\n")
        if not between or _HEAD.match(head) is None:
            return data
        return _UPGRADE.sub(b"\r\n" + _DISGUISE, head) + end + body

    def on_header(self, name: bytes, value: bytes) -> None:
        """Give the hidden header its name back."""
        super().on_header(b"upgrade" if name == _DISGUISE else name, value)

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Let answers end the connection."""
        super().connection_made(transport)
        self._extensions: Any = {CONNECTION: Connection(transport)}

    def on_message_begin(self) -> None:
        """Hand the connection to whoever answers."""
        super().on_message_begin()
        self.scope["extensions"] = self._extensions

    def send_400_response(self, msg: str) -> None:
        """Record and refuse what is no HTTP request."""
        del msg
        app: Any = self.app
        response = app.malformed(self._received)
        lines = [STATUS_LINE[response.status]]
        headers = [*self.server_state.default_headers, *response.headers.raw]
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        lines += [b"connection: close\r\n\r\n", response.body]
        self.transport.write(b"".join(lines))
        self.transport.close()
