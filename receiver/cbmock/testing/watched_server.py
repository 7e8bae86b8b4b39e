"""A running server that is watched: its clients' requests go through a proxy.

It decides nothing of its own: the proxy forwards, and the watch observes.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from cbmock.server.proxy import Forward, ProxyApp
from cbmock.server.run import Running


class WatchedServer:
    """Stands in front of a server: send requests to `url` instead."""

    def __init__(self, upstream: str, watch: Callable[..., ASGIApp]) -> None:
        """Listen at once; `watch` observes the requests."""
        forward = Forward(upstream)
        watched = watch(forward, origin=forward.upstream)
        self._running = Running(ProxyApp(watched), host="127.0.0.1", port=0)
        self.url = self._running.url + urlsplit(forward.upstream).path
        self._running.start()

    def __str__(self) -> str:
        """Return its URL, as live servers do."""
        return self.url

    def stop(self) -> None:
        """End the proxy; the server continues."""
        self._running.stop()
