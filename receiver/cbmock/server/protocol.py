"""The protocol: HTTP/1.1 off a socket, so that nothing that arrives vanishes.

It decides which requests need no waiting, and what happens to those that the parser would
give up on: an `Upgrade` is declined (RFC 9110 §7.8 lets a server ignore it) and the body
kept; what is no HTTP is recorded and refused. It lets an answer end its connection. It must
not know operations.
"""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from cbmock.http.messages import Request, Response
from cbmock.server.batch import Turn
from cbmock.server.body_buffer import Arriving
from cbmock.server.sending import CONNECTION, Connection

# The parser stops at a header of that name, and what follows is lost.
_UPGRADE, _DISGUISE = b"upgrade", b"x-cbmock-upgrade"


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, which loses no request and starts no idle task.

    A request whose answer needs no waiting is put together here and answered at the end of
    the turn. The others get an ASGI scope, a cycle and a task from uvicorn, which cost more
    than all the rest.
    """

    _received = b""
    _declining = False
    _arriving: Arriving | None = None
    _under_way = False
    _ending = False
    _target: str | None = None
    _rests_since = 0.0
    _dated: tuple[Any, bytes] = (None, b"")

    def __init__(self, *, turn: Turn, **given: Any) -> None:
        """Serve one connection; its requests are answered in the server's turn."""
        super().__init__(**given)
        self._turn = turn

    def data_received(self, data: bytes) -> None:
        """Take in bytes."""
        self._received = data
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.send_400_response(str(error))
        except httptools.HttpParserUpgrade as stopped:
            if self._declining:
                self._decline(data[stopped.args[0] :])
            else:
                self._unsupported_upgrade_warning()

    def _decline(self, rest: bytes) -> None:
        """Let a new parser have the request again, with its `Upgrade` disguised."""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            known = _DISGUISE if name == _UPGRADE else name
            lines.append(b"%b: %b" % (known, value))
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(b"\r\n".join((*lines, b"", rest)))

    @property
    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # --- what the parser finds ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._under_way = True
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Take the request here, or hand it over to uvicorn."""
        if self.parser.should_upgrade() and self._has_upgrade:
            self._declining = True
            return
        if self._declining:
            self._declining = False
            self.headers = [
                (_UPGRADE if name == _DISGUISE else name, value)
                for name, value in self.headers
            ]
        app: Any = self.app
        self._target = app.target(self.url)
        if (
            self._target is None
            or self.expect_100_continue
            or self.flow.write_paused
            or self._is_busy
        ):
            self._hand_over()
        else:
            self._arriving = Arriving(app.largest_body)

    @property
    def _has_upgrade(self) -> bool:
        return any(name == _UPGRADE for name, _ in self.headers)

    def _hand_over(self) -> None:
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expected
        self.headers += headers  # the scope has this list
        extensions: Any = {CONNECTION: Connection(self.transport)}
        self.scope["extensions"] = extensions
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a part of a body."""
        if self._arriving is None:
            super().on_body(body)
        else:
            self._arriving.add(body)

    def on_message_complete(self) -> None:
        """Have a request that is complete answered."""
        if self._declining:
            return
        self._under_way = False
        if self._arriving is None:
            super().on_message_complete()
            return
        self._rests_since = self.loop.time()
        body, self._arriving = self._arriving, None
        parser = self.parser
        stays = parser.should_keep_alive() and parser.get_http_version() != "1.0"
        self._turn.add(self, self._request(body), body.fault, ends=not stays)

    def _request(self, body: Arriving) -> Request:
        app: Any = self.app
        method = self.parser.get_method().decode("ascii")
        headers = app.headers.get(self.headers)
        return Request(method, self._target or "", headers, body.octets)

    # --- what goes back ---

    def answer(self, response: Response, *, ends: bool) -> None:
        """Send an answer, and make ready for what comes next."""
        self._write(response, ends=self._ending or ends)
        self.server_state.total_requests += 1
        if self.timeout_keep_alive_task is None:
            self._rest(self.timeout_keep_alive)

    def _write(self, response: Response, *, ends: bool) -> None:
        if self.transport.is_closing():
            return
        dated, fields = self._dated
        if dated is not self.server_state.default_headers:
            dated = self.server_state.default_headers
            fields = b"".join([b"%b: %b\r\n" % pair for pair in dated])
            self._dated = dated, fields
        if ends:
            fields += b"connection: close\r\n"
        self.transport.write(STATUS_LINE[response.status] + fields + response.octets)
        if ends:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Record and refuse what is no HTTP request."""
        del msg
        self._arriving = None  # else it would be recorded once more, as cut short
        self._turn.end()
        app: Any = self.app
        self._write(app.malformed(self._received), ends=True)

    # --- connections ---

    def connection_lost(self, exc: Exception | None) -> None:
        """Record a request that was cut short."""
        if self._arriving is not None:
            body, self._arriving = self._arriving, None
            self._turn.end()
            app: Any = self.app
            app.cut_short(self._request(body))
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End the connection, after the request that is under way."""
        self._turn.end()
        if self._arriving is None:
            super().shutdown()
        else:
            self._ending = True

    def _rest(self, seconds: float) -> None:
        handler = self.timeout_keep_alive_handler
        self.timeout_keep_alive_task = self.loop.call_later(seconds, handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has been idle for long.

        One timer serves many requests: what has come meanwhile is found out when it ends.
        """
        idle = self.loop.time() - self._rests_since
        if self._under_way or self._is_busy:
            self._rest(self.timeout_keep_alive)
        elif idle < self.timeout_keep_alive:
            self._rest(self.timeout_keep_alive - idle)
        else:
            super().timeout_keep_alive_handler()
