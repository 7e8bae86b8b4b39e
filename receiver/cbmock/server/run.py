"""Running: a socket, an event loop, and the ASGI application on them.

It decides how a server starts and stops: at once, without polling. It must not know what
it serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import signal
import socket
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

import uvicorn

from cbmock.errors import ReceiverError
from cbmock.server.batch import Turn
from cbmock.server.protocol import Protocol

if TYPE_CHECKING:
    from cbmock.server.app import App
    from cbmock.server.proxy import ProxyApp

_SECOND = 1.0
# How long connections that are being answered may take to finish, in steps.
_GRACE = (0.0, 0.0, 0.001, 0.005, 0.02, 0.1, 0.2)


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one. `ReceiverError` if it fails."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = getattr(error, "strerror", None) or error
        message = f"cannot listen on {host}:{port}: {reason}."
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            message += " Another port may be free; port 0 takes a free one."
        raise ReceiverError(message) from None
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listening


def address(listening: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - shown, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """uvicorn without its ticks: it starts, stops and finishes when told, not later."""

    def __init__(self, app: App | ProxyApp) -> None:
        """Configure uvicorn for a mock: no access log, no lifespan."""
        super().__init__(
            uvicorn.Config(
                app,
                log_level="error",
                access_log=False,
                http=functools.partial(Protocol, turn=Turn(app)),  # type: ignore[arg-type] # as good as a class
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                ws="none",
            )
        )
        self._app = app
        self.listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None

    async def main_loop(self) -> None:
        """Refresh the date header every second until told to end."""
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._app.patience.ended = False
        self.listening.set()
        tick = 0
        while not await self.on_tick(tick):
            tick += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), _SECOND)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the sockets, let answers that are under way finish, and end."""
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        self._app.patience.end()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if await self._quiet():
            return
        for connection in list(self.server_state.connections):
            # Whoever still sends is cut off, and recorded as far as it came.
            connection.transport.abort()
        await self._quiet()

    async def _quiet(self) -> bool:
        """Wait a moment until nothing is under way; tell whether that came about."""
        for pause in _GRACE:
            if not self.server_state.connections and not self.server_state.tasks:
                return True
            await asyncio.sleep(pause)
        return False

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals to `ending_at_signals`: uvicorn would raise them again."""
        yield

    @contextlib.contextmanager
    def ending_at_signals(self) -> Generator[None, None, None]:
        """End at SIGINT and SIGTERM, also at those that come before it listens."""
        before = {
            each: signal.signal(each, lambda *_: self.end())
            for each in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def end(self) -> None:
        """Tell the server to end; from any thread."""
        self.should_exit = True
        if self._loop is not None and self._ended is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self._ended.set)


class Running:
    """A server in a thread of its own, from `start` to `stop`."""

    def __init__(self, app: App | ProxyApp, *, host: str, port: int) -> None:
        """Bind at once, so that the address is known."""
        self._socket = bind(host, port)
        self.url = address(self._socket)
        self._server = Server(app)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name="cbmock",
            daemon=True,
        )

    def start(self) -> None:
        """Start serving; connections are taken from here on."""
        self._thread.start()

    def stop(self) -> None:
        """End the server and wait until it has ended."""
        self._server.listening.wait(timeout=5)
        self._server.end()
        self._thread.join(timeout=5)
