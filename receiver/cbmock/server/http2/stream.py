"""HTTP/2 streams: one request and its answer.

It decides how an application answers a request of HTTP/2 by ASGI. It must not know
frames, or the other streams of a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Scope

from cbmock.http.messages import Request, Response
from cbmock.server import refusals
from cbmock.server.body_buffer import BodyBuffer
from cbmock.server.exchange import CLIENT, Client, Head
from cbmock.server.http2.head import OF_A_CONNECTION
from cbmock.server.refusals import Refused
from cbmock.violations import Violation

_MOST_UNSENT = 2**16
_NEVER_ANSWERED = OF_A_CONNECTION | {b"te"}
"""Fields that no answer of HTTP/2 has."""

FieldLines = list[tuple[bytes, bytes]]


class Output(Protocol):
    """The connection of a stream, which sends its answer."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport

    @property
    def date(self) -> bytes:
        """The time, as the field `date` has it."""

    def push(self, stream: Http2Stream) -> None:
        """Send what the client allows of an answer."""

    def cut(self, stream: Http2Stream) -> None:
        """End a stream without the rest of its answer."""


class Http2Stream(Client):
    """One request and its answer, for which it is the client."""

    def __init__(
        self,
        output: Output,
        number: int,
        head: Head,
        limit: int,
        wait: Callable[[Http2Stream], None],
    ) -> None:
        """Begin a request, whose body may have `limit` bytes; `wait` lets it wait."""
        super().__init__(output.transport)
        self.loop = output.loop
        self.transport = output.transport
        self.number = number
        self.head = head
        self.stated_size: int | None = None
        """How many bytes the body has by its head."""
        self.wrong_end: Violation | None = None
        """What is wrong with the trailers."""
        self._body = BodyBuffer(limit)
        self.has_arrived = False
        self.moved_at = self.loop.time()
        """When a part of the request arrived last, or a part of the answer left."""
        self.fields: FieldLines | None = None
        """The head of the answer, until it is sent."""
        self.outgoing = bytearray()
        """What is not sent yet of the answer's body."""
        self.is_whole = False
        """Whether the whole answer is in `fields` and `outgoing`, or sent."""
        self.is_cut = False
        """Whether the stream is reset after `outgoing`."""
        self._output = output
        self._drained = asyncio.Event()
        self._lost = asyncio.Event()
        self._is_given = False
        self._wait = wait

    # --- from the client ---

    def add(self, part: bytes) -> None:
        """Add a part of the body; raises `Refused` if it is too large or too long."""
        self._body.add(part)
        stated = self.stated_size
        if stated is not None and self._body.size > stated:
            raise Refused(refusals.longer_than_stated(stated))

    def complete(self) -> None:
        """End the request; raises `Refused` if its body is too short, or for its trailers."""
        self.has_arrived = True
        if self.is_refused:
            return
        stated, size = self.stated_size, self._body.size
        if stated is not None and size < stated:
            raise Refused(refusals.shorter_than_stated(size, stated))
        if self.wrong_end is not None:
            raise Refused(self.wrong_end)

    # --- answers ---

    def hand_on(self, request: Request, *, ends: bool) -> None:  # noqa: ARG002 - (of `ClientConnection`)
        """Let the application answer the request, which has to wait after all."""
        self._wait(self)

    def answer(self, response: Response, *, ends: bool = False) -> None:  # noqa: ARG002 - (of `ClientConnection`)
        """Send a whole answer."""
        self._begin(response.status, response.headers.raw)
        self._add(response.body, is_whole=True)

    def _begin(self, status: int, fields: Iterable[tuple[bytes, bytes]]) -> None:
        named = [(name.lower(), value.strip()) for name, value in fields]
        self.fields = [
            (b":status", b"%d" % status),
            (b"date", self._output.date),
            *(each for each in named if each[0] not in _NEVER_ANSWERED),
        ]

    def _add(self, part: bytes, *, is_whole: bool) -> None:
        if self.head.method != "HEAD":
            self.outgoing += part
        self.moved_at = self.loop.time()
        self.is_whole = is_whole
        self._output.push(self)

    def part(self, size: int) -> bytes:
        """Take a part of the answer's body, to send it."""
        part = bytes(self.outgoing[:size])
        del self.outgoing[:size]
        if part:
            self.moved_at = self.loop.time()
        return part

    def sent(self) -> None:
        """Let the application go on, once little is left to send."""
        if len(self.outgoing) <= _MOST_UNSENT:
            self._drained.set()

    # --- as the client of its request ---

    def reset(self) -> None:
        """End it at once; unsent data is lost."""
        self.outgoing.clear()
        self._output.cut(self)

    def hang_up(self) -> None:
        """End it once all written data has been sent."""
        self.is_cut = True
        self._output.push(self)

    def lose(self) -> None:
        """Tell the application that its client takes no more."""
        self.finish()
        self._lost.set()
        self._drained.set()

    # --- by ASGI ---

    async def run(self, app: ASGIApp, scheme: str) -> None:
        """Let an application answer."""
        try:
            await app(self._scope(scheme), self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - the application's own
            context = {"message": "Exception in ASGI application", "exception": error}
            self.loop.call_exception_handler(context)
        if not self.is_whole and not self._lost.is_set():
            self.reset()

    def _scope(self, scheme: str) -> Scope:
        peer, own = map(self.transport.get_extra_info, ("peername", "sockname"))
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "2",
            "scheme": scheme,
            "root_path": "",
            "client": peer[:2] if isinstance(peer, tuple) else None,
            "server": own[:2] if isinstance(own, tuple) else None,
            "extensions": {CLIENT: self},
        }
        self.head.complete(scope)
        return scope

    async def _receive(self) -> Message:
        if not self._is_given:
            self._is_given = True
            body = self._body.octets
            self._body.clear()
            return {"type": "http.request", "body": body, "more_body": False}
        await self._lost.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._lost.is_set():
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
        elif message["type"] == "http.response.body":
            more = message.get("more_body", False)
            self._drained.clear()
            self._add(message.get("body", b""), is_whole=not more)
            if len(self.outgoing) > _MOST_UNSENT:
                await self._drained.wait()

    def request(self, scheme: str) -> Request:
        """Return what has arrived of the request."""
        head = self.head
        return Request(
            head.method, head.target, head.headers, self._body.octets, scheme
        )
