"""Uvicorn's protocols, for requests whose answer has to wait, and where httptools is missing.

It decides how they are configured. It loads uvicorn when the first one is needed: most
requests need none.
"""

from __future__ import annotations

import asyncio
import functools
import math
import threading
from typing import TYPE_CHECKING, Any

from cbmock.server.exchange import served

if TYPE_CHECKING:
    import uvicorn
    from uvicorn.server import ServerState


class UvicornProtocols:
    """Makes protocols for an ASGI application: no access log, no lifespan."""

    def __init__(self, app: Any, *, idle: float) -> None:
        """Keep the application; idle connections are closed after `idle` seconds."""
        self._app = app
        self._idle = idle
        self._date: list[tuple[bytes, bytes]] = []
        self.connections: set[Any] = set()
        """The connections that are open."""
        self._tasks: set[asyncio.Task[None]] = set()

    @functools.cached_property
    def _config(self) -> uvicorn.Config:
        import uvicorn  # noqa: PLC0415 - 20 ms, few requests need it

        config = uvicorn.Config(
            served(self._app),
            interface="asgi3",
            lifespan="off",
            log_config=None,
            log_level=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=math.ceil(min(self._idle, threading.TIMEOUT_MAX)),
            ws="none",
        )
        config.load()
        return config

    @functools.cached_property
    def _state(self) -> ServerState:
        from uvicorn.server import ServerState  # noqa: PLC0415 - (the same)

        state = ServerState()
        state.connections, state.tasks = self.connections, self._tasks
        return state

    def __call__(self) -> asyncio.Protocol:
        """Return a new protocol."""
        state = self._state
        state.default_headers = self._date
        make: Any = self._config.http_protocol_class
        protocol: Any = make(config=self._config, server_state=state, app_state={})
        # Otherwise it would write to the access log of an API in this process.
        protocol.access_log = False
        made: asyncio.Protocol = protocol
        return made

    def date(self, now: bytes) -> None:
        """Set the `Date` of answers from now on."""
        self._date = [(b"date", now)]
        if "_state" in self.__dict__:
            self._state.default_headers = self._date

    @property
    def is_answering(self) -> bool:
        """Whether an answer is in progress."""
        return bool(self._tasks)
