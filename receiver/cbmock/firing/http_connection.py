"""One connection to a receiver: it writes a request and reads the response.

It decides when a response has ended (RFC 9112 §6.3), and when the connection can be used
again. It must not know what is sent.
"""

from __future__ import annotations

import asyncio
from typing import cast

import httptools

from cbmock.clocks import monotonic
from cbmock.firing import answer_bounds
from cbmock.firing.answer_bounds import Endless, too_long, too_slow
from cbmock.http.messages import Headers, Response

_SWITCHED = 101
_FINAL = 200


class HttpConnection(asyncio.Protocol):
    """An HTTP/1.1 connection; one exchange at a time."""

    def __init__(self) -> None:
        """Wait for the connection."""
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Response] | None = None
        self._timer: asyncio.TimerHandle
        self.is_open = False
        self.used_at = 0.0

    async def exchange(self, octets: bytes, *, has_body: bool) -> Response:
        """Write a request and return its response.

        Raises `Endless`, or `OSError` or `ValueError` if there is no response. The
        response to a HEAD has no body.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Response] = loop.create_future()
        self._waiting = waiting
        self._has_body, self._size, self._silent = has_body, 0, True
        self._begin_response()
        self._began = monotonic()
        self._watch(loop)
        self._transport.write(octets)
        try:
            return await waiting
        finally:
            self._timer.cancel()
            self._waiting = None
            self.used_at = monotonic()

    def close(self) -> None:
        """Close it at once."""
        self.is_open = False
        self._transport.abort()

    # --- time ---

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check again after a while, at the latest when the answer must be complete."""
        left = self._began + answer_bounds.LONGEST - monotonic()
        self._is_last_look = left <= answer_bounds.SILENCE
        seconds = max(0.0, min(answer_bounds.SILENCE, left))
        self._timer = loop.call_later(seconds, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._is_last_look:
            self._fail(too_slow())
        elif self._silent:
            self._fail(Endless(f"no byte arrived for {answer_bounds.SILENCE:g} s"))
        else:
            self._silent = True
            self._watch(loop)

    # --- called by the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Read bytes of the response."""
        if self._waiting is None:  # no request was sent
            self.close()
            return
        self._silent = False
        self._size += len(data)
        if self._size > answer_bounds.LARGEST:
            self._fail(too_long())
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.is_open = False
        except httptools.HttpParserError as error:
            self._fail(ValueError(f"the answer is not HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        """End a response that ends with its connection; any other fails."""
        self.is_open = False
        if self._is_until_close:
            self._end()
        elif error is not None:
            self._fail(error)
        else:
            self._fail(ValueError("the connection was closed without an answer"))

    # --- called by the parser ---

    def _begin_response(self) -> None:
        self._fields: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._has_head = self._is_until_close = False

    def on_message_begin(self) -> None:
        """Begin a response; interim ones may come before the final one."""
        self._begin_response()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field; trailers are dropped."""
        if not self._has_head:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide where the body ends."""
        self._has_head = True
        names = {name.lower() for name, _ in self._fields}
        sized = names & {b"content-length", b"transfer-encoding"}
        is_final = self._parser.get_status_code() >= _FINAL
        self._is_until_close = is_final and not sized
        if is_final and not self._has_body:
            self.is_open = False
            self._end()

    def on_body(self, octets: bytes) -> None:
        """Keep a part of the body."""
        self._body.append(octets)

    def on_message_complete(self) -> None:
        """End the response, if it is the final one."""
        status = self._parser.get_status_code()
        if status < _FINAL and status != _SWITCHED:
            return
        if not self._parser.should_keep_alive():
            self.is_open = False
        self._end()

    def _end(self) -> None:
        self._is_until_close = False
        if self._waiting is not None and not self._waiting.done():
            status = self._parser.get_status_code()
            self._waiting.set_result(
                Response(status, Headers(self._fields), b"".join(self._body))
            )
        if not self.is_open:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
        self._transport.abort()
