"""Watching: an ASGI application in front of the sender that observes every trigger.

It decides which parts of an exchange are copied, and when it is reported. Messages are
passed on unchanged: bodies are streamed, websockets and lifespans go to the
application. It must not know calls, or which callbacks a trigger makes due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cbmock import clocks
from cbmock.http import content_codings
from cbmock.http.content_codings import NotDecoded
from cbmock.http.messages import Headers, Request, Response
from cbmock.server.targets import sent_target
from cbmock.triggers.key_evaluation import Exchange
from cbmock.triggers.log import Trigger, TriggerLog
from cbmock.triggers.missing_policy import MissingPolicy

LARGEST_BODY = 16 * 2**20
"""How many bytes of a body are kept for the key expressions."""


class Watch:
    """Reports to `triggers` every exchange of an operation with callbacks.

    `token` returns the test that an exchange belongs to, `last_call` the id of the
    newest call. `origin` is the sender's own URL, if its clients use another one.
    """

    def __init__(
        self,
        app: ASGIApp,
        triggers: TriggerLog,
        *,
        policy: MissingPolicy,
        token: Callable[[], str | None],
        last_call: Callable[[], int],
        origin: str | None = None,
    ) -> None:
        """Wrap `app`."""
        self._app = app
        self._triggers = triggers
        self._policy = policy
        self._token = token
        self._last_call = last_call
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one connection scope; observe it if it may trigger a callback."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        target = sent_target(scope)
        if not self.triggers_callback(scope["method"], target):
            await self._app(scope, receive, send)
            return
        exchange = Exchange(
            (self._origin or _origin(scope)) + target,
            Request(scope["method"], target, Headers(scope["headers"])),
        )
        copy = _Copy(self.begin(exchange), exchange, receive, send, self.end)
        try:
            await self._app(scope, copy.receive, copy.send)
        finally:
            copy.end()

    def triggers_callback(self, method: str, target: str) -> bool:
        """Return whether a request is to an operation with callbacks."""
        return bool(self._triggers.parents.callbacks(method, target))

    def begin(self, exchange: Exchange) -> Trigger:
        """Record a request whose response has not ended yet."""
        return self._triggers.begin(
            exchange, token=self._token(), now=clocks.wall(), after=self._last_call()
        )

    def end(self, begun: Trigger, exchange: Exchange, *, whole: bool) -> None:
        """Complete an exchange; `whole` is False if a body was too large to keep."""
        self._triggers.end(
            begun, exchange, now=clocks.wall(), policy=self._policy, whole=whole
        )


class _Copy:
    """One exchange, copied while it passes through."""

    def __init__(
        self,
        begun: Trigger,
        exchange: Exchange,
        receive: Receive,
        send: Send,
        tell: Callable[..., None],
    ) -> None:
        self._begun = begun
        self._exchange = exchange
        self._receive = receive
        self._send = send
        self._tell = tell
        self._sent_body = _LimitedBody()
        # Without an announced body nothing is left to read.
        self._read = not _announces_body(exchange.request.headers)
        self._answered = _LimitedBody()
        # The server's answer for an application that fails before it answers.
        self._status = 500
        self._headers = Headers()
        self._reported = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._sent_body.add(message.get("body", b""))
            self._read = not message.get("more_body")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = Headers(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._answered.add(message.get("body", b""))
            if not message.get("more_body"):
                # Before the last byte is sent, so that a client with the response finds it.
                self.end()
        await self._send(message)

    def end(self) -> None:
        """Report the exchange, once."""
        if self._reported:
            return
        self._reported = True
        request = self._exchange.request
        answer = Response(
            self._status, self._headers, self._answered.decoded(self._headers)
        )
        request = replace(request, body=self._sent_body.decoded(request.headers))
        # The rest of a body that the application did not read is unknown.
        unread = frozenset[Literal["request"]](() if self._read else ("request",))
        exchange = Exchange(self._exchange.url, request, answer, unread)
        whole = self._sent_body.whole and self._answered.whole
        self._tell(self._begun, exchange, whole=whole)


def _announces_body(headers: Headers) -> bool:
    no_body = headers.get("content-length") in (None, "0")
    return not no_body or headers.get("transfer-encoding") is not None


class _LimitedBody:
    """The parts of a body, up to a limit."""

    def __init__(self) -> None:
        self.whole = True
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > LARGEST_BODY:
            self.whole = False
            self._parts.clear()
        else:
            self._parts.append(part)

    def decoded(self, headers: Headers) -> bytes:
        """Return the body without its content codings."""
        data = b"".join(self._parts)
        stated = headers.get("content-encoding")
        if stated is None or not data:
            return data
        try:
            return content_codings.decode(data, stated)
        except NotDecoded:
            return data


def _origin(scope: Scope) -> str:
    host = Headers(scope["headers"]).get("host")
    if host is None:
        name, port = scope.get("server") or ("localhost", None)
        host = name if port is None else f"{name}:{port}"
    return f"{scope.get('scheme', 'http')}://{host}"
