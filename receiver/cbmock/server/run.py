"""Running: a socket, an event loop, and the ASGI application on them.

It decides how a server starts and stops, without polling. It must not know what it
serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Protocol

from starlette.types import Receive, Scope, Send

from cbmock.errors import ReceiverError
from cbmock.event_loop import new_loop
from cbmock.http.messages import HeaderCache, Request, Response
from cbmock.server.batch import RequestBatch
from cbmock.server.forks import only_here
from cbmock.server.limits import Limits
from cbmock.server.sending import PendingWaits
from cbmock.server.sockets import BACKLOG, listen
from cbmock.server.tls import Tls
from cbmock.server.unsent import UnsentAnswers
from cbmock.server.uvicorn_protocols import UvicornProtocols
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.server.tls_connections import TlsServer

_SECOND = 1.0
# How long answers in progress may take at the end, in steps.
_GRACE = (0.0, 0.0, 0.001, 0.005, 0.02, 0.1, 0.2)


class Served(Protocol):
    """An ASGI application that can also be called directly, without ASGI."""

    limits: Limits
    headers: HeaderCache
    pending_waits: PendingWaits
    gathers: bool
    """Whether requests are better taken together, even if they wait for each other."""

    @property
    def sorts(self) -> bool:
        """Whether it can tell soon which requests are valid."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""

    def target(self, url: bytes) -> str | None:
        """Return the target of a request that can be answered at once."""

    def take(self, arrived: list[Request]) -> Sequence[Response | None]:
        """Record requests; return their answers, None if they have to wait after all."""

    def take_known(
        self, arrived: list[Request], senders: list[Any]
    ) -> Sequence[Response | None]:
        """As `take`, for the requests that it knows; None for each that is to be taken."""

    def refuse(self, request: Request, violation: Violation) -> Response:
        """Record bytes that are not a request; return the refusal."""


class Server:
    """Serves an application on sockets, from `run` to `end`.

    It changes nothing of the process: no logger, signal handler or event loop policy.
    """

    def __init__(
        self, app: Served, *, tls: Tls | None = None, http2: bool = False
    ) -> None:
        """Serve `app`.

        With `http2`, clients may speak HTTP/2; raises `ReceiverError` if its library is
        not installed.
        """
        self._app = app
        self._tls = None if tls is None else tls.context
        self._speaks_http2 = http2
        if http2:
            from cbmock.server import http2_negotiation  # noqa: PLC0415 - 0.8 ms, few need it

            http2_negotiation.need()
            if self._tls is not None:
                http2_negotiation.use_alpn(self._tls)
        self._stock = UvicornProtocols(app, idle=app.limits.idle)
        self.listening = threading.Event()
        self._should_end = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._connections: Callable[[], Iterable[Any]] = lambda: self._stock.connections

    def run(self, sockets: Sequence[socket.socket]) -> None:
        """Serve until the server is stopped."""
        with only_here(sockets), asyncio.Runner(loop_factory=new_loop()) as runner:
            runner.run(self._serve(sockets))

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        connect, date = self._protocol()
        servers = [await self._listen(each, connect) for each in sockets]
        self._app.pending_waits.ended = False
        self.listening.set()
        unsent = UnsentAnswers(self._app.limits.idle)
        while not self._should_end:
            date(formatdate(usegmt=True).encode("ascii"))
            unsent.look(list(self._connections()), self._loop.time())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _SECOND)
        await self._shutdown(servers)

    async def _listen(
        self, listening: socket.socket, connect: Callable[[], asyncio.Protocol]
    ) -> asyncio.Server | TlsServer:
        """Accept connections on a socket."""
        if self._tls is None or connect is self._stock:
            loop = asyncio.get_running_loop()
            return await loop.create_server(
                connect, sock=listening, ssl=self._tls, backlog=BACKLOG
            )
        from cbmock.server.tls_connections import TlsServer  # noqa: PLC0415 - 2 ms, few need it

        return TlsServer(
            listening, self._tls, connect, self._app.refuse, self._app.limits
        )

    def _protocol(
        self,
    ) -> tuple[Callable[[], asyncio.Protocol], Callable[[bytes], None]]:
        """Return the factory of protocols, and the function that sets their `Date`.

        Without httptools it is uvicorn's own protocol: everything works, only slower.
        """
        try:
            from cbmock.server.application import Serving  # noqa: PLC0415 - 0.8 ms
            from cbmock.server.protocol import HttpProtocol  # noqa: PLC0415 - 10 ms
        except ImportError:
            return self._stock, self._stock.date
        connections: set[Any] = set()
        batch = RequestBatch(self._app, connections)
        serving = Serving(self._app, batch, self._stock, connections)
        protocol = HttpProtocol
        if self._tls is not None or self._speaks_http2:
            from cbmock.server.choosing_protocol import ChoosingProtocol  # noqa: PLC0415 - 20 ms, few need it

            protocol = ChoosingProtocol
            serving.scheme = "http" if self._tls is None else "https"
        if self._speaks_http2:
            from cbmock.server.http2.connection import Http2Connection  # noqa: PLC0415 - 40 ms, few need it

            serving.http2 = Http2Connection
        self._connections = lambda: serving.connections
        loop = asyncio.get_running_loop()

        def date(now: bytes) -> None:
            serving.date = now
            serving.fields = b"date: %b\r\n" % now
            self._stock.date(now)

        return lambda: protocol(serving, loop), date

    async def _shutdown(self, servers: list[asyncio.Server | TlsServer]) -> None:
        """Close the sockets, and end after the answers in progress."""
        for server in servers:
            server.close()
        self._app.pending_waits.end()
        for connection in list(self._connections()):
            connection.shutdown()
        if await self._quiet():
            return
        for connection in list(self._connections()):
            # Requests that are still incomplete are cut off, and recorded as they are.
            connection.transport.abort()
        await self._quiet()

    async def _quiet(self) -> bool:
        """Wait a moment for requests in progress; return whether all have ended."""
        for pause in _GRACE:
            if not self._connections() and not self._stock.is_answering:
                return True
            await asyncio.sleep(pause)
        return False

    def end(self) -> None:
        """Ask the server to end; from any thread."""
        self._should_end = True
        if self._loop is not None and self._ended is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self._ended.set)


class Running:
    """A server in a thread of its own, from `start` to `stop`."""

    def __init__(
        self,
        app: Served,
        *,
        host: str,
        port: int,
        uds: str | None = None,
        tls: Tls | None = None,
        http2: bool = False,
    ) -> None:
        """Bind at once, so that the address is known."""
        self._server = Server(app, tls=tls, http2=http2)
        self.listening = listen(host, port, uds=uds, tls=tls is not None)
        self.url = self.listening.url
        self.failure: str | None = None
        self._thread = threading.Thread(target=self._run, name="cbmock", daemon=True)

    def start(self) -> None:
        """Start serving; connections are accepted from now on.

        Raises `ReceiverError` if this process may start no thread.
        """
        try:
            self._thread.start()
        except RuntimeError as error:
            self.listening.close()
            raise ReceiverError(f"the mock cannot be started: {error}") from None

    def _run(self) -> None:
        try:
            self._server.run(self.listening.sockets)
        except BaseException as error:
            self.failure = f"{type(error).__name__}: {error}"
            self.listening.close()  # a sender that connects would wait for an answer for ever
            raise

    def stop(self) -> None:
        """End the server and wait for it, unless it runs in another process."""
        if not self._thread.is_alive():  # this process is a fork of the serving one
            return
        self._server.listening.wait(timeout=5)
        self._server.end()
        self._thread.join(timeout=5)
        self.listening.close()
