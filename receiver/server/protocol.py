"""The protocol: HTTP/1.1 off a socket, so that nothing that arrives vanishes.

It decides what happens to requests that the parser would give up on: an `Upgrade` is
declined (RFC 9110 §7.8 lets a server ignore it) and the body kept; what is no HTTP is
recorded and refused. It lets an answer end its connection. It must not know operations.
"""

from __future__ import annotations

import functools
import re
from asyncio import Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from receiver.http import Response
from receiver.server.answers import CONNECTION, Connection

_HEAD = re.compile(rb"[A-Z-]+ \S+ HTTP/1\.[01]\r\n")
_UPGRADE = re.compile(rb"\r\nupgrade(?=:)", re.IGNORECASE)
# The parser stops at a header of that name, and what follows is lost.
_DISGUISE = b"x-cbmock-upgrade"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, which loses no request and starts no idle task.

    A request that is there as a whole, and whose answer needs no waiting, is answered where
    it was read: that spares half of what a small request costs.
    """

    _received = b""
    _hidden = False
    _begun: tuple[Any, Any] | None = None

    def data_received(self, data: bytes) -> None:
        """Take in bytes; an `Upgrade` in a request's head is hidden from the parser."""
        self._received = data
        if b"pgrade" in data or b"PGRADE" in data:
            data = self._declined(data)
        super().data_received(data)
        if self._begun is not None:  # the rest of its body is still to come
            begun, self._begun = self._begun, None
            super()._start_asgi_task(*begun)

    def _declined(self, data: bytes) -> bytes:
        between = self.cycle is None or self.cycle.response_complete
        head, end, body = data.partition(b"\r\n\r\n")
        if not between or _HEAD.match(head) is None:
            return data
        self._hidden = True
        return _UPGRADE.sub(b"\r\n" + _DISGUISE, head) + end + body

    def on_headers_complete(self) -> None:
        """Give the hidden header its name back."""
        if self._hidden:
            self._hidden = False
            self.headers[:] = [
                (b"upgrade" if name == _DISGUISE else name, value)
                for name, value in self.headers
            ]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Serve a request that is complete."""
        super().on_message_complete()
        if self._begun is not None and not self.cycle.more_body:
            begun, self._begun = self._begun, None
            self._start_asgi_task(*begun)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if cycle.more_body and not cycle.waiting_for_100_continue:
            self._begun = cycle, app
        elif cycle.more_body or self.flow.write_paused or app.waits(cycle.scope):
            super()._start_asgi_task(cycle, app)
        else:
            response = app.take(cycle.scope, bytes(cycle.body))
            self._answer(cycle, response.status, _written(response))

    def _answer(self, cycle: Any, status: int, written: bytes) -> None:
        """Send an answer in one stroke, and make ready for what comes next."""
        parts = [STATUS_LINE[status]]
        parts += [b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]
        if not cycle.keep_alive:
            parts.append(b"connection: close\r\n")
        self.transport.write(b"".join((*parts, written)))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

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
        self._begun = None  # else it would be recorded once more, as cut short
        app: Any = self.app
        response = app.malformed(self._received)
        lines = [STATUS_LINE[response.status]]
        headers = [*self.server_state.default_headers, (b"connection", b"close")]
        lines += [b"%b: %b\r\n" % pair for pair in headers]
        self.transport.write(b"".join((*lines, _written(response))))
        self.transport.close()


@functools.lru_cache(maxsize=1024)
def _written(response: Response) -> bytes:
    """Write fields and body; documented answers are written over and over."""
    fields = [b"%b: %b\r\n" % pair for pair in response.headers.raw]
    return b"".join((*fields, b"\r\n", response.body))
